//! The embedded dataset: drawn glyphs, in three variants that differ in entropy alone.
//!
//! Ten classes of pen-drawn glyphs on 32x32 RGB images, each turned, scaled, sheared and shifted at
//! random, among strokes that mean nothing, and often with a scrap over a part of it. All of it
//! comes from fixed seeds, one random stream an image, so that it is the same on every machine. The
//! variants share glyphs, places and colours image by image; only the surface differs: flat,
//! textured, or textured and noisy. A tool that says that depth follows entropy needs a case in
//! which entropy changes and the task does not.

mod format;

mod paint;
mod shapes;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

pub(super) use self::format::Glyphs;
use crate::dataset::{Dataset, Outline, Shape, Split};

/// Training images of [`generate`].
pub const TRAIN_IMAGES: usize = 4000;

/// Test images of [`generate`].
pub const TEST_IMAGES: usize = 1000;

/// Seeds of the training and the test images.
const SEEDS: [u64; 2] = [0x676c_7970_6873_0001, 0x676c_7970_6873_0002];

/// How glyphs are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variant {
    /// Flat ink on flat paper: image information clearly below 12 bits.
    Plain,
    /// Textured ink and paper: image information about 12 bits.
    Textured,
    /// Noise over everything: image information clearly above 12 bits.
    Noise,
}

impl Variant {
    /// The dataset's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "glyphs-plain",
            Self::Textured => "glyphs",
            Self::Noise => "glyphs-noise",
        }
    }
}

/// Draws the dataset: [`TRAIN_IMAGES`] training and [`TEST_IMAGES`] test images.
#[must_use]
pub fn generate(variant: Variant) -> Dataset {
    generate_sized(variant, TRAIN_IMAGES, TEST_IMAGES)
}

/// Draws `train` training and `test` test images, classes in equal number (within one) and in random order.
#[must_use]
pub fn generate_sized(variant: Variant, train: usize, test: usize) -> Dataset {
    let [train_seed, test_seed] = SEEDS;
    let shape = Shape::new(3, paint::SIDE, paint::SIDE);
    let class_names = shapes::NAMES.map(str::to_owned).to_vec();
    Outline::new(variant.name(), shape, class_names).with(
        split(variant, train, train_seed),
        split(variant, test, test_seed),
        false,
    )
}

fn split(variant: Variant, images: usize, seed: u64) -> Split {
    let mut labels: Vec<u32> = (0..images)
        .map(|index| (index % shapes::NAMES.len()) as u32)
        .collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(u64::MAX);
    labels.shuffle(&mut rng);
    let pixels = labels
        .par_iter()
        .enumerate()
        .flat_map_iter(|(index, &label)| paint::image(variant, label as usize, seed, index as u64))
        .collect();
    Split { pixels, labels }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;
    use crate::entropy::{Estimator, measure};

    const VARIANTS: [Variant; 3] = [Variant::Plain, Variant::Textured, Variant::Noise];

    /// The whole datasets, byte for byte, and the entropies that they are made for.
    #[test]
    fn the_variants_are_what_they_have_always_been() {
        let expected = [
            (
                "9a546b7f27e8c36d749a0654ba7b323ce47b25e6b54012414602c9066ea1aad5",
                5.0..9.0,
            ),
            (
                "644caa42117394bc25af4759e4d07f4a62b188f76c4df3d80c2f20e2962518e6",
                11.3..12.7,
            ),
            (
                "cd138223b58af5bc8d1241ff7a2a126d5b5e315f61ecb7f7d1664fc31df845b6",
                15.0..19.0,
            ),
        ];
        for (variant, (fingerprint, bits)) in VARIANTS.into_iter().zip(expected) {
            let dataset = generate(variant);
            let profile = measure(&dataset, Estimator::PlugIn, 0.0, &|_| {}).profile;
            let mean = profile.image_information.mean;
            assert!(bits.contains(&mean), "{}: {mean} bits", variant.name());
            assert_eq!(dataset.fingerprint(), fingerprint, "{}", variant.name());
            assert_eq!((dataset.train.len(), dataset.test.len()), (4000, 1000));
            assert!(profile.per_class.iter().all(|class| class.images == 400));
        }
    }

    /// Texture moves a value by 5.1 levels at most and noise by 24, each with rounding.
    #[test]
    fn the_variants_share_glyphs_places_and_colours() {
        let [plain, textured, noise] = VARIANTS.map(|variant| generate_sized(variant, 200, 50));
        for (other, most) in [(&textured, 6), (&noise, 31)] {
            for (split, plain) in [(&other.train, &plain.train), (&other.test, &plain.test)] {
                assert_eq!(split.labels, plain.labels);
                let differences = split
                    .pixels
                    .iter()
                    .zip(&plain.pixels)
                    .map(|(a, b)| a.abs_diff(*b));
                assert!(differences.max().unwrap() <= most);
            }
        }
        assert_ne!(textured.train.pixels, plain.train.pixels);
        assert_ne!(noise.train.pixels, textured.train.pixels);
    }

    #[test]
    fn no_pixel_depends_on_the_number_of_threads() {
        let on = |threads| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap()
                .install(|| generate_sized(Variant::Noise, 60, 20))
        };
        assert_eq!(on(1), on(3));
    }

    #[test]
    fn classes_come_in_equal_number_and_random_order() {
        let dataset = generate_sized(Variant::Plain, 103, 10);
        let mut counts = [0; 10];
        for &label in &dataset.train.labels {
            counts[label as usize] += 1;
        }
        counts.sort_unstable();
        assert_eq!(counts, [10, 10, 10, 10, 10, 10, 10, 11, 11, 11]);
        let mut test = dataset.test.labels.clone();
        assert!(!test.is_sorted());
        test.sort_unstable();
        assert!(test.into_iter().eq(0..10));
    }
}
