//! Signatures: files recognized by their first bytes, such as archives, other compressions, other
//! tables.

/// The signature of a kind of file.
struct Signature {
    /// The offset of the bytes.
    at: usize,
    bytes: &'static [u8],
    /// The kind, with its article.
    what: &'static str,
    /// The remedy.
    help: &'static str,
}

const fn signature(
    at: usize,
    bytes: &'static [u8],
    what: &'static str,
    help: &'static str,
) -> Signature {
    Signature { at, bytes, what, help }
}

/// Of files that are not text, where letters tell enough: `ORC` begins a table as well.
const BINARY: [Signature; 20] = [
    signature(0, b"PK\x03\x04", "a ZIP archive", "unpack it: `unzip FILE`"),
    signature(
        0,
        b"Obj\x01",
        "an Avro file",
        "convert it to lines of JSON: `avro-tools tojson FILE`",
    ),
    signature(0, b"ARROW1", "an Arrow (Feather) file", TO_PARQUET),
    signature(0, b"FEA1", "a Feather file", TO_PARQUET),
    signature(0, b"ORC", "an ORC file", TO_PARQUET),
    signature(0, b"PARE", "an encrypted Parquet file", "write it without encryption"),
    signature(0, b"SQLite format 3\0", "a SQLite database", FROM_SQLITE),
    signature(0, b"BZh", "a file compressed with bzip2", "decompress it: `bzip2 -dc FILE > NEW`"),
    signature(0, b"\xfd7zXZ\0", "a file compressed with xz", "decompress it: `xz -dc FILE > NEW`"),
    signature(
        0,
        b"\x04\x22\x4d\x18",
        "a file compressed with LZ4",
        "decompress it: `lz4 -dc FILE > NEW`",
    ),
    signature(
        0,
        b"\xff\x06\0\0sNaPpY",
        "a file compressed with Snappy",
        "decompress it: `snzip -dc FILE > NEW`",
    ),
    signature(
        0,
        b"\x1f\x9d",
        "a file compressed with compress",
        "decompress it: `zcat FILE > NEW`",
    ),
    signature(
        0,
        b"\x1f\x8b",
        "a file compressed twice with gzip",
        "decompress it once: `gzip -dc FILE > NEW`",
    ),
    signature(
        0,
        b"\x28\xb5\x2f\xfd",
        "a file compressed twice",
        "decompress it once: `zstd -dc FILE > NEW`",
    ),
    signature(0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it: `7z x FILE`"),
    signature(257, b"ustar", "a tar archive", "take the logs out of it: `tar -xf FILE`"),
    signature(0, b"\xd0\xcf\x11\xe0", "an Excel workbook", TO_CSV),
    signature(0, b"\x89HDF", "an HDF5 file", TO_PARQUET),
    signature(0, b"\x93NUMPY", "a NumPy array", TO_PARQUET),
    signature(0, b"\x7fELF", "a program", "name a log of events"),
];

/// Of files that may be text.
const TEXTUAL: [Signature; 2] = [
    signature(0, b"%PDF-", "a PDF document", "name a log of events"),
    signature(
        0,
        b"version https://git-lfs.",
        "a pointer of Git LFS",
        "fetch the file itself: `git lfs pull`",
    ),
];

const TO_PARQUET: &str = "write it as Parquet, for example with DuckDB or pyarrow";
const TO_CSV: &str = "save the sheet with the events as CSV";
const FROM_SQLITE: &str =
    "write the events as CSV: `sqlite3 -csv -header FILE 'SELECT * FROM events' > events.csv`";

/// The kind of a file and the remedy; `None` if no signature matches.
pub(super) fn describe(opening: &[u8]) -> Option<(&'static str, &'static str)> {
    let has = |part: &[u8]| memchr::memmem::find(opening, part).is_some();
    let is = |signature: &&Signature| {
        opening.get(signature.at..).is_some_and(|rest| rest.starts_with(signature.bytes))
    };
    let binary: &[Signature] = if is_binary(opening) { &BINARY } else { &[] };
    let found = binary.iter().chain(&TEXTUAL).find(is)?;
    if found.what == BINARY[0].what && (has(b"xl/") || has(b"[Content_Types].xml")) {
        return Some(("an Excel workbook", TO_CSV));
    }
    Some((found.what, found.help))
}

/// True if there is a byte that no text holds, in any encoding without NUL bytes.
fn is_binary(opening: &[u8]) -> bool {
    opening.iter().any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace())
}

/// True if the bytes are UTF-32: with a byte order mark, or with letters in most groups of four.
pub(super) fn is_utf_32(opening: &[u8]) -> bool {
    let (groups, _) = opening[..opening.len().min(512)].as_chunks::<4>();
    let is_letter = |code| char::from_u32(code).is_some_and(|c| !c.is_control() || c == '\n');
    let letters = |code: fn([u8; 4]) -> u32| groups.iter().filter(|g| is_letter(code(**g))).count();
    let most = letters(u32::from_le_bytes).max(letters(u32::from_be_bytes));
    opening.starts_with(&[0xff, 0xfe, 0, 0])
        || opening.starts_with(&[0, 0, 0xfe, 0xff])
        || (groups.len() >= 4 && most * 10 > groups.len() * 9)
}

/// True if there are bytes that no text holds: NUL, or many control characters, or one where the
/// rest is not UTF-8 either.
pub(super) fn is_unknown_binary(opening: &[u8]) -> bool {
    let controls = opening.iter().filter(|b| b.is_ascii_control() && !b.is_ascii_whitespace());
    let controls = controls.count();
    let is_utf_8 = std::str::from_utf8(opening).map_or_else(|e| e.error_len().is_none(), |_| true);
    opening.contains(&0) || 10 * controls > opening.len() || (controls > 0 && !is_utf_8)
}

/// True if the bytes are UTF-16: with a byte order mark, or with most second bytes zero.
pub(super) fn is_utf_16(opening: &[u8]) -> bool {
    let some = &opening[..opening.len().min(512)];
    let zeros = |offset| some.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    let most = zeros(0).max(zeros(1));
    opening.starts_with(&[0xff, 0xfe])
        || opening.starts_with(&[0xfe, 0xff])
        || (some.len() >= 8 && most * 10 > some.len() * 4)
}
