//! Images and labels in memory.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

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

impl Shape {
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

    /// The values of image `index` (C, H, W).
    ///
    /// # Panics
    /// If `index` is not below [`Split::len`].
    #[must_use]
    pub fn image(&self, index: usize, shape: Shape) -> &[u8] {
        &self.pixels[index * shape.bytes()..][..shape.bytes()]
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

/// A labelled image dataset, whole in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// Its name as a user types it, such as `mnist` or `folder:flowers`.
    pub name: String,
    /// Shape of every image.
    pub shape: Shape,
    /// Names of the classes, in the order of the labels.
    pub class_names: Vec<String>,
    /// The training images.
    pub train: Split,
    /// The held-out images.
    pub test: Split,
    /// Whether a horizontally mirrored image still belongs to its class: false for digits and glyphs.
    pub flip_keeps_class: bool,
}

impl Dataset {
    /// Fewest test images that [`Dataset::limited`] keeps where there are so many.
    pub const LIMITED_TEST_FLOOR: usize = 500;

    /// Keeps the first `train` training images after a shuffle by `seed`, and test images in
    /// proportion, at least [`Self::LIMITED_TEST_FLOOR`] where there are so many.
    ///
    /// A limit at or above the number of training images changes nothing.
    #[must_use]
    pub fn limited(self, train: usize, seed: u64) -> Self {
        if train >= self.train.len() {
            return self;
        }
        let share = train as f64 / self.train.len() as f64;
        let test = ((self.test.len() as f64 * share).round() as usize)
            .max(Self::LIMITED_TEST_FLOOR)
            .min(self.test.len());
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut pick = |split: &Split, keep: usize| {
            let mut order: Vec<usize> = (0..split.len()).collect();
            order.shuffle(&mut rng);
            order.truncate(keep);
            split.select(&order, self.shape)
        };
        let train = pick(&self.train, train);
        let test = pick(&self.test, test);
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
        hash.finalize()
            .iter()
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    }
}
