//! How is it trained? Two networks in interleaved epochs on one device, in a thread that knows nothing of the terminal.

pub mod augment;
pub mod batches;
mod capture;
mod captured;
pub mod checkpoint;
pub mod clock;
pub mod device;
mod error;
pub mod event;
#[cfg(all(test, feature = "cuda"))]
mod gpu_tests;
pub mod holdout;
pub mod memory;
mod mirror;
pub mod normalisation;
pub mod paired;
pub mod rates;
mod recipe;
pub mod schedule;
pub mod sgd;
pub mod step;
pub mod timing;

pub use error::TrainingError;
pub use event::{Control, Diverged, EpochRecord, Event, Role};
pub use holdout::Holdout;
pub use mirror::Mirror;
pub use recipe::Recipe;
