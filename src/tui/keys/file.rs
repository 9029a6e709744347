//! Reads `keys.toml`: a line that is wrong, or gives a key a second meaning, is named; all others hold.

use std::collections::HashMap;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::rebound::{key_name, key_of, name_of};
use super::{Key, Keys, Rebound};

/// What is wrong with a line, counted from 1, in a sentence.
pub type Wrong = (usize, String);

/// A line that can be read.
struct Line {
    number: usize,
    action: String,
    keys: Vec<Key>,
}

impl Rebound {
    /// Reads a file of `"action" = "key"` or `= ["key", "key"]`; nothing is bound otherwise where there is none. `tables`
    /// are those whose keys hold together, of every state of the app. With it come sentences on what cannot be read, on
    /// unknown actions and keys, and on keys with two meanings, whose lines do not hold.
    pub fn read(path: &Path, tables: &[Vec<&'static Keys>]) -> (Self, Vec<String>) {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                let sentence = format!("cannot read {}: {error}", path.display());
                return (Self::default(), vec![sentence]);
            }
        };
        let (rebound, wrong) = Self::parse(&text, tables);
        let said = |(line, problem): Wrong| format!("{}:{line}: {problem}", path.display());
        (rebound, wrong.into_iter().map(said).collect())
    }

    /// As [`read`](Self::read), of the text of a file.
    pub(super) fn parse(text: &str, tables: &[Vec<&'static Keys>]) -> (Self, Vec<Wrong>) {
        let (table, errors) = DeTable::parse_recoverable(text);
        let line_of = |offset: usize| {
            let before = text.as_bytes().iter().take(offset);
            before.filter(|byte| **byte == b'\n').count() + 1
        };
        let mut wrong: Vec<Wrong> = Vec::new();
        for error in errors {
            let line = line_of(error.span().map_or(0, |span| span.start));
            // What follows from the first fault of a line is no news.
            if wrong.iter().all(|(other, _)| *other != line) {
                let message: Vec<&str> = error.message().lines().collect();
                wrong.push((line, message.join(", ")));
            }
        }
        let known: Vec<String> = tables
            .iter()
            .flatten()
            .flat_map(|table| table.bindings.iter().map(|binding| name_of(table, binding)))
            .collect();
        let mut lines = Vec::new();
        for (action, place, value) in flat(table.get_ref()) {
            let number = line_of(place);
            if wrong.iter().any(|(other, _)| *other == number) {
                continue;
            }
            match keys_of(&action, value, &known) {
                Ok(keys) => lines.push(Line {
                    number,
                    action,
                    keys,
                }),
                Err(problem) => wrong.push((number, problem)),
            }
        }
        lines.sort_by_key(|line| line.number);
        while let Some((at, problem)) = conflict(&lines, tables) {
            wrong.push((lines.remove(at).number, problem));
        }
        wrong.sort();
        (rebound_by(&lines), wrong)
    }
}

/// The keys that a line gives a known action.
fn keys_of(action: &str, value: &DeValue<'_>, known: &[String]) -> Result<Vec<Key>, String> {
    if !known.iter().any(|known| known == action) {
        let nearest = known
            .iter()
            .min_by_key(|known| strsim::levenshtein(known, action));
        let hint = nearest.map_or_else(String::new, |near| format!(": did you mean '{near}'?"));
        return Err(format!("unknown action '{action}'{hint}"));
    }
    let texts: Option<Vec<&str>> = match value {
        DeValue::String(text) => Some(vec![text.as_ref()]),
        DeValue::Array(items) => items.iter().map(|item| item.get_ref().as_str()).collect(),
        _ => None,
    };
    let texts = texts.filter(|texts| !texts.is_empty());
    let texts =
        texts.ok_or_else(|| format!("{action}: write a key, or a list of keys, in quotes"))?;
    let keys: Result<Vec<Key>, String> = texts.into_iter().map(key_of).collect();
    keys.map_err(|problem| format!("{action}: {problem}"))
}

fn rebound_by(lines: &[Line]) -> Rebound {
    let entries = lines.iter();
    Rebound(
        entries
            .map(|line| (line.action.clone(), line.keys.clone()))
            .collect(),
    )
}

/// The line that is to go for a key that means two things in one state, and why: the later one of two.
fn conflict(lines: &[Line], tables: &[Vec<&'static Keys>]) -> Option<(usize, String)> {
    let rebound = rebound_by(lines);
    for state in tables {
        let mut seen: HashMap<Key, String> = HashMap::new();
        for (table, binding) in state
            .iter()
            .flat_map(|table| table.bindings.iter().map(move |binding| (table, binding)))
        {
            let name = name_of(table, binding);
            for &key in rebound.keys(table, binding) {
                let Some(other) = seen
                    .insert(key, name.clone())
                    .filter(|other| *other != name)
                else {
                    continue;
                };
                let at = |name: &String| lines.iter().position(|line| line.action == *name);
                // Without a line of the file the app itself would be at fault.
                let Some(place) = at(&name).max(at(&other)) else {
                    continue;
                };
                let ours = &lines[place].action;
                let theirs = if *ours == name { &other } else { &name };
                let where_else = at(theirs)
                    .map_or_else(String::new, |at| format!(" (line {})", lines[at].number));
                let problem = format!(
                    "the key {} would mean both {ours} and {theirs}{where_else}: this line does not hold; bind one of them otherwise",
                    key_name(key)
                );
                return Some((place, problem));
            }
        }
    }
    None
}

/// The entries of a table and of the tables in it, as `"a.b" = …` or `[a]` and `b = …` write them, with their places.
fn flat<'a>(table: &'a DeTable<'_>) -> Vec<(String, usize, &'a DeValue<'a>)> {
    let mut entries = Vec::new();
    for (name, value) in table {
        match value.get_ref() {
            DeValue::Table(inner) => {
                entries.extend(flat(inner).into_iter().map(|(below, place, value)| {
                    (format!("{}.{below}", name.get_ref()), place, value)
                }));
            }
            value => entries.push((name.get_ref().to_string(), Spanned::span(name).start, value)),
        }
    }
    entries
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::tui::fixtures::{self, press};
    use crate::tui::screens::all_tables as tables;

    fn wrong(text: &str) -> Vec<Wrong> {
        Rebound::parse(text, &tables()).1
    }

    #[test]
    fn what_is_wrong_is_named() {
        let only = |text: &str| {
            let mut found = wrong(text);
            assert_eq!(found.len(), 1, "{found:?}");
            found.remove(0)
        };
        assert_eq!(
            only("\n\"data.nxt-reading\" = \"n\""),
            (
                2,
                "unknown action 'data.nxt-reading': did you mean 'data.next-reading'?".to_owned()
            )
        );
        let (_, said) = only("\"data.next-reading\" = \"f13\"");
        assert!(
            said.starts_with("data.next-reading: 'f13' is not a key"),
            "{said}"
        );
        for text in ["3", "[]", "[\"n\", 3]"] {
            let (_, said) = only(&format!("\"data.next-reading\" = {text}"));
            assert!(said.contains("in quotes"), "{said}");
        }
        assert_eq!(
            only("\"data.next-reading\" = \"q\""),
            (
                1,
                "the key q would mean both data.next-reading and on-every-screen.quit-asks-while-training: \
                 this line does not hold; bind one of them otherwise"
                    .to_owned()
            )
        );
        assert_eq!(only("x = [").0, 1);
    }

    #[test]
    fn one_wrong_line_does_not_undo_the_others() {
        let text = "\
\"data.next-reading\" = \"n\"
\"data.nothing\" = \"z\"
\"data.previous-reading\" = N
\"data.first-line\" = \"L\"
\"data.last-line\" = \"n\"
[on-every-screen]
search-all-actions = \"ctrl-p\"
";
        let (rebound, wrong) = Rebound::parse(text, &tables());
        let lines: Vec<usize> = wrong.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 3, 4, 5], "{wrong:?}");
        assert!(
            wrong[2].1.starts_with(
                "the key L would mean both data.first-line and on-every-screen.log-all-messages"
            ),
            "{wrong:?}"
        );
        assert!(
            wrong[3].1.starts_with(
                "the key n would mean both data.last-line and data.next-reading (line 1)"
            ),
            "{wrong:?}"
        );
        let mut app = fixtures::ready(120, 36);
        app.rebound = rebound;
        let before = app.settings.reading.clone();
        press(&mut app, "n");
        assert_ne!(app.settings.reading, before);
        app.update(crate::tui::app::Message::Key(Key::Ctrl('p')));
        assert!(app.overlay.is_some());
    }

    /// The log is moved away from `L` in the same file, before or behind the line that takes it.
    #[test]
    fn a_key_that_is_given_up_is_free() {
        let lines = [
            "\"on-every-screen.log-all-messages\" = \"ctrl-l\"",
            "\"data.next-reading\" = \"L\"",
        ];
        for text in [lines.join("\n"), [lines[1], lines[0]].join("\n")] {
            let (rebound, wrong) = Rebound::parse(&text, &tables());
            assert_eq!(wrong, Vec::new());
            let mut app = fixtures::ready(120, 36);
            app.rebound = rebound;
            let before = app.settings.reading.clone();
            press(&mut app, "L");
            assert!(app.settings.reading != before && app.overlay.is_none());
            app.update(crate::tui::app::Message::Key(Key::Ctrl('l')));
            assert!(app.overlay.is_some());
        }
    }

    /// A line whose action keeps its usual key, as another one does not hold, can be in the way of a third.
    #[test]
    fn a_line_that_does_not_hold_gives_its_usual_key_back() {
        let text = "\
\"data.previous-reading\" = \"r\"
\"data.next-reading\" = \"q\"
";
        let (rebound, wrong) = Rebound::parse(text, &tables());
        let lines: Vec<usize> = wrong.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [1, 2], "{wrong:?}");
        assert_eq!(rebound, Rebound::default());
    }

    proptest::proptest! {
        /// Whatever the file holds: no panic, and no key that means two things.
        #[test]
        fn any_text_is_read(lines in proptest::collection::vec(
            proptest::prop_oneof![
                ".{0,30}",
                "\"(data|train|on-every-screen)\\.[a-z-]{1,20}\" = (\"[a-zA-Z]\"|\\[\"[a-z]\"\\])",
                "\"(data.next-reading|data.previous-reading|on-every-screen.log-all-messages)\" = \"[a-dLq]\"",
            ],
            0..8,
        )) {
            let (rebound, _) = Rebound::parse(&lines.join("\n"), &tables());
            for state in tables() {
                let mut seen: HashMap<Key, String> = HashMap::new();
                for table in state {
                    for binding in table.bindings {
                        for key in rebound.keys(table, binding) {
                            let name = name_of(table, binding);
                            let other = seen.insert(*key, name.clone());
                            proptest::prop_assert!(other.is_none_or(|other| other == name));
                        }
                    }
                }
            }
        }
    }
}
