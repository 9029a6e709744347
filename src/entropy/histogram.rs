//! Counting 8-bit values.

use super::lookup::BINS;

/// Counts of the bytes of `values`, in eight sub-histograms of all of them: the bare histogram that
/// nothing that counts 8-bit values one by one can beat by much.
///
/// A count that passes 2^32 wraps.
#[must_use]
pub fn count_bytes(values: &[u8]) -> [u32; BINS] {
    let mut lanes = [[0_u32; BINS]; 8];
    let (words, rest) = values.as_chunks::<8>();
    for word in words {
        let word = u64::from_le_bytes(*word);
        for (index, lane) in lanes.iter_mut().enumerate() {
            let count = &mut lane[(word >> (8 * index) & 255) as usize];
            *count = count.wrapping_add(1);
        }
    }
    let [mut counts, others @ ..] = lanes;
    for &value in rest {
        counts[usize::from(value)] += 1;
    }
    for lane in &others {
        for (count, more) in counts.iter_mut().zip(lane) {
            *count = count.wrapping_add(*more);
        }
    }
    counts
}

/// Writes the grey level of each pixel of an RGB image (three planes) to `grey`.
///
/// ITU-R 601 luma rounded to 8 bits by the integers that Pillow's `convert("L")` uses:
/// `(19595 R + 38470 G + 7471 B + 32768) >> 16`, here of the upper and the lower bytes of these
/// weights apart, whose sums fit into 16 bits.
pub(super) fn luma(rgb: &[u8], grey: &mut Vec<u8>) {
    let (red, rest) = rgb.split_at(rgb.len() / 3);
    let (green, blue) = rest.split_at(red.len());
    grey.clear();
    grey.extend(red.iter().zip(green).zip(blue).map(|((&r, &g), &b)| {
        let [r, g, b] = [r, g, b].map(u16::from);
        let upper = 76 * r + 150 * g + 29 * b;
        let lower = 139 * r + 70 * g + 47 * b;
        ((upper + 128 + (lower >> 8)) >> 8) as u8
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_every_byte_also_behind_the_last_eight() {
        let values: Vec<u8> = (0..2003_u32)
            .map(|index| (index * index / 7) as u8)
            .collect();
        let mut expected = [0; BINS];
        for &value in &values {
            expected[usize::from(value)] += 1;
        }
        assert_eq!(count_bytes(&values), expected);
    }

    /// `Image.new("RGB", (1, 1), colour).convert("L")` in Pillow 13 for each colour.
    #[test]
    fn luma_is_that_of_pillow() {
        let colours = [
            ([255, 0, 0], 76),
            ([0, 255, 0], 150),
            ([0, 0, 255], 29),
            ([255, 255, 255], 255),
            ([12, 200, 77], 130),
            ([1, 2, 3], 2),
        ];
        for (rgb, expected) in colours {
            let mut grey = Vec::new();
            luma(&rgb, &mut grey);
            assert_eq!(grey, [expected], "{rgb:?}");
        }
    }

    #[test]
    fn weights_in_two_bytes_give_every_colour_its_luma() {
        let blues: Vec<u8> = (0..=255).collect();
        let mut grey = Vec::new();
        for red in 0..=255 {
            for green in 0..=255 {
                let rgb = [vec![red; 256], vec![green; 256], blues.clone()].concat();
                luma(&rgb, &mut grey);
                let common = 19_595 * u32::from(red) + 38_470 * u32::from(green) + 32_768;
                let expected = blues.iter().map(|&b| common + 7_471 * u32::from(b));
                assert!(
                    grey.iter()
                        .map(|&grey| u32::from(grey))
                        .eq(expected.map(|sum| sum >> 16)),
                    "{red}, {green}"
                );
            }
        }
    }
}
