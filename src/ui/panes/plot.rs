//! A chart of ranges with an axis of values: dots, eight a cell, or the ASCII twin.

use ratatui::style::Style;

use crate::base::quantity;

use super::number;
use crate::ui::draw::chart::share;
use crate::ui::draw::pen::Pen;
use crate::ui::draw::text::Cut;

/// The cells of the axis: its labels, and the line.
pub(super) const AXIS: u16 = 8;
/// The narrowest chart that has one.
const WITH_AXIS: u16 = 32;
/// The rows from one label to the next, at least.
const LABELLED: u16 = 3;

/// The lowest and the highest of some values.
pub(super) type Range = (f64, f64);

/// The cells that are left beside the axis.
pub(super) const fn cells(width: u16) -> u16 {
    if width >= WITH_AXIS { width - AXIS } else { width }
}

/// Which values the rows of a chart stand for: from a round number to a round number, so that they
/// stay while the values change a little.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scale {
    foot: f64,
    top: f64,
    step: f64,
}

impl Scale {
    /// A scale for so many rows.
    fn new((low, high): Range, rows: u16) -> Self {
        // Zero is shown where it is not far from the values.
        let foot = if low >= 0.0 && low <= high / 2.0 || low >= high { low.min(0.0) } else { low };
        let top =
            if high <= 0.0 && high >= low / 2.0 || low >= high { high.max(0.0) } else { high };
        let steps = f64::from((rows / LABELLED).clamp(1, 4));
        let step = Some(round_up((top - foot) / steps)).filter(|step| *step > 0.0).unwrap_or(1.0);
        let foot = (foot / step).floor() * step;
        let top = ((top / step).ceil() * step).max(foot + step);
        Self { foot, top, step }
    }

    /// The numbers that are labelled, the lowest first.
    fn ticks(&self) -> impl Iterator<Item = f64> {
        let count = ((self.top - self.foot) / self.step).round().clamp(1.0, 8.0) as usize;
        (0..=count).map(|tick| self.step.mul_add(tick as f64, self.foot))
    }

    /// A label: all of them have as many decimals as the step needs.
    fn label(&self, number: f64) -> String {
        let cells = usize::from(AXIS) - 1;
        let decimals = (0..6).find(|decimals| {
            let scaled = self.step * 10_f64.powi(*decimals);
            (scaled - scaled.round()).abs() < 1e-6 * scaled
        });
        let text = match decimals {
            None | Some(0) => quantity::value(number),
            Some(decimals) => format!("{number:.*}", decimals as usize),
        };
        if text.len() <= cells { text } else { number::value(number, cells) }
    }

    /// Which of so many steps from the foot a number is nearest to.
    fn place(&self, number: f64, steps: u16) -> u16 {
        (share(number, self.foot, self.top) * f64::from(steps.saturating_sub(1))).round() as u16
    }
}

/// The next number up that is 1, 2, 2.5 or 5 times a power of ten.
fn round_up(number: f64) -> f64 {
    let power = 10_f64.powf(number.log10().floor());
    let is_enough = |step: &f64| *step >= number * (1.0 - 1e-9);
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .map(|digit| digit * power)
        .into_iter()
        .find(is_enough)
        .unwrap_or(number)
}

/// Draws ranges, the first at the left, a column each, of `all` of which there will be. `extremes`
/// are the lowest and the highest value, and `last` is a value in the last range that is marked.
pub(super) fn draw(
    pen: &mut Pen<'_>,
    ranges: &[Option<Range>],
    all: usize,
    extremes: Range,
    last: Option<f64>,
) {
    let (width, height) = (pen.width(), pen.height());
    if width == 0 || height == 0 {
        return;
    }
    let scale = Scale::new(extremes, height);
    let cells = cells(width);
    draw_axis(pen, &scale, width - cells);
    let pen = &mut pen.part(width - cells, 0, cells, height);
    let fitted = fit(ranges, all, usize::from(cells));
    let style = pen.theme().bar;
    for (range, x) in fitted.iter().zip(0..) {
        let Some(range) = range else { continue };
        if pen.glyphs().boxes {
            draw_dots(pen, &scale, x, *range, style);
        } else {
            draw_letters(pen, &scale, x, *range, style);
        }
    }
    if let (Some(last), Some(x)) = (last, fitted.len().checked_sub(1))
        && height > 1
    {
        let (sign, accent) = (pen.glyphs().cursor, pen.theme().accent);
        pen.sign(x as u16, height - 1 - scale.place(last, height * 4) / 4, sign, accent);
    }
}

/// The ranges in at most so many columns, each of which covers the ranges that fall into it.
fn fit(ranges: &[Option<Range>], all: usize, cells: usize) -> Vec<Option<Range>> {
    let all = all.max(ranges.len());
    if all <= cells || cells == 0 {
        return ranges[..ranges.len().min(cells)].to_vec();
    }
    let columns = (ranges.len() * cells).div_ceil(all).min(cells);
    let column = |column: usize| {
        let (from, to) = (column * all / cells, ((column + 1) * all / cells).min(ranges.len()));
        let both = |a: Range, b: Range| (a.0.min(b.0), a.1.max(b.1));
        ranges[from.min(to)..to].iter().flatten().copied().reduce(both)
    };
    (0..columns).map(column).collect()
}

fn draw_axis(pen: &mut Pen<'_>, scale: &Scale, cells: u16) {
    let Some(x) = cells.checked_sub(1) else { return };
    let (faint, height) = (pen.theme().faint, pen.height());
    let (line, tick) = if pen.glyphs().boxes { ("│", "┤") } else { ("|", "+") };
    for y in 0..height {
        pen.sign(x, y, line, faint);
    }
    // Where there is a single row, its number is the largest.
    for number in scale.ticks() {
        let y = height - 1 - scale.place(number, height * 4) / 4;
        pen.text(0, y, x, &" ".repeat(usize::from(x)), faint);
        pen.right(0, y, x, &scale.label(number), faint, Cut::End);
        pen.sign(x, y, tick, faint);
    }
}

fn draw_dots(pen: &mut Pen<'_>, scale: &Scale, x: u16, (low, high): Range, style: Style) {
    /// The dots of a row of a cell, the lowest first.
    const DOTS: [u32; 4] = [0xc0, 0x24, 0x12, 0x09];
    let height = pen.height();
    let (low, high) = (scale.place(low, height * 4), scale.place(high, height * 4));
    for row in low / 4..=high / 4 {
        let dots = (0..4).filter(|dot| (low..=high).contains(&(row * 4 + dot)));
        let dots = dots.fold(0, |sum, dot| sum | DOTS[usize::from(dot)]);
        let sign = char::from_u32(0x2800 + dots).unwrap_or(' ');
        pen.sign(x, height - 1 - row, sign.encode_utf8(&mut [0; 4]), style);
    }
}

fn draw_letters(pen: &mut Pen<'_>, scale: &Scale, x: u16, (low, high): Range, style: Style) {
    const LEVELS: [&str; 3] = ["_", "-", "'"];
    let height = pen.height();
    let (low, high) = (scale.place(low, height * 3), scale.place(high, height * 3));
    for row in low / 3..=high / 3 {
        let sign = if low == high { LEVELS[usize::from(low % 3)] } else { "|" };
        pen.sign(x, height - 1 - row, sign, style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_run_between_round_numbers() {
        for (range, rows, foot, top, labels) in [
            ((0.0, 57.0), 9, 0.0, 60.0, "0 20 40 60"),
            ((0.0, 0.0), 9, 0.0, 1.0, "0 1"),
            ((3.0, 3.0), 3, 0.0, 5.0, "0 5"),
            ((0.0, 0.043), 6, 0.0, 0.05, "0.000 0.025 0.050"),
            ((1_001.0, 1_013.0), 6, 1_000.0, 1_020.0, "1,000 1,010 1,020"),
            ((-4.0, 9.0), 3, -20.0, 20.0, "-20 0 20"),
            ((0.0, 12_345_678.0), 3, 0.0, 2e7, "0 20.000M"),
        ] {
            let scale = Scale::new(range, rows);
            let shown: Vec<String> = scale.ticks().map(|tick| scale.label(tick)).collect();
            assert_eq!((scale.foot, scale.top), (foot, top), "{range:?}");
            assert_eq!(shown.join(" "), labels, "{range:?}");
        }
    }

    #[test]
    fn any_number_of_columns_keeps_the_extremes() {
        for all in 1..60_usize {
            for shown in 0..=all {
                let ranges: Vec<_> = (0..shown).map(|n| Some((n as f64, n as f64 + 1.0))).collect();
                for cells in 1..50 {
                    let fitted = fit(&ranges, all, cells);
                    assert!(fitted.len() <= cells);
                    let extremes = |ranges: &[Option<Range>]| {
                        ranges.iter().flatten().fold((f64::MAX, f64::MIN), |all, range| {
                            (all.0.min(range.0), all.1.max(range.1))
                        })
                    };
                    assert_eq!(extremes(&fitted), extremes(&ranges), "{all} {shown} {cells}");
                }
            }
        }
    }
}
