//! A grocery shop in Metarank's format: rankings, clicks, baskets and orders.

use super::rows::{DAY, Form, MIN, Rng, Row, V, World, Zipf, n, s, start, visits};
use super::{Fault, plant};

const CONFIG: &str = r"# Counters of the grocery ranking, in Metarank's words.
bootstrap:
  syntheticImpression:
    enabled: true
    eventName: impression

core:
  clickthrough:
    maxSessionLength: 30m

defaults: {ttl: 60d}

features:
  - name: item_clicks
    type: window_count
    interaction: click
    scope: item
    bucket: 24h
    periods: [7, 14]

  - name: item_ctr
    type: rate
    top: click
    bottom: impression
    scope: item
    bucket: 24h
    periods: [7, 14]
    normalize: {weight: 10}

  - name: basket_rate
    type: rate
    top: basket
    bottom: click
    scope: item.category
    bucket: 24h
    periods: [14]
    normalize:
      weight: 5

  - name: query_ctr
    type: rate
    top: click
    bottom: impression
    scope: [ranking.query]
    bucket: 24h
    periods: [14]
    normalize: {weight: 20}

  - name: phone_clicks
    type: counter
    interaction: click
    scope: item.brand
    where: {ranking.device: phone}
    bucket: 24h
    windows: [7d]

  - name: brand_orders
    type: window_count
    interaction: order
    scope: item.brand
    bucket: 24h
    periods: [7, 14]

  - name: user_orders
    type: interaction_count
    interaction: order
    scope: user

  # What is paid for an item of the category, on average.
  - name: category_price
    type: counter
    interaction: order
    scope: item.category
    aggregate: mean
    value: item.price
    bucket: 24h
    windows: [14d]
";

const QUERIES: [&str; 8] =
    ["milk", "bread", "pasta", "apples", "coffee", "cheese", "snack", "juice"];
const BRANDS: [&str; 6] = ["hof", "alma", "verde", "nordmark", "basic", "sole"];
const CATEGORIES: [&str; 5] = ["dairy", "bakery", "fruit", "pantry", "drinks"];

pub(super) fn world(seed: u64) -> World {
    let rng = &mut Rng::new(seed, 21);
    let (days, start) = (rng.int(57, 72), start(rng));
    let items = rng.int(28, 40) as usize;
    let popular = Zipf::new(items, 0.6);
    let queries = Zipf::new(QUERIES.len(), 0.5);
    let users = rng.int(50, 70) as usize;
    let count = rng.int(880, 1050);
    let mut rows = Vec::new();
    for item in 0..items {
        let fields = vec![
            ("event", s("item")),
            ("id", s(format!("m{item}"))),
            ("item", s(format!("sku-{:03}", item + 1))),
            ("brand", s(BRANDS[item * 5 % 6])),
            ("category", s(CATEGORIES[item % 5])),
            ("price", n(rng.around(320.0, 0.6).round() / 100.0)),
        ];
        rows.push(Row::new(start + item as i64, fields));
    }
    let devices: Vec<_> =
        (0..users).map(|_| rng.weighted(&[("phone", 0.6), ("desktop", 0.4)])).collect();
    for (i, (t, user)) in visits(rng, start, days, count, users).into_iter().enumerate() {
        let t = t + MIN;
        let mut list: Vec<usize> = Vec::new();
        while list.len() < 8 {
            let item = popular.draw(rng);
            if !list.contains(&item) {
                list.push(item);
            }
        }
        let id = format!("rank-{}", i + 1);
        let names: Vec<_> = list.iter().map(|item| format!("sku-{:03}", item + 1)).collect();
        let (user_name, session) = (format!("c{}", user + 1), format!("s{}", i + 1));
        rows.push(Row::new(
            t,
            vec![
                ("event", s("ranking")),
                ("id", s(id.clone())),
                ("user", s(user_name.clone())),
                ("session", s(session.clone())),
                ("items", V::List(names.clone())),
                ("query", s(QUERIES[queries.draw(rng)])),
                ("device", s(devices[user])),
            ],
        ));
        let mut at = t;
        for (place, item) in list.iter().enumerate() {
            let appeal = 0.28 + 0.3 * (item * 3 % 7) as f64 / 7.0;
            if !rng.chance(appeal * (1.0 - 0.06 * place as f64)) {
                continue;
            }
            for kind in ["click", "basket", "order"] {
                at += rng.int(3_000, 60_000);
                let mut fields = vec![
                    ("event", s("interaction")),
                    ("id", s(format!("{id}-{place}-{kind}"))),
                    ("type", s(kind)),
                    ("item", s(names[place].clone())),
                    ("user", s(user_name.clone())),
                    ("session", s(session.clone())),
                    ("ranking", s(id.clone())),
                ];
                if kind == "order" {
                    fields.push(("quantity", n(rng.int(1, 4) as f64)));
                }
                rows.push(Row::new(at, fields));
                if !rng.chance(0.55) {
                    break;
                }
            }
        }
    }
    rows.retain(|row| row.t < start + days * DAY);
    rows.sort_by_key(|row| row.t);
    let (name, config, form) = ("grocery", CONFIG.to_string(), Form::Metarank);
    World { name, config, rows, form, start, days }
}

pub(super) fn faults(seed: u64, out: &mut Vec<Fault>) {
    let clean = world(seed);
    out.push(plant(
        &clean,
        "grocery-device-is-the-rankings",
        "The device is a field of the ranking and not of the click, so that `device: phone` never holds and should be ranking.device.",
        &["where: {device: phone}", "name: phone_clicks"],
        |w| w.swap("{ranking.device: phone}", "{device: phone}"),
    ));
    out.push(plant(
        &clean,
        "grocery-ttl-of-sessions",
        "The ttl of 2h in `defaults` is meant for sessions, but the counters over 7 and 14 days inherit it and forget keys within an afternoon.",
        &["defaults: {ttl: 2h}", "name: item_clicks", "name: item_ctr", "name: brand_orders", "name: user_orders"],
        |w| w.swap("defaults: {ttl: 60d}", "defaults: {ttl: 2h}"),
    ));
    out.push(plant(
        &clean,
        "grocery-rate-upside-down",
        "The basket rate has click on top and basket at the bottom, which is clicks per basket and always above 1.",
        &["name: basket_rate", "top: click #", "bottom: basket #"],
        |w| {
            w.swap("    top: basket\n    bottom: click", "    top: click # per category\n    bottom: basket # per category");
        },
    ));
    out.push(plant(
        &clean,
        "grocery-query-and-item",
        "`scope: ranking.query` as a word is the pair of query and item, which has less than 5 impressions in 14 days for most keys, and no smoothing.",
        &["scope: ranking.query", "name: query_ctr"],
        |w| {
            w.swap("    periods: [14]\n    normalize: {weight: 20}\n", "    periods: [14]\n");
            w.swap("scope: [ranking.query]", "scope: ranking.query");
        },
    ));
    out.push(plant(
        &clean,
        "grocery-retries-count-twice",
        "The collector repeats an eighth of the interactions with the same id after a timeout, and without `dedup` they count twice.",
        &["features:", "name: item_clicks", "name: item_ctr", "name: brand_orders", "name: user_orders", "defaults: {ttl: 60d}"],
        |w| {
            let rng = &mut Rng::new(seed, 22);
            let again: Vec<Row> = w.rows.iter().filter(|row| row.is("event", "interaction")).cloned().collect();
            for mut row in again {
                if rng.chance(0.125) {
                    row.t += rng.int(5_000, 31_000);
                    w.rows.push(row);
                }
            }
            w.sort();
        },
    ));
    out.push(plant(
        &clean,
        "grocery-price-as-text",
        "The feed of two suppliers writes the price as a text, so that the mean price of a category lacks their items.",
        &["value: item.price", "name: category_price"],
        |w| {
            for row in w.rows.iter_mut().filter(|row| row.is("event", "item")) {
                if (row.is("brand", "hof") || row.is("brand", "sole"))
                    && let Some(V::N(price)) = row.get("price") {
                        let text = s(format!("{price:.2}"));
                        row.set("price", text);
                    }
            }
        },
    ));
    out.push(plant(
        &clean,
        "grocery-shown-twice",
        "In the last third of the log the shop sends its own `show` interactions, and the divisor adds the impressions made from rankings to them: each view counts twice.",
        &["interaction: [impression, show]", "name: seen", "name: click_share", "bottom: seen", "eventName: impression"],
        |w| {
            own_shows(w);
            w.config.push_str(
                "
  - name: seen
    type: counter
    interaction: [impression, show]
    scope: item
    bucket: 24h
    windows: [14d]

  - name: clicked
    type: counter
    interaction: click
    scope: item
    bucket: 24h
    windows: [14d]

  - name: click_share
    type: ratio
    top: clicked
    bottom: seen
    prior: {rate: global, weight: 10}
",
            );
        },
    ));
}

fn own_shows(w: &mut World) {
    let since = w.moment(0.65);
    let mut shows = Vec::new();
    for row in w.rows.iter().filter(|row| row.t >= since && row.is("event", "ranking")) {
        let (Some(V::List(items)), Some(V::S(id))) = (row.get("items"), row.get("id")) else {
            continue;
        };
        for (place, item) in items.iter().enumerate().take(6) {
            let mut show = Row::new(
                row.t + 200 + place as i64 * 300,
                vec![
                    ("event", s("interaction")),
                    ("id", s(format!("{id}-{place}-show"))),
                    ("type", s("show")),
                    ("item", s(item.clone())),
                ],
            );
            for name in ["user", "session"] {
                if let Some(value) = row.get(name) {
                    show.set(name, value.clone());
                }
            }
            show.set("ranking", s(id.clone()));
            shows.push(show);
        }
    }
    w.rows.extend(shows);
    w.sort();
}
