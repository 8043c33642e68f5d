//! A profile for programs. The members are those of `docs/fields.md`.

use serde_json::{Map, Value as Json, json};

use crate::base::Timestamp;
use crate::base::events::EventSettings;
use crate::base::time::TimeUnit;
use crate::profile::{
    DuplicateEvents, Field, Jump, Late, Numbers, Profile, Profiled, RejectedLine, RejectedLines,
    Shared, Type,
};

use super::as_json;

/// The profile as one value.
pub(super) fn structured(profiled: &Profiled, settings: &EventSettings) -> Json {
    let Profiled { profile, detected, outcomes } = profiled;
    let detected = detected.as_ref();
    let jumps =
        |jumps: &[Jump]| -> Vec<Json> { jumps.iter().map(|found| jump(profile, found)).collect() };
    let logs = outcomes.iter().filter(|outcome| outcome.entity.is_none()).map(|outcome| {
        json!({
            "name": outcome.name,
            "accepted": outcome.accepted,
            "lost_after": outcome.lost_after,
            "unreadable": outcome.unreadable.as_ref().map(|it| &it.what),
        })
    });
    json!({
        "logs": logs.collect::<Vec<Json>>(),
        "format": detected.map(|it| it.format_name),
        "encoding": detected.map(|it| it.encoding.name()),
        "compression": detected.map(|it| it.compression.name()),
        "timestamp": detected.map(|it| &it.timestamp),
        "type": detected.and_then(|it| it.kind.as_ref()),
        "unit": detected.and_then(|it| it.unit).map(TimeUnit::name),
        "times": detected.and_then(|it| it.times.as_ref()),
        "zone": settings.times.zone.map(|zone| zone.to_string()),
        "events": profile.events,
        "first": profile.span.map(|(first, _)| first.to_string()),
        "last": profile.span.map(|(_, last)| last.to_string()),
        "late": profile.late.as_ref().map(|late| late_events(profile, late)),
        "ahead": jumps(&profile.ahead),
        "back": jumps(&profile.back),
        "types": profile.types.iter().map(of_type).collect::<Vec<_>>(),
        "rejected": profile.rejected.iter().map(|it| rejected(profile, it)).collect::<Vec<_>>(),
        "duplicates": profile.duplicates.as_ref().map(|it| duplicates(profile, it)),
        "left_out": profile.left_out,
    })
}

fn place(profile: &Profile, line: u64) -> Json {
    let (log, number) = profile.place(line);
    json!({"log": log, "line": number})
}

fn jump(profile: &Profile, jump: &Jump) -> Json {
    json!({
        "ms": jump.span().0,
        "from": jump.from.to_string(),
        "to": jump.to.to_string(),
        "at": place(profile, jump.line),
        "went_back": jump.went_back,
    })
}

fn late_events(profile: &Profile, late: &Late) -> Json {
    let [p5, p50, p95] = late.by.map(|by| by.0);
    let shared = late.shared.iter().map(|Shared { path, value, late, events, lift }| {
        let value = as_json(value);
        json!({"path": path, "value": value, "late": late, "events": events, "lift": lift})
    });
    json!({
        "events": late.events,
        "ms": {"p5": p5, "p50": p50, "p95": p95, "max": late.most.0.0},
        "latest": place(profile, late.most.1),
        "shared": shared.collect::<Vec<Json>>(),
    })
}

fn span(span: Option<(Timestamp, Timestamp)>) -> [Option<String>; 2] {
    [span.map(|(first, _)| first.to_string()), span.map(|(_, last)| last.to_string())]
}

fn of_type(of: &Type) -> Json {
    let [first, last] = span(of.span);
    json!({
        "type": of.name,
        "is_counted": of.is_counted,
        "events": of.events,
        "first": first,
        "last": last,
        "fields": of.fields.iter().map(|field| of_field(field, of.events)).collect::<Vec<_>>(),
    })
}

fn of_field(field: &Field, events: u64) -> Json {
    let kinds: Map<String, Json> =
        field.kinds.iter().map(|(kind, count)| (kind.name().to_owned(), (*count).into())).collect();
    let top =
        field.top.iter().map(|(value, count)| json!({"value": as_json(value), "count": count}));
    let [first, last] = span(field.seen);
    json!({
        "path": field.path,
        "events": field.events,
        "share": field.events as f64 / events.max(1) as f64,
        "kinds": kinds,
        "distinct": field.distinct,
        "distinct_is_exact": field.is_exact,
        "top": top.collect::<Vec<Json>>(),
        "top_too_low_by": field.off,
        "numbers": field.numbers.map(|Numbers { least, at: [p5, p50, p95], most, is_exact }| {
            json!({"min": least, "p5": p5, "p50": p50, "p95": p95, "max": most, "is_exact": is_exact})
        }),
        "first": first,
        "last": last,
        "example": field.example,
    })
}

fn rejected(profile: &Profile, lines: &RejectedLines) -> Json {
    let examples = lines.examples.iter().map(|RejectedLine { line, excerpt, fault }| {
        let (log, number) = profile.place(*line);
        json!({
            "log": log,
            "line": number,
            "byte": fault.as_ref().and_then(|fault| fault.byte),
            "what": fault.as_ref().map(|fault| &fault.what),
            "text": excerpt,
        })
    });
    json!({
        "reason": lines.reason.words(),
        "lines": lines.lines,
        "examples": examples.collect::<Vec<Json>>(),
    })
}

fn duplicates(profile: &Profile, duplicates: &DuplicateEvents) -> Json {
    let examples = duplicates.pairs.iter().map(|pair| {
        json!({
            "at": place(profile, pair.line),
            "time": pair.time.to_string(),
            "original": place(profile, pair.original),
            "original_time": pair.original_time.to_string(),
        })
    });
    json!({
        "events": duplicates.events,
        "is_partial": duplicates.is_partial,
        "examples": examples.collect::<Vec<Json>>(),
    })
}
