//! End-to-end tests: the real binary, as users and their scripts run it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod commands;
mod damage;
mod evidence;
mod fetching;
mod full;
mod grid;
mod leaving;
mod measuring;
mod mistakes;
mod real_data;
mod resuming;
mod sources;
mod support;
mod sweep;
mod terminal;
