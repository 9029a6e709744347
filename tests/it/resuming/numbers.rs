//! What two runs must have in common: every number but the seconds, and every weight.

use std::path::Path;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use ebcle_tui::network::{Network, build};
use ebcle_tui::run::{RunData, RunDirectory};

/// Seed, network and epoch of a row with the bits of its numbers.
pub type Numbers = (u64, &'static str, usize, [u64; 9]);

fn data(run: &Path) -> RunData {
    RunDirectory::open(run).unwrap().load().unwrap()
}

/// The rows of a run's metrics in their order, without their times.
pub fn numbers(run: &Path) -> Vec<Numbers> {
    let row = |row: &ebcle_tui::training::EpochRecord| {
        let numbers = [
            row.train_loss,
            row.train_accuracy,
            row.test_loss,
            row.test_accuracy,
            row.learning_rate,
            row.holdout_loss.unwrap_or_default(),
            row.holdout_accuracy.unwrap_or_default(),
            row.gradient_norm.unwrap_or_default(),
            row.gradient_norm_max.unwrap_or_default(),
        ];
        (
            row.seed,
            row.network.name(),
            row.epoch,
            numbers.map(f64::to_bits),
        )
    };
    data(run).metrics.iter().map(row).collect()
}

struct Bits(Vec<u32>);

impl ModuleVisitor for Bits {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let values: Vec<f32> = parameter.val().into_data().try_to_vec().unwrap();
        self.0.extend(values.into_iter().map(f32::to_bits));
    }
}

fn bits(network: Network, file: &Path) -> Vec<u32> {
    let mut bits = Bits(Vec::new());
    network.try_load_file(file).unwrap().visit(&mut bits);
    bits.0
}

/// Weights, running statistics and velocities at the end of all networks of all seeds.
pub fn weights(run: &Path) -> Vec<(String, Vec<u32>)> {
    let data = data(run);
    let recipe = &data.manifest.settings.recipe;
    let mut all = Vec::new();
    for &seed in &recipe.seeds {
        for (network, spec) in [
            ("baseline", &data.plan.baseline_spec),
            ("capped", data.plan.capped_spec.as_ref().unwrap()),
        ] {
            let folder = format!("checkpoints/seed-{seed}-{network}-epoch-{}", recipe.epochs);
            for file in ["weights.bpk", "momentum.bpk"] {
                let network = build(spec, seed, &Device::flex());
                let path = run.join(&folder).join(file);
                all.push((format!("{folder}/{file}"), bits(network, &path)));
            }
        }
    }
    all
}
