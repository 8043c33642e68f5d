//! Texts as people sort and search them. It must not know what the texts are.

/// Whether a text contains another, which is in lower case, whatever its own case.
pub(in crate::session::view) fn contains(text: &str, lower: &str) -> bool {
    if text.is_ascii() && lower.is_ascii() {
        let (text, lower) = (text.as_bytes(), lower.as_bytes());
        return lower.is_empty()
            || text.windows(lower.len()).any(|part| part.eq_ignore_ascii_case(lower));
    }
    text.to_lowercase().contains(lower)
}

/// Bytes that sort as a text does when its numbers compare as numbers and its letters whatever
/// their case: `item2` before `item10`, numbers before letters.
pub(in crate::session::view) fn natural(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() + 4);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let digits = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(rest.len());
        let (piece, tail) = rest.split_at(end);
        rest = tail;
        if digits {
            // The longer a number is without its leading zeros, the larger.
            let number = piece.trim_start_matches('0');
            bytes.push(NUMBER);
            bytes.extend(number.len().to_be_bytes());
            bytes.extend(number.as_bytes());
        } else {
            bytes.extend(piece.to_lowercase().as_bytes());
        }
    }
    bytes
}

/// The first eight bytes of [`natural`], with one in place of the eight that say how long a number
/// is that the text begins with.
pub(in crate::session::view) fn beginning(text: &str) -> [u8; 8] {
    let bytes = natural(text);
    let length = if bytes.first() == Some(&NUMBER) { 1..size_of::<usize>() } else { 0..0 };
    let (before, behind) = (bytes.iter().take(length.start), bytes.iter().skip(length.end));
    let mut begin = [0; 8];
    begin.iter_mut().zip(before.chain(behind)).for_each(|(byte, own)| *byte = *own);
    begin
}

/// What a number begins with; smaller than any letter.
const NUMBER: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_keys_sort_as_numbers() {
        let mut keys = ["p10", "p9", "P1", "10", "q", "p", "9", "p010x", "pa", "p10y", ""];
        keys.sort_by_cached_key(|key| natural(key));
        assert_eq!(keys, ["", "9", "10", "p", "P1", "p9", "p10", "p010x", "p10y", "pa", "q"]);
    }

    #[test]
    fn a_filter_ignores_case() {
        assert!(contains("Item-B7", "m-b"));
        assert!(contains("Ärger", "ärg"));
        assert!(contains("abc", ""));
        assert!(!contains("abc", "abcd"));
    }
}
