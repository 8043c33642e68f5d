//! Random plans and random logs over a small vocabulary, so that keys, windows and times meet
//! often. It must not know how a value is computed.

use counterscope::aggregate::{REGISTRY, Takes};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Map;

use super::model::{
    Body, Condition, Feature, Filter, Kind, Length, Operand, Past, Plan, Prior, Side, Test, Val,
};
use super::timeline::{Fields, IMPRESSION, Line, What};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Midnights in UTC, so that buckets of many lengths start together, a day before clocks are put
/// forward or back in one of the zones, or at some other time.
const STARTS: [i64; 5] =
    [1_711_756_800_000, 1_712_361_600_000, 1_717_200_000_000, 1_729_900_800_000, 1_730_505_600_000];
const ZONES: [&str; 5] =
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"];

/// Two of these are more than any float; where they cancel each other out, nothing else is left.
const HUGE: f64 = 1e308;

/// What one format of logs offers to features.
pub(super) struct Words {
    pub(super) types: &'static [&'static str],
    pub(super) scopes: &'static [&'static [&'static str]],
    values: &'static [&'static str],
    /// The attributes that an aggregate of any kind of value takes.
    any: &'static [&'static str],
    filtered: &'static [&'static str],
    /// The attributes that hold lists.
    lists: &'static [&'static str],
}

pub(super) const FLAT: Words = Words {
    types: &["click", "view", "buy"],
    scopes: &[
        &["user"],
        &["author"],
        &["user", "author"],
        &["author", "user"],
        &["mixed"],
        &["geo.country"],
        &["tags"],
        &["tags", "user"],
        &["topics", "tags"],
        &[],
    ],
    values: &["seconds", "delta", "mixed", "huge"],
    any: &["user", "mixed", "tags", "seconds", "flag", "huge"],
    filtered: &["geo.country", "seconds", "mixed", "flag", "user", "tags", "type"],
    lists: &["tags", "topics"],
};

pub(super) const METARANK: Words = Words {
    types: &["click", "like", IMPRESSION],
    scopes: &[
        &["item"],
        &["user"],
        &["session"],
        &["ranking"],
        &["item.brand"],
        &["user.segment"],
        &["ranking.query"],
        &["ranking.query", "item"],
        &["user", "item.brand"],
        &["item", "user"],
        &["tags"],
        &["item.tags", "user"],
        &[],
    ],
    values: &["seconds", "delta", "item.price"],
    any: &["user", "item.brand", "tags", "item.tags", "seconds", "session"],
    filtered: &["item.brand", "item.price", "user.segment", "seconds", "session", "user"],
    lists: &["tags", "item.tags"],
};

fn scalar() -> impl Strategy<Value = Val> {
    prop_oneof![
        select(vec!["a", "b", "36", "true", ""]).prop_map(Val::Text),
        select(vec![36.0, 1.5, 0.0, -2.0, 100.0, 30.0]).prop_map(Val::Number),
        any::<bool>().prop_map(Val::Flag),
    ]
}

fn values() -> impl Strategy<Value = Vec<Val>> {
    prop::collection::vec(scalar(), 1..3)
}

fn test() -> impl Strategy<Value = Test> {
    prop_oneof![
        scalar().prop_map(Test::Eq),
        scalar().prop_map(Test::Ne),
        scalar().prop_map(Test::Gt),
        scalar().prop_map(Test::Ge),
        scalar().prop_map(Test::Lt),
        scalar().prop_map(Test::Le),
        values().prop_map(Test::In),
        values().prop_map(Test::NotIn),
        any::<bool>().prop_map(Test::Exists),
    ]
}

/// Keeps the first of each word, as a map has it.
fn distinct<T>(mut list: Vec<T>, word: impl Fn(&T) -> &'static str) -> Vec<T> {
    let mut seen = Vec::new();
    list.retain(|element| {
        let is_new = !seen.contains(&word(element));
        seen.push(word(element));
        is_new
    });
    list
}

fn filter(words: &'static Words) -> impl Strategy<Value = Filter> {
    let attribute = (
        select(words.filtered),
        prop::collection::vec(test(), 1..3).prop_map(|tests| distinct(tests, Test::word)),
        any::<bool>(),
    )
        .prop_map(|(name, tests, short)| Condition::Attribute(name, tests, short))
        .boxed();
    let word = |condition: &Condition| match condition {
        Condition::Attribute(name, ..) => *name,
        Condition::Any(_) => "any",
        Condition::Not(_) => "not",
    };
    let filter = move |conditions| Filter(distinct(conditions, word));
    let leaf = prop::collection::vec(attribute.clone(), 1..3).prop_map(filter);
    leaf.prop_recursive(2, 8, 3, move |inner| {
        let condition = prop_oneof![
            2 => attribute.clone(),
            1 => prop::collection::vec(inner.clone(), 1..3).prop_map(Condition::Any),
            1 => inner.prop_map(Condition::Not),
        ];
        prop::collection::vec(condition, 1..3).prop_map(filter)
    })
}

/// Distinct elements, in random order.
fn some<T: Clone + std::fmt::Debug + 'static>(all: &[T]) -> impl Strategy<Value = Vec<T>> + use<T> {
    prop::sample::subsequence(all.to_vec(), 1..=all.len().min(3)).prop_shuffle()
}

fn bucket() -> impl Strategy<Value = i64> {
    select(vec![10 * MINUTE, HOUR, 5 * HOUR, DAY, DAY, 7 * DAY])
}

fn past() -> impl Strategy<Value = Past> {
    let length = (1i64..6, any::<bool>());
    let windows = (bucket(), some(&[1i64, 2, 3, 5, 24]), length, select(&Kind::ALL[..]));
    prop_oneof![
        1 => Just(Past::Lifetime),
        4 => windows.prop_map(|(bucket, buckets, (turn, spelled), (kind, _))| {
            let spell = |(at, buckets): (usize, &i64)| {
                let duration = spelled == ((at as i64 + turn) % 3 == 0);
                if duration { Length::Duration(*buckets) } else { Length::Buckets(*buckets) }
            };
            let lengths = buckets.iter().enumerate().map(spell).collect();
            Past::Windows { bucket, lengths, kind }
        }),
        2 => some(&[30 * MINUTE, 2 * HOUR, DAY, 7 * DAY]).prop_map(Past::HalfLives),
    ]
}

/// What a feature is drawn from before it is known what it may name.
#[derive(Clone, Debug)]
struct Seed {
    form: u8,
    picks: [usize; 4],
    flags: [bool; 4],
    scope: &'static [&'static str],
    filter: Option<Filter>,
    types: Vec<&'static str>,
    past: Past,
    periods: Vec<i64>,
    bucket: i64,
    weight: Option<f64>,
    default: Option<f64>,
    times: (Option<i64>, Option<i64>),
    place: (Option<usize>, i64),
}

fn seed(words: &'static Words) -> impl Strategy<Value = Seed> {
    let shape = (0u8..16, any::<[u8; 4]>(), any::<[bool; 4]>(), select(words.scopes));
    let counted = (prop::option::weighted(0.4, filter(words)), some(words.types));
    let windows = (past(), some(&[1i64, 2, 4, 12]), bucket());
    let numbers = (
        prop::option::of(select(vec![0.5, 1.0, 10.0])),
        prop::option::of(select(vec![0.0, -1.0, 0.25])),
    );
    let times = (
        prop::option::weighted(0.6, select(vec![0, 10 * MINUTE, HOUR, 7 * HOUR])),
        prop::option::weighted(0.6, select(vec![30 * MINUTE, 2 * HOUR, 10 * HOUR, 3 * DAY])),
    );
    let place = (prop::option::of(0usize..7), select(vec![0, 0, 0, 1, 2]));
    (shape, counted, windows, numbers, (times, place)).prop_map(
        |(
            (form, picks, flags, scope),
            (filter, types),
            (past, periods, bucket),
            numbers,
            (times, place),
        )| {
            let (weight, default) = numbers;
            let picks = picks.map(usize::from);
            Seed {
                form,
                picks,
                flags,
                scope,
                filter,
                types,
                past,
                periods,
                bucket,
                weight,
                default,
                times,
                place,
            }
        },
    )
}

/// Whether sums in it may cancel each other out, so that a quotient of them says nothing.
pub(super) fn cancels(plan: &Plan, feature: usize) -> bool {
    match &plan.features[feature].body {
        Body::Counter { value: Some(value), past: Past::HalfLives(_), .. } => *value != "seconds",
        Body::Ratio { top, bottom, .. } => {
            cancels(plan, top.feature) || cancels(plan, bottom.feature)
        }
        _ => false,
    }
}

/// Whether it sums numbers that are as large as floats can be.
pub(super) fn is_huge(plan: &Plan, feature: usize) -> bool {
    matches!(plan.features[feature].body, Body::Counter { value: Some("huge"), .. })
}

/// Whether it is estimated where there are many events.
pub(super) fn is_estimated(plan: &Plan, feature: usize) -> bool {
    matches!(plan.features[feature].body, Body::Counter { aggregate: "percentile", .. })
}

/// Whether its value is a list, which cannot be divided.
fn is_list(plan: &Plan, feature: usize) -> bool {
    matches!(plan.features[feature].body, Body::Counter { aggregate: "top_k", .. })
}

/// How many ratios lie on one another.
pub(super) fn depth(plan: &Plan, feature: usize) -> usize {
    match &plan.features[feature].body {
        Body::Ratio { top, bottom, .. } => {
            1 + depth(plan, top.feature).max(depth(plan, bottom.feature))
        }
        _ => 0,
    }
}

/// Whether the feature's key holds an attribute with lists, and whether they explode there.
fn exploding(plan: &Plan, words: &Words, feature: usize) -> (bool, bool) {
    let declared = &plan.features[feature];
    match &declared.body {
        Body::Ratio { top, bottom, .. } => {
            let sides = [top, bottom].map(|side| exploding(plan, words, side.feature));
            (sides[0].0 || sides[1].0, sides[0].1 || sides[1].1)
        }
        _ => (declared.scope.iter().any(|a| words.lists.contains(a)), declared.explode),
    }
}

impl Seed {
    fn ratio(&self, plan: &Plan, words: &Words) -> Option<Body> {
        let fit: Vec<usize> = (0..plan.features.len())
            .filter(|feature| !cancels(plan, *feature) && depth(plan, *feature) < 3)
            .filter(|feature| !is_estimated(plan, *feature) && !is_list(plan, *feature))
            .collect();
        let top = *fit.get(self.picks[0] % fit.len().max(1))?;
        let bottom = fit[self.picks[1] % fit.len()];
        let (above, below) = (exploding(plan, words, top), exploding(plan, words, bottom));
        // Where one side takes a list apart and the other takes its first element, the language
        // does not say what the ratio's own key is.
        if (above.0 || below.0) && above.1 != below.1 {
            return None;
        }
        let whole = |feature| Operand { feature, output: None };
        let one = |feature: usize, pick: usize| {
            let outputs = plan.outputs(feature).len();
            Operand { feature, output: Some(pick % outputs) }
        };
        let lists = (plan.suffixes(top), plan.suffixes(bottom));
        let unequal = !lists.0.is_empty() && !lists.1.is_empty() && lists.0 != lists.1;
        let single = |flag: bool, feature: usize, pick: usize| {
            if flag { one(feature, pick) } else { whole(feature) }
        };
        let top = single(self.flags[0] || unequal, top, self.picks[2]);
        let bottom = single(self.flags[1], bottom, self.picks[3]);
        let counter = |side: Operand| {
            match plan.features[side.feature].body {
                Body::Rate { .. } | Body::Ratio { .. } => false,
                // Counters of several keys mean nothing together.
                Body::Counter { aggregate, .. } => aggregate != "increase",
                _ => true,
            }
        };
        let prior = self.weight.map(|weight| {
            let global = self.flags[2] && counter(top) && counter(bottom);
            Prior { rate: (!global).then_some(0.125), weight }
        });
        Some(Body::Ratio { top, bottom, default: self.default, prior })
    }

    /// A side of a rate: a window count of the same key, or an interaction.
    fn side(&self, plan: &Plan, at: usize, explode: bool) -> Side {
        let fit: Vec<usize> = (0..plan.features.len())
            .filter(|number| {
                let feature = &plan.features[*number];
                matches!(feature.body, Body::Windows { .. })
                    && (feature.scope.as_slice(), feature.explode) == (self.scope, explode)
            })
            .collect();
        match fit.get(self.picks[at] % fit.len().max(1)) {
            Some(number) if self.flags[at] => Side::Feature(*number),
            _ => Side::Interaction(self.types[at % self.types.len()]),
        }
    }

    fn counter(&self, words: &Words) -> Body {
        let fit: Vec<_> = REGISTRY
            .iter()
            .filter(|aggregate| aggregate.decays() || !matches!(self.past, Past::HalfLives(_)))
            .collect();
        let aggregate = fit[self.picks[0] % fit.len()];
        Body::Counter {
            types: if self.flags[1] { self.types.clone() } else { Vec::new() },
            aggregate: aggregate.name,
            value: match aggregate.takes {
                Takes::Nothing => None,
                Takes::Number => Some(words.values[self.picks[1] % words.values.len()]),
                Takes::Any => Some(words.any[self.picks[1] % words.any.len()]),
            },
            any: aggregate.takes == Takes::Any,
            k: (aggregate.is_list() && self.flags[0]).then_some(1 + self.picks[2] % 4),
            past: self.past.clone(),
            listed: self.flags[2],
        }
    }

    fn feature(&self, plan: &Plan, words: &Words) -> Feature {
        let explode = self.flags[3] && self.scope.iter().any(|a| words.lists.contains(a));
        let body = match self.form {
            0 => Body::Interactions { interaction: self.types[0] },
            1..=3 => Body::Windows {
                interaction: self.types[0],
                bucket: self.bucket,
                periods: self.periods.clone(),
            },
            4..=6 => Body::Rate {
                top: self.side(plan, 0, explode),
                bottom: self.side(plan, 1, explode),
                bucket: self.bucket,
                periods: self.periods.clone(),
                weight: self.weight,
            },
            7..=10 => self.ratio(plan, words).unwrap_or_else(|| self.counter(words)),
            _ => self.counter(words),
        };
        let (scope, filter) = match body {
            Body::Ratio { .. } => (Vec::new(), None),
            _ => (self.scope.to_vec(), self.filter.clone()),
        };
        let (refresh, ttl) = self.times;
        let refresh = refresh.unwrap_or_else(|| plan.default(0));
        let ttl = ttl.unwrap_or_else(|| plan.default(1));
        Feature { scope, explode, filter, refresh, ttl, place: self.place, body }
    }
}

/// A plan for a log of a format.
pub(super) fn plan(metarank: bool) -> impl Strategy<Value = Plan> {
    let words = if metarank { &METARANK } else { &FLAT };
    let settings = (
        any::<bool>(),
        prop::option::weighted(0.3, select(vec![HOUR, DAY])),
        (prop::bool::weighted(0.9), select(vec![30 * MINUTE, HOUR, 5 * HOUR])),
        any::<bool>(),
        prop::option::of(select(&ZONES[..])),
    );
    let defaults = (
        prop::option::weighted(0.3, Just(20 * MINUTE)),
        prop::option::weighted(0.3, Just(DAY)),
        prop::option::weighted(0.3, Just(HOUR)),
    );
    let seeds = prop::collection::vec(seed(words), 1..8);
    (settings, defaults, seeds).prop_map(move |(settings, (refresh, ttl, bucket), seeds)| {
        let (by_time, dedup, impressions, backwards, timezone) = settings;
        let defaults = [refresh, ttl, bucket];
        let mut plan = Plan {
            metarank,
            by_time,
            dedup,
            timezone,
            impressions,
            defaults,
            backwards,
            events: Map::new(),
            features: Vec::new(),
        };
        for seed in seeds {
            let feature = seed.feature(&plan, words);
            plan.features.push(feature);
        }
        plan
    })
}

fn field(
    name: &'static str,
    values: Vec<Val>,
) -> impl Strategy<Value = (&'static str, Option<Val>)> {
    prop::option::weighted(0.8, select(values)).prop_map(move |value| (name, value))
}

fn texts(texts: &[&'static str]) -> Vec<Val> {
    texts.iter().map(|text| Val::Text(text)).collect()
}

fn numbers(numbers: &[f64]) -> Vec<Val> {
    numbers.iter().map(|number| Val::Number(*number)).collect()
}

/// Lists, and now and then a single value in a list's place.
fn lists() -> Vec<Val> {
    let list = |elements: &[Val]| Val::List(elements.to_vec());
    let (a, b, whole, digits) =
        (Val::Text("a"), Val::Text("b"), Val::Number(36.0), Val::Text("36"));
    vec![
        list(std::slice::from_ref(&a)),
        list(&[a.clone(), b.clone()]),
        list(&[b.clone(), a.clone(), a.clone()]),
        list(&[whole, digits, b]),
        list(&[]),
        a,
    ]
}

fn mixed() -> Vec<Val> {
    let mut all = texts(&["a", "36", "true", ""]);
    all.extend(numbers(&[36.0, 1.5, -2.0]));
    all.extend([Val::Flag(true), Val::Flag(false)]);
    all.extend(lists());
    all
}

fn seconds() -> Vec<Val> {
    let mut all = numbers(&[0.0, 1.5, 30.0, 36.0, 250.0, 7.25]);
    all.push(Val::Text("30"));
    all
}

fn flat_line() -> impl Strategy<Value = What> {
    let fields = (
        field("user", texts(&["a", "b", "c"])),
        field("author", texts(&["x", "y"])),
        field("mixed", mixed()),
        field("geo.country", texts(&["de", "fr", "a"])),
        field("tags", lists()),
        field("topics", lists()),
        field("seconds", seconds()),
        field("delta", numbers(&[-3.5, 3.5, 1.0, -100.0, 64.0])),
        field("flag", vec![Val::Flag(true), Val::Flag(false)]),
        field("huge", numbers(&[HUGE, -HUGE, 0.0])),
    );
    (select(FLAT.types), fields).prop_map(|(kind, (a, b, c, d, e, f, g, h, i, j))| What::Flat {
        kind,
        fields: vec![a, b, c, d, e, f, g, h, i, j],
    })
}

const ITEMS: [&str; 5] = ["p1", "p2", "p3", "36", "p5"];
const USERS: [&str; 3] = ["a", "b", "u3"];
const RANKINGS: [&str; 4] = ["r1", "r2", "r3", "r10"];

fn maybe(all: &'static [&'static str]) -> impl Strategy<Value = Option<&'static str>> {
    prop::option::weighted(0.8, select(all))
}

fn metarank_line() -> impl Strategy<Value = What> {
    let fields = (
        field("seconds", seconds()),
        field("delta", numbers(&[-3.5, 3.5, 1.0, -100.0])),
        field("tags", lists()),
        field("session", texts(&["of a field"])),
    )
        .prop_map(|(a, b, c, d)| vec![a, b, c, d]);
    let about_item = (
        field("brand", texts(&["a", "b"])),
        field("price", numbers(&[1.5, 36.0, 100.0])),
        field("tags", lists()),
    )
        .prop_map(|(a, b, c)| vec![a, b, c]);
    let segment = field("segment", texts(&["a", "b"])).prop_map(|a| -> Fields { vec![a] });
    let query = field("query", texts(&["a", "b"])).prop_map(|a| -> Fields { vec![a] });
    let session = || maybe(&["a", "s2"]);
    let kind = prop_oneof![
        30 => Just("click"),
        15 => Just("like"),
        1 => Just("other"),
    ];
    prop_oneof![
        6 => (kind, select(&ITEMS[..]), maybe(&USERS), session(), maybe(&RANKINGS), fields)
            .prop_map(|(kind, item, user, session, ranking, fields)| {
                What::Interaction { kind, item, user, session, ranking, fields }
            }),
        3 => (maybe(&USERS), session(), query, prop::collection::vec(select(&ITEMS[..]), 1..6))
            .prop_map(|(user, session, fields, items)| What::Ranking { user, session, fields, items }),
        1 => (select(&ITEMS[..]), about_item).prop_map(|(item, fields)| What::Item { item, fields }),
        1 => (select(&USERS[..]), segment).prop_map(|(user, fields)| What::User { user, fields }),
    ]
}

/// How long after the line before it a line is: mostly forward, often to the same edge.
fn gap() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => select(vec![0, 1, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR]),
        2 => 0..3 * HOUR,
        1 => select(vec![10 * HOUR, DAY, 3 * DAY]),
        1 => select(vec![-1, -10 * MINUTE, -HOUR, -5 * HOUR, -2 * DAY]),
    ]
}

/// A log, and whether it may hold impressions of its own.
pub(super) fn log(metarank: bool) -> impl Strategy<Value = Vec<Line>> {
    let what = if metarank { metarank_line().boxed() } else { flat_line().boxed() };
    let ids = prop::sample::select(&["1", "2", "3", "4", "5", "6", "7", "8"][..]);
    let line = (gap(), ids, select(&RANKINGS[..]), what);
    let own = prop::bool::weighted(0.05);
    let start = select(&STARTS[..]);
    (prop::collection::vec(line, 1..60), own, start).prop_map(|(lines, own, start)| {
        let mut time = start;
        let line = |(gap, id, ranking, mut what)| {
            time += gap;
            if let What::Interaction { kind, .. } = &mut what
                && *kind == "other"
                && own
            {
                *kind = IMPRESSION;
            }
            let id = if matches!(what, What::Ranking { .. }) { ranking } else { id };
            Line { time, id, known: None, judged: None, what }
        };
        lines.into_iter().map(line).collect()
    })
}

/// The log again and again, each time an hour after the last, until it has so many lines.
pub(super) fn repeated(log: &[Line], lines: usize) -> Vec<Line> {
    let times = || log.iter().map(|line| line.time);
    let length = times().max().zip(times().min()).map_or(0, |(last, first)| last - first) + HOUR;
    let at = |number: usize| {
        let line = &log[number % log.len()];
        Line { time: line.time + (number / log.len()) as i64 * length, ..line.clone() }
    };
    (0..lines).map(at).collect()
}
