//! Lints of the log itself, of memory and of change: each speaks at its edge, and is silent beside it.

use std::fmt::Write as _;
use std::sync::Arc;

use counterscope::config;
use counterscope::dataset::{self, Run};
use counterscope::lint::{Replayed, beyond};
use counterscope::log::Reader;
use counterscope::plan::lower::compile;

use crate::commands::Place;

const CLICKS: &str =
    "features:\n- {name: clicks, type: interaction_count, scope: item, interaction: click}\n";
/// 2024-06-10, a Monday.
const START: u64 = 1_717_977_600;

/// The messages of a check, each with its code.
fn check(config: &str, log: &str, flags: &[&str]) -> Vec<(String, String)> {
    let place = Place::new();
    place.write("lint.yaml", config);
    place.write("lint.ndjson", log);
    let ran = place.run(&[&["check", "lint.yaml", "lint.ndjson"], flags].concat());
    let told = ran.out.lines().filter_map(|line| {
        let (code, message) = line.strip_prefix("warning[")?.split_once("]: ")?;
        Some((code.to_owned(), message.to_owned()))
    });
    told.collect()
}

/// The message of a code; `None` if it is not told. Nothing else may be.
fn only(code: &str, told: Vec<(String, String)>) -> Option<String> {
    assert!(told.iter().all(|(known, _)| known == code), "{told:?}");
    told.into_iter().next().map(|(_, message)| message)
}

/// Clicks of a few items, a minute apart: each with further members.
fn clicks(count: u64, more: impl Fn(u64) -> String) -> String {
    (0..count).fold(String::new(), |mut log, n| {
        let (ts, item) = (START + 60 * n, n % 7);
        writeln!(log, r#"{{"ts":{ts},"type":"click","item":"i{item}"{}}}"#, more(n)).unwrap();
        log
    })
}

#[test]
fn repeated_ids_are_told_with_what_they_have_in_common() {
    let log = |repeated: u64| {
        let id =
            |n| format!(r#","event_id":"e{n}","app":"{}""#, if n < 100 { "old" } else { "new" });
        let log = clicks(990, id);
        let again: Vec<&str> = log.lines().take(repeated as usize).collect();
        format!("{log}{}\n", again.join("\n"))
    };
    let told = only("duplicate-events", check(CLICKS, &log(10), &[])).unwrap();
    assert_eq!(
        told,
        "10 of 1,000 events have an `event_id` that was there before (10 click; up to 0s apart); \
         10 of 10 have app=old, 11 % of all events do"
    );
    assert_eq!(only("duplicate-events", check(CLICKS, &log(9), &[])), None);
    let flags = ["--lint", "duplicate-events.events=9"];
    // Nine of 999 are more than one in a thousand.
    assert!(only("duplicate-events", check(CLICKS, &log(9), &flags)).is_some());
    let config = format!("events: {{dedup: 1d, id: event_id}}\n{CLICKS}");
    assert_eq!(only("duplicate-events", check(&config, &log(10), &[])), None);
    // Of a member that comes again all the time nothing follows.
    let visits = clicks(990, |n| format!(r#","event_id":"v{}""#, n % 300));
    assert_eq!(only("duplicate-events", check(CLICKS, &visits, &[])), None);
}

#[test]
fn a_clock_that_is_wrong_is_told_with_its_source() {
    let log = |wrong: u64, off: i64, own: bool| {
        (0..200).fold(String::new(), |mut log, n| {
            let is_wrong = n >= 20 && n % 10 == 0 && n / 10 - 2 < wrong;
            let ts = (START + 60 * n).cast_signed() + if is_wrong { off } else { 0 };
            let app = if is_wrong && own { "tv" } else { "web" };
            let line = format!(r#"{{"ts":{ts},"type":"click","item":"i{}","app":"{app}"}}"#, n % 7);
            writeln!(log, "{line}").unwrap();
            log
        })
    };
    let told = only("clock-skew", check(CLICKS, &log(10, 9000, true), &[])).unwrap();
    assert!(
        told.starts_with("10 of 200 events are ahead of those after them in the log"),
        "{told}"
    );
    assert!(told.ends_with("10 of 10 have app=tv, 5 % of all events do"), "{told}");
    assert_eq!(only("clock-skew", check(CLICKS, &log(9, 9000, true), &[])), None);
    let told = only("clock-skew", check(CLICKS, &log(10, -9000, true), &[])).unwrap();
    assert!(told.contains("are behind those before them"), "{told}");
    // What comes late from everywhere is only late.
    assert_eq!(only("clock-skew", check(CLICKS, &log(10, -9000, false), &[])), None);
}

#[test]
fn times_within_seconds_of_long_ago_or_far_off_are_told() {
    let of = |count: u64, time: &dyn Fn(u64) -> u64| {
        (0..count).fold(String::new(), |mut log, n| {
            let line = format!(r#"{{"ts":{},"type":"click","item":"i{}"}}"#, time(n), n % 7);
            writeln!(log, "{line}").unwrap();
            log
        })
    };
    let told = |log: &str| only("odd-times", check(CLICKS, log, &[]));
    let within =
        |count: u64, last: u64| of(count, &|n| START + if n + 1 == count { last } else { 0 });
    assert!(told(&within(100, 60)).unwrap().starts_with("all 100 events are within 1m"));
    assert_eq!(told(&within(100, 61)), None);
    assert_eq!(told(&within(99, 60)), None);
    // 788,918,400 is 1995-01-01.
    let old = |last: u64| of(20, &|n| if n < 11 { last - 3600 * (10 - n) } else { START + 60 * n });
    assert!(told(&old(788_918_399)).unwrap().starts_with("11 of 20 events are from before 1995"));
    assert_eq!(told(&old(788_918_400 + 36_000)), None);
    // A day at least is taken for the span of the others.
    let far = |hours: u64| of(100, &|n| START + 60 * n + if n == 99 { 3600 * hours } else { 0 });
    let alone = told(&far(241)).unwrap();
    assert!(alone.starts_with("1 of 100 events are 10d"), "{alone}");
    assert_eq!(told(&far(239)), None);
    // No log is of 1970: such a line is rejected.
    let anew = of(20, &|n| if n == 9 { 77_000 } else { START + 60 * n });
    assert_eq!(
        told(&anew).unwrap(),
        "1 line is rejected for a time before 1971 or after 2099, such as `ts` is 77000"
    );
}

#[test]
fn hours_that_are_missing_are_told() {
    // So many events at each hour of five days, but for one.
    let log = |each: u64| {
        let hours = (0..120).filter(|hour| *hour != 50);
        hours.fold(String::new(), |mut log, hour| {
            for n in 0..each {
                let ts = START + 3600 * hour + 60 * n;
                let item = (n + hour) % 7 * (n % 2);
                writeln!(log, r#"{{"ts":{ts},"type":"click","item":"i{item}"}}"#).unwrap();
            }
            log
        })
    };
    let told = only("missing-hours", check(CLICKS, &log(20), &[])).unwrap();
    assert_eq!(
        told,
        "no events for 1h from 2024-06-12T02:00:00.000Z, where other days have 20 (their median)"
    );
    assert_eq!(only("missing-hours", check(CLICKS, &log(19), &[])), None);
}

#[test]
fn a_key_of_one_source_is_told() {
    let log = |bot: u64| {
        let line = |n: u64| match n {
            0..50 => (0, if n < bot { "bot".to_owned() } else { format!("u{n}") }),
            _ => (1 + n % 5, format!("u{n}")),
        };
        (0..300).fold(String::new(), |mut log, n| {
            let (item, user) = line(n);
            let ts = START + 60 * n;
            let line =
                format!(r#"{{"ts":{ts},"type":"click","item":"i{item}","user_id":"{user}"}}"#);
            writeln!(log, "{line}").unwrap();
            log
        })
    };
    let told = only("one-source", check(CLICKS, &log(26), &[])).unwrap();
    assert_eq!(
        told,
        "most of the 50 events of item=i0 are of one source: 26 of 50 have user_id=bot, 9 % of all \
         events do"
    );
    assert_eq!(only("one-source", check(CLICKS, &log(25), &[])), None);
    // A key that is not among those with the most events.
    let quiet = |others: u64| {
        let line = |n: u64| match n {
            0..60 => ("i99".to_owned(), "bot".to_owned()),
            _ if n < 60 + others => ("i99".to_owned(), format!("u{}", n % 200)),
            _ if n.is_multiple_of(4) => {
                (format!("i{}", 20 + (n / 4 + n / 200 * 3) % 17), format!("u{}", n % 200))
            }
            _ => (format!("i{}", (n / 4 + n / 200 * 3) % 10), format!("u{}", n % 200)),
        };
        (0..2000).fold(String::new(), |mut log, n| {
            let ((item, user), ts) = (line(n), START + 60 * n);
            let line =
                format!(r#"{{"ts":{ts},"type":"click","item":"{item}","user_id":"{user}"}}"#);
            writeln!(log, "{line}").unwrap();
            log
        })
    };
    let users = ["--lint", "one-source.events=60"];
    let told = only("one-source", check(CLICKS, &quiet(59), &users)).unwrap();
    assert_eq!(
        told,
        "most of the 119 events of item=i99 are of one source: 60 have user_id=bot, which has 60 \
         events in all"
    );
    assert_eq!(only("one-source", check(CLICKS, &quiet(60), &users)), None);
    // Of users that are each of a place of their own nothing follows.
    let countries = (0..2000).fold(String::new(), |mut log, n| {
        let (user, ts) = (if n % 5 == 0 { 0 } else { n % 31 }, START + 60 * n);
        let line = format!(r#"{{"ts":{ts},"type":"click","item":"c{user}","user_id":"u{user}"}}"#);
        writeln!(log, "{line}").unwrap();
        log
    });
    let told = check(CLICKS, &countries, &users);
    assert!(told.iter().all(|(code, _)| code != "one-source"), "{told:?}");
    // By the source itself there is nothing to tell.
    let by_user = CLICKS.replace("scope: item", "scope: user_id");
    let told = check(&by_user, &log(26), &[]);
    assert!(told.iter().all(|(code, _)| code != "one-source"), "{told:?}");
}

#[test]
fn late_events_that_no_bucket_holds_are_told() {
    let config = |order: &str| {
        format!(
            "events: {{order: {order}}}\nfeatures:\n- {{name: clicks, type: window_count, scope: item, \
             interaction: click, bucket: 1h, periods: [2]}}\n"
        )
    };
    // The last hour is the ninth; of two buckets the first is the eighth.
    let log = |late: u64| {
        let log = clicks(540, |_| String::new());
        format!(r#"{log}{{"ts":{},"type":"click","item":"i0"}}"#, START + late) + "\n"
    };
    let told = |config: &str, late| only("late-not-counted", check(config, &log(late), &[]));
    assert!(told(&config("log"), 7 * 3600 - 1).unwrap().starts_with("1 of 541 events of `clicks`"));
    assert_eq!(told(&config("log"), 7 * 3600), None);
    assert_eq!(told(&config("time"), 60), None);
}

#[test]
fn impressions_of_both_kinds_are_told() {
    let config = |name: &str| {
        format!(
            "features:\n- {{name: clicks, type: interaction_count, scope: item, interaction: click}}\n\
             - {{name: shown, type: counter, scope: item, interaction: [impression, {name}]}}\n"
        )
    };
    let log = |own: u64, name: &str| {
        let line = |event: &str, id: &str, at: u64, more: &str| {
            let at = 1000 * (START + at);
            format!(r#"{{"event":"{event}","id":"{id}","timestamp":"{at}","user":"u",{more}}}"#)
                + "\n"
        };
        let mut log = String::new();
        for n in 0..3 {
            let items = r#""session":"s","items":[{"id":"a"},{"id":"b"}]"#;
            log.push_str(&line("ranking", &format!("r{n}"), 100 * n, items));
            let of = |kind: &str| {
                format!(
                    r#""session":"s","ranking":"r{n}","type":"{kind}","item":"{}""#,
                    ["a", "b"][n as usize % 2]
                )
            };
            log.push_str(&line("interaction", &format!("c{n}"), 100 * n + 9, &of("click")));
            if n < own {
                log.push_str(&line("interaction", &format!("o{n}"), 100 * n + 5, &of(name)));
            }
        }
        log
    };
    let told = |name: &str, log: &str| {
        let told = check(&config(name), log, &[]).into_iter();
        told.filter(|(code, _)| code == "own-impressions").map(|(_, message)| message).next()
    };
    let few = told("other", &log(2, "impression")).unwrap();
    assert!(few.starts_with("3 rankings make no impressions, since the log has 2"), "{few}");
    assert_eq!(told("other", &log(3, "impression")), None);
    let both = told("item_view", &log(1, "item_view")).unwrap();
    assert!(both.starts_with("`shown` counts what was shown twice: 1 `item_view`"), "{both}");
    assert_eq!(told("other", &log(1, "other")), None);
}

#[test]
fn memory_is_told_beyond_its_limit() {
    let log = clicks(50, |_| String::new());
    let plan = compile("test", CLICKS).0.unwrap();
    let reader = Reader::embedded("log", log.clone().into_bytes(), &plan.events, &plan.attributes);
    let wanted = dataset::wanted(&plan, None);
    let run = Run::load(Arc::new(plan), wanted, reader, &mut |_| {}).unwrap();
    let (document, engine) = (config::read("test", CLICKS).0.unwrap(), run.at_end());
    let (plan, tape, index) = (run.plan(), run.tape(), run.index());
    let replayed = Replayed { plan, tape, index, engine: &engine };
    let bytes = (index.bytes() + engine.bytes()) as u64;
    assert_eq!(beyond(&document, replayed, bytes), None);
    assert!(beyond(&document, replayed, bytes - 1).is_some());
    let told = |limit: &str| only("beyond-memory", check(CLICKS, &log, &["--max-memory", limit]));
    assert!(told("64").unwrap().contains("are more than the 64 B that are allowed; `clicks` has"));
    assert_eq!(told("1MiB"), None);
}

#[test]
fn a_config_is_held_against_an_older_one() {
    let place = Place::new();
    place.write("new.yaml", &CLICKS.replace("clicks", "taps"));
    place.write("old.yaml", CLICKS);
    let flags = ["check", "new.yaml", "--against", "old.yaml"];
    let ran = place.run(&flags);
    assert!(
        ran.out.contains("warning[output-renamed]: `clicks` is called `taps` now"),
        "{}",
        ran.out
    );
    assert_eq!(ran.code, Some(0));
    assert_eq!(place.run(&[&flags[..], &["--deny-warnings"]].concat()).code, Some(1));
    assert_eq!(place.run(&["check", "old.yaml", "--against", "old.yaml"]).code, Some(0));
    // A config that cannot be read is no older one.
    place.write("old.yaml", "features: [{name: x}]\n");
    let ran = place.run(&flags);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("missing-member"), "{}", ran.err);
}
