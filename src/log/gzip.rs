//! Gzip: consecutive members, as `gzip -d` accepts them. Zeros behind a member are padding;
//! anything else there is an error of its own.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;

/// The bytes read at once.
const CHUNK: usize = 32 * 1024;
/// The first byte of a member.
const MEMBER: u8 = 0x1f;
/// The message of the error of bytes that belong to no member.
pub(super) const TRAILING: &str = "bytes behind the end of the gzip data";

/// Decompresses all members.
pub(super) struct Gzip<R> {
    /// The decoder of the current member; `None` at the end.
    member: Option<GzDecoder<BufReader<R>>>,
}

impl<R: Read> Gzip<R> {
    pub(super) fn new(bytes: R) -> Self {
        Self { member: Some(GzDecoder::new(BufReader::with_capacity(CHUNK, bytes))) }
    }
}

impl<R: Read> Read for Gzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let count = member.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let Some(mut rest) = self.member.take().map(GzDecoder::into_inner) else { break };
            match behind_zeros(&mut rest)? {
                None => {}
                Some(MEMBER) => self.member = Some(GzDecoder::new(rest)),
                Some(_) => return Err(io::Error::new(io::ErrorKind::InvalidData, TRAILING)),
            }
        }
        Ok(0)
    }
}

/// Skips zeros; returns the next byte.
fn behind_zeros(bytes: &mut impl BufRead) -> io::Result<Option<u8>> {
    loop {
        let ahead = match bytes.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            ahead => ahead?,
        };
        let zeros = ahead.iter().take_while(|byte| **byte == 0).count();
        let next = ahead.get(zeros).copied();
        let is_end = ahead.is_empty();
        bytes.consume(zeros);
        if next.is_some() || is_end {
            return Ok(next);
        }
    }
}
