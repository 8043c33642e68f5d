//! What every pane is drawn with: the colours and the signs.

use super::glyphs::Glyphs;
use super::theme::Theme;

/// The colours and signs that a pane draws with.
#[derive(Clone, Copy, Debug)]
pub struct Paint<'a> {
    /// A style for each role.
    pub theme: &'a Theme,
    /// The signs, all one cell wide.
    pub glyphs: &'a Glyphs,
}
