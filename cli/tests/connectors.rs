//! Documents of connectors: where they lie, what is kept of them, and how one finds an operation.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must say where")]

mod common;

use common::Scratch;
use std::path::PathBuf;

const SHOP: &str = include_str!("../../tests/suite/openapi/shop.json");
const PAY: &str = include_str!("../../tests/suite/openapi/pay.yaml");
const PROGRAM: &str = "connector shop from openapi \"specs/shop.json\"\nconnector pay from openapi \"specs/pay.yaml\"\n\
                       flow f() -> Text {\n    let charge = pay.get_charges_charge(charge: \"c\")\n    \
                       shop.notes_add(id: charge.id, body_id: \"n\")\n    return charge.id\n}\n";

fn project() -> Scratch {
    let project = Scratch::empty();
    project.write("flow.toml", "");
    std::fs::create_dir(project.at("specs")).unwrap();
    project.write("specs/shop.json", SHOP);
    project.write("specs/pay.yaml", PAY);
    project.write("main.flow", PROGRAM);
    project
}

fn kept(project: &Scratch) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(project.at(".flow/openapi")) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn what_is_kept_is_used_while_it_fits_and_made_again_when_not() {
    let project = project();
    project.flow(&["check"]).expect(0);
    let first = kept(&project);
    assert_eq!(first.len(), 3, "two indexes, and the YAML as JSON: {first:?}");
    assert_eq!(std::fs::read_to_string(project.at(".flow/.gitignore")).unwrap(), "*\n");
    // It is used: of an index that leads to nothing nothing is found, until the text it belongs to has changed.
    let text: Vec<String> = first.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    for (file, text) in first.iter().zip(&text) {
        std::fs::write(file, text.replace("\"notes_add\"", "\"notes_adds\"")).unwrap();
    }
    project.flow(&["check", "--format", "short"]).expect(1).shows("E0802");
    // Damaged, cut off, empty or another version's: made again.
    for damage in [
        |text: &str| text[..text.len() / 2].to_owned(),
        |_: &str| String::new(),
        |text: &str| text.replace("\"format\":", "\"format\":9"),
    ] {
        for (file, text) in first.iter().zip(&text) {
            std::fs::write(file, damage(text)).unwrap();
        }
        project.flow(&["check"]).expect(0);
        let again: Vec<String> = kept(&project).iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
        assert_eq!(again, text);
    }
    // Another document is another index, and what was called may be gone.
    project.write("specs/shop.json", SHOP.replace("notes/add", "notes/put"));
    project.flow(&["check", "--format", "short"]).expect(1).shows("shop.notes_put");
    assert_eq!(kept(&project).len(), 4);
}

#[test]
fn where_nothing_can_be_kept_everything_is_read_anew() {
    let project = project();
    project.write(".flow", "a file where the folder would be");
    project.flow(&["check"]).expect(0);
    project.flow(&["check"]).expect(0);
}

#[test]
fn documents_lie_in_the_project() {
    let project = project();
    for (path, said) in [
        ("specs/none.json", "is not here"),
        ("specs", "is a folder"),
        ("../shop.json", "leads out of it"),
        ("/etc/hostname", "outside of it"),
    ] {
        project.write("main.flow", format!("connector shop from openapi \"{path}\"\nflow f() {{ }}\n"));
        project.flow(&["check", "--format", "short"]).expect(1).shows("E0801").shows(said);
    }
    #[cfg(unix)]
    {
        let outside = Scratch::empty();
        outside.write("shop.json", SHOP);
        std::os::unix::fs::symlink(outside.at("shop.json"), project.at("specs/link.json")).unwrap();
        project.write("main.flow", "connector shop from openapi \"specs/link.json\"\nflow f() { }\n");
        project.flow(&["check", "--format", "short"]).expect(1).shows("leads out of the project");
    }
}

#[test]
fn operations_are_found_by_words() {
    let project = project();
    let listed = project.flow(&["connector", "list", "specs/shop.json", "ORDER", "post"]).expect(0);
    listed.shows("orders_create").shows("Place an order");
    let json = project.flow(&["connector", "list", "specs/pay.yaml", "--json"]).expect(0).out;
    assert_eq!(json.lines().count(), 3, "{json}");
    assert!(
        json.contains(r#"{"name":"post_charges","method":"post","path":"/v1/charges","summary":"Takes money."}"#),
        "{json}"
    );
    project.flow(&["connector", "list", "specs/shop.json", "unicorn"]).expect(0).says("none of 9 operations");
    project
        .flow(&["connector", "show", "specs/pay.yaml", "post_charges"])
        .expect(0)
        .shows("action pay.post_charges(")
        .shows("record Charge {");
    project.flow(&["connector", "show", "specs/pay.yaml", "post_charge"]).expect(2).says("did you mean post_charges?");
    project.flow(&["connector", "show", "specs/shop.json", "photos_add"]).expect(2).says("multipart/form-data");
    project.flow(&["connector", "list", "specs/none.json"]).expect(2).says("is not here");
    // Beside no project nothing is kept.
    let lone = Scratch::empty();
    lone.write("shop.json", SHOP);
    lone.flow(&["connector", "list", "shop.json"]).expect(0);
}

/// What a project's connector says of an operation is shown with it.
#[test]
fn an_operation_is_shown_as_the_project_has_it() {
    let project = project();
    let stripe = include_str!("../../tests/suite/openapi/stripe.json");
    project.write("specs/stripe.json", stripe);
    // Without a connector: the document alone, and what is known of the service.
    let shown = project.flow(&["connector", "show", "specs/stripe.json", "post_customers"]).expect(0);
    assert!(shown.out.starts_with("/// Creates a new customer object.\n"), "{}", &shown.out[..200]);
    let shown = shown.shows("@keyed(24 hours)");
    assert!(!shown.out.contains("<p>") && !shown.out.contains("\n// at "), "{}", shown.out);
    project.write(
        "desk.flow",
        "secret token\nconnector desk from openapi \"specs/shop.json\" with {\n    server: \"https://eu.example.com/v2\"\n    \
         auth: .bearer(secret.token)\n    operations: { orders_create: .repeatable }\n}\nflow g() { desk.ping() }\n",
    );
    project.write("main.flow", "flow f() { stop }\n");
    for named in ["specs/shop.json", "desk"] {
        project
            .flow(&["connector", "show", named, "orders_create"])
            .expect(0)
            .shows("@repeatable\naction desk.orders_create(")
            .shows("// at https://eu.example.com/v2, auth: .bearer(secret.token)");
    }
    project.flow(&["connector", "list", "desk", "place"]).expect(0).shows("orders_create");
    let json = project.flow(&["connector", "show", "desk", "orders_create", "--json"]).expect(0).out;
    for part in [
        r#""server":"https://eu.example.com/v2""#,
        r#""class":"repeatable""#,
        r#""method":"post""#,
        r#""auth":".bearer(secret.token)""#,
    ] {
        assert!(json.contains(part), "{json}");
    }
    assert_eq!(json.lines().count(), 1);
}

/// Whoever opens a pipe waits for somebody who writes into it.
#[cfg(unix)]
#[test]
fn a_pipe_is_no_document() {
    let project = project();
    for name in ["specs/pipe.json", "pipe.flow"] {
        let made = std::process::Command::new("mkfifo").arg(project.at(name)).status().expect("mkfifo is there");
        assert!(made.success());
    }
    project.flow(&["connector", "list", "specs/pipe.json"]).expect(2).says("is no file");
    project.flow(&["check"]).expect(1).says("pipe.flow is no file");
}

#[test]
fn a_server_in_the_document_that_is_not_called_is_told_where_it_is_named() {
    let project = project();
    project.write("specs/shop.json", SHOP.replace("https://", "http://"));
    project.write("main.flow", "connector shop from openapi \"specs/shop.json\"\nflow f() { shop.ping() }\n");
    project.flow(&["check", "--format", "short"]).expect(1).shows("main.flow:1:29: error[E0513]");
}

#[test]
fn reference_pages_have_the_operations_that_are_called() {
    let project = project();
    project.flow(&["doc", "--format", "markdown"]).expect(0);
    let page = std::fs::read_to_string(project.at("doc/connector.shop.md")).unwrap();
    assert!(
        page.contains("shop.notes_add") && page.contains("Add a note") && !page.contains("orders_create"),
        "{page}"
    );
}
