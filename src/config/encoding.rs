//! The members of `events` that say how a log is written: its times and its
//! numbers.

use crate::base::events::{EventSettings, TextNumbers};
use crate::base::time_format::{FormatError, TimeFormat, translated};
use crate::base::time_rules::LocalZone;
use crate::diagnostic::{Faults, Label, codes};

use super::document::Named;
use super::members::{Members, Slot};
use super::node::Value;

/// Reads the members into the settings.
pub(super) fn read(
    members: &Members<'_>,
    settings: &mut EventSettings,
    named: &mut Named,
    faults: &mut Faults,
) {
    if let Some(slot) = members.get("timestamp") {
        timestamp(slot, settings, faults);
    }
    if let Some(slot) = members.get("time_format") {
        settings.times.format = time_format(slot, faults);
        if let Some(unit) = members.get("unit") {
            let help = "remove `unit`: with a format, numbers are read by their digits";
            exclude([&slot, &unit], help, faults);
        }
    }
    settings.times.zone = members.get("zone").and_then(|slot| zone(slot, faults));
    numbers(members, settings, named, faults);
}

/// Reports two members that exclude each other.
fn exclude(slots: [&Slot<'_>; 2], help: &str, faults: &mut Faults) {
    let [one, other] = slots.map(Slot::written);
    let message = format!("`{one}` and `{other}` exclude each other");
    let labels = slots.map(|slot| Label { span: slot.node.span.clone(), message: String::new() });
    faults.add(codes::CONFLICTING_MEMBERS.at_all(labels, message).help(help));
}

/// The zone of times that have none: a name, or an offset.
fn zone(slot: Slot<'_>, faults: &mut Faults) -> Option<LocalZone> {
    if let Some(ahead) = slot.node.scalar_text().and_then(|text| LocalZone::of_offset(&text)) {
        return Some(ahead);
    }
    if let Value::Integer(_) | Value::Float(_) = slot.node.value {
        let message =
            format!("`zone` is the name of a zone or an offset, not {}", slot.node.kind());
        let help = "write hours and minutes with a sign, in quotes: `zone: \"+02:00\"`";
        faults.add(codes::WRONG_KIND.at(slot.node.span.clone(), message).help(help));
        return None;
    }
    slot.zone(", or an offset, such as `+02:00`", faults).map(|zone| LocalZone::Named(zone.value))
}

/// Which texts are numbers.
fn numbers(
    members: &Members<'_>,
    settings: &mut EventSettings,
    named: &mut Named,
    faults: &mut Faults,
) {
    let (all, some) = (members.get("numbers"), members.get("number"));
    if all.is_some_and(|slot| slot.word(faults).is_some()) {
        settings.numbers = TextNumbers::All;
    }
    if let Some(slot) = some
        && let Some((elements, _)) = slot.elements(faults)
    {
        named.numbers = elements.iter().filter_map(|node| slot.text_of(node, faults)).collect();
        let names = named.numbers.iter().map(|name| name.value.clone());
        settings.numbers = TextNumbers::Of(names.collect());
    }
    if let (Some(all), Some(some)) = (all, some) {
        let help = "remove `number`: `numbers: text` is about all attributes";
        exclude([&all, &some], help, faults);
    }
}

/// The member with the time, and those that follow it.
fn timestamp(slot: Slot<'_>, settings: &mut EventSettings, faults: &mut Faults) {
    let Some((elements, _)) = slot.elements(faults) else { return };
    let names = elements.iter().filter_map(|node| slot.text_of(node, faults));
    let mut names = names.map(|name| name.value);
    settings.timestamp = names.next();
    settings.times.parts = names.collect();
}

fn time_format(slot: Slot<'_>, faults: &mut Faults) -> Option<TimeFormat> {
    let written = slot.text(faults)?;
    let error = match TimeFormat::new(&written.value) {
        Ok(format) => return Some(format),
        Err(error) => error,
    };
    let help = match (&error, translated(&written.value)) {
        (_, Some(pattern)) => format!("did you mean `{pattern}`?"),
        (FormatError::Abbreviation, _) => "write `%z` for an offset such as +0200, or the \
             abbreviation itself, such as `UTC`"
            .to_owned(),
        (FormatError::NoTimeOfDay, _) => {
            "write `%H` for an hour of 24, or `%p` beside `%I`".to_owned()
        }
        (FormatError::NoDay | FormatError::Unknown(_), _) => "write it in the words of strftime: \
             `%Y%m%d%H` for 2014102103, `%d/%b/%Y:%H:%M:%S %z` for 21/Oct/2014:03:00:00 +0000"
            .to_owned(),
    };
    let message = format!("the format `{}` {error}", written.value);
    faults.add(codes::BAD_TIME_FORMAT.at(written.span, message).help(help));
    None
}

#[cfg(test)]
mod tests {
    use super::super::node::Node;
    use super::super::vocabulary::EVENTS;
    use super::*;

    /// The settings that the members of a section give, and the codes and remedies of its faults.
    fn settings(text: &str) -> (EventSettings, Vec<(&'static str, String)>) {
        let mut faults = Faults::default();
        let mut settings = EventSettings::default();
        let node = Node::read(text).unwrap();
        let members = Members::read(&node, "`events`", &[EVENTS], &mut faults).unwrap();
        read(&members, &mut settings, &mut Named::default(), &mut faults);
        let faults = faults.into_vec().into_iter();
        (settings, faults.map(|fault| (fault.code, fault.help.unwrap_or_default())).collect())
    }

    #[test]
    fn a_time_may_have_several_members_and_a_format() {
        let (settings, faults) =
            settings("{timestamp: [date, hour, 7], time_format: '%Y%m%d %H%M %S'}");
        assert_eq!(faults, []);
        assert_eq!(settings.timestamp.as_deref(), Some("date"));
        assert_eq!(settings.times.parts, ["hour", "7"]);
        assert_eq!(settings.times.format.unwrap().pattern(), "%Y%m%d %H%M %S");
    }

    #[test]
    fn texts_are_numbers_where_the_config_says_so() {
        for (text, numbers) in [
            ("{}", TextNumbers::None),
            ("{numbers: text}", TextNumbers::All),
            ("{number: price}", TextNumbers::Of(vec!["price".into()])),
            ("{number: [a, b.c]}", TextNumbers::Of(vec!["a".into(), "b.c".into()])),
        ] {
            let (settings, faults) = settings(text);
            assert_eq!((settings.numbers, faults), (numbers, vec![]), "{text}");
        }
    }

    #[test]
    fn a_bad_format_is_told_with_a_better_one() {
        for (text, code, help) in [
            ("{time_format: yyyyMMdd}", "bad-time-format", "did you mean `%Y%m%d`?"),
            ("{time_format: '%H:%M'}", "bad-time-format", "`%Y%m%d%H` for 2014102103"),
            ("{time_format: '%Y-%m-%d %Q'}", "bad-time-format", "in the words of strftime"),
            ("{time_format: '%Y-%m-%d %Z'}", "bad-time-format", "write `%z`"),
            ("{time_format: '%Y-%m-%d %I'}", "bad-time-format", "`%p` beside `%I`"),
            ("{time_format: '%Y%m%d', unit: s}", "conflicting-members", "remove `unit`"),
            ("{time_format: 7}", "wrong-kind", "in quotes"),
            ("{numbers: text, number: a}", "conflicting-members", "remove `number`"),
            ("{zone: Berlin}", "unknown-word", "did you mean `Europe/Berlin`?"),
            ("{zone: 2}", "wrong-kind", "`zone: \"+02:00\"`"),
            ("{zone: '+25:00'}", "unknown-word", "or an offset, such as `+02:00`"),
            ("{numbers: txt}", "unknown-word", "`text`"),
            ("{number: []}", "wrong-kind", "the name of an attribute"),
            ("{timestamp: []}", "wrong-kind", "the name of an attribute"),
            ("{timestamp: [a, [b]]}", "wrong-kind", ""),
        ] {
            let (_, faults) = settings(text);
            assert_eq!(faults.iter().map(|(code, _)| *code).collect::<Vec<_>>(), [code], "{text}");
            assert!(faults[0].1.contains(help), "{text}: {}", faults[0].1);
        }
    }
}
