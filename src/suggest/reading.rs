//! How a log is read, where a config has to say it: first by the usual names, then by what its
//! lines look like.

use crate::base::events::EventSettings;
use crate::base::time_format::TimeFormat;
use crate::profile::{Field, Kind, Profiled};

use super::names;

/// The most different types that a member may hold.
const TYPES: u64 = 40;

/// The settings by which a log is better read again; `None` if what was read will do.
#[must_use]
pub fn again(profiled: &Profiled, settings: &EventSettings) -> Option<EventSettings> {
    unreadable(profiled, settings).or_else(|| typed(profiled, settings))
}

/// Of a log without a readable line: the columns of a table without a head, the time that its
/// members tell, or a list of events.
fn unreadable(profiled: &Profiled, settings: &EventSettings) -> Option<EventSettings> {
    let outcome = profiled.outcomes.iter().find(|outcome| outcome.unreadable.is_some())?;
    let guess = outcome.unreadable.as_ref().and_then(|it| it.guess.as_ref());
    let mut settings = settings.clone();
    let columns = outcome.unreadable.as_ref().and_then(|it| it.columns.as_ref());
    if let (Some(columns), None) = (columns, &settings.dialect.columns) {
        settings.dialect.columns = Some(columns.names.clone());
        settings.dialect.separator.clone_from(&columns.separator);
        return Some(settings);
    }
    match (guess, outcome.lists.first()) {
        (Some(guess), _) if settings.timestamp.is_none() => {
            settings.timestamp = Some(guess.timestamp.clone());
            settings.times.format = match guess.time_format {
                Some(pattern) => Some(TimeFormat::new(pattern).ok()?),
                None => None,
            };
        }
        (None, Some(list)) if settings.yields.each.is_none() => {
            settings.yields.each = Some(list.path.clone());
        }
        _ => return None,
    }
    Some(settings)
}

/// Of a log without a type: the member that looks like one.
fn typed(profiled: &Profiled, settings: &EventSettings) -> Option<EventSettings> {
    let [of] = profiled.profile.types.as_slice() else { return None };
    if of.name.is_some() || settings.kind.is_some() {
        return None;
    }
    let is_type = |field: &&Field| {
        let is_text = field.kinds.iter().all(|(kind, _)| *kind == Kind::Text);
        let is_few = (2..=TYPES).contains(&field.distinct) && field.distinct * 2 <= field.events;
        let is_path = !field.path.contains('[') && names::is_like_a_type(&field.path);
        is_text && is_few && is_path && field.events * 10 >= of.events * 9
    };
    let field = of.fields.iter().find(is_type)?;
    Some(EventSettings { kind: Some(field.path.clone()), ..settings.clone() })
}
