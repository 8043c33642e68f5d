//! The selected value over time, as the columns of a chart. All its changes are read once, in
//! slices, and kept while the cell is selected; what is shown of them ends at the cursor.

use std::time::Duration;

use crate::base::{Clock, Deadline, Timestamp};
use crate::engine::{self, Piece, prepare_history, span};
use crate::plan::OutputId;

use super::as_of;
use crate::session::replay::Replay;
use crate::session::snapshot::{self, cell};

/// How long a slice of reading may take.
const SLICE: Duration = Duration::from_millis(3);

/// What was read last, and of what.
#[derive(Default)]
pub(super) struct History {
    of: Option<(OutputId, u32, usize)>,
    read: Option<engine::History>,
    is_unfinished: bool,
}

impl History {
    /// Whether there is more to be shown.
    pub(super) const fn is_unfinished(&self) -> bool {
        self.is_unfinished
    }

    /// Reads on between two snapshots, until the deadline. Returns whether all is read.
    pub(super) fn work(&mut self, replay: &Replay, deadline: &Deadline) -> bool {
        let of = self.of.filter(|(_, _, events)| *events == replay.tape().events());
        of.is_none_or(|(output, slot, _)| self.read_on(replay, output, slot, deadline))
    }

    /// The values of an output at a key until the cursor, in so many columns for the whole log;
    /// `live` is the last one.
    pub(super) fn draw(
        &mut self,
        replay: &Replay,
        (output, slot): (OutputId, u32),
        cells: usize,
        live: Option<f64>,
    ) -> snapshot::History {
        let tape = replay.tape();
        self.is_unfinished = false;
        let span = tape.clock(1).zip(tape.clock(tape.events()));
        // Reading a history needs the whole log; until then there is none.
        if cells == 0 || !tape.is_finished() {
            return snapshot::History { cells, span, ..snapshot::History::default() };
        }
        let of = (output, slot, tape.events());
        if self.of != Some(of) {
            (self.of, self.read) = (Some(of), None);
        }
        let deadline = Deadline::after(&Clock::System, SLICE);
        self.is_unfinished = !self.read_on(replay, output, slot, &deadline);
        let now = as_of(replay);
        let read = self.read.as_ref().map_or(&[][..], |read| read.until(replay.cursor(), now));
        let live = live.map(|live| (live, live));
        let all = read.iter().fold(live, |all, piece| engine::span(all, piece.range));
        let mut columns = span.map_or_else(Vec::new, |log| columns(read, log, now, cells));
        if let Some(last) = columns.last_mut() {
            *last = engine::span(*last, live);
        }
        snapshot::History {
            columns,
            cells,
            extremes: all,
            changed: self
                .read
                .as_ref()
                .filter(|history| !self.is_unfinished && !history.drifts())
                .and_then(|_| Some(read.last()?.to)),
            since: read.iter().find(|piece| piece.range.is_some()).map(|piece| piece.from),
            span,
            is_unfinished: self.is_unfinished,
        }
    }

    /// Reads on until the deadline. Returns whether all is read.
    fn read_on(
        &mut self,
        replay: &Replay,
        output: OutputId,
        slot: u32,
        deadline: &Deadline,
    ) -> bool {
        let (plan, tape, index) = (replay.plan(), replay.tape(), replay.index());
        if self.read.is_none() && !prepare_history(plan, index, output, slot, deadline) {
            return false;
        }
        let new = || engine::History::new(plan, tape, index, output, slot);
        self.read.get_or_insert_with(new).go_on(tape, index, deadline)
    }
}

/// The lowest and the highest value of each column up to the one that `now` lies in. A value
/// stands until the next one.
fn columns(
    read: &[Piece],
    log: (Timestamp, Timestamp),
    now: Timestamp,
    cells: usize,
) -> Vec<Option<(f64, f64)>> {
    let mut columns = Vec::with_capacity(cells);
    let mut stands = None;
    let mut pieces = read.iter().peekable();
    for column in 0..=cell(log, now, cells) {
        let mut range = stands;
        while let Some(piece) = pieces.next_if(|piece| cell(log, piece.from, cells) <= column) {
            range = span(range, piece.range);
            stands = piece.last.map(|last| (last, last));
        }
        columns.push(range);
    }
    columns
}
