//! One paired run of a study, in its own folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::dataset::{Dataset, Source};
use crate::depth::Analysis;
use crate::network::Plan;
use crate::run::{
    self, Error, Manifest, Moved, Outlined, Phase, Resolved, RunDirectory, Session, Settings,
    Summary, plain_name,
};
use crate::training::device;

/// One paired run of a study.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Its run directory, which need not exist yet.
    pub path: PathBuf,
    /// What it trains.
    pub settings: Settings,
}

/// How far a cell has come.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Not begun.
    Waiting,
    /// Begun and not finished, or being trained by another process.
    Begun,
    /// Trained to its end.
    Finished(Box<Summary>),
}

/// How far a cell has come, with what a study shows of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Seen {
    /// Not begun.
    Waiting,
    /// Begun and not finished, or being trained by another process.
    Begun,
    /// Trained to its end.
    Finished(Box<Outlined>),
}

impl Cell {
    /// How far it has come.
    ///
    /// # Errors
    /// [`Error::Malformed`] where the folder holds a run of other settings, and whatever reading it says.
    pub fn state(&self) -> Result<State, Error> {
        let Some(directory) = self.opened()? else {
            return Ok(State::Waiting);
        };
        let manifest = directory.manifest()?;
        let summary = directory.summary()?;
        self.check(&manifest, summary.is_some())?;
        Ok(match summary {
            Some(summary) => State::Finished(Box::new(summary)),
            None => State::Begun,
        })
    }

    /// How far it has come, with what a study shows of it.
    ///
    /// # Errors
    /// As [`Cell::state`].
    pub(super) fn seen(&self) -> Result<Seen, Error> {
        let Some(directory) = self.opened()? else {
            return Ok(Seen::Waiting);
        };
        let outline = directory.outline()?;
        self.check(&outline.manifest, outline.found.is_some())?;
        Ok(match outline.found {
            Some(found) => Seen::Finished(Box::new(found)),
            None => Seen::Begun,
        })
    }

    /// Its run; none where it is not begun.
    fn opened(&self) -> Result<Option<RunDirectory>, Error> {
        match RunDirectory::open(&self.path) {
            Ok(directory) => Ok(Some(directory)),
            Err(Error::NotARun { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Checks that the run in its folder has its settings.
    fn check(&self, manifest: &Manifest, is_finished: bool) -> Result<(), Error> {
        let mut kept = comparable(&manifest.settings);
        let ours = comparable(&self.settings.completed_by(&manifest.settings));
        if kept.device == "auto" && ours.device != "auto" {
            let trained_on = manifest.device.split(' ').next().unwrap_or_default();
            device::kind(trained_on).clone_into(&mut kept.device);
        }
        // Whether moved images are the same is checked by their fingerprint when training continues.
        if !is_finished && plain_name(&kept.dataset) == plain_name(&ours.dataset) {
            kept.dataset.clone_from(&ours.dataset);
        }
        if kept != ours {
            return Err(Error::malformed(
                &self.path,
                "it holds a run with other settings than the study's: put them back, remove the folder, or use another --out",
            ));
        }
        Ok(())
    }

    /// Trains it: starts it with `resolved`, or continues it where it was interrupted.
    ///
    /// # Errors
    /// As [`Session::start`] and [`run::resume`].
    pub fn train(
        &self,
        resolved: &Resolved,
        dataset: &Arc<Dataset>,
        analysis: &Analysis,
        plan: &Plan,
        progress: &(dyn Fn(Phase) + Sync),
    ) -> Result<Session, Error> {
        match self.opened()? {
            Some(directory) => self.resume(&directory, progress),
            None => Session::start_in(&self.path, resolved, dataset.clone(), analysis, plan),
        }
    }

    /// Continues it where it was interrupted.
    ///
    /// # Errors
    /// As [`run::resume`].
    pub fn resume(
        &self,
        directory: &RunDirectory,
        progress: &(dyn Fn(Phase) + Sync),
    ) -> Result<Session, Error> {
        let kept = directory.manifest()?.settings.dataset;
        let ours = self.settings.with_absolute_paths();
        let moved = Moved {
            data_dir: ours.data_dir.filter(|_| !is_named_by_path(&ours.dataset)),
            dataset: Some(ours.dataset).filter(|dataset| *dataset != kept),
            device: Some(ours.device),
        };
        run::resume(directory, &moved, progress)
    }

    /// The folder's own name.
    #[must_use]
    pub fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        Path::new(name).display().to_string()
    }
}

/// Whether a dataset is named by the path of its files.
fn is_named_by_path(dataset: &str) -> bool {
    let source = dataset.parse::<Source>();
    source.is_ok_and(|source| source.path().is_some())
}

/// Settings without what does not change a run's outcome; of devices of one kind, it does not matter which.
pub(super) fn comparable(settings: &Settings) -> Settings {
    Settings {
        device: device::kind(&settings.device).to_owned(),
        ..settings.with_absolute_paths().without_places()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::run::fixture;

    /// The state follows the folder: nothing, a run without summary, a run of other settings.
    #[test]
    fn a_cell_is_what_its_folder_holds() {
        let folder = tempfile::tempdir().unwrap();
        let run = fixture::on_disk(folder.path(), &fixture::run(&[1, 2], 3, 1));
        let settings = run.manifest().unwrap().settings;
        let mut cell = Cell {
            path: folder.path().join("nothing"),
            settings,
        };
        assert_eq!(cell.state().unwrap(), State::Waiting);
        cell.path = run.path().to_owned();
        assert_eq!(cell.state().unwrap(), State::Begun);
        cell.settings.out = PathBuf::from("elsewhere");
        assert_eq!(cell.state().unwrap(), State::Begun);
        cell.settings.device = "cuda:1".to_owned();
        assert!(cell.state().is_err(), "the run was trained on a CPU");
        cell.settings.device = "cpu".to_owned();
        assert_eq!(cell.state().unwrap(), State::Begun);
        cell.settings.recipe.epochs += 1;
        let said = cell.state().unwrap_err().to_string();
        assert!(said.contains("other settings"), "{said}");
    }
}
