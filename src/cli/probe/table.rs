//! The tables that `probe` prints.

use crate::cli::output;
use crate::evidence::probe::{BlockProbe, Claim, Nearness, Probe, Readout};
use crate::format::{count, fixed, known, percent, signed};
use crate::run::Probes;

/// Prints every network's blocks, the comparison past and before the cap, and the conclusion.
pub(super) fn show(outcome: &Probes) -> anyhow::Result<()> {
    for one in &outcome.probes {
        let found = &one.found;
        output::print(&format!(
            "\n{}{} · {} convolutions · {} on {} test images of {} · cap {} {}\n",
            one.network,
            one.seed
                .map_or_else(String::new, |seed| format!(", seed {seed}")),
            one.conv_depth,
            percent(found.accuracy, 2) + " %",
            count(found.images as u64),
            outcome.dataset,
            found.cap.cap,
            found.cap.unit
        ))?;
        output::print_table(&output::table(
            &[
                "block",
                "convolutions",
                "past cap",
                "update",
                "CKA",
                "without it %",
                "change, points",
                "95 % over images",
            ],
            &[2],
            found.blocks.iter().map(row).collect(),
        ))?;
        output::print("")?;
        for claim in &found.claims {
            output::print(&sentence(claim))?;
        }
        output::print(&format!("{}.\n", found.reason))?;
        output::print_table(&output::table(
            &[
                "up to block",
                "convolutions",
                "linear %",
                "against last, points",
                "95 % over images",
                "cut here %",
                "recalibrated %",
            ],
            &[],
            found
                .readouts
                .iter()
                .map(|readout| depth_row(found, readout))
                .collect(),
        ))?;
        output::print("")?;
        for finding in &found.findings {
            output::print(&format!("- {finding}"))?;
        }
    }
    Ok(())
}

/// A linear classifier on a block, and the network cut behind it.
fn depth_row(found: &Probe, readout: &Readout) -> Vec<String> {
    let points = |fraction: f64| signed(fraction * 100.0, 2);
    let cuts = found.controls.iter().flat_map(|controls| &controls.cuts);
    let cut = cuts.clone().find(|cut| cut.blocks == readout.block);
    let accuracies = cut.map(|cut| cut.accuracies);
    vec![
        if readout.block == 0 {
            "stem".to_owned()
        } else {
            readout.block.to_string()
        },
        readout.conv_depth.to_string(),
        known(readout.accuracy, |accuracy| percent(accuracy, 2)),
        known(readout.against_last, |against| points(against.difference)),
        known(
            readout.against_last.and_then(|against| against.interval),
            |[low, high]| format!("{} to {}", points(low), points(high)),
        ),
        known(accuracies, |cut| percent(cut.accuracy, 2)),
        known(accuracies, |cut| percent(cut.recalibrated_accuracy, 2)),
    ]
}

fn row(block: &BlockProbe) -> Vec<String> {
    let [first, last] = block.convolutions;
    let points = |fraction: f64| signed(fraction * 100.0, 2);
    vec![
        block.block.to_string(),
        if first == last {
            first.to_string()
        } else {
            format!("{first} to {last}")
        },
        if block.past_cap { "past" } else { "" }.to_owned(),
        known(block.relative_update, |update| fixed(update, 3)),
        known(block.cka, |cka| fixed(cka, 3)),
        known(block.ablated_accuracy, |accuracy| percent(accuracy, 2)),
        known(block.ablation, |ablation| points(ablation.difference)),
        known(
            block.ablation.and_then(|ablation| ablation.interval),
            |[low, high]| format!("{} to {}", points(low), points(high)),
        ),
    ]
}

/// Such as `relative update  before 0.812, past 0.114, difference -0.698 (95 %: -0.8 to -0.6): nearer`.
fn sentence(claim: &Claim) -> String {
    let [before, past, difference] = claim.numbers();
    let outcome = match claim.outcome {
        _ if claim.past.is_none() => "no block is past the cap",
        Nearness::Nearer => "nearer to the identity past the cap",
        Nearness::Further => "further from it past the cap",
        Nearness::Undecided => "no clear difference",
    };
    format!(
        "{:16} before {before}, past {past}, difference {difference}: {outcome}",
        claim.measure.name()
    )
}
