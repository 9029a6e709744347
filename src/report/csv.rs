//! The metrics as CSV.

use crate::run::{RunData, write_metrics};

/// The rows of `metrics.csv`.
pub(super) fn document(run: &RunData) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    write_metrics(&mut bytes, &run.metrics).map_err(|error| error.to_string())?;
    Ok(bytes)
}
