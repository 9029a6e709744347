//! Transforms prepared for the images of one dataset, and applied to them.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::area::{Area, reduced};
use super::colour::{luma, ycbcr};
use super::{Transform, coarse, in_words};
use crate::dataset::images::{Outline, Part, Shape, Split};
use crate::dataset::{DatasetError, Result};

/// Seed of the order of pixels of `permute`.
const PERMUTATION_SEED: u64 = 0x7065_726d_7574_6501;
/// Seeds of the noise of training and test images.
const NOISE_SEEDS: [u64; 2] = [0x6e6f_6973_6500_0001, 0x6e6f_6973_6500_0002];

/// Which images of a dataset, whose noise differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dataset) enum Half {
    Train,
    Test,
}

/// A transform of images of one shape.
#[derive(Debug)]
enum Step {
    /// The new value of each value.
    Values(Box<[u8; 256]>),
    /// The place in each channel from which each new pixel comes.
    Places(Vec<usize>),
    YCbCr,
    Grey,
    Rgb,
    Area(Area),
    /// The standard deviation.
    Noise(f64),
}

/// Transforms prepared for images of one shape.
#[derive(Debug)]
pub(in crate::dataset) struct Chain {
    steps: Vec<Step>,
    /// The new class of each class.
    classes: Option<Vec<u32>>,
    from: Shape,
    outline: Outline,
    /// Whether a horizontal mirror means the same before and after.
    pub(in crate::dataset) keeps_mirror: bool,
}

impl Chain {
    /// Prepares `transforms` for a dataset.
    ///
    /// # Errors
    /// [`DatasetError::Transform`] for the first that its images or classes do not allow.
    pub(in crate::dataset) fn new(transforms: &[Transform], outline: &Outline) -> Result<Self> {
        let mut chain = Self {
            steps: Vec::new(),
            classes: None,
            from: outline.shape,
            outline: outline.clone(),
            keeps_mirror: true,
        };
        for transform in transforms {
            chain
                .add(transform)
                .map_err(|problem| DatasetError::Transform {
                    name: outline.name.clone(),
                    transform: transform.to_string(),
                    problem,
                })?;
        }
        if !transforms.is_empty() {
            let note = format!("every image is transformed: {}", in_words(transforms));
            chain.outline.notes.push(note);
        }
        Ok(chain)
    }

    fn add(&mut self, transform: &Transform) -> Result<(), String> {
        let shape = self.outline.shape;
        let colour = || match shape.channels {
            3 => Ok(()),
            channels => Err(format!("it needs 3 channels, not {channels}")),
        };
        let (step, new) = match transform {
            Transform::Bits(bits) => (Step::Values(Box::new(quantised(*bits))), shape),
            Transform::Permute => {
                self.keeps_mirror = false;
                let mut places: Vec<usize> = (0..shape.area()).collect();
                places.shuffle(&mut ChaCha8Rng::seed_from_u64(PERMUTATION_SEED));
                (Step::Places(places), shape)
            }
            Transform::YCbCr => (colour().map(|()| Step::YCbCr)?, shape),
            Transform::Grey => {
                let new = Shape::new(1, shape.height, shape.width);
                (colour().map(|()| Step::Grey)?, new)
            }
            Transform::Rgb if shape.channels == 1 => {
                (Step::Rgb, Shape::new(3, shape.height, shape.width))
            }
            Transform::Rgb => return Err(format!("it needs 1 channel, not {}", shape.channels)),
            Transform::Side(side) => {
                let longer = shape.height.max(shape.width);
                if *side > longer {
                    return Err(format!(
                        "images of {}x{} cannot be enlarged: use at most {longer}",
                        shape.height, shape.width
                    ));
                }
                let new = reduced(shape, *side);
                (Step::Area(Area::new(shape, new)), new)
            }
            Transform::Noise(sd) => (Step::Noise(*sd), shape),
            Transform::Coarse(map) => {
                let (number, names) = coarse::classes(map, &self.outline.class_names)?;
                let number_of = |class: &u32| number[*class as usize];
                self.classes = Some(match &self.classes {
                    Some(before) => before.iter().map(number_of).collect(),
                    None => number,
                });
                self.outline.class_names = names;
                return Ok(());
            }
        };
        self.steps.push(step);
        self.outline.shape = new;
        Ok(())
    }

    /// What the dataset is after its transforms.
    pub(in crate::dataset) const fn outline(&self) -> &Outline {
        &self.outline
    }

    /// The transformed images of a part whose first image has the number `first`.
    pub(in crate::dataset) fn part(&self, part: Part<'_>, half: Half, first: usize) -> Split {
        let size = self.outline.shape.bytes();
        let mut pixels = vec![0; part.labels.len() * size];
        pixels
            .par_chunks_exact_mut(size)
            .zip(part.pixels.par_chunks_exact(self.from.bytes()))
            .enumerate()
            .for_each_init(
                || (Vec::new(), Vec::new()),
                |(image, scratch), (index, (target, source))| {
                    image.clear();
                    image.extend_from_slice(source);
                    for (number, step) in self.steps.iter().enumerate() {
                        step.apply(image, scratch, (half, number, first + index));
                    }
                    target.copy_from_slice(image);
                },
            );
        let class = |&label: &u32| match &self.classes {
            Some(classes) => classes[label as usize],
            None => label,
        };
        Split {
            pixels,
            labels: part.labels.iter().map(class).collect(),
        }
    }
}

impl Step {
    /// Transforms `image` in place; `(half, number, index)` are those of the image and of the step.
    fn apply(&self, image: &mut Vec<u8>, scratch: &mut Vec<u8>, place: (Half, usize, usize)) {
        scratch.clear();
        match self {
            Self::Values(values) => {
                for value in image {
                    *value = values[usize::from(*value)];
                }
                return;
            }
            Self::YCbCr => {
                ycbcr(image);
                return;
            }
            Self::Noise(sd) => {
                add_noise(image, *sd, place);
                return;
            }
            Self::Places(places) => {
                for plane in image.chunks_exact(places.len()) {
                    scratch.extend(places.iter().map(|&place| plane[place]));
                }
            }
            Self::Grey => luma(image, scratch),
            Self::Rgb => {
                for _ in 0..3 {
                    scratch.extend_from_slice(image);
                }
            }
            Self::Area(area) => area.apply(image, scratch),
        }
        std::mem::swap(image, scratch);
    }
}

/// The upper `bits` bits of each value, scaled to 0 to 255 and rounded.
fn quantised(bits: u8) -> [u8; 256] {
    let levels = (1_u32 << bits) - 1;
    std::array::from_fn(|value| {
        let level = value as u32 >> (8 - bits);
        ((2 * level * 255 + levels) / (2 * levels)) as u8
    })
}

/// Adds Gaussian noise by the method of Box and Muller, from a random stream for each image.
fn add_noise(image: &mut [u8], sd: f64, (half, number, index): (Half, usize, usize)) {
    let seed = NOISE_SEEDS[half as usize].wrapping_add((number as u64) << 32);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(index as u64);
    for pair in image.chunks_mut(2) {
        let [radius, turn] = [0, 1].map(|_| rng.random::<f64>());
        let radius = sd * (-2.0 * (1.0 - radius).ln()).sqrt();
        let (sine, cosine) = (turn * std::f64::consts::TAU).sin_cos();
        for (value, noise) in pair.iter_mut().zip([radius * cosine, radius * sine]) {
            *value = (f64::from(*value) + noise).round().clamp(0.0, 255.0) as u8;
        }
    }
}

/// Whether all values that passed were one and the same.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::dataset) struct OneValue {
    first: Option<u8>,
    others: bool,
}

impl OneValue {
    /// Takes notice of values.
    pub(in crate::dataset) fn see(&mut self, values: &[u8]) {
        let first = self.first.or_else(|| values.first().copied());
        self.first = first;
        self.others = self.others || values.iter().any(|value| Some(*value) != first);
    }

    /// Refuses transforms that leave one value in all images.
    ///
    /// # Errors
    /// [`DatasetError::Transform`].
    pub(in crate::dataset) fn check(self, name: &str, transforms: &[Transform]) -> Result<()> {
        match self.first {
            Some(value) if !self.others => Err(DatasetError::Transform {
                name: name.to_owned(),
                transform: in_words(transforms),
                problem: format!("every value of all its images would be {value}"),
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::dataset::testing::noise;

    const SHAPE: Shape = Shape::new(3, 8, 6);

    fn outline(shape: Shape) -> Outline {
        let names = ["cat", "car", "dog"].map(str::to_owned).to_vec();
        Outline::new("toy", shape, names)
    }

    fn chain(texts: &[&str], shape: Shape) -> Result<Chain> {
        let transforms: Vec<Transform> = texts.iter().map(|text| text.parse().unwrap()).collect();
        Chain::new(&transforms, &outline(shape))
    }

    fn split(images: usize, shape: Shape) -> Split {
        Split {
            pixels: noise(5, images * shape.bytes()),
            labels: (0..images as u32).map(|image| image % 3).collect(),
        }
    }

    fn applied(texts: &[&str], split: &Split, shape: Shape) -> Split {
        let chain = chain(texts, shape).unwrap();
        chain.part(split.part(), Half::Train, 0)
    }

    /// numpy: `floor((v >> (8 - n)) * 255 / (2**n - 1) + 0.5)`.
    #[test]
    fn bits_are_the_upper_ones_scaled() {
        let values = [0, 1, 31, 32, 100, 127, 128, 200, 254, 255];
        for (bits, expected) in [
            (1, [0, 0, 0, 0, 0, 0, 255, 255, 255, 255]),
            (2, [0, 0, 0, 0, 85, 85, 170, 255, 255, 255]),
            (3, [0, 0, 0, 36, 109, 109, 146, 219, 255, 255]),
            (5, [0, 0, 25, 33, 99, 123, 132, 206, 255, 255]),
            (7, [0, 0, 30, 32, 100, 126, 129, 201, 255, 255]),
            (8, values),
        ] {
            assert_eq!(
                values.map(|value| quantised(bits)[usize::from(value)]),
                expected
            );
        }
    }

    #[test]
    fn one_order_of_pixels_serves_all_images_and_channels() {
        let whole = split(7, SHAPE);
        let permuted = applied(&["permute"], &whole, SHAPE);
        assert_ne!(permuted.pixels, whole.pixels);
        let numbered = Split {
            pixels: (0..SHAPE.area() as u8)
                .cycle()
                .take(SHAPE.bytes())
                .collect(),
            labels: vec![0],
        };
        let order = applied(&["permute"], &numbered, SHAPE).pixels;
        let mut sorted = order[..SHAPE.area()].to_vec();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..SHAPE.area() as u8));
        for (plane, new) in whole
            .pixels
            .chunks(SHAPE.area())
            .zip(permuted.pixels.chunks(SHAPE.area()))
        {
            let moved: Vec<u8> = order[..SHAPE.area()]
                .iter()
                .map(|&place| plane[usize::from(place)])
                .collect();
            assert_eq!(moved, new);
        }
        assert!(!chain(&["permute"], SHAPE).unwrap().keeps_mirror);
    }

    #[test]
    fn channels_and_sides_change_with_the_outline() {
        let whole = split(4, SHAPE);
        for (texts, shape) in [
            (&["grey"][..], Shape::new(1, 8, 6)),
            (&["grey", "rgb"], SHAPE),
            (&["side=4"], Shape::new(3, 4, 3)),
            (&["ycbcr", "side=8", "bits=2"], SHAPE),
            (&["grey", "side=2", "noise=3"], Shape::new(1, 2, 2)),
        ] {
            let chain = chain(texts, SHAPE).unwrap();
            assert_eq!(chain.outline().shape, shape, "{texts:?}");
            let new = chain.part(whole.part(), Half::Train, 0);
            assert_eq!(new.pixels.len(), 4 * shape.bytes(), "{texts:?}");
            assert_eq!(new.labels, whole.labels);
        }
        let grey = applied(&["grey"], &whole, SHAPE).pixels;
        let rgb = applied(&["grey", "rgb"], &whole, SHAPE).pixels;
        for (image, grey) in rgb.chunks(SHAPE.bytes()).zip(grey.chunks(SHAPE.area())) {
            assert!(image.chunks(SHAPE.area()).all(|plane| plane == grey));
        }
    }

    /// Shares of a normal distribution within 1 and 2 standard deviations: 0.6827 and 0.9545. Rounding
    /// adds a variance of 1/12.
    #[test]
    fn noise_is_gaussian_and_belongs_to_the_image() {
        let shape = Shape::new(1, 100, 100);
        let flat = Split {
            pixels: vec![128; 20 * shape.bytes()],
            labels: vec![0; 20],
        };
        let noisy = applied(&["noise=20"], &flat, shape);
        let errors: Vec<f64> = noisy
            .pixels
            .iter()
            .map(|&value| f64::from(value) - 128.0)
            .collect();
        let count = errors.len() as f64;
        let mean = errors.iter().sum::<f64>() / count;
        let variance = errors.iter().map(|error| error * error).sum::<f64>() / count;
        assert!(mean.abs() < 0.2, "{mean}");
        assert!((variance - 400.0 - 1.0 / 12.0).abs() < 5.0, "{variance}");
        for (within, share) in [(20.5, 0.6946), (40.5, 0.9571)] {
            let inside = errors.iter().filter(|error| error.abs() < within).count() as f64;
            assert!(
                (inside / count - share).abs() < 0.005,
                "{within}: {}",
                inside / count
            );
        }
        let chain = chain(&["noise=20"], shape).unwrap();
        let later = chain.part(
            Part {
                pixels: &flat.pixels[7 * shape.bytes()..],
                labels: &flat.labels[7..],
            },
            Half::Train,
            7,
        );
        assert_eq!(later.pixels, noisy.pixels[7 * shape.bytes()..]);
        let test = chain.part(flat.part(), Half::Test, 0);
        assert_ne!(test.pixels, noisy.pixels);
        let images: Vec<&[u8]> = noisy.pixels.chunks(shape.bytes()).collect();
        assert!(images.windows(2).all(|pair| pair[0] != pair[1]));
        let twice = applied(&["noise=20", "noise=20"], &flat, shape);
        let twice: f64 = twice
            .pixels
            .iter()
            .map(|&value| (f64::from(value) - 128.0).powi(2))
            .sum();
        assert!((twice / count - 800.0).abs() < 15.0, "{}", twice / count);
        let dark = Split {
            pixels: vec![1; shape.bytes()],
            labels: vec![0],
        };
        assert!(applied(&["noise=60"], &dark, shape).pixels.contains(&0));
    }

    #[test]
    fn coarse_classes_join_labels_and_may_be_joined_again() {
        let whole = split(6, SHAPE);
        let joined = chain(&["coarse=5,2,5"], SHAPE).unwrap();
        let new = joined.part(whole.part(), Half::Train, 0);
        assert_eq!(new.labels, [1, 0, 1, 1, 0, 1]);
        assert_eq!(new.pixels, whole.pixels);
        assert_eq!(joined.outline().class_names, ["car", "cat+dog"]);
        let said = chain(&["coarse=0,1,2", "coarse=0,1"], SHAPE).unwrap_err();
        assert_eq!(
            said.to_string(),
            "toy cannot be transformed by coarse=0,1: it maps 2 classes, where there are 3"
        );
    }

    #[test]
    fn what_images_do_not_allow_is_said_in_one_sentence() {
        for (texts, channels, expected) in [
            (&["grey"][..], 1, "grey: it needs 3 channels, not 1"),
            (&["ycbcr"], 1, "ycbcr: it needs 3 channels, not 1"),
            (&["rgb"], 3, "rgb: it needs 1 channel, not 3"),
            (&["grey", "grey"], 3, "grey: it needs 3 channels, not 1"),
            (
                &["side=9"],
                3,
                "side=9: images of 8x6 cannot be enlarged: use at most 8",
            ),
        ] {
            let said = chain(texts, Shape::new(channels, 8, 6))
                .unwrap_err()
                .to_string();
            assert_eq!(said, format!("toy cannot be transformed by {expected}"));
        }
        let mut one = OneValue::default();
        one.see(&[255; 9]);
        one.see(&[255]);
        let transforms = [Transform::Bits(1)];
        let said = one.check("toy", &transforms).unwrap_err().to_string();
        assert_eq!(
            said,
            "toy cannot be transformed by bits=1: every value of all its images would be 255"
        );
        one.see(&[0]);
        assert!(one.check("toy", &transforms).is_ok());
    }
}
