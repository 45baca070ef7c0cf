//! Reads a picture of a flow back: what is where, and what it says.

use roxmltree::{Document, Node};

/// A box with its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Box {
    /// Its left side.
    pub x: f64,
    /// Its top.
    pub y: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
    /// Everything that is written in it, without white space.
    pub text: String,
}

impl Box {
    /// Whether two boxes share more than a side.
    pub fn overlaps(&self, other: &Box) -> bool {
        self.x + self.width > other.x + 0.2
            && other.x + other.width > self.x + 0.2
            && self.y + self.height > other.y + 0.2
            && other.y + other.height > self.y + 0.2
    }

    /// Whether a point is at it, or no further from it than an arrow is long.
    pub fn touches(&self, (x, y): (f64, f64)) -> bool {
        let near = 8.0;
        x >= self.x - near && x <= self.x + self.width + near && y >= self.y - near && y <= self.y + self.height + near
    }

    /// Whether a point is in its inside.
    pub fn holds(&self, (x, y): (f64, f64)) -> bool {
        x > self.x + 1.0 && x < self.x + self.width - 1.0 && y > self.y + 1.0 && y < self.y + self.height - 1.0
    }

    /// Whether it is within a picture of that size.
    pub fn inside(&self, width: f64, height: f64) -> bool {
        self.x >= -0.1 && self.y >= -0.1 && self.x + self.width <= width + 0.1 && self.y + self.height <= height + 0.1
    }
}

/// An edge as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Which node it says it begins at.
    pub from: usize,
    /// Which node it says it ends at.
    pub to: usize,
    /// Where it begins.
    pub begin: (f64, f64),
    /// Where it ends.
    pub end: (f64, f64),
    /// Points on its way.
    pub points: Vec<(f64, f64)>,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Picture {
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
    /// In the order of the graph.
    pub nodes: Vec<Box>,
    /// What stands on edges.
    pub labels: Vec<Box>,
    /// In the order of the graph.
    pub edges: Vec<Line>,
}

/// A text without its white space, and without what a picture leaves out.
pub fn words(text: &str) -> String {
    let shown = text.chars().map(|c| if matches!(c, '\u{fffe}' | '\u{ffff}') { '\u{fffd}' } else { c });
    shown.filter(|c| !c.is_whitespace() && !c.is_control()).collect()
}

impl Picture {
    /// Reads a picture.
    ///
    /// # Errors
    /// It is no XML, has elements that no picture of ours has, or lacks a part.
    pub fn read(svg: &str) -> Result<Picture, String> {
        let document = Document::parse(svg).map_err(|error| error.to_string())?;
        let mut picture = Picture::default();
        let root = document.root_element();
        (picture.width, picture.height) = (number(root, "width")?, number(root, "height")?);
        for element in root.descendants().filter(Node::is_element) {
            let name = element.tag_name().name();
            if !["svg", "title", "style", "g", "rect", "text", "path", "a"].contains(&name) {
                return Err(format!("an element <{name}>"));
            }
            if let Some(attribute) = element.attributes().find(|attribute| attribute.name().starts_with("on")) {
                return Err(format!("an attribute {}", attribute.name()));
            }
            match element.attribute("class").unwrap_or_default().split(' ').next() {
                Some("node") => picture.nodes.push(outline(element)?),
                Some("label") => picture.labels.push(outline(element)?),
                Some("edge") => picture.edges.push(line(element)?),
                _ => {}
            }
        }
        Ok(picture)
    }
}

fn number(node: Node<'_, '_>, name: &str) -> Result<f64, String> {
    let value = node.attribute(name).ok_or_else(|| format!("no {name}"))?;
    value.parse().map_err(|_| format!("{name} is {value}"))
}

/// How far a group is moved by those around it.
fn moved(node: Node<'_, '_>) -> (f64, f64) {
    let mut sum = (0.0, 0.0);
    for group in node.ancestors().filter_map(|group| group.attribute("transform")) {
        let inner = group.trim_start_matches("translate(").trim_end_matches(')');
        let mut parts = inner.split(' ').filter_map(|part| part.parse::<f64>().ok());
        sum = (sum.0 + parts.next().unwrap_or(0.0), sum.1 + parts.next().unwrap_or(0.0));
    }
    sum
}

fn outline(group: Node<'_, '_>) -> Result<Box, String> {
    let rect = group
        .children()
        .find(|child| child.has_tag_name("rect"))
        .or_else(|| group.children().find(|child| child.tag_name().name() == "rect"));
    let rect = rect.ok_or("a box without a rectangle")?;
    let (dx, dy) = moved(group);
    let written: String = group
        .children()
        .filter(|child| child.tag_name().name() == "text")
        .filter_map(|child| child.text().map(str::to_owned))
        .collect();
    Ok(Box {
        x: number(rect, "x")? + dx,
        y: number(rect, "y")? + dy,
        width: number(rect, "width")?,
        height: number(rect, "height")?,
        text: words(&written),
    })
}

fn line(group: Node<'_, '_>) -> Result<Line, String> {
    let path = group.children().find(|child| child.tag_name().name() == "path").ok_or("an edge without a path")?;
    let (dx, dy) = moved(group);
    let (mut first, mut at, mut points) = (None, (0.0, 0.0), Vec::new());
    let data = path.attribute("d").ok_or("a path without data")?;
    for piece in data.split_inclusive(|c: char| c.is_ascii_alphabetic()).collect::<Vec<_>>().windows(2) {
        let command = piece[0].chars().last().unwrap_or(' ');
        let numbers: Vec<f64> = piece[1]
            .trim_end_matches(|c: char| c.is_ascii_alphabetic())
            .split(' ')
            .map(|part| part.parse::<f64>().map_err(|_| format!("{part:?} in {data}")))
            .collect::<Result<_, _>>()?;
        let (one, two, to) = match (command, numbers.as_slice()) {
            ('M', [x, y]) => ((*x, *y), (*x, *y), (*x, *y)),
            ('C', [a, b, c, d, x, y]) => ((*a, *b), (*c, *d), (*x, *y)),
            ('V', [y]) => (at, (at.0, *y), (at.0, *y)),
            _ => return Err(format!("{command} in {data}")),
        };
        if command != 'M' {
            for step in 0..=16 {
                let t = f64::from(step) / 16.0;
                let s = 1.0 - t;
                let curve = |a: f64, b: f64, c: f64, d: f64| {
                    s * s * s * a + 3.0 * s * s * t * b + 3.0 * s * t * t * c + t * t * t * d
                };
                points.push((curve(at.0, one.0, two.0, to.0) + dx, curve(at.1, one.1, two.1, to.1) + dy));
            }
        }
        at = to;
        first = first.or(Some(at));
    }
    let index = |name: &str| number(group, name).map(|value| value as usize);
    let begin = first.ok_or("an empty path")?;
    Ok(Line {
        from: index("data-from")?,
        to: index("data-to")?,
        begin: (begin.0 + dx, begin.1 + dy),
        end: (at.0 + dx, at.1 + dy),
        points,
    })
}
