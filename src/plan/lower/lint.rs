//! Lints: warnings about configs that are valid but probably not what their authors want. A lint is
//! an entry of the registry and a function; it does not change the plan.

use crate::base::quantity::listed;
use crate::base::{Buckets, Millis};
use crate::config::{Body, Document, Feature, Past, Spanned, Windows};
use crate::diagnostic::codes::{self, Code};
use crate::diagnostic::{Faults, nearest};
use crate::plan::Plan;

use super::{metarank, sides};

/// A lint.
pub struct Lint {
    /// The code of its warnings.
    pub code: Code,
    /// Checks a config and its plan, and adds warnings.
    pub check: fn(&Document, &Plan, &mut Faults),
}

/// All lints, in the order in which they run. `ambiguous-operand` and `near-miss` are found where
/// names are resolved.
pub const LINTS: &[Lint] = &[
    Lint { code: codes::REFRESH_OUTLIVES_TTL, check: refresh_outlives_ttl },
    Lint { code: codes::WINDOW_OUTLIVES_TTL, check: window_outlives_ttl },
    Lint { code: codes::SIDES_NEVER_MEET, check: sides::never_meet },
    Lint { code: codes::UNUSED_DEFAULT, check: unused_default },
    Lint { code: codes::UNUSED_DEFAULT, check: unused_timezone },
    Lint { code: codes::UNUSED_DEFAULT, check: unused_number },
    Lint { code: codes::WEEK_START, check: week_start },
    Lint { code: codes::MODEL_REFERENCE, check: metarank::references },
    Lint { code: codes::METARANK_REFRESH, check: metarank::refresh },
];

/// The most names listed in a note.
const LISTED: usize = 8;

/// The features of the document, each with its feature of the plan.
fn pairs<'a>(
    document: &'a Document,
    plan: &'a Plan,
) -> impl Iterator<Item = (&'a Feature, &'a crate::plan::Feature)> {
    document.features.iter().zip(&plan.features)
}

fn refresh_outlives_ttl(document: &Document, plan: &Plan, found: &mut Faults) {
    for (declared, feature) in pairs(document, plan) {
        let Some(refresh) = &declared.refresh else { continue };
        if feature.refresh >= feature.ttl {
            let name = &feature.name;
            let message = format!(
                "`{name}` is refreshed every {}, but its keys expire after {}",
                feature.refresh, feature.ttl
            );
            let help = "make `refresh` shorter than `ttl`";
            found.add(codes::REFRESH_OUTLIVES_TTL.at(refresh.span.clone(), message).help(help));
        }
    }
}

fn window_outlives_ttl(document: &Document, plan: &Plan, found: &mut Faults) {
    for (declared, feature) in pairs(document, plan) {
        let Some(windows) = windows_of(declared) else { continue };
        let longest = windows.lengths.iter().max_by_key(|length| length.value);
        let Some(longest) = longest else { continue };
        let offset = windows.offset.as_ref().map_or(0, |offset| offset.value.0);
        let span = windows.bucket.value.0.saturating_mul(i64::from(longest.value));
        let span = Millis(span.saturating_add(offset));
        if span > feature.ttl {
            let message = format!(
                "the window of {span} is longer than `{}` keeps a silent key: {}",
                feature.name, feature.ttl
            );
            let help = format!("write `ttl: {span}` or longer, or a shorter window");
            found.add(codes::WINDOW_OUTLIVES_TTL.at(longest.span.clone(), message).help(help));
        }
    }
}

fn unused_default(document: &Document, _plan: &Plan, found: &mut Faults) {
    type Own = fn(&Feature) -> Option<&Spanned<Millis>>;
    let defaults = &document.defaults;
    let table: [(&str, &Option<Spanned<Millis>>, Own); 3] = [
        ("refresh", &defaults.refresh, |feature| feature.refresh.as_ref()),
        ("ttl", &defaults.ttl, |feature| feature.ttl.as_ref()),
        ("bucket", &defaults.bucket, |feature| Some(&windows_of(feature)?.bucket)),
    ];
    // With invalid features nothing can be said: one of them may use the default.
    if document.features.is_empty() || !document.broken.is_empty() {
        return;
    }
    for (word, default, own) in table {
        let Some(default) = default else { continue };
        // A feature that uses the default has the default's span.
        if !document.features.iter().any(|feature| own(feature) == Some(default)) {
            let message = format!("no feature uses the default `{word}`");
            let help = "remove it, or remove the features' own values";
            found.add(codes::UNUSED_DEFAULT.at(default.span.clone(), message).help(help));
        }
    }
}

/// A zone changes nothing but buckets of whole days.
fn unused_timezone(document: &Document, _plan: &Plan, found: &mut Faults) {
    let Some(timezone) = &document.timezone else { return };
    let has_days = |feature: &Feature| buckets_of(feature).is_some_and(Buckets::is_days);
    if document.broken.is_empty() && !document.features.iter().any(has_days) {
        let message = "`timezone` has no effect: no feature has buckets of whole days";
        let help = "remove it, or write a `bucket` of days, such as `1d`";
        found.add(codes::UNUSED_DEFAULT.at(timezone.span.clone(), message).help(help));
    }
}

/// Texts are read as numbers for features alone.
fn unused_number(document: &Document, plan: &Plan, found: &mut Faults) {
    if !document.broken.is_empty() {
        return;
    }
    for number in &document.named.numbers {
        if plan.attributes.contains(&number.value) {
            continue;
        }
        let message = format!("no feature names the attribute `{}`", number.value);
        let help = match nearest(&number.value, plan.attributes.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "remove it: only what a feature names is read".to_owned(),
        };
        found.add(codes::UNUSED_DEFAULT.at(number.span.clone(), message).help(help));
    }
}

/// Says on which weekday buckets of whole weeks start, where the config does not.
fn week_start(document: &Document, _plan: &Plan, found: &mut Faults) {
    let has_weeks = |feature: &&Feature| {
        buckets_of(feature).is_some_and(Buckets::is_weeks)
            && windows_of(feature).is_some_and(|windows| windows.align.is_none())
    };
    let weekly: Vec<_> = document.features.iter().filter(has_weeks).collect();
    let Some(first) = weekly.first().copied() else { return };
    let (Some(windows), Some(weekday)) =
        (windows_of(first), buckets_of(first).and_then(Buckets::weekday))
    else {
        return;
    };
    let zone = document.timezone.as_ref().map_or("UTC", |zone| zone.value.name());
    let names: Vec<&str> = weekly.iter().map(|feature| feature.name.value.as_str()).collect();
    let message = format!(
        "buckets of whole weeks start on {}s, at midnight in {zone}: {}",
        weekday.name(),
        listed(&names, LISTED)
    );
    let help = "write `align: monday` for weeks that start on another day";
    found.add(codes::WEEK_START.at(windows.bucket.span.clone(), message).help(help));
}

/// The buckets of a feature's windows, if those lie on buckets.
fn buckets_of(feature: &Feature) -> Option<Buckets> {
    match &feature.body {
        Body::Counter {
            past: Past::Windows(_, Some(Spanned { value: "rolling", .. })), ..
        } => None,
        _ => Some(Buckets::of(windows_of(feature)?.bucket.value)),
    }
}

const fn windows_of(feature: &Feature) -> Option<&Windows> {
    match &feature.body {
        Body::WindowCount { windows, .. }
        | Body::Rate { windows, .. }
        | Body::Counter { past: Past::Windows(windows, _), .. } => Some(windows),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::compile;

    fn warnings(text: &str) -> Vec<&'static str> {
        compile("test", text).1.diagnostics.iter().map(|fault| fault.code).collect()
    }

    const NONE: [&str; 0] = [];

    #[test]
    fn a_lint_holds_its_tongue_where_all_is_well() {
        let text = "defaults: {refresh: 1m, ttl: 7d, bucket: 1d}\nfeatures:\n\
                    - {name: a, type: window_count, scope: x, interaction: y, periods: [7]}\n";
        assert_eq!(warnings(text), NONE);
    }

    #[test]
    fn each_lint_speaks_at_its_edge() {
        let feature = |more: &str| {
            format!("- {{name: a, type: window_count, scope: x, interaction: y, {more}}}\n")
        };
        let windows = "bucket: 1d, periods: [7]";
        for (head, feature, want) in [
            ("", feature(&format!("{windows}, ttl: 6d")), vec!["window-outlives-ttl"]),
            ("", feature(&format!("{windows}, ttl: 8d, refresh: 7d")), vec![]),
            (
                "",
                feature(&format!("{windows}, ttl: 8d, refresh: 8d")),
                vec!["refresh-outlives-ttl"],
            ),
            (
                "defaults: {ttl: 9d}",
                feature(&format!("{windows}, ttl: 8d")),
                vec!["unused-default"],
            ),
            ("defaults: {bucket: 9d}", feature(windows), vec!["unused-default"]),
            ("defaults: {refresh: 9s}", feature(windows), vec![]),
            ("events: {timezone: Asia/Tokyo}", feature(windows), vec![]),
            (
                "events: {timezone: Asia/Tokyo}",
                feature("bucket: 1h, periods: [7]"),
                vec!["unused-default"],
            ),
            ("events: {number: [x]}", feature(windows), vec![]),
            ("events: {number: [x, prize]}", feature(windows), vec!["unused-default"]),
            ("", feature("bucket: 7d, periods: [2]"), vec!["week-start"]),
            ("", feature("bucket: 2w, periods: [2], align: thursday"), vec![]),
            ("", feature(&format!("{windows}, ttl: 9d, offset: 2d")), vec![]),
            ("", feature(&format!("{windows}, ttl: 9d, offset: 3d")), vec!["window-outlives-ttl"]),
        ] {
            assert_eq!(
                warnings(&format!("{head}\nfeatures:\n{feature}")),
                want,
                "{head} {feature}"
            );
        }
    }

    #[test]
    fn a_matrix_is_warned_of_once() {
        let text = "features:\n- {name: '{a}', matrix: {a: [p, q, r]}, type: window_count, \
                    scope: x, interaction: '{a}', bucket: 1d, periods: [100]}\n";
        assert_eq!(warnings(text), ["window-outlives-ttl"]);
    }
}
