//! Smaller layers, the loss, and the step of the optimiser.

use burn::nn::loss::CrossEntropyLossConfig;
use burn::tensor::Int;

use super::*;
use crate::kernels::{
    Descent, Pooling, channel_means, descended, gated, joined, pooled, silu as our_silu,
};

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
    expected.output.is_met_by(&values(output.clone()), what);
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
    layer("silu").output.is_met_by(&values(y.clone()), "silu");
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
            place: 0,
        };
        let (rate, squares) = (plain(vec![0.1]), plain(vec![0.0]));
        (weight, velocity, _) = descended(weight, gradient, velocity, rate, squares, descent);
    }
    golden.descent.weight.is_met_by(&values(weight), "weights");
}
