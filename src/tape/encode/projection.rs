//! Projection pushdown: which attributes of an event are required, by its type, by which other
//! attributes it has, and by predicates on their values.

use super::predicate::Predicate;
use crate::tape::columns::dictionary::AsDatum;

/// The requirement of some attributes.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    /// The event types; `None` for all.
    pub types: Option<Vec<String>>,
    /// The attributes without which an event is of no use.
    pub requires: Vec<usize>,
    /// Predicates on some of these.
    pub expects: Vec<(usize, Predicate)>,
    /// The attributes that are required.
    pub attributes: Vec<usize>,
    /// Sampling: only each n-th event of a type, in the order of reading; 1 for all.
    pub every: usize,
}

/// All projections, by type.
#[derive(Clone, Debug)]
pub(super) struct ProjectionMap {
    all: Vec<Projection>,
    /// Per type, the distinct sets of facts that are required, with the attributes they enable.
    by_type: Vec<Vec<(BitSet, BitSet)>>,
    /// Projections that sample.
    sampled: Vec<Sampled>,
    /// Predicates on attributes, and the fact that each establishes.
    expected: Vec<(usize, Predicate, usize)>,
    /// The attributes that have predicates.
    checked: BitSet,
}

/// A projection that samples the events of a type, with its counter.
#[derive(Clone, Debug)]
struct Sampled {
    type_id: u16,
    seen: usize,
    every: usize,
    required: BitSet,
    used: BitSet,
}

/// A bit set of attributes or facts. The fact that an event has an attribute has the attribute's
/// number; facts about values come behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct BitSet(u64);

impl BitSet {
    /// The capacity.
    pub(super) const MOST: usize = u64::BITS as usize;

    /// The set with another member, below [`MOST`](Self::MOST).
    #[inline]
    pub(super) const fn with(self, number: usize) -> Self {
        Self(self.0 | 1 << number)
    }

    #[inline]
    pub(super) const fn has(self, number: usize) -> bool {
        self.0 >> number & 1 == 1
    }

    fn of(numbers: &[usize]) -> Self {
        numbers.iter().fold(Self::default(), |all, number| all.with(*number))
    }
}

impl ProjectionMap {
    /// Compiles projections over so many attributes; `None` if there are too many attributes.
    pub(super) fn new(projections: Vec<Projection>, attributes: usize) -> Option<Self> {
        if attributes > BitSet::MOST {
            return None;
        }
        // Predicates beyond the capacity are not evaluated: taken as true.
        let mut expected: Vec<(usize, Predicate, usize)> = Vec::new();
        for (attribute, what) in projections.iter().flat_map(|used| &used.expects) {
            let is_known = expected.iter().any(|(of, known, _)| of == attribute && known == what);
            let fact = attributes + expected.len();
            if !is_known && fact < BitSet::MOST {
                expected.push((*attribute, what.clone(), fact));
            }
        }
        let checked =
            expected.iter().fold(BitSet::default(), |checked, (of, ..)| checked.with(*of));
        Some(Self { all: projections, by_type: Vec::new(), sampled: Vec::new(), expected, checked })
    }

    /// The facts that a projection requires.
    fn required(&self, used: &Projection) -> BitSet {
        let expects = |(of, what, _): &&(usize, Predicate, usize)| {
            used.expects.iter().any(|(attribute, wanted)| of == attribute && wanted == what)
        };
        let facts = self.expected.iter().filter(expects).map(|(_, _, fact)| *fact);
        facts.fold(BitSet::of(&used.requires), BitSet::with)
    }

    /// The facts that hold for an event with these fields.
    #[inline]
    pub(super) fn facts<D: AsDatum>(&self, fields: impl Iterator<Item = (usize, D)>) -> BitSet {
        fields.fold(BitSet::default(), |facts, (field, datum)| {
            let facts = facts.with(field);
            if self.checked.has(field) { self.matching(facts, field, &datum) } else { facts }
        })
    }

    /// The facts, and those that a value establishes.
    fn matching(&self, facts: BitSet, field: usize, datum: &impl AsDatum) -> BitSet {
        let expected = self.expected.iter().filter(|(of, ..)| *of == field);
        expected.fold(facts, |facts, (_, what, fact)| {
            if what.may_match(datum.as_datum()) { facts.with(*fact) } else { facts }
        })
    }

    /// Adds the next type.
    pub(super) fn add_type(&mut self, name: &str) {
        let mut sets: Vec<(BitSet, BitSet)> = Vec::new();
        let is_of = |types: &Vec<String>| types.iter().any(|known| known == name);
        for used in self.all.iter().filter(|used| used.types.as_ref().is_none_or(is_of)) {
            let required = self.required(used);
            let attributes = BitSet::of(&used.attributes);
            if used.every > 1 {
                self.sampled.push(Sampled {
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

    /// The attributes that are required of the next event, by its type and facts.
    #[inline]
    pub(super) fn of(&mut self, type_id: u16, facts: BitSet) -> BitSet {
        let sets = self.by_type.get(usize::from(type_id)).map_or(&[][..], Vec::as_slice);
        let mut all = sets.iter().fold(BitSet::default(), |all, (required, used)| {
            let is_used = required.0 & !facts.0 == 0;
            BitSet(all.0 | used.0 & u64::from(is_used).wrapping_neg())
        });
        for counted in self.sampled.iter_mut().filter(|counted| counted.type_id == type_id) {
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
        let some = |types: &[&str], requires: &[usize], attributes: &[usize]| Projection {
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
            Projection { every: 3, ..some(&["show"], &[], &[5]) },
        ];
        let mut projections = ProjectionMap::new(all, 64).unwrap();
        ["click", "show", "watch"].into_iter().for_each(|name| projections.add_type(name));
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
            assert_eq!(projections.of(kind, BitSet::of(has)), BitSet::of(used), "{kind} {has:?}");
        }
        assert!(ProjectionMap::new(Vec::new(), 65).is_none());
    }

    #[test]
    fn what_is_used_goes_by_what_values_may_be() {
        let above = |bound: f64| Predicate::Number(Bound::Excluded(bound), Bound::Unbounded);
        let with = |expects: Vec<(usize, Predicate)>, attributes: &[usize]| Projection {
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
            let mut projections = ProjectionMap::new(all.clone(), attributes).unwrap();
            projections.add_type("click");
            let facts = projections.facts(fields.iter().copied());
            projections.of(0, facts)
        };
        let (one, two) = (DatumRef::Integer(1), DatumRef::Float(2.5));
        let [a, b] = ["a", "b"].map(DatumRef::Text);
        assert_eq!(used(5, &[(2, a)]), BitSet::default());
        assert_eq!(used(5, &[(0, one), (2, a)]), BitSet::default());
        assert_eq!(used(5, &[(0, two), (2, b)]), BitSet::of(&[0, 1]));
        assert_eq!(used(5, &[(0, two), (2, a)]), BitSet::of(&[0, 1, 2, 3]));
        // Only the first of three facts has room: the others are taken as true.
        assert_eq!(used(63, &[(0, two), (2, b)]), BitSet::of(&[0, 1, 2, 3, 4]));
        assert_eq!(used(63, &[(0, one), (2, a)]), BitSet::of(&[4]));
    }
}
