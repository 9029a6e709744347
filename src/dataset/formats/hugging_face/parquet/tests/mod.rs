#![allow(clippy::unwrap_used, clippy::expect_used)]

mod labels;

use std::fs;
use std::io::Cursor;
use std::sync::Arc;

use image::{ExtendedColorType, ImageFormat, write_buffer_with_format};
use parquet::data_type::{BoolType, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::*;
use crate::dataset::testing::{fixture, pattern, plenty, quiet, says};

fn png(width: u32, height: u32, channels: usize, pixels: &[u8]) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let kind = [ExtendedColorType::L8, ExtendedColorType::Rgb8][channels / 3];
    write_buffer_with_format(&mut file, pixels, width, height, kind, ImageFormat::Png).unwrap();
    file.into_inner()
}

/// Values of a column beside the images.
enum Values<'a> {
    Whole(&'a [Option<i64>]),
    Number(&'a [f64]),
    Text(&'a [Option<&'a str>]),
    Truth(&'a [bool]),
}

/// A file of images, each by its bytes and its path, beside these columns.
fn table(path: &Path, images: &[Option<&[u8]>], columns: &[(&str, &Values<'_>)]) {
    fn column<T: DataType>(
        group: &mut SerializedRowGroupWriter<'_, fs::File>,
        values: impl IntoIterator<Item = Option<T::T>>,
        level: i16,
    ) {
        let values: Vec<Option<T::T>> = values.into_iter().collect();
        let mut column = group.next_column().unwrap().unwrap();
        let there = |value: &Option<_>| level - i16::from(value.is_none());
        let levels: Vec<i16> = values.iter().map(there).collect();
        let values: Vec<T::T> = values.into_iter().flatten().collect();
        let typed = column.typed::<T>();
        typed.write_batch(&values, Some(&levels), None).unwrap();
        column.close().unwrap();
    }

    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let others: Vec<String> = columns
        .iter()
        .map(|(name, values)| {
            let (kind, mark) = match values {
                Values::Whole(_) => ("int64", ""),
                Values::Number(_) => ("double", ""),
                Values::Text(_) => ("binary", "(UTF8)"),
                Values::Truth(_) => ("boolean", ""),
            };
            format!("optional {kind} {name} {mark};")
        })
        .collect();
    let schema = format!(
        "message m {{ optional group image {{ optional binary bytes; optional binary path (UTF8); }} {} }}",
        others.join(" ")
    );
    let schema = Arc::new(parse_message_type(&schema).unwrap());
    let properties = Arc::new(WriterProperties::builder().build());
    let file = fs::File::create(path).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let bytes = images
        .iter()
        .map(|image| image.map(|bytes| bytes.to_vec().into()));
    column::<ByteArrayType>(&mut group, bytes, 2);
    let paths = images.iter().map(|_| Some("/home/me/0.png".into()));
    column::<ByteArrayType>(&mut group, paths, 2);
    for (_, values) in columns {
        match values {
            Values::Whole(values) => column::<Int64Type>(&mut group, values.to_vec(), 1),
            Values::Number(values) => {
                column::<DoubleType>(&mut group, values.iter().map(|&value| Some(value)), 1);
            }
            Values::Text(values) => {
                let values = values.iter().map(|value| value.map(Into::into));
                column::<ByteArrayType>(&mut group, values, 1);
            }
            Values::Truth(values) => {
                column::<BoolType>(&mut group, values.iter().map(|&value| Some(value)), 1);
            }
        }
    }
    group.close().unwrap();
    writer.close().unwrap();
}

/// A file of images with their labels, and another column of the same numbers.
fn write(path: &Path, images: &[Vec<u8>], labels: &[i64]) {
    let labels: Vec<Option<i64>> = labels.iter().map(|&label| Some(label)).collect();
    let images: Vec<Option<&[u8]>> = images.iter().map(|image| Some(image.as_slice())).collect();
    let labels = Values::Whole(&labels);
    table(path, &images, &[("label", &labels), ("other", &labels)]);
}

/// A copy of four training and four test images with these columns.
fn copy(name: &str, train: &Values<'_>, test: &Values<'_>) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let image = png(2, 1, 1, &[1, 2]);
    for (part, values) in [("train", train), ("test", test)] {
        table(
            &home.path().join(format!("{part}.parquet")),
            &[Some(image.as_slice()); 4],
            &[(name, values)],
        );
    }
    home
}

fn load_with(folder: &Path, options: &LoadOptions) -> Result<Dataset> {
    read(folder, options, None, &plenty(), &quiet)
}

fn load(folder: &Path) -> Result<Dataset> {
    load_with(folder, &LoadOptions::default())
}

/// What is said of a copy that is refused.
fn refused(folder: &Path) -> String {
    load(folder).unwrap_err().to_string()
}

#[test]
fn reads_what_pyarrow_and_pillow_write() {
    let dataset = load(&fixture("hf")).unwrap();
    assert_eq!(dataset.shape, Shape::new(3, 5, 6));
    assert_eq!(dataset.class_names, ["cat", "dog"]);
    assert_eq!(dataset.train.labels, [0, 1, 0, 1, 0]);
    assert_eq!(dataset.test.labels, [0, 1]);
    for (split, count) in [(&dataset.train, 5), (&dataset.test, 2)] {
        let pixels = pattern(count, 90);
        for (place, &value) in split.pixels.iter().enumerate() {
            let (image, channel, pixel) = (place / 90, place / 30 % 3, place % 30);
            assert_eq!(value, pixels[image * 90 + pixel * 3 + channel]);
        }
    }
}

#[test]
fn what_is_cut_off_is_refused_and_16_bits_are_said() {
    let home = tempfile::tempdir().unwrap();
    let picture = |name: &str| fs::read(fixture("pictures").join(name)).unwrap();
    let put = |image: Vec<u8>| {
        for part in ["train", "test"] {
            let path = home.path().join(format!("{part}.parquet"));
            write(&path, &[picture("grey.jpg"), image.clone()], &[0, 1]);
        }
    };
    for name in ["grey.jpg", "progressive.jpg"] {
        let whole = picture(name);
        put(whole.clone());
        assert!(load(home.path()).is_ok(), "{name}");
        put(whole[..whole.len() / 2].to_vec());
        let text = refused(home.path());
        says(
            &text,
            "record 1 (counted from 0): its image is refused: it is cut off",
        );
    }
    put(picture("deep.png"));
    let dataset = load(home.path()).unwrap();
    assert_eq!(
        dataset.notes,
        [
            "2 of 4 images have more than 8 bits a channel: they are taken at 8 bits, and entropy is that of these"
        ]
    );
}

#[test]
fn grey_images_stay_grey_until_one_has_colour() {
    let home = tempfile::tempdir().unwrap();
    let grey = png(3, 2, 1, &[1, 2, 3, 4, 5, 6]);
    let colour = png(3, 2, 3, &pattern(1, 18));
    write(
        &home.path().join("train-0.parquet"),
        &[grey.clone(), grey.clone()],
        &[0, 3],
    );
    write(
        &home.path().join("validation-0.parquet"),
        std::slice::from_ref(&grey),
        &[3],
    );
    let dataset = load(home.path()).unwrap();
    assert_eq!(dataset.shape, Shape::new(1, 2, 3));
    assert_eq!(dataset.train.pixels, [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]);
    assert_eq!(dataset.class_names, ["0", "3"]);
    assert_eq!(dataset.test.labels, [1]);
    write(
        &home.path().join("test-0.parquet"),
        &[grey, colour],
        &[3, 0],
    );
    let dataset = load(home.path()).unwrap();
    assert_eq!(dataset.shape.channels, 3);
    assert_eq!(dataset.train.len(), 2);
    assert_eq!(dataset.test.len(), 2);
    assert_eq!(dataset.test.pixels[..6], [1, 2, 3, 4, 5, 6]);
    assert_eq!(dataset.test.pixels[18..21], [0, 21, 42]);
}

#[test]
fn bad_copies_are_sentences() {
    let home = tempfile::tempdir().unwrap();
    let small = png(2, 2, 1, &[1, 2, 3, 4]);
    let large = png(3, 2, 1, &[1, 2, 3, 4, 5, 6]);
    let text = || refused(home.path());
    says(&text(), "it holds no train-….parquet");
    let train = home.path().join("plain/train-0.parquet");
    write(&train, &[small.clone(), large.clone()], &[0, 1]);
    says(&text(), "it holds no test-….parquet");
    write(
        &home.path().join("plain/test-0.parquet"),
        std::slice::from_ref(&small),
        &[0],
    );
    says(
        &text(),
        "train-0.parquet: record 1 (counted from 0): its image is 2x3 where the first is 2x2",
    );
    let options = LoadOptions {
        resize: Some([2, 2]),
        ..LoadOptions::default()
    };
    assert_eq!(
        load_with(home.path(), &options).unwrap().train.pixels.len(),
        8
    );
    write(&train, &[small.clone(), b"no image".to_vec()], &[0, 1]);
    says(
        &text(),
        "record 1 (counted from 0): its image is refused: it is no image",
    );
    write(&train, &[small.clone(), small.clone()], &[0, -1]);
    says(&text(), "record 1 (counted from 0) has label -1");
    write(
        &home.path().join("other/train-0.parquet"),
        std::slice::from_ref(&small),
        &[0],
    );
    assert!(
        text().contains("it holds two datasets")
            && text().contains("other")
            && text().contains("plain"),
        "{}",
        text()
    );
    fs::remove_dir_all(home.path().join("other")).unwrap();
    write(&train, &[small], &[0]);
    let whole = fs::read(&train).unwrap();
    for share in 0..8 {
        fs::write(&train, &whole[..whole.len() * share / 8]).unwrap();
        says(&text(), "train-0.parquet: it is no readable parquet file");
    }
}

#[test]
fn paths_in_place_of_images_are_said_to_be_that() {
    let whole = Values::Whole(&[Some(0), Some(1), Some(1), Some(0)]);
    let home = copy("label", &whole, &whole);
    let image = png(2, 1, 1, &[1, 2]);
    for images in [
        [None; 4],
        [Some(image.as_slice()), Some(&image), None, Some(&image)],
    ] {
        table(
            &home.path().join("train.parquet"),
            &images,
            &[("label", &whole)],
        );
        let text = refused(home.path());
        says(
            &text,
            "its column 'image' holds the paths of images (such as /home/me/0.png), not the images",
        );
    }
}

/// Found by the fuzz target: the `parquet` crate panics on this page of images; the page of labels is damaged too.
#[test]
fn a_page_on_which_the_crate_panics_is_a_sentence() {
    let home = tempfile::tempdir().unwrap();
    let files = ["train", "test"].map(|part| home.path().join(format!("{part}.parquet")));
    for path in &files {
        fs::copy(fixture("parquet/damaged-page.parquet"), path).unwrap();
    }
    let text = refused(home.path());
    says(&text, "train.parquet: it cannot be read");
    let memory = plenty();
    let parts = Part::all(&files[..1]).unwrap();
    let images = Pass::new(None, 0, &memory, &quiet).split(&parts);
    let Err(Stop::Error(error)) = images else {
        panic!("damaged images are read");
    };
    let text = error.to_string();
    says(&text, "train.parquet: its pages are damaged");
}
