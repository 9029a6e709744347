//! Settings of the machine: device, precision, folder of the runs.

use std::path::PathBuf;

use super::registry::{
    Access, Flag, FormLine, Group, Kind, Options, Scope, Setting, from_value, parsed, text,
    to_value,
};
use crate::dataset::places::at_home;
use crate::training::device::Named;
use toml::Value;

/// Where and in which numbers.
pub static MACHINE: Group = Group {
    title: "Machine",
    settings: &[
        Setting {
            key: "device",
            about: "auto (a GPU where there is one), cpu, cuda or cuda:N; cpu:A-B keeps to these cores.\nA list such as cuda:all, cuda:0,cuda:2 or cpu:0-3,cpu:4-7 spreads the runs of a study (sweep, grid,\nrecommend), or the seeds of `train`, over several, each in a process of its own.",
            option: Some(Flag::new(
                Options::Training,
                "DEVICE",
                "auto, cpu, cuda, cuda:N or cpu:A-B; for a study or several seeds also a list, or cuda:all [default: auto]",
            )),
            form: Some(FormLine::chosen("device", "auto, cpu, …")),
            access: Access {
                get: |settings| {
                    let workers = settings.host.workers.join(",");
                    let name = if workers.is_empty() {
                        settings.device.clone()
                    } else {
                        workers
                    };
                    Some(Value::String(name))
                },
                set: |settings, value| {
                    if let Some(value) = value {
                        let named: Named = parsed(value)?;
                        settings.device = named.own();
                        settings.host.workers = named.workers();
                    }
                    Ok(())
                },
            },
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
