//! The view of the screen.

mod foot;
mod progress;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use self::progress::seed_count;
use super::{Live, Phase, settings};
use crate::tui::app::App;
use crate::tui::app::charts::Curves;
use crate::tui::format;
use crate::tui::screens::title;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::take;
use crate::tui::widgets::curves::curves;
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

/// Where the charts of a training are in the body of the screen.
pub fn charts_area(body: Rect, live: &Live) -> Rect {
    let foot = foot_rows(live, (body.width, body.height));
    let mut body = body;
    take(&mut body, 1);
    let blank = u16::from(body.height >= 27);
    take(&mut body, blank);
    let gap = u16::from(body.height >= 30);
    let rows = body.height.saturating_sub(foot + gap);
    take(&mut body, rows)
}

fn training(buffer: &mut Buffer, area: Rect, app: &App, live: &Live, theme: Theme) {
    let whole = status(app, live, theme);
    let without_names = Line::from(whole.spans[1..].to_vec());
    let without_seeds = Line::from(whole.spans[2..].to_vec());
    let right: &[_] = match (&live.followed, &live.spread) {
        (Some(_), Some(_)) => &[whole, without_names, without_seeds],
        (Some(_), None) => &[whole, without_names],
        (None, _) => &[whole],
    };
    let mut body = title(buffer, area, app, right, theme);
    let gap = u16::from(body.height >= 30);
    let place = charts_area(area, live);
    take(&mut body, place.height);
    curves(buffer, place, &Curves::of_live(live), 4, app, theme);
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
        _ => {
            let seeds = live.seed_rows(seed_count(live, area.height));
            foot::running(buffer, body, app, live, &seeds, theme);
        }
    }
}

/// Rows below the charts, of a body of this size.
fn foot_rows(live: &Live, (width, height): (u16, u16)) -> u16 {
    match &live.phase {
        Phase::Finished(summary) => foot::finished_rows(live, summary, width),
        Phase::Failed(sentence) => wrapped_rows(sentence, width) as u16 + 3,
        Phase::Stopped => 3,
        _ => {
            let seeds = seed_count(live, height) as u16;
            6 + seeds + u16::from(live.warning().is_some())
        }
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
        let at = live
            .seeds_at_once()
            .unwrap_or_else(|| format!("seed {seed} of {seeds}"));
        spans.push(Span::styled(format!("{at} · "), theme.dim()));
    }
    spans.push(Span::styled(word, style));
    spans.push(Span::raw(format!("  {clock}")));
    if let Some(following) = live.following(theme) {
        spans.push(Span::raw("  "));
        spans.push(following);
    }
    Line::from(spans)
}
