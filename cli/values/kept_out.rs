//! Who was not let into flows between two looks at what is counted.

use flow_vm::engine::FlowCounts;

/// What may keep somebody out: the rules of a header, and `unfit` where a parameter cannot take what the event carries.
const RULES: [&str; 5] = ["once per", "overlap", "exit when", "holdout", "unfit"];

/// Which rules of entry have kept how many out of which flow: (qualified name, rule, how many).
pub fn kept_out(before: &[FlowCounts], after: &[FlowCounts]) -> Vec<(String, &'static str, u64)> {
    let mut found = Vec::new();
    for flow in after {
        let earlier = before.iter().find(|counts| counts.flow == flow.flow);
        for rule in RULES {
            let of = |counts: &FlowCounts| counts.counts.iter().find(|(what, _)| what == rule).map_or(0, |(_, n)| *n);
            let more = of(flow).saturating_sub(earlier.map_or(0, of));
            if more > 0 {
                found.push((flow.flow.clone(), rule, more));
            }
        }
    }
    found
}
