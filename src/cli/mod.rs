//! What can a script ask? The command line: one file per command.
//!
//! Results go to stdout, progress and messages to stderr. Exit codes: 0 done, 1 failed, 2 wrong
//! usage, 130 interrupted.

mod analyze;
mod app;
mod attach;
mod bench;
mod cell;
mod cluster;
mod config;
mod control;
mod damage;
mod datasets;
mod devices;
mod evaluate;
mod export;
mod failure;
mod follow;
mod grid;
mod logging;
mod options;
mod output;
mod plan;
mod probe;
mod recommend;
mod resume;
mod runs;
mod shell;
mod summary;
mod sweep;
mod threads;
mod train;
mod weights;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use self::options::{AppOptions, EndOptions, Global, Options};
use crate::messages;
use crate::run::Layer;
use crate::training::device;

/// How deep does a CNN need to be for this data?
///
/// Measures the Shannon entropy of a dataset's images, derives from it a cap on useful convolutional
/// depth (the EBCLE heuristic, arXiv 2106.14190), and tests the cap: trains the usual deep network
/// and the capped, wider one side by side and compares accuracy and time.
///
/// Without a command: the app in a terminal; elsewhere the quick preset on the embedded dataset,
/// with its summary on stdout.
#[derive(Debug, Parser)]
#[command(
    name = "ebcle-tui",
    version,
    max_term_width = 100,
    args_conflicts_with_subcommands = true
)]
#[command(after_help = "\
Examples:
  ebcle-tui                                     the app
  ebcle-tui analyze mnist --data-dir ~/data     entropy profile and caps of MNIST
  ebcle-tui plan glyphs resnet-50               what the cap does to ResNet-50
  ebcle-tui train glyphs resnet-20 --seeds 1..5 a paired training with a verdict
  ebcle-tui export latest --out report          the last run as files")]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    app: AppOptions,
    #[command(flatten)]
    end: EndOptions,
    #[command(flatten)]
    global: Global,
}

#[derive(Debug, Subcommand)]
enum Command {
    Analyze(analyze::Analyze),
    Plan(plan::PlanCommand),
    Train(Box<train::Train>),
    Resume(resume::Resume),
    Attach(attach::Attach),
    Control(control::ControlCommand),
    Evaluate(Box<evaluate::Evaluate>),
    Runs(runs::Runs),
    Export(export::Export),
    Probe(Box<probe::Probe>),
    Grid(Box<grid::Grid>),
    #[command(hide = true)]
    Cell(cell::CellCommand),
    Sweep(Box<sweep::Sweep>),
    Recommend(Box<recommend::Recommend>),
    Datasets(datasets::Datasets),
    Config(config::Config),
    Devices(devices::Devices),
    Bench(bench::Bench),
    Completions(shell::Completions),
    Man(shell::Man),
}

/// The arguments of this process. A negative number is a value, so that its setting can say what is wrong with it.
///
/// # Errors
/// The exit code where there is nothing more to do: help and version are printed, and so is a sentence on what cannot be
/// read of the arguments.
pub fn parse() -> Result<Arguments, ExitCode> {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    parsed(&arguments).map_err(|error| {
        // clap would drop the control characters of an argument that it repeats.
        let shown = arguments.iter().map(|argument| {
            messages::line(&argument.to_string_lossy())
                .into_owned()
                .into()
        });
        let shown: Vec<OsString> = shown.collect();
        answered(&parsed(&shown).err().unwrap_or(error))
    })
}

fn parsed(arguments: &[OsString]) -> Result<Arguments, clap::Error> {
    with_negative_numbers(Arguments::command())
        .try_get_matches_from(arguments)
        .and_then(|matches| Arguments::from_arg_matches(&matches))
}

/// Prints what clap says in place of arguments.
fn answered(error: &clap::Error) -> ExitCode {
    let printed = error.print().and_then(|()| std::io::stdout().flush());
    if error.use_stderr() {
        return ExitCode::from(failure::USAGE);
    }
    match messages::written(printed) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failure::report(&error.into()),
    }
}

fn with_negative_numbers(command: clap::Command) -> clap::Command {
    command
        .allow_negative_numbers(true)
        .mut_subcommands(with_negative_numbers)
}

/// Does what the arguments ask for and gives the exit code; an error is one sentence on stderr.
#[must_use]
pub fn run(arguments: &Arguments) -> ExitCode {
    logging::start();
    match dispatch(arguments) {
        Ok(code) => code,
        Err(error) => failure::report(&error),
    }
}

fn dispatch(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let global = &arguments.global;
    if !matches!(
        arguments.command,
        Some(Command::Completions(_) | Command::Man(_) | Command::Config(_))
    ) {
        let device = match &arguments.command {
            Some(Command::Cell(command)) => command.device().map(str::to_owned),
            Some(Command::Resume(command)) => command.device().map(str::to_owned),
            Some(Command::Train(command)) => threads::device(command.device())?,
            _ => None,
        };
        threads::start(device.as_deref())?;
    }
    device::keep_kernels(global.cache("kernels").as_deref());
    match &arguments.command {
        Some(Command::Analyze(command)) => command.run(global),
        Some(Command::Plan(command)) => command.run(global),
        Some(Command::Train(command)) => command.run(global),
        Some(Command::Resume(command)) => command.run(global),
        Some(Command::Attach(command)) => command.run(global),
        Some(Command::Control(command)) => command.run(global),
        Some(Command::Evaluate(command)) => command.run(global),
        Some(Command::Runs(command)) => command.run(global),
        Some(Command::Export(command)) => command.run(global),
        Some(Command::Probe(command)) => command.run(global),
        Some(Command::Grid(command)) => command.run(global),
        Some(Command::Cell(command)) => command.run(global),
        Some(Command::Sweep(command)) => command.run(global),
        Some(Command::Recommend(command)) => command.run(global),
        Some(Command::Datasets(command)) => command.run(global),
        Some(Command::Devices(command)) => command.run(global),
        Some(Command::Bench(command)) => command.run(global),
        Some(Command::Config(command)) => command.run(global),
        Some(Command::Completions(command)) => command.run(),
        Some(Command::Man(command)) => command.run(),
        None if app::is_asked_for(&arguments.app, global)? => {
            app::run(&arguments.options, &arguments.app, &arguments.end, global)
        }
        None => train::run_headless(
            &arguments.options.settings(global, Some(Layer::quick()))?,
            global,
            train::Extras::default(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
