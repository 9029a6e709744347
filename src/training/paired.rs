//! The paired runner: two networks of one seed side by side, on another thread.
//!
//! Both networks share seed, data order, augmentation, optimiser, schedule and epochs. They take
//! turns by half epochs in an alternating order, see [`turns`], so that drift of the machine hits both.

mod checkpoints;
mod control;
mod epoch;
mod events;
mod failure;
mod fitting;
mod halt;
mod network;
mod runner;
#[cfg(test)]
pub(super) mod tests;
pub mod turns;
mod warm_up;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use self::events::EventSender;
pub(super) use self::failure::explained;
use super::batches::Batches;
use super::checkpoint::ResumeState;
use super::clock::Clock;
use super::device::Opened;
use super::device::energy::EnergyMeter;
use super::{Control, EpochRecord, Event, Recipe, TrainingError, memory};
use crate::dataset::Dataset;
use crate::network::Spec;

/// Name of the training thread.
pub const THREAD: &str = "training";
/// Events that fit between the training thread and a slow receiver.
const EVENTS: usize = 1024;

/// Everything a paired training needs.
#[derive(Clone, Debug)]
pub struct Job {
    /// The images.
    pub dataset: Arc<Dataset>,
    /// The usual network.
    pub baseline: Spec,
    /// The capped one.
    pub capped: Spec,
    /// How both are trained.
    pub recipe: Recipe,
    /// Where.
    pub device: Opened,
    /// Folder for checkpoints.
    pub checkpoints: PathBuf,
    /// Identifies the run in its checkpoints; none where there is no run.
    pub run: Option<String>,
    /// Where it continues; [`ResumeState::default`] starts anew.
    pub resume_state: ResumeState,
    /// Gives the times.
    pub clock: Arc<dyn Clock>,
    /// Gives the energy that the device used.
    pub meter: Arc<dyn EnergyMeter>,
    /// Whether the seeds that are trained suffice, asked before each further one.
    pub enough: Enough,
}

/// Whether the seeds of which these are the epochs suffice.
#[derive(Clone)]
pub struct Enough(pub Arc<Suffice>);

/// See [`Enough`].
pub type Suffice = dyn Fn(&[EpochRecord]) -> bool + Send + Sync;

/// All seeds are trained.
impl Default for Enough {
    fn default() -> Self {
        Self(Arc::new(|_| false))
    }
}

impl fmt::Debug for Enough {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Enough")
    }
}

/// A paired training in progress. Dropping its control stops it after the current step.
#[derive(Debug)]
pub struct Handle {
    /// Sends controls to the thread.
    pub control: Sender<Control>,
    /// The events of the thread; ends after the last one, see [`Event::is_last`].
    pub events: Receiver<Event>,
    /// The thread.
    pub thread: JoinHandle<()>,
}

/// Starts a paired training on another thread.
///
/// # Errors
/// As [`Recipe::check_data`], and [`TrainingError::Died`] where no thread can be had.
pub fn spawn(job: Job) -> Result<Handle, TrainingError> {
    job.recipe.check_data(&job.dataset)?;
    if job.recipe.patience.is_some() && job.recipe.holdout.is_none() {
        return Err(TrainingError::Recipe(
            "patience needs a hold-out, on which the best epoch is chosen: use --holdout 0.1"
                .to_owned(),
        ));
    }
    let batches = Batches::of_recipe(job.dataset.clone(), &job.recipe)?;
    memory::check([&job.baseline, &job.capped], &job.device)?;
    let (control, controls) = unbounded();
    let (sender, events) = bounded(EVENTS);
    let thread = std::thread::Builder::new()
        .name(THREAD.to_owned())
        .spawn(move || runner::run(job, batches, controls, EventSender::new(sender)))
        .map_err(|error| TrainingError::Died(format!("no thread could be started: {error}")))?;
    Ok(Handle {
        control,
        events,
        thread,
    })
}
