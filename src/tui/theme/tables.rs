//! The colours of every theme, in the hues of Okabe and Ito, lighter or darker where contrast asks for it.
//!
//! Charts that are exported keep the published values, see `report::plots`.

use ratatui::style::Color;

use super::contrast::{RULES, Rgb, TEXT};

/// What has a colour of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    Baseline,
    Capped,
    Entropy,
    Cap,
    Accent,
    Dim,
    /// Rules and what lies behind a dialog: no text that is to be read.
    Faint,
    Error,
    Warning,
    Good,
}

impl Ink {
    pub const ALL: [Self; 10] = [
        Self::Baseline,
        Self::Capped,
        Self::Entropy,
        Self::Cap,
        Self::Accent,
        Self::Dim,
        Self::Faint,
        Self::Error,
        Self::Warning,
        Self::Good,
    ];

    /// Its key in the file of a theme.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Capped => "capped",
            Self::Entropy => "entropy",
            Self::Cap => "cap",
            Self::Accent => "accent",
            Self::Dim => "dim",
            Self::Faint => "faint",
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Good => "good",
        }
    }

    /// The least contrast that it needs.
    pub const fn wanted(self) -> f64 {
        match self {
            Self::Faint => RULES,
            _ => TEXT,
        }
    }
}

/// The colours of a theme.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Backgrounds on which all of it can be read: the usual ones of terminals.
    pub backgrounds: &'static [Rgb],
    /// Text and background, where the theme paints both rather than leave them to the terminal.
    pub page: Option<[Rgb; 2]>,
    /// A colour for each of [`Ink::ALL`].
    pub inks: [Rgb; 10],
}

const fn rgb(hex: u32) -> Rgb {
    ((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

pub const DARK: Table = Table {
    backgrounds: &[rgb(0x00_0000), rgb(0x1E_1E1E)],
    page: None,
    inks: [
        rgb(0x4D_ACE6),
        rgb(0xEB_7A21),
        rgb(0x1D_B589),
        rgb(0xCC_79A7),
        rgb(0xF0_E442),
        rgb(0x94_9494),
        rgb(0x6C_6C6C),
        rgb(0xFF_6B5E),
        rgb(0xD9_8BB5),
        rgb(0x1D_B589),
    ],
};

pub const LIGHT: Table = Table {
    backgrounds: &[rgb(0xFF_FFFF), rgb(0xF5_F5F5)],
    page: None,
    inks: [
        rgb(0x00_69A6),
        rgb(0xAD_4C00),
        rgb(0x00_7153),
        rgb(0x9E_4578),
        rgb(0x6B_5B00),
        rgb(0x66_6666),
        rgb(0x86_8686),
        rgb(0xB3_1B12),
        rgb(0x9E_4578),
        rgb(0x00_7153),
    ],
};

pub const CONTRAST_DARK: Table = Table {
    backgrounds: &[rgb(0x00_0000)],
    page: Some([rgb(0xFF_FFFF), rgb(0x00_0000)]),
    inks: [
        rgb(0x7C_C8FF),
        rgb(0xFF_A14F),
        rgb(0x3D_E3A4),
        rgb(0xFF_A6D8),
        rgb(0xFF_F04A),
        rgb(0xD0_D0D0),
        rgb(0xA8_A8A8),
        rgb(0xFF_8F85),
        rgb(0xFF_A6D8),
        rgb(0x3D_E3A4),
    ],
};

pub const CONTRAST_LIGHT: Table = Table {
    backgrounds: &[rgb(0xFF_FFFF)],
    page: Some([rgb(0x00_0000), rgb(0xFF_FFFF)]),
    inks: [
        rgb(0x00_4A78),
        rgb(0x7D_3600),
        rgb(0x00_4D38),
        rgb(0x7A_1F57),
        rgb(0x4D_4200),
        rgb(0x3C_3C3C),
        rgb(0x5C_5C5C),
        rgb(0x8A_0F08),
        rgb(0x7A_1F57),
        rgb(0x00_4D38),
    ],
};

/// The terminal's own 16 colours on a dark background. Its contrast is the terminal's; those chosen here can be read
/// with the palettes of xterm and the Linux console.
pub const SIXTEEN_DARK: [Color; 10] = [
    Color::Cyan,
    Color::LightRed,
    Color::Green,
    Color::LightMagenta,
    Color::LightYellow,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightMagenta,
    Color::LightGreen,
];

/// The terminal's own 16 colours on a light background.
pub const SIXTEEN_LIGHT: [Color; 10] = [
    Color::Blue,
    Color::Red,
    Color::Green,
    Color::Magenta,
    Color::Black,
    Color::DarkGray,
    Color::DarkGray,
    Color::Red,
    Color::Magenta,
    Color::Green,
];

/// Runs beside one another, whose hues can be told apart.
pub const RUNS: [Rgb; 8] = [
    rgb(0x28_78C5),
    rgb(0xC0_5600),
    rgb(0x00_865F),
    rgb(0x9D_59BC),
    rgb(0x85_7600),
    rgb(0xD0_4256),
    rgb(0x00_828E),
    rgb(0x75_7575),
];

/// What is behind the curves of the baseline, of the capped network, and of neither or both, on dark and on light: a colour,
/// and the one of 256.
pub const BANDS: [[(Rgb, u8); 3]; 2] = [
    [
        (rgb(0x06_2C44), 17),
        (rgb(0x44_2208), 52),
        (rgb(0x2C_2C30), 236),
    ],
    [
        (rgb(0xDA_ECF8), 189),
        (rgb(0xFC_E6D5), 224),
        (rgb(0xE9_E9EB), 254),
    ],
];

#[cfg(test)]
mod tests {
    use super::super::contrast::{contrast, least};
    use super::*;

    const TABLES: [(&str, Table, f64); 4] = [
        ("dark", DARK, 1.0),
        ("light", LIGHT, 1.0),
        ("contrast, dark", CONTRAST_DARK, 7.0 / 4.5),
        ("contrast, light", CONTRAST_LIGHT, 7.0 / 4.5),
    ];

    #[test]
    fn every_text_of_every_theme_can_be_read() {
        for (name, table, times) in TABLES {
            for (ink, colour) in Ink::ALL.into_iter().zip(table.inks) {
                let found = least(colour, table.backgrounds);
                let key = ink.key();
                assert!(found >= ink.wanted() * times, "{name}: {key} {found:.2}");
            }
            let [text, background] = table.page.unwrap_or([(0, 0, 0), (255, 255, 255)]);
            assert!(contrast(text, background) > 20.0);
        }
    }

    /// The two networks differ in lightness or hue: in at least one channel by a quarter of its range.
    #[test]
    fn both_networks_can_be_told_apart() {
        for (name, table, _) in TABLES {
            let [one, other] = [table.inks[0], table.inks[1]];
            let apart = one.0.abs_diff(other.0).max(one.2.abs_diff(other.2));
            assert!(apart >= 64, "{name}");
            assert!(one.2 > one.0, "{name}: the baseline is blue");
            assert!(other.0 > other.2, "{name}: the capped network is orange");
        }
    }

    /// What xterm and the Linux console show of the colours in use: names, xterm's, the console's.
    const PALETTES: [(Color, u32, u32); 7] = [
        (Color::Cyan, 0x00_CDCD, 0x00_AAAA),
        (Color::LightRed, 0xFF_0000, 0xFF_5555),
        (Color::Green, 0x00_CD00, 0x00_AA00),
        (Color::LightMagenta, 0xFF_00FF, 0xFF_55FF),
        (Color::LightYellow, 0xFF_FF00, 0xFF_FF55),
        (Color::Gray, 0xE5_E5E5, 0xAA_AAAA),
        (Color::LightGreen, 0x00_FF00, 0x55_FF55),
    ];

    #[test]
    fn sixteen_colours_can_be_read_on_black() {
        for (ink, colour) in Ink::ALL.into_iter().zip(SIXTEEN_DARK) {
            if ink == Ink::Faint {
                continue;
            }
            let palettes = PALETTES.iter().find(|(name, ..)| *name == colour);
            for shown in palettes
                .map(|&(_, xterm, console)| [xterm, console])
                .unwrap_or_default()
            {
                let found = contrast(rgb(shown), (0, 0, 0));
                assert!(found >= TEXT, "{}: {found:.2}", ink.key());
            }
        }
    }
}
