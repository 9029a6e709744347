//! What is published: addresses, sizes and checksums of the files of datasets, from `configs/datasets.toml` and the user's own file of that kind.

mod list;

use std::path::{Path, PathBuf};
use std::time::Duration;

use self::list::{parse, parse_built_in};
use super::checksum::Checksum;
use super::places::at_home;
use crate::folders;

/// The environment variable that names the user's file.
pub const VARIABLE: &str = "EBCLE_DATASETS";

/// The files of one dataset as its authors publish them.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    /// The dataset.
    pub name: String,
    /// Folders on the web, tried in this order; a file's address is one of them and its name.
    pub mirrors: Vec<String>,
    /// What is fetched.
    pub files: Vec<PublishedFile>,
    /// The same data in other published forms, each a list of files that belong together.
    pub others: Vec<Vec<PublishedFile>>,
    /// Where the files are below a data folder, besides the folder itself and one of the dataset's name.
    pub folders: Vec<String>,
    /// Why the files cannot be fetched and what to do, where that is so.
    pub registration: Option<String>,
    /// How long to wait, and how often to try.
    pub retry: RetryPolicy,
}

/// One file as it is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedFile {
    /// Its name.
    pub name: String,
    /// Other usual names of it.
    pub aliases: Vec<String>,
    /// Its size in bytes, where it is published.
    pub size: Option<u64>,
    /// Its checksum, where one is published.
    pub checksum: Option<Checksum>,
    /// The folder that it unpacks to.
    pub folder: Option<String>,
    /// What it unpacks to.
    pub contents: Vec<PublishedFile>,
    /// Whether the dataset is complete without it.
    pub optional: bool,
}

/// How long to wait for a server, and how often to try.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryPolicy {
    /// To wait for a connection.
    pub connect: Duration,
    /// To wait for the next bytes, and the time over which their rate is taken.
    pub stall: Duration,
    /// Fewest bytes a second.
    pub least_rate: u64,
    /// To wait for all files of a dataset.
    pub total: Duration,
    /// Attempts at one address without getting on.
    pub attempts: u32,
    /// Pause before the second attempt; it doubles with each further one.
    pub pause: Duration,
}

impl Published {
    /// Bytes of all files that are fetched.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.files.iter().filter_map(|file| file.size).sum()
    }
}

impl PublishedFile {
    /// Its name and its other names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.aliases.iter().map(String::as_str))
    }
}

/// Why the list of published files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PublishedError {
    /// The user's file cannot be read.
    #[error("cannot read {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The user's file holds something that cannot be used.
    #[error("{path}:{line}: {problem}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong, in one sentence.
        problem: String,
    },
    /// No such dataset is published.
    #[error("no files are known for '{name}': there are {known}, and your own in {file}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The known names, comma-separated.
        known: String,
        /// The user's file.
        file: PathBuf,
    },
}

/// The user's file: the one that [`VARIABLE`] names, or `datasets.toml` in the program's config folder.
#[must_use]
pub fn user_file() -> PathBuf {
    if let Some(path) = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
        return at_home(Path::new(&path));
    }
    folders::config().unwrap_or_default().join("datasets.toml")
}

/// The published files of a dataset, the user's file laid over the built-in list.
///
/// # Errors
/// [`PublishedError`] where the user's file cannot be used, or where no such dataset is known.
pub fn published(name: &str) -> Result<Published, PublishedError> {
    let file = user_file();
    let named = std::env::var_os(VARIABLE).is_some_and(|value| !value.is_empty());
    let own = match crate::regular::read_to_string(&file) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !named => None,
        Err(source) => return Err(PublishedError::Io { path: file, source }),
    };
    let mut list = parse_built_in();
    if let Some(own) = own {
        let own = parse(&own).map_err(|(line, problem)| PublishedError::Malformed {
            path: file.clone(),
            line,
            problem,
        })?;
        list.lay_under(own);
    }
    list.dataset(name).map_err(|problem| match problem {
        Some(problem) => PublishedError::Malformed {
            path: file.clone(),
            line: 1,
            problem,
        },
        None => PublishedError::Unknown {
            name: name.to_owned(),
            known: list.names(),
            file: file.clone(),
        },
    })
}

/// The address of `file` in `mirror`.
#[must_use]
pub fn address(mirror: &str, file: &str) -> String {
    format!("{}/{file}", mirror.trim_end_matches('/'))
}

/// The file in which `target` is received until it is complete.
#[must_use]
pub fn unfinished(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

/// The folder in which `dataset` is put below `data`: `data` itself if it has the dataset's name.
#[must_use]
pub fn folder(data: &Path, dataset: &str) -> PathBuf {
    if data.file_name().is_some_and(|name| name == dataset) {
        data.to_owned()
    } else {
        data.join(dataset)
    }
}

/// The folder into which `dataset` is fetched: below `data_dir`, or else below the program's own data
/// folder; none where there is neither.
#[must_use]
pub fn target(data_dir: Option<&Path>, dataset: &str) -> Option<PathBuf> {
    let data = data_dir.map(Path::to_owned).or_else(folders::data)?;
    Some(folder(&data, dataset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_need_no_slash() {
        for mirror in ["http://h/x", "http://h/x/"] {
            assert_eq!(address(mirror, "a"), "http://h/x/a");
        }
    }

    #[test]
    fn a_data_folder_of_the_datasets_name_is_its_folder() {
        assert_eq!(
            folder(Path::new("data"), "mnist"),
            PathBuf::from("data/mnist")
        );
        assert_eq!(
            folder(Path::new("data/mnist"), "mnist"),
            PathBuf::from("data/mnist")
        );
    }
}
