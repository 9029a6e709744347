//! Settings of the app.

use super::registry::{
    Access, Flag, Group, Kind, Options, Scope, Setting, checked, from_value, given, parsed, refuse,
    text, to_value,
};
use toml::Value;

/// How the app looks, and how it tells of a training that ends.
pub static APP: Group = Group {
    title: "App",
    settings: &[
        Setting {
            key: "theme",
            kind: Kind::Text,
            scope: Scope::Process,
            about: "\
The app's colours: auto (dark or light, by the background that the terminal says it has), dark,
light, contrast (high), terminal (its own 16 colours), none, or a theme of your own: its file,
or NAME for themes/NAME.toml in the folder of the user's configuration. Such a file gives
colours (#rrggbb, a name such as blue, or a number from 0 to 255) to any of: text, background,
baseline, capped, entropy, cap, accent, dim, faint, error, warning, good.
Naming a theme wins over the variable NO_COLOR.",
            option: Some(Flag::new(
                Options::App,
                "NAME",
                "The app's colours: auto, dark, light, contrast, terminal, none, or a theme of your own (its file, or NAME for themes/NAME.toml in the user's configuration) [default: auto]",
            )),
            access: Access {
                get: |settings| Some(or_auto(settings.host.theme.as_deref())),
                set: |settings, value| {
                    let name = value.map(from_value::<String>).transpose()?;
                    settings.host.theme = name.filter(|name| !name.is_empty() && name != "auto");
                    Ok(())
                },
            },
            ..Setting::PLAIN
        },
        Setting {
            key: "ascii",
            kind: Kind::Choice(&["auto", "on", "off"]),
            scope: Scope::Process,
            about: "\
Whether the app draws with ASCII characters only: on, off, or auto (on where the locale is not
UTF-8). With auto, the Linux console gets the characters that its font has.",
            option: Some(Flag {
                alone: Some("on"),
                ..Flag::new(
                    Options::App,
                    "WHEN",
                    "Draw with ASCII characters only: on, off, auto (where the locale is not UTF-8) [default: auto]",
                )
            }),
            access: Access {
                get: |settings| {
                    let word = settings.host.ascii.map(|on| if on { "on" } else { "off" });
                    Some(or_auto(word))
                },
                set: |settings, value| {
                    let word = value.map(from_value::<String>).transpose()?;
                    settings.host.ascii = match word.as_deref() {
                        None | Some("auto") => None,
                        Some("on") => Some(true),
                        Some("off") => Some(false),
                        Some(other) => {
                            return Err(format!("ascii is auto, on or off, not '{other}'"));
                        }
                    };
                    Ok(())
                },
            },
            ..Setting::PLAIN
        },
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
            about: "Whether the app restores its last session: dataset, network, form, screen, filter.",
            option: Some(Flag::new(
                Options::App,
                "BOOL",
                "Whether the app restores its last session: true or false [default: true]",
            )),
            access: given!(host.remember),
            ..Setting::PLAIN
        },
        Setting {
            key: "start",
            kind: Kind::Truth,
            scope: Scope::Process,
            about: "\
Whether the app opens with a choice of how to begin: the last run, a small training, images of your own.",
            access: given!(host.start),
            ..Setting::PLAIN
        },
        Setting {
            key: "plain",
            kind: Kind::Truth,
            scope: Scope::Process,
            about: "\
Whether the app writes sentences and numbered choices in place of a screen, and never moves the
cursor: for screen readers.",
            option: Some(Flag {
                alone: Some("true"),
                ..Flag::new(
                    Options::App,
                    "BOOL",
                    "Sentences and numbered choices in place of a screen, for screen readers",
                )
            }),
            access: given!(host.plain),
            ..Setting::PLAIN
        },
        Setting {
            key: "plain-seconds",
            kind: Kind::Whole(1),
            scope: Scope::Process,
            about: "\
With plain: seconds between two sentences on a training that runs.",
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
        Setting {
            key: "notify",
            kind: Kind::Text,
            scope: Scope::Process,
            about: "\
How the app tells of a training: bell and desktop (a message of the desktop, OSC 9 or 777) when
it ends, diverges or fails; title (of the window) and progress (in the tab or task bar, OSC 9;4,
where the terminal is known to show it) while it trains. All of them, none, or some with commas.",
            option: Some(Flag::new(
                Options::App,
                "WAYS",
                "How the app tells of a training that ends and of its progress: all, none, or some of bell,desktop,title,progress [default: all]",
            )),
            access: text!(host.notify),
            ..Setting::PLAIN
        },
        Setting {
            key: "on-end",
            kind: Kind::Text,
            scope: Scope::Process,
            about: "\
A command that the shell runs when a training of `train`, `resume` or the app has ended. It reads
EBCLE_RUN_DIR, EBCLE_OUTCOME (finished, diverged, stopped or failed), EBCLE_VERDICT (non-inferior,
inferior or inconclusive) and EBCLE_REASON (a sentence).",
            example: "\"notify-send \\\"$EBCLE_OUTCOME: $EBCLE_REASON\\\"\"",
            option: Some(Flag::new(
                Options::End,
                "COMMAND",
                "Run this in a shell when the training has ended; it reads EBCLE_RUN_DIR, EBCLE_OUTCOME (finished, diverged, stopped, failed), EBCLE_VERDICT and EBCLE_REASON",
            )),
            access: Access {
                get: |settings| settings.host.on_end.clone().map(Value::String),
                set: |settings, value| {
                    let command = value.map(from_value::<String>).transpose()?;
                    settings.host.on_end = command.filter(|command| !command.trim().is_empty());
                    Ok(())
                },
            },
            ..Setting::PLAIN
        },
    ],
};

fn or_auto(word: Option<&str>) -> Value {
    Value::String(word.unwrap_or("auto").to_owned())
}
