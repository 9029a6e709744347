//! The state of the screen.

use crate::network::Architecture;
use crate::tui::app::around;
use crate::tui::app::text::Field;

/// A panel of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DepthPanel {
    #[default]
    Architectures,
    Widths,
    Readings,
}

impl DepthPanel {
    pub const ALL: [Self; 3] = [Self::Architectures, Self::Widths, Self::Readings];

    /// The panel `step` places further, around the ends.
    pub const fn step(self, step: isize) -> Self {
        Self::ALL[around(self as usize, step, Self::ALL.len())]
    }
}

/// The depth screen's state.
#[derive(Clone, Debug)]
pub struct Depth {
    pub architectures: Vec<Architecture>,
    pub panel: DepthPanel,
    /// Whether the table of stages is shown instead of the drawing where only one fits.
    pub stages: bool,
    /// The architecture that is being typed.
    pub field: Option<Field>,
}

impl Depth {
    /// The suggestions, and `wanted` if it is none of them.
    pub fn new(wanted: Architecture) -> Self {
        let mut architectures = Architecture::suggested();
        if !architectures.contains(&wanted) {
            architectures.push(wanted);
        }
        Self {
            architectures,
            panel: DepthPanel::default(),
            stages: false,
            field: None,
        }
    }

    /// The architectures that were typed.
    pub fn typed(&self) -> impl Iterator<Item = &Architecture> {
        let suggested = Architecture::suggested();
        let known = self.architectures.iter();
        known.filter(move |architecture| !suggested.contains(architecture))
    }

    /// Lists an architecture.
    pub fn add(&mut self, architecture: Architecture) {
        if !self.architectures.contains(&architecture) {
            self.architectures.push(architecture);
        }
    }
}
