//! How the user is told of a training by the terminal, beside its screen.

use std::fmt;
use std::str::FromStr;

/// What tells of a training that ends, diverges or fails, and of its progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Notify {
    /// The terminal's bell.
    pub bell: bool,
    /// A message of the desktop.
    pub desktop: bool,
    /// The title of the terminal's window, with the progress in it.
    pub title: bool,
    /// The progress in the terminal's tab or in the task bar.
    pub progress: bool,
}

impl Notify {
    /// Nothing.
    pub const NONE: Self = Self {
        bell: false,
        desktop: false,
        title: false,
        progress: false,
    };
    /// All of it.
    pub const ALL: Self = Self {
        bell: true,
        desktop: true,
        title: true,
        progress: true,
    };

    fn named(self) -> [(&'static str, bool); 4] {
        [
            ("bell", self.bell),
            ("desktop", self.desktop),
            ("title", self.title),
            ("progress", self.progress),
        ]
    }
}

impl Default for Notify {
    fn default() -> Self {
        Self::ALL
    }
}

impl fmt::Display for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on: Vec<&str> = self
            .named()
            .into_iter()
            .filter_map(|(name, on)| on.then_some(name))
            .collect();
        f.write_str(&if on.is_empty() {
            "none".to_owned()
        } else {
            on.join(",")
        })
    }
}

/// A word that names no way to tell the user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown way to notify '{0}': use all, none, or some of bell, desktop, title, progress with commas between them"
)]
pub struct UnknownNotify(pub String);

impl FromStr for Notify {
    type Err = UnknownNotify;

    fn from_str(text: &str) -> Result<Self, UnknownNotify> {
        let mut notify = Self::NONE;
        for word in text.split(',').map(str::trim) {
            match word {
                "all" => notify = Self::ALL,
                "none" if text.trim() == "none" => {}
                "bell" => notify.bell = true,
                "desktop" => notify.desktop = true,
                "title" => notify.title = true,
                "progress" => notify.progress = true,
                other => return Err(UnknownNotify(other.to_owned())),
            }
        }
        Ok(notify)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_are_read_back_and_others_refused() {
        for text in ["none", "bell", "bell,title", "bell,desktop,title,progress"] {
            let read: Result<Notify, _> = text.parse();
            assert_eq!(read.map(|notify| notify.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("all".parse(), Ok(Notify::ALL));
        assert_eq!(
            "title, bell".parse::<Notify>().map(|it| it.to_string()),
            Ok("bell,title".to_owned())
        );
        for wrong in ["", "bel", "none,bell"] {
            assert!(wrong.parse::<Notify>().is_err(), "{wrong}");
        }
    }
}
