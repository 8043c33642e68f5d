//! Buckets: the division of time that windows are made of, into numbered pieces of one length. The
//! pieces are as many milliseconds each, or, in a time zone, as many civil days.

use super::{Millis, Timestamp, Zone};
use calendar::Calendar;

mod calendar;

/// The division of time into buckets of one length.
///
/// Buckets of whole days in a zone other than UTC are made of the zone's civil days, which may have
/// 23 or 25 hours. All others have as many milliseconds as they are long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Buckets {
    length: Millis,
    /// Where bucket 0 starts: in milliseconds since the epoch, with a calendar as it counts them.
    from: i64,
    /// The calendar whose days make up the buckets; `None` if all days have 24 hours.
    calendar: Option<&'static Calendar>,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Weekday {
    /// Monday
    Monday,
    /// Tuesday
    Tuesday,
    /// Wednesday
    Wednesday,
    /// Thursday
    Thursday,
    /// Friday
    Friday,
    /// Saturday
    Saturday,
    /// Sunday
    Sunday,
}

const WEEK: Millis = Millis(7 * Millis::DAY.0);

impl Buckets {
    /// Buckets of a length from the epoch on, in UTC.
    #[must_use]
    pub const fn of(length: Millis) -> Self {
        Self { length, from: 0, calendar: None }
    }

    /// The same buckets in a zone, if they are whole days; others stay as they are.
    #[must_use]
    pub fn in_zone(self, zone: Zone) -> Self {
        if !self.is_days() {
            return self;
        }
        Self { calendar: Calendar::of(zone), ..self }
    }

    /// The same buckets with their starts on a weekday, if they are whole weeks; others stay as they
    /// are. The epoch lies in bucket 0, as it does without.
    #[must_use]
    pub const fn starting_on(self, weekday: Weekday) -> Self {
        if !self.is_weeks() {
            return self;
        }
        let back = (Weekday::Thursday as i64 - weekday as i64).rem_euclid(7);
        Self { from: -back * Millis::DAY.0, ..self }
    }

    /// The length of a bucket; of civil days that of as many days of 24 hours.
    #[must_use]
    pub const fn length(self) -> Millis {
        self.length
    }

    /// The zone of whose days they are made; `None` if they are of one length.
    #[must_use]
    pub fn zone(self) -> Option<Zone> {
        self.calendar.map(Calendar::zone)
    }

    /// The weekday on which each bucket starts; `None` if they are not whole weeks.
    #[must_use]
    pub const fn weekday(self) -> Option<Weekday> {
        if !self.is_weeks() {
            return None;
        }
        Some(Weekday::of(self.from.div_euclid(Millis::DAY.0)))
    }

    /// What tells them from others of their length: `None` for those from the epoch on in UTC.
    /// Stable as long as the zone's clocks are put forward and back when they were.
    #[must_use]
    pub fn distinction(self) -> Option<[i64; 2]> {
        let calendar = self.calendar.map_or(0, Calendar::fingerprint);
        (self != Self::of(self.length)).then_some([self.from, calendar])
    }

    /// True if a bucket is a whole number of days.
    #[must_use]
    pub const fn is_days(self) -> bool {
        self.length.0 % Millis::DAY.0 == 0
    }

    /// True if a bucket is a whole number of weeks.
    #[must_use]
    pub const fn is_weeks(self) -> bool {
        self.length.0 % WEEK.0 == 0
    }

    /// The number of the bucket that contains a time.
    #[inline]
    #[must_use]
    pub fn number(self, time: i64) -> i64 {
        let time = self.calendar.map_or(time, |calendar| calendar.midnight(time));
        time.saturating_sub(self.from).div_euclid(self.length.0)
    }

    /// The start of a bucket by its number.
    #[inline]
    #[must_use]
    pub fn start(self, number: i64) -> i64 {
        let start = number.saturating_mul(self.length.0).saturating_add(self.from);
        self.calendar.map_or(start, |calendar| calendar.start(start.div_euclid(Millis::DAY.0)))
    }

    /// What clocks show at a moment where these buckets are, as a moment at which clocks of UTC show
    /// it.
    #[must_use]
    pub fn local(self, moment: Timestamp) -> Timestamp {
        self.zone().map_or(moment, |zone| zone.local(moment))
    }
}

impl Weekday {
    /// All of them, in order.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// Their names in the config, in order.
    pub const WORDS: [&'static str; 7] =
        ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

    /// The weekday of a day, counted from the epoch, which was a Thursday.
    const fn of(day: i64) -> Self {
        Self::ALL[(day + Self::Thursday as i64).rem_euclid(7) as usize]
    }

    /// The weekday of this name in the config.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        let number = Self::WORDS.iter().position(|known| *known == word)?;
        Some(Self::ALL[number])
    }

    /// The name, as a sentence has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Monday => "Monday",
            Self::Tuesday => "Tuesday",
            Self::Wednesday => "Wednesday",
            Self::Thursday => "Thursday",
            Self::Friday => "Friday",
            Self::Saturday => "Saturday",
            Self::Sunday => "Sunday",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: i64 = 3_600_000;

    fn time(text: &str) -> i64 {
        Timestamp::parse(text, None).unwrap().0
    }

    fn zone(name: &str) -> Zone {
        Zone::named(name).unwrap()
    }

    #[test]
    fn buckets_align_to_the_epoch() {
        let days = Buckets::of(Millis::DAY);
        assert_eq!(days.number(86_399_999), 0);
        assert_eq!(days.number(-1), -1);
        assert_eq!(days.start(-1), -86_400_000);
        assert_eq!(days.distinction(), None);
        assert_eq!(days.in_zone(zone("UTC")), days);
        assert_eq!(days.in_zone(zone("Etc/UTC")), days, "another name of it");
        let hours = Buckets::of(Millis(36 * HOUR));
        assert_eq!(hours.in_zone(zone("Europe/Berlin")), hours, "no whole days");
    }

    #[test]
    fn civil_days_have_the_hours_of_their_zone() {
        let days = Buckets::of(Millis::DAY).in_zone(zone("Europe/Berlin"));
        for (at, hours) in
            [("2024-03-31T12:00Z", 23), ("2024-06-10T12:00Z", 24), ("2024-10-27T12:00Z", 25)]
        {
            let number = days.number(time(at));
            assert_eq!(days.start(number + 1) - days.start(number), hours * HOUR, "{at}");
        }
        let start = days.start(days.number(time("2024-06-13T21:00Z")));
        assert_eq!(start, time("2024-06-12T22:00Z"));
        assert_ne!(days.distinction(), None);
    }

    #[test]
    fn weeks_start_on_their_weekday() {
        let weeks = Buckets::of(WEEK);
        assert_eq!(weeks.weekday(), Some(Weekday::Thursday));
        assert_eq!(weeks.starting_on(Weekday::Thursday), weeks);
        let day = Buckets::of(Millis::DAY);
        assert_eq!((day.weekday(), day.starting_on(Weekday::Monday)), (None, day));
        for (weekday, word) in Weekday::ALL.into_iter().zip(Weekday::WORDS) {
            assert_eq!(Weekday::named(word), Some(weekday));
            for length in [WEEK, Millis(2 * WEEK.0)] {
                let weeks = Buckets::of(length).starting_on(weekday);
                assert_eq!(weeks.weekday(), Some(weekday));
                assert_eq!(weeks.number(0), 0, "the epoch lies in bucket 0");
                assert_eq!(Weekday::of(day.number(weeks.start(5))), weekday);
            }
        }
        let berlin = weeks.starting_on(Weekday::Monday).in_zone(zone("Europe/Berlin"));
        let start = berlin.start(berlin.number(time("2024-06-13T21:00Z")));
        assert_eq!(start, time("2024-06-09T22:00Z"), "Monday, the 10th of June");
    }

    proptest! {
        /// Whatever the zone, buckets follow one another without gaps.
        #[test]
        fn a_time_lies_between_the_start_of_its_bucket_and_of_the_next(
            name in 0..Zone::all().count(),
            (days, weekday) in (1i64..15, 0usize..7),
            time in 0i64..4_200_000_000_000,
            far in any::<i64>(),
        ) {
            let zone = Zone::all().nth(name).unwrap();
            let buckets = Buckets::of(Millis(days * Millis::DAY.0))
                .in_zone(zone)
                .starting_on(Weekday::ALL[weekday]);
            for time in [time, -time, 100 * time] {
                let number = buckets.number(time);
                prop_assert!(buckets.start(number) <= time, "{}", zone);
                prop_assert!(time < buckets.start(number + 1), "{}", zone);
                // A bucket without a moment is a day that the zone has left out.
                let start = buckets.start(number + 1);
                prop_assert!(buckets.number(start) > number, "{}", zone);
            }
            // No time is too far away to have an answer.
            let _ = (buckets.start(buckets.number(far)), buckets.start(far));
        }
    }
}
