//! Clicks, drags and the wheel on what is drawn.

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::tui::app::{Effect, Message};
use crate::tui::fixtures;
use crate::tui::pictures::Pictures;
use crate::tui::screens;
use crate::tui::theme::{Colours, Theme};

/// Draws the app, and gives what the cells show.
fn drawn(app: &App) -> (Vec<String>, u16) {
    let mut terminal = Terminal::new(TestBackend::new(app.size.0, app.size.1)).unwrap();
    let theme = Theme::new(Colours::None);
    let frame = terminal
        .draw(|frame| screens::render(frame, app, theme, &Pictures::half_blocks()))
        .unwrap();
    let width = frame.area.width;
    let cells = frame.buffer.content().iter();
    let symbols = cells.map(|cell| cell.symbol().to_owned()).collect();
    (symbols, width)
}

/// Clicks on the first place where the screen shows `text`.
fn click(app: &mut App, text: &str) -> Vec<Effect> {
    let (symbols, width) = drawn(app);
    let wanted: Vec<String> = text.chars().map(|letter| letter.to_string()).collect();
    let found = symbols
        .windows(wanted.len())
        .position(|shown| shown == wanted.as_slice());
    let at = found.unwrap_or_else(|| panic!("'{text}' is not shown")) as u16;
    app.update(Message::Mouse(Mouse::Click, at % width, at / width))
}

/// The plots of the charts that were drawn.
fn plots(app: &App) -> Vec<(usize, Rect)> {
    drawn(app);
    let hits = app.hits.0.borrow();
    let plot = |hit: &Hit| match hit.target {
        Target::Chart { place, plot } => Some((place, plot?)),
        _ => None,
    };
    hits.iter().filter_map(plot).collect()
}

#[test]
fn tabs_hints_and_rows_can_be_clicked() {
    let mut app = fixtures::ready(120, 36);
    click(&mut app, "Depth");
    assert_eq!(app.screen.name(), "Depth");
    click(&mut app, "w width");
    click(&mut app, "Data");
    assert_ne!(app.settings.width, fixtures::settings().width);
    click(&mut app, "help");
    assert!(app.overlay.is_some());
    click(&mut app, "next reading");
    assert!(app.overlay.is_none());
    assert_ne!(app.settings.reading, fixtures::settings().reading);
    click(&mut app, "glyphs-noise");
    assert_eq!(app.data.marked, 2);
}

#[test]
fn a_click_marks_a_line_and_another_does_what_enter_does() {
    let mut app = fixtures::ready(120, 36);
    fixtures::press(&mut app, "4");
    let names: Vec<String> = app
        .runs
        .visible()
        .map(|run| run.architecture.clone())
        .collect();
    click(&mut app, &names[1]);
    assert_eq!(
        app.runs
            .visible()
            .nth(app.runs.marked)
            .unwrap()
            .architecture,
        names[1]
    );
    assert!(!app.charts.enlarged);
    let marked = app.runs.marked;
    click(&mut app, &names[1]);
    assert!(app.charts.enlarged, "as Enter does");
    app.charts.enlarged = false;
    click(&mut app, "dataset");
    click(&mut app, "dataset");
    assert!(app.runs.sort.descending, "its head turns the order round");
    assert_eq!(app.runs.listings.len(), app.runs.visible().len());
    assert!(marked < app.runs.listings.len());

    fixtures::press(&mut app, "3");
    click(&mut app, "weight decay");
    assert!(app.form.field.is_none());
    click(&mut app, "weight decay");
    assert!(app.form.field.is_some());
    click(&mut app, "momentum");
    assert!(app.form.field.is_none());

    fixtures::press(&mut app, "2");
    click(&mut app, "iso-params");
    assert_eq!(app.settings.width.name(), "iso-params");
    assert_eq!(app.screen.name(), "Depth");
    click(&mut app, "grey-blocks");
    assert_eq!(app.settings.reading.name(), "grey-blocks");
    click(&mut app, "iso-macs");
    click(&mut app, "iso-macs");
    assert_eq!(app.screen.name(), "Train");
}

#[test]
fn a_key_between_two_clicks_makes_the_second_a_first_one() {
    let mut app = fixtures::ready(120, 36);
    fixtures::press(&mut app, "1");
    click(&mut app, "glyphs-plain");
    app.update(Message::Key(Key::Char('u')));
    click(&mut app, "glyphs-plain");
    assert_eq!(app.screen.name(), "Data");
    assert_eq!(app.data.marked, 1);
}

#[test]
fn panels_are_focused_and_the_wheel_moves_the_list_below_it() {
    let mut app = fixtures::ready(120, 36);
    fixtures::press(&mut app, "2");
    click(&mut app, "width");
    assert_eq!(app.depth.panel as usize, 1);
    let before = app.settings.reading.clone();
    drawn(&app);
    let place = {
        let hits = app.hits.0.borrow();
        let lists = hits
            .iter()
            .filter(|hit| matches!(hit.target, Target::List(_)));
        lists.map(|hit| hit.area).max_by_key(|area| area.x).unwrap()
    };
    app.update(Message::Mouse(Mouse::WheelDown, place.x + 4, place.y));
    assert_ne!(app.settings.reading, before);
    assert_eq!(app.depth.panel as usize, 1, "the focus stays");
}

#[test]
fn what_a_dialog_covers_cannot_be_clicked() {
    let mut app = fixtures::ready(120, 36);
    fixtures::press(&mut app, "a");
    click(&mut app, "glyphs-plain");
    assert!(app.data.adding.is_some());
    assert_eq!(app.data.marked, app.data.entries.len());
}

#[test]
fn formats_of_an_export_are_ticked() {
    let mut app = fixtures::ready(120, 36);
    fixtures::press(&mut app, "4e");
    click(&mut app, "[x] ");
    let Some(crate::tui::app::Overlay::Export(dialog)) = &app.overlay else {
        panic!("the dialog is closed");
    };
    assert!(!dialog.ticked[0] && dialog.ticked[1]);
}

/// The crosshair is drawn where the mouse was: view and mouse cannot disagree.
#[test]
fn a_click_into_a_chart_reads_values_in_that_column() {
    let mut app = fixtures::training();
    for zooms in [0, 1, 4] {
        for _ in 0..zooms {
            app.charts.zoom(0.5, 0.1);
        }
        let mut ruled = 0;
        for (place, plot) in plots(&app) {
            for x in plot.x..plot.right() {
                let row = plot.y + 1;
                app.update(Message::Mouse(Mouse::Click, x, row));
                app.pointer = Pointer::default();
                assert_eq!(app.charts.focus, place);
                let (symbols, width) = drawn(&app);
                let with_rule = plot.rows().flat_map(|row| {
                    let at = usize::from(row.y) * usize::from(width);
                    let cells = row
                        .columns()
                        .map(move |cell| (cell.x, at + usize::from(cell.x)));
                    cells.filter(|&(_, at)| symbols[at] == "┊")
                });
                let mut columns: Vec<u16> = with_rule.map(|(x, _)| x).collect();
                columns.dedup();
                assert_eq!(columns, vec![x; columns.len()], "{place} of {plot:?}");
                ruled += columns.len();
            }
        }
        assert!(ruled > 200, "{ruled}");
        app.charts.reset();
    }
}

#[test]
fn the_wheel_zooms_around_the_pointer_a_drag_moves_and_two_clicks_reset() {
    let mut app = fixtures::training();
    let (_, plot) = plots(&app)[1];
    let [left, middle] = [plot.x + 4, plot.x + plot.width / 2];
    let row = plot.y + 2;
    let at = |app: &App, column| app.charts.viewport.at(share(plot, column));
    let before = at(&app, left);
    for _ in 0..5 {
        app.update(Message::Mouse(Mouse::WheelUp, left, row));
    }
    assert!(app.charts.viewport.width() < 0.4);
    assert!((at(&app, left) - before).abs() < 1e-9);
    // The numbers beside the y axis, and so the plot, change with what is shown.
    let (_, plot) = plots(&app)[1];
    let at = |app: &App, column| app.charts.viewport.at(share(plot, column));
    let here = at(&app, middle);
    app.update(Message::Mouse(Mouse::Click, middle, row));
    app.update(Message::Mouse(Mouse::Drag, middle - 9, row));
    assert!(
        (at(&app, middle - 9) - here).abs() < 1e-9,
        "it went with the mouse"
    );
    app.update(Message::Mouse(Mouse::Release, middle - 9, row));
    let there = app.charts.viewport;
    app.update(Message::Mouse(Mouse::Drag, middle, row));
    assert_eq!(app.charts.viewport, there, "the button is not held");
    app.update(Message::Mouse(Mouse::Click, middle, row));
    app.update(Message::Mouse(Mouse::Click, middle, row));
    assert!(app.charts.viewport.is_whole() && app.charts.crosshair.is_none());
    let (_, plot) = plots(&app)[1];
    app.update(Message::Mouse(Mouse::Click, left, row));
    app.update(Message::Mouse(Mouse::Drag, middle, row));
    let share = share(plot, middle);
    assert!((app.charts.crosshair.unwrap() - share).abs() < 1e-9);
    let title = plot.y - 1;
    app.update(Message::Mouse(Mouse::Click, left, title));
    assert!(!app.charts.enlarged);
    app.update(Message::Mouse(Mouse::Click, left, title));
    assert!(app.charts.enlarged && app.charts.focus == 1);
    drawn(&app);
    app.update(Message::Mouse(Mouse::Click, left, 5));
    let later = app.now + SignedDuration::from_secs(2);
    app.update(Message::Tick(later));
    app.update(Message::Mouse(Mouse::Click, left, 5));
    assert!(
        app.charts.crosshair.is_some(),
        "two clicks far apart are no double click"
    );
}

#[test]
fn runs_of_a_study_are_marked() {
    let mut app = fixtures::ready(120, 36);
    fixtures::press(&mut app, "5");
    app.update(Message::StudiesListed(Ok(fixtures::studies())));
    app.update(fixtures::grid_read());
    let grid = app
        .studies
        .list
        .iter()
        .position(|study| matches!(study.found, crate::study::Found::Grid(_)));
    let name = app.studies.list[grid.unwrap()].name.clone();
    click(&mut app, &name);
    assert_eq!(Some(app.studies.marked), grid);
    drawn(&app);
    let last = {
        let hits = app.hits.0.borrow();
        let lines = hits
            .iter()
            .filter(|hit| matches!(hit.target, Target::Line { .. }));
        lines
            .map(|hit| hit.area)
            .max_by_key(|area| (area.y, area.x))
            .unwrap()
    };
    app.update(Message::Mouse(Mouse::Click, last.x, last.y));
    assert!(app.studies.inside);
    assert_ne!(app.studies.place(), [0, 0]);
    fixtures::press(&mut app, "n");
    click(&mut app, "budget   ");
    click(&mut app, "budget   ");
    assert!(app.studies.form.field.is_some());
}

#[test]
fn an_answer_can_be_clicked_and_the_wheel_moves_the_mark() {
    let mut app = fixtures::training();
    click(&mut app, "q quit");
    assert!(app.overlay.is_some());
    click(&mut app, "keep training");
    assert!(app.overlay.is_none());
    let mut app = fixtures::ready(80, 24);
    app.update(Message::Mouse(Mouse::WheelDown, 3, 3));
    assert_eq!(app.data.marked, 1);
    app.update(Message::Mouse(Mouse::WheelUp, 3, 3));
    assert_eq!(app.data.marked, 0);
    app.update(Message::Mouse(Mouse::Click, 79, 23));
    assert_eq!(app.data.marked, 0, "nothing is there");
}
