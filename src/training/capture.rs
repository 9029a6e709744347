//! Steps that a GPU replays.
//!
//! A step of a small network is hundreds of short kernels, and starting each takes longer than the kernel itself. So a
//! step is captured once, and every further one is a single command: its inputs replace the captured ones in place, and
//! weights, velocities and running statistics change in place. The numbers are those of steps that are not replayed.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Tensor;

use super::batches::Batch;
use super::captured::CapturedStep;
use super::step::Trainer;
use crate::kernels::{self, assign, copied};
use crate::network::Dropping;

/// Gives parameters contiguous memory of their own, in which they can stay.
struct OwnMemory;

impl ModuleMapper for OwnMemory {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let trained = parameter.is_require_grad();
        let (id, tensor, mapper) = parameter.consume();
        if !trained {
            return Param::from_mapped_value(id, tensor, mapper);
        }
        let own = Tensor::from_inner(copied(tensor.inner())).set_require_grad(true);
        Param::from_mapped_value(id, own, mapper)
    }
}

impl Trainer {
    /// Captures a step where the device is a GPU, so that [`Trainer::step`] can replay it on this thread; weights,
    /// velocities and running statistics are afterwards what they were. The memory of a step is held as long as its
    /// graph. Where the device cannot capture, it says why, and steps are done kernel by kernel.
    pub fn capture(mut self) -> (Self, Result<(), String>) {
        self.discard_capture();
        if !kernels::serves_gpu(&self.device) {
            return (self, Ok(()));
        }
        self.network = self.network.map(&mut OwnMemory);
        self.optimizer.start(&self.network);
        self.optimizer.set_rate(0.0, &self.device);
        let state = self.optimizer.state(&self.network);
        let before: Vec<Tensor<1>> = state.iter().cloned().map(copied).collect();
        let (mut this, captured) = self.try_capture();
        for (target, value) in state.iter().zip(before) {
            assign(target, value);
        }
        match captured {
            Ok(captured) => {
                this.captured = Some(captured);
                (this, Ok(()))
            }
            Err(error) => {
                tracing::warn!(%error, "steps are not replayed");
                (this, Err(error))
            }
        }
    }

    /// Frees a captured step and its memory; further steps are done kernel by kernel.
    pub fn discard_capture(&mut self) {
        self.captured = None;
    }

    /// Whether further steps of full batches on this thread are replayed.
    #[must_use]
    pub fn is_replayed(&self) -> bool {
        self.captured
            .as_ref()
            .is_some_and(|captured| captured.graph.is_of_this_thread())
    }

    fn try_capture(self) -> (Self, Result<CapturedStep, String>) {
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
        let (this, _) = self.train_step(batch(), Dropping::Noted(&mut rng, &mut masks));
        let mut this = Some(this);
        let captured = kernels::capture(&device, || {
            this.take().map(|trainer| {
                let (trainer, outcome) =
                    trainer.train_step(batch(), Dropping::Standing(masks.iter()));
                this = Some(trainer);
                outcome
            })
        });
        #[expect(clippy::expect_used, reason = "every step puts it back")]
        let this = this.expect("a trainer");
        let captured = captured.and_then(|(graph, outcome)| {
            Ok(CapturedStep {
                graph,
                images,
                labels,
                masks,
                outcome: outcome.ok_or("nothing was captured")?,
            })
        });
        (this, captured)
    }
}
