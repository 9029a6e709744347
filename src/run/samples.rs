//! Sample images of a run, for its report.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage, imageops};

use super::Error;
use crate::dataset::Dataset;

/// Most classes shown, a column each.
const COLUMNS: usize = 10;
/// Images shown of each class, one below the other.
const ROWS: usize = 3;
/// Least pixels along an image's side as shown.
const SIDE: usize = 64;
/// Pixels between images.
const GAP: usize = 6;

/// The first training images of each class side by side, as a PNG file: a column for each of the
/// first ten classes. Pixels are repeated, never smoothed.
///
/// # Errors
/// [`Error::Setting`] where the picture cannot be encoded.
pub(super) fn picture(dataset: &Dataset) -> Result<Vec<u8>, Error> {
    let shape = dataset.shape;
    let times = SIDE.div_ceil(shape.height.max(shape.width)).max(1);
    let (height, width) = (shape.height * times, shape.width * times);
    let columns = dataset.class_names.len().clamp(1, COLUMNS);
    let across = columns * (width + GAP) - GAP;
    let down = ROWS * (height + GAP) - GAP;
    let mut sheet = RgbImage::from_pixel(across as u32, down as u32, Rgb([255; 3]));
    let mut filled = [0; COLUMNS];
    for (index, &class) in dataset.train.labels.iter().enumerate() {
        let class = class as usize;
        if class >= columns || filled[class] == ROWS {
            continue;
        }
        let values = dataset.train.image(index, shape);
        let tile = RgbImage::from_fn(width as u32, height as u32, |x, y| {
            let pixel = (y as usize / times) * shape.width + x as usize / times;
            Rgb([0, 1, 2].map(|channel: usize| {
                values[channel.min(shape.channels - 1) * shape.area() + pixel]
            }))
        });
        let left = class * (width + GAP);
        let top = filled[class] * (height + GAP);
        imageops::replace(&mut sheet, &tile, left as i64, top as i64);
        filled[class] += 1;
        if filled[..columns].iter().all(|&rows| rows == ROWS) {
            break;
        }
    }
    let mut bytes = Cursor::new(Vec::new());
    sheet
        .write_to(&mut bytes, ImageFormat::Png)
        .map_err(|error| Error::Setting(format!("the sample images cannot be drawn: {error}")))?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::dataset::{Shape, Split};

    /// Two classes of 32 x 32 grey images, twice as large: the third image of class 1 is missing and
    /// stays white.
    #[test]
    fn a_class_is_a_column() {
        let shape = Shape {
            channels: 1,
            height: 32,
            width: 32,
        };
        let labels = vec![1, 0, 0, 1, 0, 0];
        let pixels = (0..6_u8).flat_map(|image| [image * 40; 32 * 32]).collect();
        let dataset = Dataset {
            name: "two".to_owned(),
            notes: Vec::new(),
            shape,
            skipped: Vec::new(),
            class_names: vec!["a".to_owned(), "b".to_owned()],
            train: Split { pixels, labels },
            test: Split::default(),
            flip_keeps_class: false,
        };
        let sheet = image::load_from_memory(&picture(&dataset).unwrap())
            .unwrap()
            .to_rgb8();
        assert_eq!(sheet.dimensions(), (134, 204));
        let at = |column: u32, row: u32| sheet.get_pixel(column * 70 + 5, row * 70 + 63).0[1];
        let shown: Vec<u8> = (0..2)
            .flat_map(|column| (0..3).map(move |row| (column, row)))
            .map(|(column, row)| at(column, row))
            .collect();
        assert_eq!(shown, [40, 80, 160, 0, 120, 255]);
        assert_eq!(sheet.get_pixel(66, 0).0, [255; 3]);
    }
}
