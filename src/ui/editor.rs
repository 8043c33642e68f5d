//! How editors are told where to go. It must not know how a program is started.

use std::ffi::OsString;
use std::path::Path;

/// The arguments, after those in `command` itself, that open `path` at a line and a column (both
/// from 1).
#[must_use]
pub fn arguments(command: &str, path: &Path, line: usize, column: usize) -> Vec<OsString> {
    let program = command.split_whitespace().next().unwrap_or_default();
    let name = Path::new(program).file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    let with_place = || {
        let mut text = path.as_os_str().to_owned();
        text.push(format!(":{line}:{column}"));
        text
    };
    let file = path.as_os_str().to_owned();
    match name {
        "code" | "code-insiders" | "codium" | "cursor" => vec!["--goto".into(), with_place()],
        "hx" | "helix" | "subl" | "zed" => vec![with_place()],
        "vim" | "nvim" | "vi" | "gvim" | "mvim" => {
            vec![format!("+call cursor({line},{column})").into(), file]
        }
        "nano" => vec![format!("+{line},{column}").into(), file],
        "emacs" | "emacsclient" | "micro" | "kak" => vec![format!("+{line}:{column}").into(), file],
        _ => vec![format!("+{line}").into(), file],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(command: &str) -> Vec<OsString> {
        arguments(command, Path::new("a b.yaml"), 14, 3)
    }

    #[test]
    fn each_editor_is_told_in_its_own_words() {
        assert_eq!(opened("vim"), ["+call cursor(14,3)", "a b.yaml"]);
        assert_eq!(opened("/usr/bin/nano -w"), ["+14,3", "a b.yaml"]);
        assert_eq!(opened("hx"), ["a b.yaml:14:3"]);
        assert_eq!(opened("code --wait"), ["--goto", "a b.yaml:14:3"]);
        assert_eq!(opened("my-editor"), ["+14", "a b.yaml"]);
        assert_eq!(opened(""), ["+14", "a b.yaml"]);
    }
}
