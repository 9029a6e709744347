//! A grid as a page to read, with its figures.

mod closing;
mod interactions;
mod table;

use std::path::{Path, PathBuf};

pub use self::table::{COLUMNS, table};

use self::closing::{limits, repeat};
use super::escape::markdown;
use super::parts::row;
use super::plots::{self, Scene};
use super::{ReportError, page};
use crate::evidence::{LEARNED, Margin, rounded_p};
use crate::format::{fixed, known, large, number_of, signed};
use crate::network::NetworkSummary;
use crate::study::grid::{Friedmans, GridOutcome, PAPER};
use crate::study::sweep;

/// Writes `report.md`, `report.html`, `report.tex` and the figures into the grid's folder, and names them.
///
/// # Errors
/// [`ReportError`] where a file cannot be written or a figure cannot be drawn.
pub fn write(outcome: &GridOutcome, file: &str) -> Result<Vec<PathBuf>, ReportError> {
    let mut figures: Vec<(String, Scene)> = vec![("cells".to_owned(), plots::forest(outcome))];
    if !outcome.interactions.is_empty() {
        figures.push((
            interactions::FIGURE.to_owned(),
            plots::interactions(outcome),
        ));
    }
    for swept in &outcome.sweeps {
        figures.push((figure_of(swept), plots::sweep(swept)));
    }
    page::write(
        &outcome.folder,
        "report",
        &document(outcome, file),
        &figures,
    )
}

/// Name of a sweep's figure: that of its folder, in letters that every format takes.
fn figure_of(swept: &sweep::SweepOutcome) -> String {
    let name = swept
        .folder
        .file_name()
        .unwrap_or(Path::new("sweep").as_os_str());
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    name.to_string_lossy().replace(|letter| !plain(letter), "-")
}

/// The page in Markdown; `file` is the text of the grid's file.
#[must_use]
pub fn document(outcome: &GridOutcome, file: &str) -> String {
    let name = outcome.folder.file_name().unwrap_or_default();
    let mut paragraphs = vec![
        format!("# The grid {}", markdown(&name.to_string_lossy())),
        format!(
            "**Does a network capped by the entropy of its data lose nothing, and how much time does it save?** {}",
            markdown(&outcome.finding)
        ),
    ];
    if let Some(left) = outcome.left() {
        paragraphs.push(format!(
            "This grid is unfinished: {left}. What follows counts what is trained."
        ));
    }
    paragraphs.extend(["## The data and the networks".to_owned(), networks(outcome)]);
    paragraphs.extend(left(outcome));
    paragraphs.extend([
        "## The results".to_owned(),
        "![Time saved against the paper's claim, and accuracy against the margin](cells.svg)"
            .to_owned(),
    ]);
    if outcome.finished().next().is_some() {
        paragraphs.push(results(outcome));
        paragraphs.push(legend(outcome));
    }
    paragraphs.extend(stopped(outcome));
    paragraphs.push(match (&outcome.friedman, &outcome.not_ranked) {
        (Some(ranked), _) => ranks(ranked),
        (None, Some(reason)) => format!("The networks are not ranked: {}.", markdown(reason)),
        (None, None) => String::new(),
    });
    paragraphs.extend(interactions::section(outcome));
    paragraphs.extend(probes(outcome));
    paragraphs.extend(sweeps(outcome));
    paragraphs.extend(["## What this does not show".to_owned(), limits(outcome)]);
    paragraphs.extend(repeat(outcome, file));
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs.join("\n\n") + "\n"
}

fn networks(outcome: &GridOutcome) -> String {
    let mut rows = vec![
        row([
            "cell",
            "S, bits",
            "reading or depth",
            "cap",
            "convolutions",
            "parameters",
            "MACs per image",
            "state",
        ]),
        "| --- | ---: | --- | ---: | ---: | ---: | ---: | --- |".to_owned(),
    ];
    for cell in &outcome.cells {
        let pair = cell.pair.as_ref();
        let both = |of: fn(&NetworkSummary) -> String| {
            known(pair, |pair| {
                let capped = known(pair.capped.as_ref(), of);
                format!("{} → {capped}", of(&pair.baseline))
            })
        };
        rows.push(row([
            &format!("{} · {}", cell.images(), cell.architecture),
            &known(pair, |pair| fixed(pair.entropy, 2)),
            &cell.cap_by(),
            &known(pair, |pair| pair.cap.to_string()),
            &both(|network| network.conv_depth.to_string()),
            &both(|network| large(network.parameters as f64)),
            &both(|network| large(network.macs as f64)),
            &cell.state.name(),
        ]));
    }
    rows.join("\n")
}

/// Cells that could not be trained or probed, and why.
fn left(outcome: &GridOutcome) -> Vec<String> {
    outcome
        .cells
        .iter()
        .filter_map(|cell| {
            let reason = cell.reason.as_ref()?;
            Some(format!(
                "**{}**: {}: {}.",
                markdown(&cell.name),
                markdown(&cell.state.name()),
                markdown(reason)
            ))
        })
        .collect()
}

fn results(outcome: &GridOutcome) -> String {
    let mut rows = vec![
        row(COLUMNS),
        "| --- | ---: | ---: | ---: | ---: | ---: | --- | ---: | --- |".to_owned(),
    ];
    rows.extend(
        table(outcome)
            .iter()
            .map(|cells| row(cells.each_ref().map(String::as_str))),
    );
    rows.join("\n")
}

fn legend(outcome: &GridOutcome) -> String {
    let margin = outcome
        .finished()
        .map(|(_, summary)| match summary.verdict.margin_of_error {
            Some(share) => Margin::OfError(share).in_words(),
            None => summary.verdict.margin_in_words(),
        })
        .next()
        .unwrap_or_default();
    format!(
        "Accuracies are means over seeds on the test images after the last epoch; the difference is paired over seeds, with half its 95 % t interval. It is tested against a loss of the margin, {}, which was declared before training, by one-sided paired t tests in both directions, {} tests each, corrected by Holm: one for every planned cell, those that failed, are unfinished or whose baseline has not learned with a p-value of 1. The p-value is the smaller of the two; below 0.025 the capped network is non-inferior or inferior. A baseline has learned where it is better than always naming the most frequent class of the test set in every seed (one-sided binomial test over test images, level {LEARNED}). Time is training alone, both networks in turns. The paper claims {:.2} to {:.2} %.",
        margin,
        outcome.tests,
        PAPER[0] * 100.0,
        PAPER[1] * 100.0
    )
}

fn stopped(outcome: &GridOutcome) -> Vec<String> {
    outcome
        .finished()
        .flat_map(|(cell, summary)| {
            summary.diverged.iter().map(move |diverged| {
                format!(
                    "**Diverged** in {}: {}.",
                    markdown(&cell.name),
                    markdown(&diverged.message)
                )
            })
        })
        .collect()
}

fn ranks(ranked: &Friedmans) -> String {
    let test = &ranked.test;
    let mut order: Vec<usize> = (0..ranked.networks.len()).collect();
    order.sort_by(|&a, &b| test.ranks[a].total_cmp(&test.ranks[b]));
    let listed: Vec<String> = order
        .into_iter()
        .map(|at| {
            format!(
                "{} {}",
                markdown(&ranked.networks[at]),
                fixed(test.ranks[at], 2)
            )
        })
        .collect();
    format!(
        "Mean ranks of accuracy over the datasets {} (Friedman, p = {}; Iman and Davenport, p = {}): {}. Ranks further apart than {} differ at 5 % (Nemenyi).",
        markdown(&ranked.datasets.join(", ")),
        rounded_p(test.p),
        rounded_p(test.f_p),
        listed.join(", "),
        fixed(test.critical_difference, 2)
    )
}

fn probes(outcome: &GridOutcome) -> Vec<String> {
    let mut rows = vec![
        row([
            "cell",
            "measure",
            "mean past the cap",
            "past less before, 95 % over seeds",
            "p (Holm)",
            "past the cap",
        ]),
        "| --- | --- | ---: | ---: | ---: | --- |".to_owned(),
    ];
    let mut without = Vec::new();
    for cell in &outcome.cells {
        for found in &cell.probe {
            rows.push(row([
                &outcome.label(cell),
                found.measure.name(),
                &known(found.past, |past| fixed(past.mean, 4)),
                &known(found.difference, |difference| {
                    let interval = difference.interval.map_or_else(String::new, |[low, high]| {
                        format!(" ({} to {})", signed(low, 4), signed(high, 4))
                    });
                    format!("{}{interval}", signed(difference.mean, 4))
                }),
                &known(found.adjusted_p, rounded_p),
                found.outcome.name(),
            ]));
        }
        if let Some(change) = cell.without_past_cap {
            without.push(format!(
                "{}: {} points",
                markdown(&outcome.label(cell)),
                signed(change.mean * 100.0, 1)
            ));
        }
    }
    if rows.len() == 2 {
        return Vec::new();
    }
    let mut paragraphs = vec![
        "## Are blocks past the cap identities?".to_owned(),
        format!(
            "The paper claims that they are. For every block of the trained baselines three values were measured on the test images, each 0 for an identity: its relative update ‖f(x)‖ / ‖x‖, 1 - CKA of what goes in and what comes out, and the accuracy lost when the block alone is replaced by its shortcut. Means over the blocks past the cap, and their difference from those before it over seeds; its p-value is that of the two-sided t test against 0, corrected by Holm over {}, those still to be measured with a p-value of 1; below 0.05 they differ:",
            number_of(outcome.probe_tests, "row", "rows")
        ),
        rows.join("\n"),
    ];
    let unlearned: Vec<String> = outcome
        .finished()
        .filter(|(cell, summary)| !cell.probe.is_empty() && summary.verdict.learned == Some(false))
        .map(|(cell, _)| outcome.label(cell))
        .collect();
    if !unlearned.is_empty() {
        paragraphs.push(format!(
            "Baselines that have not learned, whose rows say nothing of trained networks: {}.",
            unlearned.join("; ")
        ));
    }
    if !without.is_empty() {
        paragraphs.push(format!(
            "With all blocks past the cap replaced by their shortcuts at once, the accuracy of the baselines changes by, mean over seeds: {}. An identity would not be missed.",
            without.join("; ")
        ));
    }
    paragraphs
}

fn sweeps(outcome: &GridOutcome) -> Vec<String> {
    if outcome.sweeps.is_empty() {
        return Vec::new();
    }
    let mut paragraphs = vec!["## Does the depth needed follow entropy?".to_owned()];
    for swept in &outcome.sweeps {
        paragraphs.extend([
            markdown(&swept.finding),
            format!(
                "![Accuracy of {} over depth]({}.svg)",
                markdown(&swept.architecture),
                figure_of(swept)
            ),
            super::sweep::caps(swept),
        ]);
        paragraphs.extend(swept.variants.iter().flat_map(super::sweep::rules));
    }
    paragraphs
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::study::grid::{CellState, conclude, fixture::cell};

    #[test]
    fn the_page_holds_verdicts_and_what_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let mut missing = cell("stl10", "resnet-20", &[0.0], 0.1);
        missing.state = CellState::Missing;
        missing.summary = None;
        missing.pair = None;
        missing.reason = Some("stl10 is not on this machine".to_owned());
        let cells = vec![
            cell(
                "glyphs",
                "resnet-20",
                &[0.001, 0.0, 0.002, -0.001, 0.001],
                0.3,
            ),
            cell(
                "mnist",
                "resnet-20",
                &[-0.03, -0.04, -0.03, -0.05, -0.035],
                0.1,
            ),
            missing,
        ];
        let outcome = conclude(folder.path().join("desk"), cells, false, Vec::new(), 0);
        std::fs::create_dir(&outcome.folder).unwrap();
        let files = write(&outcome, "architectures = []\n").unwrap();
        assert_eq!(files.len(), 6);
        let page = std::fs::read_to_string(outcome.folder.join("report.md")).unwrap();
        for part in [
            "# The grid desk",
            "non-inferior in 1, inferior in 1",
            "| glyphs · resnet-20 | 49 → ",
            "+0.06 ± ",
            "**stl10-resnet-20-channel-sum**: missing: stl10 is not on this machine.",
            "This grid is unfinished: 1 cell is not trained.",
            "3 tests each, corrected by Holm",
            "| below 0.001 | non-inferior |",
            "| 30.0 ± 3.0 | inside |",
            "The networks are not ranked",
            "architectures = []",
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
        let html = std::fs::read_to_string(outcome.folder.join("report.html")).unwrap();
        assert!(html.contains("var(--capped)") && html.contains("<figure>"));
    }
}
