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
}
