//! Reading at many keys: where an output is found is looked up once for all of them.

use std::ops::Range;

use super::{At, Reader, combine, span};
use crate::aggregate::StateTable;
use crate::base::Timestamp;
use crate::engine::Engine;
use crate::engine::keys::KeyIndex;
use crate::engine::program::operand_scope;
use crate::plan::{Operand, OutputId, Quotient, Read, ScopeId, Term};

impl Engine {
    /// Appends the slots of a range at which an output was written, ascending; see
    /// [`Engine::is_written`].
    pub fn written(
        &self,
        index: &KeyIndex,
        output: OutputId,
        slots: Range<u32>,
        found: &mut Vec<u32>,
    ) {
        let Some(tables) = self.own_tables(output) else {
            found.extend(slots.filter(|slot| self.is_written(index, output, *slot)));
            return;
        };
        let (first, before) = (slots.start, found.len());
        for table in &tables {
            table.written(slots.clone(), found);
        }
        if tables.len() > 1 {
            let mut is_written = vec![false; slots.len()];
            found.drain(before..).for_each(|slot| is_written[(slot - first) as usize] = true);
            found.extend(slots.filter(|slot| is_written[(slot - first) as usize]));
        }
    }

    /// The tables one of which is written at a slot where an output is, if they all have its keys.
    fn own_tables(&self, output: OutputId) -> Option<Vec<&dyn StateTable>> {
        let plan = &self.plan;
        let own = plan.scope_of(output);
        let width = |scope: ScopeId| plan.scopes[scope.0].attributes.len();
        let table = |term: &Term| self.tables[term.state.0].as_deref();
        match &plan.outputs[output.0].read {
            Read::State(term) => Some(table(term).into_iter().collect()),
            Read::Quotient(quotient) => {
                let mut tables = Vec::new();
                for side in [quotient.top, quotient.bottom] {
                    let scope = operand_scope(plan, side, own);
                    if width(scope) != width(own) {
                        continue;
                    }
                    match side {
                        _ if scope != own => return None,
                        Operand::Term(term) => tables.extend(table(&term)),
                        Operand::Output(output) => tables.extend(self.own_tables(output)?),
                    }
                }
                Some(tables)
            }
        }
    }

    /// Visits both sides of an output that is a quotient at each of these keys, as of the last write
    /// to the key; keys to which none was made are left out.
    pub fn sides_at_last_writes(
        &self,
        index: &KeyIndex,
        output: OutputId,
        slots: &[u32],
        mut visit: impl FnMut(u32, Option<f64>, Option<f64>),
    ) {
        let Read::Quotient(quotient) = &self.plan.outputs[output.0].read else { return };
        let own = self.plan.scope_of(output);
        let reader = self.reader(index, Timestamp(self.position.clock));
        let sides = self.program.terms[output.0].iter().filter(|(_, is_global)| !is_global);
        if let Some((top, bottom)) = reader.own_sides(quotient, own)
            && sides.count() == 2
        {
            for slot in slots.iter().copied() {
                let last = top.table.last_write(slot).max(bottom.table.last_write(slot));
                if let Some(last) = last {
                    visit(slot, top.read(slot, last), bottom.read(slot, last));
                }
            }
            return;
        }
        for slot in slots.iter().copied() {
            let Some(last) = self.last_write(index, output, slot) else { continue };
            let reader = self.reader(index, last);
            let side = |operand| reader.operand(operand, own, At::Slot(slot));
            visit(slot, side(quotient.top), side(quotient.bottom));
        }
    }
}

/// A side of a quotient that is read from one state at the quotient's own key.
struct OwnSide<'r> {
    term: Term,
    table: &'r dyn StateTable,
    /// True if it is an output, which is missing where it is not finite.
    is_output: bool,
}

impl OwnSide<'_> {
    fn read(&self, slot: u32, as_of: i64) -> Option<f64> {
        self.checked(self.table.read(slot, span(&self.term, as_of)))
    }

    fn checked(&self, value: Option<f64>) -> Option<f64> {
        value.filter(|value| value.is_finite() || !self.is_output)
    }
}

impl<'r> Reader<'r> {
    /// Both sides of a quotient, if each is read from one state at the quotient's own key.
    fn own_sides(&self, quotient: &Quotient, own: ScopeId) -> Option<(OwnSide<'r>, OwnSide<'r>)> {
        Some((self.own_side(quotient.top, own)?, self.own_side(quotient.bottom, own)?))
    }

    fn own_side(&self, side: Operand, own: ScopeId) -> Option<OwnSide<'r>> {
        let (term, is_output) = match side {
            Operand::Term(term) => (term, false),
            Operand::Output(output) => match &self.plan.outputs[output.0].read {
                Read::State(term) if self.plan.scope_of(output) == own => (*term, true),
                _ => return None,
            },
        };
        let input = &self.plan.inputs[self.plan.states[term.state.0].input.0];
        let is_own = !input.rolled_up && input.scope == own && term.most.is_none();
        let table = self.tables[term.state.0].as_deref().filter(|_| is_own)?;
        Some(OwnSide { term, table, is_output })
    }

    /// The live values of an output at several keys of its own scope, appended to `found`.
    pub(in crate::engine) fn all(
        &self,
        output: OutputId,
        slots: &[u32],
        found: &mut Vec<Option<f64>>,
    ) {
        let own = self.plan.scope_of(output);
        let before = found.len();
        match &self.plan.outputs[output.0].read {
            Read::State(term) => {
                let Some(side) = self.own_side(Operand::Term(*term), own) else {
                    found.extend(slots.iter().map(|slot| self.output(output, At::Slot(*slot))));
                    return;
                };
                side.table.read_all(slots, span(term, self.as_of), found);
            }
            Read::Quotient(quotient) => {
                let Some((top, bottom)) = self.own_sides(quotient, own) else {
                    found.extend(slots.iter().map(|slot| self.output(output, At::Slot(*slot))));
                    return;
                };
                let mut below = Vec::with_capacity(slots.len());
                bottom.table.read_all(slots, span(&bottom.term, self.as_of), &mut below);
                top.table.read_all(slots, span(&top.term, self.as_of), found);
                for ((above, below), slot) in found[before..].iter_mut().zip(below).zip(slots) {
                    let all = |term: &Term| self.term(term, own, At::Slot(*slot));
                    let (top, bottom) = (top.checked(*above), bottom.checked(below));
                    *above = combine(&quotient.rule, top, bottom, all);
                }
            }
        }
        for value in &mut found[before..] {
            *value = value.filter(|value| value.is_finite());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::random::{configs, load, logs};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// What is read at all keys is what is read at each of them.
        #[test]
        fn all_keys_are_read_like_each_of_them(config in configs(), log in logs()) {
            let run = load(&config, &log);
            let (plan, index, engine) = (run.plan(), run.index(), run.at_end());
            let Some(as_of) = engine.clock() else { return Ok(()) };
            let bits = |value: Option<f64>| value.map(f64::to_bits);
            for output in (0..plan.outputs.len()).map(OutputId) {
                let own = plan.scope_of(output);
                let slots: Vec<u32> = (0..index.keys(own) as u32).collect();
                let is_written = |slot: &u32| engine.is_written(index, output, *slot);
                let mut written = Vec::new();
                for part in slots.chunks(7) {
                    engine.written(index, output, part[0]..part[0] + part.len() as u32, &mut written);
                }
                let want: Vec<u32> = slots.iter().copied().filter(is_written).collect();
                prop_assert_eq!(&written, &want);
                let mut live = Vec::new();
                engine.live_all(index, output, &slots, as_of, &mut live);
                let want = slots.iter().map(|slot| engine.live(index, output, At::Slot(*slot), as_of));
                prop_assert!(live.into_iter().map(bits).eq(want.map(bits)));
                let Read::Quotient(quotient) = &plan.outputs[output.0].read else { continue };
                let mut sides = Vec::new();
                engine.sides_at_last_writes(index, output, &slots, |slot, top, bottom| {
                    sides.push((slot, bits(top), bits(bottom)));
                });
                let mut want = Vec::new();
                for slot in slots {
                    let Some(last) = engine.last_write(index, output, slot) else { continue };
                    let reader = engine.reader(index, last);
                    let side = |side| bits(reader.operand(side, own, At::Slot(slot)));
                    want.push((slot, side(quotient.top), side(quotient.bottom)));
                }
                prop_assert_eq!(sides, want);
            }
        }
    }
}
