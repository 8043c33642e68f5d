//! Faults of a log, and of what a config costs and changes.

use super::Fault;
use super::log::Event;
use super::shapes::Shape::{Ads, Feed, Rankings, Ratings, Services, Shop};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

pub(super) const FAULTS: &[Fault] = &[
    Fault::of(
        "events that one client sends again",
        Shop,
        &[],
        &["duplicate-events"],
        &["app-5.1.0"],
    )
    .and(|events, _, random| {
        let again = events.iter().filter(|event| event.is("client", "app-5.1.0"));
        let again: Vec<Event> = again.filter(|_| random.happens(0.2)).cloned().collect();
        events.extend(again);
        events.sort_by_key(|event| event.at);
    }),
    Fault::of("rows that are in a table twice", Ads, &[], &["duplicate-events"], &["id"]).and(
        |events, _, random| {
            let from = random.below(events.len() / 2);
            let again: Vec<Event> = events.iter().skip(from).take(200).cloned().collect();
            events.extend(again);
            events.sort_by_key(|event| event.at);
        },
    ),
    Fault::of(
        "impressions of the log's own beside rankings",
        Rankings,
        &[],
        &["own-impressions"],
        &["impression"],
    )
    .and(|events, _, random| {
        let mut own: Vec<Event> =
            events.iter().filter(|event| event.kind == "click").cloned().collect();
        own.retain(|_| random.happens(0.05));
        own.iter_mut().for_each(|event| "impression".clone_into(&mut event.kind));
        events.extend(own);
        events.sort_by_key(|event| event.at);
    }),
    Fault::of("a bot that clicks a few items", Shop, &[], &["one-source"], &["u-bot"]).and(
        |events, words, random| {
            let from = events.len() / 3;
            let one = events.iter().find(|event| event.kind == words.of("click")).cloned();
            let Some(one) = one else { return };
            for number in 0..700 {
                let mut click = one.clone();
                click.at = events[from].at + number * 97_000;
                click.set(words.of("user"), "u-bot");
                click.set(words.of("item"), format!("p{}", random.below(3)));
                click.set("id", format!("b{number}"));
                events.push(click);
            }
            events.sort_by_key(|event| event.at);
        },
    ),
    Fault::of(
        "a host that calls one route again and again",
        Services,
        &[],
        &["one-source"],
        &["c-loop"],
    )
    .and(|events, _, _| {
        let from = events.len() / 3;
        let Some(one) = events.iter().find(|event| event.kind == "request").cloned() else {
            return;
        };
        for number in 0..900 {
            let mut request = one.clone();
            request.at = events[from].at + number * 61_000;
            request.set("caller", "c-loop");
            request.set("route", "/v1/r3");
            request.set("client", "c-loop");
            events.push(request);
        }
        for (number, event) in events.iter_mut().enumerate() {
            let client = event.get("caller").cloned().unwrap_or_default();
            event.set("client", client);
            event.set("id", format!("e{number}"));
        }
        events.sort_by_key(|event| event.at);
    }),
    Fault::of("a client whose clock is ahead", Shop, &[], &["clock-skew"], &["tv-1.4"])
        .and(|events, _, _| shifted(events, "client", "tv-1.4", 2 * HOUR)),
    Fault::of("an app whose clock is behind", Feed, &[], &["clock-skew"], &["tablet"])
        .and(|events, _, _| shifted(events, "app", "tablet", -5 * HOUR)),
    Fault::of(
        "late events that fall out of windows under `order: log`",
        Services,
        &[("events: {timestamp: ts", "events: {order: log, timestamp: ts")],
        &["late-not-counted"],
        &[],
    )
    .and(|events, _, random| {
        for event in events.iter_mut() {
            if random.happens(0.02) {
                event.at -= 16 * DAY;
            }
        }
    })
    .at(""),
    Fault::of("times that are counted from 2001", Ads, &[], &["odd-times"], &[])
        .and(|events, _, _| events.iter_mut().for_each(|event| event.at -= 978_307_200_000)),
    Fault::of("a device whose clock began anew", Ratings, &[], &["odd-times"], &[]).and(
        |events, _, random| {
            for _ in 0..4 {
                let one = random.below(events.len());
                events[one].at = 1000 * random.below(86_400) as i64;
            }
        },
    ),
    Fault::of("two days that are missing", Feed, &[], &["missing-hours"], &[]).and(
        |events, _, random| {
            let from = events[events.len() / 4 + random.below(events.len() / 2)].at;
            events.retain(|event| !(from..from + 2 * DAY).contains(&event.at));
        },
    ),
    Fault::of("an afternoon that is missing", Shop, &[], &["missing-hours"], &[]).and(
        |events, _, random| {
            let from = events[events.len() / 4 + random.below(events.len() / 2)].at;
            events.retain(|event| !(from..from + 14 * HOUR).contains(&event.at));
        },
    ),
    Fault::of(
        "states beyond the memory that is allowed",
        Feed,
        &[(
            "scope: $post, interaction: $watch, aggregate: sum",
            "scope: [$fan, $post], interaction: $watch, aggregate: sum",
        )],
        &["beyond-memory"],
        &["watched"],
    )
    .at("")
    .with(&["--max-memory", "20KiB"]),
    Fault::of(
        "an output under another name",
        Shop,
        &[("name: spent", "name: spending")],
        &["output-renamed"],
        &["spent"],
    )
    .with(&["--against", "OLD"]),
    Fault::of(
        "an output that means something else",
        Ratings,
        &[("{ge: 4}", "{ge: 3}")],
        &["output-redefined"],
        &["liked"],
    )
    .with(&["--against", "OLD"]),
    Fault::of(
        "an output that is gone",
        Rankings,
        &[(
            "interaction: click, bucket: 24h, periods: [7, 14]",
            "interaction: click, bucket: 24h, periods: [7]",
        )],
        &["output-gone"],
        &["clicks_14"],
    )
    .with(&["--against", "OLD"]),
];

/// Moves the clock of a source.
fn shifted(events: &mut [Event], member: &str, source: &str, by: i64) {
    for event in events.iter_mut().filter(|event| event.is(member, source)) {
        event.at += by;
    }
}
