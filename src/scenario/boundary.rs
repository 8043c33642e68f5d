//! The boundaries of outputs, which tests may reach.

/// A boundary of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Boundary {
    /// A value is expected at all, at a key that an event has had.
    Value,
    /// An event of the key lies at an edge of the window, or a millisecond beside it.
    WindowEdge,
    /// The key was written, and its window holds nothing any more.
    EmptyWindow,
    /// The key has expired.
    Expiry,
    /// A served value is expected, and is not the live one.
    HeldBack,
    /// The divisor is 0, or there is none.
    DivisorZero,
    /// The filter rejects an event.
    Filter,
}

impl Boundary {
    /// All boundaries, in the order in which they are told.
    pub const ALL: [Self; 7] = [
        Self::Value,
        Self::WindowEdge,
        Self::EmptyWindow,
        Self::Expiry,
        Self::HeldBack,
        Self::DivisorZero,
        Self::Filter,
    ];

    /// The name, for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::WindowEdge => "window-edge",
            Self::EmptyWindow => "empty-window",
            Self::Expiry => "expiry",
            Self::HeldBack => "held-back",
            Self::DivisorZero => "divisor-zero",
            Self::Filter => "filter",
        }
    }

    /// What no test has, in words.
    #[must_use]
    pub const fn lack(self) -> &'static str {
        match self {
            Self::Value => "no value expected",
            Self::WindowEdge => "no event at a window's edge",
            Self::EmptyWindow => "no window that has become empty",
            Self::Expiry => "no expired key",
            Self::HeldBack => "no served value that a refresh holds back",
            Self::DivisorZero => "no divisor of 0",
            Self::Filter => "no event that the filter rejects",
        }
    }
}
