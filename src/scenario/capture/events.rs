//! Rows as events of a test.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use crate::base::{Millis, Timestamp, Value};
use crate::config::TestEvent;
use crate::engine::InputRows;
use crate::plan::{AttributeId, OutputId, Plan};

use super::super::lines::{Form, ITEM, RANKING, USER};
use super::unplaced;

/// The attributes that the sides of an output look at.
pub(super) fn looked_at(plan: &Plan, output: OutputId) -> BTreeSet<AttributeId> {
    let mut attributes = BTreeSet::new();
    for side in plan.sides(output) {
        let input = &plan.inputs[plan.states[side.term.state.0].input.0];
        attributes.extend(plan.scopes[input.scope.0].attributes.iter().copied());
        attributes.extend(input.value);
        if let Some(filter) = input.filter {
            plan.filters[filter].attributes(&mut |attribute| {
                attributes.insert(attribute);
            });
        }
    }
    attributes.extend(plan.scopes[plan.scope_of(output).0].attributes.iter().copied());
    attributes
}

/// A row as an event of a test, with these attributes, behind what it is joined with. It is the
/// `number`-th.
pub(super) fn events(
    form: &Form,
    of: InputRows<'_>,
    (row, number): (usize, usize),
    attributes: &BTreeSet<AttributeId>,
) -> Vec<TestEvent> {
    let plan = of.plan;
    let at = Timestamp(of.tape.time(row));
    let mut own = Map::new();
    let mut joined: [(&str, Map<String, Json>); 3] =
        [ITEM, USER, RANKING].map(|it| (it, Map::new()));
    for attribute in attributes {
        let Some(value) = of.value(*attribute, row) else { continue };
        let name = &plan.attributes[attribute.0];
        let entity = name.split_once('.').filter(|_| matches!(form, Form::Metarank));
        let members = entity.and_then(|(entity, field)| {
            let (_, members) = joined.iter_mut().find(|(known, _)| *known == entity)?;
            Some((members, field))
        });
        match members {
            Some((members, field)) => members.insert(field.to_owned(), json(value)),
            None => own.insert(name.clone(), json(value)),
        };
    }
    let kind = of.tape.type_id(row).map(|kind| of.tape.type_names()[usize::from(kind)].clone());
    let event = |kind: &str, attributes, id: Option<Json>| TestEvent {
        at,
        kind: unplaced(kind.to_owned()),
        id,
        attributes,
        repeat: 1,
        every: Millis::ZERO,
        line: 0,
    };
    let mut events = Vec::new();
    if matches!(form, Form::Metarank) {
        // What no feature looks at may be called anything.
        own.entry(ITEM).or_insert_with(|| format!("item-{number}").into());
        for (entity, mut members) in joined.into_iter().filter(|(_, it)| !it.is_empty()) {
            let id = own.entry(entity).or_insert_with(|| format!("{entity}-{number}").into());
            if entity == RANKING {
                members.insert("items".to_owned(), Json::Array(Vec::new()));
                events.push(event(entity, members, Some(id.clone())));
            } else {
                members.insert(entity.to_owned(), id.clone());
                events.push(event(entity, members, None));
            }
        }
    }
    let id = plan.events.dedup.map(|_| Json::from(number + 1));
    events.push(event(&kind.unwrap_or_default(), own, id));
    events
}

fn json(value: &Value) -> Json {
    match value {
        Value::Text(text) => text.clone().into(),
        Value::Bool(flag) => (*flag).into(),
        Value::Integer(number) => {
            i64::try_from(*number).map_or_else(|_| number.to_string().into(), Json::from)
        }
        Value::Float(number) => Json::from(*number),
        Value::List(elements) => elements.iter().map(json).collect(),
    }
}
