//! Reading methods of [`Engine`]: live values, served values, readings, buckets.

use crate::base::{Millis, Timestamp};
use crate::plan::{FeatureId, Operand, OutputId, Read, ScopeId, StateId, Term};

use super::{At, Freshness, Reader};
use crate::engine::keys::KeyIndex;
use crate::engine::program::operand_scope;
use crate::engine::{Engine, OutputValue, Reading};

impl Engine {
    pub(in crate::engine) fn reader<'r>(
        &'r self,
        index: &'r KeyIndex,
        as_of: Timestamp,
    ) -> Reader<'r> {
        Reader { plan: &self.plan, index, tables: &self.tables, as_of: as_of.0 }
    }

    /// The live number of an output as of a moment at or after the clock; `None` if there is no
    /// value, if it is a list, or if the row lacks an attribute of the key.
    #[must_use]
    pub fn live(
        &self,
        index: &KeyIndex,
        output: OutputId,
        at: At,
        as_of: Timestamp,
    ) -> Option<f64> {
        self.reader(index, as_of).output(output, at)
    }

    /// The served value of an output; the live value if its feature has no refresh.
    #[must_use]
    pub fn served(
        &self,
        index: &KeyIndex,
        output: OutputId,
        at: At,
        as_of: Timestamp,
    ) -> Option<f64> {
        let feature = self.plan.outputs[output.0].feature;
        let Some(served) = &self.served[self.program.served_by[feature.0].0] else {
            return self.live(index, output, at, as_of);
        };
        let scope = self.plan.features[feature.0].scope;
        let slot = match at {
            At::Slot(slot) => slot,
            At::Row(row) => index.slot(scope, row)?,
        };
        match served.read(slot, self.number_in_feature(output), as_of.0) {
            Some(_) if self.plan.most_listed(output).is_some() => None,
            Some((value, _)) => value,
            None => self.over_nothing(index, output, as_of),
        }
    }

    /// The age of a served value in event time; `None` if the feature has no refresh, or nothing is
    /// served.
    #[must_use]
    pub fn served_age(&self, output: OutputId, slot: u32, as_of: Timestamp) -> Option<Millis> {
        let feature = self.plan.outputs[output.0].feature;
        let served = self.served[self.program.served_by[feature.0].0].as_ref()?;
        let (_, refreshed) = served.read(slot, self.number_in_feature(output), as_of.0)?;
        Some(as_of.since(Timestamp(refreshed)))
    }

    pub(super) fn number_in_feature(&self, output: OutputId) -> usize {
        output.0 - self.plan.features[self.plan.outputs[output.0].feature.0].outputs.start
    }

    /// The value of an output over no events at all, global sides apart.
    fn over_nothing(&self, index: &KeyIndex, output: OutputId, as_of: Timestamp) -> Option<f64> {
        self.live(index, output, At::Slot(u32::MAX), as_of)
    }

    /// The reading of an output at a key.
    #[must_use]
    pub fn reading(
        &self,
        index: &KeyIndex,
        output: OutputId,
        slot: u32,
        as_of: Timestamp,
    ) -> Reading {
        let Some(last_write) = self.last_write(index, output, slot) else {
            return Reading::NeverSeen;
        };
        if as_of.since(last_write) >= self.plan.features[self.plan.outputs[output.0].feature.0].ttl
        {
            return Reading::Expired;
        }
        let value = self.value(index, output, At::Slot(slot), as_of, Freshness::Live);
        value.map_or(Reading::NoData, Reading::from)
    }

    /// The value of an output, a number or a list; see [`Engine::live`] and [`Engine::served`].
    #[must_use]
    pub fn value(
        &self,
        index: &KeyIndex,
        output: OutputId,
        at: At,
        as_of: Timestamp,
        freshness: Freshness,
    ) -> Option<OutputValue> {
        if self.plan.most_listed(output).is_some() {
            return self.list(index, output, at, as_of, freshness).map(OutputValue::List);
        }
        let number = match freshness {
            Freshness::Live => self.live(index, output, at, as_of),
            Freshness::Served => self.served(index, output, at, as_of),
        };
        number.map(OutputValue::Number)
    }

    /// The clock at the last write to an output's state at a key; for a quotient, the later of its
    /// sides. `None` if there was none.
    #[must_use]
    pub fn last_write(&self, index: &KeyIndex, output: OutputId, slot: u32) -> Option<Timestamp> {
        let own = self.plan.scope_of(output);
        let reader = self.reader(index, Timestamp(self.position.clock));
        self.program.terms[output.0]
            .iter()
            .filter(|(_, global)| !global)
            .filter_map(|(term, _)| reader.last_write(term, own, At::Slot(slot)))
            .max()
            .map(Timestamp)
    }

    /// The clock at the last write to the state of a term at a key; `None` if there was none.
    #[must_use]
    pub fn last_write_of(
        &self,
        index: &KeyIndex,
        term: &Term,
        own: ScopeId,
        at: At,
    ) -> Option<Timestamp> {
        let reader = self.reader(index, Timestamp(self.position.clock));
        reader.last_write(term, own, at).map(Timestamp)
    }

    /// The [live](Self::live) values of an output at several keys, appended to `found`.
    pub fn live_all(
        &self,
        index: &KeyIndex,
        output: OutputId,
        slots: &[u32],
        as_of: Timestamp,
        found: &mut Vec<Option<f64>>,
    ) {
        self.reader(index, as_of).all(output, slots, found);
    }

    /// True if an output was written at a full key: in its state, or for a quotient in a side whose
    /// key has all its attributes.
    #[must_use]
    pub fn is_written(&self, index: &KeyIndex, output: OutputId, slot: u32) -> bool {
        let own = self.plan.scope_of(output);
        let width = |scope: ScopeId| self.plan.scopes[scope.0].attributes.len();
        match &self.plan.outputs[output.0].read {
            Read::State(term) => self.table_written(term.state, slot),
            Read::Quotient(quotient) => [quotient.top, quotient.bottom].into_iter().any(|side| {
                // A side's attributes are a subset of the quotient's: equal width means equal sets.
                let scope = operand_scope(&self.plan, side, own);
                if width(scope) != width(own) {
                    return false;
                }
                let Some(slot) = index.project(own, slot, scope) else { return false };
                match side {
                    Operand::Term(term) => self.table_written(term.state, slot),
                    Operand::Output(output) => self.is_written(index, output, slot),
                }
            }),
        }
    }

    /// The value of a state over a window, and whether the state was ever written at the key.
    #[must_use]
    pub fn term(
        &self,
        index: &KeyIndex,
        term: &Term,
        own: ScopeId,
        at: At,
        as_of: Timestamp,
    ) -> (Option<f64>, bool) {
        let reader = self.reader(index, as_of);
        (reader.term(term, own, at), reader.last_write(term, own, at).is_some())
    }

    /// Whether the value of a state over a window is exact, and not an estimate.
    #[must_use]
    pub fn is_exact(
        &self,
        index: &KeyIndex,
        term: &Term,
        own: ScopeId,
        at: At,
        as_of: Timestamp,
    ) -> bool {
        self.reader(index, as_of).is_exact(term, own, at)
    }

    /// Visits the start and value of each bucket of a key's state, unless it has expired.
    pub fn buckets(
        &self,
        index: &KeyIndex,
        term: &Term,
        own: ScopeId,
        at: At,
        as_of: Timestamp,
        visit: &mut dyn FnMut(i64, f64),
    ) {
        let reader = self.reader(index, as_of);
        let alive = reader
            .last_write(term, own, at)
            .is_some_and(|write| as_of.0 - write < self.plan.states[term.state.0].ttl.0);
        if let (true, Some(slot), Some(table)) =
            (alive, reader.term_slot(term, own, at), reader.table(term))
        {
            table.buckets(slot, visit);
        }
    }

    /// The features that read a state, in the config's order.
    #[must_use]
    pub fn readers(&self, state: StateId) -> &[FeatureId] {
        &self.program.readers[state.0]
    }

    fn table_written(&self, state: StateId, slot: u32) -> bool {
        self.tables[state.0].as_ref().is_some_and(|table| table.last_write(slot).is_some())
    }
}
