//! How many bits a pixel takes under a real lossless coder.
//!
//! A histogram does not see where the values are; a coder that predicts each pixel from its
//! neighbours does. The value of an image is the size of its compressed data in a PNG file (RFC
//! 2083): the payload of the IDAT chunks without the six bytes of zlib's frame (header and
//! Adler-32), times eight, over the number of pixels. It is the smallest over the five filters of
//! PNG, each used on every row, and the adaptive choice by least sum of absolute differences, at
//! the coder's default level. RGB is coded as RGB and everything else channel by channel, whose
//! sizes are added. On images of a few hundred pixels the tables of the code itself weigh.

use std::collections::BinaryHeap;
use std::time::Instant;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::{Lossless, Measurement, Moments};
use crate::dataset::{Part, Shape};

/// Images of a sample where nothing is asked for.
const SAMPLE: usize = 1_000;
/// Fewest images of a sample of large ones.
const SMALLEST_SAMPLE: usize = 16;
/// Pixel bytes of a sample where nothing is asked for.
const SAMPLE_BYTES: usize = 16 << 20;
const ZLIB_FRAME: usize = 6;

/// All places of `images` images in a random order by `seed`: samples are the first so many.
///
/// Every image draws a number when its turn comes, and the order is that of the numbers: so the
/// number of images need not be known before the first one passes (see [`Sampler`]).
#[must_use]
pub fn order(images: usize, seed: u64) -> Vec<usize> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut drawn: Vec<(u64, usize)> = (0..images).map(|image| (rng.random(), image)).collect();
    drawn.sort_unstable();
    drawn.into_iter().map(|(_, image)| image).collect()
}

/// Images of the sample where there are enough: `wanted`, or 1,000, fewer where these are more than 16 MiB but at least 16.
#[must_use]
pub fn sample_size(shape: Shape, wanted: Option<usize>) -> usize {
    wanted.unwrap_or_else(|| (SAMPLE_BYTES / shape.bytes().max(1)).clamp(SMALLEST_SAMPLE, SAMPLE))
}

/// Keeps the sample while all images pass: the first of [`order`], whatever their number.
#[derive(Debug)]
pub struct Sampler {
    shape: Shape,
    size: usize,
    rng: ChaCha8Rng,
    passed: usize,
    kept: BinaryHeap<(u64, usize, Vec<u8>)>,
}

impl Sampler {
    /// A sampler of at most `size` images, which must come in the order of their split.
    #[must_use]
    pub fn new(shape: Shape, size: usize, seed: u64) -> Self {
        Self {
            shape,
            size,
            rng: ChaCha8Rng::seed_from_u64(seed),
            passed: 0,
            kept: BinaryHeap::new(),
        }
    }

    /// Lets images pass.
    pub fn add(&mut self, part: Part<'_>) {
        let bytes = self.shape.bytes();
        for number in 0..part.labels.len() {
            let drawn: u64 = self.rng.random();
            let full = self.kept.len() >= self.size;
            if !full || self.kept.peek().is_some_and(|last| drawn < last.0) {
                let pixels = part.pixels[number * bytes..][..bytes].to_vec();
                self.kept.push((drawn, self.passed, pixels));
                if full {
                    self.kept.pop();
                }
            }
            self.passed += 1;
        }
    }

    /// The pixels of the sample's images, in its order.
    #[must_use]
    pub fn finish(self) -> Vec<Vec<u8>> {
        let kept = self.kept.into_sorted_vec();
        kept.into_iter().map(|(_, _, pixels)| pixels).collect()
    }
}

/// Codes the images of a sample, in parallel, and adds what they take to `measurement`.
///
/// Nothing is added where there is no image, or a channel too large for PNG.
pub fn add<P: AsRef<[u8]> + Sync>(measurement: &mut Measurement, shape: Shape, sample: &[P]) {
    let start = Instant::now();
    let values: Option<Vec<f64>> = sample
        .par_iter()
        .map(|pixels| bits_per_pixel(pixels.as_ref(), shape))
        .collect();
    measurement.images.lossless = values.unwrap_or_default();
    measurement.profile.lossless = summary(&measurement.images.lossless);
    if let Some(lossless) = &mut measurement.profile.lossless {
        lossless.seconds = start.elapsed().as_secs_f64();
    }
}

/// Mean and standard deviation of coded images; none without images.
pub(crate) fn summary(values: &[f64]) -> Option<Lossless> {
    let Moments { mean, sd } = Moments::of(values);
    (!values.is_empty()).then_some(Lossless {
        mean,
        sd,
        images: values.len(),
        seconds: 0.0,
    })
}

/// Bits per pixel of one image (C, H, W); none where PNG cannot hold it.
#[must_use]
pub fn bits_per_pixel(pixels: &[u8], shape: Shape) -> Option<f64> {
    let area = shape.area();
    let bytes = if shape.channels == 3 {
        let interleaved: Vec<u8> = (0..area)
            .flat_map(|pixel| [0, 1, 2].map(|plane| pixels[plane * area + pixel]))
            .collect();
        smallest(&interleaved, shape, ExtendedColorType::Rgb8)?
    } else {
        pixels
            .chunks_exact(area.max(1))
            .map(|plane| smallest(plane, shape, ExtendedColorType::L8))
            .sum::<Option<usize>>()?
    };
    Some(bytes as f64 * 8.0 / area as f64)
}

/// Bytes of compressed data under the best filter.
fn smallest(pixels: &[u8], shape: Shape, colour: ExtendedColorType) -> Option<usize> {
    let (height, width) = (u32::try_from(shape.height), u32::try_from(shape.width));
    let (height, width) = (height.ok()?, width.ok()?);
    [
        FilterType::NoFilter,
        FilterType::Sub,
        FilterType::Up,
        FilterType::Avg,
        FilterType::Paeth,
        FilterType::Adaptive,
    ]
    .into_iter()
    .filter_map(|filter| {
        let mut file = Vec::new();
        PngEncoder::new_with_quality(&mut file, CompressionType::Default, filter)
            .write_image(pixels, width, height, colour)
            .ok()?;
        compressed(&file)
    })
    .min()
}

/// Bytes of deflated data in a PNG file.
fn compressed(file: &[u8]) -> Option<usize> {
    let mut rest = file.get(8..)?;
    let mut bytes = 0;
    while let Some((head, after)) = rest.split_first_chunk::<8>() {
        let [a, b, c, d, kind @ ..] = *head;
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        if &kind == b"IDAT" {
            bytes += length;
        }
        rest = after.get(length + 4..)?;
    }
    bytes.checked_sub(ZLIB_FRAME)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    const fn shape(channels: usize) -> Shape {
        Shape {
            channels,
            height: 32,
            width: 32,
        }
    }

    /// Noise from a linear congruential generator (Knuth's MMIX).
    fn noise(count: usize) -> Vec<u8> {
        let mut state = 7_u64;
        (0..count)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                (state >> 56) as u8
            })
            .collect()
    }

    /// A coder cannot beat the source: noise takes its 8 bits a channel, and not much more.
    #[test]
    fn noise_takes_all_its_bits_and_a_flat_image_almost_none() {
        for channels in [1, 3] {
            let bits = 8.0 * channels as f64;
            let noisy = bits_per_pixel(&noise(channels * 1024), shape(channels)).unwrap();
            assert!((bits..bits * 1.05).contains(&noisy), "{noisy}");
            let flat = bits_per_pixel(&vec![77; channels * 1024], shape(channels)).unwrap();
            assert!(flat < 0.5, "{flat}");
        }
    }

    /// A ramp has 5 bits of entropy in its histogram, and a filter leaves nothing of it.
    #[test]
    fn a_filter_sees_what_a_histogram_does_not() {
        let ramp: Vec<u8> = (0..1024).map(|pixel| (pixel % 32 * 8) as u8).collect();
        assert!(bits_per_pixel(&ramp, shape(1)).unwrap() < 0.5);
    }

    #[test]
    fn only_idat_is_counted_over_all_its_chunks() {
        let chunk = |kind: &[u8; 4], length: u32| {
            let mut bytes = length.to_be_bytes().to_vec();
            bytes.extend(kind);
            bytes.extend(vec![0; length as usize + 4]);
            bytes
        };
        let file = [
            vec![0; 8],
            chunk(b"IHDR", 13),
            chunk(b"IDAT", 100),
            chunk(b"IDAT", 20),
            chunk(b"IEND", 0),
        ]
        .concat();
        assert_eq!(compressed(&file), Some(114));
        assert_eq!(compressed(&file[..60]), None);
    }

    #[test]
    fn samples_are_the_first_of_one_order() {
        let order = order(100, 3);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..100));
        assert_ne!(order, super::order(100, 4));
    }

    #[test]
    fn a_sampler_keeps_the_first_of_the_order_without_knowing_how_many_will_come() {
        let shape = Shape {
            channels: 1,
            height: 1,
            width: 1,
        };
        let pixels: Vec<u8> = (0..200).collect();
        for size in [0, 1, 7, 200, 300] {
            let mut sampler = Sampler::new(shape, size, 3);
            for part in pixels.chunks(33) {
                sampler.add(Part {
                    pixels: part,
                    labels: &vec![0; part.len()],
                });
            }
            let expected = order(200, 3).into_iter().take(size);
            assert!(
                sampler
                    .finish()
                    .into_iter()
                    .eq(expected.map(|image| vec![image as u8]))
            );
        }
    }
}
