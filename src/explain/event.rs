//! References to events of the log.

use crate::base::Timestamp;
use crate::engine::InputRows;
use crate::plan::{AttributeId, InputId};

/// An event, as an example or a contribution.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRef {
    /// Its number in the order of application, from 1.
    pub number: usize,
    /// Its line in the log, from 1; over several logs, lines are counted through.
    pub line: u64,
    /// Its number within the line, from 0, where a line may be several events.
    pub sub: Option<u64>,
    /// Its time.
    pub time: Timestamp,
    /// How much earlier it is than the newest event before it.
    pub behind: i64,
    /// Its type; `None` for metadata.
    pub kind: Option<String>,
    /// The attributes that the side looks at: their names and values, those that it has.
    pub attributes: Vec<Attribute>,
}

/// An attribute of a key or of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its value, as text.
    pub value: String,
}

impl EventRef {
    /// The event of a row. `looked_at` are the attributes that are shown.
    pub(super) fn new(of: InputRows<'_>, row: usize, looked_at: &[AttributeId]) -> Self {
        let InputRows { plan, tape, .. } = of;
        let kind = tape.type_id(row).map(|kind| tape.type_names()[usize::from(kind)].clone());
        let event = tape.row_event(row);
        let time = Timestamp(tape.time(row));
        let value = |attribute: &AttributeId| {
            let value = of.value(*attribute, row)?.to_string();
            Some(Attribute { name: plan.attributes[attribute.0].clone(), value })
        };
        Self {
            number: event + 1,
            line: tape.line(row) + 1,
            sub: tape.sub(row),
            time,
            behind: tape.clock(event + 1).map_or(0, |clock| clock.since(time).0),
            kind,
            attributes: looked_at.iter().filter_map(value).collect(),
        }
    }
}

/// The attributes that an input looks at: those of its key, of its filter, and its value.
pub(super) fn looked_at(of: InputRows<'_>, input: InputId) -> Vec<AttributeId> {
    let input = &of.plan.inputs[input.0];
    let mut attributes = of.plan.scopes[input.scope.0].attributes.clone();
    if let Some(filter) = input.filter {
        of.plan.filters[filter].attributes(&mut |attribute| {
            if !attributes.contains(&attribute) {
                attributes.push(attribute);
            }
        });
    }
    attributes.extend(input.value.filter(|value| !attributes.contains(value)));
    attributes
}
