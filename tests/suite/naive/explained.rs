//! Explanations against the naive scan: what contributes, what does not, and what comes next.

use std::sync::Arc;

use counterscope::base::Timestamp;
use counterscope::config;
use counterscope::engine::{Engine, InputRows, Reading, states_of};
use counterscope::explain::{self, Counting, Explanation, Listing, Order, Position, Side};
use counterscope::plan::OutputId;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::generate;
use super::scan::{Key, Moment, Output, Value};
use super::{Case, Drawn, cases, config as cases_of, list, number, of_output, timeline};

fn of_reading(reading: &Reading) -> Option<Value> {
    match reading {
        Reading::List(texts) => list(Some(texts)),
        other => number(other.number()),
    }
}

/// The explanation of a value, and where it was read.
struct Explained<'c> {
    case: &'c Case<'c>,
    name: &'c str,
    output: Output,
    key: Key,
    moment: Moment,
    explode: bool,
    /// Whether the value changes with every moment.
    drifts: bool,
    told: Explanation,
}

impl Explained<'_> {
    fn check(
        &self,
        what: &str,
        found: Option<f64>,
        expected: Option<f64>,
    ) -> Result<(), TestCaseError> {
        self.agree(what, number(found).as_ref(), number(expected).as_ref())
    }

    fn agree(
        &self,
        what: &str,
        found: Option<&Value>,
        expected: Option<&Value>,
    ) -> Result<(), TestCaseError> {
        let what = || format!("{what} at {:?} {:?}: {:#?}", self.key, self.moment, self.told);
        self.case.check(&what, self.name, found, expected)
    }

    /// The events that lack a part of the key and have the others are told, and no others.
    fn check_keyless(&self) -> Result<(), TestCaseError> {
        let told = |side: &Side| -> u64 {
            let groups = side.not_counted.iter().filter(|group| group.reason == "key");
            groups.map(|group| group.count).sum()
        };
        let sides = self.told.sides.iter().filter(|side| !side.is_global);
        let told: Vec<u64> = sides.map(told).collect();
        let at = (self.explode, self.moment.events);
        let Some(expected) = self.case.scan.keyless_at(self.output, &self.key, at) else {
            return Ok(());
        };
        let expected: Vec<u64> = expected.into_iter().map(|count| count as u64).collect();
        prop_assert_eq!(told, expected, "{:#?}", self.told);
        Ok(())
    }

    /// Every event with the key is a contribution, or does not count for one reason.
    fn check_places(&self) -> Result<(), TestCaseError> {
        for side in self.told.sides.iter().filter(|side| !side.is_global) {
            let names: Vec<&'static str> = side
                .key
                .iter()
                .map(|it| *self.key.keys().find(|known| **known == it.name).unwrap())
                .collect();
            let key: Key =
                names.into_iter().zip(side.key.iter().map(|it| it.value.clone())).collect();
            let is_nowhere = side.contributions.count == 0 && side.not_counted.is_empty();
            if key.is_empty() && is_nowhere {
                // No event has the key of this side.
                continue;
            }
            let not_counted: u64 = side
                .not_counted
                .iter()
                .filter(|group| !group.words.starts_with("metadata"))
                // What lacks a part of the key is not with it.
                .filter(|group| group.reason != "key")
                .map(|group| group.count)
                .sum();
            let events = self.case.scan.events_at(&key, self.explode, self.moment.events);
            prop_assert_eq!(
                side.contributions.count + not_counted,
                events as u64,
                "{:#?}",
                self.told
            );
            for group in &side.not_counted {
                prop_assert!(
                    group.examples.len() as u64 <= group.count && !group.examples.is_empty()
                );
            }
        }
        Ok(())
    }

    /// The contributions are those of the scan, and make the value.
    fn check_contributions(&self) -> Result<(), TestCaseError> {
        for side in self.told.sides.iter().filter(|side| !side.is_global) {
            let listed = &side.contributions.listed;
            prop_assert_eq!(listed.len() as u64, side.contributions.count);
            if let Some(newest) = listed.first() {
                self.check("the newest contribution", newest.after, side.value)?;
            }
            // A sum that lay beyond the floats on its way is missing.
            let may_miss = generate::is_huge(self.case.plan, self.output.0) && side.value.is_none();
            let total = side.contributions.total.filter(|total| total.is_finite() && !may_miss);
            if let Some(total) = total {
                self.check("the sum of the contributions", Some(total), side.value)?;
            }
        }
        let Some(expected) = self.case.scan.contributions(self.output, &self.key, self.moment)
        else {
            return Ok(());
        };
        let [side] = self.told.sides.as_slice() else {
            return Err(TestCaseError::fail("a state has one side"));
        };
        let newest_first = side.contributions.listed.iter().rev();
        let found: Vec<(i64, Option<f64>)> =
            newest_first.map(|it| (it.event.time.0, it.weight)).collect();
        prop_assert_eq!(found.len(), expected.len(), "{:#?}", self.told);
        for ((time, weight), (wanted, expected)) in found.into_iter().zip(expected) {
            prop_assert_eq!(time, wanted);
            if let Some(weight) = weight {
                self.check("a weight", Some(weight), Some(expected))?;
            }
        }
        let exact = side.window.as_ref().and_then(|window| window.rolling);
        if let Some(exact) = exact.filter(|_| !side.is_list) {
            let expected = self.case.scan.rolling(self.output, &self.key, self.moment);
            self.check("the rolling window", exact.value, expected)?;
        }
        Ok(())
    }

    /// What comes next is what the scan says of later moments.
    fn check_upcoming(&self) -> Result<(), TestCaseError> {
        let mut before = self.told.live.clone();
        let upcoming = self.told.upcoming.as_deref();
        prop_assert!(upcoming.is_some(), "{:#?}", self.told);
        for change in upcoming.into_iter().flatten() {
            let later = |as_of| {
                self.case.scan.live(self.output, &self.key, Moment { as_of, ..self.moment })
            };
            match &change.reading {
                Reading::Expired | Reading::NeverSeen => {}
                reading => {
                    let found = of_reading(reading);
                    self.agree("what comes next", found.as_ref(), later(change.at.0).as_ref())?;
                }
            }
            prop_assert_ne!(&change.reading, &before);
            // Just before it the value is still the one before, if it does not change all the time.
            let just_before = later(change.at.0 - 1);
            let stays = !self.drifts && change.is_next && change.at.0 > self.moment.as_of + 1;
            if stays && !matches!(before, Reading::Expired | Reading::NeverSeen) {
                let found = of_reading(&before);
                self.agree("until then", found.as_ref(), just_before.as_ref())?;
            }
            before = change.reading.clone();
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(cases_of(96))]

    /// A feature counts the events that the scan counts for it, whatever the key; of those that no
    /// value of it covers some may be dropped, and verdicts say the same.
    #[test]
    fn events_count_for_the_features_for_which_the_scan_counts_them(
        Drawn(plan, log) in cases(),
    ) {
        let timeline = timeline(&plan, &log);
        let case = Case::new(&plan, &log, &timeline);
        let run = case.run(None);
        let (compiled, tape, index) = (run.plan(), run.tape(), run.index());
        let rows = InputRows { plan: compiled, tape, index };
        let counted: Vec<usize> =
            (0..tape.rows()).filter(|row| tape.type_id(*row).is_some()).collect();
        prop_assert_eq!(counted.len(), timeline.events.len());
        for feature in &compiled.features {
            let output = &compiled.outputs[feature.outputs.start].name;
            let expected = case.scan.counted(case.outputs[output].0);
            let counting = Counting::of(compiled, &feature.name).unwrap();
            for event in 0..tape.events() {
                let own = tape.end_row(event)..tape.end_row(event + 1);
                let places = counted.iter().enumerate().filter(|(_, row)| own.contains(row));
                let written: Vec<bool> =
                    places.filter_map(|(place, _)| expected.get(&place).copied()).collect();
                let counts = counting.counts(rows, event);
                if counts {
                    prop_assert!(!written.is_empty(), "{} counts {}", feature.name, event);
                } else {
                    let is_covered = written.contains(&true);
                    prop_assert!(!is_covered, "{} does not count {}", feature.name, event);
                }
                let told = explain::verdicts(rows, event);
                let told = told.iter().find(|told| told.feature == feature.name).unwrap();
                prop_assert_eq!(told.counts, counts);
                prop_assert!(counts || !told.reasons.is_empty());
            }
        }
    }

    #[test]
    fn explanations_are_those_of_the_naive_scan(
        Drawn(plan, log) in cases(),
        place in any::<prop::sample::Index>(),
        later in prop_oneof![Just(0), 0i64..86_400_000],
        picks in prop::collection::vec(any::<prop::sample::Index>(), 6),
    ) {
        let timeline = timeline(&plan, &log);
        let case = Case::new(&plan, &log, &timeline);
        let text = plan.text();
        let document = config::read("config", &text).0.unwrap();
        let run = case.run(None);
        let (compiled, tape, index) = (run.plan(), run.tape(), run.index());
        let as_of = place.get(&timeline.taken).clock + later;
        let before = timeline.taken.partition_point(|line| line.clock <= as_of);
        let Some(moment) = case.after(before) else { return Ok(()) };
        let moment = Moment { as_of, ..moment };
        let mut engine = Engine::new(Arc::clone(&case.compiled));
        engine.apply(tape, index, tape.events_at(Timestamp(as_of)));
        let rows = InputRows { plan: compiled, tape, index };
        let at = Position { rows, engine: &engine, as_of: Timestamp(as_of) };
        let listing = Listing { order: Order::Newest, most: usize::MAX };
        for output in (0..compiled.outputs.len()).map(OutputId) {
            let scope = compiled.scope_of(output);
            let keys: Vec<u32> = (0..index.keys(scope) as u32).collect();
            let name = compiled.outputs[output.0].name.as_str();
            let attributes: Vec<&str> = compiled.key_attributes(scope).collect();
            for pick in picks.iter().filter(|_| !keys.is_empty()) {
                let slot = *pick.get(&keys);
                let told = explain::explain(at, output, slot, listing, (&document, &text));
                let key = case.key(name, &attributes, index.key(scope, slot).0);
                let explained = Explained {
                    case: &case,
                    name,
                    output: case.outputs[name],
                    key,
                    moment,
                    explode: compiled.scopes[scope.0].explode,
                    drifts: states_of(compiled, output)
                        .iter()
                        .any(|state| compiled.states[state.0].drifts()),
                    told,
                };
                let (live, key) = (explained.told.live.clone(), &explained.key);
                if live != Reading::Expired && live != Reading::NeverSeen {
                    let expected = case.scan.live(explained.output, key, moment);
                    let found = of_reading(&live);
                    explained.agree("the value", found.as_ref(), expected.as_ref())?;
                    if let Some(served) = explained.told.served.clone() {
                        let expected = case.scan.served(explained.output, key, moment);
                        let found = of_output(served.value);
                        explained.agree("what is served", found.as_ref(), expected.as_ref())?;
                    }
                }
                explained.check_places()?;
                explained.check_keyless()?;
                explained.check_contributions()?;
                explained.check_upcoming()?;
                // Grouped, they are the same contributions.
                let column = pick.index(tape.demand().attributes.len().max(1));
                if column < tape.demand().attributes.len() {
                    let sides = explain::contributors(at, (output, slot), column, usize::MAX);
                    let own = explained.told.sides.iter().filter(|it| !it.is_global);
                    for (by, side) in sides.iter().zip(own) {
                        let sum: u64 = by.groups.iter().map(|group| group.contributions).sum();
                        prop_assert_eq!(sum, side.contributions.count);
                        prop_assert_eq!((by.contributions, by.values), (sum, by.groups.len()));
                        let share: f64 = by.groups.iter().map(|group| group.share).sum();
                        let adds_up = by.total.is_none_or(|total| total.is_normal() && total.abs() < 1e300);
                        if sum > 0 && adds_up && by.groups.iter().all(|group| group.share >= 0.0) {
                            prop_assert!((share - 1.0).abs() < 1e-9, "{:?}", by);
                        }
                    }
                }
            }
        }
    }
}
