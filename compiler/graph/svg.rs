//! A graph as a picture.

use super::layout::{Place, Plan, Route, Size, plan};
use super::measure::Font;
use super::{EdgeKind, Graph, Node, NodeKind, paint};
use std::fmt::Write;

const HEADING: Font = Font { size: 14.0, mono: false };
const TITLE: Font = Font { size: 12.0, mono: false };
const PROSE: Font = Font { size: 13.0, mono: false };
const CODE: Font = Font { size: 12.0, mono: true };

/// Pixels: of a line of text, around the text in a box, around the picture.
const LINE: f64 = 17.0;
const PAD_X: f64 = 12.0;
const PAD_Y: f64 = 8.0;
const MARGIN: f64 = 18.0;
/// Bold letters are that much wider.
const BOLD: f64 = 1.08;
/// Texts wrap at this width.
const TEXT_WIDTH: f64 = 270.0;
const LABEL_WIDTH: f64 = 150.0;
/// A word may be that much wider before it is broken.
const WORD: f64 = 1.6;
/// A node has at most so many lines, an edge so many.
const LINES_MAX: usize = 10;
const LABEL_LINES_MAX: usize = 4;
const ARROW: f64 = 7.0;

/// The graph as a file of its own, with a heading and a legend.
pub fn svg(graph: &Graph) -> String {
    let drawn = Drawn::of(graph);
    let heading = format!("{} · {}", graph.name, graph.file);
    let legend = legend(graph);
    let (rows, legend_width) = legend_rows(&legend, drawn.plan.size.width.max(420.0));
    let inner = drawn.plan.size.width.max(legend_width).max(HEADING.width(&heading) * BOLD);
    let (width, top) = (inner + 2.0 * MARGIN, MARGIN + 28.0);
    let shift = MARGIN + (inner - drawn.plan.size.width) / 2.0;
    let legend_top = top + drawn.plan.size.height + 28.0;
    let height = legend_top + rows as f64 * 20.0 + MARGIN - 6.0;
    let mut out = open(graph, width, height);
    let _ = writeln!(out, "<rect class=\"ground\" width=\"100%\" height=\"100%\"/>");
    let _ = writeln!(out, "<text class=\"heading\" x=\"{MARGIN}\" y=\"{}\">{}</text>", MARGIN + 10.0, escape(&heading));
    let _ = writeln!(out, "<g transform=\"translate({shift:.1} {top:.1})\">");
    drawn.body(graph, &|_| None, &mut out);
    out.push_str("</g>\n<g class=\"legend\">\n");
    let (mut x, mut y) = (MARGIN, legend_top);
    for (kind, words) in legend {
        let wide = legend_entry(words);
        if x > MARGIN && x + wide > inner + MARGIN {
            (x, y) = (MARGIN, y + 20.0);
        }
        let _ = writeln!(
            out,
            "<rect class=\"box {}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"14\" height=\"12\" rx=\"3\"/><text x=\"{:.1}\" y=\"{:.1}\">{words}</text>",
            kind.word(),
            x + 20.0,
            y + 10.5
        );
        x += wide;
    }
    out.push_str("</g>\n</svg>\n");
    out
}

/// The graph as a part of a page; `link` gives the address of another flow.
pub fn svg_inline(graph: &Graph, link: &dyn Fn(&str) -> Option<String>) -> String {
    let drawn = Drawn::of(graph);
    let size = drawn.plan.size;
    let mut out = open(graph, size.width + 4.0, size.height + 4.0);
    out.push_str("<g transform=\"translate(2 2)\">\n");
    drawn.body(graph, link, &mut out);
    out.push_str("</g>\n</svg>\n");
    out
}

/// What a node shows, line by line.
struct Face {
    title: Vec<String>,
    text: Vec<String>,
    font: Font,
    size: Size,
}

/// A graph with every text measured and everything in its place.
struct Drawn {
    faces: Vec<Face>,
    labels: Vec<Vec<String>>,
    plan: Plan,
}

impl Drawn {
    fn of(graph: &Graph) -> Drawn {
        let faces: Vec<Face> = graph.nodes.iter().map(face).collect();
        let labels: Vec<Vec<String>> = graph.edges.iter().map(|edge| label(&edge.label)).collect();
        let sizes: Vec<Size> = faces.iter().map(|face| face.size).collect();
        let label_sizes: Vec<Option<Size>> = labels
            .iter()
            .map(|lines| {
                let width = lines.iter().map(|line| TITLE.width(line)).fold(0.0, f64::max) + 8.0;
                (!lines.is_empty()).then_some(Size { width, height: lines.len() as f64 * 15.0 + 4.0 })
            })
            .collect();
        let mut plan = plan(graph, &sizes, &label_sizes);
        ports(graph, &mut plan);
        Drawn { faces, labels, plan }
    }

    fn body(&self, graph: &Graph, link: &dyn Fn(&str) -> Option<String>, out: &mut String) {
        for (edge, route) in graph.edges.iter().zip(&self.plan.routes) {
            let kind = edge.kind.word();
            let _ = writeln!(
                out,
                "<g class=\"edge {kind}\" data-from=\"{}\" data-to=\"{}\"><path d=\"{}\"/>{}</g>",
                edge.from,
                edge.to,
                path(route, edge.kind),
                arrow(route, edge.kind)
            );
        }
        for (lines, route) in self.labels.iter().zip(&self.plan.routes) {
            let Some(place) = route.label.filter(|_| !lines.is_empty()) else { continue };
            let _ = write!(
                out,
                "<g class=\"label\"><rect class=\"ground\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"3\"/>",
                place.left(),
                place.top(),
                place.size.width,
                place.size.height
            );
            for (index, line) in lines.iter().enumerate() {
                let y = place.top() + 13.5 + index as f64 * 15.0;
                let _ = write!(out, "<text x=\"{:.1}\" y=\"{y:.1}\">{}</text>", place.x, escape(line));
            }
            out.push_str("</g>\n");
        }
        for (index, ((node, face), place)) in graph.nodes.iter().zip(&self.faces).zip(&self.plan.nodes).enumerate() {
            let target = node.flow.as_deref().and_then(link);
            if let Some(target) = &target {
                let _ = write!(out, "<a href=\"{}\">", escape(target));
            }
            draw(index, node, face, *place, graph, out);
            out.push_str(if target.is_some() { "</a>\n" } else { "\n" });
        }
    }
}

fn face(node: &Node) -> Face {
    let font = match node.kind {
        NodeKind::Steps | NodeKind::External | NodeKind::Call | NodeKind::Launch | NodeKind::Start => CODE,
        NodeKind::Decision | NodeKind::Loop => CODE,
        _ => PROSE,
    };
    let title = if node.title.is_empty() { Vec::new() } else { TITLE.wrap(&node.title, TEXT_WIDTH, TEXT_WIDTH * WORD) };
    let mut text: Vec<String> =
        node.lines().iter().flat_map(|line| font.wrap(line, TEXT_WIDTH, TEXT_WIDTH * WORD)).collect();
    if text.len() > LINES_MAX {
        text.truncate(LINES_MAX - 1);
        text.push("…".to_owned());
    }
    let widest = |font: Font, lines: &[String]| lines.iter().map(|line| font.width(line)).fold(0.0, f64::max);
    let width = (widest(TITLE, &title) * BOLD).max(widest(font, &text)).max(18.0) + 2.0 * PAD_X;
    let height = (title.len() + text.len()) as f64 * LINE + 2.0 * PAD_Y - 2.0;
    Face { title, text, font, size: Size { width, height: height.max(22.0) } }
}

fn label(text: &str) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let mut lines = TITLE.wrap(text, LABEL_WIDTH, LABEL_WIDTH * WORD);
    if lines.len() > LABEL_LINES_MAX {
        lines.truncate(LABEL_LINES_MAX);
        if let Some(last) = lines.last_mut() {
            last.push('…');
        }
    }
    lines
}

/// Spreads the ends of edges along the sides of their boxes, in the order in which they go on.
fn ports(graph: &Graph, plan: &mut Plan) {
    for (index, place) in plan.nodes.iter().enumerate() {
        for below in [true, false] {
            let mut ends: Vec<(f64, usize, bool)> = Vec::new();
            for (at, (edge, route)) in graph.edges.iter().zip(&plan.routes).enumerate() {
                let upwards = edge.kind == EdgeKind::Back;
                let (top, bottom) = if upwards { (edge.to, edge.from) } else { (edge.from, edge.to) };
                let here = if below { top == index } else { bottom == index };
                // Which end of the joints is at this box: the first where the edge begins here.
                let first = below != upwards;
                // The two at the box are one above the other.
                let next = if first { route.joints.get(2) } else { route.joints.iter().rev().nth(2) };
                if here {
                    ends.push((next.map_or(place.x, |joint| joint.0), at, first));
                }
            }
            ends.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let room = (place.size.width - 24.0).max(4.0);
            let step = (room / ends.len().max(1) as f64).min(22.0);
            for (number, (_, at, first)) in ends.iter().enumerate() {
                let x = place.x + (number as f64 - (ends.len() as f64 - 1.0) / 2.0) * step;
                let Some(route) = plan.routes.get_mut(*at) else { continue };
                let count = route.joints.len();
                let ends = if *first { 0..2 } else { count.saturating_sub(2)..count };
                for joint in route.joints.get_mut(ends).into_iter().flatten() {
                    joint.0 = x;
                }
            }
        }
    }
}

/// A line through the joints, upright at each of them.
fn path(route: &Route, kind: EdgeKind) -> String {
    let mut joints = route.joints.clone();
    joints.dedup_by(|a, b| (a.0 - b.0).abs() < 0.05 && (a.1 - b.1).abs() < 0.05);
    if let Some(last) = joints.last_mut() {
        last.1 += if kind == EdgeKind::Back { ARROW } else { -ARROW };
    }
    let mut out = String::new();
    let mut before: Option<(f64, f64)> = None;
    for (x, y) in joints {
        let _ = match before {
            None => write!(out, "M{x:.1} {y:.1}"),
            Some((x0, _)) if (x0 - x).abs() < 0.5 => write!(out, "V{y:.1}"),
            Some((x0, y0)) => {
                let middle = (y0 + y) / 2.0;
                write!(out, "C{x0:.1} {middle:.1} {x:.1} {middle:.1} {x:.1} {y:.1}")
            }
        };
        before = Some((x, y));
    }
    out
}

fn arrow(route: &Route, kind: EdgeKind) -> String {
    let Some((x, y)) = route.joints.last().copied() else { return String::new() };
    let back = if kind == EdgeKind::Back { ARROW } else { -ARROW };
    format!("<path class=\"head\" d=\"M{x:.1} {y:.1}l-4 {back}h8z\"/>")
}

fn draw(index: usize, node: &Node, face: &Face, place: Place, graph: &Graph, out: &mut String) {
    let round = match node.kind {
        NodeKind::Trigger | NodeKind::Entry | NodeKind::End => (place.size.height / 2.0).min(16.0),
        NodeKind::Wait | NodeKind::Approval | NodeKind::Rule => 12.0,
        NodeKind::Join => 3.0,
        _ => 6.0,
    };
    let _ = write!(
        out,
        "<g class=\"node {0}\" data-node=\"{index}\"><title>{1}:{2}</title><rect class=\"box {0}\" x=\"{3:.1}\" y=\"{4:.1}\" \
         width=\"{5:.1}\" height=\"{6:.1}\" rx=\"{round:.1}\"/>",
        node.kind.word(),
        escape(&graph.file),
        node.line,
        place.left(),
        place.top(),
        place.size.width,
        place.size.height
    );
    let lines = face.title.len() + face.text.len();
    let mut y = place.y - (lines as f64 - 1.0) / 2.0 * LINE + 4.5;
    for line in &face.title {
        let _ = write!(out, "<text class=\"title\" x=\"{:.1}\" y=\"{y:.1}\">{}</text>", place.x, escape(line));
        y += LINE;
    }
    for line in &face.text {
        let class = if face.font.mono { "code" } else { "prose" };
        // Steps are read as lines of a program, the rest as words on a card.
        let (x, anchor) = match node.kind {
            NodeKind::Steps => (place.left() + PAD_X, " start"),
            _ => (place.x, ""),
        };
        let _ = write!(out, "<text class=\"{class}{anchor}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escape(line));
        y += LINE;
    }
    out.push_str("</g>");
}

/// The kinds a graph has, one for each colour.
fn legend(graph: &Graph) -> Vec<(NodeKind, &'static str)> {
    let mut found: Vec<(NodeKind, &'static str)> = Vec::new();
    for kind in NodeKind::ALL.iter().filter(|kind| graph.nodes.iter().any(|node| node.kind == **kind)) {
        let words = paint::legend(*kind);
        if !found.iter().any(|(_, other)| *other == words) {
            found.push((*kind, words));
        }
    }
    found
}

fn legend_entry(words: &str) -> f64 {
    TITLE.width(words) + 38.0
}

/// How many rows the legend needs at a width, and how wide it is.
fn legend_rows(legend: &[(NodeKind, &'static str)], width: f64) -> (usize, f64) {
    let (mut rows, mut x, mut widest) = (1, 0.0, 0.0f64);
    for (_, words) in legend {
        let wide = legend_entry(words);
        if x > 0.0 && x + wide > width {
            (rows, x) = (rows + 1, 0.0);
        }
        x += wide;
        widest = widest.max(x);
    }
    (rows, widest)
}

fn open(graph: &Graph, width: f64, height: f64) -> String {
    let mut style = String::from(STYLE);
    for kind in NodeKind::ALL {
        let (fill, line) = paint::light(*kind);
        let word = kind.word();
        let _ = write!(
            style,
            ".flow-graph .box.{word}{{fill:{fill};stroke:{line}}}.flow-graph .{word} .title{{fill:{line}}}"
        );
    }
    style.push_str("\n@media (prefers-color-scheme:dark){.flow-graph{--ground:#14181d;--ink:#dde3ea;--edge:#8a97a6;--fail:#ec7180}");
    for kind in NodeKind::ALL {
        let (fill, line) = paint::dark(*kind);
        let word = kind.word();
        let _ = write!(
            style,
            ".flow-graph .box.{word}{{fill:{fill};stroke:{line}}}.flow-graph .{word} .title{{fill:{line}}}"
        );
    }
    style.push('}');
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"flow-graph\" role=\"img\" width=\"{width:.0}\" height=\"{height:.0}\" \
         style=\"--width:{width:.0}px\" viewBox=\"0 0 {width:.0} {height:.0}\">\n<title>The flow {}</title>\n<style>{style}</style>\n",
        escape(&graph.name)
    )
}

const STYLE: &str = ".flow-graph{--ground:#ffffff;--ink:#1b1f24;--edge:#76828f;--fail:#bf3b48;\
font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,'DejaVu Sans',sans-serif}\
.flow-graph text{fill:var(--ink);text-anchor:middle;font-size:13px}\
.flow-graph .ground{fill:var(--ground)}\
.flow-graph .heading{text-anchor:start;font-size:14px;font-weight:600}\
.flow-graph .title{font-size:12px;font-weight:650}\
.flow-graph .code{font-size:12px;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}\
.flow-graph .start,.flow-graph .legend text{text-anchor:start}\
.flow-graph .label text,.flow-graph .legend text{font-size:12px}\
.flow-graph .box{stroke-width:1.3}\
.flow-graph .edge path{fill:none;stroke:var(--edge);stroke-width:1.4}\
.flow-graph .edge .head{fill:var(--edge);stroke:none}\
.flow-graph .failure>path:first-child{stroke:var(--fail);stroke-dasharray:5 4}.flow-graph .failure .head{fill:var(--fail)}\
.flow-graph .always>path:first-child{stroke-dasharray:2 4}\
.flow-graph .back>path:first-child{stroke-dasharray:8 3}\
.flow-graph a:hover .box{stroke-width:2.6}";

/// Text within XML: nothing in it opens a tag, ends an attribute, or is no character of XML.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
