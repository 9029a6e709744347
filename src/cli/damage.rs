//! What is damaged in a run that is read, said on stderr.

use super::options::Global;
use crate::messages;
use crate::run::RunDirectory;

/// Says what of a run is damaged though it was not read yet, even where nothing else is to be said; and that a run has no
/// checksums.
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
