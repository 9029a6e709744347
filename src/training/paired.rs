//! The paired runner: two networks of one seed in interleaved epochs, on a thread of its own.
//!
//! Both networks share seed, data order, augmentation, optimiser, schedule and epochs. They take
//! turns epoch by epoch, the one that goes first alternating, so that drift of the machine hits both.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded, unbounded};

use super::batches::Batches;
use super::checkpoint::{self, Progress};
use super::device::Opened;
use super::schedule::Schedule;
use super::step::{Stopwatch, Sums, Tally, Trainer};
use super::{Control, EpochRecord, Error, Event, Recipe, Role, correct};
use crate::dataset::Dataset;
use crate::network::Spec;

/// Name of the training thread.
pub const THREAD: &str = "training";
/// Events that fit between the training thread and a slow receiver.
const EVENTS: usize = 1024;
/// Least time between two reports within an epoch; each reads numbers back from the device.
const REPORT_EVERY: Duration = Duration::from_millis(400);
/// Steps of the warm-up, by which kernels are compiled and tuned.
pub(super) const WARM_UP_STEPS: usize = 2;

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
}

/// A paired training in progress. Dropping its control stops it after the current step.
#[derive(Debug)]
pub struct Handle {
    /// Tells the thread something.
    pub control: Sender<Control>,
    /// What the thread says; ends after the last event, see [`Event::is_last`].
    pub events: Receiver<Event>,
    /// The thread.
    pub thread: JoinHandle<()>,
}

/// Starts a paired training on a thread of its own.
///
/// # Errors
/// [`Error::Recipe`] for a recipe that does not fit the data, [`Error::Died`] where no thread can be had.
pub fn spawn(job: Job) -> Result<Handle, Error> {
    job.recipe.check(job.dataset.train.len())?;
    let (control, controls) = unbounded();
    let (sender, events) = bounded(EVENTS);
    let thread = std::thread::Builder::new()
        .name(THREAD.to_owned())
        .spawn(move || run(job, controls, Events::new(sender)))
        .map_err(|error| Error::Died(format!("no thread could be started: {error}")))?;
    Ok(Handle {
        control,
        events,
        thread,
    })
}

/// Sends events without ever waiting: progress within an epoch is dropped when the receiver is slow,
/// everything else is kept until it can be sent.
struct Events {
    sender: Sender<Event>,
    waiting: VecDeque<Event>,
}

impl Events {
    const fn new(sender: Sender<Event>) -> Self {
        Self {
            sender,
            waiting: VecDeque::new(),
        }
    }

    fn say(&mut self, event: Event) {
        let droppable = matches!(event, Event::Step { .. });
        if droppable && !self.waiting.is_empty() {
            return;
        }
        self.waiting.push_back(event);
        while let Some(event) = self.waiting.pop_front() {
            if let Err(error) = self.sender.try_send(event) {
                let event = error.into_inner();
                if !matches!(event, Event::Step { .. }) {
                    self.waiting.push_front(event);
                }
                return;
            }
        }
    }

    /// Sends what waits, now that nothing is left to hold up.
    fn finish(self) {
        for event in self.waiting {
            if self.sender.send(event).is_err() {
                return;
            }
        }
    }
}

/// Why a training ended early.
enum Halt {
    Stopped,
    Failed(Error),
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

fn run(job: Job, controls: Receiver<Control>, events: Events) {
    let batch_size = job.recipe.batch_size;
    let mut runner = Runner::new(job, controls, events);
    let last = match catch_unwind(AssertUnwindSafe(|| runner.train_all())) {
        Ok(Ok(())) => Event::Finished,
        Ok(Err(Halt::Stopped)) => Event::Stopped,
        Ok(Err(Halt::Failed(error))) => Event::Failed {
            message: explained(&error.to_string(), batch_size),
        },
        Err(panic) => Event::Failed {
            message: explained(panic_text(panic.as_ref()), batch_size),
        },
    };
    runner.events.say(last);
    runner.events.finish();
}

/// What a panic said.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("unknown reason")
}

/// A failure as one sentence; running out of memory gets its remedy.
pub(super) fn explained(message: &str, batch_size: usize) -> String {
    let lower = message.to_lowercase();
    if lower.contains("out of memory")
        || lower.contains("out_of_memory")
        || lower.contains("outofmemory")
    {
        return format!(
            "the device ran out of memory at batch size {batch_size}: use a smaller one (--batch-size)"
        );
    }
    message
        .lines()
        .next()
        .unwrap_or("unknown reason")
        .trim()
        .to_owned()
}

struct Runner {
    job: Job,
    batches: Batches,
    schedule: Schedule,
    controls: Receiver<Control>,
    events: Events,
}

impl Runner {
    fn new(job: Job, controls: Receiver<Control>, events: Events) -> Self {
        let batches = Batches::of_recipe(job.dataset.clone(), &job.recipe);
        let schedule = Schedule::new(&job.recipe, batches.steps_per_epoch());
        Self {
            job,
            batches,
            schedule,
            controls,
            events,
        }
    }

    fn spec(&self, role: Role) -> &Spec {
        match role {
            Role::Baseline => &self.job.baseline,
            Role::Capped => &self.job.capped,
        }
    }

    fn trainer(&self, role: Role, seed: u64) -> Trainer {
        Trainer::new(
            self.spec(role),
            &self.job.recipe,
            seed,
            &self.job.device.device,
        )
    }

    fn train_all(&mut self) -> Result<(), Halt> {
        self.events.say(Event::Started {
            device: self.job.device.description.clone(),
            train_images: self.job.dataset.train.len(),
            test_images: self.batches.test_images(),
            steps_per_epoch: self.batches.steps_per_epoch(),
            epochs: self.job.recipe.epochs,
            seeds: self.job.recipe.seeds.clone(),
        });
        for role in Role::BOTH {
            self.warm_up(role)?;
        }
        for seed in self.job.recipe.seeds.clone() {
            self.train_seed(seed)?;
        }
        Ok(())
    }

    /// Runs a network that is thrown away through training and evaluation, so that kernels are compiled
    /// and tuned before any clock runs.
    fn warm_up(&mut self, role: Role) -> Result<(), Halt> {
        let begun = Instant::now();
        let mut trainer = self.trainer(role, 0);
        let mut tally = Tally::default();
        for batch in self.batches.train(0, 0).iter().take(WARM_UP_STEPS) {
            trainer = trainer.step(batch, 0.0, &mut tally);
            tally.read()?;
            self.obey(None)?;
        }
        let test = self.batches.test();
        trainer.evaluate(test.iter().take(1))?;
        self.events.say(Event::WarmedUp {
            network: role,
            seconds: begun.elapsed().as_secs_f64(),
        });
        Ok(())
    }

    fn train_seed(&mut self, seed: u64) -> Result<(), Halt> {
        self.events.say(Event::SeedStarted { seed });
        let [mut baseline, mut capped] = Role::BOTH.map(|role| self.trainer(role, seed));
        for epoch in 1..=self.job.recipe.epochs {
            if epoch % 2 == 1 {
                baseline = self.train_epoch(baseline, Role::Baseline, seed, epoch)?;
                capped = self.train_epoch(capped, Role::Capped, seed, epoch)?;
            } else {
                capped = self.train_epoch(capped, Role::Capped, seed, epoch)?;
                baseline = self.train_epoch(baseline, Role::Baseline, seed, epoch)?;
            }
        }
        self.events.say(Event::SeedFinished { seed });
        Ok(())
    }

    fn train_epoch(
        &mut self,
        mut trainer: Trainer,
        network: Role,
        seed: u64,
        epoch: usize,
    ) -> Result<Trainer, Halt> {
        let device = self.job.device.device.clone();
        let first_step = (epoch - 1) * self.batches.steps_per_epoch();
        let mut sums = Sums::default();
        let mut tally = Tally::default();
        let mut learning_rate = 0.0;
        let batches = self.batches.train(seed, epoch);
        let mut watch = Stopwatch::default();
        watch.start(&device)?;
        let mut reported = Instant::now();
        for (step, batch) in batches.iter().enumerate() {
            learning_rate = self.schedule.rate(first_step + step);
            trainer = trainer.step(batch, learning_rate, &mut tally);
            if reported.elapsed() >= REPORT_EVERY || step == 0 {
                let part = finite(tally.read()?, network, seed, epoch)?;
                sums.add(part);
                self.events.say(Event::Step {
                    seed,
                    network,
                    epoch,
                    step: step + 1,
                    loss: part.mean_loss(),
                    learning_rate,
                    images_per_second: sums.images as f64 / watch.seconds(),
                });
                reported = Instant::now();
            }
            self.obey(Some(&mut watch))?;
        }
        watch.stop(&device)?;
        sums.add(finite(tally.read()?, network, seed, epoch)?);

        self.events.say(Event::Evaluating {
            seed,
            network,
            epoch,
        });
        let evaluated = Instant::now();
        let test = trainer.evaluate(self.batches.test().iter())?;
        self.events.say(Event::Epoch(EpochRecord {
            seed,
            network,
            epoch,
            train_loss: sums.mean_loss(),
            train_accuracy: sums.accuracy(),
            test_loss: test.mean_loss(),
            test_accuracy: test.accuracy(),
            train_seconds: watch.seconds(),
            eval_seconds: evaluated.elapsed().as_secs_f64(),
            images_per_second: sums.images as f64 / watch.seconds(),
            learning_rate,
        }));
        let progress = Progress {
            seed,
            network,
            epoch,
        };
        if epoch == self.job.recipe.epochs {
            let flags = trainer.correct(self.batches.test().iter())?;
            self.keep_correct(progress, &flags);
        }
        self.keep(&trainer, progress);
        Ok(trainer)
    }

    /// Writes a checkpoint. One that cannot be written is a warning: the training goes on.
    fn keep(&mut self, trainer: &Trainer, progress: Progress) {
        let Progress {
            seed,
            network,
            epoch,
        } = progress;
        self.events.say(
            match checkpoint::save(&self.job.checkpoints, progress, trainer) {
                Ok(_) => Event::Checkpointed {
                    seed,
                    network,
                    epoch,
                },
                Err(error) => Event::Warning {
                    message: format!("{error}; training goes on without it"),
                },
            },
        );
    }

    /// Writes down which test images are classified right. Where that fails, the comparison over images is
    /// missing, and the training goes on.
    fn keep_correct(&mut self, progress: Progress, flags: &[bool]) {
        if let Err(error) = correct::save(&self.job.checkpoints, progress, flags) {
            self.events.say(Event::Warning {
                message: format!("{error}; training goes on without it"),
            });
        }
    }

    /// Does what the owner asked for since the last step. The clock, if one runs, stands still in a pause.
    fn obey(&mut self, watch: Option<&mut Stopwatch>) -> Result<(), Halt> {
        match self.controls.try_recv() {
            Err(TryRecvError::Empty) | Ok(Control::Resume) => return Ok(()),
            Err(TryRecvError::Disconnected) | Ok(Control::Stop) => return Err(Halt::Stopped),
            Ok(Control::Pause) => {}
        }
        let device = self.job.device.device.clone();
        let mut watch = watch;
        if let Some(watch) = watch.as_deref_mut() {
            watch.stop(&device)?;
        }
        self.events.say(Event::Paused);
        loop {
            match self.controls.recv() {
                Ok(Control::Resume) => break,
                Ok(Control::Pause) => {}
                Ok(Control::Stop) | Err(_) => return Err(Halt::Stopped),
            }
        }
        self.events.say(Event::Resumed);
        if let Some(watch) = watch {
            watch.start(&device)?;
        }
        Ok(())
    }
}

/// Passes on sums whose loss is finite.
fn finite(sums: Sums, network: Role, seed: u64, epoch: usize) -> Result<Sums, Error> {
    if sums.loss.is_finite() {
        Ok(sums)
    } else {
        Err(Error::Died(format!(
            "the loss of the {} network is no longer finite (seed {seed}, epoch {epoch}): lower the learning rate",
            network.name()
        )))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::path::Path;

    use super::*;
    use crate::dataset::{Shape, Split};
    use crate::network::{Architecture, Input, baseline};
    use crate::training::device;
    use crate::training::recipe::tests::recipe;

    /// 8x8 images, class 0 bright on the left, class 1 on the right.
    pub(in crate::training) fn dataset() -> Arc<Dataset> {
        let split = |count: u32| Split {
            pixels: (0..count)
                .flat_map(|index| {
                    (0..64_u32).map(move |pixel| {
                        let bright = (pixel % 8 < 4) == (index % 2 == 0);
                        if bright { 200 + (index % 50) as u8 } else { 20 }
                    })
                })
                .collect(),
            labels: (0..count).map(|index| index % 2).collect(),
        };
        Arc::new(Dataset {
            name: "halves".to_owned(),
            shape: Shape {
                channels: 1,
                height: 8,
                width: 8,
            },
            class_names: vec!["left".to_owned(), "right".to_owned()],
            train: split(40),
            test: split(14),
            flip_keeps_class: false,
        })
    }

    fn job(folder: &Path, epochs: usize) -> Job {
        let dataset = dataset();
        let input = Input {
            shape: dataset.shape,
            classes: 2,
        };
        let spec = |depth| baseline(Architecture::ResNet { depth }, input).unwrap();
        Job {
            baseline: spec(14),
            capped: spec(8),
            recipe: Recipe {
                crop_padding: 1,
                seeds: vec![1, 2],
                ..recipe(epochs, 0.5)
            },
            device: device::open("cpu").unwrap(),
            checkpoints: folder.to_path_buf(),
            dataset,
        }
    }

    fn epochs(events: &[Event]) -> Vec<(u64, Role, usize)> {
        events
            .iter()
            .filter_map(|event| match event {
                Event::Epoch(record) => Some((record.seed, record.network, record.epoch)),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn networks_take_turns_and_everything_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let handle = spawn(job(folder.path(), 2)).unwrap();
        let events: Vec<Event> = handle.events.iter().collect();
        handle.thread.join().unwrap();
        let (b, c) = (Role::Baseline, Role::Capped);
        assert_eq!(
            epochs(&events),
            [
                (1, b, 1),
                (1, c, 1),
                (1, c, 2),
                (1, b, 2),
                (2, b, 1),
                (2, c, 1),
                (2, c, 2),
                (2, b, 2)
            ]
        );
        assert!(matches!(
            events[0],
            Event::Started {
                train_images: 40,
                test_images: 14,
                steps_per_epoch: 4,
                ..
            }
        ));
        assert_eq!(events.last(), Some(&Event::Finished));
        assert_eq!(
            events
                .iter()
                .filter(|event| matches!(event, Event::Checkpointed { .. }))
                .count(),
            8
        );
        assert!(
            folder
                .path()
                .join("seed-2-capped-epoch-2/weights.bpk")
                .is_file()
        );
        for event in &events {
            if let Event::Epoch(record) = event
                && record.epoch == 2
            {
                let flags = correct::load(folder.path(), record.seed, record.network).unwrap();
                let right = flags.iter().filter(|right| **right).count() as f64;
                assert!((right / 14.0 - record.test_accuracy).abs() < 1e-9);
            }
            if let Event::Epoch(record) = event {
                assert!(record.train_seconds > 0.0 && record.images_per_second > 0.0);
                assert!((0.0..=1.0).contains(&record.test_accuracy));
            }
        }
    }

    #[test]
    fn one_seed_gives_one_result() {
        let losses = || {
            let folder = tempfile::tempdir().unwrap();
            let handle = spawn(job(folder.path(), 1)).unwrap();
            let losses: Vec<u64> = handle
                .events
                .iter()
                .filter_map(|event| match event {
                    Event::Epoch(record) => Some(record.test_loss.to_bits()),
                    _ => None,
                })
                .collect();
            losses
        };
        let first = losses();
        assert_eq!(first.len(), 4);
        assert_eq!(first, losses());
    }

    #[test]
    fn a_pause_holds_and_a_stop_keeps_finished_epochs() {
        let folder = tempfile::tempdir().unwrap();
        let handle = spawn(job(folder.path(), 500)).unwrap();
        let mut events = Vec::new();
        for event in &handle.events {
            events.push(event);
            if epochs(&events).len() == 2 {
                break;
            }
        }
        handle.control.send(Control::Pause).unwrap();
        for event in &handle.events {
            let paused = event == Event::Paused;
            events.push(event);
            if paused {
                break;
            }
        }
        assert!(
            handle
                .events
                .recv_timeout(Duration::from_millis(300))
                .is_err(),
            "silent while paused"
        );
        handle.control.send(Control::Resume).unwrap();
        assert_eq!(handle.events.recv().unwrap(), Event::Resumed);
        handle.control.send(Control::Stop).unwrap();
        let rest: Vec<Event> = handle.events.iter().collect();
        assert_eq!(rest.last(), Some(&Event::Stopped));
        assert!(
            folder
                .path()
                .join("seed-1-baseline-epoch-1/progress.json")
                .is_file()
        );
    }

    #[test]
    fn a_loss_that_is_not_finite_is_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let mut job = job(folder.path(), 3);
        job.recipe.learning_rate = 1e30;
        let handle = spawn(job).unwrap();
        match handle.events.iter().last() {
            Some(Event::Failed { message }) => {
                assert!(message.contains("no longer finite"), "{message}");
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_checkpoint_folder_that_cannot_be_written_is_a_warning() {
        let folder = tempfile::tempdir().unwrap();
        let blocked = folder.path().join("file");
        std::fs::write(&blocked, "in the way").unwrap();
        let mut job = job(&blocked, 1);
        job.recipe.seeds = vec![1];
        let handle = spawn(job).unwrap();
        let events: Vec<Event> = handle.events.iter().collect();
        assert_eq!(
            events
                .iter()
                .filter(|event| matches!(event, Event::Warning { .. }))
                .count(),
            4
        );
        assert_eq!(events.last(), Some(&Event::Finished));
    }

    #[test]
    fn a_slow_receiver_loses_progress_and_nothing_else() {
        let (sender, receiver) = bounded(2);
        let mut events = Events::new(sender);
        let step = |step| Event::Step {
            seed: 1,
            network: Role::Capped,
            epoch: 1,
            step,
            loss: 1.0,
            learning_rate: 0.1,
            images_per_second: 10.0,
        };
        for index in 0..5 {
            events.say(step(index));
        }
        events.say(Event::SeedFinished { seed: 1 });
        events.say(Event::Finished);
        let finishing = std::thread::spawn(move || events.finish());
        let heard: Vec<Event> = receiver.iter().collect();
        finishing.join().unwrap();
        assert_eq!(
            heard,
            [
                step(0),
                step(1),
                Event::SeedFinished { seed: 1 },
                Event::Finished
            ]
        );
    }

    #[test]
    fn running_out_of_memory_gets_its_remedy() {
        assert_eq!(
            explained("CUDA_ERROR_OUT_OF_MEMORY: 12\nbacktrace", 512),
            "the device ran out of memory at batch size 512: use a smaller one (--batch-size)"
        );
        assert_eq!(
            explained("index out of bounds\nmore", 1),
            "index out of bounds"
        );
    }
}
