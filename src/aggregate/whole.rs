//! The shape of a lifetime: one total of all samples.

use crate::base::bytes::Bytes;

use super::{Aggregate, Cell, Sample, Span};

/// One total since the key's first event.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Whole<A>(A);

impl<A: Aggregate> Cell for Whole<A> {
    type Form = ();

    fn add(&mut self, (): (), sample: Sample) {
        self.0.add(sample.time, sample.value);
    }

    fn read(&self, (): (), _span: Span) -> Option<f64> {
        self.0.read()
    }

    fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
    }

    fn decode(bytes: &mut Bytes<'_>) -> Option<Self> {
        A::decode(bytes).map(Self)
    }
}
