//! `check --explain`: the page of a diagnostic code.

use std::io::Write as _;

use crate::config::nearest;
use crate::diagnostic::codes;

use super::super::failure::Failure;
use super::super::output::for_programs;

/// Prints the page of a code, or the list of codes.
pub(super) fn print(name: Option<&str>) -> Result<(), Failure> {
    let mut out = for_programs();
    if let Some(name) = name {
        let code = codes::find(name).ok_or_else(|| unknown(name))?;
        out.write_all(code.page.as_bytes())?;
    } else {
        let width = codes::ALL.iter().map(|code| code.name.len()).max().unwrap_or(0);
        for code in codes::ALL {
            writeln!(out, "{:width$}  {}", code.name, code.summary)?;
        }
    }
    Ok(out.flush()?)
}

fn unknown(name: &str) -> Failure {
    let failure = Failure::usage(format!("there is no diagnostic `{name}`"));
    match nearest(name, codes::ALL.iter().map(|code| code.name)) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint("`counterscope check --explain` lists them"),
    }
}
