//! Grey levels and colour differences.

/// Writes the grey level of each pixel of an RGB image (three planes) to `grey`.
///
/// ITU-R 601 luma rounded to 8 bits by the integers that Pillow's `convert("L")` uses:
/// `(19595 R + 38470 G + 7471 B + 32768) >> 16`, here of the upper and the lower bytes of these
/// weights apart, whose sums fit into 16 bits.
pub(crate) fn luma(rgb: &[u8], grey: &mut Vec<u8>) {
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

/// Turns RGB (three planes) into Y, Cb and Cr in place, by JFIF 1.02 (full range), rounded.
pub(super) fn ycbcr(image: &mut [u8]) {
    let area = image.len() / 3;
    let (red, rest) = image.split_at_mut(area);
    let (green, blue) = rest.split_at_mut(area);
    for ((r, g), b) in red.iter_mut().zip(green).zip(blue) {
        let colour = [*r, *g, *b].map(f64::from);
        let mix = |weights: [f64; 3], offset: f64| {
            let sum: f64 = weights
                .iter()
                .zip(colour)
                .map(|(weight, value)| weight * value)
                .sum();
            (sum + offset).round().clamp(0.0, 255.0) as u8
        };
        [*r, *g, *b] = [
            mix([0.299, 0.587, 0.114], 0.0),
            mix([-0.168_736, -0.331_264, 0.5], 128.0),
            mix([0.5, -0.418_688, -0.081_312], 128.0),
        ];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// numpy: `floor(rgb @ M.T + [0, 128, 128] + 0.5)` with the matrix of JFIF 1.02; Pillow's
    /// `convert("YCbCr")` gives the same within 1.
    #[test]
    fn colours_become_those_of_jpeg() {
        let mut image = [
            [255, 0, 0, 255, 0, 12, 128, 255],
            [0, 255, 0, 255, 0, 200, 128, 254],
            [0, 0, 255, 255, 0, 77, 127, 1],
        ]
        .concat();
        ycbcr(&mut image);
        let expected = [
            [76, 150, 29, 255, 0, 130, 128, 225],
            [85, 44, 255, 128, 128, 98, 128, 1],
            [255, 21, 107, 128, 128, 44, 128, 149],
        ];
        assert_eq!(image, expected.concat());
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
