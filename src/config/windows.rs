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
            if self.defaults.bucket.is_none() && !self.defaults.has_bad_bucket {
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

#[cfg(test)]
mod tests {
    use super::super::read;

    fn faults(members: &str) -> Vec<(&'static str, String)> {
        let text = format!(
            "features:\n- {{name: a, type: counter, scope: item, interaction: x, {members}}}\n"
        );
        let report = read("test", &text).1;
        report.diagnostics.into_iter().map(|fault| (fault.code, fault.message)).collect()
    }

    #[test]
    fn what_lies_on_no_buckets_is_a_fault() {
        for members in [
            "windows: [1], bucket: 7d, align: sunday, offset: 14d",
            "windows: [1], bucket: 1h, offset: 0s",
            "windows: [1], bucket: 1h, window: rolling, offset: 90m",
        ] {
            assert_eq!(faults(members), [], "{members}");
        }
        for (members, code, message) in [
            (
                "windows: [1], bucket: 1d, align: monday",
                "conflicting-members",
                "`align` has no effect: buckets of 1d are no weeks",
            ),
            (
                "windows: [1], bucket: 7d, align: monday, window: rolling",
                "conflicting-members",
                "`align` has no effect on a rolling window",
            ),
            (
                "windows: [1], bucket: 7d, align: mondays",
                "unknown-word",
                "`align` cannot be `mondays`",
            ),
            (
                "windows: [1], bucket: 1h, offset: 90m",
                "bad-number",
                "1h30m is not a whole number of buckets of 1h",
            ),
            (
                "windows: [1], bucket: 1ms, offset: 1h",
                "bad-number",
                "`offset` must be 1000000 buckets or less",
            ),
            (
                "half_life: 1h, offset: 1h",
                "conflicting-members",
                "`offset` has no effect with `half_life`",
            ),
            ("align: monday", "conflicting-members", "`align` has no effect without `windows`"),
        ] {
            assert_eq!(faults(members), [(code, message.to_owned())], "{members}");
        }
    }

    #[test]
    fn a_zone_is_named_as_the_database_names_it() {
        let of = |zone: &str| {
            let text = format!(
                "events: {{timezone: {zone}}}\nfeatures:\n\
                 - {{name: a, type: counter, scope: item, windows: [1], bucket: 1d}}\n"
            );
            let (document, report) = read("test", &text);
            let found = document.and_then(|document| document.timezone);
            let helps = report.diagnostics.into_iter().map(|fault| fault.help.unwrap_or_default());
            (found.map(|zone| zone.value.name()), helps.collect::<Vec<_>>())
        };
        assert_eq!(of("Europe/Berlin"), (Some("Europe/Berlin"), vec![]));
        for (zone, help) in [
            ("Berlin", "did you mean `Europe/Berlin`?"),
            ("Europe/Berln", "did you mean `Europe/Berlin`?"),
            ("\"+02:00\"", "write a name of the IANA database, such as `Europe/Berlin`"),
        ] {
            assert_eq!(of(zone), (None, vec![help.to_owned()]), "{zone}");
        }
    }
}
