//! IDX files, the layout in which MNIST is published: <http://yann.lecun.com/exdb/mnist/>.
//!
//! A file is a big-endian magic number (0x803 for images, 0x801 for labels), one big-endian 32-bit
//! size a dimension, then the bytes. Files may lie there plain or under gzip (`.gz`).

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::{Dataset, Error, Shape, Split};

mod parse;

pub use parse::{IMAGES_MAGIC, Images, LABELS_MAGIC, Problem, parse_images, parse_labels};

/// Number of MNIST's classes.
const CLASSES: u8 = 10;

/// The four files, as (stem, dimensions).
const FILES: [(&str, u8); 4] = [
    ("train-images", 3),
    ("train-labels", 1),
    ("t10k-images", 3),
    ("t10k-labels", 1),
];

/// The folder that holds most of MNIST's four files, the first among equals: one of `dirs`, or
/// `MNIST/raw`, `mnist` or `mnist/raw` below it; none where there is no such file anywhere.
#[must_use]
pub fn find(dirs: &[PathBuf]) -> Option<PathBuf> {
    let mut best = (0, None);
    for dir in dirs {
        for folder in [
            dir.clone(),
            dir.join("MNIST/raw"),
            dir.join("mnist"),
            dir.join("mnist/raw"),
        ] {
            let files = FILES
                .iter()
                .filter(|&&(stem, dimensions)| file(&folder, stem, dimensions).is_some())
                .count();
            if files > best.0 {
                best = (files, Some(folder));
            }
        }
    }
    best.1
}

/// The paths of MNIST's four files in `folder`: training images and labels, test images and labels.
///
/// # Errors
/// [`Error::Malformed`] naming the first that is missing.
pub fn paths(folder: &Path) -> Result<[PathBuf; 4], Error> {
    let mut paths = [const { PathBuf::new() }; 4];
    for (path, (stem, dimensions)) in paths.iter_mut().zip(FILES) {
        *path = file(folder, stem, dimensions).ok_or_else(|| {
            malformed(
                folder,
                format!(
                    "{stem}-idx{dimensions}-ubyte is missing, plain or with .gz: put MNIST's four files into this folder"
                ),
            )
        })?;
    }
    Ok(paths)
}

/// Reads MNIST's four files from `folder`; `progress` hears how many images of how many are read.
///
/// # Errors
/// [`Error::Malformed`] or [`Error::Io`] naming the file: missing, cut off, with the wrong magic
/// number, with bytes behind its end, with as many labels as there are no images, or with a label above 9.
pub fn read(
    name: &str,
    folder: &Path,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Dataset, Error> {
    let paths = paths(folder)?;
    let train = read_pair(&paths[0], &paths[1])?;
    progress(train.0.count, train.0.count);
    let test = read_pair(&paths[2], &paths[3])?;
    let all = train.0.count + test.0.count;
    progress(all, all);
    if (train.0.height, train.0.width) != (test.0.height, test.0.width) {
        return Err(malformed(
            &paths[2],
            format!(
                "its images are {}x{}, but those in {} are {}x{}",
                test.0.height,
                test.0.width,
                paths[0].display(),
                train.0.height,
                train.0.width
            ),
        ));
    }
    Ok(Dataset {
        name: name.to_owned(),
        shape: Shape {
            channels: 1,
            height: train.0.height,
            width: train.0.width,
        },
        class_names: (0..CLASSES).map(|class| class.to_string()).collect(),
        train: split(train),
        test: split(test),
        flip_keeps_class: false,
    })
}

fn split((images, labels): (Images, Vec<u8>)) -> Split {
    Split {
        pixels: images.pixels,
        labels: labels.into_iter().map(u32::from).collect(),
    }
}

/// The path of a file under any of its usual names.
fn file(folder: &Path, stem: &str, dimensions: u8) -> Option<PathBuf> {
    ["-", "."]
        .iter()
        .flat_map(|dash| ["", ".gz"].map(|end| format!("{stem}{dash}idx{dimensions}-ubyte{end}")))
        .map(|name| folder.join(name))
        .find(|path| path.is_file())
}

/// Reads images with their labels and checks that they belong together.
fn read_pair(images: &Path, labels: &Path) -> Result<(Images, Vec<u8>), Error> {
    let pictures =
        parse_images(open(images)?).map_err(|problem| malformed(images, problem.to_string()))?;
    let classes =
        parse_labels(open(labels)?).map_err(|problem| malformed(labels, problem.to_string()))?;
    if pictures.count == 0 {
        return Err(malformed(images, "it holds no images".to_owned()));
    }
    if pictures.count != classes.len() {
        return Err(malformed(
            labels,
            format!(
                "it holds {} labels, but {} holds {} images",
                classes.len(),
                images.display(),
                pictures.count
            ),
        ));
    }
    if let Some(place) = classes.iter().position(|&label| label >= CLASSES) {
        return Err(malformed(
            labels,
            format!(
                "label {} of image {place} is above {}",
                classes[place],
                CLASSES - 1
            ),
        ));
    }
    Ok((pictures, classes))
}

fn open(path: &Path) -> Result<Box<dyn Read>, Error> {
    let file = File::open(path).map_err(|source| Error::Io {
        path: path.to_owned(),
        source,
    })?;
    Ok(if path.extension().is_some_and(|end| end == "gz") {
        Box::new(MultiGzDecoder::new(BufReader::new(file)))
    } else {
        Box::new(BufReader::new(file))
    })
}

fn malformed(path: &Path, problem: String) -> Error {
    Error::Malformed {
        path: path.to_owned(),
        problem,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use std::fs;
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn header(numbers: &[u32]) -> Vec<u8> {
        numbers
            .iter()
            .flat_map(|number| number.to_be_bytes())
            .collect()
    }

    fn images(count: u32, pixels: &[u8]) -> Vec<u8> {
        [header(&[IMAGES_MAGIC, count, 2, 3]), pixels.to_vec()].concat()
    }

    fn labels(labels: &[u8]) -> Vec<u8> {
        [
            header(&[LABELS_MAGIC, labels.len() as u32]),
            labels.to_vec(),
        ]
        .concat()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// A folder with two training images and one test image, under the various names.
    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
        write(
            "train-images-idx3-ubyte.gz",
            &gzip(&images(2, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])),
        );
        write("train-labels.idx1-ubyte", &labels(&[7, 0]));
        write("t10k-images.idx3-ubyte.gz", &gzip(&images(1, &[9; 6])));
        write("t10k-labels-idx1-ubyte", &labels(&[9]));
        folder
    }

    fn load(folder: &Path) -> Result<Dataset, Error> {
        read("mnist", folder, &|_, _| {})
    }

    /// The sentence of what goes wrong when `name` holds `bytes`.
    fn sentence(name: &str, bytes: &[u8]) -> String {
        let folder = folder();
        fs::write(folder.path().join(name), bytes).unwrap();
        let sentence = load(folder.path()).unwrap_err().to_string();
        assert!(!sentence.contains('\n'), "{sentence}");
        sentence.replace(&folder.path().display().to_string(), "DIR")
    }

    #[test]
    fn reads_plain_and_compressed_files_under_both_names() {
        let folder = folder();
        let dataset = load(folder.path()).unwrap();
        assert_eq!(dataset.shape.bytes(), 6);
        assert_eq!((dataset.shape.height, dataset.shape.width), (2, 3));
        assert_eq!(dataset.train.labels, [7, 0]);
        assert_eq!(dataset.train.image(1, dataset.shape), [6, 7, 8, 9, 10, 11]);
        assert_eq!(dataset.test.labels, [9]);
        assert_eq!(dataset.class_names[3], "3");
        assert!(!dataset.flip_keeps_class);
    }

    #[test]
    fn finds_the_fullest_folder() {
        let empty = tempfile::tempdir().unwrap();
        let stray = tempfile::tempdir().unwrap();
        fs::write(stray.path().join("t10k-labels-idx1-ubyte"), labels(&[1])).unwrap();
        let above = tempfile::tempdir().unwrap();
        let raw = above.path().join("MNIST/raw");
        fs::create_dir_all(&raw).unwrap();
        for entry in fs::read_dir(folder().path()).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, raw.join(path.file_name().unwrap())).unwrap();
        }
        let dirs = [&empty, &stray, &above].map(|dir| dir.path().to_owned());
        assert_eq!(find(&dirs), Some(raw));
        assert_eq!(find(&dirs[..2]), Some(stray.path().to_owned()));
        assert_eq!(find(&dirs[..1]), None);
        let error = paths(stray.path()).unwrap_err().to_string();
        assert!(
            error.contains("train-images-idx3-ubyte is missing"),
            "{error}"
        );
    }

    #[test]
    fn says_what_is_wrong_in_one_sentence() {
        let whole = gzip(&images(2, &[1; 12]));
        assert_eq!(
            sentence("train-images-idx3-ubyte.gz", &whole[..whole.len() - 9]),
            "DIR/train-images-idx3-ubyte.gz: it is cut off; fetch it again"
        );
        assert_eq!(
            sentence("train-images-idx3-ubyte.gz", &gzip(&images(2, &[1; 11]))),
            "DIR/train-images-idx3-ubyte.gz: it is cut off: 12 bytes were announced, 11 are there; fetch it again"
        );
        assert_eq!(
            sentence("train-images-idx3-ubyte.gz", &gzip(&images(2, &[1; 13]))),
            "DIR/train-images-idx3-ubyte.gz: it goes on behind the 12 bytes that its header announces; fetch it again"
        );
        assert_eq!(
            sentence("train-labels.idx1-ubyte", &images(2, &[1; 12])),
            "DIR/train-labels.idx1-ubyte: its magic number is 0x00000803, not 0x00000801: it is no IDX file of labels"
        );
        assert_eq!(
            sentence("train-labels.idx1-ubyte", &labels(&[1, 2, 3])),
            "DIR/train-labels.idx1-ubyte: it holds 3 labels, but DIR/train-images-idx3-ubyte.gz holds 2 images"
        );
        assert_eq!(
            sentence("train-labels.idx1-ubyte", &labels(&[1, 10])),
            "DIR/train-labels.idx1-ubyte: label 10 of image 1 is above 9"
        );
        assert_eq!(
            sentence("t10k-images.idx3-ubyte.gz", &gzip(&images(0, &[]))),
            "DIR/t10k-images.idx3-ubyte.gz: it holds no images"
        );
        assert_eq!(
            sentence("train-labels.idx1-ubyte", &[0, 0]),
            "DIR/train-labels.idx1-ubyte: it is cut off; fetch it again"
        );
        assert!(
            sentence("train-images-idx3-ubyte.gz", b"<html>not found</html>")
                .starts_with("DIR/train-images-idx3-ubyte.gz: it cannot be read (")
        );
    }
}
