//! Names of the files in a run directory.

pub(super) const MANIFEST: &str = "run.toml";
pub(super) const PROFILE: &str = "profile.json";
pub(super) const PLAN: &str = "plan.json";
/// Which process trains the run.
pub(super) const LOCK: &str = "run.lock";
pub(super) const METRICS: &str = "metrics.csv";
pub(super) const EVENTS: &str = "events.jsonl";
pub(super) const CHECKPOINTS: &str = "checkpoints";
pub(crate) const SUMMARY: &str = "summary.json";
pub(crate) const PROBES: &str = "probe.json";
pub(super) const SAMPLES: &str = "samples.png";
/// The heartbeat of the process that trains the run.
pub(super) const STATUS: &str = "status.json";
/// The folder of requests of other processes.
pub(super) const CONTROL: &str = "control";
/// What a training in the background says.
pub(super) const LOG: &str = "train.log";
/// What a process needs to train the cell of a study.
pub(crate) const CELL: &str = "cell.toml";
/// Every attempt of a job to train it.
pub(crate) const ATTEMPTS: &str = "attempts.jsonl";
/// Its pair, where that does not follow from its settings alone.
pub(crate) const CELL_PLAN: &str = "cell-plan.json";
/// What the process that trains it says, of a cell that another process started.
pub(crate) const CELL_LOG: &str = "cell.log";
pub(super) const NOTES: &str = "notes.toml";
/// The folder of a run's seeds that several processes train, a run directory each.
pub(super) const SEEDS: &str = "seeds";
