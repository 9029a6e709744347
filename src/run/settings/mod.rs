//! Settings of a run: one row for each, where they come from, and which origin wins.

mod app;
mod automatic;
mod config_file;
mod data;
mod environment;
mod layer;
mod machine;
mod networks;
mod printed;
mod registry;
mod training;

use std::path::PathBuf;

use serde::de::Deserializer;
use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest, Sha256};
use toml::Table;

use super::{ChartSymbols, Error, Images, Notify, Protocol};
use crate::dataset::Transform;
use crate::depth::{OwnRules, Rule};
use crate::entropy::Estimator;
use crate::evidence::{MIN_SEEDS, Margin};
use crate::format::hexadecimal;
use crate::network::{Architecture, Width};
use crate::training::device::Precision;
use crate::training::{Mirror, Recipe};

pub use self::app::APP;
pub use self::automatic::Automatic;
use self::automatic::USUAL;
pub(crate) use self::config_file::misread;
pub use self::data::DATA;
pub use self::layer::Layer;
pub use self::machine::MACHINE;
pub use self::networks::NETWORKS;
pub use self::printed::{default_file, schema};
pub use self::registry::{Access, Flag, FormLine, Group, Kind, Options, Scope, Setting};
pub use self::training::{TRAINING, VERDICT};

/// Most pixels of a side to which images are resized.
pub const MAX_SIDE: usize = 4096;

/// Every setting, in the order of `configs/default.toml`.
pub static GROUPS: [&Group; 6] = [&DATA, &NETWORKS, &MACHINE, &TRAINING, &VERDICT, &APP];

/// Every setting, in that order.
pub fn all() -> impl Iterator<Item = &'static Setting> {
    GROUPS.iter().flat_map(|group| group.settings)
}

/// The setting of this key.
#[must_use]
pub fn find(key: &str) -> Option<&'static Setting> {
    all().find(|setting| setting.key == key)
}

/// What belongs to this process on this machine: no run depends on it, and none writes it down.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own"
)]
pub struct Host {
    /// The config file that was read; none where none was.
    pub config: Option<PathBuf>,
    /// Devices on each of which a process of its own trains runs of a study; empty where this process trains them.
    pub workers: Vec<String>,
    /// Folder of the cached profiles; none where profiles are not cached.
    pub cache: Option<PathBuf>,
    /// How the app draws sample images.
    pub images: Images,
    /// What the app's curves are made of.
    pub chart_symbols: ChartSymbols,
    /// The app's theme; none where the terminal's background decides.
    pub theme: Option<String>,
    /// Whether the app draws with ASCII characters only; none where the locale decides.
    pub ascii: Option<bool>,
    /// How the app tells of a training beside its screen.
    pub notify: Notify,
    /// The command that is run at the end of a training.
    pub on_end: Option<String>,
    /// Most bytes of memory that reading the dataset may take.
    pub max_memory: Option<u64>,
    /// Whether steps are timed for the widths by time and for the predicted time saved; else both are by MACs. What a run
    /// trained is read with false: its networks are found already.
    pub measure: bool,
    /// Whether the app restores its last session.
    pub remember: bool,
    /// Whether the app opens with its start, a choice of how to begin.
    pub start: bool,
    /// Whether the app writes sentences in place of drawing a screen.
    pub plain: bool,
    /// Seconds between two sentences on a training that runs.
    pub plain_seconds: usize,
}

/// Every setting of a run, resolved; the table `settings` of `run.toml`. [`GROUPS`] has a row for each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", remote = "Self")]
pub struct Settings {
    /// The dataset as a user names it.
    pub dataset: String,
    /// Folder of a named dataset, if it is not in the usual places.
    pub data_dir: Option<PathBuf>,
    /// Folders in which named datasets are looked for beside the usual places.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data_dirs: Vec<PathBuf>,
    /// Height and width to which the images of a folder are resized.
    pub resize: Option<[usize; 2]>,
    /// The label column of a Hugging Face copy, if not the one found by its name.
    pub label: Option<String>,
    /// The split to test with of a Hugging Face copy or an `.npz` file, if it is not `test`.
    pub split_test: Option<String>,
    /// Transforms of every image, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transform: Vec<Transform>,
    /// Number of training images to keep.
    pub limit: Option<usize>,
    /// The architecture.
    pub architecture: Architecture,
    /// The reading that gives the cap.
    pub reading: Rule,
    /// Readings of the user's own.
    #[serde(default, skip_serializing_if = "OwnRules::is_empty")]
    pub readings: OwnRules,
    /// How entropies are estimated.
    #[serde(default)]
    pub estimator: Estimator,
    /// Images of the sample that the reading `lossless` is measured on, if not
    /// [as many as are usual](crate::entropy::lossless::sample_size).
    pub lossless_images: Option<usize>,
    /// Convolutions of the capped network, in place of the reading's cap.
    pub depth: Option<usize>,
    /// How the capped network is widened.
    pub width: Width,
    /// Multiple of the baseline's widths, in place of the width policy.
    pub width_factor: Option<f64>,
    /// `auto`, `cpu`, `cuda` or `cuda:N`.
    pub device: String,
    /// Precision of training.
    pub precision: Precision,
    /// Non-inferiority margin.
    pub margin: Margin,
    /// Numbers of seeds after which the difference is tested; none where it is tested once, after all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub looks: Vec<usize>,
    /// Accuracy in percent to which both networks' seconds are counted; none where it follows from the baseline's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_accuracy: Option<f64>,
    /// What both networks have the same of.
    #[serde(default, skip_serializing_if = "Protocol::is_usual")]
    pub protocol: Protocol,
    /// Folder below which runs are made.
    pub out: PathBuf,
    /// What belongs to this process alone.
    #[serde(skip)]
    pub host: Host,
    /// Which settings of the recipe are not given, so that the images decide them, see [`Settings::fitted`].
    #[serde(skip)]
    pub automatic: Automatic,
    /// Optimiser, schedule, augmentation and seeds.
    pub recipe: Recipe,
}

impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

/// A reading is written by its name; `readings` defines the user's own.
impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut read = Self::deserialize(deserializer)?;
        read.reading = read.readings.defined(read.reading);
        Ok(read)
    }
}

/// The settings where nothing is given.
impl Default for Settings {
    fn default() -> Self {
        let automatic = Automatic::ALL;
        let mut recipe = Recipe {
            epochs: 0,
            capped_epochs: None,
            batch_size: 0,
            learning_rate: 0.0,
            baseline_learning_rate: None,
            capped_learning_rate: None,
            rate_check: false,
            warmup_epochs: 0.0,
            momentum: 0.9,
            weight_decay: 0.0005,
            augment: true,
            crop_padding: 0,
            mirror: Mirror::Auto,
            holdout: None,
            patience: None,
            seeds: vec![1],
        };
        let (images, shape) = USUAL;
        automatic.fit(&mut recipe, images, shape);
        Self {
            dataset: "glyphs".to_owned(),
            data_dir: None,
            data_dirs: Vec::new(),
            resize: None,
            label: None,
            split_test: None,
            transform: Vec::new(),
            limit: None,
            architecture: Architecture::default(),
            reading: Rule::default(),
            readings: OwnRules::default(),
            estimator: Estimator::default(),
            lossless_images: None,
            depth: None,
            width: Width::Balanced,
            width_factor: None,
            device: "auto".to_owned(),
            precision: Precision::F32,
            margin: Margin::default(),
            looks: Vec::new(),
            target_accuracy: None,
            protocol: Protocol::default(),
            out: "runs".into(),
            host: Host {
                measure: true,
                remember: true,
                start: true,
                plain_seconds: 10,
                ..Host::default()
            },
            automatic,
            recipe,
        }
    }
}

impl Settings {
    /// Resolves layers, the first of which wins, over the defaults.
    ///
    /// # Errors
    /// [`Error::Setting`] with one sentence on the first setting that cannot be used.
    pub fn resolve(layers: &[Layer]) -> Result<Self, Error> {
        let mut settings = Self::default();
        // Readings of the user's own are known before one of them is named.
        let own = |setting: &&Setting| setting.kind == Kind::Readings;
        for setting in all().filter(own).chain(all().filter(|row| !own(row))) {
            if let Some(value) = layers.iter().find_map(|layer| layer.get(setting.key)) {
                let set = setting.set(&mut settings, Some(value));
                set.map_err(Error::Setting)?;
            }
        }
        let (images, shape) = USUAL;
        settings.automatic.fit(&mut settings.recipe, images, shape);
        let checked = settings.recipe.check(usize::MAX);
        checked.map_err(|error| Error::Setting(error.to_string()))?;
        Ok(settings)
    }

    /// These settings with those of which no result depends left out: where things lie on this machine, and what is
    /// this process's own.
    #[must_use]
    pub fn without_places(&self) -> Self {
        let mut kept = Self {
            automatic: Automatic::default(),
            host: Host::default(),
            ..self.clone()
        };
        for setting in all().filter(|setting| setting.scope == Scope::Place) {
            let left_out = setting.set(&mut kept, None);
            debug_assert!(left_out.is_ok(), "{} can be left out", setting.key);
        }
        kept
    }

    /// SHA-256 in hexadecimal of all settings that the result of a training depends on.
    #[must_use]
    pub fn fingerprint(&self) -> Option<String> {
        let text = toml::to_string(&self.without_places()).ok()?;
        Some(hexadecimal(&Sha256::digest(text)))
    }

    /// SHA-256 in hexadecimal of the settings that a profile depends on.
    #[must_use]
    pub fn profile_fingerprint(&self) -> String {
        let settings = all().filter(|setting| setting.scope == Scope::Profile);
        let value = |setting: &'static Setting| Some((setting.key.to_owned(), setting.get(self)?));
        let table: Table = settings.filter_map(value).collect();
        hexadecimal(&Sha256::digest(table.to_string()))
    }

    /// Checks that the looks fit the seeds.
    ///
    /// # Errors
    /// [`Error::Setting`] with one sentence on looks that do not.
    pub fn check_looks(&self) -> Result<(), Error> {
        let seeds = self.recipe.seeds.len();
        let problem = match self.looks.as_slice() {
            [] => return Ok(()),
            looks if !looks.windows(2).all(|two| two[0] < two[1]) => "must rise".to_owned(),
            [first, ..] if *first < MIN_SEEDS => {
                format!("begin at {MIN_SEEDS} seeds, the least that a verdict needs")
            }
            [.., last] if *last != seeds => {
                format!("must end at the number of seeds, {seeds}")
            }
            _ => return Ok(()),
        };
        let looks: Vec<String> = self.looks.iter().map(usize::to_string).collect();
        Err(Error::Setting(format!(
            "looks {problem}, not {}",
            looks.join(", ")
        )))
    }

    /// Checks that there are no looks, for `what` tests its runs together.
    ///
    /// # Errors
    /// [`Error::Setting`] with one sentence where there are.
    pub fn check_no_looks(&self, what: &str) -> Result<(), Error> {
        if self.looks.is_empty() {
            return Ok(());
        }
        Err(Error::Setting(format!(
            "{what} tests all its runs together and takes no looks: leave looks out"
        )))
    }

    /// Checks that they name one device, in which this process trains.
    ///
    /// # Errors
    /// [`Error::Setting`] where they name devices for workers.
    pub fn check_one_device(&self) -> Result<(), Error> {
        if self.host.workers.is_empty() {
            return Ok(());
        }
        Err(Error::Setting(format!(
            "device {}: a list of devices is for studies (sweep, grid, recommend) and for the seeds of `ebcle-tui train` and `resume`; here one device is needed: use {}",
            self.host.workers.join(","),
            self.device
        )))
    }

    /// Checks that their seeds may be trained at the same time.
    ///
    /// # Errors
    /// [`Error::Setting`] where they are judged one after another.
    pub fn check_unjudged(&self) -> Result<(), Error> {
        if self.looks.is_empty() {
            return Ok(());
        }
        Err(Error::Setting(
            "looks judge the seeds one after another, so they are trained on one device: name one with --device, or leave out --looks"
                .to_owned(),
        ))
    }

    /// The keys of the settings in which `other` differs.
    #[must_use]
    pub fn differing(&self, other: &Self) -> Vec<&'static str> {
        let differs = |setting: &&Setting| setting.get(self) != setting.get(other);
        all().filter(differs).map(|setting| setting.key).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    fn complaint(layer: Layer) -> String {
        Settings::resolve(&[layer]).unwrap_err().to_string()
    }

    #[test]
    fn looks_fit_the_seeds() {
        let wrong = |seeds: u64, looks: &[usize]| {
            let mut settings = Settings::default();
            settings.recipe.seeds = (1..=seeds).collect();
            settings.looks = looks.to_vec();
            settings.check_looks().err().map(|error| error.to_string())
        };
        assert_eq!(wrong(15, &[]), None);
        assert_eq!(wrong(15, &[5, 10, 15]), None);
        for (seeds, looks, part) in [
            (
                15,
                &[5, 10][..],
                "must end at the number of seeds, 15, not 5, 10",
            ),
            (15, &[3, 15], "begin at 5 seeds"),
            (15, &[5, 5, 15], "must rise"),
        ] {
            let said = wrong(seeds, looks).unwrap();
            assert!(said.contains(part), "{said}");
        }
    }

    #[test]
    fn both_presets_resolve() {
        let default = Settings::resolve(&[]).unwrap();
        assert_eq!(default.architecture.to_string(), "resnet-50");
        assert_eq!(default.recipe.seeds, [1]);
        let quick = Settings::resolve(&[Layer::quick()]).unwrap();
        assert_eq!(quick.dataset, "glyphs");
        assert!(quick.recipe.epochs < default.recipe.epochs);
        assert_eq!(quick.margin, default.margin);
    }

    #[test]
    fn a_layer_of_settings_resolves_to_them() {
        let layer = Layer::quick()
            .with("resize", vec![8, 9])
            .with("limit", 700)
            .with("depth", 9)
            .with("width-factor", 1.5)
            .with("data-dir", "/data")
            .with("data-dirs", vec!["/more", "~/most"])
            .with("label", "fine_label")
            .with("split-test", "val")
            .with("transform", vec!["bits=3", "noise=2.5", "coarse=0,1,1"])
            .with("mirror", "on")
            .with("momentum", 0.5);
        let settings = Settings::resolve(&[layer]).unwrap();
        let again = Settings::resolve(&[Layer::from(&settings)]).unwrap();
        assert_eq!(again, settings);
    }

    #[test]
    fn the_first_layer_wins() {
        let option = Layer::default().with("epochs", 2);
        let file = Layer::default().with("epochs", 3).with("batch-size", 17);
        let settings = Settings::resolve(&[option, file]).unwrap();
        assert_eq!(settings.recipe.epochs, 2);
        assert_eq!(settings.recipe.batch_size, 17);
        assert_eq!(settings.recipe.crop_padding, 4);
    }

    #[test]
    fn what_cannot_be_used_is_said_in_one_sentence() {
        let cases = [
            ("architecture = 'resnet-21'", "resnet-20 and resnet-26"),
            ("reading = 'tea-leaves'", "unknown reading 'tea-leaves'"),
            (
                "estimator = 'guess'",
                "unknown estimator 'guess': use plug-in or",
            ),
            ("lossless-images = 0", "lossless-images 0"),
            ("dataset = 'mnits'", "unknown dataset 'mnits'"),
            ("device = 'cuda:x'", "unknown device 'cuda:x'"),
            ("width = 'wide'", "unknown width policy"),
            ("precision = 'f8'", "unknown precision"),
            ("margin = 1", "margin must lie between 0 and 1"),
            ("margin = nan", "margin must lie between 0 and 1"),
            ("depth = 0", "depth 0"),
            ("width-factor = 0", "width-factor must be above 0"),
            ("width-factor = nan", "width-factor must be above 0"),
            (
                "architecture = 'densenet-39'",
                "densenet-37 and densenet-40",
            ),
            ("limit = 0", "limit 0"),
            ("resize = [0, 32]", "at least 1 pixel"),
            ("resize = [99999, 32]", "at most 4096"),
            ("data-dirs = ['']", "an empty path"),
            ("data-dirs = ['Cargo.toml']", "which is a file"),
            ("label = ''", "names no column"),
            ("max-memory = 'lots'", "'lots' is no size"),
            ("split-test = ''", "names no split"),
            ("transform = 'bits=3 gray'", "did you mean grey?"),
            (
                "transform = ['bits=9']",
                "transform: bits=9: use 1 to 8 bits",
            ),
            ("mirror = 'left'", "mirror is auto, on or off"),
            ("seeds = []", "at least one seed"),
            ("epochs = 9223372036854775807", "epochs must be at most"),
        ]
        .map(|(text, expected)| (toml::from_str::<Layer>(text).unwrap(), expected));
        for (layer, expected) in cases {
            let said = complaint(layer);
            assert!(said.contains(expected), "{said:?} lacks {expected:?}");
        }
    }

    /// The settings of a `run.toml` and the fingerprint in it, as version 0.1.0 wrote them before there were rows.
    #[test]
    fn older_runs_keep_their_fingerprint() {
        let text = "dataset = 'glyphs'\ndata-dirs = ['/most']\nlimit = 60\narchitecture = 'resnet-14'\nreading = 'mine'\nestimator = 'plug-in'\nwidth = 'balanced'\ndevice = 'cpu'\nprecision = 'f32'\nmargin = 0.01\nout = 'runs'\n[readings.mine]\nexpression = '7'\nunit = 'convolutions'\n[recipe]\nepochs = 60\nbatch_size = 20\nlearning_rate = 0.04\nwarmup_epochs = 12.0\nmomentum = 0.8\nweight_decay = 0.0005\naugment = true\ncrop_padding = 4\nmirror = 'off'\nseeds = [1, 2]\n";
        let settings: Settings = toml::from_str(text).unwrap();
        let expected = "603179f6e17279e0c0210f1372e26c7e8c8b9ee49f9b9b73f25ed66548f1a161";
        assert_eq!(settings.fingerprint().as_deref(), Some(expected));
        let elsewhere = Settings {
            data_dir: Some("/data".into()),
            out: "/more".into(),
            host: Host {
                max_memory: Some(1),
                ..Host::default()
            },
            ..settings.clone()
        };
        assert_eq!(elsewhere.fingerprint(), settings.fingerprint());
        assert_eq!(
            elsewhere.profile_fingerprint(),
            settings.profile_fingerprint()
        );
        let mut other = settings.clone();
        other.recipe.epochs = 61;
        assert_ne!(other.fingerprint(), settings.fingerprint());
        assert_eq!(other.profile_fingerprint(), settings.profile_fingerprint());
        other.limit = None;
        assert_ne!(other.profile_fingerprint(), settings.profile_fingerprint());
    }
}
