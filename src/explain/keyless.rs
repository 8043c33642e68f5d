//! Events that a side does not take for want of a part of the key: they have no key, so they are at
//! none. Those whose other parts are the key's are told at that key.

use std::borrow::Cow;

use crate::base::{Deadline, Value};
use crate::engine::{InputRows, NotCounted, TakenTypes};
use crate::plan::{AttributeId, InputId, ScopeId};

use super::reasons::Groups;
use super::rows::SideRows;

/// The rows between two checks of the deadline.
const STRETCH: usize = 1 << 14;

/// The events of a side that lack a part of its key, while they are looked for.
pub(super) struct Keyless {
    input: InputId,
    scope: ScopeId,
    explodes: bool,
    /// The parts of the key with their texts.
    parts: Vec<(AttributeId, String)>,
    next: usize,
    end: usize,
}

impl Keyless {
    /// Those among so many events; `None` if the key has one part or none, or if no event has it.
    pub(super) fn new(of: InputRows<'_>, rows: &SideRows, events: usize) -> Option<Self> {
        let InputRows { plan, tape, index } = of;
        let id = rows.state(plan).input;
        let input = &plan.inputs[id.0];
        let scope = &plan.scopes[input.scope.0];
        let slot = rows.slot.filter(|_| !input.rolled_up && scope.attributes.len() > 1)?;
        let texts = index.key(input.scope, slot).0;
        Some(Self {
            input: id,
            scope: input.scope,
            explodes: scope.explode,
            parts: scope.attributes.iter().copied().zip(texts).collect(),
            next: 0,
            end: tape.end_row(events),
        })
    }

    /// Goes on until the deadline, and adds what it finds. Returns whether all rows were looked at.
    pub(super) fn step(
        &mut self,
        of: InputRows<'_>,
        groups: &mut Groups,
        deadline: &Deadline,
    ) -> bool {
        let types = of.types(self.input);
        let mut keyless = Vec::new();
        while self.next < self.end {
            let end = self.end.min(self.next + STRETCH).min(of.tape.page_end(self.next));
            keyless.clear();
            of.keyless(self.scope, self.next..end, &mut keyless);
            for row in keyless.iter().copied() {
                if let Some(missing) = self.missing(of, &types, row) {
                    groups.add(of, row, &NotCounted::Key(missing));
                }
            }
            self.next = end;
            if self.next < self.end && deadline.has_passed() {
                return false;
            }
        }
        true
    }

    /// The first part that a row of the side lacks; `None` if it has all, if it has none of them, or
    /// another one.
    fn missing(&self, of: InputRows<'_>, types: &TakenTypes, row: usize) -> Option<AttributeId> {
        if !of.is_of(types, row) {
            return None;
        }
        let (mut missing, mut has_part) = (None, false);
        for (attribute, text) in &self.parts {
            match of.value(*attribute, row).and_then(|value| self.has(value, text)) {
                None => missing = missing.or(Some(*attribute)),
                Some(true) => has_part = true,
                Some(false) => return None,
            }
        }
        missing.filter(|_| has_part && of.passes(self.input, row))
    }

    /// Whether a value is a part of the key, or has it; `None` if it is no part of any key.
    fn has(&self, value: &Value, text: &str) -> Option<bool> {
        let is_it = |part: Cow<'_, str>| part == text;
        match value {
            Value::List(elements) if self.explodes => {
                let mut parts = elements.iter().filter_map(Value::as_key).peekable();
                parts.peek()?;
                Some(parts.any(is_it))
            }
            value => value.as_key().map(is_it),
        }
    }

    /// The share of the rows that was looked at.
    pub(super) fn done(&self) -> f32 {
        self.next as f32 / self.end.max(1) as f32
    }
}
