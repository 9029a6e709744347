mod survival;

use std::path::Path;
use std::time::Duration;

use super::*;
use crate::dataset::{Shape, Split};
use crate::network::{Input, baseline};
use crate::training::checkpoint::correct;
use crate::training::clock::Monotonic;
use crate::training::device::{self, energy};
use crate::training::recipe::tests::recipe;
use crate::training::{EpochRecord, Role};

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
        notes: Vec::new(),
        shape: Shape {
            channels: 1,
            height: 8,
            width: 8,
        },
        skipped: Vec::new(),
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
    let spec = |name: &str| baseline(name.parse().unwrap(), input).unwrap();
    Job {
        baseline: spec("resnet-14"),
        capped: spec("resnet-8"),
        recipe: Recipe {
            crop_padding: 1,
            seeds: vec![1, 2],
            ..recipe(epochs, 0.5)
        },
        device: device::open("cpu").unwrap(),
        checkpoints: folder.to_path_buf(),
        run: None,
        resume_state: ResumeState::default(),
        clock: Arc::new(Monotonic::default()),
        meter: Arc::new(energy::Unknown),
        enough: Enough::default(),
        dataset,
    }
}

/// No seed is begun once those that are trained suffice, neither in the same process nor in one that resumes.
#[test]
fn no_seed_is_trained_that_is_not_needed() {
    let folder = tempfile::tempdir().unwrap();
    let first_suffices = Job {
        enough: Enough(Arc::new(|records| {
            records.iter().any(|record| record.epoch == 1)
        })),
        ..job(folder.path(), 1)
    };
    let handle = spawn(first_suffices).unwrap();
    let events: Vec<Event> = handle.events.iter().collect();
    let trained = epochs(&events);
    assert!(trained.len() == 2 && trained.iter().all(|&(seed, ..)| seed == 1));
    assert_eq!(events.last(), Some(&Event::Finished));
}

fn epochs(events: &[Event]) -> Vec<(u64, Role, usize)> {
    let rows = records(events).into_iter();
    rows.map(|row| (row.seed, row.network, row.epoch)).collect()
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
            (1, c, 1),
            (1, b, 1),
            (1, b, 2),
            (1, c, 2),
            (2, c, 1),
            (2, b, 1),
            (2, b, 2),
            (2, c, 2)
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
        if let Event::Epoch(record) = event {
            if record.epoch == 2 {
                let flags = correct::load(folder.path(), record.seed, record.network).unwrap();
                let right = flags.iter().filter(|right| **right).count() as f64;
                assert!((right / 14.0 - record.test_accuracy).abs() < 1e-9);
            }
            assert!(record.train_seconds > 0.0 && record.images_per_second > 0.0);
            assert!((0.0..=1.0).contains(&record.test_accuracy));
        }
    }
}

/// Held-out images are evaluated after every epoch, the test images after the last one alone.
#[test]
fn with_a_holdout_the_test_images_are_used_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut job = job(folder.path(), 2);
    job.recipe.holdout = Some(0.25);
    job.recipe.capped_learning_rate = Some(0.3);
    let events = run(job);
    assert!(matches!(
        events[0],
        Event::Started {
            train_images: 30,
            holdout_images: Some(10),
            steps_per_epoch: 3,
            ..
        }
    ));
    let rows = records(&events);
    assert_eq!(rows.len(), 8);
    for row in &rows {
        assert_eq!(row.test_accuracy.is_finite(), row.epoch == 2);
        assert_eq!(row.test_loss.is_finite(), row.epoch == 2);
        let tenths = row.holdout_accuracy.unwrap() * 10.0;
        assert!((tenths - tenths.round()).abs() < 1e-9, "of ten images");
        let text = serde_json::to_string(row).unwrap();
        let again: EpochRecord = serde_json::from_str(&text).unwrap();
        assert_eq!(again.test_loss.is_nan(), row.epoch == 1);
        assert_eq!(again.holdout_loss, row.holdout_loss);
    }
    let rate = |network| rows.iter().find(|row| row.network == network).unwrap();
    let [baseline, capped] = Role::BOTH.map(|network| rate(network).learning_rate);
    assert!((capped / baseline - 3.0).abs() < 1e-9, "each its own rate");
    let mut job = self::job(folder.path(), 1);
    job.recipe.holdout = Some(0.01);
    let said = spawn(job).unwrap_err().to_string();
    assert!(said.contains("none of the 20 of class 'left'"), "{said}");
}

#[test]
fn one_seed_gives_one_result() {
    let losses = || {
        let folder = tempfile::tempdir().unwrap();
        let handle = spawn(job(folder.path(), 1)).unwrap();
        let events: Vec<Event> = handle.events.iter().collect();
        let losses = records(&events)
            .into_iter()
            .map(|row| row.test_loss.to_bits());
        losses.collect::<Vec<_>>()
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
    match handle.events.recv().unwrap() {
        Event::Resumed { seconds } => assert!(seconds > 0.2, "{seconds}"),
        other => panic!("{other:?}"),
    }
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

fn run(job: Job) -> Vec<Event> {
    let handle = spawn(job).unwrap();
    let events = handle.events.iter().collect();
    handle.thread.join().unwrap();
    events
}

fn records(events: &[Event]) -> Vec<EpochRecord> {
    events
        .iter()
        .filter_map(|event| match event {
            Event::Epoch(record) => Some(record.clone()),
            _ => None,
        })
        .collect()
}

#[test]
fn a_stop_is_heard_in_an_evaluation() {
    let folder = tempfile::tempdir().unwrap();
    let mut job = job(folder.path(), 1);
    let mut dataset = (*job.dataset).clone();
    for _ in 0..9 {
        let (pixels, labels) = (dataset.test.pixels.clone(), dataset.test.labels.clone());
        dataset.test.pixels.extend(pixels);
        dataset.test.labels.extend(labels);
    }
    job.dataset = Arc::new(dataset);
    let handle = spawn(job).unwrap();
    for event in &handle.events {
        if matches!(event, Event::Evaluating { .. }) {
            handle.control.send(Control::Stop).unwrap();
            break;
        }
    }
    let rest: Vec<Event> = handle.events.iter().collect();
    assert_eq!(rest, [Event::Stopped]);
}

#[test]
fn the_wait_for_images_is_part_of_the_training_time() {
    let folder = tempfile::tempdir().unwrap();
    for row in records(&run(job(folder.path(), 1))) {
        let waited = row.data_wait_seconds.unwrap();
        assert!((0.0..=row.train_seconds).contains(&waited), "{row:?}");
    }
}

/// A meter that shows a joule more at every reading.
#[derive(Debug, Default)]
struct Counting(std::sync::atomic::AtomicU32);

impl energy::EnergyMeter for Counting {
    fn joules(&self) -> Option<f64> {
        let order = std::sync::atomic::Ordering::Relaxed;
        Some(f64::from(self.0.fetch_add(1, order)))
    }
}

#[test]
fn every_epoch_has_its_gradient_norms_and_its_energy_where_a_meter_shows_it() {
    let folder = tempfile::tempdir().unwrap();
    let events = run(job(folder.path(), 2));
    let rows = records(&events);
    assert_eq!(rows.len(), 8);
    for row in rows {
        let (mean, max) = (row.gradient_norm.unwrap(), row.gradient_norm_max.unwrap());
        assert!(0.0 < mean && mean <= max && max.is_finite(), "{row:?}");
        assert_eq!(row.train_joules, None);
    }
    let mut steps = 0;
    for event in &events {
        if let Event::Step { gradient_norm, .. } = event {
            assert!(gradient_norm.is_some_and(|norm| norm > 0.0));
            steps += 1;
        }
    }
    assert!(steps > 0);
    let folder = tempfile::tempdir().unwrap();
    let metered = Job {
        meter: Arc::new(Counting::default()),
        ..job(folder.path(), 1)
    };
    for row in records(&run(metered)) {
        // Two parts of an epoch, the meter read at the beginning and the end of each and at the first report.
        assert!(
            row.train_joules.is_some_and(|joules| joules >= 3.0),
            "{row:?}"
        );
    }
}

#[test]
fn a_slow_receiver_loses_progress_and_nothing_else() {
    let (sender, receiver) = bounded(2);
    let mut events = EventSender::new(sender);
    let step = |step| Event::Step {
        seed: 1,
        network: Role::Capped,
        epoch: 1,
        step,
        loss: 1.0,
        gradient_norm: None,
        learning_rate: 0.1,
        images_per_second: 10.0,
    };
    for index in 0..5 {
        events.send(step(index));
    }
    events.send(Event::SeedFinished { seed: 1 });
    events.send(Event::Finished);
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
