//! `explain`: why a feature has its value at a key.

mod json;
mod key;
mod text;

use std::path::Path;
use std::sync::Arc;

use crate::base::quantity::counted;
use crate::base::{Key, Timestamp};
use crate::config::nearest;
use crate::coverage::meant;
use crate::diagnostic::codes;
use crate::engine::{Engine, InputRows};
use crate::explain::{self, Attribute, Contributors, Explanation, Listing, Order, Position};
use crate::plan::{AttributeId, OutputId, Plan, ScopeId};
use crate::scenario::{self, Suite};

use super::arguments::{ContributionOrder, Explain, ReportFormat};
use super::environment::Environment;
use super::failure::Failure;
use super::output::{self, ForPeople};
use super::{load, logs};

/// What is printed of one output.
enum Answer {
    /// Its value explained.
    Value(Box<Explanation>),
    /// Its contributors by an attribute.
    By(Vec<Contributors>),
    /// No event has the key; the keys most similar to it, and the first event that has it later.
    NeverSeen(Vec<Key>, Option<(usize, Timestamp)>),
}

/// An answer, and what it is about.
struct Answered {
    output: String,
    key: Vec<Attribute>,
    as_of: Timestamp,
    answer: Answer,
}

impl Answered {
    /// Whether there are contributors, and none of them has the attribute that they are grouped by.
    fn lacks_field(&self) -> bool {
        let Answer::By(sides) = &self.answer else { return false };
        let has_contributors = sides.iter().any(|side| side.contributions > 0);
        has_contributors && !sides.iter().any(Contributors::has_values)
    }
}

/// Explains a value, or every value of a feature at a key.
pub(super) fn run(arguments: &Explain, environment: &Environment) -> Result<(), Failure> {
    refuse_code(&arguments.config)?;
    if arguments.logs.is_empty() {
        return Err(Failure::usage("`explain` needs a log: the value is that of its events")
            .hint("write `counterscope explain CONFIG LOG --feature NAME --key KEY`"));
    }
    let (plan, document, mut report) =
        load::config(&arguments.config, &arguments.logs, environment)?;
    if plan.is_some() {
        report.diagnostics.clear();
    }
    output::note_report(&report, environment);
    let mut plan = plan.ok_or(Failure::Faults)?;
    let outputs = outputs(&plan, arguments.feature.as_deref())?;
    let scope = plan.scope_of(outputs[0]);
    let key = key::read(&plan, scope, arguments.key.as_deref())?;
    let by = arguments.by.as_ref().map(|field| attribute(&mut plan, field));
    let run = load::run(&arguments.logs, plan, None, environment)?;
    let loss = logs::report(run.outcomes(), run.tape())?;
    let (plan, tape, index) = (run.plan(), run.tape(), run.index());
    let mut engine = Engine::new(Arc::new(plan.clone()));
    let events = arguments.at.map_or(tape.events(), |at| tape.events_at(at));
    engine.apply(tape, index, events);
    let Some(as_of) = arguments.at.or_else(|| engine.clock()) else {
        return Err(Failure::usage("there is nothing to explain: no event was counted"));
    };
    let at = Position { rows: InputRows { plan, tape, index }, engine: &engine, as_of };
    // The index knows the keys of the whole log.
    let known = index.find(scope, &key.0);
    let slot = known.filter(|slot| explain::is_seen(at, scope, *slot));
    let listing = Listing { order: order(arguments.sort), most: arguments.top.get() };
    if arguments.as_test {
        let suite = Suite::new(plan.clone(), document, Arc::clone(&report.text));
        let slot = slot.ok_or_else(|| {
            Failure::usage("there is no value that could be tested: no event has this key")
                .hint("without --as-test the most similar keys are listed")
        })?;
        let mut out = ForPeople::new(environment);
        for output in outputs {
            let captured = scenario::capture(&suite, at, output, slot)
                .map_err(|error| Failure::usage(error.to_string()))?;
            let (kept, of) = captured.events;
            let name = &plan.outputs[output.0].name;
            let of = counted(of, "event");
            output::note(format!("note: {name}: {kept} of {of} that count give the value"));
            out.lines(captured.text.lines())?;
        }
        out.flush()?;
        return loss.end(arguments.allow_loss);
    }
    let answer = |output: OutputId| {
        let answer = match (slot, by) {
            (None, _) => Answer::NeverSeen(
                explain::near_keys(index, scope, &key),
                known.and_then(|slot| explain::first_event(at.rows, scope, slot)),
            ),
            (Some(slot), Some(attribute)) => {
                let column = index.column(attribute);
                Answer::By(explain::contributors(at, (output, slot), column, arguments.top.get()))
            }
            (Some(slot), None) => Answer::Value(Box::new(explain::explain(
                at,
                output,
                slot,
                listing,
                (&document, &report.text),
            ))),
        };
        let named = |(name, value): (&str, &String)| Attribute {
            name: name.to_owned(),
            value: value.clone(),
        };
        let key = plan.key_attributes(scope).zip(&key.0).map(named).collect();
        Answered { output: plan.outputs[output.0].name.clone(), key, as_of, answer }
    };
    let answers: Vec<Answered> = outputs.into_iter().map(answer).collect();
    if let Some(field) = arguments.by.as_ref().filter(|_| answers.iter().all(Answered::lacks_field))
    {
        let members: Vec<_> = run.outcomes().iter().flat_map(|it| it.members.clone()).collect();
        let known: Vec<&str> = plan.attributes.iter().map(String::as_str).collect();
        let near = meant(field, &known, &members);
        let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        output::note(format!("note: none of the events that count has `{field}`{near}"));
    }
    match arguments.format {
        ReportFormat::Text => {
            let mut out = ForPeople::new(environment);
            out.lines(text::text(&answers, arguments))?;
            out.flush()?;
        }
        ReportFormat::Json => output::json(&json::json(&answers, arguments))?,
    }
    loss.end(arguments.allow_loss)
}

const fn order(sort: ContributionOrder) -> Order {
    match sort {
        ContributionOrder::Newest => Order::Newest,
        ContributionOrder::Largest => Order::Largest,
    }
}

/// Refuses the code of a fault in place of a config.
fn refuse_code(config: &Path) -> Result<(), Failure> {
    let code = config.to_str().and_then(codes::find).filter(|_| !config.exists());
    code.map_or(Ok(()), |code| {
        Err(Failure::usage("`explain` does not print the pages of codes")
            .hint(format!("write `counterscope check --explain {}`", code.name)))
    })
}

/// The outputs of this name, or of the feature of this name.
fn outputs(plan: &Plan, name: Option<&str>) -> Result<Vec<OutputId>, Failure> {
    let features = plan.features.iter().map(|feature| feature.name.as_str());
    let names = features.chain(plan.outputs.iter().map(|output| output.name.as_str()));
    let Some(name) = name else {
        let some: Vec<&str> = plan.features.iter().map(|it| it.name.as_str()).collect();
        let some = crate::base::quantity::listed(&some, 5);
        return Err(Failure::usage("`explain` needs `--feature NAME`")
            .hint(format!("the config has {some}")));
    };
    if let Some(output) = plan.outputs.iter().position(|output| output.name == name) {
        return Ok(vec![OutputId(output)]);
    }
    let feature = plan.features.iter().find(|feature| feature.name == name);
    feature.map(|feature| feature.outputs.clone().map(OutputId).collect()).ok_or_else(|| {
        let failure = Failure::usage(format!("the config has no feature `{name}`"));
        match nearest(name, names) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure,
        }
    })
}

/// The attribute of a plan with this name; the plan is given it if it has none.
fn attribute(plan: &mut Plan, name: &str) -> AttributeId {
    let known = plan.attributes.iter().position(|known| known == name);
    AttributeId(known.unwrap_or_else(|| {
        plan.attributes.push(name.to_owned());
        plan.attributes.len() - 1
    }))
}

/// The name of a scope's key, for messages: `item`, `user,author`.
fn key_name(plan: &Plan, scope: ScopeId) -> String {
    let names: Vec<&str> = plan.key_attributes(scope).collect();
    names.join(",")
}
