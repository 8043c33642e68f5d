//! The times of a log, event by event in its own order: their span, the late ones, and the jumps of
//! the clock, which is the newest time so far. Each log has a clock of its own.

use crate::aggregate::Quantiles;
use crate::base::{Millis, Timestamp};

/// The most jumps that are kept of each kind.
const JUMPS: usize = 5;

/// Two events after one another in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jump {
    /// The time before.
    pub from: Timestamp,
    /// The time of the event that jumped.
    pub to: Timestamp,
    /// Its line, from 0, counted through all logs.
    pub line: u64,
    /// True if the event behind it went back by most of the jump: it was alone that far ahead.
    pub went_back: bool,
}

impl Jump {
    /// How far it went.
    #[must_use]
    pub const fn span(&self) -> Millis {
        Millis(self.to.0.abs_diff(self.from.0).cast_signed())
    }
}

#[derive(Debug, Default)]
pub(super) struct Times {
    pub(super) span: Option<(Timestamp, Timestamp)>,
    pub(super) late: u64,
    pub(super) lateness: Quantiles,
    /// The latest event: by how much, and its line.
    pub(super) latest: Option<(Millis, u64)>,
    pub(super) ahead: Vec<Jump>,
    pub(super) back: Vec<Jump>,
    log: Option<usize>,
    clock: Option<Timestamp>,
    /// The event before, and its line.
    previous: Option<(Timestamp, u64)>,
}

impl Times {
    /// Takes the next event of a log; returns whether it is late.
    pub(super) fn take(&mut self, log: usize, time: Timestamp, line: u64) -> bool {
        let span = self.span.get_or_insert((time, time));
        *span = (span.0.min(time), span.1.max(time));
        if self.log != Some(log) {
            (self.log, self.clock, self.previous) = (Some(log), None, None);
        }
        let (clock, previous) = (self.clock, self.previous.replace((time, line)));
        self.clock = Some(clock.map_or(time, |clock| clock.max(time)));
        let (Some(clock), Some((previous, line_before))) = (clock, previous) else { return false };
        if time > clock {
            keep(&mut self.ahead, Jump { from: clock, to: time, line, went_back: false });
            return false;
        }
        if time < previous {
            if let Some(jump) = self.ahead.iter_mut().find(|jump| jump.line == line_before)
                && jump.to.since(time).0 > jump.span().0 / 2
            {
                jump.went_back = true;
            }
            keep(&mut self.back, Jump { from: previous, to: time, line, went_back: false });
        }
        let late = clock.since(time);
        if !late.is_positive() {
            return false;
        }
        self.late += 1;
        self.lateness.add(late.0 as f64);
        if self.latest.is_none_or(|(most, _)| most < late) {
            self.latest = Some((late, line));
        }
        true
    }
}

/// Keeps a jump if it is among the largest; of equal ones the first.
fn keep(jumps: &mut Vec<Jump>, jump: Jump) {
    if jumps.len() == JUMPS && jumps.last().is_some_and(|last| last.span() >= jump.span()) {
        return;
    }
    let place = jumps.partition_point(|known| known.span() >= jump.span());
    jumps.insert(place, jump);
    jumps.truncate(JUMPS);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_events_and_jumps_are_told_in_the_order_of_the_log() {
        let mut times = Times::default();
        let is_late: Vec<bool> = [10, 20, 900, 25, 30, 30, 950]
            .into_iter()
            .enumerate()
            .map(|(line, time)| times.take(0, Timestamp(time), line as u64))
            .collect();
        assert_eq!(is_late, [false, false, false, true, true, true, false]);
        assert_eq!(times.span, Some((Timestamp(10), Timestamp(950))));
        assert_eq!((times.late, times.latest), (3, Some((Millis(875), 3))));
        let ahead = times.ahead[0];
        assert_eq!((ahead.from, ahead.to, ahead.line), (Timestamp(20), Timestamp(900), 2));
        assert!(ahead.went_back, "it was alone");
        assert!(!times.ahead[1].went_back);
        assert_eq!(times.back.len(), 1);
        // Another log begins anew.
        assert!(!times.take(1, Timestamp(5), 7));
    }
}
