//! Tests of lowering, on programs built by hand: each construct's code, what the verifier says, and the keys of places.

mod build;
mod keys;
mod listing;
mod property;
mod shapes;
mod size;

use build::Project;
use flow_bytecode::verify::verify;

/// Lowers, verifies, and lists a project.
fn listed(project: &Project) -> String {
    let lowered = lowered(project);
    listing::program(&lowered.program)
}

/// Lowers and verifies a project.
fn lowered(project: &Project) -> super::Lowered {
    let lowered = match super::lower(&project.hir, &[]) {
        Ok(lowered) => lowered,
        Err(diagnostics) => panic!("refused: {diagnostics:?}"),
    };
    if let Err(errors) = verify(&lowered.program) {
        let list: Vec<String> = errors.iter().map(ToString::to_string).collect();
        panic!("not verified:\n{}\n{}", list.join("\n"), listing::program(&lowered.program));
    }
    lowered
}
