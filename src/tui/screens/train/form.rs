//! The settings of a training, edited in place and checked as they are typed.

use toml::Value;

use crate::run::settings::{DATA, Group, Kind, MACHINE, NETWORKS, Setting, TRAINING, VERDICT};
use crate::run::{Settings, show_seeds};
use crate::training::device::DeviceInfo;
use crate::tui::app::around;
use crate::tui::app::text::Field;

/// The groups of settings in the order of the form.
const GROUPS: [&Group; 5] = [&TRAINING, &DATA, &NETWORKS, &MACHINE, &VERDICT];

/// The settings of the form, one a line.
pub fn lines() -> impl Iterator<Item = &'static Setting> {
    let settings = GROUPS.iter().flat_map(|group| group.settings);
    settings.filter(|setting| setting.form.is_some())
}

/// The value of a setting as text.
#[must_use]
pub fn text(setting: &Setting, settings: &Settings) -> String {
    let scale = setting.form.as_ref().map_or(1.0, |form| form.scale);
    match (setting.access.get)(settings) {
        None => {
            let form = setting.form.as_ref();
            form.and_then(|form| form.unset)
                .unwrap_or_default()
                .to_owned()
        }
        Some(Value::String(text)) => text,
        Some(Value::Boolean(truth)) => if truth { "yes" } else { "no" }.to_owned(),
        Some(Value::Float(number)) if scale > 1.0 => {
            ((number * scale * 1e6).round() / 1e6).to_string()
        }
        Some(Value::Float(number)) => number.to_string(),
        Some(_) if setting.kind == Kind::Seeds => show_seeds(&settings.recipe.seeds),
        Some(Value::Array(items)) if setting.kind == Kind::Transforms => {
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            items.join(" ")
        }
        Some(value) => value.to_string(),
    }
}

/// `settings` with `setting` set to `text`.
///
/// # Errors
/// One sentence on what is wrong with the text, or with the recipe it leads to on `train_images` images.
pub fn set(
    setting: &Setting,
    settings: &Settings,
    typed: &str,
    train_images: Option<usize>,
) -> Result<Settings, String> {
    let mut new = settings.clone();
    let typed = typed.trim();
    if typed == text(setting, settings) {
        return Ok(new);
    }
    let value = value(setting, typed)?;
    setting.set(&mut new, value.as_ref())?;
    if value.is_none() && setting.automatic.is_some() {
        return Ok(new);
    }
    let images = match (setting.key, new.limit, train_images) {
        ("limit", Some(limit), _) => limit,
        ("limit", None, _) | (_, _, None) => usize::MAX,
        (_, _, Some(images)) => images,
    };
    let checked = new.recipe.check(images);
    checked.map_err(|error| error.to_string())?;
    Ok(new)
}

/// What is typed as a value; none where the setting is to be left out.
fn value(setting: &Setting, typed: &str) -> Result<Option<Value>, String> {
    let form = setting.form.as_ref();
    let unset = setting.automatic.map(|_| "auto");
    let unset = unset.or_else(|| form?.unset);
    if unset.is_some_and(|word| typed.is_empty() || typed == word) {
        return Ok(None);
    }
    let scale = form.map_or(1.0, |form| form.scale);
    let value = match setting.kind {
        Kind::Whole(_) => setting
            .kind
            .parse(&typed.replace(['_', ','], ""))
            .map_err(|_| format!("'{typed}' is not a whole number: type digits"))?,
        Kind::Number | Kind::Share if !typed.ends_with('%') => match typed.parse::<f64>() {
            Ok(number) => Value::Float(number / scale),
            Err(_) => return Err(format!("'{typed}' is not a number: type one such as 0.1")),
        },
        Kind::Truth => match typed {
            "yes" => Value::Boolean(true),
            "no" => Value::Boolean(false),
            _ => return Err(format!("{} is yes or no", setting.key)),
        },
        kind => kind.parse(typed)?,
    };
    Ok(Some(value))
}

/// The values between which arrows choose, as text; none of a reading, whose choices the profile has.
#[must_use]
pub fn choices<'a>(setting: &Setting, devices: &'a [DeviceInfo]) -> Vec<&'a str> {
    match (setting.kind, setting.key) {
        (Kind::Choice(words), _) => words.to_vec(),
        (Kind::Truth, _) => vec!["yes", "no"],
        (_, "device") => {
            let usable = devices.iter().filter(|device| device.usable);
            let names = usable.map(|device| device.name.as_str());
            std::iter::once("auto").chain(names).collect()
        }
        _ => Vec::new(),
    }
}

/// The form's own state: which line has the focus, and what is being typed.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// Place among [`lines`]; that after them is the launch.
    pub focus: usize,
    /// The text that is being typed into the focused line.
    pub field: Option<Field>,
}

impl Form {
    /// A form with the focus on the launch.
    #[must_use]
    pub fn new() -> Self {
        Self {
            focus: lines().count(),
            field: None,
        }
    }

    /// The focused setting; none on the launch.
    #[must_use]
    pub fn setting(&self) -> Option<&'static Setting> {
        lines().nth(self.focus)
    }

    /// Moves the focus by `step` lines, around the ends.
    pub fn step(&mut self, step: isize) {
        self.focus = around(self.focus, step, lines().count() + 1);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::run::settings::find;
    use crate::tui::fixtures;

    #[test]
    fn every_line_shows_what_it_was_set_to() {
        let settings = fixtures::settings();
        for setting in lines() {
            let shown = text(setting, &settings);
            assert_eq!(
                set(setting, &settings, &shown, Some(60_000)),
                Ok(settings.clone()),
                "{}",
                setting.key
            );
        }
    }

    #[test]
    fn a_number_that_is_typed_is_no_longer_automatic_until_auto_is() {
        let settings = Settings::resolve(&[]).unwrap();
        let [epochs, batch_size] = ["epochs", "batch-size"].map(|key| find(key).unwrap());
        assert!(epochs.is_automatic(&settings));
        let same = set(epochs, &settings, "30", Some(60_000)).unwrap();
        assert_eq!(same, settings);
        let typed = set(epochs, &settings, "7", Some(60_000)).unwrap();
        assert_eq!(typed.recipe.epochs, 7);
        assert!(!epochs.is_automatic(&typed) && batch_size.is_automatic(&typed));
        let again = set(epochs, &typed, "auto", Some(60_000)).unwrap();
        assert!(epochs.is_automatic(&again));
    }

    #[test]
    fn what_is_wrong_is_one_sentence() {
        let settings = fixtures::settings();
        let wrong = |key: &str, text: &str| {
            set(find(key).unwrap(), &settings, text, Some(4_000)).unwrap_err()
        };
        assert_eq!(wrong("epochs", "0"), "epochs must be at least 1");
        assert_eq!(
            wrong("epochs", "ten"),
            "'ten' is not a whole number: type digits"
        );
        assert_eq!(
            wrong("batch-size", "5000"),
            "batch size 5000 is larger than the 4000 training images: use at most 4000"
        );
        assert_eq!(
            wrong("margin", "0"),
            "margin must lie between 0 and 1 (0.01 is one percentage point of accuracy), not 0"
        );
        assert_eq!(
            wrong("limit", "0"),
            "limit 0 leaves no training image: use at least 1"
        );
    }

    #[test]
    fn only_usable_devices_are_offered() {
        let device = find("device").unwrap();
        let devices = fixtures::devices();
        assert_eq!(choices(device, &devices), ["auto", "cpu"]);
    }
}
