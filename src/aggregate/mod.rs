//! Aggregates: the arithmetic of one state. What is stored per key, how an event changes it, and
//! what is read from it as of a moment. It must not know YAML, storage, or what the time is.
//!
//! A sample is a moment and a payload of 64 bits: a number, or the hash of a value of any kind
//! (`payload`). An `Aggregate` is a running total of samples (a count, a sum, a maximum). A *shape*
//! is the part of the past that it covers: the key's lifetime (`lifetime`), buckets of time
//! (`ring`), single events (`rolling`) or exponential decay (`decay`). A [`StateTable`] holds one
//! state for all keys of a scope.
//!
//! A table stores, per written key, a packed cell (six bytes for a count or a clock, eight for a
//! float, no alignment) behind the clock of its last write. Entries by slot are a [`SlotTable`],
//! also those of the served values in `engine`: a slot is found through two bytes in a segment of
//! 1,024 slots (`occupancy`); segments grow on their own and are never moved together.
//! The newest bucket of a ring lies in its cell; older buckets, and the samples of rolling windows,
//! lie in runs of a pool that the whole table shares (`pool`), in blocks that are reused: nothing
//! is allocated per event, and a copy of a table is a few large copies.
//!
//! There is a simple tier beside this fast one (`simple`): an aggregate whose total is an ordinary
//! value, and no more to write than its arithmetic.
//!
//! Counts are stored as running totals, so that a window is one subtraction; sums are not, since a
//! difference would keep the rounding error of what was subtracted.
//!
//! Samples are added in groups of 32: first all their cells and parts are prefetched, then they are
//! added (`table`). Samples sorted by slot are added run by run (`samples`,
//! [`StateTable::add_sorted`]).

use std::fmt::Debug;
use std::ops::Range;

use crate::base::bytes::Bytes;
use crate::base::{Buckets, Millis};

use packed::Moment;

mod adapted;
mod count;
mod decay;
mod delta_codec;
mod distinct;
mod extremes;
mod first_last;
mod increase;
mod lifetime;
mod mean;
mod occupancy;
mod packed;
mod payload;
mod percentile;
mod pool;
mod registry;
mod ring;
mod rolling;
mod samples;
mod simple;
mod since;
mod sketches;
mod slot_table;
mod state;
mod stddev;
mod sum;
mod table;
mod top_k;

pub use occupancy::SEGMENT;
pub use payload::{Takes, identity_payload, number_payload};
pub use percentile::Percentile;
pub use pool::{Pool, Run};
pub use registry::{
    Approximation, Definition, ErrorKind, REGISTRY, definition, named, synonym, table, words,
};
pub use samples::{Samples, SortBuffers};
pub use sketches::{DistinctValues, Quantiles};
pub use slot_table::{EntryCodec, SlotTable};
pub use state::{Probe, StateTable};

/// A sample: the effect of an event on a state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// The event's own time, in milliseconds since the epoch.
    pub time: i64,
    /// The clock including the event: never before `time`.
    pub clock: i64,
    /// What is taken of the aggregated attribute's value, by [`Takes`]; the number 1 for counts.
    pub payload: u64,
}

impl Sample {
    /// A sample of an event that is counted, whatever its values.
    #[must_use]
    pub const fn one(time: i64, clock: i64) -> Self {
        Self { time, clock, payload: payload::ONE }
    }

    /// A sample of a number.
    #[must_use]
    pub const fn of_number(time: i64, clock: i64, number: f64) -> Self {
        Self { time, clock, payload: number.to_bits() }
    }

    /// The number that is its payload.
    #[must_use]
    pub const fn number(self) -> f64 {
        f64::from_bits(self.payload)
    }
}

/// A part of the past, in what a state is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All that the state holds.
    Whole,
    /// Whole buckets of a ring, by their numbers.
    Buckets {
        /// The first bucket.
        first: i64,
        /// The last bucket.
        last: i64,
    },
    /// Single events of a rolling window, by their times in milliseconds.
    Times {
        /// The begin, inclusive.
        from: i64,
        /// The end, exclusive.
        to: i64,
    },
}

impl Extent {
    /// The numbers of the first and the last bucket.
    #[inline]
    const fn buckets(self) -> (i64, i64) {
        match self {
            Self::Buckets { first, last } => (first, last),
            Self::Whole | Self::Times { .. } => (i64::MIN, i64::MAX),
        }
    }

    /// The begin and the end in milliseconds.
    #[inline]
    const fn times(self) -> (i64, i64) {
        match self {
            Self::Times { from, to } => (from, to),
            Self::Whole | Self::Buckets { .. } => (i64::MIN, i64::MAX),
        }
    }
}

/// The part of the past to read, and the moment of reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// The part.
    pub extent: Extent,
    /// The moment of reading.
    pub as_of: i64,
    /// The percentile that is read of an aggregate that has several.
    pub percentile: Percentile,
}

impl Span {
    /// The whole past as of a moment.
    #[must_use]
    pub const fn whole(as_of: i64) -> Self {
        Self { extent: Extent::Whole, as_of, percentile: Percentile::MEDIAN }
    }
}

/// The shape of a state: over which part of the past it aggregates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Everything since the key's first event.
    Lifetime,
    /// Buckets of time: the current one and the `held − 1` before it.
    Ring {
        /// The division of time into buckets.
        buckets: Buckets,
        /// The number of buckets held, the current one included.
        held: u32,
    },
    /// The single events of the last `span`.
    Rolling {
        /// The length of the exact window.
        span: Millis,
    },
    /// Exponential decay.
    Decay {
        /// The half-life.
        half_life: Millis,
    },
}

impl Shape {
    /// The oldest time of an event that a state in this shape takes at a clock; `None` if it takes
    /// all.
    #[must_use]
    pub fn oldest_taken(self, clock: i64) -> Option<i64> {
        match self {
            Self::Ring { buckets, held } => {
                Some(buckets.start(buckets.number(clock) - i64::from(held) + 1))
            }
            Self::Rolling { span } => Some(clock - span.0),
            Self::Lifetime | Self::Decay { .. } => None,
        }
    }

    /// True if a state in this shape holds all that it would hold in `other`, so that its table can
    /// be [truncated](StateTable::truncate_retention) to it.
    #[must_use]
    pub fn is_longer_than(self, other: Self) -> bool {
        match (self, other) {
            (Self::Ring { buckets, held }, Self::Ring { buckets: other, held: less }) => {
                buckets == other && held > less
            }
            (Self::Rolling { span }, Self::Rolling { span: less }) => span.0 > less.0,
            _ => false,
        }
    }
}

/// The bytes of a key in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyCost {
    /// Per key.
    pub fixed: usize,
    /// Per bucket or sample held; 0 if there are none.
    pub part: usize,
    /// The most buckets or samples; `None` if unbounded.
    pub parts: Option<u64>,
    /// The most that a total takes beside: in each bucket if there are any; `None` if unbounded.
    pub most: Option<usize>,
}

/// A running total of samples.
trait Aggregate: Copy + Default + PartialEq + Debug + Send + Sync + 'static {
    /// What is stored of a sample's value.
    type Kept: Copy + Default + Debug + Send + Sync + 'static;

    /// True if totals are integers that can be subtracted, so that buckets may store running
    /// totals: see [`Aggregate::since`].
    const RUNS: bool = false;

    /// Adds a sample.
    fn add(&mut self, time: i64, value: f64);
    /// Merges another total.
    fn merge(&mut self, other: &Self);
    /// The total since `before`, an earlier total of the same samples. Only for aggregates with
    /// [`RUNS`](Aggregate::RUNS).
    fn since(&self, _before: &Self) -> Self {
        *self
    }
    /// The value; `None` if there is none over nothing.
    fn read(&self) -> Option<f64>;
    /// The stored part of a value.
    fn keep(value: f64) -> Self::Kept;
    /// The value of a stored part.
    fn value(kept: Self::Kept) -> f64;
    /// The total of samples (time, value).
    fn of(samples: impl ExactSizeIterator<Item = (i64, f64)>) -> Self {
        let mut total = Self::default();
        for (time, value) in samples {
            total.add(time, value);
        }
        total
    }
    /// Encodes the total into `out`.
    fn encode(&self, out: &mut Vec<u8>);
    /// Decodes; `None` for bytes that [`Aggregate::encode`] did not write.
    fn decode(bytes: &mut Bytes<'_>) -> Option<Self>;
}

/// One state of one key, in one shape. What exceeds its fixed size lies in the table's pool, so
/// that cells are copied bytewise.
///
/// `written` is the clock at the key's last write, which the table stores.
trait Cell: Copy + Default + Debug + Send + Sync + 'static {
    /// Parameters of the shape, equal for all keys.
    type Form: Copy + Debug + Send + Sync + 'static;
    /// The parts in the pool.
    type Part: Copy + Default + Debug + Send + Sync + 'static;
    /// Results to reuse for the next sample of a batch.
    type Memo: Default;
    /// True if it can hold parts.
    const HOLDS_PARTS: bool = size_of::<Self::Part>() > 0;

    /// The most parts; `None` if unbounded.
    fn parts(_form: Self::Form) -> Option<u64> {
        Some(0)
    }

    /// The form in which cells of a [longer](Shape::is_longer_than) form continue as `shape`;
    /// `None` if they cannot.
    fn shorter(_form: Self::Form, _shape: Shape) -> Option<Self::Form> {
        None
    }

    /// Prefetches what [`add`](Cell::add) needs of the pool. The result is meaningless, but must be
    /// used, or the load is optimized away.
    fn fetch(
        &self,
        _pool: &Pool<Self::Part>,
        _form: Self::Form,
        _memo: &mut Self::Memo,
        _sample: Sample,
    ) -> i64 {
        0
    }

    /// Prefetches what [`read`](Cell::read) needs of the pool; see [`fetch`](Cell::fetch).
    fn fetch_all(&self, _pool: &Pool<Self::Part>) -> i64 {
        0
    }

    /// Adds a sample. The shape decides whether a late one is still held. `written` is the clock of
    /// the write before; `None` for the first.
    fn add(
        &mut self,
        pool: &mut Pool<Self::Part>,
        form: Self::Form,
        memo: &mut Self::Memo,
        written: Option<i64>,
        sample: Sample,
    );
    /// Adds several samples of one key, none of which finds it expired.
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
    /// The same, one by one.
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
    /// Visits the start and value of each bucket, oldest first.
    fn buckets(
        &self,
        _pool: &Pool<Self::Part>,
        _form: Self::Form,
        _written: i64,
        _visit: &mut dyn FnMut(i64, f64),
    ) {
    }
    /// Returns its parts to the pool, and resets it.
    fn release(&mut self, _pool: &mut Pool<Self::Part>) {
        *self = Self::default();
    }
    /// Encodes the cell into `out`, canonically: equal content, equal bytes.
    fn encode(&self, pool: &Pool<Self::Part>, form: Self::Form, written: i64, out: &mut Vec<u8>);
    /// Decodes; `None` for bytes that [`Cell::encode`] did not write.
    fn decode(
        pool: &mut Pool<Self::Part>,
        form: Self::Form,
        written: i64,
        bytes: &mut Bytes<'_>,
    ) -> Option<Self>;
}
