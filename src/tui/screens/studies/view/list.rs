//! The list of studies.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::format::number_of;
use crate::study::recommend::set_in_words;
use crate::study::sweep::depths;
use crate::study::{Found, Study};
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::take;
use crate::tui::widgets::table::{draw_header, pad, words};

/// Draws the list, as many rows as fit, the marked one among them.
pub fn render(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let name = (area.width as usize / 3).clamp(20, 44);
    let columns = [
        words("when", 12),
        words("kind", 9),
        words("study", name),
        words("what it found", 40),
    ];
    app.hits.add_list(area, |app, step| {
        app.studies.inside = false;
        app.studies.step(step);
    });
    let mut below = area;
    draw_header(buffer, take(&mut below, 1), &columns, theme);
    let first = (app.studies.marked + 1).saturating_sub(below.height as usize);
    let list = app.studies.list.iter().enumerate().skip(first);
    for ((at, study), row) in list.zip(below.rows()) {
        let marked = at == app.studies.marked;
        let style = theme.line(marked);
        let is_running = app.studies.runs_here(&study.name);
        let found = if is_running {
            "▶ running here: f follows it".to_owned()
        } else {
            in_words(study)
        };
        let found_style = match &study.found {
            Found::Unreadable(_) => theme.error(),
            _ if is_running => theme.good(),
            _ if study.is_unfinished() => theme.warning(),
            _ => style,
        };
        let when = format::when(study.changed, app.now, &app.zone, 12);
        let cells = [
            pad(&when, 12, false),
            pad(study.kind.name(), 9, false),
            pad(&format::cut_middle(&study.name, name), name, false),
        ];
        let left = (row.width as usize).saturating_sub(12 + 9 + name + 8);
        let line = Line::from(vec![
            theme.mark(marked),
            Span::styled(cells.join("  ") + "  ", style),
            Span::styled(format::cut(&found, left), found_style),
        ]);
        buffer.set_line(row.x, row.y, &line, row.width);
        let has_focus = marked && !app.studies.inside;
        app.hits.add_line(row, App::click_study, at, has_focus);
    }
}

/// How far an unfinished study has come.
pub fn progress(study: &Study) -> String {
    match &study.found {
        Found::Unfinished {
            finished,
            of: Some(of),
            ..
        } => format!(
            "unfinished: {finished} of {}",
            number_of(*of, "run", "runs")
        ),
        Found::Unfinished { finished, .. } => {
            let runs = number_of(*finished, "run is", "runs are");
            format!("unfinished: {runs} trained")
        }
        Found::Grid(outline) => outline
            .left
            .as_ref()
            .map_or_else(String::new, |left| format!("unfinished: {left}")),
        _ => String::new(),
    }
}

/// What a study found, in a few words.
pub fn in_words(study: &Study) -> String {
    match &study.found {
        Found::Recommend(outcome) => match &outcome.recommended {
            Some(found) => format!(
                "{} of {} (95 % set {})",
                found.conv_depth,
                outcome.deepest.network.conv_depth,
                set_in_words(&outcome.set)
            ),
            None => "undecided".to_owned(),
        },
        Found::Sweep(outcome) => {
            let needed = outcome.variants.iter().map(|variant| {
                let curve = variant.curves.first();
                let interval = curve.and_then(|curve| curve.needed_interval);
                interval.map_or_else(|| "undecided".to_owned(), depths)
            });
            let mut needed: Vec<String> = needed.collect();
            needed.dedup();
            match needed.as_slice() {
                [one] if one == "undecided" => one.clone(),
                _ => format!("needed: {}", needed.join(", ")),
            }
        }
        Found::Grid(outline) if !outline.is_done => progress(study),
        Found::Grid(outline) => number_of(outline.cells, "cell", "cells"),
        Found::Probe(probes) => {
            let networks = number_of(probes.probes.len(), "network", "networks");
            format!("{networks} probed")
        }
        Found::Unfinished { .. } => progress(study),
        Found::Unreadable(sentence) => sentence.clone(),
    }
}
