//! What the project keeps for each action of the library: words where it is declared, and a line in an example flow.

use flow_tests::project::examples;
use flow_tests::reference::actions_of;
use std::collections::BTreeSet;

#[test]
fn every_action_has_words_and_a_line_in_an_example() {
    let program = examples().lowered.expect("the examples compile").program;
    let names = program.actions.iter().flat_map(|action| [Some(&action.name), action.via.as_ref()]);
    let called: BTreeSet<&str> = names.flatten().map(|name| &**name).collect();
    let actions: Vec<_> = flow_stdlib::declarations().iter().flat_map(|(_, text)| actions_of(text)).collect();
    assert!(actions.len() > 90, "only {} actions were found", actions.len());
    let (silent, alone): (Vec<_>, Vec<_>) = (
        actions.iter().filter(|(_, told)| !told).collect(),
        actions.iter().filter(|(name, _)| !called.contains(name.as_str())).collect(),
    );
    assert!(silent.is_empty(), "nothing is said of {silent:?}");
    assert!(alone.is_empty(), "no flow of `examples/` calls {alone:?}");
}
