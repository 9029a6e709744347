//! Operations that record no gradients: evaluation, the optimiser's step, and changes in place.

use burn::backend::TensorMetadata;
use burn_cubecl::CubeBackend;
use burn_cubecl::tensor::CubeTensor;

use super::super::handles::{
    channels_last, contiguous, contiguous_words, from_channels_last, tensor,
};
use super::super::{descend, norm, pick, place};
use super::{extent, optional, parameters};
use crate::kernels::Descent;
use crate::kernels::operations::{Descended, EvaluationInput, InPlace, Untracked};

impl Untracked for CubeBackend {
    fn activate(operands: EvaluationInput<Self>) -> CubeTensor {
        let (extent, shape) = extent(&operands.input);
        let like = operands.input.clone();
        let channels = extent.channels;
        let parameters = parameters(
            [operands.scale, operands.shift],
            channels,
            operands.epsilon,
            operands.activation,
        );
        let residual = optional(operands.residual).map(|residual| channels_last(residual, shape));
        let output = norm::normalise_by(
            &like.client,
            extent,
            &channels_last(operands.input, shape),
            residual.as_ref(),
            &parameters,
            [
                &contiguous(operands.mean, channels),
                &contiguous(operands.variance, channels),
            ],
        );
        from_channels_last(&like, output, shape)
    }

    fn descend(
        weight: CubeTensor,
        gradient: CubeTensor,
        velocity: CubeTensor,
        rate: CubeTensor,
        squares: CubeTensor,
        descent: Descent,
    ) -> Descended<Self> {
        let (weights, velocities) = (weight.shape(), velocity.shape());
        let places = squares.shape();
        let all = places.num_elements();
        let squares = contiguous(squares, all);
        let like = weight.clone();
        let count = weights.num_elements();
        let [weight, gradient, velocity] =
            [weight, gradient, velocity].map(|tensor| contiguous(tensor, count));
        descend::step(
            &like.client,
            count,
            [&weight, &gradient, &velocity],
            &contiguous(rate, 1),
            (&squares, all),
            descent,
        );
        Descended {
            weight: tensor(&like, weight, weights),
            velocity: tensor(&like, velocity, velocities),
            squares: tensor(&like, squares, places),
        }
    }
}

impl InPlace for CubeBackend {
    fn copied(source: CubeTensor) -> CubeTensor {
        let shape = source.shape();
        let count = shape.num_elements();
        let target = source.client.empty(count * size_of::<f32>());
        Self::assign(tensor(&source, target, shape), source)
    }

    fn assign(target: CubeTensor, source: CubeTensor) -> CubeTensor {
        assert!(target.is_contiguous());
        let count = target.shape().num_elements();
        let handle = contiguous(target.clone(), count);
        place::copy(&target.client, count, &contiguous(source, count), &handle);
        target
    }

    fn fill(target: CubeTensor, value: f64) -> CubeTensor {
        assert!(target.is_contiguous());
        let count = target.shape().num_elements();
        let handle = contiguous(target.clone(), count);
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
        let handle = contiguous(batch.clone(), count);
        pick::run(
            &batch.client,
            images,
            shape,
            (&contiguous_words(pixels, all), all),
            &contiguous(tables, entries),
            &contiguous_words(picks, images * pick::PICK),
            &handle,
        );
        batch
    }
}
