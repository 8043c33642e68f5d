//! Reports in SARIF 2.1.0, which code hosts show beside the lines of a change.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::codes::{self, Code};
use super::{Lines, Place, Report, Severity};

/// The schema that the text names.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Reports as one SARIF log with one run. Columns are counted in characters. A diagnostic of a whole
/// file has the file alone.
#[must_use]
pub fn sarif<'r>(reports: impl IntoIterator<Item = &'r Report>) -> Value {
    let mut results = Vec::new();
    for report in reports {
        let lines = Lines::new(&report.text);
        let artifact = json!({"uri": uri(&report.name)});
        for found in &report.diagnostics {
            let location = |span: &std::ops::Range<usize>, message: &str| {
                let (start, end) = (lines.place(span.start), lines.place(span.end));
                let region = region(start, end);
                let mut location =
                    json!({"physicalLocation": {"artifactLocation": artifact, "region": region}});
                if !message.is_empty() {
                    location["message"] = json!({"text": message});
                }
                location
            };
            let mut labels = found.labels.iter();
            let first = labels.next().map(|label| location(&label.span, ""));
            let whole = || json!({"physicalLocation": {"artifactLocation": artifact}});
            let related: Vec<Value> =
                labels.map(|label| location(&label.span, &label.message)).collect();
            let text = match &found.help {
                Some(help) => format!("{}. Help: {help}", found.message),
                None => found.message.clone(),
            };
            results.push(json!({
                "ruleId": found.code,
                "ruleIndex": codes::ALL.iter().position(|code| code.name == found.code),
                "level": level(found.severity),
                "message": {"text": text},
                "locations": [first.unwrap_or_else(whole)],
                "relatedLocations": related,
            }));
        }
    }
    let rules: Vec<Value> = codes::ALL.iter().map(rule).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "counterscope",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(code: &Code) -> Value {
    json!({
        "id": code.name,
        "shortDescription": {"text": code.summary},
        "help": {"text": code.page, "markdown": code.page},
        "defaultConfiguration": {"level": level(code.severity)},
    })
}

fn region(start: Place, end: Place) -> Value {
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// A path as the reference of a URI: what is neither a letter, a digit nor one of `-._~/` is encoded.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_a_result_with_its_rule_and_region() {
        let mut report = Report::new("my config.yaml", "a: 1\nb: ä [x]\n");
        let fault = codes::UNKNOWN_MEMBER.at(8..13, "no `x`").help("did you mean `y`?");
        report.diagnostics.push(fault.label(0..1, "first here"));
        report.diagnostics.push(super::super::Diagnostic {
            labels: Vec::new(),
            ..codes::NO_FEATURES.at(0..0, "no counter")
        });
        let run = &sarif([&report])["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        assert_eq!(rules.len(), codes::ALL.len());
        let [fault, whole] = run["results"].as_array().unwrap().as_slice() else { panic!("{run}") };
        let index = fault["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(rules[index]["id"], "unknown-member");
        assert_eq!(fault["level"], "error");
        assert_eq!(fault["message"]["text"], "no `x`. Help: did you mean `y`?");
        let place = &fault["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "my%20config.yaml");
        let region = json!({"startLine": 2, "startColumn": 4, "endLine": 2, "endColumn": 8});
        assert_eq!(place["region"], region);
        assert_eq!(fault["relatedLocations"][0]["message"]["text"], "first here");
        let place = &whole["locations"][0]["physicalLocation"];
        assert_eq!(place.get("region"), None);
    }
}
