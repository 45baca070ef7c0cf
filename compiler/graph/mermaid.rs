//! A graph as Mermaid text.

use super::{EdgeKind, Graph, NodeKind};
use std::fmt::Write;

/// The graph as a Mermaid flowchart. Names of its own are longer than a kind's word: `end` and `call` mean something to it.
pub fn mermaid(graph: &Graph) -> String {
    let mut out = String::from("flowchart TD\n");
    for (index, node) in graph.nodes.iter().enumerate() {
        let mut lines: Vec<String> = Vec::new();
        if !node.title.is_empty() {
            lines.push(format!("<b>{}</b>", escape(&node.title)));
        }
        lines.extend(node.lines().iter().map(|line| escape(line)));
        let (open, close) = brackets(node.kind);
        let _ = writeln!(out, "    n{index}{open}\"{}\"{close}:::{}Node", lines.join("<br/>"), node.kind.word());
    }
    for edge in &graph.edges {
        let arrow = match edge.kind {
            EdgeKind::Next | EdgeKind::Back => "-->",
            EdgeKind::Failure | EdgeKind::Always => "-.->",
        };
        let label = if edge.label.is_empty() { String::new() } else { format!("|\"{}\"|", escape(&edge.label)) };
        let _ = writeln!(out, "    n{} {arrow}{label} n{}", edge.from, edge.to);
    }
    let mut kinds: Vec<NodeKind> = graph.nodes.iter().map(|node| node.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        let (fill, line) = super::paint::light(kind);
        let _ = writeln!(out, "    classDef {}Node fill:{fill},stroke:{line},color:#1b1f24", kind.word());
    }
    out
}

/// The shape of a kind.
fn brackets(kind: NodeKind) -> (&'static str, &'static str) {
    match kind {
        NodeKind::Trigger | NodeKind::Entry | NodeKind::End => ("([", "])"),
        NodeKind::Decision | NodeKind::Loop => ("{{", "}}"),
        NodeKind::Wait | NodeKind::Approval => ("(", ")"),
        NodeKind::Call | NodeKind::Launch | NodeKind::Start => ("[[", "]]"),
        _ => ("[", "]"),
    }
}

/// Characters that mean something to Mermaid or to HTML, as its numbered entities.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut begins = true;
    for c in text.chars() {
        // A text that begins like an item of a list would be taken for one.
        let item = begins && matches!(c, '-' | '+' | '*' | '.' | ')');
        begins = begins && c.is_ascii_digit();
        match c {
            '"' | '#' | '<' | '>' | '&' | '`' | '\\' => {
                let _ = write!(out, "#{};", u32::from(c));
            }
            _ if item => {
                let _ = write!(out, "#{};", u32::from(c));
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_leaves_its_quotes() {
        assert_eq!(escape("say \"hi\" <b>#35;"), "say #34;hi#34; #60;b#62;#35;35;");
        assert_eq!(escape("1. first"), "1#46; first");
        assert_eq!(escape("- a - b"), "#45; a - b");
        assert_eq!(escape("a\nb"), "a b");
    }
}
