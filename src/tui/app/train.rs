//! Screen 3: editing settings, launching, and listening to a training.

use std::path::PathBuf;

use super::cycle::around;
use super::form::{choices, set, text};
use super::text::Field;
use super::{App, Effect, Live, Phase, Screen, StartRequest, Tone};
use crate::network::Plan;
use crate::run::{RunStatus, Update};
use crate::training::Control;

impl App {
    fn train_images(&self) -> Option<usize> {
        self.data
            .current
            .as_ref()
            .map(|loaded| loaded.analysis.profile.images)
    }

    /// Why the present settings cannot be launched, in one sentence.
    #[must_use]
    pub fn obstacle(&self) -> Option<String> {
        if self.is_training() {
            return Some("a training runs already: stop it first".to_owned());
        }
        if self.timings.now.is_some() {
            return Some("steps are being timed: wait, or stop that by Esc on screen 2".to_owned());
        }
        let Some(loaded) = &self.data.current else {
            return Some(match &self.data.failure {
                Some(sentence) => sentence.clone(),
                None => format!("{} is still being read", self.settings.dataset),
            });
        };
        match &self.plan {
            None => return Some("there is no plan yet".to_owned()),
            Some(Err(sentence)) => return Some(sentence.clone()),
            Some(Ok(plan)) => {
                if plan.capped.is_none() {
                    return Some(no_change(plan));
                }
            }
        }
        if let Some(device) = self
            .devices
            .iter()
            .find(|device| device.name == self.settings.device && !device.usable)
        {
            return Some(format!(
                "device {} cannot be used: {}",
                device.name,
                device
                    .reason
                    .as_deref()
                    .unwrap_or("the reason is not known")
            ));
        }
        self.settings
            .recipe
            .check(loaded.analysis.profile.images)
            .err()
            .map(|error| error.to_string())
    }

    /// What a training of the present pair needs; none without a profile or a plan.
    pub(super) fn start_request(&self) -> Option<StartRequest> {
        Some(StartRequest {
            settings: self.settings.clone(),
            dataset: self.data.current.as_ref()?.dataset.clone(),
            analysis: self.analysis.clone()?,
            plan: self.plan.as_ref()?.as_ref().ok()?.clone(),
        })
    }

    pub(super) fn launch(&mut self) -> Vec<Effect> {
        if let Some(sentence) = self.obstacle() {
            self.say(Tone::Bad, sentence);
            return Vec::new();
        }
        let Some(request) = self.start_request() else {
            return Vec::new();
        };
        let (settings, plan) = (request.settings.clone(), request.plan.clone());
        self.live = Some(Live::new(settings, plan, self.now));
        self.charts.enlarged = false;
        self.screen = Screen::Train;
        vec![Effect::StartRun(Box::new(request))]
    }

    /// Goes on with the marked run, if it is unfinished.
    pub(super) fn resume_marked(&mut self) -> Vec<Effect> {
        let Some(marked) = self.runs.marked() else {
            return Vec::new();
        };
        let (path, status) = (marked.path.clone(), marked.status);
        let obstacle = match self.runs.details() {
            _ if status == RunStatus::Diverged => {
                "a network of this run diverged: start it anew with a smaller learning rate"
            }
            _ if status == RunStatus::Finished => {
                "this run is finished: there is nothing to resume"
            }
            _ if self.is_training() => "a training runs already: stop it first",
            None => "this run is still being read",
            Some(run) => {
                let (settings, plan) = (run.manifest.settings.clone(), run.plan.clone());
                self.live = Some(Live::new(settings, plan, self.now));
                self.charts.enlarged = false;
                self.screen = Screen::Train;
                return vec![Effect::ResumeRun(path)];
            }
        };
        self.say(Tone::Bad, obstacle);
        Vec::new()
    }

    pub(super) fn started(&mut self, directory: PathBuf) -> Vec<Effect> {
        if let Some(live) = &mut self.live {
            live.directory = Some(directory);
            if live.phase == Phase::Stopping {
                return vec![Effect::Control(Control::Stop)];
            }
        }
        Vec::new()
    }

    pub(super) fn start_failed(&mut self, sentence: String) -> Vec<Effect> {
        if let Some(live) = &mut self.live {
            live.end(Phase::Failed(sentence), self.now);
        }
        self.after_end()
    }

    pub(super) fn heard(&mut self, update: Update) -> Vec<Effect> {
        let Some(live) = &mut self.live else {
            return Vec::new();
        };
        let was_over = live.phase.is_over();
        live.hear(update, self.now);
        if live.phase.is_over() && !was_over {
            return self.after_end();
        }
        Vec::new()
    }

    fn after_end(&mut self) -> Vec<Effect> {
        if self.quitting {
            return vec![Effect::Quit];
        }
        vec![Effect::ListRuns(self.settings.out.clone())]
    }

    pub(super) fn pause_or_resume(&mut self) -> Vec<Effect> {
        match self.live.as_ref().map(|live| &live.phase) {
            Some(Phase::Paused) => vec![Effect::Control(Control::Resume)],
            Some(Phase::Running | Phase::Starting) => vec![Effect::Control(Control::Pause)],
            _ => Vec::new(),
        }
    }

    pub(super) fn edit_setting(&mut self) {
        let Some(setting) = self.form.setting() else {
            return;
        };
        if setting.form.as_ref().is_some_and(|line| line.chosen) {
            self.change_choice(true);
        } else {
            self.form.field = Some(Field::new(&text(setting, &self.settings)));
        }
    }

    pub(super) fn change_choice(&mut self, forward: bool) {
        let step = if forward { 1 } else { -1 };
        let Some(setting) = self.form.setting() else {
            return;
        };
        if setting.key == "reading" {
            return self.step_reading(step);
        }
        let choices = choices(setting, &self.devices);
        let now = text(setting, &self.settings);
        let at = choices.iter().position(|choice| *choice == now);
        let at = around(at.unwrap_or(0), step, choices.len());
        let chosen = choices
            .get(at)
            .map(|next| set(setting, &self.settings, next, None));
        if let Some(Ok(settings)) = chosen {
            self.settings = settings;
            self.replan();
        }
    }

    /// Says under the field what is wrong with what has been typed so far.
    pub(super) fn check_setting(&mut self) {
        let images = self.train_images();
        if let (Some(setting), Some(field)) = (self.form.setting(), &mut self.form.field) {
            field.error = set(setting, &self.settings, field.text(), images).err();
        }
    }

    pub(super) fn accept_setting(&mut self) -> Vec<Effect> {
        let images = self.train_images();
        let (Some(setting), Some(field)) = (self.form.setting(), &mut self.form.field) else {
            return Vec::new();
        };
        match set(setting, &self.settings, field.text(), images) {
            Ok(settings) => {
                let limit_changed = settings.limit != self.settings.limit;
                self.settings = settings;
                self.form.field = None;
                self.form.step(1);
                if limit_changed {
                    return self.reload();
                }
                self.replan();
            }
            Err(sentence) => field.error = Some(sentence),
        }
        Vec::new()
    }
}

/// What is said where the baseline is not deeper than the cap.
#[must_use]
pub(crate) fn no_change(plan: &Plan) -> String {
    if plan.is_shallowest() {
        return format!(
            "{} is the shallowest of its family, so that nothing of it can be capped: choose a deeper one on screen 2",
            plan.baseline.name
        );
    }
    format!(
        "{} has {} convolutions, not more than the cap of {} {}: the heuristic asks for no change; choose a depth by hand on screen 2 to train a pair all the same",
        plan.baseline.name,
        plan.baseline.conv_depth,
        plan.cap,
        plan.reading.unit()
    )
}
