//! The program's own folders in the user's home; none where there is no home folder.

use std::path::PathBuf;

use directories::ProjectDirs;

fn all() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "ebcle-tui")
}

/// What the user writes: the config file, keys, themes, published datasets.
pub fn config() -> Option<PathBuf> {
    Some(all()?.config_dir().to_owned())
}

/// Fetched datasets.
pub fn data() -> Option<PathBuf> {
    Some(all()?.data_dir().to_owned())
}

/// What can be made again: caches and the log.
pub fn cache() -> Option<PathBuf> {
    Some(all()?.cache_dir().to_owned())
}

/// What the app remembers of its last session.
pub fn state() -> Option<PathBuf> {
    let all = all()?;
    Some(all.state_dir().unwrap_or(all.data_local_dir()).to_owned())
}
