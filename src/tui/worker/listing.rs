//! Lists of datasets, with how to get them, and of folders.

use std::fs;
use std::path::Path;

use crate::dataset::fetch::FetchError;
use crate::dataset::published::{published, target, unfinished};
use crate::dataset::{LoadOptions, Source, catalogue};
use crate::tui::screens::data::{Candidate, Listed, Offer};

/// Most names that are read from a folder.
const MAX_NAMES: usize = 20_000;

pub(super) const NO_HOME: &str = "no home folder for data: press a and give a data folder";

/// The named datasets and `added` ones.
pub(super) fn datasets(options: &LoadOptions, added: &[Source]) -> Vec<Listed> {
    Source::named()
        .into_iter()
        .chain(added.iter().cloned())
        .map(|source| Listed {
            offer: offer(&source, options),
            entry: catalogue::entry(source, options),
        })
        .collect()
}

/// The name under which the files of a dataset are published.
pub(super) fn published_name(source: &Source) -> Option<String> {
    source.is_published().then(|| source.published_name())
}

fn offer(source: &Source, options: &LoadOptions) -> Offer {
    let Some(name) = published_name(source) else {
        return Offer::Nothing;
    };
    let published = match published(&name) {
        Ok(published) => published,
        Err(error) => return Offer::Unusable(error.to_string()),
    };
    let Some(folder) = target(options.data_dir.as_deref(), &name) else {
        return Offer::Unusable(NO_HOME.to_owned());
    };
    if let Some(why) = published.registration {
        let registration = FetchError::Registration { name, why, folder };
        return Offer::Register(registration.to_string());
    }
    let size = |path: &Path| fs::metadata(path).ok().map(|data| data.len());
    let there = |file: &str| {
        let path = folder.join(file);
        size(&path).or_else(|| size(&unfinished(&path)))
    };
    Offer::Fetch {
        bytes: published.size(),
        there: published
            .files
            .iter()
            .filter_map(|file| there(&file.name))
            .sum(),
        folder,
    }
}

/// The contents of a folder.
pub(super) fn folder(folder: &Path) -> Result<Vec<Candidate>, String> {
    let entries = fs::read_dir(folder)
        .map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    Ok(entries
        .take(MAX_NAMES)
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            Some(Candidate {
                name: path.file_name()?.to_str()?.to_owned(),
                folder: path.is_dir(),
            })
        })
        .collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::dataset::State;

    #[test]
    fn what_is_missing_says_how_to_get_it() {
        let data = tempfile::tempdir().unwrap();
        let options = LoadOptions {
            data_dir: Some(data.path().to_owned()),
            ..LoadOptions::default()
        };
        let begun = data.path().join("mnist/train-images-idx3-ubyte.gz.part");
        fs::create_dir_all(begun.parent().unwrap()).unwrap();
        fs::write(begun, [0; 70]).unwrap();
        let own = Source::known("npz:nowhere.npz");
        let listed = datasets(&options, std::slice::from_ref(&own));
        let of = |name: &str| {
            let found = |listed: &&Listed| listed.entry.source.to_string() == name;
            listed.iter().find(found).unwrap().clone()
        };
        let Offer::Fetch { there, folder, .. } = of("mnist").offer else {
            panic!("{:?}", of("mnist"));
        };
        assert_eq!((there, folder), (70, data.path().join("mnist")));
        let Offer::Register(sentence) = of("imagenet32").offer else {
            panic!("{:?}", of("imagenet32"));
        };
        let folder = data.path().join("imagenet32");
        assert!(
            sentence.ends_with(&format!("put the files into {}", folder.display())),
            "{sentence}"
        );
        assert_eq!(of("glyphs").offer, Offer::Nothing);
        assert!(matches!(
            of(&own.to_string()).entry.state,
            State::Missing(_)
        ));
    }

    #[test]
    fn folders_are_told_from_files() {
        let data = tempfile::tempdir().unwrap();
        fs::create_dir(data.path().join("a")).unwrap();
        fs::write(data.path().join("b.npz"), "").unwrap();
        let mut found = folder(data.path()).unwrap();
        found.sort();
        let names: Vec<_> = found.iter().map(|c| (c.name.as_str(), c.folder)).collect();
        assert_eq!(names, [("a", true), ("b.npz", false)]);
        assert!(
            folder(&data.path().join("c"))
                .unwrap_err()
                .contains("cannot read")
        );
    }
}
