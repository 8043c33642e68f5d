//! The commands that are typed behind `:`.

/// What a line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineCommand {
    /// Write the selected value as a test into the config, under this name or that of the value.
    SaveTest(Option<String>),
    /// Quit.
    Quit,
}

/// The commands: the word, what follows it, and what the command does.
pub(in crate::ui) const COMMANDS: &[(&str, &str, &str)] = &[
    ("save-test", " [NAME]", "write the selected value as a test into the config"),
    ("q", "", "quit"),
];

/// The command that a line means.
pub(in crate::ui) fn read(line: &str) -> Result<LineCommand, String> {
    let line = line.trim().trim_start_matches(':');
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    match word {
        "save-test" => Ok(LineCommand::SaveTest((!rest.is_empty()).then(|| rest.to_owned()))),
        "q" | "quit" if rest.is_empty() => Ok(LineCommand::Quit),
        "" => Err(format!("type a command: {}", words())),
        _ => Err(format!("there is no command `{word}`: {}", words())),
    }
}

/// The line completed to the first command that begins like it.
pub(in crate::ui) fn completed(line: &str) -> Option<String> {
    let begins = |(word, ..): &&(&str, &str, &str)| word.starts_with(line.trim());
    COMMANDS.iter().find(begins).map(|(word, ..)| format!("{word} "))
}

/// The commands with what they do, for people.
pub(in crate::ui) fn words() -> String {
    let word = |(word, takes, doc): &(&str, &str, &str)| format!("{word}{takes} — {doc}");
    COMMANDS.iter().map(word).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        let named = LineCommand::SaveTest(Some("a click counts".to_owned()));
        assert_eq!(read(" save-test  a click counts "), Ok(named));
        assert_eq!(read(":save-test"), Ok(LineCommand::SaveTest(None)));
        assert_eq!(read("q"), Ok(LineCommand::Quit));
        assert!(read("save").unwrap_err().starts_with("there is no command `save`: save-test"));
        assert_eq!(completed("sa").as_deref(), Some("save-test "));
        assert_eq!(completed("x"), None);
    }
}
