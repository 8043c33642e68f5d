//! Settings of the log: the config's sections `events` and `impressions` as plain data, set by the
//! plan and followed by the log and the tape.

use super::duration::Millis;
use super::metadata::Metadata;
use super::time_rules::TimeRules;

/// The shape of the objects in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Metarank's four kinds of events: interaction, ranking, item, user.
    Metarank,
    /// Any other object: a time, a type, and members.
    Flat,
}

/// The order in which events are applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// By event time; ties in the order of the log.
    #[default]
    Time,
    /// In the order of the log, as from a stream.
    Log,
}

/// Which texts that look like numbers of JSON are read as numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum TextNumbers {
    /// None.
    #[default]
    None,
    /// Those of all attributes.
    All,
    /// Those of these attributes.
    Of(Vec<String>),
}

/// How a table in CSV is written, as far as the config says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Dialect {
    /// The names of the columns, for a table without a head.
    pub columns: Option<Vec<String>>,
    /// What stands between cells; `None`: detected from the first line.
    pub separator: Option<String>,
    /// What cells may stand in.
    pub quote: Quote,
}

/// The quotes of cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Quote {
    /// `"`.
    #[default]
    Double,
    /// Another character of ASCII.
    Other(u8),
    /// None: each cell stands as it is.
    None,
}

impl Quote {
    /// The character; `None` if cells have no quotes.
    #[must_use]
    pub const fn byte(self) -> Option<u8> {
        match self {
            Self::Double => Some(b'"'),
            Self::Other(byte) => Some(byte),
            Self::None => None,
        }
    }
}

impl Dialect {
    /// The members of the config that say something about it.
    #[must_use]
    pub fn members(&self) -> Vec<&'static str> {
        let Self { columns, separator, quote } = self;
        let said = [
            columns.is_some().then_some("columns"),
            separator.is_some().then_some("separator"),
            (*quote != Quote::Double).then_some("quote"),
        ];
        said.into_iter().flatten().collect()
    }
}

/// How lines become events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct EventSettings {
    /// The format; `None`: detected from the first lines.
    pub format: Option<Format>,
    /// The member with the event's time (flat logs); `None`: one of the usual names.
    pub timestamp: Option<String>,
    /// The member with the event's type (flat logs); `None`: one of the usual names.
    pub kind: Option<String>,
    /// The member with the event's id (flat logs).
    pub id: Option<String>,
    /// How values are read as times, and which ones.
    pub times: TimeRules,
    /// The order of application.
    pub order: Order,
    /// The span of event time within which a repeated id is rejected.
    pub dedup: Option<Millis>,
    /// The events that a line yields (flat logs).
    pub yields: Yields,
    /// Which texts are read as numbers.
    pub numbers: TextNumbers,
    /// The member with the time at which a line was there (flat logs).
    pub known: Option<String>,
    /// What events are joined with (flat logs).
    pub metadata: Metadata,
    /// How tables in CSV are written.
    pub dialect: Dialect,
    /// Synthetic impressions.
    pub impressions: ImpressionSettings,
}

/// The events that a line of a flat log yields; by default one, of the type that a member holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Yields {
    /// The type of the line itself, if no member holds it.
    pub constant: Option<String>,
    /// The types of further events, each with the member that tells whether it happened.
    pub flags: Vec<(String, String)>,
    /// The list of objects of which each is an event, with the other members of the line.
    pub each: Option<String>,
    /// True if no feature tells types apart: a log without a type is then a log of events all the
    /// same.
    pub untyped: bool,
}

impl Yields {
    /// True if the types of events are said: no member is to be found that holds them.
    #[must_use]
    pub const fn says_types(&self) -> bool {
        self.constant.is_some() || !self.flags.is_empty()
    }

    /// True if a line may yield several events, which are then numbered.
    #[must_use]
    pub const fn several(&self) -> bool {
        !self.flags.is_empty() || self.each.is_some()
    }
}

/// The cascade click model: impressions made from rankings.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ImpressionSettings {
    /// True if impressions may be made. They are made only for Metarank logs, only if `used`, and
    /// only if the log has no event of that type itself.
    pub enabled: bool,
    /// The type of the impressions.
    pub name: String,
    /// The silence after which a ranking is closed.
    pub session: Millis,
    /// True if a feature counts events of that type.
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
