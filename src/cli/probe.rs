//! `probe`: how near to the identity each block of a trained network is.

mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, anyhow, bail, ensure};
use clap::Args;

use super::options::{
    CappedOptions, Chosen, DataOptions, Forward, Global, ReadingOptions, Runs, path,
};
use super::weights::{Which, capped_of, check_finite, check_input, unnamed};
use super::{damage, output, weights};
use crate::dataset::{Dataset, Source};
use crate::evidence::Margin;
use crate::evidence::probe::Line;
use crate::network::build;
use crate::network::weights::fill;
use crate::report::dataset_of;
use crate::report::plots::{self, Probed, Scene};
use crate::run::{Error, Layer, Lock, Probes, RunDirectory, Subject, file, plan_pair};
use crate::training::{Role, device};

/// Images of one forward pass.
const BATCH: usize = 128;

/// Measure how near to the identity each block of a trained network is
///
/// The paper claims that blocks past the cap are identities. Measures every block on test images: its relative
/// update, the CKA of its input and output, and the accuracy without it. Compares the blocks past the cap
/// with those before it, and measures the network without any of them.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ebcle-tui probe latest
  ebcle-tui probe latest --network baseline --plot probe.svg
  ebcle-tui probe --weights resnet56.pt --arch resnet-56 cifar10 --json

The probe of a finished run is saved in its folder as probe.json, and `export` adds it to the report.

An identity has a relative update of 0, a CKA of 1, and removing it changes nothing. A block that is not an
identity may still be unnecessary: a linear classifier on the features of every block shows how well the classes can
be separated there, and accuracy without the blocks past the cap is compared with random sets of as many blocks,
as the network is and with its batch normalisations recalibrated on training images without them. In a DenseNet f(x) is the
channels that a layer adds, and removing the layer sets them to zero. The probe computes in 32-bit floats,
whatever precision the networks were trained in.")]
pub struct Probe {
    /// A run: its folder, its name, the beginning of its name, or `latest`; with --weights a dataset
    #[arg(value_name = "RUN|DATASET")]
    subject: String,
    /// Probe weights from a file: safetensors, or a PyTorch state dict (.pt, .pth)
    #[arg(long, value_name = "FILE", value_parser = path())]
    weights: Option<PathBuf>,
    /// The architecture that the weights are of, or are capped from [default: the one that the file names]
    #[arg(long, value_name = "ARCH", requires = "weights")]
    arch: Option<String>,
    /// Which network [default: both of a run, the baseline of --arch]
    #[arg(long, value_name = "NAME")]
    network: Option<Which>,
    /// Seed of a run whose networks are probed [default: the run's first]
    #[arg(long, value_name = "N", conflicts_with = "weights")]
    seed: Option<u64>,
    /// Use the first N test images [default: all]
    #[arg(long, value_name = "N")]
    images: Option<usize>,
    /// Random sets of blocks to compare the blocks past the cap with; 0 also leaves out the cuts at every depth
    #[arg(long, value_name = "N", default_value_t = 20)]
    placebos: usize,
    /// Draw the measures along depth into a file, .svg or .png
    #[arg(long, value_name = "FILE", value_parser = path())]
    plot: Option<PathBuf>,
    /// Draw the CKA of every block with every other into a file, .svg or .png
    #[arg(long, value_name = "FILE", value_parser = path())]
    heatmap: Option<PathBuf>,
    #[command(flatten)]
    forward: Chosen<Forward>,
    #[command(flatten)]
    runs: Chosen<Runs>,
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    reading: ReadingOptions,
    #[command(flatten)]
    capped: CappedOptions,
}

/// Networks, and the images to probe them on.
struct Prepared {
    /// The run of the networks, if any.
    directory: Option<RunDirectory>,
    dataset: Arc<Dataset>,
    cap: Line,
    /// Largest loss of accuracy that counts as none.
    margin: Margin,
    subjects: Vec<Subject>,
}

impl Probe {
    /// Probes and prints.
    ///
    /// # Errors
    /// One sentence on what cannot be read, is not known, or does not fit.
    pub fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        for plot in self.plot.iter().chain(&self.heatmap) {
            let (extension, plot) = (plot.extension(), plot.display());
            ensure!(
                extension.is_some_and(|extension| extension == "svg" || extension == "png"),
                Error::Setting(format!("{plot} is neither an .svg nor a .png file"))
            );
        }
        let forward = self.forward.given();
        let batch_size = forward.whole("batch-size").unwrap_or(BATCH);
        ensure!(
            self.images.is_none_or(|images| images > 0) && batch_size > 0,
            Error::Setting("--images and --batch-size must be at least 1".to_owned())
        );
        let opened = device::open(forward.text("device").unwrap_or("auto"))?;
        let device = opened.device.inner();
        let prepared = match &self.weights {
            Some(weights) => self.of_weights(weights, &device, global)?,
            None => self.of_run(&device, global)?,
        };
        let dataset = self.shortened(prepared.dataset);
        let mut probes = Vec::new();
        for subject in prepared.subjects {
            let bar = output::bar(
                global,
                "{msg:10} {bar:30} {human_pos} of {human_len} images",
            );
            bar.set_message("probing");
            let setup = (prepared.cap, prepared.margin, self.placebos);
            let progress = |done: usize, all: usize| {
                bar.set_length(all as u64);
                bar.set_position(done as u64);
            };
            probes.push(subject.probe(&dataset, setup, batch_size, &device, &progress)?);
            bar.finish_and_clear();
        }
        let outcome = Probes {
            dataset: dataset.name.clone(),
            device: opened.description,
            probes,
        };
        let networks: Vec<Probed> = outcome.probes.iter().map(Probed::from).collect();
        let on = &outcome.dataset;
        if let Some(path) = &self.plot {
            let title = format!("How near to the identity are the blocks, on {on}?");
            draw(&plots::probe(&title, &networks), path)?;
        }
        if let Some(path) = &self.heatmap {
            let title = format!("How similar are the features after each block, on {on}?");
            draw(&plots::cka(&title, &networks), path)?;
        }
        if global.json {
            output::print_json(&outcome)?;
        } else {
            table::show(&outcome)?;
        }
        match prepared.directory {
            Some(run) if run.summary()?.is_some() => {
                let lock = Lock::take(run.path())?;
                run.add_probes(&lock, outcome)?;
            }
            Some(run) => output::say(
                global,
                &format!(
                    "not saved in {}: the run is unfinished",
                    run.path().display()
                ),
            ),
            None => {}
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The dataset with the first `--images` test images alone.
    fn shortened(&self, mut dataset: Arc<Dataset>) -> Arc<Dataset> {
        if let Some(images) = self.images.filter(|&images| images < dataset.test.len()) {
            let dataset = Arc::make_mut(&mut dataset);
            dataset.test.labels.truncate(images);
            let bytes = dataset.shape.bytes();
            dataset.test.pixels.truncate(images * bytes);
        }
        dataset
    }

    fn of_run(&self, device: &burn::tensor::Device, global: &Global) -> anyhow::Result<Prepared> {
        let mut asked = Layer::default();
        self.data.fill(&mut asked);
        self.reading.fill(&mut asked);
        self.capped.fill(&mut asked);
        ensure!(
            asked.is_empty(),
            Error::Setting(
                "a run is probed on its own images with its own cap: options on data and depth need --weights"
                    .to_owned()
            )
        );
        let out = global.runs(&self.runs)?;
        let directory = RunDirectory::find(&self.subject, &out).map_err(|error| {
            if self.subject.parse::<Source>().is_ok() {
                anyhow!("{error}; it is a dataset: to probe weights on it, add --weights FILE")
            } else {
                error.into()
            }
        })?;
        let run = directory.load()?;
        damage::tell(&directory, global)?;
        let seeds = &run.manifest.settings.recipe.seeds;
        let seed = match self.seed {
            Some(seed) if !seeds.contains(&seed) => {
                bail!("{} has no seed {seed}", run.path.display())
            }
            Some(seed) => seed,
            None => *seeds.first().context("the run has no seed")?,
        };
        let roles = match self.network {
            Some(which) => vec![Role::from(which)],
            None => Role::BOTH.to_vec(),
        };
        let subjects = roles
            .into_iter()
            .map(|role| Subject::of_run(&run, seed, role, device))
            .collect::<Result<_, _>>()?;
        Ok(Prepared {
            directory: Some(directory),
            dataset: dataset_of(&run)?,
            cap: Line {
                cap: run.plan.cap,
                unit: run.plan.unit(),
            },
            margin: run.manifest.settings.margin,
            subjects,
        })
    }

    fn of_weights(
        &self,
        path: &Path,
        device: &burn::tensor::Device,
        global: &Global,
    ) -> anyhow::Result<Prepared> {
        let weights = weights::read(path, global)?;
        let described = weights.description.clone();
        let named = described
            .as_ref()
            .map(|described| described.spec.architecture.to_string());
        let Some(architecture) = self.arch.clone().or(named) else {
            bail!(unnamed(path));
        };
        let mut layer = Layer::default()
            .with("dataset", self.subject.clone())
            .with("architecture", architecture);
        self.data.fill(&mut layer);
        self.reading.fill(&mut layer);
        self.capped.fill(&mut layer);
        let settings = global.resolve(layer, None)?;
        let prepared = output::prepare(&settings, global)?;
        let plan = plan_pair(&settings, &prepared.analysis)?;
        let cap = Line {
            cap: plan.cap,
            unit: plan.unit(),
        };
        let (name, role, spec) = match (described, self.network) {
            (Some(described), None) if self.arch.is_none() => {
                check_input(&described.spec, &prepared.dataset, path)?;
                let role = if described.network == Role::Capped.name() {
                    Role::Capped
                } else {
                    Role::Baseline
                };
                let name = format!("{}, {}", described.spec.architecture, described.network);
                (name, role, described.spec)
            }
            (_, Some(Which::Capped)) => {
                let (name, spec) = capped_of(plan)?;
                (name, Role::Capped, spec)
            }
            _ => (plan.baseline.name, Role::Baseline, plan.baseline_spec),
        };
        let network = fill(build(&spec, 0, device), weights.tensors)?;
        check_finite(&network, path)?;
        Ok(Prepared {
            directory: None,
            dataset: prepared.dataset,
            cap,
            margin: settings.margin,
            subjects: vec![Subject {
                name,
                role,
                seed: None,
                spec,
                network,
            }],
        })
    }
}

fn draw(scene: &Scene, path: &Path) -> anyhow::Result<()> {
    let bytes = if path.extension().is_some_and(|extension| extension == "png") {
        plots::png(scene)
    } else {
        plots::svg(scene).map(String::into_bytes)
    };
    let bytes = bytes.map_err(|problem| anyhow!("{}: {problem}", path.display()))?;
    Ok(file::write_whole(path, &bytes)?)
}
