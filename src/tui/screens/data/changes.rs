//! What the readings see of the images: their values on the same images, changed in known ways.

use super::{DataScreen, Parts};
use crate::dataset::Source;
use crate::depth::Invariance;
use crate::run::Settings;
use crate::tui::app::{App, Effect};
use crate::tui::screens::Screen;

/// The readings of changed images, of one dataset at a time.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Number of the last job that measures them.
    jobs: u64,
    /// The job that runs, and the images it is of.
    now: Option<(u64, String)>,
    /// What was measured last, and the images it is of; or why it was not.
    known: Option<(String, Result<Invariance, String>)>,
    /// The images that were shown last, and what decides which they are.
    present: Option<(Source, Settings, String)>,
    /// How often that was found out.
    #[cfg(test)]
    hashed: usize,
}

impl App {
    /// Which images the present dataset's settings read; none without a dataset, or before they were shown.
    fn images_read(&self) -> Option<&str> {
        let loaded = self.data.current.as_ref()?;
        let present = self.data.changes.present.as_ref();
        let is_it = |(source, settings, _): &&(Source, Settings, String)| {
            *source == loaded.source && *settings == self.settings
        };
        present.filter(is_it).map(|(_, _, images)| images.as_str())
    }

    /// Finds out which images the present dataset's settings read, where that may have changed.
    fn find_images_read(&mut self) -> Option<String> {
        if let Some(images) = self.images_read() {
            return Some(images.to_owned());
        }
        let source = self.data.current.as_ref()?.source.clone();
        let images = format!("{source} {}", self.settings.profile_fingerprint());
        let changes = &mut self.data.changes;
        changes.present = Some((source, self.settings.clone(), images.clone()));
        #[cfg(test)]
        {
            changes.hashed += 1;
        }
        Some(images)
    }

    /// Has the changed images measured, once they are to be shown and are not known.
    pub(in crate::tui) fn measure_changes_if_due(&mut self) {
        let is_shown = self.screen.name() == DataScreen.name() && self.data.parts == Parts::Changes;
        if !is_shown {
            return;
        }
        let images = self.find_images_read();
        if self.changes().is_some() {
            return;
        }
        let (Some(images), Some(loaded)) = (images, &self.data.current) else {
            return;
        };
        let settings = Settings {
            dataset: loaded.source.to_string(),
            ..self.settings.clone()
        };
        let changes = &mut self.data.changes;
        if changes.now.as_ref().is_some_and(|(_, now)| *now == images) {
            return;
        }
        changes.jobs += 1;
        let job = changes.jobs;
        changes.now = Some((job, images));
        self.request(Effect::MeasureChanges {
            job,
            settings: Box::new(settings),
        });
    }

    /// The changed images of a job are measured, or why they are not.
    pub(in crate::tui) fn changes_measured(&mut self, job: u64, found: Result<Invariance, String>) {
        let changes = &mut self.data.changes;
        if let Some((_, images)) = changes.now.take_if(|(now, _)| *now == job) {
            changes.known = Some((images, found));
        }
    }

    /// The readings of the present images changed, or why they are not known; `None` while they are measured.
    pub fn changes(&self) -> Option<Result<&Invariance, &str>> {
        let (images, found) = self.data.changes.known.as_ref()?;
        let is_present = self.images_read() == Some(images);
        is_present.then(|| found.as_ref().map_err(String::as_str))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::tui::app::Message;
    use crate::tui::fixtures::{self, press};

    #[test]
    fn changed_images_are_measured_once_for_a_dataset() {
        let mut app = fixtures::ready(120, 36);
        assert!(press(&mut app, "c").is_empty(), "channels are known");
        let effects = press(&mut app, "c");
        let [Effect::MeasureChanges { job, .. }] = effects[..] else {
            panic!("{effects:?}");
        };
        assert!(press(&mut app, "r").is_empty(), "a job runs");
        assert_eq!(app.changes(), None);
        let found = Ok(fixtures::invariance());
        app.update(Message::ChangesMeasured { job, found });
        assert_eq!(app.changes(), Some(Ok(&fixtures::invariance())));
        assert!(press(&mut app, "rrcccc").is_empty(), "known");
        let hashed = app.data.changes.hashed;
        for _ in 0..5 {
            fixtures::wait(&mut app, 100);
            assert!(app.changes().is_some());
        }
        assert_eq!(app.data.changes.hashed, hashed, "hashed for each frame");
        app.settings.limit = Some(7);
        let effects = press(&mut app, "c");
        assert!(effects.is_empty(), "classes");
        let effects = press(&mut app, "cc");
        let [Effect::MeasureChanges { job: next, .. }] = effects[..] else {
            panic!("{effects:?}");
        };
        let found = Err("the images are gone".to_owned());
        app.update(Message::ChangesMeasured { job, found });
        assert_eq!(app.changes(), None, "of a job before");
        let found = Err("the images are gone".to_owned());
        app.update(Message::ChangesMeasured { job: next, found });
        assert_eq!(app.changes(), Some(Err("the images are gone")));
        assert!(press(&mut app, "r").is_empty());
    }
}
