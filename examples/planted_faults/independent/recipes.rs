//! A cooking app: recipes are shown, opened, saved and cooked. NDJSON, features that fade.

use super::rows::{DAY, Form, HOUR, Rng, Row, V, World, Zipf, n, s, start, visits};
use super::{Fault, plant};

const CONFIG: &str = r#"# Features of the recipe ranking, over the stream of the cooking app.
events: {format: flat, timestamp: at, type: kind, id: event_id}

defaults: {ttl: 90d, bucket: 1d}

features:
  - name: "{event}_of_{by}"
    matrix:
      event: [show, open, save]
      by: {recipe: [recipe], author: [author]}
    type: counter
    interaction: "{event}"
    scope: "{by}"
    half_life: [4d, 8d]

  - name: "open_rate_of_{by}"
    matrix: {by: [recipe, author]}
    type: ratio
    top: "open_of_{by}"
    bottom: "show_of_{by}"
    prior: {rate: global, weight: 20}

  - name: save_rate
    type: ratio
    top: save_of_recipe_8d
    bottom: open_of_recipe_8d
    prior: {rate: global, weight: 10}

  - name: "cooked_by_{by}"
    matrix:
      by:
        recipe: [recipe]
        author: [author]
    type: counter
    interaction: cook
    scope: "{by}"
    windows: [10d, 14d]

  - name: stars
    type: counter
    interaction: cook
    scope: recipe
    aggregate: mean
    value: stars
    half_life: 8d

  # Opened and read, not closed at once.
  - name: reads
    type: counter
    interaction: open
    scope: author
    where: {dwell_ms: {gt: 30000}}
    windows: [7d]

  - name: saves_in_country
    type: counter
    interaction: save
    scope: country
    windows: [7d, 14d]

  - name: cuisine_opens
    type: counter
    interaction: open
    scope: cuisine
    windows: [7d, 14d]

  - name: user_cooks
    type: counter
    interaction: cook
    scope: [user]
    half_life: 12d
"#;

const CUISINES: [&str; 5] = ["italian", "indian", "mexican", "nordic", "thai"];

pub(super) fn world(seed: u64) -> World {
    let rng = &mut Rng::new(seed, 11);
    let (days, start) = (rng.int(62, 80), start(rng));
    let recipes = rng.int(24, 32);
    let popular = Zipf::new(recipes as usize, 0.6);
    let countries = [("DE", 0.35), ("AT", 0.25), ("CH", 0.22), ("NL", 0.18)];
    let clients = [(("ios", "5.2"), 0.3), (("android", "5.1"), 0.4), (("web", "2026.1"), 0.3)];
    let count = rng.int(450, 600);
    let users = rng.int(40, 55) as usize;
    let homes: Vec<_> = (0..users).map(|_| rng.weighted(&countries)).collect();
    let apps: Vec<_> = (0..users).map(|_| rng.weighted(&clients)).collect();
    let mut rows = Vec::new();
    for (visit, (t, user)) in visits(rng, start, days, count, users).into_iter().enumerate() {
        let mut at = t;
        for position in 0..rng.int(4, 9) {
            let recipe = popular.draw(rng);
            let appeal = 0.4 + 0.3 * ((recipe * 7 % 11) as f64 / 11.0);
            let event = |kind: &str, t: i64, more: Vec<(&'static str, V)>| {
                let mut fields = vec![
                    ("kind", s(kind)),
                    ("user", s(format!("u{:03}", user + 100))),
                    ("visit", s(format!("v{}", visit + 5000))),
                    ("recipe", s(format!("r{:02}", recipe + 1))),
                    ("author", s(format!("cook-{}", recipe % 9))),
                    ("cuisine", s(CUISINES[recipe % 5])),
                    ("country", s(homes[user])),
                    ("client", s(apps[user].0)),
                    ("version", s(apps[user].1)),
                ];
                fields.extend(more);
                Row::new(t, fields)
            };
            at += rng.int(2_000, 25_000);
            rows.push(event("show", at, vec![("position", n(position as f64 + 1.0))]));
            if !rng.chance(appeal) {
                continue;
            }
            at += rng.int(1_000, 20_000);
            let dwell = rng.around(48_000.0, 0.9).max(1_500.0).round();
            rows.push(event("open", at, vec![("dwell_ms", n(dwell))]));
            at += dwell as i64;
            if rng.chance(0.42) {
                rows.push(event("save", at, vec![]));
            }
            if rng.chance(0.33) {
                let mean = 2.6 + (recipe * 5 % 7) as f64 / 3.0;
                let stars = (mean + 2.0 * rng.unit() - 0.7).round().clamp(1.0, 5.0);
                let later = at + rng.int(HOUR / 2, 5 * HOUR);
                let most = ("stars_max", n(5));
                rows.push(event("cook", later, vec![("stars", n(stars)), most]));
            }
        }
    }
    rows.retain(|row| row.t < start + days * DAY);
    rows.sort_by_key(|row| row.t);
    for (i, row) in rows.iter_mut().enumerate() {
        row.set("event_id", s(format!("e{:06}", i + 1)));
    }
    let (name, config, form) = ("recipes", CONFIG.to_string(), Form::Iso("at"));
    World { name, config, rows, form, start, days }
}

pub(super) fn faults(seed: u64, out: &mut Vec<Fault>) {
    let clean = world(seed);
    out.push(plant(
        &clean,
        "recipes-label-of-another-attribute",
        "The label `author` of the second matrix was pasted with [recipe], so that cooked_by_author counts by recipe.",
        &["        author: [recipe]", "cooked_by_{by}", "        recipe: [recipe]"],
        |w| w.swap("        author: [author]", "        author: [recipe]"),
    ));
    out.push(plant(
        &clean,
        "recipes-cuisine-gone-since-a-date",
        "A release of the backend in the last third of the log stopped sending `cuisine`, so that its opens are in no key any more.",
        &["scope: cuisine", "cuisine_opens"],
        |w| {
            let since = w.moment(0.66);
            w.rows.iter_mut().filter(|row| row.t >= since).for_each(|row| row.drop("cuisine"));
        },
    ));
    out.push(plant(
        &clean,
        "recipes-country-in-two-spellings",
        "The web client writes the country in small letters, so that each country is two keys.",
        &["scope: country", "saves_in_country"],
        |w| {
            for row in w.rows.iter_mut().filter(|row| row.is("client", "web")) {
                if let Some(V::S(text)) = row.get("country").cloned() {
                    row.set("country", s(text.to_lowercase()));
                }
            }
        },
    ));
    out.push(plant(
        &clean,
        "recipes-dwell-taken-for-seconds",
        "The filter means 30 seconds, but dwell_ms is in milliseconds, so that every open passes it.",
        &["dwell_ms: {gt: 30}", "name: reads"],
        |w| w.swap("gt: 30000", "gt: 30"),
    ));
    out.push(plant(
        &clean,
        "recipes-month-written-as-minute",
        "The half-life of a user's cooking was meant as one month, but 1m is a minute and everything is forgotten at once.",
        &["half_life: 1m", "user_cooks"],
        |w| w.swap("half_life: 12d", "half_life: 1m"),
    ));
    out.push(plant(
        &clean,
        "recipes-half-lives-far-apart",
        "The save rate divides saves that fade in an hour by opens that fade in eight days, so that it is nearly always 0.",
        &["top: quick_saves", "bottom: open_of_recipe_8d", "name: save_rate", "half_life: 1h"],
        |w| {
            w.swap("top: save_of_recipe_8d", "top: quick_saves");
            w.swap(
                "  - name: save_rate",
                "  - name: quick_saves\n    type: counter\n    interaction: save\n    scope: recipe\n    half_life: 1h\n\n  - name: save_rate",
            );
        },
    ));
    out.push(plant(
        &clean,
        "recipes-scale-instead-of-stars",
        "The mean is taken of stars_max, the end of the scale, which is always 5, instead of the stars given.",
        &["value: stars_max", "name: stars"],
        |w| w.swap("value: stars", "value: stars_max"),
    ));
    out.push(plant(
        &clean,
        "recipes-scraper",
        "One user, u903, is a scraper: it opens three recipes around the clock and is behind most of their opens.",
        &["{event}_of_{by}", "open_rate_of_{by}", "event: [show, open, save]", "name: reads", "cuisine_opens"],
        |w| bot(w, seed),
    ));
}

fn bot(w: &mut World, seed: u64) {
    let rng = &mut Rng::new(seed, 12);
    let mut t = w.moment(0.45);
    let end = w.start + w.days * DAY;
    let mut i = 0;
    while t < end {
        let recipe = 8 + i % 3;
        for kind in ["show", "open"] {
            let mut row = Row::new(
                t,
                vec![
                    ("kind", s(kind)),
                    ("user", s("u903")),
                    ("visit", s(format!("b{}", i / 40))),
                    ("recipe", s(format!("r{:02}", recipe + 1))),
                    ("author", s(format!("cook-{}", recipe % 9))),
                    ("cuisine", s(CUISINES[recipe % 5])),
                    ("country", s("NL")),
                    ("client", s("web")),
                    ("version", s("2026.1")),
                ],
            );
            if kind == "open" {
                row.set("dwell_ms", n(rng.int(1_500, 2_200) as f64));
            }
            row.set("event_id", s(format!("b{i:05}-{kind}")));
            w.rows.push(row);
            t += 1_000;
        }
        i += 1;
        t += (w.days * DAY) / 1100 + rng.int(0, 10 * 60_000);
    }
    w.sort();
}
