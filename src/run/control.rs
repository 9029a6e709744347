//! Requests of other processes: one puts a file into the run's folder, and the process that trains takes it.
//!
//! Each is a file of its own in `control/`, written under another name and renamed, so that none is read half-written and
//! none replaces another. They are taken in the order of their names, which begin with the time of writing.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::layout::CONTROL;
use super::{Error, Holder, file};
use crate::regular;
use crate::training::Control;

/// Most bytes of a file that are read.
const LONGEST: u64 = 1 << 12;
/// Most files that are taken at once.
const MOST: usize = 100;

/// What such a file holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) action: Control,
    /// The user who asks; unknown where the environment names none.
    #[serde(default)]
    user: Option<String>,
    #[serde(flatten)]
    by: Holder,
    time: Timestamp,
}

impl Asked {
    /// Who asks.
    pub(super) fn by(&self) -> String {
        let user = self.user.as_ref();
        let user = user.map_or_else(String::new, |user| format!("{user}, "));
        format!("{user}{}", self.by.in_words())
    }
}

/// Asks the process that trains the run in `folder`; gives the file that it takes.
///
/// # Errors
/// [`Error::Io`] where the folder cannot be written.
pub fn ask(folder: &Path, action: Control) -> Result<PathBuf, Error> {
    let place = folder.join(CONTROL);
    file::make_folder(&place)?;
    let by = Holder::this();
    let nanoseconds = SystemTime::now().duration_since(UNIX_EPOCH);
    let path = place.join(format!(
        "{:020}-{}-{}.json",
        nanoseconds.unwrap_or_default().as_nanos(),
        by.host.replace(['/', '\\'], "_"),
        by.pid
    ));
    let user = ["USER", "LOGNAME", "USERNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok());
    let asked = Asked {
        action,
        user: user.filter(|user| !user.is_empty()),
        by,
        time: Timestamp::now(),
    };
    file::write_json(&path, &asked)?;
    Ok(path)
}

/// Takes all that is asked of the run in `folder`, oldest first; a sentence for what cannot be read. Each file is removed.
pub(super) fn take(folder: &Path) -> Vec<Result<Asked, String>> {
    let place = folder.join(CONTROL);
    let Ok(entries) = fs::read_dir(&place) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .take(MOST)
        .collect();
    paths.sort();
    paths.into_iter().map(|path| taken(&path)).collect()
}

fn taken(path: &Path) -> Result<Asked, String> {
    let asked = read(path);
    let removed = if path.is_dir() && !path.is_symlink() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        // A request that stays in the folder would be carried out at every reading.
        Err(error) => Err(format!(
            "{} cannot be removed, so the request is ignored: {error}",
            path.display()
        )),
        Ok(()) => asked.map_err(|problem| {
            format!(
                "{} is not a valid request, and was removed: {problem}",
                path.display()
            )
        }),
    }
}

fn read(path: &Path) -> Result<Asked, String> {
    let mut text = Vec::new();
    regular::open(path)
        .and_then(|opened| opened.take(LONGEST).read_to_end(&mut text))
        .map_err(|error| error.to_string())?;
    serde_json::from_slice(&text).map_err(|error| error.to_string())
}

/// Removes whatever was asked for and not taken: it was meant for a process that is gone.
pub(super) fn clear(folder: &Path) {
    let place = folder.join(CONTROL);
    match fs::remove_dir_all(&place) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!(%error, path = %place.display(), "old requests cannot be removed");
        }
        _ => {}
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_asked_is_taken_once_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        assert!(take(folder.path()).is_empty());
        for action in [Control::Pause, Control::Resume, Control::Stop] {
            assert!(ask(folder.path(), action).unwrap().exists());
        }
        let taken: Vec<Asked> = take(folder.path())
            .into_iter()
            .map(Result::unwrap)
            .collect();
        let actions: Vec<&str> = taken.iter().map(|asked| asked.action.name()).collect();
        assert_eq!(actions, ["pause", "resume", "stop"]);
        let pid = std::process::id();
        assert!(taken[0].by().contains(&format!("process {pid} on ")));
        assert!(take(folder.path()).is_empty());
        ask(folder.path(), Control::Stop).unwrap();
        clear(folder.path());
        assert!(take(folder.path()).is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_said_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join(CONTROL);
        fs::create_dir(&place).unwrap();
        fs::write(place.join("1.json"), "{\"action\":\"fly\"}").unwrap();
        fs::write(place.join("2.json.77.partial"), "{").unwrap();
        fs::create_dir(place.join("3.json")).unwrap();
        let taken = take(folder.path());
        assert_eq!(taken.len(), 2);
        for said in taken {
            let said = said.unwrap_err();
            assert!(
                said.contains("was removed") && !said.contains('\n'),
                "{said}"
            );
        }
        assert!(take(folder.path()).is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_bytes_make_taking_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let folder = tempfile::tempdir().unwrap();
            let place = folder.path().join(CONTROL);
            fs::create_dir(&place).unwrap();
            fs::write(place.join("1.json"), bytes).unwrap();
            prop_assert_eq!(take(folder.path()).len(), 1);
            prop_assert!(take(folder.path()).is_empty());
        }
    }
}
