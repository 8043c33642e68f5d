//! The lifetime shape: one total of all samples.

use crate::base::bytes::Bytes;

use super::pool::Pool;
use super::{Aggregate, Cell, Sample, Span};

/// One total since the key's first event.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Lifetime<A>(A);

impl<A: Aggregate> Cell for Lifetime<A> {
    type Form = ();
    type Part = ();
    type Memo = ();

    fn add(
        &mut self,
        _pool: &mut Pool<()>,
        (): (),
        (): &mut (),
        _written: Option<i64>,
        sample: Sample,
    ) {
        self.0.add(sample.time, sample.number());
    }

    fn read(&self, _pool: &Pool<()>, (): (), _written: i64, _span: Span) -> Option<f64> {
        self.0.read()
    }

    fn encode(&self, _pool: &Pool<()>, (): (), _written: i64, out: &mut Vec<u8>) {
        self.0.encode(out);
    }

    fn decode(_pool: &mut Pool<()>, (): (), _written: i64, bytes: &mut Bytes<'_>) -> Option<Self> {
        A::decode(bytes).map(Self)
    }
}
