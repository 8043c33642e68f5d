//! Time zones of the IANA database: the offset of a moment, and the moment of a local time.

use std::fmt;

use chrono::{DateTime, LocalResult, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

use super::{Millis, Timestamp};

/// A time zone of the IANA database, such as `Europe/Berlin`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zone(Tz);

impl Zone {
    /// The zone of this name, as the database writes it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        name.parse().ok().map(Self)
    }

    /// All zones.
    pub fn all() -> impl Iterator<Item = Self> {
        TZ_VARIANTS.iter().copied().map(Self)
    }

    /// The name in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The zone that a text probably means which is not the name of one: its name in other letters
    /// (`europe/berlin`), with other signs between the words (`Europe_Berlin`), or only its city
    /// (`Berlin`).
    #[must_use]
    pub fn resembling(text: &str) -> Option<Self> {
        let plain = |text: &str| {
            let letters = text.trim().chars().map(|c| if c == ' ' { '_' } else { c });
            letters.collect::<String>().to_lowercase()
        };
        let wanted = plain(text);
        let city = |zone: &Self| zone.name().rsplit('/').next().map(plain);
        Self::all()
            .find(|zone| plain(zone.name()).replace('/', "_") == wanted.replace('/', "_"))
            .or_else(|| Self::all().find(|zone| city(zone).as_deref() == Some(wanted.as_str())))
    }

    /// How far its clocks are ahead of UTC at a moment.
    #[must_use]
    pub fn offset(self, moment: Timestamp) -> Millis {
        let utc = naive(moment);
        let offset = utc.map(|utc| self.0.offset_from_utc_datetime(&utc).fix());
        Millis(offset.map_or(0, |offset| i64::from(offset.local_minus_utc()) * 1000))
    }

    /// What its clocks show at a moment, as a moment that clocks of UTC show it.
    #[must_use]
    pub fn local(self, moment: Timestamp) -> Timestamp {
        moment.plus(self.offset(moment))
    }

    /// The moment at which its clocks show a local time, given as the moment at which clocks of UTC
    /// show it. Of a time that they show twice the first one; one that they leave out is taken as
    /// if they had not been put forward yet.
    #[must_use]
    pub fn moment(self, local: Timestamp) -> Timestamp {
        let Some(time) = naive(local) else { return local };
        let millis = |time: &DateTime<Tz>| Timestamp(time.timestamp_millis());
        match self.0.from_local_datetime(&time) {
            LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => millis(&time),
            LocalResult::None => {
                // No zone is ever put forward twice within so short a time.
                let before = self.offset(local.plus(Millis(-Millis::DAY.0)));
                local.plus(Millis(-before.0))
            }
        }
    }

    /// The first moment at which its clocks show a local time or a later one.
    #[must_use]
    pub fn first_moment_from(self, local: Timestamp) -> Timestamp {
        let found = self.moment(local);
        if self.local(found) == local {
            return found;
        }
        // The time is left out: clocks are put forward over it at some moment before.
        let (mut before, mut after) = (found.plus(Millis(-2 * Millis::DAY.0)), found);
        while after.0 - before.0 > 1 {
            let middle = Timestamp(before.0.midpoint(after.0));
            if self.local(middle) < local { before = middle } else { after = middle }
        }
        after
    }
}

fn naive(moment: Timestamp) -> Option<NaiveDateTime> {
    DateTime::<Utc>::from_timestamp_millis(moment.0).map(|time| time.naive_utc())
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        Timestamp::parse(text, None).unwrap()
    }

    fn zone(name: &str) -> Zone {
        Zone::named(name).unwrap()
    }

    #[test]
    fn clocks_are_put_forward_and_back() {
        let berlin = zone("Europe/Berlin");
        for (local, utc) in [
            ("2024-03-31T01:59:59", "2024-03-31T00:59:59Z"),
            // Left out: as if clocks still showed winter time.
            ("2024-03-31T02:30:00", "2024-03-31T01:30:00Z"),
            ("2024-03-31T03:00:00", "2024-03-31T01:00:00Z"),
            // Shown twice: the first one.
            ("2024-10-27T02:30:00", "2024-10-27T00:30:00Z"),
            ("2024-10-27T03:00:00", "2024-10-27T02:00:00Z"),
        ] {
            assert_eq!(berlin.moment(time(local)), time(utc), "{local}");
        }
        assert_eq!(berlin.local(time("2024-10-27T01:30:00Z")), time("2024-10-27T02:30:00"));
        assert_eq!(
            berlin.first_moment_from(time("2024-03-31T02:30")),
            time("2024-03-31T01:00:00Z")
        );
        // Samoa had no 30th of December.
        let apia = zone("Pacific/Apia");
        for day in ["2011-12-30", "2011-12-31"] {
            assert_eq!(apia.first_moment_from(time(day)), time("2011-12-30T10:00:00Z"), "{day}");
        }
    }

    #[test]
    fn names_are_found() {
        assert_eq!(zone("Europe/Berlin").to_string(), "Europe/Berlin");
        assert_eq!(Zone::named("Berlin"), None);
        for (text, name) in [
            ("europe/berlin", Some("Europe/Berlin")),
            ("Berlin", Some("Europe/Berlin")),
            ("new york", Some("America/New_York")),
            ("Europe_Berlin", Some("Europe/Berlin")),
            ("utc", Some("UTC")),
            ("Atlantis", None),
        ] {
            let found = Zone::resembling(text);
            assert_eq!(found.map(Zone::name), name, "{text}");
        }
        assert!(Zone::all().all(|zone| Zone::named(zone.name()) == Some(zone)));
    }
}
