//! What is shown to the user now?

use crate::run::Settings;

/// Opens the app.
///
/// # Errors
/// To be written.
pub fn run(settings: &Settings) -> anyhow::Result<()> {
    let _ = settings;
    todo!()
}
