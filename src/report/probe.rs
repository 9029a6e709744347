//! The identity probe in words and a table.

use super::escape::markdown;
use super::parts::{figure, row};
use super::plots::Figure;
use crate::evidence::ImageComparison;
use crate::evidence::probe::Claim;
use crate::format::{count, known, percent, signed};
use crate::run::{NetworkProbe, RunData};

/// The section on the probe; nothing of a run that was not probed.
pub(super) fn paragraphs(run: &RunData) -> Vec<String> {
    let Some(probes) = run
        .probes
        .as_ref()
        .map(|probes| &probes.probes)
        .filter(|probes| !probes.is_empty())
    else {
        return Vec::new();
    };
    let images = probes.iter().map(|probe| probe.found.images);
    let [fewest, most] =
        [images.clone().min(), images.max()].map(|images| count(images.unwrap_or_default() as u64));
    let images = if fewest == most {
        most
    } else {
        format!("{fewest} to {most}")
    };
    let mut table = vec![
        row([
            "seed",
            "network",
            "measure",
            "mean up to the cap",
            "mean past it",
            "past less before",
            "past the cap",
        ]),
        "| ---: | --- | --- | ---: | ---: | ---: | --- |".to_owned(),
    ];
    for probe in probes {
        table.extend(probe.found.claims.iter().map(|claim| line(probe, claim)));
    }
    let mut paragraphs = vec![
        "## Are blocks past the cap identities?".to_owned(),
        format!(
            "The paper claims that they are. Three measures of every block of the trained networks, on {images} test images, each 0 for an identity: its relative update ‖f(x)‖ / ‖x‖, 1 - CKA of its input and output (linear CKA, unbiased), and the accuracy lost when the block alone is replaced by its shortcut.",
        ),
        figure(
            Figure::Probe,
            "The three measures of every block along depth, with the cap",
        ),
        table.join("\n"),
    ];
    paragraphs.extend(probes.iter().filter_map(|probe| {
        probe
            .found
            .without_past_cap
            .map(|comparison| without(probe, comparison))
    }));
    paragraphs.push(
        "The interval is Welch's over blocks. Blocks of one network are not independent, so it says how clearly the two groups differ in this network, not what another would show."
            .to_owned(),
    );
    let findings: Vec<String> = probes
        .iter()
        .flat_map(|probe| {
            let network = format!("seed {}, {}", seed(probe), probe.role.name());
            let findings = probe.found.findings.iter();
            findings
                .map(move |finding| format!("- {}", markdown(&format!("{network}: {finding}."))))
        })
        .collect();
    if !findings.is_empty() {
        paragraphs.push("## Are blocks past the cap useful?".to_owned());
        paragraphs.push("A block that is not an identity may still be unnecessary. A linear classifier (ridge regression on the mean of each channel, fitted to training images) after every block shows how well the classes can be separated there. Accuracy without the blocks past the cap is compared with cuts at every depth and with random sets of as many blocks, as the network was trained and with its batch normalisations recalibrated on training images without these blocks.".to_owned());
        paragraphs.push(findings.join("\n"));
        let figures = [
            (
                Figure::Cuts,
                "Accuracy of a linear classifier after every block, and of the network cut there",
            ),
            (
                Figure::Cka,
                "CKA between the features after each pair of blocks",
            ),
        ];
        let drawn: Vec<Figure> = Figure::of(run).collect();
        let figures = figures.into_iter().filter(|(one, _)| drawn.contains(one));
        paragraphs.extend(figures.map(|(one, words)| figure(one, words)));
    }
    paragraphs
}

fn seed(probe: &NetworkProbe) -> String {
    known(probe.seed, |seed| seed.to_string())
}

fn line(probe: &NetworkProbe, claim: &Claim) -> String {
    let [before, past, difference] = claim.numbers();
    row([
        &seed(probe),
        probe.role.name(),
        claim.measure.name(),
        &before,
        &past,
        &difference,
        claim.past.map_or("no block", |_| claim.outcome.name()),
    ])
}

/// Such as: Seed 1, baseline: without all blocks past the cap 61.20 % in place of 88.30 %.
fn without(probe: &NetworkProbe, comparison: ImageComparison) -> String {
    let whole = probe.found.accuracy;
    format!(
        "Seed {}, {}: with all blocks past the cap replaced by their shortcuts at once the network classifies {} % of the images right, in place of {} % ({} points).",
        seed(probe),
        probe.role.name(),
        percent(whole + comparison.difference, 2),
        percent(whole, 2),
        signed(comparison.difference * 100.0, 2)
    )
}
