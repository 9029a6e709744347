//! What the process that began a grid was given beside the grid's file, kept so that another one continues it with the same.

use std::collections::BTreeMap;
use std::path::{Path, absolute};

use serde::{Deserialize, Serialize};

use crate::dataset::Source;
use crate::run::{Error, Layer, file};

/// Its file in the grid's folder.
const GIVEN: &str = "given.toml";
const HEAD: &str = "\
# What the process that began this grid was given beside grid.toml: the app continues the grid with the same.
";

/// What was given beside a grid's file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Given {
    /// Settings that win over those of the grid's file: options and environment.
    pub above: Layer,
    /// Settings that lose against them: a config file.
    pub below: Layer,
    /// Names of datasets with where they are read from.
    pub places: BTreeMap<String, String>,
}

impl Given {
    /// What these layers, of which the first win, and places say; with absolute paths, and without the folder of runs, which
    /// the grid's own place says.
    pub(super) fn of(above: &[Layer], below: &[Layer], places: &[(String, String)]) -> Self {
        let merged = |layers: &[Layer]| {
            let mut merged = Layer::default();
            for layer in layers.iter().rev() {
                merged.extend(layer);
            }
            merged.without("out")
        };
        let whole = |path: &Path| absolute(path).unwrap_or_else(|_| path.to_owned());
        let place = |(name, dataset): &(String, String)| {
            let source = dataset.parse::<Source>();
            let dataset = source.map_or_else(
                |_| dataset.clone(),
                |source| source.with_path(|path| whole(path)).to_string(),
            );
            (name.clone(), dataset)
        };
        let mut above = merged(above);
        if let Some(folder) = above.text("data-dir").map(|text| whole(Path::new(text)))
            && let Ok(with) = above.clone().with_path("data-dir", Some(&folder))
        {
            above = with;
        }
        Self {
            above,
            below: merged(below),
            places: places.iter().map(place).collect(),
        }
    }

    /// Reads what is kept in the folder of a grid; none where nothing is.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Config`] with line and column.
    pub fn read(folder: &Path) -> Result<Option<Self>, Error> {
        file::read_toml_if_present(&folder.join(GIVEN), "record of what a grid was given")
    }

    /// Keeps it in the folder of a grid; no file where nothing was given.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), Error> {
        let path = folder.join(GIVEN);
        if *self == Self::default() {
            return file::remove_if_present(&path).map(drop);
        }
        let text =
            toml::to_string(self).map_err(|error| Error::malformed(&path, error.to_string()))?;
        file::write_whole(&path, format!("{HEAD}{text}").as_bytes())
    }

    /// The places, as [`Design::new`](super::Design::new) takes them.
    #[must_use]
    pub fn places(&self) -> Vec<(String, String)> {
        self.places.clone().into_iter().collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_is_kept_with_whole_paths() {
        let options = Layer::default()
            .with("device", "cpu")
            .with("out", "r")
            .with("data-dir", "d");
        let variables = Layer::default().with("device", "cuda").with("epochs", 3);
        let config = Layer::default().with("epochs", 9).with("seeds", vec![1, 2]);
        let places = [("cifar10".to_owned(), "folder:c10".to_owned())];
        let given = Given::of(&[options, variables], &[config], &places);
        assert_eq!(given.above.text("device"), Some("cpu"));
        assert_eq!(given.above.whole("epochs"), Some(3));
        assert_eq!(given.above.get("out"), None);
        let here = std::env::current_dir().unwrap();
        assert_eq!(given.above.text("data-dir"), here.join("d").to_str());
        let c10 = format!("folder:{}", here.join("c10").display());
        assert_eq!(given.places(), [("cifar10".to_owned(), c10)]);

        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Given::read(folder.path()).unwrap(), None);
        given.write(folder.path()).unwrap();
        assert_eq!(Given::read(folder.path()).unwrap().as_ref(), Some(&given));
        Given::default().write(folder.path()).unwrap();
        assert_eq!(Given::read(folder.path()).unwrap(), None);
    }
}
