//! Interrupted trainings, networks that diverge, checkpoints that cannot be written.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::network::weights::{fill, tensors};
use crate::training::Diverged;
use crate::training::batches::Batches;
use crate::training::checkpoint::{self, Progress};
use crate::training::clock::Clock;
use crate::training::step::{Tally, Trainer};

fn diverged(events: &[Event]) -> Vec<&Diverged> {
    let events = events.iter();
    events
        .filter_map(|event| match event {
            Event::Diverged(diverged) => Some(diverged),
            _ => None,
        })
        .collect()
}

/// Warnings and failures.
fn messages(events: &[Event]) -> Vec<String> {
    let message = |event: &Event| match event {
        Event::Warning { message } | Event::Failed { message } => Some(message.clone()),
        _ => None,
    };
    events.iter().filter_map(message).collect()
}

/// Everything of an epoch but seconds and joules.
type Numbers = (u64, Role, usize, [u64; 9]);

fn numbers(record: &EpochRecord) -> Numbers {
    let bits = [
        record.train_loss,
        record.train_accuracy,
        record.test_loss,
        record.test_accuracy,
        record.learning_rate,
        record.holdout_loss.unwrap_or_default(),
        record.holdout_accuracy.unwrap_or_default(),
        record.gradient_norm.unwrap(),
        record.gradient_norm_max.unwrap(),
    ];
    let EpochRecord {
        seed,
        network,
        epoch,
        ..
    } = *record;
    (seed, network, epoch, bits.map(f64::to_bits))
}

/// Breaks a training off after every possible number of epochs and lets it go on.
#[test]
fn a_broken_training_goes_on_with_the_numbers_of_the_unbroken_one() {
    for (architecture, holdout, patience, capped_epochs) in [
        ("resnet-8", None, None, None),
        ("densenet-10-k4", Some(0.25), None, Some(4)),
        ("resnet-8", Some(0.25), Some(1), None),
    ] {
        let change = |job: &mut Job| {
            job.recipe.holdout = holdout;
            job.recipe.patience = patience;
            job.recipe.capped_epochs = capped_epochs;
            let input = job.baseline.input;
            job.capped = baseline(architecture.parse().unwrap(), input).unwrap();
            job.recipe.seeds = vec![1];
        };
        let folder = tempfile::tempdir().unwrap();
        let mut broken_job = job(folder.path(), 3);
        change(&mut broken_job);
        let whole: Vec<_> = records(&run(broken_job)).iter().map(numbers).collect();
        match patience {
            None => assert_eq!(whole.len(), 3 + capped_epochs.unwrap_or(3)),
            Some(_) => assert!((4..6).contains(&whole.len()), "{}", whole.len()),
        }
        for broken in 0..whole.len() {
            let folder = tempfile::tempdir().unwrap();
            let mut broken_job = job(folder.path(), 3);
            change(&mut broken_job);
            let handle = spawn(broken_job.clone()).unwrap();
            let mut kept = 0;
            for event in &handle.events {
                kept += usize::from(matches!(event, Event::Checkpointed { .. }));
                if kept == broken {
                    handle.control.send(Control::Stop).unwrap();
                    break;
                }
            }
            drop(handle.control);
            handle.thread.join().unwrap();
            broken_job.resume_state = checkpoint::survey(folder.path(), &[1], None);
            let saved = &broken_job.resume_state.saved;
            let mut found: Vec<_> = saved
                .iter()
                .flat_map(|saved| &saved.epochs)
                .map(numbers)
                .collect();
            assert!(found.len() >= broken);
            let events = run(broken_job);
            assert!(
                events
                    .iter()
                    .any(|event| matches!(event, Event::Continued { .. }))
            );
            found.extend(records(&events).iter().map(numbers));
            let mut whole = whole.clone();
            let order = |number: &Numbers| (number.1 as usize, number.2);
            found.sort_by_key(order);
            whole.sort_by_key(order);
            assert_eq!(found, whole, "{architecture}, after {broken}");
        }
    }
}

#[test]
fn a_training_that_is_done_is_not_trained_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut job = job(folder.path(), 1);
    run(job.clone());
    job.resume_state = checkpoint::survey(folder.path(), &[1, 2], None);
    let events = run(job);
    assert!(matches!(
        events[..],
        [
            Event::Started { .. },
            Event::Continued { .. },
            Event::Finished
        ]
    ));
}

#[test]
fn a_network_whose_loss_is_not_finite_stops_and_the_other_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut job = job(folder.path(), 2);
    job.recipe.seeds = vec![1];
    let events = run(job.clone());
    let rows = records(&events);
    let baseline_alone: Vec<_> = rows
        .iter()
        .filter(|row| row.network == Role::Baseline)
        .collect();

    let folder = tempfile::tempdir().unwrap();
    job.checkpoints = folder.path().to_path_buf();
    let saved = broken_checkpoint(&job);
    job.resume_state = ResumeState {
        continued: true,
        saved: vec![saved],
        ..ResumeState::default()
    };
    let events = run(job.clone());
    let diverged = diverged(&events);
    assert_eq!(diverged.len(), 1);
    let (network, epoch, step) = (diverged[0].network, diverged[0].epoch, diverged[0].step);
    assert_eq!((network, epoch, step), (Role::Capped, 2, 1));
    assert_eq!(diverged[0].tensor.as_deref(), Some("stem.weight"));
    assert!(
        diverged[0].message.starts_with(
            "seed 1 diverged in epoch 2: capped, stem.weight is not finite (found at step 1)"
        ),
        "{}",
        diverged[0].message
    );
    assert_eq!(events.last(), Some(&Event::Finished));
    let rows = records(&events);
    assert_eq!(rows.len(), 2);
    for (row, alone) in rows.iter().zip(baseline_alone) {
        assert_eq!(numbers(row), numbers(alone));
    }
    let again = checkpoint::survey(folder.path(), &[1], None);
    assert_eq!(again.diverged(1, Role::Capped), Some(diverged[0]));
}

/// The capped network after one epoch, at a learning rate that has driven its weights out of bounds.
fn broken_checkpoint(job: &Job) -> checkpoint::Saved {
    let mut wild = job.clone();
    wild.recipe.epochs = 1;
    wild.recipe.learning_rate = 1e30;
    let device = &job.device.device;
    let mut trainer = Trainer::new(&job.capped, &wild.recipe, 1, device);
    let batches = Batches::new(job.dataset.clone(), 10, None);
    for batch in &batches.train(1, 1) {
        trainer = trainer.step(batch, 1e30, &mut Tally::default()).unwrap();
    }
    let progress = Progress::new(1, Role::Capped, 1);
    let record = crate::run::fixture::metrics(&[1], 1).remove(1);
    checkpoint::save(None, &job.checkpoints, progress, None, &trainer, &[record]).unwrap();
    checkpoint::survey(&job.checkpoints, &[1], None)
        .saved
        .remove(0)
}

/// A running variance changes no loss in training, and with it a shift of minus infinity behind a rectification changes
/// no loss at all: what the losses do not show is found at the end of the epoch, before evaluation and checkpoint.
#[test]
fn what_no_loss_shows_is_found_at_the_end_of_the_epoch() {
    for (name, value, found) in [
        ("stem_norm.running_var", f32::NAN, "stem_norm.running_var"),
        (
            "blocks.1.first_norm.bias",
            f32::NEG_INFINITY,
            "blocks.1.first_norm.bias",
        ),
        ("stem_norm.running_var", -1e6, "logits"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut job = job(folder.path(), 2);
        job.recipe.seeds = vec![1];
        job.recipe.learning_rate = 1e-3;
        let device = &job.device.device;
        let mut trainer = Trainer::new(&job.capped, &job.recipe, 1, device);
        let mut weights = tensors(&trainer.network);
        let tensor = weights.iter_mut().find(|tensor| tensor.name == name);
        tensor.unwrap().values.fill(value);
        trainer.network = fill(trainer.network, weights).unwrap();
        let progress = Progress::new(1, Role::Capped, 1);
        let record = crate::run::fixture::metrics(&[1], 1).remove(1);
        checkpoint::save(None, folder.path(), progress, None, &trainer, &[record]).unwrap();
        job.resume_state = checkpoint::survey(folder.path(), &[1], None);
        let steps = Batches::new(job.dataset.clone(), 10, None).steps_per_epoch();
        let events = run(job);
        let diverged = diverged(&events);
        assert_eq!(diverged.len(), 1, "{name}");
        assert_eq!(diverged[0].tensor.as_deref(), Some(found), "{name}");
        assert_eq!(
            (diverged[0].network, diverged[0].epoch, diverged[0].step),
            (Role::Capped, 2, steps)
        );
        let rows = records(&events);
        assert!(rows.iter().all(|row| row.network == Role::Baseline));
        assert_eq!(checkpoint::epochs(folder.path(), progress), [1]);
    }
}

#[test]
fn both_networks_can_stop() {
    let folder = tempfile::tempdir().unwrap();
    let mut job = job(folder.path(), 3);
    job.recipe.learning_rate = 1e30;
    job.recipe.seeds = vec![1];
    let events = run(job);
    assert_eq!(diverged(&events).len(), 2);
    assert_eq!(events.last(), Some(&Event::Finished));
}

/// What a full disk does: a checkpoint cannot be written, and later one can.
#[test]
fn training_goes_on_where_no_checkpoint_can_be_written_and_says_so_once() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("file");
    std::fs::write(&blocked, "in the way").unwrap();
    let mut job = job(&blocked, 4);
    job.recipe.seeds = vec![1];
    let handle = spawn(job).unwrap();
    let mut events = Vec::new();
    for event in &handle.events {
        let rows = |events: &[Event]| records(events).len();
        events.push(event);
        if rows(&events) == 4 {
            std::fs::remove_file(&blocked).ok();
        }
    }
    let warnings = messages(&events);
    assert!(warnings[0].contains("training continues"), "{warnings:?}");
    assert_eq!(&warnings[1..], ["checkpoints can be written again"]);
    assert_eq!(records(&events).len(), 8);
    assert_eq!(events.last(), Some(&Event::Finished));
    let resume_state = checkpoint::survey(&blocked, &[1], None);
    assert!(
        resume_state
            .saved
            .iter()
            .all(|saved| saved.progress.epoch == 4 && saved.epochs.len() == 4)
    );
    assert_eq!(resume_state.saved.len(), 2);
}

/// A clock that is out of memory when it is asked for some of its times.
#[derive(Debug)]
struct OutOfMemory {
    asked: AtomicUsize,
    when: fn(usize) -> bool,
}

impl Clock for OutOfMemory {
    fn now(&self) -> Duration {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        assert!(
            !(self.when)(asked),
            "out of device memory allocating 9 bytes"
        );
        Duration::from_secs(asked as u64)
    }
}

fn said_without_memory(when: fn(usize) -> bool) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut short = job(folder.path(), 2);
    short.recipe.batch_size = 20;
    short.clock = Arc::new(OutOfMemory {
        asked: AtomicUsize::new(0),
        when,
    });
    messages(&run(short))
}

/// The first times that are asked for are those of the warm-up, then those of the tries.
#[test]
fn a_batch_that_does_not_fit_is_told_with_one_that_does() {
    assert_eq!(
        said_without_memory(|asked| asked < 2),
        [
            "batch size 20 does not fit in the memory of the device: smaller ones are tried",
            "batch size 20 does not fit in the memory of the device; 5 was tried and fits: use --batch-size 5, or close other programs that use its memory"
        ]
    );
    assert_eq!(
        said_without_memory(|_| true)[1],
        "batch size 20 does not fit in the memory of the device, nor does any smaller one: use a smaller network or another device, or close other programs that use its memory"
    );
}

#[test]
fn the_search_for_a_batch_that_fits_can_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let mut short = job(folder.path(), 1);
    short.clock = Arc::new(OutOfMemory {
        asked: AtomicUsize::new(0),
        when: |_| true,
    });
    let (control, controls) = unbounded();
    control.send(Control::Stop).unwrap();
    let (sender, events) = unbounded();
    let batches = Batches::new(short.dataset.clone(), short.recipe.batch_size, None);
    runner::run(short, batches, controls, EventSender::new(sender));
    assert_eq!(events.iter().last(), Some(Event::Stopped));
}

#[test]
fn memory_that_is_taken_away_is_no_matter_of_the_batch() {
    let said = said_without_memory(|asked| asked == 12);
    assert_eq!(
        said,
        [
            "the device ran out of memory at batch size 20, which had fitted before: close other programs that use its memory, then `ebcle-tui resume` continues from the last finished epoch"
        ]
    );
}
