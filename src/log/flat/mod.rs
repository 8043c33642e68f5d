//! The flat format: any objects with a time and a type; their members are the attributes.

mod event;
mod line_types;
mod parser;
mod scanner;
mod several;

use crate::base::events::EventSettings;
use crate::tape::Layout;

use super::reading::{LineReader, Scanned};

#[cfg(feature = "parquet")]
pub(super) use event::Found;
pub(super) use event::{Members, Wanted, has, has_type, needs_type};

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
    let scanner = scanner.map(|scanner| SeveralScanner::new(scanner, wanted.types.clone()));
    Box::new(Scanned { scanner, parser: Parser::new(wanted) })
}
