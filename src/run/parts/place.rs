//! Where the parts of a run lie.

use std::path::{Path, PathBuf};

use crate::run::layout::SEEDS;

/// How the name of a part begins; its seed follows.
const SEED: &str = "seed-";

/// The run directory of a seed of the run in `run`, whether it is there or not.
#[must_use]
pub fn folder(run: &Path, seed: u64) -> PathBuf {
    run.join(SEEDS).join(name(seed))
}

/// The name of a part, such as `seed-7`.
#[must_use]
pub fn name(seed: u64) -> String {
    format!("{SEED}{seed}")
}

/// Whether the run in `run` has parts.
#[must_use]
pub fn are_in(run: &Path) -> bool {
    run.join(SEEDS).is_dir()
}

/// The run and the seed to which a part in `folder` belongs, whether it is there or not; none where its name is not that of a
/// part.
#[must_use]
pub fn of(folder: &Path) -> Option<(PathBuf, u64)> {
    let seed = seed(folder.file_name()?.to_str()?)?;
    let seeds = folder.parent()?;
    (seeds.file_name()? == SEEDS).then(|| Some((seeds.parent()?.to_owned(), seed)))?
}

/// The seed of the part of this name.
#[must_use]
pub fn seed(name: &str) -> Option<u64> {
    let seed = name.strip_prefix(SEED)?.parse().ok()?;
    (self::name(seed) == name).then_some(seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_names_its_run() {
        let run = Path::new("/r/cells/one");
        assert_eq!(of(&folder(run, 12)), Some((run.to_owned(), 12)));
        for other in [
            "/r/cells/one",
            "/r/seeds/seed-x",
            "/r/seeds/seed-012",
            "/r/seed-1",
            "/",
        ] {
            assert_eq!(of(Path::new(other)), None, "{other}");
        }
    }
}
