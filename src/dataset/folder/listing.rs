//! Which files of a folder are images, of which class, and for what.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::malformed;
use crate::dataset::Error;

/// Endings of the names of files that are read, in any case.
pub const EXTENSIONS: [&str; 12] = [
    "bmp", "gif", "jpeg", "jpg", "pbm", "pgm", "png", "pnm", "ppm", "tif", "tiff", "webp",
];

/// One in so many images of a class is held out where a folder has no test images of its own.
const HELD_OUT: usize = 5;

/// An image file and its class.
pub(super) type Labelled = (PathBuf, u32);

/// The files of a folder, class after class in the order of their names.
pub(super) struct Listing {
    pub(super) class_names: Vec<String>,
    pub(super) train: Vec<Labelled>,
    pub(super) test: Vec<Labelled>,
}

pub(super) fn list(path: &Path, seed: u64) -> Result<Listing, Error> {
    if !path.is_dir() {
        return Err(malformed(
            path,
            "there is no such folder: give a folder of class folders".to_owned(),
        ));
    }
    let train = path.join("train");
    let test = ["test", "val"]
        .map(|name| path.join(name))
        .into_iter()
        .find(|folder| folder.is_dir());
    match test {
        Some(test) if train.is_dir() => list_parts(&train, &test),
        _ if train.is_dir() && !subfolders(&train)?.is_empty() => Err(malformed(
            path,
            format!(
                "it has a folder train, but neither test nor val beside it: add one, or use folder:{}",
                train.display()
            ),
        )),
        _ => list_and_hold_out(path, seed),
    }
}

/// Lists a folder that has its training and test images apart.
fn list_parts(train: &Path, test: &Path) -> Result<Listing, Error> {
    let classes = classes(train)?;
    let class_names: Vec<String> = classes.iter().map(|class| name(class)).collect();
    let mut listing = Listing {
        class_names,
        train: Vec::new(),
        test: Vec::new(),
    };
    for (label, class) in (0..).zip(&classes) {
        let files = images(class)?;
        listing
            .train
            .extend(files.into_iter().map(|file| (file, label)));
    }
    for class in self::classes(test)? {
        let name = name(&class);
        let Some(label) = listing.class_names.iter().position(|known| *known == name) else {
            return Err(malformed(
                &class,
                format!("class '{name}' has no folder in {}", train.display()),
            ));
        };
        let files = images(&class)?;
        listing
            .test
            .extend(files.into_iter().map(|file| (file, label as u32)));
    }
    Ok(listing)
}

/// Lists a folder of classes and holds out a fifth of each, rounded, but at least one image.
fn list_and_hold_out(path: &Path, seed: u64) -> Result<Listing, Error> {
    let mut listing = Listing {
        class_names: Vec::new(),
        train: Vec::new(),
        test: Vec::new(),
    };
    for (label, class) in (0..).zip(classes(path)?) {
        let files = images(&class)?;
        if files.len() < 2 {
            return Err(malformed(
                &class,
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
            let part = if held_out {
                &mut listing.test
            } else {
                &mut listing.train
            };
            part.push((file, label));
        }
        listing.class_names.push(name(&class));
    }
    Ok(listing)
}

/// The class folders in a folder, of which there must be one.
fn classes(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let classes = subfolders(folder)?;
    if classes.is_empty() {
        return Err(malformed(
            folder,
            "there are no class folders in it: put the images of each class into a folder of its own"
                .to_owned(),
        ));
    }
    Ok(classes)
}

fn subfolders(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut entries = entries(folder)?;
    entries.retain(|path| path.is_dir());
    Ok(entries)
}

/// The image files in a class folder, of which there must be one.
fn images(class: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files = entries(class)?;
    files.retain(|path| path.is_file());
    let others = files.len();
    files.retain(|path| {
        path.extension().is_some_and(|end| {
            EXTENSIONS
                .iter()
                .any(|known| end.eq_ignore_ascii_case(known))
        })
    });
    if !files.is_empty() {
        return Ok(files);
    }
    Err(malformed(
        class,
        if others == 0 && !subfolders(class)?.is_empty() {
            format!(
                "it is taken for a class, but holds folders instead of images: if it is a set of images itself, use folder:{}, else remove it",
                class.display()
            )
        } else if others == 0 {
            "there are no images in this class folder: add some, or remove it".to_owned()
        } else {
            format!(
                "none of its {others} files is an image by its ending ({}): add some, or remove the folder",
                EXTENSIONS.join(", ")
            )
        },
    ))
}

/// What lies in a folder and is not hidden, sorted by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let io = |source: io::Error| Error::Io {
        path: folder.to_owned(),
        source,
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
