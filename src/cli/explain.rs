//! `explain`: says where the pages of codes have gone. The word is kept for values.

use crate::diagnostic::codes;

use super::arguments::Explain;
use super::failure::Failure;

/// Refuses, with what to write instead.
pub(super) fn run(arguments: &Explain) -> Failure {
    let code = arguments.words.iter().find_map(|word| codes::find(word));
    let code = code.map_or("CODE", |code| code.name);
    Failure::usage("`explain` does not print the pages of codes")
        .hint(format!("write `counterscope check --explain {code}`"))
}
