//! Settings of one origin: a config file, the environment, the command line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::{DeserializeOwned, Visitor, value};
use serde::{Deserialize, Deserializer, Serialize, forward_to_deserialize_any};
use toml::de::DeTable;
use toml::{Spanned, Table, Value};

use super::settings::MAX_SIDE;
use super::{Error, Settings, file};
use crate::depth::{Definition, OwnRule, Unit};
use crate::training::Mirror;

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
    /// Folders in which named datasets are looked for beside the usual places.
    pub data_dirs: Option<Vec<PathBuf>>,
    /// Height and width to which the images of a folder are resized.
    pub resize: Option<[usize; 2]>,
    /// The label column of a Hugging Face copy.
    pub label: Option<String>,
    /// The split to test with.
    pub split_test: Option<String>,
    /// Number of training images to keep.
    pub limit: Option<usize>,
    /// Most memory that reading a dataset may take, such as `4G`.
    pub max_memory: Option<String>,
    /// The architecture, such as `resnet-50`.
    pub architecture: Option<String>,
    /// The reading.
    pub reading: Option<String>,
    /// Readings of the user's own, by name.
    pub readings: Option<BTreeMap<String, Definition>>,
    /// How entropies are estimated.
    pub estimator: Option<String>,
    /// Images of the sample that the reading `lossless` is measured on.
    pub lossless_images: Option<usize>,
    /// Convolutions of the capped network, in place of the reading's cap.
    pub depth: Option<usize>,
    /// The width policy.
    pub width: Option<String>,
    /// Multiple of the baseline's widths, in place of the width policy.
    pub width_factor: Option<f64>,
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
    /// Whether training images are mirrored: `auto`, `on` or `off`; a truth value counts as the last two.
    #[serde(deserialize_with = "mirror")]
    pub mirror: Option<String>,
    /// Seeds.
    pub seeds: Option<Vec<u64>>,
    /// How the app draws sample images.
    pub images: Option<String>,
}

impl Layer {
    /// The keys of a config file, in the order of the fields.
    #[must_use]
    pub fn keys() -> &'static [&'static str] {
        field_names::<Self>()
    }

    /// The given settings by key, as in a config file.
    ///
    /// # Errors
    /// [`Error::Setting`] where TOML cannot hold one: a path that is not UTF-8, a seed above 2^63.
    pub fn to_table(&self) -> Result<Table, Error> {
        for &seed in self.seeds.iter().flatten() {
            toml_seed(seed).map_err(Error::Setting)?;
        }
        if let Some((key, number)) = self.too_large() {
            let most = if key == "resize" {
                MAX_SIDE as u64
            } else {
                i64::MAX as u64
            };
            return Err(Error::Setting(format!(
                "{key} {number} is too large: use at most {most}"
            )));
        }
        Table::try_from(self).map_err(|error| {
            Error::Setting(format!(
                "a setting cannot be kept in a config file: {error}"
            ))
        })
    }

    /// A setting with a number that TOML cannot hold, and the number.
    fn too_large(&self) -> Option<(String, u64)> {
        let settings = serde_json::to_value(self).ok()?;
        settings.as_object()?.iter().find_map(|(key, value)| {
            let numbers = value
                .as_array()
                .map_or(std::slice::from_ref(value), Vec::as_slice);
            let mut numbers = numbers.iter().filter_map(serde_json::Value::as_u64);
            let number = numbers.find(|&number| i64::try_from(number).is_err())?;
            Some((key.clone(), number))
        })
    }

    /// Reads a config file.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be read, [`Error::Config`] with line and column where a key is unknown or malformed.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = file::read_text(path)?;
        Self::parse(&text, path).map_err(|(offset, problem)| {
            let (line, column) = position(&text, offset);
            Error::Config {
                path: path.to_owned(),
                line,
                column,
                problem,
            }
        })
    }

    /// Reads a config file's text; an error is a byte offset and a sentence.
    fn parse(text: &str, path: &Path) -> Result<Self, (usize, String)> {
        let keys = DeTable::parse(text).map_err(|error| located(&error))?;
        let readings = parse_readings(text, path);
        for (key, value) in keys.get_ref() {
            let name: &str = key.get_ref();
            if name == "readings" || name == "reading" && readings.is_err() {
                readings.clone()?;
                continue;
            }
            if !Self::keys().contains(&name) {
                return Err((key.span().start, unknown_key(name)));
            }
            let line = &text[key.span().start..value.span().end];
            let alone: Result<Self, _> = toml::from_str(line);
            match alone {
                Err(error) => {
                    return Err((
                        value.span().start,
                        format!("{name}: {}", one_sentence(error.message())),
                    ));
                }
                Ok(layer) => Settings::resolve(&[Self {
                    readings: readings.clone().unwrap_or_default(),
                    ..layer
                }])
                .map_err(|error| (value.span().start, error.to_string()))?,
            };
        }
        let layer = toml::from_str(text).map_err(|error| located(&error))?;
        Ok(Self {
            readings: readings?,
            ..layer
        })
    }
}

/// Readings of the user's own, by name.
type Readings = Option<BTreeMap<String, Definition>>;

/// Reads the tables `[readings.NAME]` of a config file's text, each with its place, so that what goes
/// wrong with it later can say where it stands.
fn parse_readings(text: &str, path: &Path) -> Result<Readings, (usize, String)> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Placed {
        expression: Spanned<String>,
        unit: Unit,
    }
    #[derive(Deserialize)]
    struct Alone {
        readings: Option<BTreeMap<String, Placed>>,
    }

    let Alone { readings } = toml::from_str(text).map_err(|error| located(&error))?;
    let define = |(name, placed): (String, Placed)| {
        let start = placed.expression.span().start;
        let place = format!("{}:{}", path.display(), position(text, start).0);
        let definition = Definition {
            expression: placed.expression.into_inner(),
            unit: placed.unit,
            place: Some(place),
        };
        OwnRule::define(&name, &definition).map_err(|error| (start, error.to_string()))?;
        Ok((name, definition))
    };
    readings
        .map(|readings| readings.into_iter().map(define).collect())
        .transpose()
}

/// An error of TOML in the text of the file `path`, with its line and column.
pub(crate) fn misread(path: &Path, text: &str, error: &toml::de::Error) -> Error {
    let (offset, problem) = located(error);
    let (line, column) = position(text, offset);
    Error::Config {
        path: path.to_owned(),
        line,
        column,
        problem,
    }
}

/// Where a TOML error is, as a byte offset, and what it says.
fn located(error: &toml::de::Error) -> (usize, String) {
    let offset = error.span().map_or(0, |span| span.start);
    (offset, one_sentence(error.message()))
}

/// A seed as TOML can hold it.
pub(super) fn toml_seed(seed: u64) -> Result<Value, String> {
    i64::try_from(seed)
        .map(Value::Integer)
        .map_err(|_| format!("seed {seed} is too large: use at most {}", i64::MAX))
}

pub(super) fn from_table(table: Table) -> Result<Layer, Error> {
    table
        .try_into()
        .map_err(|error: toml::de::Error| Error::Setting(one_sentence(error.message())))
}

/// Line and column, both from 1, the column in characters.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (
        before.matches('\n').count() + 1,
        before[line_start..].chars().count() + 1,
    )
}

fn one_sentence(message: &str) -> String {
    message.lines().collect::<Vec<_>>().join(", ")
}

fn unknown_key(name: &str) -> String {
    let nearest = Layer::keys()
        .iter()
        .map(|key| (edits(name, key), key))
        .min()
        .filter(|(edits, key)| *edits <= key.len() / 2);
    let hint = nearest.map_or_else(String::new, |(_, key)| format!("did you mean '{key}'? "));
    format!(
        "unknown key '{name}': {hint}the keys are {}",
        Layer::keys().join(", ")
    )
}

/// Levenshtein distance: the fewest insertions, deletions and replacements that turn `a` into `b`.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// A setting that is text, or a truth value.
fn mirror<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Truth(bool),
        Text(String),
    }
    let written = Option::<Written>::deserialize(deserializer)?;
    Ok(written.map(|written| match written {
        Written::Truth(mirrored) => Mirror::from(mirrored).to_string(),
        Written::Text(text) => text,
    }))
}

/// The names that serde knows the fields of a struct by.
fn field_names<T: DeserializeOwned>() -> &'static [&'static str] {
    struct Ask<'a>(&'a mut &'static [&'static str]);

    impl<'de> Deserializer<'de> for Ask<'_> {
        type Error = value::Error;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
            Err(serde::de::Error::custom("only asked for its field names"))
        }

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            visitor: V,
        ) -> Result<V::Value, Self::Error> {
            *self.0 = fields;
            self.deserialize_any(visitor)
        }

        forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
            unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }

    let mut names: &'static [&'static str] = &[];
    let _only_its_names = T::deserialize(Ask(&mut names));
    names
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Layer, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("my.toml");
        std::fs::write(&path, text).unwrap();
        Layer::read(&path)
    }

    fn complaint(text: &str) -> (usize, usize, String) {
        match read(text).unwrap_err() {
            Error::Config {
                line,
                column,
                problem,
                ..
            } => (line, column, problem),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_config_file_is_read() {
        let text = "epochs = 5\nlearning-rate = 1\nseeds = [1, 2]\nmirror = true\n";
        let layer = read(text).unwrap();
        let expected = Layer {
            mirror: Some("on".to_owned()),
            epochs: Some(5),
            learning_rate: Some(1.0),
            seeds: Some(vec![1, 2]),
            ..Layer::default()
        };
        assert_eq!(layer, expected);
    }

    #[test]
    fn numbers_that_toml_cannot_hold_are_named() {
        let most = usize::MAX;
        for (layer, expected) in [
            (
                Layer {
                    resize: Some([most, 2]),
                    ..Layer::default()
                },
                "resize 18446744073709551615 is too large: use at most 4096",
            ),
            (
                Layer {
                    epochs: Some(most),
                    ..Layer::default()
                },
                "epochs 18446744073709551615 is too large: use at most 9223372036854775807",
            ),
        ] {
            let said = Settings::resolve(&[layer]).unwrap_err().to_string();
            assert_eq!(said, expected);
        }
    }

    #[test]
    fn an_unknown_key_is_named_with_its_place_and_the_nearest_key() {
        let (line, column, problem) = complaint("epochs = 5\n\n  bach-size = 3\n");
        assert_eq!((line, column), (3, 3));
        assert!(problem.starts_with("unknown key 'bach-size': did you mean 'batch-size'?"));
        let (_, _, problem) = complaint("zzzzzzzzzzzz = 3\n");
        assert!(!problem.contains("did you mean"), "{problem}");
        assert!(problem.contains("the keys are dataset, data-dir"));
    }

    #[test]
    fn a_malformed_value_is_named_with_its_place() {
        let (line, column, problem) = complaint("# mine\nepochs = \"ten\"\n");
        assert_eq!((line, column), (2, 10));
        assert!(problem.contains("epochs"), "{problem}");
        let (line, column, problem) = complaint("epochs = 3\narchitecture = \"resnet-21\"\n");
        assert_eq!((line, column), (2, 16));
        assert!(problem.contains("resnet-20 and resnet-26"), "{problem}");
        let (line, _, problem) = complaint("epochs = 3\nepochs\n");
        assert_eq!(line, 2);
        assert!(!problem.contains('\n') && !problem.is_empty());
        assert_eq!(complaint("epochs = 3\nepochs = 4\n").0, 2);
    }

    #[test]
    fn readings_of_ones_own_are_read_from_tables() {
        let text = "reading = \"layer-mine\"\n\n[readings.layer-mine]\nexpression = \"ceil(S_mean - S_sd)\"\nunit = \"blocks\"\n";
        let layer = read(text).unwrap();
        let settings = Settings::resolve(&[layer]).unwrap();
        assert_eq!(settings.reading.name(), "layer-mine");
        assert_eq!(settings.reading.formula(), "ceil(S_mean - S_sd)");
        assert_eq!(
            settings.readings.rules(),
            std::slice::from_ref(&settings.reading)
        );
        let again = Settings::resolve(&[Layer::from(&settings)]).unwrap();
        assert_eq!(again, settings);
    }

    #[test]
    fn what_is_wrong_with_a_reading_is_named_with_its_place() {
        let own = |name: &str, rest: &str| format!("epochs = 3\n[readings.{name}]\n{rest}\n");
        let unit = "unit = \"blocks\"";
        for (text, place, expected) in [
            (
                own("mine", &format!("{unit}\nexpression = \"ceil(S)\"")),
                (4, 14),
                "unknown statistic 'S'",
            ),
            (
                own("mine", &format!("expression = \"1 +* 2\"\n{unit}")),
                (3, 14),
                "is no expression",
            ),
            (
                own("lossless", &format!("expression = \"2\"\n{unit}")),
                (3, 14),
                "built-in reading",
            ),
            (
                "reading = \"mine\"\n[readings.mine]\nexpression = \"2\"\nunit = \"layers\"\n"
                    .to_owned(),
                (4, 8),
                "layers",
            ),
            (
                own("mine", &format!("expresion = \"2\"\n{unit}")),
                (3, 1),
                "expresion",
            ),
            (
                "reading = \"mine\"\n".to_owned(),
                (1, 11),
                "unknown reading 'mine'",
            ),
        ] {
            let (line, column, problem) = complaint(&text);
            assert_eq!((line, column), place, "{problem}");
            assert!(problem.contains(expected), "{problem}");
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let said = Layer::read(Path::new("no/such.toml")).unwrap_err();
        assert!(said.to_string().starts_with("cannot read no/such.toml"));
    }

    #[test]
    fn edit_distances_are_as_published() {
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("seeds", "seeds"), 0);
    }
}
