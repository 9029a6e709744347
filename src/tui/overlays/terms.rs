//! What the words on the present screen mean.

use std::sync::LazyLock;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use crate::tui::app::App;
use crate::tui::keys::{Key, Keys, bind};
use crate::tui::screens::depth::width_in_words;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::take;
use crate::tui::widgets::dialogs::{labelled, popup, wrapped_rows};

/// Word and meaning, from the glossary in `ARCHITECTURE.md`.
static GLOSSARY: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    let text = include_str!("../../../ARCHITECTURE.md");
    let table = text
        .split_once("## Glossary")
        .map_or("", |(_, table)| table);
    let cells = table.lines().filter_map(|line| {
        let mut cells = line.split('|').map(str::trim).skip(1);
        Some((cells.next()?, cells.next()?))
    });
    cells.collect()
});

#[rustfmt::skip]
pub static KEYS: Keys = Keys {
    title: "In the explanation",
    bindings: &[
        bind(&[Key::Esc, Key::Enter, Key::Char('i'), Key::Char('q')], "Esc i", "Esc close", "close the explanation", |app| app.overlay = None),
    ],
};

/// What a word means; nothing for one that the glossary lacks.
fn meaning(word: &str) -> Option<&'static str> {
    let found = GLOSSARY.iter().find(|(known, _)| *known == word);
    found.map(|&(_, meaning)| meaning)
}

/// The words of the present screen with their meanings, the chosen reading and width policy first.
pub fn explained(app: &App) -> Vec<(String, String)> {
    let reading = &app.settings.reading;
    let mut lines = Vec::new();
    for &word in app.screen.words() {
        match word {
            "this reading" => lines.push((
                reading.name().to_owned(),
                format!(
                    "{}, in {}: {}",
                    reading.formula(),
                    reading.unit(),
                    reading.origin()
                ),
            )),
            "this width" => lines.push((
                app.settings.width.name().to_owned(),
                width_in_words(&app.settings).to_owned(),
            )),
            word => {
                // The marks of code belong to the document.
                let meaning = meaning(word).map(|meaning| meaning.replace('`', ""));
                lines.extend(meaning.map(|meaning| (word.to_owned(), meaning)));
            }
        }
    }
    lines
}

/// Draws them, as many as fit.
pub fn draw(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let lines = explained(app);
    let width = 90.min(area.width.saturating_sub(2));
    let label = lines.iter().map(|(word, _)| word.chars().count()).max();
    let label = label.unwrap_or(0) as u16 + 2;
    let text_width = width.saturating_sub(4 + label);
    let rows = |text: &str| wrapped_rows(text, text_width) as u16;
    let all: u16 = lines.iter().map(|(_, text)| rows(text)).sum();
    let title = format!("Words on {}", app.screen.name());
    let mut rest = popup(buffer, area, width, all + 4, &title, theme);
    app.hits.add_action(area, |app| app.overlay = None);
    take(&mut rest, 1);
    for (word, text) in &lines {
        let place = take(&mut rest, rows(text));
        if place.height < rows(text) {
            break;
        }
        let word = Span::styled(word.as_str(), theme.strong());
        labelled(buffer, place, &word, label, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixtures::{self, press};
    use crate::tui::screens::SCREENS;

    #[test]
    fn every_word_of_every_screen_is_in_the_glossary() {
        for screen in SCREENS {
            assert!(screen.words().len() > 3, "{}", screen.name());
            for &word in screen.words() {
                let is_of_the_settings = word.starts_with("this ");
                assert!(is_of_the_settings || meaning(word).is_some(), "{word}");
            }
        }
    }

    #[test]
    fn the_reading_that_is_chosen_is_explained() {
        let mut app = fixtures::ready(120, 36);
        press(&mut app, "i");
        let lines = explained(&app);
        assert_eq!(lines[0].0, "channel-sum");
        assert!(lines[0].1.starts_with("ceil(mean S), in convolutions"));
        press(&mut app, "i");
        assert!(app.overlay.is_none());
    }
}
