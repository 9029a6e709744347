//! The choice of formats and folder for an export.

use std::path::{Path, PathBuf};

use super::text::Field;
use super::{App, Effect, Overlay, Tone, around};
use crate::dataset::places::expanded;
use crate::report::Format;
use crate::tui::keys::{ENTER, ESC, Key, Keys, bind};
use crate::tui::screens::runs::{Export, RunsEffect};

#[rustfmt::skip]
pub(super) static FORMATS: Keys = Keys {
    title: "In the export",
    bindings: &[
        bind(&[Key::Up, Key::BackTab, Key::Char('k')], "↑ k", "↑↓ format", "previous line", |app| app.with_export(|dialog| dialog.step(-1))),
        bind(&[Key::Down, Key::Tab, Key::Char('j')], "↓ j", "", "next line", |app| app.with_export(|dialog| dialog.step(1))),
        bind(&[Key::Char(' ')], "Space", "Space tick", "tick or untick", |app| app.with_export(ExportDialog::toggle)),
        bind(&[Key::Char('a')], "a", "a all", "tick or untick all", |app| app.with_export(ExportDialog::toggle_all)),
        bind(ENTER, "Enter", "Enter export", "write the ticked formats", App::export),
        bind(&[Key::Esc, Key::Char('q')], "Esc", "Esc cancel", "write nothing", |app| app.overlay = None),
    ],
};

#[rustfmt::skip]
pub(super) static FOLDER: Keys = Keys {
    title: "In the export",
    bindings: &[
        bind(&[Key::Up, Key::BackTab], "↑", "↑ formats", "back to the formats", |app| app.with_export(|dialog| dialog.step(-1))),
        bind(&[Key::Down, Key::Tab], "↓", "", "to the first format", |app| app.with_export(|dialog| dialog.step(1))),
        bind(ENTER, "Enter", "Enter export", "write the ticked formats", App::export),
        bind(ESC, "Esc", "Esc cancel", "write nothing", |app| app.overlay = None),
    ],
};

/// The choice of formats for an export.
#[derive(Clone, Debug)]
pub struct ExportDialog {
    pub runs: Vec<PathBuf>,
    /// The run's name, or how many there are.
    pub name: String,
    /// Which of [`Format::ALL`] are ticked.
    pub ticked: [bool; Format::ALL.len()],
    /// The focused line: a format, or behind them the folder.
    pub row: usize,
    pub folder: Field,
    /// The folder of which it is known that it holds files that are written over.
    overwrites: Option<String>,
}

impl ExportDialog {
    /// A dialog with all formats ticked but the trained networks, and `./export/<name>` as target; of several runs
    /// `./export`, below which each has a folder of its own.
    pub fn new(runs: &[PathBuf]) -> Self {
        let (name, folder) = match runs {
            [run] => {
                let name = run.file_name().unwrap_or_default().to_string_lossy();
                (name.to_string(), format!("./export/{name}"))
            }
            several => (
                format!("{} runs, each into a folder of its own", several.len()),
                "./export".to_owned(),
            ),
        };
        Self {
            runs: runs.to_owned(),
            folder: Field::new(&folder),
            overwrites: None,
            name,
            ticked: Format::ALL.map(|format| !format.holds_networks()),
            row: 0,
        }
    }

    /// Whether the target folder has the focus.
    pub const fn on_folder(&self) -> bool {
        self.row == Format::ALL.len()
    }

    /// Moves the focus by `step` lines, around the ends.
    pub fn step(&mut self, step: isize) {
        self.row = around(self.row, step, Format::ALL.len() + 1);
    }

    /// Ticks or unticks the focused format.
    pub fn toggle(&mut self) {
        if let Some(ticked) = self.ticked.get_mut(self.row) {
            *ticked = !*ticked;
        }
    }

    /// Unticks all if all are ticked, else ticks all.
    pub fn toggle_all(&mut self) {
        let all = self.ticked.iter().all(|ticked| *ticked);
        self.ticked = [!all; Format::ALL.len()];
    }

    /// Says that the folder holds files, which another Enter writes over.
    pub fn ask_to_overwrite(&mut self) {
        self.overwrites = Some(self.folder.text().to_owned());
        self.folder.error = Some("it holds files already: Enter again writes over them".to_owned());
    }

    /// The ticked formats.
    pub fn formats(&self) -> Vec<Format> {
        Format::ALL
            .into_iter()
            .zip(self.ticked)
            .filter_map(|(format, ticked)| ticked.then_some(format))
            .collect()
    }
}

impl App {
    fn with_export(&mut self, change: impl FnOnce(&mut ExportDialog)) {
        if let Some(Overlay::Export(dialog)) = &mut self.overlay {
            change(dialog);
        }
    }

    /// Ticks or unticks the format on a line, or goes to the folder behind them.
    pub(in crate::tui) fn click_export(&mut self, line: usize) {
        self.with_export(|dialog| {
            dialog.row = line;
            dialog.toggle();
        });
    }

    fn export(&mut self) {
        let Some(Overlay::Export(dialog)) = &mut self.overlay else {
            return;
        };
        if dialog.formats().is_empty() {
            dialog.folder.error = Some("tick at least one format".to_owned());
        } else if dialog.folder.text().is_empty() {
            dialog.folder.error = Some("type the folder to write into".to_owned());
        } else {
            dialog.folder.error = None;
            let folder = dialog.folder.text();
            let effect = Effect::Runs(RunsEffect::Export(Export {
                runs: dialog.runs.clone(),
                formats: dialog.formats(),
                out: expanded(Path::new(folder), self.home.as_deref()),
                overwrite: dialog.overwrites.as_deref() == Some(folder),
            }));
            self.runs.exporting = Some(dialog.clone());
            self.overlay = None;
            self.say(Tone::Good, "exporting …");
            self.request(effect);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_formats_are_ticked_or_none() {
        let mut dialog = ExportDialog::new(&["runs/a".into()]);
        assert!(
            dialog
                .formats()
                .iter()
                .all(|format| !format.holds_networks())
        );
        dialog.toggle_all();
        assert_eq!(dialog.formats().len(), Format::ALL.len());
        assert_eq!(dialog.folder.text(), "./export/a");
        dialog.toggle();
        assert_eq!(dialog.formats().len(), Format::ALL.len() - 1);
        dialog.toggle_all();
        dialog.toggle_all();
        assert!(dialog.formats().is_empty());
    }
}
