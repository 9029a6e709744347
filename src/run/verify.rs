//! Checks that a run directory holds what was written there.

use super::layout::{EVENTS, SAMPLES};
use super::{Error, RunDirectory};
use crate::training::checkpoint::{damages, unfinished};

impl RunDirectory {
    /// A sentence for whatever [`load`](Self::load) does not read and is damaged or missing: events, checkpoints and
    /// notes beside them. All bytes of the run are read.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Malformed`] where `run.toml` or the checksums themselves are damaged.
    pub fn verify(&self) -> Result<Vec<String>, Error> {
        let mut files = self.checked()?;
        let manifest = self.manifest_of(&mut files)?;
        let mut said = Vec::new();
        for name in [EVENTS, SAMPLES] {
            match files.read(name) {
                Ok(_) => {}
                Err(error @ Error::Malformed { .. }) => said.push(error.to_string()),
                Err(error) => return Err(error),
            }
        }
        let (folder, recipe) = (self.checkpoints(), &manifest.settings.recipe);
        let identity = manifest.identity();
        said.extend(damages(&folder, &recipe.seeds, identity.as_deref()));
        if let Some(summary) = self.summary()? {
            let seeds = summary.trained(recipe);
            let lacking = unfinished(&folder, &seeds, recipe);
            let all = 2 * seeds.len();
            if (1..all).contains(&lacking.len()) {
                said.push(format!(
                    "{} is incomplete: {} of its {all} networks have no last checkpoint and cannot be exported or probed; `ebcle-tui resume` trains what is missing",
                    self.path().display(),
                    lacking.len(),
                ));
            }
        }
        Ok(said)
    }
}
