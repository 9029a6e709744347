//! Before a launch: the settings, the pair, the devices.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::context::{ABOVE, LEAST, context, distribution};
use super::form::{self, lines};
use crate::format::capitalised;
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::remedy::in_names;
use crate::tui::screens::{beside, take, title};
use crate::tui::theme::Theme;
use crate::tui::widgets::blocks::blocks;
use crate::tui::widgets::dialogs::{fitted, paragraph, text_field, wrapped_rows};
use crate::tui::widgets::heading::heading;
use crate::tui::widgets::stages;
use crate::tui::widgets::table::pad;

/// Fewest columns beside the settings for a drawing of the networks too.
const WIDE: u16 = 104;
/// Columns of what the settings lead to, where the drawing is beside it.
const MIDDLE: u16 = 50;
/// Most rows of the drawing, its heading with them.
const MOST_DRAWING: u16 = 48;
/// Fewest rows of the screen for the distribution below the drawing.
const TALL: u16 = MOST_DRAWING + 18;

/// Draws the settings to the left, what they lead to on the right; from 160 columns on, the networks beside it, and below the
/// settings what else could be trained and was trained before.
pub fn render(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let right = Line::styled("settings of the paired training", theme.dim());
    let body = title(buffer, area, app, &[right], theme);
    let left_width = if body.width < 100 { 42 } else { 50 };
    let (mut left, mut right) = beside(body, left_width);
    if right.width >= WIDE {
        let (middle, drawing) = beside(right, MIDDLE);
        networks(buffer, drawing, app, theme);
        right = middle;
        if body.height >= ABOVE + 1 + LEAST {
            let mut below = Rect {
                width: right.right() - left.x,
                ..left
            };
            take(&mut below, ABOVE + 1);
            context(buffer, below, app, body.height < TALL, theme);
            (left.height, right.height) = (ABOVE, ABOVE);
        }
    }
    form(buffer, left, app, theme);
    pair(buffer, right, app, theme);
}

/// Both networks to scale, and their stages; on a tall screen the distribution behind the cap.
fn networks(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let Some(Ok(plan)) = &app.plan else {
        return;
    };
    let mut area = area;
    let is_tall = area.height >= TALL;
    let table = stages::rows(plan);
    let rows = area.height.saturating_sub(table + 2).min(MOST_DRAWING);
    let name = format!("{}, blocks to scale", plan.baseline.name);
    let legend = Line::styled("░ removed", theme.dim());
    let below = heading(buffer, take(&mut area, rows), &name, legend, false, theme);
    blocks(buffer, below, plan, theme);
    take(&mut area, 1);
    if is_tall {
        let rows = area.height;
        distribution(buffer, &mut area, rows, app, theme);
    } else {
        stages::stages(buffer, take(&mut area, table), plan, theme);
    }
}

/// What the focused setting means, and how a script sets it.
fn about(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let Some(setting) = app.form.setting() else {
        return;
    };
    let meaning = setting.meaning();
    let text = meaning.split_whitespace().collect::<Vec<_>>().join(" ");
    let rows = wrapped_rows(&text, area.width) as u16;
    if area.height < rows + 4 {
        return;
    }
    let mut area = area;
    take(&mut area, 1);
    let option = Line::styled(format!("--{}", setting.key), theme.dim());
    let below = heading(buffer, area, "this setting", option, false, theme);
    paragraph(buffer, below, &text, Style::new());
}

fn form(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    const LABEL: usize = 14;
    const VALUE: usize = 10;
    const MOST: usize = 18;
    app.hits.add_list(area, |app, step| app.form.step(step));
    let mut area = heading(buffer, area, "settings", Line::default(), true, theme);
    let lines = lines().filter_map(|setting| Some((setting, setting.form.as_ref()?)));
    for (index, (setting, form)) in lines.enumerate() {
        let focused = index == app.form.focus;
        let style = theme.line(focused);
        let place = take(&mut area, 1);
        let text = form::text(setting, &app.settings);
        let value = pad(&text, VALUE.max(text.chars().count().min(MOST)), true);
        let room = area.width as usize;
        let free = room.saturating_sub(4 + LABEL + value.chars().count());
        let unit = match (setting.key, &app.analysis) {
            ("reading", Some(analysis)) => {
                let unit = analysis.reading.unit();
                let full = format!("cap {}", unit.in_short(analysis.cap));
                if full.len() <= free {
                    full
                } else {
                    format!("cap {}", unit.in_letter(analysis.cap))
                }
            }
            ("augment", _) if app.settings.recipe.augment => {
                format!("crop by {}", app.settings.recipe.crop_padding)
            }
            _ if setting.is_automatic(&app.settings) => format!("{}, auto", form.short_unit),
            ("margin", _) if text.ends_with('%') => "of the error".to_owned(),
            _ => form.unit.to_owned(),
        };
        let unit = format::cut(&unit, free);
        let hint = if form.chosen && focused && unit.chars().count() + 4 <= free {
            "‹ › "
        } else {
            ""
        };
        let line = Line::from(vec![
            theme.mark(focused),
            Span::styled(pad(form.label, LABEL, false), style),
            Span::styled(value, style),
            Span::styled(format!("  {hint}{unit}"), theme.dim()),
        ]);
        buffer.set_line(place.x, place.y, &line, place.width);
        app.hits.add_line(place, App::click_line, index, focused);
        let Some(field) = app.form.field.as_ref().filter(|_| focused) else {
            continue;
        };
        let value = Rect {
            x: place.x + 2 + LABEL as u16,
            width: VALUE as u16,
            ..place
        };
        text_field(buffer, value, &field.input, true, theme);
        if let Some(sentence) = &field.error {
            let inset = Rect {
                x: area.x + 2,
                width: area.width.saturating_sub(2),
                ..area
            };
            let rows = wrapped_rows(sentence, inset.width) as u16;
            paragraph(buffer, inset, sentence, theme.error());
            take(&mut area, rows);
        }
    }
    take(&mut area, 1);
    let focused = app.form.setting().is_none();
    let place = take(&mut area, 1);
    app.hits.add(place, |app, _| app.launch(), 0);
    launch_line(buffer, place, app, focused, theme);
    let inset = Rect {
        x: area.x + 2,
        width: area.width.saturating_sub(2),
        ..area
    };
    if let Some(sentence) = app.obstacle() {
        paragraph(buffer, inset, &sentence, theme.warning());
    } else if let Some(analysis) = &app.analysis {
        let mut rest = inset;
        for sentence in app.settings.decided(&analysis.profile) {
            let sentence = format!("{}.", capitalised(&in_names(&sentence)));
            let text = fitted(&sentence, rest.width, rest.height as usize);
            rest = paragraph(buffer, rest, &text, theme.dim());
        }
    }
}

fn launch_line(buffer: &mut Buffer, area: Rect, app: &App, focused: bool, theme: Theme) {
    let style = match (focused, app.obstacle()) {
        (_, Some(_)) => theme.dim(),
        (true, None) => theme.accent(),
        (false, None) => theme.strong(),
    };
    let line = Line::from(vec![
        theme.mark(focused),
        Span::styled("start the training", style),
        Span::styled("   Enter", theme.dim()),
    ]);
    buffer.set_line(area.x, area.y, &line, area.width);
}

/// What would be trained, and on what.
fn pair(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let mut area = area;
    let place = take(&mut area, 13);
    let mut below = heading(buffer, place, "the pair", Line::default(), false, theme);
    match (&app.plan, &app.data.current) {
        (Some(Ok(plan)), Some(loaded)) => {
            let cells = |cells: [&str; 3]| {
                pad(cells[0], 12, false) + &pad(cells[1], 11, true) + &pad(cells[2], 10, true)
            };
            let capped = plan.capped.as_ref();
            let count = |value: usize| format::count(value as u64);
            let line = Line::from(vec![
                Span::raw(pad("", 13, false)),
                Span::styled("● baseline", theme.baseline()),
                Span::styled("  ▲ capped", theme.capped()),
            ]);
            let place = take(&mut below, 1);
            buffer.set_line(place.x, place.y, &line, place.width);
            let rows = [
                [
                    "convolutions".to_owned(),
                    count(plan.baseline.conv_depth),
                    format::known(capped, |network| count(network.conv_depth)),
                ],
                [
                    "parameters".to_owned(),
                    format::large(plan.baseline.parameters as f64),
                    format::known(capped, |network| format::large(network.parameters as f64)),
                ],
                [
                    "MACs".to_owned(),
                    format::large(plan.baseline.macs as f64),
                    format::known(capped, |network| format::large(network.macs as f64)),
                ],
            ];
            for [name, baseline, capped] in rows {
                let place = take(&mut below, 1);
                let text = cells([&name, &baseline, &capped]);
                buffer.set_stringn(place.x, place.y, text, place.width as usize, Style::new());
            }
            take(&mut below, 1);
            let recipe = &app.settings.recipe;
            let images = loaded.analysis.profile.images;
            let steps = images / recipe.batch_size.max(1);
            let lines = [
                format!("{}, {}", plan.dataset, plan.architecture),
                format!(
                    "{} training, {} test images",
                    count(images),
                    count(loaded.test_images)
                ),
                format!(
                    "{} steps per epoch, {} in all",
                    count(steps),
                    count(steps * recipe.epochs * recipe.seeds.len() * 2)
                ),
            ];
            for text in lines {
                let place = take(&mut below, 1);
                buffer.set_stringn(place.x, place.y, text, place.width as usize, theme.dim());
            }
            price(buffer, below, app, theme);
        }
        _ => {
            paragraph(buffer, below, "No pair is planned yet.", theme.dim());
        }
    }
    take(&mut area, 1);
    let rest = devices(buffer, area, app, theme);
    about(buffer, rest, app, theme);
}

/// What the training costs, or why that is not known.
fn price(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let (text, style) = match app.price() {
        Some(Ok(price)) => (price.text(), theme.strong()),
        Some(Err(sentence)) => (format!("no price: {sentence}"), theme.warning()),
        None if app.obstacle().is_some() => return,
        None => ("timing some steps for the price …".to_owned(), theme.dim()),
    };
    paragraph(buffer, area, &text, style);
}

fn devices(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) -> Rect {
    let mut below = heading(buffer, area, "devices", Line::default(), false, theme);
    if app.devices.is_empty() {
        below = paragraph(buffer, below, "Looking for devices …", theme.dim());
    }
    for device in &app.devices {
        let style = if device.usable {
            Style::new()
        } else {
            theme.dim()
        };
        let auto = if device.automatic { " (auto)" } else { "" };
        let text = format!(
            "{}{auto}: {}",
            device.name,
            device.reason.as_ref().unwrap_or(&device.description)
        );
        below = paragraph(buffer, below, &text, style);
    }
    below
}
