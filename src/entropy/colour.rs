//! Counting joint RGB values, of which there are as many as pixels.

use super::shannon::{Table, Tally, zeros};

/// Counts the joint colours of one image at a time.
///
/// Most colours of a photograph occur once, and a colour that occurs once adds nothing to
/// `Σ c log2 c`. So a first pass, without a branch, lets every pixel claim the slot that its colour
/// hashes to; the pixels that find it claimed, by their own colour or another, are counted exactly
/// in a hash table, and the claim of a colour counts as one pixel more. Slots carry the number of
/// the image, so that nothing is cleared between images.
#[derive(Clone, Debug)]
pub(super) struct ColourCounter {
    claims: Claims,
    image: u8,
    keys: Vec<u32>,
    late: Vec<u32>,
    slots: Vec<(u32, u32)>,
    touched: Vec<u32>,
    shift: u32,
}

/// Slots of the first pass, in sizes that the compiler knows: about eight for each pixel of a small image.
#[derive(Clone, Debug)]
enum Claims {
    Small(Box<[u32; 1 << 13]>),
    Medium(Box<[u32; 1 << 16]>),
    Large(Box<[u32; 1 << 18]>),
}

impl Claims {
    fn new(area: usize) -> Self {
        match area {
            0..=2_048 => Self::Small(zeros()),
            2_049..=16_384 => Self::Medium(zeros()),
            _ => Self::Large(zeros()),
        }
    }

    fn clear(&mut self) {
        match self {
            Self::Small(slots) => slots.fill(0),
            Self::Medium(slots) => slots.fill(0),
            Self::Large(slots) => slots.fill(0),
        }
    }

    /// Lets `keys` claim their slots; those that come late are written to `late`, and counted.
    fn claim(&mut self, keys: &[u32], late: &mut [u32]) -> usize {
        match self {
            Self::Small(slots) => claim::<13, { 1 << 13 }>(slots, keys, late),
            Self::Medium(slots) => claim::<16, { 1 << 16 }>(slots, keys, late),
            Self::Large(slots) => claim::<18, { 1 << 18 }>(slots, keys, late),
        }
    }

    /// Whether `key` holds its slot.
    fn holds(&self, key: u32) -> bool {
        match self {
            Self::Small(slots) => slots[place::<13>(key)] == key,
            Self::Medium(slots) => slots[place::<16>(key)] == key,
            Self::Large(slots) => slots[place::<18>(key)] == key,
        }
    }
}

/// The slot of a key among `2^BITS` (Knuth's multiplicative hash).
#[inline]
const fn place<const BITS: u32>(key: u32) -> usize {
    (key.wrapping_mul(0x9E37_79B1) >> (32 - BITS)) as usize
}

fn claim<const BITS: u32, const SLOTS: usize>(
    slots: &mut [u32; SLOTS],
    keys: &[u32],
    late: &mut [u32],
) -> usize {
    let late = &mut late[..=keys.len()];
    let mut count = 0;
    for &key in keys {
        let slot = &mut slots[place::<BITS>(key)];
        let free = (*slot ^ key) >> 24 != 0;
        *slot = if free { key } else { *slot };
        late[count] = key;
        count += usize::from(!free);
    }
    count
}

impl ColourCounter {
    /// A counter for images of `area` pixels.
    pub(super) fn new(area: usize) -> Self {
        let bits = (2 * area.max(1)).next_power_of_two().ilog2().min(31);
        Self {
            claims: Claims::new(area),
            image: 0,
            keys: vec![0; area],
            late: vec![0; area + 1],
            slots: vec![(0, 0); 1 << bits],
            touched: Vec::with_capacity(area),
            shift: 32 - bits,
        }
    }

    /// What the entropy of the joint 24-bit value of the pixels of an RGB image (three planes) is computed from.
    pub(super) fn tally(&mut self, rgb: &[u8], table: &Table) -> Tally {
        if self.image == u8::MAX {
            self.image = 0;
            self.claims.clear();
        }
        self.image += 1;
        let (red, rest) = rgb.split_at(rgb.len() / 3);
        let (green, blue) = rest.split_at(red.len());
        let pixels = red.iter().zip(green).zip(blue);
        for (key, ((&r, &g), &b)) in self.keys.iter_mut().zip(pixels) {
            *key = u32::from_be_bytes([self.image, r, g, b]);
        }
        let late = self.claims.claim(&self.keys, &mut self.late);
        for index in 0..late {
            self.count(self.late[index]);
        }
        let mut tally = Tally::default();
        let mut singles = self.keys.len() - late;
        for slot in self.touched.drain(..) {
            let (key, count) = std::mem::take(&mut self.slots[slot as usize]);
            let held = u32::from(self.claims.holds(key));
            singles -= held as usize;
            tally.add(u64::from(count + held), table.get(count + held));
        }
        tally.add_singles(singles as u64);
        tally
    }

    #[inline]
    fn count(&mut self, key: u32) {
        let mask = self.slots.len() - 1;
        let mut index = (key.wrapping_mul(0x85EB_CA6B) >> self.shift) as usize;
        loop {
            let slot = &mut self.slots[index];
            if slot.1 == 0 {
                *slot = (key, 1);
                self.touched.push(index as u32);
                return;
            }
            if slot.0 == key {
                slot.1 += 1;
                return;
            }
            index = (index + 1) & mask;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::entropy::{Estimator, shannon};

    #[test]
    fn a_counter_of_colours_forgets_the_image_before() {
        let table = Table::new(4);
        let mut counter = ColourCounter::new(4);
        let four_colours = [1, 2, 3, 4, 0, 0, 0, 0, 9, 9, 9, 9];
        let two_colours = [1, 1, 1, 1, 5, 5, 6, 6, 0, 0, 0, 0];
        for round in 0..300 {
            for (image, bits) in [(four_colours, 2.0), (two_colours, 1.0)] {
                let entropy = counter.tally(&image, &table).bits(Estimator::PlugIn);
                assert!(
                    (entropy - bits).abs() < 1e-12,
                    "{entropy} for {bits}, round {round}"
                );
            }
        }
    }

    /// Images of every size of claims, with few, some and many repeated colours.
    #[test]
    fn colours_are_counted_as_a_map_counts_them() {
        for area in [5_usize, 2_048, 5_000, 40_000] {
            let table = Table::new(area);
            let mut counter = ColourCounter::new(area);
            for levels in [2_u64, 40, 256] {
                let mut state = 1_u64;
                let rgb: Vec<u8> = (0..3 * area)
                    .map(|_| {
                        state = state
                            .wrapping_mul(6_364_136_223_846_793_005)
                            .wrapping_add(99);
                        ((state >> 40) % levels) as u8
                    })
                    .collect();
                let mut map: HashMap<[u8; 3], u64> = HashMap::new();
                for pixel in 0..area {
                    *map.entry([0, 1, 2].map(|plane| rgb[plane * area + pixel]))
                        .or_default() += 1;
                }
                let counts: Vec<u64> = map.into_values().collect();
                for estimator in [Estimator::PlugIn, Estimator::MillerMadow] {
                    let bits = counter.tally(&rgb, &table).bits(estimator);
                    let error = bits - shannon::entropy(&counts, estimator);
                    assert!(error.abs() < 1e-9, "{error} at {area}, {levels}");
                }
            }
        }
    }
}
