use super::counted;
use crate::check::{Module, Purpose, check};
use crate::diag::FileId;
use crate::format::format;
use crate::syntax::{Parsed, parse};

#[path = "../../stdlib/declarations.rs"]
mod declarations;
#[path = "../../bench/benches/scaling/mistakes.rs"]
mod mistakes;
#[path = "../../bench/benches/scaling/projects.rs"]
mod projects;
#[path = "../../bench/benches/scaling/shapes.rs"]
mod shapes;

/// Bytes of the larger input: what takes the square of its length shows, and what is bounded has reached its bound.
const BYTES: usize = 40 << 10;

fn work(text: &str, library: &[Parsed]) -> u64 {
    counted(|| {
        let parsed = parse(FileId(0), text);
        let mut modules = vec![Module { name: "main", tree: &parsed.tree, library: false }];
        modules.extend(library.iter().map(|parsed| Module { name: "library", tree: &parsed.tree, library: true }));
        drop(check(&modules, Purpose::Deploy));
        drop(format(text));
    })
}

/// Every shape of the benchmark `scaling`, without a clock.
#[test]
fn twice_the_input_is_twice_the_work() {
    let library: Vec<Parsed> = (declarations::declarations().iter().enumerate())
        .map(|(at, (_, text))| parse(FileId(1 + at as u32), text))
        .collect();
    let mut wrong = Vec::new();
    for (name, shape) in [shapes::ALL, projects::ALL, mistakes::ALL].concat() {
        let (once, twice) = (work(&shape(BYTES / 2), &library), work(&shape(BYTES), &library));
        if twice as f64 > 2.5 * once as f64 {
            wrong.push(format!("{name}: {once}, then {twice}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
