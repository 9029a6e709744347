//! The view of the screen.

mod choices;
mod costs;

pub use choices::width_in_words;

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::DepthPanel;
use crate::depth::Analysis;
use crate::network::{NetworkSummary, Plan, Rivals, architecture_names};
use crate::tui::app::{Alternatives, App};
use crate::tui::format;
use crate::tui::screens::{below_title, title};
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::{beside, bottom, indent, take};
use crate::tui::widgets::blocks::blocks;
use crate::tui::widgets::dialogs::{self, paragraph, wrapped_rows};
use crate::tui::widgets::heading::heading;
use crate::tui::widgets::networks::networks;
use crate::tui::widgets::readings::{self, Clicks};
use crate::tui::widgets::stages;

/// Fewest and most rows of the drawing below its heading: a label and two rows of blocks for each network at least.
const MIN_DRAWING: u16 = 6;
const MAX_DRAWING: u16 = 46;
/// Fewest rows of the networks by reading: its header and two of them.
const MIN_READINGS: u16 = 3;

/// Draws the screen.
///
/// ```text
/// Depth  plan the capped network                          cap 13 convolutions · channel-sum · glyphs
/// architectures ─────   resnet-50, blocks to scale ───────────────────────────
/// ▸ resnet-50           ● baseline ██ ██ ██ ██   ██ ██ ██ ██   ██ ██ ██ ██
///   resnet-56                      8 × 16 ch     8 × 32 ch     8 × 64 ch
///   a: another          ▲ capped   ██ ██ ░░ ░░   ██ ██ ░░ ░░   ██ ██ ░░ ░░
/// width ─────────────              2 of 8 × 26   2 of 8 × 52   2 of 8 × 104
/// ▸ balanced     −31 %  stage  output   ● blocks  ch   MACs   ▲ blocks  ch   MACs
///   iso-params   −38 %  what it buys           baseline      capped      change
///                       convolutions                 49          13       −73 %
///                       reading              cap  95 %  conv  params  MACs  saved
/// ```
pub fn render(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let right = subtitles(app, theme);
    let body = title(buffer, area, app, &right, theme);
    let (left, right) = columns(body);
    choices::choices(buffer, left, app, theme);
    plan(buffer, right, app, theme);
    if let Some(field) = &app.depth.field {
        app.hits.cover(area);
        let sentence = format!("Type {}.", architecture_names());
        dialogs::field(
            buffer,
            area,
            "Another architecture",
            &sentence,
            field,
            theme,
        );
    }
}

fn plan(buffer: &mut Buffer, right: Rect, app: &App, theme: Theme) {
    let (Some(analysis), Some(plan)) = (&app.analysis, &app.plan) else {
        let sentence = match &app.data.failure {
            Some(sentence) => sentence.clone(),
            None => format!("reading {} …", app.settings.dataset),
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
            readings::readings(buffer, table, analysis, focused, clicks(app), theme);
        }
    }
}

/// What a click on a reading does.
const fn clicks(app: &App) -> Clicks<'_> {
    Clicks {
        hits: &app.hits,
        choose: App::click_reading_of_depth,
    }
}

/// The cap and where it comes from, long and short.
fn subtitles(app: &App, theme: Theme) -> Vec<Line<'static>> {
    let Some(analysis) = &app.analysis else {
        return Vec::new();
    };
    let rule = &analysis.reading;
    let (number, source) = match app.settings.depth {
        Some(depth) => (format!("depth {depth}"), "set by hand".to_owned()),
        None => (
            format!("cap {}", rule.unit().of(analysis.cap)),
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

/// Rows of each part, from top to bottom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Parts {
    /// The drawing with its heading; 0 where it is not shown.
    drawing: u16,
    note: u16,
    /// The table of stages, with its heading where the drawing has none.
    stages: u16,
    /// The source of the predicted time.
    source: u16,
    readings: u16,
    formula: u16,
    /// The depths by rules without entropy.
    rivals: u16,
    /// Blank rows below drawing, stages, note and costs.
    gaps: [u16; 4],
}

/// Places in [`Parts::gaps`].
const DRAWING: usize = 0;
const STAGES: usize = 1;
const NOTE: usize = 2;
const COSTS: usize = 3;

impl Parts {
    /// Distributes `height` rows. Where drawing and stages do not both fit, `stages_first` says which is shown; where
    /// not all stages fit, readings are left out. The rest goes to the source, blank rows, those between tables first, the
    /// rivals, a larger drawing and the formula, in this order.
    fn share(height: u16, note: u16, stages: u16, readings: u16, stages_first: bool) -> Self {
        let fixed = note + costs::ROWS + readings;
        let mut parts = Self {
            note,
            readings,
            ..Self::default()
        };
        let both = height >= fixed + stages + 1 + MIN_DRAWING;
        if both {
            (parts.stages, parts.drawing) = (stages, 1 + MIN_DRAWING);
        } else if stages_first {
            let missing = (fixed + 1 + stages).saturating_sub(height);
            parts.readings -= missing.min(readings.saturating_sub(MIN_READINGS));
            let fixed = note + costs::ROWS + parts.readings;
            parts.stages = (1 + stages).min(height.saturating_sub(fixed));
        } else {
            parts.drawing = 1 + MIN_DRAWING;
        }
        let mut left = height
            .saturating_sub(note + costs::ROWS + parts.readings + parts.stages + parts.drawing);
        let mut grant = |wanted: u16| {
            let granted = if left >= wanted { wanted } else { 0 };
            left -= granted;
            granted
        };
        parts.source = grant(1);
        parts.gaps[COSTS] = grant(1);
        for (at, rows) in [
            (STAGES, parts.stages),
            (DRAWING, parts.drawing),
            (NOTE, parts.note),
        ] {
            parts.gaps[at] = grant(rows.min(1));
        }
        parts.rivals = grant(1);
        if parts.drawing > 0 {
            parts.drawing += grant(2);
        }
        parts.formula = grant(1);
        if parts.drawing > 0 {
            for _ in 0..MAX_DRAWING.saturating_sub(parts.drawing - 1) / 2 {
                parts.drawing += grant(2);
            }
        }
        parts
    }
}

/// A sentence on the plan, or on what was changed for the images, and whether it is a warning.
fn note(plan: &Plan, analysis: &Analysis) -> Option<(String, bool)> {
    notice(plan, analysis).or_else(|| Some((plan.adaptation.clone()?, false)))
}

/// The rows of all parts in an area of this size.
fn parts(size: Size, app: &App, plan: &Plan, analysis: &Analysis) -> Parts {
    let note_rows =
        note(plan, analysis).map_or(0, |(text, _)| wrapped_rows(&text, size.width) as u16);
    Parts::share(
        size.height,
        note_rows,
        stages::rows(plan),
        readings::rows(analysis),
        app.depth.stages,
    )
}

impl App {
    /// Whether the screen has rows for one of drawing and stages alone.
    pub(super) fn shows_drawing_or_stages(&self) -> bool {
        let (Some(analysis), Some(Ok(plan))) = (&self.analysis, &self.plan) else {
            return false;
        };
        let (_, right) = columns(below_title(self.size));
        let parts = parts(right.as_size(), self, plan, analysis);
        parts.drawing == 0 || parts.stages == 0
    }
}

/// The choices, and the plan beside them.
fn columns(body: Rect) -> (Rect, Rect) {
    beside(body, if body.width < 100 { 17 } else { 24 })
}

fn planned(
    buffer: &mut Buffer,
    area: Rect,
    app: &App,
    analysis: &Analysis,
    plan: &Plan,
    theme: Theme,
) {
    let note = note(plan, analysis);
    let parts = parts(area.as_size(), app, plan, analysis);
    let note_rows = parts.note;
    let mut area = area;
    let mut part = |rows: u16, gap: usize| {
        let place = take(&mut area, rows);
        take(&mut area, parts.gaps[gap]);
        place
    };
    if parts.drawing > 0 {
        let name = format!("{}, blocks to scale", plan.baseline.name);
        let legend = if parts.stages > 0 {
            "░ removed"
        } else {
            "░ removed · t stages"
        };
        let place = part(parts.drawing, DRAWING);
        let legend = Line::styled(legend, theme.dim());
        let below = heading(buffer, place, &name, legend, false, theme);
        blocks(buffer, below, plan, theme);
    }
    if parts.stages > 0 {
        let mut place = part(parts.stages, STAGES);
        if parts.drawing == 0 {
            let name = format!("{}, stage by stage", plan.baseline.name);
            let legend = Line::styled("t drawing", theme.dim());
            place = heading(buffer, place, &name, legend, false, theme);
        }
        stages::stages(buffer, place, plan, theme);
    }
    if let Some((text, warns)) = note {
        let style = if warns { theme.warning() } else { theme.dim() };
        paragraph(buffer, part(note_rows, NOTE), &text, style);
    }
    let timing = app.times_this_pair();
    let place = part(costs::ROWS + parts.source, COSTS);
    costs::costs(buffer, place, plan, timing, theme);
    if parts.source > 0 {
        let device = app.device_name();
        let row = indent(bottom(place, 1), 2);
        let source = if app.widths.is_busy() {
            "timing steps for widths and time saved".to_owned()
        } else {
            costs::source(plan, timing, device)
        };
        let text = format::cut(&source, row.width as usize);
        buffer.set_string(row.x, row.y, text, theme.dim());
    }
    let focused = app.depth.panel == DepthPanel::Readings;
    let place = take(&mut area, parts.readings);
    let clicks = clicks(app);
    app.hits
        .add(place, App::focus_choice, DepthPanel::Readings as usize);
    networks(
        buffer,
        place,
        analysis,
        &app.alternatives,
        focused,
        clicks,
        theme,
    );
    if parts.rivals > 0 {
        let mut sentence = rivals_text(plan, &app.alternatives);
        let by_training = " · by training: keys 5 n";
        if sentence.width() + by_training.width() <= area.width as usize {
            sentence.push_str(by_training);
        }
        let row = take(&mut area, 1);
        let text = format::cut(&sentence, row.width as usize);
        buffer.set_string(row.x, row.y, text, theme.dim());
    }
    if parts.formula > 0 {
        let sentence = format!(
            "  {} = {} ({})",
            analysis.reading,
            analysis.reading.formula(),
            analysis.reading.origin()
        );
        let text = format::cut(&sentence, area.width as usize);
        buffer.set_string(area.x, area.y, text, theme.dim());
    }
}

/// The networks that rules without entropy give, indented below a table of readings.
pub fn rivals_text(plan: &Plan, alternatives: &Alternatives) -> String {
    let Rivals {
        receptive_field_border: border,
        half_depth,
    } = Rivals::of(&plan.baseline_spec);
    format!(
        "  without entropy: receptive-field border {} · half depth {}{}",
        format::known(border.longest, |at| at.depth.to_string()),
        half_depth.depth,
        alternatives
            .narrow
            .as_ref()
            .map_or_else(String::new, narrow_text)
    )
}

/// The baseline at its own depth with the capped network's time.
fn narrow_text(narrow: &NetworkSummary) -> String {
    format!(
        " · narrower baseline {}: widths {}",
        narrow.conv_depth,
        narrow.widths_text()
    )
}

/// A sentence on the plan, and whether it is a warning.
fn notice(plan: &Plan, analysis: &Analysis) -> Option<(String, bool)> {
    if plan.capped.is_none() && plan.is_shallowest() {
        let name = &plan.baseline.name;
        return Some((
            format!("{name} is the shallowest network of its family: choose a deeper one."),
            true,
        ));
    }
    if plan.capped.is_none() {
        return Some((
            format!(
                "{} has {} convolutions, within the cap: no change. ← sets a depth by hand.",
                plan.baseline.name, plan.baseline.conv_depth
            ),
            true,
        ));
    }
    if plan.raised_to_floor {
        return Some((
            format!(
                "The cap of {} is below one {}: raised to {} convolutions.",
                plan.cap,
                plan.baseline_spec.architecture.labels().unit,
                plan.floor
            ),
            true,
        ));
    }
    plan.depth_override.then(|| {
        (
            format!(
                "Depth set by hand. d restores the cap of {}: {}.",
                plan.reading,
                format::known(analysis.get(&plan.reading), |reading| plan
                    .reading
                    .unit()
                    .of(reading.cap)),
            ),
            false,
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_never_shared_out_twice() {
        for height in 14..80 {
            for (note, stages) in [(0, 4), (2, 4), (1, 8), (3, 8)] {
                for stages_first in [false, true] {
                    let parts = Parts::share(height, note, stages, 7, stages_first);
                    let shown = u16::from(parts.drawing > 0) + u16::from(parts.stages > 0);
                    let gap = parts.gaps.iter().sum::<u16>();
                    let used = parts.drawing
                        + parts.note
                        + parts.stages
                        + costs::ROWS
                        + parts.source
                        + parts.readings
                        + parts.formula
                        + parts.rivals
                        + gap;
                    let least = note + costs::ROWS + 7 + 1 + MIN_DRAWING;
                    assert!(used <= height.max(least), "{height} {parts:?}");
                    assert!(height < 30 || shown == 2, "{height} {parts:?}");
                }
            }
        }
    }

    /// As on a terminal of 120 columns and 36 rows, where the parts have 30.
    #[test]
    fn tables_stand_apart_before_the_drawing_grows() {
        let parts = Parts::share(30, 0, 4, 9, false);
        assert_eq!(parts.gaps, [1, 1, 0, 1]);
        assert_eq!((parts.drawing, parts.source, parts.rivals), (7, 1, 1));
        let noted = Parts::share(30, 1, 4, 9, false);
        assert_eq!(noted.gaps, [1, 1, 0, 1]);
        let narrow = Parts::share(28, 1, 4, 9, false);
        assert_eq!(narrow.gaps, [0, 0, 0, 1], "the last two are tables");
        assert_eq!(Parts::share(21, 0, 4, 9, false).gaps, [0; 4]);
    }
}
