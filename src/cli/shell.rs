//! `completions` and `man`: what a shell and a manual reader need.

use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Arguments;
use crate::messages;

/// Print completions for a shell
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  ebcle-tui completions bash > ~/.local/share/bash-completion/completions/ebcle-tui")]
pub struct Completions {
    /// The shell
    shell: Shell,
}

/// Print the manual page
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  ebcle-tui man | man -l -")]
pub struct Man {}

impl Completions {
    /// Prints the completions.
    ///
    /// # Errors
    /// Where stdout cannot be written to.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let mut text = Vec::new();
        let mut command = Arguments::command();
        clap_complete::generate(self.shell, &mut command, "ebcle-tui", &mut text);
        messages::put(&text)?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Man {
    /// Prints the page.
    ///
    /// # Errors
    /// Where stdout cannot be written to.
    #[expect(clippy::unused_self, reason = "every command has this form")]
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let mut page = Vec::new();
        clap_mangen::Man::new(Arguments::command()).render(&mut page)?;
        messages::put(&page)?;
        Ok(ExitCode::SUCCESS)
    }
}
