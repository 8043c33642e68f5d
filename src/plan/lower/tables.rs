//! The plan's tables while it is built: attributes, scopes, filters, inputs and states,
//! deduplicated by meaning.

use std::collections::HashMap;

use crate::base::{Buckets, Millis};
use crate::plan::{
    AttributeId, Filter, Identity, Input, InputId, Plan, Scope, ScopeId, Shape, State, StateId,
    Term, Window, WindowKind, identity,
};

/// A plan under construction, with an index of its parts.
#[derive(Default)]
pub(super) struct Tables {
    pub plan: Plan,
    attributes: HashMap<String, AttributeId>,
    scopes: HashMap<Scope, ScopeId>,
    filters: HashMap<Vec<u8>, usize>,
    inputs: HashMap<Input, InputId>,
    states: HashMap<StateKey, StateId>,
}

/// The key by which states are shared: all of their meaning but their retention.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct StateKey {
    input: InputId,
    aggregate: &'static str,
    past: PastKey,
    ttl: Millis,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum PastKey {
    Lifetime,
    Ring(Buckets),
    Rolling,
    Decay(Millis),
}

/// The part of the past that a value covers.
#[derive(Clone, Copy)]
pub(super) enum Reach {
    Lifetime,
    Window { kind: WindowKind, count: u32, buckets: Buckets, offset: i64 },
    Decay { half_life: Millis },
}

impl Tables {
    /// Tables for an empty plan.
    pub(super) fn new(plan: Plan) -> Self {
        Self { plan, ..Self::default() }
    }

    pub(super) fn attribute(&mut self, name: &str) -> AttributeId {
        if let Some(id) = self.attributes.get(name) {
            return *id;
        }
        let id = AttributeId(self.plan.attributes.len());
        self.plan.attributes.push(name.to_owned());
        self.attributes.insert(name.to_owned(), id);
        id
    }

    pub(super) fn scope(&mut self, names: &[String], explode: bool) -> ScopeId {
        let attributes = names.iter().map(|name| self.attribute(name)).collect();
        // Without attributes there is nothing to explode.
        let scope = Scope { attributes, explode: explode && !names.is_empty() };
        if let Some(id) = self.scopes.get(&scope) {
            return *id;
        }
        let id = ScopeId(self.plan.scopes.len());
        self.plan.scopes.push(scope.clone());
        self.scopes.insert(scope, id);
        id
    }

    pub(super) fn filter(&mut self, filter: Filter) -> usize {
        let bytes = identity::bytes_of_filter(&self.plan.attributes, &filter);
        *self.filters.entry(bytes).or_insert_with(|| {
            self.plan.filters.push(filter);
            self.plan.filters.len() - 1
        })
    }

    pub(super) fn input(&mut self, input: Input) -> InputId {
        if let Some(id) = self.inputs.get(&input) {
            return *id;
        }
        let id = InputId(self.plan.inputs.len());
        self.plan.inputs.push(input.clone());
        self.inputs.insert(input, id);
        id
    }

    /// The state of an input with at least this retention, and how it is read. States that differ
    /// only in retention are merged, with the longest.
    pub(super) fn term(
        &mut self,
        input: InputId,
        aggregate: &'static str,
        reach: Reach,
        ttl: Millis,
    ) -> Term {
        let (shape, past, window) = match reach {
            Reach::Lifetime => (Shape::Lifetime, PastKey::Lifetime, Window::Whole),
            Reach::Decay { half_life } => {
                (Shape::Decay { half_life }, PastKey::Decay(half_life), Window::Whole)
            }
            Reach::Window { kind, count, buckets, offset } => {
                let window = Window::Buckets { kind, count, buckets, offset };
                if kind == WindowKind::Rolling {
                    let span = buckets.length().0.saturating_mul(i64::from(count));
                    let span = Millis(span.saturating_add(offset));
                    (Shape::Rolling { span }, PastKey::Rolling, window)
                } else {
                    let held = kind.held(count).saturating_add(offset as u32);
                    (Shape::Ring { buckets, held }, PastKey::Ring(buckets), window)
                }
            }
        };
        let key = StateKey { input, aggregate, past, ttl };
        let state = *self.states.entry(key).or_insert_with(|| {
            let identity = Identity::default();
            self.plan.states.push(State { input, aggregate, shape, ttl, identity });
            StateId(self.plan.states.len() - 1)
        });
        let own = &mut self.plan.states[state.0].shape;
        *own = farther(*own, shape);
        Term { state, window, percentile: None, most: None }
    }

    /// The same value over all keys of the term's scope.
    pub(super) fn rolled_up(&mut self, term: Term, reach: Reach, ttl: Millis) -> Term {
        let State { input, aggregate, .. } = self.plan.states[term.state.0];
        let input = Input { rolled_up: true, ..self.plan.inputs[input.0].clone() };
        let input = self.input(input);
        Term { percentile: term.percentile, ..self.term(input, aggregate, reach, ttl) }
    }
}

impl Reach {
    /// The part of the past that a term of this shape and window reads.
    pub(super) const fn of(shape: Shape, window: Window) -> Self {
        match (window, shape) {
            (Window::Buckets { kind, count, buckets, offset }, _) => {
                Self::Window { kind, count, buckets, offset }
            }
            (Window::Whole, Shape::Decay { half_life }) => Self::Decay { half_life },
            (Window::Whole, _) => Self::Lifetime,
        }
    }
}

fn farther(a: Shape, b: Shape) -> Shape {
    match (a, b) {
        (Shape::Ring { buckets, held }, Shape::Ring { held: other, .. }) => {
            Shape::Ring { buckets, held: held.max(other) }
        }
        (Shape::Rolling { span }, Shape::Rolling { span: other }) => {
            Shape::Rolling { span: span.max(other) }
        }
        (own, _) => own,
    }
}
