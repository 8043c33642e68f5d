//! Deliveries of meals: kitchens are shown, menus opened, meals ordered. NDJSON, nested members.

use super::rows::{DAY, Form, HOUR, Rng, Row, V, World, Zipf, n, s, start, visits};
use super::{Fault, plant};

const CONFIG: &str = r"# Kitchens: what the list of the delivery app is sorted by.
events: {format: flat, timestamp: ts, type: event, id: id, unit: ms}

defaults:
  bucket: 1h
  ttl: 60d

features:
  # The load of the moment, in the default buckets of an hour.
  - name: busy
    type: counter
    interaction: menu
    scope: venue.id
    windows: [24h, 48h]

  - name: menus
    type: window_count
    interaction: menu
    scope: venue.id
    bucket: 24h
    periods: [3, 7]

  - name: shows
    type: window_count
    interaction: show
    scope: venue.id
    bucket: 24h
    periods: [3, 7]

  - name: orders
    type: window_count
    interaction: order
    scope: venue.id
    bucket: 24h # days
    periods: [5, 10]

  - name: order_rate
    type: rate
    top: order
    bottom: menu
    scope: venue.id
    bucket: 24h
    periods: [7]
    normalize: {weight: 10}

  - name: revenue
    type: counter
    interaction: order
    scope: venue.id
    aggregate: sum
    value: amount
    bucket: 24h
    windows: [7d]

  - name: prep_time
    type: counter
    interaction: order
    scope: venue.id
    aggregate: mean
    value: minutes
    bucket: 24h
    windows: [10d]

  - name: district_menus
    type: counter
    interaction: menu
    scope: geo.district
    windows: [72h]

  - name: lunch_orders
    type: counter
    interaction: order
    scope: venue.cuisine
    where: {slot: lunch} # orders
    half_life: 5d

  - name: lunch_menus
    type: counter
    interaction: menu
    scope: venue.cuisine
    where: {slot: lunch} # menus
    half_life: 5d

  - name: lunch_order_rate
    type: ratio
    top: lunch_orders
    bottom: lunch_menus
    prior: {rate: global, weight: 10}
";

const CUISINES: [&str; 5] = ["pizza", "sushi", "burger", "curry", "salad"];
const DISTRICTS: [(&str, f64); 5] =
    [("mitte", 0.27), ("nord", 0.23), ("west", 0.2), ("hafen", 0.17), ("ost", 0.13)];

pub(super) fn world(seed: u64) -> World {
    let rng = &mut Rng::new(seed, 41);
    let (days, start) = (rng.int(40, 49), start(rng));
    let venues = rng.int(14, 18) as usize;
    let popular = Zipf::new(venues, 0.6);
    let customers = rng.int(60, 80) as usize;
    let homes: Vec<_> = (0..customers).map(|_| rng.weighted(&DISTRICTS)).collect();
    let versions = [("7.0", 0.35), ("7.1", 0.35), ("7.2", 0.3)];
    let clients: Vec<_> = (0..customers)
        .map(|_| (rng.weighted(&[("ios", 0.55), ("android", 0.45)]), rng.weighted(&versions)))
        .collect();
    let count = rng.int(540, 680);
    let mut rows = Vec::new();
    for (visit, (t, who)) in visits(rng, start, days, count, customers).into_iter().enumerate() {
        let hour = t % DAY / HOUR;
        let slot = if (5..16).contains(&hour) { "lunch" } else { "dinner" };
        let mut at = t;
        let mut ordered = false;
        for _ in 0..rng.int(4, 8) {
            let venue = popular.draw(rng);
            let event = |kind: &str, t: i64, more: Vec<(&'static str, V)>| {
                let mut fields = vec![
                    ("event", s(kind)),
                    ("customer", s(format!("k{:04}", who + 1))),
                    ("visit", s(format!("s-{}", visit + 1))),
                    ("venue.id", s(format!("kitchen-{:02}", venue + 1))),
                    ("venue.cuisine", s(CUISINES[venue % 5])),
                    ("slot", s(slot)),
                    ("geo.district", s(homes[who])),
                    ("client.os", s(clients[who].0)),
                    ("client.version", s(clients[who].1)),
                ];
                fields.extend(more);
                Row::new(t, fields)
            };
            at += rng.int(1_500, 12_000);
            rows.push(event("show", at, vec![]));
            if !rng.chance(0.55 + 0.2 * (venue * 3 % 8) as f64 / 8.0) {
                continue;
            }
            at += rng.int(2_000, 30_000);
            rows.push(event("menu", at, vec![]));
            at += rng.int(10_000, 90_000);
            if !ordered && rng.chance(0.3 + 0.12 * (venue % 4) as f64) {
                ordered = true;
                let amount = rng.around(18.5 + (venue % 6) as f64 * 2.0, 0.4);
                let minutes = rng.around(22.0 + (venue % 7) as f64 * 3.0, 0.25).round();
                let more =
                    vec![("amount", n((amount * 10.0).round() / 10.0)), ("minutes", n(minutes))];
                rows.push(event("order", at, more));
            }
        }
    }
    rows.retain(|row| row.t < start + days * DAY);
    rows.sort_by_key(|row| row.t);
    for (i, row) in rows.iter_mut().enumerate() {
        row.set("id", s(format!("m{:06}", i + 1)));
    }
    let (name, config, form) = ("meals", CONFIG.to_string(), Form::Millis("ts"));
    World { name, config, rows, form, start, days }
}

pub(super) fn faults(seed: u64, out: &mut Vec<Fault>) {
    let clean = world(seed);
    out.push(plant(
        &clean,
        "meals-days-counted-in-hours",
        "`orders` says no bucket and takes 1h from the defaults, so that its 7, 14 and 30 are hours, while its siblings count days.",
        &["periods: [7, 14, 30]", "name: orders", "bucket: 1h"],
        |w| {
            w.swap("    bucket: 24h # days\n", "");
            w.swap("periods: [5, 10]", "periods: [7, 14, 30]");
        },
    ));
    out.push(plant(
        &clean,
        "meals-amount-as-text",
        "The client 7.2 sends the amount as a text, since an update, so that the revenue lacks its orders.",
        &["value: amount", "name: revenue"],
        |w| {
            let since = w.moment(0.35);
            for row in w.rows.iter_mut().filter(|row| row.t >= since) {
                if row.is("client.version", "7.2")
                    && let Some(V::N(amount)) = row.get("amount") {
                        let text = s(format!("{amount:.2}"));
                        row.set("amount", text);
                    }
            }
        },
    ));
    out.push(plant(
        &clean,
        "meals-district-missing-in-a-version",
        "The client 7.1 sends no district, so that a third of the menus is in no key.",
        &["scope: geo.district", "name: district_menus"],
        |w| {
            for row in w.rows.iter_mut().filter(|row| row.is("client.version", "7.1")) {
                row.drop("geo.district");
            }
        },
    ));
    out.push(plant(
        &clean,
        "meals-lunch-over-dinner",
        "The lunch order rate divides orders at lunch by menus opened for dinner, since its divisor was copied from a feature for the evening.",
        &["where: {slot: dinner} # menus", "name: lunch_menus", "name: lunch_order_rate", "where: {slot: lunch} # orders", "bottom: lunch_menus"],
        |w| w.swap("{slot: lunch} # menus", "{slot: dinner} # menus"),
    ));
    out.push(plant(
        &clean,
        "meals-phones-report-late",
        "Half of the Android phones send their events two to four days later, and with `order: log` these fall out of the windows of one and two days.",
        &["order: log", "windows: [24h, 48h]", "name: busy", "windows: [72h]", "name: district_menus", "name: menus", "name: shows"],
        |w| {
            w.swap("unit: ms}", "unit: ms, order: log}");
            let mut arriving: Vec<(i64, Row)> = Vec::new();
            for row in &w.rows {
                let odd = matches!(row.get("customer"), Some(V::S(k)) if k.ends_with(['1', '3', '5', '7', '9']));
                let late = if odd && row.is("client.os", "android") {
                    // A phone sends all of a visit at once.
                    let visit = match row.get("visit") {
                        Some(V::S(visit)) => visit.bytes().map(i64::from).sum::<i64>(),
                        _ => 0,
                    };
                    2 * DAY + visit * 7919 % (2 * DAY / 1000) * 1000
                } else {
                    0
                };
                arriving.push((row.t + late, row.clone()));
            }
            let end = w.start + w.days * DAY;
            arriving.retain(|(at, _)| *at < end);
            arriving.sort_by_key(|(at, _)| *at);
            w.rows = arriving.into_iter().map(|(_, row)| row).collect();
        },
    ));
    out.push(plant(
        &clean,
        "meals-one-version-sends-seconds",
        "The client 7.2 writes its times in seconds, and since the config fixes `unit: ms` its events are taken for those of 1970 and rejected.",
        &["unit: ms"],
        |w| {
            for row in w.rows.iter_mut().filter(|row| row.is("client.version", "7.2")) {
                row.seconds = true;
            }
        },
    ));
    out.push(plant(
        &clean,
        "meals-a-day-is-too-little",
        "The order rate looks at a single day and is not smoothed: most kitchens have less than 5 menus opened in it, so it jumps between 0 and 1.",
        &["name: order_rate", "periods: [1]"],
        |w| w.swap("    periods: [7]\n    normalize: {weight: 10}\n", "    periods: [1]\n"),
    ));
    out.push(plant(
        &clean,
        "meals-four-days-lost",
        "Four days of the log are missing, shortly before its end, so that the windows over the last days lack most of their events.",
        &["timestamp: ts", "name: menus", "name: shows", "name: orders", "name: order_rate", "name: revenue", "name: prep_time", "features:"],
        |w| {
            let end = w.start + w.days * DAY;
            w.rows.retain(|row| row.t < end - 6 * DAY || row.t >= end - 2 * DAY);
        },
    ));
}
