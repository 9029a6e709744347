//! `events.jsonl`: the events of the training thread, one a line, with its time and a checksum of all lines so far.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use sha2::Sha256;

use super::chain::Chain;
use super::file::{LineLog, unannounced};
use super::{Error, file};
use crate::training::Event;

/// `events.jsonl` while it grows: each event is written before `append` returns.
#[derive(Debug)]
pub(super) struct EventLog {
    log: LineLog,
    chain: Chain,
}

#[derive(Serialize)]
struct Line<'a> {
    time: Timestamp,
    #[serde(flatten)]
    event: &'a Event,
}

impl EventLog {
    /// Opens the file, or makes it; events that are there stay.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let log = LineLog::open(path)?;
        Ok(Self {
            chain: Chain::at_end_of(&file::read_if_present(path)?.unwrap_or_default()),
            log,
        })
    }

    /// Adds an event with the time of now (RFC 3339, UTC).
    pub(super) fn append(&mut self, event: &Event) -> Result<(), Error> {
        self.append_at(Timestamp::now(), event)
    }

    /// Adds an event of this time.
    pub(super) fn append_at(&mut self, time: Timestamp, event: &Event) -> Result<(), Error> {
        let object = serde_json::to_vec(&Line { time, event })
            .map_err(|error| Error::io("write", "events.jsonl")(error.into()))?;
        let line = self.chain.add(&object);
        self.log.append(&line, &mut unannounced)
    }

    /// Writes what could not be written before.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        self.log.flush(&mut unannounced)
    }

    /// Its length and the digest of all it holds, once that is on the disk itself.
    pub(super) fn synced(&self) -> Result<(u64, &Sha256), Error> {
        self.log.sync()?;
        Ok(self.log.state())
    }
}

/// The events that a file holds, in order; lines that are no events of this version are passed over,
/// and a file that is not there holds none.
///
/// # Errors
/// [`Error::Io`].
pub fn read_events(path: &Path) -> Result<Vec<Event>, Error> {
    Ok(parse_events(
        &file::read_if_present(path)?.unwrap_or_default(),
    ))
}

/// As [`read_events`], of a file's bytes.
pub(super) fn parse_events(bytes: &[u8]) -> Vec<Event> {
    file::whole_lines(bytes)
        .split(|&byte| byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect()
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
            r#"{"time":"2026-11-24T14:02:03Z","event":"seed-started","seed":7,"chain":"9ff11693b567c908"}"#
        );
        assert_eq!(Chain::behind(b"").follow(text.as_bytes()), Ok(()));
        assert_eq!(lines.len(), 2);
        let again: Event = serde_json::from_str(lines[1]).unwrap();
        assert_eq!(again, epoch);
        std::fs::write(&path, text + "{\"event\":\"from a later version\"}\n{\"ev").unwrap();
        let seed = Event::SeedStarted { seed: 7 };
        assert_eq!(read_events(&path).unwrap(), [seed, epoch]);
        assert_eq!(read_events(&folder.path().join("none")).unwrap(), []);
    }
}
