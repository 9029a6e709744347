//! How is a folder laid out? Classes side by side, training and test images apart, or images alone.

use std::path::{Path, PathBuf};

use super::contents::{Contents, subfolders};
use super::names::{Role, is_images};
use super::walk::Walk;
use crate::dataset::{DatasetError, Result};

/// How a folder is laid out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// Class folders for training, and folders of held-out images: test images first.
    Apart {
        train: PathBuf,
        held_out: Vec<PathBuf>,
    },
    /// Class folders.
    Together(Vec<PathBuf>),
    /// Images without classes, in this folder.
    Flat(PathBuf),
}

/// Most folders around a dataset, one in the other.
const WRAPPED: usize = 4;

/// Whether there are class folders in a folder; one named `images` is none.
pub(super) fn has_classes(folder: &Path, walk: &Walk<'_>) -> Result<bool> {
    Ok(match subfolders(folder, walk)?.as_slice() {
        [] => false,
        [only] => !is_images(only),
        _ => true,
    })
}

/// The folder in `path` that is the dataset, where `path` does nothing but hold it.
///
/// # Errors
/// [`DatasetError::Malformed`] where it holds several.
pub(super) fn unwrapped(path: &Path, walk: &Walk<'_>) -> Result<PathBuf> {
    let mut root = path.to_owned();
    for _ in 0..WRAPPED {
        match inner(&root, walk)? {
            Some(inside) => root = inside,
            None => break,
        }
    }
    Ok(root)
}

/// The dataset that a folder wraps, if it does.
fn inner(folder: &Path, walk: &Walk<'_>) -> Result<Option<PathBuf>> {
    let folders = subfolders(folder, walk)?;
    if folders
        .iter()
        .any(|path| Role::of(path) == Some(Role::Train))
    {
        return Ok(None);
    }
    let mut sets = Vec::new();
    for path in &folders {
        if holds_split(path, WRAPPED, walk)? {
            sets.push(path);
        }
    }
    if let [set, ..] = sets.as_slice() {
        let mut alone = sets.len() == 1 && Contents::direct(folder, walk)?.images.is_empty();
        for other in folders.iter().filter(|path| path != set) {
            alone = alone && Contents::all(other, walk)?.images.is_empty();
        }
        if alone {
            return Ok(Some((*set).clone()));
        }
        return Err(malformed!(
            folder,
            "{} in it holds training and test images, beside other images: name only it, as folder:{}",
            set.display(),
            set.display()
        ));
    }
    let [only] = folders.as_slice() else {
        return Ok(None);
    };
    let wraps = Role::of(only).is_none()
        && !is_images(only)
        && holds_folders(only, WRAPPED, walk)?
        && Contents::direct(folder, walk)?.images.is_empty();
    Ok(wraps.then(|| only.clone()))
}

/// Whether there are several folders in a folder, or in the only one in it.
fn holds_folders(folder: &Path, depth: usize, walk: &Walk<'_>) -> Result<bool> {
    Ok(match subfolders(folder, walk)?.as_slice() {
        [] => false,
        [only] if is_images(only) => false,
        [only] if Role::of(only).is_some() => true,
        [only] => depth > 0 && holds_folders(only, depth - 1, walk)?,
        _ => true,
    })
}

/// Whether a folder is, or holds, one with training and test images apart.
fn holds_split(folder: &Path, depth: usize, walk: &Walk<'_>) -> Result<bool> {
    if is_split(folder, walk)? {
        return Ok(true);
    }
    if depth > 0 {
        for path in subfolders(folder, walk)? {
            if holds_split(&path, depth - 1, walk)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether a folder has class folders to train with, and held-out images beside them.
fn is_split(folder: &Path, walk: &Walk<'_>) -> Result<bool> {
    let folders = subfolders(folder, walk)?;
    let roles: Vec<Option<Role>> = folders.iter().map(|path| Role::of(path)).collect();
    let held_out = roles
        .iter()
        .any(|role| matches!(role, Some(Role::Test | Role::Validation)));
    for (path, role) in folders.iter().zip(&roles) {
        if *role == Some(Role::Train) && held_out && has_classes(path, walk)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// How `root` is laid out.
///
/// # Errors
/// [`DatasetError::Malformed`] where a half is missing or there twice.
pub(super) fn layout(root: &Path, walk: &Walk<'_>) -> Result<Layout> {
    let folders = subfolders(root, walk)?;
    let of = |role: Role| -> Vec<&PathBuf> {
        let folders = folders.iter();
        folders
            .filter(|path| Role::of(path) == Some(role))
            .collect()
    };
    let train = of(Role::Train);
    let held_out = [of(Role::Test), of(Role::Validation)];
    let without_role = folders
        .iter()
        .filter(|path| Role::of(path).is_none())
        .count();
    let mut with_classes = Vec::new();
    for folder in &train {
        if has_classes(folder, walk)? {
            with_classes.push(*folder);
        }
    }
    let [test, validation] = &held_out;
    match (with_classes.as_slice(), train.as_slice()) {
        ([train], _) => {
            if let Some(both) = [test, validation].into_iter().find(|half| half.len() > 1) {
                return Err(twice(root, both));
            }
            let held_out: Vec<PathBuf> = held_out.into_iter().flatten().cloned().collect();
            if held_out.is_empty() {
                return Err(malformed!(
                    root,
                    "it has a folder {0}, but neither test nor val beside it: add one, or use folder:{1}",
                    name(train),
                    train.display()
                ));
            }
            Ok(Layout::Apart {
                train: (*train).clone(),
                held_out,
            })
        }
        ([_, _, ..], _) => Err(twice(root, &train)),
        ([], [train]) if without_role == 0 => Ok(Layout::Flat((*train).clone())),
        ([], []) if without_role == 0 && !folders.is_empty() => {
            let mut classes = false;
            for folder in &folders {
                classes = classes || has_classes(folder, walk)?;
            }
            if !classes {
                return Ok(Layout::Together(folders));
            }
            Err(malformed!(
                root,
                "it has a folder {}, but no folder train beside it: a cap comes from training images, so add these",
                name(&folders[0])
            ))
        }
        _ => Ok(match folders.as_slice() {
            [] => Layout::Flat(root.to_owned()),
            [only] if is_images(only) => Layout::Flat(only.clone()),
            _ => Layout::Together(folders),
        }),
    }
}

fn twice(root: &Path, folders: &[&PathBuf]) -> DatasetError {
    malformed!(
        root,
        "{} and {} in it are named for the same images: keep one of them",
        name(folders[0]),
        name(folders[1])
    )
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
