//! Shows the progress of a study, and may end it.

use super::{StudyError, Worker};
use crate::dataset::Skipped;
use crate::depth::Analysis;
use crate::entropy::Profile;
use crate::network::Plan;
use crate::run::{
    self, Error, Overview, Phase, Prepared, Price, Session, Settings, Summary, TimedPlan, Work,
};
use crate::study::sweep;

/// Follows a study: the command line with lines and bars, an app with its screen.
pub trait Progress: Sync {
    /// Whether the user asked to stop. A stopped study continues later from its finished epochs.
    fn is_cancelled(&self) -> bool;
    /// Whether the user asked to pause what is trained by workers; no other run is begun then.
    fn is_paused(&self) -> bool {
        false
    }
    /// Shows a line on what is done now, or a note.
    fn say(&self, line: &str);
    /// Shows a line on what failed, even where nothing else is shown.
    fn warn(&self, line: &str);
    /// The run of this number, from 1, of so many is next.
    fn cell(&self, _number: usize, _of: usize) {}
    /// What the workers do that train runs of this study beside each other; empty once they are done.
    fn workers(&self, _workers: &[Worker]) {}
    /// Images are read: how many; none once they are.
    fn reading(&self, phase: Option<Phase>);
    /// Steps are timed or tried: how many are done and how many there will be at most; none once they are.
    fn timing(&self, steps: Option<(usize, usize)>);
    /// A part begins, or ends, in which nothing is written, so that the process may end at once when the user asks for it.
    fn interruptible(&self, begins: bool);
    /// Follows a training to its end, and stops it once the user asks for it; no summary where it was stopped.
    ///
    /// # Errors
    /// [`StudyError::Training`] with what went wrong.
    fn follow(&self, session: &Session, settings: &Settings)
    -> Result<Option<Summary>, StudyError>;
    /// The outcome of a sweep is in its folder: its report can be written.
    ///
    /// # Errors
    /// Where that cannot be written.
    fn swept(&self, outcome: &sweep::SweepOutcome) -> Result<(), StudyError>;
}

/// A part of a study in which nothing is written; ends when it is dropped.
pub(super) struct Interruptible<'a>(&'a dyn Progress);

impl<'a> Interruptible<'a> {
    pub(super) fn begin(progress: &'a dyn Progress) -> Self {
        progress.interruptible(true);
        Self(progress)
    }
}

impl Drop for Interruptible<'_> {
    fn drop(&mut self) {
        self.0.interruptible(false);
    }
}

/// Loads and profiles the settings' dataset.
pub(super) fn prepare(settings: &Settings, progress: &dyn Progress) -> Result<Prepared, Error> {
    let prepared = reading(progress, |phase| run::prepare(settings, phase))?;
    say_notes(progress, &prepared.analysis.profile);
    Ok(prepared)
}

/// Profiles the settings' dataset without holding all its images.
pub(super) fn profile(settings: &Settings, progress: &dyn Progress) -> Result<Analysis, Error> {
    let analysis = reading(progress, |phase| run::profile(settings, phase))?;
    say_notes(progress, &analysis.profile);
    Ok(analysis)
}

/// What a screen shows of the settings' dataset: its profile, and how many test images it has.
pub(super) fn overview(settings: &Settings, progress: &dyn Progress) -> Result<Overview, Error> {
    reading(progress, |phase| run::overview(settings, phase))
}

/// The pair of settings that are fitted to the images, by timed steps or by MACs as they say; none where the user stopped
/// it.
pub(super) fn plan_by_time(
    settings: &Settings,
    analysis: &Analysis,
    progress: &dyn Progress,
) -> Result<Option<TimedPlan>, Error> {
    let mut steps = 0;
    let timed = settings.plan_by_time(analysis, &mut || {
        steps += 1;
        progress.timing(Some((steps, steps)));
        !progress.is_cancelled()
    });
    progress.timing(None);
    timed
}

/// The price of training the pair of `plan`; none where the user stopped it. `settings` are fitted to the images, of which
/// there are so many for training and testing.
pub(super) fn price(
    settings: &Settings,
    plan: &Plan,
    images: [usize; 2],
    probe: bool,
    progress: &dyn Progress,
) -> Result<Option<Price>, Error> {
    let costs = run::costs(settings, &run::networks(plan), probe, &mut |done, of| {
        progress.timing(Some((done, of)));
        !progress.is_cancelled()
    });
    progress.timing(None);
    let work = Work::of(settings, images, probe);
    Ok(costs?.map(|costs| Price::of(&costs, work)))
}

/// Does work that reads images.
pub(super) fn reading<T>(
    progress: &dyn Progress,
    work: impl FnOnce(&(dyn Fn(Phase) + Sync)) -> Result<T, Error>,
) -> Result<T, Error> {
    let done = work(&|phase| progress.reading(Some(phase)));
    progress.reading(None);
    done
}

fn say_notes(progress: &dyn Progress, profile: &Profile) {
    let left_out = Skipped::sentence(&profile.skipped);
    for note in left_out.iter().chain(&profile.notes) {
        progress.say(&format!("note: {note}"));
    }
}
