//! Lists: the most frequent values of an output. A state has their payloads and counts; their texts
//! are in the index.

use std::cmp::Reverse;

use crate::base::{TextList, Timestamp};
use crate::engine::Engine;
use crate::engine::keys::KeyIndex;
use crate::engine::keys::payload_texts::PayloadTexts;
use crate::plan::{OutputId, Plan, Read, Term};

use super::{At, Freshness, NOWHERE, Reader, span};

/// The cells of a payload among served values: its halves, each of which a float holds.
pub(in crate::engine) const CELLS: usize = 2;

/// The term of an output whose value is a list, and the most values that are listed.
fn listed(plan: &Plan, output: OutputId) -> Option<(&Term, u32)> {
    match &plan.outputs[output.0].read {
        Read::State(term) => Some((term, term.most?)),
        Read::Quotient(_) => None,
    }
}

/// The payloads of the most frequent values: by their counts, and where these are equal by their
/// texts.
fn most_frequent(mut counts: Vec<(u64, u64)>, most: usize, texts: &PayloadTexts) -> Vec<u64> {
    if counts.len() > most {
        // Of the values that are as frequent as the last that is listed, any may be listed.
        let (_, (_, least), _) =
            counts.select_nth_unstable_by_key(most - 1, |(_, count)| Reverse(*count));
        let least = *least;
        counts.retain(|(_, count)| *count >= least);
    }
    counts.sort_by_cached_key(|(payload, count)| (Reverse(*count), texts.get(*payload)));
    counts.truncate(most);
    counts.into_iter().map(|(payload, _)| payload).collect()
}

impl Reader<'_> {
    /// The payloads of the live value of an output that is a list.
    fn payloads(&self, output: OutputId, at: At) -> Option<Vec<u64>> {
        let (term, most) = listed(self.plan, output)?;
        let own = self.plan.scope_of(output);
        if let At::Row(row) = at {
            self.index.slot(own, row)?;
        }
        let slot = self.term_slot(term, own, at).unwrap_or(NOWHERE);
        let counts = self.table(term)?.counts(slot, span(term, self.as_of));
        Some(most_frequent(counts, most as usize, self.texts(term)?))
    }

    fn texts(&self, term: &Term) -> Option<&PayloadTexts> {
        let value = self.plan.inputs[self.plan.states[term.state.0].input.0].value?;
        self.index.payload_texts(&self.plan.attributes[value.0])
    }

    fn list(&self, output: OutputId, payloads: impl IntoIterator<Item = u64>) -> Option<TextList> {
        let (term, _) = listed(self.plan, output)?;
        let texts = self.texts(term)?;
        TextList::of(payloads.into_iter().map(|payload| texts.get(payload).to_owned()))
    }

    /// Writes the live value of an output into its cells among the served values: a number into
    /// one, NaN if it is missing, and a list into two for each value.
    pub(in crate::engine) fn serve(&self, output: OutputId, at: At, cells: &mut [f64]) {
        if let [cell] = cells {
            *cell = self.output(output, at).unwrap_or(f64::NAN);
            return;
        }
        cells.fill(f64::NAN);
        let payloads = self.payloads(output, at).unwrap_or_default();
        for (cells, payload) in cells.as_chunks_mut::<CELLS>().0.iter_mut().zip(payloads) {
            *cells = [payload >> 32, payload & u64::from(u32::MAX)].map(|half| half as f64);
        }
    }
}

/// The payloads in the cells of a list.
fn served_payloads(cells: &[f64]) -> impl Iterator<Item = u64> {
    let chunks = cells.as_chunks::<CELLS>().0.iter();
    chunks
        .take_while(|[high, _]| !high.is_nan())
        .map(|[high, low]| (*high as u64) << 32 | *low as u64)
}

impl Engine {
    /// The list of an output, live or served; `None` if it is empty, or the output's value is a
    /// number. The served list of a feature without a refresh is the live one.
    #[must_use]
    pub fn list(
        &self,
        index: &KeyIndex,
        output: OutputId,
        at: At,
        as_of: Timestamp,
        freshness: Freshness,
    ) -> Option<TextList> {
        let reader = self.reader(index, as_of);
        let feature = self.plan.outputs[output.0].feature;
        let served = self.served[self.program.served_by[feature.0].0].as_ref();
        let Some(served) = served.filter(|_| freshness == Freshness::Served) else {
            return reader.list(output, reader.payloads(output, at)?);
        };
        let slot = match at {
            At::Slot(slot) => slot,
            At::Row(row) => index.slot(self.plan.scope_of(output), row)?,
        };
        let (cells, _) = served.cells(slot, self.number_in_feature(output), as_of.0)?;
        reader.list(output, served_payloads(cells))
    }
}
