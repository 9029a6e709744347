//! SGD with Nesterov momentum, whose state can be taken out and put back.
//!
//! burn's own optimiser loads its state onto the machine's default device, which may be a GPU that is
//! not there; this one keeps it with the network, and a network of the same form carries it to disk.

use std::collections::HashMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};

use super::Recipe;
use crate::kernels::{self, Descent};
use crate::network::Network;

/// Gradient descent with Nesterov momentum; weight decay on parameters of two dimensions or more,
/// that is on weights, not on biases or normalisation.
#[derive(Debug)]
pub struct Sgd {
    momentum: f64,
    weight_decay: f64,
    velocities: HashMap<ParamId, Tensor<1>>,
    /// Learning rate, one number beside the weights; on a GPU it stays in place.
    rate: Option<Tensor<1>>,
    /// Sums of squared gradients of the last step, in the places of the parameters; on a GPU they stay in place.
    squares: Option<Tensor<1>>,
}

impl Sgd {
    /// An optimiser at rest.
    #[must_use]
    pub fn new(recipe: &Recipe) -> Self {
        Self {
            momentum: recipe.momentum,
            weight_decay: recipe.weight_decay,
            velocities: HashMap::new(),
            rate: None,
            squares: None,
        }
    }

    /// Sets the learning rate of the steps that come, on `device`, which is that of the weights.
    pub fn set_rate(&mut self, rate: f64, device: &Device) {
        match &self.rate {
            Some(place) if kernels::serves_gpu(&place.device()) => kernels::fill(place, rate),
            _ => self.rate = Some(Tensor::from_floats([rate as f32], &device.clone().inner())),
        }
    }

    /// Moves the parameters of `network` against `gradients`: with g = gradient + decay x weight,
    /// v becomes momentum x v + g, and the weight loses rate x (g + momentum x v).
    ///
    /// # Panics
    /// Where no learning rate was set.
    #[must_use]
    pub fn step(&mut self, network: Network, gradients: GradientsParams) -> Network {
        #[expect(clippy::expect_used, reason = "a step without a rate has no meaning")]
        let rate = self.rate.clone().expect("a learning rate");
        let squares = self.squares.take();
        let squares = squares.unwrap_or_else(|| no_squares(&network, &rate.device()));
        let mut step = Step {
            optimizer: self,
            gradients,
            rate,
            squares: Some(squares),
            place: 0,
        };
        let network = network.map(&mut step);
        self.squares = step.squares.take();
        network
    }

    /// The squared L2 norm of the gradients of the last step over all parameters, without weight decay: one number on the
    /// device.
    ///
    /// # Panics
    /// Before the first step.
    #[must_use]
    pub fn squared_gradient_norm(&self) -> Tensor<1> {
        #[expect(clippy::expect_used, reason = "before a step there is no gradient")]
        let squares = self.squares.clone().expect("a step");
        squares.sum()
    }

    /// Gives the parameters of `network` that have no velocity yet one of zero, which changes no step, and the sums of
    /// squared gradients their place in memory.
    pub fn start(&mut self, network: &Network) {
        let mut values = Values::default();
        network.visit(&mut values);
        let mut parameters = Parameters::default();
        network.visit(&mut parameters);
        for ((id, trained), value) in parameters.0.into_iter().zip(values.0) {
            if trained {
                self.squares
                    .get_or_insert_with(|| no_squares(network, &value.device()));
                self.velocities
                    .entry(id)
                    .or_insert_with(|| value.zeros_like());
            }
        }
    }

    /// All that a step of `network` changes, each as numbers in a row: parameters, running statistics and velocities.
    #[must_use]
    pub fn state(&self, network: &Network) -> Vec<Tensor<1>> {
        let mut values = Values::default();
        network.visit(&mut values);
        values.0.extend(self.velocities.values().cloned());
        values.0
    }

    /// The velocities in the place of the parameters of `network`; zero where there is none yet.
    /// Running statistics, which all copies of a network share, stay what they are.
    #[must_use]
    pub fn velocities(&self, network: &Network) -> Network {
        network.clone().map(&mut TakeOut(&self.velocities))
    }

    /// Takes over the velocities that [`Sgd::velocities`] gave, for the parameters of `network`,
    /// which has the same form.
    pub fn restore(&mut self, network: &Network, velocities: &Network) {
        let mut parameters = Parameters::default();
        network.visit(&mut parameters);
        let mut values = Values::default();
        velocities.visit(&mut values);
        self.velocities = parameters
            .0
            .into_iter()
            .zip(values.0)
            .filter_map(|((id, trained), velocity)| trained.then_some((id, velocity)))
            .collect();
    }
}

/// A zero in each place of the sums of squared gradients of `network`.
fn no_squares(network: &Network, device: &Device) -> Tensor<1> {
    let mut places = Places { device, all: 0 };
    network.visit(&mut places);
    Tensor::zeros([places.all], device)
}

fn flat<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    let elements = count(&tensor);
    tensor.reshape([elements])
}

fn count<const D: usize>(tensor: &Tensor<D>) -> usize {
    tensor.dims().iter().product()
}

struct Step<'a> {
    optimizer: &'a mut Sgd,
    gradients: GradientsParams,
    rate: Tensor<1>,
    /// Sums of squared gradients, and the first place of the next parameter.
    squares: Option<Tensor<1>>,
    place: usize,
}

impl ModuleMapper for Step<'_> {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = parameter.consume();
        let place = self.place;
        if tensor.is_require_grad() {
            self.place += kernels::square_places(count(&tensor), &self.rate.device());
        }
        let Some(gradient) = self.gradients.remove::<D>(id) else {
            return Param::from_mapped_value(id, tensor, mapper);
        };
        let Sgd {
            momentum,
            weight_decay,
            velocities,
            ..
        } = &mut *self.optimizer;
        let trained = tensor.is_require_grad();
        let weight = tensor.inner();
        let gpu = kernels::serves_gpu(&weight.device());
        // A GPU's kernel must not get one place in memory for a gradient and a velocity: it begins with zeros.
        let velocity = velocities
            .remove(&id)
            .or_else(|| gpu.then(|| flat(gradient.clone()).zeros_like()));
        let descent = Descent {
            momentum: *momentum as f32,
            weight_decay: (D > 1 && *weight_decay > 0.0).then_some(*weight_decay as f32),
            first: velocity.is_none(),
            place,
        };
        let velocity = velocity.unwrap_or_else(|| flat(gradient.clone()));
        #[expect(clippy::expect_used, reason = "every parameter puts them back")]
        let squares = self.squares.take().expect("the squares");
        let rate = self.rate.clone();
        let (moved, velocity, squares) =
            kernels::descended(weight, gradient, velocity, rate, squares, descent);
        self.squares = Some(squares);
        velocities.insert(id, velocity);
        let moved = Tensor::from_inner(moved).set_require_grad(trained);
        Param::from_mapped_value(id, moved, mapper)
    }
}

struct TakeOut<'a>(&'a HashMap<ParamId, Tensor<1>>);

impl ModuleMapper for TakeOut<'_> {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let trained = parameter.is_require_grad();
        let (id, tensor, mapper) = parameter.consume();
        let taken = match self.0.get(&id) {
            Some(velocity) => Tensor::from_inner(velocity.clone().reshape(tensor.dims())),
            None if trained => tensor.zeros_like(),
            None => tensor,
        };
        Param::from_mapped_value(id, taken, mapper)
    }
}

/// Parameters in their order, and whether they are trained.
#[derive(Default)]
struct Parameters(Vec<(ParamId, bool)>);

impl ModuleVisitor for Parameters {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        self.0.push((parameter.id, parameter.is_require_grad()));
    }
}

/// Counts the places of the sums of squared gradients.
struct Places<'a> {
    device: &'a Device,
    all: usize,
}

impl ModuleVisitor for Places<'_> {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        if parameter.is_require_grad() {
            self.all += kernels::square_places(count(&parameter.val()), self.device);
        }
    }
}

/// Values in the order of the parameters.
#[derive(Default)]
struct Values(Vec<Tensor<1>>);

impl ModuleVisitor for Values {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        self.0.push(flat(parameter.val().inner()));
    }
}

#[cfg(test)]
mod tests {
    use burn::nn::loss::CrossEntropyLossConfig;
    use burn::optim::SgdConfig;
    use burn::optim::decay::WeightDecayConfig;
    use burn::optim::momentum::MomentumConfig;
    use burn::tensor::Int;

    use super::*;
    use crate::dataset::Shape;
    use crate::network::{Input, baseline, build};
    use crate::training::recipe::tests::recipe;

    fn network(device: &Device) -> Network {
        let shape = Shape {
            channels: 1,
            height: 8,
            width: 8,
        };
        let spec = baseline("resnet-8".parse().unwrap(), Input { shape, classes: 2 });
        build(&spec.unwrap(), 1, device)
    }

    fn gradients(network: &Network, device: &Device, step: usize) -> GradientsParams {
        let values: Vec<f32> = (0..4 * 64)
            .map(|index| ((index * (7 + step)) % 13) as f32 / 6.0 - 1.0)
            .collect();
        let images = Tensor::<1>::from_floats(values.as_slice(), device).reshape([4, 1, 8, 8]);
        let labels = Tensor::<1, Int>::from_ints([0, 1, 1, 0], device);
        let loss = CrossEntropyLossConfig::new()
            .init(device)
            .forward(network.forward(images), labels);
        GradientsParams::from_grads(loss.backward(), network)
    }

    fn values(network: &Network) -> Vec<Vec<u32>> {
        let mut values = Values::default();
        network.visit(&mut values);
        let bits = |tensor: Tensor<1>| {
            let values: Vec<f32> = tensor.into_data().try_to_vec().unwrap();
            values.into_iter().map(f32::to_bits).collect()
        };
        values.0.into_iter().map(bits).collect()
    }

    /// The reference is burn's own SGD, with weight decay on parameters of two dimensions or more.
    #[test]
    fn steps_are_those_of_burn_to_the_last_bit() {
        struct Weights(Vec<ParamId>);
        impl ModuleVisitor for Weights {
            fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
                if D > 1 {
                    self.0.push(parameter.id);
                }
            }
        }
        let device = Device::flex().autodiff();
        let (mut ours, mut theirs) = (network(&device), network(&device));
        let mut weights = Weights(Vec::new());
        theirs.visit(&mut weights);
        assert!(!weights.0.is_empty());
        let recipe = recipe(1, 0.0);
        let momentum = MomentumConfig::new()
            .with_momentum(recipe.momentum)
            .with_dampening(0.0)
            .with_nesterov(true);
        let plain = SgdConfig::new().with_momentum(Some(momentum));
        let decay = WeightDecayConfig::new(recipe.weight_decay as f32);
        let decaying = plain.clone().with_weight_decay(Some(decay)).build();
        let group = burn::module::ParamGroup::from_ids(weights.0);
        let mut reference = plain.init().with_group(group, decaying, None);
        let mut sgd = Sgd::new(&recipe);
        sgd.set_rate(0.05, &device);
        for step in 0..4 {
            let gradient = gradients(&ours, &device, step);
            ours = sgd.step(ours, gradient);
            let gradient = gradients(&theirs, &device, step);
            theirs = reference.step(0.05, theirs, gradient);
        }
        assert_eq!(values(&ours), values(&theirs));
    }

    #[test]
    fn velocities_that_are_put_back_go_on_as_if_nothing_had_been() {
        let device = Device::flex().autodiff();
        let mut whole = network(&device);
        let mut sgd = Sgd::new(&recipe(1, 0.0));
        sgd.set_rate(0.05, &device);
        let mut broken = None;
        for step in 0..4 {
            if step == 2 {
                let mut again = Sgd::new(&recipe(1, 0.0));
                again.set_rate(0.05, &device);
                again.restore(&whole, &sgd.velocities(&whole));
                broken = Some((again, whole.clone().fork(&device)));
            }
            let gradient = gradients(&whole, &device, step);
            whole = sgd.step(whole, gradient);
        }
        let (mut sgd, mut network) = broken.unwrap();
        let resting = Sgd::new(&recipe(1, 0.0)).velocities(&network);
        assert_ne!(values(&sgd.velocities(&network)), values(&resting));
        for step in 2..4 {
            let gradient = gradients(&network, &device, step);
            network = sgd.step(network, gradient);
        }
        let mut parameters = Parameters::default();
        whole.visit(&mut parameters);
        let kept = |network: &Network| -> Vec<Vec<u32>> {
            let values = values(network).into_iter().zip(&parameters.0);
            values
                .filter_map(|(value, &(_, trained))| trained.then_some(value))
                .collect()
        };
        assert_eq!(kept(&network), kept(&whole));
    }
}
