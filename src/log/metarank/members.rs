//! The kinds and members of Metarank's events.

/// The kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Interaction,
    Ranking,
    Item,
    User,
}

impl Kind {
    pub(super) fn of(name: &str) -> Option<Self> {
        match name {
            "interaction" => Some(Self::Interaction),
            "ranking" => Some(Self::Ranking),
            "item" | "metadata" => Some(Self::Item),
            "user" => Some(Self::User),
            _ => None,
        }
    }
}

/// The members that an event has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Member {
    Event,
    Timestamp,
    Id,
    Kind,
    Item,
    User,
    Session,
    Ranking,
    Fields,
    Items,
    Other,
}

impl Member {
    pub(super) fn of(name: &str) -> Self {
        match name {
            "event" => Self::Event,
            "timestamp" => Self::Timestamp,
            "id" => Self::Id,
            "type" => Self::Kind,
            "item" => Self::Item,
            "user" => Self::User,
            "session" => Self::Session,
            "ranking" => Self::Ranking,
            "fields" => Self::Fields,
            "items" => Self::Items,
            _ => Self::Other,
        }
    }
}
