//! How far both networks are, and where several processes train the seeds, each seed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::super::{Does, Live, SeedRow};
use crate::training::{Diverged, Role};
use crate::tui::format;
use crate::tui::theme::Theme;
use crate::tui::widgets::curves::marker;
use crate::tui::widgets::table::{Column, header, number, pad, row};

/// Columns of what stands before a bar.
const LABEL: usize = 11;

const COLUMNS: [Column; 5] = [
    number("%", 3),
    number("epoch", 9),
    number("step", 9),
    number("images/s", 8),
    number("accuracy %", 10),
];

/// The columns of a bar, and where the numbers after it begin.
fn layout(area: Rect) -> (usize, u16) {
    let bar = (area.width as usize).saturating_sub(LABEL + header(&COLUMNS).width() + 2);
    (bar, area.x + (LABEL + bar + 2) as u16)
}

/// Label and bar of a line.
fn bar_of(label: &str, bar: usize, share: f64, style: Style, theme: Theme) -> Line<'static> {
    let done = (share.clamp(0.0, 1.0) * bar as f64).round() as usize;
    Line::from(vec![
        Span::styled(pad(label, LABEL, false), style),
        Span::styled("━".repeat(done), style),
        Span::styled("─".repeat(bar - done), theme.faint()),
    ])
}

fn speed(rate: f64) -> String {
    format::count(rate.max(0.0).round() as u64)
}

/// How many seeds have a row of their own in a body of so many rows; none where one process trains one after the other.
pub fn seed_count(live: &Live, rows: u16) -> usize {
    let most = match rows {
        ..28 => 2,
        28..44 => 5,
        _ => 10,
    };
    let seeds = live.settings.recipe.seeds.len();
    live.spread.as_ref().map_or(0, |_| seeds.min(most))
}

/// A line for each of these seeds: what its process trains, its epoch and its step.
pub fn progress_of_seeds(
    buffer: &mut Buffer,
    area: Rect,
    live: &Live,
    seeds: &[SeedRow],
    theme: Theme,
) {
    let (bar, start) = layout(area);
    for (seed, y) in seeds.iter().zip(area.y..area.bottom()) {
        let (mark, style) = match seed.doing {
            _ if seed.diverged => ('✗', theme.error()),
            Some((network, _)) => (marker(network), theme.role(network)),
            None if seed.finished => ('✓', theme.good()),
            None => (' ', theme.dim()),
        };
        let label = format!("{mark} seed {}", seed.seed);
        let drawn = bar_of(&label, bar, seed.share, style, theme);
        buffer.set_line(area.x, y, &drawn, area.width);
        let of = |part: usize, all: usize| format!("{part} of {all}");
        let steps = live.steps_per_epoch;
        let at = seed.position;
        let [epoch, step, rate, accuracy] = if let Some((network, does)) = seed.doing {
            let step = match does {
                Does::Evaluate => "evaluates".to_owned(),
                Does::Train => format::known(at.filter(|_| steps > 0), |at| of(at.step, steps)),
            };
            [
                of(at.map_or(1, |at| at.epoch), live.epochs_of(network)),
                step,
                format::known(at, |at| speed(at.images_per_second)),
                format::known(seed.accuracy, |accuracy| format::percent(accuracy, 1)),
            ]
        } else {
            let word = if seed.finished { "finished" } else { "waits" };
            [word, "", "", ""].map(str::to_owned)
        };
        let cells = [format::percent(seed.share, 0), epoch, step, rate, accuracy];
        buffer.set_string(start, y, row(&COLUMNS, &cells), Style::new());
    }
}

/// Two bars: both networks of the present seed, or in the mean over all seeds.
pub fn progress(buffer: &mut Buffer, area: Rect, live: &Live, theme: Theme) {
    let (bar, start) = layout(area);
    let of = if live.spread.is_some() {
        "mean of all"
    } else {
        "this seed"
    };
    buffer.set_string(area.x, area.y, of, theme.dim());
    buffer.set_string(start, area.y, header(&COLUMNS), theme.dim());
    for (role, y) in Role::BOTH.into_iter().zip(area.y + 1..area.bottom()) {
        let share = (live.epochs_done(role) / live.epochs_of(role).max(1) as f64).clamp(0.0, 1.0);
        let active = live.network == Some(role);
        let present =
            |diverged: &&Diverged| (Some(diverged.seed), diverged.network) == (live.seed, role);
        let diverged = live.diverged().iter().find(present);
        let (mark, style) = match diverged {
            Some(_) => ('✗', theme.error()),
            None => (marker(role), theme.role(role)),
        };
        let name = format!("{mark} {}", role.name());
        let drawn = bar_of(&name, bar, share, style, theme);
        buffer.set_line(area.x, y, &drawn, area.width);
        if let Some(diverged) = diverged {
            let text = format!("diverged in epoch {}: {}", diverged.epoch, diverged.cause());
            let width = (area.width as usize).saturating_sub(LABEL + 2);
            let text = format::cut(&text, width.min(area.width as usize * 3 / 5));
            let text = format!(" {text}");
            buffer.set_string(area.right() - text.width() as u16, y, &text, theme.error());
            continue;
        }
        let at = live.positions[role as usize].filter(|_| live.steps_per_epoch > 0);
        let cells = [
            format::percent(share, 0),
            match (&live.spread, at) {
                (Some(_), _) => format!(
                    "{} of {}",
                    format::fixed(live.epochs_done(role), 1),
                    live.epochs_of(role)
                ),
                (None, at) => {
                    format::known(at, |at| format!("{} of {}", at.epoch, live.epochs_of(role)))
                }
            },
            // A mean has no step: each seed's is in its own row.
            if live.spread.is_some() {
                String::new()
            } else {
                format::known(at, |at| format!("{} of {}", at.step, live.steps_per_epoch))
            },
            format::known(live.images_per_second(role), speed),
            format::known(live.accuracy(role), |accuracy| format::percent(accuracy, 1)),
        ];
        let style = theme.line(active);
        buffer.set_string(start, y, row(&COLUMNS, &cells), style);
    }
}
