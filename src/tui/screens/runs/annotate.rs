//! The dialog in which a note or tags are typed.

use std::path::PathBuf;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Annotation, RunsEffect};
use crate::format::number_of;
use crate::run::Notes;
use crate::tui::app::text::Field;
use crate::tui::app::{App, Effect, Overlay, Tone};
use crate::tui::keys::{ENTER, ESC, Keys, bind};
use crate::tui::theme::Theme;
use crate::tui::widgets::dialogs;

#[rustfmt::skip]
pub static KEYS: Keys = Keys {
    title: "In a note",
    bindings: &[
        bind(ENTER, "Enter", "Enter keep", "keep what is typed", App::annotate),
        bind(ESC, "Esc", "Esc cancel", "change nothing", |app| app.overlay = None),
    ],
};

/// What is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Note,
    /// All tags of one run.
    Tags,
    /// Tags that several runs get or lose.
    Changes,
}

/// The dialog.
#[derive(Clone, Debug)]
pub struct AnnotateDialog {
    runs: Vec<PathBuf>,
    what: What,
    title: String,
    sentence: String,
    pub field: Field,
}

impl AnnotateDialog {
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: Theme) {
        dialogs::field(
            buffer,
            area,
            &self.title,
            &self.sentence,
            &self.field,
            theme,
        );
    }

    /// What was typed, if it can be kept.
    fn annotation(&self) -> Result<Annotation, String> {
        let text = self.field.text();
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        let (checked, annotation) = match self.what {
            What::Note => (
                Notes::default().with_note(text),
                Annotation::Note(text.to_owned()),
            ),
            What::Tags => (
                Notes::default().with_changes(&words),
                Annotation::Tags(words),
            ),
            What::Changes => (
                Notes::default().with_changes(&words),
                Annotation::Changes(words),
            ),
        };
        match checked {
            Ok(_) => Ok(annotation),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl App {
    /// Opens the dialog for the note of the chosen runs.
    pub(super) fn edit_note(&mut self) {
        let chosen = self.runs.chosen();
        let Some(first) = chosen.first() else {
            return;
        };
        let (sentence, text) = match chosen.as_slice() {
            [one] => (
                "Text in your own words; it is kept in notes.toml in the run's folder.".to_owned(),
                one.notes.note.clone(),
            ),
            several => (
                format!(
                    "It replaces the notes of the {} marked runs.",
                    several.len()
                ),
                String::new(),
            ),
        };
        self.overlay = Some(Overlay::Annotate(AnnotateDialog {
            title: title("Note", &first.name, chosen.len()),
            runs: chosen.iter().map(|run| run.path.clone()).collect(),
            what: What::Note,
            sentence,
            field: Field::new(&text),
        }));
    }

    /// Opens the dialog for the tags of the chosen runs.
    pub(super) fn edit_tags(&mut self) {
        let chosen = self.runs.chosen();
        let Some(first) = chosen.first() else {
            return;
        };
        let mut known: Vec<&str> = Vec::new();
        for tag in self.runs.listings.iter().flat_map(|run| &run.notes.tags) {
            if !known.contains(&tag.as_str()) {
                known.push(tag);
            }
        }
        known.truncate(12);
        let in_use = if known.is_empty() {
            String::new()
        } else {
            format!(" In use: {}.", known.join(" "))
        };
        let (what, how, text) = match chosen.as_slice() {
            [one] => (
                What::Tags,
                "Words, separated by spaces.",
                one.notes.tags.join(" "),
            ),
            _ => (
                What::Changes,
                "A word adds a tag to all marked runs; -word removes it.",
                String::new(),
            ),
        };
        self.overlay = Some(Overlay::Annotate(AnnotateDialog {
            title: title("Tags", &first.name, chosen.len()),
            runs: chosen.iter().map(|run| run.path.clone()).collect(),
            what,
            sentence: format!("{how}{in_use}"),
            field: Field::new(&text),
        }));
    }

    /// Keeps what is typed.
    fn annotate(&mut self) {
        let Some(Overlay::Annotate(dialog)) = &mut self.overlay else {
            return;
        };
        match dialog.annotation() {
            Ok(annotation) => {
                let runs = std::mem::take(&mut dialog.runs);
                self.overlay = None;
                self.request(Effect::Runs(RunsEffect::Annotate { runs, annotation }));
            }
            Err(sentence) => dialog.field.error = Some(sentence),
        }
    }

    pub(super) fn runs_annotated(&mut self, changed: usize, problems: &[String]) {
        if let Some(first) = problems.first() {
            self.say(Tone::Bad, first.clone());
        } else {
            let runs = number_of(changed, "run", "runs");
            self.say(Tone::Good, format!("kept for {runs}"));
        }
        self.list_runs();
    }
}

fn title(what: &str, name: &str, count: usize) -> String {
    if count == 1 {
        let name = crate::tui::format::cut_middle(name, 44);
        format!("{what} of {name}")
    } else {
        format!("{what} of {count} runs")
    }
}
