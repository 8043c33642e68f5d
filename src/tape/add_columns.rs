//! More attributes for events that are there: a tape takes over the columns of another one that was
//! read of the same log for them alone. It must not know why they are wanted.

use super::Tape;
use super::columns::dictionary::Column;
use super::demand::Demand;

impl Tape {
    /// What a second tape must be read for, so that this one can [gain](Self::gain) what it lacks
    /// of a demand: nothing but the attributes that are not here. `None` where the events
    /// themselves would be other ones, or are not all here yet.
    #[must_use]
    pub fn lacking(&self, wanted: &Demand) -> Option<Demand> {
        let same_events = self.is_finished()
            && self.demand.settings == wanted.settings
            && self.demand.listed == wanted.listed;
        same_events.then(|| {
            let lacks = |attribute: &&String| !self.demand.attributes.contains(attribute);
            let attributes = wanted.attributes.iter().filter(lacks).cloned().collect();
            Demand { attributes, ..wanted.clone() }
        })
    }

    /// Whether another tape has the same events, row for row: then nothing but the attributes tells
    /// them apart.
    #[must_use]
    pub fn has_the_rows_of(&self, other: &Self) -> bool {
        let events = self.events();
        self.is_finished()
            && other.is_finished()
            && self.demand.settings == other.demand.settings
            && self.demand.listed == other.demand.listed
            && (events, self.rows()) == (other.events(), other.rows())
            && self.type_names() == other.type_names()
            && self.fingerprint(events) == other.fingerprint(events)
    }

    /// Becomes a tape of the attributes that are wanted, in that order: its own columns and those
    /// of a tape with [the same rows](Self::has_the_rows_of). Attributes that are not wanted go.
    /// Returns whether that can be: it stays as it is where neither has an attribute, or the rows
    /// are not the same.
    pub fn add_columns(&mut self, mut other: Self, wanted: &[String]) -> bool {
        let has = |tape: &Self, name: &String| tape.demand.attributes.contains(name);
        if !self.has_the_rows_of(&other)
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

/// The columns of a tape with their names, taken out of it.
fn columns_of(tape: &mut Tape) -> Vec<(String, Column)> {
    let names = std::mem::take(&mut tape.demand.attributes);
    names.into_iter().zip(std::mem::take(&mut tape.rows.columns)).collect()
}
