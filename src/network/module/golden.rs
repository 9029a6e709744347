//! The same weights and the same batch give what `PyTorch` gives: logits, loss, gradients, running
//! statistics, and the logits of evaluation and of the next batch after a step.
//!
//! `benches/pytorch_reference.py golden` wrote the values. Both sides draw weights and images from
//! the same integer hash, so that the file holds results alone; a tensor is stored as its norm, its product
//! with a hashed vector, and its first values.

#![allow(clippy::unwrap_used)]

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::tensor::{Device, Gradients, Int, Tensor, TensorData};
use serde::Deserialize;

use super::{Network, build};
use crate::network::testing::spec;
use crate::network::width::scaled;
use crate::network::{Spec, floor};

#[derive(Deserialize)]
struct Golden {
    learning_rate: f64,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    architecture: String,
    width_factor: f64,
    floor: bool,
    images: usize,
    channels: usize,
    side: usize,
    parameters: u64,
    macs: u64,
    logits: Vec<f64>,
    loss: f64,
    gradients: Vec<Sketch>,
    /// What `clip_grad_norm_` gives.
    gradient_norm: f64,
    statistics: Vec<Sketch>,
    evaluated: Vec<f64>,
    next_logits: Vec<f64>,
}

/// A tensor in short.
#[derive(Debug, Deserialize)]
struct Sketch {
    shape: Vec<usize>,
    norm: f64,
    product: f64,
    first: Vec<f64>,
}

/// A number in [-1, 1) from a tensor's number and an index in it.
fn hashed(tensor: usize, index: usize) -> f64 {
    let mut x = (tensor as u32)
        .wrapping_mul(0x9E37_79B9)
        .wrapping_add(index as u32);
    x ^= x >> 16;
    x = x.wrapping_mul(0x7FEB_352D);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846C_A68B);
    x ^= x >> 16;
    f64::from(x) / f64::from(1_u32 << 31) - 1.0
}

/// Sets every trainable parameter, in order: weights uniform with variance 2 / fan-in, scales about 1,
/// shifts and biases about 0.
#[derive(Default)]
struct Weights {
    tensor: usize,
}

impl ModuleMapper for Weights {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if !parameter.is_require_grad() {
            return parameter;
        }
        let tensor = self.tensor;
        self.tensor += 1;
        parameter.map(|old| {
            let shape: [usize; D] = old.dims();
            let is_scale = D == 1 && numbers(old.clone()).iter().all(|value| *value == 1.0);
            let (offset, amplitude) = match (D, is_scale) {
                (1, true) => (1.0, 0.2),
                (1, false) => (0.0, 0.2),
                _ => (0.0, (6.0 / fan_in(&shape)).sqrt()),
            };
            let values: Vec<f32> = (0..shape.iter().product())
                .map(|index| {
                    let index = if D == 2 {
                        transposed(index, &shape)
                    } else {
                        index
                    };
                    (offset + amplitude * hashed(tensor, index)) as f32
                })
                .collect();
            Tensor::from_data(TensorData::new(values, shape), &old.device()).require_grad()
        })
    }
}

fn fan_in(shape: &[usize]) -> f64 {
    match *shape {
        [inputs, _] => inputs as f64,
        _ => shape[1..].iter().product::<usize>() as f64,
    }
}

/// Where `PyTorch`, which keeps a linear layer's weights as (outputs, inputs), has the value that burn
/// has at `index` of (inputs, outputs).
fn transposed(index: usize, shape: &[usize]) -> usize {
    let (inputs, outputs) = (shape[0], shape[1]);
    (index % outputs) * inputs + index / outputs
}

/// Gradients of all trainable parameters in `PyTorch`'s layout, or running statistics.
struct Read<'a> {
    gradients: Option<&'a Gradients>,
    tensors: Vec<(Vec<usize>, Vec<f64>)>,
}

impl Read<'_> {
    fn push<const D: usize>(&mut self, tensor: Tensor<D>) {
        let tensor = if D == 2 {
            tensor.swap_dims(0, 1)
        } else {
            tensor
        };
        let shape = tensor.dims().to_vec();
        self.tensors.push((shape, numbers(tensor)));
    }
}

impl ModuleVisitor for Read<'_> {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        match self.gradients {
            Some(gradients) if parameter.is_require_grad() => {
                self.push(parameter.val().grad(gradients).unwrap());
            }
            None if !parameter.is_require_grad() => self.push(parameter.val()),
            _ => {}
        }
    }
}

fn read(network: &Network, gradients: Option<&Gradients>) -> Vec<(Vec<usize>, Vec<f64>)> {
    let mut read = Read {
        gradients,
        tensors: Vec::new(),
    };
    network.visit(&mut read);
    read.tensors
}

/// Plain gradient descent.
struct Descent<'a> {
    gradients: &'a Gradients,
    rate: f64,
}

impl ModuleMapper for Descent<'_> {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if !parameter.is_require_grad() {
            return parameter;
        }
        let gradient = parameter.val().grad(self.gradients).unwrap();
        let rate = self.rate;
        parameter.map(|value| {
            let device = value.device();
            let stepped = value.inner() - gradient.clone() * rate;
            Tensor::from_data(stepped.into_data(), &device).require_grad()
        })
    }
}

fn images(case: &Case, number: usize, device: &Device) -> Tensor<4> {
    let shape = [case.images, case.channels, case.side, case.side];
    let values: Vec<f32> = (0..shape.iter().product())
        .map(|index| hashed(1_000 + number, index) as f32)
        .collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn labels(case: &Case) -> Vec<i64> {
    (0..case.images as i64)
        .map(|image| image * 3 % 10)
        .collect()
}

fn case_spec(case: &Case) -> Spec {
    let full = spec(&case.architecture, case.channels, case.side);
    let cut = if case.floor { floor(&full) } else { full };
    scaled(&cut, case.width_factor).unwrap()
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    let values: Vec<f32> = tensor.into_data().try_to_vec().unwrap();
    values.into_iter().map(f64::from).collect()
}

/// Asserts that `ours` is within `tolerance` of `theirs`, relative to their norm.
fn near(ours: &[f64], theirs: &[f64], tolerance: f64, what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|x| x * x).sum::<f64>().sqrt();
    let apart = norm(&mut ours.iter().zip(theirs).map(|(a, b)| a - b));
    let size = norm(&mut theirs.iter().copied());
    assert!(
        apart <= tolerance * size,
        "{what}: {apart:e} apart, relative to {size:e}"
    );
}

/// What rounding to f32 leaves of a gradient that is 0, as that of a shift whose effect the next batch
/// normalisation takes away.
const ROUNDING: f64 = 1e-6;

fn alike(ours: &[(Vec<usize>, Vec<f64>)], theirs: &[Sketch], tolerance: f64, what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (number, ((shape, values), sketch)) in ours.iter().zip(theirs).enumerate() {
        let what = format!("{what} {number} {shape:?}");
        assert_eq!(*shape, sketch.shape, "{what}");
        let norm = values.iter().map(|x| x * x).sum::<f64>().sqrt();
        let product: f64 = values
            .iter()
            .enumerate()
            .map(|(index, value)| value * hashed(2_000, index))
            .sum();
        let within = tolerance * sketch.norm + ROUNDING;
        let close = |ours: f64, theirs: f64| (ours - theirs).abs() <= within;
        assert!(
            close(norm, sketch.norm)
                && close(product, sketch.product)
                && values.iter().zip(&sketch.first).all(|(a, b)| close(*a, *b)),
            "{what}: norm {norm:e}, product {product:e}, first {:?}; PyTorch has {sketch:?}",
            &values[..sketch.first.len()]
        );
    }
}

fn check(case: &Case, learning_rate: f64) {
    let device = Device::flex().autodiff();
    let spec = case_spec(case);
    let of = |what: &str| format!("{}: {what}", case.name);
    assert_eq!(spec.parameters(), case.parameters, "{}", of("parameters"));
    assert_eq!(spec.macs(), case.macs, "{}", of("MACs"));
    let network = build(&spec, 1, &device).map(&mut Weights::default());
    let labels = TensorData::new(labels(case), [case.images]);
    let labels = Tensor::<1, Int>::from_data(labels, &device);

    let logits = network.forward(images(case, 0, &device));
    let loss = CrossEntropyLossConfig::new()
        .init(&device)
        .forward(logits.clone(), labels);
    near(&numbers(logits), &case.logits, 1e-4, &of("logits"));
    near(&numbers(loss.clone()), &[case.loss], 1e-4, &of("loss"));
    let gradients = loss.backward();
    let found = read(&network, Some(&gradients));
    alike(&found, &case.gradients, 1e-3, &of("gradient"));
    let plain = network.valid();
    let found = read(&network, None);
    alike(&found, &case.statistics, 1e-4, &of("running statistics"));
    let evaluated = numbers(plain.forward(images(case, 1, &Device::flex())));
    near(&evaluated, &case.evaluated, 1e-4, &of("evaluation"));

    let mut descent = Descent {
        gradients: &gradients,
        rate: learning_rate,
    };
    let stepped = network.map(&mut descent);
    let next = numbers(stepped.forward(images(case, 1, &device)));
    near(&next, &case.next_logits, 1e-3, &of("after a step"));
}

/// Checks the cases of these names.
pub(in crate::network) fn check_all(names: &[&str]) {
    let golden = golden();
    for name in names {
        let case = golden.cases.iter().find(|case| case.name == *name);
        check(case.unwrap(), golden.learning_rate);
    }
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../../../benches/pytorch_golden.json")).unwrap()
}

/// A network with its first batch, and what `PyTorch` says of them.
pub(crate) struct Example {
    pub(crate) spec: Spec,
    pub(crate) network: Network,
    pub(crate) images: Tensor<4>,
    pub(crate) labels: Vec<i64>,
    /// Mean cross-entropy.
    pub(crate) loss: f64,
    /// What `clip_grad_norm_` gives before it clips.
    pub(crate) gradient_norm: f64,
}

/// The case of this name, on a device that records gradients.
pub(crate) fn example(name: &str, device: &Device) -> Example {
    let mut cases = golden().cases.into_iter();
    let case = cases.find(|case| case.name == name).unwrap();
    let spec = case_spec(&case);
    Example {
        network: build(&spec, 1, device).map(&mut Weights::default()),
        spec,
        images: images(&case, 0, device),
        labels: labels(&case),
        loss: case.loss,
        gradient_norm: case.gradient_norm,
    }
}
