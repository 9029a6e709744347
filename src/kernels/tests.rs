//! Every kernel beside burn's own composition, on every instruction set that the processor has.

#![allow(clippy::unwrap_used, clippy::many_single_char_names)]

mod layers;
mod not_finite;

use burn::tensor::activation::{relu, silu};
use burn::tensor::module::{batch_norm_train, conv2d};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, TensorData};
use proptest::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::norm::{Extent, Forward, Gradients, Normalised, Parameters, gradients, normalise};
use super::vector::Level;
use super::{Activation, Geometry, Precision, forward, input_gradient, weight_gradient, winograd};

/// Numbers in [-1, 1) from an integer hash.
fn numbers(count: usize, seed: u32) -> Vec<f32> {
    (0..count as u32)
        .map(|index| {
            let mut x = seed.wrapping_mul(0x9E37_79B9).wrapping_add(index);
            for (shift, factor) in [(16, 0x7FEB_352D), (15, 0x846C_A68B)] {
                x = (x ^ (x >> shift)).wrapping_mul(factor);
            }
            ((x ^ (x >> 16)) as f32) / (1_u32 << 31) as f32 - 1.0
        })
        .collect()
}

fn tensor<const D: usize>(values: &[f32], shape: [usize; D]) -> Tensor<D> {
    Tensor::from_data(
        TensorData::new(values.to_vec(), shape),
        &Device::flex().autodiff(),
    )
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

/// Differences stay within rounding: a few units in the last place of the greatest term.
fn assert_near(ours: &[f32], theirs: &[f32], scale: f32, what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (index, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        assert!(
            (ours - theirs).abs() <= 2e-5 * scale.max(theirs.abs()),
            "{what}: {ours} is not {theirs} at {index}"
        );
    }
}

fn geometries() -> impl Strategy<Value = Geometry> {
    (
        (1_usize..4, 1_usize..4, 1_usize..20, 1_usize..20),
        (1_usize..40, 1_usize..40, 0_usize..3, 1_usize..4),
    )
        .prop_map(
            |((images, groups, inputs, outputs), (height, width, half, stride))| Geometry {
                images,
                inputs: inputs * groups,
                outputs: outputs * groups,
                height,
                width,
                kernel: 2 * half + 1,
                stride,
                padding: half,
                groups,
                precision: Precision::F32,
            },
        )
}

fn bits(results: &[Vec<f32>]) -> Vec<u32> {
    results
        .concat()
        .iter()
        .map(|number| number.to_bits())
        .collect()
}

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap()
}

/// Output, gradient of the input and gradient of the weights of a convolution.
type Passes = fn(Level, &Geometry, [&[f32]; 3]) -> [Vec<f32>; 3];

fn chosen(
    level: Level,
    geometry: &Geometry,
    [input, weights, gradient]: [&[f32]; 3],
) -> [Vec<f32>; 3] {
    [
        forward::convolution(level, geometry, input, weights),
        input_gradient::input_gradient(level, geometry, weights, gradient),
        weight_gradient::weight_gradient(level, geometry, input, gradient),
    ]
}

fn in_tiles(
    level: Level,
    geometry: &Geometry,
    [input, weights, gradient]: [&[f32]; 3],
) -> [Vec<f32>; 3] {
    [
        winograd::convolution(level, geometry, input, weights),
        winograd::input_gradient(level, geometry, weights, gradient),
        winograd::weight_gradient(level, geometry, input, gradient),
    ]
}

fn check_convolution(passes: Passes, geometry: Geometry, seed: u32) {
    let Geometry {
        stride,
        padding,
        groups,
        ..
    } = geometry;
    let input = numbers(geometry.input_len(), seed);
    let weights = numbers(geometry.weights(), seed + 1);
    let gradient = numbers(geometry.output_len(), seed + 2);
    let x = tensor(&input, geometry.input_shape()).require_grad();
    let w = tensor(&weights, geometry.weight_shape()).require_grad();
    let options = ConvOptions::new([stride; 2], [padding; 2], [1, 1], groups);
    let y = conv2d(x.clone(), w.clone(), None, options);
    assert_eq!(y.dims(), geometry.output_shape());
    let grads = (y.clone() * tensor(&gradient, y.dims())).sum().backward();
    let expected = [
        values(y),
        values(x.grad(&grads).unwrap()),
        values(w.grad(&grads).unwrap()),
    ];
    for &level in Level::available() {
        let [output, by_input, by_weight] = passes(level, &geometry, [&input, &weights, &gradient]);
        assert_near(&output, &expected[0], 4.0, &format!("output, {level:?}"));
        assert_near(&by_input, &expected[1], 4.0, &format!("input, {level:?}"));
        let scale = (geometry.images * geometry.out_pixels()) as f32;
        let scale = scale.sqrt().max(4.0);
        assert_near(
            &by_weight,
            &expected[2],
            scale,
            &format!("weights, {level:?}"),
        );
    }
}

/// Convolutions that are taken in tiles: images of less than a tile's row of them, of some, and of more.
fn tiled() -> impl Strategy<Value = Geometry> {
    (
        (1_usize..40, 1_usize..3, 8_usize..36, 8_usize..36),
        (3_usize..12, 3_usize..40, 0_usize..3, any::<bool>()),
    )
        .prop_map(
            |((images, groups, inputs, outputs), (short, long, padding, turned))| {
                let (height, width) = if turned { (long, short) } else { (short, long) };
                Geometry {
                    images: images.min(1200 / (height * width) + 1),
                    inputs: inputs * groups,
                    outputs: outputs * groups,
                    height,
                    width,
                    kernel: 3,
                    stride: 1,
                    padding,
                    groups,
                    precision: Precision::F32,
                }
            },
        )
}

fn depthwise() -> impl Strategy<Value = Geometry> {
    (geometries(), 2_usize..40).prop_map(|(geometry, channels)| {
        let kernel = geometry.kernel.max(3);
        Geometry {
            inputs: channels,
            outputs: channels,
            groups: channels,
            kernel,
            padding: kernel / 2,
            ..geometry
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn depthwise_convolutions_equal_burns(geometry in depthwise(), seed in 0_u32..1000) {
        check_convolution(chosen, geometry, seed);
    }

    #[test]
    fn tiled_convolutions_equal_burns(geometry in tiled(), seed in 0_u32..1000) {
        check_convolution(in_tiles, geometry, seed);
    }

    #[test]
    fn convolutions_equal_burns(geometry in geometries(), seed in 0_u32..1000) {
        check_convolution(chosen, geometry, seed);
    }

    #[test]
    fn normalisations_equal_burns(
        images in 1_usize..5, channels in 1_usize..9, pixels in 1_usize..150,
        with_residual: bool, activation in 0_usize..3, seed in 0_u32..1000,
    ) {
        prop_assume!(images * pixels > 3);
        let activation = [Activation::None, Activation::Relu, Activation::Silu][activation];
        prop_assume!(!with_residual || activation == Activation::Relu);
        check_normalisation(Extent { images, channels, pixels }, with_residual, activation, seed);
    }
}

fn check_normalisation(extent: Extent, with_residual: bool, activation: Activation, seed: u32) {
    const EPSILON: f64 = 1e-2;
    let Extent {
        images,
        channels,
        pixels,
    } = extent;
    let shape = [images, channels, pixels, 1];
    let count = images * channels * pixels;
    let input = numbers(count, seed);
    let gradient = numbers(count, seed + 1);
    let added = with_residual.then(|| numbers(count, seed + 2));
    let scale = numbers(channels, seed + 3);
    let shift = numbers(channels, seed + 4);
    let x = tensor(&input, shape).require_grad();
    let r = added
        .as_ref()
        .map(|added| tensor(added, shape).require_grad());
    let s = tensor(&scale, [channels]).require_grad();
    let t = tensor(&shift, [channels]).require_grad();
    let normalised = batch_norm_train(x.clone(), s.clone(), t.clone(), EPSILON);
    let sum = match &r {
        Some(r) => normalised.output + r.clone(),
        None => normalised.output,
    };
    let y = match activation {
        Activation::None => sum,
        Activation::Relu => relu(sum),
        Activation::Silu => silu(sum),
    };
    let grads = (y.clone() * tensor(&gradient, shape)).sum().backward();
    for &level in Level::available() {
        let operands = [&input[..], &scale, &shift];
        let (result, by) = normalise_both_ways(
            level,
            extent,
            operands,
            added.as_deref(),
            EPSILON,
            activation,
            &gradient,
        );
        let wide = ((images * pixels) as f32).sqrt();
        for (ours, theirs, scale, what) in [
            (&result.output, values(y.clone()), 2.0, "output"),
            (&result.mean, values(normalised.mean.clone()), 1.0, "mean"),
            (
                &result.variance,
                values(normalised.variance.clone()),
                1.0,
                "variance",
            ),
            (&by.input, values(x.grad(&grads).unwrap()), 10.0, "input"),
            (
                &by.scale,
                values(s.grad(&grads).unwrap()),
                2.0 * wide,
                "scale",
            ),
            (
                &by.shift,
                values(t.grad(&grads).unwrap()),
                2.0 * wide,
                "shift",
            ),
        ] {
            assert_near(ours, &theirs, scale, what);
        }
        assert_eq!(by.residual.is_some(), with_residual);
        if let (Some(by), Some(r)) = (&by.residual, &r) {
            assert_near(by, &values(r.grad(&grads).unwrap()), 2.0, "residual");
        }
    }
}

/// The forward and the backward pass of a normalisation of `[input, scale, shift]`.
fn normalise_both_ways(
    level: Level,
    extent: Extent,
    [input, scale, shift]: [&[f32]; 3],
    residual: Option<&[f32]>,
    epsilon: f64,
    activation: Activation,
    gradient: &[f32],
) -> (Normalised, Gradients) {
    let operands = [input, scale, shift];
    let result = normalise(level, extent, operands, residual, epsilon, activation);
    let rectified = residual.is_some() && activation == Activation::Relu;
    let forward = Forward {
        input,
        output: rectified.then_some(&result.output),
        parameters: Parameters {
            scale,
            shift,
            mean: &result.mean,
            variance: &result.variance,
            epsilon,
        },
        activation,
    };
    let by = gradients(level, extent, forward, gradient);
    (result, by)
}

/// A batch whose images fall to several threads.
#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let strided = Geometry {
        images: 21,
        inputs: 6,
        outputs: 9,
        height: 9,
        width: 11,
        kernel: 3,
        stride: 2,
        padding: 1,
        groups: 3,
        precision: Precision::F32,
    };
    check_threads(strided);
    check_threads(Geometry {
        inputs: 10,
        outputs: 9,
        stride: 1,
        groups: 1,
        ..strided
    });
}

fn check_threads(geometry: Geometry) {
    let input = numbers(geometry.input_len(), 1);
    let weights = numbers(geometry.weights(), 2);
    let gradient = numbers(geometry.output_len(), 3);
    let extent = Extent {
        images: 21,
        channels: 9,
        pixels: geometry.out_pixels(),
    };
    let (scale, shift) = (numbers(9, 4), numbers(9, 5));
    let on = |threads| {
        pool(threads).install(|| {
            let level = Level::detected();
            let output = forward::convolution(level, &geometry, &input, &weights);
            let operands = [&output[..], &scale, &shift];
            let silu = Activation::Silu;
            let (result, by) =
                normalise_both_ways(level, extent, operands, None, 1e-5, silu, &gradient);
            let all = [
                input_gradient::input_gradient(level, &geometry, &weights, &by.input),
                weight_gradient::weight_gradient(level, &geometry, &input, &by.input),
                result.output,
                result.mean,
                result.variance,
                by.input,
                by.scale,
                by.shift,
            ];
            bits(&all)
        })
    };
    let one = on(1);
    assert_eq!(one, on(2));
    assert_eq!(one, on(5));
}
