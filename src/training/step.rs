//! One network in training: a step and an evaluation.

use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Int, Tensor};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::batches::{Batch, HostBatch};
use super::captured::CapturedStep;
pub use super::clock::Stopwatch;
use super::device::DeviceError;
use super::sgd::Sgd;
use super::{Recipe, TrainingError};
use crate::dataset::Shape;
use crate::kernels::{Precision, with_precision};
use crate::network::weights::finite_sum;
use crate::network::{Dropping, Network, Spec, build};

/// First stream of a seed's random numbers that decides what a step leaves out; the weights come from
/// stream 0, and every step has its own.
const DROPPING: u64 = 1 << 32;

/// A network with its optimiser.
pub struct Trainer {
    /// The network, on a device that records gradients.
    pub network: Network,
    /// SGD with Nesterov momentum; weight decay on weights alone.
    pub optimizer: Sgd,
    /// Steps taken; with the seed it decides what a step leaves out at random.
    pub steps: u64,
    pub(super) seed: u64,
    pub(super) device: Device,
    /// Images of a step and the shape of one.
    pub(super) batch: (usize, Shape),
    /// Of convolutions.
    precision: Precision,
    /// A step that the device can replay.
    pub(super) captured: Option<CapturedStep>,
}

/// Loss, hits and gradient norm of some steps, still on the device.
#[derive(Debug, Default)]
pub struct Tally {
    /// Sum of the cross-entropy, number of hits and squared gradient norm, of every step.
    outcomes: Vec<Tensor<1>>,
    sizes: Vec<usize>,
}

/// Loss and hits, read back.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sums {
    /// Sum over images of the cross-entropy, in nats.
    pub loss: f64,
    /// Images classified right.
    pub hits: f64,
    /// Images.
    pub images: usize,
    /// Of the steps.
    pub gradients: GradientNorms,
}

/// What a step was, read back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepOutcome {
    /// Mean cross-entropy before the step, in nats.
    pub loss: f64,
    /// L2 norm of the gradients of the mean cross-entropy by all trainable parameters, without weight decay, as PyTorch's
    /// `clip_grad_norm_` gives it.
    pub gradient_norm: f64,
}

/// Mean and maximum of the gradient norms of some steps; those that are not finite are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GradientNorms {
    sum: f64,
    max: f64,
    steps: usize,
}

impl GradientNorms {
    /// Adds the norm of a step.
    pub fn add(&mut self, norm: f64) {
        if norm.is_finite() {
            self.sum += norm;
            self.max = self.max.max(norm);
            self.steps += 1;
        }
    }

    /// The mean over steps; `None` where no step has a finite norm.
    #[must_use]
    pub fn mean(self) -> Option<f64> {
        (self.steps > 0).then(|| self.sum / self.steps as f64)
    }

    /// The largest; `None` where no step has a finite norm.
    #[must_use]
    pub fn max(self) -> Option<f64> {
        (self.steps > 0).then_some(self.max)
    }
}

impl Sums {
    /// Mean cross-entropy in nats.
    #[must_use]
    pub fn mean_loss(self) -> f64 {
        self.loss / self.images as f64
    }

    /// Fraction of images classified right.
    #[must_use]
    pub fn accuracy(self) -> f64 {
        self.hits / self.images as f64
    }
}

impl Tally {
    fn push(&mut self, outcome: Tensor<1>, images: usize) {
        self.outcomes.push(outcome);
        self.sizes.push(images);
    }

    /// Reads everything back in one transfer and starts anew.
    ///
    /// # Errors
    /// [`TrainingError::Device`] where the device failed.
    pub fn read(&mut self) -> Result<Sums, TrainingError> {
        let mut sums = Sums::default();
        self.read_onto(&mut sums)?;
        Ok(sums)
    }

    /// As [`Tally::read`], adding step by step to `sums`, so that the total does not depend on how
    /// often it was read. Gives the outcome of every step.
    ///
    /// # Errors
    /// [`TrainingError::Device`] where the device failed.
    pub fn read_onto(&mut self, sums: &mut Sums) -> Result<Vec<StepOutcome>, TrainingError> {
        if self.sizes.is_empty() {
            return Ok(Vec::new());
        }
        let Self { outcomes, sizes } = std::mem::take(self);
        let values = numbers(Tensor::cat(outcomes, 0))?;
        let mut steps = Vec::with_capacity(sizes.len());
        let outcomes = values.as_chunks::<3>().0;
        for (outcome, &size) in outcomes.iter().zip(&sizes) {
            let [loss, hits, square] = outcome.map(f64::from);
            let gradient_norm = square.sqrt();
            sums.images += size;
            sums.loss += loss;
            sums.hits += hits;
            sums.gradients.add(gradient_norm);
            steps.push(StepOutcome {
                loss: loss / size as f64,
                gradient_norm,
            });
        }
        Ok(steps)
    }
}

impl Trainer {
    /// The network of `spec`, its weights drawn from `seed`, with a fresh optimiser.
    ///
    /// `device` must record gradients.
    #[must_use]
    pub fn new(spec: &Spec, recipe: &Recipe, seed: u64, device: &Device) -> Self {
        let network = build(spec, seed, device);
        Self {
            network,
            optimizer: Sgd::new(recipe),
            steps: 0,
            seed,
            device: device.clone(),
            batch: (recipe.batch_size, spec.input.shape),
            precision: Precision::default(),
            captured: None,
        }
    }

    /// The trainer with further steps and evaluations in this precision.
    #[must_use]
    pub fn with_precision(mut self, precision: Precision) -> Self {
        self.discard_capture();
        self.precision = precision;
        self
    }

    /// One step of gradient descent, after which the trainer goes on; the tally takes loss and hits before the step.
    ///
    /// # Errors
    /// [`TrainingError::Device`] where the device failed.
    pub fn step(
        mut self,
        batch: HostBatch,
        learning_rate: f64,
        tally: &mut Tally,
    ) -> Result<Self, TrainingError> {
        let images = batch.len();
        let mut rng = self.dropping();
        self.steps += 1;
        self.optimizer.set_rate(learning_rate, &self.device);
        let outcome;
        if let Some(captured) = &self.captured
            && captured.serves(&batch)
        {
            outcome = captured.replay(batch, &mut rng)?;
        } else {
            let batch = batch.upload(&self.device);
            (self, outcome) = self.train_step(batch, Dropping::Drawn(&mut rng));
        }
        tally.push(outcome, images);
        Ok(self)
    }

    /// The random numbers that decide what the next step leaves out.
    pub(super) fn dropping(&self) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(DROPPING + self.steps);
        rng
    }

    /// The trainer after a step on `batch`, and the batch's cross-entropy, as a sum over its images, hits and squared
    /// gradient norm before it.
    pub(super) fn train_step(mut self, batch: Batch, dropping: Dropping<'_>) -> (Self, Tensor<1>) {
        let Batch { images, labels } = batch;
        let count = images.dims()[0];
        let forward = || self.network.forward_training(images, dropping);
        let logits = with_precision(self.precision, forward);
        let loss = CrossEntropyLossConfig::new()
            .init(&logits.device())
            .forward(logits.clone(), labels.clone());
        let hits = hits(logits.detach(), labels).sum();
        let sum = loss.clone().detach().mul_scalar(count as f64);
        let gradients = GradientsParams::from_grads(loss.backward(), &self.network);
        self.network = self.optimizer.step(self.network, gradients);
        let square = self.optimizer.squared_gradient_norm();
        let outcome = Tensor::cat(vec![sum.inner(), hits.inner(), square], 0);
        (self, outcome)
    }

    /// Loss and hits over `batches`, without gradients and with the running statistics.
    ///
    /// # Errors
    /// [`TrainingError::Device`] where the device failed.
    pub fn evaluate(
        &self,
        batches: impl IntoIterator<Item = HostBatch>,
    ) -> Result<Evaluation, TrainingError> {
        let device = self.device.clone().inner();
        with_precision(self.precision, || {
            evaluate(&self.network.valid(), &device, batches)
        })
    }
}

/// What an evaluation gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evaluation {
    /// Loss and hits.
    pub sums: Sums,
    /// Which images are classified right, in their order.
    pub correct: Vec<bool>,
    /// Whether a logit is not finite; the loss can be finite all the same.
    not_finite: bool,
}

impl Evaluation {
    /// Whether all logits and the loss are finite: else neither loss nor hits mean anything.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        !self.not_finite && self.sums.loss.is_finite()
    }
}

/// Evaluates `network` on `batches`; it is on `device`, which records no gradients.
///
/// # Errors
/// [`TrainingError::Device`] where the device failed.
pub fn evaluate(
    network: &Network,
    device: &Device,
    batches: impl IntoIterator<Item = HostBatch>,
) -> Result<Evaluation, TrainingError> {
    let mut losses = Vec::new();
    let mut checks = Vec::new();
    let mut all_hits = Vec::new();
    for batch in batches {
        let batch = batch.upload(device);
        let logits = network.forward(batch.images);
        let images = logits.dims()[0];
        let loss = CrossEntropyLossConfig::new()
            .init(device)
            .forward(logits.clone(), batch.labels.clone());
        losses.push(loss.mul_scalar(images as f64));
        checks.push(finite_sum(logits.clone()));
        all_hits.push(hits(logits, batch.labels));
    }
    if losses.is_empty() {
        return Ok(Evaluation::default());
    }
    let batches = losses.len();
    losses.extend(checks);
    losses.extend(all_hits);
    let values = numbers(Tensor::cat(losses, 0))?;
    let (losses, rest) = values.split_at(batches);
    let (checks, hits) = rest.split_at(batches);
    Ok(Evaluation {
        sums: Sums {
            loss: losses.iter().map(|&loss| f64::from(loss)).sum(),
            hits: hits.iter().map(|&hit| f64::from(hit)).sum(),
            images: hits.len(),
            gradients: GradientNorms::default(),
        },
        correct: hits.iter().map(|&hit| hit > 0.5).collect(),
        not_finite: !checks.iter().all(|check| check.is_finite()),
    })
}

/// 1 for each image whose largest logit is at its label, else 0.
#[must_use]
pub fn hits(logits: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
    logits.argmax(1).squeeze_dim::<1>(1).equal(labels).float()
}

/// Reads numbers back from the device.
///
/// # Errors
/// [`TrainingError::Device`] where the device failed.
pub fn numbers<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, TrainingError> {
    tensor.into_data().try_to_vec().map_err(|error| {
        DeviceError::new(format!("the device gave back no numbers: {error:?}")).into()
    })
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::super::batches::Images;
    use super::*;
    use crate::network::golden;
    use crate::network::weights::{fill, tensors};
    use crate::network::{Input, baseline};
    use crate::training::recipe::tests::recipe;

    const SHAPE: Shape = Shape {
        channels: 1,
        height: 8,
        width: 8,
    };

    fn spec() -> Spec {
        let input = Input {
            shape: SHAPE,
            classes: 2,
        };
        baseline("resnet-8".parse().unwrap(), input).unwrap()
    }

    /// Class 0 is bright on the left, class 1 on the right.
    fn batch() -> HostBatch {
        let mut values = Vec::new();
        let mut labels = Vec::new();
        for index in 0..8 {
            let class = index % 2;
            for pixel in 0..64 {
                let left = pixel % 8 < 4;
                values.push(if left == (class == 0) { 1.0 } else { -1.0 });
            }
            labels.push(class);
        }
        HostBatch {
            images: Images::Values(values),
            labels,
            shape: SHAPE,
        }
    }

    #[test]
    fn steps_bring_the_loss_down() {
        let device = Device::flex().autodiff();
        let mut trainer = Trainer::new(&spec(), &recipe(1, 0.0), 1, &device);
        let mut losses = Vec::new();
        for _ in 0..10 {
            let mut tally = Tally::default();
            trainer = trainer.step(batch(), 0.05, &mut tally).unwrap();
            losses.push(tally.read().unwrap().mean_loss());
        }
        assert!(losses[9] < 0.3 * losses[0], "{losses:?}");
        let Evaluation { sums, correct, .. } = trainer.evaluate([batch()]).unwrap();
        assert_eq!(sums.images, 8);
        assert!((sums.accuracy() - 1.0).abs() < 1e-9);
        assert_eq!(correct, [true; 8]);
        let mut wrong = batch();
        wrong.labels[3] = 0;
        let flags = trainer.evaluate([batch(), wrong]).unwrap().correct;
        let missed: Vec<usize> = (0..16).filter(|&image| !flags[image]).collect();
        assert_eq!(missed, [11]);
    }

    /// A class that is never right costs nothing where it is as good as excluded, so that the loss does not show it.
    #[test]
    fn logits_that_are_not_finite_are_found_where_the_loss_is_finite() {
        let device = Device::flex();
        let evaluated = |bias: f32| {
            let network = build(&spec(), 1, &device);
            let mut weights = tensors(&network);
            let last = weights.last_mut().unwrap();
            assert_eq!(last.name, "classifier.bias");
            last.values[1] = bias;
            let network = fill(network, weights).unwrap();
            let mut batch = batch();
            batch.labels.fill(0);
            evaluate(&network, &device, [batch.clone(), batch]).unwrap()
        };
        assert!(evaluated(-100.0).is_finite());
        let broken = evaluated(f32::NEG_INFINITY);
        assert!(broken.sums.loss.is_finite() && !broken.is_finite());
        assert!(!evaluated(f32::NAN).is_finite());
    }

    /// By `benches/pytorch_reference.py golden`: `torch.nn.utils.clip_grad_norm_(net.parameters(), math.inf)` after the
    /// backward pass of `cross_entropy`. Weight decay is not in it.
    #[test]
    fn the_gradient_norm_is_that_of_pytorch() {
        let device = Device::flex().autodiff();
        for name in ["resnet", "densenet-bc", "resnext", "wide-resnet-grey"] {
            let example = golden::example(name, &device);
            let count = example.labels.len();
            let labels = TensorData::new(example.labels, [count]);
            let recipe = Recipe {
                weight_decay: 0.1,
                ..recipe(1, 0.0)
            };
            let mut trainer = Trainer::new(&example.spec, &recipe, 1, &device);
            trainer.network = example.network;
            trainer.optimizer.set_rate(0.05, &device);
            let mut rng = trainer.dropping();
            let batch = Batch {
                images: example.images,
                labels: Tensor::from_data(labels, &device),
            };
            let (_, outcome) = trainer.train_step(batch, Dropping::Drawn(&mut rng));
            let mut tally = Tally::default();
            tally.push(outcome, count);
            let found = tally.read_onto(&mut Sums::default()).unwrap()[0];
            let near = |ours: f64, theirs: f64| (ours / theirs - 1.0).abs() < 1e-4;
            assert!(near(found.loss, example.loss), "{name}: {found:?}");
            assert!(
                near(found.gradient_norm, example.gradient_norm),
                "{name}: {found:?}, PyTorch has {}",
                example.gradient_norm
            );
        }
    }

    #[test]
    fn norms_that_are_not_finite_are_left_out() {
        let mut norms = GradientNorms::default();
        norms.add(f64::NAN);
        norms.add(f64::INFINITY);
        assert_eq!((norms.mean(), norms.max()), (None, None));
        for norm in [3.0, 1.0, f64::NAN] {
            norms.add(norm);
        }
        assert_eq!((norms.mean(), norms.max()), (Some(2.0), Some(3.0)));
    }

    #[test]
    fn one_seed_gives_one_training() {
        let train = |seed| {
            let device = Device::flex().autodiff();
            let mut trainer = Trainer::new(&spec(), &recipe(1, 0.0), seed, &device);
            let mut tally = Tally::default();
            for _ in 0..3 {
                trainer = trainer.step(batch(), 0.05, &mut tally).unwrap();
            }
            tally.read().unwrap().loss
        };
        assert_eq!(train(1).to_bits(), train(1).to_bits());
        assert_ne!(train(1).to_bits(), train(2).to_bits());
    }
}
