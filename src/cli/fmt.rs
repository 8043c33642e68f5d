//! `fmt`: configs in the normal layout, written back, listed, or shown as a diff.

use std::path::Path;

use similar::TextDiff;

use crate::base::quantity::counted;
use crate::config::edit::write;
use crate::config::{Unformatted, file, format};

use super::arguments::Fmt;
use super::environment::Environment;
use super::failure::Failure;
use super::output::{self, ForPeople, note, note_report};
use super::{load, paths};

/// Formats configs.
pub(super) fn run(arguments: &Fmt, environment: &Environment) -> Result<(), Failure> {
    let writes = !arguments.check && !arguments.diff;
    let (mut changed, mut same, mut faulty) = (0_usize, 0_usize, false);
    let mut people = ForPeople::new(environment);
    for path in paths::expand(&arguments.configs)? {
        let name = path.display().to_string();
        let text = load::text(&path, environment)?;
        let formatted = match format(&name, &text) {
            Ok(formatted) => formatted,
            Err(Unformatted::Faulty(report)) => {
                note_report(&report, environment);
                faulty = true;
                continue;
            }
            Err(error @ Unformatted::Layout) => {
                note(format!("error: `{name}` stays as it is: {error}"));
                note("help: format it by hand, or leave it out");
                faulty = true;
                continue;
            }
        };
        // What cannot be written back is passed on.
        let is_passed_on = path == Path::new(file::STANDARD_INPUT) || !path.is_file();
        if writes && is_passed_on {
            output::text(&formatted)?;
            continue;
        }
        if formatted == text {
            same += 1;
            continue;
        }
        changed += 1;
        if writes {
            write::replace(&path, &text, &formatted)
                .map_err(|error| Failure::usage(error.to_string()))?;
            people.line(format!("formatted {name}"))?;
        } else if arguments.diff {
            let diff = TextDiff::from_lines(&text, &formatted);
            let diff = diff.unified_diff().header(&name, &name).to_string();
            people.lines(diff.lines())?;
        } else {
            people.line(format!("would format {name}"))?;
        }
        people.flush()?;
    }
    if changed + same > 0 {
        let done = if writes { "formatted" } else { "would change" };
        note(format!("{} {done}, {same} unchanged", counted(changed, "config")));
    }
    if faulty || (changed > 0 && !writes) { Err(Failure::Faults) } else { Ok(()) }
}
