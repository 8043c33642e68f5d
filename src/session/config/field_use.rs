//! How the events that a feature counts have a field: whether a feature like it can count by that.

use crate::base::Value;
use crate::engine::InputRows;
use crate::plan::{InputId, OutputId, Plan};

use crate::session::replay::Replay;

/// Whether a field is a list, where every side of a feature counts events that have it. A field that
/// was not read of events is taken as it is.
///
/// # Errors
/// Which side has none, in words.
pub(super) fn is_list(replay: &Replay, feature: &str, field: &str) -> Result<bool, String> {
    let (plan, tape) = (replay.plan(), replay.tape());
    let Some(column) = tape.demand().attributes.iter().position(|known| known == field) else {
        return Ok(false);
    };
    let column = tape.column(column);
    let of = InputRows { plan, tape, index: replay.index() };
    let sides = sides(plan, feature);
    let types: Vec<_> = sides.iter().map(|(_, input)| of.types(*input)).collect();
    let mut has = vec![false; sides.len()];
    for row in (0..tape.rows()).filter(|row| column.id(*row) != 0) {
        for (place, (_, input)) in sides.iter().enumerate() {
            has[place] = has[place] || of.takes(*input, &types[place], row);
        }
        if has.iter().all(|has| *has) {
            break;
        }
    }
    let roles = |wanted: bool| {
        let roles = sides.iter().zip(&has).filter(|(_, has)| **has == wanted);
        roles.map(|((role, _), _)| format!("`{role}`")).collect::<Vec<_>>().join(" and ")
    };
    if has.iter().all(|has| !has) && !sides.is_empty() {
        return Err(format!("no event that `{feature}` counts has `{field}`"));
    }
    if has.contains(&false) {
        return Err(format!(
            "`{field}` is in events of {}, but in none of {}: `{feature}` by it would have no \
             value",
            roles(true),
            roles(false)
        ));
    }
    Ok(column.values().iter().any(|value| matches!(value, Value::List(_))))
}

/// The inputs of a feature, each once, with the part of the first side that counts it in the formula.
fn sides(plan: &Plan, feature: &str) -> Vec<(String, InputId)> {
    let mut found: Vec<(String, InputId)> = Vec::new();
    let feature = plan.features.iter().find(|known| known.name == feature);
    let outputs = feature.into_iter().flat_map(|feature| feature.outputs.clone().map(OutputId));
    for side in outputs.flat_map(|output| plan.sides(output)).filter(|side| !side.is_global) {
        let input = plan.states[side.term.state.0].input;
        if found.iter().all(|(_, known)| *known != input) {
            found.push((side.role, input));
        }
    }
    found
}
