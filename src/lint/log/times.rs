//! Times that cannot be meant, and hours without events.

use crate::base::quantity::{counted, grouped};
use crate::base::{Millis, Timestamp};
use crate::diagnostic::codes;
use crate::diagnostic::lints::{
    FAR_SHARE, FAR_TIMES, MISSING_EXPECTED, ODD_BEFORE, SILENT_EXPECTED, WITHIN_EVENTS,
    WITHIN_SECONDS,
};
use crate::lint::{Facts, Findings};
use crate::plan::{OutputId, Types};
use crate::profile::words::about;
use crate::profile::{HOUR, Hours, Marked, Profile, RejectedLines, Which};
use crate::tape::Reason;

/// The hours of a day, and of a week.
const DAY: i64 = 24;
const WEEK: i64 = 7 * DAY;
/// The year of Unix time 0, and the mean length of a year in hours.
const EPOCH: f64 = 1970.0;
const YEAR: f64 = 365.2425 * 24.0;
/// The least days and weeks with which hours are compared.
const OTHERS: usize = 2;
/// The part of the days that may have no events at these hours either.
const PAUSES: f64 = 0.1;

/// The events of each hour that has any, ascending.
type Counts = [(i64, u64)];

/// Lines that are rejected, since no log is of their time.
fn out_of_range(profile: &Profile, findings: &mut Findings<'_>) {
    let rejected = profile.rejected.iter().find(|lines| lines.reason == Reason::TimeOutOfRange);
    let Some(RejectedLines { lines, examples, .. }) = rejected else { return };
    let example = examples.iter().find_map(|example| example.fault.as_ref());
    let example = example.map_or_else(String::new, |fault| format!(", such as {}", fault.what));
    let message = format!(
        "{} {} rejected for a time before 1971 or after 2099{example}",
        counted(*lines as usize, "line"),
        if *lines == 1 { "is" } else { "are" },
    );
    let help = "a clock that began anew, or a time in another unit: correct these times, or leave the \
                lines out";
    findings.add_whole(codes::ODD_TIMES.at_all([], message).help(help));
}

/// Times of years long ago, all times within seconds, and a few times far from all others.
pub(in crate::lint) fn odd(facts: &Facts<'_>, findings: &mut Findings<'_>) {
    let Some(profile) = facts.profile else { return };
    out_of_range(profile, findings);
    let Some((first, last)) = profile.span else { return };
    let of = |threshold| facts.settings.of(threshold);
    let events = sum(&profile.hours);
    let unit = "say what times are counted in: `events: {unit: s}`, `ms`, `us` or `ns`; and which \
                member has them: `events: {timestamp: …}`";
    let before = ((of(&ODD_BEFORE) - EPOCH) * YEAR) as i64;
    let old: u64 = sum(&profile.hours[..profile.hours.partition_point(|(hour, _)| *hour < before)]);
    if 2 * old > events {
        let message = format!(
            "{} of {} events are from before {}: from {first} to {last}",
            grouped(old),
            grouped(events),
            of(&ODD_BEFORE),
        );
        return findings.add_whole(codes::ODD_TIMES.at_all([], message).help(unit));
    }
    let span = last.since(first);
    if events as f64 >= of(&WITHIN_EVENTS) && span.0 as f64 <= 1000.0 * of(&WITHIN_SECONDS) {
        let message = format!(
            "all {} events are within {}: from {first} to {last}",
            grouped(events),
            about(span),
        );
        return findings.add_whole(codes::ODD_TIMES.at_all([], message).help(unit));
    }
    let Some((far, is_after)) = far(&profile.hours, of(&FAR_SHARE), of(&FAR_TIMES)) else { return };
    let at = |hour: i64| Timestamp(hour.saturating_mul(HOUR));
    let (Some(from), Some(to)) = (far.first(), far.last()) else { return };
    let (from, to) = (at(from.0), Timestamp(at(to.0 + 1).0 - 1));
    let rest = if is_after {
        &profile.hours[..profile.hours.len() - far.len()]
    } else {
        &profile.hours[far.len()..]
    };
    let gap = match (is_after, rest.first(), rest.last()) {
        (true, _, Some(last)) => from.0 - at(last.0).0,
        (false, Some(first), _) => at(first.0).0 - to.0,
        _ => return,
    };
    let place = if is_after { "after" } else { "before" };
    let message = format!(
        "{} of {} events are {} {place} all others: {}",
        grouped(sum(far)),
        grouped(events),
        about(Millis(gap)),
        if is_after { last } else { first },
    );
    let help = if is_after {
        "values are as of the last event: correct these times, or leave the events out; no window \
         reaches back that far"
    } else {
        "correct these times, or leave the events out: no window reaches back that far"
    };
    let marked = Marked { events: Which::Within(from, to), except: Vec::new() };
    findings.add_whole_marked(codes::ODD_TIMES.at_all([], message).help(help), marked);
}

/// Hours without events that have events on other days.
pub(in crate::lint) fn missing_hours(facts: &Facts<'_>, findings: &mut Findings<'_>) {
    let Some(profile) = facts.profile else { return };
    let of = |threshold| facts.settings.of(threshold);
    let hours = match far(&profile.hours, of(&FAR_SHARE), of(&FAR_TIMES)) {
        Some((far, true)) => &profile.hours[..profile.hours.len() - far.len()],
        Some((far, false)) => &profile.hours[far.len()..],
        None => &profile.hours,
    };
    let missing = missing(hours, of(&MISSING_EXPECTED));
    let Some(longest) = missing.iter().max_by_key(|gap| gap.hours) else { return };
    let at = |hour: i64| Timestamp(hour.saturating_mul(HOUR));
    let others = match missing.len() - 1 {
        0 => String::new(),
        1 => ", and one other gap like it".to_owned(),
        more => format!(", and {} other gaps like it", grouped(more as u64)),
    };
    let message = format!(
        "no events for {} from {}, where other {} have {} (their median){others}",
        Millis(longest.hours.saturating_mul(HOUR)),
        at(longest.first),
        if longest.is_weekly { "weeks" } else { "days" },
        grouped(longest.expected),
    );
    let help = "bring the missing part of the log: windows over it are too low, and the first ones \
                after it rise";
    findings.add_whole(codes::MISSING_HOURS.at_all([], message).help(help));
}

/// Hours without events of one type, which has some at other days, while the log goes on.
pub(in crate::lint) fn missing_of_type(facts: &Facts<'_>, findings: &mut Findings<'_>) {
    let tape = facts.rows.tape;
    let Some((_, end)) = tape.contents().span() else { return };
    let least = facts.settings.of(&SILENT_EXPECTED);
    let mut of_type: Vec<Hours> = tape.type_names().iter().map(|_| Hours::default()).collect();
    let mut all = Hours::default();
    let mut first = 0;
    while first < tape.rows() {
        let page = first..tape.page_end(first).min(tape.rows());
        for (kind, time) in tape.type_ids(page.clone()).iter().zip(tape.times(page.clone()).iter())
        {
            // Rows that are no events have none of the types.
            if let Some(of_type) = of_type.get_mut(usize::from(*kind)) {
                of_type.take(Timestamp(*time));
                all.take(Timestamp(*time));
            }
        }
        first = page.end;
    }
    let of_all = missing(&all.end(), facts.settings.of(&MISSING_EXPECTED));
    let is_silent = |gap: &Gap| {
        let within = gap.first..gap.first + gap.hours;
        of_all.iter().any(|known| {
            let both = within.start.max(known.first)..within.end.min(known.first + known.hours);
            2 * (both.end - both.start).max(0) > gap.hours
        })
    };
    for (name, hours) in tape.type_names().iter().zip(of_type) {
        let Some((feature, _)) = facts.features().find(|(_, feature)| {
            let sides = facts.plan.sides(OutputId(feature.outputs.start));
            sides.iter().any(|side| {
                let input = facts.plan.states[side.term.state.0].input;
                matches!(&facts.plan.inputs[input.0].types, Types::Only(types) if types.contains(name))
            })
        }) else {
            continue;
        };
        let mut hours = hours.end();
        // It may have stopped: the log ends with an hour without any.
        let last = end.0.div_euclid(HOUR);
        if hours.last().is_some_and(|(hour, _)| *hour < last) {
            hours.push((last + 1, 0));
        }
        let missing = missing(&hours, least);
        let Some(longest) = missing.iter().max_by_key(|gap| gap.hours) else { continue };
        if is_silent(longest) {
            continue;
        }
        let message = format!(
            "no `{name}` for {} from {}, where other {} have {} (their median), and other events go \
             on",
            Millis(longest.hours.saturating_mul(HOUR)),
            Timestamp(longest.first.saturating_mul(HOUR)),
            if longest.is_weekly { "weeks" } else { "days" },
            grouped(longest.expected),
        );
        let help =
            "look at who sends them: windows over it are too low, and rates with others wrong";
        let at = feature.name.span.clone();
        findings.add(feature, codes::MISSING_HOURS.at(at, message).help(help));
    }
}

fn sum(hours: &Counts) -> u64 {
    hours.iter().map(|(_, count)| count).sum()
}

/// The few hours at an end that are far from all others, and whether they come after them.
fn far(hours: &Counts, share: f64, times: f64) -> Option<(&Counts, bool)> {
    let all = sum(hours) as f64;
    let is_far = |few: &Counts, rest: &Counts, gap: i64| {
        let (Some(first), Some(last)) = (rest.first(), rest.last()) else { return false };
        let span = (last.0 - first.0 + 1).max(DAY);
        sum(few) as f64 <= share * all && gap as f64 > times * span as f64
    };
    let gaps = (1..hours.len()).map(|at| (hours[at].0 - hours[at - 1].0, at));
    let (gap, at) = gaps.max_by_key(|(gap, at)| (*gap, std::cmp::Reverse(*at)))?;
    let (before, after) = hours.split_at(at);
    if is_far(after, before, gap) {
        Some((after, true))
    } else if is_far(before, after, gap) {
        Some((before, false))
    } else {
        None
    }
}

/// Hours without events.
#[derive(Debug, PartialEq, Eq)]
struct Gap {
    /// The first hour, by its number.
    first: i64,
    hours: i64,
    /// The events that other days or weeks have at these hours.
    expected: u64,
    is_weekly: bool,
}

/// The gaps that are no chance, going by other days, or weeks where there are some: the probability
/// that none of the events comes is below e to the power of `-least`.
fn missing(hours: &Counts, least: f64) -> Vec<Gap> {
    let ends = hours.first().zip(hours.last()).map(|(first, last)| (first.0, last.0));
    let Some((begin, end)) = ends else { return Vec::new() };
    let spread = spread(hours);
    // The sum of all hours before one.
    let mut sums = vec![0_u64];
    sums.extend(hours.iter().scan(0, |sum, (_, count)| {
        *sum += count;
        Some(*sum)
    }));
    let before = |hour: i64| sums[hours.partition_point(|(known, _)| *known < hour)];
    let mut found = Vec::new();
    for pair in hours.windows(2) {
        let (first, next) = (pair[0].0 + 1, pair[1].0);
        let length = next - first;
        if length < 1 {
            continue;
        }
        // The same hours of other days, or weeks, which are within the log as a whole.
        let others = |step: i64| -> Vec<u64> {
            let shifts = 1..=(end - begin) / step;
            let starts = shifts.flat_map(|shift| [first - shift * step, first + shift * step]);
            let is_other = |start: &i64| {
                *start >= begin && start + length <= end + 1 && (start - first).abs() >= length
            };
            starts.filter(is_other).map(|start| before(start + length) - before(start)).collect()
        };
        let judge = |mut others: Vec<u64>| {
            let empty = others.iter().filter(|count| **count == 0).count();
            if others.len() < OTHERS || empty as f64 > PAUSES * others.len() as f64 {
                return None;
            }
            others.sort_unstable();
            Some((others[(others.len() - 1) / 2], spread_of(&others)))
        };
        let (days, weeks) = (others(DAY), others(WEEK));
        let of_days = spread_of(&days);
        // Weekends may be pauses: without other weeks nothing is known of them.
        let is_weekly = weeks.len() >= OTHERS || (first..next).all(is_weekend);
        let expected = judge(if is_weekly { weeks } else { days });
        let is_odd = |(expected, own): &(u64, f64)| {
            surprise(*expected, spread.max(*own).max(of_days)) >= least
        };
        if let Some((expected, _)) = expected.filter(is_odd) {
            found.push(Gap { first, hours: length, expected, is_weekly });
        }
    }
    found
}

/// How much the events of an hour vary from day to day: their variance by their mean, which is 1 of
/// events that come one by one, and more of those that come in bursts. The tenth of the days that have
/// most count as the next one: what happened once is no habit.
fn spread(hours: &Counts) -> f64 {
    let (Some((begin, _)), Some((end, _))) = (hours.first(), hours.last()) else { return 1.0 };
    let mut of_day: Vec<Vec<u64>> = vec![Vec::new(); DAY as usize];
    for (hour, count) in hours {
        of_day[hour.rem_euclid(DAY) as usize].push(*count);
    }
    let (mut variances, mut means) = (0.0, 0.0);
    for (number, counts) in of_day.iter_mut().enumerate() {
        let first = begin + (number as i64 - begin).rem_euclid(DAY);
        let days = ((end - first).div_euclid(DAY) + 1).max(0) as usize;
        if days < OTHERS {
            continue;
        }
        counts.resize(days, 0);
        counts.sort_unstable();
        let most = counts[(days - 1) - days / 10];
        let mean = |of: &dyn Fn(f64) -> f64| {
            let sum: f64 = counts.iter().map(|count| of((*count).min(most) as f64)).sum();
            sum / days as f64
        };
        let center = mean(&|count| count);
        variances += mean(&|count| (count - center).powi(2)) * days as f64 / (days - 1) as f64;
        means += center;
    }
    if means > 0.0 { (variances / means).max(1.0) } else { 1.0 }
}

/// How much these counts vary below their median.
fn spread_of(counts: &[u64]) -> f64 {
    let mut counts = counts.to_vec();
    counts.sort_unstable();
    let median = counts.get(counts.len().saturating_sub(1) / 2);
    median.map_or(1.0, |median| spread_below(&counts, *median))
}

/// How much the counts of other days vary below their median: the mean square of the distance by the
/// median. Days on which much happened say nothing of those on which nothing did, and neither do
/// other gaps.
fn spread_below(others: &[u64], median: u64) -> f64 {
    let below = || others.iter().filter(|count| (1..=median).contains(*count));
    let squares: f64 = below().map(|count| ((median - count) as f64).powi(2)).sum();
    squares / (below().count().max(1) as f64 * median.max(1) as f64)
}

/// How surprising it is that none of so many expected events comes: minus the logarithm of its
/// probability, by the negative binomial distribution with this spread.
fn surprise(expected: u64, spread: f64) -> f64 {
    let each = if spread > 1.0 { spread.ln() / (spread - 1.0) } else { 1.0 };
    expected as f64 * each
}

/// True for an hour of a Saturday or Sunday.
const fn is_weekend(hour: i64) -> bool {
    // 1970-01-01 was a Thursday.
    matches!((hour.div_euclid(DAY) + 3).rem_euclid(7), 5 | 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hours of some days of which each has so many events at each of these hours, without those
    /// that are left out.
    fn hours(days: i64, each: u64, at: std::ops::Range<i64>, out: &[i64]) -> Vec<(i64, u64)> {
        let all = (0..days).flat_map(|day| at.clone().map(move |hour| day * DAY + hour));
        all.filter(|hour| !out.contains(hour)).map(|hour| (hour, each)).collect()
    }

    #[test]
    fn a_gap_is_told_from_a_night_and_a_weekend() {
        // Nights are empty.
        assert_eq!(missing(&hours(9, 50, 6..22, &[]), 30.0), []);
        // Two hours of an afternoon.
        let gap = |first, hours, expected| Gap { first, hours, expected, is_weekly: false };
        let out = [4 * DAY + 14, 4 * DAY + 15];
        assert_eq!(missing(&hours(9, 15, 6..22, &out), 30.0), [gap(110, 2, 30)]);
        assert_eq!(missing(&hours(9, 15, 6..22, &out), 30.5), []);
        // Events that come in bursts, of 1 or 29 an hour, may well not come for once.
        let bursts: Vec<(i64, u64)> = hours(12, 15, 6..22, &out)
            .into_iter()
            .map(|(hour, _)| (hour, if (hour * 7 + hour / DAY) % 2 == 0 { 1 } else { 29 }))
            .collect();
        assert!((10.0..18.0).contains(&spread(&bursts)), "{}", spread(&bursts));
        assert_eq!(missing(&bursts, 30.0), []);
        // A whole day, with the nights beside it.
        let out: Vec<i64> = (4 * DAY..5 * DAY).collect();
        assert_eq!(missing(&hours(9, 10, 6..22, &out), 30.0), [gap(94, 32, 160)]);
        // Weekends: days 2 and 3, 9 and 10, … are.
        let out: Vec<i64> = (0..40 * DAY).filter(|hour| is_weekend(*hour)).collect();
        assert_eq!(out.first(), Some(&(2 * DAY)));
        for days in [5, 8, 12, 15, 40] {
            assert_eq!(missing(&hours(days, 50, 6..22, &out), 30.0), [], "{days}");
        }
        // Two days are too few.
        assert_eq!(missing(&hours(2, 50, 0..24, &[30]), 30.0), []);
        assert_eq!(missing(&hours(3, 50, 0..24, &[30]), 30.0), [gap(30, 1, 50)]);
    }

    #[test]
    fn a_few_hours_far_away_are_told_from_the_others() {
        let with = |more: (i64, u64)| {
            let mut all = hours(2, 100, 0..24, &[]);
            all.push(more);
            all.sort_unstable();
            far(&all, 0.01, 10.0).map(|(few, is_after)| (few.to_vec(), is_after))
        };
        // They are 48 hours; 10 times as much is 480.
        assert_eq!(with((47 + 481, 48)), Some((vec![(528, 48)], true)));
        assert_eq!(with((47 + 480, 48)), None);
        assert_eq!(with((528, 50)), None, "they are too many");
        assert_eq!(with((-481, 3)), Some((vec![(-481, 3)], false)));
        assert_eq!(far(&[], 0.01, 10.0), None);
        assert_eq!(far(&[(1, 1)], 0.01, 10.0), None);
    }
}
