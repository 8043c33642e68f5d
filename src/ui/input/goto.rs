//! The places that a person types, moments apart: the number of an event, a percentage.

/// The event number that `text` means; `1,204` and `#1204` are read too.
pub fn event(text: &str) -> Result<usize, String> {
    let digits = text.trim().trim_start_matches('#').replace([',', '_', ' '], "");
    let text = text.trim();
    if text.is_empty() {
        return Err("type the number of an event, as 1204".to_owned());
    }
    digits.parse().map_err(|_| format!("`{text}` is not the number of an event"))
}

/// The share of the log that `text` means, 0 to 100.
pub fn percent(text: &str) -> Result<f64, String> {
    let digits = text.trim().trim_end_matches('%').trim_end();
    match digits.parse::<f64>() {
        Ok(share) if (0.0..=100.0).contains(&share) => Ok(share),
        _ if text.trim().is_empty() => Err("type a number from 0 to 100".to_owned()),
        _ => Err(format!("`{}` is not a number from 0 to 100", text.trim())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_type() {
        assert_eq!(event("#1,204"), Ok(1204));
        assert_eq!(percent("36.7 %"), Ok(36.7));
    }

    #[test]
    fn says_what_can_be_typed() {
        assert!(event("-3").is_err());
        assert!(percent("101").is_err() && percent("NaN").is_err());
    }
}
