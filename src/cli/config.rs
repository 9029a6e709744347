//! `config`: the settings with what they mean, as a config file or as the schema of one.

use std::process::ExitCode;

use clap::Args;

use super::output;
use crate::messages;
use crate::run::settings::{default_file, schema};

/// Print all settings with their defaults, or the JSON Schema of a config file
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ebcle-tui config --default > my.toml
  ebcle-tui config --schema > ebcle-tui.schema.json

Keep the lines you want to change and give the file with --config. Every key is an environment variable
too: EBCLE_BATCH_SIZE for batch-size.")]
#[group(required = true, multiple = false)]
pub struct Config {
    /// Print a config file with every setting, what it means, and its default
    #[arg(long)]
    default: bool,
    /// Print the JSON Schema of a config file
    #[arg(long)]
    schema: bool,
}

impl Config {
    /// Prints one of them.
    ///
    /// # Errors
    /// Where stdout cannot be written to.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        if self.schema {
            output::print_json(&schema())?;
        } else {
            messages::put(default_file().as_bytes())?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
