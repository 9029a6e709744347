//! What was trained: accuracy, loss and time of every seed.

use crate::format::{UNKNOWN, fixed, percent, percent_sentence, signed};
use crate::report::escape::markdown;
use crate::report::parts::{figure, row};
use crate::report::plots::Figure;
use crate::report::verdict;
use crate::run::{NetworkResult, Prediction, RunData, Summary};

pub(super) fn paragraphs(run: &RunData, summary: &Summary) -> Vec<String> {
    let mut paragraphs = vec!["## The results".to_owned()];
    paragraphs.extend(
        summary
            .diverged
            .iter()
            .map(|diverged| format!("**Diverged**: {}.", markdown(&diverged.message))),
    );
    let yet = if summary.diverged.is_empty() {
        " yet"
    } else {
        ""
    };
    if run.metrics.is_empty() {
        paragraphs.push(format!("No epoch is finished{yet}."));
        return paragraphs;
    }
    if summary.seeds.is_empty() {
        paragraphs.push(format!("No seed is trained to its end{yet}."));
    } else {
        let mut table = vec![
            row([
                "seed",
                "network",
                "test accuracy, %",
                "difference, points",
                "test loss, nats",
                "training, s",
                "images/s",
                "time saved, %",
            ]),
            "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |".to_owned(),
        ];
        for seed in &summary.seeds {
            table.push(result(seed.seed, "baseline", &seed.baseline, ["", ""]));
            let difference = signed(seed.accuracy_difference * 100.0, 2);
            let saved = percent(seed.time_saved, 1);
            table.push(result(
                seed.seed,
                "capped",
                &seed.capped,
                [&difference, &saved],
            ));
        }
        paragraphs.push(table.join("\n"));
        paragraphs.extend(verdict::over_images(summary));
        paragraphs.push(time_saved(summary));
        let prediction = summary.prediction.or_else(|| Prediction::of(&run.plan));
        paragraphs.extend(prediction.map(|prediction| {
            markdown(&capitalised(&prediction.against(summary.time_saved))) + "."
        }));
    }
    paragraphs.extend(
        summary
            .not_counted()
            .map(|sentence| format!("Time not counted: {sentence}.")),
    );
    paragraphs.extend([
        figure(Figure::Accuracy, "Test accuracy over epochs"),
        figure(Figure::Loss, "Loss over epochs"),
        figure(Figure::Time, "Seconds per epoch and time saved"),
    ]);
    paragraphs
}

fn time_saved(summary: &Summary) -> String {
    let Some(saved) = summary.time_saved else {
        return format!("Time saved: {UNKNOWN}.");
    };
    let basis = if summary.seeds.len() > 1 {
        "the mean over seeds with its interval over seeds"
    } else {
        "the total of one seed, its interval over paired epochs: it speaks of this training alone"
    };
    let basis = if saved.interval.is_some() {
        basis
    } else {
        "the total of one seed; one epoch gives no interval"
    };
    let epochs = summary
        .time_saved_over_epochs
        .filter(|_| summary.seeds.len() > 1)
        .map_or_else(String::new, |epochs| {
            format!(
                " Over all paired epochs together: {}.",
                percent_sentence(epochs.mean, epochs.interval, 1)
            )
        });
    format!(
        "**Time saved: {}** ({basis}).{epochs} Time is training alone: compilation, evaluation, checkpoints and pauses are not counted.",
        percent_sentence(saved.mean, saved.interval, 1)
    )
}

fn result(
    seed: u64,
    network: &str,
    result: &NetworkResult,
    [difference, saved]: [&str; 2],
) -> String {
    row([
        &seed.to_string(),
        network,
        &percent(result.test_accuracy, 2),
        difference,
        &fixed(result.test_loss, 4),
        &fixed(result.train_seconds, 1),
        &fixed(result.images_per_second, 0),
        saved,
    ])
}

fn capitalised(sentence: &str) -> String {
    let mut characters = sentence.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}
