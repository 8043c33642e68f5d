//! Classification and conversion of sixteen bytes at once.

use wide::u8x16;

/// The bytes per step.
pub(super) const WIDTH: usize = 16;

/// The number of bytes before the first that ends a text, begins an escape or is invalid in a text;
/// [`WIDTH`] if there is none.
#[inline]
pub(super) fn plain(bytes: [u8; WIDTH]) -> usize {
    let bytes = u8x16::new(bytes);
    let is = |byte: u8| bytes.simd_eq(u8x16::splat(byte));
    let is_control = bytes.simd_eq(bytes.min(u8x16::splat(0x1f)));
    before((is(b'"') | is(b'\\') | is_control).to_bitmask())
}

/// The number of leading digits.
#[inline]
pub(super) fn digits(bytes: [u8; WIDTH]) -> usize {
    let values = u8x16::new(bytes) - u8x16::splat(b'0');
    before(values.simd_eq(values.max(u8x16::splat(10))).to_bitmask())
}

/// The number of bytes before the first mark.
#[inline]
const fn before(marks: u32) -> usize {
    (marks | 1 << WIDTH).trailing_zeros() as usize
}

/// The number in the first `count` bytes, 1 to [`WIDTH`], all of them digits.
#[inline]
pub(super) const fn number(bytes: [u8; WIDTH], count: usize) -> u64 {
    const ZEROS: u128 = u128::MAX / 255 * b'0' as u128;
    let values = u128::from_le_bytes(bytes) ^ ZEROS;
    // The first digits are the lowest bytes, and the most significant.
    if count <= 8 {
        return eight((values as u64) << (8 * (8 - count)));
    }
    let values = values << (8 * (WIDTH - count));
    eight(values as u64) * 100_000_000 + eight((values >> 64) as u64)
}

/// The number in eight digit values, the first in the lowest byte.
#[inline]
const fn eight(values: u64) -> u64 {
    let pairs = values.wrapping_mul(10).wrapping_add(values >> 8);
    let low = (pairs & 0x0000_00ff_0000_00ff).wrapping_mul(0x000f_4240_0000_0064);
    let high = (pairs >> 16 & 0x0000_00ff_0000_00ff).wrapping_mul(0x0000_2710_0000_0001);
    low.wrapping_add(high) >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_in_every_place() {
        for byte in 0..=255u8 {
            for place in 0..WIDTH {
                let mut text = *b"abcdefghijklmnop";
                text[place] = byte;
                let ends = byte < 0x20 || byte == b'"' || byte == b'\\';
                assert_eq!(plain(text), if ends { place } else { WIDTH }, "{byte} in {place}");
                let mut text = *b"9090909090909090";
                text[place] = byte;
                let ends = !byte.is_ascii_digit();
                assert_eq!(digits(text), if ends { place } else { WIDTH }, "{byte} in {place}");
            }
        }
    }

    #[test]
    fn numbers_of_every_length() {
        let text = *b"9876543210123456";
        for count in 1..=WIDTH {
            let want = std::str::from_utf8(&text[..count]).unwrap().parse::<u64>().unwrap();
            assert_eq!(number(text, count), want);
            let mut other = text;
            other[count..].fill(b'"');
            assert_eq!(number(other, count), want);
        }
        assert_eq!(number([b'9'; 16], 16), 9_999_999_999_999_999);
    }
}
