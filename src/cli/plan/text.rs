//! The plan as tables for people. A wide one is summarized by the entries of the config and by the
//! states that most outputs share.

use std::cmp::Reverse;
use std::fmt::Write as _;

use crate::aggregate::KeyCost;
use crate::base::quantity::{bytes, counted, grouped};
use crate::plan::{Feature, OutputId, ScopeId, StateId, describe};

use super::{OfScope, Outline};
use crate::dataset::Table;

/// The most states that are listed; of more than that, only the most shared ones.
const STATES: usize = 40;
const MOST_SHARED: usize = 10;
/// The most names in one cell.
const NAMES: usize = 3;

/// The lines of the whole report.
pub(super) fn text(name: &str, outline: &Outline<'_>, all: bool) -> Vec<String> {
    let plan = outline.plan;
    let mut lines = vec![
        format!(
            "{name}: {} with {} over {}, read from {} of {}",
            counted(plan.features.len(), "feature"),
            counted(plan.outputs.len(), "output"),
            counted(plan.scopes.len(), "scope"),
            counted(plan.states.len(), "state"),
            counted(plan.inputs.len(), "input"),
        ),
        String::new(),
    ];
    let mut listed: Vec<StateId> = (0..plan.states.len()).map(StateId).collect();
    let too_many = listed.len() > STATES && !all;
    if too_many {
        listed.sort_by_key(|state| Reverse(outline.readers[state.0].len()));
        listed.truncate(MOST_SHARED);
    } else {
        listed.sort_by_key(|state| plan.states[state.0].input);
    }
    let tables = [scopes(outline), features(outline, all), states(outline, &listed, all)];
    for (i, table) in tables.iter().enumerate() {
        if i > 0 {
            lines.push(String::new());
        }
        lines.extend(table.lines());
        lines.extend(table.note("--format json has them whole"));
    }
    if too_many {
        let rest = plan.states.len() - MOST_SHARED;
        lines.push(String::new());
        lines.push(format!(" and {} more, less shared; --all lists them", grouped(rest as u64)));
    }
    if let Some(log) = &outline.log {
        let in_states = log.held.states.iter().map(|held| held.bytes).sum::<usize>();
        let events = counted(log.events, "event");
        let mut line = format!("after {events}: {} in states", bytes(in_states as u64));
        if log.held.served > 0 {
            let _ = write!(line, ", {} in served values", bytes(log.held.served as u64));
        }
        lines.extend([String::new(), line]);
    }
    lines
}

fn scopes(outline: &Outline<'_>) -> Table {
    let mut head = vec!["SCOPE", "FEATURES", "OUTPUTS", "STATES", "BYTES A KEY"];
    if outline.log.is_some() {
        head.extend(["KEYS", "MEMORY"]);
    }
    let mut table = Table::new(&head, &[1, 2, 3, 4, 5, 6]);
    for OfScope { scope, features, outputs, states } in outline.scopes() {
        let own = states.iter().filter(|state| !outline.is_rolled_up(**state));
        let costs: Vec<KeyCost> = own.map(|state| outline.costs[state.0]).collect();
        let mut cost = grouped(costs.iter().map(|cost| cost.fixed as u64).sum());
        if costs.iter().any(|cost| cost.part > 0 || cost.most != Some(0)) {
            cost.push_str(" +");
        }
        let mut row = vec![
            describe::scope(outline.plan, scope),
            grouped(features as u64),
            grouped(outputs as u64),
            grouped(states.len() as u64),
            cost,
        ];
        if let (Some(log), Some(held)) = (&outline.log, outline.bytes(states)) {
            row.extend([grouped(log.held.keys[scope.0] as u64), bytes(held as u64)]);
        }
        table.row(&row);
    }
    table
}

/// A row for each entry of the config, or for each feature.
fn features(outline: &Outline<'_>, all: bool) -> Table {
    let mut table = Table::new(&["LINE", "FEATURE", "TYPE", "SCOPE", "OUTPUTS"], &[0]);
    let same_entry = |a: &Feature, b: &Feature| a.line == b.line && !all;
    for entry in outline.plan.features.chunk_by(same_entry) {
        let Some((first, last)) = entry.first().zip(entry.last()) else { continue };
        let outputs = first.outputs.start..last.outputs.end;
        let names: Vec<&str> =
            outline.plan.outputs[outputs].iter().map(|output| output.name.as_str()).collect();
        let row = if entry.len() == 1 {
            let scope = describe::scope(outline.plan, first.scope);
            [first.name.clone(), first.kind.name().to_owned(), scope, some(&names, all)]
        } else {
            let mut scopes: Vec<ScopeId> = entry.iter().map(|feature| feature.scope).collect();
            scopes.sort_unstable();
            scopes.dedup();
            let scope = match scopes.as_slice() {
                [one] => describe::scope(outline.plan, *one),
                several => counted(several.len(), "scope"),
            };
            [
                format!("{} … {}", first.name, last.name),
                first.kind.name().to_owned(),
                scope,
                format!("{} of {}", grouped(names.len() as u64), counted(entry.len(), "feature")),
            ]
        };
        table.row(&[&[first.line.to_string()], row.as_slice()].concat());
    }
    table
}

fn states(outline: &Outline<'_>, listed: &[StateId], all: bool) -> Table {
    let plan = outline.plan;
    let mut head = vec!["EVENTS", "BY", "STATE", "BYTES A KEY"];
    if outline.log.is_some() {
        head.extend(["KEYS", "MEMORY"]);
    }
    let numbers: &[usize] = if outline.log.is_some() { &[4, 5] } else { &[] };
    head.push("READ BY");
    let mut table = Table::new(&head, numbers);
    let mut before = None;
    for state in listed {
        let declared = &plan.states[state.0];
        let input = &plan.inputs[declared.input.0];
        // An input is printed once, above its states.
        let again = before == Some(declared.input);
        before = Some(declared.input);
        let unless_again = |text: String| if again { String::new() } else { text };
        let mut row = vec![
            unless_again(describe::events(plan, input)),
            unless_again(describe::key(plan, input)),
            describe::state(plan, declared),
            cost(outline.costs[state.0]),
        ];
        if let Some(log) = &outline.log {
            let held = log.held.states[state.0];
            row.extend([grouped(held.keys as u64), bytes(held.bytes as u64)]);
        }
        let readers = &outline.readers[state.0];
        let names: Vec<&str> =
            readers.iter().map(|OutputId(output)| plan.outputs[*output].name.as_str()).collect();
        row.push(some(&names, all));
        table.row(&row);
    }
    table
}

/// The bytes per key of a state: `24`, `40 + 16 a bucket`, `40 + 16 an event`, `96 to 16,480`,
/// `64 + 40 to 16,424 a bucket`.
fn cost(cost: KeyCost) -> String {
    let KeyCost { fixed, part, parts, most } = cost;
    let to = |least: usize| match most {
        Some(0) => least.to_string(),
        Some(most) => format!("{least} to {}", grouped((least + most) as u64)),
        None => format!("{least} or more"),
    };
    match (part, parts) {
        (0, _) => to(fixed),
        (part, Some(_)) => format!("{fixed} + {} a bucket", to(part)),
        (part, None) => format!("{fixed} + {part} an event"),
    }
}

/// The first names, and how many more there are.
fn some(names: &[&str], all: bool) -> String {
    // A number instead of a single name would be no shorter.
    if all || names.len() <= NAMES + 1 {
        return names.join(", ");
    }
    format!("{} + {}", names[..NAMES].join(", "), grouped((names.len() - NAMES) as u64))
}
