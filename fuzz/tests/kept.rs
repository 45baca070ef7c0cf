//! Inputs that once showed a fault, and everything that the search begins with: each target holds for them.

use flow_fuzz::{corpus, targets};
use std::path::Path;

#[test]
fn what_was_found_is_mended() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("kept");
    for (target, holds) in targets::ALL {
        let Ok(entries) = std::fs::read_dir(kept.join(target)) else { continue };
        for entry in entries {
            let path = entry.expect("an entry").path();
            println!("{}", path.display());
            holds(&std::fs::read(&path).expect("it is read"));
        }
    }
}

#[test]
fn programs_of_the_house_hold() {
    for text in corpus::texts() {
        for (target, holds) in targets::ALL {
            if !["program", "snapshot"].contains(target) {
                holds(text.as_bytes());
            }
        }
    }
}

#[test]
fn what_is_stored_holds() {
    corpus::programs().iter().for_each(|bytes| targets::program(bytes));
    corpus::snapshots().iter().for_each(|bytes| targets::snapshot(bytes));
}
