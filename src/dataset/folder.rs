//! Folders of class folders of image files.
//!
//! Either `PATH/train/CLASS/*` with `PATH/test/CLASS/*` (or `val`), or `PATH/CLASS/*`, of which a
//! seeded fifth of every class becomes the test set. Names are sorted, so that equal folders give
//! equal datasets; hidden files, files of other kinds and folders inside a class are passed over.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageReader};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::{Dataset, Error, Shape, Source, Split};

/// Endings of the names of files that are read, in any case.
pub const EXTENSIONS: [&str; 12] = [
    "bmp", "gif", "jpeg", "jpg", "pbm", "pgm", "png", "pnm", "ppm", "tif", "tiff", "webp",
];

/// One in so many images of a class is held out where a folder has no test images of its own.
const HELD_OUT: usize = 5;

/// An image file and its class.
type Labelled = (PathBuf, u32);

/// Reads a folder of images; `progress` hears how many images of how many are read, from any thread.
///
/// The dataset is grey where every file is, by its colour type, and RGB else; transparency is
/// dropped. With `resize` (height, width) every image is resampled by Lanczos' filter of radius 3;
/// without it, all must have the same size. `seed` decides which images are held out where the
/// folder does not.
///
/// # Errors
/// [`Error::Malformed`] or [`Error::Io`] naming the folder or file: no folder, no class, a class
/// without images or with too few to hold one out, a test class that training lacks, an image that
/// cannot be decoded, or the first image of another size.
pub fn read(
    path: &Path,
    resize: Option<[usize; 2]>,
    seed: u64,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Dataset, Error> {
    let Listing {
        class_names,
        train,
        test,
    } = list(path, seed)?;
    if let Some([height, width]) = resize.filter(|size| size.contains(&0)) {
        return Err(malformed(
            path,
            format!("images of {height}x{width} have no pixels: resize to 1x1 or more"),
        ));
    }
    let shape = shape(&train, &test, resize)?;
    let done = AtomicUsize::new(0);
    let total = train.len() + test.len();
    let step = || progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
    Ok(Dataset {
        name: Source::Folder(path.to_owned()).to_string(),
        shape,
        class_names,
        train: decode(train, shape, &step)?,
        test: decode(test, shape, &step)?,
        flip_keeps_class: true,
    })
}

/// The files of a folder, class after class in the order of their names.
struct Listing {
    class_names: Vec<String>,
    train: Vec<Labelled>,
    test: Vec<Labelled>,
}

fn list(path: &Path, seed: u64) -> Result<Listing, Error> {
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
        if others == 0 {
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

/// What the head of an image file says.
#[derive(Clone, Copy)]
struct Head {
    height: usize,
    width: usize,
    colour: bool,
}

/// The shape of the dataset: the size of all images, or the one asked for; grey if all of them are.
fn shape(
    train: &[Labelled],
    test: &[Labelled],
    resize: Option<[usize; 2]>,
) -> Result<Shape, Error> {
    let files: Vec<&Path> = train
        .iter()
        .chain(test)
        .map(|(file, _)| file.as_path())
        .collect();
    let heads: Vec<Result<Head, Error>> = files.par_iter().map(|file| head(file)).collect();
    let mut shape: Option<Shape> = None;
    for (&file, head) in files.iter().zip(heads) {
        let head = head?;
        let [height, width] = resize.unwrap_or([head.height, head.width]);
        let known = shape.get_or_insert(Shape {
            channels: 1,
            height,
            width,
        });
        if head.colour {
            known.channels = 3;
        }
        if (height, width) != (known.height, known.width) {
            return Err(malformed(
                file,
                format!(
                    "it is {height}x{width}, but {} is {}x{}: give --resize {}x{}, say",
                    files[0].display(),
                    known.height,
                    known.width,
                    known.height,
                    known.width
                ),
            ));
        }
    }
    shape.ok_or_else(|| malformed(Path::new(""), "there are no images".to_owned()))
}

/// Reads the head of an image file, whose kind is told by its content.
fn head(path: &Path) -> Result<Head, Error> {
    let decoder = reader(path)?
        .into_decoder()
        .map_err(|error| unreadable(path, &error))?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(malformed(
            path,
            format!("it is {height}x{width} and has no pixels: replace or remove it"),
        ));
    }
    Ok(Head {
        height: height as usize,
        width: width as usize,
        colour: decoder.color_type().has_color(),
    })
}

fn reader(path: &Path) -> Result<ImageReader<io::BufReader<fs::File>>, Error> {
    ImageReader::open(path)
        .and_then(ImageReader::with_guessed_format)
        .map_err(|source| Error::Io {
            path: path.to_owned(),
            source,
        })
}

/// Decodes files in parallel; `step` is called after each.
fn decode(files: Vec<Labelled>, shape: Shape, step: &(dyn Fn() + Sync)) -> Result<Split, Error> {
    let mut pixels = vec![0; files.len() * shape.bytes()];
    let outcomes: Vec<Result<(), Error>> = pixels
        .par_chunks_mut(shape.bytes())
        .zip(&files)
        .map(|(target, (file, _))| {
            let image = reader(file)?
                .decode()
                .map_err(|error| unreadable(file, &error))?;
            copy_planes(image, shape, target);
            step();
            Ok(())
        })
        .collect();
    outcomes.into_iter().collect::<Result<(), Error>>()?;
    Ok(Split {
        pixels,
        labels: files.into_iter().map(|(_, label)| label).collect(),
    })
}

/// Writes an image, resampled where its size is another, to `target` plane by plane.
fn copy_planes(image: DynamicImage, shape: Shape, target: &mut [u8]) {
    let (height, width) = (shape.height as u32, shape.width as u32);
    let image = if (image.height(), image.width()) == (height, width) {
        image
    } else {
        image.resize_exact(width, height, FilterType::Lanczos3)
    };
    if shape.channels == 1 {
        target.copy_from_slice(image.into_luma8().as_raw());
        return;
    }
    let image = image.into_rgb8();
    let (red, rest) = target.split_at_mut(shape.area());
    let (green, blue) = rest.split_at_mut(shape.area());
    for (((pixel, red), green), blue) in image.pixels().zip(red).zip(green).zip(blue) {
        [*red, *green, *blue] = pixel.0;
    }
}

fn unreadable(path: &Path, error: &image::ImageError) -> Error {
    malformed(
        path,
        format!("it cannot be decoded ({error}): replace or remove it"),
    )
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

    use std::sync::Mutex;

    use image::{GrayImage, Luma, Rgb, RgbImage};
    use tempfile::TempDir;

    use super::*;

    /// A grey PNG of `height` x `width` pixels of value `value`.
    fn grey(folder: &TempDir, name: &str, [height, width]: [u32; 2], value: u8) {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        GrayImage::from_pixel(width, height, Luma([value]))
            .save(path)
            .unwrap();
    }

    fn file(folder: &TempDir, name: &str, bytes: &[u8]) {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn load(folder: &TempDir) -> Result<Dataset, Error> {
        read(folder.path(), None, 1, &|_, _| {})
    }

    fn sentence(folder: &TempDir) -> String {
        let sentence = load(folder).unwrap_err().to_string();
        assert!(!sentence.contains('\n'), "{sentence}");
        sentence.replace(&folder.path().display().to_string(), "DIR")
    }

    /// Two classes of `images` images each, whose pixels count up.
    fn classes(images: u8) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for index in 0..images {
            grey(&folder, &format!("b/{index:03}.png"), [2, 3], index);
            grey(&folder, &format!("a/{index:03}.PNG"), [2, 3], 100 + index);
        }
        folder
    }

    #[test]
    fn holds_out_a_seeded_fifth_of_every_class() {
        let folder = classes(23);
        file(&folder, "a/.hidden.png", b"no image");
        file(&folder, "a/notes.txt", b"no image");
        file(&folder, "README.md", b"no class");
        let heard = Mutex::new(Vec::new());
        let dataset = read(folder.path(), None, 1, &|done, total| {
            heard.lock().unwrap().push((done, total));
        })
        .unwrap();
        assert_eq!(dataset.class_names, ["a", "b"]);
        assert_eq!((dataset.train.len(), dataset.test.len()), (36, 10));
        assert_eq!(dataset.shape.bytes(), 6);
        assert!(dataset.flip_keeps_class);
        for (split, images) in [(&dataset.train, 18), (&dataset.test, 5)] {
            assert_eq!(
                split.labels.iter().filter(|&&label| label == 0).count(),
                images
            );
            for (index, &label) in split.labels.iter().enumerate() {
                assert_eq!(split.image(index, dataset.shape)[0] >= 100, label == 0);
            }
        }
        let mut all = [dataset.train.pixels.clone(), dataset.test.pixels.clone()].concat();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 46, "every image is in one split");
        assert_eq!(heard.into_inner().unwrap().iter().max(), Some(&(46, 46)));
        assert_eq!(load(&folder).unwrap(), dataset);
        let other = read(folder.path(), None, 2, &|_, _| {}).unwrap();
        assert_ne!(other.test, dataset.test);
    }

    #[test]
    fn reads_training_and_test_folders() {
        let folder = tempfile::tempdir().unwrap();
        grey(&folder, "train/cat/1.png", [2, 2], 1);
        grey(&folder, "train/dog/1.png", [2, 2], 2);
        grey(&folder, "val/dog/1.png", [2, 2], 3);
        let dataset = load(&folder).unwrap();
        assert_eq!(dataset.train.labels, [0, 1]);
        assert_eq!(
            (dataset.test.labels, dataset.test.pixels),
            (vec![1], vec![3; 4])
        );

        grey(&folder, "val/bird/1.png", [2, 2], 3);
        assert_eq!(
            sentence(&folder),
            "DIR/val/bird: class 'bird' has no folder in DIR/train"
        );
        fs::remove_dir_all(folder.path().join("val")).unwrap();
        assert_eq!(
            sentence(&folder),
            "DIR: it has a folder train, but neither test nor val beside it: add one, or use folder:DIR/train"
        );
    }

    #[test]
    fn one_coloured_file_makes_the_dataset_coloured() {
        let folder = classes(2);
        let red = RgbImage::from_fn(3, 2, |x, y| Rgb([(10 * y + x) as u8, 50, 90]));
        red.save(folder.path().join("a/000.PNG")).unwrap();
        let dataset = read(folder.path(), None, 1, &|_, _| {}).unwrap();
        assert_eq!(dataset.shape.channels, 3);
        let images = [&dataset.train, &dataset.test]
            .into_iter()
            .flat_map(|split| (0..split.len()).map(|index| split.image(index, dataset.shape)))
            .collect::<Vec<_>>();
        let planes = [[0, 1, 2, 10, 11, 12], [50; 6], [90; 6]].concat();
        assert!(images.contains(&planes.as_slice()));
        assert!(images.contains(&[1; 18].as_slice()));
    }

    #[test]
    fn another_size_is_named_and_resized_if_asked() {
        let folder = classes(3);
        grey(&folder, "b/001.png", [4, 4], 9);
        assert_eq!(
            sentence(&folder)
                .replace("a/000.PNG", "FIRST")
                .replace("a/001.PNG", "FIRST")
                .replace("a/002.PNG", "FIRST"),
            "DIR/b/001.png: it is 4x4, but DIR/FIRST is 2x3: give --resize 2x3, say"
        );
        let dataset = read(folder.path(), Some([5, 7]), 1, &|_, _| {}).unwrap();
        assert_eq!((dataset.shape.height, dataset.shape.width), (5, 7));
        let flat = |split: &Split| {
            (0..split.len()).all(|index| {
                let image = split.image(index, dataset.shape);
                image.iter().all(|value| *value == image[0])
            })
        };
        assert!(flat(&dataset.train) && flat(&dataset.test));
        assert!(read(folder.path(), Some([0, 7]), 1, &|_, _| {}).is_err());
    }

    #[test]
    fn says_what_is_wrong_in_one_sentence() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(
            sentence(&folder),
            "DIR: there are no class folders in it: put the images of each class into a folder of its own"
        );
        fs::create_dir(folder.path().join("a")).unwrap();
        assert_eq!(
            sentence(&folder),
            "DIR/a: there are no images in this class folder: add some, or remove it"
        );
        file(&folder, "a/1.txt", b"text");
        assert!(
            sentence(&folder)
                .starts_with("DIR/a: none of its 1 files is an image by its ending (bmp,")
        );
        grey(&folder, "a/1.png", [2, 2], 1);
        assert!(sentence(&folder).starts_with("DIR/a: the class has a single image"));
        file(&folder, "a/2.png", b"no PNG");
        assert!(sentence(&folder).starts_with("DIR/a/2.png: it cannot be decoded ("));
        let missing = read(Path::new("no/such/folder"), None, 1, &|_, _| {}).unwrap_err();
        assert_eq!(
            missing.to_string(),
            "no/such/folder: there is no such folder: give a folder of class folders"
        );
    }

    /// A PNG whose head is whole and whose pixels are not.
    #[test]
    fn a_truncated_image_is_named() {
        let folder = classes(2);
        let path = folder.path().join("b/001.png");
        RgbImage::from_fn(3, 2, |x, _| Rgb([x as u8, 7, 99]))
            .save(&path)
            .unwrap();
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 20]).unwrap();
        assert!(sentence(&folder).starts_with("DIR/b/001.png: it cannot be decoded ("));
    }
}
