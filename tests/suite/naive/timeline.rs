//! A log as plain lines, and what becomes of them: which are applied, in which order, joined with
//! what, and with which impressions behind them. Nothing is indexed and nothing shared with the
//! program; it must not know features.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::model::{Plan, Val};

pub(super) type Fields = Vec<(&'static str, Option<Val>)>;

/// What a line says.
#[derive(Clone, Debug)]
pub(super) enum What {
    Flat {
        kind: &'static str,
        fields: Fields,
    },
    Interaction {
        kind: &'static str,
        item: &'static str,
        user: Option<&'static str>,
        session: Option<&'static str>,
        ranking: Option<&'static str>,
        fields: Fields,
    },
    Ranking {
        user: Option<&'static str>,
        session: Option<&'static str>,
        fields: Fields,
        items: Vec<&'static str>,
    },
    Item {
        item: &'static str,
        fields: Fields,
    },
    User {
        user: &'static str,
        fields: Fields,
    },
}

/// A line of a log.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) time: i64,
    pub(super) id: &'static str,
    /// When it was there, if it says so.
    pub(super) known: Option<i64>,
    /// What has one id together: the row that it is of, and the part of that.
    pub(super) judged: Option<(usize, usize)>,
    pub(super) what: What,
}

fn named(fields: &Fields) -> Json {
    let field = |(name, value): &(&str, Option<Val>)| json!({"name": name, "value": value.as_ref().map(Val::json)});
    fields.iter().map(field).collect()
}

impl Line {
    /// The line's text.
    pub(super) fn text(&self) -> String {
        let mut json = json!({"id": self.id, "timestamp": self.time});
        let mut set = |name: &str, value: Json| json[name] = value;
        match &self.what {
            What::Flat { kind, fields } => {
                set("type", json!(kind));
                for (name, value) in fields {
                    let Some(value) = value else { continue };
                    match name.split_once('.') {
                        Some((outer, inner)) => set(outer, json!({inner: value.json()})),
                        None => set(name, value.json()),
                    }
                }
            }
            What::Interaction { kind, item, user, session, ranking, fields } => {
                set("event", json!("interaction"));
                set("type", json!(kind));
                set("item", json!(item));
                for (name, value) in [("user", user), ("session", session), ("ranking", ranking)] {
                    value.inspect(|value| set(name, json!(value)));
                }
                set("fields", named(fields));
            }
            What::Ranking { user, session, fields, items } => {
                set("event", json!("ranking"));
                for (name, value) in [("user", user), ("session", session)] {
                    value.inspect(|value| set(name, json!(value)));
                }
                set("fields", named(fields));
                set("items", items.iter().map(|item| json!({"id": item})).collect());
            }
            What::Item { item, fields } => {
                set("event", json!("item"));
                set("item", json!(item));
                set("fields", named(fields));
            }
            What::User { user, fields } => {
                set("event", json!("user"));
                set("user", json!(user));
                set("fields", named(fields));
            }
        }
        json.to_string()
    }
}

/// Something that may be counted.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) time: i64,
    /// The clock once it is applied.
    pub(super) clock: i64,
    pub(super) kind: &'static str,
    pub(super) attributes: BTreeMap<String, Val>,
}

/// A line that was taken.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    /// Its number in the log.
    pub(super) line: usize,
    pub(super) time: i64,
    /// The clock once it is applied: also the moment at which its rows are read.
    pub(super) clock: i64,
    /// How many events are counted before it, and with it and all that it released.
    pub(super) before: usize,
    pub(super) after: usize,
    /// Its rows in a data set: of a type, or (`None`) of a ranking's items.
    pub(super) rows: Vec<(Option<&'static str>, BTreeMap<String, Val>)>,
}

/// All that happens in a log.
#[derive(Clone, Debug, Default)]
pub(super) struct Timeline {
    pub(super) taken: Vec<Taken>,
    pub(super) events: Vec<Event>,
}

/// The type of made impressions.
pub(super) const IMPRESSION: &str = "impression";

#[derive(Clone)]
struct Open {
    id: &'static str,
    time: i64,
    user: Option<&'static str>,
    session: Option<&'static str>,
    items: Vec<&'static str>,
    last: i64,
    seen: usize,
}

type Known = BTreeMap<&'static str, BTreeMap<&'static str, Val>>;

/// What is known of items, users and rankings.
#[derive(Clone, Default)]
struct Metadata([Known; 3]);

const ABOUT: [&str; 3] = ["item", "user", "ranking"];

impl Metadata {
    fn learn(&mut self, about: usize, subject: &'static str, fields: &Fields) {
        let known = self.0[about].entry(subject).or_default();
        for (name, value) in fields {
            if let Some(value) = value {
                known.insert(name, value.clone());
            }
        }
    }

    /// Joins an event of a flat log with what is known of its user.
    fn join_user(&self, attributes: &mut BTreeMap<String, Val>) {
        let Some(Val::Text(user)) = attributes.get("user") else { return };
        for (name, value) in self.0[1].get(user).into_iter().flatten() {
            attributes.insert(format!("user.{name}"), value.clone());
        }
    }

    /// The attributes of an interaction, or of what is treated like one.
    fn join(
        &self,
        [item, user, session, ranking]: [Option<&'static str>; 4],
        fields: &Fields,
    ) -> BTreeMap<String, Val> {
        let mut attributes = BTreeMap::new();
        for (name, value) in fields {
            if let Some(value) = value {
                attributes.insert((*name).to_owned(), value.clone());
            }
        }
        let members = [("item", item), ("user", user), ("session", session), ("ranking", ranking)];
        for (name, value) in members {
            attributes.remove(name);
            if let Some(text) = value {
                attributes.insert(name.to_owned(), Val::Text(text));
            }
        }
        for (about, subject) in [item, user, ranking].into_iter().enumerate() {
            let known = subject.and_then(|subject| self.0[about].get(subject));
            for (name, value) in known.into_iter().flatten() {
                attributes.insert(format!("{}.{name}", ABOUT[about]), value.clone());
            }
        }
        attributes
    }
}

impl Timeline {
    /// What a config makes of a log. `counts_impressions`: whether a feature names their type.
    pub(super) fn new(plan: &Plan, log: &[Line], counts_impressions: bool) -> Self {
        let mut order: Vec<usize> = (0..log.len()).collect();
        if plan.by_time {
            order.sort_by_key(|line| {
                let Line { time, known, .. } = &log[*line];
                (*time, known.unwrap_or(*time))
            });
        }
        let holds_impressions = log
            .iter()
            .any(|line| matches!(line.what, What::Interaction { kind, .. } if kind == IMPRESSION));
        let makes = plan.metarank && plan.impressions.0 && counts_impressions && !holds_impressions;
        let session = plan.impressions.1;
        let mut all = Self::default();
        let mut clock = i64::MIN;
        let mut accepted: Vec<(&str, i64)> = Vec::new();
        let mut verdicts: BTreeMap<(usize, usize), bool> = BTreeMap::new();
        let mut metadata = Metadata::default();
        let mut open: Vec<Open> = Vec::new();
        for number in order {
            let Line { time, id, judged, what, .. } = &log[number];
            if let Some(span) = plan.dedup {
                let before = judged.and_then(|judged| verdicts.get(&judged).copied());
                let is_new =
                    || !accepted.iter().any(|(seen, at)| seen == id && (time - at).abs() < span);
                let is_taken = before.unwrap_or_else(is_new);
                judged.map(|judged| verdicts.insert(judged, is_taken));
                if !is_taken {
                    continue;
                }
                if before.is_none() {
                    accepted.push((id, *time));
                }
            }
            clock = clock.max(*time);
            let (mut closed, still): (Vec<Open>, Vec<Open>) =
                open.into_iter().partition(|open| clock - open.last >= session);
            open = still;
            let before = all.events.len();
            let mut rows = Vec::new();
            let mut orphan = None;
            match what {
                What::Flat { kind, fields } => {
                    let set =
                        fields.iter().filter_map(|(n, v)| Some(((*n).to_owned(), v.clone()?)));
                    let mut attributes: BTreeMap<String, Val> = set.collect();
                    attributes.insert("type".to_owned(), Val::Text(kind));
                    attributes.insert("id".to_owned(), Val::Text(id));
                    attributes.insert("timestamp".to_owned(), Val::Number(*time as f64));
                    metadata.join_user(&mut attributes);
                    rows.push((Some(*kind), attributes.clone()));
                    all.events.push(Event { time: *time, clock, kind, attributes });
                }
                What::Interaction { kind, item, user, session, ranking, fields } => {
                    let members = [Some(*item), *user, *session, *ranking];
                    let attributes = metadata.join(members, fields);
                    rows.push((Some(*kind), attributes.clone()));
                    all.events.push(Event { time: *time, clock, kind, attributes });
                    let named = ranking.and_then(|id| open.iter_mut().find(|open| open.id == id));
                    if let Some(named) = named {
                        named.last = named.last.max(*time);
                        if let Some(place) = named.items.iter().position(|listed| listed == item) {
                            named.seen = named.seen.max(place + 1);
                        }
                    } else {
                        orphan = Some(members);
                    }
                }
                What::Ranking { user, session, items, fields } => {
                    if let Some(earlier) = open.iter().position(|open| open.id == *id) {
                        closed.push(open.remove(earlier));
                    }
                    let mut own = metadata.clone();
                    own.0[2].remove(id);
                    own.learn(2, id, fields);
                    for item in items {
                        let members = [Some(*item), *user, *session, Some(*id)];
                        rows.push((None, own.join(members, &Vec::new())));
                    }
                    let items = items.clone();
                    let (user, session) = (*user, *session);
                    open.push(Open { id, time: *time, user, session, items, last: *time, seen: 0 });
                }
                What::Item { .. } | What::User { .. } => {}
            }
            if makes {
                all.impressions(closed, clock, &metadata);
                if let Some(members) = orphan {
                    let attributes = metadata.join(members, &Vec::new());
                    all.events.push(Event { time: *time, clock, kind: IMPRESSION, attributes });
                }
            }
            match what {
                What::Item { item, fields } => metadata.learn(0, item, fields),
                What::User { user, fields } => metadata.learn(1, user, fields),
                What::Ranking { fields, .. } => {
                    metadata.0[2].remove(id);
                    metadata.learn(2, id, fields);
                }
                What::Flat { .. } | What::Interaction { .. } => {}
            }
            let after = all.events.len();
            let line = judged.map_or(number, |(row, _)| row);
            all.taken.push(Taken { line, time: *time, clock, before, after, rows });
        }
        if makes {
            all.impressions(open, clock, &metadata);
            if let Some(last) = all.taken.last_mut() {
                last.after = all.events.len();
            }
        }
        all
    }

    fn impressions(&mut self, mut closed: Vec<Open>, clock: i64, metadata: &Metadata) {
        closed.sort_by_key(|open| (open.time, open.id));
        for open in closed {
            for item in &open.items[..open.seen] {
                let members = [Some(*item), open.user, open.session, Some(open.id)];
                let attributes = metadata.join(members, &Vec::new());
                self.events.push(Event { time: open.time, clock, kind: IMPRESSION, attributes });
            }
        }
    }
}
