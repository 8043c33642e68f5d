//! Term rows: which rows have a part in a state over a window, as of a moment and at one key, and
//! the reason why the others have none.

use crate::aggregate::Sample;
use crate::base::{Deadline, Millis, Timestamp};
use crate::plan::{InputId, Plan, ScopeId, Shape, Term};
use crate::tape::Tape;

use super::changes::Rows;
use crate::engine::program::input_rows::InputRows;
use crate::engine::program::not_counted::NotCounted;

/// The rows between two checks of the deadline.
const STRETCH: usize = 256;

/// The rows of a term at a key, after some events and as of a moment.
///
/// [`visit`](Self::visit) goes through them once, in slices, and brings the sample of each row that
/// the input counts. What [became](Self::part) of a sample is known when all rows were visited,
/// since a key expires by what comes later.
pub struct TermRows {
    input: InputId,
    /// The scope of the key.
    scope: ScopeId,
    /// The key's slot in that scope; `None` if all rows have the key.
    slot: Option<u32>,
    shape: Shape,
    ttl: Millis,
    as_of: Timestamp,
    /// The begin, inclusive, and the end, exclusive, of the window; `None` for the whole past.
    interval: Option<(Timestamp, Timestamp)>,
    /// The end of the events' rows.
    end: usize,
    /// The key's rows, once they are found, and the place of the next one to visit.
    rows: Option<Rows>,
    place: usize,
    is_visited: bool,
    /// The last row that the input counts, and when it was written.
    last: Option<(usize, i64)>,
    /// The last row before each time that the key expired, ascending, with how much later than its
    /// time to live the next write or the moment of reading was.
    expiries: Vec<(usize, Millis)>,
}

impl TermRows {
    /// The rows of the first `events` events that a term takes at a key, a slot in the scope of its
    /// input.
    #[must_use]
    pub fn new(
        (plan, tape): (&Plan, &Tape),
        term: &Term,
        slot: u32,
        events: usize,
        as_of: Timestamp,
    ) -> Self {
        let state = &plan.states[term.state.0];
        let input = &plan.inputs[state.input.0];
        let has_key = !input.rolled_up && !plan.scopes[input.scope.0].attributes.is_empty();
        Self {
            input: state.input,
            scope: input.scope,
            slot: has_key.then_some(slot),
            shape: state.shape,
            ttl: state.ttl,
            as_of,
            interval: term.window.interval(as_of),
            end: tape.end_row(events),
            rows: None,
            place: 0,
            is_visited: false,
            last: None,
            expiries: Vec::new(),
        }
    }

    /// Visits the rows, ascending, until the deadline, and goes on from where an earlier call
    /// stopped; of the same events in each call. Each comes with its sample, or with the reason why
    /// the input does not count it. Returns whether all are visited.
    pub fn visit<'t>(
        &mut self,
        of: InputRows<'t>,
        deadline: &Deadline,
        visit: &mut dyn FnMut(usize, Result<Sample, NotCounted<'t>>),
    ) -> bool {
        if self.is_visited {
            return true;
        }
        let rows = match self.rows.take() {
            Some(rows) => rows,
            None => match self.find(of, deadline) {
                Some(rows) => rows,
                None => return false,
            },
        };
        let types = of.types(self.input);
        loop {
            for _ in 0..STRETCH {
                let Some(row) = rows.get(self.place).filter(|row| *row < self.end) else {
                    self.expire(self.as_of.0);
                    self.is_visited = true;
                    return true;
                };
                self.place += 1;
                let found = of.sample_by(self.input, &types, row);
                if let Ok(sample) = &found {
                    self.expire(sample.clock);
                    self.last = Some((row, sample.clock));
                }
                visit(row, found);
            }
            if deadline.has_passed() {
                self.rows = Some(rows);
                return false;
            }
        }
    }

    /// The key's rows: those of all keys if the state counts them as one.
    fn find(&self, of: InputRows<'_>, deadline: &Deadline) -> Option<Rows> {
        let Some(slot) = self.slot else { return Some(Rows::All(self.end)) };
        of.index.prepare_rows(self.scope, slot, deadline).done().map(Rows::Postings)
    }

    /// The key expires if nothing was written until now for as long as it lives.
    fn expire(&mut self, now: i64) {
        let by = self.last.map(|(row, written)| (row, Millis(now - written - self.ttl.0)));
        self.expiries.extend(by.filter(|(_, by)| by.0 >= 0));
    }

    /// The share of the rows that is visited, as far as it is known.
    #[must_use]
    pub fn done(&self) -> f32 {
        if self.is_visited { 1.0 } else { self.place as f32 / self.end.max(1) as f32 }
    }

    /// By how much the key's time to live had passed when it expired after a row; `None` if it has
    /// not.
    #[must_use]
    pub fn expired(&self, row: usize) -> Option<Millis> {
        let next = self.expiries.partition_point(|(last, _)| *last < row);
        self.expiries.get(next).map(|(_, by)| *by)
    }

    /// The reason why a sample has no part in the value, once all rows are visited: that of this
    /// row.
    pub fn part(&self, row: usize, sample: Sample) -> Result<(), NotCounted<'static>> {
        if let Some(late) = NotCounted::late(self.shape, sample) {
            return Err(late);
        }
        if let Some(by) = self.expired(row) {
            return Err(NotCounted::Expired(by));
        }
        match self.interval {
            Some((from, _)) if sample.time < from.0 => {
                Err(NotCounted::BeforeWindow(Millis(from.0 - sample.time)))
            }
            Some((_, to)) if sample.time >= to.0 => {
                Err(NotCounted::AfterWindow(Millis(sample.time - to.0 + 1)))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::base::Value;
    use crate::dataset::Run;
    use crate::engine::random::{configs, load, logs};
    use crate::engine::{At, Engine, rejection};
    use crate::plan::{Condition, OutputId, Read};
    use crate::tape::Reason;

    fn end(run: &Run) -> Engine {
        let mut engine = Engine::new(Arc::new(run.plan().clone()));
        engine.apply(run.tape(), run.index(), run.tape().events());
        engine
    }

    fn rows(run: &Run) -> InputRows<'_> {
        InputRows { plan: run.plan(), tape: run.tape(), index: run.index() }
    }

    /// The rows of a key, each with the reason why it has no part in the value.
    fn found<'t>(
        of: InputRows<'t>,
        term: &Term,
        slot: u32,
        as_of: Timestamp,
        deadline: &Deadline,
    ) -> Vec<(usize, Result<(), NotCounted<'t>>)> {
        let mut rows = TermRows::new((of.plan, of.tape), term, slot, of.tape.events(), as_of);
        let mut found = Vec::new();
        while !rows.visit(of, deadline, &mut |row, sample| found.push((row, sample))) {}
        let part = |(row, sample): (usize, Result<Sample, _>)| {
            (row, sample.and_then(|sample| rows.part(row, sample)))
        };
        found.into_iter().map(part).collect()
    }

    const HOUR: i64 = 3_600_000;

    /// Each reason, with what a message needs.
    #[test]
    fn a_row_without_a_part_has_its_reason() {
        let config = "events: {id: id, dedup: 1d, order: log, unit: ms}\n\
                      features:\n  - {name: a, type: counter, scope: user, interaction: buy, \
                      where: {ok: true}, aggregate: sum, value: v, windows: [2], bucket: 1h, \
                      window: hopping, ttl: 5h}\n";
        let hour = |hour: i64, rest: &str| {
            format!(r#"{{"ts": {}, "type": "buy", "ok": true, "v": 1, {rest}}}"#, hour * HOUR)
        };
        let start = 400_000;
        let log = [
            hour(start, r#""user": "u""#),
            hour(start + 7, r#""user": "u""#),
            hour(start + 10, r#""user": "u""#),
            hour(start + 11, r#""user": "u", "id": 1"#),
            hour(start + 11, r#""user": "u", "id": 1"#),
            hour(start + 11, r#""user": "w""#),
            hour(start + 12, r#""user": "u""#).replace("buy", "see"),
            hour(start + 12, r#""user": "u""#).replace("true", "false"),
            hour(start + 12, r#""other": "u""#),
            hour(start + 12, r#""user": "u""#).replace(": 1,", ": \"x\","),
            hour(start + 8, r#""user": "u""#),
            hour(start + 12, r#""user": "u""#),
        ]
        .join("\n");
        let run = load(config, &log);
        let of = rows(&run);
        let Read::State(term) = run.plan().outputs[0].read else { panic!() };
        let slot = run.index().find(run.plan().inputs[0].scope, &["u"]).unwrap();
        let as_of = Timestamp((start + 12) * HOUR + 5);
        let found = found(of, &term, slot, as_of, &Deadline::passed());
        let [user, ok, v] = ["user", "ok", "v"].map(|name| {
            let attributes = &run.plan().attributes;
            crate::plan::AttributeId(attributes.iter().position(|known| known == name).unwrap())
        });
        let condition = &run.plan().filters[0].0[0];
        assert!(matches!(condition, Condition::Attribute(attribute, _) if *attribute == ok));
        let text = Value::Text("x".into());
        let expected = [
            (0, Err(NotCounted::Expired(Millis(2 * HOUR)))),
            (1, Err(NotCounted::BeforeWindow(Millis(3 * HOUR)))),
            (2, Ok(())),
            (3, Ok(())),
            (5, Err(NotCounted::Type(Some("see")))),
            (6, Err(NotCounted::Filter(condition, Some(&Value::Bool(false))))),
            (8, Err(NotCounted::Value(v, Some(&text)))),
            (9, Err(NotCounted::Late(Millis(2 * HOUR)))),
            (10, Err(NotCounted::AfterWindow(Millis(1)))),
        ];
        assert_eq!(found, expected);
        // Another key, and none.
        let input = run.plan().states[term.state.0].input;
        assert!(of.sample(input, 4).is_ok());
        assert_eq!(of.sample(input, 7), Err(NotCounted::Key(user)));
        let duplicate = Some(NotCounted::Rejected(Reason::DuplicateId));
        assert_eq!([3, 4].map(|line| rejection(run.tape(), line)), [None, duplicate]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// A count is the number of rows that have a part in it, at every key.
        #[test]
        fn rows_add_up_to_the_value(config in configs(), log in logs()) {
            let run = load(&config, &log);
            let (engine, plan, index) = (end(&run), run.plan(), run.index());
            let events = run.tape().events();
            let Some(as_of) = run.tape().clock(events) else { return Ok(()) };
            for output in (0..plan.outputs.len()).map(OutputId) {
                let Read::State(term) = plan.outputs[output.0].read else { continue };
                let state = &plan.states[term.state.0];
                if state.aggregate != "count" || matches!(state.shape, Shape::Decay { .. }) {
                    continue;
                }
                let scope = plan.scope_of(output);
                for slot in 0..index.keys(scope) as u32 {
                    let found = found(rows(&run), &term, slot, as_of, &Deadline::never());
                    let parts = found.into_iter().filter(|(_, part)| part.is_ok());
                    let parts: usize = parts
                        .map(|(row, _)| {
                            let slots = index.slots(scope, row);
                            slots.iter().filter(|known| **known == slot).count()
                        })
                        .sum();
                    let value = engine.live(index, output, At::Slot(slot), as_of);
                    prop_assert_eq!(value, Some(parts as f64), "{:?} at {}", output, slot);
                }
            }
        }
    }
}
