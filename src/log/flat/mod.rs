//! The flat format: any objects with a time and a type; their members are the attributes.
//!
//! * `event` says which values are required of a line; `members` has them as a tree, with what is
//!   required of objects and lists in it (`path` reads the paths).
//! * `parser` finds them in any line; `scanner` in one that looks like those before, an `object` at
//!   a time, into what `scanned` holds.
//! * `record` makes the events of what either found: of one type, of flags (`line_types`), of the
//!   elements of a list, or `metadata`. `several` does so behind the scanner; a line that is one
//!   event of the type that it names has a shorter way.

mod event;
mod line_types;
mod members;
mod metadata;
mod object;
mod parser;
mod path;
mod record;
mod scanned;
mod scanner;
mod several;

use crate::base::events::EventSettings;
use crate::tape::Layout;

use super::reading::{LineReader, Scanned};

#[cfg(feature = "parquet")]
pub(super) use event::Found;
pub(super) use event::{Members, Wanted, has_type, key_of_file, needs_type};
#[cfg(feature = "parquet")]
pub(super) use members::{ElementValues, List};
pub(super) use path::has_in_either;
#[cfg(feature = "parquet")]
pub(super) use path::{Step, first_step, within_each};

use parser::Parser;
use scanner::Scanner;
use several::SeveralScanner;

/// The reader of flat events, with or without a scanner.
pub(super) fn reader(
    settings: &EventSettings,
    members: &Members,
    layout: &Layout,
    scans: bool,
) -> Box<dyn LineReader> {
    let wanted = Wanted::new(settings, members, layout);
    let scanner = scans.then(|| Scanner::new(&wanted));
    if wanted.is_plain() {
        return Box::new(Scanned { scanner, parser: Parser::new(wanted) });
    }
    let scanner = scanner.map(|scanner| SeveralScanner::new(scanner, wanted.clone()));
    Box::new(Scanned { scanner, parser: Parser::new(wanted) })
}
