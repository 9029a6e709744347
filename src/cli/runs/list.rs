//! The table of runs.

use std::path::Path;

use jiff::tz::TimeZone;

use crate::cli::options::Global;
use crate::cli::output;
use crate::format::{known, percent};
use crate::run::{Error, Filter, Moment, RunListing, RunStatus, Summary, list};

/// Prints the runs below `out` that fit a filter.
///
/// # Errors
/// Where the filter cannot be read, or the folder.
pub(super) fn show(out: &Path, filter: Option<&str>, global: &Global) -> anyhow::Result<()> {
    let filter: Filter = filter
        .unwrap_or_default()
        .parse()
        .map_err(|error: crate::run::FilterError| Error::Setting(error.to_string()))?;
    let (mut runs, mut complaints) = list(out)?;
    complaints.extend(runs.iter().filter_map(|run| run.notes.problem.clone()));
    for complaint in &complaints {
        output::say(global, &format!("warning: {complaint}"));
    }
    let all = runs.len();
    let moment = Moment {
        now: jiff::Timestamp::now(),
        zone: TimeZone::system(),
    };
    runs.retain(|run| filter.matches(run, &moment));
    if !filter.is_empty() && all > 0 {
        output::say(
            global,
            &format!("{} of {all} runs fit the filter", runs.len()),
        );
    }
    if global.json {
        let rows: Vec<_> = runs.iter().map(as_json).collect();
        return output::print_json(&rows);
    }
    if runs.is_empty() && all > 0 {
        return output::print(&format!("no run in {} fits the filter", out.display()));
    }
    if runs.is_empty() && !complaints.is_empty() {
        return output::print(&format!("no run in {} can be read", out.display()));
    }
    if runs.is_empty() {
        return output::print(&format!(
            "no runs in {} yet: `ebcle-tui train glyphs resnet-20` makes one",
            out.display()
        ));
    }
    let is_noted = runs.iter().any(|run| run.notes.in_words().is_some());
    let mut columns = vec![
        "when",
        "dataset",
        "network",
        "cap",
        "seeds",
        "accuracy %",
        "time saved %",
        "verdict",
        "name",
    ];
    columns.extend(is_noted.then_some("notes"));
    let rows = runs
        .iter()
        .map(|run| {
            let summary = run.summary.as_ref();
            vec![
                run.created
                    .to_zoned_datetime(TimeZone::system())
                    .strftime("%Y-%m-%d %H:%M")
                    .to_string(),
                run.dataset.clone(),
                run.architecture.clone(),
                run.design.cap_unit.in_short(run.cap),
                run.seeds.to_string(),
                accuracies(summary),
                output::estimate(summary.and_then(|summary| summary.time_saved)),
                summary.map_or_else(
                    || {
                        run.activity
                            .short()
                            .unwrap_or_else(|| "unfinished".to_owned())
                    },
                    outcome,
                ),
                run.name.clone(),
                run.notes.in_words().unwrap_or_default(),
            ]
        })
        .map(|mut row: Vec<String>| {
            row.truncate(columns.len());
            row
        })
        .collect();
    output::print_table(&output::table(&columns, &[0, 1, 2, 7, 8, 9], rows))
}

/// A run as `runs --json` prints it.
fn as_json(run: &RunListing) -> serde_json::Value {
    serde_json::json!({
        "name": run.name, "run_dir": run.path, "created": run.created, "dataset": run.dataset,
        "architecture": run.architecture, "cap": run.cap, "cap_unit": run.design.cap_unit,
        "seeds": run.seeds,
        "finished": run.status == RunStatus::Finished, "diverged": run.status == RunStatus::Diverged,
        "activity": run.activity.name(),
        "pid": run.activity.writer().map(|writer| writer.pid),
        "host": run.activity.writer().map(|writer| &writer.host),
        "share_done": run.activity.status().map(|status| status.share_done),
        "seconds_left": run.activity.status().and_then(|status| status.seconds_left),
        "reading": run.design.reading, "device": run.design.device, "epochs": run.design.epochs,
        "note": run.notes.note, "tags": run.notes.tags,
        "summary": run.summary,
    })
}

/// The verdict in a word, or that a network diverged.
pub(super) fn outcome(summary: &Summary) -> String {
    match RunStatus::of(Some(summary)) {
        RunStatus::Diverged => "diverged".to_owned(),
        _ => summary.verdict.outcome.to_string(),
    }
}

/// Mean test accuracy over seeds of baseline and capped network, in percent.
pub(super) fn accuracies(summary: Option<&Summary>) -> String {
    let seeds = summary
        .map(|summary| summary.seeds.as_slice())
        .filter(|seeds| !seeds.is_empty());
    known(seeds, |seeds| {
        let mean = |accuracy: &dyn Fn(&crate::run::SeedResult) -> f64| {
            percent(
                seeds.iter().map(accuracy).sum::<f64>() / seeds.len() as f64,
                1,
            )
        };
        format!(
            "{} / {}",
            mean(&|seed| seed.baseline.test_accuracy),
            mean(&|seed| seed.capped.test_accuracy)
        )
    })
}
