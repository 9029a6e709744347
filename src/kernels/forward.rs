//! A convolution's output.

use super::buffer::{with_scratch, written_in_parts};
use super::convolve::{Packed, convolve, strip};
use super::depthwise;
use super::geometry::{Correlation, Geometry};
use super::layout::Layout;
use super::vector::Level;
use super::winograd;

/// The output (N, outputs, ..) of an input (N, inputs, height, width) with weights (outputs, inputs / groups, kernel, kernel).
pub(super) fn convolution(
    level: Level,
    geometry: &Geometry,
    input: &[f32],
    weights: &[f32],
) -> Vec<f32> {
    assert_eq!(input.len(), geometry.input_len());
    assert_eq!(weights.len(), geometry.weights());
    if depthwise::serves(geometry) {
        return depthwise::convolution(level, geometry, input, weights);
    }
    if winograd::serves(level, geometry) {
        return winograd::convolution(level, geometry, input, weights);
    }
    let sums = Correlation::forward(geometry);
    let layout = Layout::new(&sums, level.lanes());
    let (channels, targets, taps) = (
        geometry.group_inputs(),
        geometry.group_outputs(),
        geometry.taps(),
    );
    let packed: Vec<Packed> = (0..geometry.groups)
        .map(|group| {
            let weights = &weights[group * targets * channels * taps..];
            Packed::new(targets, &sums, |target, channel, tap| {
                weights[(target * channels + channel) * taps + tap]
            })
        })
        .collect();
    let image = geometry.inputs * geometry.pixels();
    let source = channels * geometry.pixels();
    let target = targets * geometry.out_pixels();
    // SAFETY: every group writes all its targets, and together they make up the image.
    unsafe {
        written_in_parts(geometry.images, geometry.groups * target, |index, to| {
            let image = &input[index * image..(index + 1) * image];
            with_scratch(
                [layout.len(), strip(level, &layout)],
                |[scratch, beside]| {
                    for (group, weights) in packed.iter().enumerate() {
                        let source = &image[group * source..(group + 1) * source];
                        let to = to.add(group * target);
                        let source = layout.laid_out(level, source, scratch);
                        convolve(level, &layout, source, weights, beside, to);
                    }
                },
            );
        })
    }
}
