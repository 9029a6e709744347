//! `evaluate`: weights from a file on a dataset's test images.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{bail, ensure};
use clap::Args;
use serde::Serialize;

use super::options::{
    CappedOptions, Chosen, DataOptions, DatasetArgument, Forward, Global, ReadingOptions, path,
};
use super::weights::{Which, capped_of, check_finite, check_input, input_of, unnamed};
use super::{output, weights};
use crate::dataset::{Dataset, Source, load};
use crate::format::{count, fixed, percent};
use crate::network::weights::{Weights, fill};
use crate::network::{Spec, baseline, build};
use crate::run::prepare::{self, load_options};
use crate::run::{Error, Settings};
use crate::training::batches::Batches;
use crate::training::{device, step};

/// Test accuracy and loss of weights from a file
///
/// The file is a safetensors file or a state dict that `torch.save` wrote. One that `export` wrote says
/// itself which network it holds; for another, --arch names it. Images are normalised by mean and
/// standard deviation of the dataset's training images.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ebcle-tui evaluate glyphs --weights networks/capped.safetensors
  ebcle-tui evaluate cifar10 --weights baseline.pt --arch resnet-56 --json
  ebcle-tui evaluate mnist --weights capped.pt --arch resnet-50 --network capped --depth 7

Names are those of the network.py that `export RUN --format pytorch` writes. Everything is computed in 32-bit
floats, whatever precision the weights were trained in.")]
pub struct Evaluate {
    #[command(flatten)]
    dataset: DatasetArgument,
    /// The weights: a safetensors file, or a PyTorch state dict (.pt, .pth)
    #[arg(long, value_name = "FILE", value_parser = path())]
    weights: PathBuf,
    /// The architecture they are of, or are capped from [default: the one that the file names]
    #[arg(long, value_name = "ARCH")]
    arch: Option<String>,
    /// Which of the two networks that `plan` shows for --arch they are of [default: baseline]
    #[arg(long, value_name = "NAME", requires = "arch")]
    network: Option<Which>,
    #[command(flatten)]
    forward: Chosen<Forward>,
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    reading: ReadingOptions,
    #[command(flatten)]
    capped: CappedOptions,
}

/// What was found, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Outcome {
    dataset: String,
    weights: PathBuf,
    network: String,
    parameters: u64,
    conv_depth: usize,
    images: usize,
    test_accuracy: f64,
    test_loss: f64,
    device: String,
}

impl Evaluate {
    /// Evaluates and prints.
    ///
    /// # Errors
    /// One sentence on what cannot be read or is not known; a table of the tensors that do not fit.
    pub fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        let mut layer = self.dataset.layer();
        if let Some(architecture) = &self.arch {
            layer = layer.with("architecture", architecture.clone());
        }
        self.forward.fill(&mut layer);
        self.data.fill(&mut layer);
        self.reading.fill(&mut layer);
        self.capped.fill(&mut layer);
        let settings = global.resolve(layer, None)?;
        settings.check_one_device()?;
        if !self.capped.given().is_empty() && self.network != Some(Which::Capped) {
            bail!(Error::Setting(
                "--depth, --width and --width-factor shape a capped network: add --arch ARCH --network capped"
                    .to_owned()
            ));
        }
        if settings.recipe.batch_size == 0 {
            bail!(Error::Setting("batch size must be at least 1".to_owned()));
        }
        let weights = weights::read(&self.weights, global)?;
        let (dataset, name, spec) = self.network(&settings, &weights, global)?;
        let opened = device::open(&settings.device)?;
        let device = opened.device.inner();
        let network = fill(build(&spec, 0, &device), weights.tensors)?;
        check_finite(&network, &self.weights)?;
        let batches = Batches::new(dataset.clone(), settings.recipe.batch_size, None);
        let found = step::evaluate(&network, &device, batches.test().iter())?;
        ensure!(
            found.is_finite(),
            "{}: the logits on the test images of {} are not finite, though all weights are: they are too large to compute with in 32-bit floats",
            self.weights.display(),
            dataset.name
        );
        let sums = found.sums;
        let outcome = Outcome {
            dataset: dataset.name.clone(),
            weights: self.weights.clone(),
            network: name,
            parameters: spec.parameters(),
            conv_depth: spec.conv_depth(),
            images: sums.images,
            test_accuracy: sums.accuracy(),
            test_loss: sums.mean_loss(),
            device: opened.description,
        };
        if global.json {
            output::print_json(&outcome)?;
        } else {
            show(&outcome)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The images, and the network that the weights are of: as the file says, unless an architecture is given.
    fn network(
        &self,
        settings: &Settings,
        weights: &Weights,
        global: &Global,
    ) -> anyhow::Result<(Arc<Dataset>, String, Spec)> {
        if self.network == Some(Which::Capped) {
            let prepared = output::prepare(settings, global)?;
            let plan = prepare::plan_pair(settings, &prepared.analysis)?;
            let (name, spec) = capped_of(plan)?;
            return Ok((prepared.dataset, name, spec));
        }
        if self.arch.is_none() && weights.description.is_none() {
            bail!(unnamed(&self.weights));
        }
        let place: Source = settings.dataset.parse()?;
        let dataset = load(&place, &load_options(settings), &|_| {})?;
        output::say_notes(global, &dataset.skipped, &dataset.notes);
        let (name, spec) = match &weights.description {
            Some(described) if self.arch.is_none() => {
                let spec = described.spec.clone();
                check_input(&spec, &dataset, &self.weights)?;
                (
                    format!("{}, {}", spec.architecture, described.network),
                    spec,
                )
            }
            _ => {
                let spec = baseline(settings.architecture, input_of(&dataset))?;
                (spec.architecture.to_string(), spec)
            }
        };
        Ok((Arc::new(dataset), name, spec))
    }
}

/// Prints the outcome as a table.
fn show(outcome: &Outcome) -> anyhow::Result<()> {
    let rows = [
        ("network", outcome.network.clone()),
        ("convolutions", outcome.conv_depth.to_string()),
        ("parameters", count(outcome.parameters)),
        ("dataset", outcome.dataset.clone()),
        ("test images", count(outcome.images as u64)),
        (
            "accuracy",
            format!("{} %", percent(outcome.test_accuracy, 2)),
        ),
        ("loss", format!("{} nats", fixed(outcome.test_loss, 4))),
        ("device", outcome.device.clone()),
    ];
    for (name, value) in rows {
        output::print(&format!("{name:13} {value}"))?;
    }
    Ok(())
}
