//! A network on a device with the images that it is probed on, and what its logits say of them.

use burn::tensor::{Device, Int, Tensor};

use crate::network::Network;
use crate::network::weights::finite_sum;
use crate::training::TrainingError;
use crate::training::batches::Batches;
use crate::training::step::{hits, numbers};

/// Seed of all samples of images: the same data, the same sample.
pub(super) const SEED: u64 = 0;
/// Test images that controls are measured on.
pub(super) const TEST_IMAGES: usize = 2000;
/// Training images that normalisations are recalibrated on, and images of a batch.
pub(super) const CALIBRATION: [usize; 2] = [1024, 128];

/// A network on a device, and its images.
pub(super) struct Runner<'a> {
    pub network: &'a Network,
    pub device: &'a Device,
    pub batches: &'a Batches,
    /// Blocks of the network.
    pub blocks: usize,
    progress: &'a dyn Fn(usize, usize),
    done: usize,
    total: usize,
}

impl<'a> Runner<'a> {
    pub fn new(
        network: &'a Network,
        device: &'a Device,
        batches: &'a Batches,
        progress: &'a dyn Fn(usize, usize),
        blocks: usize,
    ) -> Self {
        Self {
            network,
            device,
            batches,
            blocks,
            progress,
            done: 0,
            total: 0,
        }
    }

    /// Expects so many images more, and so many networks without some of their blocks.
    pub fn expect(&mut self, images: usize, networks: usize) {
        self.total =
            self.done + images + networks * (self.calibration_images() + 2 * self.test_images());
    }

    /// Tells the progress.
    pub fn passed(&mut self, images: usize) {
        self.done += images;
        (self.progress)(self.done.min(self.total), self.total);
    }

    /// Training images that normalisations are recalibrated on.
    pub fn calibration_images(&self) -> usize {
        CALIBRATION[0].min(self.batches.train_images())
    }

    /// Test images that controls are measured on.
    pub fn test_images(&self) -> usize {
        TEST_IMAGES.min(self.batches.test_images())
    }
}

/// Which images these logits, of the network `without` some blocks, classify right.
pub(super) fn flags(
    logits: Tensor<2>,
    labels: Tensor<1, Int>,
    without: &str,
) -> Result<Vec<bool>, TrainingError> {
    let check = finite_sum(logits.clone());
    let mut values = numbers(Tensor::cat(vec![hits(logits, labels), check], 0))?;
    if !values.pop().is_some_and(f32::is_finite) {
        return Err(TrainingError::NotFinite {
            what: format!("the logits of the network{without}"),
        });
    }
    Ok(values.into_iter().map(|hit| hit > 0.5).collect())
}

/// The share of images that are classified right.
pub(super) fn share(flags: &[bool]) -> f64 {
    flags.iter().filter(|right| **right).count() as f64 / flags.len().max(1) as f64
}
