//! Bulk encoding of numbers with a fixed width, through readers and writers.

use std::io::{self, Read, Write};

/// The numbers converted at once.
const PIECE: usize = 8192;

/// Writes numbers one after the other.
pub fn put_numbers<T, const N: usize>(
    out: &mut dyn Write,
    numbers: impl IntoIterator<Item = T>,
    bytes: impl Fn(T) -> [u8; N],
) -> io::Result<()> {
    let mut piece = Vec::with_capacity(PIECE * N);
    for number in numbers {
        piece.extend_from_slice(&bytes(number));
        if piece.len() == PIECE * N {
            out.write_all(&piece)?;
            piece.clear();
        }
    }
    out.write_all(&piece)
}

/// Writes bytes after their length.
pub fn put_group(out: &mut dyn Write, group: &[u8]) -> io::Result<()> {
    out.write_all(&(group.len() as u64).to_le_bytes())?;
    out.write_all(group)
}

/// A reader with a bound on what is left, so that a wrong length allocates no memory.
#[allow(missing_debug_implementations, reason = "a reader need not have one")]
pub struct Input<'i> {
    from: &'i mut dyn Read,
    left: u64,
    piece: Vec<u8>,
}

impl<'i> Input<'i> {
    /// A reader of at most `size` bytes.
    pub fn new(from: &'i mut dyn Read, size: u64) -> Self {
        Self { from, left: size, piece: Vec::new() }
    }

    fn take(&mut self, bytes: u64) -> io::Result<()> {
        let too_many = || io::Error::from(io::ErrorKind::InvalidData);
        self.left = self.left.checked_sub(bytes).ok_or_else(too_many)?;
        Ok(())
    }

    /// Reads `count` numbers. [`io::ErrorKind::InvalidData`] if there are fewer.
    pub fn numbers<T, const N: usize>(
        &mut self,
        count: usize,
        mut number: impl FnMut([u8; N]) -> T,
    ) -> io::Result<Vec<T>> {
        self.take((count as u64).saturating_mul(N as u64))?;
        let mut numbers = Vec::with_capacity(count);
        while numbers.len() < count {
            self.piece.resize(PIECE.min(count - numbers.len()) * N, 0);
            self.from.read_exact(&mut self.piece).map_err(cut_short)?;
            let (pieces, _) = self.piece.as_chunks::<N>();
            numbers.extend(pieces.iter().map(|bytes| number(*bytes)));
        }
        Ok(numbers)
    }

    /// Reads bytes after their length.
    pub fn group(&mut self) -> io::Result<Vec<u8>> {
        let length = self.numbers(1, u64::from_le_bytes)?;
        self.take(length[0])?;
        let mut group = vec![0; length[0] as usize];
        self.from.read_exact(&mut group).map_err(cut_short)?;
        Ok(group)
    }
}

fn cut_short(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => io::ErrorKind::InvalidData.into(),
        _ => error,
    }
}
