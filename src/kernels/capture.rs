//! Work that a GPU repeats, captured once as a CUDA graph: hundreds of kernels are then started by one command.
//!
//! A graph is the kernels and the memory that they read and write. So new inputs replace the old ones in place, see
//! [`assign`](super::assign), and results appear where the first ones were.

use std::thread::{self, ThreadId};

use burn::backend::{Backend, BackendGraph, Dispatch, ExecutionError};
use burn::tensor::Device;

/// Times that work is done before it is captured, so that its kernels are compiled and its memory is allocated.
const WARM_UP: usize = 3;

/// Captured work.
#[derive(Debug)]
pub struct Graph {
    captured: BackendGraph<Dispatch>,
    device: Device,
    thread: ThreadId,
}

/// Ends a capture that failed, so that the device goes on as before.
struct Guard<'a> {
    device: &'a Device,
    capturing: bool,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if self.capturing {
            drop(Dispatch::graph_stop_capture(self.device.as_dispatch()));
        }
    }
}

/// Does `work` on `device` three times as a warm-up, then captures it without executing it. Returns the graph and the
/// captured results, which hold nothing before the first replay. `device` must record no gradients.
///
/// The work must use the same memory for its inputs and what it changes every time, and neither read numbers back nor
/// send any to the device.
///
/// # Errors
/// What the device says where it cannot capture; what `work` writes must then be written again before it is read.
pub fn capture<T>(device: &Device, mut work: impl FnMut() -> T) -> Result<(Graph, T), String> {
    let on = device.as_dispatch();
    let said = |error: ExecutionError| error.to_string();
    Dispatch::graph_prepare(on).map_err(said)?;
    let mut guard = Guard {
        device,
        capturing: true,
    };
    for _ in 0..WARM_UP {
        let results = work();
        Dispatch::sync(on).map_err(said)?;
        drop(results);
    }
    Dispatch::graph_start_capture(on).map_err(said)?;
    let results = work();
    guard.capturing = false;
    let captured = Dispatch::graph_stop_capture(on).map_err(said)?;
    let graph = Graph {
        captured,
        device: device.clone(),
        thread: thread::current().id(),
    };
    Ok((graph, results))
}

impl Graph {
    /// Whether this is the thread that captured, the only one that can replay: the work of one thread is in order, that of
    /// two is not.
    #[must_use]
    pub fn is_of_this_thread(&self) -> bool {
        thread::current().id() == self.thread
    }

    /// Does the work again on the inputs that are now in its memory.
    ///
    /// # Errors
    /// What the device says where it cannot, and where [`Graph::is_of_this_thread`] says no.
    pub fn replay(&self) -> Result<(), String> {
        if !self.is_of_this_thread() {
            return Err("a graph is replayed by the thread that captured it".to_owned());
        }
        // SAFETY: the graph keeps every page of memory that it touched from being released, moved or given to
        // others; inputs are written and results read on this thread, in the order of the replays.
        unsafe { Dispatch::graph_replay(self.device.as_dispatch(), &self.captured) }
            .map_err(|error| error.to_string())
    }
}
