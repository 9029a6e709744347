//! What a sweep found, in words.

use super::{CapAt, Curve, SweepOutcome, VariantOutcome};
use crate::evidence::{Agreement, Follows, Placement};
use crate::format::fixed;

/// The finding in a sentence or two: of several datasets whether depth needed follows entropy, of one
/// where its cap fell.
pub(super) fn finding(outcome: &SweepOutcome) -> String {
    let found = match &outcome.entropy {
        Some(agreement) => entropy(agreement, outcome),
        None => outcome
            .variants
            .first()
            .map_or_else(String::new, |variant| variant.finding.clone()),
    };
    match outcome.holdout {
        None => found,
        Some(share) => format!(
            "{found} All accuracies are those on the hold-out, {} % of the training images; no test image was used to choose.",
            fixed(share * 100.0, 1)
        ),
    }
}

/// An interval of depths: `7 to 11`, or `9`.
#[must_use]
pub fn depths([low, high]: [usize; 2]) -> String {
    if low == high {
        low.to_string()
    } else {
        format!("{low} to {high}")
    }
}

/// Such as `9 convolutions are needed (95 % over seeds: 7 to 11)`, without a stop.
#[must_use]
pub fn needed_sentence(curve: &Curve) -> String {
    match (curve.needed, curve.needed_interval, &curve.inconclusive) {
        (Some(needed), Some(interval), _) => {
            let interval = depths(interval);
            format!("{needed} convolutions are needed (95 % over seeds: {interval})")
        }
        (needed, _, Some(reason)) => {
            let estimate = needed.map_or_else(String::new, |needed| {
                format!("; by the means so far, {needed} convolutions are enough")
            });
            format!("inconclusive: {reason}{estimate}")
        }
        _ => "inconclusive".to_owned(),
    }
}

/// Where a cap fell against the interval of the depth needed, in a word or two.
#[must_use]
pub const fn placement(placement: Placement) -> &'static str {
    match placement {
        Placement::TooShallow => "too shallow",
        Placement::Within => "inside",
        Placement::TooDeep => "too deep",
        Placement::Unknown => "undecided",
    }
}

/// Which of the cap and the rules without entropy gave a depth that is needed, without a stop; `None` in older sweeps.
#[must_use]
pub fn rules_sentence(curve: &Curve, cap: CapAt) -> Option<String> {
    if curve.rivals.is_empty() {
        return None;
    }
    let rivals = curve.rivals.iter();
    let mut rules = vec![("the cap", cap.conv_depth, curve.cap)];
    rules.extend(rivals.map(|rival| (rival.name.as_str(), rival.at.conv_depth, rival.placement)));
    let said: Vec<String> = rules
        .iter()
        .map(|(name, depth, at)| format!("{name}, {depth} convolutions: {}", placement(*at)))
        .collect();
    let right: Vec<&str> = rules
        .iter()
        .filter(|(.., at)| *at == Placement::Within)
        .map(|(name, ..)| *name)
        .collect();
    let verdict = match right.as_slice() {
        _ if curve.needed_interval.is_none() => "which rule is right is undecided".to_owned(),
        [] => "no rule is right".to_owned(),
        right => format!("right: {}", right.join(" and ")),
    };
    Some(format!("{verdict} ({})", said.join("; ")))
}

/// Where a cap fell, as the end of a sentence.
const fn falls(placement: Placement) -> &'static str {
    match placement {
        Placement::TooShallow => "falls below that interval: too shallow",
        Placement::Within => "falls inside that interval",
        Placement::TooDeep => "falls above that interval: deeper than needed",
        Placement::Unknown => "cannot be judged",
    }
}

/// What was found on one dataset, at constant width.
pub(super) fn on_variant(variant: &VariantOutcome) -> String {
    let Some(curve) = variant.curves.first() else {
        return String::new();
    };
    let head = format!(
        "{} ({} bits), at constant width: {}",
        variant.dataset,
        fixed(variant.entropy, 1),
        needed_sentence(curve)
    );
    if curve.needed_interval.is_none() {
        return format!("{head}.");
    }
    let of = variant
        .wrong_cap
        .dataset
        .as_ref()
        .map_or_else(String::new, |dataset| format!(" of {dataset}"));
    format!(
        "{head}; the cap of {} {}; the wrong cap of {}{of} {}.",
        cap(variant.cap),
        falls(curve.cap),
        cap(variant.wrong_cap.at),
        falls(curve.wrong_cap)
    )
}

/// Such as `12 (11 convolutions)`.
pub(super) fn cap(at: CapAt) -> String {
    format!("{} ({} convolutions)", at.cap, at.conv_depth)
}

fn entropy(agreement: &Agreement, outcome: &SweepOutcome) -> String {
    let pairs = |count: usize| match count {
        1 => "1 pair".to_owned(),
        several => format!("{several} pairs"),
    };
    match agreement.follows {
        Follows::Yes => format!(
            "Depth needed follows entropy here: in all {} of datasets whose caps differ, the one of higher entropy needs more depth, beyond the intervals.",
            pairs(agreement.pairs)
        ),
        Follows::No => {
            let shown = agreement.counterexample.as_ref().map_or_else(
                String::new,
                |[low, high]| {
                    let of = |name: &str| {
                        let variant = outcome.variants.iter().find(|one| one.dataset == name)?;
                        let interval = depths(variant.curves.first()?.needed_interval?);
                        Some(format!("{name} ({} bits) needs {interval} convolutions", fixed(variant.entropy, 1)))
                    };
                    match (of(high), of(low)) {
                        (Some(high), Some(low)) => format!(": {high}, {low}"),
                        _ => String::new(),
                    }
                },
            );
            let least = outcome.depths.first().copied().unwrap_or_default();
            let on_floor = outcome.variants.iter().all(|variant| {
                variant.curves.first().and_then(|curve| curve.needed_interval) == Some([least; 2])
            });
            let floor = if on_floor {
                format!(" All need only {least} convolutions, the shallowest tested: smaller depths were not tested.")
            } else {
                String::new()
            };
            format!(
                "Depth needed does not follow entropy here{shown}; that is {} of {} whose caps differ.{floor}",
                agreement.pairs_against,
                pairs(agreement.pairs)
            )
        }
        Follows::CannotTell if agreement.pairs == 0 => "It is undecided whether the depth needed follows entropy: the caps of all datasets leave this network at the same depth.".to_owned(),
        Follows::CannotTell => {
            let missing = outcome.variants.iter().any(|variant| {
                variant.curves.first().is_none_or(|curve| curve.needed_interval.is_none())
            });
            let why = if missing {
                "too few seeds, or networks that diverged or did not learn, leave a dataset without an interval"
            } else {
                "the intervals are too wide"
            };
            format!("It is undecided whether the depth needed follows entropy: {why}.")
        }
    }
}
