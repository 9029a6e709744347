//! One cell of a study, trained by a process that knows nothing but the cell's folder.
//!
//! Whoever owns the study writes `cell.toml` ([`CellFile`]) into the cell's run directory before; [`conduct`] reads it, trains
//! what is left and probes it where the study asks for that. It writes only inside that folder, so thousands of processes can
//! train the cells of one study beside each other.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::part::{self, Reached, planned};
use super::probed::{is_probed, probe};
use super::progress::{Interruptible, prepare, reading};
use super::train::{Trained, train};
use super::{Cell, Progress, State, StudyError};
use crate::network::Plan;
use crate::run::{
    Automatic, CELL, CELL_PLAN, Error, RunDirectory, Settings, Summary, file, parts, settings,
};
use crate::training::device::Named;

/// What `cell.toml` holds: all that a process needs to train the cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CellFile {
    /// Version of the program that wrote it.
    pub version: String,
    /// Whether the trained networks are probed.
    pub probe: bool,
    /// Whether steps are timed for the widths.
    pub measure: bool,
    /// Most bytes of memory that reading the dataset may take; absent without a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_memory: Option<u64>,
    /// The folder to which relative paths of the settings belong.
    pub working_folder: PathBuf,
    /// Keys of the settings that nobody gave, so that the images decide them.
    pub automatic: Vec<String>,
    /// The settings, before they are fitted to the images.
    pub settings: Settings,
}

impl CellFile {
    /// What a process needs to train `cell`, relative paths of whose settings belong to the working folder.
    ///
    /// # Errors
    /// [`Error::Io`] where there is no working folder.
    pub fn of(cell: &Cell, probe: bool) -> Result<Self, Error> {
        let settings = &cell.settings;
        let here = Path::new(".");
        let working_folder = std::env::current_dir().map_err(Error::io("read", here))?;
        let automatic = settings::all().filter(|setting| setting.is_automatic(settings));
        Ok(Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            probe,
            measure: settings.host.measure,
            max_memory: settings.host.max_memory,
            working_folder,
            automatic: automatic.map(|setting| setting.key.to_owned()).collect(),
            settings: settings.clone(),
        })
    }

    /// Writes it into the cell's folder, which it makes, with the cell's pair where that does not follow from the settings
    /// alone; nothing is written where it is there already.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Malformed`] for settings that are no TOML.
    pub fn write(&self, folder: &Path, plan: Option<&Plan>) -> Result<(), Error> {
        let path = folder.join(CELL);
        let text = toml::to_string(self).map_err(|error| {
            Error::malformed(
                &path,
                format!("the cell cannot be written as TOML: {error}"),
            )
        })?;
        if file::read_if_present(&path)?.as_deref() == Some(text.as_bytes()) {
            return Ok(());
        }
        file::make_folder(folder)?;
        if let Some(plan) = plan {
            file::write_json(&folder.join(CELL_PLAN), plan)?;
        }
        file::write_whole(&path, text.as_bytes())
    }

    /// Reads that in `folder`.
    ///
    /// # Errors
    /// [`Error::Malformed`] where it is not there or is no such file, [`Error::OtherVersion`] where another version of the
    /// program wrote it.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(CELL);
        let Some(found) = file::read_toml_if_present::<Self>(&path, "cell of a study")? else {
            return Err(Error::malformed(
                folder,
                format!(
                    "it has no {CELL}: name the run directory of a cell that `ebcle-tui grid --on list` or `--on slurm` prepared"
                ),
            ));
        };
        if found.version != env!("CARGO_PKG_VERSION") {
            return Err(Error::OtherVersion {
                path: folder.to_owned(),
                version: found.version,
                ours: env!("CARGO_PKG_VERSION"),
            });
        }
        Ok(found)
    }

    /// The settings as they were before this was written.
    ///
    /// # Errors
    /// [`Error::Malformed`] where it names a setting as not given that always is.
    fn settings(self, path: &Path) -> Result<Settings, Error> {
        let mut automatic = Automatic::default();
        for key in &self.automatic {
            let flag = settings::find(key).and_then(|setting| setting.automatic);
            let flag = flag.ok_or_else(|| {
                let problem =
                    format!("automatic: '{key}' is never fitted to the images: remove it");
                Error::malformed(path.join(CELL), problem)
            })?;
            *flag(&mut automatic) = true;
        }
        let mut settings = self.settings;
        settings.automatic = automatic;
        settings.host.measure = self.measure;
        settings.host.max_memory = self.max_memory;
        Ok(settings)
    }
}

/// What was trained.
#[derive(Clone, Debug)]
pub enum Conducted {
    /// A cell, to its end.
    Cell(Box<Summary>),
    /// One seed of a cell, other seeds of which are left.
    Seed,
}

/// Trains and probes what is left of the cell in `folder`, or of the seed of a cell whose [part](parts) that is, on `device` where that is given, with profiles cached in `cache`;
/// none where the user stopped it, which keeps all finished epochs.
///
/// Changes the working folder to that of the study, to which relative paths of its settings belong.
///
/// # Errors
/// One sentence on what cannot be read, on another process that trains it, or on what went wrong.
pub fn conduct(
    folder: &Path,
    device: Option<&str>,
    cache: Option<PathBuf>,
    progress: &dyn Progress,
) -> Result<Option<Conducted>, StudyError> {
    let path = std::path::absolute(folder).map_err(Error::io("read", folder))?;
    // The seeds of one run that workers train are cells of their own.
    let part = parts::of(&path).filter(|_| !path.join(CELL).is_file());
    let (path, seed) = match part {
        Some((cell, seed)) => (cell, Some(seed)),
        None => (path, None),
    };
    let kept = CellFile::read(&path)?;
    let probes = kept.probe;
    let here = &kept.working_folder;
    std::env::set_current_dir(here).map_err(Error::io("read", here))?;
    let mut settings = kept.settings(&path)?;
    settings.host.cache = cache;
    if let Some(device) = device {
        let named: Named = device.parse().map_err(Error::from)?;
        if named.workers().len() > 1 || named == Named::AllCards {
            let problem = format!("--device {device}: a cell is trained on one device");
            return Err(Error::Setting(problem).into());
        }
        settings.device = named.own();
    }
    let cell = Cell { path, settings };
    if let Some(seed) = seed {
        match part::train(&cell, seed, progress)? {
            Reached::Seed => return Ok(Some(Conducted::Seed)),
            Reached::Stopped => return Ok(None),
            Reached::All => {}
        }
    }
    match whole(&cell, probes, progress) {
        // Another process takes the seeds in.
        Err(StudyError::Run(Error::Held { .. })) if seed.is_some() => Ok(Some(Conducted::Seed)),
        summary => Ok(summary?.map(|summary| Conducted::Cell(Box::new(summary)))),
    }
}

/// Trains and probes what is left of a cell.
fn whole(
    cell: &Cell,
    probes: bool,
    progress: &dyn Progress,
) -> Result<Option<Summary>, StudyError> {
    match cell.state()? {
        State::Finished(summary) => {
            let found = RunDirectory::open(&cell.path)?.claims()?;
            if !probes || is_probed(&summary, found.as_ref()) {
                return Ok(Some(*summary));
            }
        }
        // All that it needs is in its folder.
        State::Begun if !probes => {
            let directory = RunDirectory::open(&cell.path)?;
            let settings = directory.manifest()?.settings;
            let session = reading(progress, |phase| cell.resume(&directory, phase))?;
            return progress.follow(&session, &settings);
        }
        State::Begun | State::Waiting => {}
    }
    let prepared = {
        let _nothing_yet = Interruptible::begin(progress);
        prepare(&cell.settings, progress)?
    };
    let plan = planned(cell, &prepared)?;
    let summary = match train(cell, &prepared, &plan, progress)? {
        Trained::Finished(summary) => *summary,
        Trained::Stopped => return Ok(None),
        Trained::Elsewhere(holder) => return Err(holder.holds(&cell.path).into()),
    };
    if probes && probe(cell, &summary, &prepared, progress)?.is_none() {
        return Ok(None);
    }
    Ok(Some(summary))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::run::Layer;

    fn cell(folder: &Path) -> Cell {
        let layer = Layer::quick()
            .with("limit", 60)
            .with("measure", false)
            .with("max-memory", "1 GiB")
            .with("device", "cpu");
        Cell {
            path: folder.join("cells/one"),
            settings: Settings::resolve(&[layer]).unwrap(),
        }
    }

    /// What is not given stays so, and what belongs to the process is kept.
    #[test]
    fn a_cell_comes_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let cell = cell(folder.path());
        let written = CellFile::of(&cell, true).unwrap();
        assert!(!written.automatic.is_empty() && written.max_memory.is_some());
        written.write(&cell.path, None).unwrap();
        written.write(&cell.path, None).unwrap();
        let read = CellFile::read(&cell.path).unwrap();
        assert_eq!(
            (read.version.as_str(), read.probe),
            (env!("CARGO_PKG_VERSION"), true)
        );
        let mut settings = read.settings(&cell.path).unwrap();
        assert_eq!(settings.host.measure, cell.settings.host.measure);
        assert_eq!(settings.host.max_memory, cell.settings.host.max_memory);
        settings.host = cell.settings.host.clone();
        assert_eq!(settings, cell.settings);
    }

    #[test]
    fn what_is_no_cell_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let said = |folder: &Path| CellFile::read(folder).unwrap_err().to_string();
        assert!(said(folder.path()).contains("it has no cell.toml"));
        let cell = cell(folder.path());
        let mut file = CellFile::of(&cell, false).unwrap();
        file.version = "0.0.1".to_owned();
        file.write(&cell.path, None).unwrap();
        assert!(said(&cell.path).contains("0.0.1"), "{}", said(&cell.path));
        file.version = env!("CARGO_PKG_VERSION").to_owned();
        file.automatic.push("margin".to_owned());
        let wrong = file.settings(&cell.path).unwrap_err().to_string();
        assert!(wrong.contains("'margin'"), "{wrong}");
        std::fs::write(cell.path.join(CELL), "version = 1").unwrap();
        let said = said(&cell.path);
        assert!(said.contains("cell.toml") && !said.contains('\n'), "{said}");
    }
}
