//! A dataset that was profiled, with what is shown of it beside its analysis.

use std::sync::Arc;

use crate::dataset::{Dataset, Source};
use crate::depth::Analysis;
use crate::entropy::{Samples, Spreads};

/// A dataset with all that is shown of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// Its name.
    pub source: Source,
    /// The images; none where the profile was kept from an earlier look, until a training needs them.
    pub dataset: Option<Arc<Dataset>>,
    /// Number of test images.
    pub test_images: usize,
    /// Profile and readings.
    pub analysis: Analysis,
    /// How other statistics than image information are distributed.
    pub spreads: Spreads,
    /// Images to look at.
    pub samples: Samples,
}
