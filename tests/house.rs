//! The house's own rules, asserted: who may know whom, and what may be named where.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests stand in the project's root").to_path_buf()
}

/// Every crate that `package` is built from, itself excepted.
fn tree(package: &str, extra: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .current_dir(root())
        .args([
            "tree",
            "--locked",
            "--offline",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
            "--package",
        ])
        .arg(package)
        .args(extra)
        .output()
        .expect("cargo tree runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .filter(|name| name != package)
        .collect()
}

fn ours(tree: &BTreeSet<String>) -> Vec<&str> {
    tree.iter().map(String::as_str).filter(|name| name.starts_with("flow-")).collect()
}

#[test]
fn arrows_point_one_way() {
    assert_eq!(ours(&tree("flow-bytecode", &[])), Vec::<&str>::new());
    assert_eq!(ours(&tree("flow-openapi", &[])), Vec::<&str>::new());
    assert_eq!(ours(&tree("flow-lang", &[])), ["flow-bytecode", "flow-openapi"]);
    assert_eq!(ours(&tree("flow-lsp", &[])), ["flow-bytecode", "flow-lang", "flow-openapi"]);
    assert_eq!(ours(&tree("flow-vm", &[])), ["flow-bytecode"]);
    assert_eq!(ours(&tree("flow-stdlib", &[])), ["flow-bytecode", "flow-vm"]);
    assert_eq!(ours(&tree("flow-server", &[])), ["flow-bytecode", "flow-stdlib", "flow-vm"]);
    assert_eq!(
        ours(&tree("flow-cli", &[])),
        ["flow-bytecode", "flow-lang", "flow-lsp", "flow-openapi", "flow-server", "flow-stdlib", "flow-vm"]
    );
}

#[test]
fn the_compiler_and_the_editors_server_are_built_without_database_network_or_runtime() {
    for room in ["flow-lang", "flow-lsp"] {
        let tree = tree(room, &[]);
        for stranger in
            ["rusqlite", "libsqlite3-sys", "tokio", "reqwest", "hyper", "axum", "rand", "getrandom", "socket2"]
        {
            assert!(!tree.contains(stranger), "{room} must not depend on {stranger}");
        }
    }
}

#[test]
fn the_standard_library_declares_itself_without_the_machine() {
    assert_eq!(tree("flow-stdlib", &["--no-default-features"]).len(), 0);
}

#[test]
fn the_format_depends_on_few_pure_crates() {
    let tree = tree("flow-bytecode", &[]);
    let direct: BTreeSet<String> = self::tree("flow-bytecode", &["--depth", "1"]);
    let allowed = ["blake3", "rust_decimal", "serde"];
    assert!(direct.iter().all(|name| allowed.contains(&name.as_str())), "{direct:?}");
    assert!(tree.len() < 30, "{tree:?}");
}

/// Source files of a room with their text.
fn sources(room: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut rooms = vec![root().join(room)];
    while let Some(folder) = rooms.pop() {
        for entry in std::fs::read_dir(folder).expect("the room is there") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                rooms.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("source is UTF-8");
                found.push((path, text));
            }
        }
    }
    found
}

/// Asserts that only files under `home` name any of the words, among the given rooms.
fn only_at_home(rooms: &[&str], home: &str, words: &[&str]) {
    let home = root().join(home);
    for room in rooms {
        for (path, text) in sources(room) {
            // Tests damage files on purpose, with whatever does it best.
            if path.starts_with(&home) || path.components().any(|part| part.as_os_str() == "tests") {
                continue;
            }
            for (number, line) in text.lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                for word in words {
                    assert!(!code.contains(word), "{}:{} names {word}", path.display(), number + 1);
                }
            }
        }
    }
}

const ROOMS: &[&str] = &["compiler", "bytecode", "openapi", "lsp", "vm", "stdlib", "server", "cli"];

#[test]
fn only_syntax_names_the_parser_generator() {
    only_at_home(ROOMS, "compiler/syntax", &["lalrpop", "logos::", "Logos"]);
}

#[test]
fn only_the_store_names_sql() {
    only_at_home(ROOMS, "vm/store", &["rusqlite", "SELECT ", "INSERT INTO", "DELETE FROM"]);
}

#[test]
fn only_the_server_names_the_protocol() {
    only_at_home(ROOMS, "lsp", &["gen_lsp_types", "lsp_types", "textDocument/"]);
}

#[test]
fn the_machine_has_no_clock_and_no_async() {
    for (path, text) in sources("vm/machine").into_iter().chain(sources("vm/snapshot")) {
        for word in ["tokio", "async fn", "SystemTime", "Instant::now", "std::fs", "TcpStream", "UdpSocket"] {
            assert!(!text.contains(word), "{} names {word}", path.display());
        }
    }
}

#[test]
fn every_room_forbids_unsafe_code() {
    for file in [
        "compiler/lib.rs",
        "bytecode/lib.rs",
        "openapi/lib.rs",
        "lsp/lib.rs",
        "vm/lib.rs",
        "stdlib/lib.rs",
        "server/lib.rs",
        "cli/lib.rs",
        "fuzz/lib.rs",
    ] {
        let text = std::fs::read_to_string(root().join(file)).expect("the room has a door");
        assert!(text.contains("#![forbid(unsafe_code)]"), "{file}");
    }
}

#[test]
fn no_file_outgrows_its_subject() {
    for room in ROOMS {
        for (path, text) in sources(room) {
            let lines = text.lines().count();
            assert!(lines <= 900, "{} has {lines} lines: split it", path.display());
        }
    }
}

/// Outside crates that a room's manifest names, in any of its tables of dependencies.
fn outside(manifest: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(manifest).expect("a manifest");
    let mut found = BTreeSet::new();
    let mut inside = false;
    for line in text.lines() {
        if line.starts_with('[') {
            inside = line.trim_end().ends_with("dependencies]") && !line.starts_with("[workspace");
        } else if inside {
            let name: String =
                line.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_').collect();
            if !name.is_empty() && !name.starts_with("flow-") {
                assert!(
                    line.contains("workspace = true"),
                    "{}: {line}: versions stand in the workspace",
                    manifest.display()
                );
                found.insert(name);
            }
        }
    }
    found
}

#[test]
fn every_dependency_says_where_and_why() {
    let rooms = ["compiler", "bytecode", "openapi", "lsp", "vm", "stdlib", "server", "cli", "tests", "fuzz", "bench"];
    let mut expected: std::collections::BTreeMap<String, Vec<&str>> = Default::default();
    for room in rooms {
        let folder = if room == "compiler" { root() } else { root().join(room) };
        for name in outside(&folder.join("Cargo.toml")) {
            expected.entry(name).or_default().push(room);
        }
    }
    let page = std::fs::read_to_string(root().join("docs/dependencies.md")).expect("the page of dependencies");
    let mut told = BTreeSet::new();
    for row in page.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [name, place, why] = cells.as_slice() else { panic!("a row of another shape: {row}") };
        let rooms =
            expected.get(*name).unwrap_or_else(|| panic!("docs/dependencies.md has {name}, which nothing needs"));
        assert_eq!(*place, rooms.join(", "), "where {name} is needed");
        assert!(why.len() > 3, "why {name} is needed");
        assert!(told.insert((*name).to_owned()), "{name} stands there twice");
    }
    let missing: Vec<&String> = expected.keys().filter(|name| !told.contains(*name)).collect();
    assert!(missing.is_empty(), "docs/dependencies.md does not say why there is {missing:?}");
}
