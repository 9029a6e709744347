//! The names of datasets as users type them, from those of all formats.

use std::path::Path;
use std::str::FromStr;

use super::{FORMATS, Format};
use crate::dataset::places::at_home;
use crate::dataset::source::{Prefix, Source};
use crate::dataset::{DatasetError, Result};

impl Source {
    /// Every dataset that has a name, in the order in which they are listed.
    #[must_use]
    pub fn named() -> Vec<Self> {
        let names = FORMATS.iter().flat_map(|format| format.names());
        names.map(Self::Named).collect()
    }

    /// How datasets are named by their paths, for help and messages: `folder:PATH, idx:DIR, …`.
    #[must_use]
    pub fn path_forms() -> String {
        let form = |prefix: &Prefix| format!("{}{}", prefix.text, prefix.value);
        prefixes().map(form).collect::<Vec<_>>().join(", ")
    }

    /// What may be typed, in a sentence for help.
    #[must_use]
    pub fn help() -> String {
        format!("A name that `datasets` lists, or {}", Self::path_forms())
    }

    /// Its format.
    pub(super) fn format(&self) -> &'static dyn Format {
        let mut formats = FORMATS.into_iter();
        let found = match self {
            Self::Named(name) => formats.find(|format| format.names().contains(name)),
            Self::At(prefix, _) => formats.find(|format| format.prefix() == Some(prefix)),
        };
        #[expect(
            clippy::expect_used,
            reason = "names and prefixes are those of the formats"
        )]
        found.expect("every name and every prefix belongs to a format")
    }

    /// Whether the images of runs were mirrored whose settings do not say it.
    #[must_use]
    pub fn was_mirrored(&self) -> bool {
        self.format().was_mirrored()
    }
}

fn prefixes() -> impl Iterator<Item = &'static Prefix> {
    FORMATS.iter().filter_map(|format| format.prefix())
}

impl FromStr for Source {
    type Err = DatasetError;

    fn from_str(text: &str) -> Result<Self> {
        for prefix in prefixes() {
            match text.strip_prefix(prefix.text) {
                Some("") => {
                    return Err(DatasetError::EmptyPath {
                        prefix: prefix.text,
                        value: prefix.value,
                    });
                }
                Some(path) => return Ok(Self::At(prefix, at_home(Path::new(path)))),
                None => {}
            }
        }
        let all = Self::named();
        let found = all.iter().find(|source| source.has_name(text));
        found.cloned().ok_or_else(|| {
            let known: Vec<String> = all.iter().map(ToString::to_string).collect();
            DatasetError::UnknownDataset {
                name: text.to_owned(),
                known: known.join(", "),
                paths: Self::path_forms(),
            }
        })
    }
}

/// A source that a test knows to be well-formed.
#[cfg(test)]
impl Source {
    #[allow(clippy::unwrap_used)]
    pub(crate) fn known(text: &str) -> Self {
        text.parse().unwrap()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    #[test]
    fn every_name_is_read_back() {
        for source in Source::named() {
            assert_eq!(Source::known(&source.to_string()), source);
        }
        for text in [
            "cifar100-coarse",
            "npz:a.npz",
            "hf:a/b",
            "idx:a",
            "folder:a b/c",
        ] {
            assert_eq!(Source::known(text).to_string(), text);
        }
        assert_eq!(
            Source::known("folder:a b/c").path(),
            Some(Path::new("a b/c"))
        );
    }

    #[test]
    fn unknown_names_are_answered_with_the_known_ones() {
        assert_eq!(
            "mnits".parse::<Source>().unwrap_err().to_string(),
            "unknown dataset 'mnits': use one of glyphs, glyphs-plain, glyphs-noise, mnist, cifar10, cifar100, cifar100-coarse, stl10, imagenet32, or folder:PATH, idx:DIR, npz:FILE, hf:DIR"
        );
        assert_eq!(
            "folder:".parse::<Source>().unwrap_err().to_string(),
            "'folder:' names no path: write folder:PATH"
        );
        assert!("".parse::<Source>().is_err());
    }
}
