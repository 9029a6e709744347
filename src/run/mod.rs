//! What is recorded? The run directory: settings, profile, plan, events, metrics, checkpoints, summary.

mod account;
mod activity;
mod agreement;
mod automatic;
mod cache;
mod chain;
mod chart_symbols;
mod checksums;
mod compare;
pub mod control;
mod costs;
mod data;
mod design;
mod directory;
mod error;
mod events;
pub(crate) mod file;
mod files;
mod filter;
mod find;
#[cfg(test)]
pub(crate) mod fixture;
mod follow;
mod holder;
mod images;
mod layout;
mod lease;
mod listing;
mod listings;
mod lock;
mod manifest;
mod measure;
mod measured;
mod merge;
mod metrics;
mod moved;
mod notes;
mod notify;
mod on_end;
mod outline;
pub mod parts;
mod power;
mod prediction;
pub mod prepare;
mod price;
mod probes;
mod progress;
mod protocol;
mod rates;
mod recorder;
mod removal;
mod repair;
mod replan;
mod resume;
mod samples;
mod seeds;
mod session;
pub mod settings;
mod status;
mod summarise;
mod summary;
mod trash;
mod verify;
mod widths;

pub use account::{Account, Excluded};
pub use activity::{Activity, FolderClock};
pub use cache::Shown;
pub use chart_symbols::{ChartSymbols, UnknownChartSymbols};
pub use compare::{Difference, Paired, differences, paired};
pub use costs::{NetworkCost, costs};
pub use data::RunData;
pub use design::Design;
pub use directory::RunDirectory;
pub use error::Error;
pub use events::read_events;
pub use filter::{Candidate, Completion, Filter, FilterError, Moment, complete, verdict_word};
pub use follow::{Begun, Follower, News, Told};
pub use holder::Holder;
pub use images::{Images, UnknownImages};
pub(crate) use layout::{ATTEMPTS, CELL, CELL_LOG, CELL_PLAN, PROBES, SUMMARY};
pub(crate) use listing::folders;
pub use listing::{RunListing, RunStatus};
pub use listings::{Changes, Listings, list};
pub use lock::{Lock, release_locks};
pub use manifest::Manifest;
pub(crate) use manifest::{images_name, plain_name};
pub use measure::measure;
pub use measured::{
    Band, Means, MeasuredOn, Reached, Saving, SeedTimes, TimeToAccuracy, curve,
    epochs_in_training_order, in_joules, is_finished, kept, mean_over_seeds, means_over_seeds,
    over_seeds, paired_epochs, records, time_saved, time_saved_by_epoch, time_saved_so_far,
    time_to_accuracy, time_to_accuracy_so_far, totals_by_epoch, verdict_so_far,
};
pub use merge::merge;
pub(crate) use metrics::epochs_written;
pub use metrics::{read_metrics, write_metrics};
pub use moved::Moved;
pub use notes::Notes;
pub use notify::{Notify, UnknownNotify};
pub use on_end::{Ended, Outcome, on_end};
pub use outline::{NetworkClaims, Outline, Outlined, ProbeClaims};
pub use power::Power;
pub use prediction::Prediction;
pub use prepare::{
    Overview, Phase, Prepared, measure_invariance, overview, plan_pair, prepare, profile,
    profile_with_curve,
};
pub use price::{Price, Work, networks};
pub use probes::{NetworkProbe, Probes, Subject};
pub use progress::{Position, TrainingProgress, epoch_seconds, last_positions};
pub use protocol::{Protocol, choose_epochs};
pub use rates::{Resolved, choose_rates};
pub use removal::{is_leftover, remove, remove_leftover};
pub use resume::{resume, resume_with};
pub use seeds::{parse_seeds, show_seeds};
pub use session::{Session, Update};
pub(crate) use settings::misread;
pub use settings::{Automatic, Host, Layer, Settings};
pub use status::{Doing, Status};
pub use summarise::{summarise, summarise_whole};
pub use summary::{NetworkResult, SeedResult, Summary};
pub use trash::{KEPT_DAYS, Trashed, empty_trash, restore, trash};
pub use widths::TimedPlan;
