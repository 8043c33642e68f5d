//! Predicates on attribute values, for pushdown: evaluated before a value is stored.

use std::ops::{Bound, RangeBounds as _};

use crate::tape::columns::dictionary::DatumRef;

/// A condition on a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// A number within these bounds.
    Number(Bound<f64>, Bound<f64>),
    /// One of these texts.
    Text(Vec<String>),
}

impl Predicate {
    /// The integers that are exact as floats, up to here.
    pub const EXACT: u64 = 1 << f64::MANTISSA_DIGITS;

    /// True if a value may satisfy the predicate; never false for one that does. Comparisons that
    /// are not exact yield true.
    #[expect(clippy::inline_always, reason = "it is checked for each value that has a predicate")]
    #[inline(always)]
    #[must_use]
    pub fn may_match(&self, datum: DatumRef<'_>) -> bool {
        match (self, datum) {
            (_, DatumRef::Other(_)) => true,
            (Self::Number(low, high), DatumRef::Float(number)) => (*low, *high).contains(&number),
            (Self::Number(low, high), DatumRef::Integer(whole)) => {
                whole.unsigned_abs() > Self::EXACT || (*low, *high).contains(&(whole as f64))
            }
            (Self::Text(texts), DatumRef::Text(text)) => texts.iter().any(|known| known == text),
            (Self::Number(..) | Self::Text(_), _) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tape::columns::dictionary::Datum;

    #[test]
    fn what_may_be() {
        let above = Predicate::Number(Bound::Excluded(30.0), Bound::Unbounded);
        let upto = Predicate::Number(Bound::Unbounded, Bound::Included(0.5));
        let texts = Predicate::Text(vec!["a".into(), "b".into()]);
        let long = Datum::Integer(i128::MAX);
        for (datum, may_match) in [
            (DatumRef::Integer(30), [false, false, false]),
            (DatumRef::Integer(31), [true, false, false]),
            (DatumRef::Integer(-1), [false, true, false]),
            (DatumRef::Integer(i64::MIN), [true, true, false]),
            (DatumRef::Float(30.001), [true, false, false]),
            (DatumRef::Float(0.5), [false, true, false]),
            (DatumRef::Text("31"), [false, false, false]),
            (DatumRef::Text("b"), [false, false, true]),
            (DatumRef::Bool(true), [false, false, false]),
            (DatumRef::Other(&long), [true, true, true]),
        ] {
            assert_eq!(
                [&above, &upto, &texts].map(|it| it.may_match(datum)),
                may_match,
                "{datum:?}"
            );
        }
    }
}
