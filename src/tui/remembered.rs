//! What the app remembers from one session to the next, in `state.toml` of the user's state folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::Table;

use super::app::App;
use super::app::charts::Charts;
use super::screens::SCREENS;
use super::screens::data::{is_of_one, read_so, table};
use crate::dataset::Source;
use crate::disk;
use crate::folders;
use crate::run::settings::{Scope, Setting, find};
use crate::run::{Layer, Settings};

/// The state of a session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Remembered {
    /// The name of the screen.
    screen: String,
    /// Datasets of the user's own that were listed.
    added: Vec<String>,
    /// How datasets that were added are read, by name, as a config file has it.
    how: BTreeMap<String, Table>,
    /// Architectures that were typed.
    architectures: Vec<String>,
    /// The filter of the Runs screen.
    filter: String,
    /// How charts are drawn.
    charts: Charts,
    /// The settings in which the session differed from what is given without it, as a config file has them.
    settings: Table,
}

impl Remembered {
    /// Where it is kept; none where the user has no home folder.
    #[must_use]
    pub fn path() -> Option<PathBuf> {
        Some(folders::state()?.join("state.toml"))
    }

    /// Reads it; nothing is remembered where there is no file.
    ///
    /// # Errors
    /// One sentence where the file cannot be read.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(Self::unreadable(path, &error.to_string())),
        };
        let wrong = |error: toml::de::Error| Self::unreadable(path, error.message());
        toml::from_str(&text).map_err(wrong)
    }

    fn unreadable(path: &Path, why: &str) -> String {
        let why = why.lines().next().unwrap_or_default();
        format!(
            "the last session is not restored: {} cannot be read: {why}",
            path.display()
        )
    }

    /// Writes it.
    ///
    /// # Errors
    /// One sentence where it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), String> {
        let wrong =
            |why: String| format!("this session is not remembered: {}: {why}", path.display());
        let text = toml::to_string(self).map_err(|error| wrong(error.to_string()))?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| wrong(error.to_string()))?;
        }
        disk::write_whole(path, text.as_bytes()).map_err(|error| wrong(error.to_string()))
    }

    /// Its settings, but for those that this version does not understand.
    #[must_use]
    pub fn layer(&self) -> Layer {
        Layer::understood(&self.settings)
    }
}

/// Whether the app remembers a setting: what belongs to a run but for the folder of runs, and where images are.
fn is_remembered(setting: &Setting) -> bool {
    matches!(setting.scope, Scope::Profile | Scope::Training) || setting.key == "data-dirs"
}

impl App {
    /// The state to be remembered.
    pub(super) fn remembered(&self) -> Remembered {
        let settings = self.chosen_settings();
        let differing = self.usual.differing(&settings);
        let how = &self.data.how;
        let is_own = |setting: &Setting| how.contains_key(&settings.dataset) && is_of_one(setting);
        let kept = differing
            .into_iter()
            .filter_map(find)
            .filter(|setting| is_remembered(setting) && !is_own(setting));
        let value = |setting: &Setting| Some((setting.key.to_owned(), setting.get(&settings)?));
        Remembered {
            screen: self.screen.name().to_owned(),
            added: self.data.added().iter().map(Source::to_string).collect(),
            how: how
                .iter()
                .map(|(name, how)| (name.clone(), table(how)))
                .collect(),
            architectures: self.depth.typed().map(ToString::to_string).collect(),
            filter: self.runs.filter.text().to_owned(),
            charts: self.charts,
            settings: kept.filter_map(value).collect(),
        }
    }

    /// Restores a state but for its settings, which [`Settings::resolve`] reads.
    pub(super) fn restore(&mut self, state: &Remembered) {
        let screens = SCREENS.into_iter();
        if let Some(screen) = screens.clone().find(|screen| screen.name() == state.screen) {
            self.screen = screen;
        }
        let sources = state.added.iter().filter_map(|source| source.parse().ok());
        self.data.add(sources.collect());
        for (name, how) in &state.how {
            self.data.how.insert(name.clone(), Layer::understood(how));
        }
        if let Some(how) = self.data.how.get(&self.settings.dataset) {
            read_so(&mut self.settings, how);
        }
        for typed in &state.architectures {
            if let Ok(architecture) = typed.parse() {
                self.depth.add(architecture);
            }
        }
        self.runs.set_filter(&state.filter);
        self.charts = Charts {
            symbols: self.charts.symbols,
            ..state.charts
        };
    }
}

/// What a session begins with.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The settings, those that are remembered among them.
    pub settings: Settings,
    /// The settings without options and without those that are remembered.
    pub usual: Settings,
    /// The state of the last session.
    pub state: Remembered,
    /// Where the state is kept; none where it is not.
    pub file: Option<PathBuf>,
    /// The file of keys that are bound otherwise; none without a home folder.
    pub keys: Option<PathBuf>,
    /// Why the last session is not restored, or not as a whole.
    pub problem: Option<String>,
}

impl Opening {
    /// A session with these settings that neither restores a state nor keeps one.
    #[must_use]
    pub fn new(settings: Settings, keys: Option<PathBuf>) -> Self {
        Self {
            usual: settings.clone(),
            settings,
            state: Remembered::default(),
            file: None,
            keys,
            problem: None,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::tui::fixtures::{self, key, press};
    use crate::tui::keys::Key;

    #[test]
    fn a_session_is_restored_as_it_was_left() {
        let mut app = fixtures::ready(120, 36);
        press(&mut app, "2a");
        press(&mut app, "26");
        key(&mut app, Key::Enter);
        app.settings.recipe.epochs = 77;
        app.settings.automatic.epochs = false;
        app.runs.filter.replace("arch:resnet");
        app.data.add(vec![Source::known("folder:/flowers")]);
        press(&mut app, "4");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/state.toml");
        app.remembered().write(&path).unwrap();
        let state = Remembered::read(&path).unwrap();
        assert_eq!(state, app.remembered());
        let layer = state.layer();
        assert_eq!(layer.whole("epochs"), Some(77));
        assert_eq!(layer.text("architecture"), Some("resnet-26"));
        assert_eq!(layer.get("out"), None);
        assert_eq!(layer.get("seeds"), None, "as without it");

        let mut next = fixtures::fresh(120, 36);
        next.restore(&state);
        assert_eq!(next.screen.name(), "Runs");
        assert_eq!(next.runs.filter.text(), "arch:resnet");
        assert_eq!(next.data.added(), [Source::known("folder:/flowers")]);
    }

    #[test]
    fn a_dataset_that_is_only_shown_is_not_remembered() {
        let mut app = fixtures::ready(120, 36);
        press(&mut app, "j");
        assert_eq!(app.remembered().layer().text("dataset"), None);
        assert_ne!(app.settings.dataset, app.usual.dataset);
    }

    #[test]
    fn what_this_version_does_not_understand_is_left_out() {
        let text = "screen = 'Moon'\nadded = ['folder:/a', 'nothing']\nsky = 1\n[settings]\nepochs = 3\nclouds = 4\nmomentum = 'fast'\narchitecture = 'resnet-21'\n";
        let state: Remembered = toml::from_str(text).unwrap();
        let mut app = fixtures::fresh(80, 24);
        app.restore(&state);
        assert_eq!(app.screen.name(), "Data");
        assert_eq!(app.data.added().len(), 1);
        assert_eq!(state.layer(), Layer::default().with("epochs", 3));
    }

    #[test]
    fn a_damaged_file_is_said_and_a_missing_one_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.toml");
        assert_eq!(Remembered::read(&path), Ok(Remembered::default()));
        std::fs::write(&path, "screen = [").unwrap();
        let said = Remembered::read(&path).unwrap_err();
        assert!(
            said.starts_with("the last session is not restored: "),
            "{said}"
        );
    }
}
