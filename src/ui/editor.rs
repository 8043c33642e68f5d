//! How editors are told where to go.

use std::ffi::OsString;
use std::path::Path;

/// The arguments, after those in `command` itself, that open `path` at a line and a column (both
/// from 1). The path is made absolute: many editors take a name that begins with `+` or `-` for a
/// command or an option.
#[must_use]
pub fn arguments(command: &str, path: &Path, line: usize, column: usize) -> Vec<OsString> {
    let program = command.split_whitespace().next().unwrap_or_default();
    let name = Path::new(program).file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    let absolute = std::path::absolute(path).unwrap_or_else(|_| Path::new(".").join(path));
    let file = absolute.into_os_string();
    let with_place = || {
        let mut text = file.clone();
        text.push(format!(":{line}:{column}"));
        text
    };
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
        arguments(command, Path::new("/c/a b.yaml"), 14, 3)
    }

    #[test]
    fn each_editor_is_told_in_its_own_words() {
        assert_eq!(opened("vim"), ["+call cursor(14,3)", "/c/a b.yaml"]);
        assert_eq!(opened("/usr/bin/nano -w"), ["+14,3", "/c/a b.yaml"]);
        assert_eq!(opened("hx"), ["/c/a b.yaml:14:3"]);
        assert_eq!(opened("code --wait"), ["--goto", "/c/a b.yaml:14:3"]);
        assert_eq!(opened("my-editor"), ["+14", "/c/a b.yaml"]);
        assert_eq!(opened(""), ["+14", "/c/a b.yaml"]);
    }

    #[test]
    fn a_file_name_is_never_an_option_or_a_command() {
        for name in ["+!touch x.yaml", "-c :!touch x", "--cmd=x", "+", "-", "./+x"] {
            for command in ["vi", "nano", "hx", "code", "emacs", "kak", "my-editor"] {
                let arguments = arguments(command, Path::new(name), 1, 1);
                let file = arguments.last().unwrap();
                assert!(Path::new(file).is_absolute(), "{command}: {arguments:?}");
            }
        }
    }
}
