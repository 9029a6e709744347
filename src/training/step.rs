//! One network in training: a step, an evaluation, and the clock that counts training alone.

use std::time::{Duration, Instant};

use burn::module::{Module, ModuleVisitor, Param, ParamGroup, ParamId};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{GradientsParams, ModuleOptimizer, SgdConfig};
use burn::tensor::{Device, Int, Tensor};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::batches::{Batch, HostBatch};
use super::{Error, Recipe};
use crate::network::{Network, Spec, build};

/// First stream of a seed's random numbers that decides what a step leaves out; the weights come from
/// stream 0, and every step has its own.
const DROPPING: u64 = 1 << 32;

/// A network with its optimiser.
pub struct Trainer {
    /// The network, on a device that records gradients.
    pub network: Network,
    /// SGD with Nesterov momentum; weight decay on weights alone.
    pub optimizer: ModuleOptimizer,
    /// Steps taken; with the seed it decides what a step leaves out at random.
    pub steps: u64,
    seed: u64,
    device: Device,
}

/// Loss and hits of some steps, still on the device.
#[derive(Debug, Default)]
pub struct Tally {
    losses: Vec<Tensor<1>>,
    hits: Vec<Tensor<1>>,
    images: usize,
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

    /// Adds `other`.
    pub fn add(&mut self, other: Self) {
        self.loss += other.loss;
        self.hits += other.hits;
        self.images += other.images;
    }
}

impl Tally {
    fn push(&mut self, logits: Tensor<2>, batch_loss: Tensor<1>, batch: &Batch) {
        let images = logits.dims()[0];
        let hits = hits(logits, batch.labels.clone()).sum();
        self.losses.push(batch_loss.mul_scalar(images as f64));
        self.hits.push(hits);
        self.images += images;
    }

    /// Reads everything back in one transfer and starts anew.
    ///
    /// # Errors
    /// [`Error::Died`] where the device failed.
    pub fn read(&mut self) -> Result<Sums, Error> {
        if self.images == 0 {
            return Ok(Sums::default());
        }
        let Self {
            mut losses,
            hits,
            images,
        } = std::mem::take(self);
        let steps = losses.len();
        losses.extend(hits);
        let values = numbers(Tensor::cat(losses, 0))?;
        let sum = |values: &[f32]| values.iter().map(|&value| f64::from(value)).sum();
        Ok(Sums {
            loss: sum(&values[..steps]),
            hits: sum(&values[steps..]),
            images,
        })
    }
}

impl Trainer {
    /// The network of `spec`, its weights drawn from `seed`, with a fresh optimiser.
    ///
    /// `device` must record gradients.
    #[must_use]
    pub fn new(spec: &Spec, recipe: &Recipe, seed: u64, device: &Device) -> Self {
        let network = build(spec, seed, device);
        let momentum = MomentumConfig::new()
            .with_momentum(recipe.momentum)
            .with_dampening(0.0)
            .with_nesterov(true);
        let plain = SgdConfig::new().with_momentum(Some(momentum));
        let decaying = plain
            .clone()
            .with_weight_decay(Some(WeightDecayConfig::new(recipe.weight_decay as f32)));
        let optimizer = plain
            .init()
            .with_group(weights_of(&network), decaying.build(), None);
        Self {
            network,
            optimizer,
            steps: 0,
            seed,
            device: device.clone(),
        }
    }

    /// One step of gradient descent, after which the trainer goes on; the tally takes loss and hits before the step.
    #[must_use]
    pub fn step(mut self, batch: HostBatch, learning_rate: f64, tally: &mut Tally) -> Self {
        let batch = batch.upload(&self.device);
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(DROPPING + self.steps);
        self.steps += 1;
        let logits = self
            .network
            .forward_training(batch.images.clone(), &mut rng);
        let loss = CrossEntropyLossConfig::new()
            .init(&logits.device())
            .forward(logits.clone(), batch.labels.clone());
        tally.push(logits.detach(), loss.clone().detach(), &batch);
        let gradients = GradientsParams::from_grads(loss.backward(), &self.network);
        self.network = self.optimizer.step(learning_rate, self.network, gradients);
        self
    }

    /// Loss and hits over `batches`, without gradients and with the running statistics.
    ///
    /// # Errors
    /// [`Error::Died`] where the device failed.
    pub fn evaluate(&self, batches: impl IntoIterator<Item = HostBatch>) -> Result<Sums, Error> {
        evaluate(&self.network.valid(), &self.device.clone().inner(), batches)
    }

    /// Which images of `batches` the network classifies right, evaluated as [`Trainer::evaluate`] does.
    ///
    /// # Errors
    /// [`Error::Died`] where the device failed.
    pub fn correct(
        &self,
        batches: impl IntoIterator<Item = HostBatch>,
    ) -> Result<Vec<bool>, Error> {
        let network = self.network.valid();
        let device = self.device.clone().inner();
        correct(|images| network.forward(images), &device, batches)
    }
}

/// Loss and hits of `network` over `batches`; the network is on `device`, which records no gradients.
///
/// # Errors
/// [`Error::Died`] where the device failed.
pub fn evaluate(
    network: &Network,
    device: &Device,
    batches: impl IntoIterator<Item = HostBatch>,
) -> Result<Sums, Error> {
    let mut tally = Tally::default();
    for batch in batches {
        let batch = batch.upload(device);
        let logits = network.forward(batch.images.clone());
        let loss = CrossEntropyLossConfig::new()
            .init(device)
            .forward(logits.clone(), batch.labels.clone());
        tally.push(logits, loss, &batch);
    }
    tally.read()
}

/// Which images of `batches` get their largest logit from `forward` at their label.
///
/// # Errors
/// [`Error::Died`] where the device failed.
pub fn correct(
    forward: impl Fn(Tensor<4>) -> Tensor<2>,
    device: &Device,
    batches: impl IntoIterator<Item = HostBatch>,
) -> Result<Vec<bool>, Error> {
    let hits: Vec<Tensor<1>> = batches
        .into_iter()
        .map(|batch| {
            let batch = batch.upload(device);
            hits(forward(batch.images), batch.labels)
        })
        .collect();
    if hits.is_empty() {
        return Ok(Vec::new());
    }
    Ok(numbers(Tensor::cat(hits, 0))?
        .into_iter()
        .map(|hit| hit > 0.5)
        .collect())
}

/// 1 for each image whose largest logit is at its label, else 0.
#[must_use]
pub fn hits(logits: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
    logits.argmax(1).squeeze_dim::<1>(1).equal(labels).float()
}

/// Reads numbers back from the device.
///
/// # Errors
/// [`Error::Died`] where the device failed.
pub fn numbers<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, Error> {
    tensor
        .into_data()
        .try_to_vec()
        .map_err(|error| Error::Died(format!("the device gave back no numbers: {error:?}")))
}

/// The parameters that weight decay acts on: those of two dimensions or more.
fn weights_of(network: &Network) -> ParamGroup {
    #[derive(Default)]
    struct Weights(Vec<ParamId>);
    impl ModuleVisitor for Weights {
        fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
            if D > 1 {
                self.0.push(parameter.id);
            }
        }
    }
    let mut weights = Weights::default();
    network.visit(&mut weights);
    ParamGroup::from_ids(weights.0)
}

/// A clock that runs only while training does, read only when the device is idle.
#[derive(Debug, Default)]
pub struct Stopwatch {
    counted: Duration,
    since: Option<Instant>,
}

impl Stopwatch {
    /// Waits for the device, then counts from now on.
    ///
    /// # Errors
    /// [`Error::Died`] where the device failed.
    pub fn start(&mut self, device: &Device) -> Result<(), Error> {
        wait_for(device)?;
        self.since = Some(Instant::now());
        Ok(())
    }

    /// Waits for the device, then stops counting.
    ///
    /// # Errors
    /// [`Error::Died`] where the device failed.
    pub fn stop(&mut self, device: &Device) -> Result<(), Error> {
        wait_for(device)?;
        self.counted += self
            .since
            .take()
            .map_or(Duration::ZERO, |since| since.elapsed());
        Ok(())
    }

    /// What is counted so far, in seconds.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        let running = self.since.map_or(Duration::ZERO, |since| since.elapsed());
        (self.counted + running).as_secs_f64()
    }
}

fn wait_for(device: &Device) -> Result<(), Error> {
    device
        .sync()
        .map_err(|error| Error::Died(format!("the device failed: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Shape;
    use crate::network::{Architecture, Input, baseline};
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
        baseline(Architecture::ResNet { depth: 8 }, input).unwrap()
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
            values,
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
            trainer = trainer.step(batch(), 0.05, &mut tally);
            losses.push(tally.read().unwrap().mean_loss());
        }
        assert!(losses[9] < 0.3 * losses[0], "{losses:?}");
        let sums = trainer.evaluate([batch()]).unwrap();
        assert_eq!(sums.images, 8);
        assert!((sums.accuracy() - 1.0).abs() < 1e-9);
        assert_eq!(trainer.correct([batch()]).unwrap(), [true; 8]);
        let mut wrong = batch();
        wrong.labels[3] = 0;
        let flags = trainer.correct([batch(), wrong]).unwrap();
        let missed: Vec<usize> = (0..16).filter(|&image| !flags[image]).collect();
        assert_eq!(missed, [11]);
    }

    #[test]
    fn one_seed_gives_one_training() {
        let train = |seed| {
            let device = Device::flex().autodiff();
            let mut trainer = Trainer::new(&spec(), &recipe(1, 0.0), seed, &device);
            let mut tally = Tally::default();
            for _ in 0..3 {
                trainer = trainer.step(batch(), 0.05, &mut tally);
            }
            tally.read().unwrap().loss
        };
        assert_eq!(train(1).to_bits(), train(1).to_bits());
        assert_ne!(train(1).to_bits(), train(2).to_bits());
    }

    /// Without gradients only weight decay moves parameters: weights shrink, biases and normalisation stay.
    #[test]
    fn weight_decay_acts_on_weights_alone() {
        struct Ids(Vec<(usize, ParamId)>);
        impl ModuleVisitor for Ids {
            fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
                self.0.push((D, parameter.id));
            }
        }
        let trainer = Trainer::new(&spec(), &recipe(1, 0.0), 1, &Device::flex().autodiff());
        let group = weights_of(&trainer.network);
        let mut ids = Ids(Vec::new());
        trainer.network.visit(&mut ids);
        assert!(
            ids.0.iter().any(|(rank, _)| *rank == 1) && ids.0.iter().any(|(rank, _)| *rank == 4)
        );
        for (rank, id) in ids.0 {
            assert_eq!(group.matches(&id, None), rank > 1);
        }
    }
}
