//! Adds columns to a loaded tape from a second, narrower read of the same log.

use super::Tape;
use super::columns::dictionary::Column;
use super::demand::Demand;

impl Tape {
    /// The demand of a second read that lets this tape [add](Self::add_columns) the attributes of
    /// `wanted` that it lacks. `None` if `wanted` has other events, or the tape is not finished.
    #[must_use]
    pub fn missing_columns(&self, wanted: &Demand) -> Option<Demand> {
        let same_events = self.is_finished()
            && self.demand.settings == wanted.settings
            && self.demand.listed == wanted.listed;
        same_events.then(|| {
            let lacks = |attribute: &&String| !self.demand.attributes.contains(attribute);
            let attributes = wanted.attributes.iter().filter(lacks).cloned().collect();
            Demand { attributes, ..wanted.clone() }
        })
    }

    /// True if another tape has the same events, row for row, so that only the attributes differ.
    #[must_use]
    pub fn has_same_rows_as(&self, other: &Self) -> bool {
        let events = self.events();
        self.is_finished()
            && other.is_finished()
            && self.demand.settings == other.demand.settings
            && self.demand.listed == other.demand.listed
            && (events, self.rows()) == (other.events(), other.rows())
            && self.type_names() == other.type_names()
            && self.fingerprint(events) == other.fingerprint(events)
    }

    /// Replaces the columns by those of `wanted`, in that order, taken from this tape and from one
    /// with [the same rows](Self::has_same_rows_as). Returns false, and changes nothing, if an
    /// attribute is in neither or the rows differ.
    pub fn add_columns(&mut self, mut other: Self, wanted: &[String]) -> bool {
        let has = |tape: &Self, name: &String| tape.demand.attributes.contains(name);
        if !self.has_same_rows_as(&other)
            || !wanted.iter().all(|name| has(self, name) || has(&other, name))
        {
            return false;
        }
        let mut columns = columns_of(self);
        columns.append(&mut columns_of(&mut other));
        let of = |name: &String| {
            let place = columns.iter().position(|(known, _)| known == name)?;
            Some(columns.remove(place).1)
        };
        self.rows.columns = wanted.iter().filter_map(of).collect();
        self.demand.attributes = wanted.to_vec();
        true
    }
}

/// Takes the columns of a tape out, with their names.
fn columns_of(tape: &mut Tape) -> Vec<(String, Column)> {
    let names = std::mem::take(&mut tape.demand.attributes);
    names.into_iter().zip(std::mem::take(&mut tape.rows.columns)).collect()
}
