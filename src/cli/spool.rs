//! The spool: rows that may have to be discarded wait, first in memory and then in a temporary
//! file, until their order is certain.

use std::cell::RefCell;
use std::io::{self, BufWriter, Seek as _, StdoutLock, Write};
use std::rc::Rc;

use tempfile::SpooledTempFile;

use super::output::for_programs;

/// The bytes that wait in memory.
const IN_MEMORY: usize = 4 << 20;
/// The bytes that are written to the temporary file at once.
const BUFFER: usize = 64 << 10;

/// A destination on stdout, which several writers can share.
#[derive(Clone)]
pub(super) struct Spool(Rc<RefCell<Destination>>);

enum Destination {
    /// Directly to stdout.
    Stdout(BufWriter<StdoutLock<'static>>),
    /// Into memory or a temporary file.
    Buffer(BufWriter<SpooledTempFile>),
}

/// An error of the temporary file, as opposed to one of stdout.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct TemporaryFile(io::Error);

fn temporary(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), TemporaryFile(error))
}

impl Spool {
    /// Output that `waits`, or goes directly to stdout.
    pub(super) fn new(waits: bool) -> Self {
        let way = if waits {
            let file = SpooledTempFile::new(IN_MEMORY);
            Destination::Buffer(BufWriter::with_capacity(BUFFER, file))
        } else {
            Destination::Stdout(for_programs())
        };
        Self(Rc::new(RefCell::new(way)))
    }

    /// Discards what was written. What went to stdout cannot be discarded.
    pub(super) fn clear(&self) -> io::Result<()> {
        match &mut *self.0.borrow_mut() {
            Destination::Stdout(_) => Err(io::Error::other("rows that were printed came again")),
            Destination::Buffer(file) => {
                file.rewind().map_err(temporary)?;
                file.get_mut().set_len(0).map_err(temporary)
            }
        }
    }

    /// Copies what waits to stdout. Nothing may be written afterwards.
    pub(super) fn end(&self) -> io::Result<()> {
        match &mut *self.0.borrow_mut() {
            Destination::Stdout(out) => out.flush(),
            Destination::Buffer(file) => {
                file.rewind().map_err(temporary)?;
                let mut out = for_programs();
                io::copy(file.get_mut(), &mut out)?;
                out.flush()
            }
        }
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut *self.0.borrow_mut() {
            Destination::Stdout(out) => out.write(bytes),
            Destination::Buffer(file) => file.write(bytes).map_err(temporary),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut *self.0.borrow_mut() {
            Destination::Stdout(out) => out.flush(),
            Destination::Buffer(file) => file.flush().map_err(temporary),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn what_waits_can_be_taken_back() {
        let mut spool = Spool::new(true);
        spool.write_all(&vec![b'x'; IN_MEMORY + 1]).unwrap();
        spool.clear().unwrap();
        spool.write_all(b"held").unwrap();
        let Destination::Buffer(file) = &mut *spool.0.borrow_mut() else { unreachable!() };
        file.rewind().unwrap();
        let mut text = String::new();
        file.get_mut().read_to_string(&mut text).unwrap();
        assert_eq!(text, "held");
    }
}
