//! Timing the steps of a pair in the background; results are kept for the session.

use crate::format::percent_interval;
use crate::network::{Measured, Plan, Spec, Width};
use crate::run::Settings;
use crate::training::device::Precision;
use crate::tui::app::{App, Effect, MeasureRequest, Tone};

/// Most pairs of which it is kept what timed steps said: a pair holds the layers of both networks.
const MOST_PAIRS: usize = 64;

/// Keeps what was found of a pair, and forgets the oldest where there are very many.
pub(in crate::tui) fn keep<T>(known: &mut Vec<(Subject, T)>, subject: Subject, found: T) {
    if known.len() == MOST_PAIRS {
        known.remove(0);
    }
    known.push((subject, found));
}

/// What the seconds per step of a pair depend on.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    baseline: Spec,
    capped: Spec,
    width: Width,
    dataset: String,
    device: String,
    precision: Precision,
    batch_size: usize,
    augment: bool,
    crop_padding: usize,
}

impl Subject {
    /// That of a plan; `None` without a capped network.
    pub(in crate::tui) fn new(settings: &Settings, plan: &Plan) -> Option<Self> {
        let recipe = &settings.recipe;
        Some(Self {
            baseline: plan.baseline_spec.clone(),
            capped: plan.capped_spec.clone()?,
            width: plan.width_policy,
            dataset: plan.dataset.clone(),
            device: settings.device.clone(),
            precision: settings.precision,
            batch_size: recipe.batch_size,
            augment: recipe.augment,
            crop_padding: recipe.crop_padding,
        })
    }
}

/// A timing in progress.
#[derive(Clone, Debug, PartialEq)]
pub struct Timing {
    pub job: u64,
    pub done: usize,
    /// Steps in all, at most; 0 before the first.
    pub of: usize,
    pub stopping: bool,
    subject: Subject,
}

/// The timing in progress, and the results so far.
#[derive(Clone, Debug, Default)]
pub struct Timings {
    /// The timing in progress.
    pub now: Option<Timing>,
    known: Vec<(Subject, Measured)>,
    jobs: u64,
}

impl Timings {
    /// Whether steps are timed, and go on to be.
    pub(super) fn is_running(&self) -> bool {
        self.now.as_ref().is_some_and(|timing| !timing.stopping)
    }
}

impl App {
    /// `plan` with its prediction from timed steps, where this pair was timed under the present settings.
    pub(in crate::tui) fn with_known_times(&self, plan: Plan) -> Plan {
        let subject = Subject::new(&self.settings, &plan);
        let known = self.timings.known.iter().rev();
        match known
            .into_iter()
            .find(|(timed, _)| Some(timed) == subject.as_ref())
        {
            Some((_, measured)) => plan.with_measured(measured.clone()),
            None => plan,
        }
    }

    /// The timing in progress, if it is of the pair shown.
    pub fn times_this_pair(&self) -> Option<&Timing> {
        let Some(Ok(plan)) = &self.plan else {
            return None;
        };
        let subject = Subject::new(&self.settings, plan)?;
        self.timings
            .now
            .as_ref()
            .filter(|timing| timing.subject == subject)
    }

    /// Times the present pair, or stops the timing.
    pub(in crate::tui) fn measure(&mut self) {
        if self.timings.now.is_some() {
            self.stop_measuring();
            return;
        }
        if let Some(sentence) = self.obstacle() {
            self.say(Tone::Bad, sentence);
            return;
        }
        let Some(training) = self.start_request() else {
            return;
        };
        let Some(subject) = Subject::new(&self.settings, &training.plan) else {
            let sentence = no_change(&training.plan);
            self.say(Tone::Bad, sentence);
            return;
        };
        self.timings.jobs += 1;
        let request = MeasureRequest {
            job: self.timings.jobs,
            training,
        };
        self.timings.now = Some(Timing {
            job: request.job,
            done: 0,
            of: 0,
            stopping: false,
            subject,
        });
        self.request(Effect::Measure(Box::new(request)));
    }

    /// Stops the timing after its step.
    pub(super) fn stop_measuring(&mut self) {
        if let Some(timing) = self.timings.now.as_mut().filter(|timing| !timing.stopping) {
            timing.stopping = true;
            self.request(Effect::StopMeasuring);
        }
    }

    pub(in crate::tui) fn measure_progress(&mut self, job: u64, done: usize, of: usize) {
        if let Some(timing) = self.timings.now.as_mut().filter(|timing| timing.job == job) {
            (timing.done, timing.of) = (done, of);
        }
    }

    pub(in crate::tui) fn measured(&mut self, job: u64, found: Option<Measured>) {
        let Some(timing) = self.timings.now.take_if(|timing| timing.job == job) else {
            return;
        };
        let Some(measured) = found else {
            self.say(Tone::Good, "timing stopped: nothing measured");
            return;
        };
        let sentence = format!(
            "measured on {}, {} steps of {} images: time saved {} %",
            measured.device,
            measured.steps,
            measured.batch_size,
            percent_interval(measured.time_saved, measured.interval, 1)
        );
        self.timings
            .known
            .retain(|(subject, _)| *subject != timing.subject);
        keep(&mut self.timings.known, timing.subject, measured);
        self.replan();
        self.say(Tone::Good, sentence);
    }

    pub(in crate::tui) fn measure_failed(&mut self, job: u64, sentence: String) {
        if self
            .timings
            .now
            .take_if(|timing| timing.job == job)
            .is_some()
        {
            self.say(Tone::Bad, sentence);
        }
    }
}

/// Why there is no capped network: the baseline is not deeper than the cap.
pub(crate) fn no_change(plan: &Plan) -> String {
    if plan.is_shallowest() {
        return format!(
            "{} is the shallowest network of its family: choose a deeper one on screen 2",
            plan.baseline.name
        );
    }
    format!(
        "{}: no change; set a depth by hand on screen 2 to train a pair",
        plan.within_cap()
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::network::PredictionSource;
    use crate::run::Update;
    use crate::tui::app::Message;
    use crate::tui::fixtures::{self, key, press};
    use crate::tui::keys::Key;

    fn plan(app: &App) -> &Plan {
        app.plan.as_ref().unwrap().as_ref().unwrap()
    }

    /// An app that times the steps of its first pair, and what was asked for.
    fn timing() -> (App, MeasureRequest) {
        let mut app = fixtures::ready(120, 36);
        let mut effects = press(&mut app, "2m");
        match effects.pop() {
            Some(Effect::Measure(request)) if effects.is_empty() => (app, *request),
            other => panic!("{other:?}"),
        }
    }

    fn answer(app: &mut App, job: u64, found: Option<Measured>) {
        app.update(Message::Measured { job, found });
    }

    #[test]
    fn so_many_pairs_are_kept() {
        let app = fixtures::ready(120, 36);
        let subject = Subject::new(&app.settings, plan(&app)).unwrap();
        let mut known = Vec::new();
        for number in 0..2 * MOST_PAIRS {
            let subject = Subject {
                batch_size: number,
                ..subject.clone()
            };
            keep(&mut known, subject, number);
        }
        assert_eq!(known.len(), MOST_PAIRS);
        assert_eq!(known[0].1, MOST_PAIRS, "the newest");
    }

    #[test]
    fn a_pair_is_timed_and_its_times_are_remembered() {
        let (mut app, request) = timing();
        assert_eq!(&request.training.plan, plan(&app));
        app.update(Message::MeasureProgress {
            job: request.job,
            done: 3,
            of: 44,
        });
        assert_eq!(app.times_this_pair().unwrap().done, 3);
        press(&mut app, "w");
        assert_eq!(app.times_this_pair(), None, "another pair is shown");
        answer(&mut app, request.job, Some(fixtures::measured()));
        assert_eq!(plan(&app).prediction_source, PredictionSource::Macs);
        press(&mut app, "W");
        assert_eq!(plan(&app).measured, Some(fixtures::measured()));
        assert_eq!(plan(&app).predicted_time_saved, Some(0.312));
        app.settings.recipe.batch_size = 32;
        app.replan();
        assert_eq!(plan(&app).measured, None, "another batch, another time");
    }

    #[test]
    fn a_training_keeps_the_measured_prediction() {
        let (mut app, request) = timing();
        assert!(press(&mut app, "3s").is_empty(), "not beside a timing");
        let said = app.toast.clone().unwrap().sentence;
        assert!(said.contains("being timed"), "{said}");
        answer(&mut app, request.job, Some(fixtures::measured()));
        let effects = press(&mut app, "s");
        let [Effect::StartRun(start)] = &effects[..] else {
            panic!("{effects:?}");
        };
        assert_eq!(start.plan.measured, Some(fixtures::measured()));
        assert!(press(&mut app, "2m").is_empty(), "not beside a training");
        let said = app.toast.clone().unwrap().sentence;
        assert!(said.contains("a training is running"), "{said}");
        app.update(Message::Update(Update::Stopped));
        assert!(matches!(press(&mut app, "m")[..], [Effect::Measure(_)]));
    }

    #[test]
    fn a_timing_is_stopped_once_and_says_so() {
        let (mut app, request) = timing();
        assert_eq!(key(&mut app, Key::Esc), [Effect::StopMeasuring]);
        assert!(press(&mut app, "m").is_empty(), "it was asked already");
        answer(&mut app, request.job, None);
        assert_eq!(app.timings.now, None);
        assert!(app.toast.clone().unwrap().sentence.contains("stopped"));
        assert_eq!(plan(&app).measured, None);
    }

    #[test]
    fn a_failure_is_a_sentence_and_an_old_answer_is_dropped() {
        let (mut app, request) = timing();
        answer(&mut app, request.job + 1, Some(fixtures::measured()));
        assert!(app.timings.now.is_some());
        app.update(Message::MeasureFailed {
            job: request.job,
            sentence: "device cuda:0 cannot be used: no driver".to_owned(),
        });
        assert_eq!(app.timings.now, None);
        assert!(app.toast.clone().unwrap().sentence.contains("no driver"));
    }

    #[test]
    fn nothing_is_timed_without_a_capped_network_or_with_too_large_a_batch() {
        let mut app = fixtures::ready(120, 36);
        press(&mut app, "2kkkkkkkrrrm");
        assert!(app.timings.now.is_none());
        assert!(app.toast.clone().unwrap().sentence.contains("no change"));
        let mut app = fixtures::ready(120, 36);
        app.settings.recipe.batch_size = 1_000_000;
        assert!(press(&mut app, "2m").is_empty());
        let said = app.toast.clone().unwrap().sentence;
        assert!(said.starts_with("batch size 1000000 is larger"), "{said}");
    }
}
