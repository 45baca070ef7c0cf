//! Flows of the library, each in a file of its own.

/// Flows of the library: (`flows/MODULE.FLOW.flow`, text). The compiler takes in those that a project calls.
pub fn flows() -> &'static [(&'static str, &'static str)] {
    &[
        ("flows/ai.assist.flow", include_str!("flows/ai.assist.flow")),
        ("flows/ai.mission.flow", include_str!("flows/ai.mission.flow")),
        ("flows/script.run.flow", include_str!("flows/script.run.flow")),
    ]
}

/// Whether a flow is one of the library's.
pub fn is_library_flow(name: &str) -> bool {
    let own = |path: &str| path.strip_prefix("flows/").and_then(|path| path.strip_suffix(".flow")) == Some(name);
    flows().iter().any(|(path, _)| own(path))
}
