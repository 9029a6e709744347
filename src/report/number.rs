//! Numbers as people read them.

use crate::evidence::Estimate;

/// What stands where a number is not known.
pub(super) const UNKNOWN: &str = "–";

/// `12,345`.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `-12,345`.
pub(super) fn signed_thousands(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", thousands(number.unsigned_abs()))
}

/// `0.76 M`, `114 M`, `12 k`, `931`.
pub(super) fn short(number: u64) -> String {
    let value = number as f64;
    let (value, unit) = match number {
        0..1_000 => return number.to_string(),
        1_000..100_000 => (value / 1e3, " k"),
        100_000..1_000_000_000 => (value / 1e6, " M"),
        _ => (value / 1e9, " G"),
    };
    let decimals = usize::from(value < 10.0) + usize::from(value < 1.0);
    format!("{value:.decimals$}{unit}")
}

/// A fraction as `93.4 %`.
pub(super) fn percent(fraction: f64, decimals: usize) -> String {
    if fraction.is_finite() {
        format!("{} %", fixed(fraction * 100.0, decimals))
    } else {
        UNKNOWN.to_owned()
    }
}

/// A fraction with its interval as `36.7 % (95 %: 36.2 to 37.3)`.
pub(super) fn percent_estimate(estimate: Estimate, decimals: usize) -> String {
    let mean = percent(estimate.mean, decimals);
    estimate.interval.map_or_else(
        || mean.clone(),
        |[low, high]| {
            format!(
                "{mean} (95 %: {} to {})",
                fixed(low * 100.0, decimals),
                fixed(high * 100.0, decimals)
            )
        },
    )
}

/// A number with fixed decimals, [`UNKNOWN`] where it is none.
pub(super) fn fixed(number: f64, decimals: usize) -> String {
    if !number.is_finite() {
        return UNKNOWN.to_owned();
    }
    let text = format!("{number:.decimals$}");
    let is_zero = text
        .trim_start_matches('-')
        .chars()
        .all(|c| matches!(c, '0' | '.'));
    if is_zero {
        text.trim_start_matches('-').to_owned()
    } else {
        text
    }
}

/// Relative change as `-57 %`, with its sign.
pub(super) fn change(from: f64, to: f64) -> String {
    let percent = (to / from - 1.0) * 100.0;
    if !percent.is_finite() {
        return UNKNOWN.to_owned();
    }
    let rounded = percent.round() + 0.0;
    if rounded > 0.0 {
        format!("+{rounded} %")
    } else {
        format!("{rounded} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(signed_thousands(-12_000), "-12,000");
        assert_eq!(short(758_554), "0.76 M");
        assert_eq!(short(114_000_000), "114 M");
        assert_eq!(short(4_200), "4.2 k");
        assert_eq!(percent(0.934, 1), "93.4 %");
        assert_eq!(percent(f64::NAN, 1), "–");
        assert_eq!(fixed(-0.001, 2), "0.00");
        assert_eq!(fixed(-0.1, 2), "-0.10");
        assert_eq!(change(49.0, 21.0), "-57 %");
        assert_eq!(change(1.0, 1.5), "+50 %");
        assert_eq!(change(0.0, 1.0), "–");
        let estimate = Estimate {
            mean: 0.367,
            interval: Some([0.362, 0.373]),
        };
        assert_eq!(percent_estimate(estimate, 1), "36.7 % (95 %: 36.2 to 37.3)");
    }
}
