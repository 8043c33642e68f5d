//! Quantities in the form that people read: `1,204`, `12.4k`, `58 MB`, `0.0312`.

/// A whole number with thousands separators: `1,204,000`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A counted noun: `1 feature`, `1,204 features`.
#[must_use]
pub fn counted(count: usize, word: &str) -> String {
    format!("{} {word}{}", grouped(count as u64), if count == 1 { "" } else { "s" })
}

/// The first of some names, and the number of others: `click, view and 3 more`.
#[must_use]
pub fn listed<T: AsRef<str>>(names: &[T], most: usize) -> String {
    let first: Vec<&str> = names.iter().take(most).map(AsRef::as_ref).collect();
    let first = first.join(", ");
    match names.len().saturating_sub(most) {
        0 => first,
        more => format!("{first} and {} more", grouped(more as u64)),
    }
}

/// A whole number in at most five characters: `987`, `12.4k`, `3.0M`.
#[must_use]
pub fn short(number: u64) -> String {
    const STEPS: [(u64, &str); 4] =
        [(1_000_000_000_000, "T"), (1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")];
    for (step, unit) in STEPS {
        if number >= step {
            let scaled = number as f64 / step as f64;
            return if scaled < 99.95 {
                format!("{scaled:.1}{unit}")
            } else {
                format!("{scaled:.0}{unit}")
            };
        }
    }
    number.to_string()
}

/// Bytes in binary units: `58.1 MiB`.
#[must_use]
pub fn bytes(number: u64) -> String {
    const STEPS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    for (step, unit) in STEPS {
        if number >= step {
            return format!("{:.1} {unit}", number as f64 / step as f64);
        }
    }
    format!("{number} B")
}

/// Parses a size in bytes: `512MiB`, `2 GiB`, `1.5G`, `4096`. Units are binary, with or without
/// their `iB`, in any case; without one, bytes are meant. `None` for anything else.
#[must_use]
pub fn parse_bytes(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let shift = match unit.trim() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        _ => return None,
    };
    let bytes = number.parse::<f64>().ok()? * f64::from(shift).exp2();
    (bytes >= 1.0 && bytes < u64::MAX as f64).then_some(bytes as u64)
}

/// The value of a feature: whole numbers with separators, others with four significant digits.
#[must_use]
pub fn value(number: f64) -> String {
    let size = number.abs();
    if number.fract() == 0.0 && size < 1e15 {
        let text = grouped(size as u64);
        return if number < 0.0 { format!("-{text}") } else { text };
    }
    if !(1e-4..1e15).contains(&size) {
        return format!("{number:.2e}");
    }
    let decimals = (3 - size.log10().floor() as i32).clamp(0, 7) as usize;
    if size >= 1000.0 {
        let text = grouped(size.round() as u64);
        return if number < 0.0 { format!("-{text}") } else { text };
    }
    format!("{number:.decimals$}")
}

/// A number that an event has, which may be an id: with the digits that it has, and no separators.
#[must_use]
pub fn quoted(number: f64) -> String {
    if number != 0.0 && !(1e-6..1e15).contains(&number.abs()) {
        return format!("{number:e}");
    }
    number.to_string()
}

/// A number with this many decimals and thousands separators: `1,204.50`.
#[must_use]
pub fn fixed(number: f64, decimals: usize) -> String {
    let digits = format!("{:.decimals$}", number.abs());
    let point = digits.find('.').unwrap_or(digits.len());
    let (whole, fraction) = digits.split_at(point);
    let sign = if number < 0.0 { "-" } else { "" };
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), grouped);
    format!("{sign}{whole}{fraction}")
}

/// The value of a feature with all of its digits and thousands separators: `1,204.25`,
/// `0.7230769230769231`.
#[must_use]
pub fn exact(number: f64) -> String {
    if number != 0.0 && !(1e-6..1e15).contains(&number.abs()) {
        return format!("{number:e}");
    }
    let digits = number.abs().to_string();
    let fraction = digits.find('.').map_or("", |point| &digits[point..]);
    let sign = if number < 0.0 { "-" } else { "" };
    format!("{sign}{}{fraction}", grouped(number.abs().trunc() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_may_be_an_id_keeps_its_digits() {
        for (number, text) in [
            (1_142_000.0, "1142000"),
            (-1204.0, "-1204"),
            (1234.5678, "1234.5678"),
            (0.0, "0"),
            (1e15, "1e15"),
            (1e-7, "1e-7"),
        ] {
            assert_eq!(quoted(number), text);
        }
    }

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, expected) in [
            ("4096", Some(4096)),
            ("512MiB", Some(512 << 20)),
            ("2 GiB", Some(2 << 30)),
            ("1.5g", Some(3 << 29)),
            ("0", None),
            ("-1M", None),
            ("1.2.3M", None),
            ("many", None),
            ("5 apples", None),
        ] {
            assert_eq!(parse_bytes(text), expected, "{text}");
        }
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1_204_000), "1,204,000");
        assert_eq!(
            (counted(1, "key"), counted(2000, "key")),
            ("1 key".into(), "2,000 keys".into())
        );
        assert_eq!(listed(&["a", "b"], 2), "a, b");
        assert_eq!(listed(&vec!["a"; 1002], 2), "a, a and 1,000 more");
        assert_eq!(short(987), "987");
        assert_eq!(short(12_400), "12.4k");
        assert_eq!(bytes(61_000_000), "58.2 MiB");
        assert_eq!(value(1204.0), "1,204");
        assert_eq!(value(0.03125), "0.03125");
        assert_eq!(value(12.3456), "12.35");
        assert_eq!(value(-0.5), "-0.5000");
        assert_eq!(value(1.33e-65), "1.33e-65");
        assert_eq!(value(48_213.7), "48,214");
    }

    #[test]
    fn an_exact_number_has_all_of_its_digits() {
        assert_eq!(exact(47.0 / 65.0), "0.7230769230769231");
        assert_eq!(exact(-1_204_117.75), "-1,204,117.75");
        assert_eq!(exact(1204.0), "1,204");
        assert_eq!((fixed(-1204.25, 1), fixed(1.0, 4)), ("-1,204.2".into(), "1.0000".into()));
        assert_eq!((exact(0.0), exact(-0.0)), ("0".into(), "0".into()));
        assert_eq!((exact(1.33e-65), exact(7e21)), ("1.33e-65".into(), "7e21".into()));
    }
}
