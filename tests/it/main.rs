//! End-to-end tests: the real binary, as users and their scripts run it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "a test says what it skipped and found")]

mod acting;
mod annotating;
mod architecture;
mod cell;
mod cluster;
mod commands;
mod damage;
mod evidence;
mod fetching;
mod folders;
mod full;
mod grid;
mod labels;
mod learned;
mod leaving;
mod live;
mod measuring;
mod memory;
mod merging;
mod mistakes;
mod plain;
mod protocols;
mod real_data;
mod recommend;
mod resuming;
mod shell;
mod slurm;
mod sources;
mod studies;
mod support;
mod sweep;
mod terminal;
mod terminals;
mod transforms;
mod workers;
