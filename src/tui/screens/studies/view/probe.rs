//! A probed run: how alike the features after all blocks of both networks are.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::super::state::probe_seeds;
use super::{answer_rows, sentence};
use crate::run::{NetworkProbe, Probes};
use crate::training::Role;
use crate::tui::app::App;
use crate::tui::format;
use crate::tui::theme::Theme;
use crate::tui::widgets::areas::take;
use crate::tui::widgets::heading::heading;
use crate::tui::widgets::heat_map::{Matrix, scale};

pub fn render(buffer: &mut Buffer, area: Rect, app: &App, probes: &Probes, theme: Theme) {
    let seeds = probe_seeds(probes);
    let seed = seeds.get(app.studies.view()).copied().flatten();
    let shown = probes.probes.iter().filter(|probe| probe.seed == seed);
    let shown: Vec<&NetworkProbe> = shown.collect();
    let mut rest = area;
    let baseline = shown.iter().find(|probe| probe.role == Role::Baseline);
    if let Some(probe) = baseline.or(shown.first()) {
        let rows = answer_rows(area.height);
        rest = sentence(buffer, rest, &probe.found.reason, rows, theme.strong());
    }
    let place = take(&mut rest, 1);
    let seed = seed.map_or_else(String::new, |seed| format!("seed {seed} · "));
    let text = format!(
        "{seed}linear CKA of the features after every block with every other, on {}; 0 is the stem",
        probes.dataset
    );
    let text = format::cut(&text, (place.width as usize).saturating_sub(24));
    buffer.set_string(place.x, place.y, &text, theme.dim());
    if place.width > 44 {
        scale(buffer, place.right() - 20, place.y, 16, theme);
    }
    take(&mut rest, u16::from(area.height >= 22));
    let with_maps = |probe: &&&NetworkProbe| !probe.found.layer_cka.is_empty();
    let maps: Vec<&&NetworkProbe> = shown.iter().filter(with_maps).collect();
    if maps.is_empty() {
        let text = "this probe is older and has no CKA of blocks with each other";
        buffer.set_string(rest.x, rest.y, text, theme.dim());
        return;
    }
    let places = Layout::horizontal(maps.iter().map(|_| Constraint::Fill(1))).spacing(3);
    for (probe, place) in maps.iter().zip(rest.layout_vec(&places)) {
        map(buffer, place, probe, theme);
    }
}

fn map(buffer: &mut Buffer, area: Rect, probe: &NetworkProbe, theme: Theme) {
    let found = &probe.found;
    let kept = found.blocks.iter().filter(|block| !block.past_cap).count();
    let rule = (kept < found.blocks.len()).then_some(kept + 1);
    let right = match rule {
        Some(_) => Line::from(vec![
            Span::styled("▸", theme.cap()),
            Span::styled(" the cap", theme.dim()),
        ]),
        None => Line::default(),
    };
    let below = heading(buffer, area, &probe.network, right, false, theme);
    let matrix = Matrix {
        values: &found.layer_cka,
        rule,
    };
    matrix.render(buffer, below, theme);
}
