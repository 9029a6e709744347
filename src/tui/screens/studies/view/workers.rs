//! The workers of a study that runs: a row each.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::study::Worker;
use crate::tui::format;
use crate::tui::theme::Theme;
use crate::tui::widgets::gauge;
use crate::tui::widgets::heading::heading;
use crate::tui::widgets::table::pad;

/// Cells of a row's bar, where there is room for it.
const BAR: usize = 16;

/// Draws a row for each device: the cell that is trained on it, how far it is, and how long it still takes.
///
/// ```text
/// devices ─────────────────────────────────────────────────────────────────── 2 of 2 at work
/// cuda:0  mnist-resnet-20-channel-sum   seed 2 · capped · epoch 3 of 30  ━━━━────  25 %  about 4 min left
/// ```
pub(super) fn render(buffer: &mut Buffer, area: Rect, workers: &[Worker], theme: Theme) {
    let busy = workers.iter().filter(|it| it.cell.is_some()).count();
    let right = Line::styled(format!("{busy} of {} at work", workers.len()), theme.dim());
    let below = heading(buffer, area, "devices", right, false, theme);
    let widest = |of: &dyn Fn(&Worker) -> String| {
        let widths = workers.iter().map(|worker| of(worker).width());
        widths.max().unwrap_or(0)
    };
    let named = |worker: &Worker| worker.cell.clone().unwrap_or_default();
    let device = widest(&|worker| worker.device.clone());
    let (places, width) = (widest(&Worker::place), area.width as usize);
    // Where a name would be cut, the time left is said in short.
    let needs = |left: usize| device + places + left + 14 + widest(&named);
    let is_short = needs(widest(&Worker::left)) > width;
    let left_of = |worker: &Worker| match worker.left_in_short() {
        Some(left) if is_short => left,
        _ => worker.left(),
    };
    let left = widest(&left_of);
    // device, name, place, percent, time left, and two blanks between them.
    let fixed = device + places + left + 6 + 8;
    let bar = if width > fixed + BAR + widest(&named) {
        BAR
    } else {
        0
    };
    let gap = if bar > 0 { bar + 1 } else { 0 };
    let name = widest(&named).min(width.saturating_sub(fixed + gap));
    for (worker, place) in workers.iter().zip(below.rows()) {
        let style = match worker {
            worker if worker.retired => theme.error(),
            worker if worker.tries > 1 => theme.warning(),
            _ => theme.strong(),
        };
        let cell = format::cut(&named(worker), name);
        let mut spans = vec![
            Span::styled(pad(&worker.device, device, false), style),
            Span::raw(format!("  {}  ", pad(&cell, name, false))),
            Span::styled(pad(&worker.place(), places, false), theme.dim()),
            Span::raw("  "),
        ];
        if let Some(share) = worker.share_done() {
            if bar > 0 {
                spans.extend(gauge::bar(share, bar, theme.entropy(), theme));
                spans.push(Span::raw(" "));
            }
            let percent = format!("{} %", format::percent(share, 0));
            spans.push(Span::raw(pad(&percent, 5, true)));
            spans.push(Span::styled(format!("  {}", left_of(worker)), theme.dim()));
        }
        buffer.set_line(place.x, place.y, &Line::from(spans), place.width);
    }
}
