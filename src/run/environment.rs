//! Settings from environment variables.

use std::ffi::OsString;

use toml::{Table, Value};

use super::layer::{from_table, toml_seed};
use super::{Error, Layer, Settings, parse_seeds};

impl Layer {
    /// The environment variable of a key: `EBCLE_BATCH_SIZE` for `batch-size`.
    #[must_use]
    pub fn variable(key: &str) -> String {
        format!("EBCLE_{}", key.replace('-', "_").to_uppercase())
    }

    /// The settings of the environment variables `EBCLE_…` (`EBCLE_BATCH_SIZE` for `batch-size`).
    ///
    /// An empty variable counts as not set. Pairs are written `32x32`, seeds as in [`parse_seeds`],
    /// folders as in `PATH`.
    ///
    /// # Errors
    /// [`Error::Setting`] naming the variable that cannot be read.
    pub fn environment() -> Result<Self, Error> {
        Self::from_variables(|name| std::env::var_os(name))
    }

    /// The settings of variables that are looked up by name.
    ///
    /// # Errors
    /// [`Error::Setting`] naming the variable that cannot be read. The name of a reading is not
    /// looked at, since it may be one of the user's own that a config file defines.
    pub fn from_variables(look_up: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let mut table = Table::new();
        for &key in Self::keys() {
            let variable = Self::variable(key);
            let named = |problem: String| Error::Setting(format!("{variable}: {problem}"));
            let Some(text) = look_up(&variable).filter(|text| !text.is_empty()) else {
                continue;
            };
            let text = text
                .into_string()
                .map_err(|_| named("its value is not valid UTF-8".to_owned()))?;
            let value = Kind::of(key).parse(&text).map_err(named)?;
            let alone = from_table(Table::from_iter([(key.to_owned(), value.clone())]))
                .map_err(|error| named(error.to_string()))?;
            if key != "reading" {
                Settings::resolve(&[alone]).map_err(|error| named(error.to_string()))?;
            }
            table.insert(key.to_owned(), value);
        }
        from_table(table)
    }
}

/// What a key's value is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Whole,
    Number,
    Truth,
    Pair,
    Paths,
    Seeds,
    Table,
}

impl Kind {
    /// Finds out by asking which values the key takes.
    fn of(key: &str) -> Self {
        let takes = |value: Value| from_table(Table::from_iter([(key.to_owned(), value)])).is_ok();
        let list = |length| Value::Array(vec![Value::Integer(1); length]);
        if takes(Value::String("x".to_owned())) {
            Self::Text
        } else if takes(Value::Boolean(true)) {
            Self::Truth
        } else if takes(Value::Float(0.5)) {
            Self::Number
        } else if takes(list(1)) {
            Self::Seeds
        } else if takes(Value::Array(vec![Value::String("x".to_owned())])) {
            Self::Paths
        } else if takes(Value::Table(Table::new())) {
            Self::Table
        } else if takes(list(2)) {
            Self::Pair
        } else {
            Self::Whole
        }
    }

    fn parse(self, text: &str) -> Result<Value, String> {
        let whole = |text: &str| {
            text.trim()
                .parse::<u32>()
                .map(|number| Value::Integer(number.into()))
                .map_err(|_| format!("'{text}' is not a whole number"))
        };
        match self {
            Self::Text => Ok(Value::String(text.to_owned())),
            Self::Whole => whole(text),
            Self::Number => text
                .trim()
                .parse()
                .map(Value::Float)
                .map_err(|_| format!("'{text}' is not a number")),
            Self::Truth => text
                .trim()
                .parse()
                .map(Value::Boolean)
                .map_err(|_| format!("'{text}' is neither true nor false")),
            Self::Pair => {
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
            Self::Paths => std::env::split_paths(text)
                .map(|path| path.into_os_string().into_string().map(Value::String))
                .collect::<Result<_, _>>()
                .map(Value::Array)
                .map_err(|path| format!("'{}' is not valid UTF-8", path.display())),
            Self::Table => toml::from_str::<Table>(&format!("table = {text}"))
                .ok()
                .and_then(|mut table| table.remove("table"))
                .ok_or_else(|| format!("'{text}' is not a table such as {{ key = \"value\" }}")),
            Self::Seeds => parse_seeds(text)
                .map_err(|error| error.to_string())?
                .into_iter()
                .map(toml_seed)
                .collect::<Result<_, _>>()
                .map(Value::Array),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Result<Layer, Error> {
        Layer::from_variables(|name| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.into())
        })
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
        let expected = Layer {
            dataset: Some("mnist".to_owned()),
            batch_size: Some(64),
            learning_rate: Some(0.2),
            augment: Some(false),
            mirror: Some("off".to_owned()),
            resize: Some([32, 48]),
            seeds: Some(vec![1, 2, 3, 9]),
            out: Some("/tmp/runs".into()),
            data_dirs: Some(vec!["/a".into(), "~/b c".into()]),
            readings: Some(std::collections::BTreeMap::from([(
                "mine".to_owned(),
                crate::depth::Definition {
                    expression: "S_mean".to_owned(),
                    unit: crate::depth::Unit::Blocks,
                    place: None,
                },
            )])),
            ..Layer::default()
        };
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
}
