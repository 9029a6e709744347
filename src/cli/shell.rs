//! `completions` and `man`: what a shell and a manual reader need.

use std::io;
use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Arguments;

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
    /// None; the form is that of the other commands.
    #[expect(clippy::unnecessary_wraps, reason = "every command has this form")]
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        clap_complete::generate(
            self.shell,
            &mut Arguments::command(),
            "ebcle-tui",
            &mut io::stdout(),
        );
        Ok(ExitCode::SUCCESS)
    }
}

impl Man {
    /// Prints the page.
    ///
    /// # Errors
    /// Whatever stdout says.
    #[expect(clippy::unused_self, reason = "every command has this form")]
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        clap_mangen::Man::new(Arguments::command()).render(&mut io::stdout())?;
        Ok(ExitCode::SUCCESS)
    }
}
