//! The log that is written: lines in the order in which they arrive, a few of them late and a few
//! of them broken. It must not know what the lines are about.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Write};

use super::random::Random;
use super::rhythm::{HOUR, START};

/// One line in so many is broken.
const BROKEN: u64 = 1_500;
/// The share of lines that arrive late.
const LATE: f64 = 0.003;

/// Lines on their way to the file.
pub(crate) struct Journal<'w, W> {
    out: &'w mut W,
    /// By the time at which they arrive; lines that arrive together, as they were written.
    pending: BinaryHeap<Reverse<(i64, u64, String)>>,
    written: u64,
    taken: u64,
    limit: u64,
}

impl<'w, W: Write> Journal<'w, W> {
    /// A log of so many lines.
    pub(crate) fn new(out: &'w mut W, limit: u64) -> Self {
        Self { out, pending: BinaryHeap::new(), written: 0, taken: 0, limit }
    }

    /// Takes what happened at a time, in milliseconds since the start. `line` makes a line of
    /// that time since the epoch.
    pub(crate) fn record(
        &mut self,
        random: &mut Random,
        time: f64,
        line: impl FnOnce(i64) -> String,
    ) {
        let time = START + time as i64;
        let delay = if random.happens(LATE) { random.between(0.02, 1.5) * HOUR } else { 0.0 };
        self.pending.push(Reverse((time + delay as i64, self.taken, line(time))));
        self.taken += 1;
    }

    /// Writes what has arrived by now. `false` once the log is long enough.
    pub(crate) fn write_until(&mut self, now: f64) -> io::Result<bool> {
        let now = START + now as i64;
        while self.written < self.limit
            && self.pending.peek().is_some_and(|Reverse((time, ..))| *time <= now)
            && let Some(Reverse((_, _, line))) = self.pending.pop()
        {
            self.write(&line)?;
            if self.written % BROKEN == BROKEN / 2 && self.written < self.limit {
                self.write(&broken(&line, self.written / BROKEN))?;
            }
        }
        Ok(self.written < self.limit)
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        self.written += 1;
        writeln!(self.out, "{line}")
    }
}

/// A line as a crash, a careless producer or a newer one would leave it.
fn broken(line: &str, n: u64) -> String {
    match n % 3 {
        0 => line.get(..line.len() * 2 / 3).unwrap_or(line).to_owned(),
        1 => line.replace("\"timestamp\":", "\"timestamp_ms\":").replace("\"ts\":", "\"t\":"),
        _ => line.replacen("\"event\":", "\"event\":\"heartbeat\",\"was\":", 1),
    }
}
