//! What a config names and the logs do not have: types of events, attributes.

use crate::config::nearest;
use crate::dataset::Run;
use crate::plan::Types;

/// What the config names and the log does not have.
pub(super) fn findings(run: &Run) -> Vec<String> {
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::dataset::wanted;
    use crate::log::Reader;
    use crate::plan::lower::compile;

    use super::*;

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
