//! Settings from environment variables.

use std::ffi::OsString;

use toml::{Table, Value};

use super::{Kind, Layer, Setting, all};
use crate::evidence::{Margin, MarginError};
use crate::run::{Error, parse_seeds};

/// Variables that are no settings.
const OTHERS: [&str; 3] = ["EBCLE_DATASETS", "EBCLE_LOG", "EBCLE_NO_CACHE"];
/// Most edits by which an unknown variable is taken for a misspelt one.
const MAX_EDITS: usize = 2;

impl Layer {
    /// The settings of the environment variables `EBCLE_…` (`EBCLE_BATCH_SIZE` for `batch-size`).
    ///
    /// An empty variable counts as not set. Pairs are written `32x32`, seeds as in [`parse_seeds`],
    /// folders as in `PATH`, transforms between
    /// blanks.
    ///
    /// # Errors
    /// [`Error::Setting`] naming the variable that cannot be read or is misspelt.
    pub fn environment() -> Result<Self, Error> {
        Self::from_variables(std::env::vars_os())
    }

    /// The settings of these variables, by name.
    ///
    /// # Errors
    /// [`Error::Setting`] naming the variable that cannot be read or is misspelt. The name of a reading is not
    /// looked at, since it may be one of the user's own that a config file defines.
    pub fn from_variables(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, Error> {
        let mut layer = Self::default();
        for (name, text) in variables {
            let Some(name) = name.to_str().filter(|name| name.starts_with("EBCLE_")) else {
                continue;
            };
            if text.is_empty() {
                continue;
            }
            let named = |problem: String| Error::Setting(format!("{name}: {problem}"));
            let Some(setting) = all().find(|setting| setting.variable() == name) else {
                check_spelling(name)?;
                continue;
            };
            let text = text
                .into_string()
                .map_err(|_| named("its value is not valid UTF-8".to_owned()))?;
            let value = setting
                .kind
                .parse(&text)
                .and_then(|value| setting.kind.accept(&value));
            layer.set(setting, value.map_err(named)?);
        }
        match layer.clone().without("reading").wrong() {
            Some((setting, error)) => {
                let named = format!("{}: {error}", setting.variable());
                Err(Error::Setting(named))
            }
            None => Ok(layer),
        }
    }
}

/// An error where a variable that is none of ours is spelt nearly as one.
fn check_spelling(name: &str) -> Result<(), Error> {
    let known = all().map(Setting::variable);
    let known = known.chain(OTHERS.map(str::to_owned));
    let nearest = known
        .map(|known| (strsim::damerau_levenshtein(name, &known), known))
        .min();
    match nearest {
        Some((edits, known)) if (1..=MAX_EDITS).contains(&edits) => Err(Error::Setting(format!(
            "{name} is not a setting: did you mean {known}?"
        ))),
        _ => Ok(()),
    }
}

impl Kind {
    /// Reads a value as an environment variable writes it.
    ///
    /// # Errors
    /// What it is in place of such a value.
    pub fn parse(self, text: &str) -> Result<Value, String> {
        let whole = |text: &str| {
            text.trim()
                .parse::<u32>()
                .map(|number| Value::Integer(number.into()))
                .map_err(|_| format!("'{text}' is not a whole number"))
        };
        match self {
            Self::Text | Self::Choice(_) | Self::Path => Ok(Value::String(text.to_owned())),
            Self::Whole(_) => whole(text),
            Self::Number => text
                .trim()
                .parse()
                .map(Value::Float)
                .map_err(|_| format!("'{text}' is not a number")),
            Self::Share => text
                .parse()
                .map_err(|error: MarginError| error.to_string())
                .and_then(|margin: Margin| {
                    Value::try_from(margin).map_err(|error| error.to_string())
                }),
            Self::Truth => text
                .trim()
                .parse()
                .map(Value::Boolean)
                .map_err(|_| format!("'{text}' is neither true nor false")),
            Self::Sides => {
                let sides: Vec<Value> = text
                    .split(['x', ','])
                    .map(whole)
                    .collect::<Result<_, _>>()?;
                if sides.len() == 2 {
                    Ok(Value::Array(sides))
                } else {
                    Err(format!(
                        "'{text}' is not a height and a width such as 32x32"
                    ))
                }
            }
            Self::Transforms => {
                let words = text.split_whitespace().map(Value::from);
                Ok(Value::Array(words.collect()))
            }
            Self::Paths => std::env::split_paths(text)
                .map(|path| path.into_os_string().into_string().map(Value::String))
                .collect::<Result<_, _>>()
                .map(Value::Array)
                .map_err(|path| format!("'{}' is not valid UTF-8", path.display())),
            Self::Readings => toml::from_str::<Table>(&format!("table = {text}"))
                .ok()
                .and_then(|mut table| table.remove("table"))
                .ok_or_else(|| format!("'{text}' is not a table such as {{ key = \"value\" }}")),
            Self::Seeds | Self::Counts => parse_seeds(text)
                .map_err(|error| error.to_string())?
                .into_iter()
                .map(seed_value)
                .collect::<Result<_, _>>()
                .map(Value::Array),
        }
    }
}

/// A seed as TOML can hold it.
pub(super) fn seed_value(seed: u64) -> Result<Value, String> {
    i64::try_from(seed)
        .map(Value::Integer)
        .map_err(|_| format!("seed {seed} is too large: use at most {}", i64::MAX))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Result<Layer, Error> {
        Layer::from_variables(
            variables
                .iter()
                .map(|(name, value)| (name.into(), value.into())),
        )
    }

    #[test]
    fn every_kind_of_variable_is_read() {
        let layer = environment(&[
            ("EBCLE_DATASET", "mnist"),
            ("EBCLE_BATCH_SIZE", "64"),
            ("EBCLE_LEARNING_RATE", "0.2"),
            ("EBCLE_AUGMENT", "false"),
            ("EBCLE_MIRROR", "off"),
            ("EBCLE_RESIZE", "32x48"),
            ("EBCLE_SEEDS", "1..3,9"),
            ("EBCLE_OUT", "/tmp/runs"),
            ("EBCLE_DATA_DIRS", "/a:~/b c"),
            ("EBCLE_EPOCHS", ""),
            (
                "EBCLE_READINGS",
                "{ mine = { expression = \"S_mean\", unit = \"blocks\" } }",
            ),
        ])
        .unwrap();
        let expected = "dataset = 'mnist'\nbatch-size = 64\nlearning-rate = 0.2\naugment = false\nmirror = 'off'\nresize = [32, 48]\nseeds = [1, 2, 3, 9]\nout = '/tmp/runs'\ndata-dirs = ['/a', '~/b c']\n[readings.mine]\nexpression = 'S_mean'\nunit = 'blocks'";
        let expected: Layer = toml::from_str(expected).unwrap();
        assert_eq!(layer, expected);
    }

    #[test]
    fn a_variable_that_cannot_be_read_is_named() {
        for (variable, value) in [
            ("EBCLE_EPOCHS", "many"),
            ("EBCLE_EPOCHS", "0"),
            ("EBCLE_MARGIN", "wide"),
            ("EBCLE_AUGMENT", "yes"),
            ("EBCLE_RESIZE", "32"),
            ("EBCLE_SEEDS", "1,1"),
            ("EBCLE_ARCHITECTURE", "resnet-21"),
            ("EBCLE_READINGS", "mine"),
        ] {
            let said = environment(&[(variable, value)]).unwrap_err().to_string();
            assert!(said.starts_with(&format!("{variable}: ")), "{said}");
        }
    }

    #[test]
    fn a_misspelt_variable_is_named_with_the_one_that_is_meant() {
        let said = |name| environment(&[(name, "5")]).unwrap_err().to_string();
        assert_eq!(
            said("EBCLE_BACTH_SIZE"),
            "EBCLE_BACTH_SIZE is not a setting: did you mean EBCLE_BATCH_SIZE?"
        );
        assert!(said("EBCLE_NOCACHE").contains("did you mean EBCLE_NO_CACHE?"));
        for other in ["EBCLE_LOG", "EBCLE_TORCH_PYTHON", "EBCLE_FLIPS", "PATH"] {
            assert!(environment(&[(other, "5")]).unwrap().is_empty(), "{other}");
        }
    }
}
