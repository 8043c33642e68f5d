//! Times as logs have them: a moment that is written by a format, in a zone, in one member or in two,
//! is read as that moment; and any text is a time or none, by any format.

use std::fmt::Write as _;

use chrono::offset::LocalResult;
use chrono::{DateTime, NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use counterscope::base::events::{EventSettings, Yields};
use counterscope::base::time_format::{TimeFormat, translated};
use counterscope::base::time_rules::{LocalZone, TimeRules};
use counterscope::base::{Millis, Zone};
use serde_json::{Value as Json, json};

use super::reading::{Choices, read};

const DATES: [&str; 9] = [
    "%Y-%m-%d",
    "%Y%m%d",
    "%y%m%d",
    "%d/%b/%Y",
    "%d. %B %Y",
    "%Y-%j",
    "%a %b %d %Y",
    "%m/%d/%Y",
    "%A, %d %b %y",
];
/// Formats of the time of day, and how many milliseconds they tell apart.
const CLOCKS: [(&str, i64); 9] = [
    ("%H:%M:%S", 1000),
    ("%H%M%S", 1000),
    ("%I:%M:%S %p", 1000),
    ("%H:%M:%S%.f", 1),
    ("%H%M%S%3f", 1),
    ("%H%M%S%6f", 1),
    ("%H:%M", 60_000),
    ("%H%M", 60_000),
    ("%H", 3_600_000),
];
const ZONES: [&str; 6] = [
    "Europe/Berlin",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Cairo",
    "America/Sao_Paulo",
];

/// Writes moments of the first bytes' format, or takes the rest of the bytes for a format and times.
pub(crate) fn run(data: &[u8]) {
    let mut choices = Choices(data);
    if choices.below(4) == 0 {
        raw(choices.0);
    } else {
        written(&mut choices);
    }
}

/// Any text as a format, and any other as a time of it.
fn raw(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (pattern, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let _ = translated(pattern);
    let format = TimeFormat::new(pattern).ok();
    let zone = Zone::named(ZONES[data.len() % ZONES.len()]).map(LocalZone::Named);
    for zone in [None, zone] {
        let rules = TimeRules { format: format.clone(), zone, ..TimeRules::default() };
        for text in rest.lines() {
            let number =
                text.parse::<i128>().map_or(Ok(None), |whole| rules.integer(whole).map(Some));
            let float = text.parse::<f64>().map_or(Ok(None), |float| rules.number(float).map(Some));
            let times = [rules.text(text).ok(), number.ok().flatten(), float.ok().flatten()];
            for time in times.into_iter().flatten() {
                assert!(time.believable().is_ok(), "{text:?} is {time:?}");
            }
        }
    }
}

/// The moment of what clocks show.
fn moment(zone: Option<Tz>, local: NaiveDateTime) -> Option<i64> {
    let Some(zone) = zone else { return Some(local.and_utc().timestamp_millis()) };
    match zone.from_local_datetime(&local) {
        LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => {
            Some(time.timestamp_millis())
        }
        LocalResult::None => None,
    }
}

fn written(choices: &mut Choices<'_>) {
    let (date, (clock, unit)) = (choices.of(&DATES), choices.of(&CLOCKS));
    let has_parts = choices.is();
    let between = if has_parts { " " } else { choices.of(&["T", " ", "", " at ", "_"]) };
    let offset = choices.of(&["", "", "%z", " %z", "%:z"]);
    let pattern = format!("{date}{between}{clock}{offset}");
    // What runs together may be no format: a year and digits behind it.
    let Ok(format) = TimeFormat::new(&pattern) else { return };
    let is_ahead = !offset.is_empty();
    let name = choices.is().then(|| choices.of(&ZONES));
    let zone: Option<Tz> = name.map(|name| name.parse().unwrap());
    let settings = EventSettings {
        timestamp: Some("d".to_owned()),
        times: TimeRules {
            format: Some(format),
            zone: match name {
                Some(name) => Zone::named(name).map(LocalZone::Named),
                None => choices.is().then_some(LocalZone::Ahead(Millis(20_700_000))),
            },
            parts: if has_parts { vec!["h".to_owned()] } else { Vec::new() },
            ..TimeRules::default()
        },
        yields: Yields { constant: Some("row".to_owned()), ..Yields::default() },
        ..EventSettings::default()
    };
    let fixed = if zone.is_none() && settings.times.zone.is_some() { 20_700_000 } else { 0 };
    let (mut texts, mut numbers, mut cells) = (String::new(), String::new(), "d;h\n".to_owned());
    let mut want = Vec::new();
    while !choices.0.is_empty() && want.len() < 20 {
        // From 1971 to 2067, so that two digits tell the year; every other near a change of clocks.
        let mut millis = 0_i64;
        for _ in 0..6 {
            millis = millis << 8 | i64::from(choices.byte());
        }
        let millis = 31_800_000_000 + millis % 3_020_000_000_000;
        let utc: DateTime<Utc> = DateTime::from_timestamp_millis(millis).unwrap();
        let utc = match choices.below(3) {
            0 => utc.date_naive().and_hms_milli_opt(choices.below(4).into(), 59, 59, 999),
            _ => Some(utc.naive_utc()),
        };
        let utc = utc.unwrap().and_utc();
        let local = match zone {
            Some(zone) => utc.with_timezone(&zone).naive_local(),
            None => utc.naive_utc(),
        };
        let whole = local.and_utc().timestamp_millis();
        let shown = DateTime::from_timestamp_millis(whole - whole % unit).unwrap().naive_utc();
        let written = |pattern: &str| match zone {
            Some(zone) if is_ahead => {
                // The offset that clocks had; what they showed is cut.
                let ahead = utc.with_timezone(&zone).fixed_offset().timezone();
                ahead.from_local_datetime(&shown).unwrap().format(pattern).to_string()
            }
            _ => shown.and_utc().format(pattern).to_string(),
        };
        let offset_now = zone.map_or(0, |zone| {
            let ahead = utc.with_timezone(&zone).fixed_offset().timezone();
            i64::from(ahead.local_minus_utc()) * 1000
        });
        let time = if is_ahead {
            // An offset has no seconds.
            if offset_now % 60_000 != 0 {
                continue;
            }
            Some(shown.and_utc().timestamp_millis() - offset_now)
        } else {
            moment(zone, shown).map(|time| time - fixed)
        };
        let Some(time) = time else { continue };
        let parts = if has_parts {
            vec![written(date), written(&format!("{clock}{offset}"))]
        } else {
            vec![written(&pattern)]
        };
        let number = |text: &String| match text.parse::<u64>() {
            Ok(number) if text.bytes().all(|byte| byte.is_ascii_digit()) => json!(number),
            _ => json!(text),
        };
        let line = |value: &dyn Fn(&String) -> Json| {
            let members: serde_json::Map<_, _> = ["d", "h"]
                .iter()
                .zip(&parts)
                .map(|(name, part)| ((*name).into(), value(part)))
                .collect();
            format!("{}\n", Json::Object(members))
        };
        texts += &line(&|part| json!(part));
        numbers += &line(&number);
        writeln!(cells, "{};{}", parts[0], parts.get(1).map_or("", String::as_str)).unwrap();
        want.push(time);
    }
    want.sort_unstable();
    for log in [texts, numbers, cells] {
        let told = read(log.as_bytes(), &settings, &[]).expect("a log");
        let found: Vec<i64> = told.events.iter().map(|event| event.time).collect();
        assert_eq!(found, want, "by {pattern} in {name:?}: {log}");
    }
}
