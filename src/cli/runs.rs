//! `runs`: what was trained before.

mod compare;
mod list;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::ensure;
use clap::{Args, Subcommand};

use super::options::{Global, path};
use super::{damage, output, summary};
use crate::format::number_of;
use crate::messages;
use crate::run::{
    Account, Activity, Error, FolderClock, Layer, Notes, RunDirectory, RunStatus, is_leftover,
    merge, remove, remove_leftover,
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
cap.unit:blocks depth seeds epochs params<1M reading device name last:7d date>=2026-11-28. All of them
must hold, unless joined by or; not excludes, parentheses group, \"quotes\" hold a text with spaces,
and /…/ is a regular expression. docs/runs.md explains every field.")]
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
            None => list::show(&out, self.filter.as_deref(), global),
            Some(RunsCommand::Show { run }) => show(&RunDirectory::find(run, &out)?, global),
            Some(RunsCommand::Compare { runs }) => compare::show(&find_all(runs, &out)?, global),
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
