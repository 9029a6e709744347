//! What a user writes about a run: a note and tags, in `notes.toml` beside its results.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::layout::NOTES;
use super::{Error, RunDirectory, file};

/// Most bytes of a note.
pub const MAX_NOTE: usize = 4000;
/// Most tags of a run.
const MAX_TAGS: usize = 32;
/// Most characters of a tag.
const MAX_TAG: usize = 40;
/// Most bytes of the file.
const MAX_FILE: usize = 1 << 16;

/// A note and tags.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notes {
    /// Text in the user's own words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Words by which the run is found again, each once, in the order in which they were given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Why they cannot be read, one sentence; then both are empty.
    #[serde(skip)]
    pub problem: Option<String>,
}

impl Notes {
    /// Those of the run in `folder`; with the problem where they cannot be read.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self::read(folder).unwrap_or_else(|error| Self {
            problem: Some(error.to_string()),
            ..Self::default()
        })
    }

    /// Reads those of the run in `folder`; empty ones where nothing was written.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Malformed`].
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(NOTES);
        let bytes = match crate::regular::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(Error::io("read", path)(error)),
        };
        let wrong = |problem: String| {
            Error::malformed(
                &path,
                format!("not the notes of a run ({problem}): correct or remove it"),
            )
        };
        if bytes.len() > MAX_FILE {
            return Err(wrong(format!("more than {MAX_FILE} bytes")));
        }
        let text = String::from_utf8(bytes).map_err(|error| wrong(error.to_string()))?;
        toml::from_str(&text).map_err(|error| wrong(error.message().replace('\n', ", ")))
    }

    /// Writes them into the run's folder, whole or not at all; empty ones leave no file.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write(&self, folder: &Path) -> Result<(), Error> {
        let path = folder.join(NOTES);
        if self.note.is_empty() && self.tags.is_empty() {
            file::remove_if_present(&path)?;
            return Ok(());
        }
        let text = toml::to_string(self)
            .map_err(|error| Error::malformed(&path, format!("cannot be written: {error}")))?;
        file::write_whole(&path, text.as_bytes())
    }

    /// With this note in place of theirs.
    ///
    /// # Errors
    /// [`Error::Setting`] with one sentence on a note that is too long.
    pub fn with_note(mut self, note: &str) -> Result<Self, Error> {
        let note = note.trim();
        if note.len() > MAX_NOTE {
            return Err(Error::Setting(format!(
                "the note has {} bytes: use at most {MAX_NOTE}",
                note.len()
            )));
        }
        note.clone_into(&mut self.note);
        Ok(self)
    }

    /// With the tags changed: `+good` or `good` adds one, `-bad` takes one away.
    ///
    /// # Errors
    /// [`Error::Setting`] with one sentence on a word that is not a tag, or on too many tags.
    pub fn with_changes<T: AsRef<str>>(mut self, changes: &[T]) -> Result<Self, Error> {
        for change in changes {
            let change = change.as_ref();
            if let Some(tag) = change.strip_prefix('-') {
                check(tag)?;
                self.tags.retain(|known| known != tag);
                continue;
            }
            let tag = change.strip_prefix('+').unwrap_or(change);
            check(tag)?;
            if !self.tags.iter().any(|known| known == tag) {
                self.tags.push(tag.to_owned());
            }
        }
        if self.tags.len() > MAX_TAGS {
            return Err(Error::Setting(format!(
                "a run has at most {MAX_TAGS} tags, not {}",
                self.tags.len()
            )));
        }
        Ok(self)
    }

    /// Those of a run that was joined from runs with `parts`: all tags, and all notes in one.
    #[must_use]
    pub fn joined<'a>(parts: impl Iterator<Item = &'a Self>) -> Self {
        let mut all = Self::default();
        let mut notes: Vec<&str> = Vec::new();
        for part in parts {
            let new = part.tags.iter().filter(|tag| !all.tags.contains(tag));
            let new: Vec<String> = new.cloned().collect();
            all.tags.extend(new);
            if !part.note.is_empty() && !notes.contains(&part.note.as_str()) {
                notes.push(&part.note);
            }
        }
        all.tags.truncate(MAX_TAGS);
        all.note = notes.join("; ");
        let end = all.note.floor_char_boundary(MAX_NOTE);
        all.note.truncate(end);
        all
    }

    /// Tags and note in one line; none where there is neither.
    #[must_use]
    pub fn in_words(&self) -> Option<String> {
        let tags = self.tags.iter().map(|tag| format!("#{tag}"));
        let note = (!self.note.is_empty()).then(|| self.note.clone());
        let parts: Vec<String> = tags.chain(note).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }
}

impl RunDirectory {
    /// Reads the notes of its user, changes and writes them.
    ///
    /// # Errors
    /// As [`Notes::read`] and [`Notes::write`]; what `change` says.
    pub fn change_notes(
        &self,
        change: impl FnOnce(Notes) -> Result<Notes, Error>,
    ) -> Result<Notes, Error> {
        let notes = change(Notes::read(self.path())?)?;
        notes.write(self.path())?;
        Ok(notes)
    }
}

fn check(tag: &str) -> Result<(), Error> {
    let fits = |letter: char| letter.is_alphanumeric() || "-_.:/".contains(letter);
    if tag.is_empty() || !tag.starts_with(char::is_alphanumeric) || !tag.chars().all(fits) {
        return Err(Error::Setting(format!(
            "'{tag}' is not a tag: use one word of letters, digits, '-', '_', '.', ':' and '/'"
        )));
    }
    let length = tag.chars().count();
    if length > MAX_TAG {
        return Err(Error::Setting(format!(
            "the tag '{tag}' has {length} characters: use at most {MAX_TAG}"
        )));
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::run::{fixture, list};

    #[test]
    fn notes_come_back_and_are_listed() {
        let out = tempfile::tempdir().unwrap();
        let run = fixture::on_disk(out.path(), &fixture::run(&[1], 1, 1));
        assert_eq!(Notes::read(run.path()).unwrap(), Notes::default());
        let written = run
            .change_notes(|notes| {
                notes
                    .with_changes(&["+good", "paper"])?
                    .with_note("  \"quoted\" = and ünï  ")
            })
            .unwrap();
        assert_eq!(written.note, "\"quoted\" = and ünï");
        assert_eq!(list(out.path()).unwrap().0[0].notes, written);
        assert!(run.load().is_ok(), "they are no part of its results");
        let changed = run.change_notes(|notes| notes.with_changes(&["-good", "+paper"]));
        assert_eq!(changed.unwrap().tags, ["paper"]);
        let gone = run.change_notes(|notes| notes.with_changes(&["-paper"])?.with_note(""));
        gone.unwrap();
        assert!(!run.path().join(NOTES).exists());
    }

    #[test]
    fn broken_notes_hide_no_run_and_are_not_written_over() {
        let out = tempfile::tempdir().unwrap();
        let run = fixture::on_disk(out.path(), &fixture::run(&[1], 1, 1));
        let path = run.path().join(NOTES);
        for bytes in [&b"tags = 3"[..], b"\xff", b"note = 'x"] {
            std::fs::write(&path, bytes).unwrap();
            let listed = &list(out.path()).unwrap().0[0];
            let problem = listed.notes.problem.clone().unwrap();
            assert!(
                problem.contains(NOTES) && !problem.contains('\n'),
                "{problem}"
            );
            assert!(run.change_notes(|notes| notes.with_note("new")).is_err());
            assert_eq!(std::fs::read(&path).unwrap(), bytes);
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        let said = |change: &str| {
            let changed = Notes::default().with_changes(&[change]);
            changed.unwrap_err().to_string()
        };
        assert!(said("two words").contains("'two words' is not a tag"));
        assert!(said("").contains("is not a tag"));
        assert!(said("+-x").contains("is not a tag"));
        assert!(said(&"x".repeat(41)).contains("at most 40"));
        let many: Vec<String> = (0..33).map(|number| format!("t{number}")).collect();
        assert!(Notes::default().with_changes(&many).is_err());
        assert!(Notes::default().with_note(&"x".repeat(4001)).is_err());
    }

    #[test]
    fn joined_notes_hold_all() {
        let notes = |note: &str, tags: &[&str]| {
            let notes = Notes::default().with_changes(tags).unwrap();
            notes.with_note(note).unwrap()
        };
        let parts = [
            notes("a", &["x", "y"]),
            notes("", &["y", "z"]),
            notes("b", &[]),
        ];
        let joined = Notes::joined(parts.iter());
        assert_eq!(joined.note, "a; b");
        assert_eq!(joined.tags, ["x", "y", "z"]);
        assert_eq!(joined.in_words().unwrap(), "#x #y #z a; b");
        assert_eq!(Notes::default().in_words(), None);
    }
}
