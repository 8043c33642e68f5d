//! `explain`: an error that points to `check --explain`. The name is reserved for values.

use crate::diagnostic::codes;

use super::arguments::Explain;
use super::failure::Failure;

/// The error, with the command to use instead.
pub(super) fn run(arguments: &Explain) -> Failure {
    let code = arguments.words.iter().find_map(|word| codes::find(word));
    let code = code.map_or("CODE", |code| code.name);
    Failure::usage("`explain` does not print the pages of codes")
        .hint(format!("write `counterscope check --explain {code}`"))
}
