//! How the lines of a log are to be read as events: the config's `events` and `impressions`
//! sections, as plain settings that the plan fills and the log and the tape follow.

use super::duration::Millis;
use super::time::TimeUnit;

/// The shape of the objects in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Metarank's four event kinds: interaction, ranking, item, user.
    Metarank,
    /// Any other object: a time, a type, and members.
    Flat,
}

/// The order in which events are applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// By event time, ties as they lie in the log.
    #[default]
    Time,
    /// As they lie in the log, as a stream would bring them.
    Log,
}

/// How lines become events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct EventSettings {
    /// The format; detected from the first readable line where it is not said.
    pub format: Option<Format>,
    /// The member with the event's time (flat logs); the usual names are tried otherwise.
    pub timestamp: Option<String>,
    /// The member with the event's type (flat logs); the usual names are tried otherwise.
    pub kind: Option<String>,
    /// The member with the event's id (flat logs).
    pub id: Option<String>,
    /// The unit of times that are numbers; told by their size otherwise.
    pub unit: Option<TimeUnit>,
    /// The order of application.
    pub order: Order,
    /// Reject an event whose id was seen within this span of event time.
    pub dedup: Option<Millis>,
    /// Synthetic impressions.
    pub impressions: ImpressionSettings,
}

/// The cascade click model: which impressions are made from rankings.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ImpressionSettings {
    /// Whether impressions may be made at all. Even so they are made only for Metarank logs,
    /// only if `used`, and only if the log holds no event of that type itself.
    pub enabled: bool,
    /// The type of the made events.
    pub name: String,
    /// The silence after which a ranking is closed.
    pub session: Millis,
    /// Whether any feature counts events of that type.
    pub used: bool,
}

impl Default for ImpressionSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            name: "impression".to_owned(),
            session: Millis(30 * 60_000),
            used: false,
        }
    }
}
