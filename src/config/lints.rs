//! The section `lints`: which warnings are told, and beyond which numbers.

use crate::diagnostic::codes::Code;
use crate::diagnostic::lints::{Level, LintSettings, lint, threshold};
use crate::diagnostic::{Diagnostic, Faults, codes};

use super::members::Slot;
use super::node::{Node, Value};

/// What a lint takes, for messages.
const TAKES: &str = "write `allow`, `warn`, `deny`, or its thresholds, such as `{share: 0.9}`";

/// Reads the section.
pub(super) fn read(slot: Slot<'_>, faults: &mut Faults) -> LintSettings {
    let mut settings = LintSettings::default();
    let entries = match &slot.node.value {
        Value::Map(entries) => entries.as_slice(),
        // All of them are commented out.
        Value::Null => &[],
        _ => {
            slot.refuse(slot.node, faults);
            &[]
        }
    };
    for entry in entries {
        match lint(&entry.key.scalar_text().unwrap_or_default()) {
            Ok(code) => of_lint(code, &entry.value, &mut settings, faults),
            Err(what) => faults.add(unknown(&entry.key, what)),
        }
    }
    settings
}

/// Reads what is said of one lint.
fn of_lint(code: &Code, node: &Node, settings: &mut LintSettings, faults: &mut Faults) {
    let level = node.scalar_text().and_then(|word| Level::named(&word));
    let thresholds = match (&node.value, level) {
        (_, Some(level)) => return settings.set_level(*code, level),
        (Value::Map(thresholds), None) => thresholds,
        _ => {
            let message = format!("`{}` takes a word or its thresholds", code.name);
            return faults.add(codes::WRONG_KIND.at(node.span.clone(), message).help(TAKES));
        }
    };
    for entry in thresholds {
        let name = entry.key.scalar_text().unwrap_or_default();
        let number = match entry.value.value {
            Value::Integer(whole) => Some(whole as f64),
            Value::Float(number) => Some(number),
            _ => None,
        };
        match (threshold(code, &name), number.filter(|number| *number >= 0.0)) {
            (Err(what), _) => faults.add(unknown(&entry.key, what)),
            (Ok(threshold), Some(number)) => settings.set(threshold, number),
            (Ok(threshold), None) => {
                let message = format!("`{name}` takes a number of at least 0");
                let help = format!("{}; without it, it is {}", threshold.means, threshold.default);
                faults.add(codes::WRONG_KIND.at(entry.value.span.clone(), message).help(help));
            }
        }
    }
}

fn unknown(key: &Node, what: String) -> Diagnostic {
    let help = "`counterscope check --explain` lists the codes, and docs/lints.md their thresholds";
    codes::UNKNOWN_MEMBER.at(key.span.clone(), what).help(help)
}

#[cfg(test)]
mod tests {
    use crate::config;
    use crate::diagnostic::lints::{Level, SMALL_BELOW, SMALL_SHARE};

    /// The settings of a section, and the codes with the marked texts of its faults.
    fn read(section: &str) -> (config::Document, Vec<(&'static str, String)>) {
        let text = format!("lints: {section}\nfeatures: []\n");
        let (document, report) = config::read("test", &text);
        let faults = report.diagnostics.iter().filter(|fault| fault.code != "no-features");
        let marked = |span: std::ops::Range<usize>| text[span].to_owned();
        let faults = faults.map(|fault| (fault.code, marked(fault.labels[0].span.clone())));
        (document.unwrap_or_default(), faults.collect())
    }

    #[test]
    fn levels_and_thresholds_are_read() {
        let section = "{unseen-type: allow, near-miss: deny, small-divisor: {below: 3}}";
        let (document, faults) = read(section);
        assert_eq!(faults, []);
        assert_eq!(document.lints.level("unseen-type"), Some(Level::Allow));
        assert_eq!(document.lints.level("near-miss"), Some(Level::Deny));
        assert_eq!(document.lints.level("small-divisor"), None);
        assert_eq!((document.lints.of(&SMALL_BELOW), document.lints.of(&SMALL_SHARE)), (3.0, 0.5));
        assert_eq!(read("").1, []);
    }

    #[test]
    fn what_is_not_a_lint_is_a_fault() {
        for (section, code, marked) in [
            ("[a]", "wrong-kind", "[a]"),
            ("{unseen-typ: allow}", "unknown-member", "unseen-typ"),
            ("{bad-filter: allow}", "unknown-member", "bad-filter"),
            ("{unseen-type: off}", "wrong-kind", "off"),
            ("{unseen-type: {share: 1}}", "unknown-member", "share"),
            ("{small-divisor: {belo: 1}}", "unknown-member", "belo"),
            ("{small-divisor: {below: few}}", "wrong-kind", "few"),
            ("{small-divisor: {below: -1}}", "wrong-kind", "-1"),
        ] {
            assert_eq!(read(section).1, [(code, marked.to_owned())], "{section}");
        }
    }
}
