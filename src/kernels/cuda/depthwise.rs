//! Depthwise convolutions: a unit for each output number, or for each column of
//! pixels that add to a weight's gradient.

use cubecl::client::Client;
use cubecl::prelude::*;
use cubecl::server::Handle;

use super::super::geometry::Geometry;
use super::parts::add_parts;
use super::window::{Window, source};
use super::{UNITS, cubes, width};

/// Parts into which pixels are cut at most.
const PARTS: usize = 64;

/// What every channel's window sees, a vector of channels for each unit.
#[cube(launch_unchecked)]
fn windows<N: Size>(
    from: &[Vector<f32, N>],
    weights: &[f32],
    to: &mut [Vector<f32, N>],
    from_height: usize,
    from_width: usize,
    to_height: usize,
    to_width: usize,
    length: usize,
    vectors: usize,
    #[comptime] window: Window,
) {
    let places = comptime!(window.side * window.side);
    let at = ABSOLUTE_POS;
    if at < length {
        let pixel = at / vectors;
        let vector = at % vectors;
        let line = pixel / to_width;
        let image = line / to_height;
        let mut sum = Vector::<f32, N>::new(0.0f32);
        #[unroll]
        for place in 0..places {
            let (fits, row, column) = source(
                (line % to_height) as i32,
                (pixel % to_width) as i32,
                place,
                from_height,
                from_width,
                window,
            );
            if fits {
                let seen =
                    from[((image * from_height + row) * from_width + column) * vectors + vector];
                let mut by = Vector::<f32, N>::new(0.0f32);
                #[unroll]
                for lane in 0..N::value() {
                    by.insert(lane, weights[(vector * N::value() + lane) * places + place]);
                }
                sum += seen * by;
            }
        }
        to[at] = sum;
    }
}

/// Sums of products of gradient and input over one part of the pixels, as (parts, channels, places).
#[cube(launch_unchecked)]
fn correlations<N: Size>(
    input: &[Vector<f32, N>],
    gradient: &[Vector<f32, N>],
    parts: &mut [f32],
    height: usize,
    width: usize,
    out_height: usize,
    out_width: usize,
    pixels: usize,
    vectors: usize,
    #[comptime] window: Window,
    #[comptime] across: usize,
) {
    let places = comptime!(window.side * window.side);
    let down = comptime!(UNITS / across);
    let x = UNIT_POS as usize % across;
    let vector = CUBE_POS_X as usize * across + x;
    let place = CUBE_POS_Z as usize;
    let mut sum = Vector::<f32, N>::new(0.0f32);
    if vector < vectors {
        let step = CUBE_COUNT_Y as usize * down;
        let mut pixel = CUBE_POS_Y as usize * down + UNIT_POS as usize / across;
        while pixel < pixels {
            let line = pixel / out_width;
            let (fits, row, column) = source(
                (line % out_height) as i32,
                (pixel % out_width) as i32,
                place,
                height,
                width,
                window,
            );
            if fits {
                let image = line / out_height;
                sum += gradient[pixel * vectors + vector]
                    * input[((image * height + row) * width + column) * vectors + vector];
            }
            pixel += step;
        }
    }
    let mut sums = Shared::<[Vector<f32, N>]>::new_slice(UNITS);
    sums[UNIT_POS as usize] = sum;
    sync_cube();
    if (UNIT_POS as usize) < across && vector < vectors {
        let mut whole = Vector::<f32, N>::new(0.0f32);
        for line in 0..down {
            whole += sums[line * across + x];
        }
        #[unroll]
        for lane in 0..N::value() {
            let channel = vector * N::value() + lane;
            parts[(CUBE_POS_Y as usize * vectors * N::value() + channel) * places + place] =
                whole.extract(lane);
        }
    }
}

/// The output from the input, or with `backwards` the gradient by the input from that by the output; channels last.
pub(super) fn run(
    client: &Client,
    geometry: &Geometry,
    from: Handle,
    weight: Handle,
    backwards: bool,
) -> Handle {
    let inner = (geometry.height, geometry.width);
    let outer = (geometry.out_height(), geometry.out_width());
    let (source, target) = if backwards {
        (outer, inner)
    } else {
        (inner, outer)
    };
    let channels = geometry.inputs;
    let lanes = width(channels);
    let (images, vectors) = (geometry.images, channels / lanes);
    let length = images * target.0 * target.1 * channels;
    let to = client.empty(length * size_of::<f32>());
    // SAFETY: the buffers hold as many numbers as the geometry says, and the kernel checks every place that it
    // reads or writes against it.
    unsafe {
        windows::launch_unchecked(
            client,
            cubes(length / lanes),
            CubeDim::new_1d(UNITS as u32),
            lanes,
            BufferArg::from_raw_parts(from, images * source.0 * source.1 * channels),
            BufferArg::from_raw_parts(weight, channels * geometry.kernel * geometry.kernel),
            BufferArg::from_raw_parts(to.clone(), length),
            source.0,
            source.1,
            target.0,
            target.1,
            length / lanes,
            vectors,
            Window::of(geometry, backwards),
        );
    }
    to
}

/// The gradient by the weights (channels, 1, side, side).
pub(super) fn weight_gradient(
    client: &Client,
    geometry: &Geometry,
    input: Handle,
    gradient: Handle,
) -> Handle {
    let channels = geometry.inputs;
    let lanes = width(channels);
    let vectors = channels / lanes;
    let across = vectors.next_power_of_two().min(32);
    let out = (geometry.out_height(), geometry.out_width());
    let pixels = geometry.images * out.0 * out.1;
    let places = geometry.kernel * geometry.kernel;
    let parts = pixels.div_ceil(UNITS / across * 16).clamp(1, PARTS);
    let count = channels * places;
    let partial = client.empty(parts * count * size_of::<f32>());
    // SAFETY: as in `run`.
    unsafe {
        correlations::launch_unchecked(
            client,
            CubeCount::Static(vectors.div_ceil(across) as u32, parts as u32, places as u32),
            CubeDim::new_1d(UNITS as u32),
            lanes,
            BufferArg::from_raw_parts(input, geometry.input_len()),
            BufferArg::from_raw_parts(gradient, pixels * channels),
            BufferArg::from_raw_parts(partial.clone(), parts * count),
            geometry.height,
            geometry.width,
            out.0,
            out.1,
            pixels,
            vectors,
            Window::of(geometry, false),
            across,
        );
    }
    add_parts(client, partial, parts, channels, 1, places)
}
