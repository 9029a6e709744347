//! From the text of a `datasets.toml` to published files: what may stand in it, and how one is laid over another.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::{Published, PublishedFile, RetryPolicy};
use crate::dataset::checksum::Checksum;

/// The file compiled into the program.
const BUILT_IN: &str = include_str!("../../../configs/datasets.toml");

/// The built-in file.
pub(super) fn parse_built_in() -> List {
    #[expect(
        clippy::expect_used,
        reason = "the file is compiled in, and a test reads it"
    )]
    parse(BUILT_IN).expect("configs/datasets.toml is well-formed")
}

/// A file of this kind.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct List {
    fetching: Fetching,
    dataset: BTreeMap<String, Entry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct Fetching {
    connect_seconds: Option<Seconds>,
    stall_seconds: Option<Seconds>,
    least_bytes_per_second: Option<u64>,
    total_seconds: Option<Seconds>,
    attempts: Option<std::num::NonZeroU32>,
    pause_seconds: Option<Seconds>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct Entry {
    mirrors: Option<Vec<Mirror>>,
    files: Option<Vec<File>>,
    others: Option<Vec<File>>,
    folders: Option<Vec<String>>,
    registration: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    name: PlainName,
    #[serde(default)]
    aliases: Vec<PlainName>,
    size: Option<u64>,
    md5: Option<Md5Text>,
    sha256: Option<Sha256Text>,
    folder: Option<PlainName>,
    #[serde(default)]
    contents: Vec<File>,
    #[serde(default)]
    optional: bool,
    edition: Option<String>,
}

/// A time to wait: more than nothing, at most a day.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "f64")]
struct Seconds(Duration);

impl TryFrom<f64> for Seconds {
    type Error = String;

    fn try_from(seconds: f64) -> Result<Self, String> {
        if seconds > 0.0 && seconds <= 86_400.0 {
            Ok(Self(Duration::from_secs_f64(seconds)))
        } else {
            Err(format!("{seconds} is no time to wait: use seconds above 0"))
        }
    }
}

/// A folder on the web.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
struct Mirror(String);

impl TryFrom<String> for Mirror {
    type Error = String;

    fn try_from(address: String) -> Result<Self, String> {
        if address.starts_with("https://") || address.starts_with("http://") {
            Ok(Self(address))
        } else {
            Err(format!(
                "'{address}' is no mirror: it must begin with https:// or http://"
            ))
        }
    }
}

/// The name of a file, which cannot lead out of its folder.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
struct PlainName(String);

impl TryFrom<String> for PlainName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        if is_plain(&name) {
            Ok(Self(name))
        } else {
            Err(format!("'{name}' is no name of a file"))
        }
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', ':', '\0'])
}

#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
struct Md5Text(Checksum);

impl TryFrom<String> for Md5Text {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Checksum::md5(&text)
            .map(Self)
            .ok_or_else(|| format!("'{text}' is no MD5: it has 32 hexadecimal digits"))
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
struct Sha256Text(Checksum);

impl TryFrom<String> for Sha256Text {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Checksum::sha256(&text)
            .map(Self)
            .ok_or_else(|| format!("'{text}' is no SHA-256: it has 64 hexadecimal digits"))
    }
}

/// Reads a file of this kind; an error is a line and a sentence.
pub(super) fn parse(text: &str) -> Result<List, (usize, String)> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let offset = error.span().map_or(0, |span| span.start).min(text.len());
        let line = text.get(..offset).unwrap_or_default().split('\n').count();
        (line, error.message().replace('\n', ", "))
    })
}

impl List {
    /// Replaces every key that `own` gives.
    pub fn lay_under(&mut self, own: Self) {
        let (mine, theirs) = (&mut self.fetching, own.fetching);
        mine.connect_seconds = theirs.connect_seconds.or(mine.connect_seconds);
        mine.stall_seconds = theirs.stall_seconds.or(mine.stall_seconds);
        mine.least_bytes_per_second = theirs
            .least_bytes_per_second
            .or(mine.least_bytes_per_second);
        mine.total_seconds = theirs.total_seconds.or(mine.total_seconds);
        mine.attempts = theirs.attempts.or(mine.attempts);
        mine.pause_seconds = theirs.pause_seconds.or(mine.pause_seconds);
        for (name, theirs) in own.dataset {
            let mine = self.dataset.entry(name).or_default();
            if theirs.mirrors.is_some() && theirs.registration.is_none() {
                mine.registration = None;
            }
            mine.mirrors = theirs.mirrors.or(mine.mirrors.take());
            mine.files = theirs.files.or(mine.files.take());
            mine.others = theirs.others.or(mine.others.take());
            mine.folders = theirs.folders.or(mine.folders.take());
            mine.registration = theirs.registration.or(mine.registration.take());
        }
    }

    /// The names of all datasets, comma-separated.
    pub fn names(&self) -> String {
        self.dataset
            .keys()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// One dataset; an error is a sentence on its entry, or none where there is no entry.
    pub fn dataset(&self, name: &str) -> Result<Published, Option<String>> {
        let entry = self.dataset.get(name).cloned().ok_or(None)?;
        if !is_plain(name) {
            return Err(Some(format!("'{name}' is no name of a dataset")));
        }
        let mirrors = entry.mirrors.unwrap_or_default();
        let files = entry.files.unwrap_or_default();
        if files.is_empty() {
            return Err(Some(format!("[dataset.{name}] names no files")));
        }
        if entry.registration.is_none() {
            if mirrors.is_empty() {
                return Err(Some(format!("[dataset.{name}] names no mirrors")));
            }
            if let Some(file) = files
                .iter()
                .find(|file| file.size.is_none() || file.md5.is_none() && file.sha256.is_none())
            {
                return Err(Some(format!(
                    "[dataset.{name}] gives no size or no md5 or sha256 of {}, without which it cannot be checked",
                    file.name.0
                )));
            }
        }
        let mut others: Vec<(String, Vec<PublishedFile>)> = Vec::new();
        for file in entry.others.unwrap_or_default() {
            let edition = file.edition.clone().unwrap_or_else(|| file.name.0.clone());
            match others.iter_mut().find(|(name, _)| *name == edition) {
                Some((_, files)) => files.push(file.into()),
                None => others.push((edition, vec![file.into()])),
            }
        }
        let fetching = &self.fetching;
        let wait = |seconds: Option<Seconds>, default| {
            seconds.map_or(Duration::from_secs(default), |seconds| seconds.0)
        };
        Ok(Published {
            name: name.to_owned(),
            mirrors: mirrors.into_iter().map(|mirror| mirror.0).collect(),
            files: files.into_iter().map(Into::into).collect(),
            others: others.into_iter().map(|(_, files)| files).collect(),
            folders: entry.folders.unwrap_or_default(),
            registration: entry.registration,
            retry: RetryPolicy {
                connect: wait(fetching.connect_seconds, 15),
                stall: wait(fetching.stall_seconds, 30),
                least_rate: fetching.least_bytes_per_second.unwrap_or(1000),
                total: wait(fetching.total_seconds, 86_400),
                attempts: fetching.attempts.map_or(5, std::num::NonZeroU32::get),
                pause: wait(fetching.pause_seconds, 1),
            },
        })
    }
}

impl From<File> for PublishedFile {
    fn from(file: File) -> Self {
        Self {
            name: file.name.0,
            aliases: file.aliases.into_iter().map(|name| name.0).collect(),
            size: file.size,
            checksum: file
                .sha256
                .map(|text| text.0)
                .or(file.md5.map(|text| text.0)),
            folder: file.folder.map(|name| name.0),
            contents: file.contents.into_iter().map(Into::into).collect(),
            optional: file.optional,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    #[test]
    fn every_built_in_dataset_can_be_checked() {
        let list = parse_built_in();
        assert!(
            list.dataset
                .keys()
                .eq(["cifar10", "cifar100", "imagenet32", "mnist", "stl10"])
        );
        for name in list.dataset.keys() {
            let published = list.dataset(name).unwrap();
            assert_eq!(
                published.registration.is_some(),
                name == "imagenet32",
                "{name}"
            );
        }
        let mnist = list.dataset("mnist").unwrap();
        assert_eq!(
            mnist.size(),
            9_912_422 + 28_881 + 1_648_877 + 4_542,
            "the sizes that torchvision's downloads show"
        );
        assert_eq!(mnist.retry.stall, Duration::from_secs(30));
        assert_eq!(list.dataset("imagenet32").unwrap().others.len(), 1);
    }

    fn laid_over(own: &str) -> List {
        let mut list = parse_built_in();
        list.lay_under(parse(own).unwrap());
        list
    }

    #[test]
    fn a_mirror_of_ones_own_keeps_the_rest() {
        let list = laid_over(
            "fetching.attempts = 2\n[dataset.mnist]\nmirrors = [\"http://localhost:8000/x\"]\n",
        );
        let mnist = list.dataset("mnist").unwrap();
        assert_eq!(mnist.mirrors, ["http://localhost:8000/x"]);
        assert_eq!(mnist.files.len(), 4);
        assert_eq!(mnist.retry.attempts, 2);
        assert_eq!(mnist.retry.connect, Duration::from_secs(15));
        assert_eq!(list.dataset("cifar10").unwrap().mirrors.len(), 2);
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let complaint = |text: &str| parse(text).unwrap_err();
        let (line, problem) = complaint("[dataset.mnist]\nmirror = []\n");
        assert_eq!(line, 2);
        assert!(problem.contains("mirror"), "{problem}");
        let file = |rest: &str| format!("[[dataset.x.files]]\nname = \"a\"\n{rest}\n");
        assert_eq!(
            complaint(&file("md5 = \"abc\"")).1,
            "'abc' is no MD5: it has 32 hexadecimal digits"
        );
        assert_eq!(
            complaint("[[dataset.x.files]]\nname = \"../a\"\n").1,
            "'../a' is no name of a file"
        );
        assert_eq!(
            complaint("[dataset.x]\nmirrors = [\"ftp://a\"]\n").1,
            "'ftp://a' is no mirror: it must begin with https:// or http://"
        );
        assert!(
            complaint("fetching.stall-seconds = 0.0")
                .1
                .contains("above 0")
        );

        let list = laid_over(&file("size = 3"));
        assert_eq!(list.dataset("nothing").unwrap_err(), None);
        assert_eq!(
            list.dataset("x").unwrap_err().unwrap(),
            "[dataset.x] names no mirrors"
        );
        let list = laid_over(&format!(
            "dataset.x.mirrors = [\"http://a\"]\n{}",
            file("size = 3")
        ));
        assert!(
            list.dataset("x")
                .unwrap_err()
                .unwrap()
                .contains("no md5 or sha256 of a")
        );
    }
}
