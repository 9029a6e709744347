//! The file that describes a grid.

use std::path::Path;

use serde::Deserialize;
use toml::Value;

use super::super::cluster::SlurmTable;
use crate::run::{Error, Layer, file, misread};

/// A grid as a user writes it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GridFile {
    /// The baselines.
    pub architectures: Vec<String>,
    /// The readings; the settings' own where none are named.
    #[serde(default)]
    pub readings: Vec<String>,
    /// Convolutions of capped networks, in place of a reading: a cell for each, beside those of the readings named.
    #[serde(default)]
    pub depths: Vec<usize>,
    /// Transforms of the images, each a list or a text with blanks between: every dataset without a
    /// `transform` of its own is trained under each.
    #[serde(default)]
    pub transforms: Vec<Value>,
    /// Whether the trained networks are probed.
    #[serde(default)]
    pub probe: bool,
    /// Settings of all runs.
    #[serde(default)]
    pub settings: Layer,
    /// The datasets, each with settings of its own, which win over the common ones; with an
    /// architecture of its own it is trained in that alone.
    pub datasets: Vec<Layer>,
    /// Sweeps over depth.
    #[serde(default)]
    pub sweeps: Vec<SweepTable>,
    /// What Slurm is asked for.
    #[serde(default)]
    pub slurm: SlurmTable,
}

/// A sweep over depth as a user writes it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SweepTable {
    /// The dataset.
    pub dataset: String,
    /// The architecture.
    pub architecture: String,
    /// Convolutions of every point; the usual ones where none are named.
    #[serde(default)]
    pub depths: Option<Vec<usize>>,
    /// The wrong cap: a dataset, or a number of convolutions as a text.
    #[serde(default)]
    pub wrong_cap: Option<String>,
    /// Whether `glyphs` brings its variants.
    #[serde(default = "yes")]
    pub variants: bool,
    /// Settings of its runs, which win over the common ones.
    #[serde(default)]
    pub settings: Layer,
}

const fn yes() -> bool {
    true
}

impl GridFile {
    /// Reads a grid's file.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Config`] with line and column.
    pub fn read(path: &Path) -> Result<(Self, String), Error> {
        let text = file::read_text(path)?;
        let grid: Self = toml::from_str(&text).map_err(|error| misread(path, &text, &error))?;
        let empty = |what: &str| {
            Err(Error::Setting(format!(
                "{}: it names no {what}, so there is nothing to train",
                path.display()
            )))
        };
        if grid.architectures.is_empty() {
            return empty("architecture");
        }
        if grid.datasets.is_empty() {
            return empty("dataset");
        }
        grid.slurm.check(&path.display().to_string())?;
        Ok((grid, text))
    }

    /// Whether a cell or a sweep is of this dataset.
    #[must_use]
    pub fn has_dataset(&self, name: &str) -> bool {
        let named = |layer: &Layer| layer.text("dataset") == Some(name);
        self.datasets.iter().any(named) || self.sweeps.iter().any(|sweep| sweep.dataset == name)
    }
}
