//! The smallest part of a list that still does what the whole does, by delta debugging: ever
//! smaller pieces are left out while that changes nothing.

/// The numbers below `count` without which `still` does not hold. It holds for all of them.
pub(super) fn smallest(count: usize, mut still: impl FnMut(&[usize]) -> bool) -> Vec<usize> {
    let mut kept: Vec<usize> = (0..count).collect();
    let mut pieces = 2;
    while !kept.is_empty() {
        let size = kept.len().div_ceil(pieces);
        let less = (0..kept.len()).step_by(size).find_map(|start| {
            let end = kept.len().min(start + size);
            let rest = [&kept[..start], &kept[end..]].concat();
            still(&rest).then_some(rest)
        });
        match less {
            Some(rest) => {
                kept = rest;
                pieces = (pieces - 1).max(2);
            }
            None if size == 1 => break,
            None => pieces = (2 * pieces).min(kept.len()),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Nothing of it can be left out, whatever is needed together.
        #[test]
        fn nothing_can_be_left_out(needed in prop::collection::btree_set(0_usize..60, 0..9)) {
            let still = |part: &[usize]| needed.iter().all(|one| part.contains(one));
            let found = smallest(60, still);
            prop_assert_eq!(found, needed.iter().copied().collect::<Vec<_>>());
        }

        /// Also where other parts would do: any two numbers of a sum.
        #[test]
        fn any_part_will_do(wanted in 0_usize..40) {
            let found = smallest(60, |part| part.len() >= wanted);
            prop_assert_eq!(found.len(), wanted);
        }
    }
}
