//! The reader of the sections besides `features`: how the log is read, impressions, defaults,
//! lints, tests.

use crate::base::events::{Format, Order};
use crate::base::time::TimeUnit;
use crate::diagnostic::{Faults, codes};

use super::dialect;
use super::document::{Defaults, Document};
use super::encoding;
use super::impressions::impressions;
use super::joined;
use super::line_events;
use super::lints;
use super::members::{Members, Slot};
use super::metadata;
use super::metarank;
use super::node::Node;
use super::scenarios;
use super::vocabulary::{DEFAULTS, EVENTS, METARANK_SECTIONS, SECTIONS};

/// Reads all sections except `features` into the document; returns `features`.
pub(super) fn read<'n>(
    root: &'n Node,
    document: &mut Document,
    faults: &mut Faults,
) -> Option<Slot<'n>> {
    let sections = Members::read(root, "the config", &[SECTIONS, METARANK_SECTIONS], faults)?;
    // Metarank's settings come first, because the config's own sections override them.
    metarank::settings(&sections, &mut document.events.impressions, faults);
    if let Some(slot) = sections.get("impressions") {
        impressions(slot.node, &mut document.events.impressions, faults);
    }
    if let Some(slot) = sections.get("events") {
        events(slot.node, document, faults);
    }
    if let Some(slot) = sections.get("defaults") {
        document.defaults = defaults(slot.node, faults);
    }
    if let Some(word) = sections.get("semantics").and_then(|slot| slot.word(faults)) {
        let message = format!("`semantics: {}` is not supported yet", word.value);
        let help = "remove it: windows are then as Metarank's documentation describes them";
        faults.add(codes::NOT_SUPPORTED.at(word.span, message).help(help));
    }
    if let Some(slot) = sections.get("lints") {
        document.lints = lints::read(slot, faults);
    }
    if let Some(slot) = sections.get("tests") {
        document.tests = scenarios::read(slot, faults);
    }

    metarank::report(&sections, document, faults);
    sections.get("features")
}

fn events(node: &Node, document: &mut Document, faults: &mut Faults) {
    let Document { events: settings, timezone, entities, named, .. } = document;
    let Some(members) = Members::read(node, "`events`", &[EVENTS], faults) else { return };
    let id = members.get("id").and_then(|slot| slot.text(faults));
    settings.id = id.map(|id| id.value);
    named.known = members.get("known").and_then(|slot| slot.text(faults));
    settings.known = named.known.as_ref().map(|known| known.value.clone());
    line_events::read(&members, settings, named, faults);
    let mut word = |name: &str| members.get(name).and_then(|s| s.word(faults)).map(|w| w.value);
    settings.format = word("format").map(|word| match word {
        "metarank" => Format::Metarank,
        _ => Format::Flat,
    });
    settings.times.unit = word("unit").map(|word| match word {
        "s" => TimeUnit::Seconds,
        "ms" => TimeUnit::Millis,
        "us" => TimeUnit::Micros,
        _ => TimeUnit::Nanos,
    });
    if word("order") == Some("log") {
        settings.order = Order::Log;
    }
    *timezone = members.get("timezone").and_then(|slot| slot.zone("", faults));
    let dedup = members.get("dedup").and_then(|slot| slot.duration(faults));
    settings.dedup = dedup.map(|span| span.value);
    encoding::read(&members, settings, named, faults);
    dialect::read(&members, &mut settings.dialect, faults);
    *entities = metadata::read(&members, settings, faults);
    joined::refuse(&members, entities, faults);
}

fn defaults(node: &Node, faults: &mut Faults) -> Defaults {
    let Some(members) = Members::read(node, "`defaults`", &[DEFAULTS], faults) else {
        return Defaults::default();
    };
    let mut duration = |name: &str| members.get(name).and_then(|slot| slot.duration(faults));
    let (refresh, ttl, bucket) = (duration("refresh"), duration("ttl"), duration("bucket"));
    let has_bad_bucket = bucket.is_none() && members.get("bucket").is_some();
    Defaults { refresh, ttl, bucket, has_bad_bucket }
}

#[cfg(test)]
mod tests {
    use crate::base::Millis;
    use crate::base::events::{Dialect, EventSettings, ImpressionSettings, TextNumbers, Yields};
    use crate::base::metadata::Metadata;
    use crate::base::time_rules::TimeRules;
    use crate::diagnostic::Severity;

    use super::*;

    fn settings(text: &str) -> (EventSettings, Vec<&'static str>) {
        let mut document = Document::default();
        let mut faults = Faults::default();
        read(&Node::read(text).unwrap(), &mut document, &mut faults);
        let errors = faults.into_vec().into_iter().filter(|f| f.severity != Severity::Note);
        (document.events, errors.map(|fault| fault.code).collect())
    }

    #[test]
    fn events_say_how_the_log_is_read() {
        let (events, faults) = settings(
            "events: {format: flat, timestamp: a, type: b, id: c, unit: us, order: log, dedup: 1d, \
             known: d}",
        );
        let want = EventSettings {
            format: Some(Format::Flat),
            timestamp: Some("a".into()),
            kind: Some("b".into()),
            id: Some("c".into()),
            times: TimeRules::in_unit(TimeUnit::Micros),
            order: Order::Log,
            dedup: Some(Millis::DAY),
            yields: Yields::default(),
            numbers: TextNumbers::None,
            known: Some("d".into()),
            metadata: Metadata::default(),
            dialect: Dialect::default(),
            impressions: ImpressionSettings::default(),
        };
        assert_eq!((events, faults), (want, vec![]));
        for unit in ["s", "ms", "us", "ns"] {
            let (events, _) = settings(&format!("events: {{unit: {unit}}}"));
            assert_eq!(events.times.unit.map(TimeUnit::name), Some(unit));
        }
    }

    #[test]
    fn the_configs_own_impressions_win_over_metaranks() {
        let metarank = "core: {clickthrough: {maxSessionLength: 5m, other: [1]}}\n\
                        bootstrap: {syntheticImpression: {enabled: false, eventName: seen}}\n";
        let read = |text: &str| {
            let (events, faults) = settings(text);
            let ImpressionSettings { enabled, name, session, .. } = events.impressions;
            (enabled, name, session.to_string(), faults)
        };
        assert_eq!(read(metarank), (false, "seen".into(), "5m".into(), vec![]));
        let own = "impressions: {enabled: true, name: shown, session: 1h}\n";
        assert_eq!(read(&format!("{own}{metarank}")), (true, "shown".into(), "1h".into(), vec![]));
        let (.., faults) = read("core: {clickthrough: {maxSessionLength: 5}}");
        assert_eq!(faults, ["bad-duration"]);
        assert_eq!(read("core:\nbootstrap: []\nmodels: 7\n").3, Vec::<&str>::new());
    }
}
