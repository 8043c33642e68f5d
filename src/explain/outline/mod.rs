//! Outlines: explanations as trees of lines, which a command prints and a screen folds. What a line
//! says is decided here, how wide it may be is not.
//!
//! * `value`: the outline of an explanation, and of a key that was never seen; `side` that of a side.
//! * `contributors`: the outline of contributors.
//! * `text`: outlines as plain lines.

mod contributors;
mod side;
mod text;
mod value;

use crate::base::{Timestamp, quantity};

use super::{Attribute, EventRef, Side};

pub use contributors::{CONTRIBUTORS, contributors};
pub use text::{Moments, text};
pub use value::{explanation, never_seen};

/// An explanation as lines of a tree, a parent before its children.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outline {
    /// The moment that it is about.
    pub as_of: Timestamp,
    /// The lines.
    pub nodes: Vec<Node>,
}

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What tells it from the others; the same when the values are others.
    pub id: String,
    /// How deep it lies, from 0. Its children are those behind it that lie deeper.
    pub depth: usize,
    /// What it says: one cell, or several, which are aligned with those of the table's other rows.
    pub cells: Vec<Cell>,
    /// The table that it is a row of.
    pub table: Option<usize>,
    /// How it looks.
    pub tone: Tone,
    /// The number, from 1, of the event that it is about.
    pub event: Option<usize>,
    /// Whether that event contributes to the value.
    pub contributes: bool,
    /// Whether its children are folded away at first.
    pub is_closed: bool,
    /// Whether it stands for contributions that are not listed.
    pub lists_more: bool,
    /// The contributions that it stands for: those to a side with one value of an attribute.
    pub group: Option<GroupRef>,
}

/// Contributions with one value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRef {
    /// The side's part in the formula.
    pub role: String,
    /// The value; `None` for the events without one.
    pub value: Option<String>,
}

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// What the outline is about.
    Title,
    /// The beginning of a section.
    Heading,
    /// Ordinary text.
    Plain,
    /// What can be overlooked.
    Faint,
    /// The heads of a table's columns.
    Head,
}

/// A cell of a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// What it says.
    pub parts: Vec<Part>,
    /// How it is laid out.
    pub kind: CellKind,
}

/// How a cell is laid out among those of its column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CellKind {
    /// At the left.
    Text,
    /// At the right.
    Number,
    /// At the left; it gives way before others do.
    Attributes,
    /// At the right: a share of 1, of which a bar may be drawn.
    Share(f64),
}

/// A part of a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Words.
    Text(String),
    /// A moment.
    Moment(Timestamp),
}

/// How much of an explanation is open at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All but what is very much.
    Whole,
    /// What fits on a screen.
    Overview,
}

/// What is folded away, where an outline is to fit on a screen: contributions and values behind so
/// many.
const FIRST_EVENTS: usize = 5;
const FIRST_VALUES: usize = 15;
/// The most contributions that a screen lists.
pub const MOST_EVENTS: usize = 1000;
/// The most buckets that are open.
const BUCKETS: usize = 12;
/// The most characters of an event's attributes.
const ATTRIBUTES: usize = 60;

impl Cell {
    fn text(text: impl Into<String>) -> Self {
        Self { parts: vec![Part::Text(text.into())], kind: CellKind::Text }
    }

    fn number(text: impl Into<String>) -> Self {
        Self { kind: CellKind::Number, ..Self::text(text) }
    }

    fn moment(at: Timestamp) -> Self {
        Self { parts: vec![Part::Moment(at)], kind: CellKind::Text }
    }

    /// The same cell with more words.
    fn and(mut self, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.parts.push(Part::Text(text));
        }
        self
    }

    /// The same cell with a moment behind its words.
    fn at(mut self, at: Timestamp) -> Self {
        self.parts.push(Part::Moment(at));
        self
    }

    /// What it says, with moments in a form.
    #[must_use]
    pub fn words(&self, moments: Moments) -> String {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.clone(),
                Part::Moment(at) => moments.text(*at),
            })
            .collect()
    }
}

impl Outline {
    /// A single line.
    #[must_use]
    pub fn of(words: &str) -> Self {
        let mut outline = Self::default();
        outline.say(0, "value", Cell::text(words));
        outline
    }

    /// Whether a line has lines below it.
    #[must_use]
    pub fn has_children(&self, line: usize) -> bool {
        let depth = |line: usize| self.nodes.get(line).map(|node| node.depth);
        depth(line + 1) > depth(line)
    }

    /// The lines that are in sight, where `is_open` says which lines with children are open.
    #[must_use]
    pub fn visible(&self, is_open: impl Fn(&Node) -> bool) -> Vec<usize> {
        let mut visible = Vec::new();
        // The depth of the closed line above, whose children are hidden.
        let mut closed = usize::MAX;
        for (line, node) in self.nodes.iter().enumerate() {
            if node.depth > closed {
                continue;
            }
            visible.push(line);
            closed = if is_open(node) { usize::MAX } else { node.depth };
        }
        visible
    }

    /// Adds a line of one cell.
    fn say(&mut self, depth: usize, id: impl Into<String>, cell: Cell) -> &mut Node {
        self.add(depth, id.into(), vec![cell], None)
    }

    /// Adds a row of a table.
    fn row(
        &mut self,
        depth: usize,
        id: impl Into<String>,
        cells: Vec<Cell>,
        table: usize,
    ) -> &mut Node {
        self.add(depth, id.into(), cells, Some(table))
    }

    fn add(
        &mut self,
        depth: usize,
        id: String,
        cells: Vec<Cell>,
        table: Option<usize>,
    ) -> &mut Node {
        let node = Node {
            id,
            depth,
            cells,
            table,
            tone: Tone::Plain,
            event: None,
            contributes: false,
            is_closed: false,
            lists_more: false,
            group: None,
        };
        self.nodes.push(node);
        let last = self.nodes.len() - 1;
        &mut self.nodes[last]
    }

    /// The number of a new table.
    const fn table(&self) -> usize {
        self.nodes.len()
    }
}

impl Node {
    const fn tone(&mut self, tone: Tone) -> &mut Self {
        self.tone = tone;
        self
    }

    const fn closed(&mut self, is_closed: bool) -> &mut Self {
        self.is_closed = is_closed;
        self
    }

    const fn about(&mut self, event: usize) -> &mut Self {
        self.event = Some(event);
        self
    }
}

/// The form of a value's numbers: those of events may be ids, which have no separators.
type Form = fn(f64) -> String;

/// The form of a side's numbers.
fn form(side: &Side) -> Form {
    if side.is_quoted { quantity::quoted } else { quantity::value }
}

/// A number in a form, if there is one.
fn optional(value: Option<f64>, form: Form) -> String {
    value.map_or_else(|| "–".to_owned(), form)
}

/// An output at a key: `clicks_7{user=u1,author=a7}`.
#[must_use]
pub fn name(output: &str, key: &[Attribute]) -> String {
    if key.is_empty() { output.to_owned() } else { format!("{output}{{{}}}", pairs(key, ",")) }
}

/// Attributes with their values.
fn pairs(attributes: &[Attribute], between: &str) -> String {
    let pairs = attributes.iter().map(|it| format!("{}={}", it.name, it.value));
    pairs.collect::<Vec<_>>().join(between)
}

/// The cells of an event: its number, time, type and attributes.
fn event(event: &EventRef) -> Vec<Cell> {
    use crate::base::Millis;
    let late = if event.behind > 0 {
        format!(" (late {})", Millis(event.behind).brief())
    } else {
        String::new()
    };
    let attributes = pairs(&event.attributes, " ");
    let cut = match attributes.char_indices().nth(ATTRIBUTES) {
        Some((at, _)) => format!("{}…", &attributes[..at]),
        None => attributes,
    };
    vec![
        Cell::number(format!("#{}", quantity::grouped(event.number as u64))),
        Cell::moment(event.time).and(late),
        Cell::text(event.kind.clone().unwrap_or_default()),
        Cell { kind: CellKind::Attributes, ..Cell::text(cut) },
    ]
}
