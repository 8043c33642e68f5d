//! Any bytes as a log, of whatever encoding they turn out to be: every line is accounted for,
//! events come in order, what is read does not depend on what else is wanted, and the scanner
//! reads what the parser reads.

use counterscope::base::events::{EventSettings, ImpressionSettings, Order, Yields};
use counterscope::base::filter::{Condition, Filter};
use counterscope::base::metadata::{Entity, Metadata, MetadataSource};
use counterscope::base::{Comparison, Millis};
use counterscope::log::{EventSource, Reader};
use counterscope::tape::{Demand, Tape, TapeWriter};

/// Reads the bytes in several ways.
pub(crate) fn run(data: &[u8]) {
    let impressions = ImpressionSettings { used: true, ..ImpressionSettings::default() };
    let plain = EventSettings::default();
    let strict = EventSettings {
        id: Some("id".to_owned()),
        dedup: Some(Millis::DAY),
        impressions,
        ..EventSettings::default()
    };
    let as_it_lies = EventSettings { order: Order::Log, ..EventSettings::default() };
    let flag = |kind: &str| (kind.to_owned(), "v".to_owned());
    let flags = Yields {
        constant: Some("row".to_owned()),
        flags: vec![flag("a"), flag("b")],
        ..Yields::default()
    };
    let each = Yields { each: Some("items".to_owned()), ..flags.clone() };
    let [flags, each] =
        [flags, each].map(|yields| EventSettings { yields, ..EventSettings::default() });
    let joined = EventSettings {
        known: Some("t".to_owned()),
        metadata: Metadata {
            entities: vec![Entity { name: "item".to_owned(), on: "item".to_owned() }],
            sources: vec![MetadataSource {
                entity: 0,
                key: "id".to_owned(),
                when: Some(Filter(vec![Condition::Attribute(
                    "v".to_owned(),
                    Comparison::Exists(true),
                )])),
                file: None,
            }],
            of_file: None,
        },
        ..EventSettings::default()
    };
    let little = read(data, &plain, &[]);
    for (settings, names) in [
        (&plain, &["v", "a.b", "item", "item.brand"][..]),
        (&strict, &["user"]),
        (&as_it_lies, &[]),
        (&flags, &["v"]),
        (&joined, &["v", "item.v", "item.a.b"]),
        (&each, &["id", "items[].id", "items[0].a", "items[id=a].b"]),
    ] {
        same(data, settings, names);
        let Some(tape) = read(data, settings, names) else {
            assert!(little.is_none(), "a fault of the file does not depend on the settings");
            continue;
        };
        let times = tape.times(..);
        let ordered = (0..tape.events()).map(|event| times[tape.end_row(event)]);
        assert!(settings.order == Order::Log || ordered.is_sorted(), "events are out of order");
        for column in (0..names.len()).map(|attribute| tape.column(attribute)) {
            assert_eq!(column.ids(..).len(), tape.rows());
            assert!(column.ids(..).iter().all(|id| *id == 0 || column.value(*id).is_some()));
        }
    }
}

/// Compares each batch of the scanner with the parser's.
fn same(data: &[u8], settings: &EventSettings, names: &[&str]) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let reader = || Reader::embedded("fuzz", data.to_vec(), settings, &names);
    let (mut scanner, mut parser) = (reader(), reader().parse_only());
    loop {
        let batches = (scanner.next_batch().ok().flatten(), parser.next_batch().ok().flatten());
        assert_eq!(batches.0, batches.1, "the scanner reads something else than the parser");
        if batches.0.is_none() {
            break;
        }
    }
}

/// The tape, unless the file is faulty as a whole.
fn read(data: &[u8], settings: &EventSettings, names: &[&str]) -> Option<Tape> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut reader = Reader::embedded("fuzz", data.to_vec(), settings, &names);
    let mut tape =
        TapeWriter::new(Demand { settings: settings.clone(), attributes: names, listed: false });
    while let Some(batch) = reader.next_batch().ok()? {
        tape.extend(batch);
    }
    tape.finish();
    let accounted = tape.events() as u64 + tape.rejections().total();
    let lines = reader.progress().lines;
    assert!(settings.yields.several() || accounted <= lines, "more events than lines");
    Some(Tape::clone(&tape))
}
