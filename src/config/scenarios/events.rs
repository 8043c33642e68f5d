//! The events of a test.

use crate::base::{Millis, Timestamp};
use crate::config::declared::TestEvent;
use crate::config::document::Spanned;
use crate::config::members::Slot;
use crate::config::node::{Entry, Node, Value};
use crate::config::vocabulary::{MOST_REPEATED, TEST_EVENT, names};
use crate::diagnostic::{Faults, codes, nearest};

use super::{json, maps, moments};

pub(super) fn read(slot: &Slot<'_>, start: Timestamp, faults: &mut Faults) -> Vec<TestEvent> {
    let nodes = maps(slot, faults);
    nodes.into_iter().filter_map(|node| event(node, start, faults)).collect()
}

fn event(node: &Node, start: Timestamp, faults: &mut Faults) -> Option<TestEvent> {
    let Value::Map(entries) = &node.value else { return None };
    // With the type as a text the attributes are beside it, whatever the type is called.
    let is_long = entries.iter().any(|entry| entry.key.is_text("type") && is_scalar(&entry.value));
    let mut kinds: Vec<&Entry> = Vec::new();
    let mut own: Vec<Slot<'_>> = Vec::new();
    for entry in entries {
        let word = entry.key.scalar_text().unwrap_or_default();
        let is_own = is_long || !matches!(&*word, "type" | "attributes");
        if let Some(member) = TEST_EVENT.iter().find(|member| is_own && member.is_called(&word)) {
            if let Some(first) = own.iter().find(|slot| slot.member.name == member.name) {
                faults.add(twice(&first.key.span, &entry.key, &word));
            }
            own.push(Slot { member, key: &entry.key, node: &entry.value });
        } else if let Value::Map(_) | Value::Null = entry.value.value {
            kinds.push(entry);
        } else {
            let help = match nearest(&word, names(&[TEST_EVENT])) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "attributes belong to the type: write `click: {item: a}`".to_owned(),
            };
            let message = format!("an event of a test has no `{word}`");
            faults.add(codes::UNKNOWN_MEMBER.at(entry.key.span.clone(), message).help(help));
            // What was meant is not known, and its lack would be another fault.
            return None;
        }
    }
    let get = |name: &str| own.iter().find(|slot| slot.member.name == name);
    let (kind, attributes) = match (kinds.as_slice(), get("type")) {
        ([kind], None) => (&kind.key, Some(&kind.value)),
        ([], Some(slot)) => (slot.node, get("attributes").map(|slot| slot.node)),
        ([other, ..], Some(slot)) => {
            let message = "an event of a test is of one type, which `type` says";
            let fault = codes::BAD_TEST.at(other.key.span.clone(), message);
            faults.add(fault.label(slot.key.span.clone(), "").help("write an entry for each"));
            return None;
        }
        ([], None) => {
            let message = "an event of a test has no type";
            let help = "write the type with the attributes: `{at: 0s, click: {item: a}}`";
            faults.add(codes::BAD_TEST.at(node.span.clone(), message).help(help));
            return None;
        }
        ([first, second, ..], None) => {
            let name = |entry: &Entry| entry.key.scalar_text().unwrap_or_default();
            let (one, two) = (name(first), name(second));
            let message = format!("an event of a test is of one type, not of `{one}` and `{two}`");
            let fault = codes::BAD_TEST.at(second.key.span.clone(), message);
            faults.add(fault.label(first.key.span.clone(), "").help("write an entry for each"));
            return None;
        }
    };
    let Some(at) = get("at") else {
        let message = "an event of a test needs `at`";
        let help = "add the time, from the start of the test: `at: 0s`";
        faults.add(codes::MISSING_MEMBER.at(node.span.clone(), message).help(help));
        return None;
    };
    let at = moments::read(at.node, start, faults)?.0;
    let repeat = get("repeat").map_or(Some(1), |slot| repeat(slot, faults))?;
    let every = get("every").map(|slot| slot.duration(faults));
    let every = every.map_or(Some(Millis::ZERO), |every| every.map(|every| every.value))?;
    if let (Some(every), None) = (get("every"), get("repeat")) {
        let message = "`every` is the time from one event to the next, and there is one";
        let help = "say how often it comes: `repeat: 3`; or remove `every`";
        faults.add(codes::BAD_TEST.at(every.key.span.clone(), message).help(help));
        return None;
    }
    let last = at.plus(Millis(every.0.saturating_mul(i64::from(repeat - 1))));
    if let (Err(_), Some(slot)) = (last.believable(), get("every")) {
        let message = "the last of these events is outside 1971–2099";
        let help = "write fewer events, or a shorter `every`";
        faults.add(codes::BAD_MOMENT.at(slot.node.span.clone(), message).help(help));
        return None;
    }
    let attributes = match attributes.map(|node| (&node.value, node)) {
        Some((Value::Map(entries), _)) => json::object(entries, faults)?,
        Some((Value::Null, _)) | None => serde_json::Map::new(),
        Some((_, node)) => {
            let message = "`attributes` takes a map";
            let help = "write `attributes: {item: a}`";
            faults.add(codes::WRONG_KIND.at(node.span.clone(), message).help(help));
            return None;
        }
    };
    let id = get("id").map(|slot| json::value(slot.node, faults));
    Some(TestEvent {
        at,
        kind: Spanned { value: kind.scalar_text()?, span: kind.span.clone() },
        id: id.map_or(Some(None), |id| id.map(Some))?,
        attributes,
        repeat,
        every,
        line: node.line,
    })
}

const fn is_scalar(node: &Node) -> bool {
    !matches!(node.value, Value::Map(_) | Value::Null | Value::List(_) | Value::Tagged)
}

/// How often an event comes.
fn repeat(slot: &Slot<'_>, faults: &mut Faults) -> Option<u32> {
    let Value::Integer(number) = slot.node.value else {
        slot.refuse(slot.node, faults);
        return None;
    };
    let repeat = u32::try_from(number).ok().filter(|repeat| (1..=MOST_REPEATED).contains(repeat));
    if repeat.is_none() {
        let message = format!("`repeat` is from 1 to {MOST_REPEATED}");
        let help = "write how many events there are, such as `repeat: 3`";
        faults.add(codes::BAD_NUMBER.at(slot.node.span.clone(), message).help(help));
    }
    repeat
}

/// A member that is there twice.
pub(super) fn twice(
    first: &std::ops::Range<usize>,
    second: &Node,
    word: &str,
) -> crate::diagnostic::Diagnostic {
    codes::DUPLICATE_KEY
        .at(second.span.clone(), format!("`{word}` is here twice"))
        .label(first.clone(), "first here")
        .help("keep one of them")
}
