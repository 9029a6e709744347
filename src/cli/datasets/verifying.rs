//! `datasets verify`.

use std::process::ExitCode;
use std::sync::atomic::Ordering;

use anyhow::anyhow;

use super::embedded;
use crate::cli::failure::{INTERRUPTED, interruption};
use crate::cli::options::Global;
use crate::cli::output;
use crate::dataset::places::{in_words, places};
use crate::dataset::published::{Published, published};
use crate::dataset::verify::{FileState, Verification, verify};
use crate::format::{bytes, count, known};
use crate::run::{Settings, prepare::load_options};

pub(super) fn verify_named(
    name: &str,
    settings: &Settings,
    global: &Global,
) -> anyhow::Result<ExitCode> {
    if embedded(name, global)? {
        return Ok(ExitCode::SUCCESS);
    }
    let published = published(name)?;
    let places = places(&load_options(settings));
    let interrupted = interruption()?;
    let bar = output::bar(global, "checking {msg}");
    let found = verify(&published, &places, &mut |read| {
        bar.set_message(bytes(read));
        !interrupted.load(Ordering::Relaxed)
    });
    bar.finish_and_clear();
    if interrupted.load(Ordering::Relaxed) {
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let Some(found) = found else {
        return Err(anyhow!(
            "no file of {name} was found in {}: give its folder with --data-dir DIR, or fetch it with `ebcle-tui datasets fetch {name}`",
            in_words(&places)
        ));
    };
    show_verified(&published, &found, global)?;
    Ok(if found.is_sound() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn show_verified(
    published: &Published,
    found: &Verification,
    global: &Global,
) -> anyhow::Result<()> {
    let name = &published.name;
    if global.json {
        let files: Vec<_> = found
            .files
            .iter()
            .map(|file| {
                serde_json::json!({
                    "name": file.name, "path": file.path, "bytes": file.bytes,
                    "state": file.state.word(), "detail": file.state.to_string(),
                })
            })
            .collect();
        return output::print_json(&serde_json::json!({
            "dataset": name, "folder": found.folder, "sound": found.is_sound(),
            "complete": found.complete, "files": files,
        }));
    }
    output::print(&format!("{name} in {}\n", found.folder.display()))?;
    let rows = found
        .files
        .iter()
        .map(|file| {
            vec![
                file.name.clone(),
                known(file.bytes, count),
                file.state.to_string(),
            ]
        })
        .collect();
    output::print_table(&output::table(&["file", "bytes", "state"], &[0, 2], rows))?;
    output::print(&format!("\n{}", sentence(published, found)))
}

fn sentence(published: &Published, found: &Verification) -> String {
    let name = &published.name;
    let wrong = found
        .files
        .iter()
        .filter(|file| file.state.is_wrong())
        .count();
    let missing = found
        .files
        .iter()
        .filter(|file| matches!(file.state, FileState::Missing | FileState::Unfinished))
        .count();
    let unknown = found
        .files
        .iter()
        .any(|file| file.state == FileState::NameRight);
    if found.is_sound() && unknown {
        format!("all files of {name} are there; neither size nor checksum of some is published")
    } else if found.is_sound() {
        format!("{name} is complete")
    } else if wrong > 0 {
        format!(
            "{name} is damaged: {wrong} wrong, {missing} missing; delete the wrong files and fetch it with `ebcle-tui datasets fetch {name}`"
        )
    } else {
        let remedy = match &published.registration {
            Some(why) => format!("no program can fetch it, since {why}"),
            None => format!("`ebcle-tui datasets fetch {name}` fetches it"),
        };
        format!("{name} is incomplete: {missing} missing; {remedy}")
    }
}
