//! Steps that a GPU replays.
//!
//! A step of a small network is hundreds of short kernels, and telling a GPU of each takes longer than the kernel itself.
//! So a step is recorded once, and every further one is a single command: its inputs are put where the recorded ones
//! lay, and weights, velocities and running statistics are moved where they lie. The numbers are those of steps that
//! are not replayed.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Tensor, TensorData};
use rand_chacha::ChaCha8Rng;

use super::TrainingError;
use super::batches::{Batch, HostBatch, Images};
use super::device::DeviceError;
use super::step::Trainer;
use crate::kernels::{self, Replay, assign, copied};
use crate::network::{Dropping, Mask};

/// A recorded step, with the places of its inputs and of what it gives.
#[derive(Debug)]
pub struct Recording {
    replay: Replay,
    /// Normalised values of all images, in a row.
    images: Tensor<1>,
    /// Classes.
    labels: Tensor<1>,
    masks: Vec<Mask>,
    outcome: Tensor<1>,
}

impl Recording {
    /// Whether this thread can replay the step on `batch`.
    pub(super) fn serves(&self, batch: &HostBatch) -> bool {
        self.replay.is_here() && [batch.len()] == self.labels.dims()
    }

    /// Takes the step on `batch`, with what it leaves out drawn from `rng`, and gives its outcome.
    pub(super) fn again(
        &self,
        batch: HostBatch,
        rng: &mut ChaCha8Rng,
    ) -> Result<Tensor<1>, TrainingError> {
        let put = |place: &Tensor<1>, values: Vec<f32>| {
            let count = values.len();
            let values = Tensor::from_data(TensorData::new(values, [count]), &place.device());
            assign(place, values);
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
        self.replay
            .again()
            .map_err(|error| DeviceError::new(format!("the device failed: {error}")))?;
        Ok(copied(self.outcome.clone()))
    }
}

/// Puts parameters where they can stay: in memory of their own, their numbers in order.
struct Settle;

impl ModuleMapper for Settle {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let trained = parameter.is_require_grad();
        let (id, tensor, mapper) = parameter.consume();
        if !trained {
            return Param::from_mapped_value(id, tensor, mapper);
        }
        let settled = Tensor::from_inner(copied(tensor.inner())).set_require_grad(true);
        Param::from_mapped_value(id, settled, mapper)
    }
}

impl Trainer {
    /// Records a step where the device is a GPU, so that [`Trainer::step`] can replay it on this thread; weights,
    /// velocities and running statistics are afterwards what they were. The memory of a step is held as long as its
    /// recording. Where the device cannot record, it says why, and steps are taken kernel by kernel.
    pub fn ready(mut self) -> (Self, Result<(), String>) {
        self.forget();
        if !kernels::serves_gpu(&self.device) {
            return (self, Ok(()));
        }
        self.network = self.network.map(&mut Settle);
        self.optimizer.start(&self.network);
        self.optimizer.set_rate(0.0, &self.device);
        let places = self.optimizer.state(&self.network);
        let before: Vec<Tensor<1>> = places.iter().cloned().map(copied).collect();
        let recorded = self.record();
        for (place, value) in places.iter().zip(before) {
            assign(place, value);
        }
        let (mut this, recording) = recorded;
        match recording {
            Ok(recording) => {
                this.recording = Some(recording);
                (this, Ok(()))
            }
            Err(error) => {
                tracing::warn!(%error, "steps are not replayed");
                (this, Err(error))
            }
        }
    }

    /// Lets go of a recorded step and its memory; steps that come are taken kernel by kernel.
    pub fn forget(&mut self) {
        self.recording = None;
    }

    /// Whether further steps of full batches on this thread are replayed.
    #[must_use]
    pub fn is_replayed(&self) -> bool {
        self.recording
            .as_ref()
            .is_some_and(|recording| recording.replay.is_here())
    }

    fn record(self) -> (Self, Result<Recording, String>) {
        let device = self.device.clone().inner();
        let (count, shape) = self.batch;
        let [images, labels] =
            [count * shape.bytes(), count].map(|length| copied(Tensor::zeros([length], &device)));
        let batch = || Batch {
            images: Tensor::from_inner(images.clone()).reshape([
                count,
                shape.channels,
                shape.height,
                shape.width,
            ]),
            labels: Tensor::from_inner(labels.clone()).int(),
        };
        let mut masks = Vec::new();
        let mut rng = self.dropping();
        let (this, _) = self.take(batch(), Dropping::Noted(&mut rng, &mut masks));
        let mut this = Some(this);
        let recorded = kernels::record(&device, || {
            this.take().map(|trainer| {
                let (trainer, outcome) = trainer.take(batch(), Dropping::Standing(masks.iter()));
                this = Some(trainer);
                outcome
            })
        });
        #[expect(clippy::expect_used, reason = "every step puts it back")]
        let this = this.expect("a trainer");
        let recording = recorded.and_then(|(replay, outcome)| {
            Ok(Recording {
                replay,
                images,
                labels,
                masks,
                outcome: outcome.ok_or("nothing was recorded")?,
            })
        });
        (this, recording)
    }
}
