//! Contents of a log: the number of events per type, the span of their times, and the interactions
//! without a ranking, counted as batches come in.

use crate::base::Timestamp;
use crate::base::bytes::{Bytes, put_u64};
use crate::base::quantity::counted;

use super::RowKind;
use super::columns::rows::KINDS;
use super::encode::batch::{Arrival, Batch, Line, TIMELESS};
use super::rejection::Rejections;

/// The contents of a log as far as it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Events per type, in the order of [`Tape::type_names`](super::Tape::type_names).
    pub(super) types: Vec<u64>,
    /// Of those, the ones rejected for a duplicate id.
    pub(super) duplicates: Vec<u64>,
    /// Lines that are not counted, per row kind.
    pub(super) others: [u64; KINDS.len()],
    /// The oldest and the newest time.
    pub(super) span: Option<(i64, i64)>,
    /// Interactions that are not attached to a ranking.
    pub(super) unattached: Unattached,
    /// What was joined (flat logs).
    pub(super) joins: JoinCounts,
    /// The lines that do not say when they were there.
    pub(super) arrivals: ArrivalCounts,
}

/// The events that do not say when they were there, of a log that does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ArrivalCounts {
    /// Those without the member.
    pub missing: u64,
    /// Those in which it is no time.
    pub unreadable: u64,
}

impl ArrivalCounts {
    /// Counts the events among some lines.
    pub(super) fn count(&mut self, lines: &[Line], arrivals: &[Arrival]) {
        let events = lines.iter().zip(arrivals).filter(|(line, _)| line.kind != RowKind::Metadata);
        for (_, arrival) in events {
            match arrival {
                Arrival::Time(_) => {}
                Arrival::Missing => self.missing += 1,
                Arrival::Unreadable => self.unreadable += 1,
            }
        }
    }
}

/// Metadata of a flat log, and the events that are joined with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JoinCounts {
    /// Per entity, the lines with metadata, in the log and in files.
    pub metadata: Vec<u64>,
    /// Per entity, the events that name one.
    pub events: Vec<Joined>,
    /// Per source of metadata, what its file holds; nothing of one without a file.
    pub files: Vec<FileCounts>,
}

/// The lines of a file of metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileCounts {
    /// The lines that say something about an entity.
    pub lines: u64,
    /// Of those, the ones without a time, which are known from the beginning.
    pub timeless: u64,
    /// The rejected lines.
    pub rejections: Rejections,
}

impl FileCounts {
    /// True if the file has no times.
    #[must_use]
    pub const fn is_timeless(&self) -> bool {
        self.lines > 0 && self.timeless == self.lines
    }
}

/// The events that name an entity of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Joined {
    /// All of them.
    pub events: u64,
    /// Of those, the ones of whose entity nothing was known then.
    pub unknown: u64,
}

impl JoinCounts {
    /// Counts the metadata of some lines, of which there may be so many kinds.
    pub(super) fn count(&mut self, batch: &Batch) {
        self.metadata.resize(batch.layout.entities.len(), 0);
        for (number, line) in batch.lines.iter().enumerate() {
            if line.kind == RowKind::Metadata {
                self.metadata[batch.cells(number)[0] as usize] += 1;
            }
        }
    }

    /// Counts the lines of a file of metadata.
    pub(super) fn count_file(&mut self, batch: &mut Batch) {
        if self.files.len() <= batch.source {
            self.files.resize(batch.source + 1, FileCounts::default());
        }
        let file = &mut self.files[batch.source];
        file.lines += batch.lines.len() as u64;
        let is_timeless = |line: &&Line| line.time == TIMELESS.0;
        file.timeless += batch.lines.iter().filter(is_timeless).count() as u64;
        file.rejections.merge(std::mem::take(&mut batch.rejections));
    }

    fn put(&self, out: &mut Vec<u8>) {
        put_u64(out, self.metadata.len() as u64);
        self.metadata.iter().for_each(|count| put_u64(out, *count));
        put_u64(out, self.events.len() as u64);
        for Joined { events, unknown } in &self.events {
            [*events, *unknown].into_iter().for_each(|count| put_u64(out, count));
        }
        put_u64(out, self.files.len() as u64);
        for FileCounts { lines, timeless, rejections } in &self.files {
            [*lines, *timeless].into_iter().for_each(|count| put_u64(out, count));
            rejections.put(out);
        }
    }

    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        let count = bytes.u64()?;
        let metadata = (0..count).map(|_| bytes.u64()).collect::<Option<_>>()?;
        let count = bytes.u64()?;
        let joined =
            |bytes: &mut Bytes<'_>| Some(Joined { events: bytes.u64()?, unknown: bytes.u64()? });
        let events = (0..count).map(|_| joined(bytes)).collect::<Option<_>>()?;
        let count = bytes.u64()?;
        let file = |bytes: &mut Bytes<'_>| {
            let (lines, timeless) = (bytes.u64()?, bytes.u64()?);
            Some(FileCounts { lines, timeless, rejections: Rejections::read(bytes)? })
        };
        let files = (0..count).map(|_| file(bytes)).collect::<Option<_>>()?;
        Some(Self { metadata, events, files })
    }
}

/// Interactions that are not attached to a ranking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unattached {
    /// Synthetic impressions made from them: one from each, of its own item.
    pub impressions: u64,
    /// Of those, the ones that name a ranking which is not in the log before them, or is closed.
    pub unknown: u64,
    /// Interactions that name a ranking which follows them in the log at the same time.
    pub early: u64,
}

impl Unattached {
    /// What is wrong with the order of the lines, if anything is, and what to do.
    #[must_use]
    pub fn problem(&self) -> Option<(String, &'static str)> {
        let early = usize::try_from(self.early).ok().filter(|early| *early > 0)?;
        let what = format!(
            "{} named a ranking that comes after it in the log, with the same time: the ranking was \
             not known then",
            counted(early, "interaction")
        );
        Some((what, "write rankings before what names them"))
    }
}

/// How many types are taken for common ones.
const COMMON: usize = 16;

impl Contents {
    /// Counts lines of up to `types` types. Returns the number of late ones, older than `newest`,
    /// the newest time so far, which it updates. `admitted` is false if some may be duplicates: the
    /// span is then that of the ones that are [admitted](Self::admit).
    pub(super) fn count(
        &mut self,
        lines: &[Line],
        types: usize,
        newest: &mut i64,
        admitted: bool,
    ) -> u64 {
        if self.types.len() < types {
            self.types.resize(types, 0);
        }
        let (mut oldest, mut late) = (i64::MAX, 0);
        // Counts of the first types lie in four places each: an addition need not wait for the one of
        // the line before, which often has the same type.
        let mut common = [[0_u32; COMMON]; 4];
        for (number, line) in lines.iter().enumerate() {
            late += u64::from(line.time < *newest);
            *newest = line.time.max(*newest);
            oldest = line.time.min(oldest);
            let type_id = usize::from(line.type_id);
            if type_id < COMMON {
                common[number % 4][type_id] += 1;
            } else {
                match self.types.get_mut(type_id) {
                    Some(count) => *count += 1,
                    None => self.others[line.kind as usize] += 1,
                }
            }
        }
        for (type_id, count) in self.types.iter_mut().enumerate().take(COMMON) {
            *count += common.iter().map(|place| u64::from(place[type_id])).sum::<u64>();
        }
        if admitted && !lines.is_empty() {
            self.widen(oldest, *newest);
        }
        late
    }

    /// Widens the span to these times.
    fn widen(&mut self, oldest: i64, newest: i64) {
        let (first, last) = self.span.unwrap_or((oldest, newest));
        self.span = Some((first.min(oldest), last.max(newest)));
    }

    /// Widens the span to an admitted line.
    pub(super) fn admit(&mut self, line: &Line) {
        self.widen(line.time, line.time);
    }

    /// Forgets which lines were admitted, before all are judged again.
    pub(super) fn forget_admitted(&mut self) {
        self.duplicates.clear();
        self.span = None;
    }

    /// Counts a line that was rejected for a duplicate id.
    pub(super) fn count_duplicate(&mut self, line: &Line) {
        self.duplicates.resize(self.types.len(), 0);
        if let Some(count) = self.duplicates.get_mut(usize::from(line.type_id)) {
            *count += 1;
        }
    }

    /// The number of events of a type, an index into
    /// [`Tape::type_names`](super::Tape::type_names).
    #[must_use]
    pub fn events_of(&self, type_id: usize) -> u64 {
        let of = |counts: &[u64]| counts.get(type_id).copied().unwrap_or(0);
        of(&self.types) - of(&self.duplicates)
    }

    /// The number of lines of a row kind that is not counted.
    #[must_use]
    pub const fn lines_of(&self, kind: RowKind) -> u64 {
        self.others[kind as usize]
    }

    /// Encodes the contents.
    pub(super) fn put(&self, out: &mut Vec<u8>) {
        let Self { types, duplicates, others, span, unattached, joins, arrivals } = self;
        let Unattached { impressions, unknown, early } = *unattached;
        for counts in [&types[..], duplicates, others, &[impressions, unknown, early]] {
            put_u64(out, counts.len() as u64);
            counts.iter().for_each(|count| put_u64(out, *count));
        }
        put_u64(out, u64::from(span.is_some()));
        let (first, last) = span.unwrap_or_default();
        [first, last].into_iter().for_each(|time| put_u64(out, time.cast_unsigned()));
        joins.put(out);
        [arrivals.missing, arrivals.unreadable].into_iter().for_each(|count| put_u64(out, count));
    }

    /// Decodes contents; `None` if the bytes are invalid.
    pub(super) fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        let counts = |bytes: &mut Bytes<'_>| -> Option<Vec<u64>> {
            let count = bytes.u64()?;
            (0..count).map(|_| bytes.u64()).collect()
        };
        let (types, duplicates, others) = (counts(bytes)?, counts(bytes)?, counts(bytes)?);
        let [impressions, unknown, early] = counts(bytes)?.try_into().ok()?;
        let has_span = bytes.u64()? == 1;
        let span = (bytes.u64()?.cast_signed(), bytes.u64()?.cast_signed());
        let are_parts = duplicates.iter().zip(&types).all(|(part, all)| part <= all);
        (are_parts && duplicates.len() <= types.len()).then_some(Self {
            types,
            duplicates,
            others: others.try_into().ok()?,
            span: has_span.then_some(span),
            unattached: Unattached { impressions, unknown, early },
            joins: JoinCounts::read(bytes)?,
            arrivals: ArrivalCounts { missing: bytes.u64()?, unreadable: bytes.u64()? },
        })
    }

    /// The oldest and the newest time; `None` without events.
    #[must_use]
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        self.span.map(|(first, last)| (Timestamp(first), Timestamp(last)))
    }

    /// The events that do not say when they were there, if the config asks for it.
    #[must_use]
    pub const fn arrivals(&self) -> ArrivalCounts {
        self.arrivals
    }

    /// What was joined in a flat log.
    #[must_use]
    pub const fn joins(&self) -> &JoinCounts {
        &self.joins
    }

    /// The interactions that are not attached to a ranking.
    #[must_use]
    pub const fn unattached(&self) -> Unattached {
        self.unattached
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_as_they_come() {
        let mut contents = Contents::default();
        let mut newest = i64::MIN;
        let lines = |times: &[i64]| times.iter().map(|t| Line::stub(*t, 0)).collect::<Vec<_>>();
        assert_eq!(contents.count(&lines(&[]), 1, &mut newest, true), 0);
        assert_eq!((contents.span(), contents.events_of(0)), (None, 0));
        assert_eq!(contents.count(&lines(&[30, 10, 20, 30]), 1, &mut newest, true), 2);
        assert_eq!(contents.count(&lines(&[5, 40]), 1, &mut newest, true), 1);
        contents.count_duplicate(&Line::stub(5, 0));
        assert_eq!(contents.span(), Some((Timestamp(5), Timestamp(40))));
        assert_eq!((contents.events_of(0), contents.events_of(1)), (5, 0));
        let mut item = Line::stub(50, 0);
        (item.kind, item.type_id) = (RowKind::Item, crate::tape::demand::NO_TYPE);
        contents.count(&[item], 1, &mut newest, true);
        assert_eq!((contents.lines_of(RowKind::Item), contents.events_of(0)), (1, 5));
    }
}
