//! What must be read from a log to replay a plan over it.

use crate::plan::Plan;
use crate::tape::Demand;

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
