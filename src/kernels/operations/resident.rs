//! Images in a GPU's memory.

use burn::backend::{Dispatch, DispatchDevice};
use burn::tensor::{Device, Int, Tensor, TensorData};

use super::in_place::InPlace;

/// Values of a pixel.
const VALUES: usize = 256;

/// All images of a dataset in a GPU's memory as 8-bit values, out of which batches are picked there.
#[derive(Debug)]
pub struct Resident {
    /// Four values in a word, the first in its lowest byte.
    pixels: Tensor<1, Int>,
    /// The normalised values of each channel.
    tables: Tensor<1>,
    /// Channels, rows and columns of an image.
    shape: [usize; 3],
    images: usize,
}

/// One image of a batch: a crop of the same size, in which pixels outside the image are 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pick {
    /// Index among the images.
    pub image: usize,
    /// Row of the image at which the crop begins.
    pub crop_row: i32,
    /// Column of the image at which the crop begins.
    pub crop_col: i32,
    /// Whether the crop is mirrored left to right.
    pub mirrored: bool,
}

impl Pick {
    /// The complete `image`, not mirrored.
    #[must_use]
    pub fn whole(image: usize) -> Self {
        Self {
            image,
            ..Self::default()
        }
    }
}

impl Resident {
    /// Whether a GPU's kernel can count so many bytes of images.
    #[must_use]
    pub const fn can_hold(bytes: usize) -> bool {
        bytes <= u32::MAX as usize
    }

    /// Puts `pixels` (N, channels, rows, columns) into the memory of `device`, with the 256 normalised values of each
    /// channel.
    ///
    /// # Panics
    /// Where the pixels are not a number of complete images, are too many, or the device is no GPU.
    #[must_use]
    pub fn new(
        pixels: &[u8],
        shape: [usize; 3],
        tables: &[[f32; VALUES]],
        device: &Device,
    ) -> Self {
        let bytes: usize = shape.iter().product();
        assert!(pixels.len().is_multiple_of(bytes) && tables.len() == shape[0]);
        assert!(Self::can_hold(pixels.len()));
        let words: Vec<i32> = pixels
            .chunks(4)
            .map(|some| {
                let mut word = [0; 4];
                word[..some.len()].copy_from_slice(some);
                i32::from_le_bytes(word)
            })
            .collect();
        let count = words.len();
        let values = tables.concat();
        let entries = values.len();
        let device = device.clone().inner();
        Self {
            pixels: Tensor::from_data(TensorData::new(words, [count]), &device),
            tables: Tensor::from_data(TensorData::new(values, [entries]), &device),
            shape,
            images: pixels.len() / bytes,
        }
    }

    /// Writes the picked images, normalised (N, channels, rows, columns), into `batch`: all its clones change with it.
    ///
    /// # Panics
    /// Where there is no such image, or `batch` is of another size.
    pub fn put(&self, picks: &[Pick], batch: &Tensor<1>) {
        let numbers: Vec<i32> = picks
            .iter()
            .flat_map(|pick| {
                assert!(pick.image < self.images);
                let image = i32::try_from(pick.image).unwrap_or(i32::MAX);
                [
                    image,
                    pick.crop_row,
                    pick.crop_col,
                    i32::from(pick.mirrored),
                ]
            })
            .collect();
        let count = numbers.len();
        let numbers =
            Tensor::<1, Int>::from_data(TensorData::new(numbers, [count]), &self.tables.device());
        <Dispatch as InPlace>::pick(
            self.pixels.clone().into_dispatch(),
            self.tables.clone().into_dispatch(),
            numbers.into_dispatch(),
            batch.clone().into_dispatch(),
            self.shape,
        );
    }

    /// The picked images, normalised (N, channels, rows, columns), for `device`, which may record gradients.
    ///
    /// # Panics
    /// Where there is no such image.
    #[must_use]
    pub fn batch(&self, picks: &[Pick], device: &Device) -> Tensor<4> {
        let [channels, height, width] = self.shape;
        let count = picks.len() * channels * height * width;
        let batch = Tensor::<1>::empty([count], &self.tables.device());
        self.put(picks, &batch);
        let batch = batch.reshape([picks.len(), channels, height, width]);
        if matches!(device.as_dispatch(), DispatchDevice::Autodiff(_)) {
            Tensor::from_inner(batch)
        } else {
            batch
        }
    }
}
