//! The programs.

/// The project's own examples say nothing but what is written here.
#[test]
fn the_examples_are_fine() {
    let files = [
        ("choose_company", include_str!("../../../examples/choose_company.flow")),
        ("collect_data", include_str!("../../../examples/collect_data.flow")),
        ("front_desk", include_str!("../../../examples/front_desk.flow")),
        ("onboarding", include_str!("../../../examples/onboarding.flow")),
        ("refund", include_str!("../../../examples/refund.flow")),
        ("urgent_ticket", include_str!("../../../examples/urgent_ticket.flow")),
        ("workspace", include_str!("../../../examples/workspace.flow")),
    ];
    let outcome = super::harness::run(&files);
    assert!(outcome.checked.hir.is_some(), "{:#?}", outcome.diagnostics);
    // They ask questions without time limits; nothing else is said of them.
    let said: Vec<&str> = outcome.diagnostics.iter().map(|diagnostic| diagnostic.code.number()).collect();
    assert!(said.iter().all(|code| *code == "W0402"), "{:#?}", outcome.diagnostics);
}
