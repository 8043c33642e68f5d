//! Arranging: lines to rows, in applied order, with joins, deduplication and synthetic impressions.
//!
//! An [`Arranger`] is a sequential machine: it takes admitted lines in applied order and appends
//! their rows. In what order lines come is decided before it:
//!
//! * `fast_path`: events that are one row each with only their own fields (most flat logs) bypass
//!   the arranger; whole batches are appended, and late lines are merged at the end.
//! * `reorder_buffer`: all other logs keep their lines until the end, as long as a late line may
//!   force all rows to be arranged again (`order: time`, several logs, impressions). Once pages
//!   spill it is dropped, and the order is final.
//!
//! What the arranger does to a line:
//!
//! * `metadata` is the as-of join: item, user and ranking events update the newest fields of their
//!   entity; an interaction takes the fields as they are at its position. Identities are joined by
//!   text, so `36` and `"36"` are one entity (`text_aliases`). `join` puts a row's columns
//!   together.
//! * Metadata of a flat log do the same for entities of any kind; those from files of their own
//!   (`file_metadata`) are taken up as the clock reaches them.
//! * An id that was accepted within `events.dedup` is rejected as a duplicate.
//! * `cascade` is the click model behind synthetic impressions. A ranking closes when it has been
//!   silent for a session's length; its seen items become impression rows, released by the event
//!   that moved the clock that far. They are computed before that event is applied, and know
//!   nothing of it.

mod cascade;
pub(super) mod fast_path;
mod file_metadata;
mod join;
mod merge;
mod metadata;
pub(super) mod reorder_buffer;

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::base::Value;
use crate::base::events::Order;

use super::columns::rows::Rows;
use super::contents::{Joined, Unattached};
use super::demand::NO_TYPE;
use super::demand::{Demand, Layout};
use super::encode::batch::{Arrival, Batch, ENTITY_FIELDS, Line, METADATA_FIELDS, ranking_parts};
use super::ids::AcceptedIds;
use super::row_kind::RowKind;
use cascade::{Cascade, Open};
use file_metadata::FileMetadata;
use join::{Joins, Subject};
use metadata::MetadataJoin;

/// The most interactions of one time that are remembered because they name a ranking.
const MOST_NAMED: usize = 256;

/// The state of the arrangement between two lines.
#[derive(Clone, Debug)]
pub(super) struct Arranger {
    layout: Layout,
    listed: bool,
    joins: Joins,
    /// The click model; `None` if no impressions are made.
    cascade: Option<Cascade>,
    /// True if the ranking of an interaction matters.
    follows_rankings: bool,
    /// The number of impressions made.
    made: u64,
    unattached: Unattached,
    /// A time, and the rankings named by interactions of that time that are not attached to them.
    named: (i64, Vec<u32>),
    /// The times of the impressions that the current event releases.
    staged_times: Vec<i64>,
    /// Their value ids, per impression and column.
    staged_ids: Vec<u32>,
    clock: i64,
    /// The ids that were accepted; `None` without deduplication.
    accepted: Option<AcceptedIds<u32>>,
    /// Per line and first event of those that share an id, whether they were accepted, or else the line
    /// that has it first.
    judged: HashMap<(u32, u32), Result<(), u32>, FixedState>,
    /// Metadata from files.
    file_metadata: FileMetadata,
    /// Per entity of a flat log, the events that name one, and of these the ones without metadata.
    named_entities: Vec<Joined>,
}

impl Arranger {
    /// An arranger at the start of a log.
    pub(super) fn new(demand: &Demand, layout: Layout) -> Self {
        let settings = &demand.settings;
        Self {
            listed: demand.listed,
            joins: Joins::new(&layout),
            cascade: layout.impression.map(|_| Cascade::new(settings.impressions.session.0)),
            follows_rankings: layout.follows_rankings(),
            made: 0,
            unattached: Unattached::default(),
            named: (i64::MIN, Vec::new()),
            staged_times: Vec::new(),
            staged_ids: Vec::new(),
            clock: i64::MIN,
            accepted: settings.dedup.map(AcceptedIds::new),
            judged: HashMap::default(),
            file_metadata: FileMetadata::new(),
            named_entities: vec![Joined::default(); layout.entities.len()],
            layout,
        }
    }

    /// Resets everything but text aliases, to arrange again.
    pub(super) fn reset(&mut self) {
        self.joins.clear();
        self.accepted.iter_mut().for_each(AcceptedIds::clear);
        self.judged.clear();
        if let Some(cascade) = &mut self.cascade {
            cascade.clear();
        }
        self.made = 0;
        self.unattached = Unattached::default();
        self.named.1.clear();
        self.clock = i64::MIN;
        self.file_metadata.rewind();
        self.named_entities.fill(Joined::default());
    }

    /// The bytes of memory that grow with the log.
    pub(super) fn bytes(&self) -> usize {
        self.accepted.as_ref().map_or(0, AcceptedIds::bytes)
            + self.judged.capacity() * size_of::<((u32, u32), Result<(), u32>)>()
            + self.file_metadata.bytes()
            + self.joins.entities.iter().map(MetadataJoin::bytes).sum::<usize>()
    }

    /// Stops making impressions.
    pub(super) fn stop_impressions(&mut self) {
        self.cascade = None;
    }

    pub(super) const fn makes_impressions(&self) -> bool {
        self.cascade.is_some()
    }

    pub(super) const fn impressions_made(&self) -> u64 {
        self.made
    }

    /// The interactions that are not attached to a ranking.
    pub(super) const fn unattached(&self) -> Unattached {
        self.unattached
    }

    /// How many events are joined with metadata, per entity of a flat log.
    pub(super) fn named_entities(&self) -> &[Joined] {
        &self.named_entities
    }

    /// Takes the lines of a file of metadata; called before the first line of the log.
    pub(super) fn put_file_metadata(&mut self, batch: &Batch, order: Order) {
        self.file_metadata.extend(batch, order);
    }

    /// Makes an identity's value id an alias of the id of its text.
    pub(super) fn alias(&mut self, dictionary: usize, id: u32, text: u32) {
        let entities = &self.layout.entities;
        if let Some(entity) = entities.iter().position(|known| known.dictionary == dictionary) {
            self.joins.entities[entity].alias(id, text);
            return;
        }
        let identities = self.layout.identities;
        if dictionary == identities.item {
            self.joins.items.alias(id, text);
        } else if dictionary == identities.user {
            self.joins.users.alias(id, text);
        } else if dictionary == identities.ranking {
            self.joins.rankings.alias(id, text);
        }
    }

    /// True if ids are judged.
    pub(super) const fn dedups(&self) -> bool {
        self.accepted.is_some()
    }

    /// Admits an event of a line unless its id is a duplicate: `Err` with the line that has it first.
    pub(super) fn admit(&mut self, id: Option<u128>, time: i64, line: u32) -> Result<(), u32> {
        let (Some(accepted), Some(id)) = (&mut self.accepted, id) else { return Ok(()) };
        accepted.judge(id, time, line).map_or(Ok(()), |(_, original)| Err(original))
    }

    /// Admits an event of a line that may yield several: those that share an id, by line and first
    /// event, are judged once, by the first that is applied. Returns whether it is admitted, and
    /// whether it is that first one.
    pub(super) fn admit_shared(
        &mut self,
        id: Option<u128>,
        time: i64,
        shares: (u32, u32),
    ) -> (Result<(), u32>, bool) {
        if id.is_none() {
            return (Ok(()), true);
        }
        if let Some(admitted) = self.judged.get(&shares) {
            return (*admitted, false);
        }
        let admitted = self.admit(id, time, shares.0);
        self.judged.insert(shares, admitted);
        (admitted, true)
    }

    /// Appends a line's rows. `last` is true for the last line of the log.
    pub(super) fn arrange(
        &mut self,
        rows: &mut Rows,
        line: &Line,
        (arrival, cells): (Option<Arrival>, &[u32]),
        last: bool,
    ) {
        // What is joined is part of what was read.
        let mut begun = *line;
        if rows.events() == 0 {
            begun.hash ^= self.file_metadata.hash();
        }
        rows.begin_event(&begun);
        rows.note_arrival(arrival);
        self.clock = self.clock.max(line.time);
        while let Some(cells) = self.file_metadata.next(self.clock) {
            update_entity(&mut self.joins.entities, cells);
        }
        if let Some(cascade) = &mut self.cascade {
            cascade.tick(self.clock);
            if line.kind == RowKind::Ranking {
                cascade.close(self.joins.rankings.key(cells[0]));
            }
            // Impressions come before the event's own metadata.
            self.stage(rows);
        }
        match line.kind {
            RowKind::Item => {
                self.joins.items.update(cells[0], &cells[ENTITY_FIELDS..]);
                let subject = Subject { item: cells[0], ..Subject::default() };
                rows.push(RowKind::Item, NO_TYPE, line.time, self.joins.row(subject, &[]));
            }
            RowKind::User => {
                self.joins.users.update(cells[0], &cells[ENTITY_FIELDS..]);
                let subject = Subject { user: cells[0], ..Subject::default() };
                rows.push(RowKind::User, NO_TYPE, line.time, self.joins.row(subject, &[]));
            }
            RowKind::Ranking => self.ranking(rows, line, cells),
            RowKind::Metadata => self.metadata(rows, line, cells),
            RowKind::Event if self.layout.has_entities() => self.flat_event(rows, line, cells),
            RowKind::Event | RowKind::Impression | RowKind::Listed => {
                self.event(rows, line, cells);
            }
        }
        if last && let Some(cascade) = &mut self.cascade {
            cascade.end();
            self.stage(rows);
        }
        self.release(rows);
    }

    fn ranking(&mut self, rows: &mut Rows, line: &Line, cells: &[u32]) {
        let (fields, items) = ranking_parts(&self.layout);
        let (ranking, user, session, items) = (cells[0], cells[1], cells[2], &cells[items]);
        if self.named.0 == line.time && !self.named.1.is_empty() {
            let key = self.joins.rankings.key(ranking);
            let before = self.named.1.len();
            self.named.1.retain(|named| *named != key);
            self.unattached.early += (before - self.named.1.len()) as u64;
        }
        self.joins.rankings.replace(ranking, &cells[fields]);
        let subject = Subject { item: 0, user, session, ranking };
        rows.push(RowKind::Ranking, NO_TYPE, line.time, self.joins.row(subject, &[]));
        if self.listed {
            for item in items {
                let subject = Subject { item: *item, ..subject };
                rows.push(RowKind::Listed, NO_TYPE, line.time, self.joins.row(subject, &[]));
            }
        }
        if let Some(cascade) = &mut self.cascade {
            let open = Open::new(line.time, [ranking, user, session], items.into());
            cascade.open(self.joins.rankings.key(ranking), open);
        }
    }

    /// Appends the row of metadata, with what is known of the entity from then on.
    fn metadata(&mut self, rows: &mut Rows, line: &Line, cells: &[u32]) {
        update_entity(&mut self.joins.entities, cells);
        let mut names = vec![0; self.joins.entities.len()];
        names[cells[0] as usize] = cells[1];
        rows.push(RowKind::Metadata, NO_TYPE, line.time, self.joins.flat_row(&names, &[]));
    }

    fn flat_event(&mut self, rows: &mut Rows, line: &Line, cells: &[u32]) {
        let (names, own) = cells.split_at(self.joins.entities.len());
        let joins = names.iter().zip(&self.joins.entities).zip(&mut self.named_entities);
        for ((name, known), joined) in joins.filter(|((name, _), _)| **name != 0) {
            joined.events += 1;
            joined.unknown += u64::from(!known.is_known(*name));
        }
        rows.push(RowKind::Event, line.type_id, line.time, self.joins.flat_row(names, own));
    }

    fn event(&mut self, rows: &mut Rows, line: &Line, cells: &[u32]) {
        let (subject, own) = match *cells {
            [item, user, session, ranking, ref own @ ..] if self.layout.has_parties() => {
                (Subject { item, user, session, ranking }, own)
            }
            _ => (Subject::default(), cells),
        };
        rows.push(RowKind::Event, line.type_id, line.time, self.joins.row(subject, own));
        if !self.follows_rankings {
            return;
        }
        let Joins { items, rankings, .. } = &self.joins;
        let item = items.key(subject.item);
        let ranking = (subject.ranking != 0).then(|| rankings.key(subject.ranking));
        let attached = self.cascade.as_mut().zip(ranking).is_some_and(|(cascade, ranking)| {
            cascade.attach(ranking, line.time, |listed| items.key(listed) == item)
        });
        if attached {
            return;
        }
        if let Some(ranking) = ranking {
            if self.named.0 != line.time {
                self.named = (line.time, std::mem::take(&mut self.named.1));
                self.named.1.clear();
            }
            if self.named.1.len() < MOST_NAMED {
                self.named.1.push(ranking);
            }
        }
        if self.cascade.is_some() {
            self.unattached.impressions += 1;
            self.unattached.unknown += u64::from(ranking.is_some());
            self.staged_times.push(line.time);
            self.staged_ids.extend(self.joins.row(subject, &[]));
        }
    }

    /// Stages the impressions of closed rankings, with the metadata as of now.
    fn stage(&mut self, rows: &Rows) {
        let Some(cascade) = &mut self.cascade else { return };
        let mut closed = cascade.take_closed();
        if closed.is_empty() {
            return;
        }
        let names = &rows.columns[self.layout.identities.ranking];
        closed.sort_by_cached_key(|open| {
            (open.time, names.value(open.ranking).and_then(Value::key_text))
        });
        for open in &closed {
            let Open { ranking, user, session, .. } = *open;
            for item in open.seen() {
                let subject = Subject { item: *item, user, session, ranking };
                self.staged_times.push(open.time);
                self.staged_ids.extend(self.joins.row(subject, &[]));
            }
        }
    }

    /// Appends the staged impressions.
    fn release(&mut self, rows: &mut Rows) {
        let Some(type_id) = self.layout.impression else { return };
        let width = self.layout.origins.len();
        for (n, time) in self.staged_times.iter().enumerate() {
            let ids = self.staged_ids[n * width..(n + 1) * width].iter().copied();
            rows.push(RowKind::Impression, type_id, *time, ids);
        }
        self.made += self.staged_times.len() as u64;
        self.staged_times.clear();
        self.staged_ids.clear();
    }
}

/// Takes up metadata of a flat log: the number of the kind of entity, its name, its fields.
fn update_entity(entities: &mut [MetadataJoin], cells: &[u32]) {
    let known = &mut entities[cells[0] as usize];
    known.note(cells[1]);
    known.update(cells[1], &cells[METADATA_FIELDS..]);
}
