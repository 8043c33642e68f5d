//! Pairs of a config and a log in which nothing is wrong, of six shapes.

use serde_json::{Value as Json, json};

use super::Pair;
use super::log::{Event, Form};
use super::random::{Random, Weighted};
use super::words::Words;

/// A shape of logs with a config for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A shop: views, clicks and purchases of items.
    Shop,
    /// A feed of videos with nested members and times of watching.
    Feed,
    /// Ratings of movies, all of one type.
    Ratings,
    /// Advertisements, as a table.
    Ads,
    /// A shop's rankings and clicks in Metarank's form.
    Rankings,
    /// Requests to services.
    Services,
}

const MINUTE: f64 = 60_000.0;
const DAY: i64 = 86_400_000;
/// About how many days a log spans.
const DAYS: i64 = 64;

impl Shape {
    pub(crate) const ALL: [Self; 6] =
        [Self::Shop, Self::Feed, Self::Ratings, Self::Ads, Self::Rankings, Self::Services];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::Feed => "feed",
            Self::Ratings => "ratings",
            Self::Ads => "ads",
            Self::Rankings => "rankings",
            Self::Services => "services",
        }
    }

    /// A pair in which nothing is wrong, with its events.
    pub(super) fn clean(self, random: &mut Random) -> (Words, Pair, Vec<Event>) {
        let words = Words::draw(random);
        let (config, form, events) = match self {
            Self::Shop => (SHOP, Form::Flat, shop(&words, random)),
            Self::Feed => (FEED, Form::Flat, feed(&words, random)),
            Self::Ratings => (RATINGS, Form::Flat, ratings(&words, random)),
            Self::Ads => (ADS, Form::Csv, ads(&words, random)),
            Self::Rankings => (RANKINGS, Form::Metarank, rankings(random)),
            Self::Services => (SERVICES, Form::Flat, services(&words, random)),
        };
        let config = shuffled(&words.put(config), random);
        (words, Pair { config, form, log: String::new() }, events)
    }
}

/// A config with its features, each a line, in another order.
fn shuffled(config: &str, random: &mut Random) -> String {
    let (features, others): (Vec<&str>, Vec<&str>) =
        config.lines().partition(|line| line.starts_with("  - "));
    let order = super::random::shuffled(random, features.len());
    let features = order.into_iter().map(|number| features[number]);
    others.into_iter().chain(features).flat_map(|line| [line, "\n"]).collect()
}

/// Moments with a mean gap in minutes, over the days of a log.
fn moments(random: &mut Random, gap: f64) -> Vec<i64> {
    let start = 1_709_251_200_000 + random.below(200) as i64 * DAY;
    let mut moments = Vec::new();
    let mut at = 0.0;
    loop {
        at += random.wait(gap * MINUTE);
        if at as i64 > DAYS * DAY {
            return moments.into_iter().map(|moment: f64| start + moment as i64).collect();
        }
        moments.push(at);
    }
}

const SHOP: &str = "\
events: {format: flat, timestamp: ts, type: type}
defaults: {bucket: 1d, ttl: 90d}
features:
  - {name: clicks, type: window_count, scope: $item, interaction: $click, periods: [7, 14]}
  - {name: views, type: window_count, scope: $item, interaction: $view, periods: [7, 14]}
  - {name: ctr, type: rate, scope: $item, top: $click, bottom: $view, periods: [7], normalize: {weight: 10}}
  - {name: brand_ctr, type: rate, scope: brand, top: $click, bottom: $view, periods: [14]}
  - {name: mobile, type: counter, scope: $item, interaction: $click, where: {os: [ios, android]}, windows: [14d]}
  - {name: spent, type: counter, scope: $user, interaction: $buy, aggregate: sum, value: price}
  - {name: interest, type: counter, scope: $user, interaction: $click, half_life: 5d}
  - {name: sales, type: interaction_count, scope: $item, interaction: $buy}
  - {name: ever, type: interaction_count, scope: $item, interaction: $click}
  - {name: conversion, type: ratio, top: sales, bottom: ever}
";

fn shop(words: &Words, random: &mut Random) -> Vec<Event> {
    let items = Weighted::zipf(20 + random.below(10), 0.5);
    let users = Weighted::zipf(80 + random.below(40), 0.4);
    let [item, user] = ["item", "user"].map(|key| words.of(key));
    let mut events = Vec::new();
    for at in moments(random, 32.0) {
        let thing = items.draw(random);
        let client = *random.one_of(&["web-3.1", "app-5.1.0", "app-5.2.0", "tv-1.4"]);
        let members = [
            (item, json!(format!("p{thing}"))),
            (user, json!(format!("u{}", users.draw(random)))),
            ("brand", json!(["acme", "fjord", "elm", "hearth", "oak"][thing % 5])),
            ("client", json!(client)),
            ("os", json!(random.one_of(&["ios", "android", "windows"]))),
        ];
        let event =
            |after: i64, kind: &str| Event::new(at + after * 1000, words.of(kind), &members);
        events.push(event(0, "view"));
        if random.happens(0.4) {
            events.push(event(5, "click"));
            if random.happens(0.4) {
                let mut bought = event(60, "buy");
                bought.set("price", (random.between(5.0, 80.0) * 100.0).round() / 100.0);
                events.push(bought);
            }
        }
    }
    numbered(events)
}

/// Events in the order of time, each with an id.
fn numbered(mut events: Vec<Event>) -> Vec<Event> {
    events.sort_by_key(|event| event.at);
    for (number, event) in events.iter_mut().enumerate() {
        event.set("id", format!("e{number}"));
    }
    events
}

const FEED: &str = r#"events: {timestamp: ts, type: type}
defaults: {ttl: 120d}
features:
  - {name: "{event}s_of_{by}", matrix: {event: [$show, $like], by: {clip: [$post], author: [author], land: [geo.country]}}, type: counter, interaction: "{event}", scope: "{by}", half_life: [5d, 10d]}
  - {name: "rate_of_{by}", matrix: {by: [clip, author]}, type: ratio, top: "$likes_of_{by}", bottom: "$shows_of_{by}"}
  - {name: watched, type: counter, scope: $post, interaction: $watch, aggregate: sum, value: watch_time, windows: [7d], bucket: 1h}
  - {name: long_watches, type: counter, scope: $post, interaction: $watch, where: {watch_time: {gt: 30}}, windows: [10d], bucket: 1h}
  - {name: watches, type: counter, scope: $post, interaction: $watch, windows: [10d], bucket: 1h}
  - {name: long_share, type: ratio, top: long_watches, bottom: watches, prior: {rate: global, weight: 5}}
  - {name: explored, type: counter, scope: author, interaction: $show, where: {feed: explore}, half_life: 7d}
"#;

fn feed(words: &Words, random: &mut Random) -> Vec<Event> {
    let posts = Weighted::zipf(20 + random.below(8), 0.4);
    let fans = Weighted::zipf(100, 0.3);
    let [post, fan] = ["post", "fan"].map(|key| words.of(key));
    let mut events = Vec::new();
    for at in moments(random, 30.0) {
        let clip = posts.draw(random);
        let app = *random.one_of(&["app-5.1.0", "app-5.2.0", "web", "tablet"]);
        let members = [
            (post, json!(format!("v{clip}"))),
            (fan, json!(format!("u{}", fans.draw(random)))),
            ("author", json!(format!("a{}", clip % 11))),
            ("geo", json!({"country": random.one_of(&["DE", "FR", "US", "BR", "JP"])})),
            ("feed", json!(random.one_of(&["explore", "home", "following"]))),
            ("app", json!(app)),
        ];
        let event =
            |after: i64, kind: &str| Event::new(at + after * 1000, words.of(kind), &members);
        events.push(event(0, "show"));
        if random.happens(0.7) {
            let mut watch = event(2, "watch");
            watch.set("watch_time", random.wait(40.0).ceil());
            events.push(watch);
        }
        if random.happens(0.3) {
            events.push(event(8, "like"));
        }
    }
    numbered(events)
}

const RATINGS: &str = "\
events: {timestamp: ts, type: {const: rated}}
features:
  - {name: mean, type: counter, scope: $movie, interaction: rated, aggregate: mean, value: $grade, windows: [14d], bucket: 1d}
  - {name: liked, type: counter, scope: $movie, interaction: rated, where: {$grade: {ge: 4}}}
  - {name: all, type: counter, scope: $movie, interaction: rated}
  - {name: liked_share, type: ratio, top: liked, bottom: all}
  - {name: people, type: counter, scope: genre, interaction: rated, aggregate: distinct, value: $user}
  - {name: taste, type: counter, scope: $user, interaction: rated, aggregate: mean, value: $grade}
  - {name: on_phone, type: counter, scope: genre, interaction: rated, where: {device: phone}, half_life: 10d}
";

fn ratings(words: &Words, random: &mut Random) -> Vec<Event> {
    let movies = Weighted::zipf(30 + random.below(20), 0.5);
    let users = Weighted::zipf(150, 0.3);
    let mut events = Vec::new();
    for at in moments(random, 40.0) {
        let movie = movies.draw(random);
        let members = [
            (words.of("movie"), json!(100 + movie)),
            (words.of("user"), json!(1000 + users.draw(random))),
            (words.of("grade"), json!(1 + random.below(5))),
            ("genre", json!(["drama", "comedy", "horror", "science fiction"][movie % 4])),
            ("device", json!(random.one_of(&["phone", "tv", "desktop"]))),
        ];
        events.push(Event::new(at, "rated", &members));
    }
    numbered(events)
}

const ADS: &str = "\
events: {format: flat, timestamp: ts, type: type}
defaults: {ttl: 60d}
features:
  - {name: ctr, type: rate, scope: $ad, top: $click, bottom: $view, bucket: 1d, periods: [14], normalize: {weight: 20}}
  - {name: campaign_ctr, type: rate, scope: campaign, top: $click, bottom: $view, bucket: 1d, periods: [7]}
  - {name: cost, type: counter, scope: campaign, interaction: $click, aggregate: sum, value: cost, windows: [7d], bucket: 1h}
  - {name: on_top, type: counter, scope: $ad, interaction: $view, where: {placement: top bar}, windows: [14d], bucket: 1d}
  - {name: shown, type: counter, scope: [campaign, placement], interaction: $view, windows: [14d], bucket: 1d}
  - {name: reach, type: counter, scope: $ad, interaction: $view, aggregate: distinct, value: device}
";

fn ads(words: &Words, random: &mut Random) -> Vec<Event> {
    let ads = Weighted::zipf(24 + random.below(8), 0.4);
    let mut events = Vec::new();
    for at in moments(random, 34.0) {
        let ad = ads.draw(random);
        let members = [
            (words.of("ad"), json!(format!("ad{ad}"))),
            ("campaign", json!(format!("c{}", ad % 12))),
            ("placement", json!(random.one_of(&["top bar", "sidebar", "footer"]))),
            ("device", json!(format!("d{}", random.below(400)))),
            ("currency", json!("EUR")),
        ];
        let event =
            |after: i64, kind: &str| Event::new(at + after * 1000, words.of(kind), &members);
        events.push(event(0, "view"));
        if random.happens(0.3) {
            let mut click = event(4, "click");
            click.set("cost", (random.between(0.05, 1.2) * 100.0).round() / 100.0);
            events.push(click);
        }
    }
    numbered(events)
}

const RANKINGS: &str = "\
impressions: {name: impression, session: 30m}
features:
  - {name: clicks, type: window_count, scope: item, interaction: click, bucket: 24h, periods: [7, 14]}
  - {name: ctr, type: rate, scope: item, top: click, bottom: impression, bucket: 24h, periods: [14], normalize: {weight: 10}, refresh: 0s}
  - {name: brand_ctr, type: rate, scope: item.brand, top: click, bottom: impression, bucket: 24h, periods: [14], refresh: 0s}
  - {name: user_clicks, type: interaction_count, scope: user, interaction: click}
  - {name: queries, type: counter, scope: [ranking.query], interaction: impression, half_life: 7d}
  - {name: phone_clicks, type: counter, scope: item, interaction: click, where: {device: phone}, windows: [14d], bucket: 1d}
";

fn rankings(random: &mut Random) -> Vec<Event> {
    let count = 16 + random.below(8);
    let all: Vec<usize> = (0..count).collect();
    let users = Weighted::zipf(60, 0.3);
    let mut events = Vec::new();
    let moments = moments(random, 150.0);
    for number in &all {
        let members = [
            ("item", json!(format!("p{number}"))),
            ("brand", json!(["acme", "fjord", "elm"][number % 3])),
        ];
        events.push(Event::new(moments[0] - 1000 * *number as i64 - 1000, "item", &members));
    }
    for (number, at) in moments.into_iter().enumerate() {
        let listed = super::random::shuffled(random, count);
        let items: Vec<Json> =
            listed.iter().take(6).map(|item| json!({"id": format!("p{item}")})).collect();
        let user = format!("u{}", users.draw(random));
        let ranking = format!("r{number}");
        let query = *random.one_of(&["lamp", "desk", "rug", "chair"]);
        let shown = [
            ("id", json!(ranking)),
            ("user", json!(user)),
            ("session", json!(format!("s{number}"))),
            ("items", json!(items)),
            ("query", json!(query)),
        ];
        events.push(Event::new(at, "ranking", &shown));
        let device = *random.one_of(&["phone", "desktop", "tablet"]);
        for place in [1 + random.below(3), 4] {
            let members = [
                ("item", items[place]["id"].clone()),
                ("user", json!(user)),
                ("session", json!(format!("s{number}"))),
                ("ranking", json!(ranking)),
                ("device", json!(device)),
            ];
            events.push(Event::new(at + 9000 * place as i64, "click", &members));
        }
    }
    events.sort_by_key(|event| event.at);
    events
}

const SERVICES: &str = "\
events: {timestamp: ts, type: type}
defaults: {bucket: 1h}
features:
  - {name: requests, type: counter, scope: $service, interaction: request, windows: [7d]}
  - {name: failed, type: counter, scope: $service, interaction: request, where: {status: {ge: 500}}, windows: [7d]}
  - {name: failure_rate, type: ratio, top: failed, bottom: requests, prior: {rate: global, weight: 10}}
  - {name: slow, type: counter, scope: [$service, route], interaction: request, aggregate: percentile, value: latency, percentile: 95}
  - {name: load, type: counter, scope: route, interaction: request, half_life: [3d, 10d]}
  - {name: alerts, type: counter, scope: $service, interaction: alert, half_life: 10d}
  - {name: alert_rate, type: ratio, top: alerts, bottom: calls}
  - {name: calls, type: counter, scope: $service, interaction: request, half_life: 10d}
  - {name: callers, type: counter, scope: route, interaction: request, aggregate: distinct, value: caller, windows: [14d], bucket: 1d}
  - {name: routes, type: counter, scope: $service, interaction: request, aggregate: top_k, value: route, k: 3, windows: [14d], bucket: 1d}
";

fn services(words: &Words, random: &mut Random) -> Vec<Event> {
    let services = Weighted::zipf(12, 0.3);
    let routes = Weighted::zipf(15, 0.4);
    let mut events = Vec::new();
    for at in moments(random, 32.0) {
        let slow = random.wait(120.0);
        let members = [
            (words.of("service"), json!(format!("svc-{}", services.draw(random)))),
            ("route", json!(format!("/v1/r{}", routes.draw(random)))),
            ("status", json!(random.one_of(&[200, 200, 200, 404, 500, 503]))),
            ("latency", json!((slow * 10.0).round() / 10.0)),
            ("caller", json!(format!("c{}", random.below(200)))),
            ("host", json!(format!("h{}", random.below(6)))),
        ];
        events.push(Event::new(at, "request", &members));
        if random.happens(0.1) {
            events.push(Event::new(at + 3000, "alert", &members[..1]));
        }
    }
    numbered(events)
}
