//! `runs`: what was trained before.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{bail, ensure};
use clap::{Args, Subcommand};
use jiff::tz::TimeZone;

use super::options::{Global, path};
use super::{damage, output, summary};
use crate::format::{joules, known, number_of, percent, significant};
use crate::messages;
use crate::run::{
    Account, Activity, Error, Filter, FolderClock, Layer, Manifest, Moment, Notes, RunDirectory,
    RunStatus, Summary, is_leftover, list, merge, remove, remove_leftover,
};

/// List, show, compare, annotate, merge and remove runs
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ebcle-tui runs
  ebcle-tui runs --filter 'dataset:mnist acc>98% not tag:bad last:7d'
  ebcle-tui runs show latest
  ebcle-tui runs note latest 'for figure 3'
  ebcle-tui runs tag latest +good -bad
  ebcle-tui runs compare 20261124-1402 20261124-1530
  ebcle-tui runs merge 20261124-1402 20261124-1530 --into runs/ten-seeds
  ebcle-tui runs rm 20261124-140203-glyphs-resnet-20 --yes

RUN is a folder, the name of one, the unambiguous beginning of a name, or `latest`.
A filter is made of words and of fields with a value: dataset:mnist arch:resnet family:resnet
verdict:inconclusive status:finished tag:good note:word acc>98% acc.baseline saved>20% diff cap
depth seeds epochs params<1M reading device name last:7d date>=2026-11-28. All of them must hold,
unless joined by or; not excludes, parentheses group, \"quotes\" hold a text with spaces, and /…/ is a
regular expression. docs/runs.md explains every field.")]
pub struct Runs {
    #[command(subcommand)]
    command: Option<RunsCommand>,
    /// Folder below which runs are looked for [default: runs]
    #[arg(long, value_name = "DIR", alias = "runs", global = true, value_parser = path())]
    out: Option<PathBuf>,
    /// List only the runs that fit this filter, such as 'dataset:mnist acc>98% not tag:bad'
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
}

#[derive(Debug, Subcommand)]
enum RunsCommand {
    /// Show what a run found
    Show {
        /// The run
        run: String,
    },
    /// Put runs side by side
    Compare {
        /// Two runs or more
        #[arg(required = true, num_args = 2..)]
        runs: Vec<String>,
    },
    /// Join finished runs of one design that trained different seeds, on one machine or several
    Merge {
        /// Two runs or more
        #[arg(required = true, num_args = 2..)]
        runs: Vec<String>,
        /// Folder of the merged run [default: a new one below --out]
        #[arg(long, value_name = "DIR", value_parser = path())]
        into: Option<PathBuf>,
    },
    /// Write a note on a run; without a text, print the one it has
    Note {
        /// The run
        run: String,
        /// The note, in place of the one it has; '' removes that
        text: Vec<String>,
    },
    /// Give a run tags, or take them away; without any, print those it has
    Tag {
        /// The run
        run: String,
        /// `+good` or `good` adds a tag, `-bad` takes one away
        #[arg(value_name = "TAG", allow_hyphen_values = true)]
        tags: Vec<String>,
    },
    /// Remove a run with all its files
    Rm {
        /// The run
        run: String,
        /// Remove without asking
        #[arg(long, short)]
        yes: bool,
    },
}

impl Runs {
    /// Lists, shows, compares, merges or removes.
    ///
    /// # Errors
    /// One sentence on what cannot be read or is not there.
    pub fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        let layer = Layer::default().with_path("out", self.out.as_deref())?;
        let out = global.resolve(layer, None)?.out;
        if self.filter.is_some() && self.command.is_some() {
            let problem = "--filter belongs to the list: `ebcle-tui runs --filter FILTER`";
            return Err(Error::Setting(problem.to_owned()).into());
        }
        match &self.command {
            None => list_runs(&out, self.filter.as_deref(), global),
            Some(RunsCommand::Show { run }) => show(&RunDirectory::find(run, &out)?, global),
            Some(RunsCommand::Compare { runs }) => compare(&find_all(runs, &out)?, global),
            Some(RunsCommand::Merge { runs, into }) => {
                let merged = merge(&find_all(runs, &out)?, &out, into.as_deref())?;
                output::say(global, &format!("merged into {}", merged.path().display()));
                show(&merged, global)
            }
            Some(RunsCommand::Note { run, text }) => {
                let run = RunDirectory::find(run, &out)?;
                let notes = match text.as_slice() {
                    [] => Notes::read(run.path())?,
                    words => run.change_notes(|notes| notes.with_note(&words.join(" ")))?,
                };
                print_notes(&notes, &notes.note, global)
            }
            Some(RunsCommand::Tag { run, tags }) => {
                let run = RunDirectory::find(run, &out)?;
                let notes = match tags.as_slice() {
                    [] => Notes::read(run.path())?,
                    changes => run.change_notes(|notes| notes.with_changes(changes))?,
                };
                print_notes(&notes, &notes.tags.join(" "), global)
            }
            Some(RunsCommand::Rm { run, yes }) => match RunDirectory::find(run, &out) {
                Err(Error::NotARun { path }) if is_leftover(&path) => {
                    rm(&path, &|| remove_leftover(&path), *yes, global)
                }
                found => {
                    let run = found?;
                    rm(run.path(), &|| remove(&run), *yes, global)
                }
            },
        }?;
        Ok(ExitCode::SUCCESS)
    }
}

fn find_all(runs: &[String], out: &Path) -> Result<Vec<RunDirectory>, Error> {
    let found = runs.iter().map(|run| RunDirectory::find(run, out));
    found.collect()
}

/// Prints the part of `notes` that was asked for, or both as JSON.
fn print_notes(notes: &Notes, shown: &str, global: &Global) -> anyhow::Result<()> {
    if global.json {
        return output::print_json(&serde_json::json!({"note": notes.note, "tags": notes.tags}));
    }
    if shown.is_empty() {
        return Ok(());
    }
    output::print(shown)
}

fn list_runs(out: &Path, filter: Option<&str>, global: &Global) -> anyhow::Result<()> {
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
        let rows: Vec<_> = runs
            .iter()
            .map(|run| {
                serde_json::json!({
                    "name": run.name, "run_dir": run.path, "created": run.created, "dataset": run.dataset,
                    "architecture": run.architecture, "cap": run.cap, "seeds": run.seeds,
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
            })
            .collect();
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
                run.cap.to_string(),
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

/// The verdict in a word, or that a network diverged.
fn outcome(summary: &Summary) -> String {
    match RunStatus::of(Some(summary)) {
        RunStatus::Diverged => "diverged".to_owned(),
        _ => summary.verdict.outcome.to_string(),
    }
}

/// Mean test accuracy over seeds of baseline and capped network, in percent.
fn accuracies(summary: Option<&Summary>) -> String {
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

fn show(run: &RunDirectory, global: &Global) -> anyhow::Result<()> {
    let data = run.load()?;
    damage::tell(run, global)?;
    if let Some(summary) = &data.summary {
        return if global.json {
            output::print_json(summary)
        } else {
            summary::show(summary)
        };
    }
    if global.json {
        let account = Account::of(&run.events()?);
        let summary = crate::run::summarise(&data.manifest, &data.plan, &data.path, &data.metrics)
            .with_account(&account, &data.metrics);
        return output::print_json(&summary);
    }
    let path = data.path.display();
    let activity = Activity::of(
        &data.path,
        RunStatus::Unfinished,
        &FolderClock::of(&data.path),
    );
    let goes_on = format!("; `ebcle-tui resume {path}` continues it");
    let (state, remedy) = match &activity {
        Activity::Running { writer, status } => (
            format!("is being trained by {}", writer.in_words()),
            status
                .as_ref()
                .map_or_else(String::new, |status| format!("; {}", status.in_words())),
        ),
        Activity::Silent { .. } => ("is silent".to_owned(), format!("; {}", activity.in_words())),
        Activity::Killed { .. } => (
            "is unfinished".to_owned(),
            format!("; {}{goes_on}", activity.in_words()),
        ),
        _ => ("is unfinished".to_owned(), goes_on),
    };
    output::print(&format!(
        "{path} {state}: {} recorded (of both networks), {} planned{remedy}",
        number_of(data.metrics.len(), "epoch", "epochs"),
        number_of(data.manifest.settings.recipe.seeds.len(), "seed", "seeds"),
    ))
}

fn compare(runs: &[RunDirectory], global: &Global) -> anyhow::Result<()> {
    let mut summaries = Vec::new();
    let mut first: Option<Manifest> = None;
    for run in runs {
        let data = run.load()?;
        damage::tell(run, global)?;
        let Some(summary) = data.summary else {
            bail!(
                "{} is unfinished: only finished runs can be compared",
                run.path().display()
            )
        };
        let manifest = first.get_or_insert_with(|| data.manifest.clone());
        ensure!(
            manifest.data_fingerprint == data.manifest.data_fingerprint,
            "{} was trained on other images ({}) than {} ({}), so their accuracies cannot be compared: compare runs of one dataset and one --limit",
            run.path().display(),
            data.manifest.settings.dataset,
            runs[0].path().display(),
            manifest.settings.dataset
        );
        summaries.push(summary);
    }
    if global.json {
        return output::print_json(&summaries);
    }
    // Columns of what not every machine and version records, where one of the runs has it.
    let has_energy = summaries.iter().any(|it| it.energy_saved.is_some());
    let has_norms = summaries
        .iter()
        .any(|it| it.gradient_norms().iter().any(Option::is_some));
    let mut columns = vec![
        "run",
        "cap",
        "epochs",
        "seeds",
        "accuracy %",
        "time saved %",
        "verdict",
    ];
    if has_energy {
        columns.extend(["energy saved %", "energy a seed"]);
    }
    columns.extend(has_norms.then_some("largest gradient norm"));
    let rows = summaries
        .iter()
        .map(|summary| {
            let mut row = vec![
                summary
                    .run_dir
                    .file_name()
                    .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
                summary.cap.to_string(),
                summary.epochs.to_string(),
                summary.seeds.len().to_string(),
                accuracies(Some(summary)),
                output::estimate(summary.time_saved),
                outcome(summary),
            ];
            if has_energy {
                row.push(output::estimate(summary.energy_saved));
                row.push(summary.joules().map(|used| known(used, joules)).join(" / "));
            }
            if has_norms {
                let norms = summary.gradient_norms();
                row.push(norms.map(|norm| known(norm, significant)).join(" / "));
            }
            row
        })
        .collect();
    output::print_table(&output::table(&columns, &[0, 6], rows))
}

fn rm(
    path: &Path,
    remove: &dyn Fn() -> Result<(), Error>,
    yes: bool,
    global: &Global,
) -> anyhow::Result<()> {
    if !yes {
        ensure!(
            std::io::stdin().is_terminal(),
            "{} was not removed: confirm with --yes",
            path.display()
        );
        messages::ask(&format!(
            "Remove {} with all its files? [y/N] ",
            path.display()
        ));
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        ensure!(
            matches!(answer.trim(), "y" | "Y" | "yes"),
            "nothing was removed"
        );
    }
    remove()?;
    output::say(global, &format!("removed {}", path.display()));
    Ok(())
}
