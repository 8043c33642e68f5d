//! Meanings as bytes, to be hashed: each part behind a tag or its length. It must not know whose
//! identity they are.

use xxhash_rust::xxh3::xxh3_128;

use crate::base::{Buckets, Comparison, Millis, Value};

use super::super::{
    Condition, Filter, Identity, Input, Operand, Plan, Prior, Read, Rule, Scope, Shape, Term,
    Types, Window,
};
use super::{VERSION, bytes_of_filter, in_windows};

pub(super) struct Bytes {
    pub(super) bytes: Vec<u8>,
    pub(super) states: States,
}

/// How states are told from one another.
#[derive(Clone, Copy)]
pub(super) enum States {
    /// By their identities.
    Whole,
    /// By what is read of them: in windows, which say themselves how long they are.
    InWindows,
}

impl Bytes {
    pub(super) fn new() -> Self {
        Self { bytes: vec![VERSION], ..Self::part() }
    }

    /// A part of other bytes.
    pub(super) const fn part() -> Self {
        Self { bytes: Vec::new(), states: States::Whole }
    }

    pub(super) fn hash(&self) -> Identity {
        Identity(xxh3_128(&self.bytes))
    }

    pub(super) fn tag(&mut self, tag: u8) {
        self.bytes.push(tag);
    }

    pub(super) fn length(&mut self, length: usize) {
        self.bytes.extend_from_slice(&(length as u64).to_le_bytes());
    }

    pub(super) fn text(&mut self, text: &str) {
        self.length(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    pub(super) fn optional_text(&mut self, text: Option<&str>) {
        match text {
            Some(text) => {
                self.tag(1);
                self.text(text);
            }
            None => self.tag(0),
        }
    }

    pub(super) fn millis(&mut self, span: Millis) {
        self.bytes.extend_from_slice(&span.0.to_le_bytes());
    }

    fn number(&mut self, number: f64) {
        self.bytes.extend_from_slice(&number.to_bits().to_le_bytes());
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
    pub(super) fn set(&mut self, mut parts: Vec<Vec<u8>>) {
        parts.sort_unstable();
        parts.dedup();
        self.length(parts.len());
        for part in parts {
            self.length(part.len());
            self.bytes.extend_from_slice(&part);
        }
    }

    pub(super) fn input(&mut self, plan: &Plan, input: &Input) {
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

    pub(super) fn scope(&mut self, plan: &Plan, scope: &Scope) {
        self.length(scope.attributes.len());
        for attribute in &scope.attributes {
            self.text(&plan.attributes[attribute.0]);
        }
        self.tag(u8::from(scope.explode));
    }

    pub(super) fn filter(&mut self, attributes: &[String], filter: &Filter) {
        let conditions = filter.0.iter().map(|condition| {
            let mut bytes = Self::part();
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
            bytes.bytes
        });
        let conditions = conditions.collect();
        self.set(conditions);
    }

    fn test(&mut self, test: &Comparison) {
        let (tag, one) = match test {
            Comparison::In(values) | Comparison::NotIn(values) => {
                self.tag(u8::from(matches!(test, Comparison::NotIn(_))));
                return self.set(values.iter().map(bytes_of_value).collect());
            }
            Comparison::Different(value) => (2, value),
            Comparison::Greater(value) => (3, value),
            Comparison::AtLeast(value) => (4, value),
            Comparison::Less(value) => (5, value),
            Comparison::AtMost(value) => (6, value),
            Comparison::Exists(wanted) => return self.tag(7 + u8::from(*wanted)),
        };
        self.tag(tag);
        self.bytes.extend(bytes_of_value(one));
    }

    pub(super) fn shape(&mut self, shape: Shape) {
        match shape {
            Shape::Lifetime => self.tag(0),
            Shape::Ring { buckets, held } => {
                self.tag(if buckets.distinction().is_none() { 1 } else { 4 });
                self.buckets(buckets);
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

    /// Buckets: their length, and what else there is to them.
    fn buckets(&mut self, buckets: Buckets) {
        self.millis(buckets.length());
        for part in buckets.distinction().into_iter().flatten() {
            self.bytes.extend_from_slice(&part.to_le_bytes());
        }
    }

    fn term(&mut self, plan: &Plan, term: &Term) {
        let state = &plan.states[term.state.0];
        let identity = match self.states {
            States::Whole => state.identity,
            States::InWindows => in_windows(plan, term.state),
        };
        self.bytes.extend_from_slice(&identity.0.to_le_bytes());
        match term.window {
            Window::Whole => self.tag(0),
            Window::Buckets { kind, count, buckets, offset } => {
                let is_plain = offset == 0 && buckets.distinction().is_none();
                self.tag(if is_plain { 1 } else { 2 });
                self.text(kind.name());
                self.length(count as usize);
                self.buckets(buckets);
                if !is_plain {
                    self.bytes.extend_from_slice(&offset.to_le_bytes());
                }
            }
        }
        // Only an aggregate that has percentiles is read at one, and always is.
        if let Some(percentile) = term.percentile {
            self.length(percentile.0 as usize);
        }
        // So is it with an aggregate whose value is a list.
        if let Some(most) = term.most {
            self.length(most as usize);
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
                let mut inner = Self { states: self.states, ..Self::new() };
                inner.scope(plan, &plan.scopes[scope.0]);
                inner.read(plan, &plan.outputs[output.0].read);
                self.bytes.extend_from_slice(&inner.hash().0.to_le_bytes());
            }
        }
    }

    pub(super) fn read(&mut self, plan: &Plan, read: &Read) {
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
    let mut bytes = Bytes::part();
    match value {
        Value::Text(text) => {
            bytes.tag(0);
            bytes.text(text);
        }
        Value::Integer(number) => {
            bytes.tag(1);
            bytes.bytes.extend_from_slice(&number.to_le_bytes());
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
                bytes.bytes.extend(bytes_of_value(element));
            }
        }
    }
    bytes.bytes
}
