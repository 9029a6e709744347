//! Settings of the app.

use super::registry::{Access, Flag, Group, Kind, Options, Scope, Setting, parsed, text};
use toml::Value;

/// How the app looks.
pub static APP: Group = Group {
    title: "App",
    settings: &[
        Setting {
            key: "images",
            kind: Kind::Choice(&["auto", "kitty", "sixel", "iterm2", "half-blocks"]),
            scope: Scope::Process,
            about: "\
How sample images are drawn: kitty, sixel or iterm2 (by that protocol, in pixels), half-blocks
(two pixels to a character, in any terminal), or auto: what the environment says of the terminal.",
            option: Some(Flag::new(
                Options::App,
                "WAY",
                "How the app draws sample images: auto, kitty, sixel, iterm2, half-blocks [default: auto]",
            )),
            access: text!(host.images),
            ..Setting::PLAIN
        },
        Setting {
            key: "chart-symbols",
            kind: Kind::Choice(&["braille", "octants", "half-blocks", "ascii"]),
            scope: Scope::Process,
            about: "\
What the app's curves are made of: braille (eight dots to a character), octants (eight blocks to a
character, for fonts with Unicode 16), half-blocks (two blocks to a character) or ascii.",
            option: Some(Flag::new(
                Options::App,
                "SYMBOLS",
                "What the app's curves are made of: braille, octants, half-blocks, ascii [default: braille]",
            )),
            access: text!(host.chart_symbols),
            ..Setting::PLAIN
        },
    ],
};
