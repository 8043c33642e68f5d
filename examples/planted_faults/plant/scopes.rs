//! Faults of shape: scopes, sides of ratios, and outputs that tell nothing.

use serde_json::json;

use super::Fault;
use super::shapes::Shape::{Ads, Feed, Rankings, Ratings, Services, Shop};

pub(super) const FAULTS: &[Fault] = &[
    Fault::of("a default value that most events have", Shop, &[], &["scope-too-coarse"], &["unknown"])
        .and(|events, _, random| {
            for event in events {
                if random.happens(0.7) {
                    event.set("brand", "unknown");
                } else {
                    // Enough brands that one with most is no chance.
                    event.set("brand", format!("b{}", random.below(12)));
                }
            }
        })
        .at("scope: brand"),
    Fault::of("a health check among the routes", Services, &[], &["scope-too-coarse"], &["/health"])
        .and(|events, _, random| {
            for event in events.iter_mut().filter(|event| event.kind == "request") {
                if random.happens(0.8) {
                    event.set("route", "/health");
                }
            }
        })
        .at("scope: route"),
    Fault::of(
        "a scope with an id of events",
        Shop,
        &[("scope: $user, interaction: $click", "scope: [$user, id], interaction: $click")],
        &["scope-too-fine"],
        &["id", "have one event"],
    ),
    Fault::of(
        "a scope of three attributes that seldom meet",
        Ads,
        &[("scope: [campaign, placement]", "scope: [campaign, placement, device]")],
        &["scope-too-fine"],
        &["device"],
    ),
    Fault::of(
        "a label of an axis with two meanings",
        Feed,
        &[("matrix: {by: [clip, author]}, type: ratio, top: \"$likes_of_{by}\", bottom: \"$shows_of_{by}\"", "matrix: {by: {clip: [author], author: [author]}}, type: counter, scope: \"{by}\", interaction: $watch")],
        &["label-differs"],
        &["`clip`", "author", "$post"],
    )
    .at("{by}"),
    Fault::of(
        "sides of other keys",
        Shop,
        &[("{name: ever, type: interaction_count, scope: $item", "{name: ever, type: interaction_count, scope: [$item, brand]")],
        &["sides-differ"],
        &["by $item", "brand"],
    )
    .at("name: conversion"),
    Fault::of(
        "sides over other windows",
        Services,
        &[("interaction: alert, half_life: 10d", "interaction: alert, windows: [3d]"), ("interaction: request, half_life: 10d", "interaction: request, windows: [14d]")],
        &["sides-differ"],
        &["over 3d", "over 14d"],
    )
    .at("top: alerts, bottom: calls"),
    Fault::of(
        "sides with other half-lives",
        Services,
        &[("interaction: alert, half_life: 10d", "interaction: alert, half_life: 2d")],
        &["sides-differ"],
        &["half-life of 2d", "half-life of 10d"],
    )
    .at("top: alerts, bottom: calls"),
    Fault::of(
        "a side over all of the past, the other over a window",
        Shop,
        &[("name: ever, type: interaction_count, scope: $item, interaction: $click", "name: ever, type: window_count, scope: $item, interaction: $click, periods: [9]")],
        &["sides-differ"],
        &["all of the past", "over 9d"],
    )
    .at("name: conversion"),
    Fault::of(
        "a filter on the divisor alone",
        Services,
        &[("name: calls, type: counter, scope: $service, interaction: request", "name: calls, type: counter, scope: $service, where: {route: {ne: /v1/r3}}, interaction: request")],
        &["sides-differ"],
        &["filter"],
    )
    .at("top: alerts, bottom: calls"),
    Fault::of("a rate above 1 where clicks are sent twice", Shop, &[], &["rate-above-one"], &["above 1"])
        .and(|events, words, _| {
            // A page that has no views, and sends each click three times.
            let more = events.iter().filter(|event| {
                event.kind == words.of("click") && event.is("brand", "elm")
            });
            let more: Vec<_> = more.flat_map(|event| [event.clone(), event.clone()]).collect();
            events.extend(more);
            events.sort_by_key(|event| event.at);
        })
        .at("name: brand_ctr"),
    Fault::of("a rate above 1 where views are lost", Ads, &[], &["rate-above-one"], &["above 1"])
        .and(|events, words, _| {
            events.retain(|event| event.kind != words.of("view") || !event.is("campaign", "c3"));
            let mut views = 0;
                // A few views of it are there.
            for number in (0..events.len()).step_by(41) {
                if events[number].kind == words.of("view") && views < 70 {
                    events[number].set("campaign", "c3");
                    views += 1;
                }
            }
            })
        .at("name: campaign_ctr"),
    Fault::of(
        "top and bottom of a rate exchanged",
        Shop,
        &[("scope: brand, top: $click, bottom: $view", "scope: brand, top: $view, bottom: $click")],
        &["sides-exchanged"],
        &["top: $click"],
    ),
    Fault::of(
        "top and bottom of a ratio exchanged",
        Ratings,
        &[("top: liked, bottom: all", "top: all, bottom: liked")],
        &["sides-exchanged"],
        &["top: liked"],
    ),
    Fault::of(
        "a divisor of a few events at most keys",
        Rankings,
        &[("scope: item.brand, top: click, bottom: impression, bucket: 24h, periods: [14]", "scope: [item, user], top: click, bottom: impression, bucket: 24h, periods: [14]")],
        &["small-divisor"],
        &["below 5", "normalize"],
    ),
    Fault::of(
        "a ratio without its prior, by a finer key",
        Services,
        &[("bottom: requests, prior: {rate: global, weight: 10}", "bottom: requests"), ("windows: [7d]}", "windows: [6h]}")],
        &["small-divisor"],
        &["below 5", "prior"],
    )
    .at("name: failure_rate"),
    Fault::of(
        "an output that is the same at every key",
        Ads,
        &[("aggregate: distinct, value: device", "aggregate: distinct, value: currency")],
        &["constant-output"],
        &["is 1 at each"],
    ),
    Fault::of(
        "a window that ended before the log does",
        Shop,
        &[("interaction: $buy, aggregate: sum, value: price", "interaction: $buy, aggregate: sum, value: price, windows: [2], offset: 62d, ttl: 400d")],
        &["constant-output"],
        &["at each"],
    )
    .and(|events, words, _| {
        let first = events.first().map_or(0, |event| event.at);
        events.retain(|event| event.kind != words.of("buy") || event.at > first + 12 * 86_400_000);
    }),
    Fault::of("a sum that is not finite", Services, &[("aggregate: percentile, value: latency, percentile: 95", "aggregate: sum, value: latency")], &["unusable-value"], &["is ", "adds up"])
        .and(|events, _, _| {
            for event in events.iter_mut().filter(|event| event.is("route", "/v1/r0")) {
                event.set("latency", json!(1e308));
            }
        }),
    Fault::of(
        "a sum of times in place of amounts",
        Ads,
        &[("aggregate: sum, value: cost", "aggregate: sum, value: sent_ns")],
        &["unusable-value"],
        &["is ", "a time"],
    )
    .and(|events, _, _| {
        for event in events {
            event.set("sent_ns", event.at * 1_000_000);
        }
    }),
    Fault::of(
        "an output that means what another does",
        Rankings,
        &[("type: interaction_count, scope: user, interaction: click", "type: interaction_count, scope: user, interaction: click}\n  - {name: activity, type: counter, scope: [user], interaction: [click]")],
        &["same-meaning"],
        &["user_clicks", "activity"],
    )
    .at("name: "),
    Fault::of(
        "an output that means what another does in other words",
        Shop,
        &[("{name: sales,", "{name: recent, type: counter, scope: $item, interaction: $click, windows: [7d]}\n  - {name: sales,")],
        &["same-meaning"],
        &["recent", "clicks_7"],
    )
    .at("name: "),
    Fault::of(
        "an output that has the values of another",
        Ratings,
        &[("{name: taste,", "{name: audience, type: counter, scope: genre, interaction: rated, aggregate: distinct, value: account}\n  - {name: taste,")],
        &["same-values"],
        &["audience", "people"],
    )
    .and(|events, words, random| {
        for event in events {
            let user = event.get(words.of("user")).map(ToString::to_string);
            event.set("account", format!("account-{}", user.unwrap_or_default()));
            // Enough keys that equal values are no chance.
            event.set("genre", format!("g{}", random.below(20)));
        }
    })
    .at("name: "),
    Fault::of(
        "an output that has the values of another, by two keys of one thing",
        Shop,
        &[("{name: sales,", "{name: sold, type: counter, scope: $item, interaction: $buy, aggregate: sum, value: quantity}\n  - {name: sales,")],
        &["same-values"],
        &["sold", "sales"],
    )
    .and(|events, words, _| {
        for event in events.iter_mut().filter(|event| event.kind == words.of("buy")) {
            event.set("quantity", 1);
        }
    })
    .at("name: "),
    Fault::of(
        "sides that never meet",
        Shop,
        &[("top: sales, bottom: ever", "top: sales, bottom: interest")],
        &["sides-differ", "sides-never-meet"],
        &[],
    ),
];
