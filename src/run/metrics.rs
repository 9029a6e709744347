//! `metrics.csv`: a row per seed, network and epoch.

use std::path::Path;

use super::Error;
use crate::training::EpochRecord;

/// Reads all rows.
///
/// # Errors
/// [`Error::Io`] or [`Error::Malformed`] with the line.
pub fn read_metrics(path: &Path) -> Result<Vec<EpochRecord>, Error> {
    let _ = path;
    todo!()
}

/// Writes a header and all rows to `writer`; what `export --format csv` gives.
///
/// # Errors
/// Whatever the writer says.
pub fn write_metrics<W: std::io::Write>(writer: W, rows: &[EpochRecord]) -> csv::Result<()> {
    let _ = (writer, rows);
    todo!()
}
