//! Lints at their edges: each speaks at its number, and is silent just below it. That it speaks at
//! all, and of nothing else, is shown by its page.

use std::fmt::Write as _;

use crate::commands::Place;

/// Events of one kind: how many, their type and their members.
type Events<'e> = (usize, &'e str, String);

/// Events of one item.
fn of(item: usize, times: usize, kind: &str) -> Events<'_> {
    (times, kind, format!(r#""item":"i{item}""#))
}

/// The same events of each of so many items.
fn each(items: std::ops::Range<usize>, times: usize, kind: &str) -> Vec<Events<'_>> {
    items.map(|item| of(item, times, kind)).collect()
}

/// A log of events, so many seconds apart.
fn log(seconds: usize, events: &[Events<'_>]) -> String {
    let (mut text, mut at) = (String::new(), 1_718_000_000);
    for (times, kind, members) in events {
        for _ in 0..*times {
            writeln!(text, r#"{{"ts":{at},"type":"{kind}",{members}}}"#).unwrap();
            at += seconds;
        }
    }
    text
}

/// True if a check tells a code.
fn tells(code: &str, features: &str, log: &str) -> bool {
    let place = Place::new();
    place.write("f.yaml", features);
    place.write("log.ndjson", log);
    let ran = place.run(&["check", "f.yaml", "log.ndjson", "--format", "json"]);
    let lines = ran.json();
    assert_eq!(lines.len(), 2, "{code}: {ran:?}");
    let mut diagnostics = lines.iter().flat_map(|line| line["diagnostics"].as_array().unwrap());
    diagnostics.any(|told| told["code"] == code)
}

/// A code is told of the first log, and not of the others.
fn edge(code: &str, features: &str, speaks: &[Events<'_>], silent: &[&[Events<'_>]]) {
    assert!(tells(code, features, &log(60, speaks)), "{code} is not told of {speaks:?}");
    for events in silent {
        assert!(!tells(code, features, &log(60, events)), "{code} is told of {events:?}");
    }
}

/// A code is told of the first config, and not of the second.
fn of_configs(code: &str, speaks: &str, silent: &str) {
    let log = log(60, &[of(0, 1, "click"), of(0, 1, "view")]);
    assert!(tells(code, speaks, &log), "{code} is not told of {speaks}");
    assert!(!tells(code, silent, &log), "{code} is told of {silent}");
}

fn with(members: &str, times: usize) -> Events<'static> {
    (times, "click", members.to_owned())
}

const CLICKS: &str =
    "features:\n  - {name: clicks, type: interaction_count, scope: item, interaction: click}\n";

#[test]
fn filters_and_attributes() {
    let filter = "features:\n  - {name: c, type: interaction_count, scope: item, interaction: click, where: {os: ios}}\n";
    let os = |ios, others| {
        [with(r#""item":"i","os":"ios""#, ios), with(r#""item":"i","os":"web""#, others)]
    };
    edge("filter-passes-little", filter, &os(2, 198), &[&os(3, 197), &os(1, 198)]);
    edge("filter-rejects-nothing", filter, &os(100, 0), &[&os(99, 0), &os(99, 1)]);
    let item = |there, missing| {
        // The first lacks it already, so that there is no day since when.
        [with(r#""os":"web""#, missing), with(r#""item":"i","os":"web""#, there)]
    };
    edge("lacking-attribute", CLICKS, &item(94, 6), &[&item(95, 5), &item(89, 10)]);
    let spelled = |more, fewer| [with(r#""item":"acme""#, more), with(r#""item":"Acme ""#, fewer)];
    edge("two-spellings", CLICKS, &spelled(9, 3), &[&spelled(9, 2)]);
}

#[test]
fn outputs() {
    edge("constant-output", CLICKS, &each(0..10, 2, "click"), &[&each(0..9, 2, "click")]);
    let sum = "features:\n  - {name: s, type: counter, scope: item, interaction: click, aggregate: sum, value: n}\n";
    let number = |n: &str, times| [with(&format!(r#""item":"i","n":{n}"#), times)];
    edge("unusable-value", sum, &number("1000000000000001", 1), &[&number("1000000000000000", 1)]);
    let endless = format!("{sum}lints: {{unusable-value: {{above: 1.0e+308}}}}\n");
    edge("unusable-value", &endless, &number("1e308", 2), &[&number("1e308", 1)]);
    let two =
        format!("{sum}  - {{name: c, type: interaction_count, scope: item, interaction: click}}\n");
    let counted = |items: usize| -> Vec<Events<'_>> {
        (0..items).map(|item| with(&format!(r#""item":"i{item}","n":1"#), item + 1)).collect()
    };
    edge("same-values", &two, &counted(10), &[&counted(9)]);
    let other = CLICKS.replace(
        "click}",
        "click}\n  - {name: b, type: interaction_count, scope: item, interaction: click, ttl: 30d}",
    );
    of_configs("same-meaning", &other.replace("30d", "90d"), &other);
}

#[test]
fn ratios() {
    let ratio = "features:\n  - {name: c, type: interaction_count, scope: item, interaction: click}\n  - {name: v, type: interaction_count, scope: item, interaction: view}\n  - {name: r, type: ratio, top: c, bottom: v}\n";
    let sides = |above: usize, keys: usize| {
        let above_one = [each(0..above, 1, "view"), each(0..above, 4, "click")];
        let below = [each(above..keys, 2, "view"), each(above..keys, 1, "click")];
        [above_one.concat(), below.concat()].concat()
    };
    edge("sides-exchanged", ratio, &sides(6, 10), &[&sides(5, 10)]);
    edge("rate-above-one", ratio, &sides(1, 10), &[&sides(1, 9), &sides(0, 10)]);
    let rate = "features:\n  - {name: r, type: rate, scope: item, top: click, bottom: view, bucket: 1d, periods: [9]}\n";
    let one = |clicks| [of(1, 9, "view"), of(0, 3, "view"), of(0, clicks, "click")];
    edge("rate-above-one", rate, &one(4), &[&one(3)]);
    let views = |small: usize, of_each, keys| {
        [each(0..small, of_each, "view"), each(small..keys, 9, "view")].concat()
    };
    edge(
        "small-divisor",
        ratio,
        &views(6, 4, 10),
        &[&views(6, 5, 10), &views(5, 4, 10), &views(9, 4, 9)],
    );
}

#[test]
fn a_smoothed_rate_is_not_said_to_be_above_one() {
    let place = Place::new();
    place.write("f.yaml", "features:\n  - {name: r, type: rate, scope: item, top: click, bottom: view, bucket: 1d, periods: [9], normalize: {weight: 10}}\n");
    place.write("log.ndjson", &log(60, &[of(0, 3, "view"), of(0, 4, "click"), of(1, 9, "view")]));
    let ran = place.run(&["check", "f.yaml", "log.ndjson"]);
    let told = "`r_9` counts more of `click` than of `view` at 1 of 2 keys: 4 and 3 at item=i0";
    assert!(ran.out.contains(told), "{}", ran.out);
}

#[test]
fn scopes() {
    let keys = |most: usize, others: usize| {
        [vec![of(0, most, "click")], each(1..others + 1, 1, "click")].concat()
    };
    edge("scope-too-coarse", CLICKS, &keys(10, 9), &[&keys(9, 9), &keys(10, 8)]);
    let once = |once: usize, twice: usize| {
        [each(0..once, 1, "click"), each(once..once + twice, 2, "click")].concat()
    };
    edge("scope-too-fine", CLICKS, &once(81, 19), &[&once(80, 20), &once(81, 18)]);
    // Two clicks of each of a hundred visits, an hour apart from the next visit.
    let visits: Vec<Events<'_>> =
        (0..100).flat_map(|visit| [with(&format!(r#""item":"i{visit}""#), 2)]).collect();
    let of_visits = log(3600, &visits);
    assert!(tells("scope-too-fine", CLICKS, &of_visits));
    let named = CLICKS.replace("name: clicks", "name: clicks_of_item");
    assert_ne!(named, CLICKS);
    assert!(!tells("scope-too-fine", &named, &of_visits));
    let axes = |other: &str| {
        format!(
            "features:\n  - {{name: 'a_{{by}}', matrix: {{by: {{post: item}}}}, type: interaction_count, interaction: click, scope: '{{by}}'}}\n  - {{name: 'b_{{by}}', matrix: {{by: {{post: {other}}}}}, type: interaction_count, interaction: view, scope: '{{by}}'}}\n"
        )
    };
    of_configs("label-differs", &axes("[item, item2]"), &axes("[item]"));
    of_configs(
        "label-differs",
        &axes("type"),
        &axes("item").replace(
            "{by: {post: item}}, type: interaction_count, interaction: view",
            "{by: {posts: type}}, type: interaction_count, interaction: view",
        ),
    );
}

#[test]
fn served_values() {
    let config = CLICKS.replace("click}", "click, refresh: 1h}");
    // A second event within the hour is not served.
    let stale = |stale: usize, keys: usize| {
        [each(0..stale, 2, "click"), each(stale..keys, 1, "click")].concat()
    };
    edge("served-differs", &config, &stale(2, 20), &[&stale(1, 20), &stale(9, 9)]);
    let sum = "features:\n  - {name: s, type: counter, scope: item, interaction: click, aggregate: sum, value: n, refresh: 1h}\n";
    let added = |more: usize| -> Vec<Events<'_>> {
        let event = |item, n| with(&format!(r#""item":"i{item}","n":{n}"#), 1);
        (0..10).flat_map(|item| [event(item, 100), event(item, more)]).collect()
    };
    edge("served-differs", sum, &added(2), &[&added(1)]);
}

#[test]
fn lengths_of_time() {
    let inherited = |bucket: &str, periods: &str| {
        format!(
            "defaults: {{bucket: {bucket}}}\nfeatures:\n  - {{name: c, type: window_count, scope: item, interaction: click, periods: {periods}}}\n"
        )
    };
    of_configs("other-unit", &inherited("1h", "[7, 14]"), &inherited("1h", "[7]"));
    of_configs("other-unit", &inherited("6h", "[7, 14]"), &inherited("8h", "[7, 14]"));
    let decay = |rest: &str| {
        format!(
            "features:\n  - {{name: c, type: counter, scope: item, interaction: click, half_life: 10d, {rest}}}\n"
        )
    };
    of_configs("ttl-forgets", &decay("ttl: 33d"), &decay("ttl: 34d"));
    let refreshed = |refresh: &str| {
        format!(
            "features:\n  - {{name: c, type: window_count, scope: item, interaction: click, bucket: 1h, periods: [9], refresh: {refresh}}}\n"
        )
    };
    of_configs("rare-refresh", &refreshed("61m"), &refreshed("60m"));
    let sides = |half_life: &str| {
        format!(
            "features:\n  - {{name: c, type: counter, scope: item, interaction: click, half_life: 1h}}\n  - {{name: v, type: counter, scope: item, interaction: view, half_life: {half_life}}}\n  - {{name: r, type: ratio, top: c, bottom: v}}\n"
        )
    };
    of_configs("half-lives-apart", &sides("101h"), &sides("100h"));
    of_configs("sides-differ", &sides("61m"), &sides("60m"));
}

#[test]
fn windows_beside_the_log() {
    let window = |hours: usize| {
        format!(
            "features:\n  - {{name: c, type: window_count, scope: item, interaction: click, bucket: 1h, periods: [{hours}]}}\n"
        )
    };
    let clicks = |seconds, times| log(seconds, &[of(0, times, "click")]);
    // The median gap is known to 9 %.
    assert!(tells("short-window", &window(1), &clicks(3950, 100)));
    assert!(!tells("short-window", &window(1), &clicks(3600, 100)));
    assert!(!tells("short-window", &window(1), &clicks(3950, 99)));
    // 999 gaps of 345 seconds are less than four days.
    assert!(tells("long-window", &window(24), &clicks(345, 1000)));
    assert!(!tells("long-window", &window(24), &clicks(346, 1000)));
    assert!(!tells("long-window", &window(24), &clicks(345, 999)));
}
