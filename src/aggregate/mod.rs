//! The arithmetic of one state: what is kept for a key, how an event changes it, and what is
//! read from it as of a moment. It must not know YAML, storage, or what the time is.
//!
//! An [`Aggregate`] is a running total of samples (a count, a sum, a maximum). A *shape* says
//! over which part of the past it is held: over a lifetime (`whole`), in epoch-aligned buckets
//! (`ring`), as single events (`rolling`) or fading (`decay`). A [`StateTable`] holds one
//! state for all keys.

use std::fmt::Debug;

use crate::base::Millis;
use crate::base::bytes::Bytes;

mod count;
mod decay;
mod extremes;
mod last;
mod mean;
mod registry;
mod ring;
mod rolling;
mod sum;
mod table;
mod whole;

pub use registry::{Definition, REGISTRY, definition, table};
pub use table::{SEGMENT, StateTable};

/// What an event brings to a state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// The event's own time, in milliseconds since the epoch.
    pub time: i64,
    /// The clock once the event's time is taken in: never before `time`.
    pub clock: i64,
    /// The aggregated attribute's value; 1 for counts.
    pub value: f64,
}

/// Which part of the past is read, and when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// The first event time that counts; `i64::MIN` for the whole past.
    pub from: i64,
    /// The first event time that counts no more; `i64::MAX` for everything since.
    pub to: i64,
    /// The moment of reading.
    pub as_of: i64,
}

impl Span {
    /// All of the past, read at a moment.
    #[must_use]
    pub const fn whole(as_of: i64) -> Self {
        Self { from: i64::MIN, to: i64::MAX, as_of }
    }
}

/// Over which part of the past a state is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Everything since the key's first event.
    Lifetime,
    /// Epoch-aligned buckets: the current one and the `held − 1` before it.
    Ring {
        /// The length of a bucket.
        bucket: Millis,
        /// How many buckets are held, the current one included.
        held: u32,
    },
    /// The single events of the last `span`.
    Rolling {
        /// How far back events are held.
        span: Millis,
    },
    /// Exponential decay.
    Decay {
        /// The time in which a value halves.
        half_life: Millis,
    },
}

/// The bytes that a key takes in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyCost {
    /// What each key takes.
    pub fixed: usize,
    /// What each bucket or sample that is held takes besides; 0 where there are none.
    pub part: usize,
    /// How many of them can be held at most; `None` where only the events tell.
    pub parts: Option<u64>,
}

/// A running total of samples.
pub trait Aggregate: Clone + Default + PartialEq + Debug + Send + Sync + 'static {
    /// Takes a sample in.
    fn add(&mut self, time: i64, value: f64);
    /// Takes in what another one has gathered.
    fn merge(&mut self, other: &Self);
    /// The value; `None` where there is none over nothing.
    fn read(&self) -> Option<f64>;
    /// Appends it to stored bytes.
    fn encode(&self, out: &mut Vec<u8>);
    /// Reads it back; `None` for bytes that [`Aggregate::encode`] did not write.
    fn decode(bytes: &mut Bytes<'_>) -> Option<Self>;
}

/// One state for one key, in one shape.
trait Cell: Clone + Default + PartialEq + Debug + Send + Sync + 'static {
    /// The shape's parameters, the same for all keys.
    type Form: Copy + Debug + Send + Sync + 'static;

    /// The bytes of each part that it holds beside its own size.
    const PART: usize = 0;

    /// How many parts it can hold at most; `None` where only the events tell.
    fn parts(_form: Self::Form) -> Option<u64> {
        Some(0)
    }

    /// Takes a sample in. Whether a late one is still held is the shape's rule.
    fn add(&mut self, form: Self::Form, sample: Sample);
    /// The value over a span.
    fn read(&self, form: Self::Form, span: Span) -> Option<f64>;
    /// Calls `visit` with the start of each bucket held, oldest first, and its value.
    fn buckets(&self, _form: Self::Form, _visit: &mut dyn FnMut(i64, f64)) {}
    /// The bytes it holds beside its own size.
    fn heap(&self) -> usize {
        0
    }
    /// Appends it to stored bytes.
    fn encode(&self, out: &mut Vec<u8>);
    /// Reads it back.
    fn decode(bytes: &mut Bytes<'_>) -> Option<Self>;
}
