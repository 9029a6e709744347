//! Convolutions that give every channel one kernel of its own.
//!
//! Lanes run over channels: a vector of channels of an image is transposed to pixels by channels within a border
//! of zeros, and back. No sum then runs across lanes, and planes of a few pixels cost no more than large ones.

use rayon::prelude::*;

use super::buffer::{with_room, written_in_parts};
use super::geometry::Geometry;
use super::transpose::{to_channels_with, to_pixels_with};
use super::vector::{Level, Vector, kernel};

/// Parts in which images are summed for the gradient of the weights.
const PARTS: usize = 16;

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
    const fn room(&self, lanes: usize) -> [usize; 3] {
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
    assert_eq!(
        input.len(),
        geometry.images * geometry.inputs * geometry.pixels()
    );
    per_image(level, geometry, input, weights, false)
}

/// The gradient of a depthwise convolution's input.
pub(super) fn input_gradient(
    level: Level,
    geometry: &Geometry,
    weights: &[f32],
    gradient: &[f32],
) -> Vec<f32> {
    assert_eq!(
        gradient.len(),
        geometry.images * geometry.outputs * geometry.out_pixels()
    );
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
    // every channel, and the room is the frame's.
    unsafe {
        written_in_parts(geometry.images, channels * to, |image, target| {
            with_room(frame.room(lanes), |[outer, inner, out]| {
                for block in 0..channels.div_ceil(lanes) {
                    let first = block * lanes;
                    let count = (channels - first).min(lanes);
                    let source =
                        source[(image * channels + first) * from..][..count * from].as_ptr();
                    let weights = packed[first * geometry.taps()..].as_ptr();
                    let room = [outer.as_mut_ptr(), inner.as_mut_ptr(), out.as_mut_ptr()];
                    let target = target.add(first * to);
                    match (geometry.kernel, backward) {
                        (3, false) => forward_3(level, frame, count, source, weights, room, target),
                        (3, true) => backward_3(level, frame, count, source, weights, room, target),
                        (_, false) => forward_5(level, frame, count, source, weights, room, target),
                        (_, true) => backward_5(level, frame, count, source, weights, room, target),
                    }
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
    assert_eq!(input.len(), geometry.images * channels * from);
    assert_eq!(gradient.len(), geometry.images * channels * to);
    let taps = geometry.taps();
    let part = channels.next_multiple_of(lanes) * taps;
    let parts = PARTS.min(geometry.images.max(1));
    let mut sums = vec![0.0_f32; parts * part];
    sums.par_chunks_mut(part)
        .enumerate()
        .for_each(|(at, sums)| {
            let images = at * geometry.images / parts..(at + 1) * geometry.images / parts;
            with_room(frame.room(lanes), |[outer, inner, out]| {
                for image in images {
                    for (block, sums) in sums.chunks_exact_mut(taps * lanes).enumerate() {
                        let first = image * channels + block * lanes;
                        let count = (channels - block * lanes).min(lanes);
                        let input = input[first * from..][..count * from].as_ptr();
                        let gradient = gradient[first * to..][..count * to].as_ptr();
                        let room = [outer.as_mut_ptr(), inner.as_mut_ptr(), out.as_mut_ptr()];
                        let sums = sums.as_mut_ptr();
                        // SAFETY: input and gradient hold the channels of a block, and the room is the frame's.
                        unsafe {
                            if geometry.kernel == 3 {
                                weights_3(level, frame, count, input, gradient, room, sums);
                            } else {
                                weights_5(level, frame, count, input, gradient, room, sums);
                            }
                        }
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

kernel! {
    unsafe fn forward_3(frame: Frame, channels: usize, source: *const f32, weights: *const f32, room: [*mut f32; 3], target: *mut f32) = forward_with_3;
}
kernel! {
    unsafe fn forward_5(frame: Frame, channels: usize, source: *const f32, weights: *const f32, room: [*mut f32; 3], target: *mut f32) = forward_with_5;
}
kernel! {
    unsafe fn backward_3(frame: Frame, channels: usize, source: *const f32, weights: *const f32, room: [*mut f32; 3], target: *mut f32) = backward_with_3;
}
kernel! {
    unsafe fn backward_5(frame: Frame, channels: usize, source: *const f32, weights: *const f32, room: [*mut f32; 3], target: *mut f32) = backward_with_5;
}
kernel! {
    unsafe fn weights_3(frame: Frame, channels: usize, input: *const f32, gradient: *const f32, room: [*mut f32; 3], sums: *mut f32) = weights_with_3;
}
kernel! {
    unsafe fn weights_5(frame: Frame, channels: usize, input: *const f32, gradient: *const f32, room: [*mut f32; 3], sums: *mut f32) = weights_with_5;
}

/// The generic functions with the kernel's side fixed.
macro_rules! sides {
    ($($name:ident, $generic:ident, $side:literal;)*) => {$(
        #[inline(always)]
        unsafe fn $name<V: Vector>(
            frame: Frame,
            channels: usize,
            first: *const f32,
            second: *const f32,
            room: [*mut f32; 3],
            result: *mut f32,
        ) {
            $generic::<V, $side>(frame, channels, first, second, room, result);
        }
    )*};
}
sides! {
    forward_with_3, forward_with, 3;
    forward_with_5, forward_with, 5;
    backward_with_3, backward_with, 3;
    backward_with_5, backward_with, 5;
    weights_with_3, weights_with, 3;
    weights_with_5, weights_with, 5;
}

/// Transposes channels to `outer`, in a border of zeros.
#[inline(always)]
unsafe fn bordered<V: Vector>(
    frame: &Frame,
    channels: usize,
    source: *const f32,
    outer: *mut f32,
    inner: *mut f32,
) {
    to_pixels_with::<V>(source, channels, frame.pixels(), inner, V::LANES);
    let zero = V::splat(0.0);
    let [rows, columns] = frame.outer;
    for row in 0..rows {
        let to = outer.add(row * columns * V::LANES);
        let inside = row.wrapping_sub(frame.padding) < frame.height;
        let from = inner.wrapping_add(
            row.wrapping_sub(frame.padding)
                .wrapping_mul(frame.width * V::LANES),
        );
        for column in 0..columns {
            let x = column.wrapping_sub(frame.padding);
            let number = if inside && x < frame.width {
                V::load(from.add(x * V::LANES))
            } else {
                zero
            };
            number.store(to.add(column * V::LANES));
        }
    }
}

#[inline(always)]
unsafe fn forward_with<V: Vector, const K: usize>(
    frame: Frame,
    channels: usize,
    source: *const f32,
    weights: *const f32,
    [outer, inner, out]: [*mut f32; 3],
    target: *mut f32,
) {
    bordered::<V>(&frame, channels, source, outer, inner);
    let pitch = frame.outer[1] * V::LANES;
    let step = frame.stride * V::LANES;
    for row in 0..frame.out_height {
        let from = outer.add(row * frame.stride * pitch);
        let to = out.add(row * frame.out_width * V::LANES);
        let mut column = 0;
        while column + 4 <= frame.out_width {
            pixels::<V, K, 4>(
                from.add(column * step),
                pitch,
                step,
                weights,
                to.add(column * V::LANES),
            );
            column += 4;
        }
        while column < frame.out_width {
            pixels::<V, K, 1>(
                from.add(column * step),
                pitch,
                step,
                weights,
                to.add(column * V::LANES),
            );
            column += 1;
        }
    }
    to_channels_with::<V>(out, channels, frame.out_pixels(), target);
}

/// `P` neighbouring output pixels.
#[inline(always)]
unsafe fn pixels<V: Vector, const K: usize, const P: usize>(
    from: *const f32,
    pitch: usize,
    step: usize,
    weights: *const f32,
    to: *mut f32,
) {
    let mut sums = [V::splat(0.0); P];
    for y in 0..K {
        for x in 0..K {
            let weight = V::load(weights.add((y * K + x) * V::LANES));
            let from = from.add(y * pitch + x * V::LANES);
            for (at, sum) in sums.iter_mut().enumerate() {
                *sum = V::load(from.add(at * step)).mul_add(weight, *sum);
            }
        }
    }
    for (at, sum) in sums.into_iter().enumerate() {
        sum.store(to.add(at * V::LANES));
    }
}

/// Spreads every gradient over the pixels under its kernel.
#[inline(always)]
unsafe fn backward_with<V: Vector, const K: usize>(
    frame: Frame,
    channels: usize,
    gradient: *const f32,
    weights: *const f32,
    [outer, inner, out]: [*mut f32; 3],
    target: *mut f32,
) {
    to_pixels_with::<V>(gradient, channels, frame.out_pixels(), out, V::LANES);
    let [rows, columns] = frame.outer;
    let pitch = columns * V::LANES;
    for pixel in 0..rows * columns {
        V::splat(0.0).store(outer.add(pixel * V::LANES));
    }
    for row in 0..frame.out_height {
        for y in 0..K {
            let mut taps = [V::splat(0.0); K];
            for (x, tap) in taps.iter_mut().enumerate() {
                *tap = V::load(weights.add((y * K + x) * V::LANES));
            }
            let line = outer.add((row * frame.stride + y) * pitch);
            for column in 0..frame.out_width {
                let gradient = V::load(out.add((row * frame.out_width + column) * V::LANES));
                let to = line.add(column * frame.stride * V::LANES);
                for (x, tap) in taps.iter().enumerate() {
                    let to = to.add(x * V::LANES);
                    gradient.mul_add(*tap, V::load(to)).store(to);
                }
            }
        }
    }
    for row in 0..frame.height {
        let from = outer.add((row + frame.padding) * pitch + frame.padding * V::LANES);
        let to = inner.add(row * frame.width * V::LANES);
        for number in 0..frame.width {
            V::load(from.add(number * V::LANES)).store(to.add(number * V::LANES));
        }
    }
    to_channels_with::<V>(inner, channels, frame.pixels(), target);
}

#[inline(always)]
unsafe fn weights_with<V: Vector, const K: usize>(
    frame: Frame,
    channels: usize,
    input: *const f32,
    gradient: *const f32,
    [outer, inner, out]: [*mut f32; 3],
    sums: *mut f32,
) {
    bordered::<V>(&frame, channels, input, outer, inner);
    to_pixels_with::<V>(gradient, channels, frame.out_pixels(), out, V::LANES);
    let pitch = frame.outer[1] * V::LANES;
    let mut held = [[V::splat(0.0); K]; K];
    for (y, held) in held.iter_mut().enumerate() {
        for (x, held) in held.iter_mut().enumerate() {
            *held = V::load(sums.add((y * K + x) * V::LANES));
        }
    }
    for row in 0..frame.out_height {
        let line = outer.add(row * frame.stride * pitch);
        for column in 0..frame.out_width {
            let gradient = V::load(out.add((row * frame.out_width + column) * V::LANES));
            let from = line.add(column * frame.stride * V::LANES);
            for y in 0..K {
                for x in 0..K {
                    let number = V::load(from.add(y * pitch + x * V::LANES));
                    held[y][x] = number.mul_add(gradient, held[y][x]);
                }
            }
        }
    }
    for (y, held) in held.iter().enumerate() {
        for (x, held) in held.iter().enumerate() {
            held.store(sums.add((y * K + x) * V::LANES));
        }
    }
}
