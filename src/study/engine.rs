//! What trains the runs of a study: this process, worker processes on devices, or jobs of Slurm. A study plans its runs as
//! [tasks](Task) and does not know which.

use std::path::Path;

use super::cluster::{self, SlurmRequest};
use super::task::{Ended, Task};
use super::{Progress, State, StudyError, workers};
use crate::messages::sentence;
use crate::run::{Error, Settings};
use crate::training::device;

/// Where the runs of a study are trained.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Engine {
    /// On this machine: by this process, or by a worker on each of several devices.
    #[default]
    Machine,
    /// By array jobs of Slurm, for which this process waits.
    Slurm(Box<SlurmRequest>),
}

/// Those who train the runs of a study beside this process.
#[derive(Debug)]
pub(super) enum Trainers<'a> {
    /// A worker on each of these devices.
    Workers(Vec<String>),
    /// Jobs.
    Slurm(&'a SlurmRequest),
}

/// On which device steps are timed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TimedOn {
    /// The device, as `--device` names it.
    pub device: String,
    /// What is to be said of it; none where it is that of the runs.
    pub note: Option<String>,
}

impl Engine {
    /// Those who train the runs of a study with these settings; none where this process does, one run after the other.
    ///
    /// # Errors
    /// Where a device is not there, or a job cannot have it.
    pub(super) fn trainers(&self, settings: &Settings) -> Result<Option<Trainers<'_>>, Error> {
        match self {
            Self::Machine => Ok(workers::devices(settings)?.map(Trainers::Workers)),
            Self::Slurm(_) if !settings.host.workers.is_empty() => Err(Error::Setting(format!(
                "--device {}: a task of Slurm trains on one device: use --device cuda or cpu with --on slurm",
                settings.host.workers.join(",")
            ))),
            Self::Slurm(request) => Ok(Some(Trainers::Slurm(request))),
        }
    }

    /// Where steps of runs with these settings are timed: on the kind of device on which they train, where this machine has it.
    pub(super) fn timed_on(&self, settings: &Settings) -> TimedOn {
        let own = &settings.device;
        let Self::Slurm(request) = self else {
            return TimedOn {
                device: own.clone(),
                note: None,
            };
        };
        let wanted = request.needs(settings).kind_of_device(own);
        let mut here = device::list().into_iter();
        if here.any(|found| found.usable && device::kind(&found.name) == wanted) {
            let is_own = device::kind(own) == wanted;
            let device = if is_own { own } else { wanted }.to_owned();
            return TimedOn { device, note: None };
        }
        TimedOn {
            device: "auto".to_owned(),
            note: Some(format!(
                "note: the tasks train on {wanted}, which this machine lacks: steps and prices are timed on another device here; give this command to sbatch --wrap to time them on a node"
            )),
        }
    }
}

impl Trainers<'_> {
    /// Trains `tasks` of the study in `folder`, which has so many runs, and calls `ended` after each; false where the user stopped
    /// it. One that fails is tried again, three times in all.
    ///
    /// # Errors
    /// What `ended` says, and where Slurm refuses.
    pub fn train(
        &self,
        folder: &Path,
        tasks: Vec<Task>,
        of: usize,
        progress: &dyn Progress,
        ended: Ended<'_>,
    ) -> Result<bool, StudyError> {
        match self {
            Self::Workers(devices) => workers::train(devices, tasks, of, progress, ended),
            Self::Slurm(request) => cluster::train(request, folder, tasks, of, progress, ended),
        }
    }

    /// As [`train`](Self::train), of runs of a study that cannot do without one of them; finished ones are not trained.
    ///
    /// # Errors
    /// That a run failed, said once all others are trained.
    pub fn train_whole(
        &self,
        folder: &Path,
        tasks: Vec<Task>,
        of: usize,
        progress: &dyn Progress,
    ) -> Result<bool, StudyError> {
        let mut left = Vec::new();
        for task in tasks {
            if !matches!(task.cell.state()?, State::Finished(_)) {
                left.push(task);
            }
        }
        if left.is_empty() {
            return Ok(true);
        }
        let names: Vec<String> = left.iter().map(|task| task.cell.name()).collect();
        let mut failed: Option<StudyError> = None;
        let mut ended = |task: usize, result: Result<(), StudyError>| {
            if let Err(error) = result {
                let said = format!("{}: {}", names[task], sentence(&error));
                progress.warn(&said);
                failed.get_or_insert(StudyError::Training(said));
            }
            Ok(())
        };
        if !self.train(folder, left, of, progress, &mut ended)? {
            return Ok(false);
        }
        failed.map_or(Ok(true), Err)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::run::fixture;
    use crate::study::cluster::{Amount, SlurmTable};

    fn slurm(gpus: Option<&str>) -> Engine {
        let above = SlurmTable {
            gpus: gpus.map(|gpus| Amount::Text(gpus.to_owned())),
            ..SlurmTable::default()
        };
        Engine::Slurm(Box::new(SlurmRequest {
            above,
            ..SlurmRequest::default()
        }))
    }

    fn settings(device: &str) -> Settings {
        let mut settings = fixture::manifest(&[1], 1).settings;
        device.clone_into(&mut settings.device);
        settings
    }

    #[test]
    fn a_task_of_slurm_has_one_device() {
        let mut settings = settings("cpu");
        assert!(Engine::Machine.trainers(&settings).unwrap().is_none());
        let engine = slurm(None);
        assert!(matches!(
            engine.trainers(&settings).unwrap(),
            Some(Trainers::Slurm(_))
        ));
        settings.host.workers = vec!["cuda:0".to_owned(), "cuda:1".to_owned()];
        let said = engine.trainers(&settings).unwrap_err().to_string();
        assert!(said.contains("--device cuda:0,cuda:1"), "{said}");
    }

    /// Every machine has a CPU; whether it has a GPU decides what is said of a task that asks for one.
    #[test]
    fn steps_are_timed_on_the_kind_of_device_of_the_tasks() {
        let on = |engine: &Engine, device: &str| engine.timed_on(&settings(device));
        let cpu = TimedOn {
            device: "cpu".to_owned(),
            note: None,
        };
        assert_eq!(on(&Engine::Machine, "cuda:1").device, "cuda:1");
        assert_eq!(on(&slurm(None), "cpu"), cpu);
        assert_eq!(on(&slurm(None), "auto"), cpu);
        assert_eq!(on(&slurm(Some("0")), "auto"), cpu);
        let has_gpu = device::list()
            .iter()
            .any(|found| found.usable && found.name != "cpu");
        let found = on(&slurm(Some("a100:1")), "auto");
        if has_gpu {
            assert_eq!((found.device.as_str(), found.note), ("cuda", None));
        } else {
            let note = found.note.unwrap();
            assert_eq!(found.device, "auto");
            assert!(note.contains("train on cuda, which this machine lacks"));
            assert!(on(&slurm(None), "cuda").note.is_some());
        }
    }
}
