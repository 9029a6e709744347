//! Moments of a convolution's output, which tensor cores compute while they still hold it: for parts of the pixels, the mean
//! of each channel and the sum of squared distances from it, as (parts, 2, channels).

use cubecl::prelude::*;
use cubecl::server::Handle;

use super::super::geometry::Geometry;
use super::{Four, VECTOR, put};

/// Channels from which on adding up the parts costs less than reading the output again.
const MIN_CHANNELS: usize = 128;

/// Moments of parts.
pub(super) struct Moments {
    pub(super) parts: usize,
    pub(super) handle: Handle,
}

/// Whether a convolution on tensor cores saves time by computing the moments.
pub(super) const fn save_time(geometry: &Geometry) -> bool {
    geometry.outputs >= MIN_CHANNELS
}

/// Pixels of all parts but the last, which has the rest: a power of two, which their number therefore tells.
pub(super) const fn part_pixels(pixels: usize, parts: usize) -> usize {
    pixels.div_ceil(parts).next_power_of_two()
}

/// Writes the moments of a part of the pixels, of which a plane holds the sums, to `to` from `at` on. Each of a unit's `fours`
/// is four channels, of which `left` are there, of one pixel; `pixels` count from the part's first, and `there` are in the
/// part. Four neighbouring units have the same channels, eight where no matrix lies above another (`high`).
#[cube]
pub(super) fn write<O: Size>(
    fours: &Sequence<Four>,
    pixels: &Sequence<usize>,
    there: usize,
    to: &mut [Vector<f32, O>],
    at: usize,
    channels: usize,
    left: usize,
    #[comptime] count: usize,
    #[comptime] high: usize,
) {
    let mut sum = Four::new(0.0f32);
    #[unroll]
    for one in 0..count {
        let four = fours[one];
        if pixels[one] < there {
            sum += four;
        }
    }
    let some = select(there == 0, 1usize, there);
    let mean = of_units(sum, high) / Four::new(some as f32);
    let mut apart = Four::new(0.0f32);
    #[unroll]
    for one in 0..count {
        let distance = fours[one] - mean;
        if pixels[one] < there {
            apart += distance * distance;
        }
    }
    let apart = of_units(apart, high);
    let units = comptime!(if high > 1 { 4usize } else { 8usize });
    let first = (UNIT_POS as usize).is_multiple_of(units);
    if first && there > 0 && left > 0 {
        put::<O>(to, mean, at, left);
        put::<O>(to, apart, at + channels, left);
    }
}

/// The sum over the units that hold the same channels.
#[cube]
fn of_units(value: Four, #[comptime] high: usize) -> Four {
    let mut whole = Four::empty();
    #[unroll]
    for lane in 0..VECTOR {
        let mut one = value.extract(lane);
        one += plane_shuffle_xor(one, 1u32);
        one += plane_shuffle_xor(one, 2u32);
        if comptime!(high == 1) {
            one += plane_shuffle_xor(one, 4u32);
        }
        whole.insert(lane, one);
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_parts_tells_their_pixels() {
        for part in [8, 16, 32, 64, 128] {
            for pixels in 1..2_000_usize {
                let parts = pixels.div_ceil(part);
                let found = part_pixels(pixels, parts);
                assert!(
                    found == part || parts == 1 && found >= pixels,
                    "{pixels} in {part}s"
                );
            }
        }
    }
}
