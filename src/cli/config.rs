//! `config`: the settings with what they mean, as a config file or as the schema of one.

use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use serde_json::json;

use super::options::{Global, own_config_path, own_keys_path};
use super::output;
use crate::messages;
use crate::run::settings::{default_file, schema};
use crate::tui;

/// Print all settings with their defaults, the JSON Schema of a config file, or where your own one is
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ebcle-tui config --default > my.toml
  ebcle-tui config --default > $(ebcle-tui config --path)
  ebcle-tui config --schema > ebcle-tui.schema.json

Keep the lines you want to change. The file at `config --path` is read by every command; --config FILE
is read in its place, and with --no-config none is. Every key is an environment variable too:
EBCLE_BATCH_SIZE for batch-size.")]
#[group(required = true, multiple = false)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
pub struct Config {
    /// Print a config file with every setting, what it means, and its default
    #[arg(long)]
    default: bool,
    /// Print the JSON Schema of a config file
    #[arg(long)]
    schema: bool,
    /// Print the path of your own config file, which may not exist yet
    #[arg(long)]
    path: bool,
    /// Print every action of the app with its keys, in the format of the file that changes them
    #[arg(long)]
    keys: bool,
    /// Print the path of that file, which may not exist yet
    #[arg(long)]
    keys_path: bool,
}

impl Config {
    /// Prints one of them.
    ///
    /// # Errors
    /// Where stdout cannot be written to, or the user has no home folder.
    pub fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        if self.path || self.keys_path {
            let path = if self.path {
                own_config_path()
            } else {
                own_keys_path()
            };
            let path =
                path.context("no home folder was found, so there are no files of your own")?;
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)
                    .with_context(|| format!("cannot make {}", folder.display()))?;
            }
            if global.json {
                let exists = path.exists();
                output::print_json(&json!({"path": path, "exists": exists}))?;
            } else {
                messages::put(format!("{}\n", path.display()).as_bytes())?;
            }
        } else if self.keys {
            messages::put(tui::default_keys().as_bytes())?;
        } else if self.schema {
            output::print_json(&schema())?;
        } else {
            messages::put(default_file().as_bytes())?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
