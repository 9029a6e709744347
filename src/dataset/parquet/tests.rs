#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::io::Cursor;
use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::super::testing::{fixture, pattern, plenty, quiet};
use super::*;

const SCHEMA: &str = "message m { optional group image { optional binary bytes; optional binary path (UTF8); } optional int64 label; optional int64 other; }";

fn png(width: u32, height: u32, channels: usize, pixels: &[u8]) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let kind = if channels == 1 {
        image::ExtendedColorType::L8
    } else {
        image::ExtendedColorType::Rgb8
    };
    image::write_buffer_with_format(
        &mut file,
        pixels,
        width,
        height,
        kind,
        image::ImageFormat::Png,
    )
    .unwrap();
    file.into_inner()
}

fn write(path: &Path, images: &[Vec<u8>], labels: &[i64]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
    let properties = Arc::new(WriterProperties::builder().build());
    let mut writer =
        SerializedFileWriter::new(fs::File::create(path).unwrap(), schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let bytes: Vec<ByteArray> = images.iter().map(|image| image.clone().into()).collect();
    let paths: Vec<ByteArray> = images.iter().map(|_| "x.png".into()).collect();
    for values in [&bytes, &paths] {
        let mut column = group.next_column().unwrap().unwrap();
        column
            .typed::<ByteArrayType>()
            .write_batch(values, Some(&vec![2; values.len()]), None)
            .unwrap();
        column.close().unwrap();
    }
    for _ in 0..2 {
        let mut column = group.next_column().unwrap().unwrap();
        column
            .typed::<Int64Type>()
            .write_batch(labels, Some(&vec![1; labels.len()]), None)
            .unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
}

fn load(folder: &Path) -> Result<Dataset, Error> {
    read(folder, &Options::default(), &plenty(), &quiet)
}

#[test]
fn reads_what_pyarrow_and_pillow_write() {
    let dataset = load(&fixture("hf")).unwrap();
    assert_eq!(
        (
            dataset.shape.channels,
            dataset.shape.height,
            dataset.shape.width
        ),
        (3, 5, 6)
    );
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
        let text = load(home.path()).unwrap_err().to_string();
        assert!(
            text.contains("record 1 (counted from 0): its image is refused: it is cut off"),
            "{text}"
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
        &[1],
    );
    let dataset = load(home.path()).unwrap();
    assert_eq!(
        (
            dataset.shape.channels,
            dataset.shape.height,
            dataset.shape.width
        ),
        (1, 2, 3)
    );
    assert_eq!(dataset.train.pixels, [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]);
    assert_eq!(dataset.class_names, ["0", "1", "2", "3"]);
    write(
        &home.path().join("test-0.parquet"),
        &[grey, colour],
        &[1, 0],
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
    let text = || load(home.path()).unwrap_err().to_string();
    assert!(text().contains("it holds no train-….parquet"), "{}", text());
    let train = home.path().join("plain/train-0.parquet");
    write(&train, &[small.clone(), large.clone()], &[0, 1]);
    assert!(text().contains("it holds no test-….parquet"), "{}", text());
    write(
        &home.path().join("plain/test-0.parquet"),
        std::slice::from_ref(&small),
        &[0],
    );
    assert!(
        text().contains(
            "train-0.parquet: record 1 (counted from 0): its image is 2x3 where the first is 2x2"
        ),
        "{}",
        text()
    );
    let options = Options {
        resize: Some([2, 2]),
        ..Options::default()
    };
    assert_eq!(
        read(home.path(), &options, &plenty(), &quiet)
            .unwrap()
            .train
            .pixels
            .len(),
        8
    );
    write(&train, &[small.clone(), b"no image".to_vec()], &[0, 1]);
    assert!(
        text().contains("record 1 (counted from 0): its image is refused: it is no image"),
        "{}",
        text()
    );
    write(&train, &[small.clone(), small.clone()], &[0, -1]);
    assert!(
        text().contains("record 1 (counted from 0) has label -1"),
        "{}",
        text()
    );
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
        assert!(
            text().contains("train-0.parquet: it is no readable parquet file"),
            "{}",
            text()
        );
    }
}

#[test]
fn the_label_column_may_be_named() {
    let home = tempfile::tempdir().unwrap();
    let image = png(2, 1, 1, &[1, 2]);
    write(
        &home.path().join("train.parquet"),
        std::slice::from_ref(&image),
        &[2],
    );
    write(&home.path().join("test.parquet"), &[image], &[1]);
    let named = |label: &str| {
        let options = Options {
            label: Some(label.to_owned()),
            ..Options::default()
        };
        read(home.path(), &options, &plenty(), &quiet)
    };
    assert_eq!(named("other").unwrap().train.labels, [2]);
    assert!(
        named("none")
            .unwrap_err()
            .to_string()
            .contains("no integer column 'none'")
    );
}

/// Found by the fuzz target: the `parquet` crate panics on this page.
#[test]
fn a_page_on_which_the_crate_panics_is_a_sentence() {
    let home = tempfile::tempdir().unwrap();
    for part in ["train", "test"] {
        let path = home.path().join(format!("{part}.parquet"));
        fs::copy(fixture("parquet/damaged-page.parquet"), path).unwrap();
    }
    let text = load(home.path()).unwrap_err().to_string();
    assert!(
        text.contains("train.parquet: its pages are damaged"),
        "{text}"
    );
}
