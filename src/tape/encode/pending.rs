//! Values that wait for their numbers. It must not know lines.
//!
//! The numbers of values lie all over memory. Asked for one at a time, each would be waited for;
//! asked for by the hundred, the processor fetches several at once. So a value's number is asked
//! for only when enough of them have come together.

use std::hint::black_box;

use crate::base::Value;

use super::interner::{Hash, InlineStr, Interner, Place};
use crate::tape::columns::dictionary::{Datum, DatumRef};

/// How many values are asked for at once.
const MANY: usize = 2048;
/// How many are fetched together: several times as many as the processor keeps under way, since
/// the last of them are waited for.
const TOGETHER: usize = 128;

/// Values that wait.
#[derive(Clone, Debug)]
pub(in crate::tape) struct InternQueue {
    /// Of each dictionary, in the order in which they came.
    values: Vec<Vec<Waiting>>,
    /// How many they are together.
    count: usize,
    /// The long texts among them, one behind the other.
    texts: String,
    /// Those that are neither text nor number.
    others: Vec<Value>,
}

/// A value that waits.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    /// What it is, or its hash.
    bits: [u64; 2],
    /// The cell that its number goes to.
    cell: u32,
    shape: Shape,
    /// Whether things are joined by its text, so that a number needs a twin that is text.
    is_identity: bool,
}

/// What the bits of a value are.
#[derive(Clone, Copy, Debug)]
enum Shape {
    InlineStr,
    Integer,
    Float,
    /// A hash, of a text that is kept from here on.
    Long {
        start: u32,
        length: u32,
    },
    /// A hash, of a value that is kept here.
    Other(u32),
}

/// Where numbers and what they stand for go to.
pub(in crate::tape) struct Sink<'s> {
    pub(in crate::tape) interners: &'s mut [Interner],
    pub(in crate::tape) cells: &'s mut [u32],
    pub(in crate::tape) values: &'s mut Vec<(usize, Value)>,
    pub(in crate::tape) text_aliases: &'s mut Vec<(usize, u32, u32)>,
}

impl InternQueue {
    /// Nothing waits for any of so many dictionaries.
    pub(in crate::tape) fn new(dictionaries: usize) -> Self {
        let values = vec![Vec::new(); dictionaries];
        Self { values, count: 0, texts: String::new(), others: Vec::new() }
    }

    /// Puts a value behind those that wait.
    #[inline]
    pub(in crate::tape) fn push(
        &mut self,
        datum: DatumRef<'_>,
        dictionary: usize,
        cell: usize,
        is_identity: bool,
    ) {
        let (bits, shape) = match datum {
            DatumRef::Text(text) => {
                if let Some(short) = InlineStr::of(text) {
                    (short.halves(), Shape::InlineStr)
                } else {
                    let start = self.texts.len() as u32;
                    self.texts.push_str(text);
                    let shape = Shape::Long { start, length: text.len() as u32 };
                    (Hash::of_long(text).halves(), shape)
                }
            }
            DatumRef::Integer(whole) => ([whole as u64, 0], Shape::Integer),
            DatumRef::Float(number) => ([number.to_bits(), 0], Shape::Float),
            DatumRef::Bool(flag) => {
                self.keep(Hash::of_other(&Datum::Bool(flag)), Value::Bool(flag))
            }
            DatumRef::Other(datum) => self.keep(Hash::of_other(datum), datum.to_value()),
        };
        self.values[dictionary].push(Waiting { bits, cell: cell as u32, shape, is_identity });
        self.count += 1;
    }

    fn keep(&mut self, hash: Hash, value: Value) -> ([u64; 2], Shape) {
        self.others.push(value);
        (hash.halves(), Shape::Other(self.others.len() as u32 - 1))
    }

    /// Whether it is time to ask for the numbers.
    #[inline]
    pub(in crate::tape) const fn is_full(&self) -> bool {
        self.count >= MANY
    }

    /// Gives all their numbers.
    pub(in crate::tape) fn settle(&mut self, sink: Sink<'_>) {
        let Sink { interners, cells, values, text_aliases } = sink;
        let mut hashes = [Hash::of_integer(0); TOGETHER];
        let mut places = [Place::default(); TOGETHER];
        for (dictionary, (all, interner)) in self.values.iter().zip(interners).enumerate() {
            for together in all.chunks(TOGETHER) {
                for ((hash, place), waiting) in hashes.iter_mut().zip(&mut places).zip(together) {
                    *hash = waiting.hash();
                    *place = interner.place(*hash);
                }
                // All are fetched at once: none of these loads waits for another, and there is so
                // little between them that the processor sees many of them together.
                let touched = places[..together.len()].iter();
                black_box(touched.fold(0, |sum, place| sum ^ interner.touch(*place)));
                let mut holds = true;
                for ((hash, place), waiting) in hashes.iter().zip(&places).zip(together) {
                    let place = if holds { *place } else { interner.place(*hash) };
                    let (id, is_new) = interner.intern_at(place, *hash);
                    cells[waiting.cell as usize] = id;
                    if !is_new {
                        continue;
                    }
                    holds = false;
                    let value = self.value(waiting);
                    let text = match &value {
                        Value::Text(_) => None,
                        value if waiting.is_identity => value.key_text(),
                        _ => None,
                    };
                    values.push((dictionary, value));
                    if let Some(text) = text {
                        let (twin, is_new) = interner.intern(Hash::of_text(&text));
                        if is_new {
                            values.push((dictionary, Value::Text(text)));
                        }
                        text_aliases.push((dictionary, id, twin));
                    }
                }
            }
        }
        self.values.iter_mut().for_each(Vec::clear);
        self.count = 0;
        self.texts.clear();
        self.others.clear();
    }

    /// The value of one that waits.
    fn value(&self, waiting: &Waiting) -> Value {
        let first = waiting.bits[0];
        match waiting.shape {
            Shape::InlineStr => Value::Text(InlineStr::from_halves(waiting.bits).text()),
            Shape::Integer => Value::Integer((first as i64).into()),
            Shape::Float => Value::Float(f64::from_bits(first)),
            Shape::Long { start, length } => {
                let (start, end) = (start as usize, start as usize + length as usize);
                Value::Text(self.texts.get(start..end).unwrap_or_default().to_owned())
            }
            Shape::Other(place) => self.others[place as usize].clone(),
        }
    }
}

impl Waiting {
    #[inline]
    const fn hash(&self) -> Hash {
        match self.shape {
            Shape::InlineStr => Hash::of_short(InlineStr::from_halves(self.bits)),
            Shape::Integer => Hash::of_integer(self.bits[0] as i64),
            Shape::Float => Hash::of_float(f64::from_bits(self.bits[0])),
            Shape::Long { .. } | Shape::Other(_) => Hash::from_halves(self.bits),
        }
    }
}
