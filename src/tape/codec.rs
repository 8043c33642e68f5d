//! Codec of a finished tape, for the column cache: columns as integers of the least sufficient
//! width, values in groups. Input is not trusted: any bytes decode to a consistent tape, or to an
//! error.

use std::hash::{Hash as _, Hasher as _};
use std::io::{self, Write};
use std::sync::Arc;

use xxhash_rust::xxh3::Xxh3;

use crate::base::Value;
use crate::base::bytes::{Bytes, put_f64, put_text, put_u64};
use crate::base::events::Order;
use crate::base::packed::{Input, put_group, put_numbers};

use super::columns::buffer_pool::BufferPool;
use super::columns::cell::Cell;
use super::columns::dictionary::Column;
use super::columns::paged::PagedColumn;
use super::columns::rows::{KINDS, Rows, STRIDE};
use super::contents::Contents;
use super::demand::NO_TYPE;
use super::rejection::Rejections;
use super::{Demand, ImpressionsStatus, RowKind, Storage, Tape};

/// The version of the format; raised whenever the meaning of a byte changes.
pub const FORMAT: u32 = 6;

/// The values of a group.
const GROUP: usize = 4096;

impl Demand {
    /// A hash of the demand, stable across runs.
    #[must_use]
    pub fn number(&self) -> u64 {
        let Self { settings, attributes, listed } = self;
        let mut hash = Xxh3::new();
        settings.hash(&mut hash);
        attributes.hash(&mut hash);
        listed.hash(&mut hash);
        hash.finish()
    }
}

impl Tape {
    /// Writes the arranged rows of a tape.
    pub fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut head = Vec::new();
        for number in [self.rows() as u64, self.events() as u64, self.reordered] {
            put_u64(&mut head, number);
        }
        for number in [self.rows.ends.len(), self.rows.owners.len(), self.rows.clocks.len()] {
            put_u64(&mut head, number as u64);
        }
        let (status, made) = match self.impressions {
            ImpressionsStatus::Made(made) => (0, made),
            ImpressionsStatus::Disabled => (1, 0),
            ImpressionsStatus::Unused => (2, 0),
            ImpressionsStatus::NotMetarank => (3, 0),
            ImpressionsStatus::InLog => (4, 0),
        };
        put_u64(&mut head, status);
        put_u64(&mut head, made);
        put_u64(&mut head, self.types.len() as u64);
        self.types.iter().for_each(|name| put_text(&mut head, name));
        self.rejections.put(&mut head);
        self.contents.put(&mut head);
        put_group(out, &head)?;

        let rows = &self.rows;
        put_cells(out, &rows.times, i64::to_le_bytes)?;
        put_cells(out, &rows.kinds, |kind| [kind as u8])?;
        put_cells(out, &rows.types, u16::to_le_bytes)?;
        put_cells(out, &rows.lines, u32::to_le_bytes)?;
        put_cells(out, &rows.subs, u32::to_le_bytes)?;
        put_cells(out, &rows.arrivals, i64::to_le_bytes)?;
        put_cells(out, &rows.hashes, u64::to_le_bytes)?;
        put_numbers(out, rows.fingerprints.iter().copied(), u64::to_le_bytes)?;
        put_numbers(out, [rows.fingerprint], u64::to_le_bytes)?;
        put_cells(out, &rows.clocks, i64::to_le_bytes)?;
        put_cells(out, &rows.ends, u32::to_le_bytes)?;
        put_cells(out, &rows.owners, u32::to_le_bytes)?;
        rows.columns.iter().try_for_each(|column| put_column(out, column))
    }

    /// Reads a tape of this demand, within the memory of the pool, if there is one. Invalid bytes
    /// are [`io::ErrorKind::InvalidData`].
    pub fn read_from(
        demand: &Demand,
        pool: Option<&Arc<BufferPool>>,
        input: &mut Input<'_>,
    ) -> io::Result<Self> {
        let head = input.group()?;
        let head = Head::read(&mut Bytes(&head)).ok_or_else(damaged)?;
        let mut tape = Self::empty(demand.clone(), Storage::of(pool.cloned()));
        head.read_rows(&mut tape.rows, input)?;
        tape.rows.mark();
        tape.types = Arc::new(head.types);
        tape.rejections = head.rejections;
        tape.contents = head.contents;
        tape.reordered = head.reordered;
        tape.impressions = head.impressions;
        tape.finished = true;
        Ok(tape)
    }
}

/// The header, before the columns.
struct Head {
    rows: usize,
    events: usize,
    reordered: u64,
    ends: usize,
    owners: usize,
    clocks: usize,
    impressions: ImpressionsStatus,
    types: Vec<String>,
    rejections: Rejections,
    contents: Contents,
}

impl Head {
    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        let mut count = || usize::try_from(bytes.u64()?).ok();
        let (rows, events, reordered) = (count()?, count()?, count()? as u64);
        let (ends, owners, clocks) = (count()?, count()?, count()?);
        let impressions = match (bytes.u64()?, bytes.u64()?) {
            (0, made) => ImpressionsStatus::Made(made),
            (1, 0) => ImpressionsStatus::Disabled,
            (2, 0) => ImpressionsStatus::Unused,
            (3, 0) => ImpressionsStatus::NotMetarank,
            (4, 0) => ImpressionsStatus::InLog,
            _ => return None,
        };
        let mut types = Vec::new();
        for _ in 0..bytes.u64()? {
            types.push(bytes.text()?.to_owned());
        }
        let rejections = Rejections::read(bytes)?;
        let contents = Contents::read(bytes)?;
        Some(Self {
            rows,
            events,
            reordered,
            ends,
            owners,
            clocks,
            impressions,
            types,
            rejections,
            contents,
        })
    }

    fn read_rows(&self, rows: &mut Rows, input: &mut Input<'_>) -> io::Result<()> {
        read_cells(input, self.rows, &mut rows.times, i64::from_le_bytes)?;
        let mut is_kind = true;
        read_cells(input, self.rows, &mut rows.kinds, |[kind]| {
            let known = KINDS.get(usize::from(kind));
            is_kind &= known.is_some();
            known.copied().unwrap_or(RowKind::Event)
        })?;
        if !is_kind {
            return Err(damaged());
        }
        read_cells(input, self.rows, &mut rows.types, u16::from_le_bytes)?;
        read_cells(input, self.events, &mut rows.lines, u32::from_le_bytes)?;
        let subs = rows.numbered_events();
        read_cells(input, subs, &mut rows.subs, u32::from_le_bytes)?;
        let events = rows.events_with_arrivals();
        read_cells(input, events, &mut rows.arrivals, i64::from_le_bytes)?;
        read_cells(input, self.events, &mut rows.hashes, u64::from_le_bytes)?;
        let fingerprints = input.numbers(self.events / STRIDE, u64::from_le_bytes)?;
        rows.fingerprints = fingerprints.into_iter().collect();
        rows.fingerprint = input.numbers(1, u64::from_le_bytes)?[0];
        read_cells(input, self.clocks, &mut rows.clocks, i64::from_le_bytes)?;
        read_cells(input, self.ends, &mut rows.ends, u32::from_le_bytes)?;
        read_cells(input, self.owners, &mut rows.owners, u32::from_le_bytes)?;
        for column in &mut rows.columns {
            read_column(input, self.rows, column)?;
        }
        if rows.is_consistent(self.types.len()) { Ok(()) } else { Err(damaged()) }
    }
}

/// Writes a column of numbers.
fn put_cells<T: Cell, const N: usize>(
    out: &mut dyn Write,
    cells: &PagedColumn<T>,
    bytes: impl Fn(T) -> [u8; N],
) -> io::Result<()> {
    let mut at = 0;
    while at < cells.len() {
        let end = cells.piece_end(at);
        put_numbers(out, cells.slice(at..end).iter().copied(), &bytes)?;
        at = end;
    }
    Ok(())
}

/// Reads a column of numbers, page by page.
fn read_cells<T: Cell, const N: usize>(
    input: &mut Input<'_>,
    count: usize,
    cells: &mut PagedColumn<T>,
    mut number: impl FnMut([u8; N]) -> T,
) -> io::Result<()> {
    while cells.len() < count {
        let piece = cells.piece_cells().min(count - cells.len());
        cells.append(input.numbers(piece, &mut number)?);
    }
    Ok(())
}

impl Rows {
    /// True if the parts agree, so that no index is out of range.
    fn is_consistent(&self, types: usize) -> bool {
        let (rows, events) = (self.times.len(), self.events());
        let is_type = |id: &u16| *id == NO_TYPE || usize::from(*id) < types;
        let clocks = if self.order == Order::Log { events } else { 0 };
        let layout = if self.ends.is_empty() {
            rows == events && self.owners.is_empty()
        } else {
            self.owners.len() == rows && self.ends.len() == events && self.owns_all()
        };
        let mut are_types = true;
        self.types.visit(0..self.types.len(), |types| are_types &= types.iter().all(is_type));
        layout && self.clocks.len() == clocks && are_types
    }

    /// True if the events partition the rows: each owns at least one, and the last ends at the end
    /// of the rows.
    fn owns_all(&self) -> bool {
        let (mut begin, mut event, mut owns) = (0, 0, true);
        self.ends.visit(0..self.ends.len(), |ends| {
            for end in ends.iter().map(|end| *end as usize) {
                owns = owns && begin < end && end <= self.owners.len() && {
                    let owned = self.owners.slice(begin..end);
                    owned.iter().all(|owner| *owner == event)
                };
                (begin, event) = (end, event + 1);
            }
        });
        owns && begin == self.owners.len()
    }
}

fn put_column(out: &mut dyn Write, column: &Column) -> io::Result<()> {
    let mut head = Vec::new();
    put_u64(&mut head, column.values().len() as u64);
    put_group(out, &head)?;
    match width(column.values().len()) {
        Width::One => put_cells(out, &column.ids, |id| [id as u8])?,
        Width::Two => put_cells(out, &column.ids, |id| (id as u16).to_le_bytes())?,
        Width::Four => put_cells(out, &column.ids, u32::to_le_bytes)?,
    }
    let mut values = column.values().iter().peekable();
    while values.peek().is_some() {
        let mut group = Vec::new();
        values.by_ref().take(GROUP).for_each(|value| put_value(&mut group, value));
        put_group(out, &group)?;
    }
    Ok(())
}

/// Reads into an empty column.
fn read_column(input: &mut Input<'_>, rows: usize, column: &mut Column) -> io::Result<()> {
    let head = input.group()?;
    let count = Bytes(&head).u64().and_then(|count| u32::try_from(count).ok());
    let count = count.ok_or_else(damaged)? as usize;
    let mut most = 0;
    let mut id = |id: u32| {
        most = most.max(id);
        id
    };
    match width(count) {
        Width::One => read_cells(input, rows, &mut column.ids, |[byte]| id(byte.into()))?,
        Width::Two => {
            read_cells(input, rows, &mut column.ids, |bytes| id(u16::from_le_bytes(bytes).into()))?;
        }
        Width::Four => {
            read_cells(input, rows, &mut column.ids, |bytes| id(u32::from_le_bytes(bytes)))?;
        }
    }
    if most as usize > count {
        return Err(damaged());
    }
    let mut values = Vec::new();
    while values.len() < count {
        let group = input.group()?;
        let mut bytes = Bytes(&group);
        for _ in 0..GROUP.min(count - values.len()) {
            values.push(read_value(&mut bytes, true).ok_or_else(damaged)?);
        }
    }
    column.append(values);
    column.shrink();
    Ok(())
}

/// The width of an index below a given count, or of none.
enum Width {
    One,
    Two,
    Four,
}

const fn width(values: usize) -> Width {
    match values {
        0..=0xff => Width::One,
        0x100..=0xffff => Width::Two,
        _ => Width::Four,
    }
}

fn put_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Text(text) => {
            out.push(0);
            put_text(out, text);
        }
        Value::Integer(whole) => {
            out.push(1);
            out.extend_from_slice(&whole.to_le_bytes());
        }
        Value::Float(number) => {
            out.push(2);
            put_f64(out, *number);
        }
        Value::Bool(flag) => out.push(3 + u8::from(*flag)),
        Value::List(elements) => {
            out.push(5);
            put_u64(out, elements.len() as u64);
            elements.iter().for_each(|element| put_value(out, element));
        }
    }
}

/// Decodes a value; a list only where it `may` be one, since lists do not nest.
fn read_value(bytes: &mut Bytes<'_>, may: bool) -> Option<Value> {
    let (tag, rest) = bytes.0.split_first()?;
    bytes.0 = rest;
    Some(match tag {
        0 => Value::Text(bytes.text()?.to_owned()),
        1 => {
            let (whole, rest) = bytes.0.split_first_chunk()?;
            bytes.0 = rest;
            Value::Integer(i128::from_le_bytes(*whole))
        }
        2 => Value::Float(bytes.f64().filter(|number| number.is_finite())?),
        3 | 4 => Value::Bool(*tag == 4),
        5 if may => {
            let mut elements = Vec::new();
            for _ in 0..bytes.u64()? {
                elements.push(read_value(bytes, false)?);
            }
            Value::List(elements)
        }
        _ => return None,
    })
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "no tape")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_scalar() -> impl Strategy<Value = Value> {
        prop_oneof![
            any::<String>().prop_map(Value::Text),
            any::<i128>().prop_map(Value::Integer),
            proptest::num::f64::NORMAL.prop_map(Value::Float),
            any::<bool>().prop_map(Value::Bool),
        ]
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let list = proptest::collection::vec(any_scalar(), 0..4).prop_map(Value::List);
        prop_oneof![any_scalar(), list]
    }

    fn read_back(column: &Column) -> io::Result<Column> {
        let mut bytes = Vec::new();
        put_column(&mut bytes, column)?;
        let size = bytes.len() as u64;
        let mut read = Column::new(&Storage::Pages);
        read_column(&mut Input::new(&mut bytes.as_slice(), size), column.ids.len(), &mut read)?;
        Ok(read)
    }

    fn column(ids: Vec<u32>, values: Vec<Value>) -> Column {
        let mut column = Column::new(&Storage::Pages);
        values.into_iter().for_each(|value| column.push(value));
        column.ids.append(ids);
        column
    }

    proptest! {
        #[test]
        fn a_column_comes_back(
            values in proptest::collection::vec(any_value(), 0..600),
            ids in proptest::collection::vec(any::<prop::sample::Index>(), 0..50),
        ) {
            let ids = ids.iter().map(|id| id.index(values.len() + 1) as u32).collect();
            let column = column(ids, values);
            prop_assert_eq!(read_back(&column).unwrap(), column);
        }
    }

    #[test]
    fn a_column_of_many_values_comes_back() {
        for count in [0xff, 0x100, 0xffff, 0x10000, GROUP * 17] {
            let values = (0..count).map(|n| Value::Integer(n as i128)).collect();
            let ids = vec![0, 1, count as u32 - 1, count as u32];
            let column = column(ids, values);
            assert_eq!(read_back(&column).unwrap(), column);
        }
        let lying = column(vec![2], vec![Value::Bool(true)]);
        read_back(&lying).unwrap_err();
    }
}
