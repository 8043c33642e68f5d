//! The batch encoder: turns accepted lines into batches, in which every value is the number of a
//! dictionary entry.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::base::events::Format;

use super::batch::{Arrival, Batch, Line, Mark, Parties};
use super::interner::{InlineStr, Interner};
use super::pending::{InternQueue, Sink};
use super::projection::{Projection, ProjectionMap};
use crate::tape::columns::dictionary::{AsDatum, Datum, DatumRef};
use crate::tape::demand::{Demand, Fields, IMPRESSION, Layout, NO_TYPE};
use crate::tape::rejection::Reason;
use crate::tape::row_kind::RowKind;

/// How many types are compared one by one before the hash map is asked.
const COMMON: usize = 8;

/// Encodes lines, in order, into batches.
///
/// Fields are pairs of an index into [`Layout::names`] and a datum. If a line has a field twice,
/// the last one wins; a field that is not demanded of the kind of line is ignored.
#[derive(Clone, Debug)]
pub struct BatchEncoder {
    pub(super) batch: Batch,
    interners: Vec<Interner>,
    /// Values whose ids, and so whose cells, are not known yet.
    pub(super) pending: InternQueue,
    types: HashMap<String, u16, FixedState>,
    /// The first few types, which most lines have: cheaper to compare than to hash.
    common: Vec<(InlineStr, u16)>,
    /// The projection of flat events; `None` keeps all values.
    projection: Option<ProjectionMap>,
    dedup: bool,
    /// True if flat events are joined with nothing, and all their values are taken as they stand.
    is_plain: bool,
    /// Per attribute, whether its texts are read as numbers; empty if none are.
    numbers: Vec<bool>,
    /// True if lines may yield several events that share an id.
    shares: bool,
    /// When the next line was there, if that is asked for.
    arrival: Option<Arrival>,
}

impl BatchEncoder {
    /// An encoder for `sources` logs of a format.
    #[must_use]
    pub fn new(demand: &Demand, format: Format, sources: usize) -> Self {
        let layout = Layout::new(demand, format);
        let makes_impressions = layout.impression.is_some();
        let numbers = demand.text_numbers();
        let is_plain = !layout.has_entities() && numbers.is_empty();
        let mut encoder = Self {
            interners: vec![Interner::default(); layout.dictionaries],
            pending: InternQueue::new(layout.dictionaries),
            batch: Batch::new(layout, 0, sources),
            types: HashMap::default(),
            common: Vec::new(),
            projection: None,
            arrival: demand.settings.known.is_some().then(Arrival::default),
            dedup: demand.settings.dedup.is_some(),
            is_plain,
            numbers,
            shares: demand.settings.dedup.is_some()
                && (demand.settings.yields.several() || demand.settings.metadata.sources.len() > 1),
        };
        if makes_impressions {
            // Synthetic impressions have the first type id, before any is made.
            let name = demand.settings.impressions.name.clone();
            encoder.batch.types.push(name.clone());
            encoder.types.insert(name, IMPRESSION);
        }
        encoder
    }

    /// Projects flat events to the values that are required; others are encoded as missing. Call
    /// before the first event.
    #[must_use]
    pub fn only(self, projection: Vec<Projection>) -> Self {
        let layout = self.layout();
        let is_flat = layout.format() == Format::Flat && !layout.has_entities();
        Self {
            projection: is_flat
                .then(|| ProjectionMap::new(projection, layout.names().len()))
                .flatten(),
            ..self
        }
    }

    /// The layout of the lines.
    #[must_use]
    pub const fn layout(&self) -> &Layout {
        &self.batch.layout
    }

    /// The lines accepted since the last batch.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.batch.len()
    }

    /// True if no line was accepted or rejected since the last batch.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.batch.is_empty()
    }

    /// The bytes of memory of the interners.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.interners.iter().map(Interner::bytes).sum()
    }

    /// Takes the lines since the last batch as a batch of the source-th log.
    pub fn take(&mut self, source: usize) -> Batch {
        self.flush();
        let mut next = Batch::new(self.batch.layout.clone(), source, self.batch.sources);
        next.records = self.batch.records.as_ref().map(|_| Box::default());
        let mut batch = std::mem::replace(&mut self.batch, next);
        batch.source = source;
        // Batches are of similar size.
        self.batch.lines.reserve(batch.lines.len());
        self.batch.cells.reserve(batch.cells.len());
        batch
    }

    /// Takes the lines since the last batch as those of the file-th file of metadata.
    pub fn take_file_metadata(&mut self, file: usize) -> Batch {
        Batch { is_of_file: true, ..self.take(file) }
    }

    /// Rejects a line; `text` is as much of it as is available.
    pub fn reject(&mut self, reason: Reason, line: u32, text: &[u8]) {
        self.batch.reject(reason, line, text);
    }

    /// Encodes an event of a flat log.
    #[inline]
    pub fn event<D: AsDatum>(
        &mut self,
        mark: Mark,
        kind: &str,
        fields: impl IntoIterator<Item = (usize, D), IntoIter: Clone>,
    ) -> Result<(), Reason> {
        let type_id = self.type_id(kind)?;
        let fields = fields.into_iter();
        if self.is_plain {
            self.own_fields(type_id, fields);
        } else {
            self.read_fields(type_id, fields);
        }
        self.close(mark, RowKind::Event, type_id);
        Ok(())
    }

    /// Encodes the fields of a flat event that is joined with others, or whose texts may be numbers.
    #[inline(never)]
    fn read_fields<D: AsDatum>(
        &mut self,
        type_id: u16,
        fields: impl Iterator<Item = (usize, D)> + Clone,
    ) {
        if self.batch.layout.has_entities() {
            self.entities(fields.clone());
        }
        if self.projection.is_some() && !self.numbers.is_empty() {
            // What is compared is compared as it will be counted.
            let given: Vec<(usize, D)> = fields.collect();
            let given = given.iter().map(|(field, datum)| (*field, datum.as_datum()));
            let read = given.map(|(field, datum)| (field, self.read(field, datum)));
            let read: Vec<_> = read.collect();
            self.own_fields(type_id, read.iter().map(|(field, datum)| (*field, datum)));
        } else {
            self.own_fields(type_id, fields);
        }
    }

    /// The value of an attribute, which may be a number that is written as text.
    #[cold]
    fn read<'d>(&self, attribute: usize, datum: DatumRef<'d>) -> Datum<'d> {
        match datum {
            DatumRef::Text(text) if self.numbers.get(attribute) != Some(&true) => Datum::text(text),
            DatumRef::Other(other) if self.numbers.get(attribute) != Some(&true) => other.clone(),
            datum => Datum::with_numbers(datum),
        }
    }

    /// Encodes the fields of a flat event that are required.
    #[expect(clippy::inline_always, reason = "plain events are encoded in the loop over lines")]
    #[inline(always)]
    fn own_fields<D: AsDatum>(
        &mut self,
        type_id: u16,
        fields: impl Iterator<Item = (usize, D)> + Clone,
    ) {
        if let Some(projection) = &mut self.projection {
            let facts = projection.facts(fields.clone());
            let used = projection.of(type_id, facts);
            self.fields(|layout| &layout.own, fields.filter(|(field, _)| used.has(*field)));
        } else {
            self.fields(|layout| &layout.own, fields);
        }
    }

    /// Encodes a Metarank interaction.
    #[inline]
    pub fn interaction<D: AsDatum>(
        &mut self,
        mark: Mark,
        kind: &str,
        parties: &Parties<impl AsDatum>,
        fields: impl IntoIterator<Item = (usize, D)>,
    ) -> Result<(), Reason> {
        let ids = self.batch.layout.identities;
        if parties.item.is_none() {
            return Err(Reason::NoItem);
        }
        let type_id = self.type_id(kind)?;
        self.identity(ids.item, parties.item.as_ref());
        self.identity(ids.user, parties.user.as_ref());
        self.identity(ids.session, parties.session.as_ref());
        self.identity(ids.ranking, parties.ranking.as_ref());
        self.fields(|layout| &layout.own, fields);
        self.close(mark, RowKind::Event, type_id);
        Ok(())
    }

    /// Encodes a Metarank item event.
    pub fn item<D: AsDatum>(
        &mut self,
        mark: Mark,
        item: Option<&impl AsDatum>,
        fields: impl IntoIterator<Item = (usize, D)>,
    ) -> Result<(), Reason> {
        if item.is_none() {
            return Err(Reason::NoItem);
        }
        self.identity(self.batch.layout.identities.item, item);
        self.fields(|layout| &layout.item, fields);
        self.close(mark, RowKind::Item, NO_TYPE);
        Ok(())
    }

    /// Encodes a Metarank user event.
    pub fn user<D: AsDatum>(
        &mut self,
        mark: Mark,
        user: Option<&impl AsDatum>,
        fields: impl IntoIterator<Item = (usize, D)>,
    ) -> Result<(), Reason> {
        if user.is_none() {
            return Err(Reason::NoUser);
        }
        self.identity(self.batch.layout.identities.user, user);
        self.fields(|layout| &layout.user, fields);
        self.close(mark, RowKind::User, NO_TYPE);
        Ok(())
    }

    /// Encodes a Metarank ranking: `parties.ranking` is its id, `items` what it lists, from the
    /// first position down. `parties.item` is ignored.
    pub fn ranking<D: AsDatum>(
        &mut self,
        mark: Mark,
        parties: &Parties<impl AsDatum>,
        fields: impl IntoIterator<Item = (usize, D)>,
        items: impl IntoIterator<Item = D>,
    ) -> Result<(), Reason> {
        let ids = self.batch.layout.identities;
        if parties.ranking.is_none() {
            return Err(Reason::NoRankingId);
        }
        self.identity(ids.ranking, parties.ranking.as_ref());
        self.identity(ids.user, parties.user.as_ref());
        self.identity(ids.session, parties.session.as_ref());
        self.fields(|layout| &layout.ranking, fields);
        for item in items {
            self.identity(ids.item, Some(&item));
        }
        self.close(mark, RowKind::Ranking, NO_TYPE);
        Ok(())
    }

    pub(super) fn close(&mut self, mark: Mark, kind: RowKind, type_id: u16) {
        let end = u32::try_from(self.batch.cells.len()).unwrap_or(u32::MAX);
        let Mark { time, line, hash, id, sub, shares } = mark;
        self.batch.lines.push(Line { time: time.0, hash, number: line, end, sub, kind, type_id });
        if self.dedup || self.arrival.is_some() {
            self.note(id, shares);
        }
        if self.pending.is_full() {
            self.flush();
        }
    }

    /// Notes what is asked for of a line beside its cells.
    fn note(&mut self, id: Option<u128>, shares: u32) {
        if self.dedup {
            self.batch.ids.push(id);
        }
        if self.shares {
            self.batch.shares.push(shares);
        }
        self.batch.arrivals.extend(self.arrival);
    }

    /// Sets when the lines from here on were there.
    pub fn note_arrival(&mut self, arrival: Arrival) {
        self.arrival = Some(arrival);
    }

    /// Encodes the fields that are demanded of a kind of line.
    #[expect(clippy::inline_always, reason = "plain events are encoded in the loop over lines")]
    #[inline(always)]
    pub(super) fn fields<D: AsDatum>(
        &mut self,
        of: impl Fn(&Layout) -> &Fields,
        given: impl IntoIterator<Item = (usize, D)>,
    ) {
        let fields = of(&self.batch.layout);
        let start = self.batch.cells.len();
        self.batch.cells.resize(start + fields.dictionaries.len(), 0);
        for (field, datum) in given {
            if let Some(Some(cell)) = fields.cell_of.get(field) {
                let dictionary = fields.dictionaries[*cell];
                if self.numbers.is_empty() {
                    self.pending.push(datum.as_datum(), dictionary, start + cell, false);
                } else {
                    let read = self.read(dictionary, datum.as_datum());
                    self.pending.push(read.borrowed(), dictionary, start + cell, false);
                }
            }
        }
    }

    /// Encodes an identity, which may be missing. Identities are joined by text: one written as a
    /// number also interns its text, as an alias.
    #[inline]
    pub(super) fn identity(&mut self, dictionary: usize, datum: Option<&impl AsDatum>) {
        if let Some(datum) = datum {
            self.pending.push(datum.as_datum(), dictionary, self.batch.cells.len(), true);
        }
        self.batch.cells.push(0);
    }

    /// Flushes the intern queue, which fills its cells.
    fn flush(&mut self) {
        self.pending.flush(Sink {
            interners: &mut self.interners,
            cells: &mut self.batch.cells,
            values: &mut self.batch.values,
            text_aliases: &mut self.batch.text_aliases,
        });
    }

    #[expect(clippy::inline_always, reason = "plain events are encoded in the loop over lines")]
    #[inline(always)]
    fn type_id(&mut self, name: &str) -> Result<u16, Reason> {
        let short = InlineStr::of(name);
        match self.common.iter().find(|(common, _)| Some(*common) == short) {
            Some((_, id)) => Ok(*id),
            None => self.uncommon_type_id(name),
        }
    }

    fn uncommon_type_id(&mut self, name: &str) -> Result<u16, Reason> {
        if let Some(id) = self.types.get(name) {
            return Ok(*id);
        }
        let id = u16::try_from(self.types.len()).unwrap_or(NO_TYPE);
        if id == NO_TYPE {
            return Err(Reason::TooManyTypes);
        }
        self.types.insert(name.to_owned(), id);
        if let Some(projection) = &mut self.projection {
            projection.add_type(name);
        }
        if let Some(short) = InlineStr::of(name)
            && self.common.len() < COMMON
        {
            self.common.push((short, id));
        }
        self.batch.types.push(name.to_owned());
        Ok(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Timestamp, Value};

    /// No fields.
    const NONE: [(usize, Datum<'static>); 0] = [];

    fn mark(line: u32) -> Mark {
        Mark { time: Timestamp(1_700_000_000_000), line, ..Mark::default() }
    }

    fn demand(attributes: &[&str]) -> Demand {
        Demand { attributes: attributes.iter().map(|a| (*a).into()).collect(), ..Demand::default() }
    }

    #[test]
    fn batches_carry_only_what_is_new() {
        let mut encoder = BatchEncoder::new(&demand(&["a"]), Format::Flat, 1);
        for value in ["x", "y", "x"] {
            encoder.event(mark(0), "click", [(0, Datum::text(value))]).unwrap();
        }
        let first = encoder.take(0);
        assert_eq!(first.cells, [1, 2, 1]);
        assert_eq!(first.values.len(), 2);
        encoder.event(mark(1), "click", [(0, Datum::text("z"))]).unwrap();
        encoder.event(mark(2), "like", NONE).unwrap();
        let second = encoder.take(0);
        assert_eq!(second.cells, [3, 0]);
        assert_eq!(second.values, [(0, Value::Text("z".into()))]);
        assert_eq!(second.types, ["like"]);
    }

    #[test]
    fn an_identity_that_is_a_number_has_a_twin_that_is_text() {
        let mut encoder = BatchEncoder::new(&demand(&["item"]), Format::Metarank, 1);
        encoder.item(mark(0), Some(&Datum::Integer(36)), NONE).unwrap();
        encoder.item(mark(1), Some(&Datum::text("36")), NONE).unwrap();
        let batch = encoder.take(0);
        assert_eq!(batch.cells, [1, 2]);
        assert_eq!(batch.text_aliases, [(0, 1, 2)]);
    }

    #[test]
    fn what_a_line_must_name_it_must_name() {
        let mut encoder = BatchEncoder::new(&demand(&[]), Format::Metarank, 1);
        let nobody = Parties::<Datum<'_>>::default();
        assert_eq!(encoder.interaction(mark(0), "click", &nobody, NONE), Err(Reason::NoItem));
        assert_eq!(encoder.item(mark(0), None::<&Datum<'_>>, NONE), Err(Reason::NoItem));
        assert_eq!(encoder.user(mark(0), None::<&Datum<'_>>, NONE), Err(Reason::NoUser));
        assert_eq!(encoder.ranking(mark(0), &nobody, NONE, []), Err(Reason::NoRankingId));
        assert!(encoder.is_empty());
        assert!(encoder.batch.cells.is_empty(), "a refused line leaves nothing behind");
    }

    #[test]
    fn too_many_types_are_refused() {
        let mut encoder = BatchEncoder::new(&demand(&[]), Format::Flat, 1);
        for i in 0..u32::from(NO_TYPE) {
            encoder.event(mark(i), &i.to_string(), NONE).unwrap();
        }
        assert_eq!(encoder.event(mark(0), "one more", NONE), Err(Reason::TooManyTypes));
        assert_eq!(encoder.event(mark(0), "0", NONE), Ok(()));
    }
}
