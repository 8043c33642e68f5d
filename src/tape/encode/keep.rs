//! Keeping the text of what is read, on request; see `records`.

use super::encoder::BatchEncoder;
use super::records::{Kept, NO_ELEMENT};

impl BatchEncoder {
    /// Keeps the text of what is read. Call before the first event.
    pub fn keep_records(&mut self) {
        self.batch.records = Some(Box::default());
    }

    /// True if the text of what is read is kept.
    #[must_use]
    pub const fn keeps_records(&self) -> bool {
        self.batch.records.is_some()
    }

    /// Keeps the text of an object whose events are those from `first` on, if it has any.
    pub fn keep_record(&mut self, text: &str, first: usize) {
        let events = first..self.len();
        if let Some(records) = &mut self.batch.records
            && !events.is_empty()
        {
            let start = records.text.len();
            records.text.push_str(text);
            records.kept.push(Kept { text: start..records.text.len(), events });
        }
    }

    /// Keeps lines of one object each, whose events are those from `first` on.
    pub fn keep_lines(&mut self, text: &str, line: u32, first: usize) {
        let Some(records) = &mut self.batch.records else { return };
        let start = records.text.len();
        records.text.push_str(text);
        let (mut from, mut event) = (0, first);
        for number in line.. {
            if from >= text.len() {
                return;
            }
            let rest = &text.as_bytes()[from..];
            let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            let own = self.batch.lines.get(event..).unwrap_or_default();
            let count = own.iter().take_while(|line| line.number == number).count();
            if count > 0 {
                let text = start + from..start + from + length;
                records.kept.push(Kept { text, events: event..event + count });
            }
            event += count;
            from += length;
        }
    }

    /// Notes that the events from `first` on are this element of the list of events.
    pub fn note_element(&mut self, element: usize, first: usize) {
        let events = self.len();
        if let Some(records) = &mut self.batch.records {
            records.elements.resize(first, NO_ELEMENT);
            records.elements.resize(events, u32::try_from(element).unwrap_or(NO_ELEMENT));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Timestamp;
    use crate::base::events::Format;
    use crate::tape::{Datum, Demand, Mark};

    #[test]
    fn lines_are_kept_with_their_events() {
        let mut encoder = BatchEncoder::new(&Demand::default(), Format::Flat, 1);
        encoder.keep_records();
        for line in [4, 6, 6] {
            let mark = Mark { time: Timestamp(i64::from(line)), line, ..Mark::default() };
            encoder.event(mark, "click", std::iter::empty::<(usize, Datum<'_>)>()).unwrap();
        }
        encoder.keep_lines("{4}\n{5}\n{6}", 4, 0);
        encoder.note_element(7, 2);
        let batch = encoder.take(0);
        let records: Vec<_> = batch.records().map(|record| (record.text, record.events)).collect();
        assert_eq!(records, [("{4}\n", 0..1), ("{6}", 1..3)]);
        let elements: Vec<_> = (0..3).map(|number| batch.event(number).unwrap().element).collect();
        assert_eq!(elements, [None, None, Some(7)]);
        assert_eq!(encoder.take(0).records().count(), 0);
        assert!(encoder.keeps_records());
    }
}
