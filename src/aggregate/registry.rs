//! The registry of aggregates. A new one is a file with its arithmetic, a line here, and a page
//! under `tests/specs/`.

use super::count::Count;
use super::decay::{Decay, FadingCount, FadingMean, FadingSum};
use super::distinct::{self, Distinct};
use super::extremes::{Max, Min};
use super::first_last::{First, Last};
use super::lifetime::Lifetime;
use super::mean::Mean;
use super::percentile::{self, Percentiles};
use super::ring::{Ring, RingForm};
use super::rolling::Rolling;
use super::simple::{SimpleAggregate, SimpleTable};
use super::stddev::Stddev;
use super::sum::Sum;
use super::table::Table;
use super::top_k::{self, TopK};
use super::{Aggregate, Shape, StateTable, Takes, increase, since};
use crate::base::Millis;

/// Makes an empty table in any shape but decay, with a time to live.
type Held = fn(Shape, Millis) -> Option<Box<dyn StateTable>>;
/// Makes an empty decaying table with a half-life and a time to live.
type Fades = fn(Millis, Millis) -> Box<dyn StateTable>;

/// One aggregate of the language.
#[derive(Clone, Copy)]
pub struct Definition {
    /// The name in a config.
    pub name: &'static str,
    /// Its description, in one line.
    pub doc: &'static str,
    /// Words of other systems that are taken in its place.
    pub aliases: &'static [&'static str],
    /// Further words for it in other systems, which are not taken: messages lead to its name.
    pub synonyms: &'static [&'static str],
    /// What it takes of an event: nothing if it counts events, else an attribute's value.
    pub takes: Takes,
    /// How exact its values are; `None` if all of them are exact.
    pub approximation: Option<Approximation>,
    /// True if its value changes with every moment, though no event comes and none leaves a window.
    pub ages: bool,
    /// What its value is.
    pub yields: Yields,
    /// True if samples of several keys mean nothing together, so that it has no value over all keys.
    pub is_of_one_key: bool,
    held: Held,
    /// `None` if it cannot decay.
    fading: Option<Fades>,
}

/// What the value of an aggregate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Yields {
    /// A number.
    Number,
    /// The number of one event, as the log has it: it may be an id.
    OneOfThem,
    /// A number for each percentile, which the feature must name.
    Percentiles,
    /// A list of the most frequent values, as texts.
    List,
}

/// How exact the values of an aggregate are that keeps less than all samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Approximation {
    /// Values of up to so many different samples are exact, beyond that they are estimates; of an
    /// aggregate with percentiles, of up to so many samples.
    pub exact_to: f64,
    /// The error of an estimate, as a part of it.
    pub error: f64,
    /// Which error it is.
    pub kind: ErrorKind,
}

/// What is told of an estimate's error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Its standard deviation: a single value may be further off.
    Standard,
    /// A bound: no value is further off.
    Largest,
    /// A bound of the counts that a list is ordered by, as a part of the number of all values.
    OfAll,
}

/// All aggregates, in documented order.
pub const REGISTRY: &[Definition] = &[
    Definition {
        name: "count",
        doc: "the number of events",
        aliases: &[],
        synonyms: &[],
        takes: Takes::Nothing,
        approximation: None,
        ages: false,
        yields: Yields::Number,
        is_of_one_key: false,
        held: held::<Count>,
        fading: Some(fading::<FadingCount>),
    },
    Definition {
        name: "sum",
        doc: "the sum of the values",
        aliases: &[],
        synonyms: &["total"],
        takes: Takes::Number,
        approximation: None,
        ages: false,
        yields: Yields::Number,
        is_of_one_key: false,
        held: held::<Sum>,
        fading: Some(fading::<FadingSum>),
    },
    Definition {
        name: "mean",
        doc: "the sum of the values over their number",
        aliases: &["average", "avg"],
        synonyms: &[],
        takes: Takes::Number,
        approximation: None,
        ages: false,
        yields: Yields::Number,
        is_of_one_key: false,
        held: held::<Mean>,
        fading: Some(fading::<FadingMean>),
    },
    Definition {
        name: "stddev",
        doc: "the standard deviation of the values as a sample",
        aliases: &["std", "stdev"],
        synonyms: &["sd", "standard_deviation", "stddev_samp", "stddev_sample"],
        takes: Takes::Number,
        approximation: None,
        ages: false,
        yields: Yields::Number,
        is_of_one_key: false,
        held: held::<Stddev>,
        fading: None,
    },
    Definition {
        name: "percentile",
        doc: "the value of which so many percent of the values are at most as large",
        aliases: &[],
        synonyms: &["approx_percentile", "median", "percentiles", "quantile", "quantiles"],
        takes: Takes::Number,
        approximation: Some(percentile::APPROXIMATION),
        ages: false,
        yields: Yields::Percentiles,
        is_of_one_key: false,
        held: simple::<Percentiles>,
        fading: None,
    },
    Definition {
        name: "min",
        doc: "the smallest value",
        aliases: &[],
        synonyms: &["minimum"],
        takes: Takes::Number,
        approximation: None,
        ages: false,
        yields: Yields::Number,
        is_of_one_key: false,
        held: held::<Min>,
        fading: None,
    },
    Definition {
        name: "max",
        doc: "the largest value",
        aliases: &[],
        synonyms: &["maximum"],
        takes: Takes::Number,
        approximation: None,
        ages: false,
        yields: Yields::Number,
        is_of_one_key: false,
        held: held::<Max>,
        fading: None,
    },
    Definition {
        name: "first",
        doc: "the value with the oldest event time",
        aliases: &[],
        synonyms: &["earliest", "oldest"],
        takes: Takes::Number,
        approximation: None,
        ages: false,
        yields: Yields::OneOfThem,
        is_of_one_key: false,
        held: held::<First>,
        fading: None,
    },
    Definition {
        name: "last",
        doc: "the value with the newest event time",
        aliases: &[],
        synonyms: &["latest", "newest"],
        takes: Takes::Number,
        approximation: None,
        ages: false,
        yields: Yields::OneOfThem,
        is_of_one_key: false,
        held: held::<Last>,
        fading: None,
    },
    Definition {
        name: "increase",
        doc: "by how much a counter that only grows has grown",
        aliases: &[],
        synonyms: &["delta", "growth"],
        takes: Takes::Number,
        approximation: None,
        ages: false,
        yields: Yields::Number,
        is_of_one_key: true,
        held: increase::table,
        fading: Some(increase::fading),
    },
    Definition {
        name: "since",
        doc: "the seconds since the last event",
        aliases: &[],
        synonyms: &["recency", "seconds_since", "time_since", "time_since_last"],
        takes: Takes::Nothing,
        approximation: None,
        ages: true,
        yields: Yields::Number,
        is_of_one_key: false,
        held: since::table,
        fading: None,
    },
    Definition {
        name: "distinct",
        doc: "the number of different values",
        aliases: &["approx_count_distinct", "count_distinct", "unique", "unique_count"],
        synonyms: &[
            "cardinality",
            "count_unique",
            "distinct_count",
            "n_unique",
            "nunique",
            "uniques",
        ],
        takes: Takes::Any,
        approximation: Some(distinct::APPROXIMATION),
        ages: false,
        yields: Yields::Number,
        is_of_one_key: false,
        held: simple::<Distinct>,
        fading: None,
    },
    Definition {
        name: "top_k",
        doc: "the most frequent values, as a list of texts",
        aliases: &[],
        synonyms: &[
            "approx_top_k",
            "frequent_items",
            "mode",
            "most_frequent",
            "top",
            "topk",
            "top_n",
            "topn",
        ],
        takes: Takes::Any,
        approximation: Some(top_k::APPROXIMATION),
        ages: false,
        yields: Yields::List,
        is_of_one_key: false,
        held: simple::<TopK>,
        fading: None,
    },
];

impl Definition {
    /// True if it has a value for each percentile, which the feature must name.
    #[must_use]
    pub fn has_percentiles(&self) -> bool {
        self.yields == Yields::Percentiles
    }

    /// True if its value is a list of the most frequent values, and not a number.
    #[must_use]
    pub fn is_list(&self) -> bool {
        self.yields == Yields::List
    }

    /// True if its value is that of one event, which may be an id.
    #[must_use]
    pub fn quotes(&self) -> bool {
        self.yields == Yields::OneOfThem
    }

    /// True if it aggregates an attribute's values.
    #[must_use]
    pub fn takes_value(&self) -> bool {
        self.takes != Takes::Nothing
    }

    /// True if it can decay.
    #[must_use]
    pub const fn decays(&self) -> bool {
        self.fading.is_some()
    }
}

/// The aggregate that a config means by a word: its name, or an alias.
#[must_use]
pub fn named(word: &str) -> Option<&'static Definition> {
    let means =
        |definition: &&Definition| definition.name == word || definition.aliases.contains(&word);
    REGISTRY.iter().find(means)
}

/// All words that a config may have for an aggregate, each with its description: the names, then the
/// aliases.
pub fn words() -> impl Iterator<Item = (&'static str, &'static str)> {
    let names = REGISTRY.iter().map(|known| (known.name, known.doc));
    let aliases = REGISTRY
        .iter()
        .flat_map(|known| known.aliases.iter().map(move |alias| (*alias, known.doc)));
    names.chain(aliases)
}

/// The aggregate that another system has under this name.
#[must_use]
pub fn synonym(word: &str) -> Option<&'static Definition> {
    REGISTRY.iter().find(|definition| definition.synonyms.contains(&word))
}

/// The aggregate of a name.
#[must_use]
pub fn definition(name: &str) -> Option<&'static Definition> {
    REGISTRY.iter().find(|definition| definition.name == name)
}

/// An empty table of an aggregate in a shape, with a time to live. `None` for an unknown name, or a
/// shape that the aggregate does not support.
#[must_use]
pub fn table(name: &str, shape: Shape, ttl: Millis) -> Option<Box<dyn StateTable>> {
    let definition = definition(name)?;
    match shape {
        Shape::Decay { half_life } => definition.fading.map(|make| make(half_life, ttl)),
        held => (definition.held)(held, ttl),
    }
}

fn held<A: Aggregate>(shape: Shape, ttl: Millis) -> Option<Box<dyn StateTable>> {
    Some(match shape {
        Shape::Lifetime => Box::new(Table::<Lifetime<A>>::new((), ttl)),
        Shape::Ring { buckets, held } => {
            Box::new(Table::<Ring<A>>::new(RingForm::new(buckets, held.into()), ttl))
        }
        Shape::Rolling { span } => Box::new(Table::<Rolling<A>>::new(span.0, ttl)),
        Shape::Decay { .. } => return None,
    })
}

/// A table of the simple tier.
fn simple<A: SimpleAggregate>(shape: Shape, ttl: Millis) -> Option<Box<dyn StateTable>> {
    Some(Box::new(SimpleTable::<A>::new(shape, ttl)?))
}

fn fading<F: super::decay::Fading>(half_life: Millis, ttl: Millis) -> Box<dyn StateTable> {
    Box::new(Table::<Decay<F>>::new(half_life.0, ttl))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Sample, Samples, SortBuffers};
    use super::*;
    use crate::base::Buckets;

    const SHAPES: [Shape; 4] = [
        Shape::Lifetime,
        Shape::Ring { buckets: Buckets::of(Millis(10)), held: 5 },
        Shape::Rolling { span: Millis(70) },
        Shape::Decay { half_life: Millis(40) },
    ];

    proptest! {
        /// A table does not depend on whether samples are added by slot, in pieces, or one by one.
        #[test]
        fn samples_may_be_added_slot_by_slot(
            (definition, shape) in (0..REGISTRY.len(), 0..SHAPES.len()),
            ttl in 20i64..200,
            (late, valued) in any::<(bool, bool)>(),
            batches in prop::collection::vec(
                prop::collection::vec((0u32..3, 0u32..2, 0i64..9, 0i64..100, -9.0..9f64), 1..300),
                1..4,
            ),
            piece in 1usize..200,
        ) {
            let (name, shape) = (REGISTRY[definition].name, SHAPES[shape]);
            let Some(mut straight) = table(name, shape, Millis(ttl)) else { return Ok(()) };
            let mut sorted = straight.empty();
            let (mut clock, mut buffers) = (0, SortBuffers::default());
            for (position, batch) in (1..).zip(batches) {
                let mut samples = Samples::default();
                for (slot, far, forward, back, value) in batch {
                    clock += forward;
                    let time = if late { clock - (back - 80).max(0) } else { clock };
                    let slot = slot + 1023 * far;
                    let sample = Sample::of_number(time, clock, if valued { value } else { 1.0 });
                    straight.add(&[(slot, sample)], position);
                    samples.push(slot, sample);
                }
                while !samples.sort(&mut buffers) {}
                for start in (0..samples.len()).step_by(piece) {
                    sorted.add_sorted(&samples, start..samples.len().min(start + piece), position);
                }
                let stored = |table: &dyn StateTable| {
                    let segments = table.changed_since(position - 1);
                    let encoded = segments.iter().map(|segment| {
                        let mut out = Vec::new();
                        table.encode(*segment, &mut out);
                        out
                    });
                    (segments.clone(), encoded.collect::<Vec<_>>())
                };
                prop_assert_eq!(stored(&*straight), stored(&*sorted));
            }
        }
    }
}
