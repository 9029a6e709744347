//! The shape of a convolution, and what its passes have in common: sums of products of a source image and
//! weights, over channels and over shifts of the image.

use super::precision::Precision;

/// A two-dimensional convolution of NCHW images with square kernels, padded alike on all sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Images.
    pub images: usize,
    /// Input channels, over all groups.
    pub inputs: usize,
    /// Output channels, over all groups.
    pub outputs: usize,
    /// Height of the input in pixels.
    pub height: usize,
    /// Width of the input in pixels.
    pub width: usize,
    /// Side of the kernel in pixels.
    pub kernel: usize,
    /// Stride in pixels.
    pub stride: usize,
    /// Pixels of zeros on each side.
    pub padding: usize,
    /// Groups; each joins `inputs / groups` channels to `outputs / groups`.
    pub groups: usize,
    /// How products are rounded; a CPU never rounds them.
    pub precision: Precision,
}

impl Geometry {
    /// Height of the output in pixels.
    #[must_use]
    pub const fn out_height(&self) -> usize {
        (self.height + 2 * self.padding - self.kernel) / self.stride + 1
    }

    /// Width of the output in pixels.
    #[must_use]
    pub const fn out_width(&self) -> usize {
        (self.width + 2 * self.padding - self.kernel) / self.stride + 1
    }

    /// Shape of the input (N, channels, height, width).
    #[cfg(any(test, feature = "cuda"))]
    pub(super) const fn input_shape(&self) -> [usize; 4] {
        [self.images, self.inputs, self.height, self.width]
    }

    /// Shape of the weights (outputs, inputs of a group, side, side).
    #[cfg(test)]
    pub(super) const fn weight_shape(&self) -> [usize; 4] {
        [self.outputs, self.group_inputs(), self.kernel, self.kernel]
    }

    /// Shape of the output (N, channels, height, width).
    pub(super) const fn output_shape(&self) -> [usize; 4] {
        [
            self.images,
            self.outputs,
            self.out_height(),
            self.out_width(),
        ]
    }

    /// Pixels of the input.
    pub(super) const fn pixels(&self) -> usize {
        self.height * self.width
    }

    /// Pixels of the output.
    pub(super) const fn out_pixels(&self) -> usize {
        self.out_height() * self.out_width()
    }

    /// Numbers of all inputs.
    pub(super) const fn input_len(&self) -> usize {
        self.images * self.inputs * self.pixels()
    }

    /// Numbers of all outputs.
    pub(super) const fn output_len(&self) -> usize {
        self.images * self.outputs * self.out_pixels()
    }

    /// Weights of one kernel.
    pub(super) const fn taps(&self) -> usize {
        self.kernel * self.kernel
    }

    /// Input channels of a group.
    pub(super) const fn group_inputs(&self) -> usize {
        self.inputs / self.groups
    }

    /// Output channels of a group.
    pub(super) const fn group_outputs(&self) -> usize {
        self.outputs / self.groups
    }

    /// Weights of all kernels.
    pub(super) const fn weights(&self) -> usize {
        self.outputs * self.group_inputs() * self.taps()
    }

    /// Whether every channel has its own kernel.
    pub(super) const fn is_depthwise(&self) -> bool {
        self.groups == self.inputs && self.groups == self.outputs && self.groups > 1
    }
}

/// Sums over channels c and taps t of weight(t, c) * source(c, stride * y + dy(t), stride * x + dx(t)), for
/// every target pixel (y, x); the source is zero outside of its bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Correlation {
    /// Channels that are summed over.
    pub(super) channels: usize,
    /// Height and width of the source in pixels.
    pub(super) source: [usize; 2],
    /// Height and width of the target in pixels.
    pub(super) target: [usize; 2],
    /// Step in the source for one pixel of the target.
    pub(super) stride: usize,
    /// (dy, dx) of each tap.
    pub(super) taps: Vec<(isize, isize)>,
}

impl Correlation {
    /// The forward pass of one group.
    pub(super) fn forward(geometry: &Geometry) -> Self {
        let (kernel, padding) = (geometry.kernel as isize, geometry.padding as isize);
        Self {
            channels: geometry.group_inputs(),
            source: [geometry.height, geometry.width],
            target: [geometry.out_height(), geometry.out_width()],
            stride: geometry.stride,
            taps: (0..kernel)
                .flat_map(|y| (0..kernel).map(move |x| (y - padding, x - padding)))
                .collect(),
        }
    }

    /// The gradient of one group's input, from that of its output.
    pub(super) fn backward(geometry: &Geometry) -> Vec<Phase> {
        let stride = geometry.stride;
        (0..stride * stride)
            .map(|index| Phase::new(geometry, [index / stride, index % stride]))
            .collect()
    }
}

/// Every `stride`-th pixel of the input in both directions: they are touched by the same weights.
#[derive(Clone, Debug)]
pub(super) struct Phase {
    /// First row and column of the input.
    pub(super) first: [usize; 2],
    /// The sums that make the gradient of those pixels.
    pub(super) sums: Correlation,
    /// Which weight of the kernel each tap takes.
    pub(super) weights: Vec<usize>,
}

impl Phase {
    fn new(geometry: &Geometry, first: [usize; 2]) -> Self {
        let (kernel, stride) = (geometry.kernel, geometry.stride as isize);
        let shift = |first: usize, at: usize| {
            let distance = (first + geometry.padding) as isize - at as isize;
            (distance.rem_euclid(stride) == 0).then_some(distance.div_euclid(stride))
        };
        let mut taps = Vec::new();
        let mut weights = Vec::new();
        for y in 0..kernel {
            for x in 0..kernel {
                if let (Some(dy), Some(dx)) = (shift(first[0], y), shift(first[1], x)) {
                    taps.push((dy, dx));
                    weights.push(y * kernel + x);
                }
            }
        }
        let count =
            |side: usize, first: usize| side.saturating_sub(first).div_ceil(geometry.stride);
        Self {
            first,
            sums: Correlation {
                channels: geometry.group_outputs(),
                source: [geometry.out_height(), geometry.out_width()],
                target: [
                    count(geometry.height, first[0]),
                    count(geometry.width, first[1]),
                ],
                stride: 1,
                taps,
            },
            weights,
        }
    }
}
