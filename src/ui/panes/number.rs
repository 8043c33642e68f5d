//! Numbers and spans of time in few cells.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::base::{TextList, quantity};
use crate::session::snapshot::Reading;

/// A value in at most `cells` characters where that is possible at all: as [`quantity::value`]
/// writes it, small fractions with four decimals (so that their points lie below each other in a
/// column), and large numbers in thousands, millions and so on.
pub(super) fn value(number: f64, cells: usize) -> String {
    let text = if number.fract() != 0.0 && (1e-3..10.0).contains(&number.abs()) {
        format!("{number:.4}")
    } else {
        quantity::value(number)
    };
    if text.len() <= cells { text } else { scaled(number, cells).unwrap_or(text) }
}

/// How many decimals the numbers of each output have: as many as the one that needs most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decimals(BTreeMap<String, usize>);

/// The most decimals of a column.
const MOST_DECIMALS: usize = 4;

impl Decimals {
    /// The decimals of an output's numbers; `None` while none was seen.
    #[must_use]
    pub fn of(&self, output: &str) -> Option<usize> {
        self.0.get(output).copied()
    }

    /// The decimals that an output's numbers need, if that is more than it has.
    pub fn grown(&self, output: &str, numbers: impl Iterator<Item = f64>) -> Option<usize> {
        let has = self.of(output);
        if has == Some(MOST_DECIMALS) {
            return None;
        }
        let mut needed = None;
        for number in numbers {
            needed = needed.max(Some(decimals(number)));
            if needed == Some(MOST_DECIMALS) {
                break;
            }
        }
        needed.filter(|_| needed > has)
    }

    /// Sets the decimals of an output's numbers.
    pub fn set(&mut self, output: &str, decimals: usize) {
        self.0.insert(output.to_owned(), decimals);
    }
}

/// The decimals that a number needs to show four digits of itself, or all that it has.
fn decimals(number: f64) -> usize {
    if number.fract() == 0.0 || !number.is_finite() {
        return 0;
    }
    let most = (3 - number.abs().log10().floor() as i32).clamp(0, MOST_DECIMALS as i32) as usize;
    let digits = number.abs().to_string();
    digits.find('.').map_or(0, |point| digits.len() - point - 1).min(most)
}

/// A value of a column whose numbers have so many decimals, in at most `cells` characters where
/// that is possible at all: with fewer decimals, or in thousands and so on, where it is too wide.
pub(super) fn aligned(number: f64, cells: usize, decimals: Option<usize>) -> String {
    let Some(decimals) = decimals else { return value(number, cells) };
    let vanishes = number != 0.0 && number.abs() < 0.5 * 10_f64.powi(-(decimals as i32));
    if vanishes || number.abs() >= 1e15 {
        return value(number, cells);
    }
    let fixed = |decimals: usize| quantity::fixed(number, decimals);
    let fits = (0..=decimals).rev().map(fixed).find(|text| text.len() <= cells);
    fits.unwrap_or_else(|| value(number, cells))
}

/// The characters of a list that are shown at most: more than any pane has room for.
const MOST_SHOWN: usize = 2_000;

/// The texts of a list with commas between them, as far as a pane may have room for.
pub(super) fn list(list: &TextList) -> String {
    let commas = std::iter::once("").chain(std::iter::repeat(", "));
    let texts = commas.zip(list.texts()).flat_map(|(comma, text)| [comma, text]);
    texts.flat_map(str::chars).take(MOST_SHOWN).collect()
}

/// A reading in words: the number in full, the texts of a list, or why there is none.
pub(in crate::ui) fn reading(reading: &Reading) -> String {
    match reading {
        Reading::Value(number) => quantity::exact(*number),
        Reading::List(texts) => list(texts),
        Reading::NoData => "no value".to_owned(),
        Reading::Expired => "expired".to_owned(),
        Reading::NeverSeen => "never seen".to_owned(),
    }
}

/// A difference, with its sign: `+3`, `-0.0312`.
pub(super) fn change(number: f64, cells: usize, decimals: Option<usize>) -> String {
    let size = aligned(number.abs(), cells.saturating_sub(1), decimals);
    format!("{}{size}", if number < 0.0 { '-' } else { '+' })
}

/// The number with as many digits as fit before the letter of its size, or in powers of ten.
fn scaled(number: f64, cells: usize) -> Option<String> {
    const STEPS: [(f64, &str); 5] = [(1e3, "k"), (1e6, "M"), (1e9, "G"), (1e12, "T"), (1e15, "P")];
    let in_steps =
        STEPS.iter().filter(|(step, _)| number.abs() >= *step).flat_map(|(step, unit)| {
            (0..=3).rev().map(move |decimals| (number / step, decimals, unit))
        });
    let steps = in_steps.filter(|(scaled, ..)| scaled.abs() < 1e3);
    let in_powers = (0..=3).rev().map(|decimals: usize| format!("{number:.decimals$e}"));
    let in_decimals = (0..=6).rev().map(|decimals: usize| format!("{number:.decimals$}"));
    let small = (1e-4..1e3).contains(&number.abs());
    steps
        .map(|(scaled, decimals, unit)| format!("{scaled:.decimals$}{unit}"))
        .chain(in_decimals.filter(move |_| small))
        .chain(in_powers)
        // A thousand of a unit is one of the next: a rounding that says otherwise is not taken.
        .find(|text| text.len() <= cells && !text.trim_start_matches('-').starts_with("1000"))
}

/// Wall time: `9 ms`, `1.2 s`.
pub(in crate::ui) fn took(time: Duration) -> String {
    match time.as_millis() {
        millis @ 0..1_000 => format!("{millis} ms"),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_fit_their_cells() {
        for (number, text) in [
            (0.0, "0"),
            (187.0, "187"),
            (999_999.0, "999,999"),
            (1_204_000.0, "1.204M"),
            (12_345_678.0, "12.346M"),
            (999_700_000.0, "999.700M"),
            (999_999_999.0, "1.000e9"),
            (0.031_25, "0.0312"),
            (0.5, "0.5000"),
            (0.000_123_4, "0.000123"),
            (0.000_012_34, "1.23e-5"),
            (-0.25, "-0.2500"),
            (-1_204_000.0, "-1.204M"),
            (1.3e-65, "1.30e-65"),
            (7.0e21, "7.00e21"),
        ] {
            let shown = value(number, 8);
            assert!(shown.len() <= 8, "{shown}");
            assert_eq!(shown, text);
        }
        assert_eq!(value(1_204_000.0, 9), "1,204,000");
        assert_eq!(value(123_456.0, 5), "123k");
        assert_eq!(value(12.345, 4), "12.3");
    }

    #[test]
    fn changes_carry_their_sign() {
        assert_eq!(change(3.0, 8, None), "+3");
        assert_eq!(change(-0.9, 8, None), "-0.9000");
        assert_eq!(change(-1_204_000.0, 8, None), "-1.204M");
        assert_eq!(change(-0.9, 8, Some(1)), "-0.9");
    }

    #[test]
    fn a_column_has_one_number_of_decimals() {
        let mut column = Decimals::default();
        assert_eq!(column.of("ctr"), None);
        let mut see = |numbers: &[f64]| {
            if let Some(decimals) = column.grown("ctr", numbers.iter().copied()) {
                column.set("ctr", decimals);
            }
            column.of("ctr")
        };
        assert_eq!(see(&[1.0, 0.0]), Some(0));
        assert_eq!(see(&[12.5, 1_860.25]), Some(1));
        assert_eq!(see(&[2.0 / 3.0]), Some(4));
        assert_eq!(see(&[1.0]), Some(4), "never fewer than before");
        let shown = |number| aligned(number, 8, Some(4));
        assert_eq!((shown(1.0), shown(0.0)), ("1.0000".into(), "0.0000".into()));
        assert_eq!((shown(-2.0 / 3.0), shown(0.00001)), ("-0.6667".into(), "1.00e-5".into()));
        assert_eq!((shown(1_204.0), shown(182_400.5)), ("1,204.00".into(), "182,400".into()));
        assert_eq!((shown(48_213_771.0), shown(7e21)), ("48.214M".into(), "7.00e21".into()));
    }
}
