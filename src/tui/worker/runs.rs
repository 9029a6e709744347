//! What the Runs screen asks for.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{in_words, open};
use crate::format::number_of;
use crate::report::{self, Format};
use crate::run;
use crate::tui::app::Message;
use crate::tui::screens::runs::{Annotation, Export, RunsEffect, RunsMessage};

/// How long a browser's start is watched for a failure.
const WATCHED: Duration = Duration::from_secs(4);

/// Carries out a request and sends the result.
///
/// # Errors
/// One sentence on what went wrong.
pub fn perform(effect: &RunsEffect, send: &dyn Fn(Message)) -> Result<(), String> {
    let answer = |message: RunsMessage| send(Message::Runs(Box::new(message)));
    match effect {
        RunsEffect::Delete(paths) => {
            answer(RunsMessage::Deleted(run::trash(paths, Timestamp::now())));
        }
        RunsEffect::Restore(out) => {
            answer(RunsMessage::Restored(run::restore(out).map_err(in_words)?));
        }
        RunsEffect::EmptyTrash(out) => run::empty_trash(out, Timestamp::now()),
        RunsEffect::Compare(paths) => {
            let read = |path: &PathBuf| {
                let data = open(path).and_then(|run| run.load());
                (path.clone(), data.map_err(in_words))
            };
            answer(RunsMessage::Compared(paths.iter().map(read).collect()));
        }
        RunsEffect::Annotate { runs, annotation } => {
            let problems: Vec<String> = runs
                .iter()
                .filter_map(|path| annotate(path, annotation).err())
                .map(in_words)
                .collect();
            answer(RunsMessage::Annotated {
                changed: runs.len() - problems.len(),
                problems,
            });
        }
        RunsEffect::Export(wanted) if is_occupied(wanted) => answer(RunsMessage::ExportExists),
        RunsEffect::Export(wanted) => export_all(wanted, send)?,
        RunsEffect::OpenReport { run, cache } => {
            let report = write_report(run, cache.as_deref())?;
            show(&report, &answer)?;
        }
    }
    Ok(())
}

fn annotate(path: &Path, annotation: &Annotation) -> Result<(), run::Error> {
    open(path)?.change_notes(|mut notes| match annotation {
        Annotation::Note(note) => notes.with_note(note),
        Annotation::Tags(tags) => {
            notes.tags.clear();
            notes.with_changes(tags)
        }
        Annotation::Changes(changes) => notes.with_changes(changes),
    })?;
    Ok(())
}

/// The runs with the folders that they are written into.
fn folders(wanted: &Export) -> Vec<(&Path, PathBuf)> {
    let of = |run: &Path| match wanted.runs.len() {
        1 => wanted.out.clone(),
        _ => wanted.out.join(name(run)),
    };
    let runs = wanted.runs.iter();
    runs.map(|run| (run.as_path(), of(run))).collect()
}

/// Whether a folder holds files that must not be written over.
fn is_occupied(wanted: &Export) -> bool {
    let holds_files = |folder: &Path| {
        let entries = fs::read_dir(folder);
        entries.is_ok_and(|mut entries| entries.next().is_some())
    };
    let mut folders = folders(wanted).into_iter();
    !wanted.overwrite && folders.any(|(_, folder)| holds_files(&folder))
}

fn export_all(wanted: &Export, send: &dyn Fn(Message)) -> Result<(), String> {
    let mut files = 0;
    for (run, folder) in folders(wanted) {
        files += export(run, &wanted.formats, &folder).map_err(|sentence| match files {
            0 => sentence,
            files => format!(
                "{sentence}; before that, {} went to {}",
                number_of(files, "file", "files"),
                wanted.out.display()
            ),
        })?;
    }
    let out = wanted.out.clone();
    send(Message::Exported { out, files });
    Ok(())
}

/// Writes a run's page for a browser and gives its path: beside the cached profiles, or else in a folder of its own for temporary files.
fn write_report(path: &Path, cache: Option<&Path>) -> Result<PathBuf, String> {
    let data = open(path).and_then(|run| run.load()).map_err(in_words)?;
    let folder = match cache {
        Some(cache) => cache.with_file_name("reports").join(name(path)),
        None => tempfile::Builder::new()
            .prefix("ebcle-tui-report-")
            .tempdir()
            .map_err(|error| format!("no folder for the report: {error}"))?
            .keep(),
    };
    let files = report::export(&data, Format::Html, &folder).map_err(|error| error.to_string())?;
    let file = files.into_iter().next().ok_or("no report was written")?;
    Ok(std::path::absolute(&file).unwrap_or(file))
}

/// Opens a page in a browser and says so, or says where it is.
fn show(page: &Path, answer: &dyn Fn(RunsMessage)) -> Result<(), String> {
    let place = page.display();
    let Some((program, arguments)) = browser(&|name| std::env::var(name).ok(), page) else {
        answer(RunsMessage::ReportOpened(format!(
            "the report is {place} (no browser is known here: set $BROWSER to open it)"
        )));
        return Ok(());
    };
    let mut child = start(&program, &arguments)
        .map_err(|error| format!("{program} cannot be started ({error}): the report is {place}"))?;
    let begun = Instant::now();
    while begun.elapsed() < WATCHED {
        match child.try_wait() {
            Ok(Some(status)) if !status.success() => {
                return Err(format!(
                    "{program} opened nothing ({status}): the report is {place}"
                ));
            }
            Ok(Some(_)) => break,
            _ => std::thread::sleep(Duration::from_millis(50)),
        }
    }
    answer(RunsMessage::ReportOpened(format!("opened {place}")));
    // A browser may stay as long as its window; it is waited for here, on a thread of its own.
    drop(child.wait());
    Ok(())
}

/// The program that opens a page, with its arguments: the first of `$BROWSER`, or else that of the desktop, if there is one.
fn browser(
    variable: &dyn Fn(&str) -> Option<String>,
    page: &Path,
) -> Option<(String, Vec<String>)> {
    let page = page.to_string_lossy().into_owned();
    let given = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
    if let Some(wanted) = given("BROWSER") {
        let first = wanted.split(':').find(|one| !one.trim().is_empty())?;
        let mut words = first.split_whitespace().map(str::to_owned);
        let program = words.next()?;
        let mut arguments: Vec<String> = words.collect();
        if arguments.iter().any(|word| word.contains("%s")) {
            for word in &mut arguments {
                *word = word.replace("%s", &page);
            }
        } else {
            arguments.push(page);
        }
        return Some((program, arguments));
    }
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if given("DISPLAY").is_some() || given("WAYLAND_DISPLAY").is_some() {
        "xdg-open"
    } else {
        return None;
    };
    Some((program.to_owned(), vec![page]))
}

/// Starts a program that neither reads the terminal nor writes to it.
fn start(program: &str, arguments: &[String]) -> std::io::Result<Child> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn()
}

fn name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Writes all formats and counts the files.
fn export(run: &Path, formats: &[Format], out: &Path) -> Result<usize, String> {
    let data = open(run)
        .and_then(|run| run.load())
        .map_err(|error| error.to_string())?;
    let mut files: Vec<PathBuf> = Vec::new();
    for &format in formats {
        files.extend(report::export(&data, format, out).map_err(|error| error.to_string())?);
    }
    files.sort();
    files.dedup();
    Ok(files.len())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::run::fixture;

    fn answers(effect: &RunsEffect) -> Result<Vec<Message>, String> {
        let sent = Mutex::new(Vec::new());
        perform(effect, &|message| sent.lock().unwrap().push(message))?;
        Ok(sent.into_inner().unwrap())
    }

    fn two_runs(out: &Path) -> Vec<PathBuf> {
        let data = fixture::run(&[1, 2], 2, 2);
        let on_disk = |_| fixture::on_disk(out, &data).path().to_owned();
        (0..2).map(on_disk).collect()
    }

    #[test]
    fn several_runs_are_exported_each_into_its_folder_and_nothing_is_written_over_unasked() {
        let desk = tempfile::tempdir().unwrap();
        let runs = two_runs(desk.path());
        let mut wanted = Export {
            runs: runs.clone(),
            formats: vec![Format::Csv],
            out: desk.path().join("export"),
            overwrite: false,
        };
        let effect = |wanted: &Export| RunsEffect::Export(wanted.clone());
        let sent = answers(&effect(&wanted)).unwrap();
        assert!(
            matches!(&sent[..], [Message::Exported { files: 2, .. }]),
            "{sent:?}"
        );
        let file = wanted.out.join(name(&runs[0])).join("metrics.csv");
        assert!(file.is_file());
        fs::write(&file, "mine").unwrap();
        let sent = answers(&effect(&wanted)).unwrap();
        let [Message::Runs(message)] = &sent[..] else {
            panic!("{sent:?}");
        };
        assert!(matches!(**message, RunsMessage::ExportExists));
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
        wanted.overwrite = true;
        answers(&effect(&wanted)).unwrap();
        assert_ne!(fs::read_to_string(&file).unwrap(), "mine");
    }

    #[test]
    fn tags_of_several_runs_are_changed_and_compared_runs_are_read_in_their_order() {
        let desk = tempfile::tempdir().unwrap();
        let mut runs = two_runs(desk.path());
        runs.push(desk.path().join("nothing"));
        let annotation = Annotation::Changes(vec!["good".to_owned()]);
        let effect = RunsEffect::Annotate {
            runs: runs.clone(),
            annotation,
        };
        let sent = answers(&effect).unwrap();
        let [Message::Runs(message)] = &sent[..] else {
            panic!("{sent:?}");
        };
        let RunsMessage::Annotated {
            changed: 2,
            problems,
        } = &**message
        else {
            panic!("{message:?}");
        };
        assert!(problems[0].contains("nothing"), "{problems:?}");
        let sent = answers(&RunsEffect::Compare(runs.clone())).unwrap();
        let [Message::Runs(message)] = &sent[..] else {
            panic!("{sent:?}");
        };
        let RunsMessage::Compared(found) = &**message else {
            panic!("{message:?}");
        };
        assert_eq!(found[1].1.as_ref().unwrap().path, runs[1]);
        assert_eq!(found[1].1.as_ref().unwrap().notes.tags, ["good"]);
        assert!(found[2].1.is_err());
    }

    #[test]
    fn a_report_is_written_and_given_to_the_browser() {
        let desk = tempfile::tempdir().unwrap();
        let runs = two_runs(desk.path());
        let page = write_report(&runs[0], Some(&desk.path().join("profiles"))).unwrap();
        assert!(fs::read_to_string(&page).unwrap().contains("<html"));
        let with = |variables: &[(&str, &str)]| {
            let variable = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            browser(&variable, Path::new("/r.html"))
        };
        let page = || "/r.html".to_owned();
        let wanted = Some(("firefox".to_owned(), vec!["-new-tab".to_owned(), page()]));
        assert_eq!(
            with(&[("BROWSER", "firefox -new-tab:lynx"), ("DISPLAY", ":0")]),
            wanted
        );
        let wanted = Some(("sh".to_owned(), vec!["x=/r.html".to_owned()]));
        assert_eq!(with(&[("BROWSER", "sh x=%s")]), wanted);
        assert_eq!(with(&[("BROWSER", " ")]), with(&[]));
        if cfg!(target_os = "linux") {
            assert_eq!(with(&[]), None);
            let wanted = Some(("xdg-open".to_owned(), vec![page()]));
            assert_eq!(with(&[("WAYLAND_DISPLAY", "wayland-0")]), wanted);
        }
    }
}
