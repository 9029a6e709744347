//! Keys and what they do. A row binds keys to a function; the same rows drive dispatch, the bottom line and the help.

mod file;
mod names;
mod rebound;

use super::app::{App, Effect};

pub use rebound::{Rebound, default_file};

/// A key press.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A character, Space among them.
    Char(char),
    /// A character with Ctrl.
    Ctrl(char),
    Enter,
    Esc,
    Tab,
    BackTab,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    Backspace,
    Delete,
}

/// Keys that hold together.
#[derive(Debug)]
pub struct Keys {
    pub title: &'static str,
    /// The rows, in the order in which help and bottom line show them.
    pub bindings: &'static [Binding],
}

/// A row.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    pub keys: &'static [Key],
    /// The keys as shown in the help.
    pub label: &'static str,
    /// Key and word for the bottom line; empty where the help is enough.
    pub hint: &'static str,
    /// One line for the help.
    pub description: &'static str,
    pub run: fn(&mut App),
    /// Whether it does something now; where not, the bottom line leaves it out, and the key says why.
    pub works: fn(&App) -> bool,
}

impl Binding {
    /// The same, shown in the bottom line only where it `works`.
    pub const fn when(mut self, works: fn(&App) -> bool) -> Self {
        self.works = works;
        self
    }
}

/// A row of a table of keys.
pub const fn bind(
    keys: &'static [Key],
    label: &'static str,
    hint: &'static str,
    description: &'static str,
    run: fn(&mut App),
) -> Binding {
    Binding {
        keys,
        label,
        hint,
        description,
        run,
        works: |_| true,
    }
}

pub const UP: &[Key] = &[Key::Up, Key::Char('k')];
pub const DOWN: &[Key] = &[Key::Down, Key::Char('j')];
pub const LEFT: &[Key] = &[Key::Left, Key::Char('h')];
pub const RIGHT: &[Key] = &[Key::Right, Key::Char('l')];
pub const FIRST: &[Key] = &[Key::Home];
pub const LAST: &[Key] = &[Key::End];
pub const TAB: &[Key] = &[Key::Tab];
pub const BACK: &[Key] = &[Key::BackTab];
pub const ENTER: &[Key] = &[Key::Enter];
pub const ESC: &[Key] = &[Key::Esc];

/// The keys that hold everywhere, in text fields and dialogs too.
#[rustfmt::skip]
pub static ALWAYS: Keys = Keys {
    title: "Everywhere",
    bindings: &[
        bind(&[Key::Ctrl('c')], "Ctrl-C", "", "quit; asks while training", App::interrupt),
        bind(&[Key::Ctrl('z')], "Ctrl-Z", "", "to the shell; fg returns", |app| app.request(Effect::Suspend)),
    ],
};

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::tui::fixtures::{self, press};
    use crate::tui::screens::SCREENS;

    /// The tables of every state that has its own.
    pub(in crate::tui) fn tables() -> Vec<Vec<&'static Keys>> {
        let mut tables = Vec::new();
        for keys in [
            "", "a", "2", "2a", "3", "3\n", "3s", "4", "4/", "4e", "4x", "4n", "4c", "?", "5",
            "5n", "5nj\n",
        ] {
            let mut app = fixtures::ready(80, 24);
            press(&mut app, keys);
            tables.push(app.keys());
            if app.live.is_some() {
                app.update(crate::tui::app::Message::StartFailed(String::new()));
                tables.push(app.keys());
            }
        }
        tables.extend(SCREENS.map(|screen| vec![screen.field_keys()]));
        tables
    }

    #[test]
    fn every_table_of_every_state_can_be_bound_otherwise() {
        let all = crate::tui::screens::all_tables();
        for table in tables().into_iter().flatten() {
            let is_known = all
                .iter()
                .flatten()
                .any(|known| std::ptr::eq(*known, table));
            assert!(is_known, "{}", table.title);
        }
    }

    #[test]
    fn no_key_is_bound_twice() {
        for tables in tables() {
            let mut seen = HashSet::new();
            for table in tables {
                for key in table.bindings.iter().flat_map(|binding| binding.keys) {
                    assert!(seen.insert(key), "{key:?} is bound twice: {}", table.title);
                }
            }
        }
    }

    #[test]
    fn every_row_can_be_read_and_a_hint_names_its_key() {
        for binding in tables().iter().flatten().flat_map(|table| table.bindings) {
            assert!(!binding.label.is_empty() && !binding.keys.is_empty());
            let length = binding.description.chars().count();
            assert!(
                (1..=26).contains(&length),
                "the help would cut '{}'",
                binding.description
            );
            assert!(binding.hint.is_empty() || binding.hint.contains(' '));
        }
    }
}
