//! Warnings about damaged runs, on stderr.

use super::options::Global;
use crate::messages;
use crate::run::RunDirectory;

/// Warns of damaged files of a run, even with `--quiet`, and says where a run has no checksums.
///
/// # Errors
/// Where the run cannot be read.
pub fn tell(run: &RunDirectory, global: &Global) -> anyhow::Result<()> {
    if !global.quiet && !run.has_checksums()? {
        messages::say(&format!(
            "note: {} has no checksums (an older version made it, or they were removed): damage to its files may go unnoticed",
            run.path().display()
        ));
    }
    for sentence in run.verify()? {
        messages::say(&format!("warning: {sentence}"));
    }
    Ok(())
}
