//! Themes of the user's own: a file of named colours.
//!
//! ```toml
//! background = "#fdf6e3"    # painted; left out, it is the terminal's
//! text = "#586e75"
//! baseline = "#0072b2"
//! dim = "bright black"      # or one of the terminal's own colours, or its number
//! ```

use std::str::FromStr;

use ratatui::style::Color;
use toml::{Table as Toml, Value};

use super::Theme;
use super::contrast::{Rgb, TEXT, contrast, is_light, least};
use super::depth::{Colours, indexed, of_index};
use super::tables::{DARK, Ink, LIGHT};

/// Keys of a file beside those of [`Ink`].
const PAGE: [&str; 2] = ["text", "background"];

/// What a file says; what it leaves out is that of the dark or the light theme.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Own {
    inks: [Option<Color>; 10],
    page: [Option<Color>; 2],
}

impl FromStr for Own {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read: Result<Toml, toml::de::Error> = text.parse();
        let table = read.map_err(|error| error.message().replace('\n', ", "))?;
        let mut own = Self::default();
        for (key, value) in &table {
            let colour = colour(value).map_err(|problem| format!("{key}: {problem}"))?;
            let ink = Ink::ALL.into_iter().find(|ink| ink.key() == key);
            let page = PAGE.iter().position(|known| known == key);
            match (ink, page) {
                (Some(ink), _) => own.inks[ink as usize] = Some(colour),
                (None, Some(at)) => own.page[at] = Some(colour),
                (None, None) => return Err(unknown(key)),
            }
        }
        Ok(own)
    }
}

fn unknown(key: &str) -> String {
    let known: Vec<&str> = Ink::ALL.map(Ink::key).into_iter().chain(PAGE).collect();
    let nearest = nearest(key, known.iter().copied());
    match nearest {
        Some(nearest) => format!("unknown key '{key}': did you mean {nearest}?"),
        None => format!("unknown key '{key}': use {}", known.join(", ")),
    }
}

/// The name that differs least from a misspelt one, by at most two edits.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let edits = known.map(|known| (strsim::damerau_levenshtein(name, known), known));
    edits
        .min()
        .filter(|(edits, _)| *edits <= 2)
        .map(|(_, known)| known)
}

fn colour(value: &Value) -> Result<Color, String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        other => other.to_string(),
    };
    Color::from_str(&text).map_err(|_| {
        format!("'{text}' is no colour: write #rrggbb, a name such as blue or bright blue, or a number from 0 to 255")
    })
}

/// Red, green and blue, where they are not the terminal's to choose.
fn known(colour: Option<Color>) -> Option<Rgb> {
    match colour? {
        Color::Rgb(red, green, blue) => Some((red, green, blue)),
        Color::Indexed(index) => of_index(index),
        _ => None,
    }
}

impl Own {
    /// The theme on a terminal with these colours and, if it is known, this background.
    pub fn theme(&self, colours: Colours, background: Option<Rgb>) -> Theme {
        let background = known(self.page[1]).or(background);
        let table = if background.is_some_and(is_light) {
            &LIGHT
        } else {
            &DARK
        };
        let mut theme = Theme::of(table, colours, background);
        let shown = |own: Option<Color>, usual: Option<Color>| match (own, colours) {
            (None, _)
            | (_, Colours::None)
            | (Some(Color::Rgb(..) | Color::Indexed(16..)), Colours::Sixteen) => usual,
            (Some(Color::Rgb(red, green, blue)), Colours::Indexed) => {
                Some(Color::Indexed(indexed((red, green, blue))))
            }
            (own, _) => own,
        };
        for (ink, own) in theme.inks.iter_mut().zip(self.inks) {
            *ink = shown(own, *ink);
        }
        for (page, own) in theme.page.iter_mut().zip(self.page) {
            *page = shown(own, *page);
        }
        theme
    }

    /// A sentence on colours that can hardly be read, if there are any.
    pub fn warning(&self, background: Option<Rgb>) -> Option<String> {
        let page = known(self.page[1]).or(background);
        let backgrounds = match page.as_slice() {
            [] => DARK.backgrounds,
            known => known,
        };
        let mut weak = Vec::new();
        for (ink, own) in Ink::ALL.into_iter().zip(self.inks) {
            if let Some(own) = known(own)
                && least(own, backgrounds) < ink.wanted()
            {
                weak.push(format!("{} {:.1}:1", ink.key(), least(own, backgrounds)));
            }
        }
        if let (Some(text), Some(background)) = (known(self.page[0]), page)
            && contrast(text, background) < TEXT
        {
            weak.push(format!("text {:.1}:1", contrast(text, background)));
        }
        (!weak.is_empty()).then(|| {
            format!(
                "hard to read on the background (text needs 4.5:1, rules 3:1): {}",
                weak.join(", ")
            )
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_file_changes_what_it_names() {
        let own: Own =
            "background = '#fdf6e3'\ntext = '#073642'\nbaseline = '#0000aa'\ndim = 8\ncap = 'red'"
                .parse()
                .unwrap();
        let theme = own.theme(Colours::True, Some((0, 0, 0)));
        assert!(theme.is_light());
        assert_eq!(theme.baseline().fg, Some(Color::Rgb(0, 0, 0xAA)));
        assert_eq!(theme.dim().fg, Some(Color::Indexed(8)));
        assert_eq!(theme.cap().fg, Some(Color::Red));
        assert_eq!(theme.page[1], Some(Color::Rgb(0xFD, 0xF6, 0xE3)));
        assert_eq!(own.warning(None), None);
        let few = own.theme(Colours::Indexed, None);
        assert_eq!(few.baseline().fg, Some(Color::Indexed(19)));
        let none = own.theme(Colours::None, None);
        assert_eq!((none.baseline().fg, none.page), (None, [None; 2]));
    }

    #[test]
    fn what_is_wrong_in_a_file_is_said() {
        for (text, part) in [
            (
                "basline = '#000000'",
                "unknown key 'basline': did you mean baseline?",
            ),
            (
                "colour = '#000000'",
                "unknown key 'colour': use baseline, capped",
            ),
            ("dim = 'greyish'", "dim: 'greyish' is no colour"),
            ("dim = 300", "dim: '300' is no colour"),
            ("dim = #333333", ""),
        ] {
            let said = text.parse::<Own>().unwrap_err();
            assert!(said.contains(part) && !said.contains('\n'), "{said}");
        }
    }

    #[test]
    fn a_theme_that_can_hardly_be_read_is_warned_of() {
        let own: Own =
            "background = '#ffffff'\ntext = '#cccccc'\naccent = '#f0e442'\nfaint = '#999999'"
                .parse()
                .unwrap();
        let said = own.warning(None).unwrap();
        assert!(
            said.ends_with("accent 1.3:1, faint 2.8:1, text 1.6:1"),
            "{said}"
        );
    }
}
