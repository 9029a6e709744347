//! Tells of a training beside the screen: the window's title, the progress in its tab, a bell and a message of the desktop
//! at the end, and the user's own command.

use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crossbeam_channel::Sender;

use super::app::Message;
use super::format;
use super::screens::train::{Live, Phase};
use super::tmux::through_tmux;
use super::worker::Report;
use crate::messages;
use crate::run::{Ended, Host, Notify, Outcome, Update, on_end};
use crate::training::Event;

/// Longest text of a message of the desktop, in characters.
const LONGEST: usize = 200;

/// Longest name of a dataset in a title.
const LONGEST_NAME: usize = 40;

/// Whether the window has a title of ours, and the one before is kept by the terminal.
static TITLED: AtomicBool = AtomicBool::new(false);
/// Whether the terminal shows a progress.
static IN_PROGRESS: AtomicBool = AtomicBool::new(false);

/// The sequences that undo title and progress, for a terminal that is given back.
pub(super) fn undo() -> String {
    let mut undone = String::new();
    if IN_PROGRESS.swap(false, Ordering::Relaxed) {
        undone.push_str("\x1b]9;4;0\x07");
    }
    if TITLED.swap(false, Ordering::Relaxed) {
        // Terminals that keep no titles get an empty one, and show their usual one instead.
        undone.push_str("\x1b]2;\x07\x1b[23;2t");
    }
    undone
}

/// How a terminal takes messages of the desktop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Desktop {
    /// Not at all.
    None,
    /// OSC 9, as `iTerm2`, kitty, `WezTerm`, ghostty and Windows Terminal.
    Nine,
    /// OSC 777, as rxvt, foot and those built on VTE.
    Seven,
}

/// What the terminal takes, by environment variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Takes {
    desktop: Desktop,
    title: bool,
    /// Whether it is known to show a progress: others take OSC 9;4 for a message.
    progress: bool,
    /// Whether it is tmux, which passes on what is wrapped for it.
    is_tmux: bool,
}

impl Takes {
    fn detect(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let value = |name: &str| variable(name).unwrap_or_default();
        let (term, program) = (value("TERM"), value("TERM_PROGRAM"));
        let is_plain = term == "linux" || term.starts_with("vt");
        let is_tmux = !value("TMUX").is_empty();
        let seven = ["rxvt", "foot"].iter().any(|name| term.starts_with(name))
            || !value("VTE_VERSION").is_empty();
        Self {
            desktop: match (is_plain, seven) {
                (true, _) => Desktop::None,
                (false, true) => Desktop::Seven,
                (false, false) => Desktop::Nine,
            },
            title: !is_plain,
            progress: !is_tmux
                && (!value("WT_SESSION").is_empty()
                    || value("ConEmuANSI") == "ON"
                    || matches!(program.as_str(), "WezTerm" | "ghostty")),
            is_tmux,
        }
    }

    /// The sequence of a message of the desktop.
    fn message(self, text: &str) -> String {
        let text: String = messages::line(text).chars().take(LONGEST).collect();
        let sequence = match self.desktop {
            Desktop::None => return String::new(),
            // A first number would be a command: `9;4` is a progress.
            Desktop::Nine => format!("\x1b]9;ebcle-tui: {text}\x07"),
            Desktop::Seven => format!("\x1b]777;notify;ebcle-tui;{}\x07", text.replace(';', ",")),
        };
        if self.is_tmux {
            through_tmux(&sequence)
        } else {
            sequence
        }
    }
}

/// Follows the training of the app.
#[derive(Debug)]
pub(super) struct Notifier {
    notify: Notify,
    takes: Takes,
    command: Option<String>,
    title: String,
    progress: String,
    /// Whether the end of the present training was told.
    is_over: bool,
    /// Why a network has diverged, of a training that goes on.
    diverged: Option<String>,
    commands: Vec<JoinHandle<()>>,
}

impl Notifier {
    /// As the settings say, in a terminal of these environment variables.
    pub(super) fn new(host: &Host, variable: &dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            notify: host.notify,
            takes: Takes::detect(variable),
            command: host.on_end.clone(),
            title: String::new(),
            progress: String::new(),
            is_over: true,
            diverged: None,
            commands: Vec::new(),
        }
    }

    /// What is to be written to the terminal now; runs the user's command where a training of this process has ended.
    pub(super) fn follow(
        &mut self,
        live: Option<&Live>,
        is_own: bool,
        reports: &Sender<Report>,
    ) -> String {
        let mut text = String::new();
        self.show(live, &mut text);
        let Some(live) = live else {
            self.is_over = true;
            return text;
        };
        let was_over = std::mem::replace(&mut self.is_over, live.phase.is_over());
        let diverged = self.diverged.take();
        if live.phase.is_over() {
            if !was_over {
                if live.phase != Phase::Stopped {
                    self.call(&ended(live), live, &mut text);
                }
                if is_own {
                    self.run_command(live, reports);
                }
            }
        } else if let Some(sentence) = diverged {
            self.ring(&format!("{}: {sentence}", name(live)), &mut text);
        }
        text
    }

    /// Takes in that a network has diverged.
    pub(super) fn hear(&mut self, message: &Message) {
        if let Message::Update(Update::Event(Event::Diverged(diverged))) = message {
            self.diverged = Some(diverged.message.clone());
        }
    }

    /// Updates title and progress.
    fn show(&mut self, live: Option<&Live>, text: &mut String) {
        let is_shown = TITLED.load(Ordering::Relaxed);
        if self.notify.title && self.takes.title && (live.is_some() || is_shown) {
            let title = live.map_or_else(|| "ebcle-tui".to_owned(), title);
            if title != self.title || !is_shown {
                if !TITLED.swap(true, Ordering::Relaxed) {
                    text.push_str("\x1b[22;2t");
                }
                let _ = write!(text, "\x1b]2;{}\x07", messages::line(&title));
                self.title = title;
            }
        }
        if self.notify.progress && self.takes.progress {
            let progress = live.map_or_else(|| "0".to_owned(), progress);
            let is_shown = IN_PROGRESS.load(Ordering::Relaxed);
            let has_one = progress != "0";
            let is_due = if has_one {
                progress != self.progress || !is_shown
            } else {
                is_shown
            };
            if is_due {
                IN_PROGRESS.store(has_one, Ordering::Relaxed);
                let _ = write!(text, "\x1b]9;4;{progress}\x07");
            }
            self.progress = progress;
        }
    }

    fn call(&self, ended: &Ended, live: &Live, text: &mut String) {
        let name = name(live);
        let reason = match (&ended.verdict, ended.outcome) {
            (Some(verdict), Outcome::Finished) => verdict,
            _ => &ended.reason,
        };
        self.ring(&format!("{name} {}: {reason}", ended.outcome.name()), text);
    }

    fn ring(&self, sentence: &str, text: &mut String) {
        if self.notify.bell {
            text.push('\x07');
        }
        if self.notify.desktop {
            text.push_str(&self.takes.message(sentence));
        }
    }

    fn run_command(&mut self, live: &Live, reports: &Sender<Report>) {
        let Some(command) = self.command.clone() else {
            return;
        };
        let (ended, reports) = (ended(live), reports.clone());
        let run = move || {
            if let Err(sentence) = on_end(&command, &ended, false) {
                let failed = Report::Message(Box::new(Message::Failed(sentence.clone())));
                if reports.send(failed).is_err() {
                    messages::say(&format!("note: {sentence}"));
                }
            }
        };
        let thread = std::thread::Builder::new().name("on-end".to_owned());
        match thread.spawn(run) {
            Ok(thread) => {
                self.commands.retain(|earlier| !earlier.is_finished());
                self.commands.push(thread);
            }
            Err(error) => tracing::warn!(%error, "the command of --on-end was not run"),
        }
    }

    /// Once the app is left: runs the command of a training that was stopped by that, and waits for those that run.
    pub(super) fn leave(mut self, live: Option<&Live>, stopped: bool, reports: &Sender<Report>) {
        if let Some(live) = live
            && stopped
        {
            self.run_command(live, reports);
        }
        for command in self.commands.drain(..) {
            if command.join().is_err() {
                tracing::error!("the thread of --on-end panicked");
            }
        }
    }
}

/// Dataset and network, in a few words.
fn name(live: &Live) -> String {
    let dataset = format::cut_middle(&live.plan.dataset, LONGEST_NAME);
    format!("{dataset} {}", live.plan.architecture)
}

fn percent(live: &Live) -> f64 {
    (live.share_done().clamp(0.0, 1.0) * 100.0).floor()
}

fn title(live: &Live) -> String {
    let name = name(live);
    let percent = percent(live);
    match live.phase {
        Phase::Starting => format!("starting {name} - ebcle-tui"),
        Phase::Running => match live.seconds_left() {
            Some(seconds) => {
                let left = format::about((seconds / 60.0).ceil() * 60.0);
                format!("{percent} % {name}, {left} left - ebcle-tui")
            }
            None => format!("{percent} % {name} - ebcle-tui"),
        },
        Phase::Paused => format!("paused {percent} % {name} - ebcle-tui"),
        Phase::Stopping => format!("stopping {name} - ebcle-tui"),
        Phase::Finished(_) | Phase::Stopped | Phase::Failed(_) => {
            format!("{} {name} - ebcle-tui", ended(live).outcome.name())
        }
    }
}

/// State and percentage as OSC 9;4 has them: 0 none, 1 running, 2 failed, 4 paused.
fn progress(live: &Live) -> String {
    let percent = percent(live);
    match live.phase {
        Phase::Running | Phase::Stopping => format!("1;{percent}"),
        Phase::Paused => format!("4;{percent}"),
        Phase::Failed(_) => format!("2;{percent}"),
        Phase::Starting | Phase::Finished(_) | Phase::Stopped => "0".to_owned(),
    }
}

/// How a training ended; one that goes on counts as stopped.
fn ended(live: &Live) -> Ended {
    let none = |outcome, reason: &str| Ended {
        directory: live.directory.clone(),
        outcome,
        verdict: None,
        reason: reason.to_owned(),
    };
    match &live.phase {
        Phase::Finished(summary) => Ended {
            directory: live.directory.clone(),
            ..Ended::with(summary, std::path::Path::new(""))
        },
        Phase::Failed(sentence) => none(Outcome::Failed, sentence),
        _ => none(Outcome::Stopped, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::app::App;
    use crate::tui::fixtures;

    fn takes(variables: &[(&str, &str)]) -> Takes {
        Takes::detect(&|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_terminal_decides_which_sequences_it_gets() {
        let message = |variables: &[(&str, &str)]| takes(variables).message("it; \x1b]ends");
        assert_eq!(message(&[]), "\x1b]9;ebcle-tui: it; \\x1b]ends\x07");
        assert_eq!(
            message(&[("TERM", "foot")]),
            "\x1b]777;notify;ebcle-tui;it, \\x1b]ends\x07"
        );
        assert_eq!(message(&[("TERM", "linux")]), "");
        assert!(!takes(&[("TERM", "linux")]).title);
        assert_eq!(
            message(&[("TMUX", "/tmp/x")]),
            "\x1bPtmux;\x1b\x1b]9;ebcle-tui: it; \\x1b]ends\x07\x1b\\"
        );
        for (variables, progress) in [
            (&[("TERM", "xterm-256color")][..], false),
            (&[("TERM_PROGRAM", "iTerm.app")], false),
            (&[("WT_SESSION", "x")], true),
            (&[("TERM_PROGRAM", "ghostty"), ("TMUX", "x")], false),
        ] {
            assert_eq!(takes(variables).progress, progress, "{variables:?}");
        }
    }

    fn notifier(notify: Notify) -> Notifier {
        let host = Host {
            notify,
            ..Host::default()
        };
        Notifier::new(&host, &|name| {
            (name == "WT_SESSION").then(|| "x".to_owned())
        })
    }

    fn told(notifier: &mut Notifier, app: &App) -> String {
        let (reports, _) = crossbeam_channel::unbounded();
        notifier.follow(app.live.as_ref(), true, &reports)
    }

    /// One test, since the terminal of a process is one.
    #[test]
    fn a_training_is_told_of_from_its_start_to_its_end() {
        let mut all = notifier(Notify::ALL);
        assert_eq!(told(&mut all, &fixtures::ready(80, 24)), "");
        let mut app = fixtures::training();
        let said = told(&mut all, &app);
        assert!(said.starts_with("\x1b[22;2t\x1b]2;"), "{said:?}");
        assert!(
            said.contains(" % glyphs resnet-50, ") && said.contains("\x1b]9;4;1;"),
            "{said:?}"
        );
        assert_eq!(told(&mut all, &app), "");

        let diverged = fixtures::diverged_summary(&[]).diverged[0].clone();
        let sentence = diverged.message.clone();
        let message = Message::Update(Update::Event(Event::Diverged(diverged)));
        all.hear(&message);
        app.update(message);
        let said = told(&mut all, &app);
        assert!(
            said.starts_with('\x07') && said.contains(&sentence),
            "{said:?}"
        );

        let given_back = undo();
        assert_eq!(given_back, "\x1b]9;4;0\x07\x1b]2;\x07\x1b[23;2t");
        assert_eq!(undo(), "");
        let said = told(&mut all, &app);
        assert!(
            said.starts_with("\x1b[22;2t\x1b]2;") && said.contains("\x1b]9;4;1;"),
            "{said:?}"
        );

        let summary = fixtures::summary(&[1, 2, 3, 4, 5], 0.002);
        app.update(Message::Update(Update::Finished(Box::new(summary))));
        let said = told(&mut all, &app);
        assert!(
            said.contains("finished glyphs resnet-50 - ebcle-tui"),
            "{said:?}"
        );
        assert!(
            said.contains("\x1b]9;4;0\x07") && said.contains("finished: non-inferior\x07"),
            "{said:?}"
        );
        assert_eq!(told(&mut all, &app), "");

        let mut none = notifier(Notify::NONE);
        assert_eq!(told(&mut none, &fixtures::training()), "");
        assert_eq!(told(&mut none, &app), "");
        undo();
    }
}
