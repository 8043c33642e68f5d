//! Basic types that all modules share: times, time zones, buckets of time, durations, values, filters, keys,
//! quantities, clocks, slices of work, escaping, the directory of hash tables, regular files, the
//! guard around code that may panic, lists of texts, words as they are typed, the width of text. It imports nothing else of the crate.

pub mod buckets;
pub mod bytes;
pub mod clock;
pub mod comparison;
pub mod copy_on_write;
pub mod deadline;
pub mod directory;
pub mod duration;
pub mod escape;
pub mod events;
pub mod filter;
pub mod key;
pub mod kinds;
pub mod metadata;
pub mod packed;
pub mod panic_guard;
pub mod quantity;
pub mod regular_file;
pub mod segmented;
pub mod task;
pub mod text_list;
pub mod text_width;
pub mod time;
pub mod time_format;
pub mod time_rules;
pub mod typed_time;
pub mod value;
pub mod words;
pub mod zone;

pub use buckets::{Buckets, Weekday};
pub use clock::{Clock, ManualClock};
pub use comparison::Comparison;
pub use copy_on_write::CopyOnWrite;
pub use deadline::Deadline;
pub use duration::Millis;
pub use key::Key;
pub use kinds::Kinds;
pub use task::{Step, Task};
pub use text_list::TextList;
pub use time::Timestamp;
pub use value::Value;
pub use zone::Zone;
