//! Work in slices: what takes longer than a slice is a task, which is called until it is done.

use super::deadline::Deadline;

/// A piece of work that goes on from where it stopped. However it is sliced, its result is the
/// same.
pub trait Task {
    /// What it needs of others for the length of a slice.
    type Context<'c>;
    /// What it results in.
    type Output;

    /// Works until it is done or the deadline has passed, and at least one unit. Not to be called
    /// again after it was done.
    fn step(&mut self, context: Self::Context<'_>, deadline: &Deadline) -> Step<Self::Output>;
}

/// How far a task came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step<T> {
    /// It is not done; so much of it is, 0 to 1.
    Pending(f32),
    /// It is done.
    Done(T),
}

impl<T> Step<T> {
    /// The result, once it is there.
    pub fn done(self) -> Option<T> {
        match self {
            Self::Pending(_) => None,
            Self::Done(result) => Some(result),
        }
    }
}
