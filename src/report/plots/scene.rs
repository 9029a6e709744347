//! What a figure is made of: marks on a page, before any format.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, ScaleFont};

use crate::report::escape::visible;
use crate::training::Role;

/// Width of the page in its own units.
pub(super) const WIDTH: f64 = 800.0;
/// Height of the page in its own units.
pub(super) const HEIGHT: f64 = 500.0;

/// The text face, compiled in.
pub(super) const REGULAR: &[u8] = include_bytes!("../../../assets/Inter-Regular.otf");
/// The face of titles, compiled in.
pub(super) const BOLD: &[u8] = include_bytes!("../../../assets/Inter-SemiBold.otf");

/// A colour, `0xRRGGBB`, and how much it covers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ink {
    /// `0xRRGGBB`.
    pub rgb: u32,
    /// From 0, nothing, to 1, all.
    pub opacity: f64,
}

impl Ink {
    pub(super) const TEXT: Self = Self::solid(0x22_2A_30);
    pub(super) const FAINT_TEXT: Self = Self::solid(0x5B_66_6E);
    pub(super) const GRID: Self = Self::solid(0xE4_E8_EB);
    pub(super) const AXIS: Self = Self::solid(0x9A_A3_AA);
    pub(super) const PAPER: Self = Self::solid(0xFF_FF_FF);
    pub(super) const ENTROPY: Self = Self::solid(0x00_9E_73);
    pub(super) const CAP: Self = Self::solid(0xCC_79_A7);
    /// [`Self::CAP`] darkened so that small text in it can be read on white.
    pub(super) const CAP_TEXT: Self = Self::solid(0xA3_4E_7E);

    const fn solid(rgb: u32) -> Self {
        Self { rgb, opacity: 1.0 }
    }

    pub(super) const fn at(self, opacity: f64) -> Self {
        Self { opacity, ..self }
    }

    /// Okabe-Ito blue for the baseline, vermilion for the capped network.
    pub(super) const fn of(role: Role) -> Self {
        match role {
            Role::Baseline => Self::solid(0x00_72_B2),
            Role::Capped => Self::solid(0xD5_5E_00),
        }
    }
}

/// A place on the page: x from the left, y from the top.
pub type Point = [f64; 2];

/// Which point of a text is at its place; vertically always the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Its left end.
    Left,
    /// Its middle.
    Centre,
    /// Its right end.
    Right,
}

/// Something to draw.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// A line through points.
    Line {
        /// The points.
        points: Vec<Point>,
        /// Colour.
        ink: Ink,
        /// Thickness.
        width: f64,
        /// Lengths of dash and gap; none of a solid line.
        dash: Option<[f64; 2]>,
    },
    /// A filled polygon.
    Area {
        /// Its corners.
        points: Vec<Point>,
        /// Colour.
        ink: Ink,
    },
    /// A filled circle.
    Disc {
        /// Its centre.
        centre: Point,
        /// Its radius.
        radius: f64,
        /// Colour.
        ink: Ink,
    },
    /// A line of text.
    Text {
        /// Where, see [`Align`].
        at: Point,
        /// What.
        text: String,
        /// Letter size (em).
        size: f64,
        /// Whether in the face of titles.
        bold: bool,
        /// Colour.
        ink: Ink,
        /// Which end is at `at`.
        align: Align,
    },
}

/// A figure: marks on a white page that is 800 wide, later ones over earlier ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// The marks.
    pub marks: Vec<Mark>,
    /// Height of the page: 500 unless there is too little for it.
    pub height: f64,
}

impl Default for Scene {
    fn default() -> Self {
        Self {
            marks: Vec::new(),
            height: HEIGHT,
        }
    }
}

impl Scene {
    /// A page with its title and a line below it.
    pub(super) fn titled(title: &str, subtitle: &str) -> Self {
        let mut scene = Self::default();
        scene.marks.push(Mark::Text {
            at: [30.0, 34.0],
            text: shortened(&visible(title), 20.0 * 1.06, WIDTH - 60.0),
            size: 20.0,
            bold: true,
            ink: Ink::TEXT,
            align: Align::Left,
        });
        let subtitle = shortened(&visible(subtitle), 13.0, WIDTH - 60.0);
        scene.text([30.0, 60.0], &subtitle, 13.0, Ink::FAINT_TEXT, Align::Left);
        scene
    }

    pub(super) fn line(&mut self, points: Vec<Point>, ink: Ink, width: f64) {
        self.dashed(points, ink, width, None);
    }

    pub(super) fn dashed(
        &mut self,
        points: Vec<Point>,
        ink: Ink,
        width: f64,
        dash: Option<[f64; 2]>,
    ) {
        if points.len() > 1 {
            self.marks.push(Mark::Line {
                points,
                ink,
                width,
                dash,
            });
        }
    }

    pub(super) fn area(&mut self, points: Vec<Point>, ink: Ink) {
        if points.len() > 2 {
            self.marks.push(Mark::Area { points, ink });
        }
    }

    pub(super) fn rectangle(&mut self, [left, top]: Point, [right, bottom]: Point, ink: Ink) {
        self.area(
            vec![[left, top], [right, top], [right, bottom], [left, bottom]],
            ink,
        );
    }

    pub(super) fn text(&mut self, at: Point, text: &str, size: f64, ink: Ink, align: Align) {
        self.marks.push(Mark::Text {
            at,
            text: visible(text).into_owned(),
            size,
            bold: false,
            ink,
            align,
        });
    }

    /// A text over a patch of paper, so that it can be read over rules.
    pub(super) fn label(&mut self, at: Point, text: &str, size: f64, ink: Ink, align: Align) {
        let width = text_width(text, size);
        let left = match align {
            Align::Left => at[0],
            Align::Centre => at[0] - width / 2.0,
            Align::Right => at[0] - width,
        };
        self.rectangle(
            [left - 3.0, at[1] - size * 0.7],
            [left + width + 3.0, at[1] + size * 0.7],
            Ink::PAPER.at(0.9),
        );
        self.text(at, text, size, ink, align);
    }

    /// The network's marker: a disc for the baseline, a triangle for the capped network, with a rim of paper unless it is small.
    pub(super) fn marker(&mut self, role: Role, centre: Point, size: f64) {
        let rim = if size < 2.5 { 0.0 } else { 1.3 };
        for (grow, ink) in [(rim, Ink::PAPER), (0.0, Ink::of(role))] {
            match role {
                Role::Baseline => self.marks.push(Mark::Disc {
                    centre,
                    radius: size + grow,
                    ink,
                }),
                Role::Capped => {
                    let reach = (size + grow) * 1.25;
                    let [x, y] = centre;
                    self.area(
                        vec![
                            [x, y - reach],
                            [x + reach * 0.95, y + reach * 0.72],
                            [x - reach * 0.95, y + reach * 0.72],
                        ],
                        ink,
                    );
                }
            }
        }
    }
}

/// Line style of a network: solid for the baseline, dashed for the capped network.
pub(super) const fn dash_of(role: Role) -> Option<[f64; 2]> {
    match role {
        Role::Baseline => None,
        Role::Capped => Some([8.0, 4.0]),
    }
}

/// Line style of a network's second curve: dots, closer together for the baseline.
pub(super) const fn dots_of(role: Role) -> [f64; 2] {
    match role {
        Role::Baseline => [1.6, 2.6],
        Role::Capped => [1.6, 5.2],
    }
}

/// A text that fits into a width: where it is too long its middle gives way to an ellipsis.
fn shortened(text: &str, size: f64, width: f64) -> String {
    let letters: Vec<char> = text.chars().collect();
    (0..letters.len())
        .map(|cut| {
            let kept = letters.len() - cut;
            let (head, tail) = (kept.div_ceil(2), kept / 2);
            let ellipsis: &[char] = if cut == 0 { &[] } else { &['…'] };
            [&letters[..head], ellipsis, &letters[letters.len() - tail..]]
                .concat()
                .into_iter()
                .collect::<String>()
        })
        .find(|candidate| text_width(candidate, size) <= width)
        .unwrap_or_default()
}

/// Width of a text in the text face.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    static FACE: LazyLock<Option<FontRef<'static>>> =
        LazyLock::new(|| FontRef::try_from_slice(REGULAR).ok());
    let Some(face) = FACE.as_ref() else {
        return text.chars().count() as f64 * size * 0.6;
    };
    let per_em = f64::from(face.height_unscaled() / face.units_per_em().unwrap_or(1000.0));
    let scaled = face.as_scaled((size * per_em) as f32);
    text.chars()
        .map(|letter| f64::from(scaled.h_advance(scaled.glyph_id(letter))))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_titles_lose_their_middle() {
        assert_eq!(shortened("short", 20.0, 740.0), "short");
        assert_eq!(shortened("", 20.0, 740.0), "");
        let long = format!("begin{}end", "-".repeat(200));
        let fitted = shortened(&long, 20.0, 740.0);
        assert!(text_width(&fitted, 20.0) <= 740.0);
        assert!(fitted.starts_with("begin") && fitted.ends_with("end") && fitted.contains('…'));
    }

    /// Widths by fontTools 4.68 on Inter-Regular: sum of `hmtx` advances over 2816 units per em.
    #[test]
    fn text_is_measured_by_the_compiled_in_face() {
        assert!((text_width("cap 12", 10.0) - 30.823_86).abs() < 0.02);
    }
}
