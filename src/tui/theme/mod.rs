//! Colours and styles: the Okabe-Ito hues that app, plots and reports share.
//!
//! [`Theme`] is all that a view sees. Without colours, markers, line styles and modifiers carry what colour would.

mod choice;
mod contrast;
mod depth;
mod glyphs;
mod tables;
mod user;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Span;

use crate::evidence::VerdictOutcome;
use crate::training::Role;

pub use choice::choose;
#[cfg(test)]
pub use contrast::contrast;
pub use contrast::{Rgb, is_light};
pub use depth::Colours;
pub use glyphs::Glyphs;

use contrast::{RULES, TEXT, pale, readable};
use depth::{indexed, indexed_on};
use tables::{Ink, SIXTEEN_DARK, SIXTEEN_LIGHT, Table};

/// Every style that is drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    colours: Colours,
    /// A colour for each of [`Ink::ALL`]; none without colours.
    inks: [Option<Color>; 10],
    /// Colours of curves behind others, of baseline and capped network; none with too few colours.
    pale: [Option<Color>; 2],
    /// A colour for each of several runs; none with too few colours.
    runs: [Option<Color>; tables::RUNS.len()],
    /// Text and background, where they are painted rather than left to the terminal.
    page: [Option<Color>; 2],
    is_light: bool,
    glyphs: Glyphs,
}

#[expect(clippy::unused_self, reason = "every style is asked of a theme")]
impl Theme {
    /// The dark theme for a terminal with these colours.
    pub fn new(colours: Colours) -> Self {
        Self::of(&tables::DARK, colours, None)
    }

    /// The theme of a table; where the terminal's background is known, each colour is moved until it can be read on it.
    fn of(table: &Table, colours: Colours, background: Option<Rgb>) -> Self {
        let own = background.as_slice();
        let backgrounds = match table.page {
            None if !own.is_empty() => own,
            _ => table.backgrounds,
        };
        let shown = |colour: Rgb, wanted: f64| {
            let colour = readable(colour, backgrounds, wanted);
            match colours {
                Colours::True => Some(Color::Rgb(colour.0, colour.1, colour.2)),
                Colours::Indexed => Some(Color::Indexed(indexed_on(colour, backgrounds, wanted))),
                Colours::Sixteen | Colours::None => None,
            }
        };
        let light = backgrounds.first().copied().is_some_and(is_light);
        if colours == Colours::Sixteen {
            return Self::sixteen(colours, light);
        }
        let mut inks = [None; 10];
        for (ink, shade) in Ink::ALL.into_iter().zip(table.inks) {
            inks[ink as usize] = shown(shade, ink.wanted());
        }
        let bands = tables::BANDS[usize::from(light)].map(|(ground, _)| ground);
        let grounds: Vec<Rgb> = backgrounds.iter().copied().chain(bands).collect();
        let behind = |ink: Ink| {
            let colour = readable(table.inks[ink as usize], backgrounds, TEXT);
            let (red, green, blue) = pale(colour, &grounds, RULES);
            match colours {
                Colours::True => Some(Color::Rgb(red, green, blue)),
                _ => shown((red, green, blue), RULES),
            }
        };
        let page = table
            .page
            .map_or([None; 2], |page| page.map(|colour| shown(colour, 0.0)));
        Self {
            colours,
            inks,
            pale: [Ink::Baseline, Ink::Capped].map(behind),
            runs: tables::RUNS.map(|run| shown(run, TEXT)),
            page,
            is_light: light,
            glyphs: Glyphs::Unicode,
        }
    }

    /// The theme of the terminal's own 16 colours.
    fn sixteen(colours: Colours, is_light: bool) -> Self {
        let table = if is_light {
            SIXTEEN_LIGHT
        } else {
            SIXTEEN_DARK
        };
        Self {
            colours,
            inks: table.map(|colour| Some(colour).filter(|_| colours != Colours::None)),
            pale: [None; 2],
            runs: [None; tables::RUNS.len()],
            page: [None; 2],
            is_light,
            glyphs: Glyphs::Unicode,
        }
    }

    /// The light theme.
    #[cfg(test)]
    pub fn light(colours: Colours) -> Self {
        Self::of(&tables::LIGHT, colours, None)
    }

    /// The colours that it draws with.
    #[cfg(test)]
    pub fn colours_used(self) -> Vec<Color> {
        self.inks.into_iter().chain(self.pale).flatten().collect()
    }

    /// This theme with other characters.
    pub const fn with_glyphs(self, glyphs: Glyphs) -> Self {
        Self { glyphs, ..self }
    }

    /// Whether it has colours.
    pub fn has_colours(self) -> bool {
        self.colours != Colours::None
    }

    /// Whether the background is light.
    pub const fn is_light(self) -> bool {
        self.is_light
    }

    /// The characters that may be drawn.
    pub const fn glyphs(self) -> Glyphs {
        self.glyphs
    }

    /// Finishes a frame: paints text and background where the theme has them, and replaces characters that the terminal
    /// does not show.
    pub fn finish(self, buffer: &mut Buffer) {
        let [text, background] = self.page;
        if text.is_some() || background.is_some() {
            let painted = |own: Color, page: Option<Color>| match page {
                Some(page) if own == Color::Reset => page,
                _ => own,
            };
            for cell in &mut buffer.content {
                cell.fg = painted(cell.fg, text);
                cell.bg = painted(cell.bg, background);
            }
        }
        self.glyphs.translate(buffer);
    }

    /// The terminal's colour nearest to an RGB value; `None` where it has too few.
    pub fn colour(self, rgb: Rgb) -> Option<Color> {
        match self.colours {
            Colours::True => Some(Color::Rgb(rgb.0, rgb.1, rgb.2)),
            Colours::Indexed => Some(Color::Indexed(indexed(rgb))),
            Colours::Sixteen | Colours::None => None,
        }
    }

    fn foreground(self, ink: Ink) -> Style {
        in_colour(self.inks[ink as usize])
    }

    /// The baseline network.
    pub fn baseline(self) -> Style {
        self.foreground(Ink::Baseline)
    }

    /// The capped network.
    pub fn capped(self) -> Style {
        self.foreground(Ink::Capped)
    }

    /// One of the two networks.
    pub fn role(self, role: Role) -> Style {
        match role {
            Role::Baseline => self.baseline(),
            Role::Capped => self.capped(),
        }
    }

    /// A curve of a network, or of both, that is drawn behind others: paler, and still seen on the background and on bands.
    pub fn behind(self, role: Option<Role>) -> Style {
        match (role, self.colours) {
            (role, Colours::Sixteen | Colours::None) => {
                let style = role.map_or_else(Style::new, |role| self.role(role));
                style.add_modifier(Modifier::DIM)
            }
            (Some(role), _) => in_colour(self.pale[role as usize]),
            (None, _) => self.dim(),
        }
    }

    /// What is behind the curves of a network where a band is drawn, and of neither or both: a background; with too few
    /// colours the style of sparse dots.
    pub fn band(self, role: Option<Role>) -> Style {
        let of = role.map_or(2, |role| role as usize);
        let (rgb, index) = tables::BANDS[usize::from(self.is_light)][of];
        match self.colours {
            Colours::True => Style::new().bg(Color::Rgb(rgb.0, rgb.1, rgb.2)),
            Colours::Indexed => Style::new().bg(Color::Indexed(index)),
            Colours::Sixteen | Colours::None => self.dim(),
        }
    }

    /// One of several runs beside one another, by its number; with too few colours, letters tell them apart.
    pub fn run(self, number: usize) -> Style {
        in_colour(self.runs[number % self.runs.len()])
    }

    /// Entropy.
    pub fn entropy(self) -> Style {
        self.foreground(Ink::Entropy)
    }

    /// The cap.
    pub fn cap(self) -> Style {
        self.foreground(Ink::Cap).add_modifier(Modifier::BOLD)
    }

    /// The focus.
    pub fn accent(self) -> Style {
        self.foreground(Ink::Accent).add_modifier(Modifier::BOLD)
    }

    /// Rules, axes and secondary text.
    pub fn dim(self) -> Style {
        match self.colours {
            Colours::None => Style::new().add_modifier(Modifier::DIM),
            _ => self.foreground(Ink::Dim),
        }
    }

    /// Faint rules.
    pub fn faint(self) -> Style {
        match self.colours {
            Colours::None => Style::new().add_modifier(Modifier::DIM),
            _ => self.foreground(Ink::Faint),
        }
    }

    /// Emphasis.
    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// An error.
    pub fn error(self) -> Style {
        self.foreground(Ink::Error).add_modifier(Modifier::BOLD)
    }

    /// A warning.
    pub fn warning(self) -> Style {
        self.foreground(Ink::Warning)
    }

    /// A success.
    pub fn good(self) -> Style {
        self.foreground(Ink::Good).add_modifier(Modifier::BOLD)
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

/// The style of a colour, if there is one.
fn in_colour(colour: Option<Color>) -> Style {
    colour.map_or_else(Style::new, |colour| Style::new().fg(colour))
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::contrast::{TEXT, least};
    use super::*;

    const TABLES: [Table; 4] = [
        tables::DARK,
        tables::LIGHT,
        tables::CONTRAST_DARK,
        tables::CONTRAST_LIGHT,
    ];

    fn shown(colour: Option<Color>) -> Rgb {
        match colour {
            Some(Color::Rgb(red, green, blue)) => (red, green, blue),
            Some(Color::Indexed(index)) => depth::of_index(index).unwrap_or_default(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_style_can_be_read_in_all_colours_and_in_256() {
        for (number, table) in TABLES.iter().enumerate() {
            for colours in [Colours::True, Colours::Indexed] {
                let theme = Theme::of(table, colours, None);
                for ink in Ink::ALL {
                    let found = least(shown(theme.inks[ink as usize]), table.backgrounds);
                    let key = ink.key();
                    assert!(
                        found >= ink.wanted(),
                        "{number} {colours:?} {key}: {found:.2}"
                    );
                }
            }
        }
    }

    /// Solarized, Dracula, Nord, Gruvbox, GNOME's light one, and a grey in between.
    #[test]
    fn every_style_can_be_read_on_the_background_that_the_terminal_has() {
        for background in [
            (0x00, 0x2B, 0x36),
            (0xFD, 0xF6, 0xE3),
            (0x28, 0x2A, 0x36),
            (0x2E, 0x34, 0x40),
            (0x3C, 0x38, 0x36),
            (0xF6, 0xF5, 0xF4),
            (0x70, 0x70, 0x70),
        ] {
            let table = if is_light(background) {
                tables::LIGHT
            } else {
                tables::DARK
            };
            for colours in [Colours::True, Colours::Indexed] {
                let theme = Theme::of(&table, colours, Some(background));
                for ink in Ink::ALL {
                    let found = least(shown(theme.inks[ink as usize]), &[background]);
                    let key = ink.key();
                    assert!(found >= ink.wanted(), "{background:?} {key}: {found:.2}");
                }
                for run in theme.runs {
                    let found = least(shown(run), &[background]);
                    assert!(found >= TEXT, "{background:?} {run:?}: {found:.2}");
                }
            }
        }
    }

    /// Curves behind others are paler than those, and seen on the background and on bands.
    #[test]
    fn curves_behind_others_are_seen() {
        for table in &TABLES {
            let theme = Theme::of(table, Colours::True, None);
            for role in Role::BOTH {
                let colour = shown(theme.behind(Some(role)).fg);
                let own = shown(theme.role(role).fg);
                let bands = [None, Some(Role::Baseline), Some(Role::Capped)];
                let bands = bands.map(|of| shown(theme.band(of).bg));
                for ground in table.backgrounds.iter().chain(&bands) {
                    let [found, strong] = [colour, own].map(|it| least(it, &[*ground]));
                    assert!(found >= RULES, "{role:?} on {ground:?}: {found:.2}");
                    assert!(strong > found + 0.5, "{role:?} on {ground:?}: {strong:.2}");
                }
            }
        }
    }

    /// Curves and what is written over a chart are read on bands as well.
    #[test]
    fn curves_stand_out_from_bands() {
        for theme in [Theme::new(Colours::True), Theme::light(Colours::True)] {
            for of in [None, Some(Role::Baseline), Some(Role::Capped)] {
                let ground = shown(theme.band(of).bg);
                for ink in [theme.baseline(), theme.capped(), theme.dim()] {
                    let found = least(shown(ink.fg), &[ground]);
                    assert!(found >= TEXT, "{of:?} {ink:?}: {found:.2}");
                }
            }
        }
    }

    #[test]
    fn a_painted_page_has_its_text_and_background_everywhere() {
        let area = Rect::new(0, 0, 3, 1);
        let mut buffer = Buffer::empty(area);
        let theme = Theme::of(&tables::CONTRAST_DARK, Colours::True, None);
        buffer.set_string(0, 0, "a", theme.capped());
        theme.finish(&mut buffer);
        let white = Color::Rgb(255, 255, 255);
        assert_eq!(buffer[(0, 0)].fg, theme.capped().fg.unwrap_or_default());
        assert_eq!(buffer[(1, 0)].fg, white);
        let black = Color::Rgb(0, 0, 0);
        assert!(buffer.content.iter().all(|cell| cell.bg == black));
        assert!(least(shown(Some(white)), &[shown(Some(black))]) > TEXT);
    }

    #[test]
    fn without_colours_no_style_has_one() {
        for theme in [
            Theme::new(Colours::None),
            Theme::sixteen(Colours::None, true),
        ] {
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
}
