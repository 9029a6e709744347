//! How images are read: the lines of the dialog that adds a dataset, each an option of the command line.

use toml::{Table, Value};

use super::Adding;
use crate::run::settings::{Kind, Setting, find};
use crate::run::{Layer, Settings};
use crate::tui::app::text::Field;
use crate::tui::app::{App, around};

/// A line of the dialog below the path.
#[derive(Debug)]
pub struct HowLine {
    /// The key of its setting.
    pub key: &'static str,
    pub label: &'static str,
    /// What can be typed, and what it holds for.
    pub hint: &'static str,
}

/// The lines below the path. The first [`OF_ONE`] hold for one dataset, the others for every one.
pub static LINES: [HowLine; 6] = [
    line("resize", "resize", "32x32: height x width of a folder"),
    line("label", "label column", "of a Hugging Face copy"),
    line(
        "split-test",
        "test split",
        "of a Hugging Face copy or .npz file",
    ),
    line("transform", "transforms", "bits=3 grey: for every dataset"),
    line(
        "data-dir",
        "data folder",
        "named datasets: search only here",
    ),
    line("max-memory", "memory limit", "4G: for reading images"),
];
/// How many lines hold for one dataset.
pub const OF_ONE: usize = 3;

const fn line(key: &'static str, label: &'static str, hint: &'static str) -> HowLine {
    HowLine { key, label, hint }
}

impl HowLine {
    /// Its setting.
    fn setting(&self) -> Option<&'static Setting> {
        find(self.key)
    }
}

/// The settings that hold for one dataset.
fn of_one() -> impl Iterator<Item = &'static Setting> {
    LINES[..OF_ONE].iter().filter_map(HowLine::setting)
}

/// Whether a setting holds for one dataset.
pub fn is_of_one(setting: &Setting) -> bool {
    LINES[..OF_ONE].iter().any(|line| line.key == setting.key)
}

/// How a dataset is read, as a config file has it.
pub fn table(how: &Layer) -> Table {
    let value = |setting: &Setting| Some((setting.key.to_owned(), how.get(setting.key)?.clone()));
    of_one().filter_map(value).collect()
}

/// How `settings` read one dataset.
pub fn how(settings: &Settings) -> Layer {
    let mut how = Layer::default();
    for setting in of_one() {
        if let Some(value) = setting.get(settings) {
            how.set(setting, value);
        }
    }
    how
}

/// Puts into `settings` how a dataset is read.
pub fn read_so(settings: &mut Settings, how: &Layer) {
    for setting in of_one() {
        // A value that was accepted once.
        drop(setting.set(settings, how.get(setting.key)));
    }
}

/// A value as it is typed.
fn text(setting: &Setting, settings: &Settings) -> String {
    match setting.get(settings) {
        None => String::new(),
        Some(Value::String(text)) => text,
        Some(Value::Array(items)) => {
            let items: Vec<String> = items
                .iter()
                .map(|item| {
                    item.as_str()
                        .map_or_else(|| item.to_string(), str::to_owned)
                })
                .collect();
            items.join(if setting.kind == Kind::Sides {
                "x"
            } else {
                " "
            })
        }
        Some(value) => value.to_string(),
    }
}

impl Adding {
    /// The dialog with what `settings` say.
    pub fn new(settings: &Settings) -> Self {
        let mut adding = Self::default();
        adding.fill(settings);
        adding
    }

    /// Fills the lines below the path with what `settings` say.
    pub fn fill(&mut self, settings: &Settings) {
        for (line, field) in LINES.iter().zip(&mut self.how) {
            if let Some(setting) = line.setting() {
                field.replace(&text(setting, settings));
            }
        }
    }

    /// The field that takes the keys: the path, or one of the lines below it.
    pub fn focused(&mut self) -> &mut Field {
        match self.focus.checked_sub(1) {
            Some(line) => &mut self.how[line],
            None => &mut self.field,
        }
    }

    /// The line below the path that has the focus.
    pub fn line(&self) -> Option<&'static HowLine> {
        LINES.get(self.focus.checked_sub(1)?)
    }

    /// The first error: of a line, or of reading the images.
    pub fn error(&self) -> Option<&str> {
        let mut fields = std::iter::once(&self.field).chain(&self.how);
        fields.find_map(|field| field.error.as_deref())
    }

    /// Gives the focus to the line of a setting, if there is one.
    pub fn focus_named(&mut self, key: Option<&str>) {
        let line = key.and_then(|key| LINES.iter().position(|line| line.key == key));
        if let Some(line) = line {
            self.focus = line + 1;
        }
    }

    /// `settings` with what is typed; where that is wrong, its line says so and has the focus.
    pub fn settings(&mut self, settings: &Settings) -> Option<Settings> {
        let mut new = settings.clone();
        for (at, (line, field)) in LINES.iter().zip(&mut self.how).enumerate() {
            let Some(setting) = line.setting() else {
                continue;
            };
            let typed = field.text();
            let value = match typed {
                "" => Ok(None),
                typed => setting.kind.parse(typed).map(Some),
            };
            let set = value.and_then(|value| setting.set(&mut new, value.as_ref()));
            if let Err(problem) = set {
                field.error = Some(format!("{}: {problem}", line.label));
                self.focus = at + 1;
                return None;
            }
        }
        Some(new)
    }
}

impl App {
    /// Moves the focus of the dialog by `step` lines, around the ends.
    pub(super) fn step_adding(&mut self, step: isize) {
        if let Some(adding) = self.data.adding.as_mut().filter(|adding| !adding.busy) {
            adding.candidates.clear();
            adding.focus = around(adding.focus, step, LINES.len() + 1);
        }
    }

    /// Completes the path; on another line, goes to the next one.
    pub(super) fn complete_or_step(&mut self) {
        match &self.data.adding {
            Some(adding) if adding.focus > 0 => self.step_adding(1),
            _ => self.complete(),
        }
    }

    /// Gives a line of the dialog the focus.
    pub(super) fn click_adding(&mut self, line: usize) {
        if let Some(adding) = &self.data.adding {
            self.step_adding(line.cast_signed() - adding.focus.cast_signed());
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::dataset::Source;
    use crate::tui::app::{Effect, Message};
    use crate::tui::fixtures::{self, key, press};
    use crate::tui::keys::Key;

    /// An app in whose dialog these lines are typed, the path first.
    fn typed(lines: &[&str]) -> App {
        let mut app = fixtures::ready(120, 36);
        press(&mut app, "a");
        for line in lines {
            press(&mut app, line);
            key(&mut app, Key::Down);
        }
        app
    }

    /// Says that the dataset that is read is there.
    fn read(app: &mut App, effects: &[Effect]) {
        let [Effect::LoadDataset { job, source, .. }] = effects else {
            panic!("{effects:?}");
        };
        let mut loaded = (*fixtures::loaded()).clone();
        loaded.source = source.clone();
        let loaded = Arc::new(loaded);
        app.update(Message::Analysed { job: *job, loaded });
    }

    #[test]
    fn every_line_is_a_setting_that_the_command_line_has_too() {
        for line in &LINES {
            let setting = line.setting().unwrap();
            assert!(setting.option.is_some(), "{}", line.key);
            assert!(line.hint.len() <= 36, "{} would be cut", line.key);
        }
    }

    #[test]
    fn what_is_typed_holds_for_the_dataset_that_is_added() {
        let mut app = typed(&["folder:/flowers", "24x32", "", "", "bits=3 grey", "", "2G"]);
        let effects = key(&mut app, Key::Enter);
        let [Effect::LoadDataset { settings, .. }] = &effects[..] else {
            panic!("{effects:?}");
        };
        assert_eq!(settings.resize, Some([24, 32]));
        assert_eq!(settings.transform.len(), 2);
        assert_eq!(settings.host.max_memory, Some(2_000_000_000));
        read(&mut app, &effects);
        assert_eq!(app.settings.dataset, "folder:/flowers");
        assert_eq!(app.settings.resize, Some([24, 32]));
        press(&mut app, "g");
        key(&mut app, Key::Home);
        assert_eq!(app.settings.dataset, "glyphs");
        assert_eq!(app.settings.resize, None, "glyphs are not resized");
        assert_eq!(app.chosen_settings().resize, Some([24, 32]));
        key(&mut app, Key::End);
        key(&mut app, Key::Up);
    }

    /// Without a path, the lines that hold for every dataset are taken, and all are read anew.
    #[test]
    fn a_data_folder_alone_is_taken() {
        let mut app = typed(&["", "", "", "", "", "/scratch"]);
        let effects = key(&mut app, Key::Enter);
        assert!(app.data.adding.is_none());
        assert_eq!(app.settings.data_dir.as_deref(), Some("/scratch".as_ref()));
        let [Effect::ListDatasets { options, .. }] = &effects[..] else {
            panic!("{effects:?}");
        };
        assert_eq!(options.data_dir.as_deref(), Some("/scratch".as_ref()));
        let effects = app.update(Message::DatasetsListed(fixtures::entries()));
        assert!(
            matches!(&effects[..], [Effect::LoadDataset { .. }]),
            "{effects:?}"
        );
    }

    #[test]
    fn options_of_the_command_line_stand_in_the_dialog() {
        let mut app = fixtures::ready(120, 36);
        app.data.usual = Layer::default().with("resize", vec![32, 48]);
        press(&mut app, "a");
        let adding = app.data.adding.as_ref().unwrap();
        assert_eq!(adding.how[0].text(), "32x48");
    }

    #[test]
    fn a_dataset_that_is_chosen_again_is_read_as_before() {
        let mut app = typed(&["folder:/flowers", "24x32"]);
        let effects = key(&mut app, Key::Enter);
        read(&mut app, &effects);
        app.data.how.insert(
            "glyphs-noise".to_owned(),
            Layer::default().with("label", "fine"),
        );
        app.move_dataset(2);
        assert_eq!(app.settings.dataset, "glyphs-noise");
        assert_eq!(
            (app.settings.resize, app.settings.label.as_deref()),
            (None, Some("fine"))
        );
        app.back_to_chosen();
        assert_eq!(app.settings.dataset, "folder:/flowers");
        assert_eq!(
            (app.settings.resize, app.settings.label.as_deref()),
            (Some([24, 32]), None)
        );
    }

    #[test]
    fn what_is_wrong_is_said_at_its_line() {
        let mut app = typed(&["folder:/flowers", "32"]);
        assert!(key(&mut app, Key::Enter).is_empty());
        let adding = app.data.adding.as_ref().unwrap();
        assert_eq!(adding.line().map(|line| line.key), Some("resize"));
        assert_eq!(
            adding.error(),
            Some("resize: '32' is not a height and a width such as 32x32")
        );
        press(&mut app, "x32");
        assert!(matches!(
            key(&mut app, Key::Enter)[..],
            [Effect::LoadDataset { .. }]
        ));
    }

    #[test]
    fn an_error_names_the_field_that_helps_and_gives_it_the_focus() {
        let mut app = typed(&["folder:/flowers"]);
        let effects = key(&mut app, Key::Enter);
        let [Effect::LoadDataset { job, .. }] = effects[..] else {
            panic!("{effects:?}");
        };
        let sentence =
            "/flowers/b.png: it is 4x4, but /flowers/a.png is 2x3: give --resize 2x3, say";
        app.update(Message::LoadFailed {
            job,
            sentence: sentence.to_owned(),
        });
        let adding = app.data.adding.as_ref().unwrap();
        assert_eq!(adding.line().map(|line| line.key), Some("resize"));
        let said = adding.error().unwrap();
        assert!(said.ends_with("give resize 2x3, say"), "{said}");
        press(&mut app, "2x3");
        let effects = key(&mut app, Key::Enter);
        read(&mut app, &effects);
        assert_eq!(app.settings.resize, Some([2, 3]));
    }

    #[test]
    fn the_dialog_of_a_dataset_that_failed_begins_with_it() {
        let mut app = fixtures::ready(120, 36);
        app.data.add(vec![Source::known("hf:/faces")]);
        app.data.how.insert(
            "hf:/faces".to_owned(),
            Layer::default().with("label", "age"),
        );
        let mut entries = fixtures::entries();
        entries[1].entry.source = Source::known("hf:/faces");
        app.update(Message::DatasetsListed(entries));
        press(&mut app, "j");
        fixtures::wait(&mut app, 300);
        let job = app.data.job;
        app.update(Message::LoadFailed {
            job,
            sentence: "no column 'age': name another by --label COLUMN".to_owned(),
        });
        let said = app.data.failure.clone().unwrap();
        assert!(
            said.ends_with("by label column (key a: label column)"),
            "{said}"
        );
        press(&mut app, "a");
        let adding = app.data.adding.as_ref().unwrap();
        assert_eq!(adding.field.text(), "hf:/faces");
        assert_eq!(adding.how[1].text(), "age");
    }
}
