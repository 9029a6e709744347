//! Fetching datasets and checking their files, in the background.

use super::{Data, Listed, Offer};
use crate::dataset::{Source, State};
use crate::format;
use crate::tui::app::{App, Effect, Tone};
use crate::tui::remedy::in_app;

/// Progress of a fetch or a check.
#[derive(Clone, Debug, PartialEq)]
pub enum TaskProgress {
    /// Files are fetched.
    Fetching(FetchProgress),
    /// Files are checked.
    Checking,
}

/// Progress of a fetch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FetchProgress {
    /// What is done now, in words.
    pub doing: String,
    /// Bytes of all files that are there.
    pub done: u64,
    /// Bytes of all files.
    pub size: u64,
    pub bytes_per_second: Option<f64>,
    /// Seconds until all is there at this speed.
    pub seconds_left: Option<f64>,
}

impl FetchProgress {
    /// Share of all bytes that is there.
    pub fn share(&self) -> f64 {
        (self.done as f64 / self.size.max(1) as f64).min(1.0)
    }
}

/// A fetch or a check in progress.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    pub source: Source,
    pub progress: TaskProgress,
    pub stopping: bool,
}

/// How an incomplete fetch ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub source: Source,
    pub sentence: String,
    /// Whether it was the user who stopped it.
    pub stopped: bool,
}

impl Data {
    /// The fetch or check of a dataset.
    pub fn task(&self, source: &Source) -> Option<&Task> {
        self.tasks.iter().find(|task| task.source == *source)
    }

    /// How the last, incomplete fetch of a dataset ended.
    pub fn note(&self, source: &Source) -> Option<&Note> {
        self.notes.iter().find(|note| note.source == *source)
    }

    /// Whether the marked dataset is not here and can be fetched.
    pub(super) fn can_fetch(&self) -> bool {
        self.marked_entry().is_some_and(|Listed { entry, offer }| {
            matches!(
                (&entry.state, offer),
                (State::Missing(_), Offer::Fetch { .. })
            ) && self.task(&entry.source).is_none()
        })
    }

    /// Whether the marked dataset is here and has published files to check against.
    pub(super) fn can_verify(&self) -> bool {
        self.marked_entry().is_some_and(|Listed { entry, offer }| {
            let is_published = matches!(offer, Offer::Fetch { .. } | Offer::Register(_));
            is_published
                && matches!(entry.state, State::Found(_))
                && self.task(&entry.source).is_none()
        })
    }

    /// Whether a fetch or check of the marked dataset goes on.
    pub(super) fn can_stop(&self) -> bool {
        let marked = self.marked_entry();
        let task = marked.and_then(|listed| self.task(&listed.entry.source));
        task.is_some_and(|task| !task.stopping)
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
    /// Stops the fetch or check of the marked dataset.
    pub(in crate::tui) fn stop_task(&mut self) {
        let Some(source) = self
            .data
            .marked_entry()
            .map(|listed| listed.entry.source.clone())
        else {
            return;
        };
        let task = self
            .data
            .tasks
            .iter_mut()
            .find(|task| task.source == source);
        match task {
            Some(task) if !task.stopping => {
                task.stopping = true;
                self.request(Effect::StopTask(source));
            }
            _ => {}
        }
    }

    /// Fetches the marked dataset, or stops fetching it.
    pub(in crate::tui) fn fetch_marked(&mut self) {
        let Some(Listed { entry, offer }) = self.data.marked_entry().cloned() else {
            self.say(Tone::Bad, "mark a dataset first");
            return;
        };
        let source = entry.source;
        if self.data.task(&source).is_some() {
            self.stop_task();
            return;
        }
        let sentence = match (entry.state, offer) {
            (State::Embedded, _) => {
                format!("{source} is embedded: nothing to fetch")
            }
            (State::Missing(_), Offer::Fetch { bytes, there, .. }) => {
                let progress = FetchProgress {
                    doing: "looking for files".to_owned(),
                    done: there,
                    size: bytes,
                    ..FetchProgress::default()
                };
                self.data.begin(&source, TaskProgress::Fetching(progress));
                self.request(Effect::Fetch {
                    source,
                    data_dir: self.settings.data_dir.clone(),
                });
                return;
            }
            (State::Missing(_), Offer::Register(sentence)) | (_, Offer::Unusable(sentence)) => {
                sentence
            }
            (_, Offer::Nothing) => format!("{source} is your own: nothing to fetch"),
            (State::Found(_), _) => format!("{source} is already here: v checks its files"),
        };
        self.say(Tone::Bad, sentence);
    }

    /// Checks the files of the marked dataset, or stops checking them.
    pub(in crate::tui) fn verify_marked(&mut self) {
        let Some(Listed { entry, offer }) = self.data.marked_entry().cloned() else {
            self.say(Tone::Bad, "mark a dataset first");
            return;
        };
        let source = entry.source;
        if let Some(task) = self.data.task(&source) {
            if task.progress == TaskProgress::Checking {
                self.stop_task();
                return;
            }
            let sentence = format!("{source} is being fetched; its files are checked then");
            self.say(Tone::Bad, sentence);
            return;
        }
        let sentence = match (entry.state, offer) {
            (State::Embedded, _) => {
                format!("{source} is embedded: nothing to check")
            }
            (_, Offer::Nothing) => {
                format!("{source} is your own: there are no published files to check against")
            }
            (_, Offer::Unusable(sentence)) => sentence,
            (_, Offer::Fetch { .. } | Offer::Register(_)) => {
                self.data.begin(&source, TaskProgress::Checking);
                self.request(Effect::Verify {
                    source,
                    options: self.load_options(),
                });
                return;
            }
        };
        self.say(Tone::Bad, sentence);
    }

    pub(in crate::tui) fn task_progress(&mut self, source: &Source, progress: TaskProgress) {
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
    pub(in crate::tui) fn fetched(&mut self, source: &Source, sentence: String) {
        self.data.end(source);
        self.say(Tone::Good, sentence);
        self.list_datasets();
    }

    pub(in crate::tui) fn fetch_failed(&mut self, source: &Source, sentence: &str) {
        let Some(task) = self.data.end(source) else {
            return;
        };
        let sentence = match task.progress {
            TaskProgress::Fetching(progress) if task.stopping => format!(
                "stopped: {} of {} are kept",
                format::bytes(progress.done),
                format::bytes(progress.size)
            ),
            _ => in_app(sentence),
        };
        let marked = self.data.marked_entry();
        if marked.is_none_or(|listed| listed.entry.source != *source) || task.stopping {
            let tone = if task.stopping { Tone::Good } else { Tone::Bad };
            self.say(tone, sentence.clone());
        } else {
            self.note(Tone::Bad, &sentence);
        }
        self.data.notes.retain(|note| note.source != *source);
        self.data.notes.push(Note {
            source: source.clone(),
            sentence,
            stopped: task.stopping,
        });
        self.list_datasets();
    }

    pub(in crate::tui) fn verified(&mut self, source: &Source, sound: bool, sentence: String) {
        let stopped = self.data.end(source).is_none_or(|task| task.stopping);
        if !stopped {
            self.say(if sound { Tone::Good } else { Tone::Bad }, sentence);
        }
    }
}

#[cfg(test)]
mod tests;
