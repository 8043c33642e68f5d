//! Samples in the order of the segments that they are added to: what is added to one segment is
//! added at once, while it is in the processor's cache. Those of one segment stay in their order, so
//! that this changes no state. It must not know what samples are added to.

use crate::aggregate::{SEGMENT, Sample};

/// Fewer samples are left as they are: too few of them meet in a segment.
const FEWEST: usize = 4096;

/// Room for ordering samples.
#[derive(Debug, Default)]
pub(in crate::engine) struct ScatterBySegment {
    /// For each segment, where its next sample goes.
    ends: Vec<u32>,
    ordered: Vec<(u32, Sample)>,
}

impl ScatterBySegment {
    /// The samples, those of each segment together.
    pub(in crate::engine) fn order<'s>(
        &'s mut self,
        samples: &'s [(u32, Sample)],
    ) -> &'s [(u32, Sample)] {
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

const NOTHING: (u32, Sample) = (0, Sample { time: 0, clock: 0, value: 0.0 });

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
            let sample = |time: usize| Sample { time: time as i64, clock: 0, value: 1.0 };
            let samples: Vec<(u32, Sample)> =
                slots.iter().enumerate().map(|(time, slot)| (*slot, sample(time))).collect();
            let mut sorted = samples.clone();
            if samples.len() >= FEWEST {
                sorted.sort_by_key(|(slot, _)| segment(*slot));
            }
            let mut room = ScatterBySegment::default();
            prop_assert_eq!(room.order(&samples), &sorted);
            prop_assert_eq!(room.order(&samples[..samples.len() / 2]).len(), samples.len() / 2);
        }
    }
}
