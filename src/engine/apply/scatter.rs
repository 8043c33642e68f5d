//! Radix partitioning of samples by segment, so that a segment is added to while it is cached. The
//! order within a segment stays, so states do not change by it.

use crate::aggregate::{SEGMENT, Sample};

/// Fewer samples than this are not partitioned: too few of them share a segment.
const FEWEST: usize = 4096;

/// Buffers of the partitioning, recycled.
#[derive(Debug, Default)]
pub(super) struct ScatterBySegment {
    /// Per segment, the index of its next sample.
    ends: Vec<u32>,
    ordered: Vec<(u32, Sample)>,
}

impl ScatterBySegment {
    /// The samples, ordered by segment.
    pub(super) fn order<'s>(&'s mut self, samples: &'s [(u32, Sample)]) -> &'s [(u32, Sample)] {
        let last = samples.iter().map(|(slot, _)| segment(*slot)).max().unwrap_or_default();
        if samples.len() < FEWEST || last == 0 || last > samples.len() {
            return samples;
        }
        let Self { ends, ordered } = self;
        ends.clear();
        ends.resize(last + 2, 0);
        for (slot, _) in samples {
            ends[segment(*slot) + 1] += 1;
        }
        let mut sum = 0;
        for end in &mut *ends {
            sum += *end;
            *end = sum;
        }
        ordered.resize(samples.len(), NOTHING);
        for sample in samples {
            let place = &mut ends[segment(sample.0)];
            ordered[*place as usize] = *sample;
            *place += 1;
        }
        ordered
    }
}

const NOTHING: (u32, Sample) = (0, Sample::one(0, 0));

const fn segment(slot: u32) -> usize {
    slot as usize / SEGMENT
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn samples_of_a_segment_keep_their_order(slots in proptest::collection::vec(0u32..5000, 0..9000)) {
            let sample = |time: usize| Sample::one(time as i64, 0);
            let samples: Vec<(u32, Sample)> =
                slots.iter().enumerate().map(|(time, slot)| (*slot, sample(time))).collect();
            let mut sorted = samples.clone();
            if samples.len() >= FEWEST {
                sorted.sort_by_key(|(slot, _)| segment(*slot));
            }
            let mut buffers = ScatterBySegment::default();
            prop_assert_eq!(buffers.order(&samples), &sorted);
            prop_assert_eq!(buffers.order(&samples[..samples.len() / 2]).len(), samples.len() / 2);
        }
    }
}
