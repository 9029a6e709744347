//! The images of a batch, out of those in a GPU's memory: cropped, mirrored and normalised.

use cubecl::client::Client;
use cubecl::prelude::*;
use cubecl::server::Handle;

use super::{UNITS, cubes, numbers};

/// Numbers of a pick: index of the image, row and column at which the crop begins, and whether it is mirrored.
pub(super) const PICK: usize = 4;
/// Values of a pixel.
const VALUES: usize = 256;

/// `batch` (N, channels, height, width) of `pixels`, four of them in a word; `tables` has a channel's normalised values
/// after the other's. What comes from outside an image is a pixel of 0.
#[cube(launch_unchecked)]
fn pick_each(
    pixels: &[u32],
    tables: &[f32],
    picks: &[i32],
    batch: &mut [f32],
    count: usize,
    channels: usize,
    height: usize,
    width: usize,
) {
    let at = ABSOLUTE_POS;
    if at < count {
        let plane = at / (height * width);
        let channel = plane % channels;
        let pick = plane / channels * PICK;
        let mut column = (at % width) as i32;
        if picks[pick + 3] != 0 {
            column = width as i32 - 1 - column;
        }
        let row = (at / width % height) as i32 + picks[pick + 1];
        column += picks[pick + 2];
        let mut value = 0u32;
        if row >= 0 && row < height as i32 && column >= 0 && column < width as i32 {
            let source = (picks[pick] as usize * channels + channel) * height + row as usize;
            let byte = source * width + column as usize;
            value = (pixels[byte / 4] >> (byte % 4 * 8) as u32) & 255;
        }
        batch[at] = tables[channel * VALUES + value as usize];
    }
}

/// Puts `images` images of `[channels, height, width]` into `batch`, picked out of `words` words of pixels.
pub(super) fn run(
    client: &Client,
    images: usize,
    [channels, height, width]: [usize; 3],
    (pixels, words): (&Handle, usize),
    tables: &Handle,
    picks: &Handle,
    batch: &Handle,
) {
    let count = images * channels * height * width;
    // SAFETY: the buffers hold as many numbers as is said here, the places of the picks are those of images that there
    // are, and the kernel reads no pixel outside of an image.
    unsafe {
        pick_each::launch_unchecked(
            client,
            cubes(count),
            CubeDim::new_1d(UNITS as u32),
            numbers(pixels, words),
            numbers(tables, channels * VALUES),
            numbers(picks, images * PICK),
            numbers(batch, count),
            count,
            channels,
            height,
            width,
        );
    }
}
