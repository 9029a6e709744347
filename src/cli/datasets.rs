//! `datasets`: the named datasets and where they are; fetching and verifying their files.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use anyhow::{Context, anyhow};
use clap::{Args, Subcommand};
use indicatif::ProgressBar;

use super::failure::{INTERRUPTED, interruption};
use super::options::{DataOptions, Global};
use super::output;
use crate::dataset::fetch::{self, Fetched, FetchedFile, Outcome, Progress, Stage, fetch};
use crate::dataset::places::places;
use crate::dataset::published::{Published, published, target};
use crate::dataset::verify::{FileState, Verification, verify};
use crate::dataset::{self, Source, State};
use crate::format::{bytes, clock, count, known};
use crate::run::{Layer, Settings, prepare::load_options};

/// List the datasets with their state, fetch them, check their files
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ebcle-tui datasets
  ebcle-tui datasets --data-dir ~/data --json
  ebcle-tui datasets fetch cifar10
  ebcle-tui datasets verify mnist --data-dir ~/data")]
pub struct Datasets {
    #[command(subcommand)]
    command: Option<DatasetsCommand>,
    #[command(flatten)]
    data: DataOptions,
}

#[derive(Debug, Subcommand)]
enum DatasetsCommand {
    /// Fetch the published files of a dataset into a folder of its name
    #[command(after_help = "\
Examples:
  ebcle-tui datasets fetch mnist
  ebcle-tui datasets fetch stl10 --data-dir /scratch/data

A fetch that was cut or stopped goes on where it was. What bears its published name is whole:
its checksum was compared. Addresses are those of configs/datasets.toml, over which your own
datasets.toml in the program's config folder (or EBCLE_DATASETS=FILE) is laid, for mirrors.")]
    Fetch(Named),
    /// Check names, sizes and checksums of the files of a dataset
    #[command(after_help = "\
Examples:
  ebcle-tui datasets verify mnist
  ebcle-tui datasets verify cifar10 --data-dir ~/data --json

Exit code 1 where something is missing or wrong.")]
    Verify(Named),
}

#[derive(Args, Debug)]
struct Named {
    /// mnist, cifar10, cifar100, stl10, imagenet32, or one of your own datasets.toml
    name: String,
    /// Data folder [default: the program's own for fetch, the usual places for verify]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

impl Datasets {
    /// Lists, fetches or verifies.
    ///
    /// # Errors
    /// One sentence on what cannot be used, reached or written.
    pub fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        let mut layer = Layer::default();
        self.data.fill(&mut layer);
        if let Some(DatasetsCommand::Fetch(named) | DatasetsCommand::Verify(named)) = &self.command
            && named.data_dir.is_some()
        {
            layer.data_dir.clone_from(&named.data_dir);
        }
        let settings = global.resolve(layer, None)?;
        let published = |name: &str| {
            name.parse().map_or_else(
                |_| name.to_owned(),
                |source: Source| source.published_name(),
            )
        };
        match &self.command {
            None => list(&settings, global),
            Some(DatasetsCommand::Fetch(named)) => {
                fetch_named(&published(&named.name), &settings, global)
            }
            Some(DatasetsCommand::Verify(named)) => {
                verify_named(&published(&named.name), &settings, global)
            }
        }
    }
}

fn list(settings: &Settings, global: &Global) -> anyhow::Result<ExitCode> {
    let options = load_options(settings);
    let entries = dataset::list(&options);
    let places = places(&options);
    let state = |state: &State| match state {
        State::Embedded => ("embedded", None, None),
        State::Found(path) => ("found", Some(path.display().to_string()), None),
        State::Missing(sentence) => ("missing", None, Some(sentence.clone())),
    };
    if global.json {
        let rows: Vec<_> = entries
            .iter()
            .map(|entry| {
                let embedded = entry.state == State::Embedded;
                let searched = if embedded { &[] } else { places.as_slice() };
                let (state, folder, hint) = state(&entry.state);
                serde_json::json!({
                    "name": entry.source.to_string(), "description": entry.description,
                    "state": state, "folder": folder, "hint": hint, "searched": searched,
                })
            })
            .collect();
        output::print_json(&rows)?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows = entries
        .iter()
        .map(|entry| {
            let (state, folder, hint) = state(&entry.state);
            let advice = hint.map(|hint| match hint.split_once(": ") {
                Some((_, advice)) => advice.to_owned(),
                None => hint,
            });
            let place = folder.or(advice).unwrap_or_default();
            vec![
                entry.source.to_string(),
                entry.description.to_owned(),
                state.to_owned(),
                place,
            ]
        })
        .collect();
    output::print_table(&output::table(
        &["dataset", "what", "state", ""],
        &[0, 1, 2, 3],
        rows,
    ))?;
    show_places(&places)?;
    Ok(ExitCode::SUCCESS)
}

/// Prints where named datasets are looked for.
fn show_places(places: &[PathBuf]) -> anyhow::Result<()> {
    let (there, absent): (Vec<_>, Vec<_>) = places.iter().partition(|place| place.is_dir());
    let text = |places: Vec<&PathBuf>| {
        let places = places.iter().map(|place| place.display().to_string());
        places.collect::<Vec<_>>().join(", ")
    };
    output::print("")?;
    if !there.is_empty() {
        output::print(&format!("looked in, in this order: {}", text(there)))?;
    }
    if !absent.is_empty() {
        output::print(&format!("not there: {}", text(absent)))?;
    }
    output::print("also read: folder:PATH, idx:DIR, npz:FILE, hf:DIR")
}

/// Says that a dataset is inside the program, if it is.
fn embedded(name: &str, global: &Global) -> anyhow::Result<bool> {
    if !matches!(name.parse(), Ok(Source::Glyphs(_))) {
        return Ok(false);
    }
    if global.json {
        output::print_json(&serde_json::json!({
            "dataset": name, "state": "embedded", "sound": true, "folder": null, "files": [],
        }))?;
    } else {
        output::print(&format!(
            "{name} is drawn by the program itself: there is nothing to fetch or to check"
        ))?;
    }
    Ok(true)
}

fn fetch_named(name: &str, settings: &Settings, global: &Global) -> anyhow::Result<ExitCode> {
    if embedded(name, global)? {
        return Ok(ExitCode::SUCCESS);
    }
    let published = published(name)?;
    let target = target(settings.data_dir.as_deref(), name)
        .context("there is no home folder to put data into: name one with --data-dir DIR")?;
    let interrupted = interruption()?;
    let talker = Talker::new(global);
    let fetched = fetch(
        &published,
        &target,
        &|progress| talker.hear(&progress),
        &interrupted,
    );
    talker.bar.finish_and_clear();
    match fetched {
        Err(stopped @ fetch::Error::Stopped { .. }) => {
            eprintln!("{stopped}");
            Ok(ExitCode::from(INTERRUPTED))
        }
        fetched => {
            show_fetched(&published, &fetched?, global)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn show_fetched(published: &Published, fetched: &Fetched, global: &Global) -> anyhow::Result<()> {
    if !global.json {
        return output::print(&format!(
            "{} is in {}: {} of {}, as published",
            published.name,
            fetched.folder.display(),
            match fetched.files.len() {
                1 => "1 file".to_owned(),
                files => format!("{} files", count(files as u64)),
            },
            bytes(published.size())
        ));
    }
    let files: Vec<_> = fetched
        .files
        .iter()
        .map(|file| {
            let (state, address, resumed_at) = match &file.outcome {
                Outcome::AlreadyThere => ("already-there", None, None),
                Outcome::Fetched {
                    address,
                    resumed_at,
                } => ("fetched", Some(address), Some(resumed_at)),
            };
            serde_json::json!({
                "name": file.name, "path": file.path, "bytes": file.bytes, "state": state,
                "address": address, "resumed_at": resumed_at,
            })
        })
        .collect();
    output::print_json(&serde_json::json!({
        "dataset": published.name, "folder": fetched.folder, "files": files,
    }))
}

/// Says on stderr how a fetch goes: a bar in a terminal, a line for each file and failure elsewhere.
struct Talker {
    quiet: bool,
    bar: ProgressBar,
}

impl Talker {
    fn new(global: &Global) -> Self {
        Self {
            quiet: global.quiet,
            bar: output::bar(global, "{prefix} {bar:24} {msg}"),
        }
    }

    fn say(&self, line: &str) {
        if self.quiet {
            return;
        }
        if std::io::stderr().is_terminal() {
            self.bar.println(line);
        } else {
            eprintln!("{line}");
        }
    }

    fn hear(&self, progress: &Progress) {
        self.bar.set_length(progress.size);
        self.bar.set_position(progress.done);
        self.bar.set_prefix(progress.file.to_owned());
        let amount = format!("{} of {}", bytes(progress.done), bytes(progress.size));
        match progress.stage {
            Stage::Asking(address) => self.bar.set_message(format!("asking {address}")),
            Stage::Receiving => self.bar.set_message(format!(
                "{amount} · {}/s · {} left",
                known(progress.bytes_per_second, |speed| bytes(speed as u64)),
                known(progress.seconds_left, clock)
            )),
            Stage::Waiting(why, seconds) => self.say(&format!(
                "{}: {why}; trying again in {}",
                progress.file,
                crate::format::about(seconds)
            )),
            Stage::Checking => self.bar.set_message(format!("{amount} · checking")),
            Stage::Finished(file) => self.say(&finished(file)),
        }
    }
}

fn finished(file: &FetchedFile) -> String {
    let size = bytes(file.bytes);
    match &file.outcome {
        Outcome::AlreadyThere => format!("{}: already there, {size}, checked", file.name),
        Outcome::Fetched {
            address,
            resumed_at: 0,
        } => format!("{}: {size} from {address}, checked", file.name),
        Outcome::Fetched {
            address,
            resumed_at,
        } => format!(
            "{}: {size} from {address}, of which {} were there, checked",
            file.name,
            bytes(*resumed_at)
        ),
    }
}

fn verify_named(name: &str, settings: &Settings, global: &Global) -> anyhow::Result<ExitCode> {
    if embedded(name, global)? {
        return Ok(ExitCode::SUCCESS);
    }
    let published = published(name)?;
    let places = places(&load_options(settings));
    let interrupted = interruption()?;
    let bar = output::bar(global, "checking {msg}");
    let found = verify(&published, &places, &mut |read| {
        bar.set_message(bytes(read));
        !interrupted.load(Ordering::Relaxed)
    });
    bar.finish_and_clear();
    if interrupted.load(Ordering::Relaxed) {
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let Some(found) = found else {
        let searched: Vec<_> = places
            .iter()
            .map(|place| place.display().to_string())
            .collect();
        return Err(anyhow!(
            "no file of {name} was found in {}: give its folder with --data-dir DIR, or fetch it with `ebcle-tui datasets fetch {name}`",
            searched.join(", ")
        ));
    };
    show_verified(name, &found, global)?;
    Ok(if found.is_sound() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn show_verified(name: &str, found: &Verification, global: &Global) -> anyhow::Result<()> {
    if global.json {
        let files: Vec<_> = found
            .files
            .iter()
            .map(|file| {
                serde_json::json!({
                    "name": file.name, "path": file.path, "bytes": file.bytes,
                    "state": file.state.word(), "detail": file.state.to_string(),
                })
            })
            .collect();
        return output::print_json(&serde_json::json!({
            "dataset": name, "folder": found.folder, "sound": found.is_sound(),
            "complete": found.complete, "files": files,
        }));
    }
    output::print(&format!("{name} in {}\n", found.folder.display()))?;
    let rows = found
        .files
        .iter()
        .map(|file| {
            vec![
                file.name.clone(),
                known(file.bytes, count),
                file.state.to_string(),
            ]
        })
        .collect();
    output::print_table(&output::table(&["file", "bytes", "state"], &[0, 2], rows))?;
    output::print(&format!("\n{}", sentence(name, found)))
}

fn sentence(name: &str, found: &Verification) -> String {
    let wrong = found
        .files
        .iter()
        .filter(|file| file.state.is_wrong())
        .count();
    let missing = found
        .files
        .iter()
        .filter(|file| matches!(file.state, FileState::Missing | FileState::Unfinished))
        .count();
    if found.is_sound() {
        format!("{name} is whole")
    } else if wrong > 0 {
        format!(
            "{name} is not whole: {wrong} wrong, {missing} missing; remove what is wrong and fetch it with `ebcle-tui datasets fetch {name}`"
        )
    } else {
        format!(
            "{name} is not whole: {missing} missing; `ebcle-tui datasets fetch {name}` fetches it"
        )
    }
}
