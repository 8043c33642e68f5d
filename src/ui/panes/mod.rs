//! The panes: pure functions from a part of the snapshot to cells of the screen. They must not
//! know the model, keys, or each other.
