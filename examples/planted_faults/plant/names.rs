//! Faults in names and values.

use serde_json::json;

use super::Fault;
use super::shapes::Shape::{Ads, Feed, Rankings, Ratings, Services, Shop};

pub(super) const FAULTS: &[Fault] = &[
    Fault::of(
        "a misspelt type",
        Shop,
        &[("interaction: $click, where", "interaction: $click~typo, where")],
        &["unseen-type"],
        &["did you mean `$click`"],
    ),
    Fault::of(
        "a misspelt type of a list",
        Services,
        &[("interaction: alert", "interaction: [alert, alrm, requst]")],
        &["unseen-type"],
        &["did you mean `request`"],
    ),
    Fault::of(
        "a type in another case",
        Rankings,
        &[("interaction: click, where", "interaction: Click, where")],
        &["unseen-type"],
        &["did you mean `click`"],
    ),
    Fault::of(
        "a misspelt type in an axis",
        Feed,
        &[("matrix: {event: [$show, $like]", "matrix: {event: [$show, $like, $watch~typo]")],
        &["unseen-type"],
        &["did you mean `$watch`"],
    ),
    Fault::of(
        "a misspelt attribute",
        Feed,
        &[(
            "scope: $post, interaction: $watch, windows",
            "scope: $post~typo, interaction: $watch, windows",
        )],
        &["unseen-attribute"],
        &["did you mean `$post`"],
    ),
    Fault::of(
        "an attribute in another case",
        Ads,
        &[(
            "{name: campaign_ctr, type: rate, scope: campaign",
            "{name: campaign_ctr, type: rate, scope: Campaign",
        )],
        &["unseen-attribute"],
        &["did you mean `campaign`"],
    ),
    Fault::of(
        "a nested attribute without its path",
        Feed,
        &[("land: [geo.country]", "land: [country]")],
        &["unseen-attribute"],
        &["geo.country"],
    )
    .at("land: [country]"),
    Fault::of(
        "a misspelt attribute in a filter",
        Services,
        &[("where: {status: {ge", "where: {statsu: {ge")],
        &["unseen-attribute"],
        &["did you mean `status`"],
    ),
    Fault::of(
        "a misspelt attribute to add up",
        Ads,
        &[("value: cost", "value: costs")],
        &["unseen-attribute"],
        &["did you mean `cost`"],
    ),
    Fault::of(
        "a misspelt attribute of metadata",
        Rankings,
        &[("scope: item.brand", "scope: item.barnd")],
        &["unseen-attribute"],
        &["item.brand"],
    ),
    Fault::of(
        "a misspelt value of a list",
        Shop,
        &[("os: [ios, android]", "os: [ios, andriod]")],
        &["unseen-value"],
        &["did you mean `android`"],
    ),
    Fault::of(
        "a misspelt value that is excluded",
        Shop,
        &[("where: {os: [ios, android]}", "where: {os: {ne: widows}}")],
        &["unseen-value"],
        &["did you mean `windows`"],
    ),
    Fault::of(
        "a value in another case",
        Rankings,
        &[("device: phone", "device: Phone")],
        &["filter-passes-nothing"],
        &["did you mean `phone`"],
    ),
    Fault::of(
        "a value without its blank",
        Ads,
        &[("placement: top bar", "placement: topbar")],
        &["filter-passes-nothing"],
        &["did you mean `top bar`"],
    ),
    Fault::of(
        "a value with a blank behind it",
        Feed,
        &[("feed: explore", "feed: 'explore '")],
        &["filter-passes-nothing"],
        &["did you mean `explore`"],
    ),
    Fault::of(
        "a number in quotes in the config",
        Services,
        &[("status: {ge: 500}", "status: ['500', '503']")],
        &["quoted-number", "kinds-differ"],
        &["without quotes"],
    ),
    Fault::of("a number in quotes in the log", Services, &[], &["kinds-differ"], &["in quotes"])
        .and(|events, _, _| {
            for event in events.iter_mut().filter(|event| event.kind == "request") {
                let status = event.get("status").map(ToString::to_string);
                event.set("status", status);
            }
        })
        .at("status: {ge: 500}"),
    Fault::of(
        "a filter that rejects nearly everything",
        Feed,
        &[("watch_time: {gt: 30}", "watch_time: {gt: 100000}")],
        &["filter-passes-little"],
        &["`watch_time`"],
    )
    .and(|events, words, random| {
        let watches = events.iter_mut().filter(|event| event.kind == words.of("watch"));
        let mut watches: Vec<_> = watches.collect();
        for _ in 0..3 {
            let one = random.below(watches.len());
            watches[one].set("watch_time", 200_000);
        }
    }),
    Fault::of(
        "a filter of many conditions that rejects nearly everything",
        Shop,
        &[("os: [ios, android]", "os: [ios, android], client: web-2.9")],
        &["filter-passes-little"],
        &["`client`"],
    )
    .and(|events, words, random| {
        let is_mobile = |os: &str| os != "windows";
        let clicks = events.iter_mut().filter(|event| {
            let os = event.get("os").and_then(serde_json::Value::as_str);
            event.kind == words.of("click") && os.is_some_and(is_mobile)
        });
        let mut clicks: Vec<_> = clicks.collect();
        let one = random.below(clicks.len());
        clicks[one].set("client", "web-2.9");
    }),
    Fault::of(
        "a filter that rejects nothing",
        Ratings,
        &[("{ge: 4}", "{ge: 1}")],
        &["filter-rejects-nothing"],
        &["rejects none"],
    ),
    Fault::of(
        "an excluded client that has another name",
        Services,
        &[(
            "scope: route, interaction: request, half_life",
            "scope: route, interaction: request, where: {host: {not_in: [h8, h9]}}, half_life",
        )],
        &["filter-rejects-nothing", "unseen-value"],
        &[],
    ),
    Fault::of("two spellings of a key", Shop, &[], &["two-spellings"], &["brand", "acme"])
        .and(|events, _, random| {
            for event in events.iter_mut().filter(|event| event.is("brand", "acme")) {
                if random.happens(0.2) {
                    event.set("brand", "Acme");
                }
            }
        })
        .at("scope: brand"),
    Fault::of(
        "two spellings of a value in a filter",
        Ads,
        &[],
        &["two-spellings"],
        &["placement", "top bar"],
    )
    .and(|events, _, random| {
        for event in events.iter_mut().filter(|event| event.is("placement", "top bar")) {
            if random.happens(0.3) {
                event.set("placement", "Top-Bar");
            }
        }
    })
    .at("placement"),
    Fault::of(
        "numbers that come as text",
        Shop,
        &[],
        &["value-is-text"],
        &["price", "number: [price]"],
    )
    .and(|events, _, _| {
        for event in events {
            if let Some(price) = event.get("price").cloned() {
                event.set("price", price.to_string());
            }
        }
    })
    .at("value: price"),
    Fault::of(
        "numbers that come as text from one client",
        Feed,
        &[],
        &["kinds-differ"],
        &["watch_time", "number: [watch_time]"],
    )
    .and(|events, _, _| {
        for event in events.iter_mut().filter(|event| event.is("app", "tablet")) {
            if let Some(seconds) = event.get("watch_time").cloned() {
                event.set("watch_time", seconds.to_string());
            }
        }
    })
    .at("value: watch_time"),
    Fault::of("numbers with a sign of money", Ads, &[], &["value-is-text"], &["cost", "text"])
        .and(|events, _, _| {
            for event in events {
                if let Some(cost) = event.get("cost").cloned() {
                    event.set("cost", format!("${cost}"));
                }
            }
        })
        .at("value: cost"),
    Fault::of(
        "a field that one client has lost since a day",
        Shop,
        &[],
        &["lacking-attribute"],
        &["brand", "until"],
    )
    .and(|events, _, random| {
        let from = events.len() / 4 + random.below(events.len() / 2);
        for event in events.iter_mut().skip(from).filter(|event| event.is("client", "app-5.2.0")) {
            event.remove("brand");
        }
    })
    .at("scope: brand"),
    Fault::of(
        "a nested field that one app never had",
        Feed,
        &[],
        &["lacking-attribute"],
        &["geo.country"],
    )
    .and(|events, _, _| {
        for event in events.iter_mut().filter(|event| event.is("app", "web")) {
            event.set("geo", json!({}));
        }
    })
    .at("geo.country"),
    Fault::of(
        "a number that half of the lines lack",
        Services,
        &[],
        &["lacking-attribute"],
        &["latency"],
    )
    .and(|events, _, random| {
        for event in events {
            if random.happens(0.5) {
                event.remove("latency");
            }
        }
    })
    .at("value: latency"),
];
