//! The registry of diagnostic codes: name, severity, summary, and the page that documents it. A new
//! code is a line here and a page in `docs/diagnostics/`. The words of a message stand where its code
//! is raised (search for `codes::NAME`): in `config`, `plan::lower`, `coverage` and `lint`; what the YAML
//! parser says is put into plain words in `config::yaml_errors`.

use std::ops::Range;

use super::{Diagnostic, Label, Severity};

/// A diagnostic code and what holds for all of its diagnostics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// The stable name, in kebab case.
    pub name: &'static str,
    /// The severity of its diagnostics.
    pub severity: Severity,
    /// Its meaning, in one line.
    pub summary: &'static str,
    /// Its page in Markdown: the meaning, an example that raises it, and what to write instead.
    pub page: &'static str,
}

macro_rules! codes {
    ($($constant:ident: $severity:ident $name:literal, $summary:literal;)*) => {
        $(
            #[doc = concat!("`", $name, "`: ", $summary, ".")]
            pub const $constant: Code = Code {
                name: $name,
                severity: Severity::$severity,
                summary: $summary,
                page: include_str!(concat!("../../docs/diagnostics/", $name, ".md")),
            };
        )*
        /// All codes, in the order of the table.
        pub const ALL: &[Code] = &[$($constant),*];
    };
}

codes! {
    YAML_SYNTAX: Error "yaml-syntax", "the text is not valid YAML";
    SLASH_COMMENT: Error "slash-comment", "a comment starts with `//` instead of `#`";
    UNKNOWN_MEMBER: Error "unknown-member", "a section or member that the language does not have";
    UNKNOWN_TYPE: Error "unknown-type", "a feature type that the language does not have";
    UNKNOWN_WORD: Error "unknown-word", "a word where one of a few fixed words belongs";
    WRONG_KIND: Error "wrong-kind", "a value of another kind than the member takes";
    MISSING_MEMBER: Error "missing-member", "a required member is missing";
    CONFLICTING_MEMBERS: Error "conflicting-members", "two members that exclude each other";
    DUPLICATE_KEY: Error "duplicate-key", "one member written twice in the same place";
    DUPLICATE_NAME: Error "duplicate-name", "two outputs, or two tests, with the same name";
    BAD_NAME: Error "bad-name", "a feature's name with characters that names do not have";
    BAD_DURATION: Error "bad-duration", "a text that is not a duration, or one out of range";
    BAD_NUMBER: Error "bad-number", "a number out of the range that makes sense";
    BAD_TIME_FORMAT: Error "bad-time-format", "a format of times that no time can be read by";
    BAD_SEPARATOR: Error "bad-separator", "a separator or a quote by which cells cannot be told apart";
    BAD_SCOPE: Error "bad-scope", "a grouping key that cannot be a key";
    BAD_FILTER: Error "bad-filter", "a condition that cannot be tested";
    BAD_OPERAND: Error "bad-operand", "a `top` or `bottom` that cannot be divided";
    BAD_MATRIX: Error "bad-matrix", "a matrix that cannot be expanded";
    VALUE_IS_TEXT: Error "value-is-text", "a `value` that takes numbers and is a text in every event of the log";
    BAD_TEST: Error "bad-test", "a test whose events or expectations make no sense";
    BAD_MOMENT: Error "bad-moment", "a moment of a test that cannot be read, or lies out of range";
    BAD_KEY: Error "bad-key", "a key of a test that is not the key of the output";
    BAD_EXPECTATION: Error "bad-expectation", "an expected value that the output cannot have";
    UNKNOWN_OUTPUT: Error "unknown-output", "a test expects a value of an output that the config does not have";
    NO_FEATURES: Error "no-features", "a config without a single counter feature";
    NOT_SUPPORTED: Error "not-supported", "a part of the language that this version does not have yet";
    AMBIGUOUS_OPERAND: Warning "ambiguous-operand", "a `top` or `bottom` that names a feature and an interaction";
    NEAR_MISS: Warning "near-miss", "an interaction type that looks like a misspelt feature name";
    REFRESH_OUTLIVES_TTL: Warning "refresh-outlives-ttl", "a served value that is gone before it would be refreshed";
    WINDOW_OUTLIVES_TTL: Warning "window-outlives-ttl", "a window that is longer than its key lives";
    QUOTED_NUMBER: Warning "quoted-number", "a number in quotes is compared as text";
    KINDS_DIFFER: Warning "kinds-differ", "a comparison of values of two kinds, which never holds";
    COUNTED_TWICE: Warning "counted-twice", "a flag of the type that each line has already";
    UNCOUNTED_EVENT: Warning "uncounted-event", "an event of a test whose type no feature counts, but for its spelling";
    UNSEEN_TYPE: Warning "unseen-type", "a feature counts events of a type that no event in the log has";
    UNSEEN_ATTRIBUTE: Warning "unseen-attribute", "a feature names an attribute that no event in the log has";
    UNKNOWN_KEY: Warning "unknown-key", "events that are joined with metadata which were not known then";
    FILTER_PASSES_NOTHING: Warning "filter-passes-nothing", "a filter that no event of the log passes";
    UNSEEN_VALUE: Warning "unseen-value", "a filter compares with a value that no event in the log has";
    SIDES_NEVER_MEET: Warning "sides-never-meet", "a ratio whose sides have no key in common";
    CONSTANT_OUTPUT: Warning "constant-output", "an output that has one value at every key";
    UNUSABLE_VALUE: Warning "unusable-value", "values that are not finite, or too large for a model";
    SAME_MEANING: Warning "same-meaning", "an output that means what another one means";
    SAME_VALUES: Warning "same-values", "an output that has another one's values at every key";
    RATE_ABOVE_ONE: Warning "rate-above-one", "a rate of counts that is above 1 at some keys";
    SIDES_EXCHANGED: Warning "sides-exchanged", "a rate whose dividend is mostly greater than its divisor";
    SMALL_DIVISOR: Warning "small-divisor", "a ratio whose divisor is small at most keys, without a prior";
    SERVED_DIFFERS: Warning "served-differs", "served values that differ from the live ones at many keys";
    FILTER_PASSES_LITTLE: Warning "filter-passes-little", "a filter that nearly no event of the log passes";
    FILTER_REJECTS_NOTHING: Warning "filter-rejects-nothing", "a filter that every event of the log passes";
    LACKING_ATTRIBUTE: Warning "lacking-attribute", "events that are not counted since they lack an attribute";
    TWO_SPELLINGS: Warning "two-spellings", "a value that the log writes in two ways";
    OTHER_UNIT: Warning "other-unit", "a bucket from `defaults` under numbers that count another unit";
    UNEVEN_BUCKET: Warning "uneven-bucket", "a bucket that does not divide an hour or a day";
    SMALL_PERCENTILE: Warning "small-percentile", "a percentile below 1, which is written as a fraction";
    TWO_SIZES: Warning "two-sizes", "numbers of which some are many times as large as all others";
    PRIOR_DIFFERS: Warning "prior-differs", "a prior that is far from the rate of all keys";
    SHORT_WINDOW: Warning "short-window", "a window or half-life that holds one event of a key";
    LONG_WINDOW: Note "long-window", "windows and half-lives that the log is too short for";
    TTL_FORGETS: Warning "ttl-forgets", "a key that expires while much of its value is left";
    RARE_REFRESH: Warning "rare-refresh", "a value that is refreshed more rarely than its window moves";
    SIDES_DIFFER: Warning "sides-differ", "a ratio whose sides count other events by other rules";
    HALF_LIVES_APART: Warning "half-lives-apart", "a ratio whose sides fade at very different speeds";
    SCOPE_TOO_COARSE: Warning "scope-too-coarse", "a scope one key of which has most of the events";
    SCOPE_TOO_FINE: Warning "scope-too-fine", "a scope most keys of which have one event";
    DUPLICATE_EVENTS: Warning "duplicate-events", "events whose id was there before, which count again";
    CLOCK_SKEW: Warning "clock-skew", "a source whose clock is ahead of, or behind, that of the others";
    ODD_TIMES: Warning "odd-times", "times that cannot be meant: long ago, within seconds, or far from all others";
    MISSING_HOURS: Warning "missing-hours", "hours or days without events, which others have";
    ONE_SOURCE: Warning "one-source", "a key most events of which are of one user, session or client";
    LATE_NOT_COUNTED: Warning "late-not-counted", "late events that no bucket holds any more";
    OWN_IMPRESSIONS: Warning "own-impressions", "impressions of the log's own beside those of rankings";
    BEYOND_MEMORY: Warning "beyond-memory", "keys and states that need more memory than is allowed";
    OUTPUT_RENAMED: Warning "output-renamed", "an output that has another name than in the old config";
    OUTPUT_REDEFINED: Warning "output-redefined", "an output that means something else than in the old config";
    OUTPUT_GONE: Warning "output-gone", "an output that only the old config has";
    LABEL_DIFFERS: Warning "label-differs", "a label of an axis that stands for other attributes in another entry";
    UNKNOWN_LINT: Warning "unknown-lint", "a comment that allows what is no lint";
    UNUSED_DEFAULT: Warning "unused-default", "a default that no feature takes";
    MODEL_REFERENCE: Warning "model-reference", "a model that names a feature which the config does not have";
    METARANK_REFRESH: Note "metarank-refresh", "a rate without a `refresh`, which Metarank refreshes once an hour";
    ALIAS: Note "alias", "a word of another system that is read as one of this language";
    WEEK_START: Note "week-start", "buckets of whole weeks, and the weekday on which they start";
    FOLLOWED: Note "followed", "settings of Metarank's own that are followed";
    SKIPPED: Note "skipped", "parts of the config that are not read";
}

/// The code of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Code> {
    ALL.iter().find(|code| code.name == name)
}

impl Code {
    /// A diagnostic of this code at a span.
    #[must_use]
    pub fn at(self, span: Range<usize>, message: impl Into<String>) -> Diagnostic {
        self.at_all([Label { span, message: String::new() }], message)
    }

    /// A diagnostic of this code at several spans; the first is the primary one.
    #[must_use]
    pub fn at_all(
        self,
        labels: impl IntoIterator<Item = Label>,
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic {
            code: self.name,
            severity: self.severity,
            message: message.into(),
            labels: labels.into_iter().collect(),
            help: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_in_kebab_case() {
        for (i, code) in ALL.iter().enumerate() {
            assert!(code.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{code:?}");
            assert!(!ALL[..i].iter().any(|other| other.name == code.name), "{}", code.name);
            assert_eq!(find(code.name), Some(code));
        }
        assert_eq!(find("no-such-code"), None);
    }
}
