//! Beside and below the form, where there is room: what else could be trained, the images behind the cap, and what was
//! trained before.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::form;
use crate::depth::Analysis;
use crate::network::Plan;
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::screens::data::chart;
use crate::tui::screens::depth::rivals_text;
use crate::tui::screens::runs::{draw_earlier, earlier};
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::take;
use crate::tui::widgets::heading::heading;
use crate::tui::widgets::networks::networks;
use crate::tui::widgets::readings::{self, Clicks};
use crate::tui::widgets::stages;
use crate::tui::widgets::table::pad;

/// Rows of the settings and of what they lead to, above all this.
pub const ABOVE: u16 = 28;
/// Fewest rows below them that are used.
pub const LEAST: u16 = 12;
/// Fewest and most rows of the distribution, its heading with it.
const CHART: [u16; 2] = [8, 26];
/// Most runs that are listed.
const RUNS: usize = 24;

/// Draws the networks of all readings, the distribution behind the chosen one, and the runs of this pair; where the
/// distribution stands elsewhere, the stages in its place.
pub fn context(buffer: &mut Buffer, area: Rect, app: &App, with_chart: bool, theme: Theme) {
    let (Some(analysis), Some(Ok(plan))) = (&app.analysis, &app.plan) else {
        return;
    };
    let mut area = area;
    let rows = readings::rows(analysis) + 2;
    choices(buffer, take(&mut area, rows), app, analysis, plan, theme);
    take(&mut area, 1);
    let runs = earlier(app, &plan.dataset, &plan.architecture);
    let wanted = runs.len().min(RUNS) as u16;
    if with_chart {
        // The heading, the header and a blank row.
        let list = if wanted > 0 { wanted + 3 } else { 0 };
        let rows = area.height.saturating_sub(list);
        distribution(buffer, &mut area, rows, app, theme);
    } else {
        let place = take(&mut area, stages::rows(plan) + 1);
        let name = format!("{}, stage by stage", plan.baseline.name);
        let below = heading(buffer, place, &name, Line::default(), false, theme);
        stages::stages(buffer, below, plan, theme);
        take(&mut area, 1);
    }
    if wanted > 0 && area.height > 2 {
        let title = format!("trained before: {} on {}", plan.architecture, plan.dataset);
        let shown = usize::from(area.height - 2).min(RUNS);
        let right = match runs.len().saturating_sub(shown) {
            0 => Line::default(),
            more => Line::styled(format!("{} more", format::count(more as u64)), theme.dim()),
        };
        let place = take(&mut area, wanted + 2);
        let below = heading(buffer, place, &title, right, false, theme);
        draw_earlier(buffer, below, app, &runs[..runs.len().min(shown)], theme);
        take(&mut area, 1);
    }
    meanings(buffer, area, theme);
}

/// What every setting of the form means, a row each; nothing where there is little room.
fn meanings(buffer: &mut Buffer, area: Rect, theme: Theme) {
    const LABEL: usize = 16;
    if area.height < LEAST {
        return;
    }
    let title = "what the settings mean";
    let below = heading(buffer, area, title, Line::default(), false, theme);
    for (setting, place) in form::lines().zip(below.rows()) {
        let label = setting.form.as_ref().map_or(setting.key, |form| form.label);
        let meaning = setting.meaning();
        let text = meaning.split_whitespace().collect::<Vec<_>>().join(" ");
        let width = (place.width as usize).saturating_sub(LABEL + 2);
        let line = Line::from(vec![
            Span::raw(format!("  {}", pad(label, LABEL, false))),
            Span::styled(format::cut(&text, width), theme.dim()),
        ]);
        buffer.set_line(place.x, place.y, &line, place.width);
    }
}

/// Takes about `rows` of `area` for the distribution behind the chosen reading, and a blank one.
pub fn distribution(buffer: &mut Buffer, area: &mut Rect, rows: u16, app: &App, theme: Theme) {
    let [least, most] = CHART;
    if let (Some(analysis), Some(loaded)) = (&app.analysis, &app.data.current)
        && area.height >= least
    {
        let place = take(area, rows.clamp(least, most));
        chart(buffer, place, loaded, analysis, theme);
        take(area, 1);
    }
}

/// The capped network of each reading, of which a click chooses one, and the rivals without entropy.
fn choices(
    buffer: &mut Buffer,
    area: Rect,
    app: &App,
    analysis: &Analysis,
    plan: &Plan,
    theme: Theme,
) {
    let mut below = heading(
        buffer,
        area,
        "capped by each reading",
        Line::default(),
        false,
        theme,
    );
    let clicks = Clicks {
        hits: &app.hits,
        choose: |app, at| app.choose_reading(at),
    };
    let place = take(&mut below, readings::rows(analysis));
    networks(
        buffer,
        place,
        analysis,
        &app.alternatives,
        false,
        clicks,
        theme,
    );
    let text = format::cut(&rivals_text(plan, &app.alternatives), below.width as usize);
    buffer.set_string(below.x, below.y, text, theme.dim());
}
