//! Arrival: how long after its own time each event was there, by the member that says so.

use serde_json::{Value as Json, json};

use crate::base::Millis;
use crate::base::quantity::grouped;
use crate::tape::{RowKind, Tape};

/// How long after their own times events were there.
struct Delays {
    /// The delays in milliseconds, ascending; of events before their own times, below 0.
    sorted: Vec<i64>,
}

impl Delays {
    fn of(tape: &Tape) -> Self {
        let rows = (0..tape.events()).map(|event| tape.end_row(event));
        let delay = |row| {
            let arrival = tape.arrival(row).filter(|_| tape.kind(row) == RowKind::Event)?;
            Some(arrival.0 - tape.time(row))
        };
        let mut sorted: Vec<i64> = rows.filter_map(delay).collect();
        sorted.sort_unstable();
        Self { sorted }
    }

    /// The delay that is the first to have so many percent of them at or before it.
    fn percentile(&self, percent: usize) -> Option<Millis> {
        let rank = (self.sorted.len() * percent).div_ceil(100);
        self.sorted.get(rank.checked_sub(1)?).copied().map(Millis)
    }

    /// The number of events that were there before their own times.
    fn early(&self) -> usize {
        self.sorted.partition_point(|delay| *delay < 0)
    }
}

/// The delays as a line for people; `None` if no member says when lines were there.
pub(super) fn line(tape: &Tape) -> Option<String> {
    let member = tape.demand().settings.known.as_ref()?;
    let delays = Delays::of(tape);
    let counts = tape.contents().arrivals();
    let mut parts = Vec::new();
    if let (Some(median), Some(p99), Some(most)) =
        (delays.percentile(50), delays.percentile(99), delays.percentile(100))
    {
        parts.push(format!("median {median} later, p99 {p99}, at most {most}"));
    }
    for (count, words) in [
        (delays.early() as u64, "before their own times"),
        (counts.missing, "without it"),
        (counts.unreadable, "in which it is no time"),
    ] {
        if count > 0 {
            parts.push(format!("{} {words}", grouped(count)));
        }
    }
    Some(format!("known by `{member}`: {}", parts.join("; ")))
}

/// The delays for programs, in milliseconds; null if no member says when lines were there.
pub(super) fn facts(tape: &Tape) -> Json {
    let Some(member) = &tape.demand().settings.known else { return Json::Null };
    let delays = Delays::of(tape);
    let counts = tape.contents().arrivals();
    let at = |percent| delays.percentile(percent).map(|delay| delay.0);
    json!({
        "member": member,
        "delay": {"p50": at(50), "p99": at(99), "max": at(100)},
        "early": delays.early(),
        "missing": counts.missing,
        "unreadable": counts.unreadable,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_delays_that_there_are() {
        let delays = Delays { sorted: vec![-5, 0, 1, 2, 900] };
        let at = |percent| delays.percentile(percent).map(|delay| delay.0);
        assert_eq!([at(50), at(99), at(100)], [Some(1), Some(900), Some(900)]);
        assert_eq!(delays.early(), 1);
        assert_eq!(Delays { sorted: Vec::new() }.percentile(50), None);
    }
}
