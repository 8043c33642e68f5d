//! What a log holds that could be counted: its types, and the fields that are entities or measures.

use crate::base::events::{EventSettings, Format};
use crate::profile::{Field, Kind, Profile, Profiled, Scalar, Type};

use super::names::{self, Role};

/// The most types that are counted.
const TYPES: usize = 4;
/// A type of less than one event in so many is left out.
const RARE: u64 = 1_000;
/// The most flags.
const FLAGS: usize = 4;
/// The most grades that a column of whole numbers may hold; with more it holds ids.
const GRADES: u64 = 20;
/// The most different values of a field that is counted by without a name that says so.
const CATEGORIES: u64 = 1_000;

/// A type of events.
#[derive(Clone, Debug)]
pub(super) struct Happening<'p> {
    pub(super) name: String,
    /// How many; `None` for impressions that are made from rankings.
    pub(super) events: Option<u64>,
    /// Where its fields are.
    of: &'p Type,
}

/// A field that events are counted by.
#[derive(Clone, Debug)]
pub(super) struct Entity {
    pub(super) path: String,
    pub(super) label: String,
    pub(super) role: Role,
    pub(super) distinct: u64,
    pub(super) is_exact: bool,
    events: u64,
}

/// A field that is a number worth a mean or a sum.
#[derive(Clone, Debug)]
pub(super) struct Measure {
    pub(super) path: String,
    /// The type that has it.
    pub(super) kind: String,
    pub(super) has_sum: bool,
}

#[derive(Clone, Debug)]
pub(super) struct View<'p> {
    pub(super) profile: &'p Profile,
    pub(super) format: Format,
    /// The types, the most frequent first.
    pub(super) happenings: Vec<Happening<'p>>,
    /// The entities, those that matter most first.
    pub(super) entities: Vec<Entity>,
    pub(super) measures: Vec<Measure>,
    /// The type of all lines, where no member holds it.
    pub(super) constant: Option<&'static str>,
    /// Further types with the members that tell whether they happened.
    pub(super) flags: Vec<(String, String)>,
    /// The member with the id, if it comes again, and how often it does.
    pub(super) id: Option<(String, u64)>,
    /// What stands before the members of an element, where each of a list is an event.
    element: Option<String>,
}

impl<'p> View<'p> {
    pub(super) fn of(profiled: &'p Profiled, settings: &EventSettings) -> Self {
        let profile = &profiled.profile;
        let detected = profiled.detected.as_ref();
        let format = detected.map_or(Format::Flat, |detected| detected.format);
        let mut view = Self {
            profile,
            format,
            happenings: Vec::new(),
            entities: Vec::new(),
            measures: Vec::new(),
            constant: None,
            flags: Vec::new(),
            id: None,
            element: settings.yields.each.as_ref().map(|list| format!("{list}[].")),
        };
        let mut own: Vec<&str> = settings.kind.as_deref().into_iter().collect();
        own.extend(detected.map(|it| it.timestamp.as_str()));
        own.extend(detected.and_then(|it| it.kind.as_deref()));
        if format == Format::Metarank {
            own.extend(["event", "id", "timestamp", "type", "ranking"]);
        }
        view.take_types();
        view.take_fields(&own, settings.dialect.columns.is_some());
        view.take_metadata();
        // What items are grouped by says more than what users are.
        view.entities.sort_by_key(|it| {
            (it.role, it.path.starts_with("user."), std::cmp::Reverse(it.events))
        });
        view.rename();
        view
    }

    /// True if at least half of the events of a type have a field.
    pub(super) fn has(&self, happening: &Happening<'_>, path: &str) -> bool {
        let joined = path.split_once('.').map(|(entity, _)| entity);
        let path = joined.filter(|_| self.format == Format::Metarank).unwrap_or(path);
        let field = happening.of.fields.iter().find(|field| self.path(field) == path);
        // What is made from a ranking has its items.
        let is_made = happening.events.is_none() && ["item", "user"].contains(&path);
        is_made || field.is_some_and(|field| field.events * 2 >= happening.of.events)
    }

    /// The path of a field as an attribute.
    fn path(&self, field: &'p Field) -> &'p str {
        let element = self.element.as_deref();
        element.and_then(|element| field.path.strip_prefix(element)).unwrap_or(&field.path)
    }

    fn take_types(&mut self) {
        let profile = self.profile;
        let counted = profile.types.iter().filter(|of| of.is_counted);
        for of in counted.filter(|of| of.events * RARE >= profile.events) {
            if let Some(name) = &of.name {
                self.happenings.push(Happening { name: name.clone(), events: Some(of.events), of });
                continue;
            }
            self.flags(of);
        }
        self.happenings.truncate(TYPES);
        let is_ranked = |of: &&Type| !of.is_counted && of.name.as_deref() == Some("ranking");
        let is_logged = profile.types.iter().any(|of| of.name.as_deref() == Some("impression"));
        if let Some(of) = profile.types.iter().find(is_ranked)
            && self.format == Format::Metarank
            && !is_logged
        {
            self.happenings.push(Happening { name: "impression".to_owned(), events: None, of });
        }
    }

    /// Types of a log without one: what its lines are, and its flags.
    fn flags(&mut self, of: &'p Type) {
        let mut flags: Vec<(String, &str, u64)> = Vec::new();
        for field in of.fields.iter().filter(|field| is_flag(field)) {
            let set = field.top.iter().find(|(value, _)| is_set(value));
            let name = names::label(field.path.trim_start_matches("is_"));
            let is_new = flags.iter().all(|(known, ..)| *known != name);
            if let Some((_, events)) = set
                && is_new
                && name != "show"
            {
                flags.push((name, &field.path, *events));
            }
        }
        flags.sort_by_key(|(_, _, events)| std::cmp::Reverse(*events));
        flags.truncate(FLAGS);
        let constant = match of.fields.iter().any(|field| names::is_grade(&field.path)) {
            _ if !flags.is_empty() => "show",
            true => "rating",
            false => "event",
        };
        self.constant = Some(constant);
        let own = Happening { name: constant.to_owned(), events: Some(of.events), of };
        self.happenings.push(own);
        for (name, path, events) in flags {
            self.happenings.push(Happening { name: name.clone(), events: Some(events), of });
            self.flags.push((name, path.to_owned()));
        }
    }

    /// `has_no_names` says that what fields are called does not tell what they hold.
    fn take_fields(&mut self, own: &[&str], has_no_names: bool) {
        let mut types: Vec<&'p Type> = self.happenings.iter().map(|it| it.of).collect();
        types.dedup_by(|one, other| std::ptr::eq(*one, *other));
        let mut ids: Vec<(&str, u64, u64, bool)> = Vec::new();
        let mut categories: Vec<Entity> = Vec::new();
        for of in types.into_iter().filter(|of| of.is_counted) {
            for field in &of.fields {
                let path = self.path(field);
                let is_known = self.flags.iter().any(|(_, flag)| *flag == path);
                if own.contains(&path) || is_known || path.contains('[') || !is_name(path) {
                    continue;
                }
                if names::is_like_an_event_id(path) {
                    let repeats = field.events.saturating_sub(field.distinct);
                    match ids.iter_mut().find(|id| id.0 == path) {
                        Some(id) => {
                            id.1 += field.events;
                            id.2 += repeats;
                            id.3 &= field.is_exact;
                        }
                        None => ids.push((path, field.events, repeats, field.is_exact)),
                    }
                } else if let Some(role) = names::role(path).filter(|_| is_key(field)) {
                    add(&mut self.entities, field, path, role);
                } else if has_no_names && is_key(field) && field.distinct > GRADES {
                    add(&mut self.entities, field, path, Role::Other);
                } else if is_number(field) && field.distinct > 2 {
                    self.measure(of, field, path);
                } else if is_text(field) && (2..=CATEGORIES).contains(&field.distinct) {
                    add(&mut categories, field, path, Role::Other);
                }
            }
        }
        let repeated = |entities: &mut Vec<Entity>| {
            entities.retain(|it| it.distinct > 1 && it.distinct * 2 <= it.events);
        };
        repeated(&mut self.entities);
        repeated(&mut categories);
        if self.entities.is_empty() {
            self.entities = categories.into_iter().take(1).collect();
        }
        let comes_again = ids.into_iter().find(|(_, events, repeats, is_exact)| {
            *is_exact && *repeats > 0 && repeats * 5 <= *events
        });
        self.id = comes_again.map(|(path, _, repeats, _)| (path.to_owned(), repeats));
    }

    fn measure(&mut self, of: &Type, field: &Field, path: &str) {
        let Some(has_sum) = names::measure(path) else { return };
        let kind = self.happenings.iter().find(|it| std::ptr::eq(it.of, of));
        if let Some(kind) = kind
            && self.measures.iter().all(|known| known.path != path)
            && field.events * 2 >= of.events
        {
            let (path, kind) = (path.to_owned(), kind.name.clone());
            self.measures.push(Measure { path, kind, has_sum });
        }
    }

    /// What Metarank's items and users say of themselves.
    fn take_metadata(&mut self) {
        if self.format != Format::Metarank {
            return;
        }
        for entity in ["item", "user"] {
            let is_one = |of: &&Type| !of.is_counted && of.name.as_deref() == Some(entity);
            let Some(of) = self.profile.types.iter().find(is_one) else { continue };
            for field in of.fields.iter().filter(|field| is_key(field) && is_name(&field.path)) {
                let is_few = field.distinct > 1 && field.distinct * 2 <= field.events;
                if is_few && names::role(&field.path) == Some(Role::Group) {
                    add(
                        &mut self.entities,
                        field,
                        &format!("{entity}.{}", field.path),
                        Role::Group,
                    );
                }
            }
        }
    }

    /// Gives each entity a label of its own.
    fn rename(&mut self) {
        let mut known: Vec<String> = Vec::new();
        for entity in &mut self.entities {
            let label =
                names::label(entity.path.rsplit_once('.').map_or(&*entity.path, |(head, last)| {
                    if ["id", "name", "login"].contains(&last) { head } else { last }
                }));
            let is_known = known.contains(&label);
            let whole = || entity.path.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
            entity.label = if is_known { whole() } else { label };
            known.push(entity.label.clone());
        }
    }
}

/// Adds a field to those that are counted by: how often it is there, in all types together.
fn add(entities: &mut Vec<Entity>, field: &Field, path: &str, role: Role) {
    if let Some(known) = entities.iter_mut().find(|known| known.path == path) {
        known.events += field.events;
        known.is_exact &= field.is_exact;
        known.distinct = known.distinct.max(field.distinct);
        return;
    }
    entities.push(Entity {
        path: path.to_owned(),
        label: String::new(),
        role,
        distinct: field.distinct,
        is_exact: field.is_exact,
        events: field.events,
    });
}

/// True if a member can be named in a scope as it stands.
fn is_name(path: &str) -> bool {
    !path.is_empty() && path != "global" && path.len() <= 100 && !path.contains(char::is_control)
}

fn are(field: &Field, kinds: &[Kind]) -> bool {
    !field.kinds.is_empty() && field.kinds.iter().all(|(kind, _)| kinds.contains(kind))
}

fn is_key(field: &Field) -> bool {
    are(field, &[Kind::Text, Kind::Whole, Kind::Null])
}

fn is_text(field: &Field) -> bool {
    are(field, &[Kind::Text, Kind::Null])
}

fn is_number(field: &Field) -> bool {
    are(field, &[Kind::Whole, Kind::Number, Kind::Null])
}

/// True if a field is 0 or 1, and says by its name that something happened.
fn is_flag(field: &Field) -> bool {
    let is_either = field.distinct == 2 && field.is_exact && field.top.len() == 2;
    is_either
        && are(field, &[Kind::Whole, Kind::Boolean])
        && field.top.iter().all(|(value, _)| is_set(value) || is_unset(value))
        && names::is_action(&field.path)
}

fn is_set(value: &Scalar) -> bool {
    matches!(value, Scalar::Integer(1) | Scalar::Bool(true))
}

fn is_unset(value: &Scalar) -> bool {
    matches!(value, Scalar::Integer(0) | Scalar::Bool(false))
}
