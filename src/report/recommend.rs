//! A recommendation of a depth as a page to read, with its figure.

use std::path::{Path, PathBuf};

use super::escape::{markdown, markdown_block, markdown_code};
use super::parts::row;
use super::{ReportError, command, page, plots};
use crate::depth::Unit;
use crate::evidence::{AgainstDeepest, rounded_p};
use crate::format::{
    about, capitalised, count, fixed, known, number_of, percent, percent_interval, points,
};
use crate::study::recommend::{
    Budget, Finalist, NamedDepth, RecommendOutcome, RoundOutcome, Standing, TrainedNetwork,
    price_sentence,
};

/// Heads of [`table`].
pub const COLUMNS: [&str; 9] = [
    "",
    "depth",
    "widths",
    "accuracy, %",
    "difference, points",
    "p (Holm)",
    "outcome",
    "time saved, %",
    "training, s",
];

/// Heads of [`round_table`].
pub const ROUND_COLUMNS: [&str; 5] = ["depth", "named by", "accuracy, %", "difference, points", ""];

/// Writes `recommend.svg`, `.png`, `.tikz`, `.md`, `.html` and `.tex` into `folder` and names them.
///
/// # Errors
/// [`ReportError`] where a file cannot be written or the figure cannot be drawn.
pub fn write(outcome: &RecommendOutcome, folder: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let figures = [("recommend".to_owned(), plots::recommend(outcome))];
    page::write(folder, "recommend", &document(outcome), &figures)
}

/// The page in Markdown.
#[must_use]
pub fn document(outcome: &RecommendOutcome) -> String {
    let mut paragraphs = vec![
        format!(
            "# How deep for {}? {}",
            markdown(&outcome.dataset),
            markdown(&outcome.architecture)
        ),
        format!("**{}**", markdown(&outcome.finding)),
        "![Accuracy against training time](recommend.svg)".to_owned(),
        "## The final".to_owned(),
        final_table(outcome),
        format!(
            "Every finalist was trained beside the deepest network over {} of {}; accuracy is that on the hold-out. The difference is accuracy minus that of the deepest network of the same run over paired seeds, with its 95 % paired t interval; p is the smaller of the one-sided p-values of a loss of the margin or more and of one of the margin or less, by Holm's correction in each direction over the finalists. Training seconds are those of one seed; a finalist's are those of the deepest network less the time saved beside it. Marked with *: no other network of the final is better in both accuracy and seconds.",
            number_of(outcome.schedule.seeds.len(), "seed", "seeds"),
            number_of(outcome.schedule.epochs, "epoch", "epochs")
        ),
        "## The 95 % set".to_owned(),
        set(outcome),
        "## What chose and what confirmed".to_owned(),
        chosen(outcome),
    ];
    for (round, number) in outcome.rounds.iter().zip(1..) {
        paragraphs.push(format!(
            "### Round {number}: {}, {}",
            number_of(round.epochs, "epoch", "epochs"),
            number_of(round.seeds.len(), "seed", "seeds")
        ));
        paragraphs.push(rows(ROUND_COLUMNS, &round_table(outcome, round)));
    }
    paragraphs.extend([
        "## What the rules said".to_owned(),
        rules(outcome),
        "## The price".to_owned(),
        price(outcome),
        "## What this does not show".to_owned(),
        limits(outcome),
    ]);
    paragraphs.extend(repeat(outcome));
    paragraphs.join("\n\n") + "\n"
}

/// A row for every network of the final under [`COLUMNS`], the first cell a letter for pictures.
#[must_use]
pub fn table(outcome: &RecommendOutcome) -> Vec<[String; 9]> {
    let letters = letters();
    let finalists = outcome.finalists.iter();
    let finalists = finalists.map(|one| (&one.trained, Some(one)));
    let all = finalists.chain([(&outcome.deepest, None)]);
    all.zip(letters)
        .map(|((trained, finalist), letter)| line(outcome, letter, trained, finalist))
        .collect()
}

/// The letters of the networks of a final in pictures, by rising depth.
pub fn letters() -> impl Iterator<Item = char> {
    'a'..='z'
}

fn line(
    outcome: &RecommendOutcome,
    letter: char,
    trained: &TrainedNetwork,
    finalist: Option<&Finalist>,
) -> [String; 9] {
    let network = &trained.network;
    let widths: Vec<String> = network.widths.iter().map(usize::to_string).collect();
    let against = finalist.map(|one| &one.against_deepest);
    let accuracy = known(trained.accuracy, |it| {
        percent_interval(it.mean, it.interval, 2)
    });
    let diverged = finalist.map_or(0, |one| one.broken_seeds.len());
    let star = if outcome.is_on_front(trained) {
        " *"
    } else {
        ""
    };
    [
        letter.to_string(),
        format!("{}{star}", network.conv_depth),
        widths.join(", "),
        if diverged == 0 {
            accuracy
        } else {
            format!("{accuracy} ({diverged} diverged)")
        },
        known(against.and_then(|it| it.difference), |it| {
            points(it.mean, it.interval, 2)
        }),
        known(against.and_then(AgainstDeepest::smaller_p), rounded_p),
        against.map_or_else(
            || "the deepest".to_owned(),
            |against| match against.learned {
                Some(false) => "the deepest has not learned".to_owned(),
                _ => against.outcome.to_string(),
            },
        ),
        known(finalist.and_then(|one| one.time_saved), |it| {
            percent_interval(it.mean, it.interval, 1)
        }),
        known(trained.seconds, |seconds| fixed(seconds, 1)),
    ]
}

/// A row for every depth of a round under [`ROUND_COLUMNS`].
#[must_use]
pub fn round_table(outcome: &RecommendOutcome, round: &RoundOutcome) -> Vec<[String; 5]> {
    let row = |one: &Standing| {
        [
            one.conv_depth.to_string(),
            named_by(outcome, one.conv_depth),
            one.accuracy
                .map_or_else(|| "diverged".to_owned(), |it| percent(it, 2)),
            known(one.difference, |it| points(it, None, 2)),
            if one.kept { "kept" } else { "dropped" }.to_owned(),
        ]
    };
    round.standings.iter().map(row).collect()
}

/// The rules that name a depth, in a few words: of more than two other readings their number.
fn named_by(outcome: &RecommendOutcome, depth: usize) -> String {
    let rules = outcome.rules.iter();
    let rules = rules.filter(|rule| rule.at.conv_depth == depth);
    let names = rules.map(|rule| rule.name.clone());
    let (mut readings, mut names): (Vec<String>, Vec<String>) =
        names.partition(|name| name.starts_with("cap by "));
    if readings.len() > 2 {
        readings = vec![format!("the caps of {} other readings", readings.len())];
    }
    names.append(&mut readings);
    if names.is_empty() {
        "no rule".to_owned()
    } else {
        names.join(", ")
    }
}

/// A table with its first column and its words on the left.
fn rows<const N: usize>(columns: [&str; N], cells: &[[String; N]]) -> String {
    let mut rows = vec![row(columns), format!("|{}", " --- |".repeat(N))];
    rows.extend(
        cells
            .iter()
            .map(|cells| row(cells.each_ref().map(String::as_str))),
    );
    rows.join("\n")
}

fn final_table(outcome: &RecommendOutcome) -> String {
    rows(COLUMNS, &table(outcome))
}

fn set(outcome: &RecommendOutcome) -> String {
    let made = format!(
        "The set holds the smallest depth of the final whose loss of accuracy against the deepest network is less than {}, with a probability of 95 % or more. A depth is left out where it is shown to lose the margin or more, or where a shallower one is shown to lose less; both are tested at one-sided 2.5 %, by Holm's correction over all finalists. It is made on the hold-out, from paired seeds. Depths that halving dropped were not tested and are not in it.",
        outcome.margin.in_words()
    );
    let depths: Vec<String> = outcome.set.iter().map(usize::to_string).collect();
    if depths.is_empty() {
        return format!("There is no set: no verdict is possible. {made}");
    }
    format!("Here it is {}. {made}", depths.join(", "))
}

/// Which comparisons chose and which confirmed.
fn chosen(outcome: &RecommendOutcome) -> String {
    let images = known(outcome.holdout_set, |set| count(set.images as u64));
    let halving = if outcome.rounds.is_empty() {
        "There was no round of halving: every candidate was a finalist.".to_owned()
    } else {
        format!(
            "{} of halving kept the shallowest depth whose loss was less than the margin and then those of the highest accuracy, after few epochs, with seeds that the final did not use.",
            number_of(outcome.rounds.len(), "round", "rounds")
        )
    };
    let confirmed = match outcome.recommended.as_ref().map(|found| &found.test) {
        Some(Some(test)) => format!(
            "The test images confirmed once: the recommended depth against the deepest network, over the seeds of the final: **{}**, {}. No other comparison on test images was read.",
            markdown(&test.in_words()),
            markdown(&test.reason)
        ),
        Some(None) => "The deepest network is recommended, so there is nothing to confirm: no comparison on test images was read.".to_owned(),
        None => "No depth is recommended, so there is nothing to confirm: no comparison on test images was read.".to_owned(),
    };
    format!(
        "Learning rates, halving, the set and the recommended depth were chosen on the hold-out alone ({images} training images that no network was trained on). {halving} {confirmed}"
    )
}

fn rules(outcome: &RecommendOutcome) -> String {
    let row = |rule: &NamedDepth| {
        let unit = match rule.at.unit {
            Unit::Blocks => ("block", "blocks"),
            Unit::Convolutions => ("convolution", "convolutions"),
        };
        [
            rule.name.clone(),
            number_of(rule.at.cap, unit.0, unit.1),
            rule.at.conv_depth.to_string(),
            placed(outcome, rule.at.conv_depth).to_owned(),
        ]
    };
    let cells: Vec<[String; 4]> = outcome.rules.iter().map(row).collect();
    rows(
        ["rule", "depth", "convolutions left", "against the 95 % set"],
        &cells,
    )
}

/// Where a depth is against the ends of the set.
fn placed(outcome: &RecommendOutcome, depth: usize) -> &'static str {
    match (outcome.set.first(), outcome.set.last()) {
        (Some(&first), Some(&last)) if outcome.recommended.is_some() => {
            if depth < first {
                "too shallow"
            } else if depth > last {
                "too deep"
            } else {
                "inside"
            }
        }
        _ => "undecided",
    }
}

fn price(outcome: &RecommendOutcome) -> String {
    let sentence = price_sentence(outcome);
    format!(
        "{}, of a budget of {}. The price was computed before the first run from timed steps of every candidate: learning-rate checks, training steps, evaluations, starts. The time spent counts all runs, also those before an interruption.",
        capitalised(&sentence),
        about(outcome.price.budget_seconds)
    )
}

fn limits(outcome: &RecommendOutcome) -> String {
    let mut limits = vec![
        "The rule for the cap is this program's reading of an abstract, not a published formula.".to_owned(),
        format!(
            "One architecture and one recipe of {}: a network that is not trained to its end may need more depth, or less, than one that is.",
            number_of(outcome.schedule.epochs, "epoch", "epochs")
        ),
        "The depth is judged against the deepest network alone; a deeper one might be better still.".to_owned(),
        "Halving saw one seed and few epochs: a depth that it dropped may be enough.".to_owned(),
    ];
    if outcome.rounds.is_empty() {
        limits.pop();
    }
    if let Some(limit) = outcome.settings.limit {
        limits.push(format!(
            "At most {} training images were used, a subset chosen by seed.",
            count(limit as u64)
        ));
    }
    let items: Vec<String> = limits.iter().map(|limit| format!("- {limit}")).collect();
    items.join("\n")
}

/// How to repeat it.
fn repeat(outcome: &RecommendOutcome) -> Vec<String> {
    let command = command::command(&outcome.settings);
    let mut command = command.replacen("ebcle-tui train", "ebcle-tui recommend", 1);
    let budget = Budget::holding(outcome.price.budget_seconds);
    command.extend([" --budget ", &budget.to_string()]);
    vec![
        "## To repeat it".to_owned(),
        markdown_block("sh", &command),
        "How many candidates, epochs and seeds fit into the budget depends on the machine; `recommend.toml` holds what was planned here. All settings, as a file for `--config`:".to_owned(),
        markdown_block("toml", &command::config(&outcome.settings)),
        format!(
            "ebcle-tui {} on {}. Data fingerprint (SHA-256): {}.",
            markdown(&outcome.version),
            markdown(&outcome.device),
            markdown_code(&outcome.data_fingerprint)
        ),
    ]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::study::recommend::fixture;

    #[test]
    fn the_page_says_what_chose_and_what_confirmed() {
        let page = document(&fixture::outcome(5));
        for part in [
            "Use 13 convolutions",
            "Here it is 9, 13.",
            "chosen on the hold-out alone (500 training images",
            "The test images confirmed once",
            "1 round of halving kept",
            "### Round 1: 8 epochs, 1 seed",
            "| receptive-field border | 13 convolutions | 13 | inside |",
            "| cap | 12 convolutions | 11 | inside |",
            "Took 9.1 min, priced 8.7 min",
            "ebcle-tui recommend glyphs resnet-20",
            "--budget 10m",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let page = document(&fixture::outcome(2));
        assert!(
            page.contains("There is no set")
                && page.contains("no comparison on test images was read")
        );
    }

    #[test]
    fn all_formats_lie_in_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let files = write(&fixture::outcome(5), folder.path()).unwrap();
        assert_eq!(files.len(), 6);
        let tex = std::fs::read_to_string(folder.path().join("recommend.tex")).unwrap();
        assert!(tex.contains("\\input{recommend.tikz}"));
    }
}
