//! Tests as JSON, of the shape that `docs/testing.md` describes.

use serde_json::{Map, Value, json};

use super::{Counts, Tested, Tests};
use crate::engine::OutputValue;
use crate::explain::outline::{self, Moments};
use crate::scenario::{Cell, Coverage, Outcome};

/// The report.
pub(super) fn json(tested: &[Tested], counts: Counts) -> Value {
    let configs: Vec<Value> = tested.iter().map(of_config).collect();
    json!({
        "passed": counts.passed(),
        "tests": counts.tests,
        "failed": counts.failed,
        "configs": configs,
    })
}

fn of_config(Tested { config, tests }: &Tested) -> Value {
    let Some(Tests { outcomes, coverage, uncovered }) = tests else {
        return json!({ "config": config, "has_faults": true, "tests": [], "coverage": null });
    };
    json!({
        "config": config,
        "has_faults": false,
        "tests": outcomes.iter().map(of_test).collect::<Vec<_>>(),
        "coverage": coverage.as_ref().map(of_coverage),
        "is_covered": uncovered.is_none(),
    })
}

fn of_test(test: &Outcome) -> Value {
    json!({
        "name": test.name,
        "line": test.line,
        "passed": test.passed(),
        "problems": test.problems,
        "values": test.cells.iter().map(of_cell).collect::<Vec<_>>(),
    })
}

fn of_cell(cell: &Cell) -> Value {
    let key = cell.key.iter().map(|part| (part.name.clone(), part.value.as_str().into()));
    let value = match &cell.value {
        None => Value::Null,
        Some(OutputValue::Number(number)) => json!(number),
        Some(OutputValue::List(list)) => json!(list.texts()),
    };
    let explanation = cell
        .explanation
        .as_ref()
        .map(|explanation| outline::text(explanation, Moments::Whole, |node| !node.is_closed));
    json!({
        "line": cell.line,
        "at": cell.at.to_string(),
        "key": Value::Object(key.collect::<Map<_, _>>()),
        "output": cell.output,
        "part": cell.part.name().unwrap_or("live"),
        "expected": cell.expected,
        "value": value,
        "passed": cell.passed,
        "explanation": explanation,
    })
}

fn of_coverage(coverage: &Coverage) -> Value {
    let missing = coverage.missing.iter().map(
        |it| json!({ "boundary": it.boundary.name(), "outputs": it.outputs, "hint": it.hint }),
    );
    json!({
        "percent": coverage.percent(),
        "boundaries": coverage.boundaries,
        "reached": coverage.reached,
        "missing": missing.collect::<Vec<_>>(),
    })
}
