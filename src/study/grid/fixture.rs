//! Cells for tests.

use std::path::PathBuf;

use super::super::Cell;
use super::{CellOutcome, Pair};
use crate::evidence::{Estimate, verdict};
use crate::run::fixture;

/// A finished cell with these differences of accuracy over seeds and this time saved.
pub fn cell(dataset: &str, architecture: &str, differences: &[f64], saved: f64) -> CellOutcome {
    let seeds: Vec<u64> = (1..=differences.len() as u64).collect();
    let run = fixture::run(&seeds, 2, 2);
    let mut settings = run.manifest.settings.clone();
    dataset.clone_into(&mut settings.dataset);
    settings.architecture = architecture
        .parse()
        .unwrap_or_else(|_| unreachable!("tests name architectures"));
    let name = format!("{dataset}-{architecture}-channel-sum");
    let mut cell = CellOutcome::waiting(&Cell {
        path: PathBuf::from("runs/g/cells").join(name),
        settings,
    });
    cell.pair = Some(Pair::new(&run.plan, 11.7, 1000, 2, seeds.len()));
    let mut summary = run
        .summary
        .unwrap_or_else(|| unreachable!("both epochs are finished"));
    for (seed, difference) in summary.seeds.iter_mut().zip(differences) {
        seed.accuracy_difference = *difference;
        seed.baseline.test_accuracy = 0.9;
        seed.capped.test_accuracy = 0.9 + difference;
    }
    summary.verdict = verdict(differences, 0.01);
    summary.time_saved = Some(Estimate {
        mean: saved,
        interval: Some([saved - 0.03, saved + 0.03]),
    });
    cell.finish(summary, None, true);
    cell
}

/// A finished cell of `mnist` and `resnet-20` under this transform (none where it is empty), with this entropy.
pub fn transformed(transform: &str, entropy: f64, differences: &[f64]) -> CellOutcome {
    let mut cell = cell("mnist", "resnet-20", differences, 0.3);
    cell.transform = transform.split_whitespace().map(str::to_owned).collect();
    cell.name = format!("mnist-{transform}-resnet-20-channel-sum");
    if let Some(pair) = &mut cell.pair {
        pair.entropy = entropy;
    }
    cell
}
