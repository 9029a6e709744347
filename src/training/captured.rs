//! A step that a GPU replays, see [`Trainer::capture`](super::step::Trainer::capture).

use burn::tensor::{Tensor, TensorData};
use rand_chacha::ChaCha8Rng;

use super::TrainingError;
use super::batches::{HostBatch, Images};
use super::device::DeviceError;
use crate::kernels::{Graph, assign, copied};
use crate::network::Mask;

/// A captured step, with its inputs and what it gives.
#[derive(Debug)]
pub struct CapturedStep {
    pub(super) graph: Graph,
    /// Normalised values of all images, in a row.
    pub(super) images: Tensor<1>,
    /// Classes.
    pub(super) labels: Tensor<1>,
    pub(super) masks: Vec<Mask>,
    pub(super) outcome: Tensor<1>,
}

impl CapturedStep {
    /// Whether this thread can replay the step on `batch`.
    pub(super) fn serves(&self, batch: &HostBatch) -> bool {
        self.graph.is_of_this_thread() && [batch.len()] == self.labels.dims()
    }

    /// Replays the step on `batch`, with what it drops drawn from `rng`, and gives its loss and hits.
    pub(super) fn replay(
        &self,
        batch: HostBatch,
        rng: &mut ChaCha8Rng,
    ) -> Result<Tensor<1>, TrainingError> {
        let put = |target: &Tensor<1>, values: Vec<f32>| {
            let count = values.len();
            let values = Tensor::from_data(TensorData::new(values, [count]), &target.device());
            assign(target, values);
        };
        match batch.images {
            Images::Values(values) => put(&self.images, values),
            Images::Picked { of, picks } => of.put(&picks, &self.images),
        }
        let labels = batch.labels.iter().map(|&class| class as f32);
        put(&self.labels, labels.collect());
        for mask in &self.masks {
            mask.draw(rng);
        }
        self.graph
            .replay()
            .map_err(|error| DeviceError::new(format!("the device failed: {error}")))?;
        Ok(copied(self.outcome.clone()))
    }
}
