//! The colours of kinds, in light and in dark.

use super::NodeKind;

/// (fill, line) on a light ground.
pub(super) fn light(kind: NodeKind) -> (&'static str, &'static str) {
    match kind {
        NodeKind::Trigger => ("#fdf0d5", "#b7791f"),
        NodeKind::Entry => ("#e8eaed", "#5f6b7a"),
        NodeKind::Rule => ("#fbf3e0", "#b59a5b"),
        NodeKind::Say => ("#dff1ff", "#2b7bb9"),
        NodeKind::Ask | NodeKind::Choice => ("#e2e6ff", "#5262c7"),
        NodeKind::Wait | NodeKind::Approval => ("#f0e6fa", "#8456b3"),
        NodeKind::Decision | NodeKind::Loop => ("#fff6c9", "#a88a12"),
        NodeKind::Steps => ("#f5f6f7", "#98a2ad"),
        NodeKind::External => ("#ffe5d4", "#c8622a"),
        NodeKind::Call | NodeKind::Launch | NodeKind::Start => ("#dcf3e4", "#2f8a55"),
        NodeKind::Fork | NodeKind::Join => ("#e6eef0", "#5d8089"),
        NodeKind::Failure => ("#fde2e4", "#bf3b48"),
        NodeKind::End => ("#e8eaed", "#5f6b7a"),
    }
}

/// (fill, line) on a dark ground.
pub(super) fn dark(kind: NodeKind) -> (&'static str, &'static str) {
    match kind {
        NodeKind::Trigger => ("#3a2d12", "#d7a04a"),
        NodeKind::Entry => ("#2b3139", "#98a4b3"),
        NodeKind::Rule => ("#322c1c", "#b59a5b"),
        NodeKind::Say => ("#12314a", "#62ace4"),
        NodeKind::Ask | NodeKind::Choice => ("#252b57", "#8e9bf0"),
        NodeKind::Wait | NodeKind::Approval => ("#35234a", "#b58ae0"),
        NodeKind::Decision | NodeKind::Loop => ("#383110", "#cdb036"),
        NodeKind::Steps => ("#22272d", "#77828e"),
        NodeKind::External => ("#44260f", "#ea8a53"),
        NodeKind::Call | NodeKind::Launch | NodeKind::Start => ("#143624", "#56bd82"),
        NodeKind::Fork | NodeKind::Join => ("#1f3136", "#7fa7b1"),
        NodeKind::Failure => ("#451b20", "#ec7180"),
        NodeKind::End => ("#2b3139", "#98a4b3"),
    }
}

/// Kinds that share a colour share a line in the legend.
pub(super) fn legend(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Ask | NodeKind::Choice => "asks",
        NodeKind::Decision | NodeKind::Loop => "decides, repeats",
        NodeKind::External => "reaches outside",
        NodeKind::Call | NodeKind::Launch | NodeKind::Start => "another flow or event",
        NodeKind::Fork | NodeKind::Join => "side by side",
        NodeKind::Entry | NodeKind::End => "begins, ends",
        NodeKind::Trigger => "starts it",
        NodeKind::Rule => "rule",
        NodeKind::Say => "says",
        NodeKind::Wait | NodeKind::Approval => "waits",
        NodeKind::Steps => "in the workspace",
        NodeKind::Failure => "on failure",
    }
}
