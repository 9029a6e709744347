//! `export`: a run as files.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::failure::sentence;
use super::options::{Global, path};
use super::{damage, output};
use crate::report::{self, Format, export_seed, has_networks};
use crate::run::{Error, Layer, RunDirectory};

/// Write a run as files: data, a report, plots, and its trained networks for PyTorch
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ebcle-tui export latest --format md --out report
  ebcle-tui export runs/20261124-140203-glyphs-resnet-20 --format json,csv
  ebcle-tui export latest --format pytorch --seed 2 --out networks
  ebcle-tui export latest --format all --out report

`pytorch` writes network.py, baseline.safetensors, capped.safetensors, predictions.npz and a
README.txt that says how to load them; `all` holds it where the run has checkpoints.")]
pub struct Export {
    /// A run: its folder, its name, the beginning of its name, or `latest`
    run: String,
    /// json, csv, md, html, tex, svg, png, safetensors, pytorch or all; several separated by commas
    #[arg(
        long,
        value_name = "FORMAT",
        value_delimiter = ',',
        default_value = "all"
    )]
    format: Vec<String>,
    /// Seed whose networks leave as safetensors or pytorch [default: the run's first]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Folder to write into
    #[arg(long, value_name = "DIR", default_value = ".", value_parser = path())]
    out: PathBuf,
    /// Folder below which runs are looked for [default: runs]
    #[arg(long, value_name = "DIR", value_parser = path())]
    runs: Option<PathBuf>,
}

impl Export {
    /// Exports and names the files written.
    ///
    /// # Errors
    /// One sentence on a run that is not there, an unknown format, or a file that cannot be written.
    pub fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        let mut named: Vec<Format> = Vec::new();
        for name in self.format.iter().filter(|name| *name != "all") {
            named.push(name.parse()?);
        }
        let all = self.format.iter().any(|name| name == "all");
        if self.seed.is_some() && !all && !named.iter().any(|format| format.holds_networks()) {
            return Err(Error::Setting(
                "--seed chooses the networks for --format safetensors or pytorch: add one of these formats, or leave --seed out"
                    .to_owned(),
            )
            .into());
        }
        let layer = Layer::default().with_path("out", self.runs.as_deref())?;
        let runs = global.resolve(layer, None)?.out;
        let directory = RunDirectory::find(&self.run, &runs)?;
        let run = directory.load()?;
        damage::tell(&directory, global)?;
        let mut files: Vec<PathBuf> = Vec::new();
        let mut write = |format| -> anyhow::Result<()> {
            for file in export_seed(&run, format, self.seed, &self.out)? {
                if !files.contains(&file) {
                    files.push(file);
                }
            }
            Ok(())
        };
        let mut diverged = None;
        if all {
            let networks = self.seed.is_some() || has_networks(&run);
            let (trained, others): (Vec<Format>, Vec<Format>) = Format::ALL
                .into_iter()
                .partition(|format| format.holds_networks());
            for format in others {
                write(format)?;
            }
            for format in trained.into_iter().filter(|_| networks) {
                match write(format) {
                    Err(error) if is_divergence(&error) => diverged = Some(error),
                    Err(error) if self.seed.is_none() && !named.contains(&format) => {
                        let (name, why) = (format.name(), sentence(&error));
                        output::say(global, &format!("warning: {name} is left out: {why}"));
                    }
                    result => result?,
                }
            }
        }
        for format in named {
            match write(format) {
                Err(error) if is_divergence(&error) => diverged = Some(error),
                result => result?,
            }
        }
        if global.json {
            output::print_json(&files)?;
        } else {
            for file in files {
                output::print(&file.display().to_string())?;
            }
        }
        diverged.map_or(Ok(ExitCode::SUCCESS), Err)
    }
}

/// Whether trained networks are not exported since they are not finite; reports still are.
fn is_divergence(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<report::ReportError>()
        .is_some_and(report::ReportError::is_divergence)
}
