//! The window of a side: its interval, its buckets, and the same window without buckets.

use crate::aggregate::Extent;
use crate::base::{Buckets, Millis, Timestamp};
use crate::engine::At;
use crate::plan::{ScopeId, Shape, Window, WindowKind, describe};

use super::rows::{SideRows, add};

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
    pub exact: Option<Exact>,
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

/// What a window of the same length would hold that ends at the moment of reading, to the
/// millisecond.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exact {
    /// The length.
    pub span: Millis,
    /// The value.
    pub value: Option<f64>,
}

/// The window of a side at a key of the output's scope.
pub(super) fn window(rows: &SideRows<'_>, (scope, slot): (ScopeId, u32)) -> Option<WindowPart> {
    let (at, window) = (rows.at, rows.term.window);
    let Window::Buckets { kind, count, buckets: of, offset } = window else { return None };
    let (from, to) = window.interval(at.as_of)?;
    let mut part = WindowPart {
        words: describe::window(window)?,
        from,
        to,
        is_open: to > at.as_of,
        bucket: None,
        buckets: Vec::new(),
        exact: None,
    };
    if kind == WindowKind::Rolling {
        return Some(part);
    }
    part.bucket = Some(of.length());
    let Extent::Buckets { first, last } = window.extent(at.as_of) else { return Some(part) };
    let current = of.number(at.as_of.0);
    at.engine.buckets(
        at.rows.index,
        &rows.term,
        scope,
        At::Slot(slot),
        at.as_of,
        &mut |start, value| {
            let number = of.number(start);
            let place = match number {
                _ if !(first..=last).contains(&number) => Place::Outside,
                _ if number == current => Place::Unfinished,
                _ => Place::Inside,
            };
            let to = Timestamp(of.start(number + 1));
            part.buckets.push(Bucket { from: Timestamp(start), to, value, place });
        },
    );
    part.buckets.reverse();
    if !rows.state().is_list() {
        part.exact = exact(rows, count, of, offset);
    }
    Some(part)
}

/// The value of the window if it were a rolling one.
fn exact(rows: &SideRows<'_>, count: u32, of: Buckets, offset: i64) -> Option<Exact> {
    let span = Millis(i64::from(count).saturating_mul(of.length().0));
    let offset = offset.saturating_mul(of.length().0);
    let window = Window::Buckets { kind: WindowKind::Rolling, count, buckets: of, offset };
    let held = Millis(span.0.saturating_add(offset));
    let mut table = rows.table(Shape::Rolling { span: held })?;
    // What came late for buckets may be in time for it.
    rows.samples(|_, sample| add(table.as_mut(), sample));
    let value = rows.read(table.as_ref(), window.extent(rows.at.as_of));
    Some(Exact { span, value })
}
