//! Names of classes, from the places where Hugging Face keeps them.

use std::path::{Path, PathBuf};

use parquet::file::reader::FileReader;
use serde_json::Value;

use crate::dataset::archive::read_file;

/// Most bytes of a description that are read.
const LIMIT: u64 = 16 << 20;
/// Folders in which descriptions are looked for: that of the files, and those above it.
const ABOVE: usize = 3;

/// Where descriptions may be, existing or not.
pub(super) fn descriptions(folder: &Path) -> Vec<PathBuf> {
    let names = ["README.md", "dataset_infos.json"];
    let folders = folder.ancestors().take(ABOVE);
    folders
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .collect()
}

/// The names of `column`'s classes: from the parquet file's own metadata, `README.md` or
/// `dataset_infos.json`, in the folder or up to two above it; `None` where none names them.
pub(super) fn names(folder: &Path, reader: &dyn FileReader, column: &str) -> Option<Vec<String>> {
    let metadata = reader.metadata().file_metadata().key_value_metadata();
    let own = metadata.into_iter().flatten().find_map(|entry| {
        let value: Value = serde_json::from_str(entry.value.as_ref()?).ok()?;
        (entry.key == "huggingface").then(|| feature(value.pointer("/info/features")?, column))?
    });
    own.or_else(|| {
        folder.ancestors().take(ABOVE).find_map(|folder| {
            let readme = read_file(&folder.join("README.md"), LIMIT).ok();
            let readme = readme.and_then(|bytes| yaml(&String::from_utf8_lossy(&bytes), column));
            readme.or_else(|| {
                let bytes = read_file(&folder.join("dataset_infos.json"), LIMIT).ok()?;
                let infos: Value = serde_json::from_slice(&bytes).ok()?;
                let mut configs = infos.as_object()?.values();
                configs.find_map(|config| feature(config.get("features")?, column))
            })
        })
    })
}

/// Whether the parquet file's own metadata say that `column` is a label, whose classes they need not name.
pub(super) fn is_declared(reader: &dyn FileReader, column: &str) -> bool {
    let metadata = reader.metadata().file_metadata().key_value_metadata();
    metadata.into_iter().flatten().any(|entry| {
        let value = entry
            .value
            .as_ref()
            .and_then(|text| serde_json::from_str::<Value>(text).ok());
        let features = value
            .as_ref()
            .and_then(|value| value.pointer("/info/features"));
        let kind = features.and_then(|features| features.get(column)?.get("_type")?.as_str());
        entry.key == "huggingface" && kind == Some("ClassLabel")
    })
}

fn feature(features: &Value, column: &str) -> Option<Vec<String>> {
    let names = features.get(column)?.get("names")?.as_array()?;
    names
        .iter()
        .map(|name| name.as_str().map(str::to_owned))
        .collect()
}

/// Class names in the front matter of a dataset card, under `name: COLUMN`, `class_label`, `names`.
fn yaml(text: &str, column: &str) -> Option<Vec<String>> {
    let mut lines = text
        .lines()
        .skip_while(|line| line.trim_end() != "---")
        .skip(1)
        .take_while(|line| line.trim_end() != "---")
        .skip_while(|line| unquoted(line.trim().trim_start_matches("- "), "name") != Some(column))
        .skip(1);
    let names = lines.by_ref().find(|line| {
        let line = line.trim();
        line == "names:" || line.starts_with("- name:")
    })?;
    if names.trim() != "names:" {
        return None;
    }
    let depth = indent(names);
    let names = lines
        .take_while(|line| indent(line) > depth)
        .enumerate()
        .map(|(index, line)| {
            let (number, name) = line.trim().split_once(':')?;
            let number: usize = number.trim_matches(['\'', '"']).parse().ok()?;
            (number == index).then(|| name.trim().trim_matches(['\'', '"']).to_owned())
        });
    names
        .collect::<Option<Vec<_>>>()
        .filter(|names| !names.is_empty())
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn unquoted<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let value = line.strip_prefix(key)?.strip_prefix(':')?;
    Some(value.trim().trim_matches(['\'', '"']))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: &str = "---\nlicense: mit\ndataset_info:\n  features:\n  - name: img\n    dtype: image\n  - name: label\n    dtype:\n      class_label:\n        names:\n          '0': airplane\n          '1': automobile\n  splits:\n  - name: train\n---\n# CIFAR\n";

    #[test]
    fn a_dataset_card_names_the_classes() {
        assert_eq!(yaml(CARD, "label").unwrap(), ["airplane", "automobile"]);
        assert_eq!(yaml(CARD, "img"), None);
        assert_eq!(yaml("# no front matter", "label"), None);
    }
}
