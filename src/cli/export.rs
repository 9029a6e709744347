//! `export`: a run as files.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::options::Global;
use super::output;
use crate::report::{Format, export};
use crate::run::{Layer, RunDirectory};

/// Write a run as json, csv, md, html, tex, svg or png files
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ebcle-tui export latest --format md --out report
  ebcle-tui export runs/20261124-140203-glyphs-resnet-20 --format json,csv
  ebcle-tui export latest --format all --out report")]
pub struct Export {
    /// A run: its folder, its name, the beginning of its name, or `latest`
    run: String,
    /// json, csv, md, html, tex, svg, png or all; several separated by commas
    #[arg(
        long,
        value_name = "FORMAT",
        value_delimiter = ',',
        default_value = "all"
    )]
    format: Vec<String>,
    /// Folder to write into
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// Folder below which runs are looked for [default: runs]
    #[arg(long, value_name = "DIR")]
    runs: Option<PathBuf>,
}

impl Export {
    /// Exports and names the files written.
    ///
    /// # Errors
    /// One sentence on a run that is not there, an unknown format, or a file that cannot be written.
    pub fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        let mut formats: Vec<Format> = Vec::new();
        for name in &self.format {
            if name == "all" {
                formats.extend(Format::ALL);
            } else {
                formats.push(name.parse()?);
            }
        }
        let layer = Layer {
            out: self.runs.clone(),
            ..Layer::default()
        };
        let runs = global.resolve(layer, None)?.out;
        let run = RunDirectory::find(&self.run, &runs)?.load()?;
        let mut files: Vec<PathBuf> = Vec::new();
        for format in formats {
            for file in export(&run, format, &self.out)? {
                if !files.contains(&file) {
                    files.push(file);
                }
            }
        }
        if global.json {
            output::print_json(&files)?;
        } else {
            for file in files {
                output::print(&file.display().to_string())?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
