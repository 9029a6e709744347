//! Transforms of images, applied in their order to training and test images alike after they are read.
//!
//! They change the entropy of a task that stays the same (`bits`, `noise`, `grey`), what of its
//! structure is left (`permute`), or the task itself (`coarse`).

mod area;
mod chain;
mod coarse;
mod colour;
mod parse;

pub(super) use self::chain::{Chain, Half, OneValue};
pub(crate) use self::colour::luma;

/// A transform of every image of a dataset.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Transform {
    /// `bits=N`: the upper N bits of each value, scaled to 0 to 255.
    Bits(u8),
    /// `permute`: one random order of pixels, the same for all images and channels.
    Permute,
    /// `ycbcr`: luma and two colour differences of an RGB image, in the full range of JPEG.
    YCbCr,
    /// `grey`: the Rec. 601 luma of an RGB image.
    Grey,
    /// `rgb`: a grey image in three equal channels.
    Rgb,
    /// `side=N`: the longer side reduced to N pixels by averaging areas, the other in proportion.
    Side(usize),
    /// `noise=SD`: Gaussian noise of that standard deviation, rounded and limited to 0 to 255.
    Noise(f64),
    /// `coarse=MAP`: the coarse class of each class.
    Coarse(Vec<u32>),
}

/// Its numbers are never NaN: [`parse`] refuses that.
impl Eq for Transform {}

/// Transforms as one line, `bits=3, grey`.
#[must_use]
pub fn in_words(transforms: &[Transform]) -> String {
    let words: Vec<String> = transforms.iter().map(ToString::to_string).collect();
    words.join(", ")
}
