//! `resume`: continues an unfinished run.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::anyhow;
use clap::Args;

use super::failure::{EndAtOnce, interruption};
use super::follow::{Talker, conclude};
use super::options::{EndOptions, Global, OutOption, path};
use super::output;
use super::train::{Spread, detach, shown};
use crate::run::{Error, Lock, Moved, RunDirectory, resume_with};
use crate::signals;
use crate::training::device::{self, Named};

/// Continue an unfinished run from the last finished epoch of every network
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ebcle-tui resume latest
  ebcle-tui resume 20261124-140203-mnist-resnet-20 --json > summary.json
  ebcle-tui resume latest --more-seeds 5
  ebcle-tui resume latest --detach
  ebcle-tui resume latest --device cuda:all

RUN is a folder, the name of one, the unambiguous beginning of a name, or `latest`. All settings are
those of the run. On the CPU the numbers are those of an uninterrupted run, bit for bit; an unfinished
epoch is trained again. --more-seeds adds seeds to a run, and marks it: who adds seeds after having seen
results tests more than once, and a plan of looks (`train --looks`) accounts for that. Refused are a run that another process trains, a finished one (without --more-seeds), and one whose
images have changed; images that were only moved have the same fingerprint.")]
pub struct Resume {
    /// The run
    run: String,
    #[command(flatten)]
    out: OutOption,
    #[command(flatten)]
    end: EndOptions,
    /// Train N more seeds, the next whole numbers, also of a finished run; its verdict then says that they were added
    /// after results could be seen
    #[arg(long, value_name = "N")]
    more_seeds: Option<usize>,
    /// Where its dataset is now, if it was moved: the folder or file, or the folder above it
    #[arg(long, value_name = "DIR", value_parser = path())]
    data_dir: Option<PathBuf>,
    /// Its dataset as it is named now, such as `folder:/new/place`
    #[arg(long, value_name = "DATASET")]
    dataset: Option<String>,
    /// Another device of the same kind: cpu, cuda:N or cpu:A-B; or several, each of which trains a seed at a time: cuda:all,
    /// cuda:0,cuda:2 or cpu:0-3,cpu:4-7 [default: the run's]
    #[arg(long, value_name = "DEVICE")]
    device: Option<String>,
    /// Train in the background, also after this terminal is closed, as `train --detach` does
    #[arg(long)]
    detach: bool,
    /// This is the process in the background
    #[arg(long, hide = true, conflicts_with = "detach")]
    detached: bool,
}

impl Resume {
    /// The device that was given.
    pub fn device(&self) -> Option<&str> {
        self.device.as_deref()
    }

    /// Trains on and prints the summary.
    ///
    /// # Errors
    /// One sentence on why it cannot be resumed, or on what went wrong.
    pub fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        let out = global.runs(&self.out)?;
        let directory = RunDirectory::find(&self.run, &out)?;
        if self.detach {
            let path = directory.path();
            let beside = path.parent().unwrap_or(&out);
            return detach(global, beside, Some(path));
        }
        if self.detached {
            signals::leave_terminal();
        }
        let interrupted = interruption()?;
        let (own, devices) = self.devices()?;
        let moved = Moved {
            data_dir: self.data_dir.clone(),
            dataset: self.dataset.clone(),
            device: own,
        };
        let host = global.resolve(self.end.given().clone(), None)?.host;
        let more_seeds = match self.more_seeds {
            Some(0) => anyhow::bail!(Error::Setting(
                "--more-seeds 0 adds no seed: use at least 1".to_owned()
            )),
            number => number.unwrap_or(0),
        };
        if !devices.is_empty() {
            anyhow::ensure!(
                more_seeds == 0,
                Error::Setting(
                    "--more-seeds on several devices: add the seeds on one device, or train them as a run of their own and join both with `runs merge`"
                        .to_owned()
                )
            );
            let spread = Spread {
                run: &directory,
                devices: &devices,
                host: &host,
                moved: &moved,
                detached: self.detached,
            };
            let lock = Lock::take(directory.path())?;
            return spread.run(lock, &interrupted, global);
        }
        let nothing_yet = EndAtOnce::on(&interrupted)?;
        let session = output::followed(global, |progress| {
            resume_with(&directory, &moved, more_seeds, progress)
        });
        let session = session.map_err(|error| match error.downcast_ref() {
            Some(Error::Dataset(_)) if moved == Moved::default() => {
                anyhow!("{error}; if the images were moved, say where they are with --data-dir DIR")
            }
            _ => error,
        })?;
        drop(nothing_yet);
        let talker = Talker::new(global, &directory.manifest()?.settings);
        talker.say(&format!("run directory: {}", directory.path().display()));
        let shown = shown(self.detached, session.directory(), global)?;
        conclude(
            session,
            &talker,
            &interrupted,
            shown,
            host.on_end.as_deref(),
        )
    }

    /// The device on which this process trains, where one is given, and those of workers.
    fn devices(&self) -> anyhow::Result<(Option<String>, Vec<String>)> {
        let Some(text) = &self.device else {
            return Ok((None, Vec::new()));
        };
        let named: Named = text.parse()?;
        let workers = device::without_own_cores(named.workers());
        Ok((Some(named.own()), workers))
    }
}
