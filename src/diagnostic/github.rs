//! Reports as the commands of GitHub's workflows, which become annotations of a change.

use std::fmt::Write as _;

use super::{Lines, Report, Severity};

/// A line for each diagnostic: `::warning file=…,line=…,col=…,endLine=…,endColumn=…,title=CODE::…`.
/// Columns are counted in characters, from 1.
#[must_use]
pub fn github<'r>(reports: impl IntoIterator<Item = &'r Report>) -> String {
    let mut text = String::new();
    for report in reports {
        let lines = Lines::new(&report.text);
        for found in &report.diagnostics {
            let command = match found.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "notice",
            };
            let _ = write!(text, "::{command} file={}", property(&report.name));
            if let Some(label) = found.labels.first() {
                let (start, end) = (lines.place(label.span.start), lines.place(label.span.end));
                let _ = write!(text, ",line={},col={}", start.line, start.column);
                let _ = write!(text, ",endLine={},endColumn={}", end.line, end.column);
            }
            let _ = write!(text, ",title={}::{}", found.code, data(&found.message));
            if let Some(help) = &found.help {
                let _ = write!(text, "%0Ahelp: {}", data(help));
            }
            text.push('\n');
        }
    }
    text
}

/// A message: a line end would end the command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property: `:` and `,` would end it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::codes;
    use super::*;

    #[test]
    fn a_fault_is_one_line() {
        let mut report = Report::new("a,b.yaml", "a: 1\nb: [x]\n");
        let fault = codes::UNSEEN_TYPE.at(8..11, "100 % of `x`\nare gone");
        report.diagnostics.push(fault.help("look"));
        assert_eq!(
            github([&report]),
            "::warning file=a%2Cb.yaml,line=2,col=4,endLine=2,endColumn=7,title=unseen-type\
             ::100 %25 of `x`%0Aare gone%0Ahelp: look\n"
        );
    }
}
