//! Which column holds the labels, what values may, and which images are tested with.

use super::*;

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
        let text = refused(home.path());
        assert!(
            text.ends_with(&format!("no column of it says that it holds the labels, such as label or class: name the one that does by --label COLUMN (its columns are {name} (whole numbers))")),
            "{text}"
        );
        let options = LoadOptions {
            label: Some(name.to_owned()),
            ..LoadOptions::default()
        };
        assert!(load_with(home.path(), &options).is_ok());
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
    let text = refused(copy("label", &half, &half).path());
    says(
        &text,
        "record 0 (counted from 0) of its column 'label' is 0.5, which is no class",
    );
}

#[test]
fn unlabelled_test_images_give_way_to_those_of_another_split() {
    let whole = [0, 1, 1, 0].map(Some);
    let (labels, image) = (Values::Whole(&whole), png(2, 1, 1, &[1, 2]));
    let named = |folder: &Path, split: &str| {
        let options = LoadOptions {
            split_test: Some(split.to_owned()),
            ..LoadOptions::default()
        };
        load_with(folder, &options).map_err(|error| error.to_string())
    };
    for none in [[Some(-1); 4], [None; 4]] {
        let home = copy("label", &labels, &Values::Whole(&none));
        let text = refused(home.path());
        says(
            &text,
            "its test images have no labels (in its column 'label') to test with",
        );
        let other = [1, 1, 0, 0].map(Some);
        table(
            &home.path().join("validation.parquet"),
            &[Some(image.as_slice()); 4],
            &[("label", &Values::Whole(&other))],
        );
        let dataset = load(home.path()).unwrap();
        assert_eq!(dataset.test.labels, [1, 1, 0, 0]);
        assert_eq!(
            dataset.notes,
            ["its test images have no labels, so its validation images are tested with"]
        );
        let told = named(home.path(), "test").unwrap_err();
        says(&told, "name a split that has some by --split-test NAME");
        table(
            &home.path().join("extra-0.parquet"),
            &[Some(image.as_slice()); 4],
            &[("label", &labels)],
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
        says(
            &told,
            "it holds no more-….parquet: name one of its splits by --split-test (test, validation)",
        );
    }
    let some = [Some(0), None, Some(1), Some(0)];
    let text = refused(copy("label", &labels, &Values::Whole(&some)).path());
    says(
        &text,
        "test.parquet: record 1 (counted from 0) has no label (1 of 4 images)",
    );
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
        let options = LoadOptions {
            label: Some(label.to_owned()),
            ..LoadOptions::default()
        };
        load_with(home.path(), &options)
    };
    assert_eq!(named("other").unwrap().class_names, ["2"]);
    assert!(
        named("none")
            .unwrap_err()
            .to_string()
            .contains("no column 'none': name the one that holds the classes by --label COLUMN (its columns are label (whole numbers), other (whole numbers))")
    );
}
