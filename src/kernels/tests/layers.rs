//! Operations beside burn's own.

use burn::tensor::module::avg_pool2d;
use burn::tensor::ops::AvgPoolOptions;

use super::*;
use crate::kernels::{EvaluationParameters, Pooling, activated, pooled};

fn noise<const D: usize>(shape: [usize; D], seed: u32) -> Tensor<D> {
    tensor(&numbers(shape.iter().product(), seed), shape)
}

/// The reference is burn's pooling, with zeros put around it.
#[test]
fn means_of_windows_and_their_gradient_are_burns() {
    for (window, stride, before, behind) in [(1, 2, 3, 4), (2, 2, 0, 0), (1, 3, 0, 1), (3, 4, 1, 0)]
    {
        let pooling = Pooling {
            window,
            stride,
            before,
            behind,
        };
        for [height, width] in [[8, 8], [7, 9], [4, 5]] {
            let input = noise([2, 3, height, width], 1).require_grad();
            let options = AvgPoolOptions::new([window; 2]).with_stride([stride; 2]);
            let means = avg_pool2d(input.clone(), options);
            let [_, _, rows, columns] = means.dims();
            let zeros = |count| Tensor::zeros([2, count, rows, columns], &input.device());
            let theirs = Tensor::cat(vec![zeros(before), means, zeros(behind)], 1);
            let ours = pooled(input.clone(), pooling);
            let slopes = noise(theirs.dims(), 2);
            let [theirs, ours] = [theirs, ours].map(|output| {
                let by = (output.clone() * slopes.clone()).sum().backward();
                [values(output), values(input.grad(&by).unwrap())]
            });
            for (ours, theirs) in ours.iter().zip(&theirs) {
                assert_near(ours, theirs, 1.0, &format!("{pooling:?}"));
            }
        }
    }
}

/// The reference is the formula in burn's operations.
#[test]
fn normalisation_by_running_statistics_is_its_formula() {
    let shape = [3, 5, 6, 7];
    let row = |values: &Tensor<1>| values.clone().reshape([1, 5, 1, 1]);
    for (with_residual, activation) in [
        (false, Activation::None),
        (false, Activation::Silu),
        (true, Activation::None),
        (true, Activation::Relu),
    ] {
        let input = noise(shape, 1).inner();
        let residual = with_residual.then(|| noise(shape, 2).inner());
        let running = EvaluationParameters {
            scale: noise([5], 3).inner(),
            shift: noise([5], 4).inner(),
            mean: noise([5], 5).inner(),
            variance: noise([5], 6).inner() + 1.1,
            epsilon: 1e-3,
        };
        let deviation = (row(&running.variance) + 1e-3).sqrt();
        let normal = (input.clone() - row(&running.mean)) / deviation;
        let mut theirs = normal * row(&running.scale) + row(&running.shift);
        if let Some(residual) = &residual {
            theirs = theirs + residual.clone();
        }
        let theirs = match activation {
            Activation::None => theirs,
            Activation::Relu => relu(theirs),
            Activation::Silu => silu(theirs),
        };
        let ours = activated(input, residual, running, activation);
        assert_near(
            &values(ours),
            &values(theirs),
            1.0,
            &format!("{activation:?}"),
        );
    }
}
