//! Training the seeds of a run on several devices, a worker on each.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::detach::shown;
use crate::cli::failure::INTERRUPTED;
use crate::cli::follow::{Follower, Talker, conclude, tell_end};
use crate::cli::options::Global;
use crate::cli::output;
use crate::format::about;
use crate::run::{Ended, Host, Lock, Moved, Outcome, Price, RunDirectory, Settings, resume_with};
use crate::study::{StudyError, train_seeds};
use crate::training::device;

/// A run whose seeds are to be trained on several devices.
pub struct Spread<'a> {
    /// Its directory.
    pub run: &'a RunDirectory,
    /// The devices, as they were given.
    pub devices: &'a [String],
    /// The settings of the host.
    pub host: &'a Host,
    /// Where its images are now.
    pub moved: &'a Moved,
    /// Whether this process is in the background.
    pub detached: bool,
}

impl Spread<'_> {
    /// Trains what is left of the run, of which the `lock` is held until the seeds are trained, and prints its summary.
    ///
    /// # Errors
    /// One sentence on what cannot be used, or went wrong.
    pub fn run(
        &self,
        lock: Lock,
        interrupted: &Arc<AtomicBool>,
        global: &Global,
    ) -> anyhow::Result<ExitCode> {
        let path = self.run.path();
        let shown = shown(self.detached, path, global)?;
        let follower = Follower::told_by(interrupted.clone(), global);
        let command = self.host.on_end.as_deref();
        let trained = train_seeds(
            self.run,
            &lock,
            self.devices,
            (self.host, self.moved),
            &follower,
        );
        drop(lock);
        let (outcome, reason) = match &trained {
            Ok(true) => {
                let session =
                    output::followed(global, |phase| resume_with(self.run, self.moved, 0, phase))?;
                let talker = Talker::new(global, &self.run.manifest()?.settings);
                return conclude(session, &talker, interrupted, shown, command);
            }
            Ok(false) => (Outcome::Stopped, String::new()),
            Err(error) => (Outcome::Failed, crate::messages::sentence(error)),
        };
        tell_end(
            command,
            &Ended {
                directory: Some(path.to_owned()),
                outcome,
                verdict: None,
                reason,
            },
        );
        let again = format!(
            "finished epochs are kept: continue with `ebcle-tui resume {} --device {}`",
            path.display(),
            self.devices.join(",")
        );
        match trained {
            Err(StudyError::Training(sentence)) => anyhow::bail!("{sentence}; {again}"),
            Err(error) => Err(error.into()),
            Ok(_) => {
                output::say(global, &format!("stopped; {again}"));
                Ok(ExitCode::from(INTERRUPTED))
            }
        }
    }
}

/// The devices over which a training with these settings spreads its seeds, each of which is there; empty where this process
/// trains them.
///
/// # Errors
/// Where one is not there, or the training is judged at looks.
pub fn devices(settings: &Settings) -> anyhow::Result<Vec<String>> {
    let names = &settings.host.workers;
    if names.is_empty() {
        return Ok(Vec::new());
    }
    settings.check_unjudged()?;
    Ok(device::on_this_machine(names)?)
}

/// How long a training of this price takes where its seeds are spread over so many devices; none on one.
pub fn shared(price: &Price, seeds: usize, devices: usize) -> Option<String> {
    let at_once = devices.min(seeds);
    let rounds = seeds.checked_div(at_once).filter(|_| at_once > 1)?;
    let rounds = rounds + usize::from(!seeds.is_multiple_of(at_once));
    let seconds = price.rate_check_seconds
        + price.start_seconds
        + (price.training_seconds + price.evaluation_seconds) / seeds as f64 * rounds as f64;
    Some(format!(
        "; spread over {devices} devices, {at_once} seeds at a time: {}",
        about(seconds)
    ))
}
