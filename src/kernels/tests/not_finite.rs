//! NaN and infinities through every operation, forwards and backwards, beside what `PyTorch` makes of them.
//!
//! The contract: a result is not finite where `PyTorch`'s is not, and is the same of NaN and the two infinities; a
//! convolution in tiles ([`winograd`]) may turn an infinity into NaN and spread over a tile. Precision with a border of
//! zeros count as products, which makes a weight that is not finite reach further than in some of `PyTorch`'s kernels, and
//! the gradient of `SiLU` that burn puts together is NaN where `PyTorch`'s own is infinite.

use std::collections::HashMap;

use burn::nn::loss::CrossEntropyLossConfig;
use burn::tensor::Int;
use burn::tensor::activation::relu;
use serde::Deserialize;

use super::super::norm::{Given, activated};
use super::super::{
    Descent, Pooling, channel_means, descended, gated, joined, pooled, silu as our_silu,
};
use super::*;

/// What `benches/pytorch_reference.py not-finite` writes.
#[derive(Deserialize)]
struct Golden {
    places: HashMap<String, Places>,
    normalised: Vec<NormalisedCase>,
    convolutions: Vec<ConvolutionCase>,
    layers: HashMap<String, Layer>,
    descent: DescentCase,
}

/// Indices and the numbers that stand there in place of hashed ones.
type Places = Vec<(usize, String)>;

/// Runs of NaN (`n`), infinities (`+`, `-`) and finite numbers (`f`), and the norm of the finite ones.
#[derive(Deserialize)]
struct Classes {
    classes: String,
    norm: f64,
}

#[derive(Deserialize)]
struct NormalisedCase {
    activation: String,
    residual: bool,
    trained: HashMap<String, Classes>,
    evaluated: Classes,
}

#[derive(Deserialize)]
struct ConvolutionCase {
    kind: String,
    images: usize,
    groups: usize,
    inputs: usize,
    outputs: usize,
    side: usize,
    kernel: usize,
    stride: usize,
    found: Vec<Found>,
}

#[derive(Deserialize)]
struct Found {
    of: String,
    index: usize,
    value: String,
    output: Classes,
    by_input: Classes,
    by_weight: Classes,
}

#[derive(Deserialize)]
struct Layer {
    output: Classes,
    by: Vec<Classes>,
}

#[derive(Deserialize)]
struct DescentCase {
    places: Vec<Places>,
    weight: Classes,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../../../benches/pytorch_not_finite.json")).unwrap()
}

impl Classes {
    fn letters(&self) -> Vec<char> {
        let mut letters = Vec::new();
        let mut count = 0;
        for letter in self.classes.chars() {
            if let Some(digit) = letter.to_digit(10) {
                count = 10 * count + digit as usize;
            } else {
                letters.resize(letters.len() + count, letter);
                count = 0;
            }
        }
        letters
    }

    /// Every number is of the same class, and the finite ones have the same norm.
    fn is_met_by(&self, ours: &[f32], what: &str) {
        let found: String = ours.iter().copied().map(letter).collect();
        assert_eq!(found, String::from_iter(self.letters()), "{what}");
        let finite = ours.iter().filter(|number| number.is_finite());
        let norm = finite.map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
        assert!(
            (norm - self.norm).abs() <= 1e-4 * self.norm.max(1.0),
            "{what}: norm {norm}, PyTorch has {}",
            self.norm
        );
    }

    /// What is not finite in `PyTorch` is not finite, and of the rest only what `may_spread` from such a number.
    fn is_covered_by(&self, ours: &[f32], may_spread: impl Fn(usize, usize) -> bool, what: &str) {
        let theirs = self.letters();
        assert_eq!(ours.len(), theirs.len(), "{what}");
        for (at, (&number, &letter)) in ours.iter().zip(&theirs).enumerate() {
            if letter == 'f' {
                let spread =
                    || (0..theirs.len()).any(|from| theirs[from] != 'f' && may_spread(from, at));
                assert!(number.is_finite() || spread(), "{what}: {number} at {at}");
            } else {
                assert!(
                    !number.is_finite(),
                    "{what}: {number} at {at}, not {letter}"
                );
            }
        }
    }
}

fn letter(number: f32) -> char {
    match number {
        number if number.is_nan() => 'n',
        number if number.is_finite() => 'f',
        number if number > 0.0 => '+',
        _ => '-',
    }
}

/// Hashed numbers with those of `places` in their places.
fn placed(
    seed: u32,
    count: usize,
    places: &[(usize, String)],
    [scale, shift]: [f32; 2],
) -> Vec<f32> {
    let mut values = numbers(count, seed);
    for value in &mut values {
        *value = shift + scale * *value;
    }
    for (index, value) in places {
        values[*index] = value.parse().unwrap();
    }
    values
}

const PLAIN: [f32; 2] = [1.0, 0.0];

#[test]
fn normalisations_pass_on_what_is_not_finite() {
    const EPSILON: f64 = 1e-3;
    let golden = golden();
    let extent = Extent {
        images: 2,
        channels: 16,
        pixels: 19,
    };
    let operand = |name: &str, seed, count, by| placed(seed, count, &golden.places[name], by);
    let input = operand("input", 1, 608, PLAIN);
    let added = operand("residual", 2, 608, PLAIN);
    let scale = operand("scale", 3, 16, PLAIN);
    let shift = operand("shift", 4, 16, PLAIN);
    let gradient = operand("gradient", 5, 608, PLAIN);
    let mean = operand("mean", 6, 16, PLAIN);
    let variance = operand("variance", 7, 16, [0.4, 0.5]);
    assert_eq!(golden.normalised.len(), 5);
    for case in &golden.normalised {
        let activation = match case.activation.as_str() {
            "none" => Activation::None,
            "relu" => Activation::Relu,
            _ => Activation::Silu,
        };
        let residual = case.residual.then_some(&added[..]);
        for &level in Level::available() {
            let what = |of: &str| {
                format!(
                    "{of}, {activation:?}, residual {}, {level:?}",
                    case.residual
                )
            };
            let result = normalise(
                level,
                extent,
                [&input, &scale, &shift],
                residual,
                EPSILON,
                activation,
            );
            let forward = Forward {
                input: &input,
                output: (case.residual && activation == Activation::Relu)
                    .then_some(&result.output[..]),
                scale: &scale,
                shift: &shift,
                mean: &result.mean,
                variance: &result.variance,
                epsilon: EPSILON,
                activation,
            };
            let by = gradients(level, extent, forward, &gradient);
            let values = extent.images * extent.pixels;
            let unbiased = values as f32 / (values - 1) as f32;
            let running: Vec<f32> = result.variance.iter().map(|v| v * unbiased).collect();
            for (of, ours) in [
                ("output", &result.output),
                ("mean", &result.mean),
                ("variance", &running),
                ("by_input", &by.input),
                ("by_scale", &by.scale),
                ("by_shift", &by.shift),
            ] {
                case.trained[of].is_met_by(ours, &what(of));
            }
            if let Some(ours) = &by.residual {
                case.trained["by_residual"].is_met_by(ours, &what("by_residual"));
            }
            let given = Given {
                scale: &scale,
                shift: &shift,
                mean: &mean,
                variance: &variance,
                epsilon: EPSILON,
            };
            let ours = activated(level, extent, &input, residual, given, activation);
            case.evaluated.is_met_by(&ours, &what("evaluated"));
        }
    }
}

#[test]
fn convolutions_pass_on_what_is_not_finite() {
    let golden = golden();
    assert_eq!(golden.convolutions.len(), 6);
    for case in &golden.convolutions {
        assert_eq!(case.found.len(), 9);
        for found in &case.found {
            check_convolved(case, found);
        }
    }
}

fn check_convolved(case: &ConvolutionCase, found: &Found) {
    let geometry = Geometry {
        images: case.images,
        inputs: case.inputs,
        outputs: case.outputs,
        height: case.side,
        width: case.side,
        kernel: case.kernel,
        stride: case.stride,
        padding: case.kernel / 2,
        groups: case.groups,
        precision: Precision::F32,
    };
    let places = [(found.index, found.value.clone())];
    let operand = |name: &str, seed, count| {
        let places = if found.of == name { &places[..] } else { &[] };
        placed(seed, count, places, PLAIN)
    };
    let input = operand("input", 11, case.images * case.inputs * geometry.pixels());
    let weights = operand("weight", 12, geometry.weights());
    let gradient = operand(
        "gradient",
        13,
        case.images * case.outputs * geometry.out_pixels(),
    );
    let expected = [&found.output, &found.by_input, &found.by_weight];
    let results = ["output", "by_input", "by_weight"];
    for &level in Level::available() {
        let operands = [&input[..], &weights, &gradient];
        let what = |result: &str| {
            format!(
                "{result} with {} in {} at {}, {}, {level:?}",
                found.value, found.of, found.index, case.kind
            )
        };
        let ours = chosen(level, &geometry, operands);
        let tiled = winograd::serves(level, &geometry);
        for ((expected, ours), result) in expected.iter().zip(&ours).zip(results) {
            let border = found.of == "weight" && result == "by_input";
            if !(tiled || border) {
                expected.is_met_by(ours, &what(result));
            }
            expected.is_covered_by(ours, |_, _| true, &what(result));
        }
        if case.kind == "tiled" {
            let ours = in_tiles(level, &geometry, operands);
            for ((expected, ours), result) in expected.iter().zip(&ours).zip(results) {
                let of_tile = |at: usize| {
                    let (plane, pixel) =
                        (at / (case.side * case.side), at % (case.side * case.side));
                    (plane, pixel / case.side / 2, pixel % case.side / 2)
                };
                let spread = |from: usize, to: usize| match result {
                    "by_weight" => from / 9 == to / 9,
                    _ => of_tile(from) == of_tile(to),
                };
                let border = found.of == "weight" && result == "by_input";
                expected.is_covered_by(ours, |from, to| border || spread(from, to), &what(result));
            }
        }
    }
}

/// Kernels use memory again and again: what a training that diverged leaves there reaches no later result.
#[test]
fn what_is_not_finite_does_not_stay_in_memory() {
    let golden = golden();
    for case in &golden.convolutions {
        let geometry = Geometry {
            images: case.images,
            inputs: case.inputs,
            outputs: case.outputs,
            height: case.side,
            width: case.side,
            kernel: case.kernel,
            stride: case.stride,
            padding: case.kernel / 2,
            groups: case.groups,
            precision: Precision::F32,
        };
        let counts = [
            case.images * case.inputs * geometry.pixels(),
            geometry.weights(),
            case.images * case.outputs * geometry.out_pixels(),
        ];
        let finite = counts.map(|count| numbers(count, count as u32));
        let broken = counts.map(|count| vec![f32::NAN; 2 * count]);
        let larger = Geometry {
            images: 2 * case.images,
            ..geometry
        };
        let mut passes: Vec<Passes> = vec![chosen];
        if case.kind == "tiled" {
            passes.push(in_tiles);
        }
        for passes in passes {
            for &level in Level::available() {
                let pool = ThreadPoolBuilder::new().num_threads(1).build().unwrap();
                let [input, weights, gradient] = finite.each_ref().map(Vec::as_slice);
                let [wild_input, wild_weights, wild_gradient] =
                    broken.each_ref().map(Vec::as_slice);
                let run = || passes(level, &geometry, [input, weights, gradient]);
                let clean = pool.install(run);
                pool.install(|| {
                    let weights = &wild_weights[..counts[1]];
                    passes(level, &larger, [wild_input, weights, wild_gradient])
                });
                let bits = |results: &[Vec<f32>; 3]| {
                    results
                        .concat()
                        .iter()
                        .map(|x| x.to_bits())
                        .collect::<Vec<_>>()
                };
                assert_eq!(
                    bits(&clean),
                    bits(&pool.install(run)),
                    "{}, {level:?}",
                    case.kind
                );
            }
        }
    }
}

fn check_output<const D: usize>(expected: &Layer, what: &str, output: &Tensor<D>) {
    expected.output.is_met_by(&values(output.clone()), what);
}

/// The gradients of the inputs of an operation, from that of its output.
fn by_inputs<const D: usize>(output: &Tensor<D>, inputs: &[&Tensor<4>]) -> Vec<Vec<f32>> {
    let shape = output.dims();
    let count: usize = shape.iter().product();
    let places = [(0, "nan".to_owned()), (count - 1, "inf".to_owned())];
    let gradient = tensor(&placed(23, count, &places, PLAIN), shape);
    let grads = (output.clone() * gradient).sum().backward();
    inputs
        .iter()
        .map(|input| values(input.grad(&grads).unwrap()))
        .collect()
}

/// An operation as `expected` has it, with the gradients of its inputs.
fn check_layer<const D: usize>(
    expected: &Layer,
    what: &str,
    output: &Tensor<D>,
    inputs: &[&Tensor<4>],
) {
    check_output(expected, what, output);
    assert_eq!(expected.by.len(), inputs.len(), "{what}");
    for (expected, by) in expected.by.iter().zip(by_inputs(output, inputs)) {
        expected.is_met_by(&by, &format!("gradient of {what}"));
    }
}

#[test]
fn small_layers_pass_on_what_is_not_finite() {
    let golden = golden();
    let layer = |name: &str| &golden.layers[name];
    let strings = |places: &[(usize, f32)]| -> Places {
        places
            .iter()
            .map(|(at, value)| (*at, value.to_string()))
            .collect()
    };
    let (nan, inf) = (f32::NAN, f32::INFINITY);
    let wild = strings(&[(5, nan), (20, inf), (40, -inf), (60, nan), (61, inf)]);
    let inner = strings(&[(1, nan), (2, inf), (4, -inf)]);
    let whole = |seed, places: &[(usize, String)]| {
        tensor(&placed(seed, 96, places, PLAIN), [2, 3, 4, 4]).require_grad()
    };
    let channels = |places: &[(usize, String)]| {
        tensor(&placed(22, 6, places, PLAIN), [2, 3, 1, 1]).require_grad()
    };
    let x = whole(21, &wild);
    check_layer(layer("means"), "means", &channel_means(x.clone()), &[&x]);
    for (name, x, logits) in [
        ("gated", whole(21, &[]), channels(&inner)),
        ("gated by finite", whole(21, &wild), channels(&[])),
    ] {
        let y = gated(x.clone(), logits.clone());
        check_layer(layer(name), name, &y, &[&x, &logits]);
    }
    let logits = channels(&inner);
    let y = our_silu(logits.clone());
    check_output(layer("silu"), "silu", &y);
    let by = by_inputs(&y, &[&logits]);
    let only_here = |from: usize, to: usize| from == to;
    layer("silu").by[0].is_covered_by(&by[0], only_here, "gradient of silu");
    let x = whole(21, &wild);
    check_layer(layer("relu"), "relu", &relu(x.clone()), &[&x]);
    let (x, other) = (whole(21, &wild), whole(22, &inner));
    let y = joined(x.clone(), other.clone());
    check_layer(layer("joined"), "joined", &y, &[&x, &other]);
    let pooling = Pooling {
        window: 2,
        stride: 2,
        before: 0,
        behind: 0,
    };
    let second = Pooling {
        window: 1,
        before: 1,
        behind: 2,
        ..pooling
    };
    for (name, pooling) in [("windows", pooling), ("every second", second)] {
        let x = whole(21, &wild);
        check_layer(layer(name), name, &pooled(x.clone(), pooling), &[&x]);
    }
    for (name, places) in [
        ("loss of finite logits", &[][..]),
        ("loss of NaN", &[(4, nan)]),
        ("loss of infinity", &[(1, inf)]),
        ("loss of minus infinity", &[(0, -inf)]),
        ("loss of minus infinity elsewhere", &[(1, -inf)]),
    ] {
        let logits = tensor(&placed(24, 6, &strings(places), PLAIN), [2, 3]).require_grad();
        let labels = Tensor::<1, Int>::from_ints([0, 2], &logits.device());
        let loss = CrossEntropyLossConfig::new()
            .init(&logits.device())
            .forward(logits.clone(), labels);
        let expected = layer(name);
        expected.output.is_met_by(&values(loss.clone()), name);
        let by = values(logits.grad(&loss.backward()).unwrap());
        expected.by[0].is_met_by(&by, &format!("gradient of {name}"));
    }
}

#[test]
fn gradient_descent_passes_on_what_is_not_finite() {
    let golden = golden();
    let device = Device::flex();
    let plain = |values: Vec<f32>| {
        let count = values.len();
        Tensor::<1>::from_data(TensorData::new(values, [count]), &device)
    };
    let begun: Vec<(usize, String)> = ["nan", "inf", "-inf"]
        .into_iter()
        .enumerate()
        .map(|(at, value)| (at, value.to_owned()))
        .collect();
    let mut weight = plain(placed(31, 40, &begun, PLAIN));
    let mut velocity = plain(vec![0.0; 40]);
    for (step, places) in golden.descent.places.iter().enumerate() {
        let gradient = plain(placed(32 + step as u32, 40, places, PLAIN));
        let descent = Descent {
            momentum: 0.9,
            weight_decay: Some(5e-4),
            first: step == 0,
        };
        (weight, velocity) = descended(weight, gradient, velocity, plain(vec![0.1]), descent);
    }
    golden.descent.weight.is_met_by(&values(weight), "weights");
}
