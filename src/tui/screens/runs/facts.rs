//! What a run was and what it found, in a pane beside its curves.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::evidence::mean_interval;
use crate::run::{NetworkResult, RunData, show_seeds};
use crate::training::Role;
use crate::tui::format;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::take;
use crate::tui::widgets::curves::marker;
use crate::tui::widgets::dialogs::{labelled, wrapped_rows};
use crate::tui::widgets::table::pad;

/// Columns of the names.
const NAME: usize = 14;
/// Columns of the numbers of a network.
const NUMBER: usize = 15;

/// Draws both networks with what they cost and reached, then the settings, as many rows as fit.
pub fn facts(buffer: &mut Buffer, area: Rect, run: &RunData, theme: Theme) {
    let mut area = area;
    let head = [
        Span::raw(" ".repeat(NAME)),
        heading_of(Role::Baseline, theme),
        heading_of(Role::Capped, theme),
    ];
    let place = take(&mut area, 1);
    buffer.set_line(place.x, place.y, &Line::from(head.to_vec()), place.width);
    for (name, [baseline, capped]) in networks(run) {
        let place = take(&mut area, 1);
        let number = |text: &str| Span::raw(pad(text, NUMBER, true));
        let line = Line::from(vec![
            Span::styled(pad(name, NAME, false), theme.dim()),
            number(&baseline),
            number(&capped),
        ]);
        buffer.set_line(place.x, place.y, &line, place.width);
    }
    take(&mut area, 1);
    let room = (area.width as usize).saturating_sub(NAME);
    for (name, text) in settings(run) {
        let rows = wrapped_rows(&text, room as u16) as u16;
        let text = if rows > 2 {
            format::cut_middle(&text, room)
        } else {
            text
        };
        let rows = rows.min(2);
        if area.height < rows {
            return;
        }
        let place = take(&mut area, rows);
        let name = Span::styled(name, theme.dim());
        labelled(buffer, place, &name, NAME as u16, &text);
    }
}

fn heading_of(role: Role, theme: Theme) -> Span<'static> {
    let text = format!("{} {}", marker(role), role.name());
    Span::styled(pad(&text, NUMBER, true), theme.role(role))
}

/// What both networks cost and reached, row by row.
fn networks(run: &RunData) -> Vec<(&'static str, [String; 2])> {
    let plan = &run.plan;
    let known = [Some(&plan.baseline), plan.capped.as_ref()];
    let shape = |show: fn(&crate::network::NetworkSummary) -> String| {
        known.map(|network| format::known(network, show))
    };
    let mut rows = vec![
        ("convolutions", shape(|it| it.conv_depth.to_string())),
        (
            "parameters",
            shape(|it| format::large(it.parameters as f64)),
        ),
        ("MACs", shape(|it| format::large(it.macs as f64))),
    ];
    let Some(summary) = run.summary.as_ref().filter(|it| !it.seeds.is_empty()) else {
        return rows;
    };
    let mean = |value: fn(&NetworkResult) -> f64, show: fn(f64) -> String| {
        Role::BOTH.map(|role| {
            let values = summary.seeds.iter().map(|seed| value(seed.of(role)));
            let values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
            format::known(mean_interval(&values), |it| show(it.mean))
        })
    };
    rows.extend([
        (
            "accuracy, %",
            summary.accuracies().map(format::percent_estimate),
        ),
        (
            "loss, nats",
            mean(|it| it.test_loss, |it| format::fixed(it, 3)),
        ),
        ("training", mean(|it| it.train_seconds, format::about)),
        (
            "images/s",
            mean(
                |it| it.images_per_second,
                |it| format::count(it.max(0.0).round() as u64),
            ),
        ),
    ]);
    rows
}

/// How it was trained, and where it is.
fn settings(run: &RunData) -> Vec<(&'static str, String)> {
    let (plan, recipe) = (&run.plan, &run.manifest.settings.recipe);
    let predicted = plan.predicted_time_saved.map_or_else(String::new, |saved| {
        format!(" · predicted {}", format::percent(saved, 0))
    });
    let epochs = match Role::BOTH.map(|role| recipe.epochs_of(role)) {
        [one, other] if one == other => one.to_string(),
        [one, other] => format!("{one} and {other}"),
    };
    let cap = plan.unit().of(plan.cap);
    let cap = if plan.depth_override {
        format!("{cap}, by hand")
    } else {
        format!("{cap} · {}", plan.reading)
    };
    vec![
        (
            "time saved, %",
            format!("{}{predicted}", format::percent_estimate(run.time_saved())),
        ),
        ("network", plan.architecture.clone()),
        ("cap", cap),
        ("width", plan.width_policy.to_string()),
        (
            "seeds",
            format!(
                "{}, {} of {} finished",
                show_seeds(&recipe.seeds),
                run.seeds_trained(),
                recipe.seeds.len()
            ),
        ),
        ("epochs", epochs),
        (
            "batch, rate",
            format!("{}, {}", recipe.batch_size, recipe.learning_rate),
        ),
        ("device", run.manifest.device.clone()),
        ("folder", run.path.display().to_string()),
    ]
}
