//! Key spread: how the rows that an input counts are spread over its keys and over time.

use std::ops::Range;
use std::sync::Arc;

use crate::base::{Deadline, Millis, Step, Task};
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
    /// The ten keys that have most, with how many they have; the first of equal ones first.
    pub hottest: Vec<(u32, u64)>,
    /// The median time between a row of a key and the next one of the same key, to 9 %; `None` if no
    /// key has two.
    pub gap: Option<Millis>,
    /// The median time between the first row of a key and its last one, to 9 %, of the keys that have
    /// several; `None` if none has.
    pub lifetime: Option<Millis>,
}

/// A task that finds how the rows of a tape are spread over the keys of some inputs of a plan: those
/// that take the same rows by type and filter, so that the rows are selected once for all of them.
pub struct KeySpreads {
    program: Arc<PhysicalPlan>,
    selection: usize,
    /// Per set of types, whether it is that of the selection.
    used: Vec<bool>,
    select: SelectionVectors,
    counts: Vec<Counts>,
    /// The next row.
    row: usize,
    /// The next slot of the counts that are summed up, and their sum so far; and what is done.
    slot: usize,
    sum: Sum,
    spreads: Vec<(InputId, KeySpread)>,
}

/// The sum of the counts of some slots.
#[derive(Default)]
struct Sum {
    spread: KeySpread,
    lifetimes: Gaps,
}

/// The counts of inputs that differ in what they aggregate alone.
struct Counts {
    inputs: Vec<InputId>,
    /// Per slot, the rows.
    rows: Vec<u32>,
    /// Per slot, the times of the first and the last row.
    first: Vec<i64>,
    last: Vec<i64>,
    gaps: Gaps,
}

impl KeySpreads {
    /// The tasks for all inputs of a plan. None needs another.
    #[must_use]
    pub fn tasks(plan: &Plan) -> Vec<Self> {
        let program = Arc::new(PhysicalPlan::new(plan));
        let of = |selection: usize| {
            let mut used = vec![false; program.sets.len()];
            used[program.selections[selection].set] = true;
            let mut counts: Vec<Counts> = Vec::new();
            for input in program.selections[selection].inputs.iter().copied() {
                let of = |input: InputId| {
                    let declared = &plan.inputs[input.0];
                    (declared.scope, declared.value, declared.takes)
                };
                match counts.iter_mut().find(|known| of(known.inputs[0]) == of(input)) {
                    Some(known) => known.inputs.push(input),
                    None => counts.push(Counts::new(input)),
                }
            }
            let (program, select) = (Arc::clone(&program), SelectionVectors::default());
            let (sum, spreads) = (Sum::default(), Vec::new());
            Self { program, selection, used, select, counts, row: 0, slot: 0, sum, spreads }
        };
        (0..program.selections.len()).map(of).collect()
    }

    /// The bytes of memory that it holds.
    #[must_use]
    pub fn held(&self) -> usize {
        let bytes = |counts: &Counts| {
            counts.rows.capacity() * size_of::<u32>()
                + (counts.first.capacity() + counts.last.capacity()) * size_of::<i64>()
        };
        self.counts.iter().map(bytes).sum()
    }
}

impl Task for KeySpreads {
    /// The plan, a finished tape, and the index of the plan.
    type Context<'c> = (&'c Plan, &'c Tape, &'c KeyIndex);
    type Output = Vec<(InputId, KeySpread)>;

    fn step(
        &mut self,
        (plan, tape, index): Self::Context<'_>,
        deadline: &Deadline,
    ) -> Step<Self::Output> {
        let Self { program, selection, used, select, counts, row, slot, sum, spreads } = self;
        let of = InputRows { plan, tape, index };
        while *row < tape.rows() {
            let first = *row;
            let block = first..tape.rows().min(first + BLOCK).min(tape.page_end(first));
            select.begin(program, used, tape, &tape.type_ids(block.clone()));
            let passed = select.rows(program, plan, tape, index, *selection, first);
            let times = tape.times(block.clone());
            counts.iter_mut().for_each(|counts| counts.take(of, block.clone(), passed, &times));
            *row = block.end;
            if deadline.has_passed() {
                return Step::Pending(*row as f32 / tape.rows() as f32);
            }
        }
        while let Some(last) = counts.last() {
            let block = *slot..last.rows.len().min(*slot + BLOCK);
            sum.add(last, block.clone());
            *slot = block.end;
            if *slot == last.rows.len()
                && let Some(whole) = counts.pop()
            {
                *slot = 0;
                let spread = std::mem::take(sum).end(&whole.gaps);
                spreads.extend(whole.inputs.into_iter().map(|input| (input, spread.clone())));
            }
            if deadline.has_passed() && !counts.is_empty() {
                return Step::Pending(1.0);
            }
        }
        Step::Done(std::mem::take(spreads))
    }
}

impl Counts {
    fn new(input: InputId) -> Self {
        Self {
            inputs: vec![input],
            rows: Vec::new(),
            first: Vec::new(),
            last: Vec::new(),
            gaps: Gaps::default(),
        }
    }

    /// Takes the rows of a block that passed, as offsets in it.
    fn take(&mut self, of: InputRows<'_>, block: Range<usize>, passed: &[u32], times: &[i64]) {
        let Self { inputs, rows, first, last, gaps } = self;
        let input = inputs[0];
        let slots = of.index.keys(of.plan.inputs[input.0].scope);
        rows.resize(slots, 0);
        first.resize(slots, 0);
        last.resize(slots, 0);
        InputColumns::new(of, input, block).each(passed, |row, found| {
            let Ok((slots, _)) = found else { return };
            let time = times[row as usize];
            for slot in slots.iter().map(|slot| *slot as usize) {
                if rows[slot] > 0 {
                    gaps.add(time.abs_diff(last[slot]));
                } else {
                    first[slot] = time;
                }
                rows[slot] = rows[slot].saturating_add(1);
                last[slot] = time;
            }
        });
    }
}

impl Sum {
    /// Adds the counts of a block of slots; the blocks come in order.
    fn add(&mut self, counts: &Counts, block: Range<usize>) {
        let Self { spread, lifetimes } = self;
        for slot in block {
            let count = counts.rows[slot];
            if count == 0 {
                continue;
            }
            spread.rows += u64::from(count);
            spread.keys += 1;
            spread.once += u64::from(count == 1);
            if count > 1 {
                lifetimes.add(counts.last[slot].abs_diff(counts.first[slot]));
            }
            let hottest = &mut spread.hottest;
            // Equal ones stay in the order of their slots.
            let place = hottest.partition_point(|(_, most)| *most >= u64::from(count));
            if place < HOTTEST {
                hottest.truncate(HOTTEST - 1);
                hottest.insert(place, (slot as u32, u64::from(count)));
            }
        }
    }

    fn end(self, gaps: &Gaps) -> KeySpread {
        KeySpread { gap: gaps.median(), lifetime: self.lifetimes.median(), ..self.spread }
    }
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
        fn rows_are_counted_by_key(config in configs(), log in logs(), slices: bool) {
            let run = load(&config, &log);
            let (plan, tape, index) = (run.plan(), run.tape(), run.index());
            let of = InputRows { plan, tape, index };
            let mut spreads = Vec::new();
            for mut task in KeySpreads::tasks(plan) {
                // In slices or in one go.
                let deadline = if slices { Deadline::passed() } else { Deadline::never() };
                // A slice for the rows, of which there is a block, and one for the slots of each.
                let sliced = usize::from(tape.rows() > 0) + task.counts.len();
                let least = if slices { sliced } else { 1 };
                let mut steps = 0;
                spreads.extend(loop {
                    steps += 1;
                    if let Step::Done(found) = task.step((plan, tape, index), &deadline) {
                        break found;
                    }
                });
                prop_assert!(steps >= least);
            }
            spreads.sort_by_key(|(input, _)| *input);
            prop_assert_eq!(spreads.len(), plan.inputs.len());
            for (number, (input, found)) in spreads.into_iter().enumerate() {
                prop_assert_eq!(input, InputId(number));
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
                let several = times.values().filter(|times| times.len() > 1);
                let mut lifetimes: Vec<u64> =
                    several.map(|times| times[times.len() - 1].abs_diff(times[0])).collect();
                lifetimes.sort_unstable();
                let median = lifetimes.get(lifetimes.len().saturating_sub(1) / 2);
                let median = median.map(|time| Millis(least(place(*time)) as i64));
                prop_assert_eq!(found.lifetime, median);
            }
        }
    }
}
