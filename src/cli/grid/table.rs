//! What `grid` prints.

use crate::cli::output;
use crate::depth::Unit;
use crate::format::{fixed, known, large, percent};
use crate::report;
use crate::study::cluster::{JobState, Jobs};
use crate::study::grid::{CellOutcome, CellState, GridOutcome};

/// Prints every cell with its networks, cost and state; `jobs` are those of a grid that was submitted.
pub(super) fn states(outcome: &GridOutcome, jobs: Option<&Jobs>) -> anyhow::Result<()> {
    let state = |cell: &CellOutcome| {
        let job = jobs.and_then(|jobs| jobs.of_cell(&cell.name));
        // A task may train several cells one after another: those that are not begun still wait.
        match (&cell.state, job) {
            (CellState::Begun, Some(job)) if job.is_ending() => "stopping".to_owned(),
            (CellState::Begun, Some(job)) if job.state == JobState::Running => "running".to_owned(),
            (CellState::Waiting, Some(job)) if job.state == JobState::Ended => "no job".to_owned(),
            _ => cell.state.name(),
        }
    };
    let costs = |cell: &CellOutcome| match cell.state {
        CellState::SameAs(_) | CellState::NothingToCap => None,
        _ => cell.pair.as_ref().map(|pair| pair.cost),
    };
    let all: f64 = outcome.cells.iter().filter_map(costs).sum();
    let rows = outcome
        .cells
        .iter()
        .map(|cell| {
            let pair = cell.pair.as_ref();
            let cost = costs(cell);
            let [time, disk] = output::price_cells(cell.price.as_ref());
            vec![
                cell.name.clone(),
                known(pair, |pair| fixed(pair.entropy, 2)),
                known(pair, |pair| match cell.depth {
                    Some(depth) => Unit::Convolutions.of(depth),
                    None => cell.reading.counted(pair.cap),
                }),
                known(pair, |pair| {
                    let capped = pair.capped.as_ref();
                    let capped = known(capped, |capped| capped.conv_depth.to_string());
                    format!("{} → {capped}", pair.baseline.conv_depth)
                }),
                known(cost, large),
                known(cost, |cost| percent(cost / all, 0)),
                time,
                disk,
                state(cell),
            ]
        })
        .collect();
    output::print_table(&output::table(
        &[
            "cell",
            "S bits",
            "cap",
            "convolutions",
            "MACs",
            "share %",
            "time",
            "disk",
            "state",
        ],
        &[0, 8],
        rows,
    ))?;
    for cell in &outcome.cells {
        if let Some(reason) = &cell.reason {
            output::print(&format!("{}  {reason}", cell.name))?;
        }
    }
    for sweep in &outcome.sweep_prices {
        output::print(&format!(
            "{}  {}",
            sweep.folder.display(),
            sweep.price.text()
        ))?;
    }
    let sweeps = outcome.sweeps.len() + outcome.sweeps_left;
    if sweeps > 0 {
        output::print(&format!(
            "\nsweeps  {} of {sweeps} finished",
            outcome.sweeps.len()
        ))?;
    }
    if let Some(price) = &outcome.price {
        let parts = price.parts();
        output::print(&format!("\nleft    {} ({parts})", price.text()))?;
    }
    Ok(())
}

/// Prints whether depth helps more where entropy is higher.
pub(super) fn interactions(outcome: &GridOutcome) -> anyhow::Result<()> {
    for found in &outcome.interactions {
        output::print(&found.sentence)?;
    }
    Ok(())
}

/// Prints what a grid found.
pub(super) fn show(outcome: &GridOutcome) -> anyhow::Result<()> {
    output::print("")?;
    output::print_table(&output::table(
        &report::grid::COLUMNS,
        &[0, 6, 8],
        report::grid::table(outcome)
            .into_iter()
            .map(Vec::from)
            .collect(),
    ))?;
    let stands_alone = |cell: &&CellOutcome| cell.summary.is_none() || cell.reason.is_some();
    for cell in outcome.cells.iter().filter(stands_alone) {
        let reason = cell
            .reason
            .as_ref()
            .map_or_else(String::new, |reason| format!(": {reason}"));
        output::print(&format!("{}  {}{reason}", cell.name, cell.state.name()))?;
    }
    output::print(&format!("\n{}", outcome.finding))?;
    interactions(outcome)?;
    for sweep in &outcome.sweeps {
        output::print(&sweep.finding)?;
    }
    output::print(&format!(
        "\nreport  {}",
        outcome.folder.join("report.html").display()
    ))
}
