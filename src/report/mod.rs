//! What is shown to others? A run as files: one file here per format, plots in [`plots`].

mod command;
mod csv;
mod error;
mod escape;
pub mod grid;
mod html;
mod json;
mod latex;
mod markdown;
mod page;
mod parts;
pub mod plots;
mod probe;
mod pytorch;
pub mod recommend;
pub mod study;
pub mod sweep;
mod verdict;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

pub use error::ReportError;
pub use plots::Figure;

use crate::dataset::Dataset;
use crate::run::{RunData, file};

/// A format in which a run can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// One JSON document: settings, profile, plan, metrics, summary.
    Json,
    /// The metrics, a row per seed, network and epoch.
    Csv,
    /// A page to read, with its plots as SVG beside it.
    Markdown,
    /// The same page in one file for a browser, with its plots inside.
    Html,
    /// The same page for LaTeX, with its plots as `TikZ` beside it.
    Latex,
    /// The plots as SVG.
    Svg,
    /// The plots as PNG.
    Png,
    /// The weights of both trained networks.
    Safetensors,
    /// The weights, a `PyTorch` module that they fit, and predictions to verify it with.
    PyTorch,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 9] = [
        Self::Json,
        Self::Csv,
        Self::Markdown,
        Self::Html,
        Self::Latex,
        Self::Svg,
        Self::Png,
        Self::Safetensors,
        Self::PyTorch,
    ];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Markdown => "md",
            Self::Html => "html",
            Self::Latex => "tex",
            Self::Svg => "svg",
            Self::Png => "png",
            Self::Safetensors => "safetensors",
            Self::PyTorch => "pytorch",
        }
    }

    /// What one gets, in a few words.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Json => "everything, one document",
            Self::Csv => "metrics, a row per epoch",
            Self::Markdown => "a page to read, with plots",
            Self::Html => "the page as one file for a browser",
            Self::Latex => "the page for LaTeX, plots as TikZ",
            Self::Svg => "plots as vector graphics",
            Self::Png => "plots as pictures",
            Self::Safetensors => "weights of both networks",
            Self::PyTorch => "weights, network.py, predictions",
        }
    }

    /// Whether it holds the trained networks, which a run has only while its checkpoints exist.
    #[must_use]
    pub const fn holds_networks(self) -> bool {
        matches!(self, Self::Safetensors | Self::PyTorch)
    }
}

impl FromStr for Format {
    type Err = ReportError;

    /// Reads a format's name; `markdown` means `md`, `latex` means `tex`.
    fn from_str(text: &str) -> Result<Self, ReportError> {
        let name = match text {
            "markdown" => "md",
            "latex" => "tex",
            text => text,
        };
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| ReportError::UnknownFormat {
                name: text.to_owned(),
                known: Self::ALL.map(Self::name).join(", "),
            })
    }
}

/// Whether the run's trained networks can leave: whether it has checkpoints of its first seed; true too where one of them
/// diverged, so that an export says so.
#[must_use]
pub fn has_networks(run: &RunData) -> bool {
    pytorch::is_possible(run)
}

/// The run's images, if they are still those it was trained on.
///
/// # Errors
/// [`ReportError`] where they cannot be read or have changed.
pub fn dataset_of(run: &RunData) -> Result<Arc<Dataset>, ReportError> {
    pytorch::data(run)
}

/// Writes a run in one format into the folder `out`, which is made if need be, and names the files written.
/// Of several seeds, the networks of the first leave.
///
/// # Errors
/// As [`export_seed`].
pub fn export(run: &RunData, format: Format, out: &Path) -> Result<Vec<PathBuf>, ReportError> {
    export_seed(run, format, None, out)
}

/// As [`export`]; the trained networks are those of `seed`, if one is given.
///
/// # Errors
/// [`ReportError`] where a file cannot be written or a plot cannot be drawn, or where trained networks are
/// asked for that the run does not have.
pub fn export_seed(
    run: &RunData,
    format: Format,
    seed: Option<u64>,
    out: &Path,
) -> Result<Vec<PathBuf>, ReportError> {
    std::fs::create_dir_all(out).map_err(|source| ReportError::Io {
        path: out.to_owned(),
        source,
    })?;
    let mut files = Vec::new();
    for (name, bytes) in contents(run, format, seed, out)? {
        let path = out.join(name);
        file::write_whole(&path, &bytes)?;
        files.push(path);
    }
    Ok(files)
}

/// The files of an export, by name; `out` is their folder, for messages.
fn contents(
    run: &RunData,
    format: Format,
    seed: Option<u64>,
    out: &Path,
) -> Result<Vec<(String, Vec<u8>)>, ReportError> {
    let one = |name: &str, bytes: Result<Vec<u8>, String>| match bytes {
        Ok(bytes) => Ok(vec![(name.to_owned(), bytes)]),
        Err(problem) => Err(ReportError::Io {
            path: out.join(name),
            source: std::io::Error::other(problem),
        }),
    };
    let samples = || {
        let samples = run.samples.iter().cloned();
        samples.map(|bytes| (parts::SAMPLES.to_owned(), bytes))
    };
    let figures = |end: &str, draw: &dyn Fn(Figure) -> Result<Vec<u8>, ReportError>| {
        let figure = |figure: Figure| Ok((format!("{}.{end}", figure.name()), draw(figure)?));
        let figures: Result<Vec<_>, ReportError> = Figure::of(run).map(figure).collect();
        figures
    };
    let svg = |figure: Figure| Ok(figure.svg(run)?.into_bytes());
    let tikz = |figure: Figure| Ok(plots::tikz(&figure.scene(run), escape::latex).into_bytes());
    match format {
        Format::Json => one("run.json", json::document(run)),
        Format::Csv => one("metrics.csv", csv::document(run)),
        Format::Markdown => {
            let mut files = one("report.md", Ok(markdown::document(run).into_bytes()))?;
            files.extend(samples());
            files.extend(figures("svg", &svg)?);
            Ok(files)
        }
        Format::Html => {
            let page = html::document(run, &markdown::document(run))?;
            one("report.html", Ok(page.into_bytes()))
        }
        Format::Latex => {
            let page = latex::document(&markdown::document(run));
            let mut files = one("report.tex", Ok(page.into_bytes()))?;
            files.extend(samples());
            files.extend(figures("tikz", &tikz)?);
            Ok(files)
        }
        Format::Svg => figures("svg", &svg),
        Format::Png => figures("png", &|figure| figure.png(run)),
        Format::Safetensors => Ok(pytorch::weights(run, seed)?),
        Format::PyTorch => Ok(pytorch::everything(run, seed)?),
    }
}

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod tests;
