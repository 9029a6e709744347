//! Augmentation of training images: a random crop of the padded image, and a mirror where it keeps the class.

use rand::{Rng, RngExt};

use crate::dataset::Shape;

/// How training images are varied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Augmentation {
    /// Zero pixels on every side before the random crop back to the original size.
    pub crop_padding: usize,
    /// Whether half of the images are mirrored.
    pub flip: bool,
}

/// One image's variation: where its crop begins, and whether it is mirrored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// Rows by which the image is moved up.
    pub down: i32,
    /// Columns by which it is moved left.
    pub right: i32,
    /// Whether columns run backwards.
    pub mirrored: bool,
}

impl Augmentation {
    /// Draws a placement.
    pub fn place(self, rng: &mut impl Rng) -> Placement {
        let reach = self.crop_padding as i32;
        let mut shift = || rng.random_range(-reach..=reach);
        let (down, right) = (shift(), shift());
        Placement {
            down,
            right,
            mirrored: self.flip && rng.random(),
        }
    }
}

impl Placement {
    /// Writes `image` (C, H, W) into `out`, each channel's values through its `table` of 256 normalised
    /// values; pixels from outside the image are `padding` of the channel.
    pub fn write(self, image: &[u8], shape: Shape, tables: &[[f32; 256]], out: &mut [f32]) {
        let (height, width) = (shape.height as i32, shape.width as i32);
        for (channel, table) in tables.iter().enumerate() {
            let plane = &image[channel * shape.area()..][..shape.area()];
            let target = &mut out[channel * shape.area()..][..shape.area()];
            for row in 0..height {
                let source_row = row + self.down;
                let line = &mut target[(row * width) as usize..][..width as usize];
                if !(0..height).contains(&source_row) {
                    line.fill(table[0]);
                    continue;
                }
                let source = &plane[(source_row * width) as usize..][..width as usize];
                for (column, value) in line.iter_mut().enumerate() {
                    let column = if self.mirrored {
                        width - 1 - column as i32
                    } else {
                        column as i32
                    };
                    let source_column = column + self.right;
                    *value = usize::try_from(source_column)
                        .ok()
                        .and_then(|index| source.get(index))
                        .map_or(table[0], |&pixel| table[usize::from(pixel)]);
                }
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

    fn written(placement: Placement) -> [f32; 6] {
        let mut table = [0.0; 256];
        for (value, entry) in table.iter_mut().enumerate() {
            *entry = value as f32;
        }
        let mut out = [9.0; 6];
        placement.write(&IMAGE, SHAPE, &[table], &mut out);
        out
    }

    #[test]
    fn the_plain_placement_changes_nothing() {
        assert_eq!(
            written(Placement::default()),
            [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
        );
    }

    #[test]
    fn a_shift_brings_in_zero_pixels() {
        let placement = Placement {
            down: 1,
            right: -1,
            mirrored: false,
        };
        assert_eq!(written(placement), [0.0, 4.0, 5.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn a_mirror_turns_columns_round() {
        let placement = Placement {
            mirrored: true,
            ..Placement::default()
        };
        assert_eq!(written(placement), [3.0, 2.0, 1.0, 6.0, 5.0, 4.0]);
    }

    #[test]
    fn placements_stay_within_the_padding_and_mirror_only_where_asked() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let draws: Vec<Placement> = (0..500)
            .map(|_| {
                Augmentation {
                    crop_padding: 4,
                    flip: false,
                }
                .place(&mut rng)
            })
            .collect();
        assert!(
            draws
                .iter()
                .all(|draw| draw.down.abs() <= 4 && draw.right.abs() <= 4 && !draw.mirrored)
        );
        assert!((-4..=4).all(|shift| draws.iter().any(|draw| draw.down == shift)));
        let mirrored = (0..500)
            .filter(|_| {
                Augmentation {
                    crop_padding: 0,
                    flip: true,
                }
                .place(&mut rng)
                .mirrored
            })
            .count();
        assert!((200..300).contains(&mirrored), "{mirrored} of 500 mirrored");
    }
}
