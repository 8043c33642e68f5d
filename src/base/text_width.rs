//! The width of text on a terminal, in columns.

use unicode_width::UnicodeWidthStr as _;

/// The text, or where it is wider than so many columns, its beginning with an ellipsis.
#[must_use]
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        // What stands before may make a letter wider or narrower.
        if kept.width() + 1 > width {
            kept.pop();
            break;
        }
    }
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_by_its_columns() {
        assert_eq!(cut("as it is", 8), "as it is");
        assert_eq!(cut("a little more", 9), "a little…");
        let wide = "値".repeat(45);
        assert_eq!(cut(&wide, 90), wide);
        assert_eq!(cut(&wide, 80), format!("{}…", "値".repeat(39)));
        assert_eq!(cut(&wide, 1), "…");
    }
}
