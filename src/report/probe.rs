//! What the identity probe found, in words and a table.

use super::parts::{figure, row};
use super::plots::Figure;
use crate::evidence::probe::Claim;
use crate::evidence::{Estimate, ImageComparison};
use crate::format::{count, fixed, known, percent, signed};
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
            "past less before, 95 %",
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
            "The paper claims that they are. On {} test images every block of the trained networks was asked three things, each 0 of an identity: its relative update ‖f(x)‖ / ‖x‖, 1 - CKA of what goes in and what comes out (linear CKA, unbiased), and the accuracy lost when the block alone is replaced by its shortcut.",
            images
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
        "The interval is Welch's over blocks: blocks of one network are no independent draws, so it says how clearly the two groups are apart in this network, not what another would show."
            .to_owned(),
    );
    paragraphs
}

fn seed(probe: &NetworkProbe) -> String {
    known(probe.seed, |seed| seed.to_string())
}

fn line(probe: &NetworkProbe, claim: &Claim) -> String {
    let mean = |estimate: Option<Estimate>| known(estimate, |estimate| fixed(estimate.mean, 4));
    let difference = known(claim.difference, |welch| {
        let [low, high] = welch.interval;
        format!(
            "{} ({} to {})",
            signed(welch.difference, 4),
            signed(low, 4),
            signed(high, 4)
        )
    });
    row([
        &seed(probe),
        probe.role.name(),
        claim.measure.name(),
        &mean(claim.before),
        &mean(claim.past),
        &difference,
        claim
            .past
            .map_or("no block there", |_| claim.outcome.name()),
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
