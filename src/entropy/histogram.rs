//! Counting the values of one image.

use super::Estimator;
use super::shannon::{Table, Tally};

/// Number of 8-bit values.
pub(super) const BINS: usize = 256;

/// Counts of the 8-bit values of one channel.
pub(super) fn count_bytes(values: &[u8]) -> [u32; BINS] {
    let mut lanes = [[0_u32; BINS]; 4];
    let mut quads = values.chunks_exact(4);
    for quad in &mut quads {
        for (lane, &value) in lanes.iter_mut().zip(quad) {
            lane[usize::from(value)] += 1;
        }
    }
    let [mut counts, rest @ ..] = lanes;
    for &value in quads.remainder() {
        counts[usize::from(value)] += 1;
    }
    for lane in &rest {
        for (count, more) in counts.iter_mut().zip(lane) {
            *count += more;
        }
    }
    counts
}

/// Entropy in bits of a channel's counts.
pub(super) fn entropy_of_bytes(counts: &[u32; BINS], table: &Table, estimator: Estimator) -> f64 {
    let mut tally = Tally::default();
    for &count in counts {
        tally.add(u64::from(count), table.get(count));
    }
    tally.bits(estimator)
}

/// Writes the grey level of each pixel of an RGB image (three planes) to `grey`.
///
/// ITU-R 601 luma rounded to 8 bits by the integers that Pillow's `convert("L")` uses:
/// `(19595 R + 38470 G + 7471 B + 32768) >> 16`.
pub(super) fn luma(rgb: &[u8], grey: &mut Vec<u8>) {
    let (red, rest) = rgb.split_at(rgb.len() / 3);
    let (green, blue) = rest.split_at(red.len());
    grey.clear();
    grey.extend(red.iter().zip(green).zip(blue).map(|((&r, &g), &b)| {
        let weighted =
            19_595 * u32::from(r) + 38_470 * u32::from(g) + 7_471 * u32::from(b) + 32_768;
        (weighted >> 16) as u8
    }));
}

/// Counts joint RGB values: an open-addressing hash table at most half full.
#[derive(Clone, Debug)]
pub(super) struct ColourCounter {
    slots: Vec<(u32, u32)>,
    touched: Vec<u32>,
    shift: u32,
}

impl ColourCounter {
    /// A counter for images of `area` pixels.
    pub(super) fn new(area: usize) -> Self {
        let bits = (2 * area.max(1)).next_power_of_two().ilog2().min(31);
        Self {
            slots: vec![(0, 0); 1 << bits],
            touched: Vec::with_capacity(area),
            shift: 32 - bits,
        }
    }

    /// Entropy in bits of the joint 24-bit value of the pixels of an RGB image (three planes).
    pub(super) fn entropy(&mut self, rgb: &[u8], table: &Table, estimator: Estimator) -> f64 {
        let (red, rest) = rgb.split_at(rgb.len() / 3);
        let (green, blue) = rest.split_at(red.len());
        for ((&r, &g), &b) in red.iter().zip(green).zip(blue) {
            self.count(u32::from_be_bytes([0, r, g, b]));
        }
        let mut tally = Tally::default();
        for slot in self.touched.drain(..) {
            let (_, count) = std::mem::take(&mut self.slots[slot as usize]);
            tally.add(u64::from(count), table.get(count));
        }
        tally.bits(estimator)
    }

    #[inline]
    fn count(&mut self, colour: u32) {
        let mask = self.slots.len() - 1;
        let mut index = (colour.wrapping_mul(0x9E37_79B1) >> self.shift) as usize;
        loop {
            let slot = &mut self.slots[index];
            if slot.1 == 0 {
                *slot = (colour, 1);
                self.touched.push(index as u32);
                return;
            }
            if slot.0 == colour {
                slot.1 += 1;
                return;
            }
            index = (index + 1) & mask;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_every_byte_also_behind_the_last_four() {
        let counts = count_bytes(&[7, 7, 0, 255, 7, 9]);
        assert_eq!(counts.iter().sum::<u32>(), 6);
        assert_eq!((counts[0], counts[7], counts[9], counts[255]), (1, 3, 1, 1));
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
    fn a_counter_of_colours_forgets_the_image_before() {
        let table = Table::new(4);
        let mut counter = ColourCounter::new(4);
        let four_colours = [1, 2, 3, 4, 0, 0, 0, 0, 9, 9, 9, 9];
        let two_colours = [1, 1, 1, 1, 5, 5, 6, 6, 0, 0, 0, 0];
        for (image, bits) in [(four_colours, 2.0), (two_colours, 1.0), (four_colours, 2.0)] {
            let entropy = counter.entropy(&image, &table, Estimator::PlugIn);
            assert!((entropy - bits).abs() < 1e-12, "{entropy} for {bits}");
        }
    }
}
