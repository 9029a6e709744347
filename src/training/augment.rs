//! Augmentation of training images: a random crop of the padded image, and a mirror where it keeps the class.

use rand::{Rng, RngExt};

use crate::dataset::Shape;
use crate::kernels::Pick;

/// How training images are varied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Augmentation {
    /// Zero pixels on every side before the random crop back to the original size.
    pub crop_padding: usize,
    /// Whether half of the images are mirrored.
    pub flip: bool,
}

impl Augmentation {
    /// A random crop of `image`, perhaps mirrored.
    pub fn pick(self, image: usize, rng: &mut impl Rng) -> Pick {
        let reach = self.crop_padding as i32;
        let mut shift = || rng.random_range(-reach..=reach);
        let (crop_row, crop_col) = (shift(), shift());
        Pick {
            image,
            crop_row,
            crop_col,
            mirrored: self.flip && rng.random(),
        }
    }
}

/// Writes the `pick` of `image` (C, H, W) into `out`, each channel's values through its `table` of 256 normalised
/// values, as a GPU's kernel does it.
pub fn write(pick: Pick, image: &[u8], shape: Shape, tables: &[[f32; 256]], out: &mut [f32]) {
    let (height, width) = (shape.height as i32, shape.width as i32);
    for (channel, table) in tables.iter().enumerate() {
        let plane = &image[channel * shape.area()..][..shape.area()];
        let target = &mut out[channel * shape.area()..][..shape.area()];
        for row in 0..height {
            let source_row = row + pick.crop_row;
            let line = &mut target[(row * width) as usize..][..width as usize];
            if !(0..height).contains(&source_row) {
                line.fill(table[0]);
                continue;
            }
            let source = &plane[(source_row * width) as usize..][..width as usize];
            for (column, value) in line.iter_mut().enumerate() {
                let column = if pick.mirrored {
                    width - 1 - column as i32
                } else {
                    column as i32
                };
                let source_column = column + pick.crop_col;
                *value = usize::try_from(source_column)
                    .ok()
                    .and_then(|index| source.get(index))
                    .map_or(table[0], |&pixel| table[usize::from(pixel)]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    const SHAPE: Shape = Shape {
        channels: 1,
        height: 2,
        width: 3,
    };
    const IMAGE: [u8; 6] = [1, 2, 3, 4, 5, 6];

    fn written(pick: Pick) -> [f32; 6] {
        let mut table = [0.0; 256];
        for (value, entry) in table.iter_mut().enumerate() {
            *entry = value as f32;
        }
        let mut out = [9.0; 6];
        write(pick, &IMAGE, SHAPE, &[table], &mut out);
        out
    }

    #[test]
    fn the_whole_image_is_unchanged() {
        assert_eq!(written(Pick::whole(0)), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    }

    #[test]
    fn a_shift_brings_in_zero_pixels() {
        let pick = Pick {
            crop_row: 1,
            crop_col: -1,
            ..Pick::whole(0)
        };
        assert_eq!(written(pick), [0.0, 4.0, 5.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn a_mirror_turns_columns_round() {
        let pick = Pick {
            mirrored: true,
            ..Pick::whole(0)
        };
        assert_eq!(written(pick), [3.0, 2.0, 1.0, 6.0, 5.0, 4.0]);
    }

    #[test]
    fn crops_stay_within_the_padding_and_mirror_only_where_asked() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let draws: Vec<Pick> = (0..500)
            .map(|_| {
                Augmentation {
                    crop_padding: 4,
                    flip: false,
                }
                .pick(0, &mut rng)
            })
            .collect();
        assert!(
            draws
                .iter()
                .all(|draw| draw.crop_row.abs() <= 4 && draw.crop_col.abs() <= 4 && !draw.mirrored)
        );
        assert!((-4..=4).all(|shift| draws.iter().any(|draw| draw.crop_row == shift)));
        let mirrored = (0..500)
            .filter(|_| {
                Augmentation {
                    crop_padding: 0,
                    flip: true,
                }
                .pick(0, &mut rng)
                .mirrored
            })
            .count();
        assert!((200..300).contains(&mirrored), "{mirrored} of 500 mirrored");
    }
}
