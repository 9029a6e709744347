//! A run as one JSON document.

use std::path::Path;

use serde::Serialize;

use crate::depth::Analysis;
use crate::network::Plan;
use crate::run::{RunData, Settings, Summary};
use crate::training::EpochRecord;

#[derive(Serialize)]
struct Document<'a> {
    run_dir: &'a Path,
    version: &'a str,
    created: jiff::Timestamp,
    device: &'a str,
    data_fingerprint: &'a str,
    settings: &'a Settings,
    profile: &'a Analysis,
    plan: &'a Plan,
    metrics: &'a [EpochRecord],
    summary: Option<&'a Summary>,
    note: &'a str,
    tags: &'a [String],
}

/// Manifest, profile, plan, metrics and summary (null of an unfinished run).
pub(super) fn document(run: &RunData) -> Result<Vec<u8>, String> {
    let document = Document {
        run_dir: &run.path,
        version: &run.manifest.version,
        created: run.manifest.created,
        device: &run.manifest.device,
        data_fingerprint: &run.manifest.data_fingerprint,
        settings: &run.manifest.settings,
        profile: &run.analysis,
        plan: &run.plan,
        metrics: &run.metrics,
        summary: run.summary.as_ref(),
        note: &run.notes.note,
        tags: &run.notes.tags,
    };
    let mut bytes = serde_json::to_vec_pretty(&document).map_err(|error| error.to_string())?;
    bytes.push(b'\n');
    Ok(bytes)
}
