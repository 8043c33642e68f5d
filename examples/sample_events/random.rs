//! Chance, the same for the same seed. It must not know what is drawn.

/// A stream of numbers: Steele, Lea and Flood's `SplitMix64`.
pub(crate) struct Random(u64);

impl Random {
    /// The stream of a seed.
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Sixty-four bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number in 0..1.
    pub(crate) fn share(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Whether something of this probability happens.
    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        self.share() < probability
    }

    /// A number in `low..high`.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }

    /// A whole number below `end`, which must not be 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        ((self.share() * end as f64) as usize).min(end.saturating_sub(1))
    }

    /// The wait for the next of things that happen so often on average.
    pub(crate) fn wait(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.share()).ln()
    }

    /// A number of the normal distribution, by Box and Muller's transform.
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.share()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.share()).cos()
    }

    /// One of these.
    pub(crate) fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// Up to `most` distinct ones of these, at least one.
pub(crate) fn some_of<T: Copy + PartialEq>(random: &mut Random, all: &[T], most: usize) -> Vec<T> {
    let mut some = Vec::new();
    for _ in 0..=random.below(most) {
        let one = *random.one_of(all);
        if !some.contains(&one) {
            some.push(one);
        }
    }
    some
}

/// The numbers below `count` in some order.
pub(crate) fn shuffled(random: &mut Random, count: usize) -> Vec<usize> {
    let mut all: Vec<usize> = (0..count).collect();
    for end in (2..=count).rev() {
        all.swap(end - 1, random.below(end));
    }
    all
}

/// Things of which a few are drawn often and most are drawn rarely.
pub(crate) struct Weighted {
    /// For each thing, the weights up to and including its own.
    sums: Vec<f64>,
}

impl Weighted {
    /// Things with these weights.
    pub(crate) fn new(weights: impl IntoIterator<Item = f64>) -> Self {
        let sums = weights.into_iter().scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        Self { sums: sums.collect() }
    }

    /// Zipf's law: the n-th thing is drawn about 1/n^slope as often as the first.
    pub(crate) fn zipf(count: usize, slope: f64) -> Self {
        Self::new((1..=count).map(|rank| (rank as f64).powf(-slope)))
    }

    /// The number of a thing.
    pub(crate) fn draw(&self, random: &mut Random) -> usize {
        let total = self.sums.last().copied().unwrap_or(0.0);
        let mark = random.share() * total;
        self.sums.partition_point(|sum| *sum <= mark).min(self.sums.len().saturating_sub(1))
    }
}
