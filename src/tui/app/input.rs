//! Keys and pasted text: the tables they are looked up in, and the field they go to.

use super::text::{Field, plain_path};
use super::{App, Overlay};
use crate::tui::keys::{ALWAYS, Key, Keys};
use crate::tui::overlays;
use crate::tui::screens::GLOBAL;

impl App {
    /// The tables in which a key is looked up, in order.
    pub fn keys(&self) -> Vec<&'static Keys> {
        match &self.overlay {
            Some(overlay @ Overlay::Confirm(_)) => vec![overlay.keys(), &ALWAYS],
            _ if self.is_small() => vec![self.small_keys(), &ALWAYS],
            Some(Overlay::Log(panel)) if !panel.is_searching && self.log.entries().is_empty() => {
                vec![&overlays::log::EMPTY, &ALWAYS]
            }
            Some(overlay) => vec![overlay.keys(), &ALWAYS],
            None if self.screen.is_editing(self) => vec![self.screen.field_keys(), &ALWAYS],
            None => vec![self.screen.keys(self), &GLOBAL, &ALWAYS],
        }
    }

    pub(super) fn key(&mut self, key: Key) {
        let mut found = self.rebound.find(&self.keys(), key);
        if matches!(self.overlay, Some(Overlay::Start(_))) && found.is_none() {
            self.overlay = None;
            found = self.rebound.find(&self.keys(), key);
        }
        if let Some(binding) = found {
            self.toast = None;
            (binding.run)(self);
        } else {
            self.edit(|field, _| {
                field.edit(key);
            });
        }
    }

    pub(super) fn paste(&mut self, text: &str) {
        self.edit(|field, is_path| {
            if is_path {
                field.paste(&plain_path(text));
            } else {
                field.paste(text);
            }
        });
    }

    /// Edits the focused text field, if there is one; `edit` is called with whether the field holds a path.
    fn edit(&mut self, edit: impl FnOnce(&mut Field, bool)) {
        if self.is_small() {
            return;
        }
        if let Some(overlay) = &mut self.overlay {
            let is_path = matches!(overlay, Overlay::Export(_));
            if let Some(field) = overlay.field() {
                field.error = None;
                edit(field, is_path);
            }
            return;
        }
        let screen = self.screen;
        let is_path = screen.takes_path();
        if let Some(field) = screen.field(self) {
            field.error = None;
            edit(field, is_path);
            screen.edited(self);
        }
    }
}
