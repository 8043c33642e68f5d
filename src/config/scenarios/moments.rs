//! Moments of tests: offsets from the start, and times of the calendar.

use crate::base::duration::DurationError;
use crate::base::time::TimeError;
use crate::base::{Millis, Timestamp};
use crate::config::members::Slot;
use crate::config::node::{Node, Value};
use crate::diagnostic::{Faults, codes};

/// A moment, with its text.
pub(super) fn read(
    node: &Node,
    start: Timestamp,
    faults: &mut Faults,
) -> Option<(Timestamp, String)> {
    let text = match &node.value {
        Value::Text(text) => text.trim().to_owned(),
        Value::Integer(number) => {
            let help = format!("write the unit: `{number}s`, `{number}h`, `{number}d`");
            refuse(node, &number.to_string(), "a number without a unit", &help, faults);
            return None;
        }
        _ => {
            let help = "write an offset from the start such as `1d12h`, or a time";
            refuse(node, "at", &format!("{} is no moment", node.kind()), help, faults);
            return None;
        }
    };
    let help = "write an offset from the start such as `1d12h`, or a time such as \
                `2024-01-09T00:00Z`";
    let moment = match text.parse::<Millis>() {
        Ok(offset) => start.plus(offset).believable(),
        Err(DurationError::TooLong) => Err(TimeError::OutOfRange),
        Err(offset) => match Timestamp::parse(&text, None) {
            // Of a number without a unit the offset says more.
            Err(TimeError::Unreadable | TimeError::Date) if is_number(&text) => {
                refuse(node, &text, &offset.to_string(), help, faults);
                return None;
            }
            moment => moment,
        },
    };
    match moment {
        Ok(moment) => Some((moment, text)),
        Err(TimeError::OutOfRange) => {
            let help = "events lie in 1971–2099: choose another offset or `start`";
            refuse(node, &text, "outside 1971–2099", help, faults);
            None
        }
        Err(_) => {
            refuse(node, &text, "neither an offset nor a time", help, faults);
            None
        }
    }
}

/// A time of the calendar.
pub(super) fn absolute(slot: &Slot<'_>, faults: &mut Faults) -> Option<Timestamp> {
    let text = match &slot.node.value {
        Value::Text(text) => text.trim(),
        _ => "",
    };
    let moment = Timestamp::parse(text, None).ok();
    if moment.is_none() {
        let written = slot.node.scalar_text().unwrap_or_else(|| slot.written());
        let help = "write a time of 1971–2099, such as `start: 2024-01-01T00:00Z`";
        refuse(slot.node, &written, "not a time", help, faults);
    }
    moment
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn refuse(node: &Node, text: &str, why: &str, help: &str, faults: &mut Faults) {
    let message = format!("`{text}` is not a moment: {why}");
    faults.add(codes::BAD_MOMENT.at(node.span.clone(), message).help(help));
}
