//! The whole log at a glance: how many events lie in each part of its time.

use std::sync::Arc;

use crate::base::{Millis, Timestamp};
use crate::plan::{Plan, Shape};
use crate::tape::Tape;

use crate::session::replay::Replay;
use crate::session::snapshot::{Mark, MarkKind, Timeline, cell};

/// The timeline that was drawn last, and what it was drawn for.
#[derive(Default)]
pub(super) struct Cache {
    drawn: Option<(Drawn, Arc<Timeline>)>,
    /// The marks of rejected lines, and the log that they are of: its events and its fingerprint.
    rejected: Option<((usize, u64), Vec<Mark>)>,
}

/// What a timeline was drawn for.
#[derive(Clone, Copy)]
struct Drawn {
    events: usize,
    is_finished: bool,
    cells: usize,
}

/// How many marks of late events are shown.
const MARKED: usize = 64;

/// Jitter is late by less than so much of the shortest bucket, and by less than that at most; where
/// nothing has buckets, by less than the last. It is not marked.
const JITTER: i64 = 100;
const MOST_JITTER: Millis = Millis(60_000);
const JITTER_WITHOUT_BUCKETS: Millis = Millis(1_000);

/// The lateness from which on events are marked.
fn least_marked(plan: &Plan) -> Millis {
    let buckets = plan.states.iter().filter_map(|state| match state.shape {
        Shape::Ring { buckets, .. } => Some(buckets.length()),
        Shape::Rolling { .. } | Shape::Lifetime | Shape::Decay { .. } => None,
    });
    let shortest = buckets.min();
    shortest.map_or(JITTER_WITHOUT_BUCKETS, |bucket| Millis(bucket.0 / JITTER).min(MOST_JITTER))
}

impl Cache {
    /// The timeline in so many cells.
    pub(super) fn draw(&mut self, replay: &Replay, cells: usize, marks: &[Mark]) -> Arc<Timeline> {
        let tape = replay.tape();
        let now = Drawn { events: tape.events(), is_finished: tape.is_finished(), cells };
        if let Some((drawn, timeline)) = &self.drawn {
            // While it loads, a redraw for every tenth more is enough.
            let close = drawn.events == now.events
                || (!now.is_finished && now.events < drawn.events + drawn.events / 10);
            if close && (drawn.is_finished, drawn.cells) == (now.is_finished, cells) {
                return Arc::clone(timeline);
            }
        }
        let rejected = self.rejected(tape);
        let timeline = Arc::new(timeline(replay, cells, &[marks, rejected].concat()));
        self.drawn = Some((now, Arc::clone(&timeline)));
        timeline
    }

    /// Draws it anew next time.
    pub(super) fn redraw(&mut self) {
        self.drawn = None;
    }

    /// The marks of rejected lines, found once all of the log is there: that takes all events.
    pub(super) fn rejected(&mut self, tape: &Tape) -> &[Mark] {
        let log = (tape.events(), tape.fingerprint(tape.events()));
        self.rejected.take_if(|(of, _)| *of != log);
        if !tape.is_finished() {
            return &[];
        }
        &self.rejected.get_or_insert_with(|| (log, rejected(tape).collect())).1
    }
}

/// Marks for the first lines of each reason for which lines were rejected, at the times of the
/// events that lie beside them in the log.
fn rejected(tape: &Tape) -> impl Iterator<Item = Mark> {
    let examples = tape.rejections().examples().iter();
    let mut examples: Vec<_> = examples.map(|example| (example.line, example.reason)).collect();
    examples.sort_unstable();
    examples.dedup_by_key(|(line, _)| *line);
    let lines: Vec<u64> = examples.iter().map(|(line, _)| *line).collect();
    // For each of them the event before it in the log that lies nearest, for the end the last.
    let mut nearest: Vec<Option<(u64, i64)>> = vec![None; lines.len() + 1];
    for event in 0..if lines.is_empty() { 0 } else { tape.events() } {
        let row = tape.end_row(event);
        let line = tape.line(row);
        let before = &mut nearest[lines.partition_point(|rejected| *rejected < line)];
        *before = (*before).max(Some((line, tape.time(row))));
    }
    examples.into_iter().enumerate().filter_map(move |(place, (line, reason))| {
        let before = nearest[..=place].iter().rev().flatten().next();
        let (_, time) = before.or_else(|| nearest[place..].iter().flatten().next()).copied()?;
        let kind = MarkKind::Rejected { line: line + 1, reason: reason.words() };
        Some(Mark { at: Timestamp(time), kind })
    })
}

fn timeline(replay: &Replay, cells: usize, marks: &[Mark]) -> Timeline {
    let tape = replay.tape();
    let events = tape.events();
    let (Some(start), Some(end)) = (tape.clock(1), tape.clock(events)) else {
        return Timeline::default();
    };
    let mut density = vec![0u32; cells];
    let mut marks = marks.to_vec();
    let mut newest = i64::MIN;
    let late_ones = marks.len() + MARKED;
    let least = least_marked(replay.plan());
    tape.visit_times(|time| {
        let by = Millis(newest.saturating_sub(time));
        if newest > i64::MIN && by >= least && by.is_positive() && marks.len() < late_ones {
            marks.push(Mark { at: Timestamp(newest), kind: MarkKind::Late { by } });
        }
        newest = newest.max(time);
        if cells > 0 {
            density[cell((start, end), Timestamp(time), cells)] += 1;
        }
    });
    Timeline { density, start: Some(start), end: Some(end), marks }
}
