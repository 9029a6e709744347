//! What a run is: `run.toml`, and the name of its folder.

use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::layout::MANIFEST;
use super::{Error, Settings, show_seeds};
use crate::evidence::TestSet;
use crate::training::rates::RateCheck;

/// What `run.toml` holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the program that made the run.
    pub version: String,
    /// When it was made.
    pub created: jiff::Timestamp,
    /// The device in words.
    pub device: String,
    /// SHA-256 of the data, see [`crate::dataset::Dataset::fingerprint`].
    pub data_fingerprint: String,
    /// SHA-256 of the settings, see [`Settings::fingerprint`]; none of an older run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings_fingerprint: Option<String>,
    /// What its networks are tested on; none of an older run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_set: Option<TestSet>,
    /// What its networks are chosen on; none without a hold-out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holdout_set: Option<TestSet>,
    /// What a user must know of how the dataset was read and of what its images decided, in sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Seeds that were added after the run was begun, when its results could be seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seeds_added: Vec<u64>,
    /// All settings as resolved, the added seeds among them.
    pub settings: Settings,
    /// How the learning rates were chosen; none where they were not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_check: Option<RateCheck>,
}

impl Manifest {
    /// SHA-256 in hexadecimal of what tells this run from others: its settings' fingerprint, that of its data, and
    /// when it was made; its checkpoints carry it. None of an older run.
    #[must_use]
    pub fn identity(&self) -> Option<String> {
        let settings = self.settings_fingerprint.as_ref()?;
        let text = format!("{settings} {} {}", self.data_fingerprint, self.created);
        Some(crate::format::hexadecimal(&Sha256::digest(text)))
    }

    /// Whether the settings are those that the run was made with, as far as that is known.
    #[must_use]
    pub fn is_as_made(&self) -> bool {
        self.settings_fingerprint.is_none() || self.settings_fingerprint == self.fingerprint()
    }

    /// Checks that this version of the program made the run in `folder`, with these settings.
    ///
    /// # Errors
    /// [`Error::OtherVersion`] or [`Error::SettingsChanged`].
    pub(super) fn check_made_by_us(&self, folder: &Path) -> Result<(), Error> {
        if self.version != env!("CARGO_PKG_VERSION") {
            return Err(Error::OtherVersion {
                path: folder.to_owned(),
                version: self.version.clone(),
                ours: env!("CARGO_PKG_VERSION"),
            });
        }
        if !self.is_as_made() {
            return Err(Error::SettingsChanged {
                path: folder.join(MANIFEST),
            });
        }
        Ok(())
    }

    /// The fingerprint of its settings without the seeds that were added.
    pub(super) fn fingerprint(&self) -> Option<String> {
        let mut made = self.settings.clone();
        made.recipe
            .seeds
            .retain(|seed| !self.seeds_added.contains(seed));
        made.fingerprint()
    }

    /// Adds the next `number` whole numbers after its seeds.
    ///
    /// # Errors
    /// [`Error::Setting`] where its looks are planned, none is added, or there are no such numbers.
    pub fn add_seeds(&mut self, number: usize) -> Result<(), Error> {
        let refused = |sentence: &str| Err(Error::Setting(sentence.to_owned()));
        if !self.settings.looks.is_empty() {
            return refused(
                "this run has looks planned, which say at how many seeds it is judged: no seeds can be added",
            );
        }
        if number == 0 {
            return refused("--more-seeds 0 adds no seed: use at least 1");
        }
        let seeds = &mut self.settings.recipe.seeds;
        let last = seeds.iter().copied().max().unwrap_or(0);
        // TOML holds whole numbers up to that of 64 bits with a sign.
        let most = i64::MAX.unsigned_abs();
        let added: Vec<u64> = (last.saturating_add(1)..=most).take(number).collect();
        if added.len() < number {
            return refused("its seeds are too large to add the numbers after them");
        }
        seeds.extend(&added);
        self.seeds_added.extend(added);
        Ok(())
    }

    /// That seeds were added, one clause; none where none was.
    #[must_use]
    pub fn added_in_words(&self) -> Option<String> {
        let added = &self.seeds_added;
        let (noun, verb) = if added.len() == 1 {
            ("seed", "was")
        } else {
            ("seeds", "were")
        };
        (!added.is_empty()).then(|| {
            format!(
                "{noun} {} {verb} added after the first look: p-values and intervals are not those of a fixed plan",
                show_seeds(added)
            )
        })
    }

    /// Name of the run's folder: local time, dataset, architecture, such as `20261124-140203-mnist-resnet-50`.
    ///
    /// Of a dataset in a folder only the folder's own name is taken.
    #[must_use]
    pub fn folder_name(&self) -> String {
        let time = self
            .created
            .to_zoned_datetime(jiff::tz::TimeZone::system())
            .strftime("%Y%m%d-%H%M%S");
        format!(
            "{time}-{}-{}",
            plain_name(&self.settings.dataset),
            self.settings.architecture
        )
    }
}

/// A dataset's name as part of a file name: the last part of a path, ASCII letters, digits, `-`, `_` and `.` alone.
pub(crate) fn plain_name(dataset: &str) -> String {
    let last = dataset
        .split_once(':')
        .map_or(dataset, |(_, path)| path)
        .split(['/', '\\'])
        .rfind(|part| !matches!(*part, "" | "." | ".."))
        .unwrap_or("folder");
    last.chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.') {
                letter
            } else {
                '_'
            }
        })
        .take(64)
        .collect()
}

/// The images of settings in the name of a folder: the dataset and its transforms, `mnist-bits3`.
pub(crate) fn images_name(settings: &Settings) -> String {
    let mut name = plain_name(&settings.dataset);
    for transform in &settings.transform {
        name.push('-');
        name.push_str(&transform.short());
    }
    name
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn changed_settings_are_told_from_moved_ones() {
        let mut manifest = crate::run::fixture::manifest(&[1, 2], 3);
        assert!(manifest.is_as_made(), "an older run");
        manifest.settings_fingerprint = manifest.settings.fingerprint();
        let text = toml::to_string(&manifest).unwrap();
        let mut again: Manifest = toml::from_str(&text).unwrap();
        again.settings.data_dir = Some("/elsewhere".into());
        again.settings.out = "more".into();
        assert!(again.is_as_made());
        again.settings.recipe.epochs = 4;
        assert!(!again.is_as_made());
    }

    #[test]
    fn added_seeds_leave_the_run_what_it_was() {
        let mut manifest = crate::run::fixture::manifest(&[1, 7], 3);
        manifest.settings_fingerprint = manifest.settings.fingerprint();
        let identity = manifest.identity();
        assert_eq!(manifest.added_in_words(), None);
        manifest.add_seeds(3).unwrap();
        assert_eq!(manifest.settings.recipe.seeds, [1, 7, 8, 9, 10]);
        assert_eq!(manifest.seeds_added, [8, 9, 10]);
        assert!(manifest.is_as_made() && manifest.identity() == identity);
        let text = toml::to_string(&manifest).unwrap();
        assert_eq!(toml::from_str::<Manifest>(&text).unwrap(), manifest);
        let said = manifest.added_in_words().unwrap();
        assert!(
            said.starts_with("seeds 8..10 were added after the first look: "),
            "{said}"
        );
        let refused =
            |manifest: &mut Manifest, number| manifest.add_seeds(number).unwrap_err().to_string();
        assert!(refused(&mut manifest, 0).contains("adds no seed"));
        manifest.settings.recipe.seeds.push(i64::MAX.unsigned_abs());
        assert!(refused(&mut manifest, 1).contains("too large"));
        manifest.settings.looks = vec![5, 10];
        assert!(refused(&mut manifest, 1).contains("looks planned"));
    }

    #[test]
    fn dataset_names_become_file_names() {
        assert_eq!(plain_name("mnist"), "mnist");
        assert_eq!(plain_name("folder:/data/my flowers/"), "my_flowers");
        assert_eq!(plain_name("folder:../.."), "folder");
        assert_eq!(plain_name("folder:/tmp/Köln"), "K_ln");
    }
}
