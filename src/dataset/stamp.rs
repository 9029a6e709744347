//! Are the files of a dataset still the same? Told without reading them.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use rayon::prelude::*;

use super::formats::locate;
use super::{LoadOptions, Progress, Result, Source};

/// A file as it was at one moment, by what the operating system says of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// The file, by its full path.
    pub path: PathBuf,
    /// Size in bytes, and when its contents and (on Unix) its entry were last changed, in
    /// nanoseconds; none where there is no such file.
    pub state: Option<[u128; 3]>,
}

impl Stamp {
    /// The stamp of the file at `path` now.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        let metadata = fs::metadata(path).ok();
        Self {
            path: std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
            state: metadata.map(|metadata| {
                let modified = metadata.modified().ok();
                let modified = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
                let modified = modified.map_or(0, |time| time.as_nanos());
                [metadata.len().into(), modified, changed(&metadata)]
            }),
        }
    }
}

/// When an entry was changed, which also tells of a file that was put in place with an old date.
#[cfg(unix)]
fn changed(metadata: &Metadata) -> u128 {
    use std::os::unix::fs::MetadataExt;
    let nanoseconds = i128::from(metadata.ctime()) * 1_000_000_000;
    (nanoseconds + i128::from(metadata.ctime_nsec())) as u128
}

#[cfg(not(unix))]
fn changed(_: &Metadata) -> u128 {
    0
}

/// The stamps of the files that [`super::load`] would read now, in a fixed order; none for what the
/// program draws itself. `progress` receives what is found on the way.
///
/// # Errors
/// [`crate::dataset::DatasetError`] where the dataset is not found, or what is there is none.
pub fn stamps(
    source: &Source,
    options: &LoadOptions,
    progress: Progress<'_>,
) -> Result<Vec<Stamp>> {
    let files = locate(source, options)?.files(options, progress)?;
    Ok(files.par_iter().map(|file| Stamp::of(file)).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs::File;
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn a_stamp_changes_with_size_date_and_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        assert_eq!(Stamp::of(&path).state, None);
        fs::write(&path, "one").unwrap();
        let first = Stamp::of(&path);
        assert_eq!(first, Stamp::of(&path));
        assert_eq!(first.state.unwrap()[0], 3);
        fs::write(&path, "four").unwrap();
        let second = Stamp::of(&path);
        assert_ne!(first, second);
        let old = SystemTime::UNIX_EPOCH + Duration::from_secs(5);
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(old).unwrap();
        assert_eq!(Stamp::of(&path).state.unwrap()[1], 5_000_000_000);
        let other = folder.path().join("b");
        fs::rename(&path, &other).unwrap();
        assert_ne!(Stamp::of(&other).path, second.path);
    }

    #[test]
    fn a_folder_has_a_stamp_for_every_image_and_glyphs_have_none() {
        let folder = tempfile::tempdir().unwrap();
        for class in ["cat", "dog"] {
            fs::create_dir(folder.path().join(class)).unwrap();
            for image in 0..3 {
                fs::write(folder.path().join(class).join(format!("{image}.png")), "x").unwrap();
            }
        }
        let options = LoadOptions::default();
        let source = Source::known(&format!("folder:{}", folder.path().display()));
        let stamps = |source| super::stamps(source, &options, &|_| {}).unwrap();
        assert_eq!(stamps(&source).len(), 6);
        assert_eq!(stamps(&source), stamps(&source));
        assert_eq!(stamps(&Source::known("glyphs-plain")), []);
        fs::remove_dir_all(folder.path()).unwrap();
        assert!(super::stamps(&source, &options, &|_| {}).is_err());
    }
}
