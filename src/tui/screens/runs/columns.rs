//! The columns of the list: which fit, what they show, and how they order it.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use super::verdict_word;
use crate::evidence::Estimate;
use crate::run::{Activity, RunListing, RunStatus, Summary};
use crate::tui::format;
use crate::tui::theme::Theme;
use crate::tui::widgets::table::{Column, fitting, number, pad, words};

/// Columns of the screen before the first column of the list: cursor and mark.
pub const BEFORE: u16 = 3;
/// Fewest columns of the screen for intervals.
const WIDE: u16 = 114;
/// Fewest columns of the screen for dates in full.
const WIDEST: u16 = 150;

/// What the list is ordered by: one of its columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    #[default]
    When,
    Dataset,
    Network,
    Cap,
    Seeds,
    Epochs,
    Accuracy,
    Saved,
    Parameters,
    Verdict,
    Tags,
    Device,
    Reading,
    Note,
}

impl By {
    pub const ALL: [Self; 14] = [
        Self::When,
        Self::Dataset,
        Self::Network,
        Self::Cap,
        Self::Seeds,
        Self::Epochs,
        Self::Accuracy,
        Self::Saved,
        Self::Parameters,
        Self::Verdict,
        Self::Tags,
        Self::Device,
        Self::Reading,
        Self::Note,
    ];
}

/// An order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    pub by: By,
    pub descending: bool,
}

impl Default for Sort {
    fn default() -> Self {
        Self::usual(By::When)
    }
}

/// A column in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    pub by: By,
    pub column: Column,
    /// Columns of the screen before it.
    pub x: u16,
}

/// The longest cells of the columns whose width follows from them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Longest {
    dataset: usize,
    network: usize,
    device: usize,
    /// Of caps with their unit, and with its first letter.
    cap: [usize; 2],
    reading: usize,
    tags: usize,
    note: usize,
}

impl Longest {
    pub fn of<'a>(runs: impl Iterator<Item = &'a RunListing>) -> Self {
        let mut longest = Self::default();
        for run in runs {
            for (longest, text) in longest.cap.iter_mut().zip(caps(run)) {
                *longest = text.width().max(*longest);
            }
            let cells = [
                (&mut longest.dataset, &run.dataset),
                (&mut longest.network, &run.architecture),
                (&mut longest.device, &run.design.device),
                (&mut longest.reading, &run.design.reading),
                (&mut longest.tags, &tags(run)),
                (&mut longest.note, &run.notes.note),
            ];
            for (longest, text) in cells {
                // No text is wider than its bytes are many, and to count those is quick.
                if text.len() > *longest {
                    *longest = text.width().max(*longest);
                }
            }
        }
        longest
    }
}

impl Sort {
    /// The order of a column that one asks for first: names from A to Z, numbers from the greatest.
    pub const fn usual(by: By) -> Self {
        let descending = !matches!(
            by,
            By::Dataset
                | By::Network
                | By::Verdict
                | By::Tags
                | By::Device
                | By::Reading
                | By::Note
        );
        Self { by, descending }
    }

    /// Orders places in `runs`; what is not known stands last, equal ones stay as they are.
    pub fn apply(self, runs: &[RunListing], places: &mut Vec<usize>) {
        let mut keyed: Vec<(Key, usize)> = places
            .iter()
            .map(|&at| (Key::of(self.by, &runs[at]), at))
            .collect();
        keyed.sort_by(|(a, _), (b, _)| a.compare(b, self.descending));
        *places = keyed.into_iter().map(|(_, at)| at).collect();
    }
}

enum Key {
    Number(f64),
    Text(String),
    Unknown,
}

impl Key {
    fn of(by: By, run: &RunListing) -> Self {
        let number = |value: Option<f64>| value.map_or(Self::Unknown, Self::Number);
        let text = |value: &str| match value {
            "" => Self::Unknown,
            value => Self::Text(value.to_lowercase()),
        };
        match by {
            By::When => Self::Number(run.created.as_millisecond() as f64),
            By::Dataset => text(&run.dataset),
            By::Network => text(&run.architecture),
            By::Cap => Self::Number(run.cap as f64),
            By::Seeds => Self::Number(run.seeds as f64),
            By::Epochs => Self::Number(run.design.epochs as f64),
            By::Accuracy => number(accuracies(run)[1].map(|estimate| estimate.mean)),
            By::Saved => number(saved(run).map(|estimate| estimate.mean)),
            By::Parameters => number(run.design.capped_parameters.map(|number| number as f64)),
            By::Verdict => text(&verdict_word(run)),
            By::Tags => text(&tags(run)),
            By::Device => text(&run.design.device),
            By::Reading => text(&run.design.reading),
            By::Note => text(&run.notes.note),
        }
    }

    fn compare(&self, other: &Self, descending: bool) -> Ordering {
        let order = match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Unknown, Self::Unknown) => Ordering::Equal,
            (Self::Unknown, _) => return Ordering::Greater,
            (_, Self::Unknown) => return Ordering::Less,
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        };
        if descending { order.reverse() } else { order }
    }
}

/// The columns that fit into `width` columns of the screen, those of names as wide as their names need.
pub fn placed(width: u16, longest: Longest) -> Vec<Placed> {
    let is_wide = width >= WIDE;
    let when = match width {
        WIDEST.. => 16,
        WIDE.. => 12,
        _ => 7,
    };
    let (accuracy, saved) = if is_wide {
        (
            number("accuracy baseline / capped, %", 29),
            number("saved, %", 11),
        )
    } else {
        (number("accuracy, %", 11), number("saved, %", 8))
    };
    let [cap, cap_in_short] = longest.cap.map(|longest| longest.max(3));
    // Where there is much space, names come before further columns.
    let named = |least: usize, longest: usize, most: usize| match width {
        WIDEST.. => longest.clamp(least, most),
        _ => least,
    };
    // With its rank: the highest is left out first where the screen is narrow.
    let mut columns = vec![
        (By::When, words("when", when), 0),
        (
            By::Dataset,
            words("dataset", named(12, longest.dataset, 14)),
            0,
        ),
        (
            By::Network,
            // In the narrowest lists, a cap of three digits takes a column from the name of the network.
            words(
                "network",
                named(13 - cap_in_short.min(5), longest.network, 16),
            ),
            0,
        ),
        (
            By::Cap,
            number("cap", if width < WIDEST { cap_in_short } else { cap }),
            1,
        ),
        (By::Seeds, number("seeds", 5), 2),
        (By::Epochs, number("epochs", 6), 4),
        (By::Accuracy, accuracy, 0),
        (By::Saved, saved, 0),
        (By::Parameters, number("parameters, M", 13), 5),
        (By::Verdict, words("verdict", 12), 0),
        (By::Tags, words("tags", 10), 3),
        (By::Device, words("device", 15), 6),
        (By::Note, words("note", 16), 7),
        (By::Reading, words("reading", 11), 8),
    ];
    columns.retain(|(by, _, _)| match by {
        By::Tags => longest.tags > 0,
        By::Note => longest.note > 0,
        _ => true,
    });
    let available = usize::from(width.saturating_sub(BEFORE));
    let ranked: Vec<(Column, u8)> = columns
        .iter()
        .map(|(_, column, rank)| (*column, *rank))
        .collect();
    let kept = fitting(&ranked, available);
    let mut kept: Vec<(By, Column)> = kept
        .into_iter()
        .map(|at| (columns[at].0, columns[at].1))
        .collect();
    let used: usize = kept.iter().map(|(_, column)| column.width + 2).sum();
    let mut spare = (available + 2).saturating_sub(used);
    for by in [
        By::Network,
        By::Dataset,
        By::Cap,
        By::Tags,
        By::Device,
        By::Reading,
        By::Note,
    ] {
        let wanted = match by {
            By::Cap => cap,
            By::Network => longest.network.min(28),
            By::Dataset => longest.dataset.min(60),
            By::Tags => longest.tags.min(40),
            By::Device => longest.device.min(40),
            By::Reading => longest.reading.min(24),
            _ => longest.note,
        };
        if let Some((_, column)) = kept.iter_mut().find(|(of, _)| *of == by) {
            let more = wanted.saturating_sub(column.width).min(spare);
            column.width += more;
            spare -= more;
        }
    }
    let mut x = BEFORE;
    kept.into_iter()
        .map(|(by, column)| {
            let placed = Placed { by, column, x };
            x += column.width as u16 + 2;
            placed
        })
        .collect()
}

/// Draws what the columns show of a run.
pub fn draw_row(
    buffer: &mut Buffer,
    place: Rect,
    columns: &[Placed],
    run: &RunListing,
    clock: (Timestamp, &TimeZone),
    line: Style,
    theme: Theme,
) {
    for placed in columns {
        let (text, style) = cell(placed, run, clock, line, theme);
        let text = pad(&text, placed.column.width, placed.column.number);
        buffer.set_string(place.x + placed.x, place.y, text, style);
    }
}

/// What a column shows of a run, and in which style.
pub fn cell(
    placed: &Placed,
    run: &RunListing,
    (now, zone): (Timestamp, &TimeZone),
    line: Style,
    theme: Theme,
) -> (String, Style) {
    let width = placed.column.width;
    let summary = run.summary.as_ref();
    let text = match placed.by {
        By::When => format::when(run.created, now, zone, width),
        By::Dataset => format::cut_middle(&run.dataset, width),
        By::Network => format::cut_middle(&run.architecture, width),
        By::Cap => {
            let [full, short] = caps(run);
            if full.width() <= width { full } else { short }
        }
        By::Seeds => match summary {
            Some(summary) if summary.seeds.len() < run.seeds => {
                format!("{}/{}", summary.seeds.len(), run.seeds)
            }
            _ => run.seeds.to_string(),
        },
        By::Epochs => run.design.epochs.to_string(),
        By::Accuracy if summary.is_none() => format::UNKNOWN.to_owned(),
        By::Accuracy => {
            let both = accuracies(run);
            let full = both.map(format::percent_estimate).join(" / ");
            if full.width() <= width {
                full
            } else {
                both.map(mean).join(" / ")
            }
        }
        By::Saved => {
            let full = format::percent_estimate(saved(run));
            if full.width() <= width && width > 8 {
                full
            } else {
                mean(saved(run))
            }
        }
        By::Parameters => {
            let millions = |number: u64| format::fixed(number as f64 / 1e6, 2);
            let capped = format::known(run.design.capped_parameters, millions);
            format!("{} / {capped}", millions(run.design.baseline_parameters))
        }
        By::Verdict => return (verdict_word(run), outcome_style(run, theme)),
        By::Tags => return (tags(run), theme.entropy()),
        By::Device => format::cut_middle(&run.design.device, width),
        By::Reading => run.design.reading.clone(),
        By::Note => return (run.notes.note.clone(), theme.dim()),
    };
    (text, line)
}

/// The colour of a run's verdict.
pub fn outcome_style(run: &RunListing, theme: Theme) -> Style {
    match &run.activity {
        Activity::Running { .. } => return theme.good(),
        Activity::Silent { .. } => return theme.warning(),
        Activity::Killed { .. } => return theme.error(),
        _ => {}
    }
    match &run.summary {
        None => theme.dim(),
        Some(_) if run.status == RunStatus::Diverged => theme.error(),
        Some(summary) => theme.outcome(summary.verdict.outcome),
    }
}

/// The cap with its unit, `6 blocks`, and with the unit's first letter, `6b`.
fn caps(run: &RunListing) -> [String; 2] {
    let (cap, unit) = (run.cap, run.design.cap_unit);
    [unit.in_short(cap), unit.in_letter(cap)]
}

fn tags(run: &RunListing) -> String {
    run.notes.tags.join(" ")
}

fn mean(estimate: Option<Estimate>) -> String {
    format::known(estimate, |estimate| format::percent(estimate.mean, 1))
}

/// Mean accuracies of baseline and capped network over seeds.
pub fn accuracies(run: &RunListing) -> [Option<Estimate>; 2] {
    let summary = run.summary.as_ref();
    summary.map_or([None; 2], Summary::accuracies)
}

/// Training time saved.
pub fn saved(run: &RunListing) -> Option<Estimate> {
    run.summary.as_ref().and_then(|summary| summary.time_saved)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
