//! Settings of the machine: device, precision, folder of the runs.

use std::path::PathBuf;

use super::registry::{
    Access, Flag, FormLine, Group, Kind, Options, Scope, Setting, checked, field, from_value,
    parsed, text, to_value,
};
use crate::dataset::places::at_home;
use crate::training;
use toml::Value;

/// Where and in which numbers.
pub static MACHINE: Group = Group {
    title: "Machine",
    settings: &[
        Setting {
            key: "device",
            about: "auto (a GPU where there is one), cpu, cuda or cuda:N.",
            option: Some(Flag::new(
                Options::Training,
                "DEVICE",
                "auto, cpu, cuda or cuda:N [default: auto]",
            )),
            form: Some(FormLine::chosen("device", "auto, cpu, …")),
            access: field!(device, |name: &String| check_device(name)),
            ..Setting::PLAIN
        },
        Setting {
            key: "precision",
            kind: Kind::Choice(&["f32", "tf32", "bf16"]),
            about: "Number format of training: f32, or tf32 or bf16 on a GPU, which round the inputs of convolutions (not of the classifier).",
            option: Some(Flag::new(
                Options::Training,
                "NAME",
                "Number format of training: f32, or tf32 or bf16 on a GPU [default: f32]",
            )),
            access: text!(precision),
            ..Setting::PLAIN
        },
        Setting {
            key: "out",
            kind: Kind::Path,
            scope: Scope::Place,
            about: "Folder below which runs are made.",
            option: Some(Flag {
                of: Options::Out,
                value_name: "DIR",
                help: "Folder below which runs are made and looked for [default: runs]",
                alias: Some("runs"),
                alone: None,
            }),
            access: Access {
                get: |settings| to_value(&settings.out),
                set: |settings, value| {
                    let folder: Option<PathBuf> = value.map(from_value).transpose()?;
                    settings.out = folder.as_deref().map(at_home).unwrap_or_default();
                    Ok(())
                },
            },
            ..Setting::PLAIN
        },
    ],
};

/// Checks the form of a device's name; whether there is such a device is asked when it is opened.
fn check_device(name: &str) -> Result<(), String> {
    let known = matches!(name, "auto" | "cpu" | "cuda")
        || name
            .strip_prefix("cuda:")
            .is_some_and(|number| number.parse::<usize>().is_ok());
    if known {
        return Ok(());
    }
    Err(training::TrainingError::UnknownDevice {
        name: name.to_owned(),
    }
    .to_string())
}
