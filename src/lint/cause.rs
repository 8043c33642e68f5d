//! What events at fault have in common, in words.

use crate::base::quantity::grouped;
use crate::profile::words::scalar;
use crate::profile::{Cause, Marked};

/// Looks for what the events of each set have in common. `None` of a set: nothing, or the log can be
/// read only once.
pub type Causes<'c> = dyn FnMut(Vec<Marked>) -> Vec<Option<Cause>> + 'c;

/// The cause: `5,212 of 5,212 have client=app-5.2.0, 31 % of all events do`.
pub(super) fn told(cause: &Cause) -> String {
    let Cause { path, value, having, marked, share, .. } = cause;
    let percent = (100.0 * share).round();
    let percent = if percent < 1.0 { "less than 1".to_owned() } else { percent.to_string() };
    format!(
        "{} of {} have {path}={}, {percent} % of all events do",
        grouped(*having),
        grouped(*marked),
        scalar(value),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Scalar;

    #[test]
    fn a_cause_is_told_with_its_share_of_all() {
        let cause = |share| Cause {
            path: "client".to_owned(),
            value: Scalar::Text("app-5.2.0".into()),
            having: 5_210,
            marked: 5_212,
            events: 5_300,
            share,
            difference: 0.9,
        };
        let want = "5,210 of 5,212 have client=app-5.2.0, 31 % of all events do";
        assert_eq!(told(&cause(0.309)), want);
        assert!(told(&cause(0.001)).ends_with("less than 1 % of all events do"));
    }
}
