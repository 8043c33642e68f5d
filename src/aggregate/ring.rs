//! The ring shape: a total per bucket of time that has samples. Every window of whole buckets
//! is read from the same ring.

use std::ops::Range;

use crate::base::Buckets;
use crate::base::bytes::{Bytes, put_u64};

use super::packed::Moment;
use super::pool::{Pool, Run, limit};
use super::{Aggregate, Cell, Sample, Samples, Shape, Span};

/// The buckets that hold samples. Most keys have few, so none is stored for a bucket without
/// samples; most samples go to the newest, so that one lies in the cell itself.
///
/// If totals [run](Aggregate::RUNS), each is the total up to its bucket's end: a window is one
/// subtraction. Expired buckets stay until their room is needed; no value and no encoding shows
/// them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ring<A> {
    newest: Bucket<A>,
    /// False if every sample came too late for any bucket.
    any: bool,
    /// The buckets before the newest, oldest first.
    older: Run,
}

/// The number of a bucket and its total.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bucket<A> {
    /// A bucket has at least a millisecond, so its number fits where its time does.
    number: Moment,
    total: A,
}

/// The parameters of a ring.
#[derive(Clone, Copy, Debug)]
pub(super) struct RingForm {
    /// The division of time into buckets.
    buckets: Buckets,
    /// The number of buckets held, the current one included.
    held: i64,
    /// The largest block of the pool that a ring takes.
    limit: usize,
}

impl RingForm {
    /// A form of `held` buckets.
    pub(super) fn new(buckets: Buckets, held: i64) -> Self {
        Self { buckets, held, limit: limit(usize::try_from(held).unwrap_or(usize::MAX)) }
    }

    fn number(self, time: i64) -> i64 {
        self.buckets.number(time)
    }

    /// The oldest bucket held as of a time.
    fn oldest(self, time: i64) -> i64 {
        self.number(time) - self.held + 1
    }
}

/// The bucket of the last sample: mostly that of the next one too.
#[derive(Clone, Copy, Default)]
pub(super) struct LastBucket {
    start: i64,
    /// 0 before the first sample, so that no time lies in it.
    length: i64,
    number: i64,
}

impl LastBucket {
    /// The number of the bucket of a time.
    #[inline]
    fn of(&mut self, form: RingForm, time: i64) -> i64 {
        if !(0..self.length).contains(&(time - self.start)) {
            *self = Self::at(form, time);
        }
        self.number
    }

    #[cold]
    fn at(form: RingForm, time: i64) -> Self {
        let number = form.number(time);
        let start = form.buckets.start(number);
        Self { start, length: form.buckets.start(number + 1) - start, number }
    }
}

/// What a ring remembers between samples.
pub(super) struct Memo<A> {
    last: LastBucket,
    /// Closed buckets that are not yet moved to the older ones.
    closed: Vec<Bucket<A>>,
}

impl<A> Default for Memo<A> {
    fn default() -> Self {
        Self { last: LastBucket::default(), closed: Vec::new() }
    }
}

impl<A: Aggregate> Bucket<A> {
    fn new(number: i64, total: A) -> Self {
        Self { number: Moment::new(number), total }
    }

    /// The initial total of a bucket after `before`.
    fn after(before: Option<&Self>) -> A {
        before.map(|bucket| bucket.total).filter(|_| A::RUNS).unwrap_or_default()
    }
}

/// The number of older buckets before a bucket number.
fn before<A>(older: &[Bucket<A>], number: i64) -> usize {
    older.partition_point(|bucket| bucket.number.get() < number)
}

/// The number of expired buckets at the front. If totals run, the last bucket before the held ones
/// is needed: it is subtracted.
fn stale<A: Aggregate>(older: &[Bucket<A>], oldest: i64) -> usize {
    before(older, oldest).saturating_sub(usize::from(A::RUNS))
}

impl<A: Aggregate> Ring<A> {
    /// Moves the newest bucket to the older ones.
    #[inline]
    fn close_newest(&mut self, pool: &mut Pool<Bucket<A>>, form: RingForm, oldest: i64) {
        self.older.push(pool, form.limit, |older| stale(older, oldest), self.newest);
    }

    /// Inserts a bucket among the older ones.
    fn insert(&mut self, pool: &mut Pool<Bucket<A>>, form: RingForm, oldest: i64, new: Bucket<A>) {
        let place = before(self.older.parts(pool), new.number.get());
        self.older.insert(pool, form.limit, place, |older| stale(older, oldest), new);
    }

    /// Adds a sample that belongs before the newest bucket.
    #[cold]
    fn add_behind(
        &mut self,
        pool: &mut Pool<Bucket<A>>,
        form: RingForm,
        (number, oldest): (i64, i64),
        sample: Sample,
    ) {
        let older = self.older.parts(pool);
        let place = before(older, number);
        if older.get(place).is_none_or(|bucket| bucket.number.get() != number) {
            let total = Bucket::after(place.checked_sub(1).map(|before| &older[before]));
            self.insert(pool, form, oldest, Bucket::new(number, total));
        }
        let older = self.older.parts_mut(pool);
        let place = before(older, number);
        let add = |bucket: &mut Bucket<A>| bucket.total.add(sample.time, sample.number());
        if A::RUNS {
            // A sample counts in all running totals after it.
            older[place..].iter_mut().for_each(add);
            add(&mut self.newest);
        } else {
            add(&mut older[place]);
        }
    }

    /// Visits the number and own total of each bucket in an inclusive range of numbers, oldest
    /// first.
    fn each(&self, pool: &Pool<Bucket<A>>, (from, to): (i64, i64), mut visit: impl FnMut(i64, &A)) {
        let older = self.older.parts(pool);
        let first = before(older, from);
        let mut running = Bucket::after(first.checked_sub(1).map(|place| &older[place]));
        let newest = self.any.then_some(&self.newest);
        for bucket in older[first..].iter().chain(newest) {
            let number = bucket.number.get();
            if (from..=to).contains(&number) {
                visit(number, &if A::RUNS { bucket.total.since(&running) } else { bucket.total });
            }
            running = bucket.total;
        }
    }

    /// The running total of all buckets before a number.
    fn running(&self, older: &[Bucket<A>], number: i64) -> A {
        if self.any && self.newest.number.get() < number {
            return self.newest.total;
        }
        Bucket::after(before(older, number).checked_sub(1).map(|place| &older[place]))
    }
}

impl<A: Aggregate> Cell for Ring<A> {
    type Form = RingForm;
    type Part = Bucket<A>;
    type Memo = Memo<A>;

    fn parts(form: RingForm) -> Option<u64> {
        u64::try_from(form.held).ok()
    }

    fn shorter(form: RingForm, shape: Shape) -> Option<RingForm> {
        let Shape::Ring { held, .. } = shape else { return None };
        Some(RingForm { held: held.into(), ..form })
    }

    #[expect(clippy::inline_always, reason = "it fetches ahead for the loop over samples")]
    #[inline(always)]
    fn fetch(
        &self,
        pool: &Pool<Bucket<A>>,
        form: RingForm,
        memo: &mut Memo<A>,
        sample: Sample,
    ) -> i64 {
        // Most samples go to the newest bucket, in the cell.
        if memo.last.of(form, sample.time) == self.newest.number.get() {
            return 0;
        }
        self.older.last(pool).map_or(0, |bucket| bucket.number.get())
    }

    fn fetch_all(&self, pool: &Pool<Bucket<A>>) -> i64 {
        // The search for a bucket begins, and mostly ends, here.
        let older = self.older.parts(pool);
        let ends = [older.get(older.len() / 2), older.last()];
        ends.into_iter().flatten().fold(0, |sum, bucket| sum ^ bucket.number.get())
    }

    /// A sample older than the oldest held bucket is dropped: no window covers it any more.
    fn add(
        &mut self,
        pool: &mut Pool<Bucket<A>>,
        form: RingForm,
        memo: &mut Memo<A>,
        _written: Option<i64>,
        sample: Sample,
    ) {
        let last = memo.last.of(form, sample.clock);
        let number = if sample.time == sample.clock { last } else { form.number(sample.time) };
        let newest = self.newest.number.get();
        if !self.any || number > newest {
            let oldest = last - form.held + 1;
            if number < oldest {
                return;
            }
            let total = if self.any {
                self.close_newest(pool, form, oldest);
                Bucket::after(Some(&self.newest))
            } else {
                A::default()
            };
            (self.newest, self.any) = (Bucket::new(number, total), true);
        } else if number < newest {
            let oldest = last - form.held + 1;
            if number >= oldest {
                self.add_behind(pool, form, (number, oldest), sample);
            }
            return;
        }
        self.newest.total.add(sample.time, sample.number());
    }

    /// Without late samples, buckets are opened one after the other and moved only at the end.
    fn add_all(
        &mut self,
        pool: &mut Pool<Bucket<A>>,
        form: RingForm,
        memo: &mut Memo<A>,
        written: Option<i64>,
        samples: &Samples,
        range: Range<usize>,
    ) {
        if !samples.are_in_time() || range.len() == 1 {
            self.add_each(pool, form, memo, written, samples, range);
            return;
        }
        memo.closed.clear();
        for sample in range.map(|place| samples.get(place)) {
            let number = memo.last.of(form, sample.time);
            if !self.any || number > self.newest.number.get() {
                let before = self.any.then_some(self.newest);
                memo.closed.extend(before);
                (self.newest, self.any) =
                    (Bucket::new(number, Bucket::after(before.as_ref())), true);
            }
            self.newest.total.add(sample.time, sample.number());
        }
        let oldest = self.newest.number.get() - form.held + 1;
        let closed = &memo.closed;
        let stale = |older: &[Bucket<A>]| {
            let old = before(older, oldest);
            let new = if old == older.len() { before(closed, oldest) } else { 0 };
            let gone = (old + new).saturating_sub(usize::from(A::RUNS));
            (gone.min(older.len()), gone.saturating_sub(older.len()))
        };
        self.older.extend(pool, form.limit, stale, closed);
    }

    fn read(
        &self,
        pool: &Pool<Bucket<A>>,
        _form: RingForm,
        _written: i64,
        span: Span,
    ) -> Option<f64> {
        let (first, last) = span.extent.buckets();
        if A::RUNS {
            let older = self.older.parts(pool);
            let end = last.saturating_add(1);
            return self.running(older, end).since(&self.running(older, first)).read();
        }
        let mut total = A::default();
        self.each(pool, (first, last), |_, bucket| total.merge(bucket));
        total.read()
    }

    fn buckets(
        &self,
        pool: &Pool<Bucket<A>>,
        form: RingForm,
        written: i64,
        visit: &mut dyn FnMut(i64, f64),
    ) {
        self.each(pool, (form.oldest(written), i64::MAX), |number, total| {
            if let Some(value) = total.read() {
                visit(form.buckets.start(number), value);
            }
        });
    }

    fn release(&mut self, pool: &mut Pool<Bucket<A>>) {
        self.older.release(pool);
        *self = Self::default();
    }

    /// Numbers are delta-encoded, the last one against that of the write: all are small.
    fn encode(&self, pool: &Pool<Bucket<A>>, form: RingForm, written: i64, out: &mut Vec<u8>) {
        let oldest = form.oldest(written);
        let mut held = 0u64;
        self.each(pool, (oldest, i64::MAX), |_, _| held += 1);
        put_u64(out, held);
        let mut step_from = oldest;
        self.each(pool, (oldest, i64::MAX), |number, total| {
            put_u64(out, number.abs_diff(step_from));
            step_from = number;
            total.encode(out);
        });
    }

    fn decode(
        pool: &mut Pool<Bucket<A>>,
        form: RingForm,
        written: i64,
        bytes: &mut Bytes<'_>,
    ) -> Option<Self> {
        let (oldest, last) = (form.oldest(written), form.number(written));
        let mut ring = Self::default();
        let mut read = |ring: &mut Self| {
            let mut number = oldest;
            for place in 0..bytes.u64()? {
                let step = i64::try_from(bytes.u64()?).ok()?;
                number = number.checked_add(step)?;
                if number > last || (place > 0 && step == 0) {
                    return None;
                }
                let own = A::decode(bytes)?;
                let mut total = if A::RUNS { ring.newest.total } else { A::default() };
                total.merge(&own);
                if ring.any {
                    ring.close_newest(pool, form, oldest);
                }
                (ring.newest, ring.any) = (Bucket::new(number, total), true);
            }
            Some(())
        };
        if read(&mut ring).is_none() {
            ring.release(pool);
            return None;
        }
        Some(ring)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Extent;
    use super::super::count::Count;
    use super::super::sum::Sum;
    use super::*;

    const TEN: Buckets = Buckets::of(crate::base::Millis(10));
    const FORM: RingForm = RingForm { buckets: TEN, held: 3, limit: limit(3) };

    /// A ring with its pool and the clock of its last write, as a table stores them.
    #[derive(Default)]
    struct Kept<A> {
        ring: Ring<A>,
        pool: Pool<Bucket<A>>,
        written: i64,
    }

    impl<A: Aggregate> Kept<A> {
        fn add(&mut self, form: RingForm, time: i64, clock: i64, value: f64) {
            let sample = Sample::of_number(time, clock, value);
            let mut memo = Memo::default();
            self.ring.add(&mut self.pool, form, &mut memo, Some(self.written), sample);
            self.written = clock;
        }

        fn read(&self, form: RingForm, from: i64, to: i64) -> f64 {
            let (first, last) = (form.number(from), form.number(to - 1));
            let span = Span { extent: Extent::Buckets { first, last }, ..Span::whole(to) };
            self.ring.read(&self.pool, form, self.written, span).unwrap()
        }

        fn encoded(&self, form: RingForm) -> Vec<u8> {
            let mut out = Vec::new();
            self.ring.encode(&self.pool, form, self.written, &mut out);
            out
        }
    }

    fn counts(times: &[(i64, i64)]) -> Kept<Count> {
        let mut kept = Kept::default();
        times.iter().for_each(|(time, clock)| kept.add(FORM, *time, *clock, 1.0));
        kept
    }

    #[test]
    fn windows_are_read_by_their_buckets() {
        let ring = counts(&[(0, 0), (5, 5), (12, 12), (25, 25)]);
        let read = |from, to| ring.read(FORM, from, to);
        assert!((read(0, 26) - 4.0).abs() < 1e-12);
        assert!((read(10, 26) - 2.0).abs() < 1e-12);
        assert!((read(20, 26) - 1.0).abs() < 1e-12);
        assert!((read(30, 36) - 0.0).abs() < 1e-12);
    }

    #[test]
    fn a_late_sample_goes_to_its_bucket_while_it_is_held() {
        let mut ring = counts(&[(25, 25), (3, 25)]);
        assert!((ring.read(FORM, 0, 10) - 1.0).abs() < 1e-12);
        ring.add(FORM, 35, 35, 1.0);
        ring.add(FORM, 4, 35, 1.0);
        let mut starts = Vec::new();
        ring.ring.buckets(&ring.pool, FORM, ring.written, &mut |start, _| starts.push(start));
        assert_eq!(starts, [20, 30], "bucket 0 is no longer held");
    }

    #[test]
    fn stored_rings_come_back_and_broken_ones_do_not() {
        let ring = counts(&[(-15, 2), (5, 5), (12, 12)]);
        let out = ring.encoded(FORM);
        let mut pool = Pool::default();
        let back = Ring::<Count>::decode(&mut pool, FORM, 12, &mut Bytes(&out)).unwrap();
        let back = Kept { ring: back, pool, written: 12 };
        assert_eq!(back.encoded(FORM), out);
        let decode = |bytes: &[u8]| {
            Ring::<Count>::decode(&mut Pool::default(), FORM, 12, &mut Bytes(bytes)).is_some()
        };
        assert!((0..out.len()).all(|end| !decode(&out[..end])));
        assert!(!decode(&[1, 3, 1]), "a bucket after the last write");
        assert!(!decode(&[2, 1, 1, 0, 1]), "one bucket twice");
    }

    proptest! {
        /// A ring is a map from buckets to totals of which the oldest are forgotten; what it
        /// stores depends on what it holds alone.
        #[test]
        fn rings_are_maps(
            held in 1i64..40,
            steps in proptest::collection::vec((0i64..30, 0i64..200, 0.0..9f64), 1..200),
        ) {
            let form = RingForm::new(TEN, held);
            let (mut counts, mut sums) = (Kept::<Count>::default(), Kept::<Sum>::default());
            let mut map = std::collections::BTreeMap::<i64, (f64, f64)>::new();
            let mut clock = 0;
            for (forward, late, value) in steps {
                clock += forward;
                let time = if late < 150 { clock } else { clock - late };
                counts.add(form, time, clock, value);
                sums.add(form, time, clock, value);
                let oldest = form.oldest(clock);
                if form.number(time) >= oldest {
                    let bucket = map.entry(form.number(time)).or_default();
                    *bucket = (bucket.0 + 1.0, bucket.1 + value);
                }
                map.retain(|number, _| *number >= oldest);
                for from in [oldest, oldest + held / 2, oldest + held] {
                    let window = map.range(from..).map(|(_, total)| *total);
                    let (count, sum) = window.fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
                    let bits = |kept: f64| kept.to_bits();
                    prop_assert_eq!(bits(counts.read(form, from * 10, clock + 1)), bits(count));
                    prop_assert_eq!(bits(sums.read(form, from * 10, clock + 1)), bits(sum));
                }
            }
            let stored = counts.encoded(form);
            let mut pool = Pool::default();
            let back = Ring::decode(&mut pool, form, clock, &mut Bytes(&stored)).unwrap();
            let back = Kept::<Count> { ring: back, pool, written: clock };
            prop_assert_eq!(back.encoded(form), stored);
        }

        /// Samples that come together are those that come one by one.
        #[test]
        fn samples_may_come_together(
            held in 1i64..40,
            batches in proptest::collection::vec(
                (0i64..300, proptest::collection::vec((0i64..30, 0i64..200, 0.0..9f64), 1..60)),
                1..9,
            ),
            (is_late, counts) in any::<(bool, bool)>(),
        ) {
            type Steps = Vec<(i64, i64, f64)>;
            fn check<A: Aggregate>(held: i64, is_late: bool, batches: &[(i64, Steps)]) {
                let form = RingForm::new(TEN, held);
                let (mut each, mut all) = (Kept::<A>::default(), Kept::<A>::default());
                let mut memo = Memo::default();
                let mut clock = 0;
                for (gap, steps) in batches {
                    clock += gap;
                    let mut samples = Samples::default();
                    for (forward, late, value) in steps {
                        clock += forward;
                        let time = if is_late && *late > 150 { clock - late } else { clock };
                        each.add(form, time, clock, *value);
                        samples.push(0, Sample::of_number(time, clock, *value));
                    }
                    let (written, range) = (Some(all.written), 0..samples.len());
                    all.ring.add_all(&mut all.pool, form, &mut memo, written, &samples, range);
                    all.written = clock;
                    assert_eq!(each.encoded(form), all.encoded(form));
                }
            }
            if counts {
                check::<Count>(held, is_late, &batches);
            } else {
                check::<Sum>(held, is_late, &batches);
            }
        }

        /// A ring truncated on the way equals one that always had the shorter retention.
        #[test]
        fn a_ring_that_is_cut_down_is_a_shorter_one(
            (held, shorter) in (2i64..80).prop_flat_map(|held| (Just(held), 1..held)),
            cut in 0usize..200,
            steps in proptest::collection::vec((0i64..30, 0i64..400, 0.0..9f64), 1..200),
        ) {
            let short = RingForm::new(TEN, shorter);
            let shape = Shape::Ring { buckets: TEN, held: shorter as u32 };
            let mut form = RingForm::new(TEN, held);
            let (mut counts, mut sums) = (Kept::<Count>::default(), Kept::<Sum>::default());
            let (mut few_counts, mut few_sums) = (Kept::<Count>::default(), Kept::<Sum>::default());
            let mut clock = 0;
            for (number, (forward, late, value)) in steps.into_iter().enumerate() {
                if number >= cut {
                    form = <Ring<Count> as Cell>::shorter(form, shape).unwrap();
                    prop_assert_eq!(counts.encoded(form), few_counts.encoded(short));
                    prop_assert_eq!(sums.encoded(form), few_sums.encoded(short));
                }
                clock += forward;
                let time = if late < 300 { clock } else { clock - late };
                counts.add(form, time, clock, value);
                sums.add(form, time, clock, value);
                few_counts.add(short, time, clock, value);
                few_sums.add(short, time, clock, value);
            }
            let form = <Ring<Count> as Cell>::shorter(form, shape).unwrap();
            prop_assert_eq!(counts.encoded(form), few_counts.encoded(short));
            prop_assert_eq!(sums.encoded(form), few_sums.encoded(short));
            for from in short.oldest(clock)..=short.number(clock) {
                let read = |kept: f64| kept.to_bits();
                let to = clock + 1;
                prop_assert_eq!(read(counts.read(form, from * 10, to)), read(few_counts.read(short, from * 10, to)));
                prop_assert_eq!(read(sums.read(form, from * 10, to)), read(few_sums.read(short, from * 10, to)));
            }
        }
    }
}
