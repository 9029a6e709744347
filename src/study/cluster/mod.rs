//! The cells of a study on machines that share a file system: as a list of commands, or as array jobs of Slurm.
//!
//! Whoever submits writes `cell.toml` into the folder of every cell that is left ([`write_cells`]); from then on each cell is
//! trained by `ebcle-tui cell` from its folder alone. Nothing here is a scheduler, a server or a database: Slurm orders the
//! jobs, and what became of a cell stands in its run directory. `slurm/` in the study's folder keeps what was submitted
//! ([`Submission`]), and what every job said.

mod attempts;
mod conduct;
mod kept;
mod killed;
mod limit;
mod list;
mod queue;
mod script;
mod send;
mod slurm;
mod standing;
mod state;
mod submit;
mod table;
mod unit;

pub use attempts::{Attempts, Ended};
pub(super) use conduct::train;
pub use kept::{Submission, Submitted};
pub use limit::{Fit, fit, fit_as_asked};
pub use list::{cell_commands, write_cells};
pub use queue::Queued;
pub use send::{Order, Prepared, Retried, retry, submitted, this_program};
pub use slurm::{SlurmError, check as check_slurm};
pub use standing::{CellDoing, CellStanding, Standing};
pub use state::{Job, JobState, Jobs, cancel, jobs, last_lines};
pub use submit::{Planned, plan, submit};
pub use table::{Amount, SlurmRequest, SlurmTable};
pub use unit::{Left, Unit};
