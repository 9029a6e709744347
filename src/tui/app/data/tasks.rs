//! Fetching datasets and checking their files, in the background.

use super::super::{App, Effect, FetchProgress, Listed, Offer, TaskProgress, Tone};
use super::Data;
use crate::dataset::{Source, State};
use crate::format;

/// A fetch or a check that goes on.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// The dataset.
    pub source: Source,
    /// How far it is.
    pub progress: TaskProgress,
    /// Whether it was asked to stop.
    pub stopping: bool,
}

/// How a fetch ended, where it brought not all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The dataset.
    pub source: Source,
    /// One sentence.
    pub sentence: String,
    /// Whether it was the user who stopped it.
    pub stopped: bool,
}

impl Data {
    /// What is going on with a dataset.
    #[must_use]
    pub fn task(&self, source: &Source) -> Option<&Task> {
        self.tasks.iter().find(|task| task.source == *source)
    }

    /// How the last fetch of a dataset ended, where not well.
    #[must_use]
    pub fn note(&self, source: &Source) -> Option<&Note> {
        self.notes.iter().find(|note| note.source == *source)
    }

    fn begin(&mut self, source: &Source, progress: TaskProgress) {
        self.notes.retain(|note| note.source != *source);
        self.tasks.push(Task {
            source: source.clone(),
            progress,
            stopping: false,
        });
    }

    fn end(&mut self, source: &Source) -> Option<Task> {
        let at = self.tasks.iter().position(|task| task.source == *source)?;
        Some(self.tasks.remove(at))
    }
}

impl App {
    /// Stops what goes on with the marked dataset.
    pub(in super::super) fn stop_task(&mut self) -> Vec<Effect> {
        let Some(source) = self
            .data
            .marked_entry()
            .map(|listed| listed.entry.source.clone())
        else {
            return Vec::new();
        };
        let task = self
            .data
            .tasks
            .iter_mut()
            .find(|task| task.source == source);
        match task {
            Some(task) if !task.stopping => {
                task.stopping = true;
                vec![Effect::StopTask(source)]
            }
            _ => Vec::new(),
        }
    }

    /// Fetches the marked dataset, or stops fetching it.
    pub(in super::super) fn fetch_marked(&mut self) -> Vec<Effect> {
        let Some(Listed { entry, offer }) = self.data.marked_entry().cloned() else {
            self.say(Tone::Bad, "mark the dataset that is to be fetched");
            return Vec::new();
        };
        let source = entry.source;
        if self.data.task(&source).is_some() {
            return self.stop_task();
        }
        let sentence = match (entry.state, offer) {
            (State::Embedded, _) => {
                format!("{source} is drawn by the program itself: there is nothing to fetch")
            }
            (State::Missing(_), Offer::Fetch { bytes, there, .. }) => {
                let progress = FetchProgress {
                    doing: "looking at what is there".to_owned(),
                    done: there,
                    size: bytes,
                    ..FetchProgress::default()
                };
                self.data.begin(&source, TaskProgress::Fetching(progress));
                return vec![Effect::Fetch {
                    source,
                    data_dir: self.settings.data_dir.clone(),
                }];
            }
            (State::Missing(_), Offer::Register(sentence)) | (_, Offer::Unusable(sentence)) => {
                sentence
            }
            (_, Offer::Nothing) => format!("no files of {source} are published: it is your own"),
            (State::Found(_), _) => format!("{source} is here: v checks its files"),
        };
        self.say(Tone::Bad, sentence);
        Vec::new()
    }

    /// Checks the files of the marked dataset, or stops checking them.
    pub(in super::super) fn verify_marked(&mut self) -> Vec<Effect> {
        let Some(Listed { entry, offer }) = self.data.marked_entry().cloned() else {
            self.say(Tone::Bad, "mark the dataset whose files are to be checked");
            return Vec::new();
        };
        let source = entry.source;
        if let Some(task) = self.data.task(&source) {
            if task.progress == TaskProgress::Checking {
                return self.stop_task();
            }
            let sentence = format!("{source} is being fetched, which checks its files");
            self.say(Tone::Bad, sentence);
            return Vec::new();
        }
        let sentence = match (entry.state, offer) {
            (State::Embedded, _) => {
                format!("{source} is drawn by the program itself: there is nothing to check")
            }
            (_, Offer::Nothing) => {
                format!("no files of {source} are published: there is nothing to check it against")
            }
            (_, Offer::Unusable(sentence)) => sentence,
            (_, Offer::Fetch { .. } | Offer::Register(_)) => {
                self.data.begin(&source, TaskProgress::Checking);
                return vec![Effect::Verify {
                    source,
                    options: self.load_options(),
                }];
            }
        };
        self.say(Tone::Bad, sentence);
        Vec::new()
    }

    pub(in super::super) fn task_progress(&mut self, source: &Source, progress: TaskProgress) {
        let task = self
            .data
            .tasks
            .iter_mut()
            .find(|task| task.source == *source);
        if let Some(task) = task {
            task.progress = progress;
        }
    }

    /// A dataset is here: it is listed anew, and read if it is marked.
    pub(in super::super) fn fetched(&mut self, source: &Source, sentence: String) -> Vec<Effect> {
        self.data.end(source);
        self.say(Tone::Good, sentence);
        vec![self.list_datasets()]
    }

    pub(in super::super) fn fetch_failed(
        &mut self,
        source: &Source,
        sentence: String,
    ) -> Vec<Effect> {
        let Some(task) = self.data.end(source) else {
            return Vec::new();
        };
        let sentence = match task.progress {
            TaskProgress::Fetching(progress) if task.stopping => format!(
                "stopped: {} of {} are kept",
                format::bytes(progress.done),
                format::bytes(progress.size)
            ),
            _ => sentence,
        };
        let marked = self.data.marked_entry();
        if marked.is_none_or(|listed| listed.entry.source != *source) || task.stopping {
            let tone = if task.stopping { Tone::Good } else { Tone::Bad };
            self.say(tone, sentence.clone());
        }
        self.data.notes.push(Note {
            source: source.clone(),
            sentence,
            stopped: task.stopping,
        });
        vec![self.list_datasets()]
    }

    pub(in super::super) fn verified(
        &mut self,
        source: &Source,
        sound: bool,
        sentence: String,
    ) -> Vec<Effect> {
        let stopped = self.data.end(source).is_none_or(|task| task.stopping);
        if !stopped {
            self.say(if sound { Tone::Good } else { Tone::Bad }, sentence);
        }
        Vec::new()
    }
}

#[cfg(test)]
mod tests;
