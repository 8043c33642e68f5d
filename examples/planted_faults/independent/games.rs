//! A store of small games within an app: shown, tapped, installed and launched. Times in seconds.

use super::rows::{DAY, Form, HOUR, MIN, Rng, Row, V, World, Zipf, n, s, start, visits};
use super::{Fault, plant};

const CONFIG: &str = r#"# Features of the games shelf.
events: {format: flat, timestamp: time, type: event}

defaults: {ttl: 45d}

features:
  - name: "game_{event}"
    matrix: {event: [show, tap]}
    type: counter
    scope: game
    interaction: "{event}"
    half_life: [1d, 3d]

  - name: tap_rate
    type: ratio
    top: game_tap
    bottom: game_show
    prior: {rate: global, weight: 15}

  - name: installs
    type: counter
    interaction: install
    scope: game
    half_life: 4d

  - name: trending
    type: counter
    interaction: tap
    scope: game
    bucket: 6h
    windows: [2d, 3d]

  - name: reach
    type: counter
    interaction: show
    scope: game
    aggregate: distinct
    value: player
    bucket: 1d
    windows: [5d]

  - name: first_launches
    type: counter
    interaction: launch
    scope: game
    where: {first: true}
    bucket: 1d
    windows: [5d]

  - name: new_installs
    type: counter
    interaction: install
    scope: game
    bucket: 1d
    windows: [5d]

  # Which part of those who install a game play it at all.
  - name: activation
    type: ratio
    top: first_launches
    bottom: new_installs
    prior: {rate: global, weight: 8}

  - name: genre_installs
    type: counter
    interaction: install
    scope: genre
    half_life: 3d

  - name: launches_of_player
    type: interaction_count
    interaction: launch
    scope: player
    refresh: 1m
"#;

const GENRES: [&str; 5] = ["puzzle", "racing", "cards", "arcade", "words"];

pub(super) fn world(seed: u64) -> World {
    let rng = &mut Rng::new(seed, 51);
    let (days, start) = (rng.int(21, 29), start(rng));
    let games = rng.int(16, 22) as usize;
    let popular = Zipf::new(games, 0.6);
    let players = rng.int(50, 65) as usize;
    let count = rng.int(400, 520);
    let apps = [("com.shelf.phone", 0.93), ("com.shelf.tv", 0.07)];
    let owned: Vec<_> = (0..players).map(|_| rng.weighted(&apps)).collect();
    let mut rows = Vec::new();
    for (visit, (t, player)) in visits(rng, start, days, count, players).into_iter().enumerate() {
        let mut at = t;
        for slot in 1..rng.int(5, 9) {
            let game = popular.draw(rng);
            let event = |kind: &str, t: i64, more: Vec<(&'static str, V)>| {
                let mut fields = vec![
                    ("event", s(kind)),
                    ("app", s(owned[player])),
                    ("game", s(format!("g{:02}", game + 1))),
                    ("genre", s(GENRES[game % 5])),
                    ("player", s(format!("p{}", player + 300))),
                    ("visit", n(visit as f64 + 9000.0)),
                ];
                fields.extend(more);
                Row::new(t / 1000 * 1000, fields)
            };
            at += rng.int(2_000, 15_000);
            rows.push(event("show", at, vec![("slot", n(slot as f64))]));
            if !rng.chance(0.45 + 0.3 * (game * 5 % 8) as f64 / 8.0) {
                continue;
            }
            at += rng.int(1_000, 15_000);
            rows.push(event("tap", at, vec![]));
            if !rng.chance(0.45) {
                continue;
            }
            at += rng.int(8_000, 60_000);
            rows.push(event("install", at, vec![]));
            let mut later = at + rng.int(MIN, 20 * MIN);
            for launch in 0..rng.pick(&[0, 1, 1, 2, 3, 4]) {
                rows.push(event("launch", later, vec![("first", V::B(launch == 0))]));
                later += rng.int(2 * HOUR, 30 * HOUR);
            }
        }
    }
    rows.retain(|row| row.t < start + days * DAY);
    rows.sort_by_key(|row| row.t);
    let (name, config, form) = ("games", CONFIG.to_string(), Form::Seconds("time"));
    World { name, config, rows, form, start, days }
}

pub(super) fn faults(seed: u64, out: &mut Vec<Fault>) {
    let clean = world(seed);
    out.push(plant(
        &clean,
        "games-quarter-of-a-month",
        "The reach of 90 days is asked of a log of less than 30, so that it never forgets anything and says what a lifetime would.",
        &["windows: [5d, 60d, 90d]", "name: reach"],
        |w| {
            w.swap("value: player\n    bucket: 1d\n    windows: [5d]", "value: player\n    bucket: 1d\n    windows: [5d, 60d, 90d]");
            w.swap("defaults: {ttl: 45d}", "defaults: {ttl: 120d}");
        },
    ));
    out.push(plant(
        &clean,
        "games-app-instead-of-genre",
        "The installs are counted by `app`, the id of the store's own app, instead of by genre: one key has more than nine of ten events.",
        &["scope: app", "name: genre_installs"],
        |w| w.swap("scope: genre", "scope: app"),
    ));
    out.push(plant(
        &clean,
        "games-ttl-forgets-first",
        "The installs fade with a half-life of 4 days, but a ttl of 12 hours drops a game's whole past after every quiet night.",
        &["ttl: 12h", "name: installs", "half_life: 4d"],
        |w| w.swap("    half_life: 4d", "    half_life: 4d\n    ttl: 12h"),
    ));
    out.push(plant(
        &clean,
        "games-launches-served-a-week-old",
        "The launches of a player are refreshed once in 7 days, so that what is served lacks most of the launches of the week.",
        &["refresh: 7d", "name: launches_of_player"],
        |w| w.swap("refresh: 1m", "refresh: 7d"),
    ));
    out.push(plant(
        &clean,
        "games-trending-refreshed-too-seldom",
        "`trending` counts over two and three days in buckets of 6 hours, but is refreshed only every 60 hours, longer than its buckets and its shorter window.",
        &["refresh: 60h", "name: trending", "windows: [2d, 3d]"],
        |w| w.swap("    windows: [2d, 3d]", "    windows: [2d, 3d]\n    refresh: 60h"),
    ));
    out.push(plant(
        &clean,
        "games-boxes-without-a-clock",
        "The TV boxes start without the time and begin at 2024-01-01, so that their events lie two years before all others.",
        &["timestamp: time", "features:"],
        |w| {
            let start = w.start;
            for row in w.rows.iter_mut().filter(|row| row.is("app", "com.shelf.tv")) {
                row.t = 1_704_067_200_000 + (row.t - start) % (3 * DAY);
            }
        },
    ));
    out.push(plant(
        &clean,
        "games-activation-above-one",
        "The activation should count first launches, but the filter was lost, so that there are more launches than installs and the share is above 1.",
        &["name: first_launches", "name: activation", "top: first_launches"],
        |w| w.swap("    where: {first: true}\n", ""),
    ));
}
