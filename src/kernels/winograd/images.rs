//! Outputs, and gradients of inputs: the passes that go image by image.

use rayon::prelude::*;

use super::super::buffer::{Shared, with_scratch, written};
use super::super::geometry::Geometry;
use super::super::vector::Level;
use super::products::{self, Strips};
use super::source::{Components, scratch, transform};
use super::weights::Weights;
use super::{Grid, Strip};

/// The output of a convolution.
pub(in crate::kernels) fn convolution(
    level: Level,
    geometry: &Geometry,
    input: &[f32],
    weights: &[f32],
) -> Vec<f32> {
    let (channels, targets) = (geometry.group_inputs(), geometry.group_outputs());
    let weights = kernels(geometry, weights, |kernels, group| {
        Weights::new(targets, channels, |target, channel| {
            kernels[(group * targets + target) * channels + channel]
        })
    });
    let grid = Grid::new(
        [geometry.height, geometry.width],
        geometry.padding,
        [geometry.out_height(), geometry.out_width()],
    );
    convolved(level, &grid, geometry.images, input, &weights)
}

/// The gradient of a convolution's input: the convolution of the output's gradient with kernels turned round.
pub(in crate::kernels) fn input_gradient(
    level: Level,
    geometry: &Geometry,
    weights: &[f32],
    gradient: &[f32],
) -> Vec<f32> {
    let (channels, targets) = (geometry.group_outputs(), geometry.group_inputs());
    let weights = kernels(geometry, weights, |kernels, group| {
        Weights::new(targets, channels, |target, channel| {
            let mut kernel = kernels[(group * channels + channel) * targets + target];
            kernel.reverse();
            kernel
        })
    });
    let grid = Grid::new(
        [geometry.out_height(), geometry.out_width()],
        2 - geometry.padding,
        [geometry.height, geometry.width],
    );
    convolved(level, &grid, geometry.images, gradient, &weights)
}

fn kernels(
    geometry: &Geometry,
    weights: &[f32],
    of_group: impl Fn(&[[f32; 9]], usize) -> Weights,
) -> Vec<Weights> {
    assert_eq!(weights.len(), geometry.weights());
    let (kernels, _) = weights.as_chunks::<9>();
    (0..geometry.groups)
        .map(|group| of_group(kernels, group))
        .collect()
}

/// The targets of all groups, of which `weights` has one entry each.
fn convolved(
    level: Level,
    grid: &Grid,
    images: usize,
    source: &[f32],
    weights: &[Weights],
) -> Vec<f32> {
    let Some(Weights {
        targets, channels, ..
    }) = weights.first()
    else {
        return Vec::new();
    };
    let from = channels * grid.source_pixels();
    let to = targets * grid.target_pixels();
    let (image_from, image_to) = (weights.len() * from, weights.len() * to);
    assert_eq!(source.len(), images * image_from);
    let most = products::tiles(level);
    let together = grid.together(most);
    let largest = Strip {
        images: together,
        first: 0,
        tiles: grid.tiles().min(most),
    };
    let components = Components::new(*channels, largest.slots(level));
    let lengths = [
        scratch(level, grid, most),
        components.len(),
        products::scratch(level),
    ];
    let strips: Vec<Strip> = grid.strips(together, most).collect();
    let task = |first: usize, target: Shared| {
        let images = together.min(images - first);
        with_scratch(lengths, |[rows, laid, sums]| {
            for (group, weights) in weights.iter().enumerate() {
                let source = &source[first * image_from + group * from..];
                for &strip in &strips {
                    let strip = Strip { images, ..strip };
                    transform(
                        level, grid, strip, source, image_from, rows, components, laid,
                    );
                    let strips = Strips {
                        grid,
                        strip,
                        components,
                        step: image_to,
                    };
                    // SAFETY: no other task has these images, and `first` plus `images` is within them.
                    unsafe {
                        let target = target.at(first * image_to + group * to);
                        products::convolve(level, strips, weights, laid, sums, target);
                    }
                }
            }
        });
    };
    // SAFETY: every task writes all targets of its images.
    unsafe {
        written(images * image_to, |target| {
            (0..images.div_ceil(together))
                .into_par_iter()
                .for_each(|index| task(index * together, target));
        })
    }
}
