//! What is kept? The run directory: settings, profile, plan, events, metrics, checkpoints, summary.

mod account;
mod directory;
mod environment;
mod error;
mod events;
mod file;
#[cfg(test)]
pub(crate) mod fixture;
mod layer;
mod listing;
mod lock;
mod metrics;
pub mod prepare;
mod resume;
mod session;
mod settings;
mod summary;

pub use account::{Account, Excluded};
pub use directory::{Manifest, RunData, RunDirectory};
pub use error::Error;
pub use events::{EventLog, read_events};
pub use layer::Layer;
pub use listing::{RunListing, RunStatus, list, remove};
pub use lock::{Holder, Lock};
pub use metrics::{MetricsLog, read_metrics, write_metrics};
pub use prepare::{Phase, Prepared, add_curve, plan_pair, prepare, profile};
pub use resume::resume;
pub use session::{Session, Update};
pub use settings::{Preset, Settings, parse_seeds};
pub use summary::{
    NetworkResult, PairedEpoch, SeedResult, Summary, paired_epochs, summarise, time_saved,
};
