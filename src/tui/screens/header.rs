//! The first line of every screen: name, tabs, device and state, help.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::SCREENS;
use super::data::TaskProgress;
use super::train::Phase;
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::theme::Theme;

/// Draws ` ebcle-tui  1 Data  2 Depth  3 Train  4 Runs      device · state   ? help `.
pub fn header(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let mut left = Line::from(Span::styled(" ebcle-tui ", theme.strong()));
    for (index, screen) in SCREENS.into_iter().enumerate() {
        let here = screen.name() == app.screen.name();
        let (digit, name) = if here {
            (theme.accent(), theme.accent())
        } else {
            (theme.dim(), Style::new())
        };
        left.push_span(Span::raw("  "));
        let start = left.width() as u16;
        left.push_span(Span::styled(format!("{} ", index + 1), digit));
        let name = if here {
            Span::styled(screen.name(), name.add_modifier(Modifier::UNDERLINED))
        } else {
            Span::styled(screen.name(), name)
        };
        left.push_span(name);
        let tab = Rect {
            x: area.x + start,
            width: left.width() as u16 - start,
            ..area
        };
        app.hits.add(tab, |app, at| app.show(SCREENS[at]), index);
    }
    let free = (area.width as usize).saturating_sub(left.width());
    left.render(area, buffer);
    let doing = doing(app);
    let fetching = fetching(app).map_or_else(String::new, |share| format!("{share} · "));
    let whole = format!("{fetching}{} · {doing}", app.device_name());
    let brief = format!("{fetching}{doing}");
    let with_help = |state: &str| {
        Line::from(vec![
            Span::styled(format!("{state}   "), theme.dim()),
            Span::styled("?", theme.accent()),
            Span::styled(" help ", theme.dim()),
        ])
    };
    let with_mark = |state: &str| {
        Line::from(vec![
            Span::styled(format!("{state}  "), theme.dim()),
            Span::styled("? ", theme.accent()),
        ])
    };
    let fits = |line: &Line| line.width() + 1 < free;
    let shown = [
        with_help(&whole),
        with_mark(&whole),
        with_help(&brief),
        with_mark(&brief),
    ];
    if let Some(line) = shown.into_iter().find(fits) {
        let help = Rect {
            x: area.right().saturating_sub(7),
            width: 7,
            ..area
        };
        app.hits.add(help, |app, _| app.open_actions(), 0);
        line.right_aligned().render(area, buffer);
        return;
    }
    let alone = Line::styled(format!("{brief} "), theme.dim());
    if fits(&alone) {
        alone.right_aligned().render(area, buffer);
    }
}

/// What the app does now.
fn doing(app: &App) -> String {
    if let Some(timing) = &app.timings.now {
        let share = timing.done as f64 / timing.of.max(1) as f64;
        return format!("timing {} %", format::percent(share, 0));
    }
    if let Some(running) = app.studies.running.as_ref().filter(|it| !it.is_over()) {
        let share = running.share_done();
        let share = share.map_or_else(String::new, |it| format!(" {} %", format::percent(it, 0)));
        let sign = if running.is_paused() { '‖' } else { '▶' };
        return format!("{sign} study{share}");
    }
    let Some(live) = &app.live else {
        return "idle".to_owned();
    };
    let share = format::percent(live.share_done(), 0);
    match live.phase {
        Phase::Starting => "starting".to_owned(),
        Phase::Running if app.is_following() => format!("▶ following {share} %"),
        Phase::Running => format!("▶ training {share} %"),
        Phase::Paused => format!("‖ paused {share} %"),
        Phase::Stopping => "■ stopping".to_owned(),
        Phase::Finished(_) if live.divergence().is_some() => "✗ diverged".to_owned(),
        Phase::Finished(_) => "✓ finished".to_owned(),
        Phase::Stopped => "■ stopped".to_owned(),
        Phase::Failed(_) => "✗ failed".to_owned(),
    }
}

/// The progress of a fetch.
fn fetching(app: &App) -> Option<String> {
    app.data.tasks.iter().find_map(|task| match &task.progress {
        TaskProgress::Fetching(progress) => {
            Some(format!("↓ {} %", format::percent(progress.share(), 0)))
        }
        TaskProgress::Checking => None,
    })
}
