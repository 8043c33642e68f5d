//! Lines become rows: what is known is joined, duplicates are refused, rankings are followed and
//! impressions are put in their places. It must not know batches, nor in which order lines come.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::RowKind;
use super::batch::{ENTITY_FIELDS, Line, NO_TYPE, ranking_parts};
use super::cascade::{Cascade, Open};
use super::demand::{Demand, Layout, Origin};
use super::known::Known;
use super::rows::Rows;

/// Who and what a row is about.
#[derive(Clone, Copy, Debug, Default)]
struct Subject {
    item: u32,
    user: u32,
    session: u32,
    ranking: u32,
}

/// The state between one line and the next.
#[derive(Clone, Debug)]
pub(super) struct Arranger {
    layout: Layout,
    listed: bool,
    items: Known,
    users: Known,
    rankings: Known,
    /// `None` where no impressions are made.
    cascade: Option<Cascade>,
    /// How many impressions were made.
    made: u64,
    clock: i64,
    /// When each id was last accepted, and the span within which it may not come again.
    accepted: HashMap<u128, i64, FixedState>,
    dedup: Option<i64>,
}

impl Arranger {
    /// Nothing is known yet.
    pub(super) fn new(demand: &Demand, layout: Layout) -> Self {
        let settings = &demand.settings;
        Self {
            listed: demand.listed,
            items: Known::new(layout.item.dictionaries.len()),
            users: Known::new(layout.user.dictionaries.len()),
            rankings: Known::new(layout.ranking.dictionaries.len()),
            cascade: layout.impression.map(|_| Cascade::new(settings.impressions.session.0)),
            made: 0,
            clock: i64::MIN,
            accepted: HashMap::default(),
            dedup: settings.dedup.map(|span| span.0),
            layout,
        }
    }

    /// Forgets everything but which numbers mean the same, to arrange anew.
    pub(super) fn reset(&mut self) {
        self.items.clear();
        self.users.clear();
        self.rankings.clear();
        self.accepted.clear();
        if let Some(cascade) = &mut self.cascade {
            cascade.clear();
        }
        self.made = 0;
        self.clock = i64::MIN;
    }

    /// From now on no impressions are made.
    pub(super) fn stop_impressions(&mut self) {
        self.cascade = None;
    }

    pub(super) const fn makes_impressions(&self) -> bool {
        self.cascade.is_some()
    }

    pub(super) const fn impressions_made(&self) -> u64 {
        self.made
    }

    /// Learns that a number of an identity means what the number of its text means.
    pub(super) fn same(&mut self, dictionary: usize, id: u32, text: u32) {
        let identities = self.layout.identities;
        if dictionary == identities.item {
            self.items.same(id, text);
        } else if dictionary == identities.user {
            self.users.same(id, text);
        } else if dictionary == identities.ranking {
            self.rankings.same(id, text);
        }
    }

    /// Whether an event with this id may be applied; if so it is taken as applied.
    pub(super) fn admit(&mut self, id: Option<u128>, time: i64) -> bool {
        let (Some(span), Some(id)) = (self.dedup, id) else { return true };
        match self.accepted.get(&id) {
            Some(before) if time.abs_diff(*before) < span.unsigned_abs() => false,
            _ => {
                self.accepted.insert(id, time);
                true
            }
        }
    }

    /// Appends a line's rows. `last` says that the log ends with it.
    pub(super) fn arrange(&mut self, rows: &mut Rows, line: &Line, cells: &[u32], last: bool) {
        rows.begin_event(line);
        self.clock = self.clock.max(line.time);
        if let Some(cascade) = &mut self.cascade {
            cascade.tick(self.clock);
        }
        match line.kind {
            RowKind::Item => {
                self.items.update(cells[0], &cells[ENTITY_FIELDS..]);
                let subject = Subject { item: cells[0], ..Subject::default() };
                self.push(rows, RowKind::Item, NO_TYPE, line.time, subject, &[]);
            }
            RowKind::User => {
                self.users.update(cells[0], &cells[ENTITY_FIELDS..]);
                let subject = Subject { user: cells[0], ..Subject::default() };
                self.push(rows, RowKind::User, NO_TYPE, line.time, subject, &[]);
            }
            RowKind::Ranking => self.ranking(rows, line, cells),
            RowKind::Event | RowKind::Impression | RowKind::Listed => {
                self.event(rows, line, cells);
            }
        }
        self.release(rows);
        if last && let Some(cascade) = &mut self.cascade {
            cascade.end();
            self.release(rows);
        }
    }

    fn ranking(&mut self, rows: &mut Rows, line: &Line, cells: &[u32]) {
        let (fields, items) = ranking_parts(&self.layout);
        let (ranking, user, session, items) = (cells[0], cells[1], cells[2], &cells[items]);
        self.rankings.replace(ranking, &cells[fields]);
        let subject = Subject { item: 0, user, session, ranking };
        self.push(rows, RowKind::Ranking, NO_TYPE, line.time, subject, &[]);
        if self.listed {
            for item in items {
                let subject = Subject { item: *item, ..subject };
                self.push(rows, RowKind::Listed, NO_TYPE, line.time, subject, &[]);
            }
        }
        if let Some(cascade) = &mut self.cascade {
            let open = Open::new(line.time, [ranking, user, session], items.into());
            cascade.open(self.rankings.key(ranking), open);
        }
    }

    fn event(&mut self, rows: &mut Rows, line: &Line, cells: &[u32]) {
        let (subject, own) = match *cells {
            [item, user, session, ranking, ref own @ ..] if self.layout.has_parties() => {
                (Subject { item, user, session, ranking }, own)
            }
            _ => (Subject::default(), cells),
        };
        self.push(rows, RowKind::Event, line.type_id, line.time, subject, own);
        let Some(cascade) = &mut self.cascade else { return };
        let item = self.items.key(subject.item);
        let attached = subject.ranking != 0
            && cascade.attach(self.rankings.key(subject.ranking), line.time, |listed| {
                self.items.key(listed) == item
            });
        self.release(rows);
        if !attached {
            self.impression(rows, line.time, subject);
        }
    }

    /// Appends the impressions of the rankings that were closed.
    fn release(&mut self, rows: &mut Rows) {
        let Some(cascade) = &mut self.cascade else { return };
        let mut closed = cascade.take_closed();
        if closed.is_empty() {
            return;
        }
        let names = &rows.columns[self.layout.identities.ranking];
        let name = |open: &Open| names.value(open.ranking).and_then(crate::base::Value::key_text);
        closed.sort_by_cached_key(|open| (open.time, name(open)));
        for open in &closed {
            let Open { ranking, user, session, .. } = *open;
            for item in open.seen() {
                self.impression(rows, open.time, Subject { item: *item, user, session, ranking });
            }
        }
    }

    fn impression(&mut self, rows: &mut Rows, time: i64, subject: Subject) {
        self.made += 1;
        let type_id = self.layout.impression.unwrap_or(NO_TYPE);
        self.push(rows, RowKind::Impression, type_id, time, subject, &[]);
    }

    /// Appends a row, with what is known of its subject.
    fn push(
        &self,
        rows: &mut Rows,
        kind: RowKind,
        type_id: u16,
        time: i64,
        subject: Subject,
        own: &[u32],
    ) {
        let item = self.items.fields(subject.item);
        let user = self.users.fields(subject.user);
        let ranking = self.rankings.fields(subject.ranking);
        let ids = self.layout.origins.iter().map(|origin| match *origin {
            Origin::Item => subject.item,
            Origin::User => subject.user,
            Origin::Session => subject.session,
            Origin::Ranking => subject.ranking,
            Origin::Own(n) => own.get(n).copied().unwrap_or(0),
            Origin::ItemField(n) => item.get(n).copied().unwrap_or(0),
            Origin::UserField(n) => user.get(n).copied().unwrap_or(0),
            Origin::RankingField(n) => ranking.get(n).copied().unwrap_or(0),
        });
        rows.push(kind, type_id, time, ids);
    }
}
