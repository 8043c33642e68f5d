//! The civil days of a time zone, as a table of their starts.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use xxhash_rust::xxh3::Xxh3;

use super::super::{Millis, Timestamp, Zone};

/// The days of a zone, counted from its own 1970-01-01.
///
/// A day starts at the first moment at which clocks show its date, or a later one if they leave it
/// out: a day that is left out has no moment, and one whose midnight comes twice starts at the first.
pub(super) struct Calendar {
    zone: Zone,
    /// Of each day, how much later it starts than in UTC, in milliseconds. Before the first and
    /// after the last day it is what it is on these.
    shifts: Box<[i32]>,
    /// A hash of the shifts.
    fingerprint: i64,
}

/// The first and the last day of the table: beyond all times of events and windows over them.
const FIRST: i64 = -366;
const LAST: i64 = 131 * 366;

/// The calendars in use. There are at most as many as there are zones.
static CALENDARS: Mutex<Vec<&'static Calendar>> = Mutex::new(Vec::new());

impl Calendar {
    /// The calendar of a zone; `None` if its days are those of UTC.
    pub(super) fn of(zone: Zone) -> Option<&'static Self> {
        let mut known = CALENDARS.lock().unwrap_or_else(PoisonError::into_inner);
        let calendar = if let Some(calendar) = known.iter().find(|known| known.zone == zone) {
            *calendar
        } else {
            // Never freed: states hold it in every cell's form, and a zone is computed once.
            let calendar: &'static Self = Box::leak(Box::new(Self::new(zone)));
            known.push(calendar);
            calendar
        };
        calendar.shifts.iter().any(|shift| *shift != 0).then_some(calendar)
    }

    fn new(zone: Zone) -> Self {
        let shift = |day: i64| {
            let midnight = Timestamp(day * Millis::DAY.0);
            zone.first_moment_from(midnight).since(midnight).0 as i32
        };
        let shifts: Box<[i32]> = (FIRST..=LAST).map(shift).collect();
        let mut hash = Xxh3::new();
        shifts.iter().for_each(|shift| hash.update(&shift.to_le_bytes()));
        Self { zone, shifts, fingerprint: hash.digest() as i64 }
    }

    pub(super) const fn zone(&self) -> Zone {
        self.zone
    }

    pub(super) const fn fingerprint(&self) -> i64 {
        self.fingerprint
    }

    /// The moment at which a day starts.
    #[inline(never)]
    pub(super) fn start(&self, day: i64) -> i64 {
        let shift = self.shifts[(day.clamp(FIRST, LAST) - FIRST) as usize];
        day.saturating_mul(Millis::DAY.0).saturating_add(shift.into())
    }

    /// What midnight of a moment's day is in UTC: the day in milliseconds since the epoch.
    #[inline(never)]
    pub(super) fn midnight(&self, time: i64) -> i64 {
        self.day(time).saturating_mul(Millis::DAY.0)
    }

    /// The day of a moment. A day starts less than a day before or after it does in UTC.
    fn day(&self, time: i64) -> i64 {
        let day = time.div_euclid(Millis::DAY.0);
        if time >= self.start(day + 1) {
            day + 1
        } else if time >= self.start(day) {
            day
        } else {
            day - 1
        }
    }
}

/// Two zones with the same days are the same calendar.
impl PartialEq for Calendar {
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint
    }
}

impl Eq for Calendar {}

impl Hash for Calendar {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.fingerprint.hash(state);
    }
}

impl fmt::Debug for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Calendar({})", self.zone)
    }
}
