//! Convolutions, in true 32-bit floats and on tensor cores.

use super::{convolved_both_ways, devices, error, near};
use crate::kernels::Precision;

#[test]
#[ignore = "needs an NVIDIA GPU; run with --ignored"]
fn convolutions_and_their_gradients_are_those_of_the_cpu() {
    let (devices, _alone) = devices();
    let cases = [
        (128, [16, 16], 32, 3, 1, 1, 1),
        (5, [3, 16], 33, 3, 1, 1, 1),
        (9, [1, 16], 28, 3, 1, 1, 1),
        (16, [16, 32], 32, 3, 2, 1, 1),
        (7, [64, 64], 8, 3, 1, 1, 1),
        (4, [132, 12], 16, 3, 1, 1, 1),
        (4, [70, 90], 9, 1, 1, 0, 1),
        (6, [64, 128], 14, 1, 2, 0, 1),
        (3, [256, 256], 8, 3, 1, 1, 8),
        (3, [18, 30], 11, 3, 2, 1, 6),
        (2, [8, 8], 9, 3, 1, 0, 2),
        (3, [96, 96], 12, 3, 2, 1, 96),
        (3, [40, 40], 12, 5, 1, 2, 40),
        (3, [40, 40], 13, 5, 2, 2, 40),
        (128, [64, 10], 1, 1, 1, 0, 1),
        (33, [18, 18], 32, 3, 1, 1, 1),
        (40, [18, 36], 16, 3, 2, 1, 1),
        (65, [72, 72], 8, 3, 1, 1, 1),
        (9, [20, 40], 28, 3, 1, 1, 1),
        (5, [48, 88], 9, 1, 1, 0, 1),
    ];
    for case in cases {
        let results = devices
            .each_ref()
            .map(|device| convolved_both_ways(device, case, Precision::F32));
        near(&results[1], &results[0], 1e-5, &format!("{case:?}"));
    }
}

/// Tensor cores round to ten or seven bits behind the point: an error of some 2^-11 or 2^-8 of each product, and no less
/// than that of 32-bit floats.
#[test]
#[ignore = "needs an NVIDIA GPU; run with --ignored"]
fn convolutions_on_tensor_cores_are_those_of_the_cpu_rounded() {
    let ([cpu, gpu], _alone) = devices();
    let cases = [
        (128, [16, 16], 32, 3, 1, 1, 1),
        (9, [12, 13], 28, 3, 1, 1, 1),
        (16, [16, 32], 32, 3, 2, 1, 1),
        (7, [64, 64], 8, 3, 1, 1, 1),
        (64, [132, 12], 16, 3, 1, 1, 1),
        (4, [70, 90], 9, 1, 1, 0, 1),
        (6, [64, 128], 14, 1, 2, 0, 1),
        (3, [256, 256], 8, 3, 1, 1, 8),
        (33, [96, 24], 16, 1, 1, 0, 1),
        (64, [128, 256], 32, 1, 1, 0, 1),
        (66, [125, 250], 32, 1, 1, 0, 1),
        (40, [128, 128], 32, 3, 1, 1, 1),
        (20, [128, 128], 32, 1, 1, 0, 1),
        (10, [128, 128], 32, 1, 1, 0, 1),
    ];
    for case in cases {
        let exact = convolved_both_ways(&cpu, case, Precision::F32);
        for (precision, bounds) in [(Precision::Tf32, 1e-5..1e-3), (Precision::Bf16, 1e-3..8e-3)] {
            let rounded = convolved_both_ways(&gpu, case, precision);
            for (at, (ours, theirs)) in rounded.iter().zip(&exact).enumerate() {
                let error = error(ours, theirs);
                assert!(
                    bounds.contains(&error),
                    "{case:?}: result {at} with {precision:?} is off by {error}"
                );
            }
        }
    }
}
