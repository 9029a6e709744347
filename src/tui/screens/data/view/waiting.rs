//! In place of a profile: progress, or how to get the dataset.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::{FetchProgress, Listed, Offer, TaskProgress, stage_words};
use super::datasets::short;
use crate::dataset::{Entry, State};
use crate::run::Phase;
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::{narrow, take};
use crate::tui::widgets::dialogs::paragraph;

/// Draws progress, or why there is no profile and what to do.
pub(super) fn waiting(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let mut area = narrow(area, 72);
    take(&mut area, 1);
    let Some(listed) = app.data.marked_entry() else {
        let sentence = if app.data.entries.is_empty() {
            "Looking for datasets …"
        } else {
            "Enter adds your own images: a folder or a file."
        };
        paragraph(buffer, area, sentence, theme.dim());
        return;
    };
    if let Some(task) = app.data.task(&listed.entry.source)
        && let TaskProgress::Fetching(progress) = &task.progress
    {
        fetching(buffer, area, app, listed, progress, task.stopping, theme);
    } else if let Some(sentence) = &app.data.failure {
        failure(buffer, area, app, sentence, theme);
    } else if let Some(stage) = app.data.loading {
        reading(buffer, area, app, stage, theme);
    }
}

/// Name and kind of the dataset; gives the rows below.
fn head(buffer: &mut Buffer, area: Rect, entry: &Entry, theme: Theme) -> Rect {
    let line = Line::from(vec![
        Span::styled(entry.source.to_string(), theme.strong()),
        Span::styled(format!("   {}", entry.description), theme.dim()),
    ]);
    buffer.set_line(area.x, area.y, &line, area.width);
    let mut rest = area;
    take(&mut rest, 2);
    rest
}

fn fetching(
    buffer: &mut Buffer,
    area: Rect,
    app: &App,
    listed: &Listed,
    progress: &FetchProgress,
    stopping: bool,
    theme: Theme,
) {
    let mut rest = head(buffer, area, &listed.entry, theme);
    let doing = if stopping {
        "stopping"
    } else {
        &progress.doing
    };
    rest = paragraph(buffer, rest, &format!("{doing} …"), Style::new());
    take(&mut rest, 1);
    let numbers = format!(
        "{} %  {} of {}",
        format::percent(progress.share(), 0),
        format::bytes(progress.done),
        format::bytes(progress.size)
    );
    bar(
        buffer,
        take(&mut rest, 1),
        progress.share(),
        &numbers,
        theme,
    );
    let speed = format!(
        "{}/s, {} left",
        format::known(progress.bytes_per_second, |speed| format::bytes(
            speed as u64
        )),
        format::known(progress.seconds_left, format::clock)
    );
    let place = take(&mut rest, 2);
    buffer.set_stringn(place.x, place.y, speed, place.width as usize, theme.dim());
    let into = match &listed.offer {
        Offer::Fetch { folder, .. } => format!(
            "Target: {}. ",
            short(folder, app.home.as_deref(), area.width as usize)
        ),
        _ => String::new(),
    };
    let sentence = format!("{into}f or Esc stops; f resumes later.");
    paragraph(buffer, rest, &sentence, theme.dim());
}

/// Why the marked dataset cannot be shown, how the last fetch ended, and what can be done.
fn failure(buffer: &mut Buffer, area: Rect, app: &App, sentence: &str, theme: Theme) {
    let Some(Listed { entry, offer }) = app.data.marked_entry() else {
        return;
    };
    let mut rest = head(buffer, area, entry, theme);
    let missing = matches!(entry.state, State::Missing(_));
    let note = app.data.note(&entry.source);
    let style = if missing { Style::new() } else { theme.error() };
    if note.is_none() {
        rest = paragraph(buffer, rest, sentence, style);
        take(&mut rest, 1);
    }
    if let Some(note) = note {
        let style = if note.stopped {
            Style::new()
        } else {
            theme.error()
        };
        rest = paragraph(buffer, rest, &note.sentence, style);
        take(&mut rest, 1);
    }
    if missing
        && let Offer::Fetch {
            bytes,
            there,
            folder,
        } = offer
    {
        let folder = short(folder, app.home.as_deref(), area.width as usize);
        let bytes = format::bytes(*bytes);
        let sentence = if *there == 0 {
            format!("f fetches {bytes} into {folder}.")
        } else {
            let kept = format::bytes(*there);
            format!("f resumes: {kept} of {bytes} are in {folder}.")
        };
        rest = paragraph(buffer, rest, &sentence, theme.strong());
        take(&mut rest, 1);
    }
    if let Offer::Unusable(sentence) = offer {
        rest = paragraph(buffer, rest, sentence, theme.error());
        take(&mut rest, 1);
    }
    let else_do = "Or choose another dataset, or add your own images with a.";
    paragraph(buffer, rest, else_do, theme.dim());
}

fn reading(buffer: &mut Buffer, area: Rect, app: &App, stage: Phase, theme: Theme) {
    let (what, share) = stage_words(stage);
    let sentence = format!("{}: {what} …", app.settings.dataset);
    let mut rest = paragraph(buffer, area, &sentence, Style::new());
    take(&mut rest, 1);
    if let Some((share, numbers)) = share {
        bar(buffer, rest, share, &numbers, theme);
    }
}

/// Draws `━━━━━━─────────  numbers`.
fn bar(buffer: &mut Buffer, area: Rect, share: f64, numbers: &str, theme: Theme) {
    if area.is_empty() {
        return;
    }
    let width = area
        .width
        .saturating_sub(numbers.width() as u16 + 2)
        .min(44);
    let done = (share * f64::from(width)).round() as usize;
    let line = Line::from(vec![
        Span::styled("━".repeat(done), theme.entropy()),
        Span::styled("─".repeat(usize::from(width) - done), theme.faint()),
        Span::styled(format!("  {numbers}"), theme.dim()),
    ]);
    buffer.set_line(area.x, area.y, &line, area.width);
}
