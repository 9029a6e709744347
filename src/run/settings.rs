//! Settings of a run: where they come from and which of them wins.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Error;
use crate::depth::Rule;
use crate::network::{Architecture, Width};
use crate::training::Recipe;
use crate::training::device::Precision;

/// Every setting of a run, resolved; the table `settings` of `run.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Settings {
    /// The dataset as a user names it.
    pub dataset: String,
    /// Where a named dataset lies, if not in the usual places.
    pub data_dir: Option<PathBuf>,
    /// Height and width to which the images of a folder are resized.
    pub resize: Option<[usize; 2]>,
    /// Number of training images to keep.
    pub limit: Option<usize>,
    /// The architecture.
    pub architecture: Architecture,
    /// The reading that gives the cap.
    pub reading: Rule,
    /// Convolutions of the capped network, in place of the reading's cap.
    pub depth: Option<usize>,
    /// How the capped network is broadened.
    pub width: Width,
    /// `auto`, `cpu`, `cuda` or `cuda:N`.
    pub device: String,
    /// Precision of training.
    pub precision: Precision,
    /// Non-inferiority margin, a fraction of accuracy.
    pub margin: f64,
    /// Folder below which runs are made.
    pub out: PathBuf,
    /// Optimiser, schedule, augmentation and seeds.
    pub recipe: Recipe,
}

/// Settings from one origin (options, environment, a config file, a preset), each of which may be left out.
///
/// In a config file these are the keys, in kebab case, on the top level.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Layer {
    /// The dataset as a user names it.
    pub dataset: Option<String>,
    /// Where a named dataset lies.
    pub data_dir: Option<PathBuf>,
    /// Height and width to which the images of a folder are resized.
    pub resize: Option<[usize; 2]>,
    /// Number of training images to keep.
    pub limit: Option<usize>,
    /// The architecture, such as `resnet-50`.
    pub architecture: Option<String>,
    /// The reading.
    pub reading: Option<String>,
    /// Convolutions of the capped network, in place of the reading's cap.
    pub depth: Option<usize>,
    /// The width policy.
    pub width: Option<String>,
    /// The device.
    pub device: Option<String>,
    /// The precision.
    pub precision: Option<String>,
    /// Non-inferiority margin, a fraction of accuracy.
    pub margin: Option<f64>,
    /// Folder below which runs are made.
    pub out: Option<PathBuf>,
    /// Passes over the training images.
    pub epochs: Option<usize>,
    /// Images per step.
    pub batch_size: Option<usize>,
    /// Peak learning rate.
    pub learning_rate: Option<f64>,
    /// Epochs of linear warm-up.
    pub warmup_epochs: Option<f64>,
    /// Nesterov momentum.
    pub momentum: Option<f64>,
    /// L2 penalty on weights.
    pub weight_decay: Option<f64>,
    /// Whether training images are augmented.
    pub augment: Option<bool>,
    /// Pixels of padding before the random crop.
    pub crop_padding: Option<usize>,
    /// Seeds.
    pub seeds: Option<Vec<u64>>,
}

/// Settings compiled into the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// `configs/default.toml`: what an option left out means.
    Default,
    /// `configs/quick.toml`: the embedded dataset in under three minutes on two cores.
    Quick,
}

impl Preset {
    /// The preset's file as compiled in.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Default => include_str!("../../configs/default.toml"),
            Self::Quick => include_str!("../../configs/quick.toml"),
        }
    }

    /// The preset as a layer.
    #[must_use]
    pub fn layer(self) -> Layer {
        todo!()
    }
}

impl Layer {
    /// Reads a config file.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be read, [`Error::Config`] with line and column where a key is unknown or malformed.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let _ = path;
        todo!()
    }

    /// The settings of the environment variables `EBCLE_…` (`EBCLE_BATCH_SIZE` for `batch-size`).
    ///
    /// # Errors
    /// [`Error::Setting`] naming the variable that cannot be read.
    pub fn environment() -> Result<Self, Error> {
        todo!()
    }
}

impl Settings {
    /// Resolves layers, the first of which wins, over [`Preset::Default`].
    ///
    /// # Errors
    /// [`Error::Setting`] with one sentence on the first setting that cannot be used.
    pub fn resolve(layers: &[Layer]) -> Result<Self, Error> {
        let _ = layers;
        todo!()
    }
}
