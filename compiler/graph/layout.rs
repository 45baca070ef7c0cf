//! Where nodes stand and how edges run.
//!
//! Every edge is cut into pieces that go from one row to the next: its label, and a joint in every other row it passes, are
//! vertices like the nodes. rust-sugiyama then orders each row so that few edges cross, and places what is in it.

use super::{EdgeKind, Graph};
use rust_sugiyama::configure::{Config, CrossingMinimization, RankingType};
use rust_sugiyama::from_vertices_and_edges;

/// Between rows, and between neighbours in a row, in pixels.
const ROW_GAP: f64 = 34.0;
const SIDE_GAP: f64 = 22.0;

/// Graphs with more vertices are set out in a plain column: nobody reads such a picture, and it must not take minutes.
const VERTICES_MAX: usize = 2_500;

/// A width and a height.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Size {
    pub width: f64,
    pub height: f64,
}

/// A box by its middle.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Place {
    pub x: f64,
    pub y: f64,
    pub size: Size,
}

impl Place {
    pub fn top(self) -> f64 {
        self.y - self.size.height / 2.0
    }
    pub fn bottom(self) -> f64 {
        self.y + self.size.height / 2.0
    }
    pub fn left(self) -> f64 {
        self.x - self.size.width / 2.0
    }
    pub fn right(self) -> f64 {
        self.x + self.size.width / 2.0
    }
}

/// How an edge runs.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Route {
    /// From its beginning to its end, in the edge's own direction.
    pub joints: Vec<(f64, f64)>,
    /// Its label.
    pub label: Option<Place>,
}

/// A graph in the plane.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Plan {
    pub nodes: Vec<Place>,
    /// Beside [`Graph::edges`].
    pub routes: Vec<Route>,
    pub size: Size,
}

/// What stands in a row.
#[derive(Debug, Clone, Copy)]
struct Vertex {
    row: usize,
    size: Size,
}

/// An edge as vertices from top to bottom, and which of them is the label.
struct Chain {
    vertices: Vec<usize>,
    label: Option<usize>,
    /// It runs from bottom to top.
    upwards: bool,
}

/// Sets out a graph, given the sizes of its nodes and of its edges' labels.
pub(super) fn plan(graph: &Graph, nodes: &[Size], labels: &[Option<Size>]) -> Plan {
    if nodes.is_empty() {
        return Plan::default();
    }
    let rows = rows(graph, nodes.len(), labels);
    let mut vertices: Vec<Vertex> =
        nodes.iter().zip(&rows).map(|(size, row)| Vertex { row: *row, size: *size }).collect();
    let chains: Vec<Chain> = graph
        .edges
        .iter()
        .zip(labels)
        .map(|(edge, label)| {
            let upwards = edge.kind == EdgeKind::Back;
            let (top, bottom) = if upwards { (edge.to, edge.from) } else { (edge.from, edge.to) };
            chain(&mut vertices, &rows, top, bottom, *label, upwards)
        })
        .collect();
    let xs = across(&vertices, &chains);
    let extents = extents(&vertices);
    let places = down(&vertices, &xs, &extents);
    let routes = chains.iter().map(|chain| route(chain, &vertices, &places, &extents)).collect();
    let width = places.iter().map(|place| place.right()).fold(0.0, f64::max);
    let height = places.iter().map(|place| place.bottom()).fold(0.0, f64::max);
    Plan { nodes: places.iter().take(nodes.len()).copied().collect(), routes, size: Size { width, height } }
}

/// The row of each node: one below everything that leads to it, with a row between for a label.
fn rows(graph: &Graph, count: usize, labels: &[Option<Size>]) -> Vec<usize> {
    let mut rows = vec![0usize; count];
    // Edges that are not `Back` lead to later nodes: one pass in the order of the nodes sees everything above first.
    let mut below: Vec<Vec<(usize, usize)>> = vec![Vec::new(); count];
    for (edge, label) in graph.edges.iter().zip(labels) {
        let steps = 1 + usize::from(label.is_some());
        let (top, bottom) = if edge.kind == EdgeKind::Back { (edge.to, edge.from) } else { (edge.from, edge.to) };
        if let Some(list) = below.get_mut(top) {
            list.push((bottom, steps));
        }
    }
    for top in 0..count {
        let row = rows[top];
        for (bottom, steps) in std::mem::take(&mut below[top]) {
            if bottom > top && rows[bottom] < row + steps {
                rows[bottom] = row + steps;
            }
        }
    }
    rows
}

/// Cuts an edge at every row it passes.
fn chain(
    vertices: &mut Vec<Vertex>,
    rows: &[usize],
    top: usize,
    bottom: usize,
    label: Option<Size>,
    upwards: bool,
) -> Chain {
    let (first, last) = (rows.get(top).copied().unwrap_or(0), rows.get(bottom).copied().unwrap_or(0));
    let mut chain = Chain { vertices: vec![top], label: None, upwards };
    for row in first + 1..last {
        // The label stands where the edge begins.
        let at_label = if upwards { row + 1 == last } else { row == first + 1 };
        let size = match label {
            Some(size) if at_label => size,
            _ => Size { width: 2.0, height: 0.0 },
        };
        if label.is_some() && at_label {
            chain.label = Some(vertices.len());
        }
        chain.vertices.push(vertices.len());
        vertices.push(Vertex { row, size });
    }
    chain.vertices.push(bottom);
    chain
}

/// The middle of each vertex from left to right.
fn across(vertices: &[Vertex], chains: &[Chain]) -> Vec<f64> {
    let mut xs = vec![0.0; vertices.len()];
    if vertices.len() <= VERTICES_MAX {
        let sizes: Vec<(u32, (f64, f64))> =
            (0u32..).zip(vertices).map(|(id, vertex)| (id, (vertex.size.width, vertex.size.height.max(1.0)))).collect();
        let mut edges: Vec<(u32, u32)> = chains
            .iter()
            .flat_map(|chain| chain.vertices.windows(2))
            .filter_map(|pair| match pair {
                [a, b] if a != b => Some((u32::try_from(*a).ok()?, u32::try_from(*b).ok()?)),
                _ => None,
            })
            .collect();
        edges.sort_unstable();
        edges.dedup();
        let config = Config {
            minimum_length: 1,
            vertex_spacing: SIDE_GAP,
            dummy_vertices: true,
            dummy_size: 1.0,
            ranking_type: RankingType::MinimizeEdgeLength,
            c_minimization: CrossingMinimization::Median,
            transpose: true,
        };
        let mut shift = 0.0;
        for (placed, width, _) in from_vertices_and_edges(&sizes, &edges, &config) {
            for (id, (x, _)) in placed {
                if let Some(slot) = xs.get_mut(id) {
                    *slot = x + shift;
                }
            }
            shift += width + SIDE_GAP;
        }
    }
    if mirrored(&xs, chains) {
        xs.iter_mut().for_each(|x| *x = -*x);
    }
    apart(vertices, &mut xs);
    let left = |index: usize, x: f64| x - vertices.get(index).map_or(0.0, |vertex| vertex.size.width / 2.0);
    let least = xs.iter().enumerate().map(|(index, x)| left(index, *x)).fold(f64::INFINITY, f64::min);
    xs.iter_mut().for_each(|x| *x -= least);
    xs
}

/// Whether what leaves a node stands from right to left more often than in the order of the source.
fn mirrored(xs: &[f64], chains: &[Chain]) -> bool {
    let mut balance = 0i64;
    let downwards: Vec<(usize, f64)> = chains
        .iter()
        .filter(|chain| !chain.upwards)
        .filter_map(|chain| Some((*chain.vertices.first()?, *xs.get(*chain.vertices.get(1)?)?)))
        .collect();
    for (index, (top, x)) in downwards.iter().enumerate() {
        let later = downwards.iter().skip(index + 1).filter(|(other, _)| other == top);
        for (_, next) in later {
            balance += if next > x { 1 } else { -1 };
        }
    }
    balance < 0
}

/// Whatever the library gave: nothing in a row overlaps its neighbour.
fn apart(vertices: &[Vertex], xs: &mut [f64]) {
    let mut order: Vec<usize> = (0..vertices.len()).collect();
    order.sort_by(|a, b| vertices[*a].row.cmp(&vertices[*b].row).then(xs[*a].total_cmp(&xs[*b])).then(a.cmp(b)));
    for pair in order.windows(2) {
        let [left, right] = *pair else { continue };
        if vertices[left].row != vertices[right].row {
            continue;
        }
        let gap = if vertices[left].size.height == 0.0 || vertices[right].size.height == 0.0 { 8.0 } else { SIDE_GAP };
        let least = xs[left] + vertices[left].size.width / 2.0 + gap + vertices[right].size.width / 2.0;
        xs[right] = xs[right].max(least);
    }
}

/// Where rows begin and end, from top to bottom: each is as high as the highest in it.
fn extents(vertices: &[Vertex]) -> Vec<(f64, f64)> {
    let count = vertices.iter().map(|vertex| vertex.row + 1).max().unwrap_or(0);
    let mut heights = vec![0.0f64; count];
    for vertex in vertices {
        heights[vertex.row] = heights[vertex.row].max(vertex.size.height);
    }
    let mut top = -ROW_GAP;
    let mut extents = Vec::with_capacity(count);
    for height in heights {
        top += ROW_GAP;
        extents.push((top, top + height));
        top += height;
    }
    extents
}

/// Every vertex in the middle of its row.
fn down(vertices: &[Vertex], xs: &[f64], extents: &[(f64, f64)]) -> Vec<Place> {
    let middle = |row: usize| extents.get(row).map_or(0.0, |(top, bottom)| (top + bottom) / 2.0);
    vertices.iter().zip(xs).map(|(vertex, x)| Place { x: *x, y: middle(vertex.row), size: vertex.size }).collect()
}

/// An edge is upright within rows and bends between them, so that it runs through no box.
fn route(chain: &Chain, vertices: &[Vertex], places: &[Place], extents: &[(f64, f64)]) -> Route {
    let place = |vertex: &usize| places.get(*vertex).copied().unwrap_or_default();
    let extent = |vertex: &usize| {
        let row = vertices.get(*vertex).map_or(0, |vertex| vertex.row);
        extents.get(row).copied().unwrap_or_default()
    };
    let last = chain.vertices.len().saturating_sub(1);
    let mut joints = Vec::new();
    for (index, vertex) in chain.vertices.iter().enumerate() {
        let (place, (top, bottom)) = (place(vertex), extent(vertex));
        // An edge leaves a box below and meets one above.
        match index {
            0 => joints.extend([(place.x, place.bottom()), (place.x, bottom)]),
            _ if index == last => joints.extend([(place.x, top), (place.x, place.top())]),
            _ => joints.extend([(place.x, top), (place.x, bottom)]),
        }
    }
    if chain.upwards {
        joints.reverse();
    }
    Route { joints, label: chain.label.as_ref().map(place) }
}
