//! Parsers of the values of arguments.

use std::num::NonZeroUsize;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::base::{Timestamp, escape, quantity, typed_time};
use crate::dataset::{Content, Format};
use crate::session::protocol::Speed;

/// Parses the name of an output format that can write a content.
pub(super) fn format_names(content: Content) -> impl TypedValueParser<Value = &'static Format> {
    let value = |format: &'static Format| PossibleValue::new(format.name).help(format.doc);
    PossibleValuesParser::new(content.formats().map(value)).try_map(move |name| {
        let named = content.formats().find(|format| format.name == name);
        named.ok_or("there is no such format")
    })
}

/// The name of the format of a content that is not asked for in another one.
pub(super) fn default_format(content: Content) -> &'static str {
    content.formats().next().map_or("", |format| format.name)
}

/// Parses a moment, as [`typed_time`] reads it.
pub(super) fn time(text: &str) -> Result<Timestamp, String> {
    // The lines of what clap says are its own.
    typed_time::moment(text, None).map_err(|said| escape::printable(&said).into_owned())
}

/// Parses a whole number, 1 or more.
pub(super) fn positive(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "it must be a whole number, 1 or more".to_owned())
}

/// Parses a number of bytes, such as `512MiB`.
pub(super) fn size(text: &str) -> Result<u64, String> {
    quantity::parse_bytes(text)
        .ok_or_else(|| "write a size such as 512MiB, 2GiB or 1.5G".to_owned())
}

/// Parses a speed, in seconds of event time per second.
pub(super) fn speed(text: &str) -> Result<Speed, String> {
    if text == "max" {
        return Ok(Speed::Max);
    }
    let seconds = text.trim_end_matches(['x', '×']).parse::<f64>().ok().or_else(|| {
        let span: crate::base::Millis = text.parse().ok()?;
        Some(span.0 as f64 / 1000.0)
    });
    match seconds.filter(|seconds| seconds.is_finite() && *seconds > 0.0) {
        Some(seconds) => Ok(Speed::Times(seconds)),
        None => Err("write a number such as 60, a span such as 6h, or max".to_owned()),
    }
}
