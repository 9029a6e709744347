//! What is shown over a screen: the start, the actions, words, a question, the export, a message.

use std::path::PathBuf;

use jiff::Timestamp;

use super::App;
use super::export::{self, ExportDialog};
use super::message::Effect;
use super::text::Field;
use crate::run::KEPT_DAYS;
use crate::tui::keys::{ENTER, Key, Keys, bind};
use crate::tui::overlays::actions::{self, ActionMenu};
use crate::tui::overlays::log::{self, LogPanel};
use crate::tui::overlays::start::{self, StartMenu};
use crate::tui::overlays::terms;
use crate::tui::screens::runs::{ANNOTATE, AnnotateDialog, RunsEffect};
use crate::tui::screens::studies::{JobsAct, consequence};

/// What is shown over a screen.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// What to begin with.
    Start(StartMenu),
    /// All actions, to search and run.
    Actions(ActionMenu),
    /// What the words on the screen mean.
    Terms,
    /// All messages of the session.
    Log(LogPanel),
    Confirm(Confirm),
    Export(ExportDialog),
    Annotate(AnnotateDialog),
}

impl Overlay {
    /// The keys that hold while it is shown.
    pub const fn keys(&self) -> &'static Keys {
        match self {
            Self::Start(_) => &start::KEYS,
            Self::Actions(_) => &actions::KEYS,
            Self::Terms => &terms::KEYS,
            Self::Log(panel) if panel.is_searching => &log::FIELD,
            Self::Log(_) => &log::KEYS,
            Self::Confirm(_) => &CONFIRM,
            Self::Export(dialog) if dialog.on_folder() => &export::FOLDER,
            Self::Export(_) => &export::FORMATS,
            Self::Annotate(_) => &ANNOTATE,
        }
    }

    /// The tables of keys of all overlays.
    pub const fn all_keys() -> [&'static Keys; 10] {
        [
            &start::KEYS,
            &actions::KEYS,
            &terms::KEYS,
            &log::KEYS,
            &log::EMPTY,
            &log::FIELD,
            &CONFIRM,
            &export::FOLDER,
            &export::FORMATS,
            &ANNOTATE,
        ]
    }

    /// Its text field, where that takes the keys.
    pub const fn field(&mut self) -> Option<&mut Field> {
        match self {
            Self::Export(dialog) if dialog.on_folder() => Some(&mut dialog.folder),
            Self::Actions(menu) => Some(&mut menu.query),
            Self::Log(panel) if panel.is_searching => Some(&mut panel.query),
            Self::Annotate(dialog) => Some(&mut dialog.field),
            _ => None,
        }
    }
}

#[rustfmt::skip]
static CONFIRM: Keys = Keys {
    title: "In a question",
    bindings: &[
        bind(&[Key::Left, Key::Right, Key::Tab, Key::BackTab, Key::Char('h'), Key::Char('l')], "← →", "←→ choose", "choose an answer", App::toggle_answer),
        bind(ENTER, "Enter", "Enter answer", "give the chosen answer", App::answer),
        bind(&[Key::Char('y')], "y", "y yes", "answer yes", App::answer_yes),
        bind(&[Key::Esc, Key::Char('n'), Key::Char('q')], "n Esc", "n no", "answer no", |app| app.overlay = None),
    ],
};

/// What a second Ctrl-C does, where the first one asked.
const AGAIN: &str = " Press Ctrl-C again to stop it and quit.";

/// A question before something that cannot be undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Leave while a training runs?
    Quit,
    /// Stop the training?
    Stop,
    /// Start a training that takes long?
    Long { price: String },
    /// Leave while a study runs?
    QuitStudy,
    /// Stop the study?
    StopStudy,
    /// Cancel the jobs of a grid, or submit cells again?
    Jobs {
        act: JobsAct,
        path: PathBuf,
        name: String,
        cells: usize,
    },
    /// Delete runs?
    Delete { paths: Vec<PathBuf>, names: String },
}

impl Question {
    /// The question in a few words.
    pub const fn title(&self) -> &'static str {
        match self {
            Self::Quit => "A training is running. Quit?",
            Self::Stop => "Stop the training?",
            Self::Long { .. } => "Start a long training?",
            Self::QuitStudy => "A study is running. Quit?",
            Self::StopStudy => "Stop the study?",
            Self::Jobs { act, .. } => match act {
                JobsAct::Cancel => "Cancel the jobs of this grid?",
                JobsAct::Retry => "Try again what has no job?",
            },
            Self::Delete { paths, .. } if paths.len() > 1 => "Delete these runs?",
            Self::Delete { .. } => "Delete this run?",
        }
    }

    /// What yes does.
    pub fn sentence(&self) -> String {
        match self {
            Self::Quit | Self::Stop => {
                let again = match self {
                    Self::Quit => AGAIN,
                    _ => "",
                };
                format!(
                    "It stops after the current step. Finished epochs are kept with their checkpoints in \
                    the run's folder; the current epoch is lost.{again}"
                )
            }
            Self::Long { price } => format!(
                "The training takes {price}. You can pause it, or stop it and resume it from the last finished epoch."
            ),
            Self::QuitStudy | Self::StopStudy => {
                let again = match self {
                    Self::QuitStudy => AGAIN,
                    _ => "",
                };
                format!(
                    "It stops after the current step. Finished runs and epochs are kept in the study's folder: \
                    to continue it, press c on screen 5 or give the same command again.{again}"
                )
            }
            Self::Jobs {
                act, name, cells, ..
            } => consequence(*act, name, *cells),
            Self::Delete { paths, names } => format!(
                "{names} {} moved into the folder .trash beside the runs. U puts {} back; {KEPT_DAYS} days later \
                {} gone for good.",
                if paths.len() > 1 { "are" } else { "is" },
                if paths.len() > 1 { "them" } else { "it" },
                if paths.len() > 1 { "they are" } else { "it is" },
            ),
        }
    }

    /// The answers: no, then yes.
    pub const fn answers(&self) -> [&'static str; 2] {
        match self {
            Self::Quit | Self::QuitStudy => ["keep training", "stop and quit"],
            Self::Stop | Self::StopStudy => ["keep training", "stop"],
            Self::Long { .. } => ["change the settings", "start it"],
            Self::Jobs { act, .. } => match act {
                JobsAct::Cancel => ["keep them", "cancel them"],
                JobsAct::Retry => ["leave them", "try again"],
            },
            Self::Delete { .. } => ["keep it", "delete"],
        }
    }
}

/// A question with the answer that is marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirm {
    pub question: Question,
    pub yes: bool,
}

/// The tone of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Good,
    Bad,
}

/// A message that passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    pub sentence: String,
    pub tone: Tone,
    /// Until when it is shown.
    pub until: Timestamp,
}

impl App {
    /// Shows what to begin with.
    pub(in crate::tui) fn open_start(&mut self) {
        self.overlay = Some(Overlay::Start(StartMenu::default()));
    }

    pub(in crate::tui) fn ask(&mut self, question: Question) {
        self.overlay = Some(Overlay::Confirm(Confirm {
            question,
            yes: false,
        }));
    }

    fn toggle_answer(&mut self) {
        if let Some(Overlay::Confirm(confirm)) = &mut self.overlay {
            confirm.yes = !confirm.yes;
        }
    }

    fn answer(&mut self) {
        match &self.overlay {
            Some(Overlay::Confirm(confirm)) if confirm.yes => self.answer_yes(),
            _ => self.overlay = None,
        }
    }

    pub(in crate::tui) fn answer_yes(&mut self) {
        if let Some(Overlay::Confirm(confirm)) = self.overlay.take() {
            match confirm.question {
                Question::Quit | Question::QuitStudy => self.stop_and_quit(),
                Question::Stop => self.stop_training(),
                Question::StopStudy => self.stop_study(),
                Question::Long { .. } => self.launch_now(),
                Question::Jobs { act, path, .. } => self.act_on_jobs(act, path),
                Question::Delete { paths, .. } => {
                    self.request(Effect::Runs(RunsEffect::Delete(paths)));
                }
            }
        }
    }
}
