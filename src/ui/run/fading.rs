//! When a message that passes is taken away.

use std::time::{Duration, Instant};

/// How long it stays.
const STAYS: Duration = Duration::from_secs(6);

/// The message that is shown, and since when.
#[derive(Debug, Default)]
pub(super) struct Fading {
    shown: Option<(u64, String, Instant)>,
}

impl Fading {
    /// Notes which message is shown now, if it is one that passes: its number and its words.
    pub(super) fn look(&mut self, passing: Option<(u64, &str)>, now: Instant) {
        let is_same = |(number, text): (u64, &str)| {
            self.shown.as_ref().is_some_and(|(n, t, _)| *n == number && t == text)
        };
        if !passing.is_some_and(is_same) {
            self.shown = passing.map(|(number, text)| (number, text.to_owned(), now));
        }
    }

    /// When it is to be taken away.
    pub(super) fn due(&self) -> Option<Instant> {
        self.shown.as_ref().map(|(.., since)| *since + STAYS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock;

    #[test]
    fn each_message_has_its_own_time() {
        let start = clock::instant();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut fading = Fading::default();
        assert_eq!(fading.due(), None);
        fading.look(Some((1, "resumed")), start);
        fading.look(Some((1, "resumed")), after(4));
        assert_eq!(fading.due(), Some(start + STAYS), "the same message does not stay longer");
        fading.look(Some((2, "resumed")), after(5));
        assert_eq!(fading.due(), Some(after(5) + STAYS));
        fading.look(None, after(6));
        assert_eq!(fading.due(), None);
    }
}
