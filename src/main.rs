//! The program: calls the library with its arguments.

use std::process::ExitCode;

use ebcle_tui::cli;
use ebcle_tui::kernels;

/// glibc gives large blocks back after every training step, which costs a third of the speed.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    kernels::keep_memory();
    match cli::parse() {
        Ok(arguments) => cli::run(&arguments),
        Err(code) => code,
    }
}
