//! The form of a new study: its lines to the left, what it costs to the right.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::form::Line as FormLine;
use super::super::{Doing, Priced};
use super::list;
use crate::run::Settings;
use crate::study::Kind;
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::screens::{beside, take, title};
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::indent;
use crate::tui::widgets::dialogs::{paragraph, text_field, wrapped_rows};
use crate::tui::widgets::heading::heading;
use crate::tui::widgets::table::pad;

const LABEL: usize = 15;
/// Fewest columns and rows for the studies so far beside the form.
const WIDE: u16 = 156;
const TALL: u16 = 36;
/// Rows of the form above the price.
const FORM: u16 = 19;

/// Draws the form and what it costs; from 160 columns on, beside them the studies so far.
pub fn render(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let right = Line::styled("a new study", theme.dim());
    let body = title(buffer, area, app, &[right], theme);
    if body.width >= WIDE
        && body.height >= TALL
        && let Some(study) = app.studies.marked()
    {
        let (mut left, right) = beside(body, 58);
        lines(buffer, take(&mut left, FORM), app, theme);
        price(buffer, left, app, theme);
        let title = "studies so far";
        let mut below = heading(buffer, right, title, Line::default(), false, theme);
        let rows = (app.studies.list.len() as u16 + 1).min(below.height / 4);
        list::render(buffer, take(&mut below, rows), app, theme);
        take(&mut below, 1);
        super::marked(buffer, below, app, study, theme);
        // They are only to be read: keys and clicks belong to the form.
        app.hits.cover(right);
        return;
    }
    let left = if body.width < 100 { 42 } else { 56 };
    let (left, right) = beside(body, left);
    lines(buffer, left, app, theme);
    price(buffer, right, app, theme);
}

/// What a kind answers.
const fn question(kind: Kind) -> &'static str {
    match kind {
        Kind::Sweep => {
            "From which depth on does accuracy stop growing, and does the cap match it? Every depth is trained at constant width and at constant MACs."
        }
        Kind::Grid => {
            "Does the cap hold across datasets, networks and readings? All cells of the file are trained and judged together."
        }
        Kind::Recommend | Kind::Probe => {
            "How deep does the network need to be for this data? Halving drops depths after a few epochs; the rest are trained over all seeds within the budget."
        }
    }
}

fn lines(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let form = &app.studies.form;
    let mut area = heading(buffer, area, "the study", Line::default(), true, theme);
    area = paragraph(buffer, area, question(form.kind), theme.dim());
    take(&mut area, 1);
    let focused = form.line(&app.settings);
    app.hits
        .add_list(area, |app, step| app.studies.form.step(step, &app.settings));
    for (at, line) in form.lines(&app.settings).into_iter().enumerate() {
        let is_focused = line == focused;
        if line == FormLine::Price {
            take(&mut area, 1);
        }
        let place = take(&mut area, 1);
        let style = match (is_focused, line) {
            (true, FormLine::Price | FormLine::Start) => theme.accent(),
            (is_focused, _) => theme.line(is_focused),
        };
        let text = match form.text(line) {
            "" if !matches!(line, FormLine::Price | FormLine::Start) => "usual",
            text => text,
        };
        let chosen = matches!(line, FormLine::Kind | FormLine::Variants) && is_focused;
        let shown = if chosen {
            format!("‹ {text} ›")
        } else {
            text.to_owned()
        };
        let room = (place.width as usize).saturating_sub(LABEL + 2);
        let spans = vec![
            theme.mark(is_focused),
            Span::styled(pad(line.label(), LABEL, false), style),
            Span::styled(format::cut_middle(&shown, room), style),
        ];
        buffer.set_line(place.x, place.y, &Line::from(spans), place.width);
        app.hits
            .add_line(place, App::click_study_line, at, is_focused);
        if let Some(field) = form.field.as_ref().filter(|_| is_focused) {
            let place = indent(place, LABEL as u16 + 2);
            text_field(buffer, place, &field.input, true, theme);
            if let Some(sentence) = &field.error {
                let rows = wrapped_rows(sentence, area.width.saturating_sub(2)) as u16;
                let place = take(&mut area, rows);
                paragraph(buffer, indent(place, 2), sentence, theme.error());
            }
        } else if is_focused {
            let place = take(&mut area, 1);
            let hint = format::cut(line.hint(), (place.width as usize).saturating_sub(2));
            buffer.set_string(place.x + 2, place.y, hint, theme.dim());
            app.hits.add_line(place, App::click_study_line, at, true);
        }
    }
    take(&mut area, 1);
    if let Some(sentence) = &form.error {
        paragraph(buffer, area, sentence, theme.error());
    }
}

/// The settings of the other screens that a study takes, in a line or two.
fn settings(app: &App) -> String {
    let settings: &Settings = &app.settings;
    let recipe = &settings.recipe;
    let seeds = crate::run::show_seeds(&recipe.seeds);
    let automatic = if settings.automatic.epochs {
        ", auto"
    } else {
        ""
    };
    let limit = settings
        .limit
        .map_or_else(String::new, |limit| format!(" · limit {limit}"));
    let depth = match (settings.depth, &app.analysis) {
        (Some(depth), _) => format!("depth {depth} by hand"),
        (None, Some(analysis)) => {
            let rule = &analysis.reading;
            format!("{rule}, cap {}", rule.counted(analysis.cap))
        }
        (None, None) => settings.reading.to_string(),
    };
    let workers = &settings.host.workers;
    let device = if workers.is_empty() {
        app.device_name().to_owned()
    } else {
        workers.join(", ")
    };
    format!(
        "{}{limit} · {} · {depth} · seeds {seeds} · {} epochs{automatic} · batch {} · margin {} · {}",
        settings.dataset,
        settings.architecture,
        recipe.epochs,
        recipe.batch_size,
        settings.margin.in_words(),
        device
    )
}

fn price(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let form = &app.studies.form;
    let mut area = area;
    if form.kind == Kind::Grid {
        area = heading(
            buffer,
            area,
            "what it takes from here",
            Line::default(),
            false,
            theme,
        );
        let text = format!(
            "All settings come from the file. Its runs go to {}; data is found as on screen 1.",
            app.settings.out.display()
        );
        area = paragraph(buffer, area, &text, theme.dim());
    } else {
        area = heading(
            buffer,
            area,
            "settings of screens 1 to 3",
            Line::default(),
            false,
            theme,
        );
        area = paragraph(buffer, area, &settings(app), Style::new());
        if form.kind == Kind::Recommend {
            let text = "With one seed and automatic epochs, the budget decides how many of each there are.";
            area = paragraph(buffer, area, text, theme.dim());
        }
    }
    take(&mut area, 1);
    let below = heading(buffer, area, "the price", Line::default(), false, theme);
    if form.pricing.is_some() {
        pricing(buffer, below, app, theme);
        return;
    }
    let asked = || form.asked(&app.settings, app.home.as_deref());
    match &form.priced {
        Some((of, priced)) if asked().as_ref() == Ok(of) => table(buffer, below, priced, theme),
        Some(_) => {
            let text = "The settings have changed: p finds the new price.";
            paragraph(buffer, below, text, theme.dim());
        }
        None => {
            let text = "p finds it: some steps of every network are timed, nothing is trained.";
            paragraph(buffer, below, text, theme.dim());
        }
    }
}

fn pricing(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let form = &app.studies.form;
    let doing = form.doing.map_or_else(
        || "timing some steps of every network …".to_owned(),
        Doing::in_words,
    );
    let rest = paragraph(buffer, area, &doing, theme.strong());
    let rest = match &form.said {
        Some(said) => paragraph(buffer, rest, said, theme.dim()),
        None => rest,
    };
    paragraph(buffer, rest, "Esc stops.", theme.dim());
}

fn table(buffer: &mut Buffer, area: Rect, priced: &Priced, theme: Theme) {
    let mut below = area;
    below = paragraph(buffer, below, &priced.sentence, theme.strong());
    take(&mut below, 1);
    let widest = |at: usize| {
        let cells = priced.rows.iter().map(|row| row[at].width());
        cells.max().unwrap_or(0)
    };
    let last = 2 + widest(1).max(7);
    let end = 2 + widest(2);
    let name = (below.width as usize).saturating_sub(last + end).min(44);
    let rows = below.height as usize;
    let more = priced.rows.len().saturating_sub(rows);
    let shown = if more > 0 {
        rows.saturating_sub(1)
    } else {
        rows
    };
    for row in priced.rows.iter().take(shown) {
        let place = take(&mut below, 1);
        let text = format!(
            "{}{}{}",
            pad(&format::cut_middle(&row[0], name), name, false),
            pad(&row[1], last, true),
            pad(&row[2], end, true)
        );
        buffer.set_stringn(place.x, place.y, text, place.width as usize, Style::new());
    }
    if more > 0 {
        let text = format!("and {} more", priced.rows.len() - shown);
        buffer.set_string(below.x, below.y, text, theme.dim());
    }
}
