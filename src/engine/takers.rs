//! Which rows a plan counts under the keys of each scope, so that only these get slots. It must
//! not know keys or states.

use crate::plan::{InputId, OutputId, Plan, ScopeId};
use crate::tape::Tape;

use super::filters::Filters;
use super::program::{takes, terms};

/// For each scope, what takes rows under its keys.
#[derive(Debug, Default)]
pub(super) struct Takers {
    inputs: Vec<Vec<InputId>>,
    /// For each scope and type of the tape.
    by_type: Vec<Vec<Takes>>,
    filters: Filters,
}

/// Whether rows of a type are taken.
#[derive(Clone, Debug, PartialEq)]
enum Takes {
    All,
    /// Those that pass one of these filters of the plan; none of them where there are none.
    Passing(Vec<usize>),
}

impl Takers {
    /// The takers of a plan: of a scope, the inputs with its keys, and those that any feature
    /// with its keys is read from.
    pub(super) fn new(plan: &Plan) -> Self {
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
        Self { by_type: vec![Vec::new(); inputs.len()], inputs, filters: Filters::default() }
    }

    /// Gets to know the types that the tape has gained.
    pub(super) fn extend(&mut self, plan: &Plan, tape: &Tape) {
        for (inputs, by_type) in self.inputs.iter().zip(&mut self.by_type) {
            for name in &tape.type_names()[by_type.len()..] {
                let takers: Vec<Option<usize>> = inputs
                    .iter()
                    .filter(|input| takes(plan, **input, name))
                    .map(|input| plan.inputs[input.0].filter)
                    .collect();
                by_type.push(match takers.iter().copied().collect() {
                    Some(filters) => Takes::Passing(filters),
                    None => Takes::All,
                });
            }
        }
    }

    /// Whether a row is taken under the keys of a scope. Its type must be
    /// [known](Self::extend). The plan's attributes lie in these columns of the tape.
    #[inline]
    pub(super) fn take(
        &mut self,
        plan: &Plan,
        scope: ScopeId,
        columns: &[usize],
        tape: &Tape,
        row: usize,
    ) -> bool {
        let Some(type_id) = tape.type_id(row) else { return false };
        match &self.by_type[scope.0][usize::from(type_id)] {
            Takes::All => true,
            Takes::Passing(takers) => {
                let filters = &mut self.filters;
                takers.iter().any(|filter| filters.passes((plan, *filter), columns, tape, row))
            }
        }
    }
}
