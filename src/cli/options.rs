//! Options that commands share, and how they become settings.

mod chosen;
mod global;

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PathBufValueParser, TypedValueParser};

pub use self::chosen::{
    AppOptions, CappedOptions, Choice, Chosen, DataOptions, EndOptions, Forward, OutOption,
    ReadingOptions, Runs, TrainingOptions,
};
pub use self::global::{Global, own_config_path, own_keys_path};
use crate::dataset::Source;
use crate::dataset::places::at_home;
use crate::network::architecture_names;
use crate::run::{Layer, Settings};

/// The dataset that a command names.
#[derive(Args, Debug)]
pub struct DatasetArgument {
    #[arg(help = Source::help())]
    pub dataset: String,
}

/// The dataset and the architecture that a command names.
#[derive(Args, Debug)]
pub struct PairArguments {
    #[arg(help = Source::help())]
    pub dataset: String,
    #[arg(help = format!("The baseline, the deepest network of a sweep: {}", architecture_names()))]
    pub architecture: String,
}

impl DatasetArgument {
    /// The layer that names it.
    pub fn layer(&self) -> Layer {
        Layer::default().with("dataset", self.dataset.clone())
    }
}

impl PairArguments {
    /// The layer that names both.
    pub fn layer(&self) -> Layer {
        let layer = Layer::default().with("dataset", self.dataset.clone());
        layer.with("architecture", self.architecture.clone())
    }
}

/// Every option that sets something.
#[derive(Args, Debug, Default)]
pub struct Options {
    /// Which images.
    #[command(flatten)]
    pub data: DataOptions,
    /// Which reading.
    #[command(flatten)]
    pub reading: ReadingOptions,
    /// Which capped network.
    #[command(flatten)]
    pub capped: CappedOptions,
    /// How the pair is trained.
    #[command(flatten)]
    pub training: TrainingOptions,
    /// Where the run is kept.
    #[command(flatten)]
    pub out: OutOption,
}

impl Options {
    /// Writes the options that were given into `layer`.
    pub fn fill(&self, layer: &mut Layer) {
        self.data.fill(layer);
        self.reading.fill(layer);
        self.capped.fill(layer);
        self.training.fill(layer);
        self.out.fill(layer);
    }

    /// The settings of these options and of the dataset and architecture that a command names.
    ///
    /// # Errors
    /// One sentence on the first setting that cannot be used.
    pub fn settings_of(&self, pair: &PairArguments, global: &Global) -> anyhow::Result<Settings> {
        let mut layer = pair.layer();
        self.fill(&mut layer);
        global.resolve(layer, None)
    }

    /// The settings of these options over environment, config file, preset and defaults.
    ///
    /// # Errors
    /// One sentence on the first setting that cannot be used.
    pub fn settings(&self, global: &Global, preset: Option<Layer>) -> anyhow::Result<Settings> {
        let mut layer = Layer::default();
        self.fill(&mut layer);
        global.resolve(layer, preset)
    }
}

/// Reads a path, in which a leading `~` stands for the home folder.
pub fn path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().map(|path| at_home(&path))
}
