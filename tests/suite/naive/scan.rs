//! The naive scan: every value from all the events before it, by going through them. It keeps no
//! state between two values and shares no code with the program.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use super::division::Division;
use super::filter::{compares_kinds, passes};
use super::model::{
    Body, Feature, Filter, Kind, LISTED, Operand, PERCENTILE, Past, Plan, Prior, Side, Val,
};
use super::timeline::{Event, Timeline};

/// A key: its attributes with their texts.
pub(super) type Key = BTreeMap<&'static str, String>;

/// So many events are applied, and a value is read as of a time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) events: usize,
    pub(super) as_of: i64,
}

/// An output: a feature's number, and the output's in it.
pub(super) type Output = (usize, usize);

/// What an output is worth.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Number(f64),
    List(Vec<String>),
}

/// An event that is counted at a key.
#[derive(Debug)]
struct Write {
    event: usize,
    time: i64,
    clock: i64,
    key: Key,
    value: f64,
    /// The value as a key, where it is of any kind.
    text: String,
}

/// Whether a key is a part of another one.
fn is_part(part: &Key, key: &Key) -> bool {
    part.iter().all(|(name, text)| key[name] == *text)
}

/// What is counted, each event at each of its keys.
struct Source {
    writes: Vec<Write>,
    /// The events that lack a part of the key.
    keyless: Vec<usize>,
}

/// Where a value is read.
#[derive(Clone, Copy)]
enum Place<'k> {
    Key(&'k Key),
    /// At all keys together.
    All,
    /// Where nothing was ever counted.
    Nowhere,
}

/// Which of a source's writes a value covers, and how.
#[derive(Clone, Copy)]
enum Cover {
    Lifetime,
    /// So many buckets, moved back by others.
    Window(Kind, Division, i64, i64),
    HalfLife(i64),
}

/// A plan over a log.
pub(super) struct Scan<'a> {
    plan: &'a Plan,
    events: &'a [Event],
    /// What each feature counts: for a rate its two sides, for a ratio nothing of its own.
    sources: Vec<Vec<Source>>,
    /// Whether parts of a sum that was read lie, added in some order, beyond the floats. The sum
    /// may be missing then, or what is exact.
    overflows: AtomicBool,
}

/// An event's keys in a scope: of a list its first element, or each distinct one.
fn keys(
    scope: &[&'static str],
    explode: bool,
    attributes: &BTreeMap<String, Val>,
) -> BTreeSet<Key> {
    let mut keys = BTreeSet::from([Key::new()]);
    for attribute in scope {
        let texts: BTreeSet<String> = match attributes.get(*attribute) {
            Some(Val::List(elements)) if explode => elements.iter().filter_map(Val::key).collect(),
            Some(value) => value.key().into_iter().collect(),
            None => BTreeSet::new(),
        };
        let longer = |key: &Key| {
            let with = |text: &String| {
                let mut key = key.clone();
                key.insert(attribute, text.clone());
                key
            };
            texts.iter().map(with).collect::<Vec<_>>()
        };
        keys = keys.iter().flat_map(longer).collect();
    }
    keys
}

/// The key that a data set's row has in a scope.
pub(super) fn row_key(scope: &[&'static str], attributes: &BTreeMap<String, Val>) -> Option<Key> {
    keys(scope, false, attributes).pop_first()
}

fn source(
    events: &[Event],
    feature: &Feature,
    filter: Option<&Filter>,
    types: &[&str],
    (value, any): (Option<&str>, bool),
) -> Source {
    let (mut writes, mut keyless) = (Vec::new(), Vec::new());
    for (number, event) in events.iter().enumerate() {
        let counted = (types.is_empty() || types.contains(&event.kind))
            && filter.is_none_or(|filter| passes(filter, &event.attributes));
        if counted && keys(&feature.scope, feature.explode, &event.attributes).is_empty() {
            keyless.push(number);
        }
        let (value, text) = match value.map(|name| event.attributes.get(name)) {
            None => (1.0, String::new()),
            Some(Some(value)) if any => match value.key() {
                Some(text) => (0.0, text),
                None => continue,
            },
            Some(Some(Val::Number(number))) => (*number, String::new()),
            Some(_) => continue,
        };
        if counted {
            for key in keys(&feature.scope, feature.explode, &event.attributes) {
                let (time, clock) = (event.time, event.clock);
                let text = text.clone();
                writes.push(Write { event: number, time, clock, key, value, text });
            }
        }
    }
    Source { writes, keyless }
}

/// What became of events of a feature's types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) counted: u64,
    pub(super) filtered: u64,
    /// Of them, those of which the filter compares values of two kinds.
    pub(super) unlike: u64,
    pub(super) no_key: u64,
    pub(super) no_value: u64,
    /// Of them, those that have a value.
    pub(super) no_number: u64,
}

impl Outcome {
    /// Takes in what becomes of events: the filter is asked first, then the key, then the value.
    fn take(
        &mut self,
        events: &[Event],
        feature: &Feature,
        types: &[&str],
        (value, any): (Option<&str>, bool),
    ) {
        let of_types = |event: &&Event| types.is_empty() || types.contains(&event.kind);
        for event in events.iter().filter(of_types) {
            let has = &event.attributes;
            let filter = feature.filter.as_ref().filter(|filter| !passes(filter, has));
            let value = value.map(|name| has.get(name));
            if let Some(filter) = filter {
                self.filtered += 1;
                self.unlike += u64::from(compares_kinds(filter, has));
            } else if keys(&feature.scope, feature.explode, has).is_empty() {
                self.no_key += 1;
            } else if let None | Some(Some(Val::Number(_))) = value {
                self.counted += 1;
            } else if any {
                let has_key = value.flatten().and_then(Val::key).is_some();
                self.counted += u64::from(has_key);
                self.no_value += u64::from(!has_key);
            } else {
                self.no_value += 1;
                self.no_number += u64::from(value.flatten().is_some());
            }
        }
    }
}

impl Cover {
    /// Whether a value now covers what has a time.
    fn has(self, time: i64, now: i64) -> bool {
        match self {
            Self::Lifetime | Self::HalfLife(_) => true,
            Self::Window(Kind::Rolling, division, count, offset) => {
                let last = now - offset * division.length;
                (last - count * division.length..=last).contains(&time)
            }
            Self::Window(kind, division, count, offset) => {
                let current = division.number(now) - offset;
                let own = division.number(time);
                match kind {
                    Kind::Bucketed => current - count < own && own <= current,
                    Kind::Sawtooth => current - count <= own && own <= current,
                    Kind::Hopping | Kind::Rolling => current - count <= own && own < current,
                }
            }
        }
    }

    /// What is left as of a time of what came at another one.
    fn weight(self, now: i64, time: i64) -> f64 {
        match self {
            Self::HalfLife(half) => (-((now - time) as f64) / half as f64).exp2(),
            Self::Lifetime | Self::Window(..) => 1.0,
        }
    }
}

impl Source {
    /// The writes at a place since it last expired.
    fn held(&self, place: Place<'_>, moment: Moment, ttl: i64) -> Vec<&Write> {
        let mut held: Vec<&Write> = Vec::new();
        for write in self.writes.iter().filter(|write| write.event < moment.events) {
            let is_here = match place {
                Place::Key(key) => is_part(&write.key, key),
                Place::All => true,
                Place::Nowhere => false,
            };
            if is_here {
                if held.last().is_some_and(|last| write.clock - last.clock >= ttl) {
                    held.clear();
                }
                held.push(write);
            }
        }
        if held.last().is_some_and(|last| moment.as_of - last.clock >= ttl) {
            held.clear();
        }
        held
    }

    /// The most frequent values at a place, by their counts and then by their texts.
    fn most_frequent(
        &self,
        place: Place<'_>,
        moment: Moment,
        ttl: i64,
        (most, cover): (usize, Cover),
    ) -> Option<Vec<String>> {
        let held = self.held(place, moment, ttl);
        let inside = held.into_iter().filter(|write| cover.has(write.time, moment.as_of));
        let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
        inside.for_each(|write| *counts.entry(&write.text).or_default() += 1);
        let mut counts: Vec<(&str, i64)> = counts.into_iter().collect();
        counts.sort_by_key(|(text, count)| (-count, *text));
        counts.truncate(most);
        (!counts.is_empty()).then(|| counts.iter().map(|(text, _)| (*text).to_owned()).collect())
    }

    /// The value over the writes at a place.
    fn read(
        &self,
        place: Place<'_>,
        moment: Moment,
        ttl: i64,
        (aggregate, cover): (&str, Cover),
        overflows: &AtomicBool,
    ) -> Option<f64> {
        let mut held = self.held(place, moment, ttl);
        let now = moment.as_of;
        let growths = if aggregate == "increase" { growths(&held) } else { BTreeMap::new() };
        held.retain(|write| cover.has(write.time, now));
        let weight = |write: &Write| cover.weight(now, write.time);
        let count: f64 = held.iter().map(|write| weight(write)).sum();
        let sum = |scale: f64| -> f64 {
            held.iter().map(|write| weight(write) * (write.value * scale)).sum()
        };
        // What fades was once as large as it came.
        let all: f64 = held.iter().map(|write| write.value.abs()).sum();
        // A power of two: nothing is lost where the parts are as large as that.
        let scale = if all.is_finite() { 1.0 } else { 0.5_f64.powi(100) };
        let finite = |scaled: f64| Some(scaled / scale).filter(|value| value.is_finite());
        if matches!(aggregate, "sum" | "mean") {
            overflows.fetch_or(!all.is_finite(), Ordering::Relaxed);
        }
        let values = held.iter().map(|write| write.value);
        match aggregate {
            "count" => Some(count),
            "sum" => finite(sum(scale)),
            "mean" => (!held.is_empty()).then(|| finite(sum(scale) / count)).flatten(),
            "min" => values.reduce(f64::min),
            "max" => values.reduce(f64::max),
            // The newest by its own time; of several, the one applied last.
            // The oldest by its own time; of several, the one applied first.
            "first" => held.iter().min_by_key(|write| (write.time, write.event)).map(|w| w.value),
            "last" => held.iter().max_by_key(|write| (write.time, write.event)).map(|w| w.value),
            "distinct" => {
                let texts: BTreeSet<&str> = held.iter().map(|write| write.text.as_str()).collect();
                Some(texts.len() as f64)
            }
            "stddev" => {
                let largest = values.clone().map(f64::abs).fold(0.0, f64::max);
                overflows.fetch_or(largest > 1e150, Ordering::Relaxed);
                let scale = if largest > 1e100 { 0.5_f64.powi(1000) } else { 1.0 };
                // Of deviations from one of the values, equal ones are 0.
                let from_first = values.map(|value| scale * (value - held[0].value));
                let (count, all): (f64, Vec<f64>) = (count, from_first.collect());
                let mean = all.iter().sum::<f64>() / count;
                let squares: f64 = all.iter().map(|value| (value - mean).powi(2)).sum();
                (held.len() > 1)
                    .then(|| (squares / (count - 1.0)).sqrt() / scale)
                    .filter(|value| value.is_finite())
            }
            // Of so many percent the last.
            "percentile" => {
                let mut all: Vec<f64> = values.collect();
                all.sort_by(f64::total_cmp);
                let rank = (PERCENTILE * all.len() as f64 / 100.0).ceil();
                all.get(rank as usize - usize::from(!all.is_empty())).copied()
            }
            "since" => {
                held.iter().map(|write| write.time).max().map(|last| (now - last) as f64 / 1e3)
            }
            "increase" => {
                let grown = |write: &Write| growths[&std::ptr::from_ref(write)];
                let all: f64 = held.iter().map(|write| grown(write).abs()).sum();
                overflows.fetch_or(!all.is_finite(), Ordering::Relaxed);
                let sum: f64 = held.iter().map(|write| weight(write) * grown(write)).sum();
                Some(sum).filter(|sum| sum.is_finite())
            }
            other => panic!("the naive scan does not know the aggregate `{other}`"),
        }
    }
}

/// What a counter grew by at each write, in the order of application: from the newest value so far.
/// A write that is older than another one before it adds nothing.
fn growths(held: &[&Write]) -> BTreeMap<*const Write, f64> {
    let mut newest: Option<&Write> = None;
    let mut grown = BTreeMap::new();
    for write in held {
        let by = match newest {
            None => 0.0,
            Some(newest) if newest.time > write.time => {
                grown.insert(std::ptr::from_ref::<Write>(write), 0.0);
                continue;
            }
            Some(newest) if write.value < newest.value => write.value,
            Some(newest) => write.value - newest.value,
        };
        newest = Some(write);
        grown.insert(std::ptr::from_ref::<Write>(write), by);
    }
    grown
}

fn divide(top: f64, bottom: f64) -> Option<f64> {
    let quotient = top / bottom;
    quotient.is_finite().then_some(quotient)
}

impl<'a> Scan<'a> {
    pub(super) fn new(plan: &'a Plan, timeline: &'a Timeline) -> Self {
        let events = &timeline.events;
        let sources = plan.features.iter().map(|feature| {
            let own = feature.filter.as_ref();
            let side = |side: &Side| match side {
                Side::Interaction(name) => source(events, feature, own, &[name], (None, false)),
                Side::Feature(number) => {
                    let named = &plan.features[*number];
                    let Body::Windows { interaction, .. } = named.body else {
                        panic!("a rate of something else than window counts")
                    };
                    source(events, named, named.filter.as_ref(), &[interaction], (None, false))
                }
            };
            match &feature.body {
                Body::Interactions { interaction } | Body::Windows { interaction, .. } => {
                    vec![source(events, feature, own, &[interaction], (None, false))]
                }
                Body::Counter { types, value, any, .. } => {
                    vec![source(events, feature, own, types, (*value, *any))]
                }
                Body::Rate { top, bottom, .. } => vec![side(top), side(bottom)],
                Body::Ratio { .. } => Vec::new(),
            }
        });
        Self { plan, events, sources: sources.collect(), overflows: AtomicBool::default() }
    }

    /// What became of the first events under a feature, for each side of a rate; `None` for a
    /// ratio, which counts none itself.
    pub(super) fn outcome(&self, feature: usize, events: usize) -> Option<Outcome> {
        let declared = &self.plan.features[feature];
        let events = &self.events[..events];
        let mut outcome = Outcome::default();
        match &declared.body {
            Body::Interactions { interaction } | Body::Windows { interaction, .. } => {
                outcome.take(events, declared, &[interaction], (None, false));
            }
            Body::Counter { types, value, any, .. } => {
                outcome.take(events, declared, types, (*value, *any));
            }
            Body::Rate { top, bottom, .. } => {
                for side in [top, bottom] {
                    match side {
                        Side::Interaction(name) => {
                            outcome.take(events, declared, &[name], (None, false));
                        }
                        Side::Feature(number) => {
                            let named = &self.plan.features[*number];
                            let Body::Windows { interaction, .. } = named.body else {
                                panic!("a rate of something else than window counts")
                            };
                            outcome.take(events, named, &[interaction], (None, false));
                        }
                    }
                }
            }
            Body::Ratio { .. } => return None,
        }
        Some(outcome)
    }

    /// The events that a feature counts at any key, and whether one of its values covers them when
    /// they come: what no value covers may be dropped.
    pub(super) fn counted(&self, feature: usize) -> BTreeMap<usize, bool> {
        let mut counted = BTreeMap::new();
        if let Body::Ratio { top, bottom, .. } = &self.plan.features[feature].body {
            for (event, is_covered) in
                [top, bottom].into_iter().flat_map(|side| self.counted(side.feature))
            {
                *counted.entry(event).or_default() |= is_covered;
            }
            return counted;
        }
        let outputs = self.plan.suffixes(feature).len().max(1);
        for write in self.sources[feature].iter().flat_map(|source| &source.writes) {
            let mut covers = (0..outputs).map(|output| self.cover((feature, output)));
            // A window may leave out the newest buckets, of which it holds what comes.
            let is_new = write.time == write.clock;
            let is_covered = is_new || covers.any(|cover| cover.has(write.time, write.clock));
            *counted.entry(write.event).or_default() |= is_covered;
        }
        counted
    }

    /// The attributes of a feature's key, and whether lists count for each of their elements.
    pub(super) fn scope(&self, feature: usize) -> (Vec<&'static str>, bool) {
        let declared = &self.plan.features[feature];
        let Body::Ratio { top, bottom, .. } = &declared.body else {
            return (declared.scope.clone(), declared.explode);
        };
        let (mut attributes, explode) = self.scope(top.feature);
        let (others, also) = self.scope(bottom.feature);
        attributes
            .extend(others.into_iter().filter(|a| !attributes.contains(a)).collect::<Vec<_>>());
        (attributes, explode || also)
    }

    fn cover(&self, (feature, output): Output) -> Cover {
        let (align, offset) = self.plan.features[feature].place;
        let division = |length| Division { length, zone: self.plan.timezone, align };
        match &self.plan.features[feature].body {
            Body::Interactions { .. } | Body::Ratio { .. } => Cover::Lifetime,
            Body::Windows { bucket, periods, .. } | Body::Rate { bucket, periods, .. } => {
                Cover::Window(Kind::Bucketed, division(*bucket), periods[output], offset)
            }
            Body::Counter { past, .. } => match past {
                Past::Lifetime => Cover::Lifetime,
                Past::Windows { bucket, lengths, kind } => {
                    Cover::Window(*kind, division(*bucket), lengths[output].buckets(), offset)
                }
                Past::HalfLives(spans) => Cover::HalfLife(spans[output]),
            },
        }
    }

    /// The value of an output that is a single state.
    fn state(&self, output: Output, place: Place<'_>, moment: Moment, ttl: i64) -> Option<f64> {
        let aggregate = match &self.plan.features[output.0].body {
            Body::Counter { aggregate, .. } => aggregate,
            _ => "count",
        };
        let how = (aggregate, self.cover(output));
        self.sources[output.0][0].read(place, moment, ttl, how, &self.overflows)
    }

    /// The times and weights of what a single state counts at a key, in the order of application;
    /// `None` for rates and ratios.
    pub(super) fn contributions(
        &self,
        output: Output,
        key: &Key,
        moment: Moment,
    ) -> Option<Vec<(i64, f64)>> {
        let [source] = self.sources[output.0].as_slice() else { return None };
        let (cover, ttl) = (self.cover(output), self.plan.features[output.0].ttl);
        let sums = matches!(
            &self.plan.features[output.0].body,
            Body::Counter { aggregate, .. } if &**aggregate == "sum"
        );
        let held = source.held(Place::Key(key), moment, ttl);
        let inside = held.into_iter().filter(|write| cover.has(write.time, moment.as_of));
        let weight = |write: &Write| {
            let value = if sums { write.value } else { 1.0 };
            (write.time, value * cover.weight(moment.as_of, write.time))
        };
        Some(inside.map(weight).collect())
    }

    /// The value of a window that ends at the moment, to the millisecond, in place of one of
    /// buckets.
    pub(super) fn rolling(&self, output: Output, key: &Key, moment: Moment) -> Option<f64> {
        let Cover::Window(_, division, count, offset) = self.cover(output) else { return None };
        let aggregate: &str = match &self.plan.features[output.0].body {
            Body::Counter { aggregate, .. } => aggregate,
            _ => "count",
        };
        let how = (aggregate, Cover::Window(Kind::Rolling, division, count, offset));
        let [source] = self.sources[output.0].as_slice() else { return None };
        let ttl = self.plan.features[output.0].ttl;
        source.read(Place::Key(key), moment, ttl, how, &self.overflows)
    }

    /// The events that have a key, among the first ones.
    pub(super) fn events_at(&self, key: &Key, explode: bool, events: usize) -> usize {
        let scope: Vec<&'static str> = key.keys().copied().collect();
        let has_key = |event: &&Event| keys(&scope, explode, &event.attributes).contains(key);
        self.events[..events].iter().filter(has_key).count()
    }

    /// Of each source of an output, the events among the first ones that lack a part of the key and
    /// have its other parts; `None` for ratios.
    pub(super) fn keyless_at(
        &self,
        output: Output,
        key: &Key,
        (explode, events): (bool, usize),
    ) -> Option<Vec<usize>> {
        let fits = |number: &usize| {
            let has = &self.events[*number].attributes;
            let of = |part: (&&'static str, &String)| {
                let own = keys(&[*part.0], explode, has);
                let is_it = own.contains(&Key::from([(*part.0, part.1.clone())]));
                (own.is_empty(), is_it)
            };
            let parts: Vec<(bool, bool)> = key.iter().map(of).collect();
            let all_fit = parts.iter().all(|(is_missing, is_it)| *is_missing || *is_it);
            *number < events && all_fit && parts.iter().any(|(_, is_it)| *is_it)
        };
        let sources = &self.sources[output.0];
        let count = |source: &Source| source.keyless.iter().filter(|it| fits(it)).count();
        (!sources.is_empty()).then(|| sources.iter().map(count).collect())
    }

    /// Whether a sum beyond the floats was met since this was asked last.
    pub(super) fn has_overflowed(&self) -> bool {
        self.overflows.swap(false, Ordering::Relaxed)
    }

    /// The live value of an output at a key.
    pub(super) fn live(&self, output: Output, key: &Key, moment: Moment) -> Option<Value> {
        self.value(output, Place::Key(key), moment)
    }

    fn value(&self, output: Output, place: Place<'_>, moment: Moment) -> Option<Value> {
        let feature = &self.plan.features[output.0];
        if let Body::Counter { aggregate: "top_k", k, .. } = feature.body {
            let how = (k.unwrap_or(LISTED), self.cover(output));
            let source = &self.sources[output.0][0];
            return source.most_frequent(place, moment, feature.ttl, how).map(Value::List);
        }
        self.number(output, place, moment).map(Value::Number)
    }

    fn number(&self, output: Output, place: Place<'_>, moment: Moment) -> Option<f64> {
        let feature = &self.plan.features[output.0];
        match &feature.body {
            Body::Rate { weight, .. } => {
                let cover = self.cover(output);
                let count = |side: usize, place: Place<'_>| {
                    let side = &self.sources[output.0][side];
                    side.read(place, moment, feature.ttl, ("count", cover), &self.overflows)
                };
                let (top, bottom) = (count(0, place)?, count(1, place)?);
                let Some(weight) = weight else { return divide(top, bottom) };
                let prior = divide(count(1, Place::All)?, count(0, Place::All)?)?;
                divide(weight + top, weight * prior + bottom)
            }
            Body::Ratio { top, bottom, default, prior } => {
                let sides = self.operands(output.1, *top, *bottom);
                let [above, below] = sides.map(|side| self.number(side, place, moment));
                let quotient = || match prior {
                    None => divide(above?, below?),
                    Some(Prior { rate, weight }) => {
                        let all = |side: Output| self.state(side, Place::All, moment, feature.ttl);
                        let rate = match rate {
                            Some(rate) => *rate,
                            None => divide(all(sides[0])?, all(sides[1])?)?,
                        };
                        divide(above? + weight * rate, below? + weight)
                    }
                };
                quotient().or(*default)
            }
            _ => self.state(output, place, moment, feature.ttl),
        }
    }

    /// The outputs that one output of a ratio divides.
    fn operands(&self, number: usize, top: Operand, bottom: Operand) -> [Output; 2] {
        [top, bottom].map(|side| {
            let listed = !self.plan.suffixes(side.feature).is_empty();
            (side.feature, side.output.unwrap_or(if listed { number } else { 0 }))
        })
    }

    /// The events that write a feature at a key of its own, in order. A ratio is written by what
    /// writes a side of it, if the event has the ratio's whole key.
    fn writers(&self, feature: usize, key: &Key) -> BTreeSet<usize> {
        let Body::Ratio { top, bottom, .. } = &self.plan.features[feature].body else {
            let all = self.sources[feature].iter().flat_map(|source| &source.writes);
            let here = all.filter(|write| is_part(&write.key, key));
            return here.map(|write| write.event).collect();
        };
        let (scope, explode) = self.scope(feature);
        let mut writers = self.writers(top.feature, key);
        writers.extend(self.writers(bottom.feature, key));
        let is_whole = |event: &usize| {
            let own = keys(&scope, explode, &self.events[*event].attributes);
            own.iter().any(|own| is_part(own, key))
        };
        writers.retain(is_whole);
        writers
    }

    /// The value of an output that a store would answer.
    pub(super) fn served(&self, output: Output, key: &Key, moment: Moment) -> Option<Value> {
        let Feature { refresh, ttl, .. } = self.plan.features[output.0];
        if refresh == 0 {
            return self.live(output, key, moment);
        }
        let mut last_write = None;
        let mut refreshed: Option<(usize, i64)> = None;
        for event in self.writers(output.0, key).range(..moment.events) {
            let clock = self.events[*event].clock;
            if last_write.is_some_and(|last| clock - last >= ttl) {
                refreshed = None;
            }
            last_write = Some(clock);
            if refreshed.is_none_or(|(_, since)| clock - since >= refresh) {
                refreshed = Some((*event, clock));
            }
        }
        if last_write.is_some_and(|last| moment.as_of - last >= ttl) {
            refreshed = None;
        }
        match refreshed {
            Some((event, as_of)) => self.live(output, key, Moment { events: event + 1, as_of }),
            None => self.value(output, Place::Nowhere, moment),
        }
    }

    /// The keys at which a feature has been written. A ratio is written where a side is that has
    /// its whole key.
    pub(super) fn written(&self, feature: usize, moment: Moment) -> BTreeSet<Key> {
        let Body::Ratio { top, bottom, .. } = &self.plan.features[feature].body else {
            let all = self.sources[feature].iter().flat_map(|source| &source.writes);
            let so_far = all.filter(|write| write.event < moment.events);
            return so_far.map(|write| write.key.clone()).collect();
        };
        let width = self.scope(feature).0.len();
        let sides = [top, bottom].map(|side| self.written(side.feature, moment));
        sides.into_iter().flatten().filter(|key| key.len() == width).collect()
    }
}
