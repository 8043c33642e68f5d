//! Explanations as JSON, of the shape that `docs/explain.md` describes.

use serde_json::{Map, Value, json};

use super::{Answer, Answered};
use crate::cli::arguments::Explain;
use crate::engine::Reading;
use crate::explain::{
    Attribute, Change, Contribution, Contributors, DuplicateRef, Duplicates, EventRef, Explanation,
    Found, Group, Origin, Place, Setting, Side, WindowPart,
};

/// All answers.
pub(super) fn json(answers: &[Answered], arguments: &Explain) -> Value {
    let answers = answers.iter().map(|answered| {
        let mut value = json!({
            "output": answered.output,
            "key": object(&answered.key),
            "as_of": answered.as_of.to_string(),
        });
        let more = match &answered.answer {
            Answer::Value(explanation) => explained(explanation),
            Answer::By(sides) => json!({
                "by": arguments.by,
                "sides": sides.iter().map(|side| by(side, arguments.top.get())).collect::<Vec<_>>(),
            }),
            Answer::NeverSeen(near, _) => {
                let near: Vec<_> = near.iter().map(|key| json!(key.0)).collect();
                json!({ "reading": "never-seen", "value": null, "near_keys": near })
            }
        };
        if let (Value::Object(value), Value::Object(more)) = (&mut value, more) {
            value.extend(more);
        }
        value
    });
    json!({ "explanations": answers.collect::<Vec<_>>() })
}

fn object(attributes: &[Attribute]) -> Value {
    let pairs = attributes.iter().map(|it| (it.name.clone(), Value::from(it.value.as_str())));
    Value::Object(pairs.collect::<Map<_, _>>())
}

fn explained(it: &Explanation) -> Value {
    let served = it.served.as_ref().map(|served| {
        json!({
            "value": served.value.clone().map_or(Value::Null, |value| number_or_list(&value.into())),
            "refreshed": served.refreshed.map(|at| at.to_string()),
            "refresh": served.refresh.0,
        })
    });
    json!({
        "feature": it.feature,
        "definition": it.definition,
        "reading": reading(&it.live),
        "value": number_or_list(&it.live),
        "served": served,
        "last_write": it.last_write.map(|at| at.to_string()),
        "ttl": it.ttl.0,
        "formula": it.formula,
        "settings": it.settings.iter().map(setting).collect::<Vec<_>>(),
        "sides": it.sides.iter().map(side).collect::<Vec<_>>(),
        "upcoming": it.upcoming.iter().flatten().map(change).collect::<Vec<_>>(),
    })
}

/// The number or the texts of a reading.
fn number_or_list(reading: &Reading) -> Value {
    match reading {
        Reading::Value(number) => json!(number),
        Reading::List(list) => json!(list.texts()),
        Reading::NoData | Reading::Expired | Reading::NeverSeen => Value::Null,
    }
}

/// The reading as a word.
const fn reading(reading: &Reading) -> &'static str {
    match reading {
        Reading::Value(_) | Reading::List(_) => "value",
        Reading::NoData => "no-data",
        Reading::Expired => "expired",
        Reading::NeverSeen => "never-seen",
    }
}

fn setting(setting: &Setting) -> Value {
    let (from, line) = match setting.origin {
        Origin::Feature(line) => ("feature", Some(line)),
        Origin::Entry(line) => ("entry", Some(line)),
        Origin::Defaults(line) => ("defaults", Some(line)),
        Origin::Section(line) => ("section", Some(line)),
        Origin::BuiltIn => ("built-in", None),
    };
    json!({ "name": setting.name, "value": setting.value, "from": from, "line": line })
}

fn side(side: &Side) -> Value {
    let contributions = &side.contributions;
    json!({
        "role": side.role,
        "all_keys": side.is_global,
        "aggregates": side.words,
        "key": object(&side.key),
        "value": side.value,
        "exact": side.is_exact,
        "window": side.window.as_ref().map(window),
        "contributions": {
            "count": contributions.count,
            "total": contributions.total,
            "half_weight_age": contributions.half_weight.map(|age| age.0),
            "listed": contributions.listed.iter().map(contribution).collect::<Vec<_>>(),
        },
        "not_counted": side.not_counted.iter().map(group).collect::<Vec<_>>(),
        "duplicates": side.duplicates.as_ref().map(duplicates),
        "state": {
            "holds": side.state.words,
            "bytes": side.state.bytes,
            "keys": side.state.keys,
            "features": side.state.readers,
        },
    })
}

fn window(window: &WindowPart) -> Value {
    let bucket = |bucket: &crate::explain::Bucket| {
        let place = match bucket.place {
            Place::Inside => "inside",
            Place::Unfinished => "unfinished",
            Place::Outside => "outside",
        };
        json!({
            "from": bucket.from.to_string(), "to": bucket.to.to_string(), "value": bucket.value, "place": place,
        })
    };
    json!({
        "words": window.words,
        "from": window.from.to_string(),
        "to": window.to.to_string(),
        "bucket": window.bucket.map(|length| length.0),
        "buckets": window.buckets.iter().map(bucket).collect::<Vec<_>>(),
        "rolling": window.rolling.map(|it| json!({ "span": it.span.0, "value": it.value })),
    })
}

fn event(event: &EventRef) -> Value {
    json!({
        "number": event.number,
        "line": event.line,
        "sub": event.sub,
        "ts": event.time.to_string(),
        "late": event.behind,
        "type": event.kind,
        "attributes": object(&event.attributes),
    })
}

fn contribution(it: &Contribution) -> Value {
    json!({
        "event": event(&it.event),
        "value": it.value,
        "weight": it.weight,
        "before": it.before,
        "after": it.after,
    })
}

fn group(group: &Group) -> Value {
    let found = |it: &Found| json!({ "value": it.value, "count": it.count });
    json!({
        "reason": group.reason,
        "words": group.words,
        "count": group.count,
        "found": group.found.iter().map(found).collect::<Vec<_>>(),
        "by": group.by.map(|by| json!({ "least": by.least.0, "most": by.most.0 })),
        "examples": group.examples.iter().map(event).collect::<Vec<_>>(),
    })
}

fn duplicates(told: &Duplicates) -> Value {
    let example = |it: &DuplicateRef| json!({ "line": it.line, "ts": it.time.to_string(), "of": event(&it.of) });
    json!({
        "count": told.count,
        "examples": told.examples.iter().map(example).collect::<Vec<_>>(),
    })
}

fn change(change: &Change) -> Value {
    json!({
        "ts": change.at.to_string(), "next": change.is_next, "reading": reading(&change.reading), "value": number_or_list(&change.reading),
    })
}

fn by(side: &Contributors, most: usize) -> Value {
    let group = |it: &crate::explain::Contributor| {
        json!({
            "value": it.value,
            "contributions": it.contributions,
            "weight": it.weight,
            "share": it.share,
            "lift": it.lift,
            "first": it.first,
        })
    };
    json!({
        "role": side.role,
        "aggregates": side.words,
        "contributions": side.contributions,
        "total": side.total,
        "taken": side.taken,
        "groups": side.values,
        "listed": side.groups.iter().take(most).map(group).collect::<Vec<_>>(),
    })
}
