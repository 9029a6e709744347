//! Screen 2: how deep may the network go, and what does that buy?

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{beside, take, title};
use crate::depth::Analysis;
use crate::network::{NetworkSummary, Plan, Width};
use crate::tui::app::{App, DepthPanel, Timing};
use crate::tui::format;
use crate::tui::theme::Theme;
use crate::tui::widgets::blocks::blocks;
use crate::tui::widgets::dialogs::{paragraph, wrapped_rows};
use crate::tui::widgets::heading::heading;
use crate::tui::widgets::readings;
use crate::tui::widgets::table::pad;

/// Draws the screen.
///
/// ```text
/// How deep may the network go, and what does that buy?    cap 13 convolutions · channel-sum · glyphs
/// architectures ─────   resnet-50, blocks to scale ───────────────────────────
/// ▸ resnet-50           ● baseline ██ ██ ██ ██   ██ ██ ██ ██   ██ ██ ██ ██
///   resnet-56                      8 × 16 ch     8 × 32 ch     8 × 64 ch
///   a: another          ▲ capped   ██ ██ ░░ ░░   ██ ██ ░░ ░░   ██ ██ ░░ ░░
/// width ─────────────              2 of 8 × 26   2 of 8 × 52   2 of 8 × 104
/// ▸ balanced            what it buys           baseline      capped      change
///   iso-params          convolutions                 49          13       −73 %
///                       reading              bits  cap     95 %  unit
/// ```
pub fn render(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let right = subtitles(app, theme);
    let body = title(buffer, area, app, &right, theme);
    let left_width = if body.width < 100 { 17 } else { 24 };
    let (left, right) = beside(body, left_width);
    choices(buffer, left, app, theme);
    let (Some(analysis), Some(plan)) = (&app.analysis, &app.plan) else {
        let sentence = match &app.data.failure {
            Some(sentence) => sentence.clone(),
            None => format!("{} is still being read …", app.settings.dataset),
        };
        paragraph(buffer, right, &sentence, theme.dim());
        return;
    };
    match plan {
        Ok(plan) => planned(buffer, right, app, analysis, plan, theme),
        Err(sentence) => {
            let mut rest = paragraph(buffer, right, sentence, theme.error());
            take(&mut rest, 1);
            let table = take(&mut rest, readings::rows(analysis));
            let focused = app.depth.panel == DepthPanel::Readings;
            readings::readings(buffer, table, analysis, focused, theme);
        }
    }
}

/// The cap and where it comes from, long and short.
fn subtitles(app: &App, theme: Theme) -> Vec<Line<'static>> {
    let Some(analysis) = &app.analysis else {
        return Vec::new();
    };
    let rule = analysis.reading;
    let (number, source) = match app.settings.depth {
        Some(depth) => (format!("depth {depth}"), "by hand".to_owned()),
        None => (
            format!("cap {} {}", analysis.cap, rule.unit()),
            rule.to_string(),
        ),
    };
    let dataset = &analysis.profile.dataset;
    [format!(" · {source} · {dataset}"), String::new()]
        .map(|rest| {
            Line::from(vec![
                Span::styled(number.clone(), theme.cap()),
                Span::styled(rest, theme.dim()),
            ])
        })
        .to_vec()
}

fn choices(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let mut area = area;
    let focused = app.depth.panel == DepthPanel::Architectures;
    let widths_rows = Width::ALL.len() as u16 + 2;
    let known = &app.depth.architectures;
    let rows = (known.len() as u16 + 2).min(area.height.saturating_sub(widths_rows));
    let place = take(&mut area, rows);
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
    let room = below.height.saturating_sub(1) as usize;
    let first = (at + 1).saturating_sub(room);
    for (row, name) in known.iter().skip(first).take(room).enumerate() {
        choice(
            buffer,
            below,
            row as u16,
            &name.to_string(),
            first + row == at,
            theme,
        );
    }
    let last = known.len().min(room) as u16;
    buffer.set_string(below.x + 2, below.y + last, "a: another", theme.dim());
    take(&mut area, 1);
    let factor = app.settings.width_factor;
    let title = factor.map_or_else(|| "width".to_owned(), |factor| format!("width × {factor}"));
    let below = heading(
        buffer,
        area,
        &title,
        Line::styled("w", theme.dim()),
        false,
        theme,
    );
    for (row, width) in (0..below.height).zip(Width::ALL) {
        let marked = width == app.settings.width && factor.is_none();
        choice(buffer, below, row, width.name(), marked, theme);
    }
    let by_hand = factor.map(|_| "by hand, of the baseline's widths; w chooses a policy");
    let sentence = match app.settings.width {
        Width::Balanced => "half of the MACs saved by depth are spent on width",
        Width::IsoParams => "as many parameters as the baseline",
        Width::IsoMacs => "as many MACs as the baseline",
        Width::Same => "the baseline's widths",
    };
    let sentence = by_hand.unwrap_or(sentence);
    let mut rest = below;
    take(&mut rest, Width::ALL.len() as u16 + 1);
    if rest.height >= 4 {
        paragraph(buffer, rest, sentence, theme.dim());
    }
}

fn choice(buffer: &mut Buffer, area: Rect, row: u16, name: &str, marked: bool, theme: Theme) {
    if row >= area.height {
        return;
    }
    let style = if marked { theme.strong() } else { Style::new() };
    let line = Line::from(vec![
        Span::styled(if marked { "▸ " } else { "  " }, theme.accent()),
        Span::styled(name.to_owned(), style),
    ]);
    buffer.set_line(area.x, area.y + row, &line, area.width);
}

fn planned(
    buffer: &mut Buffer,
    area: Rect,
    app: &App,
    analysis: &Analysis,
    plan: &Plan,
    theme: Theme,
) {
    let mut area = area;
    let roomy = area.height >= 27;
    let air = u16::from(roomy);
    let note = notice(plan).or_else(|| Some((plan.adaptation.clone()?, false)));
    let note_rows = note
        .as_ref()
        .map_or(0, |(text, _)| wrapped_rows(text, area.width) as u16);
    let table_rows = readings::rows(analysis) + u16::from(roomy);
    let fixed = 1 + note_rows + 5 + table_rows + 3 * air;
    let rows = area.height.saturating_sub(fixed).clamp(6, 16) / 2 * 2;
    let place = take(&mut area, rows + 1);
    let legend = Line::styled("░ cut away", theme.dim());
    let name = format!("{}, blocks to scale", plan.baseline.name);
    let below = heading(buffer, place, &name, legend, false, theme);
    blocks(buffer, below, plan, theme);
    take(&mut area, air);
    if let Some((text, warns)) = note {
        let style = if warns { theme.warning() } else { theme.dim() };
        let place = take(&mut area, note_rows);
        paragraph(buffer, place, &text, style);
        take(&mut area, air);
    }
    let place = take(&mut area, 5);
    costs(buffer, place, plan, app.times_this_pair(), theme);
    take(&mut area, air);
    let focused = app.depth.panel == DepthPanel::Readings;
    let place = take(&mut area, readings::rows(analysis));
    readings::readings(buffer, place, analysis, focused, theme);
    if roomy {
        let sentence = format!(
            "  {} is {}: our reading, the paper's abstract prints no rule",
            analysis.reading,
            analysis.reading.formula()
        );
        let text = format::cut(&sentence, area.width as usize);
        buffer.set_string(area.x, area.y, text, theme.dim());
    }
}

/// What the user should know of a plan, and whether it asks for attention.
fn notice(plan: &Plan) -> Option<(String, bool)> {
    if plan.capped.is_none() {
        return Some((
            format!(
                "{} has {} convolutions, not more than the cap: the heuristic asks for no change. ← chooses a depth by hand.",
                plan.baseline.name, plan.baseline.conv_depth
            ),
            true,
        ));
    }
    if plan.raised_to_floor {
        return Some((
            format!(
                "The cap of {} lies below one {} and is raised to {} convolutions.",
                plan.cap,
                plan.baseline_spec.architecture.unit(),
                plan.floor
            ),
            true,
        ));
    }
    plan.depth_override.then(|| {
        (
            format!(
                "Depth chosen by hand; {} says {} {}. d goes back to it.",
                plan.reading,
                plan.cap,
                plan.reading.unit()
            ),
            false,
        )
    })
}

fn costs(buffer: &mut Buffer, area: Rect, plan: &Plan, timing: Option<&Timing>, theme: Theme) {
    let number = if area.width >= 80 { 14 } else { 11 };
    let label = (area.width as usize).saturating_sub(3 * number + 2).min(30);
    let cells = |name: &str, cells: [String; 3]| {
        let mut text = pad(name, label, false);
        for cell in cells {
            text.push_str(&pad(&cell, number, true));
        }
        text
    };
    let header = Line::from(vec![
        Span::styled(pad("what it buys", label, false), theme.dim()),
        Span::styled(pad("● baseline", number, true), theme.baseline()),
        Span::styled(pad("▲ capped", number, true), theme.capped()),
        Span::styled(pad("change", number, true), theme.dim()),
    ]);
    buffer.set_line(area.x + 2, area.y, &header, area.width);
    let capped = plan.capped.as_ref();
    let row = |name: &str, value: fn(&NetworkSummary) -> f64, show: fn(f64) -> String| {
        let (before, after) = (value(&plan.baseline), capped.map(value));
        let change = after
            .filter(|_| before > 0.0)
            .map(|after| after / before - 1.0);
        cells(
            name,
            [
                show(before),
                format::known(after, show),
                format::known(change, change_text),
            ],
        )
    };
    let (label, shown) = time_row(plan, timing);
    let time = cells(&label, shown);
    let rows = [
        row(
            "convolutions",
            |network| network.conv_depth as f64,
            |value| format::count(value as u64),
        ),
        row(
            "parameters",
            |network| network.parameters as f64,
            format::large,
        ),
        row(
            "MACs per image",
            |network| network.macs as f64,
            format::large,
        ),
        time,
    ];
    for (y, text) in (area.y + 1..area.bottom()).zip(rows) {
        buffer.set_string(area.x + 2, y, text, Style::new());
    }
}

/// The row on time: as timed, else relative and by MACs; its label says how far a timing is.
fn time_row(plan: &Plan, timing: Option<&Timing>) -> (String, [String; 3]) {
    let label = match (timing, &plan.measured) {
        (Some(timing), _) if timing.stopping => "stopping after this step".to_owned(),
        (Some(timing), _) if timing.of == 0 => "timing: opening device".to_owned(),
        (Some(timing), _) => format!("timing: {} of {} steps", timing.done, timing.of),
        (None, Some(_)) => "seconds a step, measured".to_owned(),
        (None, None) => "predicted time, by MACs".to_owned(),
    };
    let saved = plan.predicted_time_saved;
    let shown = match &plan.measured {
        Some(measured) => [
            format::significant(measured.baseline_seconds_per_step),
            format::significant(measured.capped_seconds_per_step),
            format::known(saved, |saved| {
                let interval = measured.interval.map(|[low, high]| [-high, -low]);
                format!("{} %", format::percent_interval(-saved, interval, 0))
            }),
        ],
        None => [
            "1.00".to_owned(),
            format::known(saved, |saved| format::fixed(1.0 - saved, 2)),
            format::known(saved, |saved| change_text(-saved)),
        ],
    };
    (label, shown)
}

fn change_text(change: f64) -> String {
    format!("{} %", format::signed(change * 100.0, 0))
}
