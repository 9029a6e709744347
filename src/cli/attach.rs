//! `attach`: the app on a run that another process trains.

use std::io::IsTerminal;
use std::process::ExitCode;

use anyhow::ensure;
use clap::Args;

use super::app::open;
use super::options::{AppOptions, Global, OutOption, own_keys_path};
use crate::run::RunDirectory;
use crate::tui::{self, Opening};

/// Follow a run that another process trains, in the app
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ebcle-tui attach latest
  ebcle-tui attach 20261124-140203-mnist-resnet-20 --out /shared/runs

RUN is a folder, the name of one, the unambiguous beginning of a name, or `latest`. The run is followed
from its folder alone, so it may be trained on another machine that shares the folder. Space pauses and
resumes it, s stops it; q leaves, and the training goes on.")]
pub struct Attach {
    /// The run
    run: String,
    #[command(flatten)]
    out: OutOption,
    #[command(flatten)]
    app: AppOptions,
}

impl Attach {
    /// Runs the app until it is left.
    ///
    /// # Errors
    /// One sentence on a run that is not there, or where there is no terminal.
    pub fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        let mut layer = self.app.given().clone();
        self.out.fill(&mut layer);
        let settings = global.resolve(layer, None)?;
        let directory = RunDirectory::find(&self.run, &settings.out)?;
        ensure!(
            settings.host.plain
                || std::io::stdin().is_terminal() && std::io::stdout().is_terminal(),
            "attach needs a terminal: `ebcle-tui runs show {}` says how far the run is",
            directory.path().display()
        );
        let opening = Opening::new(settings, own_keys_path());
        open(opening, |opening| tui::attach(opening, directory.path()))
    }
}
