//! Filters, asked once for each value that an attribute has rather than for each row. It must
//! not know what is counted.

use crate::plan::{Condition, Filter, Plan, Test};
use crate::tape::Tape;

/// What the filters of a plan say of the values on a tape.
#[derive(Debug, Default)]
pub(super) struct Verdicts(Vec<Node>);

/// A filter or a part of one.
#[derive(Debug)]
enum Node {
    /// All of these hold.
    All(Vec<Self>),
    /// One of these holds.
    Any(Vec<Self>),
    /// This one does not hold.
    Not(Box<Self>),
    Test {
        /// The tape's column of the attribute that is tested.
        column: usize,
        test: Test,
        /// Whether the test holds, by the number of the value; 0 is the missing one.
        holds: Vec<bool>,
    },
}

impl Verdicts {
    /// The filters of a plan whose attributes lie in these columns of a tape.
    pub(super) fn new(plan: &Plan, columns: &[usize]) -> Self {
        Self(plan.filters.iter().map(|filter| Node::filter(filter, columns)).collect())
    }

    /// Tests the values that the tape has gained.
    pub(super) fn extend(&mut self, tape: &Tape) {
        self.0.iter_mut().for_each(|node| node.extend(tape));
    }

    /// Whether a row passes a filter of the plan. The tape must have been
    /// [taken in](Self::extend).
    #[inline]
    pub(super) fn passes(&self, filter: usize, tape: &Tape, row: usize) -> bool {
        self.0[filter].holds(tape, row)
    }
}

impl Node {
    fn filter(filter: &Filter, columns: &[usize]) -> Self {
        let node = |condition: &Condition| match condition {
            Condition::Attribute(attribute, test) => {
                Self::Test { column: columns[attribute.0], test: test.clone(), holds: Vec::new() }
            }
            Condition::Any(filters) => {
                Self::Any(filters.iter().map(|filter| Self::filter(filter, columns)).collect())
            }
            Condition::Not(filter) => Self::Not(Box::new(Self::filter(filter, columns))),
        };
        let mut nodes: Vec<Self> = filter.0.iter().map(node).collect();
        if nodes.len() == 1 { nodes.remove(0) } else { Self::All(nodes) }
    }

    fn extend(&mut self, tape: &Tape) {
        match self {
            Self::All(nodes) | Self::Any(nodes) => {
                nodes.iter_mut().for_each(|node| node.extend(tape));
            }
            Self::Not(node) => node.extend(tape),
            Self::Test { column, test, holds } => {
                if holds.is_empty() {
                    holds.push(test.holds(None));
                }
                let values = &tape.column(*column).values()[holds.len() - 1..];
                holds.extend(values.iter().map(|value| test.holds(Some(value))));
            }
        }
    }

    fn holds(&self, tape: &Tape, row: usize) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().all(|node| node.holds(tape, row)),
            Self::Any(nodes) => nodes.iter().any(|node| node.holds(tape, row)),
            Self::Not(node) => !node.holds(tape, row),
            Self::Test { column, holds, .. } => holds[tape.column(*column).ids()[row] as usize],
        }
    }
}
