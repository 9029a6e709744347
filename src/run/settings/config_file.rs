//! A config file, read with the line and column of what is wrong in it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use toml::de::DeTable;
use toml::{Spanned, Table, Value};

use super::registry::one_line;
use super::{Layer, all, find};
use crate::depth::{Definition, OwnRule, Unit};
use crate::run::{Error, file};

/// The table of a config file that is no setting of a run: what Slurm is asked for.
const SLURM: &str = "slurm";

impl Layer {
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
        let values: Table = toml::from_str(text).map_err(|error| located(&error))?;
        let mut layer = Self::default();
        let mut places = BTreeMap::new();
        for (key, value) in keys.get_ref() {
            let name: &str = key.get_ref();
            if name == SLURM {
                continue;
            }
            let Some(setting) = find(name) else {
                return Err((key.span().start, unknown_key(name)));
            };
            places.insert(setting.key, value.span().start);
            let value = if name == "readings" {
                parse_readings(text, path)?
            } else {
                let accepted = setting.kind.accept(&values[name]);
                accepted.map_err(|problem| (value.span().start, format!("{name}: {problem}")))?
            };
            layer.set(setting, value);
        }
        match layer.wrong() {
            Some((setting, error)) => Err((places[setting.key], error.to_string())),
            None => Ok(layer),
        }
    }
}

/// Reads the tables `[readings.NAME]` of a config file's text, each with its place, so that what goes
/// wrong with it later can say where it is.
fn parse_readings(text: &str, path: &Path) -> Result<Value, (usize, String)> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Placed {
        expression: Spanned<String>,
        unit: Unit,
    }
    #[derive(Deserialize)]
    struct Alone {
        readings: BTreeMap<String, Placed>,
    }

    let Alone { readings } = toml::from_str(text).map_err(|error| located(&error))?;
    let define = |(name, placed): (String, Placed)| {
        let start = placed.expression.span().start;
        let definition = Definition {
            expression: placed.expression.into_inner(),
            unit: placed.unit,
            place: None,
        };
        let wrong = |problem: String| (start, problem);
        OwnRule::define(&name, &definition).map_err(|error| wrong(error.to_string()))?;
        let place = format!("{}:{}", path.display(), position(text, start).0);
        let mut table = Table::try_from(&definition).map_err(|error| wrong(error.to_string()))?;
        table.insert("place".to_owned(), place.into());
        Ok((name, Value::Table(table)))
    };
    let tables: Result<Table, _> = readings.into_iter().map(define).collect();
    tables.map(Value::Table)
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
    (offset, one_line(error.message()))
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

/// The sentence on a key that no setting has.
pub(super) fn unknown_key(name: &str) -> String {
    let keys: Vec<&str> = all().map(|setting| setting.key).collect();
    let nearest = keys
        .iter()
        .map(|key| (strsim::levenshtein(name, key), key))
        .min()
        .filter(|(edits, key)| *edits <= key.len() / 2);
    let hint = nearest.map_or_else(String::new, |(_, key)| format!("did you mean '{key}'? "));
    format!(
        "unknown key '{name}': {hint}the keys are {}",
        keys.join(", ")
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use crate::run::Settings;

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
        let expected = Layer::default()
            .with("mirror", "on")
            .with("epochs", 5)
            .with("learning-rate", 1.0)
            .with("seeds", vec![1, 2]);
        assert_eq!(layer, expected);
        let range = read("seeds = '1..2'\n").unwrap();
        assert_eq!(range, Layer::default().with("seeds", vec![1, 2]));
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
        assert_eq!(
            problem,
            "epochs: write a whole number such as 8, not \"ten\""
        );
        for (text, expected) in [
            (
                "margin = true",
                "margin: write a number such as 0.01 or a percentage",
            ),
            (
                "learning-rate = 'fast'",
                "write a number such as 0.1, not \"fast\"",
            ),
            ("augment = 1", "augment: write true or false, not 1"),
            ("out = 3", "out: write text in quotes, not 3"),
            (
                "resize = [32]",
                "write a height and a width such as [32, 32], not [32]",
            ),
            (
                "data-dirs = '/data'",
                "write a list of folders such as [\"/data\"]",
            ),
            (
                "seeds = 3",
                "seeds: write a list of seeds such as [1, 2, 3] or a range",
            ),
            ("seeds = '1..x'", "neither a whole number nor a range"),
            (
                "epochs = -1",
                "epochs: write a whole number such as 8, not -1",
            ),
        ] {
            let (_, _, problem) = complaint(text);
            assert!(problem.contains(expected), "{text}: {problem}");
            assert!(!problem.contains("invalid"), "{text}: {problem}");
        }
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
}
