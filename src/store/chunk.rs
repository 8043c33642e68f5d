//! Chunks: sorted records in one value of the database, with a checksum.
//!
//! Layout: xxh3 of the rest (8 bytes, little-endian), then for each record the length of the key,
//! the key, the length of the value plus one (0: deleted), the value. Lengths are LEB128.

use xxhash_rust::xxh3::xxh3_64;

/// A key with its value; `None` is a tombstone.
pub(super) type Record = (Vec<u8>, Option<Vec<u8>>);

/// The size at which a writer starts the next chunk.
pub(super) const TARGET_BYTES: usize = 24 * 1024;

const CHECKSUM_BYTES: usize = 8;

/// Packs records, in key order.
#[derive(Default)]
pub(super) struct ChunkWriter {
    first_key: Option<Vec<u8>>,
    body: Vec<u8>,
}

impl ChunkWriter {
    /// Adds a record; its key must be greater than the one before.
    pub(super) fn push(&mut self, key: &[u8], value: Option<&[u8]>) {
        self.first_key.get_or_insert_with(|| key.to_vec());
        write_length(&mut self.body, key.len());
        self.body.extend_from_slice(key);
        match value {
            None => write_length(&mut self.body, 0),
            Some(value) => {
                write_length(&mut self.body, value.len() + 1);
                self.body.extend_from_slice(value);
            }
        }
    }

    /// True if the chunk has reached its size.
    pub(super) fn is_full(&self) -> bool {
        self.body.len() >= TARGET_BYTES
    }

    /// Takes the first key and the sealed bytes, leaving an empty chunk; `None` if it is empty.
    pub(super) fn take(&mut self) -> Option<(Vec<u8>, Vec<u8>)> {
        let first_key = self.first_key.take()?;
        let bytes = seal(&self.body);
        self.body.clear();
        Some((first_key, bytes))
    }
}

/// Prefixes a body with its checksum.
pub(super) fn seal(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(CHECKSUM_BYTES + body.len());
    bytes.extend_from_slice(&xxh3_64(body).to_le_bytes());
    bytes.extend_from_slice(body);
    bytes
}

/// The body, if the checksum holds.
pub(super) fn open(bytes: &[u8]) -> Option<&[u8]> {
    let (checksum, body) = bytes.split_first_chunk::<CHECKSUM_BYTES>()?;
    (u64::from_le_bytes(*checksum) == xxh3_64(body)).then_some(body)
}

/// The records of a chunk; `None` if it is damaged.
pub(super) fn decode(bytes: &[u8]) -> Option<Vec<Record>> {
    let mut rest = open(bytes)?;
    let mut records = Vec::new();
    while !rest.is_empty() {
        let length = read_length(&mut rest)?;
        let key = rest.split_off(..length)?.to_vec();
        let value = match read_length(&mut rest)? {
            0 => None,
            length => Some(rest.split_off(..length - 1)?.to_vec()),
        };
        records.push((key, value));
    }
    Some(records)
}

fn write_length(out: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
}

fn read_length(bytes: &mut &[u8]) -> Option<usize> {
    let mut length: usize = 0;
    for shift in (0..usize::BITS).step_by(7) {
        let byte = *bytes.split_off_first()?;
        length |= usize::from(byte & 0x7f).checked_shl(shift)?;
        if byte < 0x80 {
            return Some(length);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> (Vec<Record>, Vec<u8>) {
        let records = vec![
            (vec![], Some(vec![])),
            (b"gone".to_vec(), None),
            (b"long".to_vec(), Some(vec![7; 300])),
        ];
        let mut writer = ChunkWriter::default();
        for (key, value) in &records {
            writer.push(key, value.as_deref());
        }
        let (first, bytes) = writer.take().unwrap();
        assert!(first.is_empty() && writer.take().is_none());
        (records, bytes)
    }

    #[test]
    fn records_come_back() {
        let (records, bytes) = sample();
        assert_eq!(decode(&bytes), Some(records));
    }

    #[test]
    fn any_changed_or_missing_byte_is_noticed() {
        let (_, bytes) = sample();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x10;
            assert_eq!(decode(&changed), None, "byte {at} changed");
            assert_eq!(decode(&bytes[..at]), None, "cut at {at}");
        }
    }

    #[test]
    fn lengths_that_lie_are_no_panic() {
        for body in [&[0xff; 12][..], &[5, 1], &[0], &[1, b'k', 0xff, 0x7f]] {
            assert_eq!(decode(&seal(body)), None, "{body:?}");
        }
    }
}
