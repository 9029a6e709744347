//! Where a run's images are: recorded as absolute paths, and searched for where they were moved.

use std::path::{Path, PathBuf, absolute};

use super::prepare::load_options;
use super::{Error, Manifest, Phase, Settings};
use crate::dataset::catalogue::entry;
use crate::dataset::places::places;
use crate::dataset::{Dataset, Source, State, Target, load};

/// Where the images of a run are now, if they were moved, and which device trains it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// The folder or file of the dataset, or the folder above it.
    pub data_dir: Option<PathBuf>,
    /// The dataset as a user names it now, such as `folder:/new/place`.
    pub dataset: Option<String>,
    /// The device that trains it on, where that is not the one of its settings.
    pub device: Option<String>,
}

impl Settings {
    /// The same settings, with absolute paths to the images; a dataset that was found below the working folder is kept with
    /// that folder.
    #[must_use]
    pub fn with_absolute_paths(&self) -> Self {
        let whole = |path: &PathBuf| absolute(path).unwrap_or_else(|_| path.clone());
        let mut settings = self.clone();
        if let Ok(source) = self.dataset.parse::<Source>() {
            settings.data_dir = self.data_dir.clone().or_else(|| self.found_in(&source));
            settings.dataset = source.with_path(whole).to_string();
        }
        settings.data_dir = settings.data_dir.as_ref().map(whole);
        settings.data_dirs = settings.data_dirs.iter().map(whole).collect();
        settings
    }

    /// The place below the working folder in which a published dataset is found by itself.
    fn found_in(&self, source: &Source) -> Option<PathBuf> {
        let found = |settings: &Self| match entry(source.clone(), &load_options(settings)).state {
            State::Found(path) => Some(path),
            _ => None,
        };
        let path = found(self).filter(|path| source.is_published() && path.is_relative())?;
        let mut relative = places(&load_options(self));
        relative.retain(|place| place.is_relative());
        relative.into_iter().find(|place| {
            let only = Self {
                data_dir: Some(place.clone()),
                ..self.clone()
            };
            found(&only).as_ref() == Some(&path)
        })
    }
}

/// Reads the images of a run from where they are now; those with the run's fingerprint are the right ones.
///
/// # Errors
/// [`Error::DataChanged`] where only others are found, and whatever reading them says.
pub(super) fn images(
    run: &Path,
    manifest: &Manifest,
    moved: &Moved,
    progress: &(dyn Fn(Phase) + Sync),
) -> Result<Dataset, Error> {
    let mut first: Option<Error> = None;
    for settings in candidates(&manifest.settings, moved)? {
        let source: Source = settings.dataset.parse()?;
        let read = load(&source, &load_options(&settings), &|loading| {
            progress(loading.into());
        });
        let error = match read {
            Ok(dataset) => {
                let found = dataset.fingerprint();
                if found == manifest.data_fingerprint {
                    return Ok(dataset);
                }
                let beginning = |text: &str| text.chars().take(12).collect();
                Error::DataChanged {
                    path: run.to_owned(),
                    dataset: settings.dataset,
                    found: beginning(&found),
                    expected: beginning(&manifest.data_fingerprint),
                }
            }
            Err(error) => error.into(),
        };
        first.get_or_insert(error);
    }
    Err(first.unwrap_or_else(|| unreachable!("there is always a place to look in")))
}

/// The settings under which the images may be found, the likeliest first.
fn candidates(kept: &Settings, moved: &Moved) -> Result<Vec<Settings>, Error> {
    let mut settings = kept.clone();
    if let Some(dataset) = &moved.dataset {
        let source: Source = dataset.parse()?;
        settings.dataset = source.to_string();
    }
    let Some(folder) = &moved.data_dir else {
        return Ok(vec![settings]);
    };
    settings.data_dir = Some(folder.clone());
    let source: Source = settings.dataset.parse()?;
    let Some(name) = source.path().and_then(Path::file_name) else {
        return Ok(vec![settings]);
    };
    let below = folder.join(name);
    // A set of IDX files may be named by what their names begin with, so that no such file is there.
    let is_below = below.exists()
        || source
            .prefix()
            .is_some_and(|prefix| prefix.target == Target::FolderOrFiles);
    let mut places = vec![folder.clone()];
    if is_below {
        places.insert(0, below);
    }
    let at = |place: PathBuf| Settings {
        dataset: source.with_path(|_| place.clone()).to_string(),
        ..settings.clone()
    };
    Ok(places.into_iter().map(at).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn kept(dataset: &str) -> Settings {
        Settings {
            dataset: dataset.to_owned(),
            ..Settings::resolve(&[]).unwrap()
        }
    }

    fn names(dataset: &str, moved: &Moved) -> Vec<String> {
        let found = candidates(&kept(dataset), moved).unwrap();
        found.into_iter().map(|settings| settings.dataset).collect()
    }

    #[test]
    fn images_are_kept_with_absolute_paths() {
        let here = std::env::current_dir().unwrap();
        let settings = Settings {
            data_dirs: vec!["more".into(), "/most".into()],
            ..kept("folder:my/pics")
        };
        let whole = settings.with_absolute_paths();
        assert_eq!(whole.dataset, format!("folder:{}/my/pics", here.display()));
        assert_eq!(whole.data_dirs, [here.join("more"), "/most".into()]);
        assert_eq!(whole.with_absolute_paths(), whole);
        assert_eq!(kept("glyphs").with_absolute_paths(), kept("glyphs"));
    }

    #[test]
    fn moved_images_are_looked_for_at_the_folder_and_below_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("pics")).unwrap();
        let to = folder.path().display().to_string();
        let moved = |data_dir: &str| Moved {
            data_dir: Some(data_dir.into()),
            ..Moved::default()
        };
        assert_eq!(
            names("folder:/old/pics", &moved(&to)),
            [format!("folder:{to}/pics"), format!("folder:{to}")]
        );
        assert_eq!(
            names("npz:/old/a.npz", &moved("/x/b.npz")),
            ["npz:/x/b.npz"]
        );
        assert_eq!(
            names("idx:/old/emnist-letters", &moved("/x")),
            ["idx:/x/emnist-letters", "idx:/x"]
        );
        assert_eq!(names("mnist", &moved("/x")), ["mnist"]);
        let named = Moved {
            dataset: Some("hf:/new".to_owned()),
            ..Moved::default()
        };
        assert_eq!(names("folder:/old/pics", &named), ["hf:/new"]);
        assert_eq!(
            names("folder:/old/pics", &Moved::default()),
            ["folder:/old/pics"]
        );
    }
}
