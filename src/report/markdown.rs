//! A page to read: question, data, networks, results, verdict, and how to repeat it.

use super::command;
use super::plots::Figure;
use super::{probe, verdict};
use crate::entropy::ClassEntropy;
use crate::evidence::{Estimate, LEAST_SEEDS};
use crate::format::{
    UNKNOWN, change, count, fixed, percent, percent_sentence, signed, significant,
};
use crate::network::{NetworkSummary, Plan};
use crate::run::{NetworkResult, Prediction, RunData, Summary, summarise};

/// The file of sample images beside the report.
pub(super) const SAMPLES: &str = "samples.png";
/// Classes that the sample images show.
const SHOWN_CLASSES: usize = 10;

/// The report, which shows the figures as SVG files beside it.
pub(super) fn document(run: &RunData) -> String {
    let summary = run
        .summary
        .clone()
        .unwrap_or_else(|| summarise(&run.manifest, &run.plan, &run.path, &run.metrics));
    let paragraphs = [
        opening(run, &summary),
        data(run),
        networks(&run.plan),
        results(run, &summary),
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
        plan.architecture, plan.dataset
    );
    let answer = match (&plan.capped, summary.time_saved) {
        (None, _) => format!(
            "The baseline's {} convolutions are not more than the cap of {}, so the heuristic asks for no change.",
            plan.baseline.conv_depth, plan.cap
        ),
        (Some(capped), Some(saved)) => format!(
            "The capped network has {} convolutions in place of {} and {}. Its accuracy is judged **{}**: {}.",
            capped.conv_depth,
            plan.baseline.conv_depth,
            time_sentence(saved),
            summary.verdict.outcome,
            summary.verdict.reason
        ),
        (Some(capped), None) => format!(
            "The capped network has {} convolutions in place of {}; no seed is trained to its end yet.",
            capped.conv_depth, plan.baseline.conv_depth
        ),
    };
    let mut paragraphs = vec![
        format!("# {} on {}", plan.architecture, plan.dataset),
        format!("{question} {answer}"),
    ];
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

fn data(run: &RunData) -> Vec<String> {
    let (analysis, plan) = (&run.analysis, &run.plan);
    let profile = &analysis.profile;
    let information = &profile.image_information;
    let bits = |number: f64| fixed(number, 3);
    let mut rows = vec![
        row(["statistic of S over images", "bits per pixel"]),
        "| --- | ---: |".to_owned(),
    ];
    for (name, value) in [
        ("mean", information.mean),
        ("standard deviation", information.sd),
        ("minimum", information.min),
        ("first quartile", information.q1),
        ("median", information.median),
        ("third quartile", information.q3),
        ("95th percentile", information.p95),
        ("maximum", information.max),
    ] {
        rows.push(row([name, &bits(value)]));
    }
    let mut readings = vec![
        row([
            "",
            "reading",
            "rule",
            "bits",
            "cap",
            "95 %",
            "counts",
            "how steady",
        ]),
        "| :-: | --- | --- | ---: | ---: | ---: | --- | --- |".to_owned(),
    ];
    for reading in &analysis.readings {
        let chosen = if reading.name == plan.reading {
            "▸"
        } else {
            ""
        };
        let [low, high] = reading.cap_interval;
        readings.push(row([
            chosen,
            &format!("`{}`", reading.name),
            &format!("`{}`", reading.name.formula()),
            &bits(reading.value),
            &reading.cap.to_string(),
            &format!("{low} to {high}"),
            &reading.unit.to_string(),
            &reading.fragility,
        ]));
    }
    let mut paragraphs = vec![
        "## The data".to_owned(),
        format!(
            "{} training images of {} × {} × {} in {} classes. Image information S is the Shannon entropy of an image's 8-bit values, summed over its channels.",
            count(profile.images as u64),
            profile.channels,
            profile.height,
            profile.width,
            profile.classes
        ),
    ];
    if run.samples.is_some() {
        paragraphs.push(format!(
            "![The first training images of {}, a column each]({SAMPLES})",
            columns(&profile.per_class)
        ));
    }
    paragraphs.extend([
        figure(Figure::Entropy, "Histogram of image information with the cap"),
        rows.join("\n"),
        "The cap is a reading of that entropy. The paper behind it (Gowdra et al. 2021, arXiv 2106.14190) does not print its rule in the abstract, which is all that could be read: **these rules are our own readings of an abstract**, shown side by side. The chosen one is marked; its interval is the 95 % percentile interval over bootstrap resamples of the images.".to_owned(),
        readings.join("\n"),
    ]);
    if plan.depth_override {
        paragraphs.push(format!(
            "The depth of {} convolutions was given by hand, in place of the reading's cap.",
            plan.cap
        ));
    }
    if plan.raised_to_floor {
        paragraphs.push(format!(
            "The cap of {} lies below {} convolutions, the shallowest network of the family, and was raised to it.",
            plan.cap, plan.floor
        ));
    }
    paragraphs
}

fn networks(plan: &Plan) -> Vec<String> {
    let title = "## The networks".to_owned();
    let Some(capped) = &plan.capped else {
        let drawn = figure(Figure::Networks, "The baseline, block by block");
        return vec![title, drawn];
    };
    let baseline = &plan.baseline;
    let counts = |name: &str, of: fn(&NetworkSummary) -> u64| {
        let (from, to) = (of(baseline), of(capped));
        row([
            name,
            &count(from),
            &count(to),
            &change(from as f64, to as f64),
        ])
    };
    let list = |numbers: &[usize]| {
        numbers
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let table = [
        row(["", &baseline.name, &capped.name, "change"]),
        "| --- | ---: | ---: | ---: |".to_owned(),
        counts("convolutions on the main path", |network| {
            network.conv_depth as u64
        }),
        row([
            "blocks of each stage",
            &list(&baseline.blocks),
            &list(&capped.blocks),
            "",
        ]),
        row([
            &format!(
                "{} of each stage",
                plan.baseline_spec.architecture.width_name()
            ),
            &list(&baseline.widths),
            &list(&capped.widths),
            "",
        ]),
        counts("parameters", |network| network.parameters),
        counts("multiply-accumulates per image", |network| network.macs),
    ];
    let mut paragraphs = vec![
        title,
        figure(Figure::Networks, "Both networks, block by block"),
        table.join("\n"),
    ];
    if let Some(saved) = plan.predicted_time_saved {
        let source = match &plan.measured {
            None => "from the ratio of multiply-accumulates".to_owned(),
            Some(measured) => format!(
                "from {} timed steps of {} images on {} ({} s a step of the baseline, {} s of the capped network)",
                measured.steps,
                count(measured.batch_size as u64),
                measured.device,
                significant(measured.baseline_seconds_per_step),
                significant(measured.capped_seconds_per_step),
            ),
        };
        paragraphs.push(format!(
            "{}; time saved as predicted before training, {source}: {}.",
            match plan.width_factor {
                Some(factor) => format!(
                    "The widths were given by hand, {factor} times the baseline's, in place of a policy"
                ),
                None => format!("Width policy `{}`", plan.width_policy),
            },
            percent_sentence(saved, plan.prediction_interval(), 1)
        ));
    }
    paragraphs.extend(plan.adaptation.clone());
    paragraphs
}

fn results(run: &RunData, summary: &Summary) -> Vec<String> {
    let mut paragraphs = vec!["## The results".to_owned()];
    paragraphs.extend(
        summary
            .diverged
            .iter()
            .map(|diverged| format!("**Stopped**: {}.", diverged.message)),
    );
    if run.metrics.is_empty() {
        paragraphs.push("No epoch is finished yet.".to_owned());
        return paragraphs;
    }
    if summary.seeds.is_empty() {
        paragraphs.push("No seed is trained to its end yet.".to_owned());
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
        paragraphs.extend(
            prediction.map(|prediction| capitalised(&prediction.against(summary.time_saved)) + "."),
        );
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

/// What this run cannot show, as far as its settings tell.
fn limits(run: &RunData, summary: &Summary) -> Vec<String> {
    let settings = &run.manifest.settings;
    let mut limits = vec![
        "The rule for the cap is this program's reading of an abstract, not a published formula."
            .to_owned(),
    ];
    let seeds = summary.seeds.len();
    if seeds < LEAST_SEEDS {
        limits.push(format!(
            "{} {} trained to the end: too few to tell a small difference in accuracy from chance.",
            seeds,
            if seeds == 1 { "seed is" } else { "seeds are" }
        ));
    }
    for seed in &summary.broken_seeds {
        limits.push(format!(
            "Seed {seed} broke off: a network's loss was no longer finite. It is in no mean above."
        ));
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
    limits.push(
        "The test images were looked at after every epoch, but nothing was chosen by them."
            .to_owned(),
    );
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
    if let (Ok(command), Ok(config)) = (
        command::command(&manifest.settings),
        command::config(&manifest.settings),
    ) {
        let architecture = manifest.settings.architecture.to_string();
        paragraphs.push(if run.plan.baseline.name == architecture {
            format!("```sh\n{command}\n```")
        } else {
            format!(
                "This run is a point of a sweep: its networks begin from {}, where `train` would begin from the whole \
                 {architecture}. The sweep's own report has the command that trains it again.",
                run.plan.baseline.name
            )
        });
        paragraphs.push("All settings, as a file for `--config`:".to_owned());
        paragraphs.push(format!("```toml\n{config}\n```"));
    }
    paragraphs.push(format!(
        "ebcle-tui {} on {}, {}. Data fingerprint (SHA-256): `{}`.",
        manifest.version,
        manifest.device,
        manifest.created.strftime("%Y-%m-%d %H:%M UTC"),
        manifest.data_fingerprint
    ));
    paragraphs
}

fn capitalised(sentence: &str) -> String {
    let mut characters = sentence.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

/// Such as `the classes cat, dog` or `the first 10 of 100 classes`.
fn columns(classes: &[ClassEntropy]) -> String {
    if classes.len() > SHOWN_CLASSES {
        return format!("the first {SHOWN_CLASSES} of {} classes", classes.len());
    }
    let names: Vec<&str> = classes.iter().map(|class| class.name.as_str()).collect();
    format!("the classes {}", names.join(", "))
}

pub(super) fn figure(figure: Figure, words: &str) -> String {
    format!("![{words}]({}.svg)", figure.name())
}

/// A row of a table.
pub(super) fn row<const N: usize>(cells: [&str; N]) -> String {
    format!(
        "| {} |",
        cells.map(|cell| cell.replace('|', "\\|")).join(" | ")
    )
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
