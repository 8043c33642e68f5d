//! Random plans and logs, for property tests of the engine.

use proptest::prelude::*;
use proptest::sample::select;

pub(super) use tests::load;

/// Configs of a few counters, whose keys, types, filters, values and pasts differ.
pub(super) fn configs() -> impl Strategy<Value = String> {
    let feature = (
        select(&["global", "user", "item", "[user, item]", "tags, explode: true"][..]),
        proptest::sample::subsequence(&TYPES[..], 0..4),
        select(
            &[
                "",
                ", where: {c: x}",
                ", where: {c: {ne: x}, n: {gt: 2}}",
                ", where: {any: [{c: y}, {n: {le: 1}}]}",
                ", where: {not: {c: [x, 3]}}",
                ", where: {n: {exists: false}}",
            ][..],
        ),
        select(&["", ", aggregate: sum, value: n", ", aggregate: max, value: n"][..]),
        select(
            &[
                "",
                ", windows: [3], bucket: 1h, window: bucketed",
                ", windows: [2], bucket: 1h, window: hopping",
                ", windows: [2], bucket: 30m, window: rolling",
                ", windows: [1, 4], bucket: 1h, window: sawtooth",
                ", windows: [2], bucket: 1h, offset: 3h",
                ", windows: [1], bucket: 30m, window: rolling, offset: 50m",
                ", windows: [1, 2], bucket: 1d, offset: 1d",
                ", windows: [1], bucket: 7d, align: wednesday",
            ][..],
        ),
    );
    proptest::collection::vec(feature, 1..9).prop_map(|features| {
        let features = features.into_iter().enumerate();
        let entries = features.map(|(number, (scope, types, filter, value, past))| {
            let types = match types.join(", ") {
                none if none.is_empty() => none,
                types => format!(", interaction: [{types}]"),
            };
            format!(
                "  - {{name: f{number}, type: counter, scope: {scope}{types}{filter}{value}{past}, \
                 ttl: 6h}}\n"
            )
        });
        // A day of that zone starts in the midst of the logs.
        format!(
            "events: {{order: log, timezone: Asia/Kathmandu}}\nfeatures:\n{}",
            entries.collect::<String>()
        )
    })
}

const TYPES: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];

/// Logs of some hours, in which many events are late and attributes are missing or of any kind.
pub(super) fn logs() -> impl Strategy<Value = String> {
    let event = (
        0u32..72_000,
        select(&TYPES[..]),
        select(&["", r#", "user": "u""#, r#", "user": "w""#, r#", "user": []"#][..]),
        select(&["", r#", "item": "i""#, r#", "item": 3"#, r#", "item": ["j", "k"]"#][..]),
        select(&["", r#", "tags": ["t", "r", "t"]"#, r#", "tags": "s""#, r#", "tags": []"#][..]),
        select(&["", r#", "c": "x""#, r#", "c": "y""#, r#", "c": 3"#][..]),
        select(&["", r#", "n": 1"#, r#", "n": 2.5"#, r#", "n": "2""#, r#", "n": [7]"#][..]),
    );
    proptest::collection::vec(event, 0..80).prop_map(|events| {
        let line = |(second, kind, user, item, tags, c, n): (u32, _, _, _, _, _, _)| {
            let ts = 1_700_000_000 + second;
            format!(r#"{{"ts": {ts}, "type": "{kind}"{user}{item}{tags}{c}{n}}}"#)
        };
        events.into_iter().map(line).collect::<Vec<_>>().join("\n")
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::dataset::Run;
    use crate::engine::demand;
    use crate::log::Reader;
    use crate::plan::lower::compile;

    /// Loads a log for a config.
    pub(in crate::engine) fn load(config: &str, log: &str) -> Run {
        let (plan, report) = compile("test", config);
        let plan = plan.unwrap_or_else(|| panic!("{}", crate::diagnostic::text(&report, false)));
        let demand = demand(&plan, false);
        let log: &'static [u8] = log.to_owned().leak().as_bytes();
        let reader = Reader::embedded("log", log, &plan.events, &plan.attributes);
        Run::load(Arc::new(plan), demand, reader, &mut |_| {}).unwrap()
    }
}
