//! What the bodies that write logs share: bytes as choices, and what a log tells however it is read.

use counterscope::base::Value;
use counterscope::base::events::EventSettings;
use counterscope::log::{EventSource, Reader};
use counterscope::tape::{Demand, Reason, RowKind, TapeWriter};

/// The moment from which the times of logs are counted, in seconds.
pub(crate) const START: i64 = 1_718_000_000;

/// Bytes as choices; 0 behind the last.
pub(crate) struct Choices<'d>(pub(crate) &'d [u8]);

impl Choices<'_> {
    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// One choice of so many.
    pub(crate) fn below(&mut self, choices: u8) -> u8 {
        self.byte() % choices
    }

    pub(crate) fn is(&mut self) -> bool {
        self.below(2) == 1
    }

    pub(crate) fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::from(self.byte()) % all.len()]
    }

    /// A text of a few bytes.
    pub(crate) fn text(&mut self) -> String {
        let length = usize::from(self.below(12)).min(self.0.len());
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        String::from_utf8_lossy(text).into_owned()
    }
}

/// An event as the tape has it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    /// In milliseconds.
    pub(crate) time: i64,
    pub(crate) kind: String,
    pub(crate) values: Vec<Option<Value>>,
}

/// All that a log tells.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    /// In the order of application.
    pub(crate) events: Vec<Event>,
    /// The line of each, and its number within that.
    pub(crate) places: Vec<(u64, Option<u64>)>,
    /// How many rows of metadata there are.
    pub(crate) metadata: usize,
    /// The lines that were rejected, by their reasons.
    pub(crate) rejected: Vec<(Reason, u64)>,
    /// The first of these: their reasons and lines.
    pub(crate) examples: Vec<(Reason, u64)>,
    /// How many lines there are.
    pub(crate) lines: u64,
}

impl Told {
    pub(crate) fn rejections(&self) -> u64 {
        self.rejected.iter().map(|(_, count)| count).sum()
    }
}

/// What a reader tells; `None` if the file is faulty as a whole.
pub(crate) fn told(mut reader: Reader, settings: &EventSettings, names: &[String]) -> Option<Told> {
    let demand = Demand { settings: settings.clone(), attributes: names.to_vec(), listed: false };
    let mut tape = TapeWriter::new(demand);
    while let Some(batch) = reader.next_batch().ok()? {
        tape.extend(batch);
    }
    tape.finish();
    let mut told = Told {
        events: Vec::new(),
        places: Vec::new(),
        metadata: 0,
        rejected: tape.rejections().by_count(),
        examples: Vec::new(),
        lines: reader.progress().lines,
    };
    let examples = tape.rejections().examples();
    told.examples.extend(examples.iter().map(|example| (example.reason, example.line)));
    for row in 0..tape.rows() {
        if tape.kind(row) == RowKind::Metadata {
            told.metadata += 1;
            continue;
        }
        let value = |attribute: usize| {
            let column = tape.column(attribute);
            column.ids(row..=row).first().and_then(|id| column.value(*id).cloned())
        };
        told.events.push(Event {
            time: tape.time(row),
            kind: tape.type_id(row).map(|id| tape.type_names()[usize::from(id)].clone()).unwrap(),
            values: (0..names.len()).map(value).collect(),
        });
        told.places.push((tape.line(row), tape.sub(row)));
    }
    Some(told)
}

/// What a log tells: as it is, in blocks of a few bytes, and without a scanner.
pub(crate) fn read(log: &[u8], settings: &EventSettings, names: &[&str]) -> Option<Told> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let reader = || Reader::embedded("fuzz", log.to_vec(), settings, &names);
    let whole = told(reader(), settings, &names);
    assert_eq!(told(reader().parse_only(), settings, &names), whole, "without a scanner");
    // The first block tells whether carriage returns alone end lines.
    if !log.contains(&b'\r') || log.windows(2).all(|pair| pair[0] != b'\r' || pair[1] == b'\n') {
        for bytes in [4, 5 + log.len() % 61] {
            let found = told(reader().in_blocks(bytes), settings, &names);
            assert_eq!(found, whole, "in blocks of {bytes} bytes");
        }
    }
    whole
}
