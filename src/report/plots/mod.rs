//! Plots of a run, as SVG and as PNG from the same drawing.
//!
//! A figure is a pure function from a run to a [`Scene`]: marks in units of a page of 800 x 500.
//! The renderer knows marks alone, so that both formats show the same.

mod axes;
mod cka;
mod curves;
mod cuts;
mod entropy;
mod forest;
mod interactions;
mod networks;
mod probe;
mod recommend;
mod render;
mod scene;
mod sweep;
mod tikz;
mod time;

use std::path::PathBuf;

pub use cka::{cka, rising};
pub use forest::forest;
pub use interactions::interactions;
pub use probe::{Probed, probe};
pub use recommend::recommend;
pub use render::{PNG_SIZE, png, svg};
pub use scene::Scene;
pub use sweep::sweep;
pub(super) use tikz::tikz;

use super::ReportError;
use crate::run::RunData;
use crate::training::Role;

/// A figure of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Figure {
    /// How image information is distributed, with the cap.
    Entropy,
    /// Both networks, block by block.
    Networks,
    /// Test accuracy over epochs.
    Accuracy,
    /// Test and training loss over epochs.
    Loss,
    /// Seconds per epoch, and the time saved so far.
    Time,
    /// Gradient norm over epochs, of a run that recorded it.
    Gradients,
    /// Joules per epoch, and the energy saved so far, of a run whose device counts energy.
    Energy,
    /// How near to the identity blocks are, of a run that was probed.
    Probe,
    /// What a linear classifier reads from each block, and what a cut behind it costs.
    Cuts,
    /// CKA between the features after each pair of blocks.
    Cka,
}

impl Figure {
    /// All figures, in the order of a report.
    pub const ALL: [Self; 10] = [
        Self::Entropy,
        Self::Networks,
        Self::Accuracy,
        Self::Loss,
        Self::Time,
        Self::Gradients,
        Self::Energy,
        Self::Probe,
        Self::Cuts,
        Self::Cka,
    ];

    /// The figures of this run: those of the probe, of gradients and of energy only where it has what they show.
    pub fn of(run: &RunData) -> impl Iterator<Item = Self> {
        let networks = || run.probes.iter().flat_map(|probes| &probes.probes);
        Self::ALL.into_iter().filter(move |figure| match figure {
            Self::Gradients => run.metrics.iter().any(|row| row.gradient_norm.is_some()),
            Self::Energy => time::has_energy(run),
            Self::Probe => networks().next().is_some(),
            Self::Cuts => networks().any(|network| !network.found.readouts.is_empty()),
            Self::Cka => networks().any(|network| !network.found.layer_cka.is_empty()),
            _ => true,
        })
    }

    /// Its name, which is also the beginning of its file's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Entropy => "entropy",
            Self::Networks => "networks",
            Self::Accuracy => "accuracy",
            Self::Loss => "loss",
            Self::Time => "time",
            Self::Gradients => "gradients",
            Self::Energy => "energy",
            Self::Probe => "probe",
            Self::Cuts => "cuts",
            Self::Cka => "cka",
        }
    }

    /// Draws it.
    #[must_use]
    pub fn scene(self, run: &RunData) -> Scene {
        match self {
            Self::Entropy => entropy::scene(&run.analysis, &run.plan),
            Self::Networks => networks::scene(&run.plan),
            Self::Accuracy => curves::accuracy(&run.metrics, &run.plan),
            Self::Loss => curves::loss(&run.metrics, &run.plan),
            Self::Time => time::scene(run),
            Self::Gradients => curves::gradients(&run.metrics, &run.plan),
            Self::Energy => time::energy(run),
            Self::Probe => probe::of_run(run),
            Self::Cuts => cuts::of_run(run),
            Self::Cka => cka::of_run(run),
        }
    }

    /// The figure as an SVG document.
    ///
    /// # Errors
    /// [`ReportError::Plot`].
    pub fn svg(self, run: &RunData) -> Result<String, ReportError> {
        svg(&self.scene(run)).map_err(|problem| self.failed("svg", problem))
    }

    /// The figure as a PNG file of [`PNG_SIZE`] pixels.
    ///
    /// # Errors
    /// [`ReportError::Plot`].
    pub fn png(self, run: &RunData) -> Result<Vec<u8>, ReportError> {
        png(&self.scene(run)).map_err(|problem| self.failed("png", problem))
    }

    fn failed(self, extension: &str, problem: String) -> ReportError {
        ReportError::Plot {
            path: PathBuf::from(format!("{}.{extension}", self.name())),
            problem,
        }
    }
}

/// A figure for a page that has the colours of `page.css`, so that it turns dark with it.
///
/// # Errors
/// [`ReportError::Plot`].
pub(super) fn page_svg(figure: Figure, run: &RunData) -> Result<String, ReportError> {
    Ok(page_colours(figure.svg(run)?))
}

/// A drawing in the colours of `page.css`, so that it turns dark with the page.
pub(super) fn page_colours(mut svg: String) -> String {
    for (ink, name) in [
        (scene::Ink::TEXT, "text"),
        (scene::Ink::FAINT_TEXT, "faint"),
        (scene::Ink::GRID, "grid"),
        (scene::Ink::AXIS, "axis"),
        (scene::Ink::PAPER, "paper"),
        (scene::Ink::ENTROPY, "entropy"),
        (scene::Ink::CAP, "cap"),
        (scene::Ink::CAP_TEXT, "cap-text"),
        (scene::Ink::of(Role::Baseline), "baseline"),
        (scene::Ink::of(Role::Capped), "capped"),
    ] {
        svg = svg.replace(
            &format!("\"#{:06X}\"", ink.rgb),
            &format!("\"var(--{name})\""),
        );
    }
    svg
}
