//! Axes: from numbers to places on the page.

use super::scene::{Align, HEIGHT, Ink, Point, Scene, WIDTH, dash_of, dots_of, text_width};
use crate::format::ticks;
use crate::training::Role;

/// Letter size of numbers along axes.
const TICK: f64 = 12.0;

/// A rectangle of the page with the ranges of numbers it shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Frame {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
    pub x: [f64; 2],
    pub y: [f64; 2],
}

impl Frame {
    /// The usual frame below title, legend and the y axis' title; on its right there is room for end labels.
    pub(super) const fn below_title(x: [f64; 2], y: [f64; 2], room_right: f64) -> Self {
        Self {
            left: 74.0,
            top: 126.0,
            right: WIDTH - 30.0 - room_right,
            bottom: HEIGHT - 62.0,
            x,
            y,
        }
    }

    pub(super) fn at(&self, x: f64, y: f64) -> Point {
        let share = |value: f64, [low, high]: [f64; 2]| (value - low) / (high - low);
        [
            self.left + share(x, self.x) * (self.right - self.left),
            self.bottom - share(y, self.y) * (self.bottom - self.top),
        ]
    }

    /// Grid lines and numbers of the y axis, with its title above.
    pub(super) fn y_axis(&self, scene: &mut Scene, title: &str, ticks: &Ticks) {
        scene.text(
            [30.0, self.top - 20.0],
            title,
            TICK,
            Ink::FAINT_TEXT,
            Align::Left,
        );
        for &tick in &ticks.places {
            let [_, y] = self.at(self.x[0], tick);
            scene.line(vec![[self.left, y], [self.right, y]], Ink::GRID, 1.0);
            scene.text(
                [self.left - 9.0, y],
                &ticks.format(tick),
                TICK,
                Ink::FAINT_TEXT,
                Align::Right,
            );
        }
    }

    /// The x axis' line, its numbers, and its title below.
    pub(super) fn x_axis(&self, scene: &mut Scene, title: &str, ticks: &Ticks) {
        scene.line(
            vec![[self.left, self.bottom], [self.right, self.bottom]],
            Ink::AXIS,
            1.2,
        );
        for &place in &ticks.places {
            let [x, y] = self.at(place, self.y[0]);
            scene.line(vec![[x, y], [x, y + 5.0]], Ink::AXIS, 1.2);
            scene.text(
                [x, y + 16.0],
                &ticks.format(place),
                TICK,
                Ink::FAINT_TEXT,
                Align::Centre,
            );
        }
        scene.text(
            [f64::midpoint(self.left, self.right), self.bottom + 40.0],
            title,
            TICK + 1.0,
            Ink::TEXT,
            Align::Centre,
        );
    }
}

/// Round numbers along an axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ticks {
    pub places: Vec<f64>,
    decimals: usize,
    /// Whether places are common logarithms of what is written there.
    logarithms: bool,
}

impl Ticks {
    /// Multiples of 1, 2 or 5 times a power of ten, from `low` to `high`, about `count` of them, no closer than `least`.
    pub(super) fn between(low: f64, high: f64, count: f64, least: f64) -> Self {
        let places = ticks([low, high], count, &[1.0, 2.0, 5.0, 10.0], least);
        let decimals = (0..9)
            .find(|&decimals| {
                let scale = 10_f64.powi(decimals);
                let mut scaled = places.iter().map(|place| place * scale);
                scaled.all(|place| (place - place.round()).abs() < 1e-6)
            })
            .unwrap_or(9) as usize;
        Self {
            places,
            decimals,
            logarithms: false,
        }
    }

    /// 1, 2 and 5 times powers of ten, on an axis of common logarithms from `low` to `high`; beyond three decades powers alone.
    pub(super) fn powers(low: f64, high: f64) -> Self {
        let factors: &[f64] = if high - low > 3.0 {
            &[1.0]
        } else {
            &[1.0, 2.0, 5.0]
        };
        let powers = low.floor() as i32..=high.ceil() as i32;
        let places = powers
            .flat_map(|power| {
                factors
                    .iter()
                    .map(move |factor| f64::from(power) + factor.log10())
            })
            .filter(|place| (low..=high).contains(place))
            .collect();
        Self {
            places,
            decimals: 0,
            logarithms: true,
        }
    }

    /// Whole numbers at these places.
    pub(super) const fn at(places: Vec<f64>) -> Self {
        Self {
            places,
            decimals: 0,
            logarithms: false,
        }
    }

    /// Epochs: whole numbers, the first and the last among them where there is room.
    pub(super) fn epochs(last: f64) -> Self {
        let mut ticks = Self::between(1.0, last, 10.0, 1.0);
        let step = match ticks.places.as_slice() {
            [first, second, ..] => second - first,
            _ => 1.0,
        };
        for end in [1.0, last] {
            if ticks
                .places
                .iter()
                .all(|tick| (tick - end).abs() >= step * 0.6)
            {
                ticks.places.push(end);
            }
        }
        ticks
    }

    pub(super) fn format(&self, value: f64) -> String {
        if self.logarithms {
            let decimals = (-value.floor()).max(0.0) as usize;
            let number = 10_f64.powf(value);
            if decimals == 0 {
                crate::format::whole(number)
            } else {
                format!("{number:.decimals$}")
            }
        } else if self.decimals == 0 {
            crate::format::whole(value)
        } else {
            format!("{:.*}", self.decimals, value + 0.0)
        }
    }
}

/// A range that holds all finite `values` with some air around, and is never empty.
pub(super) fn range(values: impl Iterator<Item = f64>) -> Option<[f64; 2]> {
    let [low, high] = values
        .filter(|value| value.is_finite())
        .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], value| {
            [low.min(value), high.max(value)]
        });
    if low > high {
        return None;
    }
    let air = ((high - low) * 0.06).max(high.abs() * 0.01).max(1e-6);
    Some([low - air, high + air])
}

/// What a legend shows: name, network, and whether thin (a network's second curve).
pub(super) struct Entry {
    pub name: String,
    pub role: Role,
    pub thin: bool,
}

/// The legend, one line below the subtitle, from the left.
pub(super) fn legend(scene: &mut Scene, entries: &[Entry]) {
    let mut x = 30.0;
    let y = 85.0;
    for entry in entries {
        let ink = Ink::of(entry.role);
        let sample = vec![[x, y], [x + 30.0, y]];
        if entry.thin {
            scene.dashed(sample, ink, 1.4, Some(dots_of(entry.role)));
        } else {
            scene.dashed(sample, ink, 2.4, dash_of(entry.role));
            scene.marker(entry.role, [x + 15.0, y], 4.0);
        }
        scene.text([x + 38.0, y], &entry.name, 13.0, Ink::TEXT, Align::Left);
        x += 38.0 + text_width(&entry.name, 13.0) + 26.0;
    }
}

/// Labels right of a frame, one per network, pushed apart where they would overlap.
pub(super) fn end_labels(scene: &mut Scene, x: f64, mut labels: Vec<(f64, String, Ink)>) {
    const APART: f64 = 17.0;
    labels.sort_by(|a, b| a.0.total_cmp(&b.0));
    if let [(first, ..), (second, ..)] = labels.as_mut_slice() {
        let short = (APART - (*second - *first)) / 2.0;
        if short > 0.0 {
            *first -= short;
            *second += short;
        }
    }
    for (y, text, ink) in labels {
        scene.text([x, y], &text, 13.0, ink, Align::Left);
    }
}

/// Writes in the middle of the page that there is nothing to draw.
pub(super) fn nothing(scene: &mut Scene, sentence: &str) {
    scene.text(
        [WIDTH / 2.0, HEIGHT / 2.0],
        sentence,
        14.0,
        Ink::FAINT_TEXT,
        Align::Centre,
    );
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_numbers_inside_the_range() {
        let texts = |ticks: &Ticks| -> Vec<String> {
            ticks
                .places
                .iter()
                .map(|&tick| ticks.format(tick))
                .collect()
        };
        assert_eq!(
            texts(&Ticks::between(0.0, 24.0, 8.0, 0.0)),
            ["0", "5", "10", "15", "20"]
        );
        assert_eq!(
            texts(&Ticks::between(91.9, 93.1, 5.0, 0.0)),
            ["92.0", "92.5", "93.0"]
        );
        assert_eq!(texts(&Ticks::between(0.0, 4200.0, 4.0, 0.0))[2], "4,000");
        assert_eq!(texts(&Ticks::epochs(1.0)), ["1"]);
        assert_eq!(texts(&Ticks::epochs(3.0)), ["1", "2", "3"]);
        assert!(Ticks::epochs(100.0).places.contains(&1.0));
        assert_eq!(
            texts(&Ticks::powers(-1.4, 1.1)),
            ["0.05", "0.1", "0.2", "0.5", "1", "2", "5", "10"]
        );
        assert_eq!(
            texts(&Ticks::powers(-2.0, 4.5)),
            ["0.01", "0.1", "1", "10", "100", "1,000", "10,000"]
        );
    }

    #[test]
    fn a_range_is_never_empty_and_leaves_out_what_is_no_number() {
        assert_eq!(range([f64::NAN].into_iter()), None);
        let [low, high] = range([0.5, f64::NAN, 0.5].into_iter()).unwrap();
        assert!(low < 0.5 && high > 0.5);
    }

    #[test]
    fn end_labels_do_not_overlap() {
        let mut scene = Scene::default();
        let label = |y, text: &str| (y, text.to_owned(), Ink::TEXT);
        end_labels(&mut scene, 0.0, vec![label(101.0, "a"), label(100.0, "b")]);
        let places: Vec<f64> = scene
            .marks
            .iter()
            .map(|mark| match mark {
                super::super::scene::Mark::Text { at, .. } => at[1],
                _ => f64::NAN,
            })
            .collect();
        assert!(places[1] - places[0] > 16.9);
    }
}
