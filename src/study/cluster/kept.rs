//! `slurm/submission.json`: what was submitted of a grid.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::grid::Design;
use super::SlurmTable;
use crate::format::number_of;
use crate::run::{Error, file};

/// The folder of what was submitted, in the grid's.
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
    /// Names of its cells, in the order of its tasks.
    pub cells: Vec<String>,
}

/// What was submitted of a grid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Submission {
    /// Version of the program.
    pub version: String,
    /// Every cell of the grid as it was submitted, with the fingerprint of its settings.
    pub cells: BTreeMap<String, String>,
    /// The jobs, oldest first.
    pub jobs: Vec<Submitted>,
    /// What won over the table of the grid's file when it was submitted last.
    #[serde(default)]
    pub needs: SlurmTable,
}

impl Submission {
    /// The cells of `design`, of which nothing is submitted yet.
    #[must_use]
    pub fn of(design: &Design) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            cells: fingerprints(design),
            jobs: Vec::new(),
            needs: SlurmTable::default(),
        }
    }

    /// Checks that this version of the program submitted it, for the grid in `folder`.
    ///
    /// # Errors
    /// [`Error::Setting`] with both versions.
    pub fn check_version(&self, folder: &Path) -> Result<(), Error> {
        let ours = env!("CARGO_PKG_VERSION");
        if self.version == ours {
            return Ok(());
        }
        Err(Error::Setting(format!(
            "{} was submitted by version {}, which trains its cells: use that version, not {ours}, or another --out",
            folder.display(),
            self.version
        )))
    }

    /// That of the grid in `folder`; none where nothing of it was submitted.
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

    /// Writes it into the folder of its grid.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write(&self, folder: &Path) -> Result<(), Error> {
        file::write_sealed_json(&place(folder).join(NAME), self)
    }

    /// What `design` has changed since, in a few words; none where it has the same cells.
    #[must_use]
    pub fn changed(&self, design: &Design) -> Option<String> {
        let now = fingerprints(design);
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

/// The folder of what was submitted of the grid in `folder`.
pub(super) fn place(folder: &Path) -> PathBuf {
    folder.join(FOLDER)
}

/// The cells by name, each with the fingerprint of its settings.
fn fingerprints(design: &Design) -> BTreeMap<String, String> {
    let cells = design.entries.iter().map(|entry| &entry.cell);
    cells
        .map(|cell| {
            let settings = cell.settings.with_absolute_paths();
            (cell.name(), settings.fingerprint().unwrap_or_default())
        })
        .collect()
}
