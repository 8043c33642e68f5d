//! Term rows: which rows have a part in a state over a window, as of a moment and at one key, and
//! the reason why the others have none.

use std::ops::Range;

use crate::aggregate::Sample;
use crate::base::{Deadline, Millis, Timestamp};
use crate::plan::{Filter, InputId, Plan, ScopeId, Shape, Term};
use crate::tape::Tape;

use super::changes::Rows;
use crate::engine::program::input_rows::{Conditions, InputColumns, InputRows, TakenTypes};
use crate::engine::program::not_counted::NotCounted;

use super::visited::{CountedRows, OtherTypes, Visited};

/// The rows between two checks of the deadline: of one key, and of all.
const STRETCH: usize = 1024;
const BATCH: usize = 4096;

/// The rows of a term at a key, after some events and as of a moment.
///
/// [`visit`](Self::visit) goes through them once, in slices, and brings each with what becomes of
/// it. That a key expires shows in what comes later, and is brought then: so nothing is kept of the
/// rows.
pub struct TermRows {
    input: InputId,
    /// The scope of the key.
    scope: ScopeId,
    /// The key's slot in that scope; `None` if all rows have the key.
    slot: Option<u32>,
    shape: Shape,
    ttl: Millis,
    /// Whether each row counts once, whatever its values.
    is_count: bool,
    as_of: Timestamp,
    /// The begin, inclusive, and the end, exclusive, of the window; `None` for the whole past.
    interval: Option<(Timestamp, Timestamp)>,
    /// The end of the events' rows.
    end: usize,
    /// The key's rows, once they are found, and the place of the next one to visit.
    rows: Option<Rows>,
    place: usize,
    is_visited: bool,
    /// When the key was written last.
    written: Option<i64>,
    /// The place of the first row since the key expired last.
    begin: usize,
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
            is_count: state.aggregate == "count" && !plan.scopes[input.scope.0].explode,
            as_of,
            interval: term.window.interval(as_of),
            end: tape.end_row(events),
            rows: None,
            place: 0,
            is_visited: false,
            written: None,
            begin: 0,
        }
    }

    /// Visits the rows, ascending, until the deadline, and goes on from where an earlier call
    /// stopped; of the same events in each call. Returns whether all are visited.
    pub fn visit<'t>(
        &mut self,
        of: InputRows<'t>,
        deadline: &Deadline,
        visit: &mut impl FnMut(Visited<'_, 't>),
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
        self.is_visited = loop {
            let is_end = match rows {
                Rows::All(end) => self.visit_all(of, &types, end.min(self.end), visit),
                Rows::Postings(_) => self.visit_each(of, &types, &rows, visit),
            };
            if is_end || deadline.has_passed() {
                break is_end;
            }
        };
        self.rows = Some(rows);
        if self.is_visited {
            self.expire(self.as_of.0, visit);
        }
        self.is_visited
    }

    /// Visits some rows of one key, which lie in one page: those that the input does not take come
    /// before the others. Returns whether these were the last ones.
    fn visit_each<'t>(
        &mut self,
        of: InputRows<'t>,
        types: &TakenTypes,
        rows: &Rows,
        visit: &mut impl FnMut(Visited<'_, 't>),
    ) -> bool {
        let Some(first) = rows.get(self.place).filter(|row| *row < self.end) else { return true };
        let page_end = self.end.min(of.tape.page_end(first));
        let stretch = (self.place..self.place + STRETCH).map_while(|place| rows.get(place));
        let stretch = stretch.take_while(|row| *row < page_end);
        let offsets: Vec<u32> = stretch.map(|row| (row - first) as u32).collect();
        let last = offsets.last().map_or(first, |offset| first + *offset as usize);
        let ids = of.tape.type_ids(first..=last);
        let filter = Conditions::new(of.plan, self.input).filter();
        let (mut passed, mut places) =
            (Vec::with_capacity(offsets.len()), Vec::with_capacity(offsets.len()));
        for (offset, place) in offsets.iter().zip(self.place..) {
            if !types.has(ids[*offset as usize]) {
                continue;
            }
            match failing(of, filter, first + *offset as usize) {
                None => {
                    passed.push(*offset);
                    places.push(place);
                }
                Some(reason) => visit(Visited::Other(first + *offset as usize, reason)),
            }
        }
        if passed.len() < offsets.len() {
            let all =
                offsets.iter().map(|offset| (first + *offset as usize, ids[*offset as usize]));
            let others = OtherTypes::new(types, of.tape.type_names().len(), all);
            others.into_iter().for_each(|other| visit(Visited::OtherType(other)));
        }
        let end = self.place + offsets.len();
        self.take_all(of, types, first..last + 1, (&passed, Some(&places)), visit);
        self.place = end;
        false
    }

    /// The same of the rows of all keys: those that the input does not take come before those of
    /// the same batch that it takes.
    fn visit_all<'t>(
        &mut self,
        of: InputRows<'t>,
        types: &TakenTypes,
        end: usize,
        visit: &mut impl FnMut(Visited<'_, 't>),
    ) -> bool {
        let first = self.place.min(end);
        let rows = first..end.min(first + BATCH).min(of.tape.page_end(first));
        if rows.is_empty() {
            return true;
        }
        let filter = Conditions::new(of.plan, self.input).filter();
        let ids = of.tape.type_ids(rows.clone());
        let mut passed = vec![0; rows.len()];
        let mut count = 0;
        // The type is unpredictable per row: no branch.
        for (offset, id) in ids.iter().enumerate() {
            passed[count] = offset as u32;
            count += usize::from(types.has(*id));
        }
        passed.truncate(count);
        if count < rows.len() {
            let all = rows.clone().zip(ids.iter().copied());
            let others = OtherTypes::new(types, of.tape.type_names().len(), all);
            others.into_iter().for_each(|other| visit(Visited::OtherType(other)));
        }
        if filter.is_some() {
            passed.retain(|offset| match failing(of, filter, first + *offset as usize) {
                None => true,
                Some(reason) => {
                    visit(Visited::Other(first + *offset as usize, reason));
                    false
                }
            });
        }
        self.take_all(of, types, rows.clone(), (&passed, None), visit);
        self.place = rows.end;
        rows.end == end
    }

    /// Takes the samples of rows of a range, which pass by their type and the filter: their offsets,
    /// and the places at which they are visited if those are not the rows.
    fn take_all<'t>(
        &mut self,
        of: InputRows<'t>,
        types: &TakenTypes,
        range: Range<usize>,
        (passed, places): (&[u32], Option<&[usize]>),
        visit: &mut impl FnMut(Visited<'_, 't>),
    ) {
        let first = range.start;
        let times = of.tape.times(range.clone());
        let columns = InputColumns::new(of, self.input, range);
        let row = |offset: u32| first + offset as usize;
        if self.is_count {
            let (mut with_key, mut without) = (Vec::new(), Vec::new());
            let has_key = self.slot.is_some() || columns.are_whole();
            if !has_key {
                columns.each(passed, |offset, found| {
                    if found.is_ok() { with_key.push(offset) } else { without.push(offset) }
                });
            }
            let offsets = if has_key { passed } else { &with_key };
            let place = places.and_then(|places| places.first().copied());
            if self.take_counted(of, (first, &times, offsets), place, visit) {
                for row in without.into_iter().map(row) {
                    if let Err(reason) = of.sample_by(self.input, types, row) {
                        visit(Visited::Other(row, reason));
                    }
                }
                return;
            }
        }
        let mut number = 0;
        columns.each(passed, |offset, found| {
            let (row, time) = (row(offset), times[offset as usize]);
            self.place = places.map_or(row, |places| places[number]);
            number += 1;
            if let Ok((_, payload)) = found {
                let clock = of.tape.row_clock(row, time);
                self.take(row, Sample { time, clock, payload }, visit);
            } else if let Err(reason) = of.sample_by(self.input, types, row) {
                visit(Visited::Other(row, reason));
            }
        });
    }

    /// Takes rows of a range together, by their offsets, if one thing becomes of all of them: none is
    /// late, the key does not expire between them, and the window does not begin or end there.
    /// `place` is that of the first one, if it is not the row. Returns whether they are taken.
    fn take_counted<'t>(
        &mut self,
        of: InputRows<'t>,
        (first, times, offsets): (usize, &[i64], &[u32]),
        place: Option<usize>,
        visit: &mut impl FnMut(Visited<'_, 't>),
    ) -> bool {
        let (Some(begin), Some(last)) = (offsets.first(), offsets.last()) else { return true };
        let clock =
            |offset: u32| of.tape.row_clock(first + offset as usize, times[offset as usize]);
        let (begin, begun, now) = (first + *begin as usize, clock(*begin), clock(*last));
        let of_rows = offsets.iter().map(|offset| times[*offset as usize]);
        let span = of_rows
            .fold((i64::MAX, i64::MIN), |(least, most), time| (least.min(time), most.max(time)));
        let is_late = self.shape.oldest_taken(now).is_some_and(|oldest| span.0 < oldest);
        let before = match self.interval {
            Some((from, _)) if span.1 < from.0 => Some(from),
            Some((from, to)) if span.0 < from.0 || span.1 >= to.0 => return false,
            _ => None,
        };
        if is_late || now - begun >= self.ttl.0 {
            return false;
        }
        self.place = place.unwrap_or(begin);
        self.expire(begun, visit);
        self.written = Some(now);
        visit(Visited::Counted(CountedRows { first, times, offsets, span, before }));
        true
    }

    /// Takes the sample of a row.
    fn take<'t>(&mut self, row: usize, sample: Sample, visit: &mut impl FnMut(Visited<'_, 't>)) {
        self.expire(sample.clock, visit);
        self.written = Some(sample.clock);
        visit(Visited::Sample(row, sample, self.lack(sample)));
    }

    /// Those of the rows that come after the key expired last, to be visited once more, where all
    /// have been visited.
    #[must_use]
    pub fn unexpired(&self) -> Self {
        let rows = self.rows.clone();
        Self { rows, place: self.begin, is_visited: false, written: None, ..*self }
    }

    /// The key's rows: those of all keys if the state counts them as one.
    fn find(&self, of: InputRows<'_>, deadline: &Deadline) -> Option<Rows> {
        let Some(slot) = self.slot else { return Some(Rows::All(self.end)) };
        of.index.prepare_rows(self.scope, slot, deadline).done().map(Rows::Postings)
    }

    /// The key expires if nothing was written until now for as long as it lives.
    fn expire<'t>(&mut self, now: i64, visit: &mut impl FnMut(Visited<'_, 't>)) {
        let by = self.written.map(|written| Millis(now - written - self.ttl.0));
        if let Some(by) = by.filter(|by| by.0 >= 0) {
            (self.written, self.begin) = (None, self.place);
            visit(Visited::Expired(by));
        }
    }

    /// The share of the rows that is visited, as far as it is known.
    #[must_use]
    pub fn done(&self) -> f32 {
        if self.is_visited {
            return 1.0;
        }
        let rows = self.rows.as_ref().map_or(self.end, |rows| rows.before(self.end));
        self.place as f32 / rows.max(1) as f32
    }

    /// The reason why a sample has no part in the value, whether or not the key expires.
    fn lack(&self, sample: Sample) -> Option<NotCounted<'static>> {
        if let Some(late) = NotCounted::late(self.shape, sample) {
            return Some(late);
        }
        match self.interval {
            Some((from, _)) if sample.time < from.0 => {
                Some(NotCounted::BeforeWindow(Millis(from.0 - sample.time)))
            }
            Some((_, to)) if sample.time >= to.0 => {
                Some(NotCounted::AfterWindow(Millis(sample.time - to.0 + 1)))
            }
            _ => None,
        }
    }
}

/// The reason why a row does not pass a filter, if it does not.
#[inline]
fn failing<'t>(
    of: InputRows<'t>,
    filter: Option<&'t Filter>,
    row: usize,
) -> Option<NotCounted<'t>> {
    let value = |attribute| of.value(attribute, row);
    let failing = filter?.failing(&value)?;
    Some(NotCounted::Filter(failing, failing.attribute().and_then(value)))
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
        let input = of.plan.states[term.state.0].input;
        let declared = &of.plan.inputs[input.0];
        let is_of_all =
            declared.rolled_up || of.plan.scopes[declared.scope.0].attributes.is_empty();
        let has_key = |row: usize| of.index.slots(declared.scope, row).contains(&slot);
        let (mut samples, mut others, mut begin) = (Vec::new(), Vec::new(), 0);
        let mut visit = |visited: Visited<'_, 't>| match visited {
            Visited::Other(row, reason) => {
                assert_eq!(of.sample(input, row), Err(reason));
                others.push((row, Err(reason)));
            }
            Visited::OtherType(other) => {
                let of_type =
                    |row: &usize| of.tape.type_id(*row) == other.id && (is_of_all || has_key(*row));
                let known = others.iter().filter(|(row, _)| of_type(row)).count();
                let all: Vec<usize> = (0..of.tape.rows()).filter(of_type).collect();
                let rows = &all[known..known + other.count as usize];
                assert!(rows.ends_with(other.newest()) && !other.newest().is_empty());
                others.extend(
                    rows.iter().map(|row| (*row, Err(of.sample(input, *row).unwrap_err()))),
                );
            }
            Visited::Sample(row, sample, lack) => {
                assert_eq!(of.sample(input, row), Ok(sample));
                samples.push((row, lack.map_or(Ok(()), Err)));
            }
            Visited::Counted(rows) => {
                let times = || rows.times();
                assert_eq!(rows.span(), (times().min().unwrap(), times().max().unwrap()));
                samples.extend(rows.rows().zip(times()).map(|(row, time)| {
                    assert_eq!(of.sample(input, row).map(|sample| sample.time), Ok(time));
                    let miss = rows.before.map(|from| Millis(from.0 - time));
                    (row, miss.map_or(Ok(()), |miss| Err(NotCounted::BeforeWindow(miss))))
                }));
            }
            Visited::Expired(by) => {
                for (_, part) in &mut samples[begin..] {
                    if !matches!(part, Err(NotCounted::Late(_))) {
                        *part = Err(NotCounted::Expired(by));
                    }
                }
                begin = samples.len();
            }
        };
        while !rows.visit(of, deadline, &mut visit) {}
        // Once more, it is those that came after the key expired last.
        let (mut unexpired, mut again) = (rows.unexpired(), Vec::new());
        let mut visit = |visited: Visited<'_, 't>| match visited {
            Visited::Other(..) | Visited::OtherType(_) => {}
            Visited::Sample(row, ..) => again.push(row),
            Visited::Counted(rows) => again.extend(rows.rows()),
            Visited::Expired(_) => panic!("it expired before"),
        };
        while !unexpired.visit(of, deadline, &mut visit) {}
        assert!(samples[begin..].iter().map(|(row, _)| *row).eq(again));
        let mut all: Vec<_> = others.into_iter().chain(samples).collect();
        all.sort_by_key(|(row, _)| *row);
        all
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
