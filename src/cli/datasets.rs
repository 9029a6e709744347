//! `datasets`: the named datasets and where they are.

use std::process::ExitCode;

use clap::Args;

use super::options::{DataOptions, Global};
use super::output;
use crate::dataset::{self, State};
use crate::run::{Layer, prepare::load_options};

/// List the datasets with their state
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ebcle-tui datasets
  ebcle-tui datasets --data-dir ~/data --json")]
pub struct Datasets {
    #[command(flatten)]
    data: DataOptions,
}

impl Datasets {
    /// Lists them.
    ///
    /// # Errors
    /// One sentence on a setting that cannot be used.
    pub fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        let mut layer = Layer::default();
        self.data.fill(&mut layer);
        let settings = global.resolve(layer, None)?;
        let entries = dataset::list(&load_options(&settings));
        let state = |state: &State| match state {
            State::Embedded => ("embedded", None, None),
            State::Found(path) => ("found", Some(path.display().to_string()), None),
            State::Missing(sentence) => ("missing", None, Some(sentence.clone())),
        };
        if global.json {
            let rows: Vec<_> = entries
                .iter()
                .map(|entry| {
                    let (state, folder, hint) = state(&entry.state);
                    serde_json::json!({
                        "name": entry.source.to_string(), "description": entry.description,
                        "state": state, "folder": folder, "hint": hint,
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
                let place = folder.or(hint).unwrap_or_default();
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
        Ok(ExitCode::SUCCESS)
    }
}
