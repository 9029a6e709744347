//! The view of the screen.

mod adding;
mod analysed;
mod changes;
mod datasets;
mod parts;
mod profile;
mod samples;
mod waiting;

pub use analysed::chart;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::tui::app::App;
use crate::tui::format;
use crate::tui::pictures::Pictures;
use crate::tui::screens::title;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::{beside, take};

/// Fewest columns beside the datasets for sample images in a column of their own.
const WIDE: u16 = 110;

/// Draws the screen; from 160 columns on, the sample images stand in a column to the right.
///
/// ```text
/// Data  image entropy and the depth cap        glyphs · train · 4,000 × 3×32×32 · 10 classes
/// datasets ─────────────   image information ─────────────────────── 12.31 ± 0.05 bits
/// ▸ glyphs       embedded                  (histogram, the cap as a rule in it)
///   mnist        f: fetch
/// profile ──────────────   reading              bits  cap     95 %  unit     ━━━━━┊── 24
///   …                      ▸ channel-sum       12.31   13       13  convolutions
///                          classes ──────────────────────────────────── bits per pixel
///                          sample images ─────────────────────────────────────────────
/// ```
pub(super) fn render(
    buffer: &mut Buffer,
    area: Rect,
    app: &App,
    theme: Theme,
    pictures: &Pictures,
) {
    let half_blocks = Pictures::half_blocks();
    let pictures = if app.data.adding.is_some() {
        &half_blocks
    } else {
        pictures
    };
    let right = subtitles(app, theme);
    let body = title(buffer, area, app, &right, theme);
    let left_width = match body.width {
        0..100 => 24,
        100..160 => 32,
        _ => 44,
    };
    let (mut left, right) = beside(body, left_width);
    let rows = app.data.entries.len() as u16 + 3;
    let rows = rows.min(left.height / 2);
    let list = take(&mut left, rows);
    datasets::datasets(buffer, list, app, theme);
    match (&app.data.current, &app.analysis) {
        (Some(loaded), Some(analysis)) => {
            profile::profile(buffer, left, analysis, theme);
            if right.width >= WIDE && right.height >= 20 {
                let images = (right.width / 5).clamp(30, 48);
                let (middle, images) = beside(right, right.width - images - 3);
                analysed::analysed(buffer, middle, app, loaded, false, theme);
                samples::column(buffer, images, loaded, theme, pictures);
            } else {
                let rest = analysed::analysed(buffer, right, app, loaded, true, theme);
                samples::samples(buffer, rest, loaded, theme, pictures);
            }
        }
        _ => waiting::waiting(buffer, right, app, theme),
    }
    if let Some(field) = &app.data.adding {
        app.hits.cover(area);
        adding::adding(buffer, area, app, field, theme);
    }
}

/// A description of the images, long to short.
fn subtitles(app: &App, theme: Theme) -> Vec<Line<'static>> {
    let Some(analysis) = &app.analysis else {
        return Vec::new();
    };
    let profile = &analysis.profile;
    let shape = format!(
        "{} × {}×{}×{} · {} classes",
        format::count(profile.images as u64),
        profile.channels,
        profile.height,
        profile.width,
        format::count(profile.classes as u64)
    );
    let name = &profile.dataset;
    [
        format!("{name} · {} split · {shape}", profile.split),
        format!("{name} · {shape}"),
        shape,
    ]
    .map(|text| Line::styled(text, theme.dim()))
    .to_vec()
}
