//! Baseline and capped network as two rows of blocks, drawn to scale.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::network::{Labels, NetworkSummary, Plan};
use crate::training::Role;
use crate::tui::theme::Theme;

const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Most rows of a network.
const MAX_ROWS: u16 = 22;

/// How wide a block is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Scale {
    /// Columns of a block.
    width: usize,
    /// Columns between blocks.
    gap: usize,
    /// Columns between stages.
    between: usize,
    /// Blocks that one drawn block stands for.
    each: usize,
    /// Whether every stage is as wide as its shortest label.
    labelled: bool,
}

impl Scale {
    /// Columns of a stage with `blocks` blocks.
    const fn stage(self, blocks: usize) -> usize {
        let drawn = blocks.div_ceil(self.each);
        (drawn * (self.width + self.gap)).saturating_sub(self.gap)
    }

    /// The largest scale by which `stages` (blocks of each, and columns of its label) fit into `room`
    /// columns: with their labels, or without where even the smallest scale leaves no room for them.
    fn fitting(stages: &[(usize, usize)], room: usize) -> Self {
        let total = |scale: Self| {
            let columns = stages.iter().map(|&(blocks, label)| {
                let label = if scale.labelled { label } else { 0 };
                scale.stage(blocks).max(label)
            });
            columns.sum::<usize>() + scale.between * stages.len().saturating_sub(1)
        };
        let scale = |(width, gap, between, each)| Self {
            width,
            gap,
            between,
            each,
            labelled: true,
        };
        let whole = [
            (10, 2, 5, 1),
            (8, 2, 4, 1),
            (7, 1, 4, 1),
            (6, 1, 3, 1),
            (5, 1, 3, 1),
            (4, 1, 3, 1),
            (3, 1, 3, 1),
            (2, 1, 3, 1),
            (1, 1, 3, 1),
            (1, 1, 2, 1),
            (1, 0, 2, 1),
            (1, 0, 1, 1),
        ];
        let several = (2..64).map(|each| (1, 0, 2, each));
        let labelled: Vec<Self> = whole.into_iter().chain(several).map(scale).collect();
        let bare = labelled.iter().map(|scale| Self {
            labelled: false,
            ..*scale
        });
        labelled
            .iter()
            .copied()
            .chain(bare)
            .find(|scale| total(*scale) <= room)
            .unwrap_or(Self {
                labelled: false,
                ..scale((1, 0, 1, 64))
            })
    }
}

/// Draws both networks: a block's height follows its channels, its stages stand in groups, and what
/// the cap cuts away is ghosted.
pub fn blocks(buffer: &mut Buffer, area: Rect, plan: &Plan, theme: Theme) {
    if area.height < 6 || area.width < 20 {
        return;
    }
    let high = ((area.height - 2) / 2).min(MAX_ROWS);
    let baseline = &plan.baseline;
    let capped = plan.capped.as_ref();
    let stages: Vec<usize> = baseline
        .blocks
        .iter()
        .enumerate()
        .map(|(stage, &blocks)| blocks.max(capped.map_or(0, |capped| at(&capped.blocks, stage))))
        .collect();
    let labels = plan.baseline_spec.architecture.labels();
    let labelled: Vec<(usize, usize)> = stages
        .iter()
        .enumerate()
        .map(|(stage, &blocks)| {
            let shortest = |network: &NetworkSummary, before| {
                captions(labels, stage, network, before)[3].chars().count()
            };
            let capped = capped.map_or(0, |capped| shortest(capped, Some(baseline)));
            (blocks, shortest(baseline, None).max(capped))
        })
        .collect();
    let scale = Scale::fitting(&labelled, area.width as usize);
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
        stages: &labelled,
        scale,
        labels,
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
    /// Blocks of each stage, and columns of its label at least.
    stages: &'a [(usize, usize)],
    scale: Scale,
    labels: Labels,
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
        for (stage, &(most, label)) in self.stages.iter().enumerate() {
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
            let between = self.scale.between;
            let mut columns = self.scale.stage(most);
            if self.scale.labelled {
                columns = columns.max(label);
            }
            let room = columns + between / 2;
            let labels = captions(self.labels, stage, network, before);
            let fitting = labels
                .into_iter()
                .find(|label| label.chars().count() <= room);
            let label = fitting.unwrap_or_default();
            if foot + 1 < buffer.area.bottom() {
                buffer.set_string(x, foot + 1, label, self.theme.dim());
            }
            x += (columns + between) as u16;
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
}

/// The captions of a stage, the longest first; `before` is what its network was cut from.
fn captions(
    labels: Labels,
    stage: usize,
    network: &NetworkSummary,
    before: Option<&NetworkSummary>,
) -> [String; 4] {
    let (blocks, width) = (at(&network.blocks, stage), at(&network.widths, stage));
    let of = before
        .map(|before| at(&before.blocks, stage))
        .filter(|&of| of != blocks);
    let plural = if of.unwrap_or(blocks) == 1 { "" } else { "s" };
    let (count, short) = match of {
        Some(of) => (format!("{blocks} of {of}"), format!("{blocks}/{of}")),
        None => (blocks.to_string(), blocks.to_string()),
    };
    let Labels {
        block,
        width: long,
        width_short: unit,
        ..
    } = labels;
    [
        format!("{count} {block}{plural} × {width} {long}"),
        format!("{count} {block}{plural} × {width} {unit}"),
        format!("{short} × {width} {unit}"),
        format!("{short}×{width}"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_shrinks_until_it_fits() {
        let fitting = |blocks: usize, label, room| Scale::fitting(&[(blocks, label); 3], room);
        assert_eq!(fitting(8, 5, 130).width, 4);
        assert_eq!(fitting(8, 5, 80).width, 2);
        assert_eq!(fitting(18, 5, 60).each, 1);
        let tight = fitting(18, 5, 40);
        assert_eq!((tight.width, tight.each), (1, 2));
        let short = Scale::fitting(&[(1, 7); 7], 62);
        assert_eq!(
            (short.width, short.between),
            (1, 2),
            "labels set the stages apart"
        );
        assert_eq!(
            Scale::fitting(&[(1, 90); 7], 62).width,
            6,
            "they are left out"
        );
    }

    #[test]
    fn labels_say_what_was_cut_and_what_the_width_is() {
        let plan = crate::tui::fixtures::plan();
        let labels = plan.baseline_spec.architecture.labels();
        assert_eq!(
            captions(labels, 1, &plan.baseline, None)[0],
            "8 blocks × 32 channels"
        );
        let Some(capped) = &plan.capped else {
            panic!("nothing is capped");
        };
        let cut = captions(labels, 1, capped, Some(&plan.baseline));
        assert_eq!(cut[1], "2 of 8 blocks × 52 ch");
        assert_eq!(cut[3], "2/8×52");
        let same = captions(labels, 1, capped, Some(capped));
        assert_eq!(same[3], "2×52");
    }
}
