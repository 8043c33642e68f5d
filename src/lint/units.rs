//! Lengths of time that do not fit: those in another unit than the numbers beside them speak of, and
//! those that do not fit the log or each other.

use std::ops::Range;

use crate::base::Millis;
use crate::base::quantity::listed;
use crate::config::{Body, Feature, Past, Windows};
use crate::diagnostic::lints::{
    GAP_EVENTS, LONG_EVENTS, LONG_SHARE, OTHER_UNIT_LENGTHS, TTL_SHARE, UNIT_TIMES,
};
use crate::diagnostic::{Label, codes};

use crate::profile::words::about;

use super::{Declared, Facts, Findings};

/// The numbers in which people count days, and hours.
const OF_DAYS: [u32; 10] = [7, 14, 21, 28, 30, 60, 90, 120, 180, 365];
const OF_HOURS: [u32; 7] = [6, 12, 24, 36, 48, 72, 168];
/// The most features named.
const LISTED: usize = 6;

/// Buckets from `defaults` under numbers that count another unit.
pub(super) fn inherited(config: &Declared<'_>, findings: &mut Findings<'_>) {
    let Some(default) = &config.document.defaults.bucket else { return };
    let (least, times) = (config.settings.of(&OTHER_UNIT_LENGTHS), config.settings.of(&UNIT_TIMES));
    for (feature, _) in config.features() {
        let Some(windows) = windows(feature).filter(|windows| windows.bucket == *default) else {
            continue;
        };
        let numbers = numbers(windows);
        if (numbers.len() as f64) < least {
            continue;
        }
        let far = |one: Millis, other: Millis| {
            one.0.max(other.0) as f64 >= times * one.0.min(other.0) as f64
        };
        let siblings = config
            .document
            .features
            .iter()
            .filter_map(|other| Some((other, self::windows(other)?)));
        let sibling = siblings.into_iter().find(|(_, other)| {
            self::numbers(other) == numbers && far(other.bucket.value, default.value)
        });
        let of = |known: &[u32]| numbers.iter().all(|number| known.contains(number));
        let meant = if of(&OF_DAYS) { Millis::DAY } else { Millis(Millis::DAY.0 / 24) };
        let is_other =
            (of(&OF_DAYS) || of(&OF_HOURS)) && far(meant, default.value) && meant != default.value;
        let words: Vec<String> = numbers.iter().map(u32::to_string).collect();
        let (name, lengths) = (&feature.name.value, listed(&words, LISTED));
        let (why, unit) = match sibling {
            Some((other, windows)) => (
                format!("`{}` counts {lengths} of {}", other.name.value, windows.bucket.value),
                windows.bucket.value,
            ),
            None if is_other => (format!("{lengths} are numbers of {}s", word(meant)), meant),
            None => continue,
        };
        let message = format!(
            "`{name}` counts {lengths} buckets of {}, which `defaults` say, and {why}",
            default.value
        );
        let help = format!("write `bucket: {unit}` in it, or other numbers");
        let warning = codes::OTHER_UNIT.at(place(windows), message);
        findings.add(feature, warning.label(default.span.clone(), "from here").help(help));
    }
}

/// Buckets of which no whole number makes an hour or a day: such as 24 minutes in place of hours.
pub(super) fn uneven_bucket(config: &Declared<'_>, findings: &mut Findings<'_>) {
    const HOUR: Millis = Millis(Millis::DAY.0 / 24);
    for (feature, _) in config.features() {
        let Some(windows) = windows(feature) else { continue };
        let bucket = windows.bucket.value;
        let whole = if bucket < HOUR { HOUR } else { Millis::DAY };
        if bucket > Millis::DAY || !bucket.is_positive() || whole.0 % bucket.0 == 0 {
            continue;
        }
        let unit = if whole == HOUR { "hour" } else { "day" };
        let message = format!(
            "no whole number of buckets of {bucket} makes {} {unit}",
            if whole == HOUR { "an" } else { "a" }
        );
        // The same number in the next larger unit.
        let units = [1_000, 60_000, HOUR.0, Millis::DAY.0];
        let own = units.iter().rposition(|unit| bucket.0 % unit == 0);
        let larger = own.and_then(|own| Some(Millis(bucket.0 / units[own] * units.get(own + 1)?)));
        let meant = larger.map_or_else(String::new, |larger| format!("; or was {larger} meant?"));
        let help = format!(
            "their edges are at other minutes each {unit}: write a length that divides it{meant}"
        );
        let at = windows.bucket.span.clone();
        findings.add(feature, codes::UNEVEN_BUCKET.at(at, message).help(help));
    }
}

/// Percentiles between 0 and 1, which go from 0 to 100.
pub(super) fn small_percentile(config: &Declared<'_>, findings: &mut Findings<'_>) {
    for (feature, _) in config.features() {
        let Body::Counter { percentiles: Some(percentiles), .. } = &feature.body else { continue };
        for percentile in &percentiles.value {
            // In thousandths.
            if !(1..1_000).contains(&percentile.value) {
                continue;
            }
            let (own, meant) =
                (f64::from(percentile.value) / 1_000.0, f64::from(percentile.value) / 10.0);
            let message = format!(
                "the percentile {own} of `{}` is nearly the least value",
                feature.name.value
            );
            let help = format!("they go from 0 to 100: write {meant} if that is meant");
            let at = percentile.span.clone();
            findings.add(feature, codes::SMALL_PERCENTILE.at(at, message).help(help));
        }
    }
}

const fn word(unit: Millis) -> &'static str {
    if unit.0 == Millis::DAY.0 { "day" } else { "hour" }
}

/// Windows and half-lives that hold at most one event of a key.
pub(super) fn short(facts: &Facts<'_>, findings: &mut Findings<'_>) {
    let least = facts.settings.of(&GAP_EVENTS);
    for (feature, declared) in facts.features() {
        let Some(spread) = facts.spread(declared) else { continue };
        let Some((length, span, what)) = longest(feature) else { continue };
        let Some(gap) = spread.gap.filter(|gap| *gap > length) else { continue };
        if (spread.rows as f64) < least {
            continue;
        }
        let message = format!(
            "the {what} of `{}` is {length}, and half of the events of a key are {} or more apart",
            feature.name.value,
            about(gap)
        );
        let help = format!("write a longer {what}; in one of {length} a key has mostly one event");
        findings.add(feature, codes::SHORT_WINDOW.at(span, message).help(help));
    }
}

/// Windows and half-lives that the log is too short for, all told together.
pub(super) fn long(facts: &Facts<'_>, findings: &mut Findings<'_>) {
    let Some((first, last)) = facts.rows.tape.contents().span() else { return };
    let (span, share) = (last.since(first), facts.settings.of(&LONG_SHARE));
    if (facts.rows.tape.events() as f64) < facts.settings.of(&LONG_EVENTS) {
        return;
    }
    let mut labels: Vec<Label> = Vec::new();
    let mut longest_of_all: Option<(Millis, &str, &str)> = None;
    for (feature, _) in facts.features() {
        let Some((length, at, what)) = longest(feature) else { continue };
        if length.0 as f64 <= share * span.0 as f64
            || findings.are_allowed(codes::LONG_WINDOW, feature, &at)
        {
            continue;
        }
        if !labels.iter().any(|label| label.span == at) {
            labels.push(Label { span: at, message: String::new() });
        }
        if longest_of_all.is_none_or(|(known, ..)| known < length) {
            longest_of_all = Some((length, &feature.name.value, what));
        }
    }
    let Some((length, name, what)) = longest_of_all else { return };
    let others = match labels.len() - 1 {
        0 => String::new(),
        1 => ", and one more".to_owned(),
        several => format!(", and {several} more"),
    };
    let message = format!(
        "the log spans {}, too little for the {what} of `{name}`, {length}{others}",
        about(span)
    );
    let help = "values are those of a system that has just begun; judge them by a log of four times \
                their length";
    findings.add_whole(codes::LONG_WINDOW.at_all(labels, message).help(help));
}

/// Half-lives of which a key that expires remembers much.
pub(super) fn forgotten(config: &Declared<'_>, findings: &mut Findings<'_>) {
    let share = config.settings.of(&TTL_SHARE);
    for (feature, declared) in config.features() {
        let Body::Counter { past: Past::Decay(lives), .. } = &feature.body else { continue };
        let Some(life) = lives.iter().max_by_key(|life| life.value) else { continue };
        let left = (-(declared.ttl.0 as f64) / life.value.0 as f64).exp2();
        if left <= share {
            continue;
        }
        let (name, ttl) = (&feature.name.value, declared.ttl);
        let message = format!(
            "`{name}` halves in {}, and a key is forgotten after {ttl}, when {:.0} % of its value is \
             left",
            life.value,
            100.0 * left
        );
        let days = life.value.0 as f64 * -share.log2() / Millis::DAY.0 as f64;
        let help = format!("write a `ttl` of {} days or more, or a shorter half-life", days.ceil());
        let at = feature.ttl.as_ref().map_or(&life.span, |ttl| &ttl.span);
        findings.add(feature, codes::TTL_FORGETS.at(at.clone(), message).help(help));
    }
}

/// Served values that are refreshed more rarely than they change.
pub(super) fn rarely_refreshed(config: &Declared<'_>, findings: &mut Findings<'_>) {
    for (feature, declared) in config.features() {
        let (Some(refresh), Some(windows)) = (&feature.refresh, windows(feature)) else { continue };
        let bucket = windows.bucket.value;
        let shortest = windows.lengths.iter().map(|length| length.value).min().unwrap_or_default();
        let window = Millis(bucket.0.saturating_mul(shortest.into()));
        let (what, than) = if declared.refresh > window {
            ("its shortest window", window)
        } else if declared.refresh > bucket {
            ("a bucket", bucket)
        } else {
            continue;
        };
        let message = format!(
            "`{}` is refreshed every {}, which is longer than {what}, {than}",
            feature.name.value, declared.refresh
        );
        let help = format!(
            "write a `refresh` of {bucket} or less: what is served is behind by more than a bucket"
        );
        findings.add(feature, codes::RARE_REFRESH.at(refresh.span.clone(), message).help(help));
    }
}

/// The windows of a feature.
pub(super) const fn windows(feature: &Feature) -> Option<&Windows> {
    match &feature.body {
        Body::WindowCount { windows, .. }
        | Body::Rate { windows, .. }
        | Body::Counter { past: Past::Windows(windows, _), .. } => Some(windows),
        _ => None,
    }
}

/// The lengths that are written as numbers of buckets, ascending.
fn numbers(windows: &Windows) -> Vec<u32> {
    let is_number = |suffix: &Option<String>| {
        suffix.as_ref().is_none_or(|suffix| suffix.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let written = windows.lengths.iter().filter(|length| is_number(&length.suffix));
    let mut numbers: Vec<u32> = written.map(|length| length.value).collect();
    numbers.sort_unstable();
    numbers
}

/// Where the lengths stand.
fn place(windows: &Windows) -> Range<usize> {
    let spans = || windows.lengths.iter().map(|length| &length.span);
    let start = spans().map(|span| span.start).min();
    let end = spans().map(|span| span.end).max();
    start.zip(end).map_or_else(|| windows.bucket.span.clone(), |(start, end)| start..end)
}

/// The longest window or half-life of a feature, where it stands, and what it is.
pub(super) fn longest(feature: &Feature) -> Option<(Millis, Range<usize>, &'static str)> {
    if let Body::Counter { past: Past::Decay(lives), .. } = &feature.body {
        let life = lives.iter().max_by_key(|life| life.value)?;
        return Some((life.value, life.span.clone(), "half-life"));
    }
    let windows = windows(feature)?;
    let longest = windows.lengths.iter().max_by_key(|length| length.value)?;
    let length = Millis(windows.bucket.value.0.saturating_mul(longest.value.into()));
    Some((length, longest.span.clone(), "window"))
}
