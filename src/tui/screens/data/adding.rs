//! The text field that adds a dataset, and the completion of paths.

use std::path::{Path, PathBuf};

use super::reading::{how, read_so};
use super::{Listed, Offer};
use crate::dataset::places::expanded;
use crate::dataset::{Entry, Source, State};
use crate::run::Settings;
use crate::tui::app::text::{Field, plain_path};
use crate::tui::app::{App, Effect, Tone};

/// Prefixes of a path.
const PREFIXES: [&str; 4] = ["folder:", "idx:", "npz:", "hf:"];

/// A dataset that is being typed.
#[derive(Clone, Debug, Default)]
pub struct Adding {
    /// Its path, or its name.
    pub field: Field,
    /// How it is read, in the order of [`LINES`](super::LINES).
    pub how: [Field; 6],
    /// Which line has the focus: the path, then the lines below it.
    pub focus: usize,
    /// Whether what was typed is being read.
    pub busy: bool,
    /// Completions of the path.
    pub candidates: Vec<Candidate>,
}

/// A completion of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    pub name: String,
    pub folder: bool,
}

/// What was typed.
#[derive(Debug, PartialEq, Eq)]
enum Typed {
    /// A dataset, by its name or with its kind.
    Source(Source),
    /// A path of a kind that is yet to be found out.
    Path(PathBuf),
}

impl App {
    pub(in crate::tui) fn open_adding(&mut self) {
        let mut usual = self.settings.clone();
        read_so(&mut usual, &self.data.usual);
        let mut adding = Adding::new(&usual);
        let failed = self
            .data
            .marked_entry()
            .filter(|_| self.data.failure.is_some());
        if let Some(listed) = failed.filter(|listed| listed.entry.source.path().is_some()) {
            // The user has to change how it is read.
            adding.field.replace(&listed.entry.source.to_string());
            adding.fill(&self.settings);
        }
        self.data.marked = self.data.entries.len();
        self.data.adding = Some(adding);
    }

    /// Closes the field and marks the present dataset again.
    pub(in crate::tui) fn close_adding(&mut self) {
        self.data.adding = None;
        self.data.marked = self.data.position(&self.settings.dataset).unwrap_or(0);
        self.choose_marked(false, self.settings.depth);
    }

    /// Reads what was typed; it is listed once it is read.
    pub(in crate::tui) fn accept_adding(&mut self) {
        let home = self.home.as_deref();
        let Some(adding) = self.data.adding.as_mut().filter(|adding| !adding.busy) else {
            return;
        };
        let Some(settings) = adding.settings(&self.settings) else {
            return;
        };
        let is_for_all = settings != self.settings && how(&settings) == self.data.usual;
        if adding.field.text().is_empty() && is_for_all {
            // No dataset is added: every one is read with these settings.
            self.data.adding = None;
            self.read_all_so(settings);
            return;
        }
        let typed = match parse(adding.field.text(), home) {
            Ok(typed) => typed,
            Err(sentence) => {
                adding.focus = 0;
                adding.field.error = Some(sentence);
                return;
            }
        };
        adding.field.error = None;
        adding.candidates.clear();
        adding.busy = true;
        self.data.loading = None;
        self.data.job += 1;
        let job = self.data.job;
        let settings = Box::new(settings);
        self.request(match typed {
            Typed::Source(source) => Effect::load(job, source, *settings),
            Typed::Path(path) => Effect::AddPath {
                job,
                path,
                settings,
            },
        });
    }

    /// Reads every dataset as these settings say, and the present one again.
    fn read_all_so(&mut self, settings: Settings) {
        let chosen = how(&self.settings);
        self.settings = settings;
        read_so(&mut self.settings, &chosen);
        self.data.recent.clear();
        self.data.current = None;
        self.data.loading = None;
        self.data.job += 1;
        self.data.marked = self.data.position(&self.settings.dataset).unwrap_or(0);
        self.list_datasets();
    }

    /// Searches a folder for named datasets from now on.
    pub(in crate::tui) fn folder_added(&mut self, folder: PathBuf) {
        if !self.settings.data_dirs.contains(&folder) {
            self.settings.data_dirs.push(folder);
        }
    }

    /// Puts a dataset that was read into the list, and makes it the present one.
    pub(super) fn join(&mut self, source: &Source) {
        if let Some(mut adding) = self.data.adding.take() {
            let given = adding.settings(&self.settings);
            let given = given.unwrap_or_else(|| self.settings.clone());
            if given.transform != self.settings.transform {
                self.data.recent.clear();
            }
            self.data.how.insert(source.to_string(), how(&given));
            self.settings = given;
        }
        self.settings.dataset = source.to_string();
        self.settings.depth = None;
        self.data.chosen = None;
        if let Some(at) = self.data.position(&self.settings.dataset) {
            self.data.marked = at;
            if source.is_published() {
                self.list_datasets();
            }
            return;
        }
        self.say(Tone::Good, format!("added {source}"));
        self.data.added.push(source.clone());
        self.data.marked = self.data.entries.len();
        self.data.entries.push(Listed {
            entry: Entry {
                source: source.clone(),
                description: source.description(),
                state: State::Found(source.path().map(Path::to_owned).unwrap_or_default()),
            },
            offer: Offer::Nothing,
        });
        self.list_datasets();
    }

    /// Asks for completions of the path.
    pub(in crate::tui) fn complete(&mut self) {
        let home = self.home.as_deref();
        let Some(adding) = self.data.adding.as_mut().filter(|adding| !adding.busy) else {
            return;
        };
        let text = adding.field.text();
        if split(text).path == "~" {
            let below = format!("{text}/");
            adding.field.replace(&below);
            return;
        }
        let Parts { folder, .. } = split(text);
        let folder = match folder {
            "" => PathBuf::from("."),
            folder => expanded(Path::new(folder), home),
        };
        let typed = text.to_owned();
        self.request(Effect::ListFolder { typed, folder });
    }

    /// Completes the path as far as it is unique, and keeps the candidates.
    pub(in crate::tui) fn folder_listed(
        &mut self,
        typed: &str,
        found: Result<Vec<Candidate>, String>,
    ) {
        let Some(adding) = self.data.adding.as_mut() else {
            return;
        };
        if adding.busy || adding.field.text() != typed {
            return;
        }
        adding.candidates.clear();
        let mut candidates = match found {
            Ok(found) => fitting(typed, found),
            Err(sentence) => {
                adding.field.error = Some(sentence);
                return;
            }
        };
        candidates.sort();
        adding.field.error = None;
        match candidates.as_slice() {
            [] => {
                adding.field.error = Some(match split(typed).begun {
                    "" => "this folder is empty".to_owned(),
                    begun => format!("nothing begins with '{begun}'"),
                });
            }
            [only] => {
                let end = if only.folder { "/" } else { "" };
                adding
                    .field
                    .replace(&extended(typed, &format!("{}{end}", only.name)));
            }
            several => {
                adding.field.replace(&extended(typed, common(several)));
                adding.candidates = candidates;
            }
        }
    }
}

/// The parts of a typed path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Parts<'a> {
    /// `folder:`, `idx:`, `npz:`, `hf:` or nothing.
    prefix: &'a str,
    /// The path.
    path: &'a str,
    /// The path up to its last slash, which is part of it.
    folder: &'a str,
    /// The incomplete name after that.
    begun: &'a str,
}

fn split(text: &str) -> Parts<'_> {
    let prefix = PREFIXES
        .into_iter()
        .find(|prefix| text.starts_with(prefix))
        .map_or(0, str::len);
    let (prefix, path) = text.split_at(prefix);
    let (folder, begun) = path.split_at(path.rfind('/').map_or(0, |slash| slash + 1));
    Parts {
        prefix,
        path,
        folder,
        begun,
    }
}

fn parse(text: &str, home: Option<&Path>) -> Result<Typed, String> {
    let Parts { prefix, path, .. } = split(text);
    let path = match path.trim_end_matches('/') {
        "" => path,
        trimmed => trimmed,
    };
    let path = plain_path(path);
    let path = path.as_ref();
    if text.is_empty() {
        return Err("type the path of a folder or of a .npz file".to_owned());
    }
    if prefix.is_empty() {
        let named = text.parse().map(Typed::Source);
        return Ok(named.unwrap_or_else(|_| Typed::Path(expanded(Path::new(path), home))));
    }
    let path = match path {
        "" => String::new(),
        path => expanded(Path::new(path), home).display().to_string(),
    };
    let source: Result<Source, _> = format!("{prefix}{path}").parse();
    source.map(Typed::Source).map_err(|error| error.to_string())
}

/// The completions of `typed`: hidden names only after a dot, files only where the format is a file.
fn fitting(typed: &str, found: Vec<Candidate>) -> Vec<Candidate> {
    let Parts { prefix, begun, .. } = split(typed);
    let takes_files = matches!(prefix, "" | "npz:");
    found
        .into_iter()
        .filter(|candidate| candidate.name.starts_with(begun))
        .filter(|candidate| begun.starts_with('.') || !candidate.name.starts_with('.'))
        .filter(|candidate| {
            let npz = Path::new(&candidate.name)
                .extension()
                .is_some_and(|end| end.eq_ignore_ascii_case("npz"));
            candidate.folder || takes_files && npz
        })
        .collect()
}

/// `typed` with `name` in place of the begun name.
fn extended(typed: &str, name: &str) -> String {
    let Parts { prefix, folder, .. } = split(typed);
    format!("{prefix}{folder}{name}")
}

/// The beginning that all names share.
fn common(candidates: &[Candidate]) -> &str {
    let Some(first) = candidates.first() else {
        return "";
    };
    let mut shared = first.name.as_str();
    for candidate in candidates {
        while !candidate.name.starts_with(shared) {
            let mut characters = shared.chars();
            characters.next_back();
            shared = characters.as_str();
        }
    }
    shared
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn candidates(names: &[&str]) -> Vec<Candidate> {
        names
            .iter()
            .map(|name| Candidate {
                name: name.trim_end_matches('/').to_owned(),
                folder: name.ends_with('/'),
            })
            .collect()
    }

    #[test]
    fn kinds_names_and_paths_are_told_apart() {
        let home = Some(Path::new("/home/ada"));
        let parsed = |text: &str| parse(text, home);
        let path = |text: &str| Ok(Typed::Path(PathBuf::from(text)));
        assert_eq!(parsed("~/flowers"), path("/home/ada/flowers"));
        assert_eq!(parsed("/"), path("/"));
        let idx = parsed("idx:~/a//");
        assert!(
            matches!(&idx, Ok(Typed::Source(idx)) if idx.to_string() == "idx:/home/ada/a"),
            "{idx:?}"
        );
        assert_eq!(parsed("~"), path("/home/ada/"));
        assert_eq!(parsed("~bob/x"), path("~bob/x"));
        assert_eq!(parsed("./mnist"), path("./mnist"));
        assert_eq!(parsed("'/my flowers'"), path("/my flowers"));
        assert_eq!(parsed("file:///my%20flowers"), path("/my flowers"));
        assert_eq!(parsed("mnist"), Ok(Typed::Source(Source::known("mnist"))));
        let npz = Source::known("npz:/home/ada/a.npz");
        assert_eq!(parsed("npz:~/a.npz"), Ok(Typed::Source(npz)));
        let said = parsed("hf:").unwrap_err();
        assert_eq!(said, "'hf:' names no path: write hf:DIR");
        assert!(parsed("").unwrap_err().contains("type the path"));
    }

    #[test]
    fn only_what_can_be_meant_is_offered() {
        let found = || candidates(&["a/", "ab.npz", "ab.txt", ".hidden/", "b/"]);
        let names = |typed: &str| -> Vec<String> {
            let fitting = fitting(typed, found());
            fitting.into_iter().map(|found| found.name).collect()
        };
        assert_eq!(names("x/"), ["a", "ab.npz", "b"]);
        assert_eq!(names("x/a"), ["a", "ab.npz"]);
        assert_eq!(names("npz:x/ab"), ["ab.npz"]);
        assert_eq!(names("folder:a"), ["a"]);
        assert_eq!(names("x/.h"), [".hidden"]);
    }

    #[test]
    fn the_shared_beginning_ends_between_characters() {
        assert_eq!(common(&candidates(&["flöte/", "flöhe/", "flöz"])), "flö");
        assert_eq!(common(&candidates(&["ä", "ö"])), "");
        assert_eq!(extended("npz:~/data/fl", "flowers/"), "npz:~/data/flowers/");
        assert_eq!(extended("fl", "flowers"), "flowers");
    }
}
