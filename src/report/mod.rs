//! What is shown to others? A run as files: one file here per format, plots in [`plots`].

mod csv;
mod error;
pub mod format;
mod json;
mod markdown;
pub mod plots;

use std::path::{Path, PathBuf};

pub use error::Error;

use crate::run::RunData;

/// A format in which a run can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// One JSON document: settings, profile, plan, metrics, summary.
    Json,
    /// The metrics, a row per seed, network and epoch.
    Csv,
    /// A page to read, with its plots as SVG beside it.
    Markdown,
    /// The plots as SVG.
    Svg,
    /// The plots as PNG.
    Png,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 5] = [Self::Json, Self::Csv, Self::Markdown, Self::Svg, Self::Png];

    /// Its name on the command line, which is also its file extension.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Markdown => "md",
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }

    /// What one gets, in a few words.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Json => "everything, one document",
            Self::Csv => "metrics, a row per epoch",
            Self::Markdown => "a page to read, with plots",
            Self::Svg => "plots as vector graphics",
            Self::Png => "plots as pictures",
        }
    }
}

impl std::str::FromStr for Format {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == text)
            .ok_or_else(|| Error::UnknownFormat {
                name: text.to_owned(),
                known: Self::ALL.map(Self::name).join(", "),
            })
    }
}

/// Writes a run in one format into the folder `out`, which is made if need be, and names the files written.
///
/// # Errors
/// [`Error`] where a file cannot be written or a plot cannot be drawn.
pub fn export(run: &RunData, format: Format, out: &Path) -> Result<Vec<PathBuf>, Error> {
    let _ = (run, format, out);
    todo!()
}
