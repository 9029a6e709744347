//! The seeds of one run, spread over devices: a worker on each trains a seed at a time.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::engine::Trainers;
use super::sweep::SweepOutcome;
use super::task::Task;
use super::{Cell, Progress, StudyError, Worker};
use crate::run::parts::{self, Part};
use crate::run::{
    Doing, Error, Holder, Host, Lock, Moved, Phase, RunDirectory, Session, Settings, Status,
    Summary,
};
use crate::training::{Control, device};

/// How often requests of other processes are looked for, and how often the heartbeat is written.
const LOOK: Duration = Duration::from_secs(1);

/// Trains what is left of the seeds of `run` by a worker on each of the devices `names`; `host` is that of the user's settings,
/// and `moved` says where the images are now. False where the user stopped it. All seeds are then in parts, which the next
/// [`resume`](crate::run::resume) of the run takes into it.
///
/// # Errors
/// [`Error::Setting`] for devices of another kind than the run's, as [`parts::split`], and that a seed failed, said once all
/// others are trained.
pub fn train_seeds(
    run: &RunDirectory,
    lock: &Lock,
    names: &[String],
    (host, moved): (&Host, &Moved),
    progress: &dyn Progress,
) -> Result<bool, StudyError> {
    let kind = device::kind(names.first().map_or("cpu", String::as_str));
    let manifest = run.manifest()?;
    let begun_on = match manifest.settings.device.as_str() {
        "auto" => manifest.device.split(' ').next().unwrap_or_default(),
        name => name,
    };
    if device::kind(begun_on) != kind {
        return Err(Error::Setting(format!(
            "device {}: the run was begun on {begun_on}, and on another kind of device its numbers would differ: name devices of that kind",
            names.join(",")
        ))
        .into());
    }
    let devices = device::on_this_machine(names).map_err(Error::from)?;
    let (parts, damaged) = parts::split(run, lock, kind)?;
    for sentence in damaged {
        progress.warn(&format!("warning: {sentence}"));
    }
    let of = parts.len();
    let task = |(part, number): (&Part, usize)| {
        let mut settings = Settings {
            host: Host {
                workers: Vec::new(),
                measure: false,
                ..host.clone()
            },
            ..part.settings.clone()
        };
        if let Some(dataset) = &moved.dataset {
            settings.dataset.clone_from(dataset);
        }
        settings.data_dir = moved.data_dir.clone().or(settings.data_dir);
        Task {
            cell: Cell {
                path: part.path.clone(),
                settings,
            },
            probe: false,
            plan: None,
            number,
        }
    };
    let tasks = parts.iter().zip(1..).map(task).collect();
    let owner = Owner {
        progress,
        run: run.path(),
        done: manifest.settings.recipe.seeds.len() - of,
        parts,
        stopped: AtomicBool::new(false),
        paused: AtomicBool::new(false),
        looked: Mutex::new(None),
    };
    Trainers::Workers(devices).train_whole(run.path(), tasks, of, &owner)
}

/// The process that owns the run: it writes the heartbeat of the whole, and passes on what other processes ask for.
struct Owner<'a> {
    progress: &'a dyn Progress,
    run: &'a Path,
    /// Seeds that were trained before.
    done: usize,
    parts: Vec<Part>,
    /// Whether another process asked for a stop.
    stopped: AtomicBool,
    /// Whether another process asked for a pause: workers that begin later pause too.
    paused: AtomicBool,
    looked: Mutex<Option<Instant>>,
}

impl Owner<'_> {
    /// Takes what is asked for through the folder of the run: the workers are asked for it.
    fn take_requests(&self) {
        for action in parts::asked(self.run) {
            self.progress
                .say(&format!("{}: asked for by another process", action.name()));
            match action {
                Control::Stop => self.stopped.store(true, Ordering::Relaxed),
                Control::Pause => self.paused.store(true, Ordering::Relaxed),
                Control::Resume => self.paused.store(false, Ordering::Relaxed),
            }
        }
    }

    /// How far all seeds are together.
    fn status(&self, workers: &[Worker]) -> Status {
        let seeds = (self.done + self.parts.len()).max(1) as f64;
        let busy: Vec<&Status> = workers.iter().filter_map(|it| it.status.as_ref()).collect();
        let shares: f64 = busy.iter().map(|status| status.share_done).sum();
        let done = (self.done + parts::finished(&self.parts)) as f64 + shares;
        // Seconds of a seed by what each worker still needs for its own.
        let of_seed = |status: &&Status| {
            let left = status.seconds_left?;
            (status.share_done < 1.0).then(|| left / (1.0 - status.share_done))
        };
        let whole: Vec<f64> = busy.iter().filter_map(of_seed).collect();
        let count = whole.len() as f64;
        let left = (seeds - done).max(0.0);
        let is_paused = !busy.is_empty() && busy.iter().all(|it| it.phase == Doing::Paused);
        Status {
            writer: Holder::this(),
            phase: match (self.is_cancelled(), is_paused, busy.is_empty()) {
                (true, ..) => Doing::Stopping,
                (_, true, _) => Doing::Paused,
                (_, _, true) => Doing::Starting,
                _ => Doing::Running,
            },
            seed: None,
            network: None,
            epoch: None,
            epochs: None,
            step: None,
            steps_per_epoch: 0,
            share_done: (done / seeds).min(1.0),
            seconds_left: (count > 0.0).then(|| whole.iter().sum::<f64>() / count * left / count),
            time: Timestamp::now(),
        }
    }
}

impl Progress for Owner<'_> {
    fn is_cancelled(&self) -> bool {
        self.stopped.load(Ordering::Relaxed) || self.progress.is_cancelled()
    }

    fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Relaxed) || self.progress.is_paused()
    }

    fn say(&self, line: &str) {
        self.progress.say(line);
    }

    fn warn(&self, line: &str) {
        self.progress.warn(line);
    }

    fn cell(&self, number: usize, of: usize) {
        self.progress.cell(number, of);
    }

    fn workers(&self, workers: &[Worker]) {
        self.progress.workers(workers);
        if workers.is_empty() {
            parts::beat(self.run, None);
            return;
        }
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if looked.is_none_or(|at| at.elapsed() >= LOOK) {
            *looked = Some(Instant::now());
            self.take_requests();
            parts::beat(self.run, Some(&self.status(workers)));
        }
    }

    fn reading(&self, phase: Option<Phase>) {
        self.progress.reading(phase);
    }

    fn timing(&self, steps: Option<(usize, usize)>) {
        self.progress.timing(steps);
    }

    fn interruptible(&self, begins: bool) {
        self.progress.interruptible(begins);
    }

    fn follow(
        &self,
        session: &Session,
        settings: &Settings,
    ) -> Result<Option<Summary>, StudyError> {
        self.progress.follow(session, settings)
    }

    fn swept(&self, outcome: &SweepOutcome) -> Result<(), StudyError> {
        self.progress.swept(outcome)
    }
}
