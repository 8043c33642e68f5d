//! Recording: the values of a line into events, whether they were scanned, parsed or of a table.

use std::ops::Range;

use crate::log::line::Origin;
use crate::tape::{BatchEncoder, Datum, DatumRef, Reason};

use super::event::{Found, Wanted};
use super::members::ElementValues;

/// The most events of a line.
const MOST_EVENTS: u32 = 1 << 20;

/// Values as they are numbered in [`Wanted`].
pub(super) trait Values {
    fn value(&self, number: usize) -> Option<DatumRef<'_>>;
}

impl Values for [Option<Datum<'_>>] {
    fn value(&self, number: usize) -> Option<DatumRef<'_>> {
        self.get(number)?.as_ref().map(Datum::borrowed)
    }
}

impl<V: Values + ?Sized> Values for &V {
    fn value(&self, number: usize) -> Option<DatumRef<'_>> {
        (**self).value(number)
    }
}

/// The values of an element, and those of the line around it that it does not have itself.
struct Within<'v, E, V: ?Sized> {
    element: E,
    line: &'v V,
}

impl<E: Values, V: Values + ?Sized> Values for Within<'_, E, V> {
    fn value(&self, number: usize) -> Option<DatumRef<'_>> {
        self.element.value(number).or_else(|| self.line.value(number))
    }
}

impl<'a> Found<'a> {
    /// Encodes the events of a line with these values; `text` is as much of it as is available.
    /// `elements` are those of the list of events, if the line has one.
    pub(in crate::log) fn record(
        &self,
        wanted: &Wanted,
        elements: Option<&[ElementValues<'a>]>,
        line: (Origin<'_>, &[u8]),
        encoder: &mut BatchEncoder,
    ) -> Result<(), Reason> {
        let elements = elements.map(|elements| elements.iter().map(Option::as_deref));
        wanted.record(&*self.values, elements, line, encoder)
    }
}

impl Wanted {
    /// Encodes the events of a line with these values; `text` is as much of it as is available.
    /// `elements` are those of the list of events, if the line has one: the values of each, unless
    /// it is no object.
    pub(super) fn record<E: Values>(
        &self,
        values: &(impl Values + ?Sized),
        elements: Option<impl ExactSizeIterator<Item = Option<E>>>,
        (line, text): (Origin<'_>, &[u8]),
        encoder: &mut BatchEncoder,
    ) -> Result<(), Reason> {
        if self.each.is_none() {
            return self.record_event(values, line, text, encoder);
        }
        self.note_arrival(values, line, encoder);
        if self.record_metadata(values, line, encoder)? {
            return Ok(());
        }
        let elements = elements.ok_or(Reason::NoList)?;
        if elements.len() == 0 {
            return Err(Reason::EmptyList);
        }
        self.record_elements(values, elements, (line, text), encoder);
        Ok(())
    }

    /// Encodes an event of each element, or rejects it.
    fn record_elements<E: Values>(
        &self,
        values: &(impl Values + ?Sized),
        elements: impl Iterator<Item = Option<E>>,
        (mut line, text): (Origin<'_>, &[u8]),
        encoder: &mut BatchEncoder,
    ) {
        let first = line.sub;
        for (number, element) in elements.enumerate() {
            let Some(element) = element else {
                encoder.reject(Reason::ElementNotAnObject, line.number, text);
                continue;
            };
            if line.sub.saturating_sub(first) >= MOST_EVENTS {
                encoder.reject(Reason::TooManyEvents, line.number, text);
                break;
            }
            // No element has this number, nor one of another object on the line.
            line.shares = u32::MAX - first;
            if element.value(self.id()).is_some() {
                // An id of its own.
                line.shares = line.sub;
            }
            let before = encoder.len();
            let within = Within { element, line: values };
            if let Err(reason) = self.record_event(&within, line, text, encoder) {
                encoder.reject(reason, line.number, text);
            }
            encoder.note_element(number, before);
            line.sub += (encoder.len() - before) as u32;
        }
    }

    /// Encodes the events of a line, or of an element of its list.
    fn record_event(
        &self,
        values: &(impl Values + ?Sized),
        line: Origin<'_>,
        text: &[u8],
        encoder: &mut BatchEncoder,
    ) -> Result<(), Reason> {
        self.note_arrival(values, line, encoder);
        if self.record_metadata(values, line, encoder)? {
            return Ok(());
        }
        let own = |number| values.value(self.attributes + number);
        let of = |range: &Range<usize>| range.clone().map(own);
        let mark = line.mark_of(own(0), of(&self.own.parts), own(2))?;
        let fields =
            (0..self.attributes).filter_map(|number| Some((number, values.value(number)?)));
        if self.types.flags.is_empty() {
            return self.types.row.record(mark, own(1), fields, encoder);
        }
        self.types.record((mark, own(1)), fields, of(&self.own.flags), text, encoder)
    }

    /// Tells the encoder when a line was there, if that is asked for.
    fn note_arrival(
        &self,
        values: &(impl Values + ?Sized),
        line: Origin<'_>,
        encoder: &mut BatchEncoder,
    ) {
        if let Some(arrival) = self.own.arrival {
            encoder.note_arrival(line.arrival(values.value(self.attributes + arrival)));
        }
    }

    /// Encodes a line as metadata, if it is any.
    fn record_metadata(
        &self,
        values: &(impl Values + ?Sized),
        line: Origin<'_>,
        encoder: &mut BatchEncoder,
    ) -> Result<bool, Reason> {
        if self.metadata.is_empty() {
            return Ok(false);
        }
        let own = |number| values.value(self.attributes + number);
        let mark = || {
            if self.is_timeless() {
                return Ok(line.timeless());
            }
            line.mark_of(own(0), self.own.parts.clone().map(own), own(2))
        };
        let attribute = |number| if number < self.attributes { values.value(number) } else { None };
        let fields =
            (0..self.attributes).filter_map(|number| Some((number, values.value(number)?)));
        self.metadata.record(mark, &attribute, &fields, encoder)
    }
}
