//! Sparklines and bars.

use ratatui::style::Style;

use super::pen::Pen;

/// The smallest and the largest number of a row; `None` where there is none.
pub(in crate::ui) fn extent(points: &[Option<f64>]) -> Option<(f64, f64)> {
    points.iter().flatten().filter(|n| n.is_finite()).fold(None, |extent, n| match extent {
        None => Some((*n, *n)),
        Some((low, high)) => Some((low.min(*n), high.max(*n))),
    })
}

/// Draws points as columns, oldest first, a cell each, or thinned where there are more points
/// than cells. The foot is zero, or the smallest number if that is below zero; gaps stay blank.
/// Returns the cells taken.
pub(in crate::ui) fn sparkline(pen: &mut Pen<'_>, points: &[Option<f64>], style: Style) -> u16 {
    let Some((low, high)) = extent(points) else { return 0 };
    let (foot, width) = (low.min(0.0), points.len().min(usize::from(pen.width())));
    for x in 0..width {
        let Some(Some(number)) = points.get(x * points.len() / width) else { continue };
        column(pen, x as u16, 1, share(*number, foot, high), None, style);
    }
    width as u16
}

/// How far up between foot and top a number lies, 0 to 1; at the foot where they coincide.
pub(in crate::ui) fn share(number: f64, foot: f64, top: f64) -> f64 {
    let share = (number - foot) / (top - foot);
    if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
}

/// Draws one bar of this width on the pen's lowest row, up to `share` of its height: at least an
/// eighth of a cell. `solid` is the sign for whole and part cells alike, in place of eighths.
/// Returns the rows it takes.
pub(in crate::ui) fn column(
    pen: &mut Pen<'_>,
    x: u16,
    width: u16,
    share: f64,
    solid: Option<&'static str>,
    style: Style,
) -> u16 {
    let bars = pen.glyphs().bars;
    let height = pen.height();
    let eighths = ((share * f64::from(height) * 8.0).round() as u16).max(1);
    let rows = eighths.div_ceil(8).min(height);
    for row in 0..rows {
        let filled = (eighths - row * 8).min(8);
        let sign = solid.unwrap_or(bars[usize::from(filled) - 1]);
        for dx in 0..width {
            pen.sign(x + dx, height - 1 - row, sign, style);
        }
    }
    rows
}
