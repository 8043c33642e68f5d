//! The registry of formats and encodings, and their detection from lines. A new one is a file here
//! and a line in its table.

use serde_json::Value as Json;

use crate::base::events::{EventSettings, Format};
use crate::base::time::TimeUnit;
use crate::tape::{Datum, Layout};

use super::flat::{self, Members};
use super::json::value::lenient_object;
use super::line::unit_of;
use super::metarank;
use super::reading::LineReader;
use super::source::Compression;

/// The encoding of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// JSON objects, one per line: any format.
    Json,
    /// JSON objects in a list, several on a line or over several lines: any format.
    Objects,
    /// Delimited text with a header, one record per event: flat.
    Csv,
    /// Parquet, one row per event: flat.
    Parquet,
}

/// All encodings, with their names and magic bytes. CSV is recognised by its first line, JSON that is
/// no lines by its first object; everything else is taken for JSON lines.
const ENCODINGS: [(Encoding, &str, Option<&[u8]>); 4] = [
    (Encoding::Json, "NDJSON", None),
    (Encoding::Objects, "JSON", None),
    (Encoding::Csv, "CSV", None),
    (Encoding::Parquet, "Parquet", Some(b"PAR1")),
];

impl Encoding {
    /// The name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        ENCODINGS[self as usize].1
    }

    /// The encoding with the compression around it: `CSV, gzip`.
    pub(super) fn within(self, compression: Compression) -> String {
        match compression {
            Compression::None => self.name().to_owned(),
            _ => format!("{}, {}", self.name(), compression.name()),
        }
    }

    /// The encoding with these magic bytes.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let begins = |magic: Option<&[u8]>| magic.is_some_and(|magic| head.starts_with(magic));
        ENCODINGS.into_iter().find(|(.., magic)| begins(*magic)).map(|(encoding, ..)| encoding)
    }
}

/// A format of lines.
struct Entry {
    format: Format,
    /// The name in the config.
    name: &'static str,
    /// Recognises an object as an event of this format, and finds its members.
    recognise: fn(&EventSettings, &serde_json::Map<String, Json>) -> Option<Members>,
    /// The default members, if no line determines them.
    usual: fn(&EventSettings) -> Members,
    /// Makes its reader, with or without a scanner in front.
    reader: fn(&EventSettings, &Members, &Layout, bool) -> Box<dyn LineReader>,
}

/// All formats, the most specific first; the first that recognises a line is chosen.
const FORMATS: [Entry; 2] = [
    Entry {
        format: Format::Metarank,
        name: "metarank",
        recognise: |settings, object| {
            // Named members imply a flat log: Metarank's members have fixed names.
            let EventSettings { timestamp, kind, yields, known, .. } = settings;
            let says_type = kind.is_some() || yields.constant.is_some();
            let named = timestamp.is_some() || says_type || yields.several() || known.is_some();
            (!named && metarank::recognise(object)).then(metarank_members)
        },
        usual: |_| metarank_members(),
        reader: |_, _, layout, scans| metarank::reader(layout, scans),
    },
    Entry {
        format: Format::Flat,
        name: "flat",
        recognise: |settings, object| {
            let each = settings.yields.each.as_deref();
            Members::of(settings, |path| flat::has_in_either(object, path, each))
        },
        usual: Members::usual,
        reader: flat::reader,
    },
];

fn metarank_members() -> Members {
    Members { timestamp: Some("timestamp".to_owned()), kind: Some("type".to_owned()) }
}

/// The detected shape of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) format: Format,
    pub(super) members: Members,
    /// The unit of numeric times; `None` for text.
    pub(super) unit: Option<TimeUnit>,
}

impl Shape {
    /// The shape that a line implies; `None` if it is an event of no format that the settings
    /// allow.
    pub(super) fn of(settings: &EventSettings, text: &str) -> Option<Self> {
        // Values that no feature requires may be unreadable: a line is recognised by the rest.
        let object = lenient_object(text)?;
        let (entry, members) = FORMATS
            .iter()
            .filter(|entry| settings.format.is_none_or(|format| format == entry.format))
            .find_map(|entry| Some((entry, (entry.recognise)(settings, &object)?)))?;
        let unit = match members.timestamp.as_ref().and_then(|time| object.get(time)) {
            Some(Json::String(text)) => unit_of(&Datum::text(text), &settings.times),
            Some(Json::Number(number)) => {
                let whole = number.as_i64().map(|whole| Datum::Integer(whole.into()));
                let time = whole.or_else(|| number.as_f64().and_then(Datum::number));
                time.and_then(|time| unit_of(&time, &settings.times))
            }
            _ => None,
        };
        Some(Self { format: entry.format, members, unit })
    }

    /// True if no other line could change it: the format is the first of those allowed, and no
    /// type or time is left to be found.
    pub(super) fn is_certain(&self, settings: &EventSettings) -> bool {
        let is_first = settings.format.is_some() || self.format == FORMATS[0].format;
        is_first && !self.lacks_type(settings) && self.members.timestamp.is_some()
    }

    /// True if the shape of another line is to be taken instead.
    pub(super) fn gives_way_to(&self, other: &Self, settings: &EventSettings) -> bool {
        let lacks_time = |shape: &Self| shape.members.timestamp.is_none();
        other.is_certain(settings)
            || (self.lacks_type(settings) && !other.lacks_type(settings))
            || (lacks_time(self) && !lacks_time(other))
    }

    /// True if a member could hold the type, and none does.
    fn lacks_type(&self, settings: &EventSettings) -> bool {
        self.members.kind.is_none() && flat::has_type(settings)
    }

    /// The default shape, if no line determines it.
    pub(super) fn usual(settings: &EventSettings) -> Self {
        let format = settings.format.unwrap_or(Format::Flat);
        Self { format, members: (entry(format).usual)(settings), unit: None }
    }

    pub(super) fn reader(
        &self,
        settings: &EventSettings,
        layout: &Layout,
        scans: bool,
    ) -> Box<dyn LineReader> {
        (entry(self.format).reader)(settings, &self.members, layout, scans)
    }

    /// The format's name in a config.
    pub(super) fn name(&self) -> &'static str {
        entry(self.format).name
    }
}

/// The table entry of a format.
fn entry(format: Format) -> &'static Entry {
    const LAST: &Entry = &FORMATS[FORMATS.len() - 1];
    FORMATS.iter().find(|entry| entry.format == format).unwrap_or(LAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Option<(Format, String, String)> {
        let shape = Shape::of(&EventSettings::default(), text)?;
        Some((shape.format, shape.members.timestamp?, shape.members.kind?))
    }

    #[test]
    fn the_table_has_every_format_once() {
        for format in [Format::Metarank, Format::Flat] {
            assert_eq!(FORMATS.iter().filter(|entry| entry.format == format).count(), 1);
            assert_eq!(entry(format).format, format);
        }
    }

    #[test]
    fn the_table_has_every_encoding_at_its_place() {
        for encoding in [Encoding::Json, Encoding::Objects, Encoding::Csv, Encoding::Parquet] {
            assert_eq!(ENCODINGS[encoding as usize].0, encoding);
        }
        assert_eq!(Encoding::of(b"PAR1"), Some(Encoding::Parquet));
        assert_eq!(Encoding::of(b"PAR"), None);
    }

    #[test]
    fn metarank_is_told_by_its_shape_and_not_by_a_word() {
        for line in [
            r#"{"event":"interaction","id":"1","timestamp":"1718000000926","type":"click","item":"a"}"#,
            r#"{"event":"ranking","id":"1","timestamp":1718000000926,"items":[]}"#,
            r#"{"event":"metadata","item":"a","timestamp":1718000000926,"fields":[]}"#,
            r#"{"event":"user","user":"a","timestamp":1718000000926,"fields":[]}"#,
        ] {
            assert_eq!(told(line).map(|(format, ..)| format), Some(Format::Metarank), "{line}");
        }
        for line in [
            r#"{"event":"user","timestamp":1718000000926,"user":"a"}"#,
            r#"{"event":"item","timestamp":1718000000926,"item":"a","fields":3}"#,
            r#"{"event":"interaction","timestamp":1718000000926,"item":"a"}"#,
            r#"{"event":"click","timestamp":1718000000926,"type":"x","item":"a"}"#,
        ] {
            assert_eq!(told(line).map(|(format, ..)| format), Some(Format::Flat), "{line}");
        }
    }

    #[test]
    fn the_first_usual_member_is_taken() {
        let line = r#"{"time":1718000000,"ts":1718000000,"action":"a","event":"b"}"#;
        assert_eq!(told(line), Some((Format::Flat, "ts".into(), "event".into())));
        for nothing in
            [r#"{"ts":1718000000}"#, r#"{"event":"a"}"#, "[]", "{", r#"{"ts":null,"type":1}"#]
        {
            assert_eq!(told(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn named_members_mean_a_flat_log() {
        let settings = EventSettings { kind: Some("type".into()), ..EventSettings::default() };
        let line = r#"{"event":"interaction","timestamp":1718000000,"type":"click","item":"a"}"#;
        let shape = Shape::of(&settings, line).unwrap();
        assert_eq!(shape.format, Format::Flat);
        assert_eq!(shape.unit, Some(TimeUnit::Seconds));
        let nested =
            EventSettings { timestamp: Some("meta.at".into()), ..EventSettings::default() };
        let line = r#"{"meta":{"at":"2024-06-10"},"type":"click"}"#;
        assert_eq!(Shape::of(&nested, line).unwrap().members.timestamp.as_deref(), Some("meta.at"));
    }
}
