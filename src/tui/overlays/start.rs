//! The start: what the program is, what it found, and what to begin with.

use std::path::Path;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::dataset::State;
use crate::run::{Layer, RunListing, RunStatus, Settings};
use crate::tui::app::{App, Overlay, around};
use crate::tui::format;
use crate::tui::keys::{DOWN, ENTER, ESC, Key, Keys, UP, bind};
use crate::tui::screens::data::DataScreen;
use crate::tui::screens::runs::RunsScreen;
use crate::tui::screens::train::{Form, TrainScreen};
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::take;
use crate::tui::widgets::dialogs::{labelled, paragraph, popup, wrapped_rows};

const WHAT: &str = "A heuristic says that image entropy limits how deep a convolutional network \
    needs to be. Measure it on your images and test it.";
const STEPS: &str = "1 choose data → 2 see the cut → 3 train both → 4 compare the results";
const STUDIES: &str = "5 find by training how deep the network needs to be";

/// The start, with the offer that is marked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StartMenu {
    marked: usize,
}

/// What to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Offer {
    /// Resume the newest unfinished run.
    Resume,
    /// Train the quick preset on the embedded dataset.
    Glyphs,
    /// Add images of the user's own.
    Own,
    /// Go to the screen below.
    Screens,
}

#[rustfmt::skip]
pub static KEYS: Keys = Keys {
    title: "At the start",
    bindings: &[
        bind(UP, "↑ k", "↑↓ choose", "line above", |app| step(app, -1)),
        bind(DOWN, "↓ j", "", "line below", |app| step(app, 1)),
        bind(ENTER, "Enter", "Enter begin", "begin with it", |app| if let Some(offer) = marked(app) { begin(app, offer); }),
        bind(&[Key::Char('c')], "c", "", "continue the last run", |app| begin(app, Offer::Resume)),
        bind(&[Key::Char('g')], "g", "", "see it work on glyphs", |app| begin(app, Offer::Glyphs)),
        bind(&[Key::Char('o')], "o", "", "open images of your own", |app| begin(app, Offer::Own)),
        bind(ESC, "Esc", "Esc close", "to the screens", |app| app.overlay = None),
    ],
};

fn offers(app: &App) -> Vec<Offer> {
    let last = unfinished(app).map(|_| Offer::Resume);
    last.into_iter()
        .chain([Offer::Screens, Offer::Glyphs, Offer::Own])
        .collect()
}

/// The newest run, where it is unfinished.
fn unfinished(app: &App) -> Option<&RunListing> {
    let newest = app.runs.listings.first()?;
    (newest.status == RunStatus::Unfinished).then_some(newest)
}

fn marked(app: &App) -> Option<Offer> {
    let Some(Overlay::Start(menu)) = &app.overlay else {
        return None;
    };
    offers(app).get(menu.marked).copied()
}

fn step(app: &mut App, step: isize) {
    let count = offers(app).len();
    if let Some(Overlay::Start(menu)) = &mut app.overlay {
        menu.marked = around(menu.marked, step, count);
    }
}

fn begin(app: &mut App, offer: Offer) {
    app.overlay = None;
    match offer {
        Offer::Resume => {
            if let Some(path) = unfinished(app).map(|run| run.path.clone()) {
                app.runs.set_filter("");
                app.runs.mark(Some(&path));
                app.show(&RunsScreen);
                app.load_marked_run();
            }
        }
        Offer::Glyphs => {
            // The compiled-in preset is valid, as a test says.
            let Ok(quick) = Settings::resolve(&[Layer::quick()]) else {
                return;
            };
            let mine = &app.settings;
            app.settings = Settings {
                reading: mine.reading.clone(),
                readings: mine.readings.clone(),
                device: mine.device.clone(),
                data_dir: mine.data_dir.clone(),
                data_dirs: mine.data_dirs.clone(),
                out: mine.out.clone(),
                host: mine.host.clone(),
                ..quick
            };
            app.depth.add(app.settings.architecture);
            app.form = Form::new();
            app.show(&TrainScreen);
            app.reload();
        }
        Offer::Own => {
            app.show(&DataScreen);
            app.open_adding();
        }
        Offer::Screens => {}
    }
}

impl Offer {
    const fn key(self) -> &'static str {
        match self {
            Self::Resume => "c",
            Self::Glyphs => "g",
            Self::Own => "o",
            Self::Screens => "Esc",
        }
    }

    fn sentence(self, app: &App) -> String {
        match self {
            Self::Resume => unfinished(app).map_or_else(String::new, |run| {
                let ago = format::about((app.now - run.created).as_secs_f64().max(0.0));
                format!(
                    "continue the last run: {} on {}, started {ago} ago",
                    run.architecture, run.dataset
                )
            }),
            Self::Glyphs => "see it work: a short training on the embedded glyphs".to_owned(),
            Self::Own => "open images of your own".to_owned(),
            Self::Screens => format!("{}: {}", app.screen.name(), app.screen.summary()),
        }
    }
}

/// What was found, each with its name.
fn found(app: &App) -> [(&'static str, String); 3] {
    let here: Vec<String> = app
        .data
        .entries
        .iter()
        .filter(|listed| !matches!(listed.entry.state, State::Missing(_)))
        .map(|listed| listed.entry.source.to_string())
        .collect();
    let data = match here.len() {
        0 => "looking for datasets …".to_owned(),
        1..=4 => here.join(", "),
        count => format!("{} and {} more", here[..4].join(", "), count - 4),
    };
    let devices: Vec<String> = app
        .devices
        .iter()
        .map(|device| match &device.reason {
            Some(reason) if !device.usable => format!("{}: {reason}", device.name),
            _ => format!("{}: {}", device.name, device.description),
        })
        .collect();
    let devices = match devices.as_slice() {
        [] => "looking for devices …".to_owned(),
        devices => devices.join(" · "),
    };
    let out = Path::new(".").join(&app.settings.out);
    let runs = match (app.runs.listed, app.runs.listings.len()) {
        (false, _) => "looking for runs …".to_owned(),
        (true, 0) => format!("none yet in {}", out.display()),
        (true, count) => format!("{count} in {}", out.display()),
    };
    [("data", data), ("devices", devices), ("runs", runs)]
}

/// Draws it.
pub fn draw(buffer: &mut Buffer, area: Rect, app: &App, menu: &StartMenu, theme: Theme) {
    const LABEL: u16 = 9;
    let width = 78.min(area.width.saturating_sub(2));
    let text_width = width.saturating_sub(4);
    let offers = offers(app);
    let found = found(app);
    let rows_of = |text: &str| (wrapped_rows(text, text_width.saturating_sub(LABEL)) as u16).min(2);
    let found_rows: u16 = found.iter().map(|(_, text)| rows_of(text)).sum();
    let what_rows = wrapped_rows(WHAT, text_width) as u16;
    let rows = what_rows + 2 + found_rows + offers.len() as u16 + 5;
    let mut rest = popup(buffer, area, width, rows, "ebcle-tui", theme);
    rest = paragraph(buffer, rest, WHAT, Style::new());
    rest = paragraph(buffer, rest, STEPS, theme.entropy());
    rest = paragraph(buffer, rest, STUDIES, theme.entropy());
    take(&mut rest, 1);
    for (label, text) in &found {
        let place = take(&mut rest, rows_of(text));
        let label = Span::styled(*label, theme.dim());
        labelled(buffer, place, &label, LABEL, text);
    }
    take(&mut rest, 1);
    for (index, offer) in offers.into_iter().enumerate() {
        let is_marked = index == menu.marked;
        let place = take(&mut rest, 1);
        let line = Line::from(vec![
            theme.mark(is_marked),
            Span::styled(format!("{:<5}", offer.key()), theme.accent()),
            Span::styled(offer.sentence(app), theme.line(is_marked)),
        ]);
        buffer.set_line(place.x, place.y, &line, place.width);
        app.hits.add(place, click, index);
    }
}

fn click(app: &mut App, index: usize) {
    if let Some(&offer) = offers(app).get(index) {
        begin(app, offer);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::tui::app::Effect;
    use crate::tui::fixtures::{self, key, press};

    fn started() -> App {
        let mut app = fixtures::ready(120, 36);
        app.open_start();
        app
    }

    #[test]
    fn a_key_that_is_not_offered_acts_on_the_screens() {
        let mut app = started();
        press(&mut app, "2");
        assert!(app.overlay.is_none());
        assert_eq!(app.screen.name(), "Depth");
    }

    #[test]
    fn glyphs_are_trained_by_the_quick_preset() {
        let mut app = started();
        app.settings.depth = Some(9);
        press(&mut app, "g");
        assert_eq!(app.screen.name(), "Train");
        assert_eq!(app.settings.dataset, "glyphs");
        assert_eq!(app.settings.recipe.epochs, 6);
        assert_eq!(app.settings.depth, None);
    }

    #[test]
    fn the_last_run_is_offered_where_it_is_unfinished() {
        let mut app = started();
        assert!(!offers(&app).contains(&Offer::Resume), "it is finished");
        app.runs.listings[0].status = RunStatus::Unfinished;
        assert_eq!(offers(&app)[0], Offer::Resume);
        let effects = key(&mut app, Key::Enter);
        assert_eq!(app.screen.name(), "Runs");
        assert_eq!(app.runs.marked, 0);
        assert!(
            effects
                .iter()
                .all(|effect| matches!(effect, Effect::LoadRun(_)))
        );
    }

    #[test]
    fn own_images_are_asked_for() {
        let mut app = started();
        key(&mut app, Key::Down);
        key(&mut app, Key::Down);
        key(&mut app, Key::Enter);
        assert!(app.data.adding.is_some());
    }
}
