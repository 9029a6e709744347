//! Contrast of colours by the Web Content Accessibility Guidelines 2.2.

/// Red, green and blue in sRGB.
pub type Rgb = (u8, u8, u8);

/// Least contrast of text with its background (criterion 1.4.3).
pub const TEXT: f64 = 4.5;
/// Least contrast of rules and other parts that are no text (criterion 1.4.11).
pub const RULES: f64 = 3.0;

const BLACK: Rgb = (0, 0, 0);
const WHITE: Rgb = (255, 255, 255);
/// Steps in which a colour is moved until it can be read.
const STEPS: u8 = 32;

/// Relative luminance, between 0 of black and 1 of white.
fn luminance((red, green, blue): Rgb) -> f64 {
    let linear = |value: u8| {
        let value = f64::from(value) / 255.0;
        if value <= 0.040_45 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

/// Contrast of two colours, between 1 and 21.
pub fn contrast(one: Rgb, other: Rgb) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The least contrast of a colour with any of these backgrounds.
pub fn least(colour: Rgb, backgrounds: &[Rgb]) -> f64 {
    let contrasts = backgrounds.iter().map(|&other| contrast(colour, other));
    contrasts.fold(f64::INFINITY, f64::min)
}

/// Whether black can be read better than white on this background.
pub fn is_light(background: Rgb) -> bool {
    contrast(BLACK, background) > contrast(WHITE, background)
}

/// `colour`, moved towards white or black no further than until its contrast with all backgrounds is `wanted`.
pub fn readable(colour: Rgb, backgrounds: &[Rgb], wanted: f64) -> Rgb {
    let end = match backgrounds.first() {
        Some(&background) if is_light(background) => BLACK,
        _ => WHITE,
    };
    let mut steps = (0..=STEPS).map(|step| mixed(colour, end, step));
    steps
        .find(|&colour| least(colour, backgrounds) >= wanted)
        .unwrap_or(end)
}

/// `colour`, moved towards the first of `backgrounds` as far as its contrast with all of them stays `wanted`.
pub fn pale(colour: Rgb, backgrounds: &[Rgb], wanted: f64) -> Rgb {
    let end = backgrounds.first().copied().unwrap_or(colour);
    let steps = (0..=STEPS).map(|step| mixed(colour, end, step));
    let kept = steps.take_while(|&colour| least(colour, backgrounds) >= wanted);
    kept.last().unwrap_or(colour)
}

/// A colour so many of [`STEPS`] from one to another.
fn mixed(from: Rgb, to: Rgb, step: u8) -> Rgb {
    let mix = |from: u8, to: u8| {
        let [from, to] = [from, to].map(u32::from);
        let [step, steps] = [step, STEPS].map(u32::from);
        ((from * (steps - step) + to * step + steps / 2) / steps) as u8
    };
    (mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Black on white and #767676 on white are examples of the guidelines; #D55E00 is computed by hand.
    #[test]
    fn contrasts_are_those_of_the_guidelines() {
        assert!((contrast(BLACK, WHITE) - 21.0).abs() < 1e-9);
        assert!((contrast((0x76, 0x76, 0x76), WHITE) - 4.54).abs() < 0.005);
        assert!((contrast(WHITE, (0x77, 0x77, 0x77)) - 4.48).abs() < 0.005);
        assert!((contrast((0xD5, 0x5E, 0x00), BLACK) - 5.43).abs() < 0.02);
        assert!(is_light((0xFD, 0xF6, 0xE3)) && !is_light((0x00, 0x2B, 0x36)));
    }

    #[test]
    fn a_colour_moves_no_further_than_it_must() {
        let blue = (0x00, 0x72, 0xB2);
        assert_eq!(readable(blue, &[WHITE], TEXT), blue);
        let lighter = readable(blue, &[BLACK], TEXT);
        assert!(lighter != blue && lighter != WHITE);
        assert!(least(lighter, &[BLACK]) >= TEXT);
        assert_eq!(readable(blue, &[(119, 119, 119)], 21.0), BLACK);
    }
}
