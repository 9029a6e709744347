//! The log: all messages of the session, to read, search and copy.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::format::number_of;
use crate::tui::app::log::Entry;
use crate::tui::app::text::Field;
use crate::tui::app::{App, Overlay, Tone};
use crate::tui::format;
use crate::tui::keys::{Binding, DOWN, ENTER, ESC, FIRST, Key, Keys, LAST, UP, bind};
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::{indent, take};
use crate::tui::widgets::dialogs::{fitted, paragraph, popup, text_field, wrapped_rows};

/// Messages that a page key passes over.
const PAGE: isize = 10;

/// The log with what is searched for in it.
#[derive(Clone, Debug, Default)]
pub struct LogPanel {
    pub query: Field,
    /// Whether the field takes the keys.
    pub is_searching: bool,
    /// Number of the marked message; the newest without one.
    marked: Option<u64>,
}

#[rustfmt::skip]
const CLOSE: Binding =
    bind(&[Key::Esc, Key::Char('L'), Key::Char('q')], "Esc L", "Esc close", "close the log", |app| app.overlay = None);

#[rustfmt::skip]
pub static KEYS: Keys = Keys {
    title: "In the log",
    bindings: &[
        bind(UP, "↑ k", "↑↓ message", "message above", |app| step(app, -1)),
        bind(DOWN, "↓ j", "", "message below", |app| step(app, 1)),
        bind(&[Key::PageUp], "PgUp", "", "ten messages up", |app| step(app, -PAGE)),
        bind(&[Key::PageDown], "PgDn", "", "ten messages down", |app| step(app, PAGE)),
        bind(FIRST, "Home", "", "oldest message", |app| step(app, -isize::MAX)),
        bind(LAST, "End", "", "newest message", |app| step(app, isize::MAX)),
        bind(&[Key::Char('/')], "/", "/ search", "search the messages", |app| search(app, true)),
        bind(&[Key::Char('y')], "y", "y copy all", "copy all that are shown", copy_all),
        bind(&[Key::Char('Y'), Key::Enter], "Y Enter", "Enter copy one", "copy the marked message", copy_marked),
        CLOSE,
    ],
};

/// Where there is no message yet.
#[rustfmt::skip]
pub static EMPTY: Keys = Keys {
    title: "In the log",
    bindings: &[CLOSE],
};

#[rustfmt::skip]
pub static FIELD: Keys = Keys {
    title: "In the log's search",
    bindings: &[
        bind(ENTER, "Enter", "Enter accept", "accept the text", |app| search(app, false)),
        bind(ESC, "Esc", "Esc show all", "show all messages", |app| {
            search(app, false);
            if let Some(panel) = panel(app) {
                panel.query = Field::default();
            }
        }),
    ],
};

impl App {
    pub(in crate::tui) fn open_log(&mut self) {
        self.overlay = Some(Overlay::Log(LogPanel::default()));
    }
}

fn panel(app: &mut App) -> Option<&mut LogPanel> {
    match &mut app.overlay {
        Some(Overlay::Log(panel)) => Some(panel),
        _ => None,
    }
}

fn search(app: &mut App, searches: bool) {
    if let Some(panel) = panel(app) {
        panel.is_searching = searches;
    }
}

/// The messages that hold what is searched for, whatever the case; the newest last.
fn found<'a>(app: &'a App, query: &str) -> Vec<&'a Entry> {
    let query = query.to_lowercase();
    let entries = app.log.entries().iter();
    let fits = |entry: &&Entry| query.is_empty() || entry.sentence.to_lowercase().contains(&query);
    entries.filter(fits).collect()
}

/// The open log, and the messages that it shows.
fn opened(app: &App) -> Option<(&LogPanel, Vec<&Entry>)> {
    match &app.overlay {
        Some(Overlay::Log(panel)) => Some((panel, found(app, panel.query.text()))),
        _ => None,
    }
}

/// Which of the messages is marked; the next one where that is not among them.
fn marked(panel: &LogPanel, found: &[&Entry]) -> usize {
    let last = found.len().saturating_sub(1);
    let at = panel
        .marked
        .map(|number| found.partition_point(|entry| entry.number < number));
    at.map_or(last, |at| at.min(last))
}

fn mark(app: &mut App, number: Option<u64>) {
    if let Some(panel) = panel(app) {
        panel.marked = number;
    }
}

fn step(app: &mut App, step: isize) {
    let Some((panel, found)) = opened(app) else {
        return;
    };
    let last = found.len().saturating_sub(1);
    let at = marked(panel, &found).saturating_add_signed(step).min(last);
    // The newest stays marked when another one comes.
    let number = found
        .get(at)
        .filter(|_| at < last)
        .map(|entry| entry.number);
    mark(app, number);
}

fn copy_all(app: &mut App) {
    let Some((_, found)) = opened(app) else {
        return;
    };
    let lines: Vec<String> = found.iter().map(|entry| entry.line(&app.zone)).collect();
    let what = number_of(lines.len(), "message", "messages");
    copy(app, lines.join("\n"), &what);
}

fn copy_marked(app: &mut App) {
    let Some((panel, found)) = opened(app) else {
        return;
    };
    let line = found
        .get(marked(panel, &found))
        .map(|entry| entry.line(&app.zone));
    copy(app, line.unwrap_or_default(), "the marked message");
}

fn copy(app: &mut App, text: String, what: &str) {
    if text.is_empty() {
        return app.show_toast(Tone::Bad, "there is no message to copy");
    }
    app.copy_text(text, what);
}

/// The messages in sentences, the newest last.
pub fn sentences(app: &App) -> Vec<String> {
    let Some((_, found)) = opened(app) else {
        return Vec::new();
    };
    if found.is_empty() {
        return vec!["No message yet.".to_owned()];
    }
    let line = |entry: &&Entry| format!("{} {}", entry.when(app.now, &app.zone), entry.in_words());
    found.iter().map(line).collect()
}

/// Draws them with their times, as many as fit around the marked one.
pub fn draw(buffer: &mut Buffer, area: Rect, app: &App, panel: &LogPanel, theme: Theme) {
    let query = panel.query.text();
    let found = found(app, query);
    let marked = marked(panel, &found);
    let width = 120.min(area.width.saturating_sub(2));
    let whens: Vec<String> = found
        .iter()
        .map(|entry| entry.when(app.now, &app.zone))
        .collect();
    let when = whens.iter().map(|when| when.width()).max().unwrap_or(0) as u16;
    // The mark, the time, the sign of the tone, each with its blank.
    let columns = 2 + when + 2 + 2;
    let text_width = width.saturating_sub(4 + columns);
    let most = area.height.saturating_sub(6).max(1) as usize;
    let texts: Vec<String> = found
        .iter()
        .map(|entry| fitted(&entry.text(), text_width, most))
        .collect();
    let rows: Vec<u16> = texts
        .iter()
        .map(|text| wrapped_rows(text, text_width) as u16)
        .collect();
    let all = rows
        .iter()
        .fold(0_u16, |all, rows| all.saturating_add(*rows));
    let height = all.max(4).saturating_add(4).min(area.height);
    let title = "Messages of this session";
    let mut inner = popup(buffer, area, width, height, title, theme);
    let head = take(&mut inner, 1);
    if panel.is_searching || !query.is_empty() {
        buffer.set_string(head.x, head.y, "search", theme.dim());
        text_field(
            buffer,
            indent(head, 8),
            &panel.query.input,
            panel.is_searching,
            theme,
        );
    } else {
        let count = match found.len() {
            0 => "none yet".to_owned(),
            count => format!("{}, the newest last", format::count(count as u64)),
        };
        buffer.set_stringn(head.x, head.y, count, head.width as usize, theme.dim());
    }
    take(&mut inner, 1);
    if found.is_empty() && !query.is_empty() {
        buffer.set_stringn(
            inner.x,
            inner.y,
            "no message fits",
            inner.width as usize,
            theme.warning(),
        );
        return;
    }
    let mut rest = inner;
    for at in first_shown(&rows, marked, inner.height)..found.len() {
        let place = take(&mut rest, rows[at]);
        if place.height < rows[at] {
            break;
        }
        let (sign, style) = match found[at].tone {
            Tone::Good => ("✓", theme.good()),
            Tone::Bad => ("!", theme.error()),
        };
        let line = Line::from(vec![
            theme.mark(at == marked),
            Span::styled(
                format!("{:>width$}  ", whens[at], width = when as usize),
                theme.dim(),
            ),
            Span::styled(sign, style),
        ]);
        buffer.set_line(place.x, place.y, &line, place.width);
        paragraph(
            buffer,
            indent(place, columns),
            &texts[at],
            theme.line(at == marked),
        );
        app.hits.add_line(place, click, at, at == marked);
    }
}

/// The first message that is shown: the last ones are, unless the marked one is above them.
fn first_shown(rows: &[u16], marked: usize, height: u16) -> usize {
    let mut left = height;
    let fits = |rows: &&u16| {
        let fits = **rows <= left;
        left = left.saturating_sub(**rows);
        fits
    };
    let shown = rows.iter().rev().take_while(fits).count();
    (rows.len() - shown).min(marked)
}

fn click(app: &mut App, index: usize) {
    let number = opened(app).and_then(|(_, found)| Some(found.get(index)?.number));
    mark(app, number);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::app::{Effect, Message};
    use crate::tui::fixtures::{self, key, press};

    /// An app that said three things, with the log open.
    fn logged() -> App {
        let mut app = fixtures::ready(120, 36);
        for sentence in [
            "the disk is full",
            "the device is gone",
            "the disk is empty",
        ] {
            app.update(Message::Failed(sentence.to_owned()));
        }
        press(&mut app, "4L");
        app
    }

    fn copied(effects: &[Effect]) -> &str {
        match effects {
            [Effect::Copy(text)] => text,
            other => panic!("nothing is copied: {other:?}"),
        }
    }

    #[test]
    fn all_messages_are_copied_or_the_marked_one() {
        let mut app = logged();
        let effects = press(&mut app, "y");
        assert_eq!(copied(&effects).lines().count(), 3);
        assert!(copied(&effects).ends_with("14:02:07 error: the disk is empty"));
        assert_eq!(
            app.log.entries().len(),
            3,
            "what is copied is no message of its own"
        );
        key(&mut app, Key::Up);
        let effects = key(&mut app, Key::Enter);
        assert!(copied(&effects).ends_with("the device is gone"));
        key(&mut app, Key::Home);
        let effects = press(&mut app, "Y");
        assert!(copied(&effects).ends_with("the disk is full"));
    }

    #[test]
    fn messages_are_searched() {
        let mut app = logged();
        press(&mut app, "/DISK");
        key(&mut app, Key::Enter);
        let effects = press(&mut app, "y");
        assert_eq!(copied(&effects).lines().count(), 2);
        press(&mut app, "/");
        key(&mut app, Key::Esc);
        let effects = press(&mut app, "y");
        assert_eq!(copied(&effects).lines().count(), 3);
        press(&mut app, "L");
        assert!(app.overlay.is_none());
        assert_eq!(app.screen.name(), "Runs");
    }

    #[test]
    fn a_message_that_comes_meanwhile_does_not_move_the_mark() {
        let mut app = logged();
        key(&mut app, Key::Up);
        app.update(Message::Failed("one more".to_owned()));
        let effects = key(&mut app, Key::Enter);
        assert!(copied(&effects).ends_with("the device is gone"));
        key(&mut app, Key::End);
        app.update(Message::Failed("the newest".to_owned()));
        let effects = key(&mut app, Key::Enter);
        assert!(copied(&effects).ends_with("the newest"));
    }

    #[test]
    fn the_marked_message_is_shown_and_the_last_ones_with_it() {
        assert_eq!(first_shown(&[1, 1, 1, 1], 3, 2), 2);
        assert_eq!(first_shown(&[1, 1, 1, 1], 1, 2), 1);
        assert_eq!(first_shown(&[1, 3, 1], 2, 3), 2);
        assert_eq!(first_shown(&[1, 3, 1], 2, 10), 0);
        assert_eq!(first_shown(&[], 0, 2), 0);
    }

    #[test]
    fn without_messages_there_is_nothing_to_copy() {
        let mut app = fixtures::ready(80, 24);
        press(&mut app, "L");
        assert!(press(&mut app, "yYjk").is_empty());
        assert_eq!(sentences(&app), ["No message yet."]);
    }
}
