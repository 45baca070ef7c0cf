//! Flows as graphs: golden Mermaid and JSON of every example, and pictures in which everything has its place.

use flow_lang::compile::Compiled;
use flow_lang::graph::{Edge, EdgeKind, Graph, Node, NodeKind, graph, json, mermaid, svg};
use flow_lang::hir::FlowId;
use flow_tests::picture::{Picture, words};
use flow_tests::project::{examples, programs, project};
use std::collections::HashSet;

/// Every flow of a project as a graph.
fn graphs(compiled: &Compiled) -> Vec<Graph> {
    let count = compiled.hir.as_ref().map_or(0, |hir| hir.flows.len());
    let all = (0..count).map(|id| graph(compiled, FlowId(id as u32)).expect("a graph"));
    // What is called of the library is drawn in none of the project's pictures.
    all.filter(|graph| !flow_stdlib::is_library_flow(&graph.name)).collect()
}

#[test]
fn every_example_has_the_graph_that_is_written_down() {
    let compiled = examples();
    let all = graphs(&compiled);
    assert!(all.len() >= 10, "only {} flows", all.len());
    for graph in &all {
        insta::with_settings!({ snapshot_path => "suite/graph", prepend_module_to_snapshot => false, omit_expression => true }, {
            let text = format!("{}\n{:#}", mermaid(graph), json(graph));
            insta::assert_snapshot!(graph.name.as_str(), text);
        });
    }
}

/// What may fail, whom a flow waits for, and texts that are long.
#[test]
fn every_flow_of_the_suite_has_the_graph_that_is_written_down() {
    for (name, text) in programs("suite/graph") {
        let compiled = project([(format!("{name}.flow").as_str(), text.as_bytes())]);
        assert!(compiled.hir.is_some(), "{name}: {:?}", compiled.diagnostics);
        for graph in &graphs(&compiled) {
            is_sound(graph);
            is_readable(graph);
            let text = mermaid(graph);
            assert!(text.ends_with('\n') && json(graph).is_object());
            let lines: Vec<&str> = text.lines().filter(|line| !line.contains("classDef")).collect();
            insta::with_settings!({ snapshot_path => "suite/graph", prepend_module_to_snapshot => false, omit_expression => true }, {
                insta::assert_snapshot!(graph.name.as_str(), lines.join("\n"));
            });
        }
    }
}

/// What stands on lines of its own in a picture: words are whole, unless one is wider than there is room.
#[test]
fn words_are_broken_only_where_they_must_be() {
    let label = "on email.clicked_by_somebody(welcome_mail) as clicked -> whatever comes then";
    let text = "http.post(url: \"https://hooks.example.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX\")";
    let node = |kind, text: &str| Node {
        kind,
        title: String::new(),
        text: text.to_owned(),
        line: 1,
        flow: None,
        action: None,
    };
    let graph = Graph {
        name: "x".to_owned(),
        file: "x".to_owned(),
        nodes: vec![node(NodeKind::Entry, ""), node(NodeKind::External, text)],
        edges: vec![Edge { from: 0, to: 1, label: label.to_owned(), kind: EdgeKind::Next }],
    };
    let picture = svg(&graph);
    for word in ["email.clicked_by_somebody(", "welcome_mail)", "http.post(url:", "/services/"] {
        assert!(picture.contains(word), "{word} is broken: {picture}");
    }
}

#[test]
fn how_a_step_is_taken_back_is_told_with_it() {
    let source = "flow buy(contact: Contact) {\n    let city = contact.city else { stop }\n    \
                  http.post(url: \"https://shop.example.com/buy\", json: { city: city })\n        \
                  undo { http.post(url: \"https://shop.example.com/return\", json: { city: city }) }\n}\n";
    let compiled = project([("buy.flow", source.as_bytes())]);
    let all = graphs(&compiled);
    let shown = all.iter().find(|graph| graph.name == "buy.buy").expect("the flow");
    let request = shown.nodes.iter().find(|node| node.kind == NodeKind::External).expect("the request");
    assert!(request.text.contains("undo: http.post(url: \"https://shop.example.com/return\""), "{request:?}");
    let ways: Vec<&str> = shown.edges.iter().map(|edge| &*edge.label).filter(|label| !label.is_empty()).collect();
    assert_eq!(ways, ["no", "yes"]);
}

#[test]
fn the_picture_in_the_readme_is_current() {
    let compiled = examples();
    let shown = graphs(&compiled).into_iter().find(|graph| graph.name == "front_desk.front_desk").expect("the flow");
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/picture/front_desk.svg");
    if std::env::var("UPDATE").is_ok() {
        std::fs::write(&path, svg(&shown)).expect("writes the picture");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == svg(&shown), "run UPDATE=1 cargo test -p flow-tests --test graph");
}

/// What holds of every graph: nodes are reached, edges lead somewhere, only those back lead back.
fn is_sound(graph: &Graph) {
    let mut reached: HashSet<usize> = HashSet::new();
    for edge in &graph.edges {
        assert!(edge.from < graph.nodes.len() && edge.to < graph.nodes.len(), "{edge:?} of {}", graph.name);
        assert_eq!(edge.kind == EdgeKind::Back, edge.to <= edge.from, "{edge:?} of {}", graph.name);
        reached.insert(edge.to);
    }
    for (index, node) in graph.nodes.iter().enumerate() {
        let begins = matches!(node.kind, NodeKind::Entry | NodeKind::Trigger);
        assert!(begins || reached.contains(&index), "nothing leads to {node:?} of {}", graph.name);
        assert!(node.line > 0);
    }
}

/// What holds of every picture.
fn is_readable(graph: &Graph) {
    let name = &graph.name;
    let picture = Picture::read(&svg(graph)).unwrap_or_else(|why| panic!("{name}: {why}"));
    assert_eq!(picture.nodes.len(), graph.nodes.len(), "{name}");
    assert_eq!(picture.edges.len(), graph.edges.len(), "{name}");
    let boxes: Vec<_> = picture.nodes.iter().chain(&picture.labels).collect();
    for (index, one) in boxes.iter().enumerate() {
        assert!(one.inside(picture.width, picture.height), "{name}: {one:?} is outside");
        for other in &boxes[index + 1..] {
            assert!(!one.overlaps(other), "{name}: {one:?} and {other:?} overlap");
        }
    }
    for (edge, drawn) in graph.edges.iter().zip(&picture.edges) {
        assert_eq!((edge.from, edge.to), (drawn.from, drawn.to), "{name}");
        assert!(picture.nodes[edge.from].touches(drawn.begin), "{name}: {edge:?} begins beside its node");
        assert!(picture.nodes[edge.to].touches(drawn.end), "{name}: {edge:?} ends beside its node: {drawn:?}");
        for node in &picture.nodes {
            assert!(!drawn.points.iter().any(|point| node.holds(*point)), "{name}: {edge:?} runs through {node:?}");
        }
    }
}

#[test]
fn every_picture_is_xml_with_a_box_for_each_node_and_nothing_on_top_of_another() {
    let mut seen = 0;
    for graph in graphs(&examples()) {
        is_sound(&graph);
        is_readable(&graph);
        seen += 1;
    }
    for folder in ["suite/run", "suite/stories", "suite/language"] {
        for (name, text) in programs(folder) {
            let compiled = project([(format!("{name}.flow").as_str(), text.as_bytes())]);
            for graph in graphs(&compiled).into_iter().filter(|_| compiled.hir.is_some()) {
                is_sound(&graph);
                is_readable(&graph);
                seen += 1;
            }
        }
    }
    assert!(seen >= 40, "only {seen} flows were drawn");
}

/// Texts that would like to be something else.
const HOSTILE: [&str; 20] = [
    "<script>alert(1)</script>",
    "</text></svg>",
    "\"/><image href=\"https://example.com/x\"/>",
    "' onload='alert(1)",
    "]]>",
    "<!-- comment",
    "<![CDATA[ x ]]>",
    "<?xml version=\"1.0\"?>",
    "&lt;b&gt; &amp; &#0; &unknown;",
    "<!DOCTYPE svg [<!ENTITY a \"b\">]>",
    "\u{0}\u{1}\u{b}\u{1b}[31m",
    "\u{202e}desrever",
    "\u{fffe}\u{ffff}",
    "end",
    "\"] --> n0[\"x",
    "%%{init: {'theme':'dark'}}%%",
    "`**bold**`",
    "#quot;#35;",
    "漢字かな交じり文がとても長く続く場合にも箱の中に収まらなければならない",
    "aVeryLongWordWithoutAnySpaceInItThatGoesOnAndOnAndOnAndOnAndOnAndOnAndOnAndOnAndOnAndOn",
];

#[test]
fn texts_stay_texts() {
    for text in HOSTILE {
        let node =
            |kind, flow| Node { kind, title: text.to_owned(), text: text.to_owned(), line: 1, flow, action: None };
        let edge = |from, to| Edge { from, to, label: text.to_owned(), kind: EdgeKind::Next };
        let graph = Graph {
            name: text.to_owned(),
            file: text.to_owned(),
            nodes: vec![
                node(NodeKind::Entry, None),
                node(NodeKind::Steps, Some(text.to_owned())),
                node(NodeKind::Say, None),
            ],
            edges: vec![edge(0, 1), edge(1, 2), edge(0, 2)],
        };
        is_readable(&graph);
        let picture = Picture::read(&svg(&graph)).expect("XML");
        let wanted = words(text);
        for node in &picture.nodes {
            assert!(node.text.contains(&wanted), "{text:?} became {:?}", node.text);
        }
        for line in mermaid(&graph).lines().skip(1) {
            let quotes = line.matches('"').count();
            assert!(quotes == 0 || quotes == 2, "{text:?} leaves its quotes: {line}");
            assert!(!line.contains("<script") && !line.contains("<image"), "{line}");
        }
        assert_eq!(json(&graph)["nodes"][0]["title"], text);
    }
}

#[test]
fn a_large_flow_is_drawn_in_time() {
    let mut text = String::from("flow large(conversation: Conversation) {\n    var n = 0\n");
    for step in 0..120 {
        text.push_str(&format!(
            "    if n > {step} {{ say \"a {step}\" }} else {{ n += 1 }}\n    say \"step {step}\"\n"
        ));
    }
    text.push_str("    conversation.close()\n}\n");
    let compiled = project([("large.flow", text.as_bytes())]);
    let all = graphs(&compiled);
    let large = all.iter().find(|graph| graph.name == "large.large").expect("the flow");
    assert!(large.nodes.len() > 400, "{}", large.nodes.len());
    let begun = std::time::Instant::now();
    is_readable(large);
    assert!(begun.elapsed().as_secs() < 20, "it took {:?}", begun.elapsed());
}

/// Bold letters of a wide face, as Chromium shows them with DejaVu Sans: 0.61 of the font's size each.
#[test]
fn a_narrow_picture_has_room_for_its_heading() {
    let name = "whose_name_says_what_it_does_and_why";
    let source = format!("flow {name}(contact: Contact) {{ wait 1 day }}\n");
    let compiled = project([("a_file_with_a_long_name.flow", source.as_bytes())]);
    let all = graphs(&compiled);
    let shown = all.iter().find(|graph| graph.name.ends_with(name)).expect("the flow");
    let picture = Picture::read(&svg(shown)).expect("a picture");
    let heading = format!("{} · {}", shown.name, shown.file);
    let wide = 18.0 + heading.chars().count() as f64 * 14.0 * 0.61;
    assert!(picture.width >= wide, "{} is too narrow for {wide}", picture.width);
    is_readable(shown);
}
