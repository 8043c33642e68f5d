//! The arithmetic of one state: what is kept for a key, how an event changes it, and what is
//! read from it as of a moment. It must not know YAML, storage, or what the time is.
//!
//! An `Aggregate` is a running total of samples (a count, a sum, a maximum). A *shape* says
//! over which part of the past it is held: over a lifetime (`whole`), in epoch-aligned buckets
//! (`ring`), as single events (`rolling`) or fading (`decay`). A [`StateTable`] holds one
//! state for all keys.

use std::fmt::Debug;
use std::ops::Range;

use crate::base::Millis;
use crate::base::bytes::Bytes;

use packed::Moment;
use pool::Pool;

mod count;
mod decay;
mod extremes;
mod last;
mod mean;
mod packed;
mod places;
mod pool;
mod registry;
mod ring;
mod rolling;
mod samples;
mod state;
mod stored;
mod sum;
mod table;
mod whole;

pub use places::{Places, SEGMENT};
pub use registry::{Definition, REGISTRY, definition, table};
pub use samples::{Ordering, Samples};
pub use state::{Probe, StateTable};
pub use stored::{Steps, read_slots};

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

impl Shape {
    /// Whether a state in this shape holds all that the same state in a shorter one would: a
    /// table of it can then be [cut down](StateTable::shorten).
    #[must_use]
    pub const fn is_longer_than(self, other: Self) -> bool {
        match (self, other) {
            (Self::Ring { bucket, held }, Self::Ring { bucket: other, held: less }) => {
                bucket.0 == other.0 && held > less
            }
            (Self::Rolling { span }, Self::Rolling { span: less }) => span.0 > less.0,
            _ => false,
        }
    }
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
trait Aggregate: Copy + Default + PartialEq + Debug + Send + Sync + 'static {
    /// What must be kept of a sample's value.
    type Kept: Copy + Default + Debug + Send + Sync + 'static;

    /// Whether totals are whole numbers that can be taken from one another, so that a row of
    /// totals may be kept as running ones: see [`Aggregate::since`].
    const RUNS: bool = false;

    /// Takes a sample in.
    fn add(&mut self, time: i64, value: f64);
    /// Takes in what another one has gathered.
    fn merge(&mut self, other: &Self);
    /// What was gathered after `before`, which is an earlier total of the same samples. Asked for
    /// only where totals [run](Aggregate::RUNS).
    fn since(&self, _before: &Self) -> Self {
        *self
    }
    /// The value; `None` where there is none over nothing.
    fn read(&self) -> Option<f64>;
    /// What is kept of a value.
    fn keep(value: f64) -> Self::Kept;
    /// The value of which that was kept.
    fn value(kept: Self::Kept) -> f64;
    /// The total of samples, each with its time and value.
    fn of(samples: impl ExactSizeIterator<Item = (i64, f64)>) -> Self {
        let mut total = Self::default();
        for (time, value) in samples {
            total.add(time, value);
        }
        total
    }
    /// Appends it to stored bytes.
    fn encode(&self, out: &mut Vec<u8>);
    /// Reads it back; `None` for bytes that [`Aggregate::encode`] did not write.
    fn decode(bytes: &mut Bytes<'_>) -> Option<Self>;
}

/// One state for one key, in one shape. What it holds beside its own size lies in the table's
/// pool, so that cells are copied as they are.
///
/// `written` is the clock at the key's last write, which the table keeps.
trait Cell: Copy + Default + Debug + Send + Sync + 'static {
    /// The shape's parameters, the same for all keys.
    type Form: Copy + Debug + Send + Sync + 'static;
    /// What it holds in the pool.
    type Part: Copy + Default + Debug + Send + Sync + 'static;
    /// What need not be worked out again for the next sample of a batch.
    type Memo: Default;
    /// Whether it may hold any parts.
    const HOLDS_PARTS: bool = size_of::<Self::Part>() > 0;

    /// How many parts it can hold at most; `None` where only the events tell.
    fn parts(_form: Self::Form) -> Option<u64> {
        Some(0)
    }

    /// The form in which cells are read that were written in a [longer](Shape::is_longer_than)
    /// one and are to be held in this shape from now on; `None` where there is none.
    fn shorter(_form: Self::Form, _shape: Shape) -> Option<Self::Form> {
        None
    }

    /// Loads what [`add`](Cell::add) will need of the pool for a sample. What it returns means
    /// nothing, but must be used, or nothing is loaded.
    fn fetch(
        &self,
        _pool: &Pool<Self::Part>,
        _form: Self::Form,
        _memo: &mut Self::Memo,
        _sample: Sample,
    ) -> i64 {
        0
    }

    /// Loads what [`read`](Cell::read) will need of the pool; see [`fetch`](Cell::fetch).
    fn fetch_all(&self, _pool: &Pool<Self::Part>) -> i64 {
        0
    }

    /// Takes a sample in. Whether a late one is still held is the shape's rule. `written` is that
    /// before the sample; `None` for the first.
    fn add(
        &mut self,
        pool: &mut Pool<Self::Part>,
        form: Self::Form,
        memo: &mut Self::Memo,
        written: Option<i64>,
        sample: Sample,
    );
    /// Takes samples of one slot in, one after the other, none of which finds the key dead.
    fn add_all(
        &mut self,
        pool: &mut Pool<Self::Part>,
        form: Self::Form,
        memo: &mut Self::Memo,
        written: Option<i64>,
        samples: &Samples,
        range: Range<usize>,
    ) {
        self.add_each(pool, form, memo, written, samples, range);
    }
    /// The same by adding each of them.
    fn add_each(
        &mut self,
        pool: &mut Pool<Self::Part>,
        form: Self::Form,
        memo: &mut Self::Memo,
        written: Option<i64>,
        samples: &Samples,
        range: Range<usize>,
    ) {
        let mut written = written;
        for sample in range.map(|place| samples.get(place)) {
            self.add(pool, form, memo, written, sample);
            written = Some(Moment::new(sample.clock).get());
        }
    }
    /// The value over a span.
    fn read(
        &self,
        pool: &Pool<Self::Part>,
        form: Self::Form,
        written: i64,
        span: Span,
    ) -> Option<f64>;
    /// Calls `visit` with the start of each bucket held, oldest first, and its value.
    fn buckets(
        &self,
        _pool: &Pool<Self::Part>,
        _form: Self::Form,
        _written: i64,
        _visit: &mut dyn FnMut(i64, f64),
    ) {
    }
    /// Gives back what it holds in the pool; afterwards it is as new.
    fn release(&mut self, _pool: &mut Pool<Self::Part>) {
        *self = Self::default();
    }
    /// Appends it to stored bytes: the same for all cells that hold the same.
    fn encode(&self, pool: &Pool<Self::Part>, form: Self::Form, written: i64, out: &mut Vec<u8>);
    /// Reads it back; `None` for bytes that [`Cell::encode`] did not write.
    fn decode(
        pool: &mut Pool<Self::Part>,
        form: Self::Form,
        written: i64,
        bytes: &mut Bytes<'_>,
    ) -> Option<Self>;
}
