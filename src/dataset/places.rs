//! Where are datasets searched?

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::LoadOptions;
use crate::folders;

/// The environment variable that names the folder of datasets.
pub const DATA_DIR_VARIABLE: &str = "EBCLE_DATA_DIR";

/// Where named datasets are searched, in this order.
///
/// A `data_dir` that is given is the only place. Else it is the folder that [`DATA_DIR_VARIABLE`]
/// names, the working directory, `data` in it (where torchvision's examples put theirs), `data`
/// and `datasets` in the home folder, the program's own data folder, the caches of torchvision
/// (`TORCH_HOME`) and Hugging Face (`HF_HUB_CACHE`, `HF_DATASETS_CACHE`, `HF_HOME`), and what the
/// config file adds.
#[must_use]
pub fn places(options: &LoadOptions) -> Vec<PathBuf> {
    let base = directories::BaseDirs::new();
    let home = base.as_ref().map(directories::BaseDirs::home_dir);
    if let Some(folder) = &options.data_dir {
        return vec![folder.clone()];
    }
    let mut places = usual(
        &|name| std::env::var_os(name),
        home,
        folders::data().as_deref(),
    );
    places.extend(
        options
            .data_dirs
            .iter()
            .map(|folder| expanded(folder, home)),
    );
    let mut known = std::collections::HashSet::new();
    places.retain(|place| known.insert(place.clone()));
    places
}

/// Places in words, one after the other.
pub fn in_words<'a>(places: impl IntoIterator<Item = &'a PathBuf>) -> String {
    let word = |place: &'a PathBuf| {
        if place == Path::new(".") {
            "the working folder".to_owned()
        } else {
            place.display().to_string()
        }
    };
    let words: Vec<String> = places.into_iter().map(word).collect();
    words.join(", ")
}

/// The usual places, by the environment's variables, the home folder and the program's own data folder.
fn usual(
    variable: &dyn Fn(&str) -> Option<OsString>,
    home: Option<&Path>,
    own: Option<&Path>,
) -> Vec<PathBuf> {
    let variable = |name: &str| {
        let value = variable(name).filter(|value| !value.is_empty())?;
        Some(expanded(Path::new(&value), home))
    };
    let mut places = Vec::from_iter(variable(DATA_DIR_VARIABLE));
    places.extend([PathBuf::from("."), PathBuf::from("data")]);
    places.extend(home.map(|home| home.join("data")));
    places.extend(home.map(|home| home.join("datasets")));
    places.extend(own.map(Path::to_owned));
    let cache = variable("XDG_CACHE_HOME").or_else(|| Some(home?.join(".cache")));
    let cached = |name: &str| Some(cache.as_ref()?.join(name));
    if let Some(torch) = variable("TORCH_HOME").or_else(|| cached("torch")) {
        places.extend([torch.clone(), torch.join("datasets")]);
    }
    let face = variable("HF_HOME").or_else(|| cached("huggingface"));
    let below = |name: &str| Some(face.as_ref()?.join(name));
    places.extend(variable("HF_HUB_CACHE").or_else(|| below("hub")));
    places.extend(variable("HF_DATASETS_CACHE").or_else(|| below("datasets")));
    places
}

/// A path as a user writes it: a leading `~` stands for the user's home folder. Shells leave it as it is behind `=` and `:`,
/// and config files and variables know no other way.
#[must_use]
pub fn at_home(path: &Path) -> PathBuf {
    let base = directories::BaseDirs::new();
    expanded(path, base.as_ref().map(directories::BaseDirs::home_dir))
}

/// As [`at_home`], with `home` as the home folder.
pub(crate) fn expanded(path: &Path, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(variables: &[(&str, &str)]) -> Vec<String> {
        let variable = |name: &str| {
            let entry = variables.iter().find(|(key, _)| *key == name)?;
            Some(OsString::from(entry.1))
        };
        usual(
            &variable,
            Some(Path::new("/home/ada")),
            Some(Path::new("/own")),
        )
        .iter()
        .map(|place| place.display().to_string())
        .collect()
    }

    #[test]
    fn the_usual_places_are_those_of_the_common_tools() {
        assert_eq!(
            found(&[]),
            [
                ".",
                "data",
                "/home/ada/data",
                "/home/ada/datasets",
                "/own",
                "/home/ada/.cache/torch",
                "/home/ada/.cache/torch/datasets",
                "/home/ada/.cache/huggingface/hub",
                "/home/ada/.cache/huggingface/datasets",
            ]
        );
        let moved = found(&[
            (DATA_DIR_VARIABLE, "/mine"),
            ("TORCH_HOME", "~/torch"),
            ("HF_HOME", "/hf"),
            ("HF_DATASETS_CACHE", "/sets"),
            ("XDG_CACHE_HOME", ""),
        ]);
        assert_eq!(moved[0], "/mine");
        assert_eq!(
            moved[6..],
            [
                "/home/ada/torch",
                "/home/ada/torch/datasets",
                "/hf/hub",
                "/sets"
            ]
        );
        let cache = found(&[("XDG_CACHE_HOME", "/cache"), ("HF_HUB_CACHE", "/hub")]);
        assert_eq!(
            cache[5..],
            [
                "/cache/torch",
                "/cache/torch/datasets",
                "/hub",
                "/cache/huggingface/datasets"
            ]
        );
    }

    #[test]
    fn a_data_dir_is_the_only_place_and_the_config_files_come_last() {
        let options = LoadOptions {
            data_dirs: vec!["/mine".into(), ".".into()],
            ..LoadOptions::default()
        };
        let all = places(&options);
        assert_eq!(all.last(), Some(&PathBuf::from("/mine")));
        assert_eq!(
            all.iter().filter(|place| *place == Path::new(".")).count(),
            1
        );
        let only = LoadOptions {
            data_dir: Some("/only".into()),
            ..options
        };
        assert_eq!(places(&only), [PathBuf::from("/only")]);
    }
}
