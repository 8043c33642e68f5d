//! The end of a slice of work: a piece of work that may take long looks at it now and then, and
//! stops where it has passed.

use std::time::{Duration, Instant};

use super::clock::Clock;

/// An end of a slice, by a clock.
#[derive(Clone, Debug)]
pub struct Deadline {
    clock: Clock,
    at: At,
}

#[derive(Clone, Copy, Debug)]
enum At {
    Never,
    Moment(Instant),
    Passed,
}

impl Deadline {
    /// A deadline at a moment of a clock.
    #[must_use]
    pub const fn at(clock: Clock, moment: Instant) -> Self {
        Self { clock, at: At::Moment(moment) }
    }

    /// A deadline so long after the clock's present moment.
    #[must_use]
    pub fn after(clock: &Clock, duration: Duration) -> Self {
        Self::at(clock.clone(), clock.now() + duration)
    }

    /// No deadline: the work goes on to its end.
    #[must_use]
    pub const fn never() -> Self {
        Self { clock: Clock::System, at: At::Never }
    }

    /// A deadline that has passed: the work does its smallest unit and stops.
    #[must_use]
    pub const fn passed() -> Self {
        Self { clock: Clock::System, at: At::Passed }
    }

    /// Whether it has passed. Reads the clock.
    #[must_use]
    pub fn has_passed(&self) -> bool {
        match self.at {
            At::Never => false,
            At::Moment(moment) => self.clock.now() >= moment,
            At::Passed => true,
        }
    }

    /// The same deadline, or one so long after the present moment if that is earlier.
    #[must_use]
    pub fn within(&self, duration: Duration) -> Self {
        let soon = self.clock.now() + duration;
        let at = match self.at {
            At::Never => At::Moment(soon),
            At::Moment(moment) => At::Moment(moment.min(soon)),
            At::Passed => At::Passed,
        };
        Self { clock: self.clock.clone(), at }
    }

    /// The clock that it is measured by.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::ManualClock;

    #[test]
    fn a_deadline_passes_with_its_clock() {
        let manual = ManualClock::new();
        let clock = Clock::from(&manual);
        let deadline = Deadline::after(&clock, Duration::from_millis(4));
        assert!(!deadline.has_passed());
        let sooner = deadline.within(Duration::from_millis(1));
        manual.advance(Duration::from_millis(1));
        assert!(sooner.has_passed() && !deadline.has_passed());
        manual.advance(Duration::from_millis(3));
        assert!(deadline.has_passed());
        assert!(deadline.within(Duration::from_millis(9)).has_passed());
        assert!(Deadline::passed().within(Duration::MAX / 4).has_passed());
        assert!(!Deadline::never().has_passed());
    }

    #[test]
    fn a_clock_that_ticks_ends_a_slice_after_so_many_looks() {
        let manual = ManualClock::ticking(Duration::from_micros(1));
        let deadline = Deadline::after(&Clock::from(&manual), Duration::from_micros(3));
        let looks = [deadline.has_passed(), deadline.has_passed(), deadline.has_passed()];
        assert_eq!(looks, [false, false, true]);
    }
}
