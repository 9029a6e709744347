//! `datasets fetch`.

use std::process::ExitCode;

use anyhow::Context;
use indicatif::ProgressBar;

use super::embedded;
use crate::cli::failure::{INTERRUPTED, interruption};
use crate::cli::options::Global;
use crate::cli::output;
use crate::dataset::fetch::{self, FetchOutcome, Fetched, FetchedFile, Progress, Stage, fetch};
use crate::dataset::published::{Published, published, target};
use crate::format::{bytes, clock, count, known};
use crate::messages;
use crate::run::Settings;

pub(super) fn fetch_named(
    name: &str,
    settings: &Settings,
    global: &Global,
) -> anyhow::Result<ExitCode> {
    if embedded(name, global)? {
        return Ok(ExitCode::SUCCESS);
    }
    let published = published(name)?;
    let target = target(settings.data_dir.as_deref(), name)
        .context("there is no home folder to put data into: name one with --data-dir DIR")?;
    let interrupted = interruption()?;
    let talker = Talker::new(global);
    let fetched = fetch(
        &published,
        &target,
        &|progress| talker.show(&progress),
        &interrupted,
    );
    talker.bar.finish_and_clear();
    match fetched {
        Err(stopped @ fetch::FetchError::Stopped { .. }) => {
            messages::say(&stopped.to_string());
            Ok(ExitCode::from(INTERRUPTED))
        }
        fetched => {
            show_fetched(&published, &fetched?, global)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn show_fetched(published: &Published, fetched: &Fetched, global: &Global) -> anyhow::Result<()> {
    if !global.json {
        return output::print(&format!(
            "{} is in {}: {} of {}, as published",
            published.name,
            fetched.folder.display(),
            match fetched.files.len() {
                1 => "1 file".to_owned(),
                files => format!("{} files", count(files as u64)),
            },
            bytes(published.size())
        ));
    }
    let files: Vec<_> = fetched
        .files
        .iter()
        .map(|file| {
            let (state, address, resumed_at) = match &file.outcome {
                FetchOutcome::AlreadyThere => ("already-there", None, None),
                FetchOutcome::Fetched {
                    address,
                    resumed_at,
                } => ("fetched", Some(address), Some(resumed_at)),
            };
            serde_json::json!({
                "name": file.name, "path": file.path, "bytes": file.bytes, "state": state,
                "address": address, "resumed_at": resumed_at,
            })
        })
        .collect();
    output::print_json(&serde_json::json!({
        "dataset": published.name, "folder": fetched.folder, "files": files,
    }))
}

/// Says on stderr how a fetch goes: a bar in a terminal, a line for each file and failure elsewhere.
struct Talker {
    quiet: bool,
    bar: ProgressBar,
}

impl Talker {
    fn new(global: &Global) -> Self {
        Self {
            quiet: global.quiet,
            bar: output::bar(global, "{prefix} {bar:24} {msg}"),
        }
    }

    fn say(&self, line: &str) {
        if self.quiet {
            return;
        }
        if self.bar.is_hidden() {
            messages::say(line);
        } else {
            self.bar.println(messages::lines(line));
        }
    }

    fn show(&self, progress: &Progress) {
        self.bar.set_length(progress.size);
        self.bar.set_position(progress.done);
        self.bar
            .set_prefix(messages::line(progress.file).into_owned());
        let amount = format!("{} of {}", bytes(progress.done), bytes(progress.size));
        match progress.stage {
            Stage::Asking(address) => self
                .bar
                .set_message(format!("asking {}", messages::line(address))),
            Stage::Receiving => self.bar.set_message(format!(
                "{amount} · {}/s · {} left",
                known(progress.bytes_per_second, |speed| bytes(speed as u64)),
                known(progress.seconds_left, clock)
            )),
            Stage::Waiting(why, seconds) => self.say(&format!(
                "{}: {why}; trying again in {}",
                progress.file,
                crate::format::about(seconds)
            )),
            Stage::Checking => self.bar.set_message(format!("{amount} · checking")),
            Stage::Finished(file) => self.say(&finished(file)),
        }
    }
}

fn finished(file: &FetchedFile) -> String {
    let size = bytes(file.bytes);
    match &file.outcome {
        FetchOutcome::AlreadyThere => format!("{}: already there, {size}, checked", file.name),
        FetchOutcome::Fetched {
            address,
            resumed_at: 0,
        } => format!("{}: {size} from {address}, checked", file.name),
        FetchOutcome::Fetched {
            address,
            resumed_at,
        } => format!(
            "{}: {size} from {address}, of which {} were there, checked",
            file.name,
            bytes(*resumed_at)
        ),
    }
}
