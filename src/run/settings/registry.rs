//! What a setting is: one row says its key, meaning, kind, where it is given and how it is read and written.

use std::collections::BTreeMap;
use std::fmt::{Debug, Display};
use std::path::PathBuf;
use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::Value;

use super::{Automatic, Settings};
use crate::depth::Definition;
use crate::evidence::Margin;
use crate::network::Architecture;

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Its key in a config file; `EBCLE_` and the key in capitals is its variable, `--` and the key its option.
    pub key: &'static str,
    /// What its value is made of.
    pub kind: Kind,
    /// What it means; `{families}` stands for the names of all families of networks.
    pub about: &'static str,
    /// A value in TOML, shown where the default is to leave it out.
    pub example: &'static str,
    /// Its option, if it has one.
    pub option: Option<Flag>,
    /// What depends on it.
    pub scope: Scope,
    /// Its line in the app's form.
    pub form: Option<FormLine>,
    /// What says that the images decide it, of a setting of which they may.
    pub automatic: Option<fn(&mut Automatic) -> &mut bool>,
    /// How it is read from and written into [`Settings`].
    pub access: Access,
}

/// Settings that belong together, under one heading of the config file.
#[derive(Debug)]
pub struct Group {
    /// The heading.
    pub title: &'static str,
    /// Its settings.
    pub settings: &'static [Setting],
}

/// What a value is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// One of these words; `true` and `false` count as `on` and `off`.
    Choice(&'static [&'static str]),
    /// A whole number of at least so much.
    Whole(u8),
    /// A number.
    Number,
    /// A number, or a percentage as text.
    Share,
    /// `true` or `false`.
    Truth,
    /// A file or folder.
    Path,
    /// Folders.
    Paths,
    /// Height and width.
    Sides,
    /// Transforms of images, in their order.
    Transforms,
    /// Whole numbers, each once.
    Seeds,
    /// Numbers of things, rising.
    Counts,
    /// Readings of the user's own, by name.
    Readings,
}

/// Which options a setting is one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Options {
    /// Which images.
    Data,
    /// Which reading of the heuristic.
    Reading,
    /// Which capped network.
    Capped,
    /// How the pair is trained.
    Training,
    /// Where runs are.
    Out,
    /// How the app looks.
    App,
    /// What is done at the end of a training.
    End,
}

/// An option of the command line.
#[derive(Debug)]
pub struct Flag {
    /// Which options it is one of.
    pub of: Options,
    /// What its value is called.
    pub value_name: &'static str,
    /// Its help.
    pub help: &'static str,
    /// Another name of it.
    pub alias: Option<&'static str>,
    /// What it means without a value, if it can be given so.
    pub alone: Option<&'static str>,
}

/// What depends on a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The profile of the images, and so everything.
    Profile,
    /// The result of a training.
    Training,
    /// Folders on this machine; runs record them, but no result depends on them.
    Place,
    /// This process alone; runs do not record it.
    Process,
}

/// A line of the app's form.
#[derive(Debug)]
pub struct FormLine {
    /// Its name.
    pub label: &'static str,
    /// Its unit, or what can be typed.
    pub unit: &'static str,
    /// Its unit where little space is left.
    pub short_unit: &'static str,
    /// What is typed is this many times the value: 100 of points of a fraction.
    pub scale: f64,
    /// What is shown, and typed, where it is left out; none where it always has a value.
    pub unset: Option<&'static str>,
    /// Whether it is chosen with arrows rather than typed.
    pub chosen: bool,
}

/// How a setting is read from and written into [`Settings`].
#[derive(Clone, Copy, Debug)]
pub struct Access {
    /// Its value; none where it is not given.
    pub get: fn(&Settings) -> Option<Value>,
    /// Sets it to a value of its kind, or to what it is when it is not given.
    pub set: fn(&mut Settings, Option<&Value>) -> Result<(), String>,
}

/// Access to a field that serde reads and writes, perhaps with a check of the new value.
macro_rules! field {
    ($($field:ident).+) => {
        field!($($field).+, |_| Ok(()))
    };
    ($($field:ident).+, $check:expr) => {
        Access {
            get: |settings| to_value(&settings.$($field).+),
            set: |settings, value| {
                let new = value.map(from_value).transpose()?.unwrap_or_default();
                checked(&new, $check)?;
                settings.$($field).+ = new;
                Ok(())
            },
        }
    };
}

/// Access to a field that serde reads and writes; not given, it stays as it was.
macro_rules! given {
    ($($field:ident).+) => {
        given!($($field).+, |_| Ok(()))
    };
    ($($field:ident).+, $check:expr) => {
        Access {
            get: |settings| to_value(&settings.$($field).+),
            set: |settings, value| {
                if let Some(value) = value {
                    let new = from_value(value)?;
                    checked(&new, $check)?;
                    settings.$($field).+ = new;
                }
                Ok(())
            },
        }
    };
}

/// Access to a field that is written as text and read from it; not given, it stays as it was.
macro_rules! text {
    ($($field:ident).+) => {
        Access {
            get: |settings| Some(Value::String(settings.$($field).+.to_string())),
            set: |settings, value| {
                if let Some(value) = value {
                    settings.$($field).+ = parsed(value)?;
                }
                Ok(())
            },
        }
    };
}

pub(super) use {field, given, text};

impl Setting {
    /// A row of which nothing is said.
    pub(super) const PLAIN: Self = Self {
        key: "",
        kind: Kind::Text,
        about: "",
        example: "",
        option: None,
        scope: Scope::Training,
        form: None,
        automatic: None,
        access: Access {
            get: |_| None,
            set: |_, _| Ok(()),
        },
    };

    /// Whether it is not given, so that the images decide it.
    #[must_use]
    pub fn is_automatic(&self, settings: &Settings) -> bool {
        let mut automatic = settings.automatic;
        self.automatic.is_some_and(|flag| *flag(&mut automatic))
    }

    /// Its value as a config file has it; none where it is not given.
    #[must_use]
    pub fn get(&self, settings: &Settings) -> Option<Value> {
        (self.access.get)(settings).filter(|_| !self.is_automatic(settings))
    }

    /// Sets it to a value of its kind, or to what it is when it is not given.
    ///
    /// # Errors
    /// One sentence on a value that cannot be used.
    pub fn set(&self, settings: &mut Settings, value: Option<&Value>) -> Result<(), String> {
        if let Some(flag) = self.automatic {
            *flag(&mut settings.automatic) = value.is_none();
            let is_off_by_default = || (self.access.get)(&Settings::default()).is_none();
            if value.is_none() && !is_off_by_default() {
                return Ok(());
            }
        }
        (self.access.set)(settings, value)
    }

    /// What it means, in lines: the comment above it in `configs/default.toml`.
    #[must_use]
    pub fn meaning(&self) -> String {
        let families = Architecture::PATTERNS.join("\n  ");
        self.about.replace("{families}", &format!("  {families}"))
    }

    /// Its environment variable: `EBCLE_BATCH_SIZE` for `batch-size`.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("EBCLE_{}", self.key.replace('-', "_").to_uppercase())
    }
}

impl Flag {
    pub(super) const fn new(of: Options, value_name: &'static str, help: &'static str) -> Self {
        Self {
            of,
            value_name,
            help,
            alias: None,
            alone: None,
        }
    }
}

impl FormLine {
    pub(super) const fn typed(label: &'static str, unit: &'static str) -> Self {
        Self {
            label,
            unit,
            short_unit: unit,
            scale: 1.0,
            unset: None,
            chosen: false,
        }
    }

    pub(super) const fn chosen(label: &'static str, unit: &'static str) -> Self {
        Self {
            chosen: true,
            ..Self::typed(label, unit)
        }
    }
}

impl Kind {
    /// A value of TOML as this kind writes it.
    ///
    /// # Errors
    /// What it is in place of such a value.
    pub fn accept(self, value: &Value) -> Result<Value, String> {
        fn through<T: DeserializeOwned + Serialize>(value: &Value) -> Result<Value, String> {
            let value: T = from_value(value)?;
            Value::try_from(value).map_err(|error| one_line(&error.to_string()))
        }
        let accepted = match self {
            Self::Choice(words) if words.contains(&"on") && value.is_bool() => {
                let on = *value == Value::Boolean(true);
                Ok(Value::String(if on { "on" } else { "off" }.to_owned()))
            }
            Self::Text | Self::Choice(_) => through::<String>(value),
            Self::Whole(_) => through::<usize>(value),
            Self::Number => through::<f64>(value),
            Self::Truth => through::<bool>(value),
            Self::Path => through::<PathBuf>(value),
            Self::Paths => through::<Vec<PathBuf>>(value),
            Self::Sides => through::<[usize; 2]>(value),
            Self::Share | Self::Transforms | Self::Seeds | Self::Counts if value.is_str() => {
                return self.parse(value.as_str().unwrap_or_default());
            }
            Self::Share => through::<Margin>(value),
            Self::Transforms => through::<Vec<String>>(value),
            Self::Seeds => through::<Vec<u64>>(value),
            Self::Counts => through::<Vec<usize>>(value),
            Self::Readings => through::<BTreeMap<String, Definition>>(value),
        };
        accepted.map_err(|problem| match self.form() {
            Some(form) => format!("write {form}, not {value}"),
            None => problem,
        })
    }

    /// What a config file writes for such a value; none where its own error says more.
    const fn form(self) -> Option<&'static str> {
        Some(match self {
            Self::Text | Self::Choice(_) | Self::Path => "text in quotes",
            Self::Whole(_) => "a whole number such as 8",
            Self::Number => "a number such as 0.1",
            Self::Truth => "true or false",
            Self::Paths => "a list of folders such as [\"/data\"]",
            Self::Sides => "a height and a width such as [32, 32]",
            Self::Transforms => "a list of transforms such as [\"bits=4\"]",
            Self::Seeds => "a list of seeds such as [1, 2, 3] or a range such as \"1..3\"",
            Self::Counts => "a list of whole numbers such as [10, 20]",
            Self::Share => "a number such as 0.01 or a percentage in quotes such as \"10%\"",
            Self::Readings => return None,
        })
    }
}

/// A value as TOML has it; none of an option that is not given and of a list without items.
pub(super) fn to_value<T: Serialize>(value: &T) -> Option<Value> {
    let value = Value::try_from(value).ok();
    value.filter(|value| value.as_array().is_none_or(|items| !items.is_empty()))
}

/// What TOML holds as a value.
pub(super) fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T, String> {
    let read: Result<T, toml::de::Error> = value.clone().try_into();
    read.map_err(|error| one_line(error.message()))
}

/// What a text means.
pub(super) fn parsed<T: FromStr<Err: Display>>(value: &Value) -> Result<T, String> {
    from_value::<String>(value)?
        .parse()
        .map_err(|error: T::Err| error.to_string())
}

/// Calls `check`; gives a closure the type of its argument.
pub(super) fn checked<T>(value: &T, check: fn(&T) -> Result<(), String>) -> Result<(), String> {
    check(value)
}

/// An error of one sentence, if the value `is_wrong`.
pub(super) fn refuse(is_wrong: bool, sentence: impl Display) -> Result<(), String> {
    if is_wrong {
        return Err(sentence.to_string());
    }
    Ok(())
}

pub(super) fn one_line(message: &str) -> String {
    message.lines().collect::<Vec<_>>().join(", ")
}
