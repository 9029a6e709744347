//! Fetching datasets and checking their files.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::listing::{NO_HOME, published_name};
use crate::dataset::fetch::{self, Progress, Stage};
use crate::dataset::places::in_words;
use crate::dataset::places::places;
use crate::dataset::published::{Published, published, target};
use crate::dataset::verify::{self, FileState, Verification};
use crate::dataset::{LoadOptions, Source};
use crate::format;
use crate::study::Study;
use crate::tui::app::{Effect, Message};
use crate::tui::screens::data::{FetchProgress, TaskProgress};

/// What can be stopped: fetches and checks by dataset, and a timing.
#[derive(Debug, Default)]
pub struct Tasks {
    cancels: HashMap<Source, Arc<AtomicBool>>,
    measuring: Option<Arc<AtomicBool>>,
    /// A pricing, or a plan by timed steps: never both.
    pricing: Option<Arc<AtomicBool>>,
    /// A study, or the search for the price of one.
    study: Option<Arc<AtomicBool>>,
    /// Whether the study is paused.
    paused: Arc<AtomicBool>,
    /// The studies as they were listed last.
    studies: Arc<Mutex<Vec<Study>>>,
}

/// What the thread of an effect shares with others.
#[derive(Clone, Debug, Default)]
pub(super) struct Shared {
    /// Stops it.
    pub cancel: Arc<AtomicBool>,
    /// Pauses a study.
    pub pause: Arc<AtomicBool>,
    /// The studies as they were listed last.
    pub studies: Arc<Mutex<Vec<Study>>>,
}

impl Tasks {
    /// What the thread of `effect` shares; its stop is of use only for fetches, checks, timings and studies.
    pub(super) fn begin(&mut self, effect: &Effect) -> Shared {
        let cancel = Arc::new(AtomicBool::new(false));
        if let Effect::Fetch { source, .. } | Effect::Verify { source, .. } = effect {
            self.cancels.insert(source.clone(), Arc::clone(&cancel));
        }
        match effect {
            Effect::Measure(_) => self.measuring = Some(Arc::clone(&cancel)),
            Effect::Price(_) | Effect::PlanByTime(_) => self.pricing = Some(Arc::clone(&cancel)),
            Effect::PriceStudy(_) | Effect::StartStudy(_) | Effect::ContinueStudy(..) => {
                self.study = Some(Arc::clone(&cancel));
                self.paused = Arc::default();
            }
            _ => {}
        }
        if let Effect::StartRun(_) | Effect::ResumeRun(_) | Effect::Measure(_) = effect {
            // The search for the price of a study: they are refused while a study runs.
            self.stop_study();
        }
        let competes = matches!(
            effect,
            Effect::StartRun(_)
                | Effect::ResumeRun(_)
                | Effect::Measure(_)
                | Effect::PriceStudy(_)
                | Effect::StartStudy(_)
                | Effect::ContinueStudy(..)
        );
        if competes {
            self.stop_planning();
        }
        Shared {
            cancel,
            pause: Arc::clone(&self.paused),
            studies: Arc::clone(&self.studies),
        }
    }

    pub(super) fn stop_measuring(&self) {
        if let Some(cancel) = &self.measuring {
            cancel.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn stop_study(&self) {
        if let Some(cancel) = &self.study {
            cancel.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn pause_study(&self, pauses: bool) {
        self.paused.store(pauses, Ordering::Relaxed);
    }

    pub(super) fn stop_planning(&self) {
        if let Some(cancel) = &self.pricing {
            cancel.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn stop(&self, source: &Source) {
        if let Some(cancel) = self.cancels.get(source) {
            cancel.store(true, Ordering::Relaxed);
        }
    }
}

fn find(source: &Source) -> Result<Published, String> {
    let name =
        published_name(source).ok_or_else(|| format!("no files of {source} are published"))?;
    published(&name).map_err(|error| error.to_string())
}

/// Fetches a dataset and gives a sentence on what is there now.
///
/// # Errors
/// One sentence on what went wrong.
pub(super) fn fetch(
    source: &Source,
    data_dir: Option<&Path>,
    cancel: &AtomicBool,
    send: &(dyn Fn(Message) + Sync),
) -> Result<String, String> {
    let report = |progress: Progress| {
        send(Message::TaskProgress {
            source: source.clone(),
            progress: TaskProgress::Fetching(FetchProgress {
                doing: doing(&progress),
                done: progress.done,
                size: progress.size,
                bytes_per_second: progress.bytes_per_second,
                seconds_left: progress.seconds_left,
            }),
        });
    };
    let published = find(source)?;
    let folder = target(data_dir, &published.name).ok_or(NO_HOME)?;
    let fetched = fetch::fetch(&published, &folder, &report, cancel);
    let fetched = fetched.map_err(|error| error.to_string())?;
    let bytes = fetched.files.iter().map(|file| file.bytes).sum();
    Ok(format!(
        "{source} is in {}: {} of {}, as published",
        fetched.folder.display(),
        files(fetched.files.len()),
        format::bytes(bytes)
    ))
}

fn files(count: usize) -> String {
    match count {
        1 => "1 file".to_owned(),
        count => format!("{} files", format::count(count as u64)),
    }
}

fn doing(progress: &Progress) -> String {
    let file = progress.file;
    match progress.stage {
        Stage::Asking(address) => format!("asking {address}"),
        Stage::Receiving => format!("receiving {file}"),
        Stage::Waiting(why, seconds) => {
            format!("{file}: {why}; trying again in {}", format::about(seconds))
        }
        Stage::Checking => format!("checking {file}"),
        Stage::Finished(_) => format!("{file} is here"),
    }
}

/// Checks the files of a dataset: whether they are as published, and a sentence.
///
/// # Errors
/// One sentence on why they cannot be checked.
pub(super) fn verify(
    source: &Source,
    options: &LoadOptions,
    cancel: &AtomicBool,
) -> Result<(bool, String), String> {
    let places = places(options);
    let published = find(source)?;
    let found = verify::verify(&published, &places, &mut |_| {
        !cancel.load(Ordering::Relaxed)
    });
    let found = found.ok_or_else(|| format!("no file of {source} in {}", in_words(&places)))?;
    Ok((found.is_sound(), sentence(source, &found)))
}

fn sentence(source: &Source, found: &Verification) -> String {
    let folder = found.folder.display();
    let count = |of: fn(&FileState) -> bool| found.files.iter().filter(|f| of(&f.state)).count();
    let wrong = found.files.iter().find(|file| file.state.is_wrong());
    if let Some(wrong) = wrong {
        return format!(
            "{source} is damaged: {} in {folder} is {}; delete it, then f fetches it",
            wrong.name, wrong.state
        );
    }
    if !found.complete {
        let missing = count(|state| matches!(state, FileState::Missing | FileState::Unfinished));
        return format!(
            "{source} is incomplete: {} missing in {folder}",
            files(missing)
        );
    }
    let unknown = count(|state| matches!(state, FileState::SizeRight | FileState::NameRight));
    let known = count(|state| matches!(state, FileState::Published | FileState::SameContents));
    if unknown == 0 {
        format!(
            "{source} is complete: {} in {folder}, as published",
            files(known)
        )
    } else {
        format!(
            "{source} is complete: {} in {folder}, {} without a published checksum",
            files(known + unknown),
            files(unknown)
        )
    }
}

#[cfg(test)]
mod tests;
