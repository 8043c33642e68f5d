//! The config as text: every choice with its reason as a comment.

use crate::base::Millis;
use crate::base::escape::{printable, yaml};
use crate::base::events::{EventSettings, Format};
use crate::base::quantity::{counted, grouped};
use crate::profile::{Late, Profiled};

use super::features::{self, Feature};
use super::view::View;
use super::windows::Windows;

/// The width of comments.
const WIDTH: usize = 100;

/// A first config for a log; `settings` are those by which it was read.
#[must_use]
pub fn config(profiled: &Profiled, settings: &EventSettings) -> String {
    let view = View::of(profiled, settings);
    let profile = &profiled.profile;
    let span = profile.span.map_or(Millis(0), |(first, last)| last.since(first));
    let windows = Windows::of(span);
    let features = features::features(&view, windows.as_ref());
    let mut lines = Vec::new();
    let logs: Vec<&str> = profile.logs.iter().map(|log| log.name.as_str()).collect();
    comment(
        &mut lines,
        "",
        &format!(
            "A first config for {}: {} in {}. It says what can be read off the log; what matters \
             is yours to say. `counterscope fields` shows all fields, `counterscope check` what is \
             probably wrong.",
            logs.join(", "),
            counted(usize::try_from(profile.events).unwrap_or(usize::MAX), "event"),
            span.brief()
        ),
    );
    lines.push(String::new());
    events(&mut lines, &view, profiled, settings);
    if let Some(ttl) = features::ttl(span) {
        lines.push(String::new());
        let reason = "The log is longer than the 90 days after which a silent key is forgotten.";
        comment(&mut lines, "", reason);
        lines.push(format!("defaults: {{ttl: {ttl}}}"));
    }
    lines.push(String::new());
    let fit = windows.map_or_else(
        || "The log is too short for windows: these count from the beginning.".to_owned(),
        |windows| {
            format!(
                "The longest window, {}, fits four times into the log, so that values move within \
                 it; buckets of {} are what a value steps by.",
                windows.longest(),
                windows.bucket
            )
        },
    );
    comment(&mut lines, "", &fit);
    lines.push("features:".to_owned());
    for (at, feature) in features.iter().enumerate() {
        if at > 0 {
            lines.push(String::new());
        }
        written(&mut lines, feature);
    }
    lines.push(String::new());
    lines.join("\n")
}

/// A test of the first feature of [`config`], to stand behind it.
#[must_use]
pub fn test(profiled: &Profiled, settings: &EventSettings) -> String {
    let view = View::of(profiled, settings);
    let span = profiled.profile.span.map_or(Millis(0), |(first, last)| last.since(first));
    let windows = Windows::of(span);
    let features = features::features(&view, windows.as_ref());
    let Some(feature) = features.first() else { return String::new() };
    let member = |name: &str| {
        let found = feature.members.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| value.as_str())
    };
    let (kind, scope) = (member("interaction"), member("scope"));
    let is_global = scope == "global";
    let mut event = if is_global { "{}".to_owned() } else { format!("{{{scope}: a}}") };
    if let Some(each) = &settings.yields.each {
        event = format!("{{{}: [{event}]}}", yaml(each));
    }
    let key = if is_global { String::new() } else { format!(", key: {{{scope}: a}}") };
    let outputs: Vec<String> = match &windows {
        Some(windows) => {
            windows.lengths.iter().map(|length| format!("{}_{length}", feature.name)).collect()
        }
        None => vec![feature.name.clone()],
    };
    let are = |value: u8| {
        let values = outputs.iter().map(|output| format!(", {}: {value}", yaml(output)));
        values.collect::<String>()
    };
    let mut lines = vec![
        String::new(),
        "tests:".to_owned(),
        "  - name: an event counts until its windows are over".to_owned(),
        format!("    events: [{{at: 0s, {kind}: {event}}}]"),
        "    expect:".to_owned(),
        format!("      - {{at: 0s{key}{}}}", are(1)),
    ];
    if let Some(windows) = &windows {
        let over = Millis(windows.longest().0 * 2);
        lines.push(format!("      - {{at: {over}{key}{}}}", are(0)));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn events(lines: &mut Vec<String>, view: &View<'_>, profiled: &Profiled, settings: &EventSettings) {
    lines.push("events:".to_owned());
    let mut say = |reason: &str, member: String| {
        comment(lines, "  ", reason);
        lines.push(format!("  {member}"));
    };
    let detected = profiled.detected.as_ref();
    if view.format == Format::Metarank {
        say(
            "The lines are interactions, rankings, items and users.",
            "format: metarank".to_owned(),
        );
    } else {
        say("Each line is an object or a row of its own shape.", "format: flat".to_owned());
        if let Some(columns) = &settings.dialect.columns {
            let reason = "The table has no head: give its columns the names of what they hold, here \
                          and below.";
            let names: Vec<_> = columns.iter().map(|name| yaml(name)).collect();
            say(reason, format!("columns: [{}]", names.join(", ")));
        }
        if let Some(separator) = &settings.dialect.separator {
            let quoted = serde_json::Value::from(separator.as_str());
            say("What stands between its cells.", format!("separator: {quoted}"));
        }
        if let Some(each) = &settings.yields.each {
            let reason = "A line holds a list of events; each element is one.";
            say(reason, format!("each: {}", yaml(each)));
        }
        if let Some(detected) = detected.filter(|detected| !detected.timestamp.is_empty()) {
            let reason = format!("`{}` holds a time in every event.", detected.timestamp);
            say(&reason, format!("timestamp: {}", yaml(&detected.timestamp)));
            if let Some(format) = &settings.times.format {
                let reason = "Its digits are a date, not a number of seconds.";
                say(reason, format!("time_format: {}", yaml(format.pattern())));
            } else if let Some(unit) = detected.unit {
                say("What its numbers count, by their size.", format!("unit: {}", unit.name()));
            }
        }
        match (view.constant, detected.and_then(|detected| detected.kind.as_ref())) {
            (Some(constant), _) => {
                let reason = "No member tells types apart, so that all lines are of one.";
                say(reason, format!("type: {{const: {constant}}}"));
            }
            (None, Some(kind)) => {
                let types = counted(view.profile.types.len(), "type");
                let reason = format!("`{kind}` tells {types} apart.");
                say(&reason, format!("type: {}", yaml(kind)));
            }
            (None, None) => {}
        }
        if !view.flags.is_empty() {
            let flags = view.flags.iter().map(|(name, path)| format!("{name}: {}", yaml(path)));
            let flags: Vec<String> = flags.collect();
            let reason = "Members that are 0 or 1 and say by their names that something happened.";
            say(reason, format!("flags: {{{}}}", flags.join(", ")));
        }
        if let Some((id, repeats)) = &view.id {
            let reason = format!(
                "`{id}` is an id of events, and {} there before: the repetition counts once.",
                if *repeats == 1 {
                    "1 was".to_owned()
                } else {
                    format!("{} were", grouped(*repeats))
                }
            );
            say(&reason, format!("id: {}", yaml(id)));
            lines.push("  dedup: 1d".to_owned());
        }
    }
    if let Some(late) = &profiled.profile.late {
        comment(lines, "  ", &order(late));
        lines.push("  order: time".to_owned());
    }
}

fn order(late: &Late) -> String {
    let events = counted(usize::try_from(late.events).unwrap_or(usize::MAX), "event");
    let stand = if late.events == 1 { "stands" } else { "stand" };
    format!(
        "{events} {stand} behind a later one, by at most {}: they are put in order first. `log` \
         applies them as they stand, as a stream would bring them.",
        late.most.0.brief()
    )
}

fn written(lines: &mut Vec<String>, feature: &Feature) {
    comment(lines, "  ", &feature.reason);
    lines.push(format!("  - name: {}", yaml(&feature.name)));
    lines.extend(feature.members.iter().map(|(name, value)| format!("    {name}: {value}")));
}

/// Adds a comment, over as many lines as it takes. What a log says in it cannot end the line.
fn comment(lines: &mut Vec<String>, indent: &str, text: &str) {
    let text = printable(text);
    let mut line = format!("{indent}#");
    let least = line.len();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if line.len() > least && line.len() + 1 + word.len() > WIDTH {
            lines.push(std::mem::replace(&mut line, format!("{indent}#")));
        }
        line.push(' ');
        line.push_str(word);
    }
    lines.push(line);
}
