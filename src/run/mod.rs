//! What is kept? The run directory: settings, profile, plan, events, metrics, checkpoints, summary.

mod account;
mod agreement;
mod cache;
mod curves;
mod directory;
mod environment;
mod error;
mod events;
pub(crate) mod file;
mod find;
#[cfg(test)]
pub(crate) mod fixture;
mod images;
mod layer;
mod listing;
mod lock;
mod manifest;
mod measure;
mod metrics;
mod prediction;
pub mod prepare;
mod preset;
mod probes;
mod resume;
mod samples;
mod seeds;
mod session;
mod settings;
mod summary;
mod times;

pub use account::{Account, Excluded};
pub use cache::Shown;
pub use curves::{curve, mean_over_seeds, over_seeds};
pub use directory::{RunData, RunDirectory};
pub use error::Error;
pub use events::{EventLog, read_events};
pub use images::{Images, UnknownImages};
pub use layer::Layer;
pub(crate) use layer::misread;
pub use listing::{RunListing, RunStatus, list, remove};
pub use lock::{Holder, Lock};
pub use manifest::Manifest;
pub(crate) use manifest::plain_name;
pub use measure::{measure, measured};
pub use metrics::{MetricsLog, read_metrics, write_metrics};
pub use prediction::Prediction;
pub use prepare::{
    Overview, Phase, Prepared, overview, plan_pair, prepare, profile, profile_with_curve,
};
pub use preset::Preset;
pub use probes::{NetworkProbe, Probes, Subject};
pub use resume::resume;
pub use seeds::parse_seeds;
pub use session::{Session, Update};
pub use settings::Settings;
pub use summary::{NetworkResult, SeedResult, Summary, summarise, summarise_whole};
pub use times::{PairedEpoch, paired_epochs, time_saved};
