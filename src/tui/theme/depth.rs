//! How many colours the terminal shows, and the nearest of them.

use super::contrast::{Rgb, least};

/// How many colours the terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    True,
    /// 256: a cube of 6 x 6 x 6 and 24 greys.
    Indexed,
    /// The 16 that the terminal names.
    Sixteen,
    /// None, as where `NO_COLOR` is set.
    None,
}

/// Values of `TERM` that stand for terminals with all colours, whatever their terminfo says.
const WITH_ALL: [&str; 7] = [
    "alacritty",
    "contour",
    "foot",
    "rio",
    "wezterm",
    "xterm-ghostty",
    "xterm-kitty",
];
/// As many colours as a terminfo entry with all of them has.
const ALL: u32 = 1 << 24;

impl Colours {
    /// What environment variables and, for a `TERM`, the number of colours in its terminfo entry say.
    ///
    /// Where the user names a theme, that `overrides` `NO_COLOR`, as <https://no-color.org> asks.
    pub fn detect(
        variable: &dyn Fn(&str) -> Option<String>,
        terminfo: &dyn Fn(&str) -> Option<u32>,
        overrides: bool,
    ) -> Self {
        let value = |name: &str| variable(name).unwrap_or_default();
        if !overrides && !value("NO_COLOR").is_empty() {
            return Self::None;
        }
        let term = value("TERM");
        let term = term.as_str();
        if term == "dumb" {
            return Self::None;
        }
        if term == "linux" {
            return Self::Sixteen;
        }
        let is_named = WITH_ALL.iter().any(|&name| {
            term == name
                || term
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with('-'))
        });
        if matches!(value("COLORTERM").as_str(), "truecolor" | "24bit")
            || term.ends_with("-direct")
            || is_named
            || matches!(
                value("TERM_PROGRAM").as_str(),
                "iTerm.app" | "WezTerm" | "vscode" | "ghostty"
            )
            || !value("WT_SESSION").is_empty()
        {
            return Self::True;
        }
        if term.ends_with("256color") {
            return Self::Indexed;
        }
        match terminfo(term) {
            Some(ALL..) => Self::True,
            Some(256..) => Self::Indexed,
            Some(8..) => Self::Sixteen,
            Some(_) => Self::None,
            None if ["vt1", "vt2", "vt3"]
                .iter()
                .any(|start| term.starts_with(start)) =>
            {
                Self::None
            }
            None => Self::Indexed,
        }
    }
}

/// The number of colours in the terminfo entry of a `TERM`: 0 where it has none; none without an entry.
pub fn in_terminfo(term: &str) -> Option<u32> {
    let entry = termini::TermInfo::from_name(term).ok()?;
    let colours = entry.number_cap(termini::NumberCapability::MaxColors);
    Some(
        colours
            .and_then(|colours| u32::try_from(colours).ok())
            .unwrap_or(0),
    )
}

/// Red, green and blue of one of the 256 colours, from 16 on: the first 16 are the user's own.
pub fn of_index(index: u8) -> Option<Rgb> {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    match index {
        0..16 => None,
        16..232 => {
            let cube = usize::from(index - 16);
            Some((STEPS[cube / 36], STEPS[cube / 6 % 6], STEPS[cube % 6]))
        }
        232.. => {
            let grey = 8 + 10 * (index - 232);
            Some((grey, grey, grey))
        }
    }
}

/// The nearest of the 256 colours.
pub fn indexed(colour: Rgb) -> u8 {
    indexed_on(colour, &[], 0.0)
}

/// The nearest of the 256 colours whose contrast with all backgrounds is `wanted`.
pub fn indexed_on(colour: Rgb, backgrounds: &[Rgb], wanted: f64) -> u8 {
    let distance = |other: Rgb| {
        [
            (colour.0, other.0),
            (colour.1, other.1),
            (colour.2, other.2),
        ]
        .map(|(one, other)| u32::from(one.abs_diff(other)).pow(2))
        .iter()
        .sum::<u32>()
    };
    let all = (16..=255).filter_map(|index| Some((index, of_index(index)?)));
    let fitting = all.filter(|&(_, other)| least(other, backgrounds) >= wanted);
    fitting
        .min_by_key(|&(_, other)| distance(other))
        .map_or(231, |(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(variables: &[(&str, &str)], terminfo: Option<u32>) -> Colours {
        let value = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Colours::detect(&value, &|_| terminfo, false)
    }

    #[test]
    fn the_environment_and_terminfo_choose_the_colours() {
        type Case = (
            &'static [(&'static str, &'static str)],
            Option<u32>,
            Colours,
        );
        const XTERM: (&str, &str) = ("TERM", "xterm-256color");
        let cases: [Case; 14] = [
            (
                &[("NO_COLOR", "1"), ("COLORTERM", "truecolor")],
                None,
                Colours::None,
            ),
            (
                &[("NO_COLOR", ""), ("COLORTERM", "truecolor")],
                None,
                Colours::True,
            ),
            (&[], None, Colours::Indexed),
            (&[XTERM], None, Colours::Indexed),
            (&[XTERM, ("COLORTERM", "24bit")], Some(256), Colours::True),
            (
                &[XTERM, ("TERM_PROGRAM", "WezTerm")],
                Some(256),
                Colours::True,
            ),
            (&[("TERM", "xterm-direct")], None, Colours::True),
            (&[("TERM", "foot-extra")], None, Colours::True),
            (
                &[("TERM", "linux"), ("COLORTERM", "truecolor")],
                Some(8),
                Colours::Sixteen,
            ),
            (&[("TERM", "xterm")], Some(8), Colours::Sixteen),
            (&[("TERM", "tmux")], Some(1 << 24), Colours::True),
            (&[("TERM", "vt220")], None, Colours::None),
            (&[("TERM", "vt220")], Some(0), Colours::None),
            (&[("TERM", "dumb")], Some(0), Colours::None),
        ];
        for (variables, terminfo, colours) in cases {
            assert_eq!(found(variables, terminfo), colours, "{variables:?}");
        }
    }

    #[test]
    fn a_named_theme_overrides_no_color() {
        let value = |name: &str| (name == "NO_COLOR").then(|| "1".to_owned());
        assert_eq!(Colours::detect(&value, &|_| None, true), Colours::Indexed);
    }

    #[test]
    fn indexed_colours_are_the_nearest() {
        assert_eq!(indexed((0, 0, 0)), 16);
        assert_eq!(indexed((255, 255, 255)), 231);
        assert_eq!(indexed((0x80, 0x80, 0x80)), 244);
        assert_eq!(indexed((0xD5, 0x5E, 0x00)), 166);
        assert_eq!(of_index(166), Some((215, 95, 0)));
    }
}
