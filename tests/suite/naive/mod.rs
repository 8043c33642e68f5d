//! The engine against a naive scan: random plans over random logs, and every value that comes out
//! compared with one that is computed from all the events before it. The scan is written from the
//! language's description alone; of the program it knows the words of its aggregates.

mod division;
mod encodings;
mod explained;
mod filter;
mod forms;
mod generate;
mod model;
mod scan;
mod tested;
mod timeline;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::sync::Arc;

use counterscope::aggregate::REGISTRY;
use counterscope::base::{Deadline, Step, Task, TextList, Timestamp};
use counterscope::coverage::{EntryCount, entries};
use counterscope::dataset::{
    self, DatasetRow, Limits, Log, On, PassError, RowsOptions, Run, Sink, ValueRow,
};
use counterscope::engine::{
    At, Freshness, InputCount, InputCounter, InputRows, NotCounted, OutputValue, demand,
};
use counterscope::log::{EventSource, Reader};
use counterscope::plan::lower::compile;
use counterscope::plan::{InputId, OutputId, Plan as Compiled};
use counterscope::session::replay::Replay;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{TestCaseError, TestRunner};

use encodings::Encoding;
use model::{Body, Condition, Filter, Kind, Past, Plan};
use scan::{Key, Moment, Outcome, Output, Scan, Value};
use timeline::{IMPRESSION, Line, Timeline};

/// The texts of a case, which the engine reads, and the scan of the same.
struct Case<'a> {
    plan: &'a Plan,
    compiled: Arc<Compiled>,
    log: &'static [u8],
    timeline: &'a Timeline,
    scan: Scan<'a>,
    /// The outputs by their names.
    outputs: BTreeMap<String, Output>,
    /// The line on which each row begins; where there is none, a row is a line.
    begins: Vec<u64>,
}

/// What is told of an output: its name, a key, the live and the served value.
type ToldValue = (String, Key, Option<Value>, Option<Value>);
/// What is told of an event: its line, its time, the values before it.
type ToldRow = (u64, i64, Vec<Option<Value>>);

fn number(value: Option<f64>) -> Option<Value> {
    value.map(Value::Number)
}

fn list(value: Option<&TextList>) -> Option<Value> {
    value.map(|list| Value::List(list.texts().to_vec()))
}

fn of_output(value: Option<OutputValue>) -> Option<Value> {
    match value? {
        OutputValue::Number(number) => Some(Value::Number(number)),
        OutputValue::List(texts) => list(Some(&texts)),
    }
}

/// Rows as they are told.
struct Told(Vec<ToldRow>);

impl Sink<PassError> for Told {
    fn row(&mut self, row: &DatasetRow<'_>) -> Result<(), PassError> {
        let mut values: Vec<Option<Value>> = row.values.iter().copied().map(number).collect();
        for (output, texts) in row.lists {
            assert_eq!(values[output.0], None, "a number beside a list");
            values[output.0] = list(texts.as_ref());
        }
        self.0.push((row.seq, row.time.0, values));
        Ok(())
    }

    fn start_over(&mut self) -> Result<(), PassError> {
        self.0.clear();
        Ok(())
    }
}

fn counts_impressions(plan: &Plan) -> bool {
    let named = |interaction: &&str| *interaction == IMPRESSION;
    plan.features.iter().any(|feature| match &feature.body {
        Body::Interactions { interaction } | Body::Windows { interaction, .. } => {
            named(interaction)
        }
        Body::Rate { top, bottom, .. } => [top, bottom].into_iter().any(
            |side| matches!(side, model::Side::Interaction(interaction) if named(interaction)),
        ),
        Body::Counter { types, .. } => types.iter().any(named),
        Body::Ratio { .. } => false,
    })
}

fn timeline(plan: &Plan, log: &[Line]) -> Timeline {
    Timeline::new(plan, log, counts_impressions(plan))
}

impl<'a> Case<'a> {
    fn new(plan: &'a Plan, log: &[Line], timeline: &'a Timeline) -> Self {
        let mut text = String::new();
        for line in log {
            writeln!(text, "{}", line.text()).unwrap();
        }
        Self::of_bytes(plan, text.into_bytes(), timeline)
    }

    fn of_bytes(plan: &'a Plan, log: Vec<u8>, timeline: &'a Timeline) -> Self {
        let config = plan.text();
        let (compiled, report) = compile("config", &config);
        assert!(
            !report.has_errors(),
            "{}\n{config}",
            counterscope::diagnostic::text(&report, false)
        );
        let named = |feature: usize| {
            let names = plan.outputs(feature).into_iter().enumerate();
            names.map(move |(output, name)| (name, (feature, output)))
        };
        Self {
            plan,
            compiled: Arc::new(compiled.unwrap()),
            log: Vec::leak(log),
            timeline,
            scan: Scan::new(plan, timeline),
            outputs: (0..plan.features.len()).flat_map(named).collect(),
            begins: Vec::new(),
        }
    }

    fn reader(&self) -> Reader {
        Reader::embedded("log", self.log, &self.compiled.events, &self.compiled.attributes)
    }

    fn run(&self, on: Option<&On>) -> Run {
        let wanted = dataset::wanted(&self.compiled, on);
        Run::load(Arc::clone(&self.compiled), wanted, self.reader(), &mut |_| {}).unwrap()
    }

    /// The moment after so many lines that were taken.
    fn after(&self, taken: usize) -> Option<Moment> {
        let last = &self.timeline.taken[..taken].last()?;
        Some(Moment { events: last.after, as_of: last.clock })
    }

    fn agrees(&self, output: Output, found: Option<&Value>, expected: Option<&Value>) -> bool {
        let (Some(Value::Number(found)), Some(Value::Number(expected))) = (found, expected) else {
            return found == expected;
        };
        let largest = found.abs().max(expected.abs());
        // Where numbers of both signs fade, what is left may be nothing but rounding.
        let floor = match generate::cancels(self.plan, output.0) {
            true if generate::is_huge(self.plan, output.0) => 1e299,
            true => 1e-9,
            false => f64::MIN_POSITIVE,
        };
        let part = if generate::is_estimated(self.plan, output.0) { 0.01 } else { 1e-9 };
        (found - expected).abs() <= (part * largest).max(floor)
    }

    /// Whether a value may be there in the place of one with a sum in it that overflows: it is
    /// missing, or what a ratio has instead, which other ratios may divide.
    fn may_be_instead(&self, output: Output, found: Option<&Value>) -> bool {
        let default = match self.plan.features[output.0].body {
            Body::Ratio { default, .. } => default,
            _ => None,
        };
        found == number(default).as_ref() || generate::depth(self.plan, output.0) > 1
    }

    fn check(
        &self,
        what: &dyn Fn() -> String,
        name: &str,
        found: Option<&Value>,
        expected: Option<&Value>,
    ) -> Result<(), TestCaseError> {
        let output = self.outputs[name];
        if self.agrees(output, found, expected) {
            self.scan.has_overflowed();
            return Ok(());
        }
        if self.scan.has_overflowed() && self.may_be_instead(output, found) {
            return Ok(());
        }
        Err(TestCaseError::fail(format!(
            "{name} {}: the engine says {found:?}, the naive scan {expected:?}",
            what()
        )))
    }

    /// Values at keys, as the engine tells them, are those of the scan, and at the same keys.
    fn check_values(&self, moment: Moment, told: &[ToldValue]) -> Result<(), TestCaseError> {
        let mut found: BTreeMap<&str, BTreeSet<&Key>> = BTreeMap::new();
        for (name, key, live, served) in told {
            let output = self.outputs[name];
            let what = |kind| move || format!("{kind} at {key:?} {moment:?}");
            let expected = self.scan.live(output, key, moment);
            self.check(&what("live"), name, live.as_ref(), expected.as_ref())?;
            let expected = self.scan.served(output, key, moment);
            self.check(&what("served"), name, served.as_ref(), expected.as_ref())?;
            found.entry(name).or_default().insert(key);
        }
        for (name, output) in &self.outputs {
            let written = self.scan.written(output.0, moment);
            let expected: BTreeSet<&Key> = written.iter().collect();
            let keys = found.remove(name.as_str()).unwrap_or_default();
            if keys != expected {
                let told = format!(
                    "{name} {moment:?}: the engine has the keys {keys:?}, the naive scan {expected:?}"
                );
                return Err(TestCaseError::fail(told));
            }
        }
        Ok(())
    }

    /// A key as the scan has it.
    fn key(&self, name: &str, attributes: &[&str], texts: Vec<String>) -> Key {
        let (scope, _) = self.scan.scope(self.outputs[name].0);
        assert_eq!(scope, attributes, "the key of {name}");
        scope.into_iter().zip(texts).collect()
    }

    /// All final values: from a log that is held, or, on so many threads, from one that passes.
    fn final_values(&self, at: Option<i64>, threads: Option<usize>) -> Vec<ToldValue> {
        let at = at.map(Timestamp);
        let mut told = Vec::new();
        let mut tell = |row: &ValueRow<'_>| {
            let names: Vec<&str> = row.key.iter().map(|(name, _)| *name).collect();
            let key = self.key(row.output, &names, row.to_key().0);
            let [live, served] = match row.lists {
                Some(lists) => lists.each_ref().map(|texts| list(texts.as_ref())),
                None => [row.value, row.served].map(number),
            };
            told.push((row.output.to_owned(), key, live, served));
            Ok::<(), ()>(())
        };
        match threads {
            None => dataset::values(&self.run(None), at, &|_| true, &mut tell).unwrap(),
            Some(threads) => {
                let limits = Limits { threads, memory: None };
                let open = || Ok(Box::new(self.reader()) as Box<dyn EventSource>);
                let log = Log { open: &open, repeatable: true };
                let replayed =
                    dataset::replay(&self.compiled, &log, at, limits, &mut |_| {}).unwrap();
                replayed.values(&|_| true, &mut tell).unwrap();
            }
        }
        told
    }

    fn check_final(&self, at: Option<i64>) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.run(None).tape().events(), self.timeline.taken.len());
        let taken = &self.timeline.taken;
        // The clock never goes back: what is at or before a moment comes first.
        let before = at.map_or(taken.len(), |at| taken.partition_point(|line| line.clock <= at));
        let moment = self.after(before).unwrap_or(Moment { events: 0, as_of: 0 });
        let moment = Moment { as_of: at.unwrap_or(moment.as_of), ..moment };
        for threads in [None, Some(1), Some(2)] {
            self.check_values(moment, &self.final_values(at, threads))?;
        }
        Ok(())
    }

    /// What each feature counted and lost is what the scan says: from a log that is held, from one
    /// that passes, and row by row.
    fn check_counts(&self, at: Option<i64>) -> Result<(), TestCaseError> {
        let taken = &self.timeline.taken;
        let before = at.map_or(taken.len(), |at| taken.partition_point(|line| line.clock <= at));
        let events = self.after(before).map_or(0, |moment| moment.events);
        let outcome =
            |number: usize| Some((format!("f{number}"), self.scan.outcome(number, events)?));
        let expected: BTreeMap<String, Outcome> =
            (0..self.plan.features.len()).filter_map(outcome).collect();
        let plan = &self.compiled;
        let told = |counts: &[InputCount]| -> BTreeMap<String, Outcome> {
            let of = |entry: EntryCount| {
                let outcome = Outcome {
                    counted: entry.counted,
                    filtered: entry.filtered,
                    unlike: entry.unlike.events,
                    no_key: entry.no_key,
                    no_value: entry.no_value,
                    no_number: entry.no_number.events,
                };
                (entry.name, outcome)
            };
            entries(plan, counts).into_iter().map(of).collect()
        };
        for threads in [1, 2] {
            let limits = Limits { threads, memory: None };
            let open = || Ok(Box::new(self.reader()) as Box<dyn EventSource>);
            let log = Log { open: &open, repeatable: true };
            let at = at.map(Timestamp);
            let replayed = dataset::replay_counting(plan, &log, at, limits, &mut |_| {}).unwrap();
            prop_assert_eq!(&told(&replayed.counts), &expected);
        }
        let run = self.run(None);
        let (tape, index) = (run.tape(), run.index());
        let end = tape.end_row(at.map_or(tape.events(), |at| tape.events_at(Timestamp(at))));
        let mut counting = InputCounter::new(plan);
        // In slices as small as they come.
        while counting.step((plan, tape, index, end), &Deadline::passed()) != Step::Done(()) {}
        prop_assert_eq!(&told(counting.counts()), &expected);
        let of = InputRows { plan, tape, index };
        for (number, count) in counting.counts().iter().enumerate() {
            let mut by_row = [0; 4];
            for row in 0..end {
                match of.payload(InputId(number), row) {
                    Ok(_) => by_row[0] += 1,
                    Err(NotCounted::Type(_)) => {}
                    Err(NotCounted::Filter(..)) => by_row[1] += 1,
                    Err(NotCounted::Key(_)) => by_row[2] += 1,
                    Err(NotCounted::Value(..)) => by_row[3] += 1,
                    Err(reason) => prop_assert!(false, "{:?}", reason),
                }
            }
            let InputCount { counted, filtered, no_key, no_value, .. } = *count;
            prop_assert_eq!(by_row, [counted, filtered, no_key, no_value]);
        }
        Ok(())
    }

    /// Rows: from a log that is held, or, on so many threads, from one that passes.
    fn rows(&self, on: &On, options: RowsOptions, threads: Option<usize>) -> Vec<ToldRow> {
        let mut told = Told(Vec::new());
        match threads {
            None => {
                dataset::rows(&self.run(Some(on)), on, options, &mut |row| told.row(row)).unwrap();
            }
            Some(threads) => {
                let limits = Limits { threads, memory: None };
                let open = || Ok(Box::new(self.reader()) as Box<dyn EventSource>);
                let log = Log { open: &open, repeatable: true };
                let plan = &self.compiled;
                dataset::replay_rows(plan, &log, on, options, limits, &mut told, &mut |_| {})
                    .unwrap();
            }
        }
        told.0
    }

    fn check_rows(&self, on: &On, served: bool) -> Result<(), TestCaseError> {
        let options = |every| RowsOptions { served, every };
        let held = self.rows(on, options(1), None);
        for threads in [1, 2] {
            prop_assert_eq!(&self.rows(on, options(1), Some(threads)), &held);
        }
        let third: Vec<_> = held.iter().skip(2).step_by(3).cloned().collect();
        for threads in [None, Some(1)] {
            prop_assert_eq!(&self.rows(on, options(3), threads), &third);
        }
        let kind = match on {
            On::Type(kind) => Some(kind.as_str()),
            On::Ranking => None,
        };
        let mut expected = self.timeline.taken.iter().flat_map(|taken| {
            let rows = taken.rows.iter().filter(|(on, _)| *on == kind);
            rows.map(move |(_, attributes)| (taken, attributes))
        });
        for (seq, time, values) in held {
            let Some((taken, attributes)) = expected.next() else {
                return Err(TestCaseError::fail(format!("one row too many: {seq}")));
            };
            let line = self.begins.get(taken.line).copied().unwrap_or(taken.line as u64);
            prop_assert_eq!((seq, time), (line, taken.time));
            let moment = Moment { events: taken.before, as_of: taken.clock };
            for (declared, found) in self.compiled.outputs.iter().zip(values) {
                let name = &declared.name;
                let output = self.outputs[name.as_str()];
                let key = scan::row_key(&self.scan.scope(output.0).0, attributes);
                let read = |key: &Key| {
                    if served {
                        self.scan.served(output, key, moment)
                    } else {
                        self.scan.live(output, key, moment)
                    }
                };
                let what =
                    || format!("on {on:?} line {seq} at {key:?} {moment:?}, served: {served}");
                let expected = key.as_ref().and_then(read);
                self.check(&what, name, found.as_ref(), expected.as_ref())?;
            }
        }
        prop_assert!(expected.next().is_none(), "rows are missing");
        Ok(())
    }

    /// Goes to each of the places, and looks at what is there.
    fn check_replay(&self, places: &[prop::sample::Index]) -> Result<(), TestCaseError> {
        let mut replay = Replay::new(Arc::clone(&self.compiled), demand(&self.compiled, false));
        let mut reader = self.reader();
        while let Some(batch) = reader.next_batch().unwrap() {
            replay.extend(batch);
        }
        replay.finish();
        for place in places {
            let goal = place.index(replay.tape().events() + 1);
            replay.seek_to(goal);
            while !replay.is_idle() {
                replay.work(&Deadline::passed());
            }
            let Some(moment) = self.after(goal) else { continue };
            let (engine, index, plan) = (replay.engine(), replay.index(), replay.plan());
            let as_of = engine.clock().unwrap();
            prop_assert_eq!(as_of.0, moment.as_of);
            let mut told = Vec::new();
            for output in (0..plan.outputs.len()).map(OutputId) {
                let (name, scope) = (&plan.outputs[output.0].name, plan.scope_of(output));
                let attributes: Vec<&str> = plan.key_attributes(scope).collect();
                for slot in
                    (0..index.keys(scope) as u32).filter(|s| engine.is_written(index, output, *s))
                {
                    told.push((
                        name.clone(),
                        self.key(name, &attributes, index.key(scope, slot).0),
                        of_output(engine.value(
                            index,
                            output,
                            At::Slot(slot),
                            as_of,
                            Freshness::Live,
                        )),
                        of_output(engine.value(
                            index,
                            output,
                            At::Slot(slot),
                            as_of,
                            Freshness::Served,
                        )),
                    ));
                }
            }
            self.check_values(moment, &told)?;
        }
        Ok(())
    }
}

/// A plan and a log of one format, which a failed property shows as the texts that they are.
#[derive(Clone)]
struct Drawn(Plan, Vec<Line>);

impl fmt::Debug for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{}", self.0.text())?;
        self.1.iter().try_for_each(|line| writeln!(f, "{}", line.text()))
    }
}

fn cases() -> impl Strategy<Value = Drawn> {
    any::<bool>().prop_flat_map(|metarank| {
        (generate::plan(metarank), generate::log(metarank)).prop_map(|(plan, log)| Drawn(plan, log))
    })
}

/// How many cases a property tries on its own.
const CASES: u32 = 160;

/// How many cases a property tries: enough by default, more with `PROPTEST_CASES`.
fn config(cases: u32) -> ProptestConfig {
    let given = ProptestConfig::default();
    let usual = given.cases == 256;
    let cases = if usual { cases } else { given.cases };
    ProptestConfig { cases, failure_persistence: None, ..given }
}

proptest! {
    #![proptest_config(config(CASES))]

    #[test]
    fn values_are_those_of_the_naive_scan(
        Drawn(plan, log) in cases(),
        place in any::<prop::sample::Index>(),
        later in prop_oneof![Just(0), 0i64..86_400_000],
    ) {
        let timeline = timeline(&plan, &log);
        let case = Case::new(&plan, &log, &timeline);
        case.check_final(None)?;
        case.check_final(Some(place.get(&timeline.taken).clock + later))?;
    }

    #[test]
    fn what_features_count_and_lose_is_what_the_naive_scan_says(
        Drawn(plan, log) in cases(),
        place in any::<prop::sample::Index>(),
    ) {
        let timeline = timeline(&plan, &log);
        let case = Case::new(&plan, &log, &timeline);
        case.check_counts(None)?;
        case.check_counts(Some(place.get(&timeline.taken).clock))?;
    }

    #[test]
    fn rows_are_those_of_the_naive_scan(
        Drawn(plan, log) in cases(),
        pick in any::<prop::sample::Index>(),
        served: bool,
    ) {
        let timeline = timeline(&plan, &log);
        let case = Case::new(&plan, &log, &timeline);
        let (word, is_metarank) = (|name: &str| On::Type(name.to_owned()), plan.metarank);
        let ons = if is_metarank {
            vec![word("click"), word("like"), word(IMPRESSION), On::Ranking]
        } else {
            generate::FLAT.types.iter().copied().map(word).collect()
        };
        case.check_rows(pick.get(&ons), served)?;
    }

    #[test]
    fn a_replay_shows_the_naive_scan_wherever_it_is_sent(
        Drawn(plan, log) in cases(),
        places in prop::collection::vec(any::<prop::sample::Index>(), 1..5),
    ) {
        let timeline = timeline(&plan, &log);
        Case::new(&plan, &log, &timeline).check_replay(&places)?;
    }
}

proptest! {
    #![proptest_config(config(CASES))]

    /// However the config says that events are written, and in whatever encoding.
    #[test]
    fn events_in_any_form_have_the_values_of_the_naive_scan(
        (plan, log) in (generate::plan(false), generate::log(false)),
        form in forms::forms(),
        pick in any::<prop::sample::Index>(),
    ) {
        let written = form.write(&plan, &log);
        // A log in which nothing is an event has no moment.
        prop_assume!(!written.lines.is_empty());
        let timeline = timeline(&written.plan, &written.lines);
        let encodings = Encoding::all(form.has_lists);
        let picked = *pick.get(&encodings);
        for encoding in encodings {
            let encoded = encoding.write(&written.rows);
            let mut plan = written.plan.clone();
            plan.events.extend(encoded.events);
            let told = |error| {
                let text = Encoding::Json.write(&written.rows).bytes;
                let text = String::from_utf8_lossy(&text).into_owned();
                TestCaseError::fail(format!("{encoding:?}: {error}\n{}\n{text}", plan.text()))
            };
            let mut case = Case::of_bytes(&plan, encoded.bytes, &timeline);
            case.begins = encoded.begins;
            case.check_final(None).map_err(told)?;
            if encoding == picked {
                let on = On::Type((*pick.get(generate::FLAT.types)).to_owned());
                case.check_rows(&on, false).map_err(told)?;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 200, ..config(2) })]

    /// Long enough for several batches, for more than one checkpoint, and to go back from them.
    #[test]
    fn a_long_log_is_read_as_a_short_one(
        Drawn(mut plan, log) in cases(),
        places in prop::collection::vec(any::<prop::sample::Index>(), 2),
    ) {
        plan.dedup = None;
        let long = generate::repeated(&log, 9_000);
        let timeline = timeline(&plan, &long);
        let case = Case::new(&plan, &long, &timeline);
        case.check_replay(&places)?;
        case.check_final(None)?;
    }
}

/// What a plan has in it, in words.
fn ingredients(plan: &Plan) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut add = |words: &str| found.insert(words.to_owned());
    for feature in &plan.features {
        if let Some(filter) = &feature.filter {
            tests(filter, &mut add);
        }
        add(if feature.explode { "explode" } else { "first element" });
        match &feature.body {
            Body::Interactions { .. } => add("interaction_count"),
            Body::Windows { .. } => add("window_count"),
            Body::Rate { top, weight, .. } => {
                let named = matches!(top, model::Side::Feature(_));
                add(if named { "rate of a feature" } else { "rate of an interaction" });
                add(if weight.is_some() { "normalized rate" } else { "plain rate" })
            }
            Body::Counter { aggregate, past, .. } => {
                let shape = match past {
                    Past::Lifetime => "lifetime",
                    Past::Windows { kind, .. } => kind.word(),
                    Past::HalfLives(_) => "half_life",
                };
                add(&format!("{aggregate} {shape}"))
            }
            Body::Ratio { top, bottom, default, prior } => {
                let of = |side: &model::Operand| {
                    matches!(plan.features[side.feature].body, Body::Ratio { .. })
                };
                if of(top) || of(bottom) {
                    add("ratio of a ratio");
                }
                if top.output.is_none() && bottom.output.is_none() {
                    add("ratio of features");
                }
                add(match prior {
                    None => "plain ratio",
                    Some(model::Prior { rate: None, .. }) => "ratio, prior of all",
                    Some(_) => "ratio, prior",
                });
                add(if default.is_some() { "ratio with default" } else { "ratio without" })
            }
        };
    }
    found
}

fn tests(filter: &Filter, add: &mut dyn FnMut(&str) -> bool) {
    for condition in &filter.0 {
        match condition {
            Condition::Attribute(_, tests, _) => {
                for test in tests {
                    add(test.word());
                }
            }
            Condition::Any(filters) => {
                add("any");
                filters.iter().for_each(|filter| tests(filter, add));
            }
            Condition::Not(filter) => {
                add("not");
                tests(filter, add);
            }
        }
    }
}

/// The properties are worth what they try: every aggregate over every shape that it takes, and
/// every other part of the language, comes up among as many plans as they draw.
#[test]
fn the_plans_hold_the_whole_language() {
    let mut expected: BTreeSet<String> = [
        "interaction_count",
        "window_count",
        "rate of a feature",
        "rate of an interaction",
        "normalized rate",
        "plain rate",
        "plain ratio",
        "ratio of a ratio",
        "ratio of features",
        "ratio, prior",
        "ratio, prior of all",
        "ratio with default",
        "ratio without",
        "explode",
        "first element",
        "any",
        "not",
        "eq",
        "ne",
        "gt",
        "ge",
        "lt",
        "le",
        "in",
        "not_in",
        "exists",
    ]
    .map(str::to_owned)
    .into();
    for aggregate in REGISTRY {
        expected.insert(format!("{} lifetime", aggregate.name));
        expected.extend(Kind::ALL.map(|(_, word)| format!("{} {word}", aggregate.name)));
        if aggregate.decays() {
            expected.insert(format!("{} half_life", aggregate.name));
        }
    }
    let mut runner = TestRunner::deterministic();
    let mut found = BTreeSet::new();
    for _ in 0..CASES * 3 {
        let Drawn(plan, _) = cases().new_tree(&mut runner).unwrap().current();
        found.extend(ingredients(&plan));
    }
    let missing: Vec<_> = expected.difference(&found).collect();
    assert!(missing.is_empty(), "never drawn: {missing:?}");
    let unknown: Vec<_> = found.difference(&expected).collect();
    assert!(unknown.is_empty(), "drawn and not expected: {unknown:?}");
}

/// The comparison itself: a scan of another log is found out.
#[test]
fn a_difference_is_told() {
    let mut runner = TestRunner::deterministic();
    let strategy = (cases(), cases());
    let mut told = 0;
    for _ in 0..40 {
        let (Drawn(plan, log), Drawn(other, mut lines)) =
            strategy.new_tree(&mut runner).unwrap().current();
        if plan.metarank != other.metarank {
            continue;
        }
        lines.truncate(log.len());
        let timeline = timeline(&plan, &lines);
        let case = Case::new(&plan, &log, &timeline);
        told += u32::from(case.check_final(None).is_err());
    }
    assert!(told > 10, "{told}");
}
