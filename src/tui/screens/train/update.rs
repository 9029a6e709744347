//! Editing settings, launching, and updates of a training.

use std::path::PathBuf;

use super::super::depth::no_change;
use super::form::{choices, set, text};
use super::{Live, Phase, TrainScreen};
use crate::network::Plan;
use crate::run::{Settings, Update};
use crate::training::Control;
use crate::tui::app::export::ExportDialog;
use crate::tui::app::text::Field;
use crate::tui::app::{App, Effect, Overlay, Question, StartRequest, Tone, around};
use crate::tui::remedy::in_app;

/// Seconds above which a training is asked for once more.
const LONG: f64 = 3600.0;

impl App {
    fn train_images(&self) -> Option<usize> {
        self.data
            .current
            .as_ref()
            .map(|loaded| loaded.analysis.profile.images)
    }

    /// Why the present settings cannot be launched, in one sentence.
    pub fn obstacle(&self) -> Option<String> {
        if let Some(why) = self.busy() {
            return Some(why.to_owned());
        }
        let Some(loaded) = &self.data.current else {
            return Some(match &self.data.failure {
                Some(sentence) => sentence.clone(),
                None => format!("{} is being read", self.settings.dataset),
            });
        };
        match &self.plan {
            None => return Some("no plan yet".to_owned()),
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
                device.reason.as_deref().unwrap_or("unknown reason")
            ));
        }
        self.settings
            .recipe
            .check(loaded.analysis.profile.images)
            .err()
            .map(|error| error.to_string())
    }

    /// What is needed to train or time the present pair; none without a profile or a plan.
    pub(in crate::tui) fn start_request(&self) -> Option<StartRequest> {
        let plan = self.plan.as_ref()?.as_ref().ok()?.clone();
        Some(StartRequest {
            settings: Settings {
                width_factor: plan.width_factor,
                ..self.settings.clone()
            },
            dataset: self.data.current.as_ref()?.dataset.clone(),
            analysis: self.analysis.clone()?,
            plan,
        })
    }

    pub(in crate::tui) fn launch(&mut self) {
        if let Some(sentence) = self.obstacle() {
            self.say(Tone::Bad, sentence);
            return;
        }
        if let Some(Ok(price)) = self.price()
            && price.estimated_seconds > LONG
        {
            let price = price.text();
            return self.ask(Question::Long { price });
        }
        self.launch_now();
    }

    /// Starts the present pair's training without asking.
    pub(in crate::tui) fn launch_now(&mut self) {
        let Some(mut request) = self.start_request() else {
            return;
        };
        if let Some(Ok(price)) = self.price() {
            request.plan.predicted_seconds = Some(price.run_seconds());
        }
        self.follow(request.settings.clone(), request.plan.clone());
        self.request(Effect::StartRun(Box::new(request)));
    }

    /// Shows a training that begins.
    pub(in crate::tui) fn follow(&mut self, settings: Settings, plan: Plan) {
        self.unfollow();
        self.live = Some(Live::new(settings, plan, self.now));
        self.charts.enlarged = false;
        self.show(&TrainScreen);
    }

    /// Goes back to the settings.
    pub(super) fn new_training(&mut self) {
        self.unfollow();
        self.live = None;
        self.charts.enlarged = false;
    }

    pub(super) fn export_trained(&mut self) {
        match self.live.as_ref().and_then(|live| live.directory.clone()) {
            Some(run) => self.overlay = Some(Overlay::Export(ExportDialog::new(&[run]))),
            None => self.say(Tone::Bad, "no run to export"),
        }
    }

    pub(in crate::tui) fn started(&mut self, directory: PathBuf) {
        if let Some(live) = &mut self.live {
            live.directory = Some(directory);
            if live.phase == Phase::Stopping {
                self.request(Effect::Control(Control::Stop));
            }
        }
    }

    pub(in crate::tui) fn start_failed(&mut self, sentence: &str) {
        if let Some(live) = &mut self.live {
            live.end(Phase::Failed(in_app(sentence)), self.now);
            self.note_training(usize::MAX, false);
        }
        self.after_end();
    }

    pub(in crate::tui) fn training_update(&mut self, update: Update) {
        let Some(live) = &mut self.live else {
            return;
        };
        let (was_over, warned) = (live.phase.is_over(), live.warned);
        live.apply(update, self.now);
        let is_over = live.phase.is_over();
        self.note_training(warned, was_over);
        if is_over && !was_over {
            self.after_end();
        }
    }

    fn after_end(&mut self) {
        if !self.leave_if_asked() {
            self.list_runs();
        }
    }

    pub(in crate::tui) fn pause_or_resume(&mut self) {
        match self.live.as_ref().map(|live| &live.phase) {
            Some(Phase::Paused) => self.control(Control::Resume),
            Some(Phase::Running | Phase::Starting) => self.control(Control::Pause),
            _ => {}
        }
    }

    /// Gives a line the focus, and closes the field of another one.
    pub(super) fn click_line(&mut self, line: usize) {
        if self.form.focus != line {
            self.form.field = None;
            self.form.focus = line;
        }
    }

    /// Edits the focused line, or launches.
    pub(super) fn accept_line(&mut self) {
        if self.form.setting().is_none() {
            self.launch();
        } else {
            self.edit_setting();
        }
    }

    pub(in crate::tui) fn edit_setting(&mut self) {
        let Some(setting) = self.form.setting() else {
            return;
        };
        if setting.form.as_ref().is_some_and(|line| line.chosen) {
            self.change_choice(true);
        } else {
            self.form.field = Some(Field::new(&text(setting, &self.settings)));
        }
    }

    /// Whether the focused setting is one of several choices.
    pub(super) fn has_choices(&self) -> bool {
        self.form.setting().is_some_and(|setting| {
            setting.key == "reading" || choices(setting, &self.devices).len() > 1
        })
    }

    pub(in crate::tui) fn change_choice(&mut self, forward: bool) {
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

    /// Checks what is typed, as it is typed.
    pub(in crate::tui) fn check_setting(&mut self) {
        let images = self.train_images();
        if let (Some(setting), Some(field)) = (self.form.setting(), &mut self.form.field) {
            field.error = set(setting, &self.settings, field.text(), images).err();
        }
    }

    pub(in crate::tui) fn accept_setting(&mut self) {
        let images = self.train_images();
        let (Some(setting), Some(field)) = (self.form.setting(), &mut self.form.field) else {
            return;
        };
        match set(setting, &self.settings, field.text(), images) {
            Ok(settings) => {
                let images_changed =
                    settings.profile_fingerprint() != self.settings.profile_fingerprint();
                self.settings = settings;
                self.form.field = None;
                self.form.step(1);
                if images_changed {
                    self.reload();
                } else {
                    self.replan();
                }
            }
            Err(sentence) => field.error = Some(sentence),
        }
    }
}
