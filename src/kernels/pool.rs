//! Means of windows that do not overlap, among channels of zeros.

use super::buffer::written_in_parts;

/// A mean of windows, and channels of zeros around the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pooling {
    /// Side of a window in pixels.
    pub window: usize,
    /// From window to window in pixels, no less than the window.
    pub stride: usize,
    /// Channels of zeros before the input's.
    pub before: usize,
    /// Channels of zeros behind the input's.
    pub behind: usize,
}

impl Pooling {
    /// Windows along a side of `length` pixels.
    pub(super) const fn windows(self, length: usize) -> usize {
        (length - self.window) / self.stride + 1
    }

    pub(super) const fn channels(self, inputs: usize) -> usize {
        self.before + inputs + self.behind
    }
}

/// The means of (images, channels, height, width).
pub(super) fn pooled(pooling: Pooling, shape: [usize; 4], input: &[f32]) -> Vec<f32> {
    let (window, stride, before) = (pooling.window, pooling.stride, pooling.before);
    let [images, channels, height, width] = shape;
    assert!(stride >= window && input.len() == images * channels * height * width);
    let (rows, columns) = (pooling.windows(height), pooling.windows(width));
    let plane = rows * columns;
    let factor = 1.0 / (window * window) as f32;
    let image = |index: usize, to: &mut [f32]| {
        let source = &input[index * channels * height * width..];
        let targets = to[before * plane..].chunks_exact_mut(columns.max(1));
        for (line, to) in targets.take(channels * rows).enumerate() {
            let (channel, row) = (line / rows, line % rows);
            for y in 0..window {
                let from = &source[(channel * height + row * stride + y) * width..][..width];
                for (to, from) in to.iter_mut().zip(from.chunks(stride)) {
                    *to += from[..window].iter().sum::<f32>();
                }
            }
            if window > 1 {
                for sum in to {
                    *sum *= factor;
                }
            }
        }
    };
    let part = pooling.channels(channels) * plane;
    images_from_zeros(images, part, image)
}

/// The gradient of the input, of this `shape`, from that of the means.
pub(super) fn pooled_gradient(pooling: Pooling, shape: [usize; 4], gradient: &[f32]) -> Vec<f32> {
    let (window, stride, before) = (pooling.window, pooling.stride, pooling.before);
    let [images, channels, height, width] = shape;
    let (rows, columns) = (pooling.windows(height), pooling.windows(width));
    let plane = rows * columns;
    let all = pooling.channels(channels) * plane;
    assert_eq!(gradient.len(), images * all);
    let factor = 1.0 / (window * window) as f32;
    let part = channels * height * width;
    let image = |index: usize, result: &mut [f32]| {
        let gradient = &gradient[index * all + before * plane..];
        for line in 0..channels * rows {
            let (channel, row) = (line / rows, line % rows);
            let from = &gradient[line * columns..][..columns];
            for y in 0..window {
                let to = (channel * height + row * stride + y) * width;
                let to = &mut result[to..to + width];
                for (to, from) in to.chunks_mut(stride).zip(from) {
                    to[..window].fill(from * factor);
                }
            }
        }
    };
    images_from_zeros(images, part, image)
}

/// A result of `images` of `part` numbers each, every one of which `write` gets as zeros.
fn images_from_zeros(
    images: usize,
    part: usize,
    write: impl Fn(usize, &mut [f32]) + Sync,
) -> Vec<f32> {
    // SAFETY: the image is set to zero before it is lent out.
    unsafe {
        written_in_parts(images, part, |index, to| {
            to.write_bytes(0, part);
            write(index, std::slice::from_raw_parts_mut(to, part));
        })
    }
}
