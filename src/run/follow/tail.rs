//! The lines of a file that another process adds to, read from where the last reading ended.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::disk;
use crate::regular;

/// Most bytes that are read at once.
const MOST: u64 = 16 << 20;

/// Bytes before the place where reading goes on that are compared: events end with a checksum of all lines before.
const COMPARED: usize = 64;

/// A file that grows.
#[derive(Debug)]
pub(super) struct Tail {
    path: PathBuf,
    /// Bytes of whole lines that were read.
    offset: u64,
    identity: Option<[u64; 2]>,
    /// The last bytes before that.
    last: Vec<u8>,
}

/// What a reading gives.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    /// Whole lines.
    pub(super) lines: Vec<u8>,
    /// Why the file was read from its beginning again, one sentence.
    pub(super) again: Option<String>,
    /// Whether there is more to read at once.
    pub(super) more: bool,
}

impl Tail {
    /// That of the file at `path`, which need not exist yet.
    pub(super) fn of(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            offset: 0,
            identity: None,
            last: Vec::new(),
        }
    }

    fn name(&self) -> std::borrow::Cow<'_, str> {
        self.path.file_name().unwrap_or_default().to_string_lossy()
    }

    /// The whole lines that were added since the last reading. A file that is shorter than what was read of it, or that
    /// another one has taken the place of, is read from its beginning.
    ///
    /// # Errors
    /// That of the operating system; not where there is no such file.
    pub(super) fn read(&mut self) -> std::io::Result<Reading> {
        let mut reading = Reading::default();
        let mut file = match regular::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                if self.offset > 0 {
                    self.begin_again();
                    reading.again = Some(format!("{} was removed", self.name()));
                }
                return Ok(reading);
            }
            Err(error) => return Err(error),
        };
        let length = file.metadata()?.len();
        let identity = disk::identity(&self.path)?;
        let is_same = self.offset == 0 || identity == self.identity;
        if length < self.offset {
            reading.again = Some(format!(
                "{} was cut from {} to {length} bytes: what was cut off is no longer shown",
                self.name(),
                self.offset
            ));
        } else if !is_same {
            reading.again = Some(format!(
                "{} was replaced by another file, which is read instead",
                self.name()
            ));
        }
        if reading.again.is_none() && length > self.offset {
            file.seek(SeekFrom::Start(self.offset - self.last.len() as u64))?;
            let mut before = vec![0; self.last.len()];
            file.read_exact(&mut before)?;
            if before != self.last {
                reading.again = Some(format!("{} was changed and is read again", self.name()));
            }
        }
        if reading.again.is_some() {
            self.begin_again();
        }
        self.identity = identity;
        if length == self.offset {
            return Ok(reading);
        }
        file.seek(SeekFrom::Start(self.offset))?;
        file.take(MOST).read_to_end(&mut reading.lines)?;
        let read = reading.lines.len() as u64;
        let whole = reading.lines.iter().rposition(|&byte| byte == b'\n');
        reading.lines.truncate(whole.map_or(0, |at| at + 1));
        if reading.lines.is_empty() && read == MOST {
            // This program writes no line of that length: it is skipped.
            self.offset += read;
            self.last.clear();
        }
        self.offset += reading.lines.len() as u64;
        if !reading.lines.is_empty() {
            let kept = reading.lines.len().saturating_sub(COMPARED);
            self.last = reading.lines[kept..].to_vec();
        }
        reading.more = read == MOST;
        Ok(reading)
    }

    fn begin_again(&mut self) {
        self.offset = 0;
        self.identity = None;
        self.last.clear();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs::{self, OpenOptions};
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    fn add(path: &Path, text: &str) {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    #[test]
    fn half_lines_wait_and_a_cut_or_another_file_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let mut tail = Tail::of(&path);
        let mut read = || {
            let reading = tail.read().unwrap();
            (String::from_utf8(reading.lines).unwrap(), reading.again)
        };
        assert_eq!(read(), (String::new(), None));
        add(&path, "one\ntw");
        assert_eq!(read(), ("one\n".to_owned(), None));
        assert_eq!(read(), (String::new(), None));
        // A resume cuts off half a line.
        fs::write(&path, "one\n").unwrap();
        assert_eq!(read(), (String::new(), None));
        add(&path, "two\nthree\n");
        assert_eq!(read(), ("two\nthree\n".to_owned(), None));

        OpenOptions::new()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(8)
            .unwrap();
        let (lines, again) = read();
        assert_eq!(lines, "one\ntwo\n");
        assert!(again.unwrap().contains("was cut from 14 to 8 bytes"));

        // Cut, and longer again at the next look.
        fs::write(&path, "one\ntwx\nthree\nfour\n").unwrap();
        let (lines, again) = read();
        assert_eq!(lines, "one\ntwx\nthree\nfour\n");
        assert!(again.unwrap().contains("was changed"));

        fs::write(folder.path().join("other"), "another, a longer file\n").unwrap();
        fs::rename(folder.path().join("other"), &path).unwrap();
        let (lines, again) = read();
        assert_eq!(lines, "another, a longer file\n");
        assert!(again.unwrap().contains("was replaced"));

        fs::remove_file(&path).unwrap();
        assert!(read().1.unwrap().contains("was removed"));
        assert_eq!(read(), (String::new(), None));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        /// However the writing is cut into pieces, the lines come once and in order.
        #[test]
        fn pieces_give_the_whole(pieces in proptest::collection::vec("[a-z\n]{0,9}", 0..12)) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("events.jsonl");
            let mut tail = Tail::of(&path);
            let mut read = Vec::new();
            for piece in &pieces {
                add(&path, piece);
                let reading = tail.read().unwrap();
                prop_assert_eq!(reading.again, None);
                read.extend(reading.lines);
            }
            let whole = pieces.concat();
            let end = whole.rfind('\n').map_or(0, |at| at + 1);
            prop_assert_eq!(String::from_utf8(read).unwrap(), &whole[..end]);
        }
    }
}
