//! The screens: one file each, every one a function from the app to a picture.

mod data;
mod depth;
mod runs;
mod train;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::app::{App, Overlay, Screen};
use super::pictures::Pictures;
use super::theme::Theme;
use super::widgets::{dialogs, footer, header, help};

/// Fewest columns and rows.
pub const LEAST: (u16, u16) = (80, 24);

/// Draws the app over the whole terminal.
pub fn render(frame: &mut Frame<'_>, app: &App, theme: Theme, pictures: &Pictures) {
    let area = frame.area();
    draw(frame.buffer_mut(), area, app, theme, pictures);
}

/// Draws the app over `area`.
///
/// ```text
///  ebcle-tui   1 Data  2 Depth  3 Train  4 Runs              device · state   ? help
///  (a blank line where there is room)
///  the screen
///  keys, or a passing sentence
/// ```
pub fn draw(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme, pictures: &Pictures) {
    if area.width < LEAST.0 || area.height < LEAST.1 {
        too_small(buffer, area, theme);
        return;
    }
    let air = u16::from(area.height >= 30);
    let row = |y: u16| Rect {
        y: area.y + y,
        height: 1,
        ..area
    };
    header::header(buffer, row(0), app, theme);
    footer::footer(buffer, row(area.height - 1), app, theme);
    let body = Rect {
        x: area.x + 1,
        y: area.y + 1 + air,
        width: area.width - 2,
        height: area.height - 2 - 2 * air,
    };
    let covered = app.overlay.is_some() || app.data.adding.is_some() || app.depth.field.is_some();
    match app.screen {
        Screen::Data if covered => {
            data::render(buffer, body, app, theme, &Pictures::half_blocks());
        }
        Screen::Data => data::render(buffer, body, app, theme, pictures),
        Screen::Depth => depth::render(buffer, body, app, theme),
        Screen::Train => train::render(buffer, body, app, theme),
        Screen::Runs => runs::render(buffer, body, app, theme),
    }
    let middle = Rect {
        y: area.y + 1,
        height: area.height - 2,
        ..area
    };
    if covered {
        for position in middle.positions() {
            let cell = &mut buffer[position];
            cell.set_style(ratatui::style::Style::reset());
            cell.set_style(theme.faint());
        }
    }
    match &app.overlay {
        Some(Overlay::Help) => help::help(buffer, middle, app, theme),
        Some(Overlay::Confirm(confirm)) => dialogs::confirm(buffer, middle, confirm, theme),
        Some(Overlay::Export(dialog)) => dialogs::export(buffer, middle, dialog, theme),
        None => fields(buffer, middle, app, theme),
    }
}

/// The text fields that lie on top of a screen.
fn fields(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    match app.screen {
        Screen::Data => {
            if let Some(adding) = &app.data.adding {
                data::adding(buffer, area, app, adding, theme);
            }
        }
        Screen::Depth => {
            if let Some(field) = &app.depth.field {
                let sentence = format!("Its name: {}.", crate::network::architecture_names());
                dialogs::field(
                    buffer,
                    area,
                    "Another architecture",
                    &sentence,
                    field,
                    theme,
                );
            }
        }
        Screen::Train | Screen::Runs => {}
    }
}

/// The sentence for a terminal that is too small, as much of it as fits.
fn too_small(buffer: &mut Buffer, area: Rect, theme: Theme) {
    if area.is_empty() {
        return;
    }
    let sentence = format!(
        "ebcle-tui needs {} x {} characters, this terminal has {} x {}.",
        LEAST.0, LEAST.1, area.width, area.height
    );
    let rows = dialogs::wrapped_rows(&sentence, area.width) as u16;
    let place = Rect {
        y: area.y + area.height.saturating_sub(rows) / 2,
        height: rows.min(area.height),
        ..area
    };
    dialogs::paragraph(buffer, place, &sentence, theme.strong());
}

/// The first line of a screen: its question, and the first of `right` that fits; gives the rows below.
fn title(buffer: &mut Buffer, area: Rect, app: &App, right: &[Line<'_>], theme: Theme) -> Rect {
    let question = Span::styled(
        app.screen.question(),
        theme
            .strong()
            .add_modifier(ratatui::style::Modifier::ITALIC),
    );
    let used = question.width() as u16 + 2;
    buffer.set_line(area.x, area.y, &Line::from(question), area.width);
    let room = area.width.saturating_sub(used);
    let fitting = right.iter().find(|line| line.width() <= room as usize);
    if let Some(line) = fitting.or(right.last()) {
        let width = (line.width() as u16).min(room);
        buffer.set_line(area.right() - width, area.y, line, width);
    }
    let air = u16::from(area.height >= 28);
    Rect {
        y: area.y + 1 + air,
        height: area.height - 1 - air,
        ..area
    }
}

/// Takes `rows` rows off the top of `area`.
fn take(area: &mut Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    let top = Rect {
        height: rows,
        ..*area
    };
    area.y += rows;
    area.height -= rows;
    top
}

/// Splits `area` into a left part of `width` columns and the rest, some blanks between them.
fn beside(area: Rect, width: u16) -> (Rect, Rect) {
    let width = width.min(area.width);
    let gap = if area.width < 100 { 2 } else { 3 };
    let skip = (width + gap).min(area.width);
    (
        Rect { width, ..area },
        Rect {
            x: area.x + skip,
            width: area.width - skip,
            ..area
        },
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::format_push_string)]
mod tests;
