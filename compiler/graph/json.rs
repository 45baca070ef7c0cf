//! A graph as JSON, for tools.

use super::Graph;
use serde_json::{Value, json};

/// The graph as one JSON object: `flow`, `file`, `nodes` (`id`, `kind`, `title`, `text`, `line`, and where there is one
/// `flow`, `action`, `class`), `edges` (`from`, `to`, `label`, `kind`).
pub fn json(graph: &Graph) -> Value {
    let nodes: Vec<Value> = graph
        .nodes
        .iter()
        .enumerate()
        .map(|(id, node)| {
            let mut object = json!({
                "id": id, "kind": node.kind.word(), "title": node.title, "text": node.text, "line": node.line,
            });
            if let Some(flow) = &node.flow {
                object["flow"] = json!(flow);
            }
            if let Some((action, class)) = &node.action {
                object["action"] = json!(action);
                object["class"] = json!(class);
            }
            object
        })
        .collect();
    let edges: Vec<Value> = graph
        .edges
        .iter()
        .map(|edge| json!({ "from": edge.from, "to": edge.to, "label": edge.label, "kind": edge.kind.word() }))
        .collect();
    json!({ "flow": graph.name, "file": graph.file, "nodes": nodes, "edges": edges })
}
