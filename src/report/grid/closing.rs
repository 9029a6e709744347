//! How the page ends: what it does not show, and how to repeat it.

use crate::messages::quoted;
use crate::report::escape::{markdown, markdown_block, markdown_code};
use crate::study::grid::GridOutcome;

pub(super) fn limits(outcome: &GridOutcome) -> String {
    let mut limits = vec![
        "The rule for the cap is this program's reading of an abstract, not a published formula."
            .to_owned(),
    ];
    let shortest = outcome.finished().map(|(_, summary)| summary.epochs).min();
    if let Some(epochs) = shortest {
        limits.push(format!(
            "The shortest recipe has {epochs} epoch{}: a network that is not trained to its end may need more depth, or less, than one that is.",
            if epochs == 1 { "" } else { "s" }
        ));
    }
    let small = outcome
        .cells
        .iter()
        .filter(|cell| cell.summary.is_some())
        .filter_map(|cell| cell.pair.as_ref())
        .count();
    if small > 0 {
        limits.push(
            "Where a limit is set, a subset of the images chosen by seed was used; the file below says which."
                .to_owned(),
        );
    }
    if outcome
        .finished()
        .any(|(_, summary)| summary.device.starts_with("cpu"))
    {
        limits.push(
            "Trained on a CPU: the time saved on a GPU can be another, since depth and width cost differently there."
                .to_owned(),
        );
    }
    let busy = outcome
        .finished()
        .filter(|(_, summary)| summary.busy().is_some())
        .count();
    if busy > 0 {
        limits.push(format!(
            "In {busy} cell{} an epoch took much longer than its network's median epoch: the machine was probably busy. Both networks of a pair take turns, so the time saved is affected less.",
            if busy == 1 { "" } else { "s" }
        ));
    }
    limits.push(
        "Seeds vary initialisation, data order and augmentation; the split of the data is always the same."
            .to_owned(),
    );
    let items: Vec<String> = limits.iter().map(|limit| format!("- {limit}")).collect();
    items.join("\n")
}

pub(super) fn repeat(outcome: &GridOutcome, file: &str) -> Vec<String> {
    let name = outcome.folder.file_name().unwrap_or_default();
    let name = name.to_string_lossy();
    let devices: Vec<&str> = outcome
        .finished()
        .map(|(_, summary)| summary.device.as_str())
        .collect();
    vec![
        "## To repeat it".to_owned(),
        markdown_block(
            "sh",
            &format!("ebcle-tui grid {}", quoted(&format!("{name}.toml"))),
        ),
        format!("{}:", markdown(&format!("{name}.toml"))),
        markdown_block("toml", file),
        format!(
            "ebcle-tui {}{}. Every cell is a run directory with its own report: {}.",
            markdown(&outcome.version),
            devices
                .first()
                .map_or_else(String::new, |device| format!(" on {}", markdown(device))),
            markdown_code(&format!(
                "ebcle-tui export {}",
                quoted(&format!("{}/cells/CELL", outcome.folder.display()))
            ))
        ),
    ]
}
