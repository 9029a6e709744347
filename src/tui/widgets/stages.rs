//! The stages of baseline and capped network as a table: blocks, widths, outputs, MACs.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::table::{Column, number, pad, row, words};
use crate::network::{Architecture, Plan, StageShape};
use crate::tui::format;
use crate::tui::theme::Theme;

/// Columns from which the output channels stand beside a width that is something else.
const ROOMY: usize = 89;

/// Rows that [`stages`] takes: a header and one for each stage.
pub fn rows(plan: &Plan) -> u16 {
    plan.baseline_spec.stages.len() as u16 + 1
}

/// What is shown of each network, beside its blocks and MACs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shown {
    /// Header of the width, where the family's is not the channels of the output.
    width: Option<&'static str>,
    channels: bool,
    /// Blanks more in every column.
    air: usize,
}

impl Shown {
    fn new(architecture: Architecture, room: usize) -> Self {
        let roomy = room >= ROOMY;
        let labels = architecture.labels();
        let width = if roomy { labels.width_short } else { "width" };
        let width = (!labels.width_is_output).then_some(width);
        Self {
            width,
            channels: width.is_none() || roomy,
            air: usize::from(roomy),
        }
    }

    fn place(self) -> [Column; 2] {
        [words("stage", 5 + self.air), words("output", 6 + self.air)]
    }

    fn columns(self) -> Vec<Column> {
        let mut columns = vec![number("blocks", 6 + 2 * self.air)];
        columns.extend(self.width.map(|title| number(title, 5 + 2 * self.air)));
        if self.channels {
            let title = if self.air > 0 { "channels" } else { "ch" };
            columns.push(number(title, 4 + 4 * self.air));
        }
        columns.push(number("MACs", 6));
        columns
    }

    fn cells(self, stage: &StageShape) -> Vec<String> {
        let mut cells = vec![stage.blocks.to_string()];
        cells.extend(self.width.map(|_| stage.width.to_string()));
        if self.channels {
            cells.push(stage.channels.to_string());
        }
        cells.push(format::large(stage.macs as f64));
        cells
    }
}

/// Draws a header and a row for each stage, the baseline's columns before the capped network's.
pub fn stages(buffer: &mut Buffer, area: Rect, plan: &Plan, theme: Theme) {
    let shown = Shown::new(plan.baseline_spec.architecture, usize::from(area.width));
    let indent = if usize::from(area.width) >= ROOMY + 2 {
        2
    } else {
        0
    };
    let area = super::areas::indent(area, indent);
    let (place, columns) = (shown.place(), shown.columns());
    let width: usize = columns.iter().map(|column| column.width + 2).sum();
    let half = |text: &str| pad(text, width, true);
    let titled = |mark: char| {
        let titles = columns.iter().enumerate().map(|(at, column)| match at {
            0 => format!("{mark}{}{}", " ".repeat(shown.air), column.title),
            _ => column.title.to_owned(),
        });
        let titles: Vec<String> = titles.collect();
        let mut columns = columns.clone();
        columns[0].width += 1;
        half(&row(&columns, &titles))
    };
    let of_place = |cells: &[String]| {
        let text = row(&place, cells);
        let most = place.iter().map(|column| column.width + 2).sum::<usize>() - 2;
        pad(&text, most, false)
    };
    let header = place.map(|column| column.title.to_owned());
    let line = Line::from(vec![
        Span::styled(of_place(&header), theme.dim()),
        Span::styled(titled('●'), theme.baseline()),
        Span::styled(titled('▲'), theme.capped()),
    ]);
    buffer.set_line(area.x, area.y, &line, area.width);

    let capped = plan.capped_spec.as_ref().map(crate::network::Spec::shapes);
    let shapes = plan.baseline_spec.shapes();
    for ((at, stage), y) in shapes.iter().enumerate().zip(area.y + 1..area.bottom()) {
        let (height, across) = stage.size;
        let after = capped.as_ref().and_then(|shapes| shapes.get(at));
        let unknown = vec![format::UNKNOWN.to_owned(); columns.len()];
        let after = after.map_or(unknown, |stage| shown.cells(stage));
        let line = Line::from(vec![
            Span::styled(
                of_place(&[(at + 1).to_string(), format!("{height}×{across}")]),
                theme.dim(),
            ),
            Span::styled(half(&row(&columns, &shown.cells(stage))), Style::new()),
            Span::styled(half(&row(&columns, &after)), Style::new()),
        ]);
        buffer.set_line(area.x, y, &line, area.width);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_fits_the_narrowest_place() {
        for architecture in Architecture::suggested() {
            for room in [59, ROOMY] {
                let shown = Shown::new(architecture, room);
                let columns = |columns: &[Column]| -> usize {
                    columns.iter().map(|column| column.width + 2).sum()
                };
                let used = columns(&shown.place()) - 2 + 2 * columns(&shown.columns());
                assert!(used <= room, "{architecture} takes {used} of {room}");
            }
        }
    }
}
