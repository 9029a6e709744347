//! The end of a log.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes at the end of a log in which its last lines are looked for.
const TAIL: u64 = 1 << 14;
/// So many of them.
const LINES: usize = 3;

/// The last lines of a log that are not blank, from byte `begins` on.
///
/// # Errors
/// Whatever the operating system says.
pub(super) fn last_lines(log: &Path, begins: u64) -> io::Result<Vec<String>> {
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(begins.max(length.saturating_sub(TAIL))))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().rev().map(str::trim_end);
    let last = lines.filter(|line| !line.is_empty()).take(LINES);
    let mut lines: Vec<String> = last.map(str::to_owned).collect();
    lines.reverse();
    Ok(lines)
}
