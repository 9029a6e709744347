//! CIFAR-10 and CIFAR-100: 32x32 RGB images in the binary and the Python version, from a folder or
//! from the published archive itself.
//!
//! Layouts: <https://www.cs.toronto.edu/~kriz/cifar.html>. A binary record is one label byte
//! (CIFAR-100: coarse, then fine) and 3,072 bytes, red, green and blue plane, row after row. A Python
//! batch is a pickled dictionary with `data` (N x 3072, uint8) and `labels`.

mod format;
pub mod fuzz;

use std::path::{Path, PathBuf};

pub(super) use self::format::Cifar;
use crate::dataset::archive::{Store, Wanted, malformed};
use crate::dataset::memory::Budget;
use crate::dataset::parts::{self, Gather, Rows};
use crate::dataset::{Dataset, Loading, Outline, Progress, Result, Shape, Split};

/// Shape of every image.
pub const SHAPE: Shape = Shape::new(3, 32, 32);

const TEN: [&str; 10] = [
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
];

/// Which dataset, with which labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variety {
    /// CIFAR-10: 10 classes.
    Cifar10,
    /// CIFAR-100 with its 100 fine classes.
    Cifar100,
    /// CIFAR-100 with its 20 coarse classes.
    Cifar100Coarse,
}

/// How the files are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// Records of label bytes and pixels.
    Binary,
    /// Pickled dictionaries.
    Python,
}

/// Where a copy is, and in which layout.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Found {
    /// Which dataset.
    pub variety: Variety,
    /// Which layout.
    pub layout: Layout,
    /// Where.
    pub store: Store,
}

/// The published names.
struct Names {
    folder: &'static str,
    archive: &'static str,
    train: &'static [&'static str],
    test: &'static str,
    meta: &'static str,
}

impl Variety {
    /// The dataset's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cifar10 => "cifar10",
            Self::Cifar100 => "cifar100",
            Self::Cifar100Coarse => "cifar100-coarse",
        }
    }

    /// Number of classes.
    #[must_use]
    pub const fn classes(self) -> usize {
        match self {
            Self::Cifar10 => 10,
            Self::Cifar100 => 100,
            Self::Cifar100Coarse => 20,
        }
    }

    const fn names(self, layout: Layout) -> Names {
        match (self, layout) {
            (Self::Cifar10, Layout::Binary) => Names {
                folder: "cifar-10-batches-bin",
                archive: "cifar-10-binary.tar.gz",
                train: &[
                    "data_batch_1.bin",
                    "data_batch_2.bin",
                    "data_batch_3.bin",
                    "data_batch_4.bin",
                    "data_batch_5.bin",
                ],
                test: "test_batch.bin",
                meta: "batches.meta.txt",
            },
            (Self::Cifar10, Layout::Python) => Names {
                folder: "cifar-10-batches-py",
                archive: "cifar-10-python.tar.gz",
                train: &[
                    "data_batch_1",
                    "data_batch_2",
                    "data_batch_3",
                    "data_batch_4",
                    "data_batch_5",
                ],
                test: "test_batch",
                meta: "batches.meta",
            },
            (Self::Cifar100 | Self::Cifar100Coarse, Layout::Binary) => Names {
                folder: "cifar-100-binary",
                archive: "cifar-100-binary.tar.gz",
                train: &["train.bin"],
                test: "test.bin",
                meta: match self {
                    Self::Cifar100Coarse => "coarse_label_names.txt",
                    _ => "fine_label_names.txt",
                },
            },
            (Self::Cifar100 | Self::Cifar100Coarse, Layout::Python) => Names {
                folder: "cifar-100-python",
                archive: "cifar-100-python.tar.gz",
                train: &["train"],
                test: "test",
                meta: "meta",
            },
        }
    }

    /// Images in the published training files, each, and in the test file.
    const fn records(self) -> (u64, u64) {
        match self {
            Self::Cifar10 => (10_000, 10_000),
            _ => (50_000, 10_000),
        }
    }

    const fn label_bytes(self) -> usize {
        match self {
            Self::Cifar10 => 1,
            _ => 2,
        }
    }

    const fn label_keys(self) -> (&'static str, &'static str) {
        match self {
            Self::Cifar10 => ("labels", "label_names"),
            Self::Cifar100 => ("fine_labels", "fine_label_names"),
            Self::Cifar100Coarse => ("coarse_labels", "coarse_label_names"),
        }
    }
}

/// Looks for a copy in `place`: the folder of the files, the folder above it, or an archive.
#[must_use]
pub fn find(place: &Path, variety: Variety) -> Option<Found> {
    let layouts = [Layout::Binary, Layout::Python];
    let found = |layout, store| Found {
        variety,
        layout,
        store,
    };
    for layout in layouts {
        let names = variety.names(layout);
        for folder in [place.to_owned(), place.join(names.folder)] {
            if folder.join(names.train[0]).is_file() && folder.join(names.test).is_file() {
                return Some(found(layout, Store::Folder(folder)));
            }
        }
    }
    let own = |layout: Layout| place.join(variety.names(layout).folder);
    for layout in layouts.into_iter().filter(|&layout| own(layout).is_dir()) {
        let folder = own(layout);
        if folder.join(variety.names(layout).train[0]).is_file() {
            return Some(found(layout, Store::Folder(folder)));
        }
    }
    for layout in layouts {
        let archive = variety.names(layout).archive;
        let is_archive = place.file_name().is_some_and(|name| name == archive);
        for path in [place.to_owned(), place.join(archive)] {
            if path.is_file() && (is_archive || path != place) {
                return Some(found(layout, Store::TarGz(path)));
            }
        }
    }
    None
}

impl Found {
    /// The files that it is read from.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let names = self.variety.names(self.layout);
        let others = [names.meta, names.test];
        self.store.files(names.train.iter().copied().chain(others))
    }

    /// Checks that no files of another version are among those found.
    ///
    /// # Errors
    /// [`DatasetError::Malformed`] naming both.
    pub fn check(&self) -> Result<()> {
        let Store::Folder(folder) = &self.store else {
            return Ok(());
        };
        let training = |layout| self.variety.names(layout).train[0];
        let (binary, python) = (training(Layout::Binary), training(Layout::Python));
        if [binary, python]
            .iter()
            .all(|name| folder.join(name).is_file())
        {
            return Err(malformed!(
                folder,
                "it holds two copies of {}, the binary version ({binary}) and the Python version ({python}): put each into a separate folder",
                self.variety.name()
            ));
        }
        Ok(())
    }
}

/// Reads a copy; `progress` receives how many images of how many are read.
///
/// # Errors
/// [`crate::dataset::DatasetError`] with the file, and the record where one is to blame; [`DatasetError::Memory`] where it does not fit.
pub fn read(found: &Found, memory: &Budget, progress: Progress<'_>) -> Result<Dataset> {
    let Found {
        variety,
        layout,
        store,
    } = found;
    let names = variety.names(*layout);
    let (train, test) = variety.records();
    let total = train as usize * names.train.len() + test as usize;
    let limit = |records: u64| match layout {
        Layout::Binary => records * (variety.label_bytes() + SHAPE.bytes()) as u64,
        // Python 3 may write bytes above 127 as two; labels and file names take under 100 bytes.
        Layout::Python => records * (2 * SHAPE.bytes() as u64 + 100) + 4096,
    };
    let mut wanted = vec![Wanted::optional(names.meta, 64 << 10)];
    wanted.extend(
        names
            .train
            .iter()
            .map(|name| Wanted::required(*name, limit(train))),
    );
    wanted.push(Wanted::required(names.test, limit(test)));
    let mut class_names = None;
    let last = names.train.len();
    let gather =
        |wanted: &[Wanted]| Gather::with_capacity(store.size(wanted), memory, store.path());
    let mut train = gather(&wanted[1..=last])?;
    let mut test = gather(&wanted[last + 1..])?;
    memory.fits(store.largest(&wanted), store.path())?;
    let mut done = 0;
    store.read(&wanted, &mut |index, path, bytes| {
        let (gather, place) = match index {
            0 => {
                class_names = Some(read_names(*variety, *layout, path, &bytes)?);
                return Ok(());
            }
            _ if index <= last => (&mut train, index - 1),
            _ => (&mut test, 0),
        };
        done += gather.put(place, |split| match layout {
            Layout::Binary => records(*variety, path, &bytes, split),
            Layout::Python => {
                let rows = Rows {
                    row: SHAPE.bytes(),
                    first: 0,
                    classes: variety.classes(),
                };
                let key = variety.label_keys().0;
                rows.pickled(path, &bytes, key, &mut |part| {
                    split.append(part);
                    Ok(())
                })
            }
        })?;
        progress(Loading::Images(done, total));
        Ok(())
    })?;
    let (train, test) = (train.finish(), test.finish());
    for (split, file) in [(&train, names.train[0]), (&test, names.test)] {
        if split.is_empty() {
            return Err(malformed(&store.path().join(file), "it holds no images"));
        }
    }
    let class_names = class_names.unwrap_or_else(|| match variety {
        Variety::Cifar10 => TEN.map(str::to_owned).to_vec(),
        _ => (0..variety.classes())
            .map(|class| class.to_string())
            .collect(),
    });
    Ok(Outline::new(variety.name(), SHAPE, class_names).with(train, test, true))
}

/// The class names of a file of theirs.
pub(super) fn read_names(
    variety: Variety,
    layout: Layout,
    path: &Path,
    bytes: &[u8],
) -> Result<Vec<String>> {
    let names: Vec<String> = match layout {
        Layout::Binary => String::from_utf8_lossy(bytes)
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect(),
        Layout::Python => {
            let document = parts::document(path, bytes)?;
            parts::entry(path, &document, variety.label_keys().1)?
                .texts()
                .unwrap_or_default()
        }
    };
    if names.len() == variety.classes() {
        return Ok(names);
    }
    Err(malformed!(
        path,
        "it names {} classes where {} has {}: another dataset's file, or damaged",
        names.len(),
        variety.name(),
        variety.classes()
    ))
}

/// Appends the records of a binary file.
pub(super) fn records(
    variety: Variety,
    path: &Path,
    bytes: &[u8],
    split: &mut Split,
) -> Result<()> {
    let label_bytes = variety.label_bytes();
    let record = label_bytes + SHAPE.bytes();
    let count = bytes.len() / record;
    if !bytes.len().is_multiple_of(record) {
        return Err(malformed!(
            path,
            "it ends in the middle of record {count} (counted from 0), each of {record} bytes: it is truncated, or no file of {}",
            variety.name()
        ));
    }
    let place = usize::from(variety == Variety::Cifar100);
    let numbers = bytes
        .chunks_exact(record)
        .map(|record| i64::from(record[place]));
    let labels = parts::labels(path, numbers, 0, variety.classes())?;
    split.labels.extend(labels);
    for record in bytes.chunks_exact(record) {
        split.pixels.extend_from_slice(&record[label_bytes..]);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
