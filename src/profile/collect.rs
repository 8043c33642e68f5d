//! The collector: batches in, a profile out.

use crate::aggregate::Percentile;
use crate::base::events::{EventSettings, Format};
use crate::base::{Millis, Timestamp};
use crate::log::{Detected, Outcome};
use crate::tape::{Batch, ReadEvent, Reason, Rejected, Rejections, RowKind, TIMELESS};

use super::clocks::Clocks;
use super::duplicates::{Duplicates, ID_BYTES};
use super::field::{Context, Kind};
use super::hours::Hours;
use super::late::shared;
use super::numbers::PERCENTILES;
use super::paths::{PathId, Paths};
use super::rejected::fault;
use super::repeats::{self, Repeats};
use super::report::{self, DuplicateEvents, Late, LogPart, Profile, RejectedLine, RejectedLines};
use super::times::Times;
use super::visit::{Fields, Lists, Room, Visit};
use super::{FIELD_BYTES, Take};

/// The most rejected lines of a reason whose text is kept.
const TEXTS: usize = 3;
/// The most values that are told of a field.
const TOP: usize = 10;
/// The share of the memory that the ids may take, one in so many.
const IDS: u64 = 4;

/// The kinds of lines that are not counted, with the names of what they are.
const OTHERS: [(RowKind, &str); 4] = [
    (RowKind::Ranking, "ranking"),
    (RowKind::Item, "item"),
    (RowKind::User, "user"),
    (RowKind::Metadata, "metadata"),
];

pub(super) struct Collector {
    paths: Paths,
    room: Room,
    most_fields: usize,
    /// Per type of events, by its number.
    types: Vec<Events>,
    /// Per kind of [`OTHERS`].
    others: [Events; OTHERS.len()],
    events: u64,
    times: Times,
    hours: Hours,
    clocks: Clocks,
    duplicates: Option<Duplicates>,
    /// The repeated ids, if the config does not say what becomes of them, and the member that has the
    /// first id.
    repeats: Option<Repeats>,
    id: Option<PathId>,
    rejections: Rejections,
    texts: Vec<Rejected>,
    /// True if the config says of which types events are.
    says_types: bool,
}

#[derive(Debug, Default)]
struct Events {
    name: String,
    count: u64,
    span: Option<(Timestamp, Timestamp)>,
    fields: Fields,
}

impl Collector {
    pub(super) fn new(settings: &EventSettings, memory: u64) -> Self {
        let id_bytes = memory / IDS;
        let field_bytes = memory - id_bytes;
        let most_fields = usize::try_from(field_bytes / FIELD_BYTES).unwrap_or(usize::MAX).max(16);
        let id_bytes = usize::try_from(id_bytes).unwrap_or(usize::MAX);
        let mut paths = Paths::new(most_fields, settings.yields.each.as_deref());
        let names = || {
            settings
                .id
                .clone()
                .map_or_else(|| repeats::NAMES.map(str::to_owned).to_vec(), |own| vec![own])
        };
        let repeats = settings.dedup.is_none().then(|| {
            paths.set_ids(names());
            Repeats::new(id_bytes / repeats::ID_BYTES)
        });
        Self {
            paths,
            room: Room { fields: most_fields, left_out: 0 },
            most_fields,
            types: Vec::new(),
            others: OTHERS.map(|(_, name)| Events { name: name.to_owned(), ..Events::default() }),
            events: 0,
            times: Times::default(),
            hours: Hours::default(),
            clocks: Clocks::default(),
            duplicates: settings.dedup.map(|span| Duplicates::new(span, id_bytes / ID_BYTES)),
            repeats,
            id: None,
            rejections: Rejections::default(),
            texts: Vec::new(),
            says_types: settings.yields.says_types() || settings.kind.is_some(),
        }
    }

    fn event<'t>(
        &mut self,
        log: usize,
        event: ReadEvent,
        (text, lists): (&'t str, &mut Lists<'t>),
    ) {
        let ReadEvent { time, line, kind, type_id, element, id } = event;
        let time = Some(time).filter(|time| *time != TIMELESS);
        let is_late = time.is_some_and(|time| self.times.take(log, time, line.into()));
        if let (Some(duplicates), Some(id), Some(time)) = (&mut self.duplicates, id, time) {
            duplicates.take(id, time, line.into());
        }
        let other = OTHERS.iter().position(|(known, _)| *known == kind);
        let of = match other {
            Some(place) => Some(&mut self.others[place]),
            None => self.types.get_mut(type_id),
        };
        let Some(events) = of else { return };
        let number = self.events;
        self.events += 1;
        if let Some(time) = time {
            self.hours.take(time);
            self.clocks.take(log, time, number);
        }
        events.count += 1;
        if let Some(time) = time {
            let span = events.span.get_or_insert((time, time));
            *span = (span.0.min(time), span.1.max(time));
        }
        let mut visit = Visit {
            paths: &mut self.paths,
            fields: &mut events.fields,
            room: &mut self.room,
            lists,
            context: Context { event: self.events, time, is_late },
            element,
            id: None,
        };
        visit.object(text);
        if let (Some((path, id)), Some(time), Some(repeats)) = (visit.id, time, &mut self.repeats)
            && kind.is_counted()
            && *self.id.get_or_insert(path) == path
        {
            repeats.take(id, (number, line.into()), time, type_id);
        }
    }

    fn fields(&self, fields: &Fields) -> Vec<report::Field> {
        let mut told: Vec<report::Field> =
            fields.iter().map(|(path, field)| self.field(path, field)).collect();
        told.sort_by_key(|field| std::cmp::Reverse(field.events));
        told
    }

    fn field(&self, path: PathId, field: &super::field::Field) -> report::Field {
        let kinds = Kind::ALL.into_iter().map(|kind| (kind, field.kinds[kind as usize]));
        let top = field.values.by_count().into_iter().take(TOP);
        let numbers = field.numbers.as_ref().map(|numbers| numbers.numbers(&field.values));
        report::Field {
            path: self.paths.text(path).to_owned(),
            events: field.events,
            kinds: kinds.filter(|(_, count)| *count > 0).collect(),
            // An estimate is never more than there are.
            distinct: field.values.distinct().min(field.scalars()),
            is_exact: field.values.is_exact(),
            top: top.map(|counted| (counted.value.clone(), counted.count)).collect(),
            off: field.values.taken_off(),
            numbers,
            seen: field.seen,
            example: field.example.as_deref().map(str::to_owned),
        }
    }

    fn late(&self) -> Option<Late> {
        let most = self.times.latest?;
        let at = |percentile: Percentile| self.times.lateness.at(percentile).unwrap_or_default();
        let fields = self.types.iter().chain(&self.others).map(|events| &events.fields);
        Some(Late {
            events: self.times.late,
            by: PERCENTILES.map(|percentile| Millis((at(percentile).round() as i64).min(most.0.0))),
            most,
            shared: shared(fields, &self.paths, self.times.late, self.events),
        })
    }

    fn rejected(&self, timestamp: &str) -> Vec<RejectedLines> {
        let of = |(reason, lines): (Reason, u64)| {
            let examples = self.rejections.examples().iter();
            let examples = examples.filter(|example| example.reason == reason).map(|example| {
                let is_it = |known: &&Rejected| {
                    known.reason == reason && u64::from(known.line) == example.line
                };
                let text = self.texts.iter().find(is_it);
                RejectedLine {
                    line: example.line,
                    excerpt: example.excerpt.clone(),
                    fault: text.and_then(|text| fault(text, timestamp)),
                }
            });
            RejectedLines { reason, lines, examples: examples.collect() }
        };
        self.rejections.by_count().into_iter().map(of).collect()
    }
}

impl Take for Collector {
    type Outcome = Profile;

    fn take(&mut self, batch: &Batch, format: Option<Format>) {
        if format == Some(Format::Metarank) {
            self.paths.set_metarank();
        }
        let new = batch.new_types().iter();
        self.types.extend(new.map(|name| Events { name: name.clone(), ..Events::default() }));
        if batch.is_metadata_file() {
            return;
        }
        for record in batch.records() {
            let mut lists = Lists::default();
            for event in record.events.filter_map(|number| batch.event(number)) {
                self.event(batch.log(), event, (record.text, &mut lists));
            }
        }
        for rejected in batch.rejected() {
            let of_reason = self.texts.iter().filter(|known| known.reason == rejected.reason);
            if of_reason.count() < TEXTS {
                self.texts.push(rejected.clone());
            }
        }
        self.rejections.merge(batch.rejections().clone());
    }

    fn end(mut self, detected: Option<&Detected>, outcomes: &[Outcome]) -> Profile {
        let timestamp = detected.map_or("", |detected| detected.timestamp.as_str());
        let has_types = self.says_types
            || detected.is_some_and(|it| it.kind.is_some() || it.format == Format::Metarank);
        let counted = self.types.iter().map(|events| (events, true));
        let others = self.others.iter().map(|events| (events, false));
        let of = |(events, is_counted): (&Events, bool)| report::Type {
            name: (has_types || !is_counted).then(|| events.name.clone()),
            is_counted,
            events: events.count,
            span: events.span,
            fields: self.fields(&events.fields),
        };
        let seen = counted.chain(others).filter(|(events, _)| events.count > 0);
        let mut types: Vec<report::Type> = seen.map(of).collect();
        types.sort_by_key(|of| std::cmp::Reverse(of.events));
        let logs = outcomes.iter().filter(|outcome| outcome.entity.is_none());
        let name = |type_id: usize| {
            self.types.get(type_id).map_or_else(String::new, |events| events.name.clone())
        };
        let member = self.id.map(|path| self.paths.text(path).to_owned());
        let [clocks_ahead, clocks_behind] = std::mem::take(&mut self.clocks).end();
        Profile {
            logs: logs
                .map(|log| LogPart { name: log.name.clone(), first_line: log.first_line })
                .collect(),
            events: self.events,
            span: self.times.span,
            late: self.late(),
            ahead: self.times.ahead.clone(),
            back: self.times.back.clone(),
            hours: std::mem::take(&mut self.hours).end(),
            clocks_ahead,
            clocks_behind,
            types,
            rejected: self.rejected(timestamp),
            duplicates: self.duplicates.map(|duplicates| DuplicateEvents {
                events: duplicates.count,
                pairs: duplicates.pairs,
                is_partial: duplicates.is_partial,
            }),
            repeats: self.repeats.and_then(|repeats| repeats.end(member.as_deref(), name)),
            left_out: self.room.left_out,
            most_fields: self.most_fields,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_ids_share_the_memory() {
        let most = |dedup| {
            let settings = EventSettings { dedup, ..EventSettings::default() };
            Collector::new(&settings, 1000 * FIELD_BYTES).most_fields
        };
        assert_eq!((most(None), most(Some(Millis(1)))), (750, 750));
    }
}
