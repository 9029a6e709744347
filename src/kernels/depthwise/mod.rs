//! Depthwise convolutions: every channel has its own kernel.
//!
//! Lanes run over channels: a vector of channels of an image is transposed to pixels by channels within a border
//! of zeros, and back. No sum then runs across lanes, and planes of a few pixels cost no more than large ones.

mod block;

use self::block::{backward_3, backward_5, forward_3, forward_5, weights_3, weights_5};
use super::buffer::{with_scratch, written_in_parts};
use super::geometry::Geometry;
use super::parts::{PARTS, sums_of_parts};
use super::vector::Level;

/// Whether there is a kernel for a convolution.
pub(super) const fn serves(geometry: &Geometry) -> bool {
    geometry.is_depthwise() && matches!(geometry.kernel, 3 | 5)
}

/// The shape of a convolution as a vector of channels sees it.
#[derive(Clone, Copy)]
struct Frame {
    height: usize,
    width: usize,
    out_height: usize,
    out_width: usize,
    stride: usize,
    padding: usize,
    /// Height and width with the border, as far as the kernel reaches.
    outer: [usize; 2],
}

impl Frame {
    fn new(geometry: &Geometry) -> Self {
        let reach = |side: usize, out: usize| {
            ((out - 1) * geometry.stride + geometry.kernel).max(side + geometry.padding)
        };
        Self {
            height: geometry.height,
            width: geometry.width,
            out_height: geometry.out_height(),
            out_width: geometry.out_width(),
            stride: geometry.stride,
            padding: geometry.padding,
            outer: [
                reach(geometry.height, geometry.out_height()),
                reach(geometry.width, geometry.out_width()),
            ],
        }
    }

    const fn pixels(&self) -> usize {
        self.height * self.width
    }

    const fn out_pixels(&self) -> usize {
        self.out_height * self.out_width
    }

    /// Numbers of the bordered image, the input and the output, in vectors of `lanes`.
    const fn scratch(&self, lanes: usize) -> [usize; 3] {
        [
            self.outer[0] * self.outer[1] * lanes,
            self.pixels() * lanes,
            self.out_pixels() * lanes,
        ]
    }
}

/// Weights as blocks of channels, taps and the channels of a block.
fn packed(geometry: &Geometry, lanes: usize, weights: &[f32]) -> Vec<f32> {
    let taps = geometry.taps();
    let mut packed = vec![0.0; geometry.inputs.next_multiple_of(lanes) * taps];
    for (channel, kernel) in weights.chunks_exact(taps).enumerate() {
        for (tap, &weight) in kernel.iter().enumerate() {
            packed[(channel / lanes * taps + tap) * lanes + channel % lanes] = weight;
        }
    }
    packed
}

/// The output of a depthwise convolution.
pub(super) fn convolution(
    level: Level,
    geometry: &Geometry,
    input: &[f32],
    weights: &[f32],
) -> Vec<f32> {
    assert_eq!(input.len(), geometry.input_len());
    per_image(level, geometry, input, weights, false)
}

/// The gradient of a depthwise convolution's input.
pub(super) fn input_gradient(
    level: Level,
    geometry: &Geometry,
    weights: &[f32],
    gradient: &[f32],
) -> Vec<f32> {
    assert_eq!(gradient.len(), geometry.output_len());
    per_image(level, geometry, gradient, weights, true)
}

fn per_image(
    level: Level,
    geometry: &Geometry,
    source: &[f32],
    weights: &[f32],
    backward: bool,
) -> Vec<f32> {
    assert!(serves(geometry) && weights.len() == geometry.weights());
    let (lanes, frame) = (level.lanes(), Frame::new(geometry));
    let packed = packed(geometry, lanes, weights);
    let (from, to) = if backward {
        (frame.out_pixels(), frame.pixels())
    } else {
        (frame.pixels(), frame.out_pixels())
    };
    let channels = geometry.inputs;
    // SAFETY: the blocks of channels cover the image, each written whole; the source has `from` numbers for
    // every channel, and the scratch memory is the frame's.
    unsafe {
        written_in_parts(geometry.images, channels * to, |image, target| {
            with_scratch(frame.scratch(lanes), |[outer, inner, out]| {
                for block in 0..channels.div_ceil(lanes) {
                    let first = block * lanes;
                    let count = (channels - first).min(lanes);
                    let source =
                        source[(image * channels + first) * from..][..count * from].as_ptr();
                    let weights = packed[first * geometry.taps()..].as_ptr();
                    let scratch = [outer.as_mut_ptr(), inner.as_mut_ptr(), out.as_mut_ptr()];
                    let target = target.add(first * to);
                    let convolve = match (geometry.kernel, backward) {
                        (3, false) => forward_3,
                        (3, true) => backward_3,
                        (_, false) => forward_5,
                        (_, true) => backward_5,
                    };
                    convolve(level, frame, count, source, weights, scratch, target);
                }
            });
        })
    }
}

/// The gradient of a depthwise convolution's weights.
pub(super) fn weight_gradient(
    level: Level,
    geometry: &Geometry,
    input: &[f32],
    gradient: &[f32],
) -> Vec<f32> {
    let (lanes, frame, channels) = (level.lanes(), Frame::new(geometry), geometry.inputs);
    let (from, to) = (frame.pixels(), frame.out_pixels());
    assert!(serves(geometry));
    assert_eq!(input.len(), geometry.input_len());
    assert_eq!(gradient.len(), geometry.output_len());
    let taps = geometry.taps();
    let part = channels.next_multiple_of(lanes) * taps;
    let parts = PARTS.min(geometry.images.max(1));
    let add = if geometry.kernel == 3 {
        weights_3
    } else {
        weights_5
    };
    let sums = sums_of_parts(geometry, parts, part, |images, sums| {
        with_scratch(frame.scratch(lanes), |[outer, inner, out]| {
            for image in images {
                for (block, sums) in sums.chunks_exact_mut(taps * lanes).enumerate() {
                    let first = image * channels + block * lanes;
                    let count = (channels - block * lanes).min(lanes);
                    let input = input[first * from..][..count * from].as_ptr();
                    let gradient = gradient[first * to..][..count * to].as_ptr();
                    let scratch = [outer.as_mut_ptr(), inner.as_mut_ptr(), out.as_mut_ptr()];
                    let sums = sums.as_mut_ptr();
                    // SAFETY: input and gradient hold the channels of a block, and the scratch memory is the frame's.
                    unsafe { add(level, frame, count, input, gradient, scratch, sums) };
                }
            }
        });
    });
    (0..channels * taps)
        .map(|weight| {
            let (channel, tap) = (weight / taps, weight % taps);
            let at = (channel / lanes * taps + tap) * lanes + channel % lanes;
            sums[at..].iter().step_by(part).sum()
        })
        .collect()
}
