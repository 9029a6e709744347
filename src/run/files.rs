//! Writes the files of a run directory, each with its line in `checksums.jsonl` before it.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::Sha256;

use super::chain::Chain;
use super::checksums::{CHECKSUMS, Checksums, Fit, Record};
use super::file::{LineLog, unannounced};
use super::layout::{EVENTS, MANIFEST, METRICS, PLAN, PROBES, PROFILE, SAMPLES, SUMMARY};
use super::{Error, file};
use crate::disk;

/// All files right in a run directory that have a checksum.
const ALL: [&str; 8] = [
    MANIFEST, PROFILE, PLAN, SAMPLES, METRICS, EVENTS, SUMMARY, PROBES,
];

/// Writes a run directory; only for the process that holds its lock.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    log: LineLog,
    chain: Chain,
    newest: HashMap<String, Record>,
}

impl Files {
    /// Begins anew in a folder that holds no run, though perhaps what a killed start left of one.
    pub(super) fn create(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(CHECKSUMS);
        file::remove_if_present(&path)?;
        let mut files = Self::on(folder)?;
        for name in [EVENTS, METRICS] {
            let bytes = file::read_if_present(&folder.join(name))?.unwrap_or_default();
            files.record(Record::of(name, &bytes))?;
        }
        Ok(files)
    }

    /// Goes on in a run directory; with a sentence on whatever is not as it was left. The checksums of a run that has
    /// none are those of its files as they are.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Malformed`] where the checksums themselves are damaged.
    pub(super) fn open(folder: &Path) -> Result<(Self, Vec<String>), Error> {
        let mut said = Vec::new();
        let Some(bytes) = file::read_if_present(&folder.join(CHECKSUMS))? else {
            let mut files = Self::on(folder)?;
            for name in ALL {
                if let Some(bytes) = file::read_if_present(&folder.join(name))? {
                    files.record(Record::of(name, &bytes))?;
                }
            }
            said.push(format!(
                "{} has no checksums (an older version made it, or they were removed): what was written before cannot be checked",
                folder.display()
            ));
            return Ok((files, said));
        };
        said.extend(Self::mend(folder)?);
        let mut files = Self::on(folder)?;
        let Some(checksums) = Checksums::read(folder)? else {
            return Ok((files, said));
        };
        files.chain = Chain::at_end_of(file::whole_lines(&bytes));
        for record in checksums.records() {
            files.newest.insert(record.file.clone(), record.clone());
        }
        for name in ALL {
            if let Some(bytes) = file::read_if_present(&folder.join(name))?
                && checksums.fit(name, &bytes) == Fit::Before
            {
                files.record(Record::of(name, &bytes))?;
            }
        }
        Ok((files, said))
    }

    /// Cuts off a last line of the checksums that is not whole, with a sentence.
    pub(super) fn mend(folder: &Path) -> Result<Option<String>, Error> {
        let path = folder.join(CHECKSUMS);
        let bytes = file::read_if_present(&folder.join(CHECKSUMS))?.unwrap_or_default();
        if file::whole_lines(&bytes).len() == bytes.len() {
            return Ok(None);
        }
        LineLog::open(&path)?;
        Ok(Some(format!(
            "{} ended in the middle of a line, which is cut off: its writer was killed, or the file is damaged",
            path.display()
        )))
    }

    fn on(folder: &Path) -> Result<Self, Error> {
        Ok(Self {
            folder: folder.to_owned(),
            log: LineLog::open(&folder.join(CHECKSUMS))?,
            chain: Chain::behind(b""),
            newest: HashMap::new(),
        })
    }

    /// Writes a line.
    pub(super) fn record(&mut self, record: Record) -> Result<(), Error> {
        if self.newest.get(&record.file) == Some(&record) {
            return Ok(());
        }
        let object = serde_json::to_vec(&record)
            .map_err(|error| Error::io("write", self.folder.join(CHECKSUMS))(error.into()))?;
        let line = self.chain.add(&object);
        self.log.append(&line, &mut unannounced)?;
        self.newest.insert(record.file.clone(), record);
        Ok(())
    }

    /// Records the lines of a file that grows before they are written.
    pub(super) fn announced(
        &mut self,
        file: &'static str,
    ) -> impl FnMut(u64, &Sha256) -> Result<(), Error> {
        move |length, digest| self.record(Record::at(file, length, digest))
    }

    /// Writes a file, in the place of one that may be there.
    pub(super) fn replace(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        self.record(Record::of(name, bytes))?;
        self.log.sync()?;
        file::write_whole(&self.folder.join(name), bytes)
    }

    /// As [`replace`](Self::replace), a value as JSON.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Malformed`] where the value has no JSON.
    pub(super) fn replace_json<T: Serialize>(
        &mut self,
        name: &str,
        value: &T,
    ) -> Result<(), Error> {
        let bytes = file::json(&self.folder.join(name), value)?;
        self.replace(name, &bytes)
    }

    /// Waits until all lines are on the disk itself.
    pub(super) fn sync(&self) -> Result<(), Error> {
        self.log.sync()
    }

    /// Cuts `events.jsonl` behind its first `sound` bytes; the file as it was stays beside it.
    pub(super) fn cut_events(&mut self, bytes: &[u8], sound: usize) -> Result<PathBuf, Error> {
        let mut aside = self.folder.join(format!("{EVENTS}.damaged"));
        let mut number = 1;
        while aside.exists() {
            number += 1;
            aside = self.folder.join(format!("{EVENTS}.damaged-{number}"));
        }
        file::write_whole(&aside, bytes)?;
        self.replace(EVENTS, &bytes[..sound])?;
        Ok(aside)
    }
}

/// Makes `out/name`, or `out/name-2`, `out/name-3` … where that exists.
pub(super) fn claim(out: &Path, name: &str) -> Result<PathBuf, Error> {
    file::make_folder(out)?;
    let mut path = out.join(name);
    let mut number = 1;
    loop {
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                number += 1;
                path = out.join(format!("{name}-{number}"));
            }
            Err(source) => {
                return Err(Error::io("create", path)(source));
            }
        }
    }
}

/// Makes the folder of checkpoints, and no folder above it.
pub(super) fn make_checkpoints(run: &Path, checkpoints: &Path) -> Result<(), Error> {
    match fs::create_dir(checkpoints) {
        Err(source) if source.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(Error::io("create", checkpoints)(source))
        }
        Err(_) => Ok(()),
        Ok(()) => disk::sync_folder(run).map_err(Error::io("write", run)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::run::checksums::Checked;
    use crate::run::events::EventLog;
    use crate::training::Event;

    fn read(folder: &Path, name: &str) -> Result<Option<Vec<u8>>, String> {
        Checked::open(folder)
            .and_then(|mut files| files.read(name))
            .map_err(|error| error.to_string())
    }

    /// A writer may be killed after a line of the checksums and before the file, again and again.
    #[test]
    fn a_file_whose_writer_was_killed_fits_the_line_before() {
        let desk = tempfile::tempdir().unwrap();
        let folder = desk.path();
        let mut files = Files::create(folder).unwrap();
        files.record(Record::of(PLAN, b"first")).unwrap();
        assert!(read(folder, PLAN).unwrap_err().contains("is missing"));
        files.replace(PLAN, b"first").unwrap();
        for pending in [&b"second"[..], b"third", b"second"] {
            files.record(Record::of(PLAN, pending)).unwrap();
            assert_eq!(read(folder, PLAN).unwrap().unwrap(), b"first");
            drop(files);
            (files, _) = Files::open(folder).unwrap();
        }
        files.replace(PLAN, b"third").unwrap();
        assert_eq!(read(folder, PLAN).unwrap().unwrap(), b"third");
        fs::write(folder.join(PLAN), "second").unwrap();
        assert!(read(folder, PLAN).unwrap_err().contains("does not match"));
        fs::write(folder.join(PROBES), "{}").unwrap();
        assert!(read(folder, PROBES).unwrap_err().contains("no checksum"));
    }

    #[test]
    fn a_damaged_line_of_the_checksums_is_named_and_a_torn_one_cut_off() {
        let desk = tempfile::tempdir().unwrap();
        let folder = desk.path();
        let mut files = Files::create(folder).unwrap();
        files.replace(PLAN, b"plan").unwrap();
        drop(files);
        let path = folder.join(CHECKSUMS);
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 16;
            fs::write(&path, flipped).unwrap();
            let line = whole[..at].split(|&byte| byte == b'\n').count();
            let said = read(folder, PLAN).unwrap_err();
            assert!(
                said.contains(&format!("its line {line} is damaged")),
                "{said}"
            );
        }
        fs::write(&path, [&whole[..], b"{\"file\":\"pl"].concat()).unwrap();
        assert!(read(folder, PLAN).is_err());
        let (_, said) = Files::open(folder).unwrap();
        assert!(said[0].contains("in the middle of a line"), "{said:?}");
        assert_eq!(fs::read(&path).unwrap(), whole);
        assert_eq!(read(folder, PLAN).unwrap().unwrap(), b"plan");
        fs::write(&path, "").unwrap();
        assert!(
            read(folder, PLAN)
                .unwrap_err()
                .contains("its line 1 is damaged")
        );
    }

    #[test]
    fn events_may_be_more_than_the_checksums_say_and_never_fewer() {
        let desk = tempfile::tempdir().unwrap();
        let folder = desk.path();
        let path = folder.join(EVENTS);
        let mut files = Files::create(folder).unwrap();
        let mut log = EventLog::open(&path).unwrap();
        for seed in 0..3 {
            log.append(&Event::SeedStarted { seed }).unwrap();
        }
        let (length, digest) = log.synced().unwrap();
        files.record(Record::at(EVENTS, length, digest)).unwrap();
        log.append(&Event::Stopped).unwrap();
        let whole = fs::read(&path).unwrap();
        assert_eq!(read(folder, EVENTS).unwrap().unwrap(), whole);
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            fs::write(&path, flipped).unwrap();
            assert!(read(folder, EVENTS).is_err(), "byte {at}");
        }
        let lines: Vec<&[u8]> = whole.split_inclusive(|&byte| byte == b'\n').collect();
        fs::write(&path, lines[..3].concat()).unwrap();
        assert!(read(folder, EVENTS).is_ok());
        fs::write(&path, lines[..2].concat()).unwrap();
        let said = read(folder, EVENTS).unwrap_err();
        assert!(said.contains("bytes where the run wrote"), "{said}");

        let aside = files.cut_events(&whole, lines[0].len()).unwrap();
        assert_eq!(fs::read(aside).unwrap(), whole);
        let mut log = EventLog::open(&path).unwrap();
        log.append(&Event::Paused).unwrap();
        assert!(read(folder, EVENTS).unwrap().unwrap().starts_with(lines[0]));
    }

    #[test]
    fn a_run_of_an_older_version_gets_checksums_as_it_goes_on() {
        let desk = tempfile::tempdir().unwrap();
        let folder = desk.path();
        fs::write(folder.join(PLAN), "plan").unwrap();
        fs::write(folder.join(EVENTS), "{\"event\":\"paused\"}\n").unwrap();
        let (_, said) = Files::open(folder).unwrap();
        assert!(said[0].contains("has no checksums"), "{said:?}");
        let mut log = EventLog::open(&folder.join(EVENTS)).unwrap();
        log.append(&Event::Stopped).unwrap();
        assert!(read(folder, EVENTS).is_ok() && read(folder, PLAN).is_ok());
        let text = fs::read_to_string(folder.join(EVENTS)).unwrap();
        fs::write(folder.join(EVENTS), text.replace("paused", "pauzed")).unwrap();
        assert!(read(folder, EVENTS).is_err());
    }
}
