//! Key spread: how the rows that an input counts are spread over its keys and over time.

use crate::base::Millis;
use crate::plan::{InputId, Plan};
use crate::tape::Tape;

use super::PhysicalPlan;
use super::input_rows::{InputColumns, InputRows};
use super::selection::SelectionVectors;
use crate::engine::keys::KeyIndex;

/// The rows per block: few enough to stay in the processor's cache.
const BLOCK: usize = 1 << 14;
/// The steps into which a doubling of a gap is divided: a median is exact to 9 %.
const STEPS: u32 = 8;

/// The keys with the most rows that are told.
const HOTTEST: usize = 10;

/// How the rows that an input counts are spread over its keys. A row of an exploded list counts for
/// each of its keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeySpread {
    /// The rows.
    pub rows: u64,
    /// The keys that have one.
    pub keys: u64,
    /// The keys that have exactly one.
    pub once: u64,
    /// The key that has most, the first of equal ones, and how many it has.
    pub most: Option<(u32, u64)>,
    /// The `HOTTEST` keys that have most, the first of equal ones first.
    pub hottest: Vec<(u32, u64)>,
    /// The median time between a row of a key and the next one of the same key, to 9 %; `None` if no
    /// key has two.
    pub gap: Option<Millis>,
}

/// How the rows of a tape are spread over the keys of each input of a plan. Inputs that differ in
/// what they aggregate alone have equal ones. `goes_on` is asked before each input; `None` once it
/// says no.
pub fn key_spreads(
    (plan, tape, index): (&Plan, &Tape, &KeyIndex),
    goes_on: &dyn Fn() -> bool,
) -> Option<Vec<KeySpread>> {
    let program = PhysicalPlan::new(plan);
    let mut spreads = vec![KeySpread::default(); plan.inputs.len()];
    for (number, selection) in program.selections.iter().enumerate() {
        let mut known: Vec<InputId> = Vec::new();
        for input in selection.inputs.iter().copied() {
            if !goes_on() {
                return None;
            }
            let of = |input: InputId| {
                let declared = &plan.inputs[input.0];
                (declared.scope, declared.value, declared.takes)
            };
            let same = known.iter().find(|other| of(**other) == of(input));
            if let Some(same) = same {
                spreads[input.0] = spreads[same.0].clone();
                continue;
            }
            known.push(input);
            let of = InputRows { plan, tape, index };
            spreads[input.0] = spread(&program, of, number, input);
        }
    }
    Some(spreads)
}

/// The spread of one input, which is of this selection.
fn spread(
    program: &PhysicalPlan,
    of: InputRows<'_>,
    selection: usize,
    input: InputId,
) -> KeySpread {
    let InputRows { plan, tape, index } = of;
    let mut used = vec![false; program.sets.len()];
    used[program.selections[selection].set] = true;
    let mut select = SelectionVectors::default();
    let slots = index.keys(plan.inputs[input.0].scope);
    let mut counts = vec![0_u32; slots];
    let mut last = vec![0_i64; slots];
    let mut gaps = Gaps::default();
    let mut first = 0;
    while first < tape.rows() {
        let block = first..tape.rows().min(first + BLOCK).min(tape.page_end(first));
        select.begin(program, &used, tape, &tape.type_ids(block.clone()));
        let passed = select.rows(program, plan, tape, index, selection, first).to_vec();
        let times = tape.times(block.clone());
        InputColumns::new(of, input, block.clone()).each(&passed, |row, found| {
            let Ok((slots, _)) = found else { return };
            let time = times[row as usize];
            for slot in slots.iter().map(|slot| *slot as usize) {
                if counts[slot] > 0 {
                    gaps.add(time.abs_diff(last[slot]));
                }
                counts[slot] = counts[slot].saturating_add(1);
                last[slot] = time;
            }
        });
        first = block.end;
    }
    let hottest = hottest(&counts);
    let mut spread = KeySpread { gap: gaps.median(), hottest, ..KeySpread::default() };
    for (slot, count) in counts.into_iter().enumerate().filter(|(_, count)| *count > 0) {
        let count = u64::from(count);
        spread.rows += count;
        spread.keys += 1;
        spread.once += u64::from(count == 1);
        if spread.most.is_none_or(|(_, most)| most < count) {
            spread.most = Some((slot as u32, count));
        }
    }
    spread
}

/// The slots with the greatest counts.
fn hottest(counts: &[u32]) -> Vec<(u32, u64)> {
    let mut slots: Vec<u32> =
        (0..counts.len() as u32).filter(|slot| counts[*slot as usize] > 0).collect();
    let by_count = |slot: &u32| (std::cmp::Reverse(counts[*slot as usize]), *slot);
    if slots.len() > HOTTEST {
        slots.select_nth_unstable_by_key(HOTTEST - 1, by_count);
        slots.truncate(HOTTEST);
    }
    slots.sort_unstable_by_key(by_count);
    slots.into_iter().map(|slot| (slot, u64::from(counts[slot as usize]))).collect()
}

/// The gaps between the rows of a key, counted by their size in steps of an eighth of a doubling.
#[derive(Default)]
struct Gaps {
    counts: Vec<u64>,
}

impl Gaps {
    fn add(&mut self, gap: u64) {
        let place = place(gap);
        if self.counts.len() <= place {
            self.counts.resize(place + 1, 0);
        }
        self.counts[place] += 1;
    }

    /// The least gap of the step that holds the median; the lower one of two.
    fn median(&self) -> Option<Millis> {
        let all: u64 = self.counts.iter().sum();
        let half = all.div_ceil(2);
        let mut seen = 0;
        let place = self.counts.iter().position(|count| {
            seen += count;
            seen >= half && all > 0
        })?;
        Some(Millis(least(place) as i64))
    }
}

/// The step of a gap. Gaps below two doublings of [`STEPS`] have a step of their own.
const fn place(gap: u64) -> usize {
    if gap < 2 * STEPS as u64 {
        return gap as usize;
    }
    let doubling = gap.ilog2();
    let within = (gap >> (doubling - STEPS.ilog2())) as u32 - STEPS;
    ((doubling - STEPS.ilog2()) * STEPS + within + STEPS) as usize
}

/// The least gap of a step.
const fn least(place: usize) -> u64 {
    let place = place as u32;
    if place < 2 * STEPS {
        return place as u64;
    }
    let doubling = place / STEPS - 1;
    ((STEPS + place % STEPS) as u64) << doubling
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::engine::random::{configs, load, logs};

    #[test]
    fn the_steps_of_gaps_are_ascending_and_narrow() {
        let mut before = 0;
        for gap in (0..10_000).chain((1..60).map(|shift| (1_u64 << shift) + 12_345)) {
            let step = place(gap);
            assert!(least(step) <= gap, "{gap}");
            assert!(least(step + 1) > gap, "{gap}");
            assert!(least(step + 1) - least(step) <= 1 + gap / u64::from(STEPS), "{gap}");
            if gap < 10_000 {
                assert!(step >= before);
                before = step;
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// A naive count of the rows of each key.
        #[test]
        fn rows_are_counted_by_key(config in configs(), log in logs()) {
            let run = load(&config, &log);
            let (plan, tape, index) = (run.plan(), run.tape(), run.index());
            let of = InputRows { plan, tape, index };
            let spreads = key_spreads((plan, tape, index), &|| true).unwrap();
            for (number, found) in spreads.iter().enumerate() {
                let input = InputId(number);
                let mut times = BTreeMap::<u32, Vec<i64>>::new();
                for row in (0..tape.rows()).filter(|row| of.payload(input, *row).is_ok()) {
                    for slot in index.slots(plan.inputs[number].scope, row).iter() {
                        times.entry(*slot).or_default().push(tape.time(row));
                    }
                }
                let counts = || times.values().map(|times| times.len() as u64);
                prop_assert_eq!(found.rows, counts().sum::<u64>());
                prop_assert_eq!(found.keys, times.len() as u64);
                prop_assert_eq!(found.once, counts().filter(|count| *count == 1).count() as u64);
                prop_assert_eq!(found.most.map(|(_, most)| most), counts().max());
                let mut most: Vec<_> = times.iter().map(|(slot, all)| (all.len(), *slot)).collect();
                most.sort_by_key(|(count, slot)| (std::cmp::Reverse(*count), *slot));
                most.truncate(HOTTEST);
                let most: Vec<_> =
                    most.into_iter().map(|(count, slot)| (slot, count as u64)).collect();
                prop_assert_eq!(&found.hottest, &most);
                let mut gaps: Vec<u64> = times
                    .values()
                    .flat_map(|times| times.windows(2).map(|two| two[1].abs_diff(two[0])))
                    .collect();
                gaps.sort_unstable();
                let median = gaps.get(gaps.len().saturating_sub(1) / 2);
                let median = median.map(|gap| Millis(least(place(*gap)) as i64));
                prop_assert_eq!(found.gap, median);
            }
        }
    }
}
