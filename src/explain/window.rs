//! The window of a side: its interval, its buckets, and the same window without buckets.

use crate::aggregate::Extent;
use crate::base::{Millis, Timestamp};
use crate::engine::At;
use crate::plan::{ScopeId, Term, Window, WindowKind, describe};

use super::Position;

/// A window as of the moment of reading.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowPart {
    /// The window in words.
    pub words: String,
    /// The begin, inclusive.
    pub from: Timestamp,
    /// The end, exclusive.
    pub to: Timestamp,
    /// Whether an event at the moment of reading is inside.
    pub is_open: bool,
    /// The length of a bucket; `None` for a rolling window.
    pub bucket: Option<Millis>,
    /// The buckets that hold samples, the newest first.
    pub buckets: Vec<Bucket>,
    /// The same window without buckets; `None` for a rolling window.
    pub rolling: Option<Rolling>,
}

/// A bucket that holds samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    /// The begin, inclusive.
    pub from: Timestamp,
    /// The end, exclusive.
    pub to: Timestamp,
    /// The value of its samples.
    pub value: f64,
    /// Whether it is in the window.
    pub place: Place,
}

/// The place of a bucket in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It is in the window, and over.
    Inside,
    /// It is in the window, and not over yet.
    Unfinished,
    /// It is not in the window.
    Outside,
}

/// What a window of the same length and offset would hold that is exact to the millisecond.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rolling {
    /// The length.
    pub span: Millis,
    /// How long before the moment of reading it ends.
    pub offset: Millis,
    /// The value.
    pub value: Option<f64>,
}

/// The window of a term at a key of the output's scope, without what the rolling one would hold.
pub(super) fn window(
    at: Position<'_>,
    term: &Term,
    (scope, slot): (ScopeId, u32),
) -> Option<WindowPart> {
    let window = term.window;
    let Window::Buckets { kind, buckets: of, .. } = window else { return None };
    let (from, to) = window.interval(at.as_of)?;
    let mut part = WindowPart {
        words: describe::window(window)?,
        from,
        to,
        is_open: to > at.as_of,
        bucket: None,
        buckets: Vec::new(),
        rolling: None,
    };
    if kind == WindowKind::Rolling {
        return Some(part);
    }
    part.bucket = Some(of.length());
    let Extent::Buckets { first, last } = window.extent(at.as_of) else { return Some(part) };
    let current = of.number(at.as_of.0);
    let (index, key) = (at.rows.index, At::Slot(slot));
    at.engine.buckets(index, term, scope, key, at.as_of, &mut |start, value| {
        let number = of.number(start);
        let place = match number {
            _ if !(first..=last).contains(&number) => Place::Outside,
            _ if number == current => Place::Unfinished,
            _ => Place::Inside,
        };
        let to = Timestamp(of.start(number + 1));
        part.buckets.push(Bucket { from: Timestamp(start), to, value, place });
    });
    part.buckets.reverse();
    Some(part)
}
