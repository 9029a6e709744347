//! `attempts.jsonl`: every attempt of a job to train a cell, so that one that always fails is given up.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::task::TRIES;
use super::{killed, last_lines};
use crate::run::{ATTEMPTS, CELL, Error, Holder, SUMMARY, epochs_written, file, parts};

/// Attempts that may be stopped in a row without finishing another epoch.
const STOPS: usize = 10;

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome", content = "reason")]
pub enum Ended {
    /// The cell is done.
    Finished,
    /// It was told to stop, and kept all finished epochs.
    Stopped,
    /// Another process trains the cell.
    Held,
    /// It failed, with the reason in one sentence.
    Failed(String),
}

/// A line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "attempt")]
enum Line {
    Begun {
        time: Timestamp,
        #[serde(flatten)]
        by: Holder,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        job: Option<String>,
        epochs: usize,
    },
    Ended {
        time: Timestamp,
        #[serde(flatten)]
        how: Ended,
    },
}

/// One attempt.
#[derive(Clone, Debug, PartialEq)]
struct Attempt {
    /// The process.
    by: Holder,
    /// Its job, such as `123_4`; none outside Slurm.
    job: Option<String>,
    /// Epochs of both networks that were finished before it.
    epochs: usize,
    /// How it ended; none where it runs, or was killed.
    ended: Option<Ended>,
}

/// The attempts to train one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempts {
    folder: PathBuf,
    all: Vec<Attempt>,
    /// Finished epochs now.
    epochs: usize,
    /// The folder of the study, where its logs are looked into.
    study: Option<PathBuf>,
}

impl Attempts {
    /// Those of the cell in `folder`. Lines that cannot be read are skipped.
    ///
    /// # Errors
    /// [`Error::Io`] where the file is there and cannot be read.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let bytes = file::read_if_present(&folder.join(ATTEMPTS))?.unwrap_or_default();
        let mut all: Vec<Attempt> = Vec::new();
        for line in bytes.split(|&byte| byte == b'\n') {
            match serde_json::from_slice(line) {
                Ok(Line::Begun {
                    by, job, epochs, ..
                }) => all.push(Attempt {
                    by,
                    job,
                    epochs,
                    ended: None,
                }),
                Ok(Line::Ended { how, .. }) => {
                    if let Some(last) = all.last_mut() {
                        last.ended = Some(how);
                    }
                }
                Err(_) => {}
            }
        }
        Ok(Self {
            folder: folder.to_owned(),
            epochs: epochs_written(folder),
            all,
            study: None,
        })
    }

    /// The same of a cell of the study in `study`, with what Slurm wrote into the log of the last task.
    ///
    /// # Errors
    /// [`Error::Io`] where the file is there and cannot be read.
    pub fn read_in(study: &Path, folder: &Path) -> Result<Self, Error> {
        Ok(Self {
            study: Some(study.to_owned()),
            ..Self::read(folder)?
        })
    }

    /// The lines that Slurm wrote into the log of the last attempt, where that was killed and could not say why itself.
    #[must_use]
    pub fn slurms_lines(&self) -> Vec<String> {
        let (Some(study), None, Some(job)) = (&self.study, self.last(), self.last_job()) else {
            return Vec::new();
        };
        killed::slurms(last_lines(study, job))
    }

    /// Why the cell is given up, where the last attempts failed, were killed or stopped without finishing another
    /// epoch.
    #[must_use]
    pub fn given_up(&self) -> Option<String> {
        let (failed, stopped) = self.fruitless();
        if failed >= TRIES {
            let reason = self.reason().unwrap_or_default();
            return Some(format!(
                "it failed {failed} times without finishing another epoch: {reason}"
            ));
        }
        (stopped >= STOPS).then(|| {
            format!(
                "it was stopped {stopped} times before it finished another epoch: give its tasks more time"
            )
        })
    }

    /// Attempts at the end that finished no epoch: how many failed or were killed, and how many were told to stop.
    fn fruitless(&self) -> (usize, usize) {
        let (mut failed, mut stopped) = (0, 0);
        for attempt in self.all.iter().rev() {
            if attempt.epochs < self.epochs {
                break;
            }
            match &attempt.ended {
                Some(Ended::Finished) => break,
                Some(Ended::Stopped) => stopped += 1,
                Some(Ended::Held) => {}
                Some(Ended::Failed(_)) | None => failed += 1,
            }
        }
        (failed, stopped)
    }

    /// How many there were.
    #[must_use]
    pub fn number(&self) -> usize {
        self.all.len()
    }

    /// The job of the last one; none outside Slurm.
    #[must_use]
    pub fn last_job(&self) -> Option<&str> {
        self.all.last()?.job.as_deref()
    }

    /// How the last one ended; none where it runs or was killed, and before the first.
    #[must_use]
    pub fn last(&self) -> Option<&Ended> {
        self.all.last()?.ended.as_ref()
    }

    /// Why the last one brought the cell to no end, in one sentence.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        let last = self.all.last()?;
        match &last.ended {
            Some(Ended::Failed(reason)) => Some(reason.clone()),
            Some(Ended::Finished) => None,
            Some(Ended::Stopped) => Some("it was told to stop".to_owned()),
            Some(Ended::Held) => Some("another process was training it".to_owned()),
            None => Some(match killed::why(&self.slurms_lines()) {
                Some(why) => why.to_owned(),
                None => format!(
                    "{} ended without saying why: it was killed, ran out of memory, or its node went down",
                    last.by.in_words()
                ),
            }),
        }
    }

    /// Notes that this process begins an attempt.
    ///
    /// # Errors
    /// [`Error::Io`] where that cannot be written, so that nothing would count the attempts.
    pub fn begin(&self) -> Result<(), Error> {
        if let Some((cell, _)) = parts::of(&self.folder) {
            if cell.join(SUMMARY).is_file() || !cell.join(CELL).is_file() {
                // There is nothing to train.
                return Ok(());
            }
            file::make_folder(&self.folder)?;
        }
        self.add(&Line::Begun {
            time: Timestamp::now(),
            by: Holder::this(),
            job: job(),
            epochs: self.epochs,
        })
    }

    /// Notes how this process' attempt ended.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn end(&self, how: Ended) -> Result<(), Error> {
        if parts::of(&self.folder).is_some() && !self.folder.is_dir() {
            // The part is taken into its run.
            return Ok(());
        }
        self.add(&Line::Ended {
            time: Timestamp::now(),
            how,
        })
    }

    /// Adds a line; a last one that was cut off in the middle is ended before.
    fn add(&self, line: &Line) -> Result<(), Error> {
        let path = self.folder.join(ATTEMPTS);
        let failed = Error::io("write", &path);
        let before = file::read_if_present(&path)?.unwrap_or_default();
        let mut text = String::new();
        if before.last().is_some_and(|&last| last != b'\n') {
            text.push('\n');
        }
        let line = serde_json::to_string(line).map_err(|error| failed(error.into()))?;
        text.push_str(&line);
        text.push('\n');
        let opened = fs::OpenOptions::new().create(true).append(true).open(&path);
        opened
            .and_then(|mut file| {
                file.write_all(text.as_bytes())?;
                file.sync_all()
            })
            .map_err(failed)
    }

    /// Forgets them, so that the cell is tried again.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn forget(folder: &Path) -> Result<bool, Error> {
        file::remove_if_present(&folder.join(ATTEMPTS))
    }
}

/// The job of Slurm that this process belongs to, such as `123_4`.
fn job() -> Option<String> {
    let of = |name: &str| std::env::var(name).ok();
    match (of("SLURM_ARRAY_JOB_ID"), of("SLURM_ARRAY_TASK_ID")) {
        (Some(array), Some(task)) => Some(format!("{array}_{task}")),
        _ => of("SLURM_JOB_ID"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn again(folder: &Path, how: Option<Ended>) {
        let attempts = Attempts::read(folder).unwrap();
        attempts.begin().unwrap();
        if let Some(how) = how {
            attempts.end(how).unwrap();
        }
    }

    fn epochs(folder: &Path, number: usize) {
        let rows = "1,baseline\n".repeat(number);
        fs::write(folder.join("metrics.csv"), format!("seed,network\n{rows}")).unwrap();
    }

    #[test]
    fn three_failures_without_an_epoch_more_are_enough() {
        let folder = tempfile::tempdir().unwrap();
        let given_up = || Attempts::read(folder.path()).unwrap().given_up();
        let failed = || Some(Ended::Failed("the disk is full".to_owned()));
        again(folder.path(), failed());
        again(folder.path(), None);
        again(folder.path(), Some(Ended::Stopped));
        again(folder.path(), Some(Ended::Held));
        assert_eq!(given_up(), None);
        epochs(folder.path(), 2);
        again(folder.path(), failed());
        again(folder.path(), failed());
        assert_eq!(given_up(), None, "epochs were finished in between");
        again(folder.path(), failed());
        let said = given_up().unwrap();
        assert!(said.ends_with("another epoch: the disk is full"), "{said}");
        epochs(folder.path(), 3);
        assert_eq!(given_up(), None);
        again(folder.path(), None);
        let attempts = Attempts::read(folder.path()).unwrap();
        assert_eq!((attempts.number(), attempts.last()), (8, None));
        assert!(attempts.reason().unwrap().contains("without saying why"));
        assert!(Attempts::forget(folder.path()).unwrap());
        assert_eq!(Attempts::read(folder.path()).unwrap().number(), 0);
    }

    #[test]
    fn a_cell_that_never_gets_through_an_epoch_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..STOPS {
            assert_eq!(Attempts::read(folder.path()).unwrap().given_up(), None);
            again(folder.path(), Some(Ended::Stopped));
        }
        let said = Attempts::read(folder.path()).unwrap().given_up().unwrap();
        assert!(said.contains("more time"), "{said}");
    }

    #[test]
    fn half_a_line_hides_no_later_one() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(ATTEMPTS), "{\"attempt\":\"beg").unwrap();
        again(folder.path(), Some(Ended::Failed("x".to_owned())));
        let attempts = Attempts::read(folder.path()).unwrap();
        assert_eq!(attempts.number(), 1);
        assert_eq!(attempts.last(), Some(&Ended::Failed("x".to_owned())));
    }
}
