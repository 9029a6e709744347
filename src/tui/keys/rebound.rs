//! Keys that the user bound otherwise, in `keys.toml` beside the config file: `"data.next-reading" = "n"`.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::LazyLock;

use super::names::ACTIONS;
use super::{Binding, Key, Keys};

/// Actions with the keys that the user gave them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rebound(pub(super) HashMap<String, Vec<Key>>);

/// The name of an action, such as `data.next-reading`: that of [`ACTIONS`], which never changes; for an action that is not
/// there, the title of its table and what it does.
pub fn name_of(table: &Keys, binding: &Binding) -> String {
    let known = KNOWN.get(&(table.title, binding.description));
    known.map_or_else(
        || format!("{}.{}", slug(table.title), slug(binding.description)),
        |&name| name.to_owned(),
    )
}

/// Names by the title of the table and what the action does.
static KNOWN: LazyLock<HashMap<(&str, &str), &str>> = LazyLock::new(|| {
    let entry = |&(name, title, description): &(&'static str, &'static str, &'static str)| {
        ((title, description), name)
    };
    ACTIONS.iter().map(entry).collect()
});

/// Lower-case letters and digits, other signs as single dashes; a screen's digit is left out.
fn slug(text: &str) -> String {
    let text = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let mut slug = String::new();
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// Keys by their names; a character is its own name.
const NAMES: [(&str, Key); 17] = [
    ("space", Key::Char(' ')),
    ("enter", Key::Enter),
    ("esc", Key::Esc),
    ("tab", Key::Tab),
    ("shift-tab", Key::BackTab),
    ("up", Key::Up),
    ("down", Key::Down),
    ("left", Key::Left),
    ("right", Key::Right),
    ("home", Key::Home),
    ("end", Key::End),
    ("page-up", Key::PageUp),
    ("page-down", Key::PageDown),
    ("backspace", Key::Backspace),
    ("delete", Key::Delete),
    ("quote", Key::Char('"')),
    ("backslash", Key::Char('\\')),
];

pub(super) fn key_of(name: &str) -> Result<Key, String> {
    let mut letters = name.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        return Ok(Key::Char(letter));
    }
    let lower = name.to_lowercase();
    if let Some((_, key)) = NAMES.iter().find(|(known, _)| *known == lower) {
        return Ok(*key);
    }
    let ctrl = lower
        .strip_prefix("ctrl-")
        .map(|rest| rest.chars().collect::<Vec<_>>());
    match ctrl.as_deref() {
        Some(&[letter]) if letter.is_ascii_alphanumeric() => Ok(Key::Ctrl(letter)),
        _ => {
            let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
            Err(format!(
                "'{name}' is not a key: write one character, ctrl-X, or one of {}",
                names.join(", ")
            ))
        }
    }
}

/// The name of a key.
pub fn key_name(key: Key) -> String {
    if let Some((name, _)) = NAMES.iter().find(|(_, known)| *known == key) {
        return (*name).to_owned();
    }
    match key {
        Key::Char(letter) => letter.to_string(),
        Key::Ctrl(letter) => format!("ctrl-{letter}"),
        // All others have a name.
        _ => String::new(),
    }
}

impl Rebound {
    /// The keys that the user gave an action.
    fn own(&self, table: &Keys, binding: &Binding) -> Option<&[Key]> {
        if self.0.is_empty() {
            return None;
        }
        self.0.get(&name_of(table, binding)).map(Vec::as_slice)
    }

    /// The keys of an action.
    pub fn keys<'a>(&'a self, table: &Keys, binding: &'a Binding) -> &'a [Key] {
        self.own(table, binding).unwrap_or(binding.keys)
    }

    /// The keys of an action as the list of actions shows them.
    pub fn label(&self, table: &Keys, binding: &Binding) -> String {
        let own = self.own(table, binding);
        own.map_or_else(|| binding.label.to_owned(), names)
    }

    /// Key and word for the bottom line, with the key that the user gave it.
    pub fn hint(&self, table: &Keys, binding: &Binding) -> String {
        match (self.own(table, binding), binding.hint.split_once(' ')) {
            (Some(own), Some((_, word))) => format!("{} {word}", names(&own[..1])),
            _ => binding.hint.to_owned(),
        }
    }

    /// The action of `key` in the first of `tables` that has one.
    pub fn find(&self, tables: &[&'static Keys], key: Key) -> Option<&'static Binding> {
        let mut all = tables
            .iter()
            .flat_map(|table| table.bindings.iter().map(move |binding| (*table, binding)));
        let found = all.find(|(table, binding)| self.keys(table, binding).contains(&key));
        found.map(|(_, binding)| binding)
    }
}

fn names(keys: &[Key]) -> String {
    let names: Vec<String> = keys.iter().map(|key| key_name(*key)).collect();
    names.join(" ")
}

/// A file with every action and its keys, each line commented out.
pub fn default_file(tables: &[Vec<&'static Keys>]) -> String {
    let mut text = "\
# Keys of the app: what stands before = is an action, what stands behind it the keys that run it.
#
# Keep the lines you want to change, without #, in the file that `ebcle-tui config --keys-path` prints. A key is
# a character, a name such as enter, or ctrl-X.
"
    .to_owned();
    let mut shown: Vec<String> = Vec::new();
    for table in tables.iter().flatten() {
        let mut lines = String::new();
        for binding in table.bindings {
            let name = name_of(table, binding);
            if shown.contains(&name) {
                continue;
            }
            let keys: Vec<String> = binding
                .keys
                .iter()
                .map(|key| format!("{:?}", key_name(*key)))
                .collect();
            let _ = writeln!(lines, "# \"{name}\" = [{}]", keys.join(", "));
            shown.push(name);
        }
        if !lines.is_empty() {
            let _ = write!(text, "\n# {}\n{lines}", table.title);
        }
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::tui::fixtures::{self, key, press};
    use crate::tui::screens::all_tables as tables;

    /// What a file says, of which every line holds.
    fn holding(text: &str) -> Rebound {
        let (rebound, problems) = Rebound::parse(text, &tables());
        assert_eq!(problems, Vec::new());
        rebound
    }

    #[test]
    fn an_action_has_the_key_that_the_user_gave_it_and_no_other() {
        let text =
            "\"data.next-reading\" = [\"n\", \"ctrl-n\"]\n[data]\nprevious-reading = \"N\"\n";
        let mut app = fixtures::ready(120, 36);
        app.rebound = holding(text);
        let before = app.settings.reading.clone();
        press(&mut app, "r");
        assert_eq!(app.settings.reading, before, "r means nothing now");
        press(&mut app, "n");
        assert_ne!(app.settings.reading, before);
        key(&mut app, Key::Char('N'));
        assert_eq!(app.settings.reading, before);
        let (table, binding) = (
            app.keys()[0],
            app.rebound.find(&app.keys(), Key::Char('n')).unwrap(),
        );
        assert_eq!(app.rebound.label(table, binding), "n ctrl-n");
        assert_eq!(app.rebound.hint(table, binding), "n reading");
    }

    /// The name is that of the action's first words, though `X` has other words on screen now.
    #[test]
    fn what_is_reworded_keeps_its_name() {
        let text = "\"runs.x-epochs-steps-seconds\" = \"ctrl-x\"\n";
        let rebound = holding(text);
        let all = tables();
        let bound = all
            .iter()
            .flatten()
            .flat_map(|table| table.bindings.iter().map(move |one| (table, one)));
        let mut bound = bound.filter(|(table, one)| rebound.keys(table, one) == [Key::Ctrl('x')]);
        let (_, binding) = bound.next().unwrap();
        assert_ne!(slug(binding.description), "x-epochs-steps-seconds");
        assert_eq!(binding.keys, [Key::Char('X')]);
    }

    #[test]
    fn every_action_has_a_name_of_its_own_that_stays() {
        let (mut names, mut lacking) = (HashMap::new(), Vec::new());
        for &(name, title, description) in ACTIONS {
            let other = names.insert(name, (title, description));
            assert_eq!(other, None, "{name} is the name of two actions");
        }
        let mut listed = names.clone();
        for table in tables().into_iter().flatten() {
            for binding in table.bindings {
                let name = name_of(table, binding);
                listed.remove(name.as_str());
                if names.get(name.as_str()) != Some(&(table.title, binding.description)) {
                    lacking.push(format!(
                        "(\"{name}\", {:?}, {:?}),",
                        table.title, binding.description
                    ));
                }
            }
        }
        lacking.sort();
        lacking.dedup();
        assert!(
            lacking.is_empty(),
            "keys/names.rs lacks these; where an action is only reworded, keep its name there:\n{}",
            lacking.join("\n")
        );
        let gone: Vec<&str> = listed.into_keys().collect();
        assert!(
            gone.is_empty(),
            "no action has the names {}",
            gone.join(", ")
        );
    }

    #[test]
    fn the_default_file_binds_nothing_otherwise_and_is_read_without_its_signs() {
        let file = default_file(&tables());
        assert_eq!(holding(&file), Rebound::default());
        let lines: Vec<&str> = file
            .lines()
            .filter_map(|line| line.strip_prefix("# \""))
            .collect();
        assert!(lines.len() > 60);
        let all: Vec<String> = lines.iter().map(|line| format!("\"{line}")).collect();
        let all = all.join("\n");
        let rebound = holding(&all);
        assert!(rebound.0.len() == lines.len());
    }
}
