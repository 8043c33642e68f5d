//! Which rows a plan counts under the keys of each scope, so that only these get slots. It must
//! not know keys or states.

use std::ops::Range;

use crate::plan::{InputId, OutputId, Plan, ScopeId};
use crate::tape::Tape;

use crate::engine::program::filters::Filters;
use crate::engine::program::{takes, terms};

/// For each scope, what takes rows under its keys.
#[derive(Debug, Default)]
pub(in crate::engine) struct RowSelector {
    inputs: Vec<Vec<InputId>>,
    /// For each scope and type of the tape.
    by_type: Vec<Vec<Takes>>,
    /// For each scope the distinct lists of filters of which rows must pass one.
    groups: Vec<Vec<Group>>,
    filters: Filters,
    /// For each row of a block, whether it is taken.
    marks: Vec<bool>,
    /// The rows that pass a filter.
    passed: Vec<u32>,
    /// The rows that are taken.
    taken: Vec<u32>,
}

/// Whether rows of a type are taken.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Takes {
    None,
    All,
    /// Those that pass one of a group's filters.
    Passing(usize),
}

/// Filters of the plan, and the rows of a block that must pass one of them.
#[derive(Debug, Default)]
struct Group {
    filters: Vec<usize>,
    rows: Vec<u32>,
}

impl RowSelector {
    /// The takers of a plan.
    pub(in crate::engine) fn new(plan: &Plan) -> Self {
        let inputs = inputs(plan);
        Self {
            by_type: vec![Vec::new(); inputs.len()],
            groups: inputs.iter().map(|_| Vec::new()).collect(),
            inputs,
            ..Self::default()
        }
    }

    /// Gets to know the types that the tape has gained.
    pub(in crate::engine) fn extend(&mut self, plan: &Plan, tape: &Tape) {
        let scopes = self.inputs.iter().zip(&mut self.by_type).zip(&mut self.groups);
        for ((inputs, by_type), groups) in scopes {
            for name in &tape.type_names()[by_type.len()..] {
                let takers: Option<Vec<usize>> = inputs
                    .iter()
                    .filter(|input| takes(plan, **input, name))
                    .map(|input| plan.inputs[input.0].filter)
                    .collect();
                by_type.push(match takers {
                    None => Takes::All,
                    Some(filters) if filters.is_empty() => Takes::None,
                    Some(mut filters) => {
                        filters.sort_unstable();
                        filters.dedup();
                        let known = groups.iter().position(|group| group.filters == filters);
                        Takes::Passing(known.unwrap_or_else(|| {
                            groups.push(Group { filters, rows: Vec::new() });
                            groups.len() - 1
                        }))
                    }
                });
            }
        }
    }

    /// The rows among some that are taken under the keys of a scope, as offsets, ascending. Their
    /// types must be [known](Self::extend). The plan's attributes lie in these columns of the tape.
    pub(in crate::engine) fn rows(
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
                None | Some(Takes::None) => {}
                Some(Takes::All) => taken.push(row as u32),
                Some(Takes::Passing(group)) => groups[*group].rows.push(row as u32),
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
        // Which rows are taken is hard to guess: no branch.
        for (row, is_taken) in marks.iter().enumerate() {
            taken[count] = row as u32;
            count += usize::from(*is_taken);
        }
        taken.truncate(count);
        taken
    }
}

/// For each scope the inputs that take rows under its keys: those with its keys, and those that
/// any feature with its keys is read from.
pub(in crate::engine) fn inputs(plan: &Plan) -> Vec<Vec<InputId>> {
    let mut inputs = vec![Vec::new(); plan.scopes.len()];
    for (number, input) in plan.inputs.iter().enumerate() {
        inputs[input.scope.0].push(InputId(number));
    }
    for output in (0..plan.outputs.len()).map(OutputId) {
        let inputs: &mut Vec<InputId> = &mut inputs[plan.scope_of(output).0];
        for (term, _) in terms(plan, output) {
            let input = plan.states[term.state.0].input;
            if !inputs.contains(&input) {
                inputs.push(input);
            }
        }
    }
    inputs
}
