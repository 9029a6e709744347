//! Work that a device does again and again, recorded once: a GPU then gets hundreds of kernels in one go.
//!
//! What is recorded is the kernels and the memory that they read and write (a CUDA graph), so new inputs are put where
//! the old ones lay, see [`assign`](super::assign), and results appear where the first ones were.

use std::thread::{self, ThreadId};

use burn::backend::{Backend, BackendGraph, Dispatch, ExecutionError};
use burn::tensor::Device;

/// Times that work is done before it is recorded, so that it finds its kernels compiled and its memory allotted.
const BEFORE: usize = 3;

/// Recorded work.
#[derive(Debug)]
pub struct Replay {
    graph: BackendGraph<Dispatch>,
    device: Device,
    thread: ThreadId,
}

/// Ends a recording that is not taken, so that the device goes on as before.
struct Window<'a> {
    device: &'a Device,
    open: bool,
}

impl Drop for Window<'_> {
    fn drop(&mut self) {
        if self.open {
            drop(Dispatch::graph_stop_capture(self.device.as_dispatch()));
        }
    }
}

/// Does `work` some times on `device`, which records no gradients, and records it once more without doing it. Gives
/// the recording with the results of that last time, which hold nothing before the first replay.
///
/// The work must use the same memory for its inputs and what it changes every time, and neither read numbers back nor
/// send any to the device.
///
/// # Errors
/// What the device says where it cannot record; what `work` writes is then to be written anew before it is read.
pub fn record<T>(device: &Device, mut work: impl FnMut() -> T) -> Result<(Replay, T), String> {
    let on = device.as_dispatch();
    let said = |error: ExecutionError| error.to_string();
    Dispatch::graph_prepare(on).map_err(said)?;
    let mut window = Window { device, open: true };
    for _ in 0..BEFORE {
        let results = work();
        Dispatch::sync(on).map_err(said)?;
        drop(results);
    }
    Dispatch::graph_start_capture(on).map_err(said)?;
    let results = work();
    window.open = false;
    let graph = Dispatch::graph_stop_capture(on).map_err(said)?;
    let replay = Replay {
        graph,
        device: device.clone(),
        thread: thread::current().id(),
    };
    Ok((replay, results))
}

impl Replay {
    /// Whether this is the thread that recorded, the only one that can replay: each thread's work is in order, but not
    /// that of two.
    #[must_use]
    pub fn is_here(&self) -> bool {
        thread::current().id() == self.thread
    }

    /// Does the work again with what now lies where its inputs were.
    ///
    /// # Errors
    /// What the device says where it cannot, and where [`Replay::is_here`] says no.
    pub fn again(&self) -> Result<(), String> {
        if !self.is_here() {
            return Err("a recording is replayed on the thread that made it".to_owned());
        }
        // SAFETY: the recording keeps every page of memory that it touched from being released, moved or given to
        // others; inputs are written and results read on this thread, in the order of the replays.
        unsafe { Dispatch::graph_replay(self.device.as_dispatch(), &self.graph) }
            .map_err(|error| error.to_string())
    }
}
