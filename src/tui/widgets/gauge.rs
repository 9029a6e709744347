//! A value and its cap on a thin axis, and bars of progress.

use ratatui::style::Style;
use ratatui::text::Span;

use crate::tui::theme::Theme;

/// Draws `━━━━━━━━┊──────`: the value as a thick line from 0, the cap as a rule, the thin rest up to `end`.
pub fn gauge(value: f64, cap: usize, end: f64, width: usize, theme: Theme) -> Vec<Span<'static>> {
    let Parts { filled, gap, rest } = parts(value, cap as f64, end, width);
    vec![
        Span::styled("━".repeat(filled), theme.entropy()),
        Span::styled("─".repeat(gap), theme.faint()),
        Span::styled("┊", theme.cap()),
        Span::styled("─".repeat(rest), theme.faint()),
    ]
}

/// Draws `━━━━━━──────`: how much of `width` columns is done, a fraction.
pub fn bar(share: f64, width: usize, style: Style, theme: Theme) -> [Span<'static>; 2] {
    let done = (share.clamp(0.0, 1.0) * width as f64).round() as usize;
    [
        Span::styled("━".repeat(done), style),
        Span::styled("─".repeat(width - done), theme.faint()),
    ]
}

#[derive(Debug, PartialEq, Eq)]
struct Parts {
    filled: usize,
    gap: usize,
    rest: usize,
}

/// Columns before the value, between it and the cap, and behind the cap, which takes one.
fn parts(value: f64, cap: f64, end: f64, width: usize) -> Parts {
    let last = width.saturating_sub(1);
    let column = |bits: f64| ((bits / end).clamp(0.0, 1.0) * last as f64).round() as usize;
    let at = column(cap);
    let filled = column(value).min(at);
    Parts {
        filled,
        gap: at - filled,
        rest: last - at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_and_cap_are_at_their_columns() {
        let of = |value, cap, end, width| {
            let Parts { filled, gap, rest } = parts(value, cap, end, width);
            [filled, gap, rest]
        };
        assert_eq!(of(12.0, 13.0, 24.0, 25), [12, 1, 11]);
        assert_eq!(of(22.94, 23.0, 24.0, 13), [11, 1, 0]);
        assert_eq!(of(8.0, 8.0, 8.0, 9), [8, 0, 0]);
        assert_eq!(of(0.0, 1.0, 8.0, 9), [0, 1, 7]);
    }
}
