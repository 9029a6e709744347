//! A study that runs: how far it is, what it says, and its present run.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::super::Running;
use super::workers;
use crate::training::Role;
use crate::tui::app::App;
use crate::tui::app::charts::Curves;
use crate::tui::format;
use crate::tui::screens::train::Live;
use crate::tui::screens::{take, title};
use crate::tui::theme::Theme;
use crate::tui::widgets::curves::{curves, marker};
use crate::tui::widgets::dialogs::{paragraph, wrapped_rows};
use crate::tui::widgets::gauge;
use crate::tui::widgets::heading::heading;
use crate::tui::widgets::table::pad;

/// The state of the study that runs, for the title line; none where none does.
pub fn status(app: &App, theme: Theme) -> Option<Line<'static>> {
    let running = app.studies.running.as_ref()?;
    let (word, style) = match running {
        running if running.failure.is_some() => ("✗ failed", theme.error()),
        running if running.stopping && app.is_quitting() => {
            ("■ stopping, then quitting", theme.warning())
        }
        running if running.stopping => ("■ stopping after this step", theme.warning()),
        running if running.is_paused() => ("‖ paused", theme.warning()),
        _ => ("▶ running", theme.good()),
    };
    let mut spans = vec![Span::styled(format!("{} · ", running.name), theme.dim())];
    if let Some((number, of)) = running.cell {
        spans.push(Span::styled(
            format!("run {number} of {of} · "),
            theme.dim(),
        ));
    }
    spans.push(Span::styled(word, style));
    if !running.is_over() {
        let clock = format::clock(running.elapsed(app.now));
        spans.push(Span::raw(format!("  {clock}")));
    }
    Some(Line::from(spans))
}

pub fn render(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let Some(running) = &app.studies.running else {
        return;
    };
    let right: Vec<Line<'_>> = status(app, theme).into_iter().collect();
    let mut body = title(buffer, area, app, &right, theme);
    if let Some(sentence) = &running.failure {
        let rows = wrapped_rows(sentence, body.width) as u16 + 1;
        let place = take(&mut body, rows);
        let text = format!("The study stopped: {sentence}");
        paragraph(buffer, place, &text, theme.error());
    }
    whole(buffer, take(&mut body, 2), app, running, theme);
    let gap = u16::from(body.height >= 20);
    take(&mut body, gap);
    if !running.workers.is_empty() {
        let rows = running.workers.len() as u16 + 1;
        let rows = rows.min(body.height.saturating_sub(4));
        workers::render(buffer, take(&mut body, rows), &running.workers, theme);
        take(&mut body, gap);
        said(buffer, body, running, theme);
        return;
    }
    let Some(live) = &running.live else {
        said(buffer, body, running, theme);
        return;
    };
    let lines = if body.height >= 24 { 7 } else { 4 };
    let run_rows = body.height.saturating_sub(lines + 1);
    present(buffer, take(&mut body, run_rows), app, live, theme);
    said(buffer, body, running, theme);
}

/// A bar of all runs, and the time that is left of the price.
fn whole(buffer: &mut Buffer, area: Rect, app: &App, running: &Running, theme: Theme) {
    let mut area = area;
    let share = running.share_done().unwrap_or(0.0);
    let place = take(&mut area, 1);
    let label = pad("all runs", 11, false);
    let figure = format!(" {} %", format::percent(share, 0));
    bar(
        buffer,
        place,
        &label,
        share,
        &figure,
        [theme.strong(), theme.entropy()],
        theme,
    );
    let elapsed = format::clock(running.elapsed(app.now));
    let time = match (running.price, running.seconds_left(app.now)) {
        (Some(price), Some(left)) if left >= 0.0 => format!(
            "{elapsed} so far; priced at about {}, {} left",
            format::about(price),
            format::about(left)
        ),
        (Some(price), _) => format!(
            "{elapsed} so far, longer than its price of about {}",
            format::about(price)
        ),
        (None, _) => format!("{elapsed} so far"),
    };
    let doing = running
        .doing
        .map(|doing| format!("{} · ", doing.in_words()));
    let text = format!("{}{time}", doing.unwrap_or_default());
    let place = take(&mut area, 1);
    let text = format::cut(&text, place.width as usize);
    buffer.set_string(place.x, place.y, text, theme.dim());
}

/// `label ━━━━━─────  figure`.
fn bar(
    buffer: &mut Buffer,
    place: Rect,
    label: &str,
    share: f64,
    figure: &str,
    [label_style, bar_style]: [Style; 2],
    theme: Theme,
) {
    let used = label.chars().count() + figure.chars().count() + 1;
    let width = (place.width as usize).saturating_sub(used);
    let [done, left] = gauge::bar(share, width, bar_style, theme);
    let line = Line::from(vec![
        Span::styled(label.to_owned(), label_style),
        done,
        left,
        Span::raw(" "),
        Span::raw(figure.to_owned()),
    ]);
    buffer.set_line(place.x, place.y, &line, place.width);
}

/// The present run: its charts, and a bar for each network.
fn present(buffer: &mut Buffer, area: Rect, app: &App, live: &Live, theme: Theme) {
    let name = live.directory.as_ref().and_then(|path| path.file_name());
    let name = name.unwrap_or_default().to_string_lossy().into_owned();
    let (seed, seeds) = live.seed_of();
    let right = Line::styled(format!("seed {seed} of {seeds}"), theme.dim());
    let pair = format!(
        "{name}: {} and {}",
        live.plan.baseline.name,
        format::known(live.plan.capped.as_ref(), |it| it.name.clone()),
    );
    let most = (area.width as usize).saturating_sub(16);
    let pair = format::cut(&pair, most);
    let mut below = heading(buffer, area, &pair, right, false, theme);
    let charts_rows = below.height.saturating_sub(2);
    let count = if charts_rows >= 22 { 4 } else { 2 };
    let place = take(&mut below, charts_rows);
    let drawn = Curves::of_live(live);
    curves(buffer, place, &drawn, count, app, theme);
    for role in Role::BOTH {
        let share = live.epochs_done(role) / live.epochs_of(role).max(1) as f64;
        let label = pad(&format!("{} {}", marker(role), role.name()), 11, false);
        let accuracy = format::known(live.accuracy(role), |it| format::percent(it, 1));
        let figure = format!(
            "epoch {} of {} · {accuracy} %",
            format::fixed(live.epochs_done(role).ceil(), 0),
            live.epochs_of(role)
        );
        let style = theme.role(role);
        let place = take(&mut below, 1);
        bar(
            buffer,
            place,
            &label,
            share,
            &pad(&figure, 26, true),
            [style; 2],
            theme,
        );
    }
}

/// The last lines that it said.
fn said(buffer: &mut Buffer, area: Rect, running: &Running, theme: Theme) {
    let below = heading(buffer, area, "what it says", Line::default(), false, theme);
    let first = running.said.len().saturating_sub(below.height as usize);
    for ((line, warns), place) in running.said[first..].iter().zip(below.rows()) {
        let style = if *warns { theme.error() } else { theme.dim() };
        let text = format::cut(line, place.width as usize);
        buffer.set_string(place.x, place.y, text, style);
    }
    if running.said.is_empty() && below.height > 0 {
        buffer.set_string(below.x, below.y, "reading the images …", theme.dim());
    }
}
