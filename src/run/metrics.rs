//! `metrics.csv`: a row per seed, network and epoch.

use std::path::{Path, PathBuf};

use super::file::{Announce, LineLog};
use super::layout::METRICS;
use super::{Error, file};
use crate::training::EpochRecord;

/// How many epochs of both networks the run in `folder` has written down; 0 where there is no run yet.
pub(crate) fn epochs_written(folder: &Path) -> usize {
    let text = std::fs::read_to_string(folder.join(METRICS)).unwrap_or_default();
    let lines = text.matches('\n').count();
    // The first line is the header.
    lines.saturating_sub(1)
}

/// Reads all rows; a last row that was cut off in the middle of its writing is left out.
///
/// # Errors
/// [`Error::Io`] or [`Error::Malformed`] with the line.
pub fn read_metrics(path: &Path) -> Result<Vec<EpochRecord>, Error> {
    let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
    parse_metrics(path, &bytes)
}

/// As [`read_metrics`], of bytes that were read from `path`.
pub(super) fn parse_metrics(path: &Path, bytes: &[u8]) -> Result<Vec<EpochRecord>, Error> {
    csv::Reader::from_reader(file::whole_lines(bytes))
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(|error| Error::malformed(path, sentence(&error)))
}

/// Writes a header and all rows to `writer`; what `export --format csv` gives.
///
/// # Errors
/// Whatever the writer says.
pub fn write_metrics<W: std::io::Write>(writer: W, rows: &[EpochRecord]) -> csv::Result<()> {
    let mut writer = csv::Writer::from_writer(writer);
    for row in rows {
        writer.serialize(row)?;
    }
    writer.flush()?;
    Ok(())
}

/// `metrics.csv` while it grows: each row is written before `append` returns.
#[derive(Debug)]
pub(super) struct MetricsLog {
    path: PathBuf,
    log: LineLog,
}

impl MetricsLog {
    /// Opens the file, or makes it; rows that are there stay.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        Ok(Self {
            path: path.to_owned(),
            log: LineLog::open(path)?,
        })
    }

    /// Adds a row, and the header before the first one; `announce` is called before each line is written.
    pub(super) fn append(&mut self, row: &EpochRecord, announce: Announce) -> Result<(), Error> {
        let mut writer = csv::WriterBuilder::new()
            .has_headers(self.log.is_empty())
            .from_writer(Vec::new());
        let line = writer
            .serialize(row)
            .map_err(|error| error.to_string())
            .and_then(|()| writer.into_inner().map_err(|error| error.to_string()))
            .map_err(|error| {
                Error::malformed(&self.path, format!("a row cannot be written: {error}"))
            })?;
        self.log.append(&line, announce)
    }

    /// Writes what could not be written before.
    pub(super) fn flush(&mut self, announce: Announce) -> Result<(), Error> {
        self.log.flush(announce)
    }

    /// Waits until all rows are on the disk itself.
    pub(super) fn sync(&self) -> Result<(), Error> {
        self.log.sync()
    }
}

fn sentence(error: &csv::Error) -> String {
    match (error.kind(), error.position()) {
        (csv::ErrorKind::Deserialize { err, .. }, Some(place)) => {
            format!("line {}: {err}", place.line())
        }
        (_, Some(place)) => format!("line {}: {error}", place.line()),
        _ => error.to_string(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::run::file::unannounced;
    use crate::run::fixture;

    #[test]
    fn rows_come_back_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        let rows = fixture::metrics(&[1, 2], 3);
        let (first, rest) = rows.split_at(4);
        let mut log = MetricsLog::open(&path).unwrap();
        for row in first {
            log.append(row, &mut unannounced).unwrap();
        }
        assert_eq!(read_metrics(&path).unwrap(), first);
        drop(log);
        let mut log = MetricsLog::open(&path).unwrap();
        for row in rest {
            log.append(row, &mut unannounced).unwrap();
        }
        assert_eq!(read_metrics(&path).unwrap(), rows);
        let mut exported = Vec::new();
        write_metrics(&mut exported, &rows).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), exported);
    }

    #[test]
    fn a_file_of_an_older_run_lacks_columns_and_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        let mut rows = fixture::metrics(&[1], 1);
        rows[0].test_loss = f64::NAN;
        let mut bytes = Vec::new();
        write_metrics(&mut bytes, &rows).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let shorter: Vec<&str> = text
            .lines()
            .map(|line| line.rsplitn(8, ',').last().unwrap())
            .collect();
        std::fs::write(&path, shorter.join("\n") + "\n").unwrap();
        let read = read_metrics(&path).unwrap();
        assert!(read[0].test_loss.is_nan());
        let row = &mut rows[1];
        row.data_wait_seconds = None;
        row.gradient_norm = None;
        row.gradient_norm_max = None;
        assert_eq!(read[1], rows[1]);
    }

    #[test]
    fn a_row_cut_off_in_the_middle_costs_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        let rows = fixture::metrics(&[1], 2);
        let mut bytes = Vec::new();
        write_metrics(&mut bytes, &rows).unwrap();
        bytes.truncate(bytes.len() - 9);
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(read_metrics(&path).unwrap(), rows[..3]);
        let mut log = MetricsLog::open(&path).unwrap();
        log.append(&rows[3], &mut unannounced).unwrap();
        assert_eq!(read_metrics(&path).unwrap(), rows);
    }

    #[test]
    fn a_malformed_row_is_named_by_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        let mut bytes = Vec::new();
        write_metrics(&mut bytes, &fixture::metrics(&[1], 1)).unwrap();
        let text = String::from_utf8(bytes)
            .unwrap()
            .replace("capped", "cupped");
        std::fs::write(&path, text).unwrap();
        let said = read_metrics(&path).unwrap_err().to_string();
        assert!(said.contains("metrics.csv: line 3: "), "{said}");
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("metrics.csv");
            std::fs::write(&path, bytes).unwrap();
            if let Err(error) = read_metrics(&path) {
                prop_assert!(error.to_string().contains("metrics.csv"));
            }
        }
    }
}
