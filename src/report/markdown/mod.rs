//! A page to read: question, data, networks, results, verdict, and how to repeat it.

mod data;
mod networks;
mod results;

use super::command;
use super::escape::{markdown, markdown_block, markdown_code};
use super::{probe, verdict};
use crate::evidence::{Estimate, MIN_SEEDS};
use crate::format::{count, fixed, percent_sentence};
use crate::run::{RunData, Summary, summarise};

/// The report, which shows the figures as SVG files beside it.
pub(super) fn document(run: &RunData) -> String {
    let summary = run
        .summary
        .clone()
        .unwrap_or_else(|| summarise(&run.manifest, &run.plan, &run.path, &run.metrics));
    let paragraphs = [
        opening(run, &summary),
        data::paragraphs(run),
        networks::paragraphs(&run.plan),
        results::paragraphs(run, &summary),
        verdict::paragraphs(&summary),
        probe::paragraphs(run),
        limits(run, &summary),
        repeat(run),
    ];
    paragraphs.concat().join("\n\n") + "\n"
}

fn opening(run: &RunData, summary: &Summary) -> Vec<String> {
    let plan = &run.plan;
    let question = format!(
        "**How deep does {} need to be for {}?**",
        markdown(&plan.architecture),
        markdown(&plan.dataset)
    );
    let answer = match (&plan.capped, summary.time_saved) {
        (None, _) => format!(
            "{}, so the heuristic asks for no change.",
            plan.within_cap()
        ),
        (Some(capped), Some(saved)) => format!(
            "The capped network has {} convolutions in place of {} and {}. Its accuracy is judged **{}**: {}.",
            capped.conv_depth,
            plan.baseline.conv_depth,
            time_sentence(saved),
            summary.verdict.outcome,
            markdown(&summary.verdict.reason)
        ),
        (Some(capped), None) => format!(
            "The capped network has {} convolutions in place of {}; no seed is trained to its end{}.",
            capped.conv_depth,
            plan.baseline.conv_depth,
            if summary.diverged.is_empty() {
                " yet"
            } else {
                ""
            }
        ),
    };
    let mut paragraphs = vec![
        format!(
            "# {} on {}",
            markdown(&plan.architecture),
            markdown(&plan.dataset)
        ),
        format!("{question} {answer}"),
    ];
    paragraphs.extend(
        summary
            .divergence()
            .map(|reasons| format!("**The training diverged**: {reasons}.")),
    );
    let words = run.notes.in_words();
    paragraphs.extend(words.map(|words| format!("Notes: {}", markdown(&words))));
    if run.summary.is_none() {
        paragraphs.push(
            "This run is unfinished: what follows counts only what is trained so far.".to_owned(),
        );
    }
    paragraphs
}

/// What became of the training time: what was saved of it, or what more it took.
fn time_sentence(saved: Estimate) -> String {
    if saved.mean < 0.0 {
        let interval = saved.interval.map(|[low, high]| [-high, -low]);
        let more = percent_sentence(-saved.mean, interval, 1);
        format!("took {more} more training time")
    } else {
        let share = percent_sentence(saved.mean, saved.interval, 1);
        format!("saved {share} of the training time")
    }
}

/// What this run cannot show, as far as its settings tell.
fn limits(run: &RunData, summary: &Summary) -> Vec<String> {
    let settings = &run.manifest.settings;
    let mut limits = vec![
        "The rule for the cap is this program's reading of an abstract, not a published formula."
            .to_owned(),
    ];
    let seeds = summary.seeds.len();
    if seeds < MIN_SEEDS {
        limits.push(format!(
            "{} {} trained to the end: too few to tell a small difference in accuracy from chance.",
            seeds,
            if seeds == 1 { "seed is" } else { "seeds are" }
        ));
    }
    for seed in &summary.broken_seeds {
        limits.push(format!("Seed {seed} diverged: it is in no mean above."));
    }
    limits.extend(
        summary
            .busy()
            .map(|sentence| format!("Times are uncertain: {sentence}.")),
    );
    if let Some(limit) = settings.limit {
        limits.push(format!(
            "At most {} training images were used, a subset chosen by seed.",
            count(limit as u64)
        ));
    }
    if run.manifest.device.starts_with("cpu") {
        limits.push(
            "Trained on a CPU: the time saved on a GPU can be another, since depth and width cost differently there."
                .to_owned(),
        );
    }
    limits.push(format!(
        "One dataset, one architecture and one recipe of {} {}: other recipes may favour the other network.",
        settings.recipe.epochs,
        if settings.recipe.epochs == 1 { "epoch" } else { "epochs" }
    ));
    limits.push(match settings.recipe.holdout {
        None => "The test images were evaluated after every epoch, but nothing was chosen by them."
            .to_owned(),
        Some(share) => format!(
            "The networks were not trained on {} % of the training images, the hold-out; the test images were evaluated once, after the last epoch.",
            fixed(share * 100.0, 1)
        ),
    });
    vec![
        "## What this does not show".to_owned(),
        limits
            .into_iter()
            .map(|limit| format!("- {limit}"))
            .collect::<Vec<_>>()
            .join("\n"),
    ]
}

fn repeat(run: &RunData) -> Vec<String> {
    let manifest = &run.manifest;
    let mut paragraphs = vec!["## To repeat it".to_owned()];
    let architecture = manifest.settings.architecture.to_string();
    paragraphs.push(if run.plan.baseline.name == architecture {
        markdown_block("sh", &command::command(&manifest.settings))
    } else {
        format!(
            "This run is a point of a sweep: its networks begin from {}, where `train` would begin from the whole \
             {architecture}. The sweep's own report has the command that trains it again.",
            markdown(&run.plan.baseline.name)
        )
    });
    paragraphs.push("All settings, as a file for `--config`:".to_owned());
    paragraphs.push(markdown_block("toml", &command::config(&manifest.settings)));
    paragraphs.push(format!(
        "ebcle-tui {} on {}, {}. Data fingerprint (SHA-256): {}.",
        markdown(&manifest.version),
        markdown(&manifest.device),
        manifest.created.strftime("%Y-%m-%d %H:%M UTC"),
        markdown_code(&manifest.data_fingerprint)
    ));
    paragraphs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_saved_or_more_is_taken() {
        let estimate = |mean, interval| Estimate { mean, interval };
        assert_eq!(
            time_sentence(estimate(0.497, Some([0.474, 0.519]))),
            "saved 49.7 % (95 %: 47.4 to 51.9) of the training time"
        );
        assert_eq!(
            time_sentence(estimate(-0.535, Some([-0.536, -0.534]))),
            "took 53.5 % (95 %: 53.4 to 53.6) more training time"
        );
    }
}
