//! Tests as XML of the shape of `JUnit`: a suite for each config, a case for each test.

use std::fmt::Write as _;

use super::{Tested, text};
use crate::scenario::Outcome;

/// The report.
pub(super) fn xml(tested: &[Tested]) -> String {
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n".to_owned();
    for Tested { config, tests } in tested {
        let outcomes = tests.as_ref().map_or(&[][..], |tests| &tests.outcomes);
        let failed = outcomes.iter().filter(|test| !test.passed()).count();
        let is_uncovered = tests.as_ref().is_some_and(|tests| tests.uncovered.is_some());
        let errors = usize::from(tests.is_none()) + usize::from(is_uncovered);
        // Writing to a text does not fail.
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failed}\" errors=\"{errors}\">",
            escaped(config),
            outcomes.len() + errors,
        );
        if tests.is_none() {
            error(&mut xml, config, "the config", "the config has faults");
        }
        for test in outcomes {
            case(&mut xml, config, test);
        }
        if is_uncovered {
            error(&mut xml, config, "the coverage", "the tests cover less than is asked for");
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn case(xml: &mut String, config: &str, test: &Outcome) {
    let (name, config_name) = (escaped(&test.name), escaped(config));
    let line = test.line;
    let head = format!(
        "    <testcase classname=\"{config_name}\" name=\"{name}\" file=\"{config_name}\" line=\"{line}\""
    );
    if test.passed() {
        let _ = writeln!(xml, "{head}/>");
        return;
    }
    let lines = text::of_test(config, test);
    let (message, details) = (escaped(&text::summary(test)), escaped(&lines.join("\n")));
    let _ = writeln!(
        xml,
        "{head}>\n      <failure message=\"{message}\">{details}</failure>\n    </testcase>"
    );
}

fn error(xml: &mut String, config: &str, name: &str, message: &str) {
    let config = escaped(config);
    let _ = writeln!(
        xml,
        "    <testcase classname=\"{config}\" name=\"{name}\"><error message=\"{message}\"/></testcase>"
    );
}

/// A text in XML: its marks replaced, and what XML cannot hold.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(sign),
            sign if sign.is_control() || matches!(sign, '\u{fffe}' | '\u{ffff}') => {
                escaped.push('\u{fffd}');
            }
            sign => escaped.push(sign),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_xml_are_replaced() {
        assert_eq!(escaped("a<b> & \"c\"\u{1b}\n"), "a&lt;b&gt; &amp; &quot;c&quot;\u{fffd}\n");
    }
}
