//! The gradient by the weights: a product of matrices with a row for each output channel and a column for each
//! place of the window and input channel, summed over all pixels. The pixels are cut into parts, whose sums are
//! added up in a fixed order.

mod kernel;
mod tile;

use burn::tensor::bf16;
use cubecl::client::Client;
use cubecl::prelude::*;
use cubecl::server::Handle;

use super::super::geometry::Geometry;
use super::super::precision::Precision;
use super::copy::Offer;
use super::parts::add_parts;
use super::{PROCESSORS, depthwise, width};
use kernel::products;
use tile::Tile;

/// Pixels summed between two waits.
const DEEP: usize = 16;
/// Units that fill a GPU.
const ALL_UNITS: usize = 65_536;
/// Parts into which pixels are cut at most.
const PARTS: usize = 512;

/// The gradient by the weights (outputs, inputs / groups, side, side), of an `input` and the `gradient` by the
/// output, both with their channels last.
pub(super) fn weight_gradient(
    client: &Client,
    geometry: &Geometry,
    input: Handle,
    gradient: Handle,
) -> Handle {
    if geometry.is_depthwise() {
        return depthwise::weight_gradient(client, geometry, input, gradient);
    }
    let Geometry { images, groups, .. } = *geometry;
    let (inputs, outputs) = (geometry.group_inputs(), geometry.group_outputs());
    let places = geometry.taps();
    let pixels = images * geometry.out_pixels();
    let tile = Tile::of(geometry, outputs, inputs * places);
    let column_tiles = (inputs * places).div_ceil(tile.columns);
    let tiles = outputs.div_ceil(tile.rows) * column_tiles;
    let wanted = if tile.tensor() {
        let processors = client.properties().hardware.num_streaming_multiprocessors;
        let processors = processors.map_or(PROCESSORS, |count| count as usize);
        parts_of(tiles * groups, pixels, processors * tile.cubes_at_once())
    } else {
        ALL_UNITS
            .div_ceil(tile.units() * tiles * groups)
            .clamp(1, PARTS)
    };
    let part_pixels = pixels.div_ceil(wanted).next_multiple_of(DEEP);
    let parts = pixels.div_ceil(part_pixels);
    let count = geometry.weights();
    let partial = client.empty(parts * count * size_of::<f32>());
    // SAFETY: the buffers hold as many numbers as the geometry says, and the kernels check every place that they
    // read or write against it.
    unsafe {
        let launch = match tile.precision {
            Precision::F32 => products::launch_unchecked::<f32>,
            Precision::Tf32 => products::launch_unchecked::<tf32>,
            Precision::Bf16 => products::launch_unchecked::<bf16>,
        };
        launch(
            client,
            CubeCount::Static(tiles as u32, parts as u32, groups as u32),
            CubeDim::new_1d(tile.units() as u32),
            width(inputs),
            width(outputs),
            tile.precision.pack(),
            BufferArg::from_raw_parts(input, geometry.input_len()),
            BufferArg::from_raw_parts(gradient, pixels * geometry.outputs),
            BufferArg::from_raw_parts(partial.clone(), parts * count),
            geometry.height,
            geometry.width,
            geometry.out_height(),
            geometry.out_width(),
            inputs,
            outputs,
            groups,
            pixels,
            part_pixels,
            column_tiles,
            tile,
            Offer::of(client).stages(tile.stage_bytes()),
        );
    }
    add_parts(client, partial, parts, geometry.outputs, inputs, places)
}

/// Parts into which pixels are cut for so many tiles, that the last cubes of a GPU that holds `at_once` of them leave little of
/// it idle, and that adding up the parts costs little.
fn parts_of(tiles: usize, pixels: usize, at_once: usize) -> usize {
    // A sum of a part is written, read and added in the time in which tensor cores sum so many pixels.
    const ADDING: f64 = 250.0;
    let gain = |parts: usize| {
        let cubes = parts * tiles;
        let busy = cubes as f64 / (cubes.next_multiple_of(at_once)) as f64;
        busy / (1.0 + ADDING * parts as f64 / pixels as f64)
    };
    (1..=PARTS.min(pixels.div_ceil(DEEP)))
        .max_by(|&one, &other| gain(one).total_cmp(&gain(other)))
        .unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_fill_a_gpu_and_cost_little() {
        // A wave of cubes for a GPU that holds 264 at a time; more where one wave leaves much of it idle.
        for (tiles, pixels, parts) in [(8, 131_072, 33), (72, 32_768, 11), (264, 131_072, 1)] {
            assert_eq!(parts_of(tiles, pixels, 264), parts, "{tiles} tiles");
        }
        for tiles in 1..400 {
            for pixels in [1, 100, 8_192, 131_072] {
                let parts = parts_of(tiles, pixels, 264);
                assert!((1..=PARTS).contains(&parts) && parts <= pixels.div_ceil(DEEP));
            }
        }
    }
}
