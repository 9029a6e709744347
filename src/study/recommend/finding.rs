//! What a recommendation found, in words.

use super::candidates::{BORDER, CAP, HALF};
use super::{Budget, Design, RecommendOutcome, Recommended};
use crate::evidence::{MIN_SEEDS, VerdictOutcome};
use crate::format::{about, fixed, number_of, percent};

/// The plan with its price in one sentence, before anything is trained.
#[must_use]
pub fn plan_sentence(design: &Design) -> String {
    let schedule = &design.schedule;
    let depths: Vec<String> = design.depths.iter().map(usize::to_string).collect();
    let rounds: Vec<String> = schedule
        .rounds
        .iter()
        .map(|round| {
            let epochs = number_of(round.epochs, "epoch", "epochs");
            format!("{} of {} after {epochs}", round.kept, round.depths)
        })
        .collect();
    let rounds = if rounds.is_empty() {
        String::new()
    } else {
        format!("keep {}; ", rounds.join(", "))
    };
    format!(
        "plan: {} convolutions against {}; {rounds}then {} over {} of {}: {} of a budget of {}",
        depths.join(", "),
        design.deepest,
        number_of(schedule.finalists, "depth", "depths"),
        number_of(schedule.seeds.len(), "seed", "seeds"),
        number_of(schedule.epochs, "epoch", "epochs"),
        minutes(design.estimated_seconds),
        design.budget
    )
}

/// Such as `took 9.1 min, priced 8.7 min (−4 %)`.
#[must_use]
pub fn price_sentence(outcome: &RecommendOutcome) -> String {
    let price = &outcome.price;
    format!(
        "took {}, priced {} ({})",
        minutes(price.spent_seconds),
        minutes(price.estimated_seconds),
        crate::format::change(price.spent_seconds, price.estimated_seconds)
    )
}

/// Minutes with a decimal, below a minute seconds.
fn minutes(seconds: f64) -> String {
    if seconds < 60.0 {
        format!("{} s", fixed(seconds, 1))
    } else {
        format!("{} min", fixed(seconds / 60.0, 1))
    }
}

/// A set of depths: `11 to 17`, or `9`.
#[must_use]
pub fn set_in_words(set: &[usize]) -> String {
    match set {
        [] => crate::format::UNKNOWN.to_owned(),
        [only] => only.to_string(),
        [first, .., last] => format!("{first} to {last}"),
    }
}

/// The answer in a sentence or two.
pub(super) fn finding(outcome: &RecommendOutcome) -> String {
    let rules = rules(outcome);
    let set = set_in_words(&outcome.set);
    match &outcome.recommended {
        Some(found) if found.conv_depth == outcome.deepest.network.conv_depth => format!(
            "Use {} convolutions, the deepest (95 % set {set}): every shallower depth of the final loses {} or more on the hold-out; {rules}.",
            found.conv_depth,
            outcome.margin.in_words()
        ),
        Some(found) => format!(
            "Use {} convolutions (95 % set {set}): {}; {rules}.{}",
            found.conv_depth,
            cost(found),
            confirmation(found)
        ),
        None => format!(
            "Undecided: {}; {rules}.",
            outcome.undecided.as_deref().unwrap_or_default()
        ),
    }
}

/// Such as `0.3 ± 0.3 points below the deepest for 35 % fewer seconds`, on the test images.
fn cost(found: &Recommended) -> String {
    let accuracy = found.accuracy_difference.map_or_else(
        || "its test accuracy is not known".to_owned(),
        |difference| {
            let half = difference.interval.map_or_else(String::new, |[low, high]| {
                format!(" ± {}", fixed((high - low) * 50.0, 1))
            });
            let side = if difference.mean > 0.0 {
                "above"
            } else {
                "below"
            };
            let points = fixed(difference.mean.abs() * 100.0, 1);
            format!("{points}{half} points {side} the deepest")
        },
    );
    let time = found.time_saved.map_or_else(String::new, |saved| {
        let word = if saved.mean < 0.0 { "more" } else { "fewer" };
        format!(" for {} % {word} seconds", percent(saved.mean.abs(), 0))
    });
    accuracy + &time
}

/// What the test images say of the chosen depth, with a leading blank.
fn confirmation(found: &Recommended) -> String {
    let Some(test) = &found.test else {
        return String::new();
    };
    match test.outcome {
        VerdictOutcome::NonInferior => {
            " The hold-out chose it; the test images, used once, confirm it.".to_owned()
        }
        VerdictOutcome::Inferior => format!(
            " The hold-out chose it, but the test images do not confirm it: {}.",
            test.reason
        ),
        VerdictOutcome::Inconclusive => format!(
            " The hold-out chose it; the test images do not decide: {}.",
            test.reason
        ),
    }
}

/// Such as `the cap said 13, the border 13, half depth 9`.
fn rules(outcome: &RecommendOutcome) -> String {
    let said = |name: &str| outcome.depth_by(name);
    let mut parts = Vec::new();
    for (name, words) in [
        (CAP, "the cap said"),
        (BORDER, "the border"),
        (HALF, "half depth"),
    ] {
        if let Some(depth) = said(name) {
            parts.push(format!("{words} {depth}"));
        }
    }
    parts.join(", ")
}

/// Why no depth is recommended, and what would show one; `obstacle` is why the deepest network has not learned.
pub(super) fn why_undecided(
    outcome: &RecommendOutcome,
    design: &Design,
    obstacle: Option<String>,
) -> String {
    let so_far = outcome.estimate.map_or_else(String::new, |depth| {
        format!("; by the means so far {depth} convolutions are enough")
    });
    if let Some(obstacle) = obstacle {
        let obstacle = obstacle.replace("test images", "held-out images");
        return format!(
            "the deepest network {obstacle}: train longer (--epochs, a larger --budget) or on more images"
        );
    }
    let seeds = outcome.schedule.seeds.len();
    if seeds < MIN_SEEDS {
        return format!(
            "{} trained and a verdict needs at least {MIN_SEEDS}{so_far}; {}",
            number_of(seeds, "seed is", "seeds are"),
            more(design, MIN_SEEDS)
        );
    }
    let broken: Vec<String> = outcome
        .finalists
        .iter()
        .filter(|one| !one.broken_seeds.is_empty())
        .map(|one| {
            let count = number_of(one.broken_seeds.len(), "seed", "seeds");
            format!("{count} of {} convolutions", one.trained.network.conv_depth)
        })
        .collect();
    let broken = if broken.is_empty() {
        String::new()
    } else {
        format!(", and {} diverged", broken.join(" and "))
    };
    let needed = outcome.finalists.iter().find_map(|one| {
        let is_estimate = Some(one.trained.network.conv_depth) == outcome.estimate;
        one.against_deepest.seeds_needed.filter(|_| is_estimate)
    });
    let what = match needed.filter(|&needed| needed > seeds) {
        Some(needed) => format!(
            "if that depth equals the deepest, {needed} seeds show it with a probability of 80 %: {}",
            more(design, needed)
        ),
        None => format!(
            "losses are near the margin: train more seeds, {}",
            more(design, 2 * seeds)
        ),
    };
    format!(
        "the smallest depth within {} of the deepest is one of {} (95 %), and {} do not tell which{broken}{so_far}; {what}",
        outcome.margin.in_words(),
        set_in_words(&outcome.set),
        number_of(seeds, "seed", "seeds")
    )
}

/// What it takes to train so many seeds, and how to ask for it.
fn more(design: &Design, seeds: usize) -> String {
    let schedule = &design.schedule;
    let missing = seeds.saturating_sub(schedule.seeds.len()) as f64;
    let seconds = design.estimated_seconds + missing * design.seconds_per_seed;
    let first = schedule.seeds.first().copied().unwrap_or(1);
    let last = first.saturating_add(seeds as u64 - 1);
    format!(
        "{seeds} seeds take about {} (--seeds {first}..{last} --epochs {} --budget {})",
        about(seconds),
        schedule.epochs,
        Budget::holding(seconds * 1.05)
    )
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{design, outcome, outcome_of};
    use super::*;

    fn has(text: &str, parts: &[&str]) {
        for part in parts {
            assert!(text.contains(part), "'{part}' is missing: {text}");
        }
    }

    #[test]
    fn the_answer_says_depth_set_loss_time_and_rules() {
        let found = outcome(5);
        let depth = found.recommended.as_ref().map(|it| (it.conv_depth, it.set));
        assert_eq!(depth, Some((13, [9, 13])));
        has(
            &found.finding,
            &[
                "Use 13 convolutions (95 % set 9 to 13): 0.",
                "points below the deepest for ",
                "% fewer seconds; the cap said 11, the border 13, half depth 9.",
                "the test images, used once, confirm it",
            ],
        );
        assert_eq!(found.undecided, None);
    }

    #[test]
    fn all_equal_recommends_the_shallowest_and_a_need_for_depth_the_deepest() {
        let equal = outcome_of(5, |_, seed| 0.9 + seed as f64 * 1e-4);
        has(
            &equal.finding,
            &["Use 9 convolutions (95 % set 9): 0.0 ± 0.0 points"],
        );
        let deep = outcome_of(5, |depth, seed| depth as f64 * 0.04 + seed as f64 * 1e-4);
        has(
            &deep.finding,
            &[
                "Use 19 convolutions, the deepest (95 % set 19)",
                "loses 1 point or more on the hold-out",
            ],
        );
        let recommended = deep.recommended.as_ref();
        assert!(
            recommended.is_some_and(|it| it.accuracy_difference.is_none() && it.test.is_none())
        );
    }

    #[test]
    fn undecided_says_why_and_what_would_decide() {
        let few = outcome(2);
        assert!(few.recommended.is_none());
        has(
            &few.finding,
            &[
                "Undecided: 2 seeds are trained and a verdict needs at least 5; by the means so far 13 convolutions are enough",
                "5 seeds take about",
                "--seeds 1..5 --epochs 16 --budget",
            ],
        );
        let noisy = outcome_of(5, |depth, seed| {
            0.9 + ((seed * 31 + depth as u64 * 17) as f64).sin() * 0.03
        });
        has(
            &noisy.finding,
            &[
                "is one of 9 to 19 (95 %), and 5 seeds do not tell which",
                "by the means so far",
                "seeds take about",
            ],
        );
        let unlearned = outcome_of(5, |_, _| 0.1);
        has(
            &unlearned.finding,
            &[
                "Undecided: the deepest network has not learned",
                "held-out images",
            ],
        );
        assert_eq!(unlearned.set, Vec::<usize>::new());
    }

    #[test]
    fn plan_and_price_are_sentences() {
        assert_eq!(
            plan_sentence(&design(5)),
            "plan: 7, 9, 11, 13 convolutions against 19; keep 2 of 4 after 8 epochs; then 2 depths over 5 seeds of 16 epochs: 8.7 min of a budget of 10m"
        );
        assert_eq!(
            price_sentence(&outcome(5)),
            "took 9.1 min, priced 8.7 min (−4 %)"
        );
    }
}
