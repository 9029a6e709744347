//! What is kept? The run directory: settings, profile, plan, events, metrics, checkpoints, summary.

mod directory;
mod error;
mod metrics;
mod session;
mod settings;
mod summary;

pub use directory::{Manifest, RunData, RunDirectory, RunListing, RunStatus, list, remove};
pub use error::Error;
pub use metrics::{read_metrics, write_metrics};
pub use session::{Session, Update};
pub use settings::{Layer, Preset, Settings};
pub use summary::{NetworkResult, SeedResult, Summary, summarise};
