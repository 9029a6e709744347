//! Widths and time of the present pair by timed steps, found in the background while the Depth or Train screen shows it.

use super::super::train::TrainScreen;
use super::measure::keep;
use super::{DepthScreen, Subject};
use crate::network::{Measured, NetworkSummary, Plan};
use crate::tui::app::{App, Effect, MeasureRequest, Tone};
use crate::tui::screens::Screen;

/// What timed steps say of a pair that is planned by MACs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fitted {
    /// The multiple of the baseline's widths; none where the policy needs none.
    pub factor: Option<f64>,
    /// The times of the pair with that width.
    pub measured: Option<Measured>,
    /// The baseline made narrower to the capped network's time; none where none is as fast.
    pub narrow: Option<NetworkSummary>,
}

/// What is known of pairs by timed steps, and the timing in progress.
#[derive(Clone, Debug, Default)]
pub struct Widths {
    /// The job, its pair, and whether it is being stopped.
    now: Option<(u64, Subject, bool)>,
    /// Of a pair that could not be timed, nothing is known but that.
    known: Vec<(Subject, Fitted)>,
    jobs: u64,
}

impl Widths {
    /// What is known of the pair that `by_macs` is.
    pub(in crate::tui) fn of(&self, subject: Option<&Subject>) -> Option<&Fitted> {
        let known = self.known.iter().find(|(known, _)| Some(known) == subject);
        known.map(|(_, fitted)| fitted)
    }

    /// Whether steps are being timed.
    pub const fn is_busy(&self) -> bool {
        self.now.is_some()
    }
}

impl App {
    /// Has the present pair planned by timed steps, where it is shown and not known; stops what is timed of another pair.
    pub(in crate::tui) fn plan_by_time_if_due(&mut self) {
        let is_form = self.screen.name() == TrainScreen.name() && self.live.is_none();
        let is_shown = is_form || self.screen.name() == DepthScreen.name();
        if !is_shown || !self.settings.host.measure || self.obstacle().is_some() {
            return;
        }
        let Some(subject) = self.subject_by_macs() else {
            return;
        };
        if let Some((_, timed, stopping)) = &mut self.widths.now {
            if *timed != subject && !*stopping {
                *stopping = true;
                self.request(Effect::StopPlanning);
            }
            return;
        }
        if self.prices.is_busy() || self.widths.of(Some(&subject)).is_some() {
            return;
        }
        if let Some(training) = self.start_request() {
            self.widths.jobs += 1;
            let job = self.widths.jobs;
            self.widths.now = Some((job, subject, false));
            self.request(Effect::PlanByTime(Box::new(MeasureRequest {
                job,
                training,
            })));
        }
    }

    /// A pair is planned by timed steps, or why it is not; `None` where that was stopped.
    pub(in crate::tui) fn planned_by_time(
        &mut self,
        job: u64,
        found: Result<Option<Fitted>, String>,
    ) {
        let Some((_, subject, _)) = self.widths.now.take_if(|(now, ..)| *now == job) else {
            return;
        };
        let fitted = match found {
            Ok(None) => return,
            Ok(Some(fitted)) => fitted,
            Err(sentence) => {
                self.say(Tone::Bad, format!("no steps are timed: {sentence}"));
                Fitted::default()
            }
        };
        keep(&mut self.widths.known, subject, fitted);
        self.replan();
    }

    /// The worker had to time steps before the training that begins: its networks.
    pub(in crate::tui) fn replanned(&mut self, width_factor: Option<f64>, plan: Plan) {
        if let Some(live) = &mut self.live {
            live.settings.width_factor = width_factor;
            live.plan = plan;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::tui::app::Message;
    use crate::tui::fixtures::{self, press};

    fn plan(app: &App) -> &Plan {
        app.plan.as_ref().unwrap().as_ref().unwrap()
    }

    fn measuring() -> App {
        let mut app = fixtures::ready(120, 36);
        app.settings.host.measure = true;
        app
    }

    fn requested(effects: Vec<Effect>) -> MeasureRequest {
        match <[Effect; 1]>::try_from(effects) {
            Ok([Effect::PlanByTime(request)]) => *request,
            other => panic!("{other:?}"),
        }
    }

    fn fitted() -> Fitted {
        Fitted {
            factor: Some(1.5),
            measured: Some(fixtures::measured()),
            narrow: Some(plan(&fixtures::ready(120, 36)).baseline.clone()),
        }
    }

    #[test]
    fn a_pair_that_is_shown_is_planned_by_timed_steps_once() {
        let mut app = measuring();
        let request = requested(press(&mut app, "2"));
        let job = request.job;
        assert_eq!(&request.training.plan, plan(&app));
        let found = Ok(Some(fitted()));
        app.update(Message::PlannedByTime { job, found });
        let shown = plan(&app);
        assert!(shown.width_measured && shown.width_factor == Some(1.5));
        assert_eq!(shown.measured, Some(fixtures::measured()));
        assert_eq!(app.alternatives.narrow, fitted().narrow);
        assert_eq!(app.settings.width_factor, None, "the policy stays");
        let training = app.start_request().unwrap();
        assert_eq!(training.settings.width_factor, Some(1.5));
        assert!(matches!(press(&mut app, "3")[..], [Effect::Price(_)]));
    }

    #[test]
    fn another_pair_stops_the_timing_and_is_timed_then() {
        let mut app = measuring();
        let first = requested(press(&mut app, "2"));
        assert_eq!(press(&mut app, "w"), [Effect::StopPlanning]);
        assert!(press(&mut app, "t").is_empty(), "it was asked already");
        let job = first.job;
        let found = Ok(None);
        let second = requested(app.update(Message::PlannedByTime { job, found }));
        assert_eq!(&second.training.plan, plan(&app));
        let job = second.job;
        let found = Err("no driver".to_owned());
        let effects = app.update(Message::PlannedByTime { job, found });
        assert!(effects.is_empty(), "it is not tried again: {effects:?}");
        assert!(app.toast.clone().unwrap().sentence.contains("no driver"));
        assert_eq!(plan(&app).measured, None);
    }

    #[test]
    fn without_measuring_nothing_is_timed() {
        let mut app = fixtures::ready(120, 36);
        assert!(press(&mut app, "2").is_empty());
    }
}
