#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::io::Cursor;
use std::sync::Arc;

use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::*;
use crate::dataset::testing::{fixture, pattern, plenty, quiet};

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

fn load(folder: &Path) -> Result<Dataset> {
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
        &[3],
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
    write(&home.path().join("test.parquet"), &[image], &[2]);
    let named = |label: &str| {
        let options = Options {
            label: Some(label.to_owned()),
            ..Options::default()
        };
        read(home.path(), &options, &plenty(), &quiet)
    };
    assert_eq!(named("other").unwrap().class_names, ["2"]);
    assert!(
        named("none")
            .unwrap_err()
            .to_string()
            .contains("no column 'none': name the one that holds the classes by --label COLUMN (its columns are label (whole numbers), other (whole numbers))")
    );
}

/// Values of a column beside the images.
enum Values<'a> {
    Whole(&'a [Option<i64>]),
    Number(&'a [f64]),
    Text(&'a [Option<&'a str>]),
    Truth(&'a [bool]),
}

/// A file of images, each by its bytes and its path, beside one column.
fn table(path: &Path, images: [Option<&[u8]>; 4], name: &str, values: &Values<'_>) {
    fn column<T: DataType>(
        group: &mut SerializedRowGroupWriter<'_, fs::File>,
        values: Vec<Option<T::T>>,
        level: i16,
    ) {
        let mut column = group.next_column().unwrap().unwrap();
        let levels: Vec<i16> = values
            .iter()
            .map(|value| if value.is_some() { level } else { level - 1 })
            .collect();
        let values: Vec<T::T> = values.into_iter().flatten().collect();
        column
            .typed::<T>()
            .write_batch(&values, Some(&levels), None)
            .unwrap();
        column.close().unwrap();
    }

    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let (kind, mark) = match values {
        Values::Whole(_) => ("int64", ""),
        Values::Number(_) => ("double", ""),
        Values::Text(_) => ("binary", "(UTF8)"),
        Values::Truth(_) => ("boolean", ""),
    };
    let schema = format!(
        "message m {{ optional group image {{ optional binary bytes; optional binary path (UTF8); }} optional {kind} {name} {mark}; }}"
    );
    let schema = Arc::new(parse_message_type(&schema).unwrap());
    let properties = Arc::new(WriterProperties::builder().build());
    let file = fs::File::create(path).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let rows = images.len();
    column::<ByteArrayType>(
        &mut group,
        images
            .map(|image| image.map(|bytes| bytes.to_vec().into()))
            .to_vec(),
        2,
    );
    column::<ByteArrayType>(&mut group, vec![Some("/home/me/0.png".into()); rows], 2);
    match values {
        Values::Whole(values) => column::<Int64Type>(&mut group, values.to_vec(), 1),
        Values::Number(values) => column::<DoubleType>(
            &mut group,
            values.iter().map(|&value| Some(value)).collect(),
            1,
        ),
        Values::Text(values) => column::<ByteArrayType>(
            &mut group,
            values.iter().map(|value| value.map(Into::into)).collect(),
            1,
        ),
        Values::Truth(values) => column::<BoolType>(
            &mut group,
            values.iter().map(|&value| Some(value)).collect(),
            1,
        ),
    }
    group.close().unwrap();
    writer.close().unwrap();
}

/// A copy of four training and four test images with these columns.
fn copy(name: &str, train: &Values<'_>, test: &Values<'_>) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let image = png(2, 1, 1, &[1, 2]);
    for (part, values) in [("train", train), ("test", test)] {
        table(
            &home.path().join(format!("{part}.parquet")),
            [Some(&image); 4],
            name,
            values,
        );
    }
    home
}

#[test]
fn a_label_column_says_so_by_its_name_in_any_case_and_by_no_other() {
    let whole = [0, 1, 1, 0].map(Some);
    for name in [
        "label",
        "Labels",
        "TARGET",
        "y",
        "class",
        "Category",
        "coarse_label",
    ] {
        let home = copy(name, &Values::Whole(&whole), &Values::Whole(&whole));
        assert_eq!(
            load(home.path()).unwrap().train.labels,
            [0, 1, 1, 0],
            "{name}"
        );
    }
    for name in ["width", "__index_level_0__", "patient_id"] {
        let home = copy(name, &Values::Whole(&whole), &Values::Whole(&whole));
        let text = load(home.path()).unwrap_err().to_string();
        assert!(
            text.ends_with(&format!("no column of it says that it holds the labels, such as label or class: name the one that does by --label COLUMN (its columns are {name} (whole numbers))")),
            "{text}"
        );
        let options = Options {
            label: Some(name.to_owned()),
            ..Options::default()
        };
        assert!(read(home.path(), &options, &plenty(), &quiet).is_ok());
    }
}

/// The classes of `numpy.unique(labels)`.
#[test]
fn text_truth_and_whole_fractions_are_labels_too() {
    let cases = [
        (
            Values::Text(&[Some("dog"), Some("cat"), Some("dog"), Some("cat")]),
            "cat dog",
        ),
        (Values::Truth(&[true, false, true, false]), "false true"),
        (Values::Number(&[7.0, 2.0, 7.0, 2.0]), "2 7"),
        (
            Values::Whole(&[Some(9), Some(-3), Some(9), Some(-3)]),
            "-3 9",
        ),
    ];
    for (values, names) in cases {
        let dataset = load(copy("label", &values, &values).path()).unwrap();
        assert_eq!(dataset.class_names.join(" "), names);
        assert_eq!(dataset.train.labels, [1, 0, 1, 0], "{names}");
        assert_eq!(dataset.test.labels, [1, 0, 1, 0], "{names}");
    }
    let half = Values::Number(&[0.5, 1.0, 1.0, 0.0]);
    let text = load(copy("label", &half, &half).path())
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("record 0 (counted from 0) of its column 'label' is 0.5, which is no class"),
        "{text}"
    );
}

#[test]
fn unlabelled_test_images_give_way_to_those_of_another_split() {
    let whole = [0, 1, 1, 0].map(Some);
    let (labels, image) = (Values::Whole(&whole), png(2, 1, 1, &[1, 2]));
    let named = |folder: &Path, split: &str| {
        let options = Options {
            split_test: Some(split.to_owned()),
            ..Options::default()
        };
        read(folder, &options, &plenty(), &quiet).map_err(|error| error.to_string())
    };
    for none in [[Some(-1); 4], [None; 4]] {
        let home = copy("label", &labels, &Values::Whole(&none));
        let text = load(home.path()).unwrap_err().to_string();
        assert!(
            text.contains("its test images have no labels (in its column 'label') to test with"),
            "{text}"
        );
        let other = [1, 1, 0, 0].map(Some);
        table(
            &home.path().join("validation.parquet"),
            [Some(&image); 4],
            "label",
            &Values::Whole(&other),
        );
        let dataset = load(home.path()).unwrap();
        assert_eq!(dataset.test.labels, [1, 1, 0, 0]);
        assert_eq!(
            dataset.notes,
            ["its test images have no labels, so its validation images are tested with"]
        );
        let told = named(home.path(), "test").unwrap_err();
        assert!(
            told.contains("name a split that has some by --split-test NAME"),
            "{told}"
        );
        table(
            &home.path().join("extra-0.parquet"),
            [Some(&image); 4],
            "label",
            &labels,
        );
        for split in ["val", "validation", "extra"] {
            let expected = if split == "extra" {
                [0, 1, 1, 0]
            } else {
                [1, 1, 0, 0]
            };
            let dataset = named(home.path(), split).unwrap();
            assert_eq!(dataset.test.labels, expected, "{split}");
            assert!(dataset.notes.is_empty());
        }
        let told = named(home.path(), "more").unwrap_err();
        assert!(told.contains("it holds no more-….parquet: name one of its splits by --split-test (test, validation)"), "{told}");
    }
    let some = [Some(0), None, Some(1), Some(0)];
    let text = load(copy("label", &labels, &Values::Whole(&some)).path())
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("test.parquet: record 1 (counted from 0) has no label (1 of 4 images)"),
        "{text}"
    );
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
        table(&home.path().join("train.parquet"), images, "label", &whole);
        let text = load(home.path()).unwrap_err().to_string();
        assert!(
            text.contains("its column 'image' holds the paths of images (such as /home/me/0.png), not the images"),
            "{text}"
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
    let text = load(home.path()).unwrap_err().to_string();
    assert!(text.contains("train.parquet: it cannot be read"), "{text}");
    let (options, memory) = (Options::default(), plenty());
    let parts = Part::all(&files[..1]).unwrap();
    let images = Pass::new(&options, 0, &memory, &quiet).split(&parts);
    let Err(Stop::Error(error)) = images else {
        panic!("damaged images are read");
    };
    let text = error.to_string();
    assert!(
        text.contains("train.parquet: its pages are damaged"),
        "{text}"
    );
}
