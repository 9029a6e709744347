//! Settings of a run: where they come from and which of them wins.

use std::path::PathBuf;

use serde::de::Deserializer;
use serde::{Deserialize, Serialize, Serializer};

use super::automatic::USUAL;
use super::{Automatic, Error, Images, Layer, Preset};
use crate::dataset::Source;
use crate::dataset::memory::parse_size;
use crate::dataset::places::at_home;
use crate::depth::{self, OwnRules, Rule};
use crate::entropy::Estimator;
use crate::network::{Architecture, Width};
use crate::training::Recipe;
use crate::training::device::Precision;

/// Largest factor on the baseline's widths.
const MAX_WIDTH: f64 = 100.0;
/// Most pixels of a side to which images are resized.
pub(super) const MAX_SIDE: usize = 4096;

/// Every setting of a run, resolved; the table `settings` of `run.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", remote = "Self")]
pub struct Settings {
    /// The dataset as a user names it.
    pub dataset: String,
    /// Where a named dataset lies, if not in the usual places.
    pub data_dir: Option<PathBuf>,
    /// Folders in which named datasets are looked for beside the usual places.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data_dirs: Vec<PathBuf>,
    /// Height and width to which the images of a folder are resized.
    pub resize: Option<[usize; 2]>,
    /// The label column of a Hugging Face copy, where another is meant than the one that says so.
    pub label: Option<String>,
    /// The split to test with of a Hugging Face copy or an `.npz` file, if it is not `test`.
    pub split_test: Option<String>,
    /// Whether STL-10's unlabelled images are profiled in place of its training images: never in a
    /// run, since they cannot be trained on.
    #[serde(skip)]
    pub unlabelled: bool,
    /// How the app draws sample images: nothing that a run depends on.
    #[serde(skip)]
    pub images: Images,
    /// Folder in which profiles are kept for the next look at the same files; none where none is kept.
    #[serde(skip)]
    pub cache: Option<PathBuf>,
    /// Number of training images to keep.
    pub limit: Option<usize>,
    /// Most bytes of memory that reading the dataset may take: nothing that a run depends on.
    #[serde(skip)]
    pub max_memory: Option<u64>,
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
    /// Non-inferiority margin, a fraction of accuracy.
    pub margin: f64,
    /// Folder below which runs are made.
    pub out: PathBuf,
    /// What of the recipe nobody gave: the images decide it, see [`Settings::fitted`].
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

/// The reading stands there by its name; what one of the user's own means, in `readings`.
impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut read = Self::deserialize(deserializer)?;
        read.reading = read.readings.defined(read.reading);
        Ok(read)
    }
}

impl Settings {
    /// Resolves layers, the first of which wins, over [`Preset::Default`].
    ///
    /// # Errors
    /// [`Error::Setting`] with one sentence on the first setting that cannot be used.
    pub fn resolve(layers: &[Layer]) -> Result<Self, Error> {
        let mut merged = Preset::Default.layer().to_table()?;
        for layer in layers.iter().rev() {
            merged.extend(layer.to_table()?);
        }
        let layer: Layer = merged
            .try_into()
            .map_err(|error: toml::de::Error| Error::Setting(error.message().to_owned()))?;

        let automatic = Automatic::of(&layer);
        let dataset: Source = parsed(layer.dataset, "dataset")?;
        if layer.limit == Some(0) {
            return complain("limit 0 leaves no training image: use at least 1");
        }
        if layer.depth == Some(0) {
            return complain("depth 0 leaves no convolution: use at least 1");
        }
        if let Some(factor) = layer.width_factor
            && !(factor > 0.0 && factor <= MAX_WIDTH)
        {
            return complain(format!(
                "width-factor must be above 0 and at most {MAX_WIDTH} (2 doubles the baseline's widths), not {factor}"
            ));
        }
        if layer.resize.is_some_and(|sides| sides.contains(&0)) {
            return complain("resize needs a height and a width of at least 1 pixel");
        }
        if let Some(side) = layer.resize.into_iter().flatten().max()
            && side > MAX_SIDE
        {
            return complain(format!(
                "resize makes images of {side} pixels a side: use at most {MAX_SIDE}"
            ));
        }
        let data_dirs = layer.data_dirs.unwrap_or_default();
        let data_dirs: Vec<PathBuf> = data_dirs.iter().map(|folder| at_home(folder)).collect();
        check_folders(&data_dirs)?;
        if layer.label.as_deref() == Some("") {
            return complain("label names no column");
        }
        if layer.split_test.as_deref() == Some("") {
            return complain("split-test names no split");
        }
        if layer.lossless_images == Some(0) {
            return complain("lossless-images 0 leaves no image to code: use at least 1");
        }
        let margin = given(layer.margin, "margin")?;
        if !(margin > 0.0 && margin < 1.0) {
            return complain(format!(
                "margin must lie between 0 and 1 (0.01 is one percentage point of accuracy), not {margin}"
            ));
        }
        let device = given(layer.device, "device")?;
        check_device(&device)?;
        let mut recipe = Recipe {
            epochs: layer.epochs.unwrap_or_default(),
            batch_size: layer.batch_size.unwrap_or_default(),
            learning_rate: layer.learning_rate.unwrap_or_default(),
            warmup_epochs: layer.warmup_epochs.unwrap_or_default(),
            momentum: given(layer.momentum, "momentum")?,
            weight_decay: given(layer.weight_decay, "weight-decay")?,
            augment: given(layer.augment, "augment")?,
            crop_padding: layer.crop_padding.unwrap_or_default(),
            mirror: parsed(layer.mirror, "mirror")?,
            seeds: given(layer.seeds, "seeds")?,
        };
        let (images, shape) = USUAL;
        automatic.fit(&mut recipe, images, shape);
        recipe.check(usize::MAX).map_err(setting)?;

        // Those of the first layer that has some, which a table would have lost their places of.
        let readings = layers.iter().find_map(|layer| layer.readings.clone());
        let readings = OwnRules::try_from(readings.unwrap_or_default()).map_err(setting)?;
        Ok(Self {
            dataset: dataset.to_string(),
            data_dir: layer.data_dir.as_deref().map(at_home),
            data_dirs,
            resize: layer.resize,
            label: layer.label,
            split_test: layer.split_test,
            unlabelled: false,
            images: parsed(layer.images, "images")?,
            cache: None,
            limit: layer.limit,
            max_memory: max_memory(layer.max_memory.as_deref())?,
            architecture: parsed(layer.architecture, "architecture")?,
            reading: rule(&given(layer.reading, "reading")?, &readings)?,
            readings,
            estimator: parsed(layer.estimator, "estimator")?,
            lossless_images: layer.lossless_images,
            depth: layer.depth,
            width: parsed(layer.width, "width")?,
            width_factor: layer.width_factor,
            device,
            precision: parsed(layer.precision, "precision")?,
            margin,
            out: at_home(&given(layer.out, "out")?),
            automatic,
            recipe,
        })
    }
}

impl From<&Settings> for Layer {
    /// The layer that resolves to these settings.
    fn from(settings: &Settings) -> Self {
        let recipe = settings.recipe.clone();
        let automatic = settings.automatic;
        Self {
            dataset: Some(settings.dataset.clone()),
            data_dir: settings.data_dir.clone(),
            data_dirs: Some(settings.data_dirs.clone()).filter(|folders| !folders.is_empty()),
            resize: settings.resize,
            label: settings.label.clone(),
            split_test: settings.split_test.clone(),
            limit: settings.limit,
            max_memory: None,
            architecture: Some(settings.architecture.to_string()),
            reading: Some(settings.reading.to_string()),
            readings: Some(settings.readings.definitions().clone())
                .filter(|readings| !readings.is_empty()),
            estimator: Some(settings.estimator.to_string()),
            lossless_images: settings.lossless_images,
            depth: settings.depth,
            width: Some(settings.width.to_string()),
            width_factor: settings.width_factor,
            device: Some(settings.device.clone()),
            precision: Some(settings.precision.to_string()),
            margin: Some(settings.margin),
            out: Some(settings.out.clone()),
            epochs: Some(recipe.epochs).filter(|_| !automatic.epochs),
            batch_size: Some(recipe.batch_size).filter(|_| !automatic.batch_size),
            learning_rate: Some(recipe.learning_rate).filter(|_| !automatic.learning_rate),
            warmup_epochs: Some(recipe.warmup_epochs).filter(|_| !automatic.warmup_epochs),
            momentum: Some(recipe.momentum),
            weight_decay: Some(recipe.weight_decay),
            augment: Some(recipe.augment),
            crop_padding: Some(recipe.crop_padding).filter(|_| !automatic.crop_padding),
            mirror: Some(recipe.mirror.to_string()),
            seeds: Some(recipe.seeds),
            images: None,
        }
    }
}

/// The rule `name`, built in or the user's own.
fn rule(name: &str, own: &OwnRules) -> Result<Rule, Error> {
    if let Some(rule) = own.rule(name) {
        return Ok(rule);
    }
    name.parse().map_err(|error: depth::Error| {
        let known = own.rules();
        let known = known.iter().map(|rule| format!(", {rule}"));
        setting(depth::Error {
            known: error.known + &known.collect::<String>(),
            ..error
        })
    })
}

pub(super) fn complain<T>(sentence: impl Into<String>) -> Result<T, Error> {
    Err(Error::Setting(sentence.into()))
}

fn setting(error: impl std::fmt::Display) -> Error {
    Error::Setting(error.to_string())
}

fn given<T>(value: Option<T>, key: &str) -> Result<T, Error> {
    value.ok_or_else(|| Error::Setting(format!("{key} is not set")))
}

fn parsed<T>(value: Option<String>, key: &str) -> Result<T, Error>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    given(value, key)?.parse().map_err(setting)
}

fn check_folders(data_dirs: &[PathBuf]) -> Result<(), Error> {
    for folder in data_dirs {
        if folder.as_os_str().is_empty() {
            return complain("data-dirs holds an empty path: write folders");
        }
        if folder.is_file() {
            return complain(format!(
                "data-dirs holds {}, which is a file: write the folder it lies in",
                folder.display()
            ));
        }
    }
    Ok(())
}

fn max_memory(size: Option<&str>) -> Result<Option<u64>, Error> {
    size.map(parse_size)
        .transpose()
        .map_err(|problem| Error::Setting(format!("max-memory: {problem}")))
}

/// Checks the form of a device's name; whether there is such a device is asked when it is opened.
fn check_device(name: &str) -> Result<(), Error> {
    let known = matches!(name, "auto" | "cpu" | "cuda")
        || name
            .strip_prefix("cuda:")
            .is_some_and(|number| number.parse::<usize>().is_ok());
    if known {
        return Ok(());
    }
    Err(setting(crate::training::TrainingError::UnknownDevice {
        name: name.to_owned(),
    }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    fn complaint(layer: Layer) -> String {
        Settings::resolve(&[layer]).unwrap_err().to_string()
    }

    #[test]
    fn both_presets_resolve() {
        let default = Settings::resolve(&[]).unwrap();
        assert_eq!(default.architecture.to_string(), "resnet-50");
        assert_eq!(default.recipe.seeds, [1]);
        let quick = Settings::resolve(&[Preset::Quick.layer()]).unwrap();
        assert_eq!(quick.dataset, "glyphs");
        assert!(quick.recipe.epochs < default.recipe.epochs);
        assert_eq!(quick.margin.to_bits(), default.margin.to_bits());
    }

    #[test]
    fn the_default_file_names_every_key() {
        for key in Layer::keys() {
            assert!(
                Preset::Default.text().lines().any(|line| line
                    .trim_start_matches("# ")
                    .starts_with(&format!("{key} = "))),
                "{key} is missing from configs/default.toml"
            );
        }
    }

    #[test]
    fn a_layer_of_settings_resolves_to_them() {
        let layer = Layer {
            resize: Some([8, 9]),
            limit: Some(700),
            depth: Some(9),
            width_factor: Some(1.5),
            data_dir: Some("/data".into()),
            data_dirs: Some(vec!["/more".into(), "~/most".into()]),
            label: Some("fine_label".to_owned()),
            split_test: Some("val".to_owned()),
            mirror: Some("on".to_owned()),
            momentum: Some(0.5),
            ..Preset::Quick.layer()
        };
        let settings = Settings::resolve(&[layer]).unwrap();
        let again = Settings::resolve(&[Layer::from(&settings)]).unwrap();
        assert_eq!(again, settings);
    }

    #[test]
    fn the_first_layer_wins() {
        let option = Layer {
            epochs: Some(2),
            ..Layer::default()
        };
        let file = Layer {
            epochs: Some(3),
            batch_size: Some(17),
            ..Layer::default()
        };
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
            ("mirror = 'left'", "mirror is auto, on or off"),
            ("epochs = 0", "epochs must be at least 1"),
            ("seeds = []", "at least one seed"),
            ("seeds = [3, 3]", "seed 3 is given twice"),
        ]
        .map(|(text, expected)| (toml::from_str::<Layer>(text).unwrap(), expected));
        let too_large = Layer {
            seeds: Some(vec![u64::MAX]),
            ..Layer::default()
        };
        let cases = cases
            .into_iter()
            .chain([(too_large, "is too large: use at most")]);
        for (layer, expected) in cases {
            let said = complaint(layer);
            assert!(said.contains(expected), "{said:?} lacks {expected:?}");
        }
    }
}
