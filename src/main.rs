//! The program: parses its arguments and calls the library.

use std::process::ExitCode;

use clap::Parser;
use ebcle_tui::cli::{self, Arguments};
use ebcle_tui::kernels;

/// glibc gives large blocks back after every training step, which costs a third of the speed.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    kernels::keep_memory();
    cli::run(&Arguments::parse())
}
