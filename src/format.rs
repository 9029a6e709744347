//! Numbers as they are shown, everywhere in the program: one way for each kind of quantity, `–` for what is not known.

/// What stands for a number that is not known.
pub const UNKNOWN: &str = "–";

/// `value` by `show`, or [`UNKNOWN`].
#[must_use]
pub fn known<T>(value: Option<T>, show: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), show)
}

/// An integer with thousands separators: `50,000`.
#[must_use]
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// So many things: `1 image`, `1,000 images`.
#[must_use]
pub fn number_of(number: usize, one: &str, several: &str) -> String {
    let name = if number == 1 { one } else { several };
    format!("{} {name}", count(number as u64))
}

/// Bytes in lower-case hexadecimal.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// A number rounded to a whole one, with thousands separators and a true minus sign: `−12,000`.
#[must_use]
pub fn whole(value: f64) -> String {
    let text = count(value.abs().round() as u64);
    if value.round() < 0.0 {
        format!("−{text}")
    } else {
        text
    }
}

/// A number with `digits` decimals and a true minus sign; [`UNKNOWN`] where it is not finite.
#[must_use]
pub fn fixed(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return UNKNOWN.to_owned();
    }
    let text = format!("{:.digits$}", value.abs());
    let zero = text.chars().all(|character| matches!(character, '0' | '.'));
    if value < 0.0 && !zero {
        format!("−{text}")
    } else {
        text
    }
}

/// A number with `digits` decimals and always a sign.
#[must_use]
pub fn signed(value: f64, digits: usize) -> String {
    let text = fixed(value, digits);
    if value.is_finite() && !text.starts_with('−') {
        format!("+{text}")
    } else {
        text
    }
}

/// A fraction as percent, without the sign: `93.1`.
#[must_use]
pub fn percent(fraction: f64, digits: usize) -> String {
    fixed(fraction * 100.0, digits)
}

/// A fraction with its interval, in percent, without the sign: `31.4 ± 0.6`.
///
/// An interval that is not symmetric about the mean is written out: `31.4 (30.1 … 33.0)`.
#[must_use]
pub fn percent_interval(mean: f64, interval: Option<[f64; 2]>, digits: usize) -> String {
    let shown = |fraction| percent(fraction, digits);
    match interval {
        None => shown(mean),
        Some([low, high]) if (high - mean - (mean - low)).abs() <= 1e-9 => {
            format!("{} ± {}", shown(mean), shown((high - low) / 2.0))
        }
        Some([low, high]) => format!("{} ({} … {})", shown(mean), shown(low), shown(high)),
    }
}

/// A difference of two fractions in percentage points, with half its interval: `−3.12 ± 1.43`.
#[must_use]
pub fn points(mean: f64, interval: Option<[f64; 2]>, digits: usize) -> String {
    let half = interval.map_or_else(String::new, |[low, high]| {
        format!(" ± {}", fixed((high - low) * 50.0, digits))
    });
    format!("{}{half}", signed(mean * 100.0, digits))
}

/// A fraction as percent with its sign, the interval written out: `36.7 % (95 %: 36.2 to 37.3)`.
#[must_use]
pub fn percent_sentence(mean: f64, interval: Option<[f64; 2]>, digits: usize) -> String {
    let mean = format!("{} %", percent(mean, digits));
    match interval {
        None => mean,
        Some([low, high]) => format!(
            "{mean} (95 %: {} to {})",
            percent(low, digits),
            percent(high, digits)
        ),
    }
}

/// Relative change in whole percent, always with its sign: `−57 %`.
#[must_use]
pub fn change(from: f64, to: f64) -> String {
    let change = (to / from - 1.0) * 100.0;
    if change.is_finite() {
        format!("{} %", signed(change, 0))
    } else {
        UNKNOWN.to_owned()
    }
}

/// A large number with three significant digits and a unit prefix: `0.76 M`, `114 M`, `2.5 k`.
#[must_use]
pub fn large(value: f64) -> String {
    let (scaled, prefix) = if value >= 1e9 {
        (value / 1e9, " G")
    } else if value >= 1e5 {
        (value / 1e6, " M")
    } else if value >= 1e3 {
        (value / 1e3, " k")
    } else {
        return fixed(value, 0);
    };
    let digits = if scaled >= 100.0 {
        0
    } else if scaled >= 10.0 {
        1
    } else {
        2
    };
    format!("{}{prefix}", fixed(scaled, digits))
}

/// Energy with three significant digits: `0.76 MJ`, `2.50 kJ`, `64 J`.
#[must_use]
pub fn joules(value: f64) -> String {
    let text = large(value);
    let gap = if text.contains(' ') { "" } else { " " };
    format!("{text}{gap}J")
}

/// A number with three significant digits, never in scientific notation: `0.0421`, `1.28`, `312`.
#[must_use]
pub fn significant(value: f64) -> String {
    digits(value, 3, 12)
}

/// A number with so many significant digits, and no more than so many decimals.
#[must_use]
pub fn digits(value: f64, digits: usize, most_decimals: usize) -> String {
    let magnitude = if value == 0.0 {
        0.0
    } else {
        value.abs().log10().floor()
    };
    let decimals = digits as f64 - 1.0 - magnitude;
    fixed(value, decimals.clamp(0.0, most_decimals as f64) as usize)
}

/// The sentence with a capital at its beginning.
#[must_use]
pub fn capitalised(sentence: &str) -> String {
    let mut characters = sentence.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

/// Bytes in decimal units: `11.2 GB`.
#[must_use]
pub fn bytes(value: u64) -> String {
    let value = value as f64;
    if value >= 1e9 {
        format!("{} GB", fixed(value / 1e9, 1))
    } else if value >= 1e6 {
        format!("{} MB", fixed(value / 1e6, 0))
    } else {
        format!("{} kB", fixed(value / 1e3, 0))
    }
}

/// A clock: `0:07`, `12:40`, `1:12:40`.
#[must_use]
pub fn clock(seconds: f64) -> String {
    if !seconds.is_finite() {
        return UNKNOWN.to_owned();
    }
    let seconds = seconds.max(0.0).round() as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// A duration to be read at a glance: `0.21 s`, `14 s`, `3 min`, `4 h 10 min`.
#[must_use]
pub fn about(seconds: f64) -> String {
    if !seconds.is_finite() {
        UNKNOWN.to_owned()
    } else if seconds < 10.0 {
        format!("{} s", fixed(seconds, 2))
    } else if seconds < 90.0 {
        format!("{} s", fixed(seconds, 0))
    } else if seconds < 5400.0 {
        format!("{} min", fixed(seconds / 60.0, 0))
    } else {
        let minutes = (seconds / 60.0).round() as u64;
        format!("{} h {:02} min", minutes / 60, minutes % 60)
    }
}

/// `text` cut to `width` characters, the last of which is then an ellipsis.
#[must_use]
pub fn cut(text: &str, width: usize) -> String {
    use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
    if text.width() <= width {
        return text.to_owned();
    }
    let mut room = width.saturating_sub(1);
    let mut short = String::new();
    for character in text.chars() {
        let wide = character.width().unwrap_or(0);
        if wide > room {
            break;
        }
        room -= wide;
        short.push(character);
    }
    if width > 0 {
        short.push('…');
    }
    short
}

/// `text` cut to `width` characters, with an ellipsis in its middle: both ends of `wide-resnet-16-4` tell it from others.
#[must_use]
pub fn cut_middle(text: &str, width: usize) -> String {
    use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
    if text.width() <= width {
        return text.to_owned();
    }
    let mut left = width / 2;
    let tail = text.char_indices().rev().take_while(|(_, character)| {
        let wide = character.width().unwrap_or(0);
        let fits = wide <= left;
        left = left.saturating_sub(wide);
        fits
    });
    let tail = tail.last().map_or("", |(start, _)| &text[start..]);
    cut(text, width - tail.width()) + tail
}

/// Marks along an axis from `low` to `high`, about `count` of them: multiples of a step that is one of `factors`, which
/// end in 10, times a power of ten. With a `min_step` the step is whole and no smaller. One mark at `low` where there is
/// nothing to divide.
#[must_use]
pub fn ticks([low, high]: [f64; 2], count: f64, factors: &[f64], min_step: f64) -> Vec<f64> {
    let rough = (high - low) / count;
    if !(rough.is_finite() && rough > 0.0) {
        return vec![low];
    }
    let power = 10_f64.powf(rough.log10().floor());
    let step = factors
        .iter()
        .map(|factor| factor * power)
        .find(|step| *step >= rough * 0.999 && (min_step == 0.0 || step.fract() == 0.0))
        .unwrap_or(10.0 * power)
        .max(min_step);
    let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
    if !(last.abs() < 1e12 && first.abs() < 1e12 && last - first < 1000.0) {
        return vec![low];
    }
    (first as i64..=last as i64)
        .map(|index| index as f64 * step)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_points_with_half_their_interval() {
        assert_eq!(points(-0.0312, Some([-0.0455, -0.0169]), 2), "−3.12 ± 1.43");
        assert_eq!(points(0.0388, None, 1), "+3.9");
    }

    #[test]
    fn counts_have_separators() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(50_000), "50,000");
        assert_eq!(count(1_234_567), "1,234,567");
    }

    #[test]
    fn signs_are_typographic_and_zero_has_none() {
        assert_eq!(fixed(-0.004, 2), "0.00");
        assert_eq!(fixed(-57.0, 0), "−57");
        assert_eq!(signed(0.2, 1), "+0.2");
        assert_eq!(signed(-0.6, 1), "−0.6");
        assert_eq!(fixed(f64::NAN, 1), UNKNOWN);
        assert_eq!(whole(-12_000.2), "−12,000");
    }

    #[test]
    fn intervals_are_half_widths_where_they_are_symmetric() {
        assert_eq!(
            percent_interval(0.314, Some([0.308, 0.320]), 1),
            "31.4 ± 0.6"
        );
        assert_eq!(
            percent_interval(0.314, Some([0.30, 0.320]), 1),
            "31.4 (30.0 … 32.0)"
        );
        assert_eq!(percent_interval(0.314, None, 1), "31.4");
    }

    #[test]
    fn sentences_write_intervals_out() {
        assert_eq!(
            percent_sentence(0.367, Some([0.362, 0.373]), 1),
            "36.7 % (95 %: 36.2 to 37.3)"
        );
        assert_eq!(percent_sentence(0.934, None, 1), "93.4 %");
        assert_eq!(change(49.0, 21.0), "−57 %");
        assert_eq!(change(1.0, 1.5), "+50 %");
        assert_eq!(change(0.0, 1.0), UNKNOWN);
    }

    #[test]
    fn large_numbers_keep_three_digits() {
        assert_eq!(large(758_554.0), "0.76 M");
        assert_eq!(large(113_700_000.0), "114 M");
        assert_eq!(large(2_500.0), "2.50 k");
        assert_eq!(large(64.0), "64");
        assert_eq!(joules(64.0), "64 J");
        assert_eq!(joules(62_100.0), "62.1 kJ");
    }

    #[test]
    fn durations() {
        assert_eq!(clock(4_360.0), "1:12:40");
        assert_eq!(clock(7.2), "0:07");
        assert_eq!(about(0.21), "0.21 s");
        assert_eq!(about(15_000.0), "4 h 10 min");
    }

    #[test]
    fn three_digits_count() {
        assert_eq!(significant(0.042_13), "0.0421");
        assert_eq!(significant(1.284), "1.28");
        assert_eq!(significant(312.4), "312");
        assert_eq!(significant(0.0), "0.00");
        assert_eq!(significant(f64::NAN), UNKNOWN);
    }

    #[test]
    fn cutting_marks_what_is_gone() {
        assert_eq!(cut("folder:flowers", 8), "folder:…");
        assert_eq!(cut("mnist", 8), "mnist");
        assert_eq!(cut("mnist", 0), "");
        assert_eq!(cut_middle("wide-resnet-16-4", 15), "wide-re…et-16-4");
        assert_eq!(cut_middle("wide-resnet-16-4", 16), "wide-resnet-16-4");
        assert_eq!(cut_middle("efficientnet-b1", 10), "effi…et-b1");
        assert_eq!(cut_middle("ab", 1), "…");
    }
}
