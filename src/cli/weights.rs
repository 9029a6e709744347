//! Which network the weights in a file are of: what `evaluate` and `probe` share.

use std::path::Path;

use anyhow::{bail, ensure};
use clap::ValueEnum;

use super::options::Global;
use super::output;
use crate::dataset::Dataset;
use crate::network::weights::{Weights, first_not_finite};
use crate::network::{Input, Network, Plan, Spec};
use crate::run::Error;
use crate::training::Role;

/// A network of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Which {
    /// The usual network.
    Baseline,
    /// The capped, wider one.
    Capped,
}

impl From<Which> for Role {
    fn from(which: Which) -> Self {
        match which {
            Which::Baseline => Self::Baseline,
            Which::Capped => Self::Capped,
        }
    }
}

/// Reads the weights of a file, and says what in it was ignored.
///
/// # Errors
/// One sentence where they cannot be read.
pub fn read(path: &Path, global: &Global) -> anyhow::Result<Weights> {
    let weights = Weights::read(path)?;
    if let Some(note) = &weights.note {
        output::say(global, &format!("{}: {note}", path.display()));
    }
    Ok(weights)
}

/// The error for a file that does not name its network, where `--arch` is missing.
pub fn unnamed(path: &Path) -> Error {
    Error::Setting(format!(
        "{} does not say which network it holds: name it with --arch, such as --arch resnet-20",
        path.display()
    ))
}

/// Name and layers of a plan's capped network.
///
/// # Errors
/// One sentence where the plan has none.
pub fn capped_of(plan: Plan) -> anyhow::Result<(String, Spec)> {
    match (plan.capped, plan.capped_spec) {
        (Some(summary), Some(spec)) => Ok((summary.name, spec)),
        _ => bail!(
            "{} has no capped network at this depth: give a smaller one with --depth N",
            plan.baseline.name
        ),
    }
}

/// Checks that the network with the weights at `path` takes the images of `dataset`.
///
/// # Errors
/// One sentence where it does not.
pub fn check_input(spec: &Spec, dataset: &Dataset, path: &Path) -> anyhow::Result<()> {
    let input = input_of(dataset);
    ensure!(
        spec.input == input,
        "the weights in {} are for {}, and {} has {}",
        path.display(),
        in_words(spec.input),
        dataset.name,
        in_words(input)
    );
    Ok(())
}

/// Checks that all numbers of the network with the weights at `path` are finite.
///
/// # Errors
/// One sentence with the first tensor that has one.
pub fn check_finite(network: &Network, path: &Path) -> anyhow::Result<()> {
    if let Some(tensor) = first_not_finite(network) {
        bail!(
            "{}: {tensor} is not finite (it holds NaN or infinities), so the network gives no predictions: use weights from before its training diverged",
            path.display()
        );
    }
    Ok(())
}

/// What a network for a dataset takes in.
pub fn input_of(dataset: &Dataset) -> Input {
    Input {
        shape: dataset.shape,
        classes: dataset.class_names.len(),
    }
}

fn in_words(input: Input) -> String {
    let shape = input.shape;
    format!(
        "{}x{}x{} images of {} classes",
        shape.channels, shape.height, shape.width, input.classes
    )
}
