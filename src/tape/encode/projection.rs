//! Which values of an event are used at all: of some, only those of certain types are, or of
//! events that have another value too, or one that is of a certain kind. It must not know what they
//! are used for.

use super::predicate::Predicate;
use crate::tape::columns::dictionary::Given;

/// A use of some attributes.
#[derive(Clone, Debug, PartialEq)]
pub struct Use {
    /// The types whose events are used; `None` for all of them.
    pub types: Option<Vec<String>>,
    /// The attributes without which an event is not used, by their numbers.
    pub requires: Vec<usize>,
    /// What some of these must be.
    pub expects: Vec<(usize, Predicate)>,
    /// Those that are used of it.
    pub attributes: Vec<usize>,
    /// Only each so many-th event of a type is used, in the order in which they are read; 1 for
    /// all of them.
    pub every: usize,
}

/// All uses, by type.
#[derive(Clone, Debug)]
pub(in crate::tape) struct Uses {
    all: Vec<Use>,
    /// For each type the distinct sets of facts that are required, and the attributes that are
    /// used then.
    by_type: Vec<Vec<(Set, Set)>>,
    /// What is not used of every event.
    now_and_then: Vec<Counted>,
    /// What is expected of attributes, and the fact that it may be so.
    expected: Vec<(usize, Predicate, usize)>,
    /// The attributes of which anything is.
    told: Set,
}

/// A use of only some events of a type, which are counted.
#[derive(Clone, Debug)]
struct Counted {
    type_id: u16,
    seen: usize,
    every: usize,
    required: Set,
    used: Set,
}

/// A set of attributes, or of facts: the bit of each one's number. That an event has an attribute
/// is the fact of the attribute's number; what may be true of its value are those behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::tape) struct Set(u64);

impl Set {
    /// How many can be told apart.
    pub(in crate::tape) const MOST: usize = u64::BITS as usize;

    /// With another one, which must be one of the first [`MOST`](Self::MOST).
    #[inline]
    pub(in crate::tape) const fn with(self, number: usize) -> Self {
        Self(self.0 | 1 << number)
    }

    #[inline]
    pub(in crate::tape) const fn has(self, number: usize) -> bool {
        self.0 >> number & 1 == 1
    }

    fn of(numbers: &[usize]) -> Self {
        numbers.iter().fold(Self::default(), |all, number| all.with(*number))
    }
}

impl Uses {
    /// These uses of so many attributes; `None` if there are too many to tell them apart.
    pub(in crate::tape) fn new(uses: Vec<Use>, attributes: usize) -> Option<Self> {
        if attributes > Set::MOST {
            return None;
        }
        // What there is no room for is not told.
        let mut expected: Vec<(usize, Predicate, usize)> = Vec::new();
        for (attribute, what) in uses.iter().flat_map(|used| &used.expects) {
            let is_known = expected.iter().any(|(of, known, _)| of == attribute && known == what);
            let fact = attributes + expected.len();
            if !is_known && fact < Set::MOST {
                expected.push((*attribute, what.clone(), fact));
            }
        }
        let told = expected.iter().fold(Set::default(), |told, (of, ..)| told.with(*of));
        Some(Self { all: uses, by_type: Vec::new(), now_and_then: Vec::new(), expected, told })
    }

    /// The facts that a use requires.
    fn required(&self, used: &Use) -> Set {
        let expects = |(of, what, _): &&(usize, Predicate, usize)| {
            used.expects.iter().any(|(attribute, wanted)| of == attribute && wanted == what)
        };
        let facts = self.expected.iter().filter(expects).map(|(_, _, fact)| *fact);
        facts.fold(Set::of(&used.requires), Set::with)
    }

    /// What is known of an event that has these fields.
    #[inline]
    pub(in crate::tape) fn facts<D: Given>(&self, fields: impl Iterator<Item = (usize, D)>) -> Set {
        fields.fold(Set::default(), |facts, (field, datum)| {
            let facts = facts.with(field);
            if self.told.has(field) { self.tell(facts, field, &datum) } else { facts }
        })
    }

    /// With what may be true of a value.
    fn tell(&self, facts: Set, field: usize, datum: &impl Given) -> Set {
        let expected = self.expected.iter().filter(|(of, ..)| *of == field);
        expected.fold(
            facts,
            |facts, (_, what, fact)| {
                if what.may_be(datum.given()) { facts.with(*fact) } else { facts }
            },
        )
    }

    /// Gets to know the next type.
    pub(in crate::tape) fn learn(&mut self, name: &str) {
        let mut sets: Vec<(Set, Set)> = Vec::new();
        let is_of = |types: &Vec<String>| types.iter().any(|known| known == name);
        for used in self.all.iter().filter(|used| used.types.as_ref().is_none_or(is_of)) {
            let required = self.required(used);
            let attributes = Set::of(&used.attributes);
            if used.every > 1 {
                self.now_and_then.push(Counted {
                    type_id: u16::try_from(self.by_type.len()).unwrap_or(u16::MAX),
                    seen: 0,
                    every: used.every,
                    required,
                    used: attributes,
                });
                continue;
            }
            match sets.iter_mut().find(|(known, _)| *known == required) {
                Some((_, known)) => known.0 |= attributes.0,
                None => sets.push((required, attributes)),
            }
        }
        self.by_type.push(sets);
    }

    /// What is used of the next event, which is of a type and of which these facts are known.
    #[inline]
    pub(in crate::tape) fn of(&mut self, type_id: u16, facts: Set) -> Set {
        let sets = self.by_type.get(usize::from(type_id)).map_or(&[][..], Vec::as_slice);
        let mut all = sets.iter().fold(Set::default(), |all, (required, used)| {
            let is_used = required.0 & !facts.0 == 0;
            Set(all.0 | used.0 & u64::from(is_used).wrapping_neg())
        });
        for counted in self.now_and_then.iter_mut().filter(|counted| counted.type_id == type_id) {
            counted.seen += 1;
            if counted.seen.is_multiple_of(counted.every) && counted.required.0 & !facts.0 == 0 {
                all.0 |= counted.used.0;
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Bound;

    use super::*;
    use crate::tape::columns::dictionary::DatumRef;

    #[test]
    fn what_is_used_goes_by_the_type_and_by_what_there_is() {
        let some = |types: &[&str], requires: &[usize], attributes: &[usize]| Use {
            types: (!types.is_empty()).then(|| types.iter().map(|&t| t.into()).collect()),
            requires: requires.into(),
            expects: Vec::new(),
            attributes: attributes.into(),
            every: 1,
        };
        let all = vec![
            some(&["click", "show"], &[], &[0]),
            some(&["click"], &[], &[1, 2]),
            some(&[], &[3], &[3, 1]),
            some(&[], &[3, 63], &[63]),
            Use { every: 3, ..some(&["show"], &[], &[5]) },
        ];
        let mut uses = Uses::new(all, 64).unwrap();
        ["click", "show", "watch"].into_iter().for_each(|name| uses.learn(name));
        for (kind, has, used) in [
            (0, &[0, 1, 2][..], &[0, 1, 2][..]),
            (1, &[0, 1, 2], &[0]),
            (1, &[0, 1, 3], &[0, 1, 3]),
            (0, &[], &[0, 1, 2]),
            (1, &[], &[0, 5]),
            (1, &[], &[0]),
            (2, &[0, 1, 2], &[]),
            (2, &[3, 63], &[1, 3, 63]),
            (2, &[63], &[]),
        ] {
            assert_eq!(uses.of(kind, Set::of(has)), Set::of(used), "{kind} {has:?}");
        }
        assert!(Uses::new(Vec::new(), 65).is_none());
    }

    #[test]
    fn what_is_used_goes_by_what_values_may_be() {
        let above = |bound: f64| Predicate::Number(Bound::Excluded(bound), Bound::Unbounded);
        let with = |expects: Vec<(usize, Predicate)>, attributes: &[usize]| Use {
            types: None,
            requires: expects.iter().map(|(attribute, _)| *attribute).collect(),
            expects,
            attributes: attributes.into(),
            every: 1,
        };
        let text = Predicate::Text(vec!["a".into()]);
        let all = vec![
            with(vec![(0, above(1.0))], &[0, 1]),
            with(vec![(0, above(1.0)), (2, text)], &[2, 3]),
            with(vec![(0, above(9.0))], &[4]),
        ];
        let used = |attributes: usize, fields: &[(usize, DatumRef<'_>)]| {
            let mut uses = Uses::new(all.clone(), attributes).unwrap();
            uses.learn("click");
            let facts = uses.facts(fields.iter().copied());
            uses.of(0, facts)
        };
        let (one, two) = (DatumRef::Integer(1), DatumRef::Float(2.5));
        let [a, b] = ["a", "b"].map(DatumRef::Text);
        assert_eq!(used(5, &[(2, a)]), Set::default());
        assert_eq!(used(5, &[(0, one), (2, a)]), Set::default());
        assert_eq!(used(5, &[(0, two), (2, b)]), Set::of(&[0, 1]));
        assert_eq!(used(5, &[(0, two), (2, a)]), Set::of(&[0, 1, 2, 3]));
        // Where there is room for the first of three facts, the others are taken to hold.
        assert_eq!(used(63, &[(0, two), (2, b)]), Set::of(&[0, 1, 2, 3, 4]));
        assert_eq!(used(63, &[(0, one), (2, a)]), Set::of(&[4]));
    }
}
