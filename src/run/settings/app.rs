//! Settings of the app.

use super::registry::{
    Access, Flag, Group, Kind, Options, Scope, Setting, checked, from_value, parsed, refuse, text,
    to_value,
};
use toml::Value;

/// Access to a field that serde reads and writes; not given, it stays as it was.
macro_rules! given {
    ($($field:ident).+) => {
        given!($($field).+, |_| Ok(()))
    };
    ($($field:ident).+, $check:expr) => {
        Access {
            get: |settings| to_value(&settings.$($field).+),
            set: |settings, value| {
                if let Some(value) = value {
                    let new = from_value(value)?;
                    checked(&new, $check)?;
                    settings.$($field).+ = new;
                }
                Ok(())
            },
        }
    };
}

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
            key: "remember",
            kind: Kind::Truth,
            scope: Scope::Process,
            about: "\
Whether the app takes up the state of its last session: dataset, network, form, screen, filter.",
            option: Some(Flag::new(
                Options::App,
                "BOOL",
                "Whether the app takes up the state of its last session: true or false [default: true]",
            )),
            access: given!(host.remember),
            ..Setting::PLAIN
        },
        Setting {
            key: "start",
            kind: Kind::Truth,
            scope: Scope::Process,
            about: "\
Whether the app begins with what to begin with: the last run, a small training, images of your own.",
            access: given!(host.start),
            ..Setting::PLAIN
        },
        Setting {
            key: "plain",
            kind: Kind::Truth,
            scope: Scope::Process,
            about: "\
Whether the app says what it shows in sentences, with numbered choices, and never moves the cursor: for
screen readers.",
            option: Some(Flag::new(
                Options::App,
                "BOOL",
                "Sentences and numbered choices in place of a screen, for screen readers",
            )),
            access: given!(host.plain),
            ..Setting::PLAIN
        },
        Setting {
            key: "plain-seconds",
            kind: Kind::Whole(1),
            scope: Scope::Process,
            about: "\
Seconds between two sentences on a training that runs, with plain.",
            option: Some(Flag::new(
                Options::App,
                "N",
                "Seconds between two sentences on a training, with --plain [default: 10]",
            )),
            access: given!(host.plain_seconds, |seconds| {
                refuse(*seconds == 0, "plain-seconds must be at least 1")
            }),
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
