use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};

use super::place::{MOMENTUM, SUMS};
use super::*;
use crate::dataset::Shape;
use crate::network::{Input, Network, Spec, baseline};
use crate::training::batches::{HostBatch, Images};
use crate::training::recipe::tests::recipe;
use crate::training::step::Tally;

const RUN: Option<&str> = Some("this");
const SHAPE: Shape = Shape {
    channels: 1,
    height: 8,
    width: 8,
};

fn spec(architecture: &str) -> Spec {
    let input = Input {
        shape: SHAPE,
        classes: 2,
    };
    baseline(architecture.parse().unwrap(), input).unwrap()
}

fn device() -> Device {
    Device::flex().autodiff()
}

fn trainer(seed: u64) -> Trainer {
    let spec = spec("resnet-8");
    Trainer::new(&spec, &recipe(1, 0.0), seed, &device())
}

fn progress(epoch: usize) -> Progress {
    Progress::new(1, Role::Capped, epoch)
}

fn record(epoch: usize) -> EpochRecord {
    EpochRecord {
        train_loss: f64::NAN,
        ..crate::run::fixture::metrics(&[1], epoch).pop().unwrap()
    }
}

fn bits(network: &Network) -> Vec<u32> {
    struct Bits(Vec<u32>);
    impl ModuleVisitor for Bits {
        fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
            let values: Vec<f32> = parameter.val().into_data().try_to_vec().unwrap();
            self.0.extend(values.into_iter().map(f32::to_bits));
        }
    }
    let mut bits = Bits(Vec::new());
    network.visit(&mut bits);
    bits.0
}

fn trained(mut trainer: Trainer, from: usize, to: usize) -> Trainer {
    for step in from..to {
        let value = |index: usize| ((index * (5 + step)) % 17) as f32 / 8.0 - 1.0;
        let batch = HostBatch {
            images: Images::Values((0..6 * 64).map(value).collect()),
            labels: vec![0, 1, 0, 1, 1, 0],
            shape: SHAPE,
        };
        let mut tally = Tally::default();
        trainer = trainer.step(batch, 0.05, &mut tally).unwrap();
        assert!(tally.read().unwrap().loss.is_finite());
    }
    drop(trainer.network.valid());
    trainer
}

/// What a resumed training does from here on is what the unbroken one does, for every family.
#[test]
fn a_restored_network_trains_on_bit_for_bit() {
    for name in [
        "resnet-8",
        "densenet-10-k4",
        "resnext-11-2x2d",
        "efficientnet-b0",
    ] {
        let spec = spec(name);
        let recipe = recipe(2, 0.0);
        let folder = tempfile::tempdir().unwrap();
        let half = trained(Trainer::new(&spec, &recipe, 1, &device()), 0, 3);
        save(None, folder.path(), progress(1), RUN, &half, &[record(1)]).unwrap();
        let whole = trained(half, 3, 6);
        let resume_state = survey(folder.path(), &[1], RUN);
        let saved = resume_state.saved(1, Role::Capped).unwrap();
        let again = restore(saved, &spec, &recipe, &device()).unwrap();
        assert_eq!(again.steps, 3);
        let again = trained(again, 3, 6);
        assert_eq!(bits(&again.network), bits(&whole.network), "{name}");
        let velocities = |trainer: &Trainer| bits(&trainer.optimizer.velocities(&trainer.network));
        assert_eq!(velocities(&again), velocities(&whole), "{name}");
    }
}

#[test]
fn the_last_two_are_kept_with_all_they_hold() {
    let folder = tempfile::tempdir().unwrap();
    let trained = trainer(1);
    // What is left of a process that was killed while it removed the checkpoint of epoch 1.
    let left = folder
        .path()
        .join(format!("{}.removed.partial", progress(1).folder()));
    fs::create_dir(&left).unwrap();
    fs::write(left.join(SUMS), b"").unwrap();
    for epoch in 1..=4 {
        let epochs: Vec<EpochRecord> = (1..=epoch).map(record).collect();
        save(None, folder.path(), progress(epoch), RUN, &trained, &epochs).unwrap();
    }
    assert_eq!(epochs(folder.path(), progress(0)), [3, 4]);
    let resume_state = survey(folder.path(), &[1, 2], RUN);
    assert_eq!(resume_state.saved.len(), 1);
    assert!(resume_state.complaints.is_empty());
    let saved = &resume_state.saved[0];
    assert_eq!((saved.progress, saved.epochs.len()), (progress(4), 4));
    assert!(saved.epochs[0].train_loss.is_nan());
    assert_eq!(saved.epochs[3].test_accuracy, record(4).test_accuracy);
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().flatten().collect();
    assert_eq!(names.len(), 2);
}

#[test]
fn a_damaged_checkpoint_falls_back_to_the_one_before() {
    type Damage = fn(&Path);
    let cut: Damage = |folder| {
        let bytes = fs::read(folder.join(WEIGHTS)).unwrap();
        fs::write(folder.join(WEIGHTS), &bytes[..bytes.len() / 2]).unwrap();
    };
    let turned: Damage = |folder| {
        let mut bytes = fs::read(folder.join(MOMENTUM)).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(folder.join(MOMENTUM), bytes).unwrap();
    };
    let gone: Damage = |folder| fs::remove_file(folder.join(SUMS)).unwrap();
    let other: Damage = |folder| fs::write(folder.join(PROGRESS), "{}").unwrap();
    for (damage, word) in [
        (cut, "weights.bpk"),
        (turned, "momentum.bpk"),
        (gone, "SHA256SUMS"),
        (other, "progress.json"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        for epoch in 1..=2 {
            save(None, folder.path(), progress(epoch), RUN, &trainer(1), &[]).unwrap();
        }
        damage(&folder.path().join(progress(2).folder()));
        let resume_state = survey(folder.path(), &[1], RUN);
        assert_eq!(resume_state.saved[0].progress, progress(1));
        assert_eq!(resume_state.complaints.len(), 1);
        let said = &resume_state.complaints[0];
        assert!(
            said.contains(word) && said.ends_with("continues from epoch 1"),
            "{said}"
        );
        damage(&folder.path().join(progress(1).folder()));
        let resume_state = survey(folder.path(), &[1], RUN);
        assert!(resume_state.saved.is_empty());
        assert!(resume_state.complaints[1].ends_with("starts anew"));
    }
}

#[test]
fn a_checkpoint_of_another_network_is_named() {
    let folder = tempfile::tempdir().unwrap();
    save(None, folder.path(), progress(1), RUN, &trainer(1), &[]).unwrap();
    let saved = survey(folder.path(), &[1], RUN).saved.remove(0);
    let wider = spec("densenet-10-k4");
    let said = restore(&saved, &wider, &recipe(1, 0.0), &device());
    let said = said.err().map(|error| error.to_string()).unwrap();
    assert!(said.contains("weights.bpk: cannot be read"), "{said}");
}

#[test]
fn a_stopped_network_is_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let diverged = Diverged {
        seed: 1,
        network: Role::Capped,
        epoch: 2,
        step: 3,
        tensor: Some("stem.weight".to_owned()),
        message: "the loss is no longer finite".to_owned(),
    };
    save_diverged(&folder.path().join("new"), &diverged).unwrap();
    let resume_state = survey(&folder.path().join("new"), &[1], RUN);
    assert_eq!(resume_state.diverged(1, Role::Capped), Some(&diverged));
    assert_eq!(resume_state.diverged(1, Role::Baseline), None);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let said = save(
        None,
        Path::new("/proc/nowhere"),
        progress(1),
        RUN,
        &trainer(1),
        &[],
    );
    let said = said.unwrap_err().to_string();
    assert!(
        said.starts_with("checkpoint /proc/nowhere/seed-1-capped-epoch-1: cannot be written"),
        "{said}"
    );
}

#[test]
fn a_checkpoint_of_another_run_is_none_of_this_one() {
    let folder = tempfile::tempdir().unwrap();
    save(None, folder.path(), progress(1), RUN, &trainer(1), &[]).unwrap();
    save(
        None,
        folder.path(),
        progress(2),
        Some("other"),
        &trainer(1),
        &[],
    )
    .unwrap();
    let resume_state = survey(folder.path(), &[1], RUN);
    assert_eq!(resume_state.saved[0].progress, progress(1));
    let said = &resume_state.complaints[0];
    assert!(said.contains("is of another run"), "{said}");
    let spec = spec("resnet-8");
    let load = |epoch, run, spec: &Spec| {
        load_network(folder.path(), progress(epoch), run, spec, &device())
            .map_err(|error| error.to_string())
    };
    assert!(load(1, RUN, &spec).is_ok() && load(2, None, &spec).is_ok());
    assert!(load(2, RUN, &spec).unwrap_err().contains("another run"));
    assert_eq!(damages(folder.path(), &[1], RUN).len(), 1);
    let mut wide = spec;
    wide.stages[2].width = 1_000_000_000;
    assert!(
        load(1, RUN, &wide)
            .unwrap_err()
            .contains("of a smaller network")
    );
    assert_eq!(
        unfinished(folder.path(), &[1], &recipe(2, 0.0)),
        [(1, Role::Baseline)]
    );
}

/// Flips a bit of every file of a checkpoint, one after the other.
#[test]
fn a_network_is_not_taken_from_a_damaged_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let saved = save(
        None,
        folder.path(),
        progress(1),
        RUN,
        &trainer(1),
        &[record(1)],
    )
    .unwrap();
    let spec = spec("resnet-8");
    for name in [WEIGHTS, MOMENTUM, PROGRESS, SUMS] {
        let path = saved.join(name);
        let whole = fs::read(&path).unwrap();
        for part in 0..5 {
            let mut flipped = whole.clone();
            flipped[(whole.len() - 1) * part / 4] ^= 4;
            fs::write(&path, flipped).unwrap();
            let said = load_network(folder.path(), progress(1), RUN, &spec, &device());
            let said = said.err().map(|error| error.to_string()).unwrap();
            assert!(said.contains("damaged, its"), "{name}: {said}");
        }
        fs::write(&path, whole).unwrap();
    }
    load_network(folder.path(), progress(1), RUN, &spec, &device()).unwrap();
}
