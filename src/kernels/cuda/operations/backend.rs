//! The operations on tensors that record nothing.

use burn::backend::TensorMetadata;
use burn_cubecl::CubeBackend;
use burn_cubecl::tensor::CubeTensor;

use super::super::super::descent::Descent;
use super::super::super::geometry::Geometry;
use super::super::super::norm::Activation;
use super::super::moments::Moments;
use super::super::norm::{self, Extent, Input, Parameters};
use super::super::{convolve, descend, pick, place, weight_gradient};
use super::{Plain, Recorded, channels_last, input_shape, pictures, plain, tensor, words};

fn extent(input: &CubeTensor) -> (Extent, [usize; 4]) {
    let [images, channels, height, width] = input.shape().dims();
    let extent = Extent {
        pixels: images * height * width,
        channels,
    };
    (extent, [images, channels, height, width])
}

fn parameters(
    [scale, shift]: [CubeTensor; 2],
    channels: usize,
    epsilon: f64,
    activation: Activation,
) -> Parameters {
    Parameters {
        scale: plain(scale, channels),
        shift: plain(shift, channels),
        epsilon,
        activation,
    }
}

/// What a convolution found of the moments of `channels`, if it did.
fn found(tensor: CubeTensor, channels: usize) -> Option<Moments> {
    let shape = tensor.shape();
    let [parts, 2, of] = shape[..] else {
        return None;
    };
    assert_eq!(of, channels);
    Some(Moments {
        parts,
        handle: plain(tensor, parts * 2 * channels),
    })
}

fn normalised(
    [input, moments]: [CubeTensor; 2],
    residual: Option<CubeTensor>,
    [scale, shift, mean, variance]: [CubeTensor; 4],
    epsilon: f64,
    momentum: f64,
    activation: Activation,
) -> [CubeTensor; 5] {
    let (extent, shape) = extent(&input);
    let like = input.clone();
    let channels = extent.channels;
    let parameters = parameters([scale, shift], channels, epsilon, activation);
    let residual = residual.map(|residual| channels_last(residual, shape));
    let [running_mean, running_variance] = [mean, variance].map(|tensor| plain(tensor, channels));
    let result = norm::normalise(
        &like.client,
        extent,
        Input {
            values: &channels_last(input, shape),
            moments: found(moments, channels).as_ref(),
        },
        residual.as_ref(),
        &parameters,
        [&running_mean, &running_variance],
        momentum,
    );
    let [mean, variance] = result.statistics;
    let [mean, variance, running_mean, running_variance] =
        [mean, variance, running_mean, running_variance]
            .map(|handle| tensor(&like, handle, [channels]));
    let output = pictures(&like, result.output, shape);
    [output, mean, variance, running_mean, running_variance]
}

impl Recorded for CubeBackend {
    fn convolve(
        input: CubeTensor,
        weight: CubeTensor,
        geometry: Geometry,
        with_moments: bool,
    ) -> (CubeTensor, CubeTensor) {
        let like = weight.clone();
        let (output, moments) = convolve::output(
            &like.client,
            &geometry,
            channels_last(input, input_shape(&geometry)),
            plain(weight, geometry.weights()),
            with_moments,
        );
        let moments = match moments {
            Some(Moments { parts, handle }) => tensor(&like, handle, [parts, 2, geometry.outputs]),
            None => tensor(&like, like.client.empty(size_of::<f32>()), [1, 1, 1]),
        };
        let output = pictures(&like, output, geometry.output_shape());
        (output, moments)
    }

    fn normalise(
        input: CubeTensor,
        moments: CubeTensor,
        scale: CubeTensor,
        shift: CubeTensor,
        running_mean: CubeTensor,
        running_variance: CubeTensor,
        epsilon: f64,
        momentum: f64,
        activation: Activation,
    ) -> (CubeTensor, CubeTensor, CubeTensor, CubeTensor, CubeTensor) {
        let parameters = [scale, shift, running_mean, running_variance];
        let input = [input, moments];
        normalised(input, None, parameters, epsilon, momentum, activation).into()
    }

    fn normalise_sum(
        input: CubeTensor,
        moments: CubeTensor,
        residual: CubeTensor,
        scale: CubeTensor,
        shift: CubeTensor,
        running_mean: CubeTensor,
        running_variance: CubeTensor,
        epsilon: f64,
        momentum: f64,
        activation: Activation,
    ) -> (CubeTensor, CubeTensor, CubeTensor, CubeTensor, CubeTensor) {
        let parameters = [scale, shift, running_mean, running_variance];
        normalised(
            [input, moments],
            Some(residual),
            parameters,
            epsilon,
            momentum,
            activation,
        )
        .into()
    }
}

impl Plain for CubeBackend {
    fn input_gradient(gradient: CubeTensor, weight: CubeTensor, geometry: Geometry) -> CubeTensor {
        let like = weight.clone();
        let result = convolve::input_gradient(
            &like.client,
            &geometry,
            channels_last(gradient, geometry.output_shape()),
            plain(weight, geometry.weights()),
        );
        pictures(&like, result, input_shape(&geometry))
    }

    fn weight_gradient(input: CubeTensor, gradient: CubeTensor, geometry: Geometry) -> CubeTensor {
        let like = input.clone();
        let shape = [
            geometry.outputs,
            geometry.group_inputs(),
            geometry.kernel,
            geometry.kernel,
        ];
        let result = weight_gradient::weight_gradient(
            &like.client,
            &geometry,
            channels_last(input, input_shape(&geometry)),
            channels_last(gradient, geometry.output_shape()),
        );
        tensor(&like, result, shape)
    }

    fn normalise_gradients(
        gradient: CubeTensor,
        input: CubeTensor,
        output: CubeTensor,
        scale: CubeTensor,
        shift: CubeTensor,
        mean: CubeTensor,
        variance: CubeTensor,
        epsilon: f64,
        activation: Activation,
        residual: bool,
    ) -> (CubeTensor, CubeTensor, CubeTensor, CubeTensor) {
        let (extent, shape) = extent(&input);
        let like = input.clone();
        let channels = extent.channels;
        let parameters = parameters([scale, shift], channels, epsilon, activation);
        let rectified = residual && activation == Activation::Relu;
        let output = rectified.then(|| channels_last(output, shape));
        let result = norm::gradients(
            &like.client,
            extent,
            &channels_last(gradient, shape),
            &channels_last(input, shape),
            output.as_ref(),
            &parameters,
            [&plain(mean, channels), &plain(variance, channels)],
        );
        let passed = match result.residual {
            Some(passed) => pictures(&like, passed, shape),
            None => tensor(&like, like.client.empty(size_of::<f32>()), [1]),
        };
        (
            pictures(&like, result.input, shape),
            tensor(&like, result.scale, [extent.channels]),
            tensor(&like, result.shift, [extent.channels]),
            passed,
        )
    }

    fn activate(
        input: CubeTensor,
        residual: CubeTensor,
        scale: CubeTensor,
        shift: CubeTensor,
        mean: CubeTensor,
        variance: CubeTensor,
        epsilon: f64,
        with_residual: bool,
        activation: Activation,
    ) -> CubeTensor {
        let (extent, shape) = extent(&input);
        let like = input.clone();
        let channels = extent.channels;
        let parameters = parameters([scale, shift], channels, epsilon, activation);
        let residual = with_residual.then(|| channels_last(residual, shape));
        let output = norm::normalise_by(
            &like.client,
            extent,
            &channels_last(input, shape),
            residual.as_ref(),
            &parameters,
            [&plain(mean, channels), &plain(variance, channels)],
        );
        pictures(&like, output, shape)
    }

    fn descend(
        weight: CubeTensor,
        gradient: CubeTensor,
        velocity: CubeTensor,
        rate: CubeTensor,
        descent: Descent,
    ) -> (CubeTensor, CubeTensor) {
        let (weights, velocities) = (weight.shape(), velocity.shape());
        let like = weight.clone();
        let count = weights.num_elements();
        let [weight, gradient, velocity] =
            [weight, gradient, velocity].map(|tensor| plain(tensor, count));
        descend::step(
            &like.client,
            count,
            [&weight, &gradient, &velocity],
            &plain(rate, 1),
            descent,
        );
        (
            tensor(&like, weight, weights),
            tensor(&like, velocity, velocities),
        )
    }

    fn copied(source: CubeTensor) -> CubeTensor {
        let shape = source.shape();
        let count = shape.num_elements();
        let target = source.client.empty(count * size_of::<f32>());
        Self::assign(tensor(&source, target, shape), source)
    }

    fn assign(target: CubeTensor, source: CubeTensor) -> CubeTensor {
        assert!(target.is_contiguous());
        let count = target.shape().num_elements();
        let handle = plain(target.clone(), count);
        place::copy(&target.client, count, &plain(source, count), &handle);
        target
    }

    fn fill(target: CubeTensor, value: f64) -> CubeTensor {
        assert!(target.is_contiguous());
        let count = target.shape().num_elements();
        let handle = plain(target.clone(), count);
        place::fill(&target.client, count, &handle, value as f32);
        target
    }

    fn pick(
        pixels: CubeTensor,
        tables: CubeTensor,
        picks: CubeTensor,
        batch: CubeTensor,
        shape: [usize; 3],
    ) -> CubeTensor {
        assert!(batch.is_contiguous());
        let count = batch.shape().num_elements();
        let image = shape.iter().product::<usize>();
        let images = count / image;
        assert_eq!(count, images * image);
        let [all, entries] = [&pixels, &tables].map(|tensor| tensor.shape().num_elements());
        let handle = plain(batch.clone(), count);
        pick::run(
            &batch.client,
            images,
            shape,
            (&words(pixels, all), all),
            &plain(tables, entries),
            &words(picks, images * pick::PICK),
            &handle,
        );
        batch
    }
}
