//! What a terminal shows that is too small for the screens: the state, two numbers, two bars, and the keys.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use unicode_width::UnicodeWidthStr;

use super::MIN_SIZE;
use super::train::{Live, Phase};
use crate::training::Role;
use crate::tui::app::{App, Overlay, Question, Tone};
use crate::tui::format;
use crate::tui::keys::{Key, Keys, bind};
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::{bottom, take};
use crate::tui::widgets::curves::marker;
use crate::tui::widgets::dialogs::{paragraph, wrapped_rows};
use crate::tui::widgets::gauge;

/// Fewest columns in which a bar is drawn.
const LEAST_BAR: usize = 4;

#[rustfmt::skip]
static TRAINING: Keys = Keys {
    title: "In a small terminal",
    bindings: &[
        bind(&[Key::Char('q')], "q", "q quit", "quit; asks while training", App::quit),
        bind(&[Key::Char(' ')], "Space", "Space pause", "pause or resume", App::pause_or_resume),
        bind(&[Key::Char('s')], "s", "s stop", "stop; epochs are kept", |app| app.ask(Question::Stop)),
    ],
};

#[rustfmt::skip]
static IDLE: Keys = Keys {
    title: "In a small terminal",
    bindings: &[
        bind(&[Key::Char('q')], "q", "q quit", "quit", App::quit),
        bind(&[Key::Char('s')], "s", "s start", "start the training", App::launch),
    ],
};

#[rustfmt::skip]
static ENDED: Keys = Keys {
    title: "In a small terminal",
    bindings: &[
        bind(&[Key::Char('q')], "q", "q quit", "quit", App::quit),
    ],
};

impl App {
    /// Whether the terminal is too small for the screens.
    pub(in crate::tui) const fn is_small(&self) -> bool {
        let (columns, rows) = self.size;
        columns < MIN_SIZE.0 || rows < MIN_SIZE.1
    }

    /// The keys that hold in a small terminal, where no question is asked.
    pub(in crate::tui) fn small_keys(&self) -> &'static Keys {
        match &self.live {
            Some(live) if live.phase.is_over() => &ENDED,
            Some(_) => &TRAINING,
            None => &IDLE,
        }
    }
}

/// Draws it over the whole terminal, as much of it as fits: from 20 x 4 on, all that matters.
pub fn small(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    if area.is_empty() {
        return;
    }
    let is_roomy = area.height >= 12;
    let mut rest = if is_roomy {
        area.inner(Margin::new(2, 1))
    } else {
        area
    };
    if let Some(Overlay::Confirm(confirm)) = &app.overlay {
        let answers = Line::from(vec![
            Span::styled("y", theme.strong()),
            Span::raw(" yes   "),
            Span::styled("n", theme.strong()),
            Span::raw(" no"),
        ]);
        answers.render(bottom(rest, 1), buffer);
        rest.height = rest.height.saturating_sub(1);
        let title = confirm.question.title();
        rest = paragraph(buffer, rest, title, theme.accent());
        paragraph(buffer, rest, &confirm.question.sentence(), theme.dim());
        return;
    }
    if rest.height >= 4 {
        last_row(buffer, bottom(rest, 1), app, theme);
        rest.height -= 1;
    }
    if let Some(toast) = &app.toast {
        let style = match toast.tone {
            Tone::Good => theme.good(),
            Tone::Bad => theme.error(),
        };
        let rows = (wrapped_rows(&toast.sentence, rest.width) as u16).min(rest.height);
        paragraph(buffer, bottom(rest, rows), &toast.sentence, style);
        rest.height -= rows;
    }
    match &app.live {
        Some(live) => training(buffer, rest, app, live, theme),
        None => idle(buffer, rest, app, theme),
    }
}

/// The keys that hold: all of them, with as many of their words as fit.
fn last_row(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let phase = app.live.as_ref().map(|live| &live.phase);
    let hints: Vec<(&str, &str)> = app
        .small_keys()
        .bindings
        .iter()
        .map(|binding| binding.hint.split_once(' ').unwrap_or((binding.hint, "")))
        .map(|(key, word)| match (phase, word) {
            (Some(Phase::Paused), "pause") => (key, "resume"),
            _ => (key, word),
        })
        .collect();
    let line = |gap: usize, words: usize| {
        let mut line = Line::default();
        for (at, (key, word)) in hints.iter().enumerate() {
            line.push_span(Span::raw(" ".repeat(if at > 0 { gap } else { 0 })));
            line.push_span(Span::styled(*key, theme.strong()));
            if at < words {
                line.push_span(Span::styled(format!(" {word}"), theme.dim()));
            }
        }
        line
    };
    let shorter = (0..hints.len()).rev().map(|words| line(1, words));
    let mut lines = [line(3, hints.len()), line(1, hints.len())]
        .into_iter()
        .chain(shorter);
    let fits = |line: &Line<'_>| line.width() <= usize::from(area.width);
    let shown = lines.find(fits).unwrap_or_else(|| line(1, 0));
    shown.render(area, buffer);
}

fn training(buffer: &mut Buffer, area: Rect, app: &App, live: &Live, theme: Theme) {
    let mut rest = area;
    let left = format::known(live.seconds_left(), format::about);
    let share = format::percent(live.share_done(), 0);
    let (state, style) = match &live.phase {
        Phase::Starting => ("starting".to_owned(), theme.strong()),
        Phase::Running => (format!("▶ {share} %, {left} left"), theme.strong()),
        Phase::Paused => (format!("‖ paused, {share} %"), theme.strong()),
        Phase::Stopping => ("■ stopping".to_owned(), theme.strong()),
        Phase::Stopped => ("■ stopped".to_owned(), theme.strong()),
        Phase::Failed(_) => ("✗ failed".to_owned(), theme.error()),
        Phase::Finished(summary) if summary.divergence().is_some() => {
            ("✗ diverged".to_owned(), theme.error())
        }
        Phase::Finished(summary) => {
            let outcome = summary.verdict.outcome;
            (format!("✓ {outcome}"), theme.outcome(outcome))
        }
    };
    Line::styled(state, style).render(take(&mut rest, 1), buffer);
    let saved = live.time_saved().map(|saved| saved.mean);
    let difference = live.verdict().difference.map(|difference| difference.mean);
    let numbers = [
        (
            "time saved",
            format::known(saved, |saved| format!("{} %", format::percent(saved, 1))),
        ),
        (
            "capped",
            format::known(difference, |points| {
                format!("{} points", format::signed(points * 100.0, 1))
            }),
        ),
    ];
    if rest.height >= 6 {
        let (dataset, network) = (&live.plan.dataset, &live.plan.architecture);
        let elapsed = format::clock(live.elapsed(app.now));
        let text = format!("{dataset} · {network} · {elapsed}");
        Line::styled(text, theme.dim()).render(take(&mut rest, 1), buffer);
        take(&mut rest, 1);
    }
    for role in Role::BOTH {
        bar(buffer, take(&mut rest, 1), live, role, theme);
    }
    if rest.height >= 3 {
        take(&mut rest, 1);
    }
    for (name, value) in numbers {
        let row = take(&mut rest, 1);
        if row.is_empty() {
            return;
        }
        let number = Line::from(vec![
            Span::styled(format!("{name} "), theme.dim()),
            Span::styled(value, theme.strong()),
        ]);
        number.render(row, buffer);
    }
    let reason = match &live.phase {
        Phase::Failed(sentence) => Some(sentence),
        _ => live.warnings.last(),
    };
    if let Some(reason) = reason
        && rest.height >= 2
    {
        take(&mut rest, 1);
        paragraph(buffer, rest, reason, theme.warning());
    }
}

/// One network: how far it is, and its accuracy.
fn bar(buffer: &mut Buffer, area: Rect, live: &Live, role: Role, theme: Theme) {
    let style = theme.role(role);
    let width = usize::from(area.width);
    let accuracy = format::known(live.accuracy(role), |share| {
        format!("{} %", format::percent(share, 1))
    });
    let name = if width >= 40 {
        format!("{} {:<9} ", marker(role), role.name())
    } else {
        format!("{} ", marker(role))
    };
    let number = format!(" {accuracy:>7}");
    let bar = width.saturating_sub(name.width() + number.width());
    let mut parts = Line::from(Span::styled(name, style));
    if bar >= LEAST_BAR {
        let epochs = live.epochs_of(role).max(1) as f64;
        let share = match live.phase {
            Phase::Finished(_) => 1.0,
            _ => live.epochs_done(role) / epochs,
        };
        parts.spans.extend(gauge::bar(share, bar, style, theme));
    }
    parts.push_span(Span::styled(number, theme.strong()));
    parts.render(area, buffer);
}

fn idle(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let mut rest = area;
    let dataset = &app.settings.dataset;
    let cap = app.analysis.as_ref();
    let cap = cap.map(|analysis| analysis.reading.unit().in_short(analysis.cap));
    let network = format!("{dataset} · {}", app.settings.architecture);
    Line::styled(network, theme.strong()).render(take(&mut rest, 1), buffer);
    let cap = match (&app.data.failure, cap) {
        (Some(sentence), _) => Line::styled(sentence.clone(), theme.error()),
        (None, Some(cap)) => Line::from(vec![
            Span::styled("cap ", theme.dim()),
            Span::styled(cap, theme.cap()),
            Span::styled(format!(" · {}", app.settings.reading), theme.dim()),
        ]),
        (None, None) => Line::styled("is being read …", theme.dim()),
    };
    cap.render(take(&mut rest, 1), buffer);
    let hint = format!("{} x {} shows all", MIN_SIZE.0, MIN_SIZE.1);
    paragraph(buffer, rest, &hint, theme.dim());
}
