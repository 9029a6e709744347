//! A convolution as one product of matrices whose left one is never written down: rows are output pixels, columns
//! are output channels, and the sum runs over the window's places and the input channels.
//!
//! The gradient of the input is the same product with the window run backwards, channels changing sides.

mod kernel;
mod tile;

use burn::tensor::bf16;
use cubecl::client::Client;
use cubecl::prelude::*;
use cubecl::server::Handle;

use super::super::geometry::Geometry;
use super::super::precision::Precision;
use super::copy::Offer;
use super::moments::{self, Moments};
use super::window::Window;
use super::{UNITS, VECTOR, cubes, depthwise, tensor, width};
use kernel::{arrange, arrange_fragments, product};
use tile::Tile;

/// The output (N, height, width, outputs) of an `input` (N, height, width, inputs), and its moments where they are wanted and
/// tensor cores hold them.
pub(super) fn output(
    client: &Client,
    geometry: &Geometry,
    input: Handle,
    weight: Handle,
    with_moments: bool,
) -> (Handle, Option<Moments>) {
    if geometry.is_depthwise() {
        let output = depthwise::run(client, geometry, input, weight, false);
        return (output, None);
    }
    run(client, geometry, input, weight, false, with_moments)
}

/// The gradient by the input (N, height, width, inputs), of the `gradient` by the output, its channels last.
pub(super) fn input_gradient(
    client: &Client,
    geometry: &Geometry,
    gradient: Handle,
    weight: Handle,
) -> Handle {
    if geometry.is_depthwise() {
        depthwise::run(client, geometry, gradient, weight, true)
    } else {
        run(client, geometry, gradient, weight, true, false).0
    }
}

fn run(
    client: &Client,
    geometry: &Geometry,
    from: Handle,
    weight: Handle,
    backwards: bool,
    with_moments: bool,
) -> (Handle, Option<Moments>) {
    let Geometry {
        images,
        height,
        width: columns,
        groups,
        ..
    } = *geometry;
    let (inputs, outputs) = (geometry.group_inputs(), geometry.group_outputs());
    let places = geometry.taps();
    let inner = (height, columns);
    let outer = (geometry.out_height(), geometry.out_width());
    let (source, target, summed, made, summed_step, made_step) = if backwards {
        (outer, inner, outputs, inputs, inputs * places, places)
    } else {
        (inner, outer, inputs, outputs, places, inputs * places)
    };
    let window = Window::of(geometry, backwards);
    let phases = window.phases();
    let phase_pixels = images * target.0.div_ceil(phases) * target.1.div_ceil(phases);
    let precision = tensor::precision(geometry);
    let offer = Offer::of(client);
    let tile = Tile::of(phase_pixels * phases * phases, made, groups, precision).deep_for(
        summed,
        places,
        offer.stage_bytes(),
    );
    let length = images * target.0 * target.1 * made * groups;
    let to = client.empty(length * size_of::<f32>());
    let moments = (with_moments && tile.tensor() && moments::save_time(geometry)).then(|| {
        let parts = phase_pixels.div_ceil(tile.plane_pixels());
        Moments {
            parts,
            handle: client.empty(parts * 2 * geometry.outputs * size_of::<f32>()),
        }
    });
    // A kernel that finds none writes to no place of its second output.
    let (moments_out, moments_length) = match &moments {
        Some(Moments { parts, handle }) => (handle.clone(), parts * 2 * geometry.outputs),
        None => (to.clone(), length),
    };
    let from_length = images * source.0 * source.1 * summed * groups;
    let count = CubeCount::Static(
        (phase_pixels.div_ceil(tile.pixels()) * phases * phases) as u32,
        made.div_ceil(tile.channels()) as u32,
        groups as u32,
    );
    let weights = Weights {
        groups,
        places,
        summed,
        made,
        summed_step,
        made_step,
    };
    let (arranged, lines) = weights.arranged(client, tile, weight);
    // SAFETY: the buffers hold as many numbers as the geometry says, and the kernel checks every place that it
    // reads or writes against it.
    unsafe {
        let summed_up = match precision {
            Precision::F32 => product::launch_unchecked::<f32>,
            Precision::Tf32 => product::launch_unchecked::<tf32>,
            Precision::Bf16 => product::launch_unchecked::<bf16>,
        };
        summed_up(
            client,
            count,
            CubeDim::new_1d(tile.units as u32),
            width(summed),
            width(made),
            precision.vector(),
            precision.pack(),
            BufferArg::from_raw_parts(from, from_length),
            BufferArg::from_raw_parts(arranged, lines * precision.vector()),
            BufferArg::from_raw_parts(to.clone(), length),
            BufferArg::from_raw_parts(moments_out, moments_length),
            source.0,
            source.1,
            target.0,
            target.1,
            images,
            summed,
            made,
            groups,
            tile,
            window,
            offer.stages(tile.stage_bytes()),
            moments.is_some(),
        );
    }
    (to, moments)
}

/// Weights as a convolution reads them.
struct Weights {
    groups: usize,
    /// Places of the window.
    places: usize,
    summed: usize,
    made: usize,
    /// From one summed channel to the next.
    summed_step: usize,
    /// From one made channel to the next.
    made_step: usize,
}

impl Weights {
    /// `weight` in the order in which a cube of this tile reads it, and the number of its vectors.
    fn arranged(&self, client: &Client, tile: Tile, weight: Handle) -> (Handle, usize) {
        let Self {
            groups,
            places,
            summed,
            made,
            summed_step,
            made_step,
        } = *self;
        let tiles = made.div_ceil(tile.channels()) * tile.channels() / tensor::ROWS;
        let vectors = if tile.tensor() {
            summed.div_ceil(tensor::STEPS) * tiles * tile.precision.fragment_vectors()
        } else {
            summed * made.div_ceil(VECTOR)
        };
        let lines = groups * places * vectors;
        let wide = tile.precision.vector();
        let arranged = client.empty(lines * wide * tile.precision.bytes());
        let units = CubeDim::new_1d(UNITS as u32);
        // SAFETY: the buffers hold as many numbers as is said here, and the kernels check every place that they read or
        // write against it.
        unsafe {
            let weight = BufferArg::from_raw_parts(weight, summed * made * places * groups);
            let target = BufferArg::from_raw_parts(arranged.clone(), lines * wide);
            let fragments = match tile.precision {
                Precision::F32 => {
                    arrange::launch_unchecked(
                        client,
                        cubes(lines),
                        units,
                        weight,
                        target,
                        lines,
                        summed,
                        made,
                        summed_step,
                        made_step,
                        places,
                    );
                    return (arranged, lines);
                }
                Precision::Tf32 => arrange_fragments::launch_unchecked::<tf32>,
                Precision::Bf16 => arrange_fragments::launch_unchecked::<bf16>,
            };
            fragments(
                client,
                cubes(lines),
                units,
                wide,
                weight,
                target,
                lines,
                summed,
                made,
                summed_step,
                made_step,
                tiles,
                places,
                tile.precision.pack(),
                tile.high() > 1,
            );
        }
        (arranged, lines)
    }
}
