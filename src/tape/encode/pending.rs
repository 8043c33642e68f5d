//! The interning queue: values are hashed now and interned in batches, so that cache misses
//! overlap.

use std::hint::black_box;

use crate::base::Value;

use super::interner::{Hash, InlineStr, Interner, Place};
use crate::tape::columns::dictionary::{Datum, DatumRef};

/// The values per flush.
const FLUSH_AT: usize = 2048;
/// The values prefetched together: several times as many as a processor keeps in flight, since the
/// last ones are waited for.
const PREFETCHED: usize = 128;

/// Values that have no id yet.
#[derive(Clone, Debug)]
pub(super) struct InternQueue {
    /// Per dictionary, in order of arrival.
    values: Vec<Vec<Queued>>,
    /// Their count over all dictionaries.
    count: usize,
    /// The long texts, concatenated.
    texts: String,
    /// Values that are neither text nor number.
    others: Vec<Value>,
}

/// A queued value.
#[derive(Clone, Copy, Debug)]
struct Queued {
    /// Its bits, or its hash.
    bits: [u64; 2],
    /// The cell that gets its id.
    cell: u32,
    shape: Shape,
    /// True for an identity: its text must be interned too.
    is_identity: bool,
}

/// The meaning of the bits.
#[derive(Clone, Copy, Debug)]
enum Shape {
    InlineStr,
    Integer,
    Float,
    /// A hash; the text begins here.
    Long {
        start: u32,
        length: u32,
    },
    /// A hash; the value is stored here.
    Other(u32),
}

/// The destination of ids and new entries.
pub(super) struct Sink<'s> {
    pub(super) interners: &'s mut [Interner],
    pub(super) cells: &'s mut [u32],
    pub(super) values: &'s mut Vec<(usize, Value)>,
    pub(super) text_aliases: &'s mut Vec<(usize, u32, u32)>,
}

impl InternQueue {
    /// An empty queue for so many dictionaries.
    pub(super) fn new(dictionaries: usize) -> Self {
        let values = vec![Vec::new(); dictionaries];
        Self { values, count: 0, texts: String::new(), others: Vec::new() }
    }

    /// Queues a value.
    #[inline]
    pub(super) fn push(
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
        self.values[dictionary].push(Queued { bits, cell: cell as u32, shape, is_identity });
        self.count += 1;
    }

    fn keep(&mut self, hash: Hash, value: Value) -> ([u64; 2], Shape) {
        self.others.push(value);
        (hash.halves(), Shape::Other(self.others.len() as u32 - 1))
    }

    /// True if the queue should be flushed.
    #[inline]
    pub(super) const fn is_full(&self) -> bool {
        self.count >= FLUSH_AT
    }

    /// Interns all values and fills their cells.
    pub(super) fn flush(&mut self, sink: Sink<'_>) {
        let Sink { interners, cells, values, text_aliases } = sink;
        let mut hashes = [Hash::of_integer(0); PREFETCHED];
        let mut places = [Place::default(); PREFETCHED];
        for (dictionary, (all, interner)) in self.values.iter().zip(interners).enumerate() {
            for group in all.chunks(PREFETCHED) {
                for ((hash, place), queued) in hashes.iter_mut().zip(&mut places).zip(group) {
                    *hash = queued.hash();
                    *place = interner.place(*hash);
                }
                // The prefetches are independent, with so little between them that many are in
                // flight.
                let prefetched = places[..group.len()].iter();
                black_box(prefetched.fold(0, |sum, place| sum ^ interner.prefetch(*place)));
                let mut holds = true;
                for ((hash, place), queued) in hashes.iter().zip(&places).zip(group) {
                    let place = if holds { *place } else { interner.place(*hash) };
                    let (id, is_new) = interner.intern_at(place, *hash);
                    cells[queued.cell as usize] = id;
                    if !is_new {
                        continue;
                    }
                    holds = false;
                    let value = self.value(queued);
                    let text = match &value {
                        Value::Text(_) => None,
                        value if queued.is_identity => value.key_text(),
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

    /// The value of a queued entry.
    fn value(&self, queued: &Queued) -> Value {
        let first = queued.bits[0];
        match queued.shape {
            Shape::InlineStr => Value::Text(InlineStr::from_halves(queued.bits).text()),
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

impl Queued {
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
