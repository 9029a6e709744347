//! Screen 3: does it hold?

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{beside, take, title};
use crate::evidence::LEAST_SEEDS;
use crate::run::Summary;
use crate::training::Role;
use crate::training::device::Load;
use crate::tui::app::{App, Chart, Live, Phase, Setting};
use crate::tui::format;
use crate::tui::theme::Theme;
use crate::tui::widgets::curves::{Curves, curves, marker};
use crate::tui::widgets::dialogs::{paragraph, text_field, wrapped_rows};
use crate::tui::widgets::heading::heading;
use crate::tui::widgets::table::{Column, header, number, pad, row, words};

/// Draws the screen: the settings before a launch, the training from then on.
///
/// ```text
/// Does it hold?                      seed 2 of 5 · epoch 6 of 20 · capped network   ▶ 1:12:40
/// test accuracy, % ──────── ● 93.1  ▲ 93.3   training loss, nats ────── ● 0.112  ▲ 0.108
/// seconds per epoch ─────── ● 11.2  ▲ 7.1    time saved, % ─── 36.6 ± 0.4  ┄ predicted 49
/// this seed             %   epoch      step   images/s   accuracy %
/// ● baseline ━━━━────  31    6/20     12/31      4,460         93.1
/// ▲ capped   ━━━━────  30    6/20      0/31      7,120         93.3
/// verdict so far · device, memory, load
/// ```
pub fn render(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    match &app.live {
        Some(live) => training(buffer, area, app, live, theme),
        None => before(buffer, area, app, theme),
    }
}

fn before(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let right = Line::styled("settings of the paired training", theme.dim());
    let body = title(buffer, area, app, &[right], theme);
    let left_width = if body.width < 100 { 42 } else { 50 };
    let (left, right) = beside(body, left_width);
    form(buffer, left, app, theme);
    pair(buffer, right, app, theme);
}

fn form(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    const LABEL: usize = 14;
    const VALUE: usize = 9;
    let mut area = heading(buffer, area, "settings", Line::default(), true, theme);
    for (index, setting) in Setting::ALL.into_iter().enumerate() {
        let focused = index == app.form.focus;
        let mark = Span::styled(if focused { "▸ " } else { "  " }, theme.accent());
        if setting == Setting::Launch {
            take(&mut area, 1);
            launch_line(buffer, take(&mut area, 1), app, mark, focused, theme);
            continue;
        }
        let style = if focused {
            theme.strong()
        } else {
            Style::new()
        };
        let place = take(&mut area, 1);
        let hint = if setting.is_choice() && focused {
            "‹ › "
        } else {
            ""
        };
        let line = Line::from(vec![
            mark,
            Span::styled(pad(setting.label(), LABEL, false), style),
            Span::styled(pad(&setting.text(&app.settings), VALUE, true), style),
            Span::styled(format!("  {hint}{}", setting.unit()), theme.dim()),
        ]);
        buffer.set_line(place.x, place.y, &line, place.width);
        let Some(field) = app.form.field.as_ref().filter(|_| focused) else {
            continue;
        };
        let value = Rect {
            x: place.x + 2 + LABEL as u16,
            width: (VALUE as u16).max(10),
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
    if let Some(sentence) = app.obstacle() {
        let inset = Rect {
            x: area.x + 2,
            width: area.width.saturating_sub(2),
            ..area
        };
        paragraph(buffer, inset, &sentence, theme.warning());
    }
}

fn launch_line(
    buffer: &mut Buffer,
    area: Rect,
    app: &App,
    mark: Span<'static>,
    focused: bool,
    theme: Theme,
) {
    let style = match (focused, app.obstacle()) {
        (_, Some(_)) => theme.dim(),
        (true, None) => theme.accent(),
        (false, None) => theme.strong(),
    };
    let line = Line::from(vec![
        mark,
        Span::styled("start the training", style),
        Span::styled("   Enter", theme.dim()),
    ]);
    buffer.set_line(area.x, area.y, &line, area.width);
}

/// What would be trained, and on what.
fn pair(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let mut area = area;
    let place = take(&mut area, 10);
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
            let images = loaded.dataset.train.len();
            let steps = images / recipe.batch_size.max(1);
            let lines = [
                format!("{}, {}", plan.dataset, plan.architecture),
                format!(
                    "{} training, {} test images",
                    count(images),
                    count(loaded.dataset.test.len())
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
        }
        _ => {
            paragraph(buffer, below, "No pair is planned yet.", theme.dim());
        }
    }
    take(&mut area, 1);
    devices(buffer, area, app, theme);
}

fn devices(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let mut below = heading(buffer, area, "devices", Line::default(), false, theme);
    if app.devices.is_empty() {
        paragraph(buffer, below, "Looking for devices …", theme.dim());
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
}

fn training(buffer: &mut Buffer, area: Rect, app: &App, live: &Live, theme: Theme) {
    let mut body = title(buffer, area, app, &[status(app, live, theme)], theme);
    let air = u16::from(body.height >= 30);
    let foot = foot_rows(live, body.width);
    let charts_rows = body.height.saturating_sub(foot + air);
    let place = take(&mut body, charts_rows);
    let drawn = Curves {
        metrics: &live.metrics,
        steps: &live.steps,
        epochs: live.epochs(),
        seeds: live.settings.recipe.seeds.len(),
        seed: live
            .seed
            .filter(|_| !matches!(live.phase, Phase::Finished(_))),
        predicted: live.plan.predicted_time_saved,
        saved: live.time_saved(),
        saved_so_far: &live.saved,
    };
    curves(buffer, place, &drawn, &Chart::ALL, app.charts, theme);
    take(&mut body, air);
    match &live.phase {
        Phase::Finished(summary) => finished(buffer, body, live, summary, theme),
        Phase::Failed(sentence) => {
            let sentence = format!("The training could not go on: {sentence}");
            let rest = paragraph(buffer, body, &sentence, theme.error());
            kept(buffer, rest, live, theme);
        }
        Phase::Stopped => {
            let rest = paragraph(buffer, body, "Stopped.", theme.strong());
            kept(buffer, rest, live, theme);
        }
        _ => running(buffer, body, app, live, theme),
    }
}

fn foot_rows(live: &Live, width: u16) -> u16 {
    match &live.phase {
        Phase::Finished(_) => 6,
        Phase::Failed(sentence) => wrapped_rows(sentence, width) as u16 + 3,
        Phase::Stopped => 3,
        _ => 5 + u16::from(!live.warnings.is_empty()),
    }
}

fn status(app: &App, live: &Live, theme: Theme) -> Line<'static> {
    let (seed, seeds) = live.seed_of();
    let clock = format::clock(live.elapsed(app.now));
    let (word, style) = match live.phase {
        Phase::Starting => ("starting", theme.strong()),
        Phase::Running => ("▶ running", theme.good()),
        Phase::Paused => ("‖ paused", theme.warning()),
        Phase::Stopping if app.is_quitting() => ("■ stopping, then quitting", theme.warning()),
        Phase::Stopping => ("■ stopping after this step", theme.warning()),
        Phase::Finished(_) => ("✓ finished", theme.good()),
        Phase::Stopped => ("■ stopped", theme.warning()),
        Phase::Failed(_) => ("✗ failed", theme.error()),
    };
    let mut spans = vec![Span::styled(
        format!("{}, {} · ", live.plan.dataset, live.plan.architecture),
        theme.dim(),
    )];
    if !live.phase.is_over() {
        spans.push(Span::styled(
            format!("seed {seed} of {seeds} · "),
            theme.dim(),
        ));
    }
    spans.push(Span::styled(word, style));
    spans.push(Span::raw(format!("  {clock}")));
    Line::from(spans)
}

/// Progress of both networks, what is going on, the verdict so far, and the load.
fn running(buffer: &mut Buffer, area: Rect, app: &App, live: &Live, theme: Theme) {
    let mut area = area;
    progress(buffer, take(&mut area, 3), live, theme);
    verdict(buffer, take(&mut area, 1), live, theme);
    let doing = match (&live.phase, live.network) {
        (Phase::Paused, _) => "paused: Space goes on".to_owned(),
        (_, Some(role)) if live.evaluating => format!("evaluating the {} network", role.name()),
        (_, Some(role)) => format!("training the {} network", role.name()),
        (_, None) => match live.warmed {
            [false, _] => "compiling and tuning, outside the clock".to_owned(),
            _ => "compiling and tuning the capped network".to_owned(),
        },
    };
    let mut parts = vec![doing];
    parts.push(format!(
        "{} left",
        format::known(live.seconds_left(), format::about)
    ));
    parts.extend(load(&live.load));
    if let Some(at) = live.checkpoint {
        let ago = (app.now - at).as_secs_f64();
        parts.push(format!(
            "checkpoint {} ago",
            format::about(ago.max(0.0).round())
        ));
    }
    line_of_parts(buffer, take(&mut area, 1), &parts, theme.dim());
    if let Some(warning) = live.warnings.last() {
        let place = take(&mut area, 1);
        let text = format::cut(&format!("! {warning}"), place.width as usize);
        buffer.set_string(place.x, place.y, text, theme.warning());
    }
}

/// As many parts as fit, between dots.
fn line_of_parts(buffer: &mut Buffer, area: Rect, parts: &[String], style: Style) {
    let mut text = String::new();
    for part in parts {
        let more = if text.is_empty() {
            part.clone()
        } else {
            format!(" · {part}")
        };
        if text.chars().count() + more.chars().count() > area.width as usize {
            break;
        }
        text.push_str(&more);
    }
    buffer.set_string(area.x, area.y, text, style);
}

fn progress(buffer: &mut Buffer, area: Rect, live: &Live, theme: Theme) {
    let columns: [Column; 5] = [
        number("%", 3),
        number("epoch", 9),
        number("step", 9),
        number("images/s", 8),
        number("accuracy %", 10),
    ];
    let numbers = header(&columns);
    let label = 11;
    let bar = (area.width as usize).saturating_sub(label + numbers.chars().count() + 2);
    buffer.set_string(area.x, area.y, "this seed", theme.dim());
    let start = area.x + (label + bar + 2) as u16;
    buffer.set_string(start, area.y, &numbers, theme.dim());
    for (role, y) in Role::BOTH.into_iter().zip(area.y + 1..area.bottom()) {
        let share = (live.epochs_done(role) / live.epochs().max(1) as f64).clamp(0.0, 1.0);
        let done = (share * bar as f64).round() as usize;
        let active = live.network == Some(role);
        let style = theme.role(role);
        let name = format!("{} {}", marker(role), role.name());
        let progress = Line::from(vec![
            Span::styled(pad(&name, label, false), style),
            Span::styled("━".repeat(done), style),
            Span::styled("─".repeat(bar - done), theme.faint()),
        ]);
        buffer.set_line(area.x, y, &progress, area.width);
        let at = live.positions[role as usize];
        let cells = [
            format::percent(share, 0),
            format::known(at, |at| format!("{} of {}", at.epoch, live.epochs())),
            format::known(at, |at| format!("{} of {}", at.step, live.steps_per_epoch)),
            format::known(live.images_per_second(role), |rate| {
                format::count(rate.max(0.0).round() as u64)
            }),
            format::known(live.accuracy(role), |accuracy| format::percent(accuracy, 1)),
        ];
        let style = if active { theme.strong() } else { Style::new() };
        buffer.set_string(start, y, row(&columns, &cells), style);
    }
}

fn verdict(buffer: &mut Buffer, area: Rect, live: &Live, theme: Theme) {
    let verdict = live.verdict();
    let mut words = Line::default();
    match verdict.difference {
        Some(difference) => {
            let points = format::signed(difference.mean * 100.0, 1);
            words.push_span(Span::styled(
                format!("so far: capped {points} points"),
                theme.strong(),
            ));
            if let Some([low, high]) = difference.interval {
                words.push_span(Span::raw(format!(
                    " (95 %: {} … {})",
                    format::signed(low * 100.0, 1),
                    format::signed(high * 100.0, 1)
                )));
            }
        }
        None => words.push_span(Span::styled("so far: no seed is finished", theme.dim())),
    }
    let (_, seeds) = live.seed_of();
    let rest = if seeds < LEAST_SEEDS {
        format!("  no verdict from {seeds} seeds, {LEAST_SEEDS} are needed")
    } else {
        format!(
            "  verdict after {seeds} seeds · margin {} {}",
            Setting::Margin.text(&live.settings),
            if (live.settings.margin - 0.01).abs() < 1e-9 {
                "point"
            } else {
                "points"
            }
        )
    };
    words.push_span(Span::styled(rest, theme.dim()));
    buffer.set_line(area.x, area.y, &words, area.width);
}

fn load(load: &Load) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(share) = load.gpu_use {
        parts.push(format!("GPU {} %", format::percent(share, 0)));
    }
    match (load.gpu_memory, load.gpu_memory_total) {
        (Some(used), Some(total)) => parts.push(format!(
            "{} of {}",
            format::bytes(used),
            format::bytes(total)
        )),
        (Some(used), None) => parts.push(format::bytes(used)),
        _ => {}
    }
    if let Some(watts) = load.gpu_watts {
        parts.push(format!("{} W", format::fixed(watts, 0)));
    }
    if let Some(celsius) = load.gpu_celsius {
        parts.push(format!("{celsius} °C"));
    }
    if let Some(cores) = load.process_cores {
        parts.push(format!("{} cores busy", format::fixed(cores, 1)));
    }
    if let Some(memory) = load.process_memory {
        parts.push(format!("{} memory", format::bytes(memory)));
    }
    parts
}

/// Where a run lies whose training has ended early.
fn kept(buffer: &mut Buffer, area: Rect, live: &Live, theme: Theme) {
    let Some(directory) = &live.directory else {
        paragraph(buffer, area, "Nothing was written.", theme.dim());
        return;
    };
    let sentence = format!(
        "{} epochs are kept in {}; `ebcle-tui resume` goes on from there.",
        live.metrics.len(),
        directory.display()
    );
    paragraph(buffer, area, &sentence, theme.dim());
}

fn finished(buffer: &mut Buffer, area: Rect, live: &Live, summary: &Summary, theme: Theme) {
    let mut area = area;
    let columns = [
        words("", 11),
        number("accuracy %", 12),
        number("loss, nats", 10),
        number("train time", 10),
        number("images/s", 8),
        number("convolutions", 12),
    ];
    let head = take(&mut area, 1);
    buffer.set_string(head.x, head.y, header(&columns), theme.dim());
    for role in Role::BOTH {
        let results: Vec<_> = summary
            .seeds
            .iter()
            .map(|seed| match role {
                Role::Baseline => &seed.baseline,
                Role::Capped => &seed.capped,
            })
            .collect();
        let values = |value: fn(&crate::run::NetworkResult) -> f64| {
            let all: Vec<f64> = results.iter().map(|result| value(result)).collect();
            crate::evidence::mean_interval(&all)
        };
        let mean = |value| values(value).map(|estimate| estimate.mean);
        let cells = [
            format!("{} {}", marker(role), role.name()),
            format::percent_estimate(values(|result| result.test_accuracy)),
            format::known(mean(|result| result.test_loss), |loss| {
                format::fixed(loss, 3)
            }),
            format::known(mean(|result| result.train_seconds), format::about),
            format::known(mean(|result| result.images_per_second), |rate| {
                format::count(rate.round() as u64)
            }),
            format::known(results.first(), |result| result.conv_depth.to_string()),
        ];
        let place = take(&mut area, 1);
        buffer.set_string(place.x, place.y, row(&columns, &cells), theme.role(role));
    }
    let place = take(&mut area, 1);
    let outcome = Line::from(vec![
        Span::styled(
            format!(
                "time saved {} %",
                format::percent_estimate(summary.time_saved)
            ),
            theme.strong(),
        ),
        Span::raw("  "),
        Span::styled(
            format!("verdict: {}", summary.verdict.outcome),
            theme.outcome(summary.verdict.outcome),
        ),
    ]);
    buffer.set_line(place.x, place.y, &outcome, place.width);
    let place = take(&mut area, 1);
    let reason = format::cut(&summary.verdict.reason, place.width as usize);
    buffer.set_string(place.x, place.y, reason, theme.dim());
    let place = take(&mut area, 1);
    let directory = live.directory.as_ref().unwrap_or(&summary.run_dir);
    let text = format!("{} · e exports it", directory.display());
    buffer.set_string(
        place.x,
        place.y,
        format::cut(&text, place.width as usize),
        theme.dim(),
    );
}
