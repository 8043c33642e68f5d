//! A field of a type: how often it is there, of what kinds, and which values it has.

use xxhash_rust::xxh3::xxh3_64;

use crate::base::Timestamp;
use crate::log::Token;

use super::numbers::Totals;
use super::values::{Scalar, Values};

/// The most characters of a text that are kept.
const LONGEST: usize = 60;
/// Sets numbers apart from texts of the same bytes.
const NUMBERS: u64 = 0x9e37_79b9_7f4a_7c15;

/// The kind of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// A whole number, also one that is written with a fraction of zeros.
    Whole,
    /// Any other number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A list.
    List,
    /// An object.
    Object,
    /// `null`.
    Null,
}

impl Kind {
    /// Every kind, in the order of declaration.
    pub const ALL: [Self; 7] = [
        Self::Text,
        Self::Whole,
        Self::Number,
        Self::Boolean,
        Self::List,
        Self::Object,
        Self::Null,
    ];

    /// The name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Whole => "whole number",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::List => "list",
            Self::Object => "object",
            Self::Null => "null",
        }
    }

    /// True for what is counted as a value: neither a list nor an object nor `null`.
    #[must_use]
    pub const fn is_scalar(self) -> bool {
        !matches!(self, Self::List | Self::Object | Self::Null)
    }

    const fn of(token: &Token<'_>) -> Self {
        match token {
            Token::Null => Self::Null,
            Token::Bool(_) => Self::Boolean,
            Token::Integer(_) => Self::Whole,
            Token::Number(_) => Self::Number,
            Token::Text(_) => Self::Text,
            Token::List => Self::List,
            Token::Object => Self::Object,
        }
    }
}

/// The event that a value is of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context {
    /// Its number, from 1.
    pub(super) event: u64,
    /// `None` if it has no time.
    pub(super) time: Option<Timestamp>,
    pub(super) is_late: bool,
}

#[derive(Debug, Default)]
pub(super) struct Field {
    /// The events that have it, `null` aside.
    pub(super) events: u64,
    /// The last event that has it.
    pub(super) last_event: u64,
    /// The hash of its last value, if that is a text or a whole number.
    pub(super) last_hash: Option<u64>,
    pub(super) kinds: [u64; Kind::ALL.len()],
    /// The first and the last time of an event that has it.
    pub(super) seen: Option<(Timestamp, Timestamp)>,
    /// The first value, as JSON.
    pub(super) example: Option<Box<str>>,
    pub(super) values: Values,
    pub(super) numbers: Option<Box<Totals>>,
}

impl Field {
    /// A field of which nothing is wanted but how many events have each of its values.
    pub(super) fn counts_only() -> Self {
        Self { values: Values::counts_only(), ..Self::default() }
    }

    /// The number of its scalars.
    pub(super) fn scalars(&self) -> u64 {
        let scalars = Kind::ALL.into_iter().filter(|kind| kind.is_scalar());
        scalars.map(|kind| self.kinds[kind as usize]).sum()
    }

    /// Adds a value; `text` is it as JSON.
    #[inline]
    pub(super) fn add<'t>(
        &mut self,
        token: &Token<'_>,
        context: Context,
        text: impl FnOnce() -> &'t str,
    ) {
        self.kinds[Kind::of(token) as usize] += 1;
        let late = context.is_late;
        self.last_hash = None;
        match token {
            Token::Null => return,
            Token::List | Token::Object => {}
            Token::Text(value) => {
                let hash = xxh3_64(value.as_bytes());
                self.last_hash = Some(hash);
                self.values.add(hash, late, || Scalar::Text(cut(value)));
            }
            Token::Bool(flag) => {
                self.values.add(hash(i128::from(*flag) - 2) ^ 1, late, || Scalar::Bool(*flag));
            }
            Token::Integer(whole) => {
                self.number(*whole as f64);
                let hash = hash(*whole);
                self.last_hash = Some(hash);
                self.values.add(hash, late, || Scalar::Integer(*whole));
            }
            Token::Number(number) => {
                self.number(*number);
                let bits = i128::from(number.to_bits()) << 64;
                self.values.add(hash(bits), late, || Scalar::Number(*number));
            }
        }
        if self.last_event != context.event {
            self.last_event = context.event;
            self.events += 1;
            if let Some(time) = context.time {
                let seen = self.seen.get_or_insert((time, time));
                *seen = (seen.0.min(time), seen.1.max(time));
            }
        }
        if self.example.is_none() {
            self.example = Some(cut(text()));
        }
    }

    #[inline]
    fn number(&mut self, number: f64) {
        if !self.values.are_counts_only() {
            self.numbers.get_or_insert_default().add(number);
        }
    }
}

/// The hash of a text or a whole number.
#[inline]
pub(super) fn hash_of(token: &Token<'_>) -> Option<u64> {
    match token {
        Token::Text(text) => Some(xxh3_64(text.as_bytes())),
        Token::Integer(whole) => Some(hash(*whole)),
        _ => None,
    }
}

/// The hash of a value that is kept whole, if it is a text or a whole number.
pub(super) fn hash_of_scalar(value: &Scalar) -> Option<u64> {
    match value {
        Scalar::Text(text) if !text.ends_with('…') => Some(xxh3_64(text.as_bytes())),
        Scalar::Integer(whole) => Some(hash(*whole)),
        _ => None,
    }
}

#[inline]
fn hash(number: i128) -> u64 {
    xxh3_64(&number.to_le_bytes()) ^ NUMBERS
}

/// The begin of a text.
fn cut(text: &str) -> Box<str> {
    match text.char_indices().nth(LONGEST) {
        None => text.into(),
        Some((end, _)) => format!("{}…", &text[..end]).into(),
    }
}
