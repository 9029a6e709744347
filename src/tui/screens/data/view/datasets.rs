//! The list of datasets with their states.

use std::path::Path;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::{DataPanel, Listed, Offer, TaskProgress};
use crate::dataset::{Source, State, Target};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::theme::Theme;
use crate::tui::widgets::heading::heading;
use crate::tui::widgets::table::pad;

/// Draws the list, scrolled to the marked line.
pub(super) fn datasets(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let focused = app.data.panel == DataPanel::Datasets;
    let below = heading(buffer, area, "datasets", Line::default(), focused, theme);
    app.hits
        .add(area, App::focus_panel, DataPanel::Datasets as usize);
    app.hits.add_list(area, App::step_dataset);
    let state_width = match below.width {
        0..32 => 8,
        32..44 => 12,
        _ => 25,
    };
    let tick = ["✓ ", "  "];
    let name_width = (below.width as usize).saturating_sub(state_width + 4);
    let lines = app.data.entries.len() + 1;
    let first = (app.data.marked + 1).saturating_sub(below.height as usize);
    for (index, row) in (first..lines).zip(below.rows()) {
        let marked = index == app.data.marked;
        let mark = theme.mark(marked);
        let style = theme.line(marked);
        let line = match app.data.entries.get(index) {
            Some(listed) => {
                let (state, state_style) = state(app, listed, state_width, theme);
                let is_chosen = listed.entry.source.to_string() == app.chosen_dataset();
                Line::from(vec![
                    mark,
                    Span::styled(pad(&name(&listed.entry.source), name_width, false), style),
                    Span::styled(tick[usize::from(!is_chosen)], theme.good()),
                    Span::styled(pad(&state, state_width, false), state_style),
                ])
            }
            None => Line::from(vec![
                mark,
                Span::styled("+ add a dataset", if marked { style } else { theme.dim() }),
            ]),
        };
        buffer.set_line(row.x, row.y, &line, row.width);
        app.hits.add_line(row, App::click_dataset, index, marked);
    }
}

/// A dataset of the user's own by the last part of its path, every other by its name.
fn name(source: &Source) -> String {
    let Source::At(prefix, path) = source else {
        return source.to_string();
    };
    let end = if prefix.target == Target::File {
        ""
    } else {
        "/"
    };
    path.file_name().map_or_else(
        || source.to_string(),
        |name| format!("{}{end}", name.to_string_lossy()),
    )
}

fn state(app: &App, listed: &Listed, width: usize, theme: Theme) -> (String, Style) {
    if let Some(task) = app.data.task(&listed.entry.source) {
        let text = match &task.progress {
            _ if task.stopping => "stopping".to_owned(),
            TaskProgress::Checking => "checking".to_owned(),
            TaskProgress::Fetching(progress) => {
                format!("{} %", format::percent(progress.share(), 0))
            }
        };
        return (text, theme.entropy());
    }
    let text = match (&listed.entry.state, &listed.offer) {
        (State::Embedded, _) => "embedded",
        (State::Found(path), _) if width > 8 => {
            return (short(path, app.home.as_deref(), width), theme.dim());
        }
        (State::Found(_), Offer::Nothing) => kind(&listed.entry.source),
        (State::Found(_), _) => "here",
        (State::Missing(_), Offer::Fetch { .. }) => "not here",
        (State::Missing(_), Offer::Register(_)) if width > 17 => "needs registration",
        (State::Missing(_), Offer::Register(_)) if width > 8 => "registration",
        (State::Missing(_), Offer::Register(_)) => "register",
        (State::Missing(_), _) => "missing",
    };
    (text.to_owned(), theme.dim())
}

fn kind(source: &Source) -> &'static str {
    source.prefix().map_or("here", |prefix| prefix.label)
}

/// A path with `~` for the home folder, its beginning left out where it is too long.
pub(super) fn short(path: &Path, home: Option<&Path>, width: usize) -> String {
    let below_home = home.and_then(|home| path.strip_prefix(home).ok());
    let text = below_home.map_or_else(
        || path.display().to_string(),
        |below| format!("~/{}", below.display()),
    );
    if text.width() <= width {
        return text;
    }
    let mut tail = text.as_str();
    while tail.width() >= width.max(1) {
        let mut characters = tail.chars();
        characters.next();
        tail = characters.as_str();
    }
    format!("…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_paths_lose_their_beginning() {
        let home = Some(Path::new("/home/ada"));
        let of = |path: &str, width| short(Path::new(path), home, width);
        assert_eq!(of("/home/ada/data", 15), "~/data");
        assert_eq!(of("/scratch/data/cifar-10", 15), "…/data/cifar-10");
        assert_eq!(of("data", 15), "data");
        assert_eq!(of("/home/adam", 15), "/home/adam");
    }
}
