//! Between images by channels and pixels by channels, whose lanes run over channels.

use super::vector::{Vector, kernel};

kernel! {
    /// Writes `channels` by `pixels` numbers as pixels by `lanes`, zeros for missing channels.
    ///
    /// # Safety
    /// `from` holds the numbers, and `to` space for the pixels by `lanes`, a multiple of a vector's.
    pub(super) unsafe fn to_pixels(from: *const f32, channels: usize, pixels: usize, to: *mut f32, lanes: usize) = to_pixels_with;
}

#[inline(always)]
pub(super) unsafe fn to_pixels_with<V: Vector>(
    from: *const f32,
    channels: usize,
    pixels: usize,
    to: *mut f32,
    lanes: usize,
) {
    let mut channel = 0;
    while channel < lanes {
        let present = channels.saturating_sub(channel).min(V::LANES);
        let mut pixel = 0;
        while pixel < pixels {
            let count = (pixels - pixel).min(V::LANES);
            let from = from.add(channel * pixels + pixel);
            let to = to.add(pixel * lanes + channel);
            if present == V::LANES && count == V::LANES {
                V::transpose(from, pixels, to, lanes);
            } else {
                for at in 0..count {
                    for lane in 0..V::LANES {
                        *to.add(at * lanes + lane) = if lane < present {
                            *from.add(lane * pixels + at)
                        } else {
                            0.0
                        };
                    }
                }
            }
            pixel += V::LANES;
        }
        channel += V::LANES;
    }
}

/// Writes `pixels` vectors as `channels` by `pixels` numbers.
#[inline(always)]
pub(super) unsafe fn to_channels_with<V: Vector>(
    from: *const f32,
    channels: usize,
    pixels: usize,
    to: *mut f32,
) {
    let mut pixel = 0;
    while pixel < pixels {
        let count = (pixels - pixel).min(V::LANES);
        let from = from.add(pixel * V::LANES);
        let to = to.add(pixel);
        if channels == V::LANES && count == V::LANES {
            V::transpose(from, V::LANES, to, pixels);
        } else {
            for at in 0..count {
                for channel in 0..channels {
                    *to.add(channel * pixels + at) = *from.add(at * V::LANES + channel);
                }
            }
        }
        pixel += V::LANES;
    }
}
