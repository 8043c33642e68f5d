//! `check`: every fault of a config and, with logs, what in it they do not have.

use std::fmt::Write as _;
use std::io::Write as _;

use serde_json::json;

use crate::base::quantity::{counted, grouped};
use crate::config::nearest;
use crate::dataset::Run;
use crate::diagnostic::{self, Diagnostic, Report};
use crate::plan::{Plan, Types};
use crate::tape::ImpressionsStatus;

use super::arguments::{Check, ReportFormat};
use super::environment::Environment;
use super::failure::Failure;
use super::load;
use super::output::stdout;
use super::unlike::{document, unlike};

/// Prints the report on stdout.
pub(super) fn run(arguments: &Check, environment: &Environment) -> Result<(), Failure> {
    let (plan, report) = load::config(&arguments.config)?;
    let mut out = stdout();
    match arguments.format {
        ReportFormat::Text => {
            write!(out, "{}", diagnostic::text(&report, environment.colours_stdout()))?;
            if let Some(plan) = &plan {
                writeln!(out, "{}", counts(plan, &report))?;
            }
        }
        ReportFormat::Json => writeln!(out, "{}", diagnostic::json(&report))?,
    }
    out.flush()?;
    let plan = plan.ok_or(Failure::Faults)?;
    if !arguments.logs.is_empty() {
        let run = load::run(&arguments.logs, plan, None, environment)?;
        let findings = findings(&run);
        // What the logs say of single places of the config.
        let mut places = Report::new(&report.name, &*report.text);
        places.diagnostics = unlike(&run, &document(&report.name, &report.text));
        // Of a number in quotes enough was said above.
        let start = |found: &Diagnostic| found.labels.first().map(|label| label.span.start);
        let known: Vec<_> = report.diagnostics.iter().map(start).collect();
        places.diagnostics.retain(|found| !known.contains(&start(found)));
        match arguments.format {
            ReportFormat::Text => {
                write!(out, "{}", told(&run, &findings))?;
                write!(out, "{}", diagnostic::text(&places, environment.colours_stdout()))?;
            }
            ReportFormat::Json => writeln!(out, "{}", structured(&run, &findings, &places))?,
        }
    }
    Ok(out.flush()?)
}

/// What a good config holds, in one line.
fn counts(plan: &Plan, report: &Report) -> String {
    format!(
        "{}: good, {} with {} over {}",
        report.name,
        counted(plan.features.len(), "feature"),
        counted(plan.outputs.len(), "output"),
        counted(plan.scopes.len(), "scope"),
    )
}

/// What the config names and the log does not have.
fn findings(run: &Run) -> Vec<String> {
    let (plan, tape) = (run.plan(), run.tape());
    let mut found = Vec::new();
    let known: Vec<&str> = tape.type_names().iter().map(String::as_str).collect();
    let mut missing: Vec<&String> = Vec::new();
    for input in &plan.inputs {
        if let Types::Only(types) = &input.types {
            missing.extend(types.iter().filter(|name| !known.contains(&name.as_str())));
        }
    }
    missing.sort_unstable();
    missing.dedup();
    for name in missing {
        let near = match nearest(name, known.iter().copied()) {
            Some(near) => format!("; did you mean `{near}`?"),
            None => String::new(),
        };
        found.push(format!("no event is of type `{name}`{near}"));
    }
    for (number, name) in plan.attributes.iter().enumerate() {
        if tape.column(number).values().is_empty() {
            found.push(format!("no event has the attribute `{name}`"));
        }
    }
    found
}

fn told(run: &Run, findings: &[String]) -> String {
    let tape = run.tape();
    let mut text = format!("log: {} events", grouped(tape.events() as u64));
    if let Some(detected) = run.detected() {
        let _ =
            write!(text, " in the format {} ({})", detected.format_name, detected.encoding.name());
        if let Some(unit) = detected.unit {
            let _ = write!(text, ", times in {}", unit.name());
        }
    }
    text.push('\n');
    let _ = writeln!(text, "impressions: {}", impressions(tape.impressions()));
    if tape.reordered() > 0 {
        let _ = writeln!(text, "out of place, and sorted: {}", grouped(tape.reordered()));
    }
    for (reason, count) in tape.rejections().by_count() {
        let _ = writeln!(text, "no events: {} ({reason})", grouped(count));
        for example in tape.rejections().examples().iter().filter(|e| e.reason == reason) {
            let _ = writeln!(text, "  line {}: {}", example.line + 1, example.excerpt.trim_end());
        }
    }
    for finding in findings {
        let _ = writeln!(text, "warning: {finding}");
    }
    text
}

fn impressions(status: ImpressionsStatus) -> String {
    match status {
        ImpressionsStatus::Made(count) => format!("{} made from rankings", grouped(count)),
        ImpressionsStatus::Disabled => "not made, the config turns them off".to_owned(),
        ImpressionsStatus::Unused => "not made, no feature counts them".to_owned(),
        ImpressionsStatus::NotMetarank => "not made, the log has no rankings".to_owned(),
        ImpressionsStatus::InLog => "not made, the log holds its own".to_owned(),
    }
}

fn structured(run: &Run, findings: &[String], places: &Report) -> serde_json::Value {
    let tape = run.tape();
    let rejected: serde_json::Map<String, serde_json::Value> = tape
        .rejections()
        .by_count()
        .into_iter()
        .map(|(reason, count)| (reason.to_string(), count.into()))
        .collect();
    json!({
        "events": tape.events(),
        "format": run.detected().map(|detected| detected.format_name),
        "encoding": run.detected().map(|detected| detected.encoding.name()),
        "impressions": match tape.impressions() {
            ImpressionsStatus::Made(count) => count,
            _ => 0,
        },
        "reordered": tape.reordered(),
        "rejected": rejected,
        "warnings": findings,
        "diagnostics": diagnostic::values(places),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::dataset::wanted;
    use crate::log::Reader;
    use crate::plan::lower::compile;

    use super::*;

    #[test]
    fn what_the_log_has_of_another_kind_is_found_at_its_place() {
        let text = "features:\n\
            - {name: '{n}', matrix: {n: [a, b]}, type: counter, scope: item, where: {price: {gt: x}}}\n\
            - {name: c, type: counter, scope: item, where: {any: [{flag: 'true'}, {not: {id: 7}}]}}\n\
            - {name: d, type: counter, scope: item, where: {tags: x, flag: true, id: {not_in: [7]}}}\n\
            - {name: e, type: counter, scope: item, aggregate: sum, value: id, where: {none: 3}}\n\
            - {name: f, type: counter, scope: item, aggregate: max, value: price, where: {price: '3'}}\n";
        let (plan, report) = compile("test", text);
        let plan = plan.unwrap();
        let data = br#"{"ts":1718000000,"event":"x","item":"p","price":3,"flag":true,"id":"7","tags":["x"]}"#;
        let reader = Reader::embedded("log", data, &plan.events, &plan.attributes);
        let demand = wanted(&plan, None);
        let run = Run::load(Arc::new(plan), demand, reader, &mut |_| {}).unwrap();
        let found = unlike(&run, &document(&report.name, text));
        let told: Vec<_> = found
            .iter()
            .map(|warning| {
                (&text[warning.labels[0].span.clone()], warning.help.as_deref().unwrap())
            })
            .collect();
        assert_eq!(
            told,
            [
                ("x", "a value of it is `3`"),
                ("'true'", "a value of it is `true`"),
                ("7", "the log has it in quotes: write \"7\""),
                (
                    "x",
                    "no comparison holds with a list such as `[x]`; count by `tags` with \
                     `explode: true`"
                ),
                ("id", "aggregates take numbers; a value of it is `7`"),
                ("'3'", "write it without quotes: 3"),
            ]
        );
        let first =
            "`price` is compared with a text, and in the log it is a number: that never holds";
        assert_eq!((found[0].code, found[0].message.as_str()), ("kinds-differ", first));
    }

    #[test]
    fn what_the_log_lacks_is_found() {
        let text =
            "features:\n- {name: a, type: interaction_count, interaction: clik, scope: item.x}\n";
        let plan = compile("test", text).0.unwrap();
        let data =
            br#"{"event":"interaction","id":"1","timestamp":1718000000,"type":"click","item":"p"}"#;
        let reader = Reader::embedded("log", data, &plan.events, &plan.attributes);
        let demand = wanted(&plan, None);
        let run = Run::load(Arc::new(plan), demand, reader, &mut |_| {}).unwrap();
        assert_eq!(
            findings(&run),
            [
                "no event is of type `clik`; did you mean `click`?",
                "no event has the attribute `item.x`"
            ]
        );
    }
}
