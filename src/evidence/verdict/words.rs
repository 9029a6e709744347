//! A verdict in words.

use super::VerdictOutcome;
use crate::evidence::margin::percentage_points;
use crate::evidence::{Estimate, ImageComparison, Margin};
use crate::format::{fixed, signed};

/// An outcome in a few words, such as `inconclusive: the baseline has not learned`.
#[must_use]
pub fn in_words(outcome: VerdictOutcome, learned: Option<bool>) -> String {
    if learned == Some(false) {
        format!("{outcome}: the baseline has not learned")
    } else {
        outcome.to_string()
    }
}

/// The margin, with the share of the baseline's error that it is.
pub(super) fn margin_in_words(margin: f64, share: Option<f64>) -> String {
    let Some(share) = share.map(Margin::OfError) else {
        return percentage_points(margin);
    };
    if margin.is_finite() {
        format!("{} ({})", percentage_points(margin), share.in_words())
    } else {
        share.in_words()
    }
}

/// Such as `seeds 3, 7 diverged`.
pub(super) fn diverged(seeds: &[u64]) -> String {
    let names: Vec<String> = seeds.iter().map(ToString::to_string).collect();
    match names.as_slice() {
        [one] => format!("seed {one} diverged"),
        several => format!("seeds {} diverged", several.join(", ")),
    }
}

/// What the test images say of one seed's pair.
pub(super) fn of_one_seed(images: &ImageComparison) -> String {
    let interval = images.interval.map_or_else(String::new, |[low, high]| {
        format!(
            " the difference is {} to {} points (95 %),",
            points(low),
            points(high)
        )
    });
    format!(
        "; over its {} test images{interval} {} are right by the baseline alone and {} by the capped network alone (McNemar's p {})",
        images.images,
        images.only_baseline,
        images.only_capped,
        rounded_p(images.mcnemar)
    )
}

/// A p-value with two digits; never a bare zero.
#[must_use]
pub fn rounded_p(p: f64) -> String {
    if p < 0.001 {
        "below 0.001".to_owned()
    } else if p < 0.1 {
        format!("{p:.3}")
    } else {
        format!("{p:.2}")
    }
}

pub(super) fn points(fraction: f64) -> String {
    signed(fraction * 100.0, 2)
}

/// Such as `the capped network is 2.80 points below the baseline (95 %: −3.12 to −2.52) in test accuracy`.
pub(super) fn describe(estimate: Estimate, over_images: Option<[f64; 2]>) -> String {
    let ends = |[low, high]: [f64; 2]| format!("{} to {}", points(low), points(high));
    let other = over_images.map_or_else(String::new, |other| {
        format!(" over seeds, {} over seeds and test images", ends(other))
    });
    let interval = estimate.interval.map_or_else(String::new, |both| {
        format!(" (95 %: {}{other})", ends(both))
    });
    let distance = fixed(estimate.mean.abs() * 100.0, 2);
    let side = match estimate.mean {
        _ if distance == "0.00" => "from",
        mean if mean < 0.0 => "below",
        _ => "above",
    };
    format!(
        "the capped network is {distance} points {side} the baseline{interval} in test accuracy"
    )
}
