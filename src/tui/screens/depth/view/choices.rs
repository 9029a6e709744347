//! The choice of architecture and width policy.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::DepthPanel;
use crate::network::Width;
use crate::run::Settings;
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::take;
use crate::tui::widgets::dialogs::paragraph;
use crate::tui::widgets::heading::heading;
use crate::tui::widgets::table::pad;

/// Fewest columns for the predicted time beside every width policy.
const SAVED: u16 = 22;

/// Draws the list of architectures and, below it, the width policies with the predicted time of each.
pub fn choices(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let mut area = area;
    let focused = app.depth.panel == DepthPanel::Architectures;
    let widths_rows = Width::ALL.len() as u16 + 2;
    let known = &app.depth.architectures;
    let rows = (known.len() as u16 + 2).min(area.height.saturating_sub(widths_rows));
    let place = take(&mut area, rows);
    app.hits
        .add(place, App::focus_choice, DepthPanel::Architectures as usize);
    app.hits.add_list(place, App::step_architecture);
    let below = heading(
        buffer,
        place,
        "architecture",
        Line::default(),
        focused,
        theme,
    );
    let at = known
        .iter()
        .position(|name| *name == app.settings.architecture)
        .unwrap_or(0);
    let shown = below.height.saturating_sub(1) as usize;
    let first = (at + 1).saturating_sub(shown);
    for (row, name) in known.iter().skip(first).take(shown).enumerate() {
        choice(
            buffer,
            below,
            row as u16,
            &format::cut_middle(
                &name.to_string(),
                usize::from(below.width).saturating_sub(2),
            ),
            first + row == at,
            theme,
        );
        let area = below.rows().nth(row).unwrap_or_default();
        app.hits.add_line(
            area,
            App::click_architecture,
            first + row,
            first + row == at,
        );
    }
    let last = known.len().min(shown) as u16;
    buffer.set_string(below.x + 2, below.y + last, "a: another", theme.dim());
    let place = below.rows().nth(last.into()).unwrap_or_default();
    app.hits.add(place, |app, _| app.type_architecture(), 0);
    take(&mut area, 1);
    let factor = app.settings.width_factor;
    app.hits
        .add(area, App::focus_choice, DepthPanel::Widths as usize);
    app.hits.add_list(area, App::step_width);
    let title = factor.map_or_else(|| "width".to_owned(), |factor| format!("width × {factor}"));
    let below = heading(
        buffer,
        area,
        &title,
        Line::styled("w", theme.dim()),
        app.depth.panel == DepthPanel::Widths,
        theme,
    );
    let is_wide = below.width >= SAVED;
    for (row, width) in (0..below.height).zip(Width::ALL) {
        let marked = width == app.settings.width && factor.is_none();
        let saved = app.alternatives.of_width(width);
        let saved = saved.and_then(|plan| plan.predicted_time_saved);
        let name = match saved {
            Some(saved) if is_wide => {
                let time = format!("{} %", format::signed(-saved * 100.0, 0));
                pad(width.name(), 11, false) + &pad(&time, SAVED as usize - 13, true)
            }
            _ => width.name().to_owned(),
        };
        choice(buffer, below, row, &name, marked, theme);
        let area = below.rows().nth(row.into()).unwrap_or_default();
        app.hits
            .add_line(area, App::click_width, row.into(), marked);
    }
    let sentence = width_in_words(&app.settings);
    let mut rest = below;
    take(&mut rest, Width::ALL.len() as u16 + 1);
    if rest.height >= 4 {
        paragraph(buffer, rest, sentence, theme.dim());
    }
}

/// What the chosen width does, in one line.
pub fn width_in_words(settings: &Settings) -> &'static str {
    if settings.width_factor.is_some() {
        return "times the baseline's widths, set by hand; w chooses a policy";
    }
    let by_time = settings.host.measure;
    match settings.width {
        Width::Balanced if by_time => "spends half of the step time that depth saves on width",
        Width::Balanced => "spends half of the MACs that depth saves on width",
        Width::IsoParams => "same parameters as the baseline",
        Width::IsoMacs => "same MACs as the baseline",
        Width::IsoTime if by_time => "same step time as the baseline",
        Width::IsoTime => "same MACs as the baseline: no steps are timed",
        Width::Same => "same widths as the baseline",
    }
}

fn choice(buffer: &mut Buffer, area: Rect, row: u16, name: &str, marked: bool, theme: Theme) {
    if row >= area.height {
        return;
    }
    let style = theme.line(marked);
    let line = Line::from(vec![
        theme.mark(marked),
        Span::styled(name.to_owned(), style),
    ]);
    buffer.set_line(area.x, area.y + row, &line, area.width);
}
