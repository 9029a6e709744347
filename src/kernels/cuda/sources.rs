//! Whether every kernel can be written as CUDA source, for cards of three kinds that need not be there.

#![allow(clippy::unwrap_used)]

use cubecl::client::Client;
use cubecl::server::Handle;

use super::norm::{Extent, Input, Parameters};
use super::squeeze::Images;
use super::writer::{Card, Written, written};
use super::{convolve, descend, join, norm, pick, place, squeeze, weight_gradient};
use crate::kernels::geometry::Geometry;
use crate::kernels::norm::Activation;
use crate::kernels::{Descent, Precision};

/// Without a copy engine, with one, and with one and more shared memory.
const CARDS: [Card; 3] = [
    Card {
        capability: 70,
        shared_bytes: 96 << 10,
    },
    Card {
        capability: 86,
        shared_bytes: 99 << 10,
    },
    Card {
        capability: 90,
        shared_bytes: 227 << 10,
    },
];

/// Images, inputs, outputs, side, kernel, stride, groups: first layers, widths that fit tiles and that do not,
/// windows with and without a step, groups, depthwise ones, a classifier.
const CONVOLUTIONS: [[usize; 7]; 19] = [
    [128, 16, 16, 32, 3, 1, 1],
    [5, 3, 16, 33, 3, 1, 1],
    [9, 1, 16, 28, 3, 1, 1],
    [16, 16, 32, 32, 3, 2, 1],
    [7, 64, 64, 8, 3, 1, 1],
    [4, 132, 12, 16, 3, 1, 1],
    [4, 70, 90, 9, 1, 1, 1],
    [6, 64, 128, 14, 1, 2, 1],
    [3, 256, 256, 8, 3, 1, 8],
    [64, 512, 512, 8, 3, 1, 8],
    [64, 1024, 2048, 4, 1, 1, 1],
    [3, 18, 30, 11, 3, 2, 6],
    [3, 96, 96, 12, 3, 2, 96],
    [3, 40, 40, 13, 5, 2, 40],
    [128, 64, 10, 1, 1, 1, 1],
    [33, 18, 18, 32, 3, 1, 1],
    [40, 18, 36, 16, 3, 2, 1],
    [65, 72, 72, 8, 3, 1, 1],
    [5, 48, 88, 9, 1, 1, 1],
];

impl Card {
    /// Of the convolutions every so many: all on the newest card, some on others.
    const fn every(self) -> usize {
        if self.capability == 90 { 1 } else { 4 }
    }
}

fn numbers(client: &Client, count: usize) -> Handle {
    client.empty(count * size_of::<f32>())
}

/// A convolution and both its gradients.
fn convolve_all(client: &Client, shape: [usize; 7], precision: Precision) {
    let [images, inputs, outputs, side, kernel, stride, groups] = shape;
    let geometry = Geometry {
        images,
        inputs,
        outputs,
        height: side,
        width: side,
        kernel,
        stride,
        padding: kernel / 2,
        groups,
        precision,
    };
    let input = numbers(client, images * inputs * side * side);
    let gradient = numbers(client, images * outputs * geometry.out_pixels());
    let weights = numbers(client, outputs * geometry.group_inputs() * kernel * kernel);
    let (output, moments) =
        convolve::output(client, &geometry, input.clone(), weights.clone(), true);
    let wide = precision != Precision::F32 && outputs >= 128 && !geometry.is_depthwise();
    assert_eq!(moments.is_some(), wide && geometry.group_inputs() >= 8);
    let extent = Extent {
        pixels: images * geometry.out_pixels(),
        channels: outputs,
    };
    let values = Input {
        values: &output,
        moments: moments.as_ref(),
    };
    let parameters = parameters(client, outputs, Activation::Relu);
    let running = [&parameters.scale, &parameters.shift];
    norm::normalise(client, extent, values, None, &parameters, running, 0.1);
    convolve::input_gradient(client, &geometry, gradient.clone(), weights);
    weight_gradient::weight_gradient(client, &geometry, input, gradient);
}

fn parameters(client: &Client, channels: usize, activation: Activation) -> Parameters {
    let [scale, shift] = [(); 2].map(|()| numbers(client, channels));
    Parameters {
        scale,
        shift,
        epsilon: 1e-5,
        activation,
    }
}

fn normalise_all(client: &Client, channels: usize, activation: Activation, residual: bool) {
    let pixels = 12 * 64;
    let extent = Extent { pixels, channels };
    let [input, gradient, added] = [(); 3].map(|()| numbers(client, pixels * channels));
    let [mean, variance] = [(); 2].map(|()| numbers(client, channels));
    let parameters = parameters(client, channels, activation);
    let residual = residual.then_some(&added);
    let running = [&mean, &variance];
    let values = Input {
        values: &input,
        moments: None,
    };
    norm::normalise(client, extent, values, residual, &parameters, running, 0.1);
    norm::normalise_by(client, extent, &input, residual, &parameters, running);
    norm::gradients(
        client,
        extent,
        &gradient,
        &input,
        residual,
        &parameters,
        running,
    );
}

fn everything_else(client: &Client, channels: usize) {
    let of = Images {
        count: 3,
        pixels: 64,
        channels,
    };
    let length = 3 * 64 * channels;
    let [one, other] = [(); 2].map(|()| numbers(client, length));
    let logits = numbers(client, 3 * channels);
    squeeze::mean(client, of, &one);
    squeeze::mean_gradient(client, of, &logits);
    squeeze::gated(client, of, &one, &logits);
    squeeze::gated_gradients(client, of, &one, &other, &logits);
    squeeze::silu(client, of, &one);
    squeeze::silu_gradient(client, of, &one, &other);
    join::joined(client, 3 * 64, [channels, 12], [&one, &other]);
    join::parted(client, 3 * 64, [channels, 12], &one);
    place::copy(client, length, &one, &other);
    place::fill(client, length, &one, 0.0);
    for weight_decay in [None, Some(1e-4)] {
        let descent = Descent {
            momentum: 0.9,
            weight_decay,
            first: false,
            place: 0,
        };
        let squares = (&other, length);
        descend::step(
            client,
            length,
            [&one, &other, &one],
            &logits,
            squares,
            descent,
        );
    }
    let pixels = (&one, length);
    pick::run(client, 3, [3, 8, 8], pixels, &other, &logits, &other);
}

/// Checks that every kernel has a source, and that no cube has more shared memory than the card.
fn hold(card: Card, kernels: &[Written]) {
    for Written {
        name,
        source,
        shared_bytes,
    } in kernels
    {
        let source = match source {
            Ok(source) => source,
            Err(error) => panic!("{name} on {card:?}: {error}"),
        };
        assert!(source.contains("__global__"), "{name}: {source}");
        assert!(*shared_bytes <= card.shared_bytes, "{name}: {shared_bytes}");
    }
}

fn with(kernels: &[Written], text: &str) -> usize {
    let sources = kernels
        .iter()
        .filter_map(|kernel| kernel.source.as_ref().ok());
    sources.filter(|source| source.contains(text)).count()
}

#[test]
fn convolutions_are_written_for_every_card_and_precision() {
    for card in CARDS {
        for precision in [Precision::F32, Precision::Tf32, Precision::Bf16] {
            if precision != Precision::F32 && card.capability < 80 {
                continue;
            }
            let kernels = written(card, |client| {
                for shape in CONVOLUTIONS.into_iter().step_by(card.every()) {
                    convolve_all(client, shape, precision);
                }
            });
            hold(card, &kernels);
            let instruction = match precision {
                Precision::F32 => "mma.sync",
                Precision::Tf32 => "mma.sync.aligned.m16n8k8",
                Precision::Bf16 => "mma.sync.aligned.m16n8k16",
            };
            let multiplied = with(&kernels, instruction);
            assert_eq!(multiplied > 0, precision != Precision::F32, "{precision:?}");
            assert_eq!(with(&kernels, "cp.async") > 0, card.capability >= 80);
        }
    }
}

#[test]
fn all_other_kernels_are_written_for_every_card() {
    for card in CARDS {
        let kernels = written(card, |client| {
            for channels in [64, 18, 7] {
                for activation in [Activation::None, Activation::Relu, Activation::Silu] {
                    for residual in [false, true] {
                        normalise_all(client, channels, activation, residual);
                    }
                }
                everything_else(client, channels);
            }
        });
        hold(card, &kernels);
    }
}
