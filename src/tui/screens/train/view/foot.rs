//! The rows below the charts: verdict so far and load below the progress; at the end, the summary.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::{Live, Phase, SeedRow};
use super::progress::{progress, progress_of_seeds};
use crate::evidence::MIN_SEEDS;
use crate::format::number_of;
use crate::run::{self, Summary};
use crate::training::Role;
use crate::training::device::Load;
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::take;
use crate::tui::widgets::curves::marker;
use crate::tui::widgets::dialogs::{paragraph, wrapped_rows};
use crate::tui::widgets::table::{header, number, row, words};

/// Draws the progress of both networks, the verdict so far, what is being done, and the load.
pub fn running(
    buffer: &mut Buffer,
    area: Rect,
    app: &App,
    live: &Live,
    seeds: &[SeedRow],
    theme: Theme,
) {
    let mut area = area;
    progress(buffer, take(&mut area, 3), live, theme);
    progress_of_seeds(
        buffer,
        take(&mut area, seeds.len() as u16),
        live,
        seeds,
        theme,
    );
    verdict(buffer, take(&mut area, 1), live, theme);
    to_accuracy(buffer, take(&mut area, 1), live, theme);
    let doing = match (&live.phase, live.network) {
        (Phase::Paused, _) => "paused, Space resumes".to_owned(),
        (_, Some(role)) if live.evaluating => format!("evaluating the {} network", role.name()),
        (_, Some(role)) => format!("training the {} network", role.name()),
        (_, None) => match live.warmed {
            [false, _] => "warming up (not timed)".to_owned(),
            _ => "warming up the capped network (not timed)".to_owned(),
        },
    };
    let doing = match live.phase {
        Phase::Paused => doing,
        _ if live.spread.is_some() => {
            format!("all seeds {} %", format::percent(live.share_done(), 0))
        }
        _ => doing,
    };
    let mut parts = vec![doing];
    let left = live.seconds_left();
    parts.extend(left.map(|seconds| format!("{} left", format::clock(seconds))));
    parts.extend(load(&live.load));
    if let Some(at) = live.checkpoint {
        let ago = (app.now - at).as_secs_f64();
        parts.push(format!("checkpoint {} ago", format::clock(ago)));
    }
    line_of_parts(buffer, take(&mut area, 1), &parts, theme.dim());
    if let Some(warning) = live.warning() {
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
        if text.width() + more.width() > area.width as usize {
            break;
        }
        text.push_str(&more);
    }
    buffer.set_string(area.x, area.y, text, style);
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
            if let Some([low, high]) = verdict.deciding_interval() {
                let over = if verdict.is_decided_over_images() {
                    " over seeds and images"
                } else {
                    ""
                };
                words.push_span(Span::raw(format!(
                    " (95 %{over}: {} … {})",
                    format::signed(low * 100.0, 1),
                    format::signed(high * 100.0, 1)
                )));
            }
        }
        None => words.push_span(Span::styled("so far: no seed finished", theme.dim())),
    }
    let (_, seeds) = live.seed_of();
    let rest = if verdict.learned == Some(false) {
        "  the baseline has not learned".to_owned()
    } else if seeds < MIN_SEEDS {
        format!("  a verdict needs {MIN_SEEDS} seeds; this run has {seeds}")
    } else {
        let looks: Vec<String> = live.settings.looks.iter().map(usize::to_string).collect();
        let after = match looks.as_slice() {
            [] => seeds.to_string(),
            looks => looks.join(", "),
        };
        let short = format!("  verdict after {after} seeds");
        let long = format!("{short} · margin {}", live.settings.margin.in_words());
        if words.width() + long.width() <= area.width as usize {
            long
        } else {
            short
        }
    };
    let free = (area.width as usize).saturating_sub(words.width());
    words.push_span(Span::styled(format::cut(&rest, free), theme.dim()));
    buffer.set_line(area.x, area.y, &words, area.width);
}

/// Seconds until each network first reaches the same accuracy.
fn to_accuracy(buffer: &mut Buffer, area: Rect, live: &Live, theme: Theme) {
    let text = match run::time_to_accuracy_so_far(&live.metrics, &live.settings) {
        Some(found) => format!("time to {}: {}", found.target_in_words(), found.in_words()),
        None => "time to the same accuracy: after the first seed".to_owned(),
    };
    let text = format::cut(&text, area.width as usize);
    buffer.set_string(area.x, area.y, text, theme.dim());
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

/// Draws the folder of a run that ended early.
pub fn kept(buffer: &mut Buffer, area: Rect, live: &Live, theme: Theme) {
    let Some(directory) = &live.directory else {
        paragraph(buffer, area, "Nothing was written.", theme.dim());
        return;
    };
    let sentence = format!(
        "{} kept in {}: r on screen 4 resumes.",
        number_of(
            live.metrics.len(),
            "epoch of both networks is",
            "epochs of both networks are"
        ),
        directory.display()
    );
    paragraph(buffer, area, &sentence, theme.dim());
}

/// Rows of the summary.
pub fn finished_rows(live: &Live, summary: &Summary, width: u16) -> u16 {
    let rows = |sentence: &str| wrapped_rows(sentence, width) as u16;
    let diverged = diverged_sentence(live).map_or(0, |sentence| rows(&sentence).min(4));
    let table = if summary.seeds.is_empty() { 0 } else { 5 };
    diverged + table + rows(&summary.verdict.reason).min(4) + 1
}

fn diverged_sentence(live: &Live) -> Option<String> {
    live.divergence()
        .map(|reasons| format!("The training diverged: {reasons}."))
}

/// Draws the summary: what diverged, both networks, time saved, the verdict, the folder.
pub fn finished(buffer: &mut Buffer, area: Rect, live: &Live, summary: &Summary, theme: Theme) {
    let mut area = area;
    if let Some(sentence) = diverged_sentence(live) {
        let rows = (wrapped_rows(&sentence, area.width) as u16).min(4);
        paragraph(buffer, take(&mut area, rows), &sentence, theme.error());
    }
    if !summary.seeds.is_empty() {
        results(buffer, take(&mut area, 5), summary, theme);
    }
    let rows = area.height.saturating_sub(1);
    let place = take(&mut area, rows);
    paragraph(buffer, place, &summary.verdict.reason, theme.dim());
    let place = take(&mut area, 1);
    let directory = live.directory.as_ref().unwrap_or(&summary.run_dir);
    let text = format!("{} · e exports", directory.display());
    buffer.set_string(
        place.x,
        place.y,
        format::cut(&text, place.width as usize),
        theme.dim(),
    );
}

/// Both networks, time saved and the verdict.
fn results(buffer: &mut Buffer, area: Rect, summary: &Summary, theme: Theme) {
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
        let results: Vec<_> = summary.seeds.iter().map(|seed| seed.of(role)).collect();
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
            format!("verdict: {}", summary.verdict.in_words()),
            theme.outcome(summary.verdict.outcome),
        ),
    ]);
    buffer.set_line(place.x, place.y, &outcome, place.width);
    if let Some(found) = &summary.time_to_accuracy {
        let place = take(&mut area, 1);
        let text = format!("time to {}: {}", found.target_in_words(), found.in_words());
        let text = format::cut(&text, place.width as usize);
        buffer.set_string(place.x, place.y, text, theme.dim());
    }
}
