//! A job board, exported as CSV: offers are listed, viewed, saved and applied for.

use super::rows::{DAY, Form, MIN, Rng, Row, World, Zipf, n, s, start, visits};
use super::{Fault, plant};

const CONFIG: &str = r"# Job board: features for the ranking of results, over the weekly export.
events: {format: flat, timestamp: time, type: action, id: event_id}

defaults: {bucket: 24h, ttl: 120d}

features:
  - {name: views, type: window_count, interaction: view, scope: job, periods: [7, 14]}
  - {name: saves, type: window_count, interaction: save, scope: job, periods: [14, 28]}
  - {name: applications, type: window_count, interaction: apply, scope: job, periods: [14, 28]}

  - name: apply_rate
    type: rate
    top: apply
    bottom: view
    scope: job
    periods: [14, 28]
    normalize: {weight: 10}

  - name: company_view_rate
    type: rate
    top: view
    bottom: list
    scope: company
    periods: [14]
    normalize: {weight: 10}

  - name: home_views
    type: counter
    interaction: view
    scope: company
    where: {region: 36}
    windows: [14d]

  - name: remote_views
    type: counter
    interaction: view
    scope: sector
    where: {mode: remote}
    windows: [14d]

  # Read, not bounced.
  - name: reads
    type: counter
    interaction: view
    scope: job
    where: {seconds: {gt: 20}}
    windows: [14d]

  - {name: sector_saves, type: counter, interaction: save, scope: sector, windows: [7d, 14d]}
  - {name: sector_views, type: counter, interaction: view, scope: sector, windows: [7d, 28d]}

  - name: sector_save_rate
    type: ratio
    top: sector_saves_7d
    bottom: sector_views_7d

  - name: seeker_views
    type: interaction_count
    interaction: view
    scope: seeker
";

const SECTORS: [&str; 6] = ["care", "it", "logistics", "sales", "crafts", "office"];

pub(super) fn world(seed: u64) -> World {
    let rng = &mut Rng::new(seed, 31);
    let (days, start) = (rng.int(112, 121), start(rng));
    let jobs = rng.int(20, 26) as usize;
    let popular = Zipf::new(jobs, 0.55);
    let seekers = rng.int(55, 75) as usize;
    let regions = [(36.0, 0.34), (41.0, 0.26), (44.0, 0.22), (50.0, 0.18)];
    let sources = [("web", 0.5), ("app", 0.3), ("partner", 0.2)];
    let modes: Vec<_> = (0..jobs)
        .map(|job| ["remote", "onsite", "hybrid", "remote", "onsite"][job / 6 % 5])
        .collect();
    let salaries: Vec<_> =
        (0..jobs).map(|_| (rng.around(46_000.0, 0.25) / 500.0).round() * 500.0).collect();
    let homes: Vec<_> = (0..seekers).map(|_| rng.weighted(&regions)).collect();
    let count = rng.int(620, 760);
    let mut rows = Vec::new();
    for (visit, (t, seeker)) in visits(rng, start, days, count, seekers).into_iter().enumerate() {
        let source = rng.weighted(&sources);
        let mut at = t;
        for position in 1..rng.int(5, 8) {
            let job = popular.draw(rng);
            let event = |kind: &str, t: i64, seconds: Option<f64>| {
                let mut fields = vec![
                    ("action", s(kind)),
                    ("job", n(70_000.0 + job as f64)),
                    ("company", s(format!("company-{}", (job * 7) % 10))),
                    ("sector", s(SECTORS[job % 6])),
                    ("seeker", n(1_000.0 + seeker as f64)),
                    ("visit", s(format!("w{visit:05}x"))),
                    ("region", n(homes[seeker])),
                    ("mode", s(modes[job])),
                    ("salary", n(salaries[job])),
                    ("source", s(source)),
                    ("position", n(position as f64)),
                ];
                if let Some(seconds) = seconds {
                    fields.push(("seconds", n(seconds)));
                }
                Row::new(t, fields)
            };
            at += rng.int(3_000, 20_000);
            rows.push(event("list", at, None));
            if !rng.chance(0.5 + 0.25 * (job * 4 % 9) as f64 / 9.0) {
                continue;
            }
            at += rng.int(2_000, 20_000);
            let seconds = rng.around(42.0, 0.95).max(2.0).round();
            rows.push(event("view", at, Some(seconds)));
            at += seconds as i64 * 1000;
            if rng.chance(0.36) {
                rows.push(event("save", at, None));
            }
            if rng.chance(0.3 + 0.1 * (job % 3) as f64) {
                at += rng.int(60_000, 400_000);
                rows.push(event("apply", at, None));
            }
        }
    }
    rows.retain(|row| row.t < start + days * DAY);
    rows.sort_by_key(|row| row.t);
    for (i, row) in rows.iter_mut().enumerate() {
        row.set("event_id", s(format!("x-{:06}", i + 1)));
    }
    let (name, config, form) = ("jobs", CONFIG.to_string(), Form::Csv("time"));
    World { name, config, rows, form, start, days }
}

pub(super) fn faults(seed: u64, out: &mut Vec<Fault>) {
    let clean = world(seed);
    out.push(plant(
        &clean,
        "jobs-region-as-text",
        "The region is the number 36 in the log, and the filter compares it with the text \"36\", which never holds.",
        &["where: {region: \"36\"}", "name: home_views"],
        |w| w.swap("{region: 36}", "{region: \"36\"}"),
    ));
    out.push(plant(
        &clean,
        "jobs-remote-with-a-blank",
        "Since a change of the export half of the lines of remote offers say `remote ` with a blank at the end, and the filter misses them.",
        &["where: {mode: remote}", "name: remote_views"],
        |w| {
            let since = w.moment(0.6);
            for row in w.rows.iter_mut().filter(|row| row.t >= since) {
                if row.is("mode", "remote") && !row.is("source", "web") {
                    row.set("mode", s("remote "));
                }
            }
        },
    ));
    out.push(plant(
        &clean,
        "jobs-seconds-taken-for-milliseconds",
        "The filter means half a second in milliseconds, but the field is in seconds, so that hardly any view passes.",
        &["where: {seconds: {gt: 500}}", "name: reads"],
        |w| w.swap("{gt: 20}", "{gt: 500}"),
    ));
    out.push(plant(
        &clean,
        "jobs-a-week-over-four",
        "The save rate of a sector divides the saves of 7 days by the views of 28, so that it is a quarter of what its name says.",
        &["name: sector_save_rate", "top: sector_saves_7d", "bottom: sector_views_28d"],
        |w| w.swap("bottom: sector_views_7d", "bottom: sector_views_28d"),
    ));
    out.push(plant(
        &clean,
        "jobs-copied-and-not-changed",
        "The line of `applications` was copied from `saves` and still counts saves.",
        &["{name: applications,", "{name: saves,"],
        |w| {
            w.swap(
                "interaction: apply, scope: job, periods",
                "interaction: save, scope: job, periods",
            );
        },
    ));
    out.push(plant(
        &clean,
        "jobs-visit-instead-of-seeker",
        "The history of a seeker is counted by visit, which is new each time: a key has a few views of some minutes and never comes back.",
        &["scope: visit", "name: seeker_views"],
        |w| w.swap("scope: seeker", "scope: visit"),
    ));
    out.push(plant(
        &clean,
        "jobs-partner-clock-ahead",
        "The clocks of the source `partner` are three days ahead of the others, so that its events lie in the wrong days and the log ends with partners alone.",
        &["timestamp: time", "{name: views,", "{name: saves,", "{name: applications,", "company_view_rate", "name: apply_rate"],
        |w| {
            for row in w.rows.iter_mut().filter(|row| row.is("source", "partner")) {
                row.t += 3 * DAY;
            }
        },
    ));
    out.push(plant(
        &clean,
        "jobs-export-overlaps",
        "Two of the weekly exports overlap by five days, whose lines are in the log twice with the same event_id, and there is no `dedup`.",
        &["id: event_id", "features:", "{name: views,", "{name: saves,", "{name: applications,", "company_view_rate", "name: apply_rate", "name: seeker_views"],
        |w| {
            let (from, to) = (w.moment(0.93), w.moment(0.93) + 5 * DAY);
            let end = w.rows.partition_point(|row| row.t < to);
            let again: Vec<Row> =
                w.rows[..end].iter().filter(|row| row.t >= from).cloned().collect();
            w.rows.splice(end..end, again);
        },
    ));
    out.push(plant(
        &clean,
        "jobs-hours-counted-in-days",
        "`recent_hours` means the last 24 and 72 hours, but takes the bucket of 24h from the defaults, so that it covers 24 and 72 days.",
        &["name: recent_hours", "defaults: {bucket: 24h", "periods: [24, 72]"],
        |w| {
            w.config.push_str(
                "
  # What is looked at right now.
  - name: recent_hours
    type: window_count
    interaction: view
    scope: company
    periods: [24, 72]
",
            );
        },
    ));
    out.push(plant(
        &clean,
        "jobs-one-seeker-applies-without-end",
        "A stuck form of one seeker sends the same application every half an hour for a week: nearly all applications for that job are hers.",
        &["{name: applications,", "name: apply_rate"],
        |w| {
            let from = w.moment(0.92);
            let first = w.rows.iter().find(|row| row.t >= from && row.is("action", "apply"));
            let first = first.cloned().expect("somebody applies");
            for i in 1..330 {
                let mut row = first.clone();
                row.t += i * 30 * MIN + i * i % 41 * 1000;
                row.set("event_id", s(format!("y-{i:06}")));
                w.rows.push(row);
            }
            w.sort();
        },
    ));
}
