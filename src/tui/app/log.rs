//! All messages of the session, so that one that has passed can be read again.

use std::collections::VecDeque;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{App, Tone};
use crate::tui::remedy::in_app;
use crate::tui::screens::train::Phase;

/// Most messages that are kept; the oldest go first.
const MOST: usize = 500;
/// Most characters of one that are kept.
const LONGEST: usize = 2_000;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When it was said last.
    pub time: Timestamp,
    pub tone: Tone,
    pub sentence: String,
    /// How often it was said in a row.
    pub times: usize,
    /// Its number in the session.
    pub number: u64,
}

impl Entry {
    /// When it was said: `14:02:07`, with the day where that is not today's.
    pub fn when(&self, now: Timestamp, zone: &TimeZone) -> String {
        let [said, now] = [self.time, now].map(|time| time.to_zoned_datetime(zone.clone()));
        let is_today = said.date() == now.date();
        let style = if is_today {
            "%H:%M:%S"
        } else {
            "%d %b %H:%M:%S"
        };
        said.strftime(style).to_string()
    }

    /// Its text, with how often it was said.
    pub fn text(&self) -> String {
        match self.times {
            1 => self.sentence.clone(),
            times => format!("{} ({times} times)", self.sentence),
        }
    }

    /// Its text, behind `error: ` where it is one.
    pub fn in_words(&self) -> String {
        let tone = match self.tone {
            Tone::Good => "",
            Tone::Bad => "error: ",
        };
        format!("{tone}{}", self.text())
    }

    /// Its line as it is copied: `2026-11-24 14:02:07 error: the disk is full`.
    pub fn line(&self, zone: &TimeZone) -> String {
        let said = self.time.to_zoned_datetime(zone.clone());
        format!("{} {}", said.strftime("%Y-%m-%d %H:%M:%S"), self.in_words())
    }
}

/// The messages, the newest last.
#[derive(Clone, Debug, Default)]
pub struct Log {
    entries: VecDeque<Entry>,
    said: u64,
}

impl Log {
    /// The messages that are kept, the newest last.
    pub const fn entries(&self) -> &VecDeque<Entry> {
        &self.entries
    }

    /// Adds a message; one that repeats the last one is counted.
    pub fn add(&mut self, time: Timestamp, tone: Tone, sentence: &str) {
        let is_kept = |character: &char| !character.is_control();
        let sentence: String = sentence.chars().filter(is_kept).take(LONGEST).collect();
        let last = self.entries.back_mut();
        if let Some(last) = last.filter(|last| last.tone == tone && last.sentence == sentence) {
            last.time = time;
            last.times += 1;
            return;
        }
        if self.entries.len() == MOST {
            self.entries.pop_front();
        }
        self.said += 1;
        self.entries.push_back(Entry {
            time,
            tone,
            sentence,
            times: 1,
            number: self.said,
        });
    }
}

impl App {
    /// Keeps a message in the log without showing it as a passing one.
    pub(in crate::tui) fn note(&mut self, tone: Tone, sentence: &str) {
        self.log.add(self.now, tone, sentence);
    }

    /// Says several sentences: all are kept in the log, the first is shown.
    pub(in crate::tui) fn say_all(&mut self, tone: Tone, sentences: &[String]) {
        for sentence in sentences {
            self.note(tone, &in_app(sentence));
        }
        if let Some((first, others)) = sentences.split_first() {
            let more = match others.len() {
                0 => String::new(),
                more => format!(" ({more} more in the log)"),
            };
            self.show_toast(tone, in_app(first) + &more);
        }
    }

    /// Keeps the warnings of the training from number `from` on, and how it ended unless it `was_over` before.
    pub(in crate::tui) fn note_training(&mut self, from: usize, was_over: bool) {
        let Some(live) = &self.live else {
            return;
        };
        let mut add = |tone, sentence: &str| self.log.add(self.now, tone, sentence);
        let new = live.warned.saturating_sub(from).min(live.warnings.len());
        for warning in &live.warnings[live.warnings.len() - new..] {
            add(Tone::Bad, warning);
        }
        if was_over {
            return;
        }
        let run = live.directory.as_ref().and_then(|run| run.file_name());
        let run = run.map_or("the training".into(), |name| name.to_string_lossy());
        match &live.phase {
            Phase::Finished(_) => {
                add(
                    Tone::Good,
                    &format!("{run} is finished; its summary is written"),
                );
            }
            Phase::Stopped => add(
                Tone::Good,
                &format!("{run} is stopped; its finished epochs are kept"),
            ),
            Phase::Failed(sentence) => add(Tone::Bad, &format!("{run}: {sentence}")),
            Phase::Starting | Phase::Running | Phase::Paused | Phase::Stopping => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Update;
    use crate::training::Event;
    use crate::tui::app::Message;
    use crate::tui::fixtures::{self, press, wait};

    #[test]
    fn a_message_is_kept_after_it_has_passed() {
        let mut app = fixtures::ready(120, 36);
        app.update(Message::Failed("the disk is full".to_owned()));
        wait(&mut app, 20_000);
        assert!(app.toast.is_none());
        let lines: Vec<String> = app
            .log
            .entries()
            .iter()
            .map(|entry| entry.line(&app.zone))
            .collect();
        assert_eq!(lines, ["2026-11-24 14:02:07 error: the disk is full"]);
    }

    #[test]
    fn what_only_a_screen_shows_is_kept_too() {
        let mut app = fixtures::training();
        let warning = Event::Warning {
            message: "a checkpoint is late".to_owned(),
        };
        app.update(Message::Update(Update::Event(warning)));
        app.update(Message::Update(Update::Failed(
            "the disk is full".to_owned(),
        )));
        app.update(Message::RunsFailed("runs cannot be read".to_owned()));
        app.update(Message::StudiesListed(Err(
            "studies cannot be read".to_owned()
        )));
        let mut lines = app
            .log
            .entries()
            .iter()
            .rev()
            .map(|entry| entry.sentence.as_str());
        assert_eq!(lines.next(), Some("studies cannot be read"));
        assert_eq!(lines.next(), Some("runs cannot be read"));
        assert_eq!(lines.next(), Some("now: the disk is full"));
        assert_eq!(lines.next(), Some("a checkpoint is late"));
    }

    #[test]
    fn repetitions_are_counted_and_memory_is_bounded() {
        let mut log = Log::default();
        let now = fixtures::now();
        for _ in 0..3 {
            log.add(now, Tone::Bad, "no\u{1b}");
        }
        assert_eq!(log.entries()[0].text(), "no (3 times)");
        for number in 0..2 * MOST {
            log.add(
                now,
                Tone::Good,
                &format!("{number} {}", "x".repeat(2 * LONGEST)),
            );
        }
        assert_eq!(log.entries().len(), MOST);
        let longest = log.entries().iter().map(|entry| entry.sentence.len()).max();
        assert_eq!(longest, Some(LONGEST));
        assert!(log.entries()[0].sentence.starts_with("500 "));
    }

    #[test]
    fn a_message_of_another_day_names_it() {
        let mut app = fixtures::ready(80, 24);
        press(&mut app, "jjjjf");
        let entry = app.log.entries().back().cloned();
        let shown = |now: &str| {
            let now = now.parse().ok()?;
            Some(entry.clone()?.when(now, &TimeZone::UTC))
        };
        assert_eq!(shown("2026-11-24T23:00:00Z").as_deref(), Some("14:02:07"));
        assert_eq!(
            shown("2026-11-25T00:00:00Z").as_deref(),
            Some("24 Nov 14:02:07")
        );
    }
}
