//! Baseline and capped network as two rows of blocks, drawn to scale.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::network::{NetworkSummary, Plan};
use crate::training::Role;
use crate::tui::theme::Theme;

const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const STAGE_GAP: usize = 3;

/// How wide a block is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Scale {
    /// Columns of a block.
    width: usize,
    /// Columns between blocks.
    gap: usize,
    /// Blocks that one drawn block stands for.
    each: usize,
}

impl Scale {
    /// Columns of a stage with `blocks` blocks.
    const fn stage(self, blocks: usize) -> usize {
        let drawn = blocks.div_ceil(self.each);
        (drawn * (self.width + self.gap)).saturating_sub(self.gap)
    }

    /// The largest scale by which `stages` (blocks of each) fit into `room` columns.
    fn fitting(stages: &[usize], room: usize) -> Self {
        let total = |scale: Self| {
            stages
                .iter()
                .map(|&blocks| scale.stage(blocks))
                .sum::<usize>()
                + STAGE_GAP * stages.len().saturating_sub(1)
        };
        let whole = [(4, 1), (3, 1), (2, 1), (1, 1), (1, 0)]
            .into_iter()
            .map(|(width, gap)| Self {
                width,
                gap,
                each: 1,
            });
        let several = (2..64).map(|each| Self {
            width: 1,
            gap: 0,
            each,
        });
        whole
            .chain(several)
            .find(|scale| total(*scale) <= room)
            .unwrap_or(Self {
                width: 1,
                gap: 0,
                each: 64,
            })
    }
}

/// Draws both networks: a block's height follows its channels, its stages stand in groups, and what
/// the cap cuts away is ghosted.
pub fn blocks(buffer: &mut Buffer, area: Rect, plan: &Plan, theme: Theme) {
    if area.height < 6 || area.width < 20 {
        return;
    }
    let high = ((area.height - 2) / 2).min(7);
    let baseline = &plan.baseline;
    let capped = plan.capped.as_ref();
    let stages: Vec<usize> = baseline
        .blocks
        .iter()
        .enumerate()
        .map(|(stage, &blocks)| blocks.max(capped.map_or(0, |capped| at(&capped.blocks, stage))))
        .collect();
    let scale = Scale::fitting(&stages, area.width as usize);
    let widest = baseline
        .widths
        .iter()
        .chain(capped.iter().flat_map(|capped| &capped.widths))
        .copied()
        .max()
        .unwrap_or(1);
    let mut place = Rect {
        height: high,
        ..area
    };
    let drawing = Drawing {
        stages: &stages,
        scale,
        widest,
        theme,
    };
    drawing.network(buffer, place, Role::Baseline, baseline, None);
    place.y += high + 1;
    if let Some(capped) = capped {
        drawing.network(buffer, place, Role::Capped, capped, Some(baseline));
    } else {
        let style = theme.dim();
        let text = "▲ capped: the same network, it is not deeper than the cap";
        buffer.set_string(area.x, place.y, text, style);
    }
}

fn at(values: &[usize], index: usize) -> usize {
    values.get(index).copied().unwrap_or(0)
}

struct Drawing<'a> {
    stages: &'a [usize],
    scale: Scale,
    widest: usize,
    theme: Theme,
}

impl Drawing<'_> {
    /// Draws one network over `place`, and its labels on the row below; `before` is what it was cut from.
    fn network(
        &self,
        buffer: &mut Buffer,
        place: Rect,
        role: Role,
        network: &NetworkSummary,
        before: Option<&NetworkSummary>,
    ) {
        let style = self.theme.role(role);
        let (mark, name) = match role {
            Role::Baseline => ("●", "baseline"),
            Role::Capped => ("▲", "capped"),
        };
        let foot = place.bottom() - 1;
        let mut x = place.x;
        for (stage, &most) in self.stages.iter().enumerate() {
            let (blocks, width) = (at(&network.blocks, stage), at(&network.widths, stage));
            let eighths = (width * place.height as usize * 8)
                .div_ceil(self.widest.max(1))
                .max(3);
            let drawn = blocks.div_ceil(self.scale.each);
            for block in 0..most.div_ceil(self.scale.each) {
                let start = x + (block * (self.scale.width + self.scale.gap)) as u16;
                let cut = block >= drawn;
                self.block(buffer, place, start, eighths, cut, style);
            }
            let columns = self.scale.stage(most);
            let label = Self::label(stage, blocks, width, before, columns + STAGE_GAP - 1);
            if foot + 1 < buffer.area.bottom() {
                buffer.set_string(x, foot + 1, label, self.theme.dim());
            }
            x += (columns + STAGE_GAP) as u16;
        }
        buffer.set_string(place.x, place.y, format!("{mark} {name}"), style);
    }

    fn block(
        &self,
        buffer: &mut Buffer,
        place: Rect,
        start: u16,
        eighths: usize,
        cut: bool,
        style: Style,
    ) {
        for row in 0..place.height {
            let here = eighths.saturating_sub(row as usize * 8).min(8);
            if here == 0 {
                break;
            }
            let (glyph, style) = match (cut, here) {
                (true, 1..=3) => continue,
                (true, _) => ('░', self.theme.faint()),
                (false, here) => (EIGHTHS[here], style),
            };
            for x in start..start + self.scale.width as u16 {
                if x < place.right() {
                    buffer[(x, place.bottom() - 1 - row)]
                        .set_char(glyph)
                        .set_style(style);
                }
            }
        }
    }

    /// The longest label of a stage that fits into `room` columns.
    fn label(
        stage: usize,
        blocks: usize,
        width: usize,
        before: Option<&NetworkSummary>,
        room: usize,
    ) -> String {
        let count = match before {
            Some(before) => format!("{blocks} of {} blocks", at(&before.blocks, stage)),
            None => format!("{blocks} blocks"),
        };
        let short = match before {
            Some(before) => format!("{blocks}/{}", at(&before.blocks, stage)),
            None => blocks.to_string(),
        };
        [
            format!("{count} × {width} channels"),
            format!("{count} × {width} ch"),
            format!("{short} × {width} ch"),
            format!("{short}×{width}"),
        ]
        .into_iter()
        .find(|label| label.chars().count() <= room)
        .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_shrinks_until_it_fits() {
        assert_eq!(Scale::fitting(&[8, 8, 8], 130).width, 4);
        assert_eq!(Scale::fitting(&[8, 8, 8], 80).width, 2);
        assert_eq!(Scale::fitting(&[18, 18, 18], 60).each, 1);
        let tight = Scale::fitting(&[18, 18, 18], 40);
        assert_eq!((tight.width, tight.each), (1, 2));
    }
}
