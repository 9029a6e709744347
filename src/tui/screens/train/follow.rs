//! Following a run that another process trains.

use std::path::PathBuf;

use ratatui::text::Span;

use super::live::Spread;
use super::{Live, TrainScreen};
use crate::run::{Activity, Begun, News, Told};
use crate::training::Control;
use crate::tui::app::{App, Effect, Tone};
use crate::tui::format;
use crate::tui::theme::Theme;

impl App {
    /// Follows the run at `path`; the one that is trained here is shown.
    pub(in crate::tui) fn follow_run(&mut self, path: PathBuf) {
        let shown = self.live.as_ref().and_then(|live| live.directory.as_ref());
        if shown == Some(&path) && self.live.as_ref().is_some_and(|live| !live.phase.is_over()) {
            self.show(&TrainScreen);
        } else if self.is_training() {
            self.say(
                Tone::Bad,
                "a training runs in this app: follow another one in a second terminal, with `ebcle-tui attach RUN`",
            );
        } else {
            self.request(Effect::Follow(path));
        }
    }

    /// Asks the training for this; another process takes it within seconds.
    pub(in crate::tui) fn control(&mut self, control: Control) {
        let followed = self.live.as_ref().and_then(|live| live.followed.as_ref());
        if let Some(writer) = followed.and_then(Activity::writer) {
            let action = control.name();
            let sentence = format!("asked {} to {action}", writer.in_words());
            self.say(Tone::Good, sentence);
        }
        self.request(Effect::Control(control));
    }

    /// Leaves a run that is followed.
    pub(super) fn unfollow(&mut self) {
        if self.is_following() {
            self.request(Effect::Unfollow);
        }
    }

    /// Takes in what a follower says.
    pub(in crate::tui) fn news(&mut self, news: News) {
        if self.is_training() {
            return;
        }
        let followed = self.live.as_mut().filter(|live| live.followed.is_some());
        let known = followed
            .as_ref()
            .map(|live| (live.warned, live.phase.is_over()));
        match (news, followed) {
            (News::Begun(begun), _) => self.followed(*begun),
            (News::Told(told), Some(live)) => {
                let Told { time, update } = *told;
                live.apply(update, time);
            }
            (News::Activity(activity), Some(live)) => live.watched(activity),
            (News::Notice(sentence), Some(live)) => live.warn(sentence),
            (_, None) => {}
        }
        if let Some((warned, was_over)) = known {
            self.note_training(warned, was_over);
        }
    }

    fn followed(&mut self, begun: Begun) {
        let Begun {
            path,
            settings,
            plan,
            time,
            told,
            activity,
            spread,
        } = begun;
        let is_again = self
            .live
            .as_ref()
            .is_some_and(|live| live.followed.is_some() && live.directory.as_ref() == Some(&path));
        let mut live = Live::new(settings, plan, time);
        live.directory = Some(path);
        live.spread = spread.then(Spread::default);
        live.watched(activity);
        for Told { time, update } in told {
            live.apply(update, time);
        }
        self.live = Some(live);
        if !is_again {
            self.charts.enlarged = false;
            self.show(&TrainScreen);
        }
    }
}

impl Live {
    /// Who trains a run that is followed, such as `following 1234 on node-3`, with what is wrong with it.
    pub fn following(&self, theme: Theme) -> Option<Span<'static>> {
        let activity = self.followed.as_ref()?;
        let text = match activity.writer() {
            Some(writer) => format!("following {} on {}", writer.pid, writer.host),
            None => return Some(Span::styled("followed", theme.dim())),
        };
        Some(match activity {
            Activity::Silent { seconds, .. } => Span::styled(
                format!("{text}, silent for {}", format::about(*seconds)),
                theme.warning(),
            ),
            _ => Span::styled(text, theme.accent()),
        })
    }

    /// The last warning, or before it that the process which trains a run that is followed does not answer.
    pub fn warning(&self) -> Option<String> {
        match &self.followed {
            Some(activity @ Activity::Silent { .. }) => Some(activity.in_words()),
            _ => self.warnings.last().cloned(),
        }
    }
}

/// Whether a training that is followed goes on without this app.
pub fn goes_on(live: Option<&Live>) -> Option<(PathBuf, u32)> {
    let live = live.filter(|live| !live.phase.is_over())?;
    let writer = live.followed.as_ref()?.writer()?;
    Some((live.directory.clone()?, writer.pid))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::run::{Doing, Update};
    use crate::training::{Event, Role};
    use crate::tui::app::Message;
    use crate::tui::fixtures::{self, key, press};
    use crate::tui::keys::Key;
    use crate::tui::screens::train::Phase;

    fn told(update: Update) -> Message {
        let time = fixtures::now();
        Message::News(Box::new(News::Told(Box::new(Told { time, update }))))
    }

    fn following() -> App {
        let mut app = fixtures::ready(120, 36);
        let begun = fixtures::begun(2, 3, fixtures::running());
        app.update(Message::News(Box::new(begun)));
        app
    }

    #[test]
    fn a_followed_run_is_controlled_and_left_alone() {
        let mut app = following();
        assert_eq!(app.screen.name(), "Train");
        let live = app.live.as_ref().unwrap();
        assert_eq!((live.seed_of(), &live.phase), ((2, 5), &Phase::Running));
        assert!(app.is_live() && !app.is_training());
        let pause = Effect::Control(Control::Pause);
        assert_eq!(press(&mut app, " "), [pause]);
        app.update(told(Update::Event(Event::Paused)));
        let resume = Effect::Control(Control::Resume);
        assert_eq!(press(&mut app, " "), [resume]);
        assert!(press(&mut app, "s").is_empty(), "it asks");
        assert_eq!(press(&mut app, "y"), [Effect::Control(Control::Stop)]);
        let said = &app.toast.as_ref().unwrap().sentence;
        assert_eq!(said, "asked process 4711 on node-3 to stop");
        let phase = |app: &App| app.live.as_ref().unwrap().phase.clone();
        assert_eq!(phase(&app), Phase::Paused);
        app.update(told(Update::Event(Event::Controlled {
            action: "stop".to_owned(),
            by: "ada".to_owned(),
        })));
        assert_eq!(phase(&app), Phase::Stopping);
        assert_eq!(press(&mut app, "q"), [Effect::Quit], "without a question");
        assert_eq!(key(&mut app, Key::Ctrl('c')), [Effect::Quit]);
        assert_eq!(press(&mut app, "n").first(), Some(&Effect::Unfollow));
        assert!(app.live.is_none());
        // What the follower said before it was dropped changes nothing.
        app.update(told(Update::Stopped));
        assert!(app.live.is_none());
    }

    /// Seeds 1 and 2 are trained beside each other, and 3 is not begun.
    #[test]
    fn seeds_of_several_processes_are_shown_together() {
        let mut app = fixtures::ready(120, 36);
        let begun = fixtures::begun_by_several(&[(1, 6), (2, 3)], fixtures::running());
        app.update(Message::News(Box::new(begun)));
        let live = |app: &App| app.live.clone().unwrap();
        let shown = live(&app);
        assert_eq!(shown.seeds_at_once().unwrap(), "5 seeds, 2 at once");
        assert_eq!(shown.metrics.len(), 2 * (6 + 3));
        let epochs = [Role::Baseline, Role::Capped].map(|role| shown.epochs_done(role));
        assert!(
            epochs[1] >= 9.0 / 5.0 && epochs[0] < 11.0 / 5.0,
            "{epochs:?}"
        );
        assert!(
            (shown.share_done() - 0.31).abs() < 1e-12,
            "as the owner says"
        );
        assert_eq!(shown.seconds_left(), Some(744.0));
        let doing = shown.doing_by_seed();
        assert!(doing[0].starts_with("seed 1: ") && doing[1].starts_with("seed 2: "));
        assert!(doing[1].ends_with(" of 31"), "with its step: {doing:?}");
        let rows = shown.seed_rows(5);
        let doing = rows.iter().map(|row| row.doing.is_some());
        assert_eq!(doing.collect::<Vec<_>>(), [true, true, false, false, false]);
        assert_eq!((rows[1].seed, rows[4].seed), (2, 5));
        let two = shown.seed_rows(2);
        assert_eq!(two, rows[..2], "those that are trained come first");
        let expected = |epochs: usize, seed: u64| {
            let rows = crate::run::fixture::metrics(&[seed], epochs).into_iter();
            let mut rows = rows.filter(|row| row.network == Role::Capped);
            rows.next_back().unwrap().validation_accuracy()
        };
        let mean = f64::midpoint(expected(6, 1), expected(3, 2));
        let found = shown.accuracy(Role::Capped).unwrap();
        assert!((found - mean).abs() < 1e-9, "{found} {mean}");

        // An event of either seed changes that one alone, and an epoch that is told twice counts once.
        let row = crate::run::fixture::metrics(&[2], 4).pop().unwrap();
        for _ in 0..2 {
            app.update(told(Update::Event(Event::Epoch(row.clone()))));
        }
        assert_eq!(live(&app).metrics.len(), 2 * (6 + 3) + 1);
        app.update(told(Update::Event(Event::SeedFinished { seed: 1 })));
        assert_eq!(live(&app).seeds_at_once().unwrap(), "5 seeds, 1 at once");

        // A pause of one is not one of all: that is what the owner says.
        app.update(told(Update::Event(Event::Paused)));
        assert_eq!(live(&app).phase, Phase::Running);
        assert_eq!(press(&mut app, " "), [Effect::Control(Control::Pause)]);
        let Activity::Running { writer, status } = fixtures::running() else {
            panic!("it runs");
        };
        let mut status = status.unwrap();
        status.phase = Doing::Paused;
        let status = Some(status);
        let paused = Activity::Running { writer, status };
        app.update(Message::News(Box::new(News::Activity(paused))));
        assert_eq!(live(&app).phase, Phase::Paused);
        assert_eq!(press(&mut app, " "), [Effect::Control(Control::Resume)]);
        app.update(told(Update::Failed("it was killed".to_owned())));
        let later = News::Activity(fixtures::running());
        app.update(Message::News(Box::new(later)));
        assert!(!app.is_live(), "what is over stays so");
    }

    #[test]
    fn silence_and_a_killed_process_are_said() {
        let mut app = following();
        app.update(Message::News(Box::new(News::Activity(fixtures::silent()))));
        let live = app.live.as_ref().unwrap();
        let said = live.warning().unwrap();
        assert!(said.contains("process 4711 on node-3 has not been heard of for 3 min"));
        app.update(Message::News(Box::new(News::Notice("cut".to_owned()))));
        app.update(Message::News(Box::new(News::Activity(fixtures::running()))));
        assert_eq!(app.live.as_ref().unwrap().warning().as_deref(), Some("cut"));
        app.update(told(Update::Failed("it is gone".to_owned())));
        assert!(!app.is_live());
        // It is resumed elsewhere.
        let begun = fixtures::begun(2, 4, fixtures::running());
        app.update(Message::News(Box::new(begun)));
        assert!(app.is_live());
    }

    #[test]
    fn a_training_of_this_app_is_not_given_up_for_another_one() {
        let mut app = fixtures::training();
        let path = PathBuf::from("runs/now");
        assert!(app.live.as_ref().unwrap().followed.is_none());
        press(&mut app, "4");
        app.follow_run(path);
        assert_eq!(app.screen.name(), "Train", "it is its own");
        app.follow_run(PathBuf::from("runs/another"));
        assert!(app.toast.as_ref().unwrap().sentence.contains("attach RUN"));
        let begun = fixtures::begun(2, 3, fixtures::running());
        app.update(Message::News(Box::new(begun)));
        assert!(app.is_training());
    }
}
