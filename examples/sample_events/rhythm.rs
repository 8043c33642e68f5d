//! When people come: more in the evening than at night, more at weekends. It must not know what
//! they do.

use super::random::Random;

/// Monday, 2026-03-02T00:00Z, in milliseconds: the beginning of every sample.
pub(crate) const START: i64 = 1_772_409_600_000;
/// A day in milliseconds.
pub(crate) const DAY: f64 = 86_400_000.0;
/// An hour in milliseconds.
pub(crate) const HOUR: f64 = 3_600_000.0;

/// The moments at which people come.
pub(crate) struct Arrivals {
    now: f64,
    /// The mean wait at the busiest time, in milliseconds.
    wait: f64,
}

impl Arrivals {
    /// About so many arrivals in so many days.
    pub(crate) fn new(count: f64, days: f64) -> Self {
        let mean = (0..24 * 7).map(|hour| crowd(f64::from(hour) * HOUR)).sum::<f64>() / 168.0;
        Self { now: 0.0, wait: days * DAY / count * mean }
    }

    /// The next one, in milliseconds since [`START`].
    pub(crate) fn next(&mut self, random: &mut Random) -> f64 {
        loop {
            self.now += random.wait(self.wait);
            if random.happens(crowd(self.now)) {
                return self.now;
            }
        }
    }
}

/// How many come at this time, as a share of the most that ever do.
fn crowd(time: f64) -> f64 {
    let hour = time % DAY / HOUR;
    // An evening peak at half past eight, a smaller one at lunch.
    let bump = |at: f64, width: f64| (-((hour - at) / width).powi(2)).exp();
    let daily = 0.08 + 0.72 * bump(20.5, 3.2) + 0.45 * bump(13.0, 3.0);
    let weekend = if (time / DAY) as i64 % 7 >= 5 { 1.0 } else { 0.78 };
    (daily * weekend).min(1.0)
}
