//! Which values of an event are used at all: of some, only those of certain types are, or of
//! events that have another value too. It must not know what they are used for.

/// A use of some attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The types whose events are used; `None` for all of them.
    pub types: Option<Vec<String>>,
    /// The attributes without which an event is not used, by their numbers.
    pub requires: Vec<usize>,
    /// Those that are used of it.
    pub attributes: Vec<usize>,
    /// Only each so many-th event of a type is used, in the order in which they are read; 1 for
    /// all of them.
    pub every: usize,
}

/// All uses, by type.
#[derive(Clone, Debug)]
pub(super) struct Uses {
    all: Vec<Use>,
    /// For each type the distinct sets of attributes that are required, and what is used then.
    by_type: Vec<Vec<(Attributes, Attributes)>>,
    /// What is not used of every event.
    now_and_then: Vec<Counted>,
}

/// A use of only some events of a type, which are counted.
#[derive(Clone, Debug)]
struct Counted {
    type_id: u16,
    seen: usize,
    every: usize,
    required: Attributes,
    used: Attributes,
}

/// A set of attributes: the bit of each one's number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Attributes(u64);

impl Attributes {
    /// How many attributes can be told apart.
    pub(super) const MOST: usize = u64::BITS as usize;

    /// With another one, which must be one of the first [`MOST`](Self::MOST).
    #[inline]
    pub(super) const fn with(self, attribute: usize) -> Self {
        Self(self.0 | 1 << attribute)
    }

    #[inline]
    pub(super) const fn has(self, attribute: usize) -> bool {
        self.0 >> attribute & 1 == 1
    }

    fn of(attributes: &[usize]) -> Self {
        attributes.iter().fold(Self::default(), |all, attribute| all.with(*attribute))
    }
}

impl Uses {
    /// These uses of so many attributes; `None` if there are too many to tell them apart.
    pub(super) fn new(uses: Vec<Use>, attributes: usize) -> Option<Self> {
        (attributes <= Attributes::MOST).then(|| Self {
            all: uses,
            by_type: Vec::new(),
            now_and_then: Vec::new(),
        })
    }

    /// Gets to know the next type.
    pub(super) fn learn(&mut self, name: &str) {
        let mut sets: Vec<(Attributes, Attributes)> = Vec::new();
        let is_of = |types: &Vec<String>| types.iter().any(|known| known == name);
        for used in self.all.iter().filter(|used| used.types.as_ref().is_none_or(is_of)) {
            let required = Attributes::of(&used.requires);
            let attributes = Attributes::of(&used.attributes);
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

    /// What is used of the next event, which is of a type and has these attributes.
    #[inline]
    pub(super) fn of(&mut self, type_id: u16, has: Attributes) -> Attributes {
        let sets = self.by_type.get(usize::from(type_id)).map_or(&[][..], Vec::as_slice);
        let mut all = sets.iter().fold(Attributes::default(), |all, (required, used)| {
            let is_used = required.0 & !has.0 == 0;
            Attributes(all.0 | used.0 & u64::from(is_used).wrapping_neg())
        });
        for counted in self.now_and_then.iter_mut().filter(|counted| counted.type_id == type_id) {
            counted.seen += 1;
            if counted.seen.is_multiple_of(counted.every) && counted.required.0 & !has.0 == 0 {
                all.0 |= counted.used.0;
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_goes_by_the_type_and_by_what_there_is() {
        let some = |types: &[&str], requires: &[usize], attributes: &[usize]| Use {
            types: (!types.is_empty()).then(|| types.iter().map(|&t| t.into()).collect()),
            requires: requires.into(),
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
            assert_eq!(uses.of(kind, Attributes::of(has)), Attributes::of(used), "{kind} {has:?}");
        }
        assert!(Uses::new(Vec::new(), 65).is_none());
    }
}
