//! Golden screens: a buffer's text against a file under `tests/screens`. Run the tests with
//! `COUNTERSCOPE_BLESS=1` to write the files anew, and read the difference before committing it.

use std::fs;
use std::path::{Path, PathBuf};

use ratatui::buffer::{Buffer, CellWidth};

#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says so by a variable")]
pub(crate) fn is_blessed() -> bool {
    std::env::var_os("COUNTERSCOPE_BLESS").is_some()
}

/// Compares the text of a buffer with `tests/screens/<name>.txt`.
pub(crate) fn assert_screen(name: &str, buffer: &Buffer) {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/screens").join(format!("{name}.txt"));
    assert_file(path, &text(buffer));
}

/// Compares a text with a file.
pub(crate) fn assert_file(path: impl AsRef<Path>, actual: &str) {
    let path = path.as_ref();
    if is_blessed() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, actual).unwrap();
        return;
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    assert!(
        expected == actual,
        "not as in {}\n--- expected\n{expected}--- actual\n{actual}",
        path.display()
    );
}

/// The text of a buffer, a line a row, without blanks at the ends of lines.
pub(crate) fn text(buffer: &Buffer) -> String {
    let area = buffer.area;
    let mut text = String::new();
    for y in area.top()..area.bottom() {
        let mut line = String::new();
        let mut x = area.left();
        while x < area.right() {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += symbol.cell_width().max(1);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
