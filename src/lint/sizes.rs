//! Numbers of two sizes: some in another unit than the others, or one that stands for `unknown`.

use std::collections::BTreeMap;

use crate::base::escape::yaml;
use crate::base::quantity::{grouped, quoted, value};
use crate::config::Body;
use crate::diagnostic::codes;
use crate::diagnostic::lints::{SIZES_APART, SIZES_EVENTS, SIZES_SHARE, SIZES_UNKNOWN};
use crate::engine::InputRows;
use crate::plan::{AttributeId, InputId, OutputId, Takes, Types};
use crate::profile::{Marked, Which};

use super::{Facts, Findings};

/// The bits of a number that are cut off: what is left is a step of an eighth of a doubling.
const STEP: u32 = 49;
/// The least different sizes of numbers that vary; fewer are a choice of a few.
const VARIED: usize = 6;

/// Aggregated numbers of which a part is many times as large as all others, with none between.
pub(super) fn two_sizes(facts: &Facts<'_>, findings: &mut Findings<'_>) {
    let rows = facts.rows;
    let mut known: Vec<(&Types, AttributeId, Option<usize>)> = Vec::new();
    for (declared, feature) in facts.features() {
        let Body::Counter { value: Some(attribute), .. } = &declared.body else { continue };
        let sides = facts.plan.sides(OutputId(feature.outputs.start));
        let Some(side) = sides.first() else { continue };
        let input = facts.plan.states[side.term.state.0].input;
        let taken = &facts.plan.inputs[input.0];
        let Some(number) = taken.value.filter(|_| taken.takes == Takes::Number) else { continue };
        if known.contains(&(&taken.types, number, taken.filter)) {
            continue;
        }
        known.push((&taken.types, number, taken.filter));
        let all = Sizes::of(rows, input, number);
        let Some(cut) = all.cut(facts) else { continue };
        let (low, high) = all.divided(cut);
        let name = &attribute.value;
        let message = if high.least >= high.greatest {
            format!(
                "`{name}` is {} in {} events, and at most {} in the other {}",
                value(high.least),
                grouped(high.events),
                value(low.greatest),
                grouped(low.events)
            )
        } else {
            format!(
                "`{name}` is of two sizes: from {} to {} in {} events, and from {} to {} in {}",
                value(low.least),
                value(low.greatest),
                grouped(low.events),
                value(high.least),
                value(high.greatest),
                grouped(high.events)
            )
        };
        let few_are_high = high.events <= low.events;
        let comparison = if few_are_high { "lt" } else { "ge" };
        let help = format!(
            "one of them is in another unit, or stands for `unknown`: mend who writes it, or leave \
             it out with `where: {{{}: {{{comparison}: {}}}}}`",
            yaml(name),
            quoted(high.least)
        );
        let events = marked(rows, input, number, |size| (size >= cut) == few_are_high);
        let warning = codes::TWO_SIZES.at(attribute.span.clone(), message).help(help);
        let marked = Marked { events: Which::Lines(events), except: vec![name.clone()] };
        findings.add_marked(declared, warning, marked);
    }
}

/// The positive numbers of an input, by their size.
#[derive(Default)]
struct Sizes(BTreeMap<u64, Part>);

/// Numbers of some sizes.
#[derive(Clone, Copy)]
struct Part {
    events: u64,
    least: f64,
    greatest: f64,
}

impl Part {
    const NONE: Self = Self { events: 0, least: f64::INFINITY, greatest: 0.0 };

    fn with(self, other: Self) -> Self {
        Self {
            events: self.events + other.events,
            least: self.least.min(other.least),
            greatest: self.greatest.max(other.greatest),
        }
    }
}

impl Sizes {
    fn of(rows: InputRows<'_>, input: InputId, attribute: AttributeId) -> Self {
        let mut sizes = Self::default();
        each(rows, input, attribute, |size, number, _| {
            let part = sizes.0.entry(size).or_insert(Part::NONE);
            *part = part.with(Part { events: 1, least: number, greatest: number });
        });
        sizes
    }

    /// The size at which the numbers are divided in two, if they are.
    fn cut(&self, facts: &Facts<'_>) -> Option<u64> {
        let of = |threshold| facts.settings.of(threshold);
        let all: u64 = self.0.values().map(|part| part.events).sum();
        if (all as f64) < of(&SIZES_EVENTS) {
            return None;
        }
        let mut sizes = self.0.iter();
        let (_, mut below) = sizes.next()?;
        let mut widest: Option<(f64, u64)> = None;
        for (size, part) in sizes {
            let apart = part.least / below.greatest;
            if widest.is_none_or(|(known, _)| known < apart) {
                widest = Some((apart, *size));
            }
            below = part;
        }
        let (apart, cut) = widest?;
        let (low, high) = self.divided(cut);
        let varied = self.0.range(..cut).count();
        let is_one = high.least >= high.greatest;
        let least = if is_one { of(&SIZES_UNKNOWN) } else { of(&SIZES_SHARE) * all as f64 };
        let apart_by = if is_one { of(&SIZES_APART).powi(2) } else { of(&SIZES_APART) };
        let is_cut = varied >= VARIED
            && apart >= apart_by
            && high.events as f64 >= least
            && low.events as f64 >= of(&SIZES_SHARE) * all as f64
            && (is_one || self.0.range(cut..).count() >= VARIED);
        is_cut.then_some(cut)
    }

    /// The numbers below a size, and the others.
    fn divided(&self, cut: u64) -> (Part, Part) {
        let sum = |parts: std::collections::btree_map::Range<'_, u64, Part>| {
            parts.fold(Part::NONE, |sum, (_, part)| sum.with(*part))
        };
        (sum(self.0.range(..cut)), sum(self.0.range(cut..)))
    }
}

/// The lines of the events whose number is of a size that is asked for.
fn marked(
    rows: InputRows<'_>,
    input: InputId,
    attribute: AttributeId,
    is_wanted: impl Fn(u64) -> bool,
) -> Vec<(u64, u64)> {
    let mut events = Vec::new();
    each(rows, input, attribute, |size, _, row| {
        if is_wanted(size) {
            events.push((rows.tape.line(row), rows.tape.sub(row).unwrap_or_default()));
        }
    });
    events.sort_unstable();
    events.dedup();
    events
}

/// Visits the positive numbers that an input takes: the size, the number and its row.
fn each(
    rows: InputRows<'_>,
    input: InputId,
    attribute: AttributeId,
    mut visit: impl FnMut(u64, f64, usize),
) {
    let types = rows.types(input);
    for row in (0..rows.tape.rows()).filter(|row| rows.takes(input, &types, *row)) {
        let number = rows.value(attribute, row).and_then(crate::base::Value::as_number);
        if let Some(number) = number.filter(|number| *number > 0.0 && number.is_finite()) {
            visit(number.to_bits() >> STEP, number, row);
        }
    }
}
