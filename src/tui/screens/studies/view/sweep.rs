//! A sweep: the finding, accuracy over depth in both widths with the depths of the rules, and the table.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{answer_rows, sentence};
use crate::depth::Unit;
use crate::network::Width;
use crate::report;
use crate::study::sweep::{CapAt, Curve, SweepOutcome, VariantOutcome};
use crate::training::Role;
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::take;
use crate::tui::widgets::curves::marker;
use crate::tui::widgets::heading::heading;
use crate::tui::widgets::plot::{Joined, Plot, Point, Rule, range};
use crate::tui::widgets::table::{draw_header, fitting, number, row, words};

/// Fewest columns of a panel.
const PANEL: u16 = 60;
/// The column of outcomes, and the most columns of the screen that one takes.
const OUTCOME: usize = 7;
const WIDEST_OUTCOME: usize = 40;

pub fn render(buffer: &mut Buffer, area: Rect, app: &App, outcome: &SweepOutcome, theme: Theme) {
    let view = app.studies.view();
    let Some(variant) = outcome.variants.get(view) else {
        return;
    };
    let mut rest = area;
    let rows = answer_rows(area.height);
    if outcome.variants.len() > 1 && area.height >= 24 {
        rest = sentence(buffer, rest, &outcome.finding, 3, theme.strong());
        rest = sentence(buffer, rest, &variant.finding, 3, Style::new());
    } else if outcome.variants.len() > 1 {
        rest = sentence(buffer, rest, &variant.finding, rows, theme.strong());
    } else {
        rest = sentence(buffer, rest, &outcome.finding, rows, theme.strong());
    }
    take(&mut rest, u16::from(area.height >= 22));
    let table_rows = 2 + 2 * outcome.depths.len() as u16;
    let mut table_area = None;
    let mut picture = rest;
    if rest.height >= table_rows + 14 {
        let rows = rest.height - table_rows;
        picture = take(&mut rest, rows);
        table_area = Some(rest);
    }
    let panels = (picture.width / PANEL).clamp(1, outcome.variants.len().max(1) as u16);
    let places = Layout::horizontal((0..panels).map(|_| Constraint::Fill(1))).spacing(2);
    for (at, place) in picture.layout_vec(&places).into_iter().enumerate() {
        let number = (view + at) % outcome.variants.len();
        panel(buffer, place, app, outcome, number, theme);
    }
    if let Some(place) = table_area {
        table(buffer, place, app, outcome, variant, theme);
    }
}

/// One dataset.
fn panel(
    buffer: &mut Buffer,
    area: Rect,
    app: &App,
    outcome: &SweepOutcome,
    number: usize,
    theme: Theme,
) {
    let Some(variant) = outcome.variants.get(number) else {
        return;
    };
    let bits = format::fixed(variant.entropy, 1);
    let title = format!("{} · {bits} bits · accuracy, %", variant.dataset);
    let constant = if area.width < 78 { "" } else { "constant " };
    let legend = Line::from(vec![
        Span::styled(format!("● {constant}width"), theme.baseline()),
        Span::styled(format!("  ▲ {constant}MACs"), theme.capped()),
    ]);
    let is_shown = number == app.studies.view();
    let below = heading(
        buffer,
        area,
        &title,
        legend,
        is_shown && app.studies.inside,
        theme,
    );
    let values = || variant.curves.iter().flat_map(|curve| &curve.points);
    let y = range(values().flat_map(reach), 2.0);
    let depths = [outcome.depths.first(), outcome.depths.last()];
    let ([Some(&first), Some(&last)], Some(y)) = (depths, y) else {
        buffer.set_string(
            below.x,
            below.y,
            "no network is trained to its end",
            theme.dim(),
        );
        return;
    };
    let rules = rules(variant, theme);
    let all = rules.iter().map(|rule| rule.x);
    let ends = all.fold([first as f64, last as f64], |[low, high], x| {
        [low.min(x), high.max(x)]
    });
    let air = (ends[1] - ends[0]).max(1.0) * 0.06;
    let marked = (is_shown && app.studies.inside).then(|| app.studies.place()[1]);
    let curves = variant.curves.iter();
    let needed = variant
        .curves
        .first()
        .and_then(|curve| curve.needed_interval);
    let plot = Plot {
        x: [ends[0] - air, ends[1] + air],
        x_unit: if below.width < 130 {
            "conv."
        } else {
            "convolutions"
        },
        y: [y[0].max(0.0), y[1].min(101.0)],
        lines: curves.clone().map(|curve| joined(curve, theme)).collect(),
        points: curves
            .flat_map(|curve| drawn(curve, marked, theme))
            .collect(),
        rules,
        bar: needed.map(|ends| (ends.map(|depth| depth as f64), theme.baseline())),
        symbols: app.charts.symbols,
    };
    plot.render(buffer, below, theme);
}

/// Percent that a point reaches down and up to.
fn reach(point: &crate::study::sweep::CurvePoint) -> Vec<f64> {
    let Some(accuracy) = point.result.accuracy else {
        return Vec::new();
    };
    let [low, high] = accuracy.interval.unwrap_or([accuracy.mean; 2]);
    [low, accuracy.mean, high]
        .map(|share| (share * 100.0).clamp(0.0, 100.0))
        .to_vec()
}

const fn role_of(curve: &Curve) -> Role {
    match curve.width {
        Width::IsoMacs => Role::Capped,
        _ => Role::Baseline,
    }
}

/// Columns that a curve is moved by.
const fn aside(role: Role) -> i16 {
    match role {
        Role::Baseline => 0,
        Role::Capped => 1,
    }
}

fn joined(curve: &Curve, theme: Theme) -> Joined {
    let role = role_of(curve);
    let points = curve.points.iter().filter_map(|point| {
        let mean = point.result.accuracy?.mean;
        Some((point.result.depth as f64, mean * 100.0))
    });
    Joined {
        points: points.collect(),
        style: theme.role(role),
        every: match role {
            Role::Baseline => 1,
            Role::Capped => 5,
        },
        aside: aside(role),
    }
}

fn drawn(curve: &Curve, marked: Option<usize>, theme: Theme) -> Vec<Point> {
    let role = role_of(curve);
    let points = curve.points.iter().enumerate().filter_map(|(at, point)| {
        let accuracy = point.result.accuracy?;
        let broken = point.result.broken_seeds.len();
        let is_marked = marked == Some(at);
        let is_last = at + 1 == curve.points.len();
        // The deepest network is the same in both.
        (!(role == Role::Capped && is_last)).then(|| Point {
            at: (point.result.depth as f64, accuracy.mean * 100.0),
            interval: accuracy.interval.map(|ends| ends.map(|end| end * 100.0)),
            symbol: if is_marked { '◆' } else { marker(role) },
            label: match (is_marked, broken) {
                (true, _) => format!("{} %", format::percent(accuracy.mean, 1)),
                (false, 0) => String::new(),
                (false, broken) => format!("{broken} diverged"),
            },
            style: if is_marked {
                theme.accent()
            } else {
                theme.role(role)
            },
            aside: aside(role),
        })
    });
    points.collect()
}

/// The cap, the wrong cap and the rules without entropy; those of the same depth as one.
fn rules(variant: &VariantOutcome, theme: Theme) -> Vec<Rule> {
    // The axis is in convolutions.
    let name = |name: &str, cap: &CapAt| match cap.unit {
        Unit::Convolutions if cap.cap == cap.conv_depth => name.to_owned(),
        Unit::Convolutions => format!("{name} {} →", cap.cap),
        Unit::Blocks => format!("{name} {} →", cap.unit.of(cap.cap)),
    };
    let cap = &variant.cap;
    let mut named: Vec<(usize, String, bool)> = vec![(cap.conv_depth, name("cap", cap), true)];
    let rivals = variant.curves.first().map(|curve| curve.rivals.as_slice());
    for rival in rivals.into_iter().flatten() {
        let short = match rival.name.as_str() {
            "receptive-field border" => "border",
            "half depth" => "half",
            other => other,
        };
        named.push((rival.at.conv_depth, short.to_owned(), false));
    }
    let wrong = &variant.wrong_cap.at;
    let label = name("wrong cap", wrong);
    named.push((wrong.conv_depth, label, false));
    let mut rules: Vec<(usize, Vec<String>, bool)> = Vec::new();
    for (depth, name, is_cap) in named {
        match rules.iter_mut().find(|(known, ..)| *known == depth) {
            Some((_, known, _)) => known.push(name),
            None => rules.push((depth, vec![name], is_cap)),
        }
    }
    // A name with an arrow comes last, beside the depth that it was raised or cut to.
    for (_, names, _) in &mut rules {
        names.sort_by_key(|name| name.ends_with('→'));
    }
    let rule = |(depth, names, is_cap): (usize, Vec<String>, bool)| Rule {
        x: depth as f64,
        label: format!("{} {depth}", names.join(", ")),
        style: if is_cap { theme.cap() } else { theme.dim() },
        symbol: if is_cap { "┃" } else { "┊" },
    };
    rules.into_iter().map(rule).collect()
}

fn table(
    buffer: &mut Buffer,
    area: Rect,
    app: &App,
    outcome: &SweepOutcome,
    variant: &VariantOutcome,
    theme: Theme,
) {
    let mut all = [
        (words("constant", 8), 0),
        (number("depth", 5), 0),
        (number("parameters", 10), 7),
        (number("MACs", 7), 6),
        (number("accuracy, %", 13), 0),
        (number("difference, points", 18), 1),
        (number("p (Holm)", 11), 3),
        (words("outcome", 14), 2),
        (number("training, s", 11), 4),
        (number("step, %", 13), 5),
    ];
    let kept = fitting(&all, area.width as usize - 2);
    let used: usize = kept.iter().map(|&at| all[at].0.width + 2).sum();
    let outcomes = &mut all[OUTCOME].0.width;
    *outcomes = (*outcomes + (area.width as usize).saturating_sub(used)).min(WIDEST_OUTCOME);
    let columns: Vec<_> = kept.iter().map(|&at| all[at].0).collect();
    let mut below = area;
    take(&mut below, 1);
    draw_header(buffer, take(&mut below, 1), &columns, theme);
    let depths = outcome.depths.len().max(1);
    for (at, cells) in report::sweep::table(outcome, variant)
        .into_iter()
        .enumerate()
    {
        let place = take(&mut below, 1);
        let cells: Vec<&String> = kept.iter().map(|&at| &cells[at]).collect();
        let marked = app.studies.inside && app.studies.place()[1] == at % depths;
        app.hits
            .add_line(place, App::click_inside, at % depths, marked);
        let line = Line::from(vec![
            theme.mark(marked),
            Span::styled(row(&columns, &cells), theme.line(marked)),
        ]);
        buffer.set_line(place.x, place.y, &line, place.width);
    }
}
