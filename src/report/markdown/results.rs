//! What was trained: accuracy, loss and time of every seed.

use crate::evidence::Estimate;
use crate::format::{
    UNKNOWN, capitalised, fixed, joules, known, percent, percent_sentence, signed,
};
use crate::report::escape::markdown;
use crate::report::parts::{figure, row};
use crate::report::plots::Figure;
use crate::report::verdict;
use crate::run::{
    MeasuredOn, NetworkResult, Prediction, RunData, SeedTimes, Summary, TimeToAccuracy,
};
use crate::training::Role;

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
        paragraphs.extend(
            summary
                .protocol_in_words()
                .map(|protocol| format!("Protocol: {protocol}.")),
        );
        paragraphs.extend(
            summary
                .stopping_in_words()
                .map(|stopping| format!("Early stopping: {stopping}.")),
        );
        paragraphs.push(time_saved(summary));
        paragraphs.extend(
            summary
                .energy_saved
                .map(|saved| energy_saved(saved, summary.joules())),
        );
        paragraphs.extend(summary.time_to_accuracy.as_ref().map(time_to_accuracy));
        let prediction = summary.prediction.or_else(|| Prediction::of(&run.plan));
        paragraphs.extend(prediction.map(|prediction| {
            markdown(&capitalised(
                &prediction.against(summary.time_saved_per_epoch()),
            )) + "."
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
    let others = [
        (Figure::Gradients, "Gradient norm over epochs"),
        (Figure::Energy, "Energy per epoch and energy saved"),
    ];
    for (one, words) in others {
        if Figure::of(run).any(|figure| figure == one) {
            paragraphs.push(figure(one, words));
        }
    }
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

fn energy_saved(saved: Estimate, used: [Option<f64>; 2]) -> String {
    let [baseline, capped] = used.map(|used| known(used, joules));
    format!(
        "**Energy saved: {}**, with the same statistics as the time saved; on average over the seeds the baseline used {baseline}, the capped network {capped}. It is the energy of the GPU, or of the processor packages, during training; other programs on the same device are included.",
        percent_sentence(saved.mean, saved.interval, 1)
    )
}

/// Seconds until each network first reaches the same accuracy, seed by seed.
fn time_to_accuracy(found: &TimeToAccuracy) -> String {
    let origin = if found.given {
        "the given target"
    } else {
        "the baseline's accuracy after its last epoch, mean over seeds, less the margin"
    };
    let hint = if found.measured_on == MeasuredOn::Test {
        " No images are held out, so it is measured on the test images; `--holdout` measures it on training images."
    } else {
        ""
    };
    let seconds = |value: Option<f64>| {
        value.map_or_else(|| "not reached".to_owned(), |value| fixed(value, 1))
    };
    let line = |times: &SeedTimes| {
        let saved = times.baseline.zip(times.capped);
        row([
            &times.seed.to_string(),
            &seconds(times.baseline),
            &seconds(times.capped),
            &known(saved, |(baseline, capped)| {
                percent(1.0 - capped / baseline, 1)
            }),
        ])
    };
    let mut table = vec![
        row(["seed", "baseline, s", "capped, s", "time saved, %"]),
        "| ---: | ---: | ---: | ---: |".to_owned(),
    ];
    table.extend(found.seeds.iter().map(line));
    let missed: Vec<String> = Role::BOTH
        .into_iter()
        .filter(|&role| found.of(role).not_reached > 0)
        .map(|role| {
            format!(
                "The {} network does not reach it in {} of {} seeds.",
                role.name(),
                found.of(role).not_reached,
                found.seeds.len()
            )
        })
        .collect();
    let saved = found.saved.map_or_else(
        || "in no seed do both networks reach it".to_owned(),
        |saved| {
            let both = found.seeds.iter();
            let both = both.filter(|times| times.baseline.is_some() && times.capped.is_some());
            format!(
                "{} saved, paired over the {} of {} seeds in which both networks reach it",
                percent_sentence(saved.mean, saved.interval, 1),
                both.count(),
                found.seeds.len()
            )
        },
    );
    let mut text = format!(
        "**Time to the same accuracy**, {} ({origin}): {saved}. Seconds of training alone until the end of the first epoch that reaches it.{hint}",
        found.target_in_words()
    );
    for sentence in missed {
        text.push(' ');
        text.push_str(&sentence);
    }
    format!("{text}\n\n{}", table.join("\n"))
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
