//! The settings of lints: which codes are told, and the numbers beyond which something is told.
//!
//! A config has them in its section `lints`, a command in its flags. Each number stands here with the
//! reason why it is what it is.

use std::collections::BTreeMap;

use super::codes::{self, Code};
use super::nearest;
use crate::diagnostic::Severity;

/// What becomes of the warnings and notes of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// They are left out.
    Allow,
    /// They are told.
    Warn,
    /// They are told, and fail a check.
    Deny,
}

impl Level {
    /// Every level with its word.
    pub const ALL: [(&'static str, Self); 3] =
        [("allow", Self::Allow), ("warn", Self::Warn), ("deny", Self::Deny)];

    /// The level of a word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == word).map(|(_, level)| *level)
    }
}

/// A number beyond which a lint speaks.
#[derive(Debug, PartialEq)]
pub struct Threshold {
    /// The code of the lint.
    pub code: Code,
    /// Its name within the lint, such as `share`.
    pub name: &'static str,
    /// The number, unless it is set.
    pub default: f64,
    /// What it is, in one line.
    pub means: &'static str,
    /// Why it is this number.
    pub reason: &'static str,
}

macro_rules! thresholds {
    ($($constant:ident: $code:ident $name:literal = $default:literal, $means:literal, $reason:literal;)*) => {
        $(
            #[doc = concat!("`", $name, "`: ", $means, ".")]
            pub const $constant: Threshold = Threshold {
                code: codes::$code,
                name: $name,
                default: $default,
                means: $means,
                reason: $reason,
            };
        )*
        /// All thresholds, by lint.
        pub const THRESHOLDS: &[Threshold] = &[$($constant),*];
    };
}

thresholds! {
    FEW_EVENTS: FILTER_PASSES_LITTLE "events" = 200.0,
        "the least number of events of its types",
        "one of a few events may well be the only one that is meant";
    FEW_SHARE: FILTER_PASSES_LITTLE "share" = 0.01,
        "the share of events that pass at most",
        "what one event in a hundred does is seldom what a feature is made for";
    REJECTS_EVENTS: FILTER_REJECTS_NOTHING "events" = 100.0,
        "the least number of events of its types",
        "in a short log what it keeps out may not have come yet";
    LACKING_EVENTS: LACKING_ATTRIBUTE "events" = 100.0,
        "the least number of events that pass its filter",
        "a few lines are a sketch";
    LACKING_SHARE: LACKING_ATTRIBUTE "share" = 0.05,
        "the share of events that lack the attribute",
        "visitors who are not signed in, or lines that are damaged, stay below it";
    SPELLED_EVENTS: TWO_SPELLINGS "events" = 3.0,
        "the least number of events with each way of writing",
        "what is typed once is a slip of one person";
    CONSTANT_KEYS: CONSTANT_OUTPUT "keys" = 10.0,
        "the least number of keys at which an output must be the same",
        "with fewer keys equal values are chance";
    HUGE: UNUSABLE_VALUE "above" = 1e15,
        "a value beyond it is told",
        "beyond 2^53, about 9e15, not every whole number is a 64-bit float, and a model in 32 bits has lost it long before";
    CONSTANT_SPREAD: CONSTANT_OUTPUT "spread" = 0.01,
        "the part of its greatest value by which an output may vary and is constant still",
        "one event more or less moves a count that can be learnt from by more than a hundredth";
    SAME_KEYS: SAME_VALUES "keys" = 10.0,
        "the least number of keys at which two outputs must be equal",
        "with fewer keys equal values are chance";
    EXCHANGED_KEYS: SIDES_EXCHANGED "keys" = 3.0,
        "the least number of keys with a divisor",
        "of one or two keys most are above 1 if one is";
    EXCHANGED_SHARE: SIDES_EXCHANGED "share" = 0.5,
        "the share of keys at which the dividend must be greater than the divisor",
        "a rate whose events are counted twice is above 1 at some keys, one with its sides exchanged at most";
    EXCHANGED_TIMES: SIDES_EXCHANGED "times" = 1.5,
        "how many times the divisors the dividends must be, both added up over keys",
        "what is below is a rate near 1 some of whose divisors are lost; of most events less than two in three are followed by another";
    SMALL_BELOW: SMALL_DIVISOR "below" = 5.0,
        "a divisor below it is small",
        "with 4 events a rate knows no other values than 0, 0.25, 0.5, 0.75 and 1";
    SMALL_KEYS: SMALL_DIVISOR "keys" = 10.0,
        "the least number of keys with a divisor",
        "a log with fewer is a sketch, in which all numbers are small";
    SMALL_SHARE: SMALL_DIVISOR "share" = 0.5,
        "the share of keys with a small divisor",
        "a rate that is noise at most of its keys teaches a model noise";
    PRIOR_TIMES: PRIOR_DIFFERS "times" = 20.0,
        "how many times a prior must be the rate of all keys, or that rate the prior",
        "a guess is seldom wrong by more than ten times, and a percentage by a hundred";
    PRIOR_KEYS: PRIOR_DIFFERS "keys" = 3.0,
        "the least number of keys with a divisor",
        "one or two keys are not what a prior stands for";
    SIZES_EVENTS: TWO_SIZES "events" = 200.0,
        "the least number of events with a number above 0",
        "with fewer a gap between two sizes is chance";
    SIZES_SHARE: TWO_SIZES "share" = 0.02,
        "the share of the events that are of either size at least",
        "a few large numbers are an upper end that is far away, and no other unit";
    SIZES_APART: TWO_SIZES "apart" = 10.0,
        "how many times the least of the large numbers is the greatest of the others; of one number alone, that times itself",
        "prices and durations of all kinds leave no decade empty, and seconds and milliseconds are three of them apart";
    SIZES_UNKNOWN: TWO_SIZES "unknown" = 3.0,
        "the least number of events that have a large number, if it is one alone",
        "what stands for `unknown` is always the same, such as 2147483647";
    RATE_KEYS: RATE_ABOVE_ONE "keys" = 10.0,
        "the least number of keys with a divisor, of a `ratio`; a `rate` is told at any key",
        "a ratio may be of things of which there are several, and is judged by many keys";
    OTHER_UNIT_LENGTHS: OTHER_UNIT "lengths" = 2.0,
        "the least number of windows that must speak of another unit",
        "7 buckets may be anything, 7, 14 and 30 are days";
    UNIT_TIMES: OTHER_UNIT "times" = 4.0,
        "how many times the units must differ",
        "an hour and a day do, a day and two do not";
    GAP_EVENTS: SHORT_WINDOW "events" = 100.0,
        "the least number of events that are counted",
        "the gaps between a few events are chance";
    LONG_SHARE: LONG_WINDOW "share" = 0.25,
        "the part of the log that a window or half-life may be",
        "of a window that is moved on four times values before and after its end can be seen";
    LONG_EVENTS: LONG_WINDOW "events" = 1000.0,
        "the least number of events",
        "nobody judges a window by a log of a few lines";
    TTL_SHARE: TTL_FORGETS "share" = 0.1,
        "the part of a value that may be left when its key expires",
        "a tenth is about what windows of two lengths differ by";
    LIVES_TIMES: HALF_LIVES_APART "times" = 100.0,
        "how many times the half-lives must differ",
        "after a week without events one side of an hour and one of a week differ by 10^50";
    COARSE_KEYS: SCOPE_TOO_COARSE "keys" = 10.0,
        "the least number of keys",
        "of a few keys one may well have most";
    COARSE_SHARE: SCOPE_TOO_COARSE "share" = 0.5,
        "the share of the events that one key has",
        "what people click is uneven, but with ten keys no key has more than all others by nature";
    COARSE_FEW_SHARE: SCOPE_TOO_COARSE "few-share" = 0.8,
        "the share of the events that one of fewer keys has",
        "of two or three keys one has most by nature; with four in five the others hardly count";
    COARSE_FEW_EVENTS: SCOPE_TOO_COARSE "few-events" = 100.0,
        "the least number of events of fewer keys",
        "of a handful of events four in five are chance";
    FINE_KEYS: SCOPE_TOO_FINE "keys" = 100.0,
        "the least number of keys",
        "a short log has few events of any key";
    FINE_SHARE: SCOPE_TOO_FINE "share" = 0.8,
        "the share of keys that have one event",
        "of pairs of users and items half to three quarters come once; of ids of events all do, and of three things that seldom meet nearly all";
    BRIEF_SHARE: SCOPE_TOO_FINE "lifetime" = 0.01,
        "the part of the log within which half of the keys with several events have all of theirs",
        "what people come back to is there for days or weeks; a session or a visit is over within the hour";
    BRIEF_TIMES: SCOPE_TOO_FINE "times" = 100.0,
        "how many times this time a window, a half-life or the ttl must be",
        "a count within a session is over with it and has a window of hours; one of days is for what comes back";
    SERVED_KEYS: SERVED_DIFFERS "keys" = 10.0,
        "the least number of keys",
        "with fewer keys one that was just written is a large share";
    SERVED_SHARE: SERVED_DIFFERS "share" = 0.05,
        "the share of keys at which the served value differs",
        "below, the difference is at the keys that were written last, where it has to be";
    SERVED_BY: SERVED_DIFFERS "by" = 0.01,
        "by which part of the larger one the values must differ",
        "rounding and the fading of decays within one refresh stay below it";
    REPEATED_EVENTS: DUPLICATE_EVENTS "events" = 10.0,
        "the least number of events with an id that was there before",
        "a few are someone who sent a line again by hand";
    REPEATED_SHARE: DUPLICATE_EVENTS "share" = 0.001,
        "the share of events with an id that was there before",
        "below one in a thousand no count moves by more than noise does";
    SKEWED_EVENTS: CLOCK_SKEW "events" = 10.0,
        "the least number of events ahead or behind",
        "what fewer events have in common is chance";
    SKEWED_SHARE: CLOCK_SKEW "share" = 0.001,
        "the share of events ahead or behind",
        "below, a window at whose end they stand out hardly moves";
    SKEWED_DIFFERENCE: CLOCK_SKEW "difference" = 0.5,
        "by how much the share of these events that a source has must be above its share of the others",
        "delays hit events of all sources alike, a wrong clock those of its own";
    ODD_BEFORE: ODD_TIMES "before" = 1995.0,
        "the year before which times are odd",
        "there were no logs of clicks; a time in a wrong unit is of the years after 1970";
    WITHIN_EVENTS: ODD_TIMES "events" = 100.0,
        "the least number of events that are all within seconds",
        "a log with fewer is a sketch";
    WITHIN_SECONDS: ODD_TIMES "seconds" = 60.0,
        "the seconds within which all events are",
        "no window tells such events apart: the times are those of a load, or in a wrong unit";
    FAR_SHARE: ODD_TIMES "share" = 0.01,
        "the most of all events that may be far from the others",
        "more of them are a log of two times, not a fault of some clocks";
    FAR_TIMES: ODD_TIMES "times" = 10.0,
        "how many times as far as all others span, which is taken for a day at least",
        "a pause is short beside the log, a wrong year is long";
    MISSING_EXPECTED: MISSING_HOURS "expected" = 20.0,
        "the least number of events that other days have at the missing hours, as if they came one by one: of those that come in bursts more are needed",
        "of 20 expected events none comes once in 500 million times, and a log of years has 10,000 hours";
    SILENT_EXPECTED: MISSING_HOURS "of-type" = 40.0,
        "the least number of events of one type that other days have at the hours at which it has none",
        "there are many types, and each has its own days";
    SOURCE_EVENTS: ONE_SOURCE "events" = 50.0,
        "the least number of events of a key",
        "a key with fewer may well have one fan";
    SOURCE_SHARE: ONE_SOURCE "share" = 0.5,
        "the share of a key's events that one source has",
        "with more, the count says what one user does, and not what users do";
    LATE_EVENTS: LATE_NOT_COUNTED "events" = 1.0,
        "the least number of events that are lost",
        "each is missing from a count that should have it";
    LATE_SHARE: LATE_NOT_COUNTED "share" = 0.001,
        "the share of the events that are lost",
        "below one in a thousand no count moves by more than noise does";
    OWN_IMPRESSIONS: OWN_IMPRESSIONS "per-ranking" = 1.0,
        "the impressions of the log's own per ranking, below which they are too few to be meant",
        "a ranking that is seen shows one item at least";
}

/// Which codes are told, and beyond which numbers, where that is not the default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LintSettings {
    levels: BTreeMap<&'static str, Level>,
    thresholds: BTreeMap<(&'static str, &'static str), f64>,
}

impl LintSettings {
    /// The number beyond which a lint speaks.
    #[must_use]
    pub fn of(&self, threshold: &Threshold) -> f64 {
        let set = self.thresholds.get(&(threshold.code.name, threshold.name));
        set.copied().unwrap_or(threshold.default)
    }

    /// What becomes of a code, if that is set.
    #[must_use]
    pub fn level(&self, code: &str) -> Option<Level> {
        self.levels.get(code).copied()
    }

    /// Sets what becomes of a code.
    pub fn set_level(&mut self, code: Code, level: Level) {
        self.levels.insert(code.name, level);
    }

    /// Sets a threshold.
    pub fn set(&mut self, threshold: &Threshold, number: f64) {
        self.thresholds.insert((threshold.code.name, threshold.name), number);
    }

    /// These settings, and over them others.
    #[must_use]
    pub fn with(mut self, over: &Self) -> Self {
        self.levels.extend(&over.levels);
        self.thresholds.extend(&over.thresholds);
        self
    }
}

/// The lint of this name, whose level may be set.
pub fn lint(name: &str) -> Result<&'static Code, String> {
    let may_be_set = |code: &&Code| code.severity != Severity::Error;
    match codes::find(name) {
        Some(code) if may_be_set(&code) => Ok(code),
        Some(_) => Err(format!("`{name}` is an error, which is always told")),
        None => {
            let known = codes::ALL.iter().filter(may_be_set).map(|code| code.name);
            let near = nearest(name, known);
            let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            Err(format!("there is no lint `{name}`{near}"))
        }
    }
}

/// The threshold of this name.
pub fn threshold(code: &Code, name: &str) -> Result<&'static Threshold, String> {
    let of_code = || THRESHOLDS.iter().filter(|threshold| threshold.code == *code);
    of_code().find(|threshold| threshold.name == name).ok_or_else(|| {
        let known: Vec<String> = of_code().map(|it| format!("`{}`", it.name)).collect();
        if known.is_empty() {
            format!("`{}` has no threshold", code.name)
        } else {
            format!("`{}` has no `{name}`; it has {}", code.name, known.join(", "))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_go_over_others() {
        let mut file = LintSettings::default();
        file.set_level(codes::SMALL_DIVISOR, Level::Allow);
        file.set(&SMALL_BELOW, 9.0);
        let mut flags = LintSettings::default();
        flags.set_level(codes::SMALL_DIVISOR, Level::Deny);
        let both = file.clone().with(&flags);
        assert_eq!(both.level("small-divisor"), Some(Level::Deny));
        assert_eq!((both.of(&SMALL_BELOW), both.of(&SMALL_SHARE)), (9.0, 0.5));
        assert_eq!(file.clone().with(&LintSettings::default()), file);
    }

    #[test]
    fn names_that_are_not_known_are_told() {
        let told = lint("small-divsor").unwrap_err();
        assert_eq!(told, "there is no lint `small-divsor`; did you mean `small-divisor`?");
        assert_eq!(
            lint("bad-filter").unwrap_err(),
            "`bad-filter` is an error, which is always told"
        );
        let code = lint("small-divisor").unwrap();
        let told = threshold(code, "under").unwrap_err();
        assert_eq!(told, "`small-divisor` has no `under`; it has `below`, `keys`, `share`");
        assert_eq!(threshold(code, "below"), Ok(&SMALL_BELOW));
        let told = threshold(lint("same-meaning").unwrap(), "x").unwrap_err();
        assert_eq!(told, "`same-meaning` has no threshold");
    }

    #[test]
    fn thresholds_have_names_of_their_own() {
        for (i, one) in THRESHOLDS.iter().enumerate() {
            assert!(one.code.severity != Severity::Error, "{one:?}");
            assert!(
                !THRESHOLDS[..i].iter().any(|it| (it.code, it.name) == (one.code, one.name)),
                "{one:?}"
            );
        }
    }
}
