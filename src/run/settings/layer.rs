//! Settings of one origin: a config file, the environment, the command line.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::de::{DeserializeSeed, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use toml::{Table, Value};

use super::config_file::unknown_key;
use super::{Scope, Setting, Settings, all, find};
use crate::run::Error;

/// Settings from one origin (options, environment, a config file, a preset), each of which may be left out.
///
/// In a config file these are the keys, in kebab case, on the top level.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layer(BTreeMap<&'static str, Value>);

impl Layer {
    /// The preset `configs/quick.toml`: the embedded dataset in under three minutes on two cores.
    ///
    /// # Panics
    /// Never: the compiled-in file is read by a test.
    #[must_use]
    pub fn quick() -> Self {
        #[expect(clippy::expect_used, reason = "the compiled-in file is read by a test")]
        toml::from_str(include_str!("../../../configs/quick.toml"))
            .expect("a compiled-in preset is valid")
    }

    /// What of `table` are settings with values that can be used; the rest is left out.
    #[must_use]
    pub fn understood(table: &Table) -> Self {
        let mut layer = Self::default();
        for (key, value) in table {
            if let Some(setting) = find(key)
                && let Ok(value) = setting.kind.accept(value)
            {
                layer.set(setting, value);
            }
        }
        while let Some((wrong, _)) = layer.wrong() {
            layer = layer.without(wrong.key);
        }
        layer
    }

    /// The value of a key, if it is given.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// The text of a key, if it is given.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Value::as_str)
    }

    /// The whole number of a key, if it is given.
    #[must_use]
    pub fn whole(&self, key: &str) -> Option<usize> {
        usize::try_from(self.get(key)?.as_integer()?).ok()
    }

    /// Whether nothing is given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives `setting` a value of its kind.
    pub fn set(&mut self, setting: &Setting, value: Value) {
        self.0.insert(setting.key, value);
    }

    /// Takes over what `other` gives.
    pub fn extend(&mut self, other: &Self) {
        let given = other.0.iter().map(|(&key, value)| (key, value.clone()));
        self.0.extend(given);
    }

    /// This layer with a value for the setting of `key`.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        debug_assert!(find(key).is_some(), "{key} is a setting");
        self.0.insert(key, value.into());
        self
    }

    /// This layer with a path for the setting of `key`, where one is given.
    ///
    /// # Errors
    /// [`Error::Setting`] where the path is not UTF-8, which a config file could not hold.
    pub fn with_path(self, key: &'static str, path: Option<&Path>) -> Result<Self, Error> {
        let Some(path) = path else {
            return Ok(self);
        };
        let text = path.to_str().ok_or_else(|| {
            Error::Setting(format!("{key}: {} is not valid UTF-8", path.display()))
        })?;
        Ok(self.with(key, text))
    }

    /// This layer without the setting of `key`.
    #[must_use]
    pub(crate) fn without(mut self, key: &str) -> Self {
        self.0.remove(key);
        self
    }

    /// The setting of `key` alone, with the readings of the user's own.
    pub(super) fn only(&self, key: &str) -> Self {
        let mut alone = self.clone();
        alone
            .0
            .retain(|&given, _| given == key || given == "readings");
        alone
    }

    /// The settings that are given.
    pub(super) fn given(&self) -> impl Iterator<Item = &'static Setting> {
        all().filter(|setting| self.0.contains_key(setting.key))
    }

    /// The first setting that is wrong by itself, and why. Settings that only do not fit each other are none: an option may
    /// replace one of them.
    pub(super) fn wrong(&self) -> Option<(&'static Setting, Error)> {
        Settings::resolve(std::slice::from_ref(self)).err()?;
        self.given().find_map(|setting| {
            let error = Settings::resolve(&[self.only(setting.key)]).err()?;
            Some((setting, error))
        })
    }
}

/// The layer that resolves to these settings.
impl From<&Settings> for Layer {
    fn from(settings: &Settings) -> Self {
        let kept = all().filter(|setting| setting.scope != Scope::Process);
        let value = |setting: &'static Setting| Some((setting.key, setting.get(settings)?));
        Self(kept.filter_map(value).collect())
    }
}

/// A key of a config file.
struct Key(&'static Setting);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let setting = find(&name).ok_or_else(|| serde::de::Error::custom(unknown_key(&name)))?;
        Ok(Self(setting))
    }
}

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let accepted = self.0.kind.accept(&value);
        accepted.map_err(serde::de::Error::custom)
    }
}

impl Serialize for Layer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(&self.0)
    }
}

impl<'de> Deserialize<'de> for Layer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;

        impl<'de> Visitor<'de> for Keys {
            type Value = Layer;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of settings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Layer, A::Error> {
                let mut layer = Layer::default();
                while let Some(Key(setting)) = map.next_key()? {
                    layer.set(setting, map.next_value_seed(Key(setting))?);
                }
                Ok(layer)
            }
        }

        deserializer.deserialize_map(Keys)
    }
}
