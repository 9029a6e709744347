//! What the present pair costs, found in the background while the form is shown.

use super::super::depth::{Subject, keep};
use super::TrainScreen;
use crate::run::{NetworkCost, Price, Work};
use crate::tui::app::{App, Effect, MeasureRequest};
use crate::tui::screens::Screen;

/// What pairs cost, as far as it is known.
#[derive(Clone, Debug, Default)]
pub struct Prices {
    /// The job that times a pair, and that pair.
    now: Option<(u64, Subject)>,
    /// Costs of both networks, or why there are none.
    known: Vec<(Subject, Result<Vec<NetworkCost>, String>)>,
    jobs: u64,
}

impl Prices {
    /// Whether networks are being timed.
    pub const fn is_busy(&self) -> bool {
        self.now.is_some()
    }
}

impl App {
    fn subject(&self) -> Option<Subject> {
        let plan = self.plan.as_ref()?.as_ref().ok()?;
        Subject::new(&self.settings, plan)
    }

    /// Has the present pair timed, where the form is shown and needs it.
    pub(in crate::tui) fn price_if_due(&mut self) {
        let is_shown = self.screen.name() == TrainScreen.name() && self.live.is_none();
        let is_busy = self.prices.is_busy() || self.widths.is_busy();
        if !is_shown || is_busy || self.obstacle().is_some() {
            return;
        }
        let Some(subject) = self.subject() else {
            return;
        };
        if self.prices.known.iter().any(|(known, _)| *known == subject) {
            return;
        }
        if let Some(training) = self.start_request() {
            self.prices.jobs += 1;
            let job = self.prices.jobs;
            self.prices.now = Some((job, subject));
            self.request(Effect::Price(Box::new(MeasureRequest { job, training })));
        }
    }

    /// The networks of a job are timed; `None` where that was stopped.
    pub(in crate::tui) fn priced(
        &mut self,
        job: u64,
        found: Result<Option<Vec<NetworkCost>>, String>,
    ) {
        let Some((_, subject)) = self.prices.now.take_if(|(now, _)| *now == job) else {
            return;
        };
        if let Some(found) = found.transpose() {
            keep(&mut self.prices.known, subject, found);
        }
    }

    /// The price of the present pair, or why there is none; `None` while it is not known.
    pub fn price(&self) -> Option<Result<Price, &str>> {
        let subject = self.subject()?;
        let (_, found) = self
            .prices
            .known
            .iter()
            .find(|(known, _)| *known == subject)?;
        let loaded = self.data.current.as_ref()?;
        let images = [loaded.analysis.profile.images, loaded.test_images];
        let work = Work::of(&self.settings, images, false);
        let price = found.as_ref().map(|costs| Price::of(costs, work));
        Some(price.map_err(String::as_str))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::tui::app::Message;
    use crate::tui::fixtures::{self, press};

    fn asked(effects: &[Effect]) -> u64 {
        let [Effect::Price(request)] = effects else {
            panic!("{effects:?}");
        };
        request.job
    }

    #[test]
    fn a_pair_is_timed_once_for_all_epochs_and_seeds() {
        let mut app = fixtures::ready(120, 36);
        let job = asked(&press(&mut app, "3"));
        assert!(press(&mut app, "j").is_empty(), "one job at a time");
        assert_eq!(app.price(), None);
        let found = Ok(Some(fixtures::costs()));
        app.update(Message::Priced { job, found });
        let seconds = |app: &App| app.price().unwrap().unwrap().training_seconds;
        let before = seconds(&app);
        app.settings.recipe.epochs *= 2;
        assert!(press(&mut app, "k").is_empty());
        assert!((seconds(&app) - 2.0 * before).abs() < 1e-9);
        app.settings.recipe.batch_size /= 2;
        let next = asked(&press(&mut app, "k"));
        let found = Err("the device failed".to_owned());
        app.update(Message::Priced { job: next, found });
        assert_eq!(app.price(), Some(Err("the device failed")));
    }

    #[test]
    fn a_training_of_more_than_an_hour_is_asked_for_once_more() {
        let mut app = fixtures::ready(120, 36);
        let job = asked(&press(&mut app, "3"));
        let found = Ok(Some(fixtures::costs()));
        app.update(Message::Priced { job, found });
        let seconds = app.price().unwrap().unwrap().estimated_seconds;
        app.settings.recipe.epochs *= 1 + (3600.0 / seconds) as usize;
        assert!(press(&mut app, "s").is_empty());
        assert!(app.overlay.is_some() && app.live.is_none());
        assert!(press(&mut app, "n").is_empty());
        press(&mut app, "s");
        let effects = press(&mut app, "y");
        assert!(matches!(effects[..], [Effect::StartRun(_)]), "{effects:?}");
    }

    #[test]
    fn a_training_begins_with_the_price_and_asks_for_none() {
        let mut app = fixtures::ready(120, 36);
        let job = asked(&press(&mut app, "3"));
        let found = Ok(Some(fixtures::costs()));
        app.update(Message::Priced { job, found });
        let expected = app.price().unwrap().unwrap().run_seconds();
        let effects = press(&mut app, "s");
        let [Effect::StartRun(start)] = &effects[..] else {
            panic!("{effects:?}");
        };
        assert_eq!(start.plan.predicted_seconds, Some(expected));
        assert!(press(&mut app, "z").is_empty());
    }
}
