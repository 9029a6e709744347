//! Finds the run that a user names.

use std::path::{Path, PathBuf};

use super::layout::MANIFEST;
use super::{Error, RunDirectory, listing};
use crate::dataset::places::at_home;

impl RunDirectory {
    /// Opens the run that `name` (a path, a folder name below `out`, or an unambiguous beginning of one, or `latest`) means.
    ///
    /// # Errors
    /// [`Error::NoSuchRun`], [`Error::Ambiguous`], [`Error::NotARun`].
    pub fn find(name: &str, out: &Path) -> Result<Self, Error> {
        let at_home = at_home(Path::new(name));
        let name = at_home.to_str().unwrap_or(name);
        let none = || Error::NoSuchRun {
            name: name.to_owned(),
            folder: out.to_owned(),
        };
        if name.is_empty() {
            return Err(none());
        }
        if let Ok(run) = Self::open(&out.join(name)) {
            return Ok(run);
        }
        if name == "latest" {
            let made = |(folder, path): (String, PathBuf)| {
                let run = Self::open(&path).ok()?;
                let said = run.manifest().map(|manifest| manifest.created);
                Some((said.ok().or_else(|| named_time(&folder))?, folder, run))
            };
            let runs = listing::folders(out)?.into_iter().filter_map(made);
            let latest = runs.max_by(|(at, folder, _), (other_at, other, _)| {
                (at, folder).cmp(&(other_at, other))
            });
            return latest.map(|(_, _, run)| run).ok_or_else(none);
        }
        let fitting: Vec<(String, PathBuf)> = listing::folders(out)?
            .into_iter()
            .filter(|(folder, path)| folder.starts_with(name) && path.join(MANIFEST).is_file())
            .collect();
        match fitting.as_slice() {
            [(_, path)] => Self::open(path),
            [] if Path::new(name).is_dir() => Self::open(Path::new(name)),
            [] if out.join(name).is_dir() => Self::open(&out.join(name)),
            [] => Err(none()),
            several => Err(Error::Ambiguous {
                name: name.to_owned(),
                folder: out.to_owned(),
                matches: several
                    .iter()
                    .map(|(folder, _)| folder.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            }),
        }
    }
}

/// When a run was made by the name of its folder, for one whose `run.toml` is damaged.
fn named_time(folder: &str) -> Option<jiff::Timestamp> {
    let time = jiff::civil::DateTime::strptime("%Y%m%d-%H%M%S", folder.get(..15)?).ok()?;
    jiff::tz::TimeZone::system().to_timestamp(time).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::run::fixture;

    #[test]
    fn runs_are_found_by_name_beginning_path_and_latest() {
        let out = tempfile::tempdir().unwrap();
        let mut data = fixture::run(&[1], 1, 1);
        let old = fixture::on_disk(out.path(), &data);
        data.manifest.created = "2027-01-02T03:04:05Z".parse().unwrap();
        let new = fixture::on_disk(out.path(), &data);
        let name =
            |run: &RunDirectory| run.path().file_name().unwrap().to_str().unwrap().to_owned();
        let find = |name: &str| RunDirectory::find(name, out.path());
        assert_eq!(find("latest").unwrap(), new);
        std::fs::write(new.path().join("summary.json"), "{").unwrap();
        assert_eq!(find("latest").unwrap(), new, "a damaged run is meant, too");
        let manifest = new.path().join("run.toml");
        let text = std::fs::read_to_string(&manifest).unwrap();
        std::fs::write(&manifest, text.replace("2027-01", "2017-01")).unwrap();
        assert_eq!(find("latest").unwrap(), new, "by its folder's name");
        std::fs::write(&manifest, text).unwrap();
        assert_eq!(find(&name(&old)).unwrap(), old);
        assert_eq!(find("2026").unwrap(), old);
        assert_eq!(find(old.path().to_str().unwrap()).unwrap(), old);
        assert!(matches!(find("202"), Err(Error::Ambiguous { .. })));
        assert!(matches!(find("2031"), Err(Error::NoSuchRun { .. })));
        assert!(matches!(find(""), Err(Error::NoSuchRun { .. })));
        std::fs::create_dir(out.path().join("other")).unwrap();
        assert!(matches!(find("other"), Err(Error::NotARun { .. })));
        assert!(matches!(
            RunDirectory::find("latest", &out.path().join("nowhere")),
            Err(Error::NoSuchRun { .. })
        ));
    }
}
