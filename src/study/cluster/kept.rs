//! `slurm/submission.json`: what was submitted of a study.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::Cell;
use super::{SlurmRequest, SlurmTable};
use crate::format::number_of;
use crate::run::{Error, file};

/// The folder of what was submitted, in the study's.
pub(super) const FOLDER: &str = "slurm";
/// The folder of what the tasks say, in that.
pub(super) const LOGS: &str = "logs";
/// The record.
const NAME: &str = "submission.json";

/// An array job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Submitted {
    /// Its number in Slurm.
    pub job: u32,
    /// When it was submitted.
    pub time: Timestamp,
    /// Cells of a task.
    pub pack: usize,
    /// Names of its cells, or of their seeds such as `CELL/seed-3`, in the order of its tasks.
    pub cells: Vec<String>,
}

impl Submitted {
    /// What it trains: `4 cells`, or `10 seeds`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let count = self.cells.len();
        let seeds = self.cells.iter().filter(|name| name.contains('/')).count();
        match seeds {
            0 => number_of(count, "cell", "cells"),
            seeds if seeds == count => number_of(seeds, "seed", "seeds"),
            _ => format!("{count} cells and seeds"),
        }
    }
}

/// What was submitted of a study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Submission {
    /// Version of the program.
    pub version: String,
    /// Every cell of the study as it was submitted, with the fingerprint of its settings.
    pub cells: BTreeMap<String, String>,
    /// The jobs, oldest first.
    pub jobs: Vec<Submitted>,
    /// What won over the table of the study's file when it was submitted last.
    #[serde(default)]
    pub needs: SlurmTable,
    /// What the config file said then, over which that table wins.
    #[serde(default)]
    pub config: SlurmTable,
}

impl Submission {
    /// These cells, of which nothing is submitted yet.
    #[must_use]
    pub fn of<'a>(cells: impl IntoIterator<Item = &'a Cell>) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            cells: fingerprints(cells),
            jobs: Vec::new(),
            needs: SlurmTable::default(),
            config: SlurmTable::default(),
        }
    }

    /// Notes what the jobs that follow are asked for by.
    pub(super) fn note(&mut self, request: &SlurmRequest) {
        self.needs = request.above.clone();
        self.config = request.config.clone();
    }

    /// Adds cells that belong to the study too.
    pub(super) fn add<'a>(&mut self, cells: impl IntoIterator<Item = &'a Cell>) {
        self.cells.extend(fingerprints(cells));
    }

    /// That of the study in `folder`; none where nothing of it was submitted.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Malformed`] where it is damaged.
    pub fn read(folder: &Path) -> Result<Option<Self>, Error> {
        let path = place(folder).join(NAME);
        if !path.try_exists().map_err(Error::io("read", &path))? {
            return Ok(None);
        }
        file::read_json(&path).map(Some)
    }

    /// This, where this version of the program submitted it.
    ///
    /// # Errors
    /// [`Error::OtherVersion`].
    pub fn made_by_us(self, folder: &Path) -> Result<Self, Error> {
        let ours = env!("CARGO_PKG_VERSION");
        if self.version == ours {
            return Ok(self);
        }
        Err(Error::OtherVersion {
            path: folder.to_owned(),
            version: self.version,
            ours,
        })
    }

    /// Writes it into the folder of its study.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write(&self, folder: &Path) -> Result<(), Error> {
        file::write_sealed_json(&place(folder).join(NAME), self)
    }

    /// What has changed since, in a few words; none where these are the same cells.
    #[must_use]
    pub fn changed<'a>(&self, cells: impl IntoIterator<Item = &'a Cell>) -> Option<String> {
        let now = fingerprints(cells);
        let new: Vec<&String> = now
            .keys()
            .filter(|name| !self.cells.contains_key(*name))
            .collect();
        let gone: Vec<&String> = self
            .cells
            .keys()
            .filter(|name| !now.contains_key(*name))
            .collect();
        let other: Vec<&String> = now
            .iter()
            .filter(|(name, print)| self.cells.get(*name).is_some_and(|kept| kept != *print))
            .map(|(name, _)| name)
            .collect();
        let parts: Vec<String> = [(new, "new"), (gone, "removed"), (other, "changed")]
            .iter()
            .filter_map(|(cells, how)| {
                let first = cells.first()?;
                let [one, several] = ["cell", "cells"].map(|word| format!("{how} {word}"));
                let number = number_of(cells.len(), &one, &several);
                Some(format!(
                    "{number} ({first}{})",
                    if cells.len() > 1 { ", …" } else { "" }
                ))
            })
            .collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// How many cells were submitted, whole or by their seeds.
    #[must_use]
    pub fn submitted(&self) -> usize {
        let names = self.jobs.iter().flat_map(|job| &job.cells);
        let cells = names.map(|name| name.split('/').next());
        cells.collect::<BTreeSet<_>>().len()
    }

    /// Where every cell was submitted last: its job and the number of its task there.
    pub(super) fn tasks(&self) -> BTreeMap<&str, (u32, u32)> {
        let mut tasks = BTreeMap::new();
        for job in &self.jobs {
            for (number, cells) in (0..).zip(job.cells.chunks(job.pack.max(1))) {
                tasks.extend(cells.iter().map(|cell| (cell.as_str(), (job.job, number))));
            }
        }
        tasks
    }
}

/// The folder of what was submitted of the study in `folder`.
pub(super) fn place(folder: &Path) -> PathBuf {
    folder.join(FOLDER)
}

/// The cells by name, each with the fingerprint of its settings.
fn fingerprints<'a>(cells: impl IntoIterator<Item = &'a Cell>) -> BTreeMap<String, String> {
    let one = |cell: &Cell| {
        let settings = cell.settings.with_absolute_paths();
        (cell.name(), settings.fingerprint().unwrap_or_default())
    };
    cells.into_iter().map(one).collect()
}
