//! A config as the naive scan knows it, and its text. It must not know the program: a plan here is
//! plain data, from which the YAML for the engine is written.

use std::fmt;

use serde_json::{Map, Value as Json, json};

use super::division::DAY;

/// A value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Val {
    Text(&'static str),
    Number(f64),
    Flag(bool),
    List(Vec<Val>),
}

impl Val {
    /// The text by which it is known as a key.
    pub(super) fn key(&self) -> Option<String> {
        match self {
            Self::List(elements) => elements.first().and_then(Self::key),
            scalar => Some(scalar.to_string()),
        }
    }

    pub(super) fn json(&self) -> Json {
        match self {
            Self::Text(text) => json!(text),
            Self::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                json!(*number as i64)
            }
            Self::Number(number) => json!(number),
            Self::Flag(flag) => json!(flag),
            Self::List(elements) => elements.iter().map(Self::json).collect(),
        }
    }
}

impl fmt::Display for Val {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::List(_) => Err(fmt::Error),
        }
    }
}

/// What is asked of an attribute.
#[derive(Clone, Debug)]
pub(super) enum Test {
    Eq(Val),
    Ne(Val),
    Gt(Val),
    Ge(Val),
    Lt(Val),
    Le(Val),
    In(Vec<Val>),
    NotIn(Vec<Val>),
    Exists(bool),
}

impl Test {
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::Eq(_) => "eq",
            Self::Ne(_) => "ne",
            Self::Gt(_) => "gt",
            Self::Ge(_) => "ge",
            Self::Lt(_) => "lt",
            Self::Le(_) => "le",
            Self::In(_) => "in",
            Self::NotIn(_) => "not_in",
            Self::Exists(_) => "exists",
        }
    }

    fn json(&self) -> Json {
        match self {
            Self::Eq(v) | Self::Ne(v) | Self::Gt(v) | Self::Ge(v) | Self::Lt(v) | Self::Le(v) => {
                v.json()
            }
            Self::In(list) | Self::NotIn(list) => list.iter().map(Val::json).collect(),
            Self::Exists(flag) => json!(flag),
        }
    }
}

/// One condition of a filter.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    /// All tests hold for the attribute. The flag asks for the short form, `a: x` or `a: [x, y]`,
    /// where there is one.
    Attribute(&'static str, Vec<Test>, bool),
    Any(Vec<Filter>),
    Not(Filter),
}

/// Conditions that must all hold; no two of them have the same word.
#[derive(Clone, Debug)]
pub(super) struct Filter(pub(super) Vec<Condition>);

impl Filter {
    fn json(&self) -> Json {
        let mut map = Map::new();
        for condition in &self.0 {
            let (word, json) = match condition {
                Condition::Any(filters) => ("any", filters.iter().map(Self::json).collect()),
                Condition::Not(filter) => ("not", filter.json()),
                Condition::Attribute(name, tests, short) => match tests.as_slice() {
                    [test @ (Test::Eq(_) | Test::In(_))] if *short => (*name, test.json()),
                    tests => {
                        let members = tests.iter().map(|t| (t.word().to_owned(), t.json()));
                        (*name, Json::Object(members.collect()))
                    }
                },
            };
            map.insert(word.to_owned(), json);
        }
        Json::Object(map)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bucketed,
    Sawtooth,
    Hopping,
    Rolling,
}

impl Kind {
    pub(super) const ALL: [(Self, &'static str); 4] = [
        (Self::Bucketed, "bucketed"),
        (Self::Sawtooth, "sawtooth"),
        (Self::Hopping, "hopping"),
        (Self::Rolling, "rolling"),
    ];

    pub(super) fn word(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).unwrap().1
    }
}

/// The length of a window as it is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Length {
    Buckets(i64),
    /// So many buckets, written as a duration.
    Duration(i64),
}

impl Length {
    pub(super) const fn buckets(self) -> i64 {
        match self {
            Self::Buckets(buckets) | Self::Duration(buckets) => buckets,
        }
    }

    fn json(self, bucket: i64) -> Json {
        match self {
            Self::Buckets(buckets) => json!(buckets),
            Self::Duration(buckets) => json!(duration(buckets * bucket)),
        }
    }
}

/// Which part of the past a counter covers.
#[derive(Clone, Debug)]
pub(super) enum Past {
    Lifetime,
    Windows { bucket: i64, lengths: Vec<Length>, kind: Kind },
    HalfLives(Vec<i64>),
}

/// What a rate divides.
#[derive(Clone, Debug)]
pub(super) enum Side {
    Interaction(&'static str),
    /// A window count, by its number.
    Feature(usize),
}

/// What a ratio divides: a feature by its number, or one output of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operand {
    pub(super) feature: usize,
    pub(super) output: Option<usize>,
}

#[derive(Clone, Debug)]
pub(super) struct Prior {
    /// `None` is the rate over all keys.
    pub(super) rate: Option<f64>,
    pub(super) weight: f64,
}

#[derive(Clone, Debug)]
pub(super) enum Body {
    Interactions {
        interaction: &'static str,
    },
    Windows {
        interaction: &'static str,
        bucket: i64,
        periods: Vec<i64>,
    },
    Rate {
        top: Side,
        bottom: Side,
        bucket: i64,
        periods: Vec<i64>,
        weight: Option<f64>,
    },
    Counter {
        types: Vec<&'static str>,
        aggregate: &'static str,
        value: Option<&'static str>,
        /// Whether it takes a value of any kind, by its key.
        any: bool,
        /// How many values are listed, where that is said.
        k: Option<usize>,
        past: Past,
        /// Whether a list of one element is written as a list.
        listed: bool,
    },
    Ratio {
        top: Operand,
        bottom: Operand,
        default: Option<f64>,
        prior: Option<Prior>,
    },
}

#[derive(Clone, Debug)]
pub(super) struct Feature {
    /// Empty for `global`; a ratio has none of its own.
    pub(super) scope: Vec<&'static str>,
    pub(super) explode: bool,
    pub(super) filter: Option<Filter>,
    pub(super) refresh: i64,
    pub(super) ttl: i64,
    /// The weekday on which its weeks start, and by how many buckets its windows are moved back.
    pub(super) place: (Option<usize>, i64),
    pub(super) body: Body,
}

/// A config.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) metarank: bool,
    pub(super) by_time: bool,
    pub(super) dedup: Option<i64>,
    pub(super) timezone: Option<&'static str>,
    /// Whether impressions are made, and the length of a session.
    pub(super) impressions: (bool, i64),
    /// What is said once for all: refresh, ttl and bucket.
    pub(super) defaults: [Option<i64>; 3],
    /// Declared in this order or the other way round.
    pub(super) backwards: bool,
    /// What else is said of the log.
    pub(super) events: Map<String, Json>,
    pub(super) features: Vec<Feature>,
}

const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The percentile of every counter that has one.
pub(super) const PERCENTILE: f64 = 62.5;

/// How many values are listed unless that is said.
pub(super) const LISTED: usize = 10;

/// The language's own defaults of refresh and ttl.
const DEFAULTS: [i64; 2] = [0, 90 * 24 * 3_600_000];

/// A duration as a config writes it.
fn duration(millis: i64) -> String {
    if millis % 60_000 == 0 { format!("{}m", millis / 60_000) } else { format!("{millis}ms") }
}

/// The elements of a list, or the only one.
fn list(mut elements: Vec<Json>, listed: bool) -> Json {
    if elements.len() == 1 && !listed { elements.remove(0) } else { Json::Array(elements) }
}

fn suffix(element: &Json) -> String {
    element.as_str().map_or_else(|| element.to_string(), str::to_owned)
}

impl Plan {
    /// The names of a feature's outputs behind the feature's own: none where it has one value.
    pub(super) fn suffixes(&self, feature: usize) -> Vec<String> {
        let elements = |json: Json| match json {
            Json::Array(list) => list.iter().map(suffix).collect(),
            _ => Vec::new(),
        };
        match &self.features[feature].body {
            Body::Interactions { .. } => Vec::new(),
            Body::Windows { periods, .. } | Body::Rate { periods, .. } => {
                periods.iter().map(i64::to_string).collect()
            }
            Body::Counter { past, listed, .. } => {
                past_json(past, *listed).map_or(Vec::new(), elements)
            }
            Body::Ratio { top, bottom, .. } => {
                let sides = [top, bottom].map(|side| match side.output {
                    Some(_) => Vec::new(),
                    None => self.suffixes(side.feature),
                });
                let [top, bottom] = sides;
                if top.is_empty() { bottom } else { top }
            }
        }
    }

    /// The names of a feature's outputs.
    pub(super) fn outputs(&self, feature: usize) -> Vec<String> {
        let suffixes = self.suffixes(feature);
        if suffixes.is_empty() {
            return vec![format!("f{feature}")];
        }
        suffixes.iter().map(|suffix| format!("f{feature}_{suffix}")).collect()
    }

    fn operand(&self, operand: Operand) -> Json {
        match operand.output {
            None => json!(format!("f{}", operand.feature)),
            Some(output) => json!(self.outputs(operand.feature)[output]),
        }
    }

    fn side(side: &Side) -> Json {
        match side {
            Side::Interaction(name) => json!(name),
            Side::Feature(number) => json!(format!("f{number}")),
        }
    }

    /// What a feature takes that does not say its refresh (0) or ttl (1).
    pub(super) fn default(&self, number: usize) -> i64 {
        self.defaults[number].unwrap_or(DEFAULTS[number])
    }

    /// The config's text. JSON is YAML, too.
    pub(super) fn text(&self) -> String {
        let mut features: Vec<Json> = (0..self.features.len()).map(|n| self.feature(n)).collect();
        if self.backwards {
            features.reverse();
        }
        let mut events = json!({
            "format": if self.metarank { "metarank" } else { "flat" },
            "order": if self.by_time { "time" } else { "log" },
        });
        if !self.metarank {
            events["id"] = json!("id");
        }
        if let Some(zone) = self.timezone {
            events["timezone"] = json!(zone);
        }
        if let Some(span) = self.dedup {
            events["dedup"] = json!(duration(span));
        }
        for (name, value) in &self.events {
            events[name] = value.clone();
        }
        let mut config = json!({"events": events, "features": features});
        if self.metarank {
            let (enabled, session) = self.impressions;
            config["impressions"] = json!({"enabled": enabled, "session": duration(session)});
        }
        for (word, default) in ["refresh", "ttl", "bucket"].iter().zip(self.defaults) {
            if let Some(millis) = default {
                config["defaults"][word] = json!(duration(millis));
            }
        }
        serde_json::to_string_pretty(&config).unwrap()
    }

    fn feature(&self, number: usize) -> Json {
        let feature = &self.features[number];
        let mut json = json!({"name": format!("f{number}")});
        for (at, word, millis) in [(0, "refresh", feature.refresh), (1, "ttl", feature.ttl)] {
            if millis != self.default(at) {
                json[word] = json!(duration(millis));
            }
        }
        if !matches!(feature.body, Body::Ratio { .. }) {
            json["scope"] = match feature.scope.as_slice() {
                [] => json!("global"),
                ["ranking.query", "item"] => json!("ranking.query"),
                [one] if !one.starts_with("ranking.") => json!(one),
                several => json!(several),
            };
            if feature.explode {
                json["explode"] = json!(true);
            }
            if let Some(filter) = &feature.filter {
                json["where"] = filter.json();
            }
        }
        let mut bucket = None;
        match &feature.body {
            Body::Interactions { interaction } => {
                json["type"] = json!("interaction_count");
                json["interaction"] = json!(interaction);
            }
            Body::Windows { interaction, bucket: length, periods } => {
                json["type"] = json!("window_count");
                json["interaction"] = json!(interaction);
                json["periods"] = json!(periods);
                bucket = Some(*length);
            }
            Body::Rate { top, bottom, bucket: length, periods, weight } => {
                json["type"] = json!("rate");
                json["top"] = Self::side(top);
                json["bottom"] = Self::side(bottom);
                json["periods"] = json!(periods);
                bucket = Some(*length);
                if let Some(weight) = weight {
                    json["normalize"] = json!({"weight": weight});
                }
            }
            Body::Counter { types, aggregate, value, k, past, listed, .. } => {
                json["type"] = json!("counter");
                json["aggregate"] = json!(aggregate);
                if *aggregate == "percentile" {
                    json["percentile"] = json!(PERCENTILE);
                }
                if let Some(k) = k {
                    json["k"] = json!(k);
                }
                if !types.is_empty() {
                    json["interaction"] = list(types.iter().map(|t| json!(t)).collect(), false);
                }
                if let Some(value) = value {
                    json["value"] = json!(value);
                }
                if let Past::Windows { bucket: length, kind, .. } = past {
                    bucket = Some(*length);
                    json["window"] = json!(kind.word());
                }
                if let Some(past_json) = past_json(past, *listed) {
                    let windows = matches!(past, Past::Windows { .. });
                    json[if windows { "windows" } else { "half_life" }] = past_json;
                }
            }
            Body::Ratio { top, bottom, default, prior } => {
                json["type"] = json!("ratio");
                json["top"] = self.operand(*top);
                json["bottom"] = self.operand(*bottom);
                if let Some(default) = default {
                    json["default"] = json!(default);
                }
                if let Some(Prior { rate, weight }) = prior {
                    let rate = rate.map_or(json!("global"), |rate| json!(rate));
                    json["prior"] = json!({"rate": rate, "weight": weight});
                }
            }
        }
        let (align, offset) = feature.place;
        let is_rolling = json["window"] == "rolling";
        let weeks = bucket.filter(|length| length % (7 * DAY) == 0 && !is_rolling);
        if let (Some(weekday), Some(_)) = (align, weeks) {
            json["align"] = json!(WEEKDAYS[weekday]);
        }
        if let Some(length) = bucket.filter(|_| offset > 0) {
            json["offset"] = json!(duration(offset * length));
        }
        if let Some(length) = bucket.filter(|length| self.defaults[2] != Some(*length)) {
            json["bucket"] = json!(duration(length));
        }
        json
    }
}

fn past_json(past: &Past, listed: bool) -> Option<Json> {
    let elements = match past {
        Past::Lifetime => return None,
        Past::Windows { bucket, lengths, .. } => {
            lengths.iter().map(|length| length.json(*bucket)).collect()
        }
        Past::HalfLives(spans) => spans.iter().map(|span| json!(duration(*span))).collect(),
    };
    Some(list(elements, listed))
}
