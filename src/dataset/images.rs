//! Images and labels in memory.

use crate::format::hexadecimal;
use std::collections::BTreeMap;
use std::fmt;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

use super::{DatasetError, Result, Skipped};

/// Channels, height and width of every image of a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Shape {
    /// Colour planes: 1 for grey, 3 for RGB.
    pub channels: usize,
    /// Rows of pixels.
    pub height: usize,
    /// Columns of pixels.
    pub width: usize,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}x{}", self.channels, self.height, self.width)
    }
}

impl Shape {
    /// So many channels, rows and columns.
    #[must_use]
    pub const fn new(channels: usize, height: usize, width: usize) -> Self {
        Self {
            channels,
            height,
            width,
        }
    }

    /// Bytes of one image, which is also its number of 8-bit values.
    #[must_use]
    pub const fn bytes(self) -> usize {
        self.channels * self.height * self.width
    }

    /// Pixels of one channel.
    #[must_use]
    pub const fn area(self) -> usize {
        self.height * self.width
    }
}

/// Images with their labels: the training or the test part of a dataset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// 8-bit values, image after image, each channel after channel, row after row (N, C, H, W).
    pub pixels: Vec<u8>,
    /// Class of each image, an index into [`Dataset::class_names`].
    pub labels: Vec<u32>,
}

impl Split {
    /// Number of images.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no image.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Number of images of each class that occurs, by class.
    #[must_use]
    pub fn class_counts(&self) -> BTreeMap<u32, usize> {
        let mut counts = BTreeMap::new();
        for &label in &self.labels {
            *counts.entry(label).or_insert(0) += 1;
        }
        counts
    }

    /// Number of images of the most frequent class.
    #[must_use]
    pub fn most_frequent(&self) -> usize {
        self.class_counts().into_values().max().unwrap_or(0)
    }

    /// The values of image `index` (C, H, W).
    ///
    /// # Panics
    /// If `index` is not below [`Split::len`].
    #[must_use]
    pub fn image(&self, index: usize, shape: Shape) -> &[u8] {
        &self.pixels[index * shape.bytes()..][..shape.bytes()]
    }

    /// What fuzz targets hold of a split: as many pixels as its labels promise for images of `image`
    /// bytes, and no label beyond the classes.
    ///
    /// # Panics
    /// Where that is not so.
    pub(super) fn assert_whole(&self, image: usize, classes: usize) {
        assert_eq!(self.pixels.len(), self.len() * image);
        assert!(self.labels.iter().all(|&label| (label as usize) < classes));
    }

    /// Puts images behind those that are there.
    pub fn append(&mut self, part: Part<'_>) {
        self.pixels.extend_from_slice(part.pixels);
        self.labels.extend_from_slice(part.labels);
    }

    /// All images as one run.
    #[must_use]
    pub fn part(&self) -> Part<'_> {
        Part {
            pixels: &self.pixels,
            labels: &self.labels,
        }
    }

    /// The images at `indices`, in that order.
    fn select(&self, indices: &[usize], shape: Shape) -> Self {
        let mut pixels = Vec::with_capacity(indices.len() * shape.bytes());
        for &index in indices {
            pixels.extend_from_slice(self.image(index, shape));
        }
        Self {
            pixels,
            labels: indices.iter().map(|&index| self.labels[index]).collect(),
        }
    }
}

/// A run of images with their labels, in the order of their split.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// 8-bit values as in [`Split::pixels`].
    pub pixels: &'a [u8],
    /// Class of each image.
    pub labels: &'a [u32],
}

/// What a dataset is, beside its images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// Its name as a user types it.
    pub name: String,
    /// What a user must know of how it was read, in sentences without capital and stop.
    pub notes: Vec<String>,
    /// Shape of every image.
    pub shape: Shape,
    /// Files among the images that were left out, by reason.
    pub skipped: Vec<Skipped>,
    /// Names of the classes, in the order of the labels; [`UNLABELLED`] alone where there are none.
    pub class_names: Vec<String>,
}

impl Outline {
    /// What a dataset is of which no file was left out and nothing must be said.
    pub(super) fn new(name: impl Into<String>, shape: Shape, class_names: Vec<String>) -> Self {
        Self {
            name: name.into(),
            notes: Vec::new(),
            shape,
            skipped: Vec::new(),
            class_names,
        }
    }

    /// The dataset of these images.
    pub(super) fn with(self, train: Split, test: Split, flip_keeps_class: bool) -> Dataset {
        Dataset {
            name: self.name,
            notes: self.notes,
            shape: self.shape,
            skipped: self.skipped,
            class_names: self.class_names,
            train,
            test,
            flip_keeps_class,
        }
    }
}

/// Writes pixel after pixel (H, W, C) to `planes` (C, H, W).
pub(super) fn write_planes(pixels: &[u8], channels: usize, planes: &mut [u8]) {
    let area = planes.len() / channels;
    for (channel, plane) in planes.chunks_exact_mut(area).enumerate() {
        for (value, pixel) in plane.iter_mut().zip(pixels.chunks_exact(channels)) {
            *value = pixel[channel];
        }
    }
}

/// The class of images that have none.
pub const UNLABELLED: &str = "unlabelled";

/// A labelled image dataset in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// Its name as a user types it, such as `mnist` or `folder:flowers`.
    pub name: String,
    /// What a user must know of how it was read, in sentences without capital and stop: labels that
    /// became other numbers, a split used in place of another.
    pub notes: Vec<String>,
    /// Shape of every image.
    pub shape: Shape,
    /// Files among the images that were left out, by reason.
    pub skipped: Vec<Skipped>,
    /// Names of the classes, in the order of the labels.
    pub class_names: Vec<String>,
    /// The training images.
    pub train: Split,
    /// The held-out images.
    pub test: Split,
    /// Whether it is known that a horizontally mirrored image still belongs to its class: of
    /// photographs in published datasets; not of digits and glyphs, nor of a user's own images.
    pub flip_keeps_class: bool,
}

/// The indices of the training and test images that a limit of `train` training images keeps, of so
/// many of each; none where it keeps all.
pub(super) fn chosen(
    [all_train, all_test]: [usize; 2],
    train: usize,
    seed: u64,
) -> Option<[Vec<usize>; 2]> {
    if train >= all_train {
        return None;
    }
    let share = train as f64 / all_train as f64;
    let test = ((all_test as f64 * share).round() as usize)
        .max(Dataset::LIMITED_TEST_FLOOR)
        .min(all_test);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    Some([(all_train, train), (all_test, test)].map(|(all, keep)| {
        let mut order: Vec<usize> = (0..all).collect();
        order.shuffle(&mut rng);
        order.truncate(keep);
        order
    }))
}

impl Dataset {
    /// Fewest test images that [`Dataset::limited`] keeps where there are so many.
    pub const LIMITED_TEST_FLOOR: usize = 500;

    /// What it is, beside its images.
    #[must_use]
    pub fn outline(&self) -> Outline {
        Outline {
            name: self.name.clone(),
            notes: self.notes.clone(),
            shape: self.shape,
            skipped: self.skipped.clone(),
            class_names: self.class_names.clone(),
        }
    }

    /// Whether its images have classes, without which nothing can be trained on them.
    ///
    /// # Errors
    /// [`DatasetError::NoClasses`].
    pub fn check_classes(&self) -> Result<()> {
        if self.class_names == [UNLABELLED] && self.test.is_empty() {
            return Err(DatasetError::NoClasses {
                name: self.name.clone(),
            });
        }
        Ok(())
    }

    /// Keeps the first `train` training images after a shuffle by `seed`, and test images in
    /// proportion, at least [`Self::LIMITED_TEST_FLOOR`] where there are so many.
    ///
    /// A limit at or above the number of training images changes nothing.
    #[must_use]
    pub fn limited(self, train: usize, seed: u64) -> Self {
        let Some([train, test]) = chosen([self.train.len(), self.test.len()], train, seed) else {
            return self;
        };
        let train = self.train.select(&train, self.shape);
        let test = self.test.select(&test, self.shape);
        Self {
            train,
            test,
            ..self
        }
    }

    /// SHA-256 over shape, labels and pixels of both splits, in hexadecimal: equal data, equal text.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        for number in [self.shape.channels, self.shape.height, self.shape.width] {
            hash.update((number as u64).to_le_bytes());
        }
        for split in [&self.train, &self.test] {
            hash.update((split.len() as u64).to_le_bytes());
            for label in &split.labels {
                hash.update(label.to_le_bytes());
            }
            hash.update(&split.pixels);
        }
        hexadecimal(&hash.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `train` and `test` images of one pixel each, numbered, with the number's parity as label.
    fn dataset(train: u32, test: u32) -> Dataset {
        let split = |images: u32| Split {
            pixels: (0..images)
                .flat_map(|index| (index as u16).to_be_bytes())
                .collect(),
            labels: (0..images).map(|index| index % 2).collect(),
        };
        let class_names = vec!["even".to_owned(), "odd".to_owned()];
        let outline = Outline::new("numbers", Shape::new(1, 1, 2), class_names);
        outline.with(split(train), split(test), false)
    }

    #[test]
    fn a_limit_keeps_that_many_images_with_their_labels() {
        let limited = dataset(10_000, 2_000).limited(6_000, 1);
        assert_eq!((limited.train.len(), limited.test.len()), (6_000, 1_200));
        let mut seen = std::collections::HashSet::new();
        for (index, label) in limited.train.labels.iter().enumerate() {
            let pixels = limited.train.image(index, limited.shape);
            let number = u32::from(pixels[0]) << 8 | u32::from(pixels[1]);
            assert_eq!(number % 2, *label);
            assert!(seen.insert(number), "{number} twice");
        }
    }

    #[test]
    fn the_test_set_stays_at_500_where_there_are_so_many() {
        let limited = |train, test, limit| {
            let limited = dataset(train, test).limited(limit, 1);
            (limited.train.len(), limited.test.len())
        };
        assert_eq!(limited(10_000, 2_000, 100), (100, 500));
        assert_eq!(limited(10_000, 300, 100), (100, 300));
        assert_eq!(limited(1_000, 800, 999), (999, 799));
    }

    #[test]
    fn a_limit_that_does_not_bind_changes_nothing_and_the_seed_decides() {
        let whole = dataset(1_000, 600);
        assert_eq!(whole.clone().limited(1_000, 1), whole);
        let limited = |seed| whole.clone().limited(50, seed).fingerprint();
        assert_eq!(limited(1), limited(1));
        assert_ne!(limited(1), limited(2));
    }

    /// `hashlib.sha256` in Python over the same bytes.
    #[test]
    fn the_fingerprint_covers_shape_labels_and_pixels() {
        let data = dataset(2, 1);
        assert_eq!(
            data.fingerprint(),
            "94d9f5d98fb614e50c0a2a20b9ad8076be3ef22aba35b772ec88120b19b99faa"
        );
        let mut other = data.clone();
        other.train.labels[1] = 0;
        assert_ne!(other.fingerprint(), data.fingerprint());
        let mut other = data.clone();
        other.test.pixels[0] = 1;
        assert_ne!(other.fingerprint(), data.fingerprint());
    }
}
