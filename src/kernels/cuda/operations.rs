//! The kernels as operations of burn on tensors (N, channels, height, width), which lie in memory with their
//! channels last.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata, backend_extension};
use burn::tensor::{DType, Shape};
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::{permute_nchw_to_nhwc, permute_nhwc_to_nchw};
use burn_cubecl::tensor::CubeTensor;
use cubecl::server::Handle;

use super::super::descent::Descent;
use super::super::geometry::Geometry;
use super::super::norm::Activation;
use super::norm::{self, Extent, Parameters};
use super::{convolve, descend, place, weight_gradient};

/// Operations that record gradients.
///
/// Running statistics are moved where they lie: clones of them move with them.
#[backend_extension(Cube, Autodiff)]
#[expect(
    clippy::too_many_arguments,
    clippy::type_complexity,
    reason = "the macro takes tensors one by one"
)]
pub trait Recorded: Backend {
    /// A convolution.
    fn convolve(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self>;

    /// A batch normalisation and activation: output, mean, variance and the running statistics, moved.
    fn normalise(
        input: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        running_mean: FloatTensor<Self>,
        running_variance: FloatTensor<Self>,
        epsilon: f64,
        momentum: f64,
        activation: Activation,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    );

    /// A batch normalisation, residual sum and activation: output, mean, variance and the running statistics, moved.
    fn normalise_sum(
        input: FloatTensor<Self>,
        residual: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        running_mean: FloatTensor<Self>,
        running_variance: FloatTensor<Self>,
        epsilon: f64,
        momentum: f64,
        activation: Activation,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    );
}

/// Operations that record none: gradients, and what evaluation and the optimiser do.
#[backend_extension(Cube)]
#[expect(
    clippy::too_many_arguments,
    reason = "the macro takes tensors one by one"
)]
pub trait Plain: Backend {
    /// The gradient by the input of a convolution.
    fn input_gradient(
        gradient: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self>;

    /// The gradient by the weight of a convolution.
    fn weight_gradient(
        input: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self>;

    /// The gradients of a normalisation: by input, scale and shift, and by the residual where `residual` says that
    /// there was one and a rectification followed it. `output` is read there alone.
    fn normalise_gradients(
        gradient: FloatTensor<Self>,
        input: FloatTensor<Self>,
        output: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        epsilon: f64,
        activation: Activation,
        residual: bool,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    );

    /// A normalisation by running statistics, residual sum and activation.
    fn activate(
        input: FloatTensor<Self>,
        residual: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        epsilon: f64,
        with_residual: bool,
        activation: Activation,
    ) -> FloatTensor<Self>;

    /// A step of gradient descent: weight and velocity, moved where they lie if their numbers stand in order.
    fn descend(
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        velocity: FloatTensor<Self>,
        rate: FloatTensor<Self>,
        descent: Descent,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// A copy in memory of its own, its numbers in order.
    fn copied(source: FloatTensor<Self>) -> FloatTensor<Self>;

    /// `target`, with the numbers of `source` where it lies.
    fn assign(target: FloatTensor<Self>, source: FloatTensor<Self>) -> FloatTensor<Self>;

    /// `target`, with one value where it lies.
    fn fill(target: FloatTensor<Self>, value: f64) -> FloatTensor<Self>;
}

fn input_shape(geometry: &Geometry) -> [usize; 4] {
    let Geometry {
        images,
        inputs,
        height,
        width,
        ..
    } = *geometry;
    [images, inputs, height, width]
}

/// The memory of a tensor of `count` numbers that stand in order.
///
/// # Panics
/// Where there are not so many, they are no 32-bit floats, or there are more than a kernel can count.
pub(super) fn plain(tensor: CubeTensor, count: usize) -> Handle {
    assert_eq!(tensor.shape().num_elements(), count);
    assert_eq!(tensor.dtype, DType::F32);
    assert!(
        u32::try_from(count).is_ok(),
        "a tensor of {count} numbers is too large for a GPU's kernels: use a smaller batch"
    );
    into_contiguous(tensor).handle
}

/// The memory of (N, channels, height, width) of this shape, channels last.
pub(super) fn channels_last(tensor: CubeTensor, shape: [usize; 4]) -> Handle {
    assert_eq!(tensor.shape().dims::<4>(), shape);
    plain(permute_nchw_to_nhwc(tensor), shape.iter().product())
}

/// A tensor of numbers that stand in order, beside `like`.
pub(super) fn tensor(like: &CubeTensor, handle: Handle, shape: impl Into<Shape>) -> CubeTensor {
    CubeTensor::new_contiguous(
        like.client.clone(),
        like.device.clone(),
        shape.into(),
        handle,
        like.dtype,
    )
}

/// A tensor (N, channels, height, width) of numbers with their channels last.
pub(super) fn pictures(
    like: &CubeTensor,
    handle: Handle,
    [images, channels, height, width]: [usize; 4],
) -> CubeTensor {
    permute_nhwc_to_nchw(tensor(like, handle, [images, height, width, channels]))
}

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

fn normalised(
    input: CubeTensor,
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
        &channels_last(input, shape),
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
    fn convolve(input: CubeTensor, weight: CubeTensor, geometry: Geometry) -> CubeTensor {
        let like = weight.clone();
        let output = convolve::output(
            &like.client,
            &geometry,
            channels_last(input, input_shape(&geometry)),
            plain(weight, geometry.weights()),
        );
        pictures(&like, output, geometry.output_shape())
    }

    fn normalise(
        input: CubeTensor,
        scale: CubeTensor,
        shift: CubeTensor,
        running_mean: CubeTensor,
        running_variance: CubeTensor,
        epsilon: f64,
        momentum: f64,
        activation: Activation,
    ) -> (CubeTensor, CubeTensor, CubeTensor, CubeTensor, CubeTensor) {
        let parameters = [scale, shift, running_mean, running_variance];
        normalised(input, None, parameters, epsilon, momentum, activation).into()
    }

    fn normalise_sum(
        input: CubeTensor,
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
            input,
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
}
