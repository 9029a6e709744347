//! Screen 1: what information do the images hold?

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{beside, take, title};
use crate::dataset::{Entry, Source, State};
use crate::depth::Analysis;
use crate::tui::app::{App, DataPanel, LoadStage, Loaded, Sample};
use crate::tui::format;
use crate::tui::theme::Theme;
use crate::tui::widgets::dialogs::{paragraph, wrapped_rows};
use crate::tui::widgets::heading::heading;
use crate::tui::widgets::histogram::histogram;
use crate::tui::widgets::image::image;
use crate::tui::widgets::readings;
use crate::tui::widgets::table::pad;

/// Draws the screen.
///
/// ```text
/// What information do the images hold?         glyphs · train · 4,000 × 3×32×32 · 10 classes
/// datasets ─────────────   image information ─────────────────────── 12.31 ± 0.05 bits
/// ▸ glyphs       embedded                  (histogram, the cap as a rule in it)
///   mnist        missing
/// profile ──────────────   reading              bits  cap     95 %  unit
///   …                      ▸ channel-sum       12.31   13       13  convolutions
///                          classes ──────────────────────────────────── bits per pixel
///                          sample images ─────────────────────────────────────────────
/// ```
pub fn render(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
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
    datasets(buffer, list, app, theme);
    match (&app.data.current, &app.analysis) {
        (Some(loaded), Some(analysis)) => {
            profile(buffer, left, analysis, theme);
            analysed(buffer, right, app, loaded, analysis, theme);
        }
        _ => waiting(buffer, right, app, theme),
    }
}

/// What the images are, long and short.
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
        profile.classes
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

fn datasets(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let focused = app.data.panel == DataPanel::Datasets;
    let below = heading(buffer, area, "datasets", Line::default(), focused, theme);
    let state_width = 8;
    let name_width = (below.width as usize).saturating_sub(state_width + 3);
    let lines = app.data.entries.len() + 1;
    let first = (app.data.marked + 1).saturating_sub(below.height as usize);
    for (row, index) in (first..lines).enumerate().take(below.height as usize) {
        let y = below.y + row as u16;
        let marked = index == app.data.marked;
        let mark = Span::styled(if marked { "▸ " } else { "  " }, theme.accent());
        let style = if marked { theme.strong() } else { Style::new() };
        let line = match app.data.entries.get(index) {
            Some(entry) => Line::from(vec![
                mark,
                Span::styled(pad(&name(entry), name_width, false), style),
                Span::raw(" "),
                Span::styled(pad(state(entry), state_width, false), theme.dim()),
            ]),
            None => Line::from(vec![
                mark,
                Span::styled("+ add a folder", if marked { style } else { theme.dim() }),
            ]),
        };
        buffer.set_line(below.x, y, &line, below.width);
    }
}

/// A folder by its last part, everything else by its name.
fn name(entry: &Entry) -> String {
    match &entry.source {
        Source::Folder(path) => path.file_name().map_or_else(
            || entry.source.to_string(),
            |name| format!("{}/", name.to_string_lossy()),
        ),
        source => source.to_string(),
    }
}

const fn state(entry: &Entry) -> &'static str {
    match (&entry.state, &entry.source) {
        (State::Embedded, _) => "embedded",
        (State::Found(_), Source::Folder(_)) => "folder",
        (State::Found(_), _) => "found",
        (State::Missing(_), _) => "missing",
    }
}

/// What is said while there is nothing to show: progress, or why there is nothing.
fn waiting(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let mut area = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        width: area.width.min(72),
        ..area
    };
    if let Some(sentence) = &app.data.failure {
        take(&mut area, 1);
        let mut rest = paragraph(buffer, area, sentence, theme.error());
        take(&mut rest, 1);
        paragraph(
            buffer,
            rest,
            "Choose another dataset, or add a folder of images with a.",
            theme.dim(),
        );
        return;
    }
    let Some(stage) = app.data.loading else {
        let sentence = if app.data.entries.is_empty() {
            "Looking for datasets …"
        } else {
            "Enter adds a folder that holds one folder of images per class."
        };
        paragraph(buffer, area, sentence, theme.dim());
        return;
    };
    let (what, share) = match stage {
        LoadStage::Reading { done, total } => ("reading the images", of(done, total)),
        LoadStage::Profiling { done, total } => ("measuring their entropy", of(done, total)),
    };
    let sentence = format!("{}: {what} …", app.settings.dataset);
    let mut rest = paragraph(buffer, area, &sentence, Style::new());
    take(&mut rest, 1);
    if let Some((share, numbers)) = share {
        let bar = rest.width.saturating_sub(24).min(44);
        let done = (share * f64::from(bar)).round() as usize;
        let line = Line::from(vec![
            Span::styled("━".repeat(done), theme.entropy()),
            Span::styled("─".repeat(usize::from(bar) - done), theme.faint()),
            Span::styled(format!("  {numbers}"), theme.dim()),
        ]);
        buffer.set_line(rest.x, rest.y, &line, rest.width);
    }
}

fn of(done: usize, total: usize) -> Option<(f64, String)> {
    (total > 0).then(|| {
        let numbers = format!(
            "{} of {}",
            format::count(done as u64),
            format::count(total as u64)
        );
        ((done as f64 / total as f64).min(1.0), numbers)
    })
}

fn profile(buffer: &mut Buffer, area: Rect, analysis: &Analysis, theme: Theme) {
    let profile = &analysis.profile;
    let information = &profile.image_information;
    let bits = |value: f64| format::fixed(value, 2);
    let below = heading(
        buffer,
        area,
        "profile",
        Line::styled("bits/pixel", theme.dim()),
        false,
        theme,
    );
    let lines = [
        ("image information", bits(information.mean)),
        ("  sd over images", bits(information.sd)),
        ("  least", bits(information.min)),
        ("  lower quartile", bits(information.q1)),
        ("  median", bits(information.median)),
        ("  upper quartile", bits(information.q3)),
        ("  95th percentile", bits(information.p95)),
        ("  most", bits(information.max)),
        ("grey level", bits(profile.grey.mean)),
        ("joint colour", bits(profile.joint_colour.mean)),
        ("pooled histogram", bits(profile.pooled_histogram.sum)),
    ];
    let timing = [
        ("profiled in", format::about(profile.seconds)),
        ("read in", format::about(profile.load_seconds)),
        ("pixels", format::bytes(profile.bytes)),
    ];
    let room = below.height as usize;
    let gap = usize::from(room > lines.len() + timing.len());
    let put = |buffer: &mut Buffer, row: usize, name: &str, value: &str| {
        if row < room {
            let y = below.y + row as u16;
            let width = below.width as usize;
            buffer.set_stringn(below.x, y, name, width, theme.dim());
            let start = below.right() - (value.chars().count() as u16).min(below.width);
            buffer.set_string(start, y, value, Style::new());
        }
    };
    for (row, (name, value)) in lines.iter().enumerate() {
        put(buffer, row, name, value);
    }
    for (row, (name, value)) in timing.iter().enumerate() {
        put(buffer, lines.len() + gap + row, name, value);
    }
}

fn analysed(
    buffer: &mut Buffer,
    area: Rect,
    app: &App,
    loaded: &Loaded,
    analysis: &Analysis,
    theme: Theme,
) {
    let profile = &analysis.profile;
    let mut area = area;
    let air = u16::from(area.height >= 26);
    let most = if area.height < 26 { 2 } else { 4 };
    let strip_rows = strip_rows(app, analysis, area.width, most);
    let reading = analysis.of(analysis.reading);
    let sentence = format!("{}; {}", analysis.reading.formula(), reading.fragility);
    let note_rows = (wrapped_rows(&sentence, area.width - 2) as u16).min(2);
    let fixed = readings::rows(analysis) + note_rows + air + 1 + strip_rows;
    let spare = area.height.saturating_sub(fixed);
    let sample_rows = match spare {
        0..17 => 0,
        17..24 => 8,
        _ => (spare * 2 / 5).min(19),
    };
    let information = &profile.image_information;
    let histogram_rows = spare - sample_rows - u16::from(sample_rows > 0);
    let top = take(&mut area, histogram_rows);
    let summary = Line::from(vec![
        Span::styled(
            format!(
                "mean {} ± {}",
                format::fixed(information.mean, 2),
                format::fixed(1.96 * information.standard_error, 2)
            ),
            theme.entropy(),
        ),
        Span::styled(
            format!("  sd {}", format::fixed(information.sd, 2)),
            theme.dim(),
        ),
    ]);
    let below = heading(
        buffer,
        top,
        "number of images by image information",
        summary,
        false,
        theme,
    );
    let most_bits = 8.0 * profile.channels as f64;
    histogram(buffer, below, information, analysis.cap, most_bits, theme);
    let focused = app.data.panel == DataPanel::Readings;
    let table = take(&mut area, readings::rows(analysis));
    readings::readings(buffer, table, analysis, focused, theme);
    let note = take(&mut area, note_rows);
    let inset = Rect {
        x: note.x + 2,
        width: note.width - 2,
        ..note
    };
    paragraph(buffer, inset, &sentence, theme.dim());
    take(&mut area, air);
    let place = take(&mut area, 1 + strip_rows);
    strip(buffer, place, app, analysis, theme);
    if sample_rows > 0 {
        take(&mut area, 1);
        samples(buffer, area, loaded, theme);
    }
}

const STRIP_CELL: usize = 15;

fn strip_cells(app: &App, analysis: &Analysis) -> Vec<(String, f64)> {
    let profile = &analysis.profile;
    if app.data.channels {
        let channels = &profile.channel_entropy;
        channels.iter().map(|c| (c.name.clone(), c.mean)).collect()
    } else {
        let classes = &profile.per_class;
        classes.iter().map(|c| (c.name.clone(), c.mean)).collect()
    }
}

fn strip_rows(app: &App, analysis: &Analysis, width: u16, most: u16) -> u16 {
    let per_row = (width as usize / (STRIP_CELL + 1)).max(1);
    let rows = strip_cells(app, analysis).len().div_ceil(per_row);
    (rows as u16).clamp(1, most)
}

/// Mean information by class or by channel, in cells from left to right.
fn strip(buffer: &mut Buffer, area: Rect, app: &App, analysis: &Analysis, theme: Theme) {
    let (name, other) = if app.data.channels {
        ("channels, mean bits per pixel", "c: classes")
    } else {
        ("classes, mean bits per pixel", "c: channels")
    };
    let below = heading(
        buffer,
        area,
        name,
        Line::styled(other, theme.dim()),
        false,
        theme,
    );
    let cells = strip_cells(app, analysis);
    let per_row = (below.width as usize / (STRIP_CELL + 1)).max(1);
    let room = per_row * below.height as usize;
    let too_many = cells.len() > room;
    for (index, (name, bits)) in cells.iter().enumerate().take(room) {
        let x = below.x + (index % per_row * (STRIP_CELL + 1)) as u16;
        let y = below.y + (index / per_row) as u16;
        if too_many && index + 1 == room {
            let more = format!("… and {} more", cells.len() - index);
            buffer.set_string(x, y, more, theme.dim());
            break;
        }
        let line = Line::from(vec![
            Span::styled("▏", theme.entropy()),
            Span::styled(pad(name, STRIP_CELL - 7, false), theme.dim()),
            Span::raw(" "),
            Span::raw(pad(&format::fixed(*bits, 2), 5, true)),
        ]);
        buffer.set_line(x, y, &line, STRIP_CELL as u16);
    }
}

/// Images of least, middle and most information, each group with its values below.
fn samples(buffer: &mut Buffer, area: Rect, loaded: &Loaded, theme: Theme) {
    let below = heading(
        buffer,
        area,
        "sample images, bits per pixel",
        Line::default(),
        false,
        theme,
    );
    if below.height < 4 {
        return;
    }
    let high = below.height - 1;
    let wide = high * 2;
    let samples = &loaded.samples;
    let groups = [
        ("least", &samples.lowest),
        ("median", &samples.median),
        ("most", &samples.highest),
    ];
    let group_room = below.width / 3;
    let each = (group_room / (wide + 1)).max(1) as usize;
    for (index, (name, images)) in groups.into_iter().enumerate() {
        let x = below.x + index as u16 * group_room;
        for (number, sample) in images.iter().take(each).enumerate() {
            let place = Rect {
                x: x + number as u16 * (wide + 1),
                y: below.y,
                width: wide.min(group_room.saturating_sub(1)),
                height: high,
            };
            image(buffer, place, sample, theme);
            let text = caption(name, sample, number, place.width);
            buffer.set_string(place.x, below.bottom() - 1, text, theme.dim());
        }
    }
}

fn caption(name: &str, sample: &Sample, number: usize, width: u16) -> String {
    let bits = format::fixed(sample.information, 2);
    let text = if number == 0 {
        format!("{name} {bits}")
    } else {
        bits
    };
    format::cut(&text, width as usize)
}
