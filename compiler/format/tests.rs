//! Every program of the project, laid out: the same words, and nothing to do the second time.

use super::format;
use std::path::Path;

fn programs(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            programs(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "flow") {
            found.push(path);
        }
    }
}

#[test]
fn all_programs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for room in ["examples", "stdlib", "tests", "cli"] {
        programs(&root.join(room), &mut found);
    }
    assert!(found.len() > 30);
    let mut faults = Vec::new();
    for path in found {
        let Ok(source) = std::fs::read_to_string(&path) else { continue };
        let once = format(&source);
        if format(&once) != once {
            faults.push(path);
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
