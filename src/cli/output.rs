//! Tables on stdout, progress on stderr.

use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicBool, Ordering};

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::options::Global;
use crate::dataset::Skipped;
use crate::depth::Analysis;
use crate::evidence::Estimate;
use crate::format::{about, bytes, known, percent_interval};
use crate::messages;
use crate::run::{self, Phase, Prepared, Price, Settings};

/// Template of a bar over images.
const READING: &str = "{msg:10} {bar:30} {human_pos} of {human_len} images";
/// Template of what is counted before it is known how many images there are.
pub const COUNTING: &str = "{msg}";
/// Template of a bar over timed steps.
pub const TIMING: &str = "timing     {bar:30} {human_pos} of {human_len} steps";

/// Shows a phase on a bar that was made with [`COUNTING`]: a count where there is no end yet, else how far it is.
pub fn show(bar: &ProgressBar, phase: Phase) {
    // A length tells which template the bar has.
    let has_length = bar.length().is_some();
    if let Some(counted) = phase.counted() {
        if has_length {
            bar.unset_length();
            style(bar, COUNTING);
        }
        bar.set_message(counted);
    } else if let Phase::Loading(done, all) | Phase::Profiling(done, all) = phase {
        if !has_length {
            style(bar, READING);
        }
        bar.set_length(all as u64);
        bar.set_message(match phase {
            Phase::Profiling(..) => "profiling",
            _ => "reading",
        });
        bar.set_position(done as u64);
    }
}

/// A table without lines, its columns right-aligned but those named in `left`.
pub fn table(header: &[&str], left: &[usize], rows: Vec<Vec<String>>) -> Table {
    let shown = |cells: Vec<String>| -> Vec<String> {
        let lines = cells.iter().map(|cell| messages::line(cell).into_owned());
        lines.collect()
    };
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_header(header.iter().map(|name| messages::line(name).into_owned()))
        .add_rows(rows.into_iter().map(shown));
    for (index, column) in table.column_iter_mut().enumerate() {
        let side = if left.contains(&index) {
            CellAlignment::Left
        } else {
            CellAlignment::Right
        };
        column.set_cell_alignment(side);
        column.set_padding((0, 2));
    }
    table
}

/// A fraction with its interval, in percent.
pub fn estimate(estimate: Option<Estimate>) -> String {
    known(estimate, |estimate| {
        percent_interval(estimate.mean, estimate.interval, 1)
    })
}

/// The cells of a table for a price: time, disk.
pub fn price_cells(price: Option<&Price>) -> [String; 2] {
    [
        known(price, |price| about(price.estimated_seconds)),
        known(price, |price| bytes(price.disk_bytes)),
    ]
}

/// A name in a table's first column, marked where it is the chosen one.
pub fn marked(chosen: bool, name: &str) -> String {
    format!("{} {name}", if chosen { "▸" } else { " " })
}

/// Prints text with a line end; control characters in it are shown. A reader that has gone away is no failure.
///
/// # Errors
/// Where stdout cannot be written to.
pub fn print(text: &str) -> anyhow::Result<()> {
    Ok(messages::print(text)?)
}

/// Prints a value as JSON.
///
/// # Errors
/// Whatever stdout says.
pub fn print_json<T: Serialize>(value: &T) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    Ok(messages::put(messages::json(&text).as_bytes())?)
}

/// Prints a table without blanks at the ends of its lines.
///
/// # Errors
/// Whatever stdout says.
pub fn print_table(table: &Table) -> anyhow::Result<()> {
    print(
        &table
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect::<Vec<_>>()
            .join("\n"),
    )
}

/// A progress bar on stderr, which shows only in a terminal and never when quiet.
pub fn bar(global: &Global, template: &str) -> ProgressBar {
    let bar = ProgressBar::no_length();
    bar.set_draw_target(target(global));
    style(&bar, template);
    bar
}

fn style(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("▓▓░"));
    }
}

/// Says a line on stderr unless quiet.
pub fn say(global: &Global, line: &str) {
    if !global.quiet {
        messages::say(line);
    }
}

/// Where progress is drawn: nowhere when quiet, nor where stderr is no terminal that can move its cursor.
pub fn target(global: &Global) -> ProgressDrawTarget {
    if global.quiet || !io::stderr().is_terminal() {
        ProgressDrawTarget::hidden()
    } else {
        ProgressDrawTarget::stderr()
    }
}

/// Loads and profiles the settings' dataset with a progress bar.
///
/// # Errors
/// [`run::Error`] where it cannot be read.
pub fn prepare(settings: &Settings, global: &Global) -> anyhow::Result<Prepared> {
    let prepared = followed(global, |progress| run::prepare(settings, progress))?;
    let profile = &prepared.analysis.profile;
    say_notes(global, &profile.skipped, &profile.notes);
    Ok(prepared)
}

/// Profiles the settings' dataset with a progress bar, without keeping all its images in memory; with the sample-size
/// curve where it is asked for.
///
/// # Errors
/// One sentence on what cannot be read.
pub fn profile(settings: &Settings, curve: bool, global: &Global) -> anyhow::Result<Analysis> {
    let profiled = if curve {
        run::profile_with_curve
    } else {
        run::profile
    };
    let analysis = followed(global, |progress| profiled(settings, progress))?;
    let profile = &analysis.profile;
    say_notes(global, &profile.skipped, &profile.notes);
    Ok(analysis)
}

/// Says what a user must know of how a dataset was read, or of what its images decided, a line each: what was left out,
/// and notes.
pub fn say_notes(global: &Global, skipped: &[Skipped], notes: &[String]) {
    let left_out = Skipped::sentence(skipped);
    for note in left_out.iter().chain(notes) {
        say(global, &format!("note: {note}"));
    }
}

/// Does work that reads images, under a progress bar.
///
/// # Errors
/// What the work says.
pub fn followed<T>(
    global: &Global,
    work: impl FnOnce(&(dyn Fn(Phase) + Sync)) -> Result<T, run::Error>,
) -> anyhow::Result<T> {
    let bar = bar(global, COUNTING);
    let done = work(&|phase| show(&bar, phase));
    bar.finish_and_clear();
    Ok(done?)
}

/// Does work on steps behind a bar of this template: what it is given is called with how many are done and how many there
/// will be at most, and returns whether to go on.
pub fn steps<T>(
    global: &Global,
    template: &str,
    interrupted: &AtomicBool,
    work: impl FnOnce(&mut dyn FnMut(usize, usize) -> bool) -> T,
) -> T {
    let bar = bar(global, template);
    let done = work(&mut |done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
        !interrupted.load(Ordering::Relaxed)
    });
    bar.finish_and_clear();
    done
}
