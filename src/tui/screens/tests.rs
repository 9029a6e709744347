//! Every screen as a picture, at several sizes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::draw;
use crate::run::Update;
use crate::training::Role;
use crate::tui::app::{App, Message};
use crate::tui::fixtures::{self, press};
use crate::tui::pictures::Pictures;
use crate::tui::theme::{Colours, Glyphs, Theme};
use data::{adding, fetching, many_classes, own_reading};
use depth::{measured, planned};
use runs::{compared, live_runs, many_runs};
use studies::{studies, study_priced, studying};
use train::{diverged, following, one_diverged, training};
use whole::logged;

const SMALL: (u16, u16) = (80, 24);
const MIDDLE: (u16, u16) = (120, 36);
const LARGE: (u16, u16) = (200, 60);
const WIDEST: (u16, u16) = (300, 80);

macro_rules! pictures {
    ($($name:ident: $app:expr;)*) => {
        $(
            #[test]
            fn $name() {
                insta::assert_snapshot!(picture(&$app));
            }
        )*
    };
}

mod data;
mod depth;
mod hints;
mod overlays;
mod runs;
mod studies;
mod train;
mod whole;

/// An app whose data are loaded, after these keys.
fn ready(size: (u16, u16), keys: &str) -> App {
    let mut app = fixtures::ready(size.0, size.1);
    press(&mut app, keys);
    app
}

fn buffer(app: &App, theme: Theme) -> Buffer {
    let area = Rect::new(0, 0, app.size.0, app.size.1);
    let mut buffer = Buffer::empty(area);
    draw(&mut buffer, area, app, theme, &Pictures::half_blocks());
    theme.finish(&mut buffer);
    buffer
}

pub(super) fn picture(app: &App) -> String {
    picture_in(app, Glyphs::Unicode)
}

fn picture_in(app: &App, glyphs: Glyphs) -> String {
    let buffer = buffer(app, Theme::new(Colours::None).with_glyphs(glyphs));
    buffer
        .area
        .rows()
        .map(|row| {
            let line: String = row
                .columns()
                .map(|cell| buffer[(cell.x, cell.y)].symbol().to_owned())
                .collect();
            line.trim_end().to_owned()
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn the_keys_of_the_small_view_pause_stop_and_quit() {
    use crate::training::Control;
    use crate::tui::app::Effect;
    let mut app = training((20, 4), 1, 6);
    press(&mut app, "1");
    assert_eq!(press(&mut app, " "), [Effect::Control(Control::Pause)]);
    assert_eq!(press(&mut app, "s"), []);
    assert_eq!(press(&mut app, "y"), [Effect::Control(Control::Stop)]);
    app.update(Message::Update(Update::Stopped));
    assert_eq!(press(&mut app, "q"), [Effect::Quit]);
    let mut app = ready((20, 4), "");
    assert!(matches!(press(&mut app, "s")[..], [Effect::StartRun(_)]));
}

/// What is typed into a field that the small view does not show is not lost, and nothing is typed unseen.
#[test]
fn a_field_keeps_its_text_while_the_terminal_is_small() {
    let mut app = ready(SMALL, "a~/flow");
    app.update(Message::Resize(30, 8));
    press(&mut app, "xyz");
    app.update(Message::Resize(80, 24));
    press(&mut app, "ers");
    assert!(picture(&app).contains("~/flowers"));
}

#[test]
fn in_ascii_every_screen_is_ascii() {
    for app in apps() {
        let picture = picture_in(&app, Glyphs::Ascii);
        let other = picture.chars().find(|symbol| !symbol.is_ascii());
        assert_eq!(other, None, "{picture}");
    }
}

#[test]
fn on_the_console_every_screen_has_what_its_font_has() {
    for app in apps() {
        let picture = picture_in(&app, Glyphs::Console);
        let other = picture.chars().find(|symbol| !Glyphs::Console.has(*symbol));
        assert!(matches!(other, None | Some('\n')), "{other:?} in {picture}");
    }
}

#[test]
fn screens_in_ascii() {
    let shown = |app: &App| picture_in(app, Glyphs::Ascii);
    insta::assert_snapshot!("ascii_data_80x24", shown(&ready(SMALL, "")));
    insta::assert_snapshot!("ascii_train_120x36", shown(&training(MIDDLE, 3, 9)));
}

/// No view has a colour of its own: on the backgrounds of its theme, every cell can be read.
#[test]
fn every_cell_of_every_screen_can_be_read_in_dark_and_light() {
    use ratatui::style::Color;
    for theme in [Theme::new(Colours::True), Theme::light(Colours::True)] {
        let mut allowed = theme.colours_used();
        // The edges of bands are no text.
        let bands = [None, Some(Role::Baseline), Some(Role::Capped)];
        allowed.extend(bands.into_iter().filter_map(|of| theme.band(of).bg));
        allowed.extend((0..8).filter_map(|run| theme.run(run).fg));
        let sizes = [SMALL, MIDDLE, LARGE];
        let at_all_sizes = apps().into_iter().flat_map(|app| {
            sizes.map(|size| {
                let mut app = app.clone();
                app.size = size;
                app
            })
        });
        for app in at_all_sizes {
            let drawn = buffer(&app, theme);
            // Images have their own colours, on both halves of a cell.
            let is_image = |cell: &ratatui::buffer::Cell| cell.bg != Color::Reset;
            for cell in drawn.content().iter().filter(|cell| !is_image(cell)) {
                assert!(
                    cell.fg == Color::Reset || allowed.contains(&cell.fg),
                    "{:?} of {:?}",
                    cell.fg,
                    cell.symbol()
                );
            }
        }
    }
}

#[test]
fn a_diverged_training_is_red() {
    let theme = Theme::new(Colours::True);
    let mut app = diverged(SMALL, &[1, 3, 4, 5]);
    app.update(Message::Tick(app.now));
    let buffer = buffer(&app, theme);
    let red = |symbol: &str| {
        buffer
            .content()
            .iter()
            .any(|cell| cell.symbol() == symbol && cell.fg == theme.error().fg.unwrap())
    };
    assert!(red("✗") && !buffer.content().iter().any(|cell| cell.symbol() == "✓"));
}

/// The capped network's curve, its value and its row are red where it diverged, with the reason.
#[test]
fn a_network_that_diverged_is_red_while_the_other_trains_on() {
    let theme = Theme::new(Colours::True);
    let red = |app: &App| {
        let buffer = buffer(app, theme);
        let cells = buffer
            .content()
            .iter()
            .filter(|cell| cell.fg == theme.error().fg.unwrap());
        let bold = cells.filter(|cell| cell.modifier.contains(theme.error().add_modifier));
        bold.map(|cell| cell.symbol().to_owned())
            .collect::<String>()
    };
    assert!(!red(&training(MIDDLE, 2, 6)).contains('✗'));
    let text = red(&one_diverged(MIDDLE));
    assert!(
        text.contains("diverged in epoch 7: stages.0.1.conv.weight is not finite"),
        "{text}"
    );
    assert!(
        text.chars().filter(|letter| *letter == '✗').count() >= 4,
        "{text}"
    );
}

/// Bands are behind curves in colours, and dots without them.
#[test]
fn bands_are_filled() {
    let app = training(MIDDLE, 4, 12);
    let theme = Theme::new(Colours::True);
    let buffer = buffer(&app, theme);
    for of in [None, Some(Role::Baseline), Some(Role::Capped)] {
        let shade = theme.band(of).bg.unwrap();
        let cells = buffer.content().iter();
        let filled = cells
            .filter(|cell| cell.bg == shade || cell.fg == shade)
            .count();
        assert!(filled > 20, "{of:?}: {filled}");
    }
}

/// An app in every state that is drawn in a way of its own.
fn apps() -> Vec<App> {
    let mut apps = vec![
        ready(SMALL, ""),
        ready(SMALL, "2"),
        ready(SMALL, "2t"),
        planned(SMALL, "efficientnet-b2", "2"),
        planned(SMALL, "resnet-110", "2"),
        measured(SMALL),
        ready(SMALL, "3"),
        ready(SMALL, "4"),
        ready(SMALL, "4e"),
        many_runs(SMALL, 40, "/not (acc>x"),
        many_runs(SMALL, 40, "*"),
        many_runs(SMALL, 5, "n"),
        compared(SMALL, 5, ""),
        compared(SMALL, 2, "z"),
        ready(SMALL, "a"),
        fetching(SMALL),
        many_classes(SMALL),
        own_reading(SMALL),
        ready(SMALL, "rrr"),
        ready(SMALL, "jjjj"),
        ready(SMALL, "?"),
        training(SMALL, 1, 0),
        training(SMALL, 2, 6),
        one_diverged(SMALL),
        {
            let mut app = training(SMALL, 4, 6);
            press(&mut app, "B[b");
            app
        },
        {
            let mut app = training(SMALL, 4, 6);
            press(&mut app, "XXGg++[");
            app
        },
        following(SMALL, fixtures::silent()),
        live_runs(SMALL),
        diverged(SMALL, &[]),
        diverged(SMALL, &[1]),
        studies(SMALL, ""),
        studies(SMALL, "j\tl"),
        studies(SMALL, "jj\tjl"),
        studies(SMALL, "jjj"),
        studies(SMALL, "jjjj"),
        studies(SMALL, "jjjjjj"),
        studies(SMALL, "nlj\n"),
        study_priced(SMALL),
        studying(SMALL),
        adding(SMALL),
        logged(SMALL, "L"),
        logged(SMALL, "L/no"),
    ];
    apps.extend(overlays::overlays().into_iter().map(|(_, app)| app));
    apps
}

#[test]
fn no_size_makes_it_panic() {
    let mut apps = apps();
    apps.push(fixtures::fresh(1, 1));
    for app in &mut apps {
        for (columns, rows) in (0..30).map(|size| (size, size)).chain([
            (1, 200),
            (400, 1),
            (80, 24),
            (81, 25),
            (99, 31),
            (300, 24),
            (80, 100),
            (400, 120),
        ]) {
            app.size = (columns, rows);
            buffer(app, Theme::new(Colours::True));
        }
    }
}
