//! The gradient of a convolution's input.

use super::buffer::{with_scratch, written_in_parts};
use super::convolve::{Packed, convolve, strip};
use super::depthwise;
use super::geometry::{Correlation, Geometry, Phase};
use super::layout::Layout;
use super::vector::Level;
use super::winograd;

/// The gradient (N, inputs, height, width) of the input, from that of the output.
///
/// It is a convolution of the output's gradient with the weights flipped and transposed; with a stride there
/// is one for every phase of the input's pixels, each with the weights that touch that phase.
pub(super) fn input_gradient(
    level: Level,
    geometry: &Geometry,
    weights: &[f32],
    gradient: &[f32],
) -> Vec<f32> {
    assert_eq!(gradient.len(), geometry.output_len());
    assert_eq!(weights.len(), geometry.weights());
    if depthwise::serves(geometry) {
        return depthwise::input_gradient(level, geometry, weights, gradient);
    }
    if winograd::serves(level, geometry) {
        return winograd::input_gradient(level, geometry, weights, gradient);
    }
    let phases: Vec<(Phase, Layout, Vec<Packed>)> = Correlation::backward(geometry)
        .into_iter()
        .filter(|phase| !phase.weights.is_empty() && !phase.sums.target.contains(&0))
        .map(|phase| {
            let layout = Layout::new(&phase.sums, level.lanes());
            let packed = packed(geometry, &phase, weights);
            (phase, layout, packed)
        })
        .collect();
    let covered: usize = phases.iter().map(|(_, layout, _)| layout.pixels).sum();
    let scratch = phases.iter().map(|(_, layout, _)| layout.len()).max();
    let beside = phases
        .iter()
        .map(|(_, layout, _)| strip(level, layout))
        .max();
    let source = geometry.group_outputs() * geometry.out_pixels();
    let target = geometry.group_inputs() * geometry.pixels();
    let scattered = if geometry.stride > 1 { target } else { 0 };
    // SAFETY: the phases and groups together cover the image; where they do not, it is first set to zero.
    unsafe {
        written_in_parts(geometry.images, geometry.groups * target, |index, image| {
            if covered < geometry.pixels() {
                image.write_bytes(0, geometry.groups * target);
            }
            let lengths = [scratch.unwrap_or(0), beside.unwrap_or(0), scattered];
            with_scratch(lengths, |[scratch, beside, apart]| {
                for group in 0..geometry.groups {
                    let source = &gradient[(index * geometry.groups + group) * source..][..source];
                    let to = image.add(group * target);
                    for (phase, layout, packed) in &phases {
                        let weights = &packed[group];
                        let direct = geometry.stride == 1;
                        let sums = if direct { to } else { apart.as_mut_ptr() };
                        let source = layout.laid_out(level, source, scratch);
                        convolve(level, layout, source, weights, beside, sums);
                        if !direct {
                            scatter(geometry, phase, apart, to);
                        }
                    }
                }
            });
        })
    }
}

/// For each group, the weights of a phase with inputs as targets.
fn packed(geometry: &Geometry, phase: &Phase, weights: &[f32]) -> Vec<Packed> {
    let (inputs, outputs, taps) = (
        geometry.group_inputs(),
        geometry.group_outputs(),
        geometry.taps(),
    );
    (0..geometry.groups)
        .map(|group| {
            let weights = &weights[group * outputs * inputs * taps..];
            Packed::new(inputs, &phase.sums, |target, channel, tap| {
                weights[(channel * inputs + target) * taps + phase.weights[tap]]
            })
        })
        .collect()
}

/// Writes the sums of a phase to its pixels of the image.
///
/// # Safety
/// `image` is valid for the input pixels of a group.
unsafe fn scatter(geometry: &Geometry, phase: &Phase, sums: &[f32], image: *mut f32) {
    let [rows, columns] = phase.sums.target;
    for channel in 0..geometry.group_inputs() {
        for row in 0..rows {
            let from = &sums[(channel * rows + row) * columns..][..columns];
            let y = phase.first[0] + row * geometry.stride;
            let to = image.add((channel * geometry.height + y) * geometry.width + phase.first[1]);
            for (column, &sum) in from.iter().enumerate() {
                *to.add(column * geometry.stride) = sum;
            }
        }
    }
}
