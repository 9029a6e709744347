//! Names of the files in a run directory.

pub(super) const MANIFEST: &str = "run.toml";
pub(super) const PROFILE: &str = "profile.json";
pub(super) const PLAN: &str = "plan.json";
pub(super) const METRICS: &str = "metrics.csv";
pub(super) const EVENTS: &str = "events.jsonl";
pub(super) const CHECKPOINTS: &str = "checkpoints";
pub(super) const SUMMARY: &str = "summary.json";
pub(super) const PROBES: &str = "probe.json";
pub(super) const SAMPLES: &str = "samples.png";
pub(super) const NOTES: &str = "notes.toml";
