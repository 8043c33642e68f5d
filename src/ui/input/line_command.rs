//! The commands that are typed behind `:`.

/// What a line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineCommand {
    /// Write the selected value as a test into the config, under this name or that of the value.
    SaveTest(Option<String>),
    /// Quit.
    Quit,
}

/// A command as it is typed.
struct Known {
    word: &'static str,
    /// Another word for it, which is not told.
    also: Option<&'static str>,
    /// What follows the word, for people.
    takes: &'static str,
    /// What the command does.
    doc: &'static str,
    /// The command with what follows its word; `None` if it takes nothing.
    command: fn(&str) -> Option<LineCommand>,
}

const COMMANDS: &[Known] = &[
    Known {
        word: "save-test",
        also: None,
        takes: " [NAME]",
        doc: "write the selected value as a test into the config",
        command: |name| Some(LineCommand::SaveTest((!name.is_empty()).then(|| name.to_owned()))),
    },
    Known {
        word: "q",
        also: Some("quit"),
        takes: "",
        doc: "quit",
        command: |rest| rest.is_empty().then_some(LineCommand::Quit),
    },
];

/// The command that a line means.
pub(in crate::ui) fn read(line: &str) -> Result<LineCommand, String> {
    let line = bare(line);
    if line.is_empty() {
        return Err(format!("type a command: {}", words()));
    }
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let known = COMMANDS.iter().find(|known| known.word == word || known.also == Some(word));
    known
        .and_then(|known| (known.command)(rest.trim()))
        .ok_or_else(|| format!("there is no command `{word}`: {}", words()))
}

/// The line completed to the first command that begins like it; `None` if nothing is typed.
pub(in crate::ui) fn completed(line: &str) -> Option<String> {
    let line = bare(line);
    let known = COMMANDS.iter().find(|known| !line.is_empty() && known.word.starts_with(line))?;
    Some(format!("{} ", known.word))
}

/// A line without the colons that may be typed before it.
fn bare(line: &str) -> &str {
    line.trim().trim_start_matches(':').trim_start()
}

/// The commands with what they do, for people.
pub(in crate::ui) fn words() -> String {
    let word = |Known { word, takes, doc, .. }: &Known| format!("{word}{takes} — {doc}");
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
        assert_eq!(read(":quit"), Ok(LineCommand::Quit));
        assert!(read("q now").unwrap_err().starts_with("there is no command `q`"));
        assert!(read(" : ").unwrap_err().starts_with("type a command: save-test [NAME] — "));
        assert!(read("save").unwrap_err().starts_with("there is no command `save`: save-test"));
        assert_eq!(completed("sa").as_deref(), Some("save-test "));
        assert_eq!(completed(":sa").as_deref(), Some("save-test "));
        assert_eq!(completed(" : q").as_deref(), Some("q "));
        for nothing in ["x", "", " ", ":"] {
            assert_eq!(completed(nothing), None, "{nothing}");
        }
    }
}
