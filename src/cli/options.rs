//! Options that commands share, and how they become settings.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use clap::builder::{PathBufValueParser, TypedValueParser};
use directories::ProjectDirs;

use crate::dataset::places::at_home;
use crate::run::{Layer, Preset, Settings, parse_seeds};

/// The environment variable that, set to anything, has nothing kept and nothing read that was.
const NO_CACHE_VARIABLE: &str = "EBCLE_NO_CACHE";

/// Options of every command.
#[derive(Args, Debug)]
pub struct Global {
    /// Print JSON on stdout (fractions, seconds, bits)
    #[arg(long, global = true)]
    pub json: bool,
    /// Say nothing on stderr but errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Read settings from a file (keys as in configs/default.toml)
    #[arg(long, value_name = "FILE", global = true, value_parser = path())]
    pub config: Option<PathBuf>,
    /// Profile again what was profiled before, compile again the kernels of a GPU, and keep nothing of either (also
    /// where `EBCLE_NO_CACHE` is set)
    #[arg(long, global = true)]
    pub no_cache: bool,
}

/// Where runs are.
#[derive(Args, Debug, Default)]
pub struct OutOption {
    /// Folder below which runs are made and looked for [default: runs]
    #[arg(long, value_name = "DIR", alias = "runs", value_parser = path())]
    pub out: Option<PathBuf>,
}

/// Which images.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Data")]
pub struct DataOptions {
    /// Where a named dataset lies: the folder that holds its files, or the folder above it
    #[arg(long, value_name = "DIR", value_parser = path())]
    pub data_dir: Option<PathBuf>,
    /// Resize the images of a folder or of a Hugging Face copy, e.g. 32x32
    #[arg(long, value_name = "HxW", value_parser = sides)]
    pub resize: Option<[usize; 2]>,
    /// Label column of a Hugging Face copy, where another is meant than the one that says so (label, class, …)
    #[arg(long, value_name = "COLUMN")]
    pub label: Option<String>,
    /// Most memory that reading the images may take, e.g. 4G [default: 80 % of what is free]
    #[arg(long, value_name = "SIZE")]
    pub max_memory: Option<String>,
    /// Split of a Hugging Face copy or an npz file to test with [default: test; validation where that has no labels]
    #[arg(long, value_name = "NAME")]
    pub split_test: Option<String>,
    /// Keep the first N training images after a seeded shuffle, and test images in proportion
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// Which reading of the heuristic.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Depth")]
pub struct ReadingOptions {
    /// Rule that turns entropy into a cap: channel-sum, channel-sum-max, grey-blocks, dataset-histogram, joint-colour, lossless, or one of the config file's [default: channel-sum]
    #[arg(long, value_name = "NAME")]
    pub reading: Option<String>,
    /// How entropies are estimated: plug-in, miller-madow [default: plug-in]
    #[arg(long, value_name = "NAME")]
    pub estimator: Option<String>,
    /// Code N images, a seeded sample, for the reading lossless [default: 1000, fewer of large ones]
    #[arg(long, value_name = "N")]
    pub lossless_images: Option<usize>,
}

/// Which capped network.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Depth")]
pub struct CappedOptions {
    /// Cap the network at N convolutions, whatever the reading says
    #[arg(long, value_name = "N")]
    pub depth: Option<usize>,
    /// What the time saved by depth is spent on: balanced, iso-params, iso-macs, same [default: balanced]
    #[arg(long, value_name = "POLICY")]
    pub width: Option<String>,
    /// Multiply the baseline's widths by X, whatever the policy says
    #[arg(long, value_name = "X")]
    pub width_factor: Option<f64>,
}

/// How the pair is trained.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Training")]
pub struct TrainingOptions {
    /// auto, cpu, cuda or cuda:N [default: auto]
    #[arg(long, value_name = "DEVICE")]
    pub device: Option<String>,
    /// Number format of training: f32, or tf32 or bf16 on a GPU [default: f32]
    #[arg(long, value_name = "NAME")]
    pub precision: Option<String>,
    /// Passes over the training images [default: 30, more of few images: 3,000 steps]
    #[arg(long, value_name = "N")]
    pub epochs: Option<usize>,
    /// Images per step [default: 128, fewer of few images]
    #[arg(long, value_name = "N")]
    pub batch_size: Option<usize>,
    /// Peak learning rate [default: 0.1, less at batches below 128]
    #[arg(long, value_name = "X")]
    pub learning_rate: Option<f64>,
    /// Epochs of linear warm-up [default: 1, or what 100 steps take; a fifth of the epochs at most]
    #[arg(long, value_name = "X")]
    pub warmup_epochs: Option<f64>,
    /// Nesterov momentum [default: 0.9]
    #[arg(long, value_name = "X")]
    pub momentum: Option<f64>,
    /// L2 penalty on weights [default: 0.0005]
    #[arg(long, value_name = "X")]
    pub weight_decay: Option<f64>,
    /// Whether training images are shifted and, as --mirror says, mirrored [default: true]
    #[arg(long, value_name = "BOOL")]
    pub augment: Option<bool>,
    /// Pixels of padding before the random crop [default: an eighth of the shorter side]
    #[arg(long, value_name = "N")]
    pub crop_padding: Option<usize>,
    /// Mirror half of the training images: on, off, or auto, only photographs of published datasets [default: auto]
    #[arg(long, value_name = "WHEN")]
    pub mirror: Option<String>,
    /// One seed
    #[arg(long, value_name = "N", conflicts_with = "seeds")]
    pub seed: Option<u64>,
    /// Seeds, a paired training each: 1,2,3 or 1..5 [default: 1]
    #[arg(long, value_name = "LIST")]
    pub seeds: Option<String>,
    /// Accuracy that the capped network may lose and still count as no worse, a fraction [default: 0.01]
    #[arg(long, value_name = "X")]
    pub margin: Option<f64>,
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

impl DataOptions {
    /// Writes the options that were given into `layer`.
    pub fn fill(&self, layer: &mut Layer) {
        layer.data_dir.clone_from(&self.data_dir);
        layer.resize = self.resize;
        layer.label.clone_from(&self.label);
        layer.split_test.clone_from(&self.split_test);
        layer.limit = self.limit;
        layer.max_memory.clone_from(&self.max_memory);
    }
}

impl OutOption {
    /// Writes the option into `layer` if it was given.
    pub fn fill(&self, layer: &mut Layer) {
        layer.out.clone_from(&self.out);
    }
}

impl ReadingOptions {
    /// Writes the options that were given into `layer`.
    pub fn fill(&self, layer: &mut Layer) {
        layer.reading.clone_from(&self.reading);
        layer.estimator.clone_from(&self.estimator);
        layer.lossless_images = self.lossless_images;
    }
}

impl CappedOptions {
    /// Writes the options that were given into `layer`.
    pub fn fill(&self, layer: &mut Layer) {
        layer.depth = self.depth;
        layer.width.clone_from(&self.width);
        layer.width_factor = self.width_factor;
    }
}

impl TrainingOptions {
    /// Writes the options that were given into `layer`.
    ///
    /// # Errors
    /// A sentence on seeds that cannot be read.
    pub fn fill(&self, layer: &mut Layer) -> anyhow::Result<()> {
        layer.device.clone_from(&self.device);
        layer.precision.clone_from(&self.precision);
        layer.epochs = self.epochs;
        layer.batch_size = self.batch_size;
        layer.learning_rate = self.learning_rate;
        layer.warmup_epochs = self.warmup_epochs;
        layer.momentum = self.momentum;
        layer.weight_decay = self.weight_decay;
        layer.augment = self.augment;
        layer.crop_padding = self.crop_padding;
        layer.mirror.clone_from(&self.mirror);
        layer.margin = self.margin;
        layer.seeds = match (&self.seeds, self.seed) {
            (Some(list), _) => Some(parse_seeds(list)?),
            (None, seed) => seed.map(|seed| vec![seed]),
        };
        Ok(())
    }
}

impl Options {
    /// Writes the options that were given into `layer`.
    ///
    /// # Errors
    /// A sentence on seeds that cannot be read.
    pub fn fill(&self, layer: &mut Layer) -> anyhow::Result<()> {
        self.data.fill(layer);
        self.reading.fill(layer);
        self.capped.fill(layer);
        self.out.fill(layer);
        self.training.fill(layer)
    }

    /// The settings of these options and of the dataset and architecture that a command names.
    ///
    /// # Errors
    /// One sentence on the first setting that cannot be used.
    pub fn settings_of(
        &self,
        dataset: &str,
        architecture: &str,
        global: &Global,
    ) -> anyhow::Result<Settings> {
        let mut layer = Layer {
            dataset: Some(dataset.to_owned()),
            architecture: Some(architecture.to_owned()),
            ..Layer::default()
        };
        self.fill(&mut layer)?;
        global.resolve(layer, None)
    }

    /// The settings of these options over environment, config file, preset and defaults.
    ///
    /// # Errors
    /// One sentence on the first setting that cannot be used.
    pub fn settings(&self, global: &Global, preset: Option<Preset>) -> anyhow::Result<Settings> {
        let mut layer = Layer::default();
        self.fill(&mut layer)?;
        global.resolve(layer, preset)
    }
}

impl Global {
    /// Resolves the command's own `layer` over environment, config file, preset and defaults.
    ///
    /// # Errors
    /// One sentence on the first setting that cannot be used.
    pub fn resolve(&self, layer: Layer, preset: Option<Preset>) -> anyhow::Result<Settings> {
        let mut layers = vec![layer, Layer::environment()?];
        if let Some(path) = &self.config {
            layers.push(Layer::read(path)?);
        }
        layers.extend(preset.map(Preset::layer));
        Ok(Settings {
            cache: self.cache("profiles"),
            ..Settings::resolve(&layers)?
        })
    }

    /// The folder `of` what is kept between runs, below the user's cache folder, if anything is kept.
    pub fn cache(&self, of: &str) -> Option<PathBuf> {
        let off = |value: OsString| !value.is_empty();
        if self.no_cache || std::env::var_os(NO_CACHE_VARIABLE).is_some_and(off) {
            return None;
        }
        let folders = ProjectDirs::from("", "", "ebcle-tui")?;
        Some(folders.cache_dir().join(of))
    }
}

/// Reads a path, in which a leading `~` stands for the home folder.
pub fn path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().map(|path| at_home(&path))
}

/// Reads a height and a width, such as `32x32`.
fn sides(text: &str) -> Result<[usize; 2], String> {
    let wrong = || format!("'{text}' is no size: write HEIGHTxWIDTH, such as 32x32");
    let (height, width) = text.split_once('x').ok_or_else(wrong)?;
    let side = |text: &str| text.parse::<usize>().ok().filter(|&side| side > 0);
    Ok([
        side(height).ok_or_else(wrong)?,
        side(width).ok_or_else(wrong)?,
    ])
}
