//! Which images hold least, middle and most information?

use serde::{Deserialize, Serialize};

use crate::dataset::{Dataset, Shape};

/// An image to look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Its image information in bits per pixel.
    pub information: f64,
    /// Its class.
    pub class: String,
    /// Its shape.
    pub shape: Shape,
    /// Its values (C, H, W); base64 in a file.
    #[serde(with = "base64_bytes")]
    pub pixels: Vec<u8>,
}

/// Images of least, middle and most image information.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Samples {
    /// The least, in rising order.
    pub lowest: Vec<Sample>,
    /// Around the median.
    pub median: Vec<Sample>,
    /// The most, in falling order.
    pub highest: Vec<Sample>,
}

impl Samples {
    /// Picks `each` training images of least, middle and most image information, given for every image in bits.
    #[must_use]
    pub fn pick(dataset: &Dataset, information: &[f64], each: usize) -> Self {
        let mut order: Vec<usize> = (0..information.len().min(dataset.train.len())).collect();
        order.sort_by(|&a, &b| information[a].total_cmp(&information[b]));
        let sample = |&index: &usize| Sample {
            information: information[index],
            class: dataset
                .class_names
                .get(dataset.train.labels[index] as usize)
                .cloned()
                .unwrap_or_default(),
            shape: dataset.shape,
            pixels: dataset.train.image(index, dataset.shape).to_vec(),
        };
        let middle = (order.len() / 2).saturating_sub(each / 2);
        Self {
            lowest: order.iter().take(each).map(sample).collect(),
            median: order.iter().skip(middle).take(each).map(sample).collect(),
            highest: order.iter().rev().take(each).map(sample).collect(),
        }
    }
}

/// Bytes as a base64 text.
mod base64_bytes {
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        BASE64_STANDARD.encode(bytes).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64_STANDARD
            .decode(text)
            .map_err(serde::de::Error::custom)
    }
}
