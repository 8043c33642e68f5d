//! Term rows: which rows have a part in a state over a window, as of a moment and at one key, and
//! the reason why the others have none.

use crate::aggregate::Sample;
use crate::base::{Millis, Timestamp};
use crate::plan::{InputId, Shape, Term};

use super::changes::Rows;
use crate::engine::program::input_rows::InputRows;
use crate::engine::program::not_counted::NotCounted;

/// The rows of a term at a key, after some events and as of a moment.
pub struct TermRows<'t> {
    of: InputRows<'t>,
    input: InputId,
    /// The key's slot in the scope of the input; `None` if the state counts all keys as one.
    slot: Option<u32>,
    shape: Shape,
    /// The key's rows, and the end of the events' rows.
    rows: Rows,
    end: usize,
    /// The begin, inclusive, and the end, exclusive, of the window; `None` for the whole past.
    interval: Option<(Timestamp, Timestamp)>,
    /// The last row before each time that the key expired, ascending, with how much later than its
    /// time to live the next write or the moment of reading was.
    expiries: Vec<(usize, Millis)>,
}

impl<'t> TermRows<'t> {
    /// The rows of the first `events` events that a term takes at a key, a slot in the scope of its
    /// input. Looks at each of the key's rows once, for when the key expired.
    #[must_use]
    pub fn new(of: InputRows<'t>, term: &Term, slot: u32, events: usize, as_of: Timestamp) -> Self {
        let InputRows { plan, tape, index } = of;
        let state = &plan.states[term.state.0];
        let input = &plan.inputs[state.input.0];
        let end = tape.end_row(events);
        let slot = (!input.rolled_up).then_some(slot);
        let rows = match slot {
            Some(slot) => Rows::new(plan, tape, index, input.scope, slot),
            None => Rows::All(end),
        };
        let all = (0..).map_while(|place| rows.get(place)).take_while(|row| *row < end);
        let mut expiries = Vec::new();
        let mut last: Option<(usize, i64)> = None;
        let mut expire = |last: Option<(usize, i64)>, now: i64| {
            let by = last.map(|(row, written)| (row, Millis(now - written - state.ttl.0)));
            expiries.extend(by.filter(|(_, by)| by.0 >= 0));
        };
        for row in all {
            let Ok(sample) = of.sample(state.input, row) else { continue };
            expire(last, sample.clock);
            last = Some((row, sample.clock));
        }
        expire(last, as_of.0);
        let interval = term.window.interval(as_of);
        Self { of, input: state.input, slot, shape: state.shape, rows, end, interval, expiries }
    }

    /// The key's rows, ascending: those of all keys if the state counts them as one.
    pub fn rows(&self) -> impl Iterator<Item = usize> {
        let rows = (0..).map_while(|place| self.rows.get(place));
        rows.take_while(|row| *row < self.end)
    }

    /// By how much the key's time to live had passed when it expired after a row; `None` if it has
    /// not.
    #[must_use]
    pub fn expired(&self, row: usize) -> Option<Millis> {
        let next = self.expiries.partition_point(|(last, _)| *last < row);
        self.expiries.get(next).map(|(_, by)| *by)
    }

    /// The sample of a row that has a part in the value, or the reason why the row has none. The row
    /// must be one of the events' rows.
    pub fn sample(&self, row: usize) -> Result<Sample, NotCounted<'t>> {
        let InputRows { plan, index, .. } = self.of;
        let sample = self.of.sample(self.input, row)?;
        let scope = plan.inputs[self.input.0].scope;
        if self.slot.is_some_and(|slot| !index.slots(scope, row).contains(&slot)) {
            return Err(NotCounted::OtherKey);
        }
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
            _ => Ok(sample),
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
        let found = TermRows::new(of, &term, slot, run.tape().events(), as_of);
        let [user, ok, v] = ["user", "ok", "v"].map(|name| {
            let attributes = &run.plan().attributes;
            crate::plan::AttributeId(attributes.iter().position(|known| known == name).unwrap())
        });
        let condition = &run.plan().filters[0].0[0];
        assert!(matches!(condition, Condition::Attribute(attribute, _) if *attribute == ok));
        let text = Value::Text("x".into());
        let expected = [
            Some(NotCounted::Expired(Millis(2 * HOUR))),
            Some(NotCounted::BeforeWindow(Millis(3 * HOUR))),
            None,
            None,
            Some(NotCounted::OtherKey),
            Some(NotCounted::Type(Some("see"))),
            Some(NotCounted::Filter(condition, Some(&Value::Bool(false)))),
            Some(NotCounted::Key(user)),
            Some(NotCounted::Value(v, Some(&text))),
            Some(NotCounted::Late(Millis(2 * HOUR))),
            Some(NotCounted::AfterWindow(Millis(1))),
        ];
        assert_eq!(run.tape().rows(), expected.len());
        for (row, expected) in expected.into_iter().enumerate() {
            assert_eq!(found.sample(row).err(), expected, "row {row}");
        }
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
                    let found = TermRows::new(rows(&run), &term, slot, events, as_of);
                    let parts = (0..run.tape().rows()).filter(|row| found.sample(*row).is_ok());
                    let parts: usize = parts
                        .map(|row| {
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
