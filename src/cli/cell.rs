//! `cell`: trains one cell of a study, from its folder alone.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::failure::INTERRUPTED;
use super::follower::Follower;
use super::options::{Global, path};
use super::output;
use crate::messages;
use crate::study::conduct_cell;

/// Train one cell of a study, from its folder alone
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ebcle-tui cell runs/desk/cells/mnist-resnet-20-channel-sum
  ebcle-tui cell runs/desk/cells/mnist-resnet-20-channel-sum --device cuda:1

RUN_DIR is the run directory of a cell, in which the study that it belongs to has written cell.toml: all
settings, before they are fitted to the images. The cell is trained from where it stands and probed where
the study asks for that. Nothing is written outside RUN_DIR, so any number of cells can be trained at the
same time; the study itself takes up what is finished when its command is given again.

Exit codes: 0 done, also where it was done before; 1 failed, with the reason in one sentence; 130 stopped,
with all finished epochs kept: the same command goes on.")]
pub struct CellCommand {
    /// The run directory of the cell
    #[arg(value_name = "RUN_DIR", value_parser = path())]
    run_dir: PathBuf,
    /// auto, cpu, cuda or cuda:N [default: the study's]
    #[arg(long, value_name = "DEVICE")]
    device: Option<String>,
}

impl CellCommand {
    /// Trains what is left of the cell.
    ///
    /// # Errors
    /// One sentence on what cannot be read, or on what went wrong.
    pub fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        let follower = Follower::new(global)?;
        let cache = global.cache("profiles");
        let device = self.device.as_deref();
        let Some(summary) = conduct_cell(&self.run_dir, device, cache, &follower)? else {
            messages::say("stopped; finished epochs are kept, and the same command goes on");
            return Ok(ExitCode::from(INTERRUPTED));
        };
        if global.json {
            output::print_json(&summary)?;
        } else {
            output::say(global, &format!("done: {}", summary.verdict.in_words()));
        }
        Ok(ExitCode::SUCCESS)
    }
}
