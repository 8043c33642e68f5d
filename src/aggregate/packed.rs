//! Packed numbers: as few bytes as needed, unaligned, so that cells lie close together.

/// An integer below 2^48 in six bytes; larger ones saturate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Whole48([u8; 6]);

/// A moment in milliseconds since the epoch in six bytes: some 4,000 years either way; moments
/// beyond saturate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moment([u8; 6]);

/// A 64-bit float, all its bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Float([u8; 8]);

/// The low six bytes of a number.
fn low(number: u64) -> [u8; 6] {
    number.to_le_bytes().first_chunk().copied().unwrap_or_default()
}

fn wide(bytes: [u8; 6]) -> u64 {
    let [low @ .., fifth, sixth] = bytes;
    u64::from(u32::from_le_bytes(low)) | u64::from(u16::from_le_bytes([fifth, sixth])) << 32
}

impl Whole48 {
    /// The largest value.
    pub(super) const MAX: u64 = (1 << 48) - 1;

    pub(super) fn new(number: u64) -> Self {
        Self(low(number.min(Self::MAX)))
    }

    pub(super) fn get(self) -> u64 {
        wide(self.0)
    }
}

impl Moment {
    const MAX: i64 = (1 << 47) - 1;
    const MIN: i64 = -(1 << 47);

    /// A moment that does not saturate.
    pub(super) fn exact(time: i64) -> Option<Self> {
        (Self::MIN..=Self::MAX).contains(&time).then(|| Self::new(time))
    }

    pub(super) fn new(time: i64) -> Self {
        Self(low(time.clamp(Self::MIN, Self::MAX) as u64))
    }

    pub(super) fn get(self) -> i64 {
        (wide(self.0) << 16) as i64 >> 16
    }
}

impl Float {
    pub(super) const fn new(number: f64) -> Self {
        Self(number.to_le_bytes())
    }

    pub(super) const fn get(self) -> f64 {
        f64::from_le_bytes(self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_fits_comes_back(whole in 0..=Whole48::MAX, time in Moment::MIN..=Moment::MAX, float: f64) {
            prop_assert_eq!(Whole48::new(whole).get(), whole);
            prop_assert_eq!(Moment::new(time).get(), time);
            prop_assert_eq!(Moment::exact(time), Some(Moment::new(time)));
            prop_assert_eq!(Float::new(float).get().to_bits(), float.to_bits());
        }

        #[test]
        fn what_does_not_fit_stays_at_the_end(whole in Whole48::MAX.., time in (1i64 << 47)..) {
            prop_assert_eq!(Whole48::new(whole).get(), Whole48::MAX);
            prop_assert_eq!(Moment::new(time).get(), Moment::MAX);
            prop_assert_eq!(Moment::new(-time - 1).get(), Moment::MIN.max(-time - 1));
            prop_assert_eq!(Moment::exact(time), None);
        }
    }
}
