//! Reads segments: a cursor over one, and the merge of sorted runs, in which the newest record of a
//! key wins.

use super::chunk::{self, Record};
use super::pages::{PageError, Pages};

/// A sorted run of records.
pub(super) trait Run {
    /// The next record.
    fn peek(&self) -> Option<&Record>;
    /// Takes the next record.
    fn take(&mut self) -> Result<Option<Record>, PageError>;
}

/// The database key of a segment's chunk that starts with `first_key`.
pub(super) fn address(segment: u64, first_key: &[u8]) -> Vec<u8> {
    [b"s".as_slice(), &segment.to_be_bytes(), first_key].concat()
}

/// The segment of a chunk's database key; `None` for other keys.
pub(super) fn segment_of(address: &[u8]) -> Option<u64> {
    let (number, _) = address.strip_prefix(b"s")?.split_first_chunk::<8>()?;
    Some(u64::from_be_bytes(*number))
}

/// The records of a chunk, or an error if it is damaged.
pub(super) fn records(bytes: &[u8]) -> Result<Vec<Record>, PageError> {
    chunk::decode(bytes)
        .ok_or_else(|| PageError::Damaged("a chunk's checksum does not hold".into()))
}

/// A cursor over a segment, with one chunk in memory.
pub(super) struct Cursor<'a, P> {
    pages: &'a P,
    segment: u64,
    chunk: std::vec::IntoIter<Record>,
    next: Option<Record>,
    next_address: Vec<u8>,
}

impl<'a, P: Pages> Cursor<'a, P> {
    /// A cursor at the first record whose key is at or after `from`.
    pub(super) fn new(pages: &'a P, segment: u64, from: &[u8]) -> Result<Self, PageError> {
        let sought = address(segment, from);
        // The record may lie in the chunk before.
        let next_address = match pages.at_or_before(&sought)? {
            Some((found, _)) if segment_of(&found) == Some(segment) => found,
            _ => sought,
        };
        let mut cursor =
            Self { pages, segment, chunk: Vec::new().into_iter(), next: None, next_address };
        cursor.advance()?;
        while cursor.next.as_ref().is_some_and(|(key, _)| key.as_slice() < from) {
            cursor.advance()?;
        }
        Ok(cursor)
    }

    fn advance(&mut self) -> Result<(), PageError> {
        loop {
            self.next = self.chunk.next();
            if self.next.is_some() {
                return Ok(());
            }
            let Some((mut found, bytes)) = self.pages.at_or_after(&self.next_address)? else {
                return Ok(());
            };
            if segment_of(&found) != Some(self.segment) {
                return Ok(());
            }
            self.chunk = records(&bytes)?.into_iter();
            // The smallest key after this one.
            found.push(0);
            self.next_address = found;
        }
    }
}

impl<P: Pages> Run for Cursor<'_, P> {
    fn peek(&self) -> Option<&Record> {
        self.next.as_ref()
    }

    fn take(&mut self) -> Result<Option<Record>, PageError> {
        let record = self.next.take();
        self.advance()?;
        Ok(record)
    }
}

/// The sorted records of a batch.
pub(super) struct Sorted(pub(super) std::vec::IntoIter<Record>);

impl Run for Sorted {
    fn peek(&self) -> Option<&Record> {
        self.0.as_slice().first()
    }

    fn take(&mut self) -> Result<Option<Record>, PageError> {
        Ok(self.0.next())
    }
}

/// Merges runs, newest first: visits the newest record of each key, in key order, until `visit`
/// returns false.
pub(super) fn merge(
    runs: &mut [Box<dyn Run + '_>],
    visit: &mut dyn FnMut(Record) -> Result<bool, PageError>,
) -> Result<(), PageError> {
    loop {
        // There are few runs, whose sizes grow geometrically: a linear scan beats a heap.
        let mut least: Option<(usize, &[u8])> = None;
        for (i, run) in runs.iter().enumerate() {
            if let Some((key, _)) = run.peek()
                && least.is_none_or(|(_, smallest)| key.as_slice() < smallest)
            {
                least = Some((i, key));
            }
        }
        let Some((newest, _)) = least else { return Ok(()) };
        let Some(record) = runs[newest].take()? else { return Ok(()) };
        for run in &mut runs[newest + 1..] {
            if run.peek().is_some_and(|(key, _)| *key == record.0) {
                run.take()?;
            }
        }
        if !visit(record)? {
            return Ok(());
        }
    }
}
