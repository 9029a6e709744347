//! `devices`: what can train here.

use std::process::ExitCode;

use anyhow::bail;
use clap::Args;

use super::options::Global;
use super::output;
use crate::training::device::{self, Choice};

/// What can train here, and if CUDA cannot, why
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ebcle-tui devices
  ebcle-tui devices --json")]
pub struct Devices {
    /// Compute something small on a CUDA device and say whether it was right
    #[arg(long = "try", value_name = "DEVICE")]
    trial: Option<String>,
}

impl Devices {
    /// Lists the devices, or tries one.
    ///
    /// # Errors
    /// One sentence on a device that failed its trial.
    pub fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        if let Some(name) = &self.trial {
            let Choice::Cuda(index) = name.parse()? else {
                bail!("only a CUDA device needs a trial, not '{name}'");
            };
            device::try_cuda(index)?;
            output::print(&format!("{name} computes correctly"))?;
            return Ok(ExitCode::SUCCESS);
        }
        let devices = device::list();
        if global.json {
            output::print_json(&devices)?;
            return Ok(ExitCode::SUCCESS);
        }
        let rows = devices
            .iter()
            .map(|device| {
                vec![
                    if device.automatic { "▸" } else { "" }.to_owned(),
                    device.name.clone(),
                    device.description.clone(),
                    device.reason.clone().unwrap_or_else(|| "ready".to_owned()),
                ]
            })
            .collect();
        output::print_table(&output::table(
            &["", "device", "what", "state"],
            &[0, 1, 2, 3],
            rows,
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}
