//! A sweep over depth as a page to read, with its figure.

use std::path::{Path, PathBuf};

use super::escape::{markdown, markdown_block, markdown_code};
use super::parts::row;
use super::plots;
use super::{ReportError, command, page};
use crate::evidence::{AgainstDeepest, MIN_SEEDS, rounded_p};
use crate::format::{
    count, fixed, known, large, percent_interval, percent_sentence, points, significant,
};
use crate::messages::quoted;
use crate::network::Width;
use crate::study::sweep::{
    CapAt, Curve, CurvePoint, StepTimes, SweepOutcome, VariantOutcome, depths, needed_sentence,
    placement, rules_sentence,
};

/// Heads of [`table`].
pub const COLUMNS: [&str; 10] = [
    "constant",
    "depth",
    "parameters",
    "MACs",
    "accuracy, %",
    "difference, points",
    "p (Holm)",
    "outcome",
    "training, s",
    "step, %",
];

/// Writes `sweep.svg`, `sweep.png`, `sweep.tikz`, `sweep.md`, `sweep.html` and `sweep.tex` into `folder`
/// and names them.
///
/// # Errors
/// [`ReportError`] where a file cannot be written or the figure cannot be drawn.
pub fn write(outcome: &SweepOutcome, folder: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let figures = [("sweep".to_owned(), plots::sweep(outcome))];
    page::write(folder, "sweep", &document(outcome), &figures)
}

/// The page in Markdown.
#[must_use]
pub fn document(outcome: &SweepOutcome) -> String {
    let datasets: Vec<String> = outcome
        .variants
        .iter()
        .map(|variant| markdown(&variant.dataset))
        .collect();
    let mut paragraphs = vec![
        format!(
            "# {} over depth, on {}",
            markdown(&outcome.architecture),
            datasets.join(", ")
        ),
        format!(
            "**From which depth on does accuracy no longer grow, and does the cap fall there?** {}",
            markdown(&outcome.finding)
        ),
        "![Accuracy over convolutional depth](sweep.svg)".to_owned(),
        findings(outcome),
        "## The caps and the depth needed".to_owned(),
        caps(outcome),
        format!(
            "The depth needed is the smallest whose mean accuracy, and that of every deeper one, is less than {} below that of the deepest network, {} convolutions; its interval is the 95 % percentile interval over resampled seeds. It is shown from the depth that is non-inferior to the deepest together with every deeper one, after Holm's correction. Fewer than {MIN_SEEDS} seeds, a network that diverged, or a deepest network that has not learned (not better than always naming the most frequent class of the test set in every seed) give no interval. A cap such as 12 → 11 leaves the greatest depth within it that the network can be cut to, or the least where there is none; it is too shallow or too deep if it is outside that interval. The wrong cap is that of other data.",
            outcome.margin.in_words(),
            outcome.depths.last().copied().unwrap_or_default()
        ),
        "## Accuracy, parameters and time".to_owned(),
        "The difference is accuracy minus that of the deepest network over paired seeds, with its 95 % paired t interval; p is the smaller of the one-sided p-values of a loss of the margin or more and of one of the margin or less, by Holm's correction in each direction over the depths of a curve; a step is in percent of the deepest network's.".to_owned(),
    ];
    for variant in &outcome.variants {
        paragraphs.extend(variant_paragraphs(outcome, variant));
    }
    paragraphs.push(times(outcome));
    paragraphs.extend(["## What this does not show".to_owned(), limits(outcome)]);
    paragraphs.extend(repeat(outcome));
    paragraphs.join("\n\n") + "\n"
}

/// What was found on each dataset, as a list.
fn findings(outcome: &SweepOutcome) -> String {
    let items: Vec<String> = outcome
        .variants
        .iter()
        .map(|variant| format!("- {}", markdown(&variant.finding)))
        .collect();
    items.join("\n")
}

/// One row for each width mode and depth of a variant, under [`COLUMNS`].
#[must_use]
pub fn table(outcome: &SweepOutcome, variant: &VariantOutcome) -> Vec<[String; 10]> {
    let mut rows = Vec::new();
    for curve in &variant.curves {
        for point in &curve.points {
            rows.push(line(outcome, curve, point));
        }
    }
    rows
}

fn line(outcome: &SweepOutcome, curve: &Curve, point: &CurvePoint) -> [String; 10] {
    let steps = outcome
        .steps
        .iter()
        .find(|steps| steps.depth == point.result.depth);
    let against = point.result.against_deepest.as_ref();
    let broken = point.result.broken_seeds.len();
    let accuracy = known(point.result.accuracy, |accuracy| {
        percent_interval(accuracy.mean, accuracy.interval, 2)
    });
    [
        constant(curve.width).to_owned(),
        point.result.depth.to_string(),
        large(point.network.parameters as f64),
        large(point.network.macs as f64),
        if broken == 0 {
            accuracy
        } else {
            format!("{accuracy} ({broken} diverged)")
        },
        known(against.and_then(|against| against.difference), |it| {
            points(it.mean, it.interval, 2)
        }),
        known(against.and_then(AgainstDeepest::smaller_p), rounded_p),
        against.map_or_else(
            || "the deepest".to_owned(),
            |against| match against.learned {
                Some(false) => format!("{}: the deepest has not learned", against.outcome),
                _ => against.outcome.to_string(),
            },
        ),
        known(point.train_seconds, |seconds| fixed(seconds.mean, 1)),
        known(steps, |steps| step_share(steps, curve.width)),
    ]
}

/// Time of a step in percent of the deepest network's.
fn step_share(steps: &StepTimes, width: Width) -> String {
    let measured = match width {
        Width::IsoMacs => &steps.iso_macs,
        _ => &steps.same,
    };
    let interval = measured.interval.map(|[low, high]| [1.0 - high, 1.0 - low]);
    percent_interval(1.0 - measured.time_saved, interval, 1)
}

/// What a width mode keeps constant.
const fn constant(width: Width) -> &'static str {
    match width {
        Width::IsoMacs => "MACs",
        _ => "width",
    }
}

/// Caps and depths needed, as a table.
pub(super) fn caps(outcome: &SweepOutcome) -> String {
    let mut rows = vec![
        row([
            "dataset",
            "S, bits",
            "cap",
            "wrong cap",
            "constant",
            "needed",
            "95 %",
            "shown from",
            "cap",
            "wrong cap",
        ]),
        "| --- | ---: | ---: | ---: | --- | ---: | ---: | ---: | --- | --- |".to_owned(),
    ];
    for variant in &outcome.variants {
        for curve in &variant.curves {
            let wrong = &variant.wrong_cap;
            rows.push(row([
                &variant.dataset,
                &fixed(variant.entropy, 2),
                &cap(variant.cap),
                &cap(wrong.at),
                constant(curve.width),
                &known(curve.needed, |depth| depth.to_string()),
                &known(curve.needed_interval, depths),
                &known(curve.non_inferior_from, |depth| depth.to_string()),
                placement(curve.cap),
                placement(curve.wrong_cap),
            ]));
        }
    }
    rows.join("\n")
}

/// Which of cap, receptive-field border and half depth were right, a sentence for each width mode.
pub(super) fn rules(variant: &VariantOutcome) -> Vec<String> {
    let of = |curve: &Curve| {
        let said = rules_sentence(curve, variant.cap)?;
        Some(format!(
            "On {} at constant {}, {}.",
            markdown(&variant.dataset),
            constant(curve.width),
            markdown(&said)
        ))
    };
    variant.curves.iter().filter_map(of).collect()
}

/// Such as `12 → 11`: the cap and the depth that it leaves.
fn cap(at: CapAt) -> String {
    format!("{} → {}", at.cap, at.conv_depth)
}

fn variant_paragraphs(outcome: &SweepOutcome, variant: &VariantOutcome) -> Vec<String> {
    let mut rows = vec![
        row(COLUMNS),
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | ---: | ---: |".to_owned(),
    ];
    let cells = table(outcome, variant);
    rows.extend(
        cells
            .iter()
            .map(|cells| row(cells.each_ref().map(String::as_str))),
    );
    let mut paragraphs = vec![
        format!("### {}", markdown(&variant.dataset)),
        rows.join("\n"),
    ];
    for curve in &variant.curves {
        paragraphs.push(format!(
            "At constant {}: {}.",
            constant(curve.width),
            markdown(&needed_sentence(curve))
        ));
    }
    paragraphs.extend(rules(variant));
    if let Some(rule) = &variant.rule {
        paragraphs.push(format!(
            "Beside the deepest network, in interleaved epochs, {} ({} parameters) was trained: time saved {}; judged **{}**: {}.",
            markdown(&rule.network.name),
            count(rule.network.parameters),
            known(rule.time_saved, |saved| percent_sentence(saved.mean, saved.interval, 1)),
            rule.verdict.outcome,
            markdown(&rule.verdict.reason)
        ));
    }
    paragraphs.extend(
        variant
            .stopped
            .iter()
            .map(|sentence| format!("**Diverged**: {}.", markdown(sentence))),
    );
    paragraphs
}

fn times(outcome: &SweepOutcome) -> String {
    let seconds = outcome.steps.first().map_or_else(String::new, |steps| {
        format!(
            " A step of the deepest network took {} s on {}.",
            significant(steps.same.baseline_seconds_per_step),
            markdown(&steps.same.device)
        )
    });
    format!(
        "Training seconds are means over seeds of training alone. The depths were trained one after the other, so drift of the machine is in them; the time of a step, in percent of the deepest network's, was timed apart, both networks taking turns step by step, on {}.{seconds}",
        outcome.variants.first().map_or_else(
            || "the first dataset".to_owned(),
            |variant| markdown(&variant.dataset)
        )
    )
}

fn limits(outcome: &SweepOutcome) -> String {
    let mut limits = vec![
        "The rule for the cap is this program's reading of an abstract, not a published formula.".to_owned(),
        format!(
            "One architecture and one recipe of {} epoch{}: a network that is not trained to its end may need more depth, or less, than one that is.",
            outcome.epochs,
            if outcome.epochs == 1 { "" } else { "s" }
        ),
        "The depth needed is measured against the deepest network of the sweep; a deeper one might be better still.".to_owned(),
        "Depths between those tested are unknown, so the interval is no finer than their steps.".to_owned(),
    ];
    if outcome.seeds.len() < MIN_SEEDS {
        limits.push(format!(
            "{} seed{}: too few to tell a small difference in accuracy from chance.",
            outcome.seeds.len(),
            if outcome.seeds.len() == 1 {
                " is trained"
            } else {
                "s are trained"
            }
        ));
    }
    if let Some(limit) = outcome.limit {
        limits.push(format!(
            "At most {} training images were used, a subset chosen by seed.",
            count(limit as u64)
        ));
    }
    let items: Vec<String> = limits.iter().map(|limit| format!("- {limit}")).collect();
    items.join("\n")
}

/// How to repeat it.
fn repeat(outcome: &SweepOutcome) -> Vec<String> {
    let mut paragraphs = vec!["## To repeat it".to_owned()];
    let depths: Vec<String> = outcome.depths.iter().map(usize::to_string).collect();
    let command = command::command(&outcome.settings);
    let mut command = command.replacen("ebcle-tui train", "ebcle-tui sweep", 1);
    command.extend([" --depths ", &depths.join(",")]);
    if let [only] = outcome.variants.as_slice() {
        let wrong = &only.wrong_cap;
        let given = wrong.at.cap.to_string();
        let wrong = quoted(wrong.dataset.as_ref().unwrap_or(&given));
        command.extend([" --wrong-cap ", &wrong]);
        if only.dataset == "glyphs" {
            command.push_str(" --no-variants");
        }
    }
    paragraphs.push(markdown_block("sh", &command));
    paragraphs.push("All settings, as a file for `--config`:".to_owned());
    paragraphs.push(markdown_block("toml", &command::config(&outcome.settings)));
    let prints: Vec<String> = outcome
        .variants
        .iter()
        .map(|variant| {
            format!(
                "{} {}",
                markdown(&variant.dataset),
                markdown_code(&variant.data_fingerprint)
            )
        })
        .collect();
    paragraphs.push(format!(
        "ebcle-tui {} on {}. Data fingerprints (SHA-256): {}.",
        markdown(&outcome.version),
        markdown(&outcome.device),
        prints.join(", ")
    ));
    paragraphs
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::study::sweep::fixture;

    #[test]
    fn the_page_says_where_the_caps_fell_and_how_times_were_taken() {
        let page = document(&fixture::outcome(5));
        for part in [
            "Depth needed does not follow entropy here",
            "| glyphs-noise |",
            "falls inside that interval",
            "half depth, 7 convolutions: too shallow",
            "both networks taking turns step by step",
            "ebcle-tui sweep glyphs resnet-14",
            "--depths 7,9,13",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let page = document(&fixture::outcome(2));
        assert!(page.contains("only 2 seeds are trained"));
        assert!(page.contains("which rule is right is undecided"));
    }

    #[test]
    fn all_formats_lie_in_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let files = write(&fixture::outcome(5), folder.path()).unwrap();
        assert_eq!(files.len(), 6);
        let html = std::fs::read_to_string(folder.path().join("sweep.html")).unwrap();
        assert!(html.contains("<figure>\n<svg") || html.contains("<figure>\n<?xml"));
        assert!(html.contains("var(--baseline)"));
        let tex = std::fs::read_to_string(folder.path().join("sweep.tex")).unwrap();
        assert!(tex.contains("\\input{sweep.tikz}"));
    }
}
