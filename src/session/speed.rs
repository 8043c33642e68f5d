//! The speed of a replay: how fast event time runs beside wall time. Plain data.

/// How fast event time runs while playing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// So many seconds of event time in a second of wall time.
    Times(f64),
    /// As fast as the machine can.
    Max,
}

impl Speed {
    /// The speeds that `<` and `>` go through, in seconds of event time a second.
    pub const LADDER: [f64; 12] = [
        0.25, 0.5, 1.0, 10.0, 60.0, 300.0, 900.0, 3_600.0, 14_400.0, 43_200.0, 86_400.0, 604_800.0,
    ];

    /// The next speed up.
    #[must_use]
    pub fn faster(self) -> Self {
        match self {
            Self::Max => Self::Max,
            Self::Times(now) => Self::LADDER
                .iter()
                .find(|step| **step > now)
                .map_or(Self::Max, |step| Self::Times(*step)),
        }
    }

    /// The next speed down.
    #[must_use]
    pub fn slower(self) -> Self {
        let now = match self {
            Self::Max => f64::INFINITY,
            Self::Times(now) => now,
        };
        let lower = Self::LADDER.iter().rev().find(|step| **step < now);
        Self::Times(*lower.unwrap_or(&Self::LADDER[0]))
    }
}

/// As the header shows it: `60×` is said as `60x`, and `86400x` as `1d/s`.
impl std::fmt::Display for Speed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Self::Max => f.write_str("max"),
            Self::Times(times) if times < 60.0 => write!(f, "{times}x"),
            Self::Times(times) => {
                write!(f, "{}/s", crate::base::Millis((times * 1000.0) as i64))
            }
        }
    }
}
