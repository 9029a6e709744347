//! A run's trained networks for `PyTorch`: weights, their module, and predictions to check both.

mod npz;
mod source;

use std::sync::Arc;

use burn::tensor::Device;

use self::npz::Npz;
use self::source::Source;
use super::ReportError as Error;
use super::escape::visible;
use crate::dataset::{Dataset, Source as Place, load};
use crate::network::weights::{Description, Weights, tensors};
use crate::network::{Network, NetworkSummary, Spec};
use crate::run::{RunData, RunDirectory, prepare};
use crate::training::batches::Batches;
use crate::training::checkpoint::{Progress, diverged, last_of_both, load_network};
use crate::training::normalisation::normalisation;
use crate::training::{Role, device};

/// Test images whose logits are exported.
const PREDICTED: usize = 256;
/// Images of one forward pass.
const BATCH: usize = 64;

/// A file's name and its bytes.
pub(super) type File = (String, Vec<u8>);

/// The two networks of one seed after the last epoch for which both have a checkpoint.
struct Pair<'a> {
    run: &'a RunData,
    seed: u64,
    /// Epochs of the baseline and of the capped network.
    epochs: [usize; 2],
    device: Device,
    networks: [(Role, Network, &'a NetworkSummary, &'a Spec); 2],
}

/// The weights of both networks of `seed`, or of the run's first.
///
/// # Errors
/// [`Error`] where the run has no such seed or no checkpoint of it.
pub(super) fn weights(run: &RunData, seed: Option<u64>) -> Result<Vec<File>, Error> {
    Pair::open(run, seed)?.weights()
}

/// Weights, `network.py`, `predictions.npz` and `README.txt` for `seed`, or for the run's first.
///
/// # Errors
/// [`Error`] where the run has no such seed or no checkpoint of it, or where its data cannot be read
/// or has changed.
pub(super) fn everything(run: &RunData, seed: Option<u64>) -> Result<Vec<File>, Error> {
    let pair = Pair::open(run, seed)?;
    let dataset = data(run)?;
    let mut files = vec![("network.py".to_owned(), pair.source(&dataset).into_bytes())];
    files.extend(pair.weights()?);
    files.push(("predictions.npz".to_owned(), pair.predictions(&dataset)?));
    files.push(("README.txt".to_owned(), pair.readme().into_bytes()));
    Ok(files)
}

/// Whether checkpoints of both networks of the run's first seed are there, or a word on why they are not.
pub(super) fn is_possible(run: &RunData) -> bool {
    let Ok(directory) = RunDirectory::open(&run.path) else {
        return false;
    };
    let first = run.manifest.settings.recipe.seeds.first();
    let folder = directory.checkpoints();
    first.is_some_and(|&seed| {
        let stopped = |network| diverged(&folder, seed, network).is_some();
        last_of_both(&folder, seed, &run.manifest.settings.recipe).is_some()
            || Role::BOTH.into_iter().any(stopped)
    })
}

/// The run's images, if they are still those it was trained on.
pub(super) fn data(run: &RunData) -> Result<Arc<Dataset>, Error> {
    let settings = &run.manifest.settings;
    let place: Place = settings.dataset.parse()?;
    let dataset = load(&place, &prepare::load_options(settings), &|_| {})?;
    if dataset.fingerprint() == run.manifest.data_fingerprint {
        Ok(Arc::new(dataset))
    } else {
        Err(Error::OtherData {
            run: run.path.clone(),
            dataset: settings.dataset.clone(),
        })
    }
}

impl<'a> Pair<'a> {
    fn open(run: &'a RunData, seed: Option<u64>) -> Result<Self, Error> {
        let seeds = &run.manifest.settings.recipe.seeds;
        let seed = match (seed, seeds.first()) {
            (Some(seed), _) if seeds.contains(&seed) => seed,
            (None, Some(&seed)) => seed,
            (seed, _) => {
                return Err(Error::NoSuchSeed {
                    seed: seed.unwrap_or_default(),
                    seeds: listed(seeds),
                });
            }
        };
        let none = || Error::NoCheckpoint {
            run: run.path.clone(),
            seed,
        };
        let folder = RunDirectory::open(&run.path)?.checkpoints();
        let stopped = Role::BOTH.map(|network| diverged(&folder, seed, network));
        if let Some(diverged) = stopped.iter().flatten().next() {
            return Err(Error::Diverged {
                run: run.path.clone(),
                seed,
                reason: diverged.reason(),
            });
        }
        let recipe = &run.manifest.settings.recipe;
        let epochs = last_of_both(&folder, seed, recipe).ok_or_else(none)?;
        let plan = &run.plan;
        let (Some(summary), Some(spec)) = (&plan.capped, &plan.capped_spec) else {
            return Err(none());
        };
        let device = device::open("cpu")?.device.inner();
        let identity = run.manifest.identity();
        let load = |network, summary, spec| {
            let progress = Progress::new(seed, network, epochs[network as usize]);
            let loaded = load_network(&folder, progress, identity.as_deref(), spec, &device)?;
            Ok::<_, Error>((network, loaded, summary, spec))
        };
        let networks = [
            load(Role::Baseline, &plan.baseline, &plan.baseline_spec)?,
            load(Role::Capped, summary, spec)?,
        ];
        Ok(Self {
            run,
            seed,
            epochs,
            device,
            networks,
        })
    }

    /// The run's name.
    fn name(&self) -> String {
        let name = self.run.path.file_name();
        name.map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    }

    /// Where the weights come from, as one sentence.
    fn origin(&self) -> String {
        let settings = &self.run.manifest.settings;
        format!(
            "{} trained on {} by ebcle-tui {}: run {}, {}, {}.",
            settings.architecture,
            self.run.plan.dataset,
            self.run.manifest.version,
            self.name(),
            self.of_seeds(),
            self.of_epochs(),
        )
    }

    /// The epochs that are exported.
    fn of_epochs(&self) -> String {
        let recipe = &self.run.manifest.settings.recipe;
        let [baseline, capped] = Role::BOTH.map(|role| {
            let epoch = self.epochs[role as usize];
            format!("epoch {epoch} of {}", recipe.epochs_of(role))
        });
        if baseline == capped {
            return baseline;
        }
        format!("{baseline} of the baseline and {capped} of the capped network")
    }

    /// The seed that is exported.
    fn of_seeds(&self) -> String {
        match self.run.manifest.settings.recipe.seeds.as_slice() {
            [_] => format!("seed {}", self.seed),
            seeds => format!("seed {} of the seeds {}", self.seed, listed(seeds)),
        }
    }

    fn weights(&self) -> Result<Vec<File>, Error> {
        let steps = self.run.analysis.profile.images / self.run.manifest.settings.recipe.batch_size;
        let file = |(role, network, _, spec): &(Role, Network, &NetworkSummary, &Spec)| {
            let weights = Weights {
                tensors: tensors(network),
                note: None,
                description: Some(Description {
                    version: self.run.manifest.version.clone(),
                    run: self.name(),
                    network: role.name().to_owned(),
                    seed: self.seed,
                    epoch: self.epochs[*role as usize],
                    spec: (*spec).clone(),
                }),
            };
            let bytes = weights.to_safetensors((steps * self.epochs[*role as usize]) as u64)?;
            Ok((format!("{}.safetensors", role.name()), bytes))
        };
        self.networks.iter().map(file).collect()
    }

    fn source(&self, dataset: &Dataset) -> String {
        let line = |summary: &NetworkSummary| {
            format!(
                "{}: {} convolutions, {} parameters",
                summary.name, summary.conv_depth, summary.parameters
            )
        };
        let [first, second] = &self.networks;
        Source {
            origin: self.origin(),
            architecture: self.run.plan.baseline_spec.architecture,
            shape: dataset.shape,
            classes: &dataset.class_names,
            normalisation: &normalisation(&dataset.train, dataset.shape),
            networks: [first, second]
                .map(|(role, _, summary, spec)| (role.name(), line(summary), *spec)),
        }
        .text()
    }

    fn predictions(&self, dataset: &Arc<Dataset>) -> Result<Vec<u8>, Error> {
        let shape = dataset.shape;
        let count = dataset.test.len().min(PREDICTED);
        let sides = [count, shape.channels, shape.height, shape.width];
        let written = |error: std::io::Error| Error::Io {
            path: "predictions.npz".into(),
            source: error,
        };
        let mut file = Npz::new();
        let pixels = dataset.test.pixels.iter().copied();
        file.add("images", &sides, pixels.take(count * shape.bytes()))
            .map_err(written)?;
        let labels = dataset.test.labels.iter().map(|&label| i64::from(label));
        file.add("labels", &[count], labels.take(count))
            .map_err(written)?;
        let batches = Batches::new(dataset.clone(), BATCH, None);
        for (role, network, _, spec) in &self.networks {
            let mut logits: Vec<f32> = Vec::new();
            for batch in batches.test().iter().take(count.div_ceil(BATCH)) {
                let batch = batch.upload(&self.device);
                logits.extend(network.forward(batch.images).into_data().iter::<f32>());
            }
            if !logits.iter().all(|logit| logit.is_finite()) {
                let what = format!("the logits of the {} network", role.name());
                return Err(crate::training::TrainingError::NotFinite { what }.into());
            }
            let classes = spec.input.classes;
            logits.truncate(count * classes);
            file.add(role.name(), &[count, classes], logits)
                .map_err(written)?;
        }
        file.finish().map_err(written)
    }

    fn readme(&self) -> String {
        let [baseline, capped] = self.networks.each_ref().map(|(_, _, summary, _)| {
            format!(
                "{} ({} convolutions, {} parameters)",
                visible(&summary.name),
                summary.conv_depth,
                summary.parameters
            )
        });
        format!(
            r#"{origin}

network.py            both networks in plain PyTorch; needs torch and safetensors
baseline.safetensors  {baseline}
capped.safetensors    {capped}
predictions.npz       the first {PREDICTED} test images (all, where there are fewer), their labels, and the
                      logits of both networks

To load and verify, in this folder:

import numpy, network
saved = numpy.load("predictions.npz")
print({{n: abs(network.load(n)(network.preprocess(saved["images"])).detach().numpy() - saved[n]).max() for n in ("baseline", "capped")}})

It prints the largest difference between PyTorch's logits and those of the program that trained the
networks: a rounding error, below 0.001 for each.
"#,
            origin = visible(&self.origin())
        )
    }
}

fn listed(seeds: &[u64]) -> String {
    let seeds: Vec<String> = seeds.iter().map(ToString::to_string).collect();
    seeds.join(", ")
}

#[cfg(test)]
mod tests;
