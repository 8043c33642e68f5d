//! Lines into the encoder: a line is an object, or several, each of which may be several events.

use xxhash_rust::xxh3::xxh3_64;

use crate::base::events::EventSettings;
use crate::tape::{BatchEncoder, Reason};

use super::json::value::without_nan;
use super::line::{LineError, Origin, explain};
use super::lines::RawLine;
use super::numbering::Numbering;
use super::objects::several;
use super::reading::LineReader;

/// The byte order mark that some programs write.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Reads a line from its text, or rejects it.
pub(super) fn read(
    lines: &mut dyn LineReader,
    (settings, numbering): (&EventSettings, &mut Numbering),
    (number, line): (u32, &[u8]),
    text: Result<&str, Reason>,
    encoder: &mut BatchEncoder,
) {
    let mut object = |text: &str, encoder: &mut BatchEncoder| {
        let origin = Origin { hash: xxh3_64(text.as_bytes()), ..origin(settings, number) };
        let events = encoder.len();
        let read = read_object(lines, text, numbering.origin(origin), encoder);
        numbering.add(number, encoder.len() - events);
        read
    };
    let Err(reason) = text.and_then(|text| object(text, encoder)) else { return };
    if reason == Reason::InvalidJson
        && let Some(objects) = text.ok().and_then(several)
    {
        for text in objects {
            if let Err(reason) = object(text, encoder) {
                encoder.reject(reason, number, text.as_bytes());
            }
        }
        return;
    }
    encoder.reject(reason, number, line);
}

/// Reads an object, in which numbers may be what Python writes of those that are none.
fn read_object(
    lines: &mut dyn LineReader,
    text: &str,
    origin: Origin<'_>,
    encoder: &mut BatchEncoder,
) -> Result<(), Reason> {
    let first = encoder.len();
    match lines.read(text, origin, encoder) {
        Ok(()) => {
            encoder.keep_record(text, first);
            Ok(())
        }
        Err(LineError::Reason(reason)) => Err(reason),
        Err(LineError::Json) => {
            let Some(text) = without_nan(text) else { return Err(explain(text)) };
            let read = lines.read(&text, origin, encoder);
            encoder.keep_record(&text, first);
            read.map_err(|refusal| match refusal {
                LineError::Reason(reason) => reason,
                LineError::Json => explain(&text),
            })
        }
    }
}

/// The origin of a line.
pub(super) fn origin(settings: &EventSettings, number: u32) -> Origin<'_> {
    let dedup = settings.dedup.is_some();
    let times = &settings.times;
    Origin { number, hash: 0, times, arrivals: times, dedup, sub: 0, shares: 0 }
}

/// The bytes of a line, without a byte order mark if it strips one, and its text or the reason of
/// its rejection.
pub(super) fn parts<'l>(line: &RawLine<'l>, strips: bool) -> (&'l [u8], Result<&'l str, Reason>) {
    match *line {
        RawLine::Text(text) => {
            let text = text.strip_prefix(BYTE_ORDER_MARK).filter(|_| strips).unwrap_or(text);
            (text.as_bytes(), Ok(text))
        }
        RawLine::Bytes(line) => (line, Err(Reason::NotUtf8)),
        RawLine::TooLong(line) => (line, Err(Reason::LineTooLong)),
        RawLine::Damaged(line) => (line, Err(Reason::DamagedStream)),
    }
}

/// The text of a line, or the reason of its rejection.
pub(super) fn text(line: &[u8], fault: Option<Reason>) -> Result<&str, Reason> {
    match fault {
        None => std::str::from_utf8(line).map_err(|_| Reason::NotUtf8),
        Some(fault) => Err(fault),
    }
}

pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_whitespace())
}
