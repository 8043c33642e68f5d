//! Slot assignment in a streaming replay: the rows of each scope that some input counts, as selection
//! vectors, so that only their keys get slots. On a held tape the keys of all rows do
//! (`KeyIndex::extend`).

use std::ops::Range;

use crate::plan::{InputId, Plan, ScopeId};
use crate::tape::Tape;

use crate::engine::program::filters::Filters;
use crate::engine::program::input_rows::{Conditions, inputs_by_scope};

/// The row selector of a plan.
#[derive(Clone, Debug, Default)]
pub(super) struct RowSelector {
    inputs: Vec<Vec<InputId>>,
    /// Per scope and type of the tape.
    by_type: Vec<Vec<TypeRule>>,
    /// Per scope, the distinct lists of filters of which a row must pass one.
    groups: Vec<Vec<Group>>,
    filters: Filters,
    /// Per row of a block, whether it is selected.
    marks: Vec<bool>,
    /// The rows that pass the filter at hand.
    passed: Vec<u32>,
    /// The selected rows.
    taken: Vec<u32>,
}

/// The rule by which rows of a type are selected.
#[derive(Clone, Copy, Debug, PartialEq)]
enum TypeRule {
    None,
    All,
    /// Rows that pass a filter of this group.
    Passing(usize),
}

/// A group of filters, and the rows of a block to which it applies.
#[derive(Clone, Debug, Default)]
struct Group {
    filters: Vec<usize>,
    rows: Vec<u32>,
}

impl RowSelector {
    /// The selector of a plan.
    pub(super) fn new(plan: &Plan) -> Self {
        let inputs = inputs_by_scope(plan);
        Self {
            by_type: vec![Vec::new(); inputs.len()],
            groups: inputs.iter().map(|_| Vec::new()).collect(),
            inputs,
            ..Self::default()
        }
    }

    /// Extends the rules to the types that the tape has gained.
    pub(super) fn extend(&mut self, plan: &Plan, tape: &Tape) {
        let scopes = self.inputs.iter().zip(&mut self.by_type).zip(&mut self.groups);
        for ((inputs, by_type), groups) in scopes {
            for name in &tape.type_names()[by_type.len()..] {
                let filters: Option<Vec<usize>> = inputs
                    .iter()
                    .map(|input| Conditions::new(plan, *input))
                    .filter(|conditions| conditions.types.contains(name))
                    .map(|conditions| conditions.filter)
                    .collect();
                by_type.push(match filters {
                    None => TypeRule::All,
                    Some(filters) if filters.is_empty() => TypeRule::None,
                    Some(mut filters) => {
                        filters.sort_unstable();
                        filters.dedup();
                        let known = groups.iter().position(|group| group.filters == filters);
                        TypeRule::Passing(known.unwrap_or_else(|| {
                            groups.push(Group { filters, rows: Vec::new() });
                            groups.len() - 1
                        }))
                    }
                });
            }
        }
    }

    /// The selection vector of a scope over a range of rows: offsets, ascending.
    /// [`extend`](Self::extend) must know the types. `columns` maps the plan's attributes to the
    /// tape's columns.
    pub(super) fn rows(
        &mut self,
        plan: &Plan,
        scope: ScopeId,
        columns: &[usize],
        tape: &Tape,
        rows: Range<usize>,
    ) -> &[u32] {
        let Self { by_type, groups, filters, marks, passed, taken, .. } = self;
        let (by_type, groups) = (&by_type[scope.0], &mut groups[scope.0]);
        let types = tape.type_ids(rows.clone());
        groups.iter_mut().for_each(|group| group.rows.clear());
        taken.clear();
        for (row, kind) in types.iter().enumerate() {
            // Rows that are not counted have a type beyond all others.
            match by_type.get(usize::from(*kind)) {
                None | Some(TypeRule::None) => {}
                Some(TypeRule::All) => taken.push(row as u32),
                Some(TypeRule::Passing(group)) => groups[*group].rows.push(row as u32),
            }
        }
        if groups.iter().all(|group| group.rows.is_empty()) {
            return taken;
        }
        marks.clear();
        marks.resize(types.len(), false);
        taken.iter().for_each(|row| marks[*row as usize] = true);
        for group in groups {
            for filter in &group.filters {
                passed.clone_from(&group.rows);
                filters.narrow((plan, *filter), columns, tape, rows.start, passed);
                passed.iter().for_each(|row| marks[*row as usize] = true);
            }
        }
        taken.clear();
        taken.resize(types.len(), 0);
        let mut count = 0;
        // The mark is unpredictable per row: no branch.
        for (row, is_taken) in marks.iter().enumerate() {
            taken[count] = row as u32;
            count += usize::from(*is_taken);
        }
        taken.truncate(count);
        taken
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::program::input_rows::InputRows;
    use crate::engine::program::not_counted::NotCounted;
    use crate::engine::random::{configs, load, logs};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// A row gets keys of a scope if its type and its values pass for an input under that scope.
        #[test]
        fn batches_agree_with_rows(config in configs(), log in logs(), batch in 1usize..50) {
            let run = load(&config, &log);
            let (plan, tape, index) = (run.plan(), run.tape(), run.index());
            let of = InputRows { plan, tape, index };
            let mut selector = RowSelector::new(plan);
            selector.extend(plan, tape);
            for (scope, inputs) in inputs_by_scope(plan).into_iter().enumerate() {
                let mut selected = Vec::new();
                for first in (0..tape.rows()).step_by(batch) {
                    let block = first..tape.rows().min(first + batch);
                    let rows = selector.rows(plan, ScopeId(scope), index.columns(), tape, block);
                    selected.extend(rows.iter().map(|row| first + *row as usize));
                }
                let passes = |row: &usize| {
                    inputs.iter().any(|input| {
                        let found = of.payload(*input, *row);
                        !matches!(found, Err(NotCounted::Type(_) | NotCounted::Filter(..)))
                    })
                };
                let expected: Vec<usize> = (0..tape.rows()).filter(passes).collect();
                prop_assert_eq!(selected, expected);
            }
        }
    }
}
