//! Columns at every width.

use super::*;
use crate::tui::fixtures;

#[test]
fn no_column_overruns_its_place_at_any_width() {
    let mut runs = fixtures::listings();
    for (number, run) in runs.iter_mut().enumerate() {
        run.dataset = "folder:/a/very/long/path/to/flowers".repeat(number % 3 + 1);
        run.notes.tags = vec!["tag".to_owned(); number];
        run.notes.note = "word ".repeat(number * 20);
        run.design.device = "NVIDIA H100 80GB HBM3".to_owned();
        run.cap = 109 * (number % 2) + number;
    }
    let longest = Longest::of(runs.iter());
    for width in 78..260_u16 {
        let columns = placed(width, longest);
        let ends = columns
            .iter()
            .map(|placed| placed.x + placed.column.width as u16);
        assert!(ends.clone().all(|end| end <= width), "{width}: {columns:?}");
        assert!(columns.len() >= 7, "{width}");
        for (end, next) in ends.zip(&columns[1..]) {
            assert_eq!(next.x, end + 2);
        }
        for run in &runs {
            for placed in columns.iter().filter(|placed| placed.column.number) {
                let theme = Theme::new(crate::tui::theme::Colours::None);
                let time = (fixtures::now(), &TimeZone::UTC);
                let (text, _) = cell(placed, run, time, Style::new(), theme);
                assert!(text.width() <= placed.column.width, "{width}: {text}");
            }
        }
    }
    let shown = |width| {
        placed(width, longest)
            .iter()
            .map(|one| one.by)
            .collect::<Vec<_>>()
    };
    assert!(!shown(78).contains(&By::Seeds) && shown(118).contains(&By::Seeds));
    for by in [By::Epochs, By::Tags] {
        assert!(shown(158).contains(&by), "{by:?}");
    }
    assert!(shown(178).contains(&By::Parameters));
    assert!(shown(198).contains(&By::Device));
}

/// At every width at which caps are shown, one in blocks cannot be taken for one in convolutions.
#[test]
fn a_cap_is_shown_with_what_it_counts() {
    let runs = fixtures::listings();
    let longest = Longest::of(runs.iter());
    let mut seen = Vec::new();
    for width in 78..260_u16 {
        let columns = placed(width, longest);
        let cap = columns.iter().find(|placed| placed.by == By::Cap).unwrap();
        let theme = Theme::new(crate::tui::theme::Colours::None);
        let time = (fixtures::now(), &TimeZone::UTC);
        let text = |at: usize| cell(cap, &runs[at], time, Style::new(), theme).0;
        seen.push([0, 2].map(text));
    }
    assert_eq!(seen[0], ["13c", "2b"]);
    assert_eq!(seen[150], ["13 conv.", "2 blocks"]);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 2, "{seen:?}");
}
