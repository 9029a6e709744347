//! Which theme is meant by its name and by what the terminal is.

use std::path::{Path, PathBuf};

use super::contrast::{Rgb, is_light};
use super::depth::in_terminfo;
use super::tables::{CONTRAST_DARK, CONTRAST_LIGHT, DARK, LIGHT};
use super::user::{Own, nearest};
use super::{Colours, Glyphs, Theme};
use crate::folders;
use crate::run::Host;

/// The names of the themes that are built in.
const NAMES: [&str; 6] = ["auto", "dark", "light", "contrast", "terminal", "none"];

/// A theme, and a sentence where it can hardly be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    pub theme: Theme,
    pub warning: Option<String>,
}

/// The theme that the settings name, for a terminal of these environment variables; `ask` asks the terminal for its
/// background, and is called only where it matters.
///
/// # Errors
/// One sentence on a theme that does not exist or cannot be read.
pub fn choose(
    host: &Host,
    variable: &dyn Fn(&str) -> Option<String>,
    ask: &mut dyn FnMut() -> Option<Rgb>,
) -> Result<Chosen, String> {
    let folder = folders::config().map(|config| config.join("themes"));
    let name = host.theme.as_deref().unwrap_or("auto");
    let own = if NAMES.contains(&name) {
        None
    } else {
        Some(own(name, folder.as_deref())?)
    };
    let colours = Colours::detect(variable, &in_terminfo, name != "auto");
    let is_console = variable("TERM").is_some_and(|term| term == "linux");
    let mut background = || -> Option<Rgb> {
        if colours == Colours::None || is_console {
            return None;
        }
        ask().or_else(|| by_colorfgbg(&variable("COLORFGBG")?))
    };
    let mut warning = None;
    let theme = match (own, name) {
        (Some(own), _) => {
            let background = background();
            let hard = own.warning(background);
            warning = hard.map(|hard| format!("theme {name}: {hard}"));
            own.theme(colours, background)
        }
        (None, "dark") => Theme::of(&DARK, colours, None),
        (None, "light") => Theme::of(&LIGHT, colours, None),
        (None, "none") => Theme::new(Colours::None),
        (None, "contrast") => {
            let light = background().is_some_and(is_light);
            let table = if light { CONTRAST_LIGHT } else { CONTRAST_DARK };
            Theme::of(&table, colours, None)
        }
        (None, "terminal") => Theme::sixteen(colours, background().is_some_and(is_light)),
        (None, _) => {
            let background = background();
            let light = background.is_some_and(is_light);
            Theme::of(if light { &LIGHT } else { &DARK }, colours, background)
        }
    };
    let theme = theme.with_glyphs(Glyphs::choose(host.ascii, variable));
    Ok(Chosen { theme, warning })
}

/// The theme in the file of this name in the user's folder of themes, or at this path.
fn own(name: &str, folder: Option<&Path>) -> Result<Own, String> {
    let has_path =
        name.contains(['/', '\\']) || Path::new(name).extension().is_some_and(|end| end == "toml");
    let path = if has_path {
        crate::dataset::places::at_home(Path::new(name))
    } else {
        let file = folder.map(|folder| folder.join(format!("{name}.toml")));
        file.filter(|path| path.is_file())
            .ok_or_else(|| unknown(name, folder))?
    };
    let named = |problem: &dyn std::fmt::Display| format!("theme {}: {problem}", path.display());
    let text = std::fs::read_to_string(&path).map_err(|error| named(&error))?;
    text.parse().map_err(|problem: String| named(&problem))
}

fn unknown(name: &str, folder: Option<&Path>) -> String {
    let own = folder.map(themes_in).unwrap_or_default();
    let known = || NAMES.into_iter().chain(own.iter().map(String::as_str));
    if let Some(nearest) = nearest(name, known()) {
        return format!("unknown theme '{name}': did you mean {nearest}?");
    }
    let known: Vec<&str> = known().collect();
    let place = folder.map(|folder| format!(", or put {name}.toml into {}", folder.display()));
    format!(
        "unknown theme '{name}': use {}{}",
        known.join(", "),
        place.unwrap_or_default()
    )
}

/// The names of the themes in a folder, in order.
fn themes_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.map(|entry| entry.path());
    let themes = files.filter(|path| path.extension().is_some_and(|end| end == "toml"));
    let name = |path: PathBuf| Some(path.file_stem()?.to_str()?.to_owned());
    let mut names: Vec<String> = themes.filter_map(name).collect();
    names.sort();
    names
}

/// Black or white, as `COLORFGBG` says of the background: `15;0`, or `0;default;15`.
fn by_colorfgbg(value: &str) -> Option<Rgb> {
    match value.rsplit(';').next()?.trim().parse().ok()? {
        0..=6 | 8 => Some((0, 0, 0)),
        7 | 9..=15 => Some((255, 255, 255)),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn chosen(
        theme: &str,
        variables: &[(&str, &str)],
        answer: Option<Rgb>,
    ) -> (Result<Chosen, String>, usize) {
        let host = Host {
            theme: Some(theme.to_owned()),
            ..Host::default()
        };
        let value = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let mut asked = 0;
        let chosen = choose(&host, &value, &mut || {
            asked += 1;
            answer
        });
        (chosen, asked)
    }

    const FULL: (&str, &str) = ("COLORTERM", "truecolor");

    #[test]
    fn the_background_decides_and_is_asked_for_only_where_it_does() {
        let (white, black) = (Some((255, 255, 255)), Some((0, 0, 0)));
        let fgbg = ("COLORFGBG", "0;default;15");
        for (name, variables, answer, is_light, times) in [
            ("auto", &[FULL][..], white, true, 1),
            ("auto", &[FULL], black, false, 1),
            ("auto", &[FULL], None, false, 1),
            ("auto", &[FULL, fgbg], None, true, 1),
            ("auto", &[FULL, fgbg], black, false, 1),
            ("auto", &[FULL, ("TERM", "linux")], white, false, 0),
            ("auto", &[("NO_COLOR", "1")], white, false, 0),
            ("dark", &[FULL], white, false, 0),
            ("light", &[FULL], black, true, 0),
            ("none", &[FULL], white, false, 0),
            ("contrast", &[FULL], white, true, 1),
            ("terminal", &[FULL], white, true, 1),
        ] {
            let (chosen, asked) = chosen(name, variables, answer);
            let theme = chosen.unwrap().theme;
            assert_eq!(
                (theme.is_light(), asked),
                (is_light, times),
                "{name} {variables:?}"
            );
        }
    }

    #[test]
    fn a_theme_that_is_not_there_is_named_with_what_was_meant() {
        let said = |name| chosen(name, &[], None).0.unwrap_err();
        assert_eq!(said("drak"), "unknown theme 'drak': did you mean dark?");
        assert!(said("solarized").starts_with("unknown theme 'solarized': use auto, dark"));
        assert!(said("/nothing/here.toml").starts_with("theme /nothing/here.toml: No such file"));
    }

    #[test]
    fn a_file_is_read_by_its_path_and_warned_of() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.toml");
        std::fs::write(&path, "dim = '#333333'").unwrap();
        let (chosen, _) = chosen(path.to_str().unwrap(), &[FULL], Some((0, 0, 0)));
        let warning = chosen.unwrap().warning.unwrap();
        assert!(warning.contains("dim 1.7:1"), "{warning}");
        assert_eq!(themes_in(folder.path()), ["mine"]);
    }
}
