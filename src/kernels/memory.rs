//! How long the allocator keeps freed memory.

use std::ffi::{c_int, c_long};

use mimalloc as _;

/// Number of mimalloc's option `purge_delay`, in milliseconds; arenas wait ten times as long.
const PURGE_DELAY: c_int = 15;

unsafe extern "C" {
    fn mi_option_set(option: c_int, value: c_long);
}

/// Lets mimalloc keep freed memory for a minute instead of a moment.
///
/// A step of training frees what the next one allocates; if it were returned in between, the system would clear all of it
/// again, which costs a tenth of the time. Call it before any thread is started, where mimalloc is the global
/// allocator; else it changes nothing.
pub fn keep_memory() {
    // SAFETY: the signature is that of mimalloc's header, and no other thread runs that could read the option.
    unsafe { mi_option_set(PURGE_DELAY, 60_000) }
}
