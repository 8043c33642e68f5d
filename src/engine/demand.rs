//! What must be read from a log to replay a plan over it.

use crate::plan::{Condition, Filter, Input, Plan, Scope, Test, Types};
use crate::tape::{Demand, Use};

use super::takers;

/// What a plan needs of a log; `listed` asks for a row for each item of each ranking too.
#[must_use]
pub fn demand(plan: &Plan, listed: bool) -> Demand {
    Demand { settings: plan.events.clone(), attributes: plan.attributes.clone(), listed }
}

/// Whether a tape that was read for `has` can serve `wanted`.
#[must_use]
pub fn serves(has: &Demand, wanted: &Demand) -> bool {
    has.settings == wanted.settings
        && has.listed == wanted.listed
        && wanted.attributes.iter().all(|attribute| has.attributes.contains(attribute))
}

/// What one replay of a plan uses of its log's events, whose attributes are those of the
/// [`demand`].
#[must_use]
pub fn uses(plan: &Plan) -> Vec<Use> {
    let mut uses = Vec::new();
    for (scope, inputs) in plan.scopes.iter().zip(takers::inputs(plan)) {
        for input in inputs {
            let used = of_input(plan, scope, &plan.inputs[input.0]);
            if !uses.contains(&used) {
                uses.push(used);
            }
        }
    }
    uses
}

/// What an input uses that takes events under the keys of a scope.
fn of_input(plan: &Plan, scope: &Scope, input: &Input) -> Use {
    let filter = input.filter.and_then(|filter| plan.filters.get(filter));
    let mut attributes: Vec<usize> = scope.attributes.iter().map(|attribute| attribute.0).collect();
    attributes.extend(input.value.map(|attribute| attribute.0));
    if let Some(filter) = filter {
        filter.attributes(&mut |attribute| attributes.push(attribute.0));
    }
    attributes.sort_unstable();
    attributes.dedup();
    let types = match &input.types {
        Types::All => None,
        Types::Only(names) => Some(names.clone()),
    };
    let requires = filter.map(required).unwrap_or_default();
    Use { types, requires, attributes, every: 1 }
}

/// The attributes without which an event never passes a filter.
fn required(filter: &Filter) -> Vec<usize> {
    let required = filter.0.iter().filter_map(|condition| match condition {
        Condition::Attribute(_, Test::Exists(false)) | Condition::Any(_) | Condition::Not(_) => {
            None
        }
        Condition::Attribute(attribute, _) => Some(attribute.0),
    });
    required.collect()
}
