//! Dialogs and wrapped text.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Padding, Paragraph, Widget, Wrap};
use tui_input::Input;
use unicode_width::UnicodeWidthStr;

use super::areas::{indent, take};
use crate::report::Format;
use crate::training::Role;
use crate::tui::app::App;
use crate::tui::app::export::ExportDialog;
use crate::tui::app::overlay::Confirm;
use crate::tui::app::text::Field;
use crate::tui::format::cut;
use crate::tui::theme::Theme;

/// Most columns beside a box in which nothing could be read.
const BESIDE: u16 = 4;

/// Dims `area` and clears a box in its middle; gives the inside of the box.
pub fn popup(
    buffer: &mut Buffer,
    area: Rect,
    width: u16,
    height: u16,
    title: &str,
    theme: Theme,
) -> Rect {
    // Images are drawn in half blocks of two colours, and so are the edges of bands: they would be left as stripes.
    let bands = [None, Some(Role::Baseline), Some(Role::Capped)].map(|role| theme.band(role).bg);
    for place in area.positions() {
        let cell = &mut buffer[place];
        let two = cell.bg != Color::Reset || bands.contains(&Some(cell.fg));
        if two && matches!(cell.symbol(), "▀" | "▄") {
            cell.reset();
        }
    }
    buffer.set_style(area, Style::reset().patch(theme.faint()));
    let outer = area.centered(Constraint::Length(width), Constraint::Length(height));
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.accent().remove_modifier(Modifier::BOLD))
        .title(Span::styled(format!(" {title} "), theme.accent()))
        .padding(Padding::horizontal(1));
    let inner = block.inner(outer);
    // Letters that the box cuts off do not stand at its edges: a few columns beside it are all cleared, of many one.
    let beside = outer.x - area.x;
    let air = if beside <= BESIDE { beside } else { 1 };
    let cleared = Rect {
        x: outer.x - air,
        width: outer.width + 2 * air,
        ..outer
    };
    Clear.render(cleared.intersection(area), buffer);
    block.render(outer, buffer);
    inner
}

/// Draws wrapped text, with an ellipsis where it does not fit, and gives the rows below it.
pub fn paragraph(buffer: &mut Buffer, area: Rect, text: &str, style: Style) -> Rect {
    let mut rest = area;
    let place = take(&mut rest, wrapped_rows(text, area.width) as u16);
    let text = fitted(text, place.width, place.height.into());
    Paragraph::new(text)
        .style(style)
        .wrap(Wrap { trim: true })
        .render(place, buffer);
    rest
}

/// Draws a label in the first row of `area`, and `text` wrapped beside it from column `columns` on.
pub fn labelled(buffer: &mut Buffer, area: Rect, label: &Span<'_>, columns: u16, text: &str) {
    buffer.set_span(area.x, area.y, label, area.width);
    paragraph(buffer, indent(area, columns), text, Style::new());
}

/// Rows that `text` takes when wrapped at words to `width`.
pub fn wrapped_rows(text: &str, width: u16) -> usize {
    let width = usize::from(width.max(1));
    let (mut rows, mut used) = (1, 0);
    for word in text.split_whitespace() {
        let length = word.width();
        if used > 0 && used + 1 + length > width {
            rows += 1;
            used = 0;
        }
        used += length + usize::from(used > 0);
        rows += used.saturating_sub(1) / width;
        used -= (used.saturating_sub(1) / width) * width;
    }
    rows
}

/// `text` as far as it fits into `rows` rows; cut between words, with an ellipsis.
pub fn fitted(text: &str, width: u16, rows: usize) -> String {
    if wrapped_rows(text, width) <= rows {
        return text.to_owned();
    }
    let mut short = text;
    while let Some((before, _)) = short.rsplit_once(char::is_whitespace) {
        short = before.trim_end();
        let cut = format!("{short} …");
        if wrapped_rows(&cut, width) <= rows {
            return cut;
        }
    }
    cut(text, width as usize * rows)
}

/// Draws a text field over the first row of `area`, its cursor as a reversed cell.
pub fn text_field(buffer: &mut Buffer, area: Rect, input: &Input, editing: bool, theme: Theme) {
    if area.is_empty() {
        return;
    }
    let scroll = if editing {
        input.visual_scroll(area.width as usize - 1)
    } else {
        0
    };
    let mut rest = area;
    let row = take(&mut rest, 1);
    Clear.render(row, buffer);
    Paragraph::new(input.value())
        .style(theme.field())
        .scroll((0, scroll as u16))
        .render(row, buffer);
    if editing {
        let cursor = input.visual_cursor().saturating_sub(scroll) as u16;
        let reversed = Style::new().add_modifier(Modifier::REVERSED);
        if let Some(cell) = row.columns().nth(cursor.min(row.width - 1).into()) {
            buffer.set_style(cell, reversed);
        }
    }
}

/// Draws a question with its two answers.
pub fn confirm(buffer: &mut Buffer, area: Rect, app: &App, confirm: &Confirm, theme: Theme) {
    let sentence = confirm.question.sentence();
    let width = 58.min(area.width.saturating_sub(2));
    let rows = wrapped_rows(&sentence, width.saturating_sub(4)) as u16;
    let inner = popup(
        buffer,
        area,
        width,
        rows + 5,
        confirm.question.title(),
        theme,
    );
    let mut rest = inner;
    take(&mut rest, 1);
    let mut rest = paragraph(buffer, rest, &sentence, Style::new());
    let [no, yes] = confirm.question.answers();
    let answer = |text: &str, marked: bool| {
        if marked {
            Span::styled(
                format!(" ▸ {text} "),
                theme.accent().add_modifier(Modifier::REVERSED),
            )
        } else {
            Span::styled(format!("   {text} "), theme.dim())
        }
    };
    let line = Line::from(vec![
        answer(no, !confirm.yes),
        Span::raw("   "),
        answer(yes, confirm.yes),
    ]);
    take(&mut rest, 1);
    let place = take(&mut rest, 1);
    let middle = line.spans[0].width() as u16;
    let [left, right] = place.layout(&Layout::horizontal([
        Constraint::Length(middle),
        Constraint::Fill(1),
    ]));
    app.hits.add_action(left, |app| app.overlay = None);
    app.hits.add_action(right, App::answer_yes);
    line.render(place, buffer);
}

/// Draws a dialog with one text field, a sentence on what to type, and what is wrong with it.
pub fn field(
    buffer: &mut Buffer,
    area: Rect,
    title: &str,
    sentence: &str,
    field: &Field,
    theme: Theme,
) {
    let width = 66.min(area.width.saturating_sub(2));
    let text_width = width.saturating_sub(4);
    let below = field.error.as_deref().unwrap_or("");
    let rows = wrapped_rows(sentence, text_width) + wrapped_rows(below, text_width);
    let inner = popup(buffer, area, width, rows as u16 + 6, title, theme);
    let mut rest = inner;
    take(&mut rest, 1);
    rest = paragraph(buffer, rest, sentence, theme.dim());
    take(&mut rest, 1);
    text_field(buffer, take(&mut rest, 1), &field.input, true, theme);
    paragraph(buffer, rest, below, theme.error());
}

/// Draws the choice of export formats.
pub fn export(buffer: &mut Buffer, area: Rect, app: &App, dialog: &ExportDialog, theme: Theme) {
    let formats = Format::ALL.len() as u16;
    let title = match dialog.runs.len() {
        1 => "Export this run",
        _ => "Export these runs",
    };
    let inner = popup(buffer, area, 66, formats + 9, title, theme);
    let mut rest = inner;
    let name = cut(&dialog.name, inner.width as usize);
    Line::styled(name, theme.dim()).render(take(&mut rest, 1), buffer);
    take(&mut rest, 1);
    let style = |focused| {
        if focused {
            theme.accent()
        } else {
            Style::new()
        }
    };
    for (index, (format, ticked)) in Format::ALL.into_iter().zip(dialog.ticked).enumerate() {
        let focused = dialog.row == index;
        let line = Line::from(vec![
            theme.mark(focused),
            Span::styled(if ticked { "[x] " } else { "[ ] " }, style(focused)),
            Span::styled(format!("{:<13}", format.name()), style(focused)),
            Span::styled(format.description(), theme.dim()),
        ]);
        let place = take(&mut rest, 1);
        line.render(place, buffer);
        app.hits.add(place, App::click_export, index);
    }
    take(&mut rest, 1);
    let focused = dialog.on_folder();
    let row = take(&mut rest, 1);
    Line::from(vec![
        theme.mark(focused),
        Span::styled("into  ", style(focused)),
    ])
    .render(row, buffer);
    text_field(buffer, indent(row, 8), &dialog.folder.input, focused, theme);
    app.hits.add(row, App::click_export, Format::ALL.len());
    take(&mut rest, 1);
    let below = match (&dialog.folder.error, dialog.formats().len()) {
        (Some(sentence), _) => Line::styled(sentence.clone(), theme.error()),
        (None, 1) => Line::styled("Enter writes 1 format", theme.dim()),
        (None, count) => Line::styled(format!("Enter writes {count} formats"), theme.dim()),
    };
    below.render(take(&mut rest, 1), buffer);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_wrapped_text() {
        assert_eq!(wrapped_rows("", 10), 1);
        assert_eq!(wrapped_rows("one two", 10), 1);
        assert_eq!(wrapped_rows("one two three", 10), 2);
        assert_eq!(wrapped_rows("abcdefghijkl", 5), 3);
    }

    #[test]
    fn a_sentence_that_is_too_long_ends_with_an_ellipsis() {
        let text = "one two three four five";
        assert_eq!(fitted(text, 10, 3), text);
        assert_eq!(fitted(text, 10, 2), "one two three …");
        assert_eq!(
            fitted(&"x".repeat(30), 10, 2),
            format!("{}…", "x".repeat(19))
        );
    }
}
