//! Identities: the hash of what a state or a feature means. Names, places and the order of the
//! config have no part in it, so that what is stored under an identity holds as long as the
//! meaning does. It must not know who stores what.
//!
//! The meaning is written as bytes and hashed with 128-bit XXH3. Every part is preceded by a tag
//! or its length, so that no two meanings have the same bytes; lists whose order says nothing
//! (event types, conditions, values to compare with) are sorted by their bytes. The first byte is
//! [`VERSION`]: a change of this encoding is a new version, and old states are then rebuilt.

use xxhash_rust::xxh3::xxh3_128;

use crate::base::events::{EventSettings, Format, Order};
use crate::base::{Millis, Value};

use super::{
    Condition, FeatureId, Filter, Identity, Input, Operand, Plan, Prior, Read, Rule, Scope, Shape,
    StateId, Term, Test, Types, Window,
};

/// The version of the encoding.
pub const VERSION: u8 = 1;

/// The identity of a state: the events it is fed, its key, its arithmetic and its ttl.
#[must_use]
pub fn of_state(plan: &Plan, state: StateId) -> Identity {
    of_state_in(plan, state, plan.states[state.0].shape)
}

/// The hash of all that a state means but for the part of the past over which it is held.
#[must_use]
pub fn but_for_shape(plan: &Plan, state: StateId) -> Identity {
    of_state_in(plan, state, Shape::Lifetime)
}

fn of_state_in(plan: &Plan, state: StateId, shape: Shape) -> Identity {
    let state = &plan.states[state.0];
    let input = &plan.inputs[state.input.0];
    let mut bytes = Bytes::new();
    bytes.input(plan, input);
    bytes.text(state.aggregate);
    bytes.shape(shape);
    bytes.millis(state.ttl);
    bytes.hash()
}

/// The identity of what a feature serves: the identities of the states it reads, how it reads
/// them, its key, refresh and ttl. The states' identities must be set already.
#[must_use]
pub fn of_feature(plan: &Plan, feature: FeatureId) -> Identity {
    let feature = &plan.features[feature.0];
    let mut bytes = Bytes::new();
    bytes.scope(plan, &plan.scopes[feature.scope.0]);
    bytes.millis(feature.refresh);
    bytes.millis(feature.ttl);
    for output in &plan.outputs[feature.outputs.clone()] {
        bytes.read(plan, &output.read);
    }
    bytes.hash()
}

/// The canonical bytes of a filter: equal for filters that mean the same but for the order in
/// which they are written.
#[must_use]
pub fn bytes_of_filter(attributes: &[String], filter: &Filter) -> Vec<u8> {
    let mut bytes = Bytes(Vec::new());
    bytes.filter(attributes, filter);
    bytes.0
}

struct Bytes(Vec<u8>);

impl Bytes {
    fn new() -> Self {
        Self(vec![VERSION])
    }

    fn hash(&self) -> Identity {
        Identity(xxh3_128(&self.0))
    }

    fn tag(&mut self, tag: u8) {
        self.0.push(tag);
    }

    fn length(&mut self, length: usize) {
        self.0.extend_from_slice(&(length as u64).to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.length(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    fn optional_text(&mut self, text: Option<&str>) {
        match text {
            Some(text) => {
                self.tag(1);
                self.text(text);
            }
            None => self.tag(0),
        }
    }

    fn millis(&mut self, span: Millis) {
        self.0.extend_from_slice(&span.0.to_le_bytes());
    }

    fn number(&mut self, number: f64) {
        self.0.extend_from_slice(&number.to_bits().to_le_bytes());
    }

    fn optional_number(&mut self, number: Option<f64>) {
        match number {
            Some(number) => {
                self.tag(1);
                self.number(number);
            }
            None => self.tag(0),
        }
    }

    /// Parts whose order says nothing: sorted, each with its length, repetitions dropped.
    fn set(&mut self, mut parts: Vec<Vec<u8>>) {
        parts.sort_unstable();
        parts.dedup();
        self.length(parts.len());
        for part in parts {
            self.length(part.len());
            self.0.extend_from_slice(&part);
        }
    }

    fn input(&mut self, plan: &Plan, input: &Input) {
        self.events(&plan.events);
        let impression = plan.events.impressions.name.as_str();
        let takes_impressions = match &input.types {
            Types::All => {
                self.tag(0);
                plan.events.impressions.used
            }
            Types::Only(types) => {
                self.tag(1);
                self.set(types.iter().map(|name| name.clone().into_bytes()).collect());
                types.iter().any(|name| name == impression)
            }
        };
        self.tag(u8::from(takes_impressions));
        if takes_impressions {
            self.tag(u8::from(plan.events.impressions.enabled));
            self.text(impression);
            self.millis(plan.events.impressions.session);
        }
        self.scope(plan, &plan.scopes[input.scope.0]);
        self.tag(u8::from(input.rolled_up));
        match input.filter {
            Some(filter) => {
                self.tag(1);
                self.filter(&plan.attributes, &plan.filters[filter]);
            }
            None => self.tag(0),
        }
        self.optional_text(input.value.map(|value| plan.attributes[value.0].as_str()));
    }

    fn events(&mut self, events: &EventSettings) {
        self.tag(match events.format {
            None => 0,
            Some(Format::Metarank) => 1,
            Some(Format::Flat) => 2,
        });
        self.optional_text(events.timestamp.as_deref());
        self.optional_text(events.kind.as_deref());
        self.optional_text(events.unit.map(crate::base::time::TimeUnit::name));
        self.tag(match events.order {
            Order::Time => 0,
            Order::Log => 1,
        });
        // The id only tells repeated events: without `dedup` it says nothing.
        match events.dedup {
            Some(span) => {
                self.tag(1);
                self.millis(span);
                self.optional_text(events.id.as_deref());
            }
            None => self.tag(0),
        }
    }

    fn scope(&mut self, plan: &Plan, scope: &Scope) {
        self.length(scope.attributes.len());
        for attribute in &scope.attributes {
            self.text(&plan.attributes[attribute.0]);
        }
        self.tag(u8::from(scope.explode));
    }

    fn filter(&mut self, attributes: &[String], filter: &Filter) {
        let conditions = filter.0.iter().map(|condition| {
            let mut bytes = Self(Vec::new());
            match condition {
                Condition::Attribute(attribute, test) => {
                    bytes.tag(0);
                    bytes.text(&attributes[attribute.0]);
                    bytes.test(test);
                }
                Condition::Any(filters) => {
                    bytes.tag(1);
                    bytes.set(filters.iter().map(|f| bytes_of_filter(attributes, f)).collect());
                }
                Condition::Not(filter) => {
                    bytes.tag(2);
                    bytes.filter(attributes, filter);
                }
            }
            bytes.0
        });
        let conditions = conditions.collect();
        self.set(conditions);
    }

    fn test(&mut self, test: &Test) {
        let (tag, one) = match test {
            Test::In(values) | Test::NotIn(values) => {
                self.tag(u8::from(matches!(test, Test::NotIn(_))));
                return self.set(values.iter().map(bytes_of_value).collect());
            }
            Test::Different(value) => (2, value),
            Test::Greater(value) => (3, value),
            Test::AtLeast(value) => (4, value),
            Test::Less(value) => (5, value),
            Test::AtMost(value) => (6, value),
            Test::Exists(wanted) => return self.tag(7 + u8::from(*wanted)),
        };
        self.tag(tag);
        self.0.extend(bytes_of_value(one));
    }

    fn shape(&mut self, shape: Shape) {
        match shape {
            Shape::Lifetime => self.tag(0),
            Shape::Ring { bucket, held } => {
                self.tag(1);
                self.millis(bucket);
                self.length(held as usize);
            }
            Shape::Rolling { span } => {
                self.tag(2);
                self.millis(span);
            }
            Shape::Decay { half_life } => {
                self.tag(3);
                self.millis(half_life);
            }
        }
    }

    fn term(&mut self, plan: &Plan, term: &Term) {
        self.0.extend_from_slice(&plan.states[term.state.0].identity.0.to_le_bytes());
        match term.window {
            Window::Whole => self.tag(0),
            Window::Buckets { kind, count, bucket } => {
                self.tag(1);
                self.text(kind.name());
                self.length(count as usize);
                self.millis(bucket);
            }
        }
    }

    fn operand(&mut self, plan: &Plan, operand: &Operand) {
        match operand {
            Operand::Term(term) => {
                self.tag(0);
                self.term(plan, term);
            }
            // Hashed by itself, with its key: a chain of ratios stays short.
            Operand::Output(output) => {
                self.tag(1);
                let scope = plan.scope_of(*output);
                let mut inner = Self::new();
                inner.scope(plan, &plan.scopes[scope.0]);
                inner.read(plan, &plan.outputs[output.0].read);
                self.0.extend_from_slice(&inner.hash().0.to_le_bytes());
            }
        }
    }

    fn read(&mut self, plan: &Plan, read: &Read) {
        match read {
            Read::State(term) => {
                self.tag(0);
                self.term(plan, term);
            }
            Read::Quotient(quotient) => {
                self.tag(1);
                self.operand(plan, &quotient.top);
                self.operand(plan, &quotient.bottom);
                match &quotient.rule {
                    Rule::Plain { default } => {
                        self.tag(0);
                        self.optional_number(*default);
                    }
                    Rule::Normalized { weight, top_all, bottom_all } => {
                        self.tag(1);
                        self.number(*weight);
                        self.term(plan, top_all);
                        self.term(plan, bottom_all);
                    }
                    Rule::Smoothed { weight, prior: Prior::Rate(rate), default } => {
                        self.tag(2);
                        self.number(*weight);
                        self.number(*rate);
                        self.optional_number(*default);
                    }
                    Rule::Smoothed {
                        weight,
                        prior: Prior::Global { top_all, bottom_all },
                        default,
                    } => {
                        self.tag(3);
                        self.number(*weight);
                        self.term(plan, top_all);
                        self.term(plan, bottom_all);
                        self.optional_number(*default);
                    }
                }
            }
        }
    }
}

fn bytes_of_value(value: &Value) -> Vec<u8> {
    let mut bytes = Bytes(Vec::new());
    match value {
        Value::Text(text) => {
            bytes.tag(0);
            bytes.text(text);
        }
        Value::Integer(number) => {
            bytes.tag(1);
            bytes.0.extend_from_slice(&number.to_le_bytes());
        }
        Value::Float(number) => {
            bytes.tag(2);
            bytes.number(*number);
        }
        Value::Bool(flag) => {
            bytes.tag(3);
            bytes.tag(u8::from(*flag));
        }
        Value::List(elements) => {
            bytes.tag(4);
            bytes.length(elements.len());
            for element in elements {
                bytes.0.extend(bytes_of_value(element));
            }
        }
    }
    bytes.0
}

#[cfg(test)]
mod tests {
    use crate::plan::lower::compile;

    use super::*;

    /// The plan of one feature with these members, in a config with these sections.
    fn plan(sections: &str, members: &str) -> Plan {
        let text = format!("{sections}\nfeatures:\n  - {{{members}}}\n");
        let (plan, report) = compile("test", &text);
        plan.unwrap_or_else(|| panic!("{}", crate::diagnostic::text(&report, false)))
    }

    fn identities(plan: &Plan) -> (Vec<Identity>, Vec<Identity>) {
        (
            plan.states.iter().map(|state| state.identity).collect(),
            plan.features.iter().map(|feature| feature.identity).collect(),
        )
    }

    const BASE: &str = "name: a, type: counter, scope: [x, y], interaction: [p, q], \
                        aggregate: sum, value: v, windows: [2, 3], bucket: 1h, ttl: 9d, \
                        where: {k: [1, 2], any: [{m: 1}, {n: 2}]}";

    #[test]
    fn names_places_and_orders_have_no_part_in_it() {
        let base = identities(&plan("", BASE));
        for (sections, members) in [
            ("# a comment\n\ndefaults: {ttl: 9d}", BASE.replace("ttl: 9d, ", "")),
            ("", BASE.replace("name: a", "name: b, description: other words")),
            ("", BASE.replace("[p, q]", "[q, p, q]")),
            ("", BASE.replace("k: [1, 2]", "k: [2, 1]")),
            ("", BASE.replace("{m: 1}, {n: 2}", "{n: 2}, {m: 1}")),
            ("", BASE.replace("1h", "60m")),
            ("impressions: {session: 5m}", BASE.to_owned()),
            ("events: {id: some_id}", BASE.to_owned()),
        ] {
            assert_eq!(identities(&plan(sections, &members)), base, "{sections} {members}");
        }
    }

    #[test]
    fn every_part_of_the_meaning_has_its_part_in_it() {
        let base = plan("", BASE).states[0].identity;
        let mut seen = vec![base];
        for (sections, from, to) in [
            ("", "[x, y]", "[y, x]"),
            ("", "[x, y]", "x"),
            ("", "scope", "explode: true, scope"),
            ("", "[p, q]", "[p]"),
            ("", "interaction: [p, q], ", ""),
            ("", "sum", "mean"),
            ("", "value: v", "value: w"),
            ("", "bucket: 1h", "bucket: 2h"),
            ("", "windows: [2, 3]", "windows: [2, 4]"),
            ("", "bucket: 1h", "bucket: 1h, window: rolling"),
            ("", "windows: [2, 3], bucket: 1h, ", ""),
            ("", "windows: [2, 3], bucket: 1h", "half_life: 1h"),
            ("", "windows: [2, 3], bucket: 1h", "half_life: 2h"),
            ("", "ttl: 9d", "ttl: 10d"),
            ("", "k: [1, 2]", "k: [1]"),
            ("", "k: [1, 2]", "k: [1, '2']"),
            ("", "k: [1, 2]", "l: [1, 2]"),
            ("", "k: [1, 2]", "k: {not_in: [1, 2]}"),
            ("", "any: [{m: 1}, {n: 2}]", "m: 1"),
            ("", "any: [{m: 1}, {n: 2}]", "not: {m: 1}"),
            ("", "any: [{m: 1}, {n: 2}]", "m: {gt: 1}"),
            ("", "any: [{m: 1}, {n: 2}]", "m: {ge: 1}"),
            ("", "any: [{m: 1}, {n: 2}]", "m: {exists: true}"),
            ("", "any: [{m: 1}, {n: 2}]", "m: {exists: false}"),
            ("events: {format: flat}", "", ""),
            ("events: {timestamp: t}", "", ""),
            ("events: {type: t}", "", ""),
            ("events: {unit: ms}", "", ""),
            ("events: {order: log}", "", ""),
            ("events: {dedup: 1d}", "", ""),
            ("events: {dedup: 1d, id: t}", "", ""),
            ("impressions: {name: p}", "", ""),
            ("impressions: {name: p, session: 1m}", "", ""),
            ("impressions: {name: p, enabled: false}", "", ""),
        ] {
            let members = BASE.replacen(from, to, usize::from(!from.is_empty()));
            let identity = plan(sections, &members).states[0].identity;
            assert!(!seen.contains(&identity), "{sections} {members}");
            seen.push(identity);
        }
    }

    #[test]
    fn how_a_feature_is_served_has_its_part_in_it() {
        let rate = "name: r, type: rate, top: p, bottom: q, bucket: 1h, periods: [2, 3]";
        let mut seen = vec![plan("", rate).features[0].identity];
        for change in [
            ", refresh: 1m",
            ", ttl: 1d",
            ", normalize: {weight: 2}",
            ", normalize: {weight: 3}",
            ", scope: user",
        ] {
            let identity = plan("", &format!("{rate}{change}")).features[0].identity;
            assert!(!seen.contains(&identity), "{change}");
            seen.push(identity);
        }
        for (from, to) in [("top: p, bottom: q", "top: q, bottom: p"), ("[2, 3]", "[3, 2]")] {
            let identity = plan("", &rate.replace(from, to)).features[0].identity;
            assert!(!seen.contains(&identity), "{to}");
            seen.push(identity);
        }
    }

    #[test]
    fn the_encoding_is_the_one_that_stores_hold() {
        let plan = plan("", "name: a, type: interaction_count, scope: item, interaction: click");
        assert_eq!(VERSION, 1);
        assert_eq!(
            format!("{:032x}", plan.states[0].identity.0),
            "b45ea514e56a0032e06db74447edaba7",
            "stores hold states under these identities: a new encoding is a new VERSION"
        );
    }
}
