//! Settings of the data.

use super::MAX_SIDE;
use super::registry::{
    Access, Flag, FormLine, Group, Kind, Options, Scope, Setting, checked, field, from_value,
    parsed, refuse, to_value,
};
use std::path::PathBuf;
use toml::Value;

use crate::dataset::Source;
use crate::dataset::memory::parse_size;
use crate::dataset::places::at_home;

/// Which images.
pub static DATA: Group = Group {
    title: "Data",
    settings: &[
        Setting {
            key: "dataset",
            scope: Scope::Profile,
            about: "\
glyphs, glyphs-plain, glyphs-noise (drawn by the program), mnist, cifar10, cifar100, cifar100-coarse
(CIFAR-100 with its 20 coarse classes), stl10, imagenet32, or folder:PATH, idx:DIR, npz:FILE, hf:DIR.",
            access: Access {
                get: |settings| Some(Value::String(settings.dataset.clone())),
                set: |settings, value| {
                    if let Some(value) = value {
                        settings.dataset = parsed::<Source>(value)?.to_string();
                    }
                    Ok(())
                },
            },
            ..Setting::PLAIN
        },
        Setting {
            key: "data-dir",
            kind: Kind::Path,
            scope: Scope::Place,
            about: "Folder of a named dataset, if it is not in the usual places.",
            example: "\"/data\"",
            option: Some(Flag::new(
                Options::Data,
                "DIR",
                "Folder of a named dataset: the one that holds its files, or the one above it",
            )),
            access: Access {
                get: |settings| to_value(&settings.data_dir),
                set: |settings, value| {
                    let folder: Option<PathBuf> = value.map(from_value).transpose()?;
                    settings.data_dir = folder.as_deref().map(at_home);
                    Ok(())
                },
            },
            ..Setting::PLAIN
        },
        Setting {
            key: "data-dirs",
            kind: Kind::Paths,
            scope: Scope::Place,
            about: "Folders in which named datasets are looked for after the usual places, which `ebcle-tui datasets` lists.",
            example: "[\"~/scratch\", \"/srv/datasets\"]",
            access: Access {
                get: |settings| to_value(&settings.data_dirs),
                set: |settings, value| {
                    let folders: Option<Vec<PathBuf>> = value.map(from_value).transpose()?;
                    let folders = folders.iter().flatten().map(|folder| at_home(folder));
                    let folders: Vec<PathBuf> = folders.collect();
                    for folder in &folders {
                        refuse(
                            folder.as_os_str().is_empty(),
                            "data-dirs holds an empty path: write folders",
                        )?;
                        refuse(
                            folder.is_file(),
                            format_args!(
                                "data-dirs holds {}, which is a file: write its folder",
                                folder.display()
                            ),
                        )?;
                    }
                    settings.data_dirs = folders;
                    Ok(())
                },
            },
            ..Setting::PLAIN
        },
        Setting {
            key: "resize",
            kind: Kind::Sides,
            scope: Scope::Profile,
            about: "Height and width to which the images of a folder or of a Hugging Face copy are resized.",
            example: "[32, 32]",
            option: Some(Flag::new(
                Options::Data,
                "HxW",
                "Resize the images of a folder or of a Hugging Face copy, e.g. 32x32",
            )),
            access: field!(resize, |sides: &Option<[usize; 2]>| {
                let sides = sides.iter().flatten();
                refuse(
                    sides.clone().any(|&side| side == 0),
                    "resize needs a height and a width of at least 1 pixel",
                )?;
                let side = sides.max().copied().unwrap_or(0);
                refuse(
                    side > MAX_SIDE,
                    format_args!("resize makes images of {side} pixels a side: use at most {MAX_SIDE}"),
                )
            }),
            ..Setting::PLAIN
        },
        Setting {
            key: "label",
            scope: Scope::Profile,
            about: "The label column of a Hugging Face copy, if not the one found by its name (label, class, …).",
            example: "\"coarse_label\"",
            option: Some(Flag::new(
                Options::Data,
                "COLUMN",
                "Label column of a Hugging Face copy, if not the one found by its name (label, class, …)",
            )),
            access: field!(label, |label: &Option<String>| refuse(
                label.as_deref() == Some(""),
                "label names no column"
            )),
            ..Setting::PLAIN
        },
        Setting {
            key: "split-test",
            scope: Scope::Profile,
            about: "\
The split of a Hugging Face copy or an npz file to test with; left out: test, or validation where
test images have no labels.",
            example: "\"validation\"",
            option: Some(Flag::new(
                Options::Data,
                "NAME",
                "Split of a Hugging Face copy or an npz file to test with [default: test; validation where that has no labels]",
            )),
            access: field!(split_test, |split: &Option<String>| refuse(
                split.as_deref() == Some(""),
                "split-test names no split"
            )),
            ..Setting::PLAIN
        },
        Setting {
            key: "limit",
            kind: Kind::Whole(1),
            scope: Scope::Profile,
            about: "Number of training images to keep, after a seeded shuffle; all of them when left out.",
            example: "6000",
            option: Some(Flag::new(
                Options::Data,
                "N",
                "Keep the first N training images after a seeded shuffle, and test images in proportion",
            )),
            form: Some(FormLine {
                unset: Some("all"),
                ..FormLine::typed("image limit", "images, or all")
            }),
            access: field!(limit, |limit: &Option<usize>| refuse(
                *limit == Some(0),
                "limit 0 leaves no training image: use at least 1"
            )),
            ..Setting::PLAIN
        },
        Setting {
            key: "transform",
            kind: Kind::Transforms,
            scope: Scope::Profile,
            about: "\
Transforms of every training and test image, in this order: bits=N (the upper 1 to 8 bits of each
value), permute (one random order of pixels for all images), ycbcr, grey, rgb (grey in three
channels), side=N (the longer side reduced to N pixels), noise=SD (Gaussian), coarse=MAP (the new
class of each class, such as 0,0,1,1, or a file of such numbers).",
            example: "[\"bits=3\", \"grey\"]",
            option: Some(Flag::new(
                Options::Data,
                "T",
                "Transform every image: bits=N, permute, ycbcr, grey, rgb, side=N, noise=SD or coarse=MAP; may be repeated",
            )),
            form: Some(FormLine {
                unset: Some("none"),
                ..FormLine::typed("transforms", "bits=3 grey, …")
            }),
            access: Access {
                get: |settings| to_value(&settings.transform),
                set: |settings, value| {
                    let texts: Option<Vec<String>> = value
                        .map(|value| from_value(&Kind::Transforms.accept(value)?))
                        .transpose()?;
                    let transforms = texts.iter().flatten().map(|text| text.parse());
                    let transforms: Result<_, String> = transforms.collect();
                    settings.transform =
                        transforms.map_err(|problem| format!("transform: {problem}"))?;
                    Ok(())
                },
            },
            ..Setting::PLAIN
        },
        Setting {
            key: "max-memory",
            scope: Scope::Process,
            about: "Most memory that reading the images may take, such as 512M or 4G; 80 % of what is free when left out.",
            example: "\"4G\"",
            option: Some(Flag::new(
                Options::Data,
                "SIZE",
                "Most memory that reading the images may take, e.g. 4G [default: 80 % of what is free]",
            )),
            access: Access {
                get: |settings| settings.host.max_memory.map(|bytes| Value::String(bytes.to_string())),
                set: |settings, value| {
                    let size: Option<String> = value.map(from_value).transpose()?;
                    let bytes = size.as_deref().map(parse_size).transpose();
                    settings.host.max_memory = bytes.map_err(|problem| format!("max-memory: {problem}"))?;
                    Ok(())
                },
            },
            ..Setting::PLAIN
        },
    ],
};
