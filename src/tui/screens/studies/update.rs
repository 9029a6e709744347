//! What keys and messages change on the fifth screen.

use std::path::Path;
use std::sync::Arc;

use super::form::Line;
use super::{Page, Running, StudiesScreen, StudyUpdate};
use crate::study::cluster::Standing;
use crate::study::{Asked, Found, Kind, Study, grid, recommend, sweep};
use crate::tui::app::{App, Effect, Tone};
use crate::tui::remedy::in_app;
use crate::tui::screens::Screen;
use crate::tui::screens::runs::RunsScreen;

/// Seconds from a list of studies to the next one, while another process trains one of them.
const BETWEEN: i64 = 10;

impl App {
    /// Whether a study runs.
    pub fn is_studying(&self) -> bool {
        let running = self.studies.running.as_ref();
        running.is_some_and(|running| !running.is_over())
    }

    /// Lists the studies; the Runs screen lists all runs again.
    pub(super) fn refresh_studies(&mut self) {
        if self.studies.opened.take().is_some() {
            self.list_runs();
        }
        self.list_studies();
    }

    pub(in crate::tui) fn list_studies(&mut self) {
        self.studies.jobs.look_again();
        self.ask_for_list();
    }

    fn ask_for_list(&mut self) {
        self.studies.listed_at = None;
        self.request(Effect::ListStudies(self.settings.out.clone()));
    }

    /// Lists the studies again where their list is shown, is old, and has one that another process trains.
    pub(in crate::tui) fn list_studies_if_due(&mut self) {
        let studies = &self.studies;
        let is_shown = self.screen.name() == StudiesScreen.name() && studies.page == Page::List;
        let is_old = studies
            .listed_at
            .is_some_and(|at| self.now.as_second() - at.as_second() >= BETWEEN);
        let mut list = studies.list.iter();
        if is_shown && is_old && list.any(|study| study.is_trained_elsewhere()) {
            self.ask_for_list();
        }
    }

    pub(in crate::tui) fn studies_listed(&mut self, found: Result<Vec<Study>, String>) {
        self.studies.listed_at = Some(self.now);
        match found {
            Ok(list) => self
                .studies
                .replace(list.into_iter().map(Arc::new).collect()),
            Err(sentence) => {
                self.note(Tone::Bad, &sentence);
                self.studies.listed = true;
                self.studies.failure = Some(sentence);
            }
        }
    }

    /// Shows the marked run, or the runs of a study that has no outcome yet, on the Runs screen.
    pub(super) fn open_study_run(&mut self) {
        let Some(study) = self.studies.marked() else {
            return;
        };
        let name = study.name.clone();
        let folder = match &study.found {
            Found::Unfinished { .. } => Some(study.path.join(match study.kind {
                Kind::Sweep => sweep::POINTS,
                Kind::Grid => grid::CELLS,
                Kind::Recommend | Kind::Probe => recommend::CELLS,
            })),
            _ => None,
        };
        let run = self.studies.run();
        let parent = run.as_deref().and_then(Path::parent).map(Path::to_owned);
        let Some(folder) = folder.or(parent) else {
            return self.say(Tone::Bad, format!("{name} has no trained run here"));
        };
        let is_own = folder != self.settings.out;
        self.show(&RunsScreen);
        self.request(Effect::ListRuns(folder.clone()));
        self.studies.opened = Some((folder, run));
        if is_own {
            self.say(
                Tone::Good,
                format!("the runs of {name}; press 5, then 4, to see all runs again"),
            );
        }
    }

    /// Marks the run that was opened, once its folder is listed.
    pub(in crate::tui) fn mark_opened_run(&mut self) {
        let opened = self.studies.opened.as_mut();
        if let Some(run) = opened.and_then(|(_, run)| run.take()) {
            self.runs.mark(Some(&run));
            self.load_marked_run();
        }
    }

    /// Marks a study of the list.
    pub(super) fn click_study(&mut self, at: usize) {
        self.studies.inside = false;
        if self.studies.marked != at {
            let step = at as isize - self.studies.marked as isize;
            self.studies.step(step);
        }
    }

    /// Marks a run of the marked study: its row times their columns, and its column.
    pub(super) fn click_inside(&mut self, at: usize) {
        self.studies.mark_inside(at);
    }

    /// Marks a line of the form; its last two act at once.
    pub(super) fn click_study_line(&mut self, at: usize) {
        let form = &mut self.studies.form;
        let before = form.line(&self.settings);
        form.focus_line(at, &self.settings);
        let line = form.line(&self.settings);
        if line != before {
            form.field = None;
        }
        if matches!(line, Line::Price | Line::Start) {
            self.accept_study_line();
        }
    }

    pub(super) fn design_study(&mut self) {
        self.studies.page = Page::Form;
    }

    pub(super) fn leave_study_form(&mut self) {
        if self.studies.form.pricing.is_some() {
            self.request(Effect::StopStudy);
        } else {
            self.studies.page = Page::List;
        }
    }

    pub(super) fn follow_study(&mut self) {
        if self.studies.running.is_some() {
            self.studies.page = Page::Follow;
        } else {
            let holder = self
                .studies
                .marked()
                .and_then(|study| study.holder.as_ref());
            let sentence = holder.map_or_else(
                || "no study of this app is running: n designs one".to_owned(),
                |holder| {
                    format!(
                        "process {} on {} runs it: Tab, then Enter shows one of its runs",
                        holder.pid, holder.host
                    )
                },
            );
            self.say(Tone::Bad, sentence);
        }
    }

    /// Goes back to the list; a failure that was read is forgotten.
    pub(super) fn leave_study(&mut self) {
        if !self.is_studying() {
            self.studies.running = None;
        }
        self.studies.page = Page::List;
    }

    pub(super) fn change_study_choice(&mut self, step: isize) {
        let line = self.studies.form.line(&self.settings);
        self.studies.form.choose(line, step);
    }

    pub(super) fn accept_study_line(&mut self) {
        match self.studies.form.line(&self.settings) {
            Line::Price => self.price_study(),
            Line::Start => self.start_study(),
            line @ (Line::Kind | Line::Variants) => self.studies.form.choose(line, 1),
            line => self.studies.form.edit(line),
        }
    }

    pub(super) fn accept_study_field(&mut self) {
        let line = self.studies.form.line(&self.settings);
        self.studies.form.accept(line, &self.settings);
        if self.studies.form.field.is_none() {
            self.studies.form.step(1, &self.settings);
        }
    }

    /// The study of the form, or why it cannot be priced or started now.
    fn asked_study(&self) -> Result<Asked, String> {
        if self.studies.form.pricing.is_some() {
            return Err("still finding the price: Esc stops it".to_owned());
        }
        self.study_obstacle()?;
        let home = self.home.as_deref();
        self.studies.form.asked(&self.settings, home)
    }

    fn study_obstacle(&self) -> Result<(), String> {
        self.busy().map_or(Ok(()), |why| Err(why.to_owned()))
    }

    pub(super) fn price_study(&mut self) {
        match self.asked_study() {
            Ok(asked) => {
                let form = &mut self.studies.form;
                form.error = None;
                form.said = None;
                form.pricing = Some(asked.clone());
                self.request(Effect::PriceStudy(Box::new(asked)));
            }
            Err(sentence) => self.studies.form.error = Some(sentence),
        }
    }

    pub(super) fn start_study(&mut self) {
        match self.asked_study() {
            Ok(asked) => self.conduct_study(asked),
            Err(sentence) => self.studies.form.error = Some(sentence),
        }
    }

    fn conduct_study(&mut self, asked: Asked) {
        let form = &mut self.studies.form;
        form.error = None;
        let priced = form.priced.as_ref().filter(|(of, _)| *of == asked);
        let price = priced.map(|(_, priced)| priced.seconds);
        self.follow_new_study(asked.name(), price);
        self.request(Effect::StartStudy(Box::new(asked)));
    }

    fn follow_new_study(&mut self, name: String, price: Option<f64>) {
        self.studies.running = Some(Running::new(name, price, self.now));
        self.studies.page = Page::Follow;
    }

    /// Whether the marked study is unfinished and nothing keeps this process from going on with it.
    pub(super) fn can_continue_study(&self) -> bool {
        self.studies.marked().is_some_and(|study| {
            self.obstacle_to_continue(study).is_ok()
                && !study.is_trained_elsewhere()
                && self.studies.jobs.may_live(study) == Some(false)
        })
    }

    /// Why this process cannot go on with a study.
    fn obstacle_to_continue(&self, study: &Study) -> Result<(), String> {
        let name = &study.name;
        let jobs = &self.studies.jobs;
        match (&study.found, &study.holder) {
            (Found::Unreadable(sentence), _) => Err(sentence.clone()),
            _ if !study.is_unfinished() => Err(format!("{name} is finished")),
            (_, Some(holder)) if !self.is_studying() => Err(format!(
                "process {} on {} is already running it",
                holder.pid, holder.host
            )),
            _ if jobs.acting(study).is_some() => Err(format!("{name}: Slurm has not answered yet")),
            _ if jobs.standing(study).is_some_and(Standing::has_live_job) => {
                Err(format!("jobs of {name} wait or run: x cancels them"))
            }
            _ => self.study_obstacle(),
        }
    }

    /// Whether a study can be priced or started.
    pub(super) fn can_begin_study(&self) -> bool {
        self.studies.form.pricing.is_none() && self.busy().is_none()
    }

    /// Goes on with the marked study, if it is unfinished.
    pub(super) fn continue_study(&mut self) {
        let Some(study) = self.studies.list.get(self.studies.marked).cloned() else {
            return;
        };
        match self.obstacle_to_continue(&study) {
            Ok(()) => {
                self.follow_new_study(study.name.clone(), None);
                let settings = Box::new(self.settings.clone());
                self.request(Effect::ContinueStudy(study, settings));
            }
            Err(sentence) => self.say(Tone::Bad, sentence),
        }
    }

    pub(in crate::tui) fn stop_study(&mut self) {
        if let Some(running) = &mut self.studies.running {
            running.pause(false, self.now);
            running.stopping = true;
            self.request(Effect::StopStudy);
        }
    }

    /// Whether leaving has to wait for a study that writes.
    pub(in crate::tui) fn waits_for_study(&self) -> bool {
        let running = self.studies.running.as_ref();
        running.is_some_and(|running| !running.is_over() && !running.interruptible)
    }

    pub(in crate::tui) fn study_update(&mut self, update: StudyUpdate) {
        let update = match update {
            StudyUpdate::Failed(sentence) => StudyUpdate::Failed(in_app(&sentence)),
            other => other,
        };
        if self.is_studying() {
            self.running_update(update);
        } else {
            self.price_update(update);
        }
    }

    fn running_update(&mut self, update: StudyUpdate) {
        let Some(running) = &mut self.studies.running else {
            return;
        };
        let name = running.name.clone();
        match update {
            StudyUpdate::Finished { folder, .. } => {
                self.studies.running = None;
                self.studies.page = Page::List;
                self.say(
                    Tone::Good,
                    format!("{name} is finished; its report is in {}", folder.display()),
                );
                self.study_ended(Some(&folder));
            }
            StudyUpdate::Stopped => {
                self.studies.running = None;
                self.studies.page = Page::List;
                let sentence =
                    format!("{name} is stopped; finished epochs are kept, and c continues it");
                self.say(Tone::Good, sentence);
                let folder = self.settings.out.join(&name);
                self.study_ended(Some(&folder));
            }
            StudyUpdate::Failed(sentence) if running.live.is_none() && running.cell.is_none() => {
                self.studies.running = None;
                self.studies.form.error = Some(sentence.clone());
                if self.studies.page == Page::Follow {
                    self.studies.page = Page::Form;
                }
                self.say(Tone::Bad, sentence);
                self.study_ended(None);
            }
            update => {
                if let Some((tone, sentence)) = update.message() {
                    self.log.add(self.now, tone, &format!("{name}: {sentence}"));
                }
                running.apply(update, self.now);
                if running.is_over() {
                    self.study_ended(None);
                }
            }
        }
    }

    fn study_ended(&mut self, folder: Option<&Path>) {
        if self.leave_if_asked() {
            return;
        }
        if let Some(folder) = folder {
            self.studies.wanted = Some(folder.to_owned());
        }
        self.list_studies();
    }

    fn price_update(&mut self, update: StudyUpdate) {
        let form = &mut self.studies.form;
        let Some(asked) = &form.pricing else {
            return;
        };
        match update {
            StudyUpdate::Doing(doing) => form.doing = doing,
            StudyUpdate::Said(line) | StudyUpdate::Warned(line) => form.said = Some(line),
            StudyUpdate::Priced(priced) => {
                form.priced = Some((asked.clone(), *priced));
                form.pricing = None;
            }
            StudyUpdate::Stopped => form.pricing = None,
            StudyUpdate::Failed(sentence) => {
                form.error = Some(sentence.clone());
                form.pricing = None;
                self.note(Tone::Bad, &sentence);
            }
            _ => {}
        }
    }
}
