//! Which files of a folder are images, of which class, and for what.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::contents::{Contents, Left, subfolders};
use super::layout::{Layout, layout, unwrapped};
use super::names::{Class, Role};
use super::walk::Walk;
use crate::dataset::archive::malformed;
use crate::dataset::{DatasetError, Result, Skipped, UNLABELLED};

/// One in so many images of a class is held out if a folder has no test images.
const HELD_OUT: usize = 5;
/// Most bytes of a file that says which class each image has.
const ANNOTATIONS: u64 = 64 << 20;

/// An image file and its class.
pub(super) type Labelled = (PathBuf, u32);

/// The files of a folder, class after class in the order of their names.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) class_names: Vec<String>,
    pub(super) train: Vec<Labelled>,
    pub(super) test: Vec<Labelled>,
    /// Files that are left out, and why.
    pub(super) left: Vec<Left>,
    /// Choices that were made, a sentence each.
    pub(super) notes: Vec<String>,
    /// A file that says which class each test image has.
    annotations: Option<PathBuf>,
}

impl Listing {
    /// Everything that decides on what is read.
    pub(super) fn files(self) -> Vec<PathBuf> {
        let images = self.train.into_iter().chain(self.test);
        let images = images.map(|(file, _)| file);
        let left = self.left.into_iter().map(|(file, _)| file);
        images.chain(left).chain(self.annotations).collect()
    }

    /// The files that are left out, by reason.
    pub(super) fn skipped(&self) -> Vec<Skipped> {
        counted(&self.left)
    }

    fn put(&mut self, role: Role, files: Vec<PathBuf>, label: u32) {
        let part = match role {
            Role::Train => &mut self.train,
            _ => &mut self.test,
        };
        part.extend(files.into_iter().map(|file| (file, label)));
    }
}

/// Lists a folder; `walk` counts what is seen on the way.
pub(super) fn list(path: &Path, seed: u64, walk: &Walk<'_>) -> Result<Listing> {
    if !path.is_dir() {
        return Err(malformed(
            path,
            "there is no such folder: give a folder of class folders".to_owned(),
        ));
    }
    let mut notes = Vec::new();
    let root = unwrapped(path, walk)?;
    if root != path {
        notes.push(format!(
            "the images of {} are read from {}, the only dataset in it",
            path.display(),
            root.display()
        ));
    }
    notes.extend(half_of(path, walk));
    let mut listing = match layout(&root, walk)? {
        Layout::Flat(folder) => list_flat(&folder, walk)?,
        Layout::Together(folders) => {
            let direct = Contents::direct(&root, walk)?;
            match Classes::of(&folders, direct.images, walk) {
                Ok(classes) => classes.hold_out(seed)?,
                // Images without classes, beside folders that hold none.
                Err((_, images)) if !images.is_empty() => list_flat(&root, walk)?,
                Err((error, _)) => return Err(error),
            }
        }
        Layout::Apart { train, held_out } => list_apart(&root, &train, &held_out, seed, walk)?,
    };
    notes.append(&mut listing.notes);
    listing.notes = notes;
    Ok(listing)
}

/// A sentence for a folder that is the test half of another.
fn half_of(path: &Path, walk: &Walk<'_>) -> Option<String> {
    if !matches!(Role::of(path)?, Role::Test | Role::Validation) {
        return None;
    }
    let above = path.parent()?;
    let siblings = subfolders(above, walk).ok()?;
    siblings
        .iter()
        .any(|folder| Role::of(folder) == Some(Role::Train))
        .then(|| {
            format!(
                "{} holds the test images of folder:{}: a cap must come from training images",
                path.display(),
                above.display()
            )
        })
}

/// Lists images without classes, all of which are to be analysed.
fn list_flat(folder: &Path, walk: &Walk<'_>) -> Result<Listing> {
    let Contents { images, left } = Contents::all(folder, walk)?;
    if images.is_empty() {
        return Err(malformed(
            folder,
            if left.is_empty() {
                "there are no class folders in it: put the images of each class into a separate folder"
                    .to_owned()
            } else {
                format!("it holds no images ({})", reasons(&left))
            },
        ));
    }
    Ok(Listing {
        class_names: vec![UNLABELLED.to_owned()],
        train: images.into_iter().map(|image| (image, 0)).collect(),
        left,
        notes: vec![format!(
            "{} has no class folders: its images can be analysed, not trained on",
            folder.display()
        )],
        ..Listing::default()
    })
}

/// The images of class folders side by side.
struct Classes {
    images: BTreeMap<Class, Vec<PathBuf>>,
    left: Vec<Left>,
}

impl Classes {
    /// Reads class folders; `beside` are images next to them. An error comes with these.
    fn of(
        folders: &[PathBuf],
        beside: Vec<PathBuf>,
        walk: &Walk<'_>,
    ) -> Result<Self, (DatasetError, Vec<PathBuf>)> {
        let mut classes = Self {
            images: BTreeMap::new(),
            left: Vec::new(),
        };
        let mut empty = None;
        for folder in folders {
            let Contents { images, left } = match Contents::all(folder, walk) {
                Ok(contents) => contents,
                Err(error) => return Err((error, Vec::new())),
            };
            if images.is_empty() {
                empty.get_or_insert_with(|| vanished(folder, &left));
            } else {
                let class = Class::of_folder(folder);
                classes.images.entry(class).or_default().extend(images);
            }
            classes.left.extend(left);
        }
        if let Some(error) = empty {
            let flat = if classes.images.is_empty() {
                beside
            } else {
                Vec::new()
            };
            return Err((error, flat));
        }
        let reason = "an image beside the class folders";
        let beside = beside.into_iter().map(|path| (path, reason.to_owned()));
        classes.left.extend(beside);
        Ok(classes)
    }

    fn names(&self) -> Vec<String> {
        self.images.keys().map(Class::name).collect()
    }

    /// Holds out a fifth of each class, rounded, but at least one image.
    fn hold_out(self, seed: u64) -> Result<Listing> {
        let mut listing = Listing {
            class_names: self.names(),
            left: self.left,
            ..Listing::default()
        };
        for (label, files) in (0..).zip(self.images.into_values()) {
            if files.len() < 2 {
                let class = files[0].parent().unwrap_or(&files[0]);
                return Err(malformed(
                    class,
                    "the class has a single image, but one is needed for training and one for the test"
                        .to_owned(),
                ));
            }
            let held_out = ((files.len() + HELD_OUT / 2) / HELD_OUT).max(1);
            let mut order: Vec<usize> = (0..files.len()).collect();
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(u64::from(label));
            order.shuffle(&mut rng);
            let mut is_held_out = vec![false; files.len()];
            for &index in &order[..held_out] {
                is_held_out[index] = true;
            }
            for (file, held_out) in files.into_iter().zip(is_held_out) {
                let role = if held_out { Role::Test } else { Role::Train };
                listing.put(role, vec![file], label);
            }
        }
        Ok(listing)
    }
}

/// Lists a folder that has its training and test images apart.
fn list_apart(
    root: &Path,
    train: &Path,
    held_out: &[PathBuf],
    seed: u64,
    walk: &Walk<'_>,
) -> Result<Listing> {
    let folders = subfolders(train, walk)?;
    let beside = Contents::direct(train, walk)?.images;
    let classes = Classes::of(&folders, beside, walk).map_err(|(error, _)| error)?;
    for test in held_out {
        let Some(found) = list_test(test, train, &classes.images, walk)? else {
            continue;
        };
        let mut listing = Listing {
            class_names: classes.names(),
            left: classes.left,
            ..found
        };
        listing.left.extend(found.left);
        for (label, files) in (0..).zip(classes.images.into_values()) {
            listing.put(Role::Train, files, label);
        }
        if *test != held_out[0] {
            listing.notes.push(format!(
                "{} has no class folders: the images of {} are the test images",
                held_out[0].display(),
                test.display()
            ));
        }
        return Ok(listing);
    }
    let unlabelled: Vec<String> = held_out
        .iter()
        .filter_map(|folder| Some(folder.file_name()?.to_string_lossy().into_owned()))
        .collect();
    let mut listing = classes.hold_out(seed)?;
    listing.notes.push(format!(
        "{} of {} without class folders: a fifth of every class of {} is the test set instead",
        unlabelled.join(" and "),
        root.display(),
        train.display()
    ));
    Ok(listing)
}

/// The test images in a folder, as a listing without training images; none where nothing says which
/// class they have.
fn list_test(
    test: &Path,
    train: &Path,
    classes: &BTreeMap<Class, Vec<PathBuf>>,
    walk: &Walk<'_>,
) -> Result<Option<Listing>> {
    if !super::layout::has_classes(test, walk)? {
        return list_annotated(test, classes, walk);
    }
    let mut listing = Listing::default();
    let mut found = BTreeMap::new();
    for folder in subfolders(test, walk)? {
        let class = Class::of_folder(&folder);
        let Some(label) = classes.keys().position(|known| *known == class) else {
            return Err(malformed!(
                &folder,
                "class '{}' has no folder in {}",
                class.name(),
                train.display()
            ));
        };
        let Contents { images, left } = Contents::all(&folder, walk)?;
        if images.is_empty() {
            return Err(vanished(&folder, &left));
        }
        listing.left.extend(left);
        let files: &mut Vec<PathBuf> = found.entry(label as u32).or_default();
        files.extend(images);
    }
    for (label, files) in found {
        listing.put(Role::Test, files, label);
    }
    Ok(Some(listing))
}

/// The test images of a folder in which a file such as `val_annotations.txt` of Tiny `ImageNet` names
/// the class of each: image, class and more, line by line.
fn list_annotated(
    test: &Path,
    classes: &BTreeMap<Class, Vec<PathBuf>>,
    walk: &Walk<'_>,
) -> Result<Option<Listing>> {
    let Contents { images, left } = Contents::all(test, walk)?;
    let Some((annotations, _)) = left.iter().find(|(path, _)| {
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        name.ends_with("annotations.txt")
            && fs::metadata(path).is_ok_and(|data| data.len() <= ANNOTATIONS)
    }) else {
        return Ok(None);
    };
    let lines = fs::read_to_string(annotations).map_err(|source| DatasetError::Io {
        path: annotations.clone(),
        source,
    })?;
    let labels: BTreeMap<&str, u32> = lines
        .lines()
        .filter_map(|line| {
            let mut words = line.split('\t');
            let (image, class) = (words.next()?, Class::of(OsStr::new(words.next()?)));
            let label = classes.keys().position(|known| *known == class)?;
            Some((image, label as u32))
        })
        .collect();
    let mut listing = Listing {
        annotations: Some(annotations.clone()),
        ..Listing::default()
    };
    for image in images {
        let name = image.file_name().and_then(OsStr::to_str);
        let Some(&label) = name.and_then(|name| labels.get(name)) else {
            return Err(malformed!(
                &image,
                "{} names no class of the training images for it",
                annotations.display()
            ));
        };
        listing.test.push((image, label));
    }
    listing.test.sort_by_key(|(_, label)| *label);
    let annotations = annotations.clone();
    listing.left = left;
    listing.left.retain(|(path, _)| *path != annotations);
    Ok((!listing.test.is_empty()).then_some(listing))
}

/// The error for a class of which nothing is left.
fn vanished(class: &Path, left: &[Left]) -> DatasetError {
    malformed(
        class,
        if left.is_empty() {
            "there are no images in this class folder: add some, or remove it".to_owned()
        } else {
            format!(
                "none of its files is read ({}): convert or replace them, or remove the folder",
                reasons(left)
            )
        },
    )
}

fn counted(left: &[Left]) -> Vec<Skipped> {
    Skipped::counted(left.iter().map(|(_, reason)| reason.as_str()))
}

fn reasons(left: &[Left]) -> String {
    Skipped::list(&counted(left))
}
