//! What a run is: `run.toml`, and the name of its folder.

use serde::{Deserialize, Serialize};

use super::Settings;

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
    /// All settings as resolved.
    pub settings: Settings,
}

impl Manifest {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dataset_names_become_file_names() {
        assert_eq!(plain_name("mnist"), "mnist");
        assert_eq!(plain_name("folder:/data/my flowers/"), "my_flowers");
        assert_eq!(plain_name("folder:../.."), "folder");
        assert_eq!(plain_name("folder:/tmp/Köln"), "K_ln");
    }
}
