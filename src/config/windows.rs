//! The windows of a feature: their bucket, their lengths, and where they lie.

use crate::base::{Millis, Weekday};
use crate::diagnostic::{Faults, codes};

use super::document::{Spanned, Windows};
use super::features::Reader;
use super::scalars::MOST_BUCKETS;

impl Reader<'_> {
    /// The bucket and the windows; `name` is the member with the lengths.
    pub(super) fn windows(
        &self,
        name: &str,
        is_rolling: bool,
        faults: &mut Faults,
    ) -> Option<Windows> {
        let bucket = if let Some(slot) = self.members.get("bucket") {
            slot.duration(faults)
        } else {
            if self.defaults.bucket.is_none() {
                self.members.miss("bucket", faults);
            }
            self.defaults.bucket.clone()
        };
        let before = faults.errors();
        let align = self.align(bucket.as_ref(), is_rolling, faults);
        let offset = self.offset(bucket.as_ref().filter(|_| !is_rolling), faults);
        let slot = self.members.demand(name, faults)?;
        let lengths = slot.windows(bucket.as_ref().map(|bucket| bucket.value), faults);
        let windows = Windows { bucket: bucket?, lengths: lengths?, align, offset };
        (faults.errors() == before).then_some(windows)
    }

    /// The weekday on which the buckets start, which must be whole weeks.
    fn align(
        &self,
        bucket: Option<&Spanned<Millis>>,
        is_rolling: bool,
        faults: &mut Faults,
    ) -> Option<Spanned<Weekday>> {
        let slot = self.members.get("align")?;
        let word = slot.word(faults)?;
        let bucket = bucket?;
        let fault = if is_rolling {
            codes::CONFLICTING_MEMBERS
                .at(slot.key.span.clone(), "`align` has no effect on a rolling window")
                .help("it is exact to the millisecond, and lies on no buckets; remove `align`")
        } else if bucket.value.0 % WEEK.0 != 0 {
            let message =
                format!("`align` has no effect: buckets of {} are no weeks", bucket.value);
            codes::CONFLICTING_MEMBERS
                .at(slot.key.span.clone(), message)
                .label(bucket.span.clone(), "")
                .help("write `bucket: 7d`, or remove `align`")
        } else {
            return Some(Spanned { value: Weekday::named(word.value)?, span: word.span });
        };
        faults.add(fault);
        None
    }

    /// How far the windows are moved back: a whole number of buckets, where they lie on buckets.
    fn offset(
        &self,
        bucket: Option<&Spanned<Millis>>,
        faults: &mut Faults,
    ) -> Option<Spanned<Millis>> {
        let offset = self.members.get("offset")?.duration(faults)?;
        let Some(bucket) = bucket.map(|bucket| bucket.value) else { return Some(offset) };
        let Millis(span) = offset.value;
        let fault = if span % bucket.0 != 0 {
            let whole = Millis((span / bucket.0).max(1) * bucket.0);
            codes::BAD_NUMBER
                .at(
                    offset.span.clone(),
                    format!("{} is not a whole number of buckets of {bucket}", offset.value),
                )
                .help(format!(
                    "write a multiple of the bucket, such as `{whole}`, or a smaller `bucket`"
                ))
        } else if span / bucket.0 > i64::from(MOST_BUCKETS) {
            let message = format!("`offset` must be {MOST_BUCKETS} buckets or less");
            codes::BAD_NUMBER
                .at(offset.span.clone(), message)
                .help("write a shorter one, or a larger `bucket`")
        } else {
            return Some(offset);
        };
        faults.add(fault);
        None
    }
}

const WEEK: Millis = Millis(7 * Millis::DAY.0);
