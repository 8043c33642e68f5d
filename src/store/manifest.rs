//! The manifest: the one value that names the live segments.
//!
//! Layout: the mark, the format (4 bytes), then behind a checksum the generation and per live
//! segment, oldest first, its number, bytes and chunks (8 bytes each). All little-endian. Mark and
//! format come first in all versions, so that every version of the program recognises the others.

use super::chunk;

/// The current format; raised whenever the meaning of a byte changes.
pub(super) const FORMAT: u32 = 1;

const MARK: &[u8; 8] = b"cscope\0\x01";

/// A live segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// Its number; never reused while garbage of it may remain.
    pub(super) number: u64,
    /// The bytes of its chunks.
    pub(super) bytes: u64,
    /// The number of its chunks.
    pub(super) chunks: u64,
}

/// The committed state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Manifest {
    /// The number of commits; the next segment's number is one more.
    pub(super) generation: u64,
    /// The live segments, oldest first: the later segment's record of a key wins.
    pub(super) segments: Vec<Segment>,
}

/// The reason why a manifest is not readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// Damaged.
    Damaged,
    /// An older format.
    Older,
    /// A newer format.
    Newer(u32),
}

impl Manifest {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut body = self.generation.to_le_bytes().to_vec();
        for segment in &self.segments {
            for number in [segment.number, segment.bytes, segment.chunks] {
                body.extend_from_slice(&number.to_le_bytes());
            }
        }
        [MARK.as_slice(), &FORMAT.to_le_bytes(), &chunk::seal(&body)].concat()
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Unreadable> {
        let rest = bytes.strip_prefix(MARK).ok_or(Unreadable::Damaged)?;
        let (format, rest) = rest.split_first_chunk::<4>().ok_or(Unreadable::Damaged)?;
        match u32::from_le_bytes(*format) {
            FORMAT => {}
            older if older < FORMAT => return Err(Unreadable::Older),
            newer => return Err(Unreadable::Newer(newer)),
        }
        let body = chunk::open(rest).ok_or(Unreadable::Damaged)?;
        let (words, []) = body.as_chunks::<8>() else { return Err(Unreadable::Damaged) };
        let words: Vec<u64> = words.iter().map(|word| u64::from_le_bytes(*word)).collect();
        let Some((generation, words)) = words.split_first() else {
            return Err(Unreadable::Damaged);
        };
        let (triples, []) = words.as_chunks::<3>() else { return Err(Unreadable::Damaged) };
        let segments = triples
            .iter()
            .map(|&[number, bytes, chunks]| Segment { number, bytes, chunks })
            .collect();
        Ok(Self { generation: *generation, segments })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Manifest {
        let segment = |number| Segment { number, bytes: 9, chunks: 2 };
        Manifest { generation: 5, segments: vec![segment(3), segment(5)] }
    }

    #[test]
    fn it_comes_back() {
        assert_eq!(Manifest::decode(&sample().encode()), Ok(sample()));
        assert_eq!(Manifest::decode(&Manifest::default().encode()), Ok(Manifest::default()));
    }

    #[test]
    fn damage_and_other_formats_are_told_apart() {
        let good = sample().encode();
        assert_eq!(Manifest::decode(&good[..good.len() - 1]), Err(Unreadable::Damaged));
        assert_eq!(Manifest::decode(b"something else"), Err(Unreadable::Damaged));
        let mut other = good;
        other[8] = 2;
        assert_eq!(Manifest::decode(&other), Err(Unreadable::Newer(2)));
        other[8] = 0;
        assert_eq!(Manifest::decode(&other), Err(Unreadable::Older));
    }

    /// Format 1 is frozen: any change of its bytes is a new format.
    #[test]
    fn format_one_is_pinned() {
        let bytes = Manifest { generation: 5, segments: vec![] }.encode();
        let checksum = 0x8e03_e9aa_39aa_a78c_u64.to_le_bytes();
        let expected: [&[u8]; 4] =
            [b"cscope\0\x01", &[1, 0, 0, 0], &checksum, &[5, 0, 0, 0, 0, 0, 0, 0]];
        assert_eq!(bytes, expected.concat());
    }
}
