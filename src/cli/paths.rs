//! The configs that are meant: paths, and patterns that match paths.

use std::path::{Path, PathBuf};

use crate::config::file;

use super::failure::Failure;

/// The configs, each once, in the order given, those of a pattern by name.
pub(super) fn expand(given: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for path in given {
        for path in matching(path)? {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
    }
    Ok(paths)
}

/// The path itself if there is such a file, or it is no pattern.
fn matching(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let text = path.to_string_lossy();
    let is_pattern = text.contains(['*', '?', '[']) && path != Path::new(file::STANDARD_INPUT);
    if !is_pattern || path.exists() {
        return Ok(vec![path.to_owned()]);
    }
    let bad = |error: &glob::PatternError| {
        Failure::usage(format!("`{text}` is not a pattern: {error}"))
            .hint("write one such as `configs/*.yaml` or `**/*.yaml`")
    };
    let found = glob::glob(&text).map_err(|error| bad(&error))?;
    // A folder that may not be read holds no config that could be.
    let found: Vec<PathBuf> = found.filter_map(Result::ok).filter(|path| path.is_file()).collect();
    if found.is_empty() {
        return Err(Failure::usage(format!("no file matches `{text}`"))
            .hint("check the pattern, and the folder that it starts from"));
    }
    Ok(found)
}
