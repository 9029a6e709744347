//! `events.jsonl`: what the training thread said, one event a line, with its time.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;

use super::{Error, file};
use crate::training::Event;

/// `events.jsonl` while it grows: each event is on disk before [`EventLog::append`] returns.
#[derive(Debug)]
pub struct EventLog {
    path: PathBuf,
    file: File,
}

#[derive(Serialize)]
struct Line<'a> {
    time: Timestamp,
    #[serde(flatten)]
    event: &'a Event,
}

impl EventLog {
    /// Opens the file, or makes it; events that are there stay.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        let (file, _) = file::append_lines(path)?;
        Ok(Self {
            path: path.to_owned(),
            file,
        })
    }

    /// Adds an event with the time of now (RFC 3339, UTC).
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn append(&mut self, event: &Event) -> Result<(), Error> {
        self.append_at(Timestamp::now(), event)
    }

    fn append_at(&mut self, time: Timestamp, event: &Event) -> Result<(), Error> {
        serde_json::to_vec(&Line { time, event })
            .map_err(std::io::Error::from)
            .and_then(|mut line| {
                line.push(b'\n');
                self.file.write_all(&line)?;
                self.file.flush()
            })
            .map_err(|source| Error::Io {
                action: "write",
                path: self.path.clone(),
                source,
            })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use crate::run::fixture;

    #[test]
    fn an_event_is_a_line_with_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let time: Timestamp = "2026-11-24T14:02:03Z".parse().unwrap();
        EventLog::open(&path)
            .unwrap()
            .append_at(time, &Event::SeedStarted { seed: 7 })
            .unwrap();
        let epoch = Event::Epoch(fixture::metrics(&[7], 1)[0].clone());
        EventLog::open(&path).unwrap().append(&epoch).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[0],
            r#"{"time":"2026-11-24T14:02:03Z","event":"seed-started","seed":7}"#
        );
        assert_eq!(lines.len(), 2);
        let again: Event = serde_json::from_str(lines[1]).unwrap();
        assert_eq!(again, epoch);
    }
}
