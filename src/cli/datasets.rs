//! `datasets`: the named datasets and where they are; fetching and verifying their files.

mod fetching;
mod verifying;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use self::fetching::fetch_named;
use self::verifying::verify_named;
use super::options::{DataOptions, Global, path};
use super::output;
use crate::dataset::places::places;
use crate::dataset::published::published;
use crate::dataset::{self, Source, State};
use crate::messages;
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

A fetch that was stopped resumes. A file gets its published name once its checksum is right.
The addresses are in configs/datasets.toml; your own datasets.toml in the program's config folder
(or EBCLE_DATASETS=FILE) adds to them or replaces them, for mirrors.")]
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
    #[arg(long, value_name = "DIR", value_parser = path())]
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
        {
            layer = layer.with_path("data-dir", named.data_dir.as_deref())?;
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
    if let Err(error) = published("mnist") {
        messages::say(&format!("warning: {error}"));
    }
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
        output::print(&format!("searched, in this order: {}", text(there)))?;
    }
    if !absent.is_empty() {
        output::print(&format!("missing: {}", text(absent)))?;
    }
    output::print(&format!("also read: {}", Source::path_forms()))
}

/// Says that a dataset is inside the program, if it is.
fn embedded(name: &str, global: &Global) -> anyhow::Result<bool> {
    if !name
        .parse()
        .is_ok_and(|source: Source| source.is_embedded())
    {
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
