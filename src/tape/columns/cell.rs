//! The numbers of columns, and their byte form.

/// A number of a column, with its byte form.
pub trait Cell: Copy + PartialEq + Send + Sync + 'static {
    /// The bytes of a number.
    const BYTES: usize;

    /// Appends numbers in byte form.
    fn put(cells: &[Self], bytes: &mut Vec<u8>);

    /// Reads numbers in byte form.
    fn get(bytes: &[u8]) -> Vec<Self>;
}

macro_rules! number {
    ($($number:ty),*) => {$(
        impl Cell for $number {
            const BYTES: usize = size_of::<Self>();

            fn put(cells: &[Self], bytes: &mut Vec<u8>) {
                let before = bytes.len();
                bytes.resize(before + size_of_val(cells), 0);
                let (places, _) = bytes[before..].as_chunks_mut();
                for (place, cell) in places.iter_mut().zip(cells) {
                    *place = cell.to_le_bytes();
                }
            }

            fn get(bytes: &[u8]) -> Vec<Self> {
                let (cells, _) = bytes.as_chunks();
                cells.iter().map(|cell| Self::from_le_bytes(*cell)).collect()
            }
        }
    )*};
}

number!(u16, u32, u64, i64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_from_bytes() {
        fn back<T: Cell>(cells: &[T]) -> bool {
            let mut bytes = vec![9];
            T::put(cells, &mut bytes);
            bytes.len() == 1 + cells.len() * T::BYTES && T::get(&bytes[1..]) == cells
        }
        assert!(back(&[0u16, 1, 0xff00]) && back(&[u32::MAX, 1]) && back::<u32>(&[]));
        assert!(back(&[u64::MAX, 1 << 40]) && back(&[i64::MIN, -1, 7]));
        assert!(back(&super::super::rows::KINDS));
    }
}
