//! What is wrong with a log itself, whatever the config counts of it.

pub(super) mod clocks;
pub(super) mod impressions;
pub(super) mod late;
pub(super) mod repeats;
pub(super) mod sources;
pub(super) mod times;
