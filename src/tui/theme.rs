//! Colours and styles: the Okabe-Ito palette that app, plots and reports share.
//!
//! Where `NO_COLOR` is set, markers, line styles and modifiers carry what colour would.

use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Span;

use crate::evidence::VerdictOutcome;
use crate::training::Role;

/// How many colours the terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    True,
    Indexed,
    /// None, since `NO_COLOR` is set.
    None,
}

/// Every style that is drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    colours: Colours,
}

const BASELINE: (u8, u8, u8) = (0x00, 0x72, 0xB2);
const CAPPED: (u8, u8, u8) = (0xD5, 0x5E, 0x00);
const ENTROPY: (u8, u8, u8) = (0x00, 0x9E, 0x73);
const CAP: (u8, u8, u8) = (0xCC, 0x79, 0xA7);
const ACCENT: (u8, u8, u8) = (0xF0, 0xE4, 0x42);
const DIM: (u8, u8, u8) = (0x80, 0x80, 0x80);
const FAINT: (u8, u8, u8) = (0x50, 0x50, 0x50);

#[expect(clippy::unused_self, reason = "every style is asked of a theme")]
impl Theme {
    /// A theme for a terminal with these colours.
    pub const fn new(colours: Colours) -> Self {
        Self { colours }
    }

    /// The theme for values of the environment variables `NO_COLOR` and `COLORTERM`.
    pub fn detect(no_color: Option<&str>, colorterm: Option<&str>) -> Self {
        Self::new(match (no_color, colorterm) {
            (Some(text), _) if !text.is_empty() => Colours::None,
            (_, Some("truecolor" | "24bit")) => Colours::True,
            _ => Colours::Indexed,
        })
    }

    /// The terminal's colour nearest to an RGB value; `None` without colours.
    pub fn colour(self, (red, green, blue): (u8, u8, u8)) -> Option<Color> {
        match self.colours {
            Colours::True => Some(Color::Rgb(red, green, blue)),
            Colours::Indexed => Some(Color::Indexed(indexed(red, green, blue))),
            Colours::None => None,
        }
    }

    fn foreground(self, rgb: (u8, u8, u8)) -> Style {
        self.colour(rgb)
            .map_or_else(Style::new, |colour| Style::new().fg(colour))
    }

    /// The baseline network.
    pub fn baseline(self) -> Style {
        self.foreground(BASELINE)
    }

    /// The capped network.
    pub fn capped(self) -> Style {
        self.foreground(CAPPED)
    }

    /// One of the two networks.
    pub fn role(self, role: Role) -> Style {
        match role {
            Role::Baseline => self.baseline(),
            Role::Capped => self.capped(),
        }
    }

    /// What is behind the curves of a network where a band is drawn, and of neither or both: a background; without colours
    /// the style of sparse dots.
    pub fn band(self, role: Option<Role>) -> Style {
        let (rgb, index) = match role {
            Some(Role::Baseline) => ((0x06, 0x2c, 0x44), 17),
            Some(Role::Capped) => ((0x44, 0x22, 0x08), 52),
            None => ((0x38, 0x38, 0x3c), 237),
        };
        match self.colours {
            Colours::True => Style::new().bg(Color::Rgb(rgb.0, rgb.1, rgb.2)),
            Colours::Indexed => Style::new().bg(Color::Indexed(index)),
            Colours::None => self.dim(),
        }
    }

    /// Entropy.
    pub fn entropy(self) -> Style {
        self.foreground(ENTROPY)
    }

    /// The cap.
    pub fn cap(self) -> Style {
        self.foreground(CAP).add_modifier(Modifier::BOLD)
    }

    /// The focus.
    pub fn accent(self) -> Style {
        self.foreground(ACCENT).add_modifier(Modifier::BOLD)
    }

    /// Rules, axes and secondary text.
    pub fn dim(self) -> Style {
        match self.colours {
            Colours::None => Style::new().add_modifier(Modifier::DIM),
            _ => self.foreground(DIM),
        }
    }

    /// Faint rules.
    pub fn faint(self) -> Style {
        match self.colours {
            Colours::None => Style::new().add_modifier(Modifier::DIM),
            _ => self.foreground(FAINT),
        }
    }

    /// Emphasis.
    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// An error.
    pub fn error(self) -> Style {
        self.foreground(CAPPED).add_modifier(Modifier::BOLD)
    }

    /// A warning.
    pub fn warning(self) -> Style {
        self.foreground(CAP)
    }

    /// A success.
    pub fn good(self) -> Style {
        self.foreground(ENTROPY).add_modifier(Modifier::BOLD)
    }

    /// A verdict.
    pub fn outcome(self, outcome: VerdictOutcome) -> Style {
        match outcome {
            VerdictOutcome::NonInferior => self.good(),
            VerdictOutcome::Inferior => self.error(),
            VerdictOutcome::Inconclusive => self.strong(),
        }
    }

    /// What stands before a line of a list: `▸` before the marked one.
    pub fn mark(self, marked: bool) -> Span<'static> {
        Span::styled(if marked { "▸ " } else { "  " }, self.accent())
    }

    /// A line of a list.
    pub fn line(self, marked: bool) -> Style {
        if marked { self.strong() } else { Style::new() }
    }

    /// A text field.
    pub fn field(self) -> Style {
        Style::new().add_modifier(Modifier::UNDERLINED)
    }
}

/// Nearest entry of the 6 x 6 x 6 cube or the grey ramp of the 256 indexed colours.
fn indexed(red: u8, green: u8, blue: u8) -> u8 {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let nearest = |value: u8| {
        (0..6_u8)
            .min_by_key(|&step| STEPS[step as usize].abs_diff(value))
            .unwrap_or(0)
    };
    let distance = |candidate: [u8; 3]| -> u32 {
        [red, green, blue]
            .into_iter()
            .zip(candidate)
            .map(|(wanted, got)| u32::from(wanted.abs_diff(got)).pow(2))
            .sum()
    };
    let cube = [nearest(red), nearest(green), nearest(blue)];
    let mean = (u16::from(red) + u16::from(green) + u16::from(blue)) / 3;
    let step = (mean.saturating_sub(3) / 10).min(23) as u8;
    let grey = 8 + 10 * step;
    if distance([grey; 3]) < distance(cube.map(|step| STEPS[step as usize])) {
        232 + step
    } else {
        16 + 36 * cube[0] + 6 * cube[1] + cube[2]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_chooses_the_colours() {
        for (no_color, colorterm, colours) in [
            (Some("1"), Some("truecolor"), Colours::None),
            (Some(""), Some("truecolor"), Colours::True),
            (None, None, Colours::Indexed),
        ] {
            assert_eq!(Theme::detect(no_color, colorterm), Theme::new(colours));
        }
    }

    #[test]
    fn indexed_colours_are_the_nearest() {
        assert_eq!(indexed(0, 0, 0), 16);
        assert_eq!(indexed(255, 255, 255), 231);
        assert_eq!(indexed(0x80, 0x80, 0x80), 244);
        assert_eq!(indexed(0xD5, 0x5E, 0x00), 166);
    }

    #[test]
    fn without_colours_no_style_has_one() {
        let theme = Theme::new(Colours::None);
        for style in [
            theme.baseline(),
            theme.capped(),
            theme.cap(),
            theme.accent(),
            theme.dim(),
        ] {
            assert_eq!((style.fg, style.bg), (None, None));
        }
    }
}
