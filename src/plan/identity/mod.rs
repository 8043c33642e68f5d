//! Identities: the hash of what a state or a feature means. Names, places and the order of the
//! config have no part in it, so that what is stored under an identity holds as long as the
//! meaning does. It must not know who stores what.
//!
//! The meaning is written as bytes and hashed with 128-bit XXH3. Every part is preceded by a tag
//! or its length, so that no two meanings have the same bytes; lists whose order says nothing
//! (event types, conditions, values to compare with) are sorted by their bytes. The first byte is
//! [`VERSION`]: a change of this encoding is a new version, and old states are then rebuilt.

mod bytes;
mod events;

use crate::base::Millis;

use super::{FeatureId, Filter, Identity, OutputId, Plan, Shape, StateId};

use bytes::{Bytes, States};

/// The version of the encoding.
pub const VERSION: u8 = 1;

/// The identity of a state: the events it is fed, its key, its arithmetic and its ttl.
#[must_use]
pub fn of_state(plan: &Plan, state: StateId) -> Identity {
    of_state_in(plan, state, plan.states[state.0].shape)
}

/// The hash of all that a state means but for the part of the past over which it is held.
#[must_use]
pub fn but_for_shape(plan: &Plan, state: StateId) -> Identity {
    of_state_in(plan, state, Shape::Lifetime)
}

/// The hash of all that a state means to those who read windows of it, which say themselves how long
/// they are.
fn in_windows(plan: &Plan, state: StateId) -> Identity {
    match plan.states[state.0].shape {
        Shape::Ring { buckets, .. } => of_state_in(plan, state, Shape::Ring { buckets, held: 0 }),
        Shape::Rolling { .. } => of_state_in(plan, state, Shape::Rolling { span: Millis(0) }),
        Shape::Lifetime | Shape::Decay { .. } => plan.states[state.0].identity,
    }
}

fn of_state_in(plan: &Plan, state: StateId, shape: Shape) -> Identity {
    let state = &plan.states[state.0];
    let input = &plan.inputs[state.input.0];
    let mut bytes = Bytes::new();
    bytes.input(plan, input);
    bytes.text(state.aggregate);
    bytes.shape(shape);
    bytes.millis(state.ttl);
    bytes.hash()
}

/// The identity of what a feature serves: the identities of the states it reads, how it reads
/// them, its key, refresh and ttl. The states' identities must be set already.
#[must_use]
pub fn of_feature(plan: &Plan, feature: FeatureId) -> Identity {
    let feature = &plan.features[feature.0];
    let mut bytes = Bytes::new();
    bytes.scope(plan, &plan.scopes[feature.scope.0]);
    bytes.millis(feature.refresh);
    bytes.millis(feature.ttl);
    for output in &plan.outputs[feature.outputs.clone()] {
        bytes.read(plan, &output.read);
    }
    bytes.hash()
}

/// What tells an output's meaning from others in any plan: what it reads of its states, how they are
/// fed, its key, and how it is served. How far back the states that it shares with others are held
/// has no part in it.
#[must_use]
pub fn of_output(plan: &Plan, output: OutputId) -> Identity {
    let output = &plan.outputs[output.0];
    let feature = &plan.features[output.feature.0];
    let mut bytes = Bytes { states: States::InWindows, ..Bytes::new() };
    bytes.scope(plan, &plan.scopes[feature.scope.0]);
    bytes.millis(feature.refresh);
    bytes.millis(feature.ttl);
    bytes.read(plan, &output.read);
    bytes.hash()
}

/// The canonical bytes of a filter: equal for filters that mean the same but for the order in
/// which they are written.
#[must_use]
pub fn bytes_of_filter(attributes: &[String], filter: &Filter) -> Vec<u8> {
    let mut bytes = Bytes::part();
    bytes.filter(attributes, filter);
    bytes.bytes
}

#[cfg(test)]
mod tests {
    use crate::plan::lower::compile;

    use super::*;

    /// The plan of one feature with these members, in a config with these sections.
    fn plan(sections: &str, members: &str) -> Plan {
        let text = format!("{sections}\nfeatures:\n  - {{{members}}}\n");
        let (plan, report) = compile("test", &text);
        plan.unwrap_or_else(|| panic!("{}", crate::diagnostic::text(&report, false)))
    }

    fn identities(plan: &Plan) -> (Vec<Identity>, Vec<Identity>) {
        (
            plan.states.iter().map(|state| state.identity).collect(),
            plan.features.iter().map(|feature| feature.identity).collect(),
        )
    }

    const BASE: &str = "name: a, type: counter, scope: [x, y], interaction: [p, q], \
                        aggregate: sum, value: v, windows: [2, 3], bucket: 1h, ttl: 9d, \
                        where: {k: [1, 2], any: [{m: 1}, {n: 2}]}";

    #[test]
    fn names_places_and_orders_have_no_part_in_it() {
        let base = identities(&plan("", BASE));
        for (sections, members) in [
            ("# a comment\n\ndefaults: {ttl: 9d}", BASE.replace("ttl: 9d, ", "")),
            ("", BASE.replace("name: a", "name: b, description: other words")),
            ("", BASE.replace("[p, q]", "[q, p, q]")),
            ("", BASE.replace("k: [1, 2]", "k: [2, 1]")),
            ("", BASE.replace("{m: 1}, {n: 2}", "{n: 2}, {m: 1}")),
            ("", BASE.replace("1h", "60m")),
            ("impressions: {session: 5m}", BASE.to_owned()),
            ("events: {id: some_id}", BASE.to_owned()),
            ("events: {timezone: Europe/Berlin}", BASE.to_owned()),
            ("", BASE.replace("bucket: 1h", "bucket: 1h, offset: 0s")),
        ] {
            assert_eq!(identities(&plan(sections, &members)), base, "{sections} {members}");
        }
    }

    #[test]
    fn every_part_of_the_meaning_has_its_part_in_it() {
        let base = plan("", BASE).states[0].identity;
        let mut seen = vec![base];
        for (sections, from, to) in [
            ("", "[x, y]", "[y, x]"),
            ("", "[x, y]", "x"),
            ("", "scope", "explode: true, scope"),
            ("", "[p, q]", "[p]"),
            ("", "interaction: [p, q], ", ""),
            ("", "sum", "mean"),
            ("", "value: v", "value: w"),
            ("", "bucket: 1h", "bucket: 2h"),
            ("", "bucket: 1h", "bucket: 1h, offset: 2h"),
            ("", "bucket: 1h", "bucket: 7d"),
            ("", "bucket: 1h", "bucket: 7d, align: monday"),
            ("events: {timezone: Europe/Berlin}", "bucket: 1h", "bucket: 7d"),
            ("events: {timezone: Europe/Rome}", "bucket: 1h", "bucket: 7d, align: monday"),
            ("", "windows: [2, 3]", "windows: [2, 4]"),
            ("", "bucket: 1h", "bucket: 1h, window: rolling"),
            ("", "windows: [2, 3], bucket: 1h, ", ""),
            ("", "windows: [2, 3], bucket: 1h", "half_life: 1h"),
            ("", "windows: [2, 3], bucket: 1h", "half_life: 2h"),
            ("", "ttl: 9d", "ttl: 10d"),
            ("", "k: [1, 2]", "k: [1]"),
            ("", "k: [1, 2]", "k: [1, '2']"),
            ("", "k: [1, 2]", "l: [1, 2]"),
            ("", "k: [1, 2]", "k: {not_in: [1, 2]}"),
            ("", "any: [{m: 1}, {n: 2}]", "m: 1"),
            ("", "any: [{m: 1}, {n: 2}]", "not: {m: 1}"),
            ("", "any: [{m: 1}, {n: 2}]", "m: {gt: 1}"),
            ("", "any: [{m: 1}, {n: 2}]", "m: {ge: 1}"),
            ("", "any: [{m: 1}, {n: 2}]", "m: {exists: true}"),
            ("", "any: [{m: 1}, {n: 2}]", "m: {exists: false}"),
            ("events: {format: flat}", "", ""),
            ("events: {timestamp: t}", "", ""),
            ("events: {type: t}", "", ""),
            ("events: {unit: ms}", "", ""),
            ("events: {time_format: '%Y%m%d'}", "", ""),
            ("events: {timestamp: [t, u]}", "", ""),
            ("events: {zone: Europe/Berlin}", "", ""),
            ("events: {zone: '+02:00'}", "", ""),
            ("events: {numbers: text}", "", ""),
            ("events: {number: v}", "", ""),
            ("events: {number: [v, w]}", "", ""),
            ("events: {timestamp: [t, u, v]}", "", ""),
            ("events: {columns: [ts, type]}", "", ""),
            ("events: {columns: [type, ts]}", "", ""),
            ("events: {separator: '::'}", "", ""),
            ("events: {quote: none}", "", ""),
            ("events: {quote: \"'\"}", "", ""),
            ("events: {order: log}", "", ""),
            ("events: {dedup: 1d}", "", ""),
            ("events: {dedup: 1d, id: t}", "", ""),
            ("events: {metadata: [{file: f, key: k, as: e}]}", "", ""),
            ("events: {metadata: [{file: g, key: k, as: e}]}", "", ""),
            ("events: {metadata: [{file: f, key: l, as: e}]}", "", ""),
            ("events: {metadata: [{file: f, key: k, as: d}]}", "", ""),
            ("events: {metadata: [{file: f, key: k, on: l, as: e}]}", "", ""),
            ("events: {metadata: [{file: f, key: k, as: e, when: {a: 1}}]}", "", ""),
            ("events: {metadata: [{file: f, key: k, as: e, when: {b: 1}}]}", "", ""),
            ("events: {metadata: [{key: k, as: e, when: {b: 1}}]}", "", ""),
            ("events: {known: k}", "", ""),
            ("impressions: {name: p}", "", ""),
            ("impressions: {name: p, session: 1m}", "", ""),
            ("impressions: {name: p, enabled: false}", "", ""),
        ] {
            let members = BASE.replacen(from, to, usize::from(!from.is_empty()));
            let identity = plan(sections, &members).states[0].identity;
            assert!(!seen.contains(&identity), "{sections} {members}");
            seen.push(identity);
        }
    }

    #[test]
    fn how_a_feature_is_served_has_its_part_in_it() {
        let rate = "name: r, type: rate, top: p, bottom: q, bucket: 1h, periods: [2, 3]";
        let mut seen = vec![plan("", rate).features[0].identity];
        for change in [
            ", refresh: 1m",
            ", ttl: 1d",
            ", normalize: {weight: 2}",
            ", normalize: {weight: 3}",
            ", scope: user",
        ] {
            let identity = plan("", &format!("{rate}{change}")).features[0].identity;
            assert!(!seen.contains(&identity), "{change}");
            seen.push(identity);
        }
        for (from, to) in [("top: p, bottom: q", "top: q, bottom: p"), ("[2, 3]", "[3, 2]")] {
            let identity = plan("", &rate.replace(from, to)).features[0].identity;
            assert!(!seen.contains(&identity), "{to}");
            seen.push(identity);
        }
    }

    #[test]
    fn an_output_means_the_same_beside_others() {
        let of = |members: &str| {
            let plan = plan("", members);
            of_output(&plan, OutputId(0))
        };
        for (from, to) in [
            ("windows: [2, 3]", "windows: [2]"),
            ("windows: [2, 3]", "windows: [2, 9]"),
            ("k: [1, 2]", "k: [2, 1]"),
            ("name: a", "name: b"),
        ] {
            assert_eq!(of(&BASE.replace(from, to)), of(BASE), "{to}");
            let rolling = BASE.replace("bucket: 1h", "bucket: 1h, window: rolling");
            assert_eq!(of(&rolling.replace(from, to)), of(&rolling), "{to}");
        }
        let mut seen = vec![of(BASE)];
        for (from, to) in [
            ("scope", "explode: true, scope"),
            ("windows: [2, 3]", "windows: [3, 2]"),
            ("bucket: 1h", "bucket: 2h"),
            ("bucket: 1h", "bucket: 1h, offset: 2h"),
            ("bucket: 1h", "bucket: 1h, offset: 3h"),
            ("bucket: 1h", "bucket: 1h, window: rolling, offset: 3h"),
            ("bucket: 1h", "bucket: 7d, align: monday"),
            ("bucket: 1h", "bucket: 1h, window: rolling"),
            ("bucket: 1h", "bucket: 1h, refresh: 1m"),
            ("ttl: 9d", "ttl: 10d"),
            ("k: [1, 2]", "k: [1]"),
            ("[p, q]", "[p]"),
            ("value: v", "value: w"),
        ] {
            let output = of(&BASE.replace(from, to));
            assert!(!seen.contains(&output), "{to}");
            seen.push(output);
        }
    }

    #[test]
    fn the_encoding_is_the_one_that_stores_hold() {
        let plan = plan("", "name: a, type: interaction_count, scope: item, interaction: click");
        assert_eq!(VERSION, 1);
        assert_eq!(
            format!("{:032x}", plan.states[0].identity.0),
            "b45ea514e56a0032e06db74447edaba7",
            "stores hold states under these identities: a new encoding is a new VERSION"
        );
    }
}
