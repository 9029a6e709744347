//! One vector of channels of one image.

use super::super::transpose::{to_channels_with, to_pixels_with};
use super::super::vector::{Vector, kernel};
use super::Frame;

kernel! {
    pub(super) unsafe fn forward_3(frame: Frame, channels: usize, source: *const f32, weights: *const f32, scratch: [*mut f32; 3], target: *mut f32) = forward_with, 3;
    pub(super) unsafe fn forward_5(frame: Frame, channels: usize, source: *const f32, weights: *const f32, scratch: [*mut f32; 3], target: *mut f32) = forward_with, 5;
    pub(super) unsafe fn backward_3(frame: Frame, channels: usize, source: *const f32, weights: *const f32, scratch: [*mut f32; 3], target: *mut f32) = backward_with, 3;
    pub(super) unsafe fn backward_5(frame: Frame, channels: usize, source: *const f32, weights: *const f32, scratch: [*mut f32; 3], target: *mut f32) = backward_with, 5;
    pub(super) unsafe fn weights_3(frame: Frame, channels: usize, input: *const f32, gradient: *const f32, scratch: [*mut f32; 3], sums: *mut f32) = weights_with, 3;
    pub(super) unsafe fn weights_5(frame: Frame, channels: usize, input: *const f32, gradient: *const f32, scratch: [*mut f32; 3], sums: *mut f32) = weights_with, 5;
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
            let (from, to) = (from.add(column * step), to.add(column * V::LANES));
            pixels::<V, K, 4>(from, pitch, step, weights, to);
            column += 4;
        }
        while column < frame.out_width {
            let (from, to) = (from.add(column * step), to.add(column * V::LANES));
            pixels::<V, K, 1>(from, pitch, step, weights, to);
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
