//! The view of the screen.

mod foot;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Live, Phase, settings};
use crate::tui::app::{App, Chart};
use crate::tui::format;
use crate::tui::screens::title;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::take;
use crate::tui::widgets::curves::{Curves, curves};
use crate::tui::widgets::dialogs::{paragraph, wrapped_rows};

/// Draws the screen: the settings before a launch, the training from then on.
///
/// ```text
/// Train and compare                  seed 2 of 5 · epoch 6 of 20 · capped network   ▶ 1:12:40
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
        None => settings::render(buffer, area, app, theme),
    }
}

fn training(buffer: &mut Buffer, area: Rect, app: &App, live: &Live, theme: Theme) {
    let mut body = title(buffer, area, app, &[status(app, live, theme)], theme);
    let gap = u16::from(body.height >= 30);
    let foot = foot_rows(live, body.width);
    let charts_rows = body.height.saturating_sub(foot + gap);
    let place = take(&mut body, charts_rows);
    charts(buffer, place, app, live, &Chart::ALL, theme);
    take(&mut body, gap);
    match &live.phase {
        Phase::Finished(summary) => foot::finished(buffer, body, live, summary, theme),
        Phase::Failed(sentence) => {
            let sentence = format!("The training failed: {sentence}");
            let rest = paragraph(buffer, body, &sentence, theme.error());
            foot::kept(buffer, rest, live, theme);
        }
        Phase::Stopped => {
            let rest = paragraph(buffer, body, "Stopped.", theme.strong());
            foot::kept(buffer, rest, live, theme);
        }
        _ => foot::running(buffer, body, app, live, theme),
    }
}

/// Draws charts of a training that runs, or ran.
pub fn charts(
    buffer: &mut Buffer,
    area: Rect,
    app: &App,
    live: &Live,
    which: &[Chart],
    theme: Theme,
) {
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
    curves(buffer, area, &drawn, which, app.charts, theme);
}

fn foot_rows(live: &Live, width: u16) -> u16 {
    match &live.phase {
        Phase::Finished(summary) => foot::finished_rows(live, summary, width),
        Phase::Failed(sentence) => wrapped_rows(sentence, width) as u16 + 3,
        Phase::Stopped => 3,
        _ => 6 + u16::from(!live.warnings.is_empty()),
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
        Phase::Finished(_) if live.divergence().is_some() => ("✗ diverged", theme.error()),
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
