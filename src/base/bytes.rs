//! Byte encoding of stored states: little-endian, whole numbers as LEB128.

/// Appends an unsigned integer, seven bits a byte.
pub fn put_u64(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number as u8 & 0x7f) | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Appends a signed integer in zigzag form: few bytes for small values of either sign.
pub fn put_i64(out: &mut Vec<u8>, number: i64) {
    put_u64(out, ((number << 1) ^ (number >> 63)) as u64);
}

/// Appends a float, all its bits.
pub fn put_f64(out: &mut Vec<u8>, number: f64) {
    out.extend_from_slice(&number.to_le_bytes());
}

/// Appends a text after its length.
pub fn put_text(out: &mut Vec<u8>, text: &str) {
    put_u64(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// A reader of such bytes, in the order in which they were appended. Every read is `None` if the
/// bytes do not contain what is read.
#[derive(Clone, Copy, Debug)]
pub struct Bytes<'b>(pub &'b [u8]);

impl<'b> Bytes<'b> {
    /// True if everything has been read.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// An unsigned integer.
    pub fn u64(&mut self) -> Option<u64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// A signed integer.
    pub fn i64(&mut self) -> Option<i64> {
        let coded = self.u64()?;
        Some((coded >> 1) as i64 ^ -((coded & 1) as i64))
    }

    /// A float.
    pub fn f64(&mut self) -> Option<f64> {
        let (bytes, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(f64::from_le_bytes(*bytes))
    }

    /// A text.
    pub fn text(&mut self) -> Option<&'b str> {
        let length = usize::try_from(self.u64()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(bytes).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_put_is_read(whole: u64, signed: i64, float in proptest::num::f64::ANY, text: String) {
            let mut out = Vec::new();
            put_u64(&mut out, whole);
            put_i64(&mut out, signed);
            put_f64(&mut out, float);
            put_text(&mut out, &text);
            let mut bytes = Bytes(&out);
            prop_assert_eq!(bytes.u64(), Some(whole));
            prop_assert_eq!(bytes.i64(), Some(signed));
            prop_assert_eq!(bytes.f64().map(f64::to_bits), Some(float.to_bits()));
            prop_assert_eq!(bytes.text(), Some(text.as_str()));
            prop_assert!(bytes.is_empty());
        }

        #[test]
        fn broken_bytes_are_no_panic(broken: Vec<u8>) {
            let _ = Bytes(&broken).u64();
            let _ = Bytes(&broken).i64();
            let _ = Bytes(&broken).f64();
            let _ = Bytes(&broken).text();
        }
    }
}
