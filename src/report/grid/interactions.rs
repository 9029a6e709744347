//! Does depth help more where entropy is higher?

use crate::evidence::{InteractionOutcome, rounded_p};
use crate::format::{known, number_of, points};
use crate::report::escape::markdown;
use crate::report::parts::row;
use crate::study::grid::{GridInteraction, GridOutcome, Predicted};

/// The name of the figure.
pub(super) const FIGURE: &str = "interactions";

/// Every pair of networks that was trained under two transforms of the same data; empty where none was.
pub(super) fn section(outcome: &GridOutcome) -> Vec<String> {
    if outcome.interactions.is_empty() {
        return Vec::new();
    }
    let mut rows = vec![
        row([
            "networks",
            "transforms",
            "entropy, bits",
            "effect of depth, points",
            "interaction, points",
            "p (Holm)",
            "predicted",
            "found",
        ]),
        "| --- | --- | ---: | ---: | ---: | ---: | --- | --- |".to_owned(),
    ];
    rows.extend(outcome.interactions.iter().map(line));
    let mut paragraphs = vec![
        "## Does depth help more where entropy is higher?".to_owned(),
        format!(
            "The effect of depth is baseline less capped test accuracy. The interaction is that effect under the first transform, which has the higher entropy, less that under the second, paired by seed, with half its 95 % t interval; the baseline, the capped network and every other setting are the same under both. Entropy's rule predicts that depth helps more under the first, and equally where the entropies are equal. The p-value is that of the two-sided t test against 0, corrected by Holm over {}, those still to be trained with a p-value of 1; from 0.05 on, and with fewer than 5 seeds, it is undecided:",
            number_of(outcome.interaction_tests, "interaction", "interactions")
        ),
        rows.join("\n"),
        format!("![Effect of depth under one transform less that under another]({FIGURE}.svg)"),
    ];
    let sentences = outcome.interactions.iter();
    paragraphs.extend(sentences.map(|found| markdown(&found.sentence)));
    paragraphs
}

fn line(found: &GridInteraction) -> String {
    let [first, second] = found.under();
    let numbers = found.found.as_ref();
    row([
        &found.label(),
        &format!("{first} − {second}"),
        &found.entropy_words(),
        &known(numbers, |numbers| {
            let [first, second] = numbers
                .effects
                .map(|effect| points(effect.mean, effect.interval, 2));
            format!("{first}; {second}")
        }),
        &known(numbers, |numbers| {
            points(numbers.interaction.mean, numbers.interaction.interval, 2)
        }),
        &known(found.adjusted_p, rounded_p),
        match found.predicted {
            Predicted::More => "more",
            Predicted::Equal => "equal",
        },
        match found.outcome {
            InteractionOutcome::More => "more",
            InteractionOutcome::Less => "less",
            InteractionOutcome::Undecided => "undecided",
        },
    ])
}
