//! Known datasets and their state.

use std::path::PathBuf;

use super::formats::locate;
use super::options::LoadOptions;
use super::source::{Source, Target};

/// Where a dataset is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Inside the program.
    Embedded,
    /// In this folder.
    Found(PathBuf),
    /// Nowhere; the sentence says where to put it.
    Missing(String),
}

/// A line in the list of datasets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The dataset.
    pub source: Source,
    /// What it is, in a few words.
    pub description: &'static str,
    /// Where it is.
    pub state: State,
}

/// Every named dataset with its state.
#[must_use]
pub fn list(options: &LoadOptions) -> Vec<Entry> {
    Source::named()
        .into_iter()
        .map(|source| entry(source, options))
        .collect()
}

/// One dataset with its state.
#[must_use]
pub fn entry(source: Source, options: &LoadOptions) -> Entry {
    Entry {
        description: source.description(),
        state: state(&source, options),
        source,
    }
}

fn state(source: &Source, options: &LoadOptions) -> State {
    if let Source::At(prefix, path) = source {
        let missing = match prefix.target {
            Target::File if !path.is_file() => Some("file"),
            Target::Folder if !path.is_dir() => Some("folder"),
            _ => None,
        };
        if let Some(kind) = missing {
            return State::Missing(format!("{} is no {kind}", path.display()));
        }
    }
    match locate(source, options) {
        Ok(located) => match located.path() {
            Some(path) => State::Found(path.to_owned()),
            None => State::Embedded,
        },
        Err(error) => State::Missing(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;
    use crate::dataset::load;
    use crate::dataset::testing::says;

    fn below(folder: &std::path::Path) -> LoadOptions {
        LoadOptions {
            data_dir: Some(folder.to_owned()),
            ..LoadOptions::default()
        }
    }

    #[test]
    fn lists_every_name_and_says_where_it_looked() {
        let folder = tempfile::tempdir().unwrap();
        let entries = list(&below(folder.path()));
        assert!(
            entries
                .iter()
                .map(|entry| entry.source.clone())
                .eq(Source::named())
        );
        assert_eq!(entries[0].state, State::Embedded);
        let looked = format!(
            "mnist was not found in {}: give its folder with --data-dir DIR, or fetch it with `ebcle-tui datasets fetch mnist`",
            folder.path().display()
        );
        assert_eq!(entries[3].state, State::Missing(looked.clone()));
        let error = load(&Source::known("mnist"), &below(folder.path()), &|_| {}).unwrap_err();
        assert_eq!(error.to_string(), looked);
    }

    #[test]
    fn a_folder_with_one_of_the_files_is_no_mnist() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("train-images-idx3-ubyte"), "").unwrap();
        let State::Missing(sentence) = list(&below(folder.path()))[3].state.clone() else {
            panic!("found in a folder with a single file");
        };
        says(&sentence, "train-labels-idx1-ubyte is missing");
    }

    #[test]
    fn what_cannot_be_fetched_says_where_to_register_and_where_to_put_it() {
        let folder = tempfile::tempdir().unwrap();
        let load = |source| load(&source, &below(folder.path()), &|_| {});
        let said = load(Source::known("imagenet32")).unwrap_err().to_string();
        for part in [
            "image-net.org",
            "Imagenet32_train.zip",
            "put the files into",
            "--data-dir",
        ] {
            assert!(said.contains(part), "{part} is missing in {said}");
        }
        let said = load(Source::known("cifar100-coarse"))
            .unwrap_err()
            .to_string();
        assert!(
            said.ends_with("`ebcle-tui datasets fetch cifar100`"),
            "{said}"
        );
    }
}
