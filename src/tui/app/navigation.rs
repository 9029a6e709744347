//! Keys: which context they fall into, and what their actions change.

use std::path::Path;

use super::cycle::around;
use super::dialog::{Confirm, Overlay, Question};
use super::runs::ExportDialog;
use super::text::plain_path;
use super::{App, Chart, DataPanel, Effect, Screen, Tone};
use crate::dataset::places::expanded;
use crate::tui::keys::{Action, Context, Key, lookup};

/// Classes that a page key passes over.
const PAGE: isize = 10;

fn step_panel(panel: DataPanel, step: isize) -> DataPanel {
    DataPanel::ALL[around(panel as usize, step, DataPanel::ALL.len())]
}

impl App {
    /// The contexts in which a key is looked up, in order.
    #[must_use]
    pub fn contexts(&self) -> Vec<Context> {
        match &self.overlay {
            Some(Overlay::Help) => return vec![Context::Help, Context::Always],
            Some(Overlay::Confirm(_)) => return vec![Context::Confirm, Context::Always],
            Some(Overlay::Export(dialog)) if dialog.on_folder() => {
                return vec![Context::ExportFolder, Context::Always];
            }
            Some(Overlay::Export(_)) => return vec![Context::Export, Context::Always],
            None => {}
        }
        if self.is_editing() {
            let mut contexts = vec![Context::Editing, Context::Always];
            if self.screen == Screen::Data {
                contexts.push(Context::Adding);
            }
            return contexts;
        }
        vec![self.screen_context(), Context::Global, Context::Always]
    }

    /// The context of the screen that is shown, whatever lies on top of it.
    #[must_use]
    pub fn screen_context(&self) -> Context {
        match (self.screen, &self.live) {
            (Screen::Data, _) => Context::Data,
            (Screen::Depth, _) => Context::Depth,
            (Screen::Runs, _) => Context::Runs,
            (Screen::Train, None) => Context::Form,
            (Screen::Train, Some(live)) if live.phase.is_over() => Context::Ended,
            (Screen::Train, Some(_)) => Context::Live,
        }
    }

    /// Whether a text field of the screen takes the keys.
    fn is_editing(&self) -> bool {
        match self.screen {
            Screen::Data => self.data.adding.is_some(),
            Screen::Depth => self.depth.field.is_some(),
            Screen::Train => self.live.is_none() && self.form.field.is_some(),
            Screen::Runs => self.runs.filtering,
        }
    }

    pub(super) fn key(&mut self, key: Key) -> Vec<Effect> {
        let contexts = self.contexts();
        if let Some(binding) = lookup(&contexts, key) {
            self.toast = None;
            return self.act(contexts[0], binding.action);
        }
        if matches!(contexts[0], Context::Editing | Context::ExportFolder) {
            return self.typed(|field| {
                field.edit(key);
            });
        }
        Vec::new()
    }

    pub(super) fn paste(&mut self, text: &str) -> Vec<Effect> {
        let context = self.contexts()[0];
        if matches!(context, Context::Editing | Context::ExportFolder) {
            let is_path =
                self.data.adding.is_some() || matches!(self.overlay, Some(Overlay::Export(_)));
            let dropped = if is_path {
                plain_path(text)
            } else {
                text.into()
            };
            return self.typed(|field| field.paste(&dropped));
        }
        Vec::new()
    }

    fn typed(&mut self, edit: impl FnOnce(&mut super::text::Field)) -> Vec<Effect> {
        let field = match (&mut self.overlay, self.screen) {
            (Some(Overlay::Export(dialog)), _) => Some(&mut dialog.folder),
            (Some(_), _) => None,
            (None, Screen::Data) => {
                let adding = self.data.adding.as_mut().filter(|adding| !adding.busy);
                adding.map(|adding| {
                    adding.candidates.clear();
                    &mut adding.field
                })
            }
            (None, Screen::Depth) => self.depth.field.as_mut(),
            (None, Screen::Train) => self.form.field.as_mut(),
            (None, Screen::Runs) => Some(&mut self.runs.filter),
        };
        let Some(field) = field else {
            return Vec::new();
        };
        field.error = None;
        edit(field);
        match self.screen {
            Screen::Train => self.check_setting(),
            Screen::Runs if self.overlay.is_none() => {
                self.runs.mark(None);
                return self.load_marked_run();
            }
            _ => {}
        }
        Vec::new()
    }

    fn act(&mut self, context: Context, action: Action) -> Vec<Effect> {
        match action {
            Action::StopAndQuit => return self.stop_and_quit(),
            Action::Suspend => return vec![Effect::Suspend],
            Action::Quit if self.is_training() => self.ask(Question::Quit),
            Action::Quit => return vec![Effect::Quit],
            Action::Help => self.overlay = Some(Overlay::Help),
            Action::ShowData => self.show(Screen::Data),
            Action::ShowDepth => self.show(Screen::Depth),
            Action::ShowTrain => self.show(Screen::Train),
            Action::ShowRuns => self.show(Screen::Runs),
            Action::NextReading => self.step_reading(1),
            Action::PreviousReading => self.step_reading(-1),
            Action::LogScale => self.charts.log_loss = !self.charts.log_loss,
            Action::Enlarge => self.charts.enlarged = !self.charts.enlarged,
            _ => {
                return match context {
                    Context::Data => self.act_data(action),
                    Context::Depth => self.act_depth(action),
                    Context::Form => self.act_form(action),
                    Context::Live | Context::Ended => self.act_live(action),
                    Context::Runs => self.act_runs(action),
                    Context::Editing => self.act_editing(action),
                    Context::Help => {
                        self.overlay = None;
                        Vec::new()
                    }
                    Context::Confirm => self.act_confirm(action),
                    Context::Export | Context::ExportFolder => self.act_export(action),
                    Context::Global | Context::Always | Context::Adding => Vec::new(),
                };
            }
        }
        Vec::new()
    }

    pub(super) fn show(&mut self, screen: Screen) {
        if self.screen != screen {
            self.charts.enlarged = false;
        }
        self.screen = screen;
    }

    fn ask(&mut self, question: Question) {
        self.overlay = Some(Overlay::Confirm(Confirm {
            question,
            yes: false,
        }));
    }

    fn act_data(&mut self, action: Action) -> Vec<Effect> {
        let marked = self.data.marked;
        match (action, self.data.panel) {
            (Action::Up, DataPanel::Datasets) => {
                return self.move_dataset(marked.saturating_sub(1));
            }
            (Action::Down, DataPanel::Datasets) => return self.move_dataset(marked + 1),
            (Action::First, DataPanel::Datasets) => return self.move_dataset(0),
            (Action::Last, DataPanel::Datasets) => return self.move_dataset(usize::MAX),
            (Action::Up | Action::First, DataPanel::Readings) => self.step_reading(-1),
            (Action::Down | Action::Last, DataPanel::Readings) => self.step_reading(1),
            (Action::Up, DataPanel::Parts) => self.step_part(-1),
            (Action::Down, DataPanel::Parts) => self.step_part(1),
            (Action::First, DataPanel::Parts) => self.step_part(isize::MIN),
            (Action::Last, DataPanel::Parts) => self.step_part(isize::MAX),
            (Action::PageUp, _) => self.step_part(-PAGE),
            (Action::PageDown, _) => self.step_part(PAGE),
            (Action::NextPanel, panel) => self.data.panel = step_panel(panel, 1),
            (Action::PreviousPanel, panel) => self.data.panel = step_panel(panel, -1),
            (Action::Accept, _) if marked == self.data.entries.len() => self.open_adding(),
            (Action::Accept, _) => match (&self.data.current, &self.data.failure) {
                (Some(_), _) => self.show(Screen::Depth),
                (None, Some(sentence)) => {
                    let sentence = sentence.clone();
                    self.say(Tone::Bad, sentence);
                }
                (None, None) => {}
            },
            (Action::Add, _) => self.open_adding(),
            (Action::ToggleStrip, _) => {
                self.data.channels = !self.data.channels;
                self.data.part = 0;
            }
            (Action::Fetch, _) => return self.fetch_marked(),
            (Action::Verify, _) => return self.verify_marked(),
            (Action::Cancel, _) => return self.stop_task(),
            (Action::Refresh, _) => return vec![self.list_datasets()],
            _ => {}
        }
        Vec::new()
    }

    fn act_form(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Up | Action::PreviousPanel => self.form.step(-1),
            Action::Down | Action::NextPanel => self.form.step(1),
            Action::First => self.form.focus = 0,
            Action::Last => self.form = super::Form::new(),
            Action::Left => self.change_choice(false),
            Action::Right => self.change_choice(true),
            Action::Start => return self.launch(),
            Action::Accept if self.form.setting().is_none() => {
                return self.launch();
            }
            Action::Accept => self.edit_setting(),
            _ => {}
        }
        Vec::new()
    }

    fn step_chart(&mut self, action: Action) {
        let focus = self.charts.focus;
        self.charts.focus = match action {
            Action::NextPanel => focus.step(1),
            Action::PreviousPanel => focus.step(-1),
            Action::Up | Action::Down => focus.step(2),
            _ => Chart::ALL[focus as usize ^ 1],
        };
    }

    fn act_live(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::NextPanel
            | Action::PreviousPanel
            | Action::Up
            | Action::Down
            | Action::Left
            | Action::Right => self.step_chart(action),
            Action::Cancel => self.charts.enlarged = false,
            Action::PauseResume => return self.pause_or_resume(),
            Action::Stop => self.ask(Question::Stop),
            Action::NewTraining => {
                self.live = None;
                self.charts.enlarged = false;
            }
            Action::Export => {
                let run = self.live.as_ref().and_then(|live| live.directory.clone());
                match run {
                    Some(run) => self.overlay = Some(Overlay::Export(ExportDialog::new(&run))),
                    None => self.say(Tone::Bad, "there is no run to export"),
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn act_runs(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Up => self.runs.step(-1),
            Action::Down => self.runs.step(1),
            Action::First => self.runs.marked = 0,
            Action::Last => self.runs.step(isize::MAX),
            Action::NextPanel | Action::PreviousPanel | Action::Left | Action::Right => {
                self.step_chart(action);
                return Vec::new();
            }
            Action::Cancel if self.charts.enlarged => self.charts.enlarged = false,
            Action::Cancel => self.runs.filter = super::text::Field::default(),
            Action::Filter => {
                self.runs.filtering = true;
                return Vec::new();
            }
            Action::Refresh => return vec![Effect::ListRuns(self.settings.out.clone())],
            Action::Export => {
                if let Some(run) = self.runs.marked() {
                    self.overlay = Some(Overlay::Export(ExportDialog::new(&run.path)));
                }
                return Vec::new();
            }
            Action::Resume => return self.resume_marked(),
            Action::Delete => {
                self.ask_to_delete();
                return Vec::new();
            }
            _ => return Vec::new(),
        }
        self.load_marked_run()
    }

    fn ask_to_delete(&mut self) {
        let Some(run) = self.runs.marked() else {
            return;
        };
        let (path, name) = (run.path.clone(), run.name.clone());
        let in_use = self.is_training()
            && self
                .live
                .as_ref()
                .is_some_and(|live| live.directory.as_ref() == Some(&path));
        if in_use {
            self.say(Tone::Bad, "this run is being trained: stop it first");
        } else {
            self.ask(Question::Delete { path, name });
        }
    }

    /// Reads the details of the marked run, if they are not there yet.
    pub(super) fn load_marked_run(&mut self) -> Vec<Effect> {
        self.runs.error = None;
        if self.runs.details().is_some_and(|run| run.summary.is_some()) {
            return Vec::new();
        }
        self.runs
            .marked()
            .map(|run| Effect::LoadRun(run.path.clone()))
            .into_iter()
            .collect()
    }

    fn act_editing(&mut self, action: Action) -> Vec<Effect> {
        let accept = action == Action::Accept;
        match self.screen {
            Screen::Data if accept => return self.accept_adding(),
            Screen::Data if action == Action::Complete => return self.complete(),
            Screen::Data => return self.close_adding(),
            Screen::Depth if accept => self.accept_architecture(),
            Screen::Depth => self.depth.field = None,
            Screen::Train if accept => return self.accept_setting(),
            Screen::Train => self.form.field = None,
            Screen::Runs => {
                self.runs.filtering = false;
                if !accept {
                    self.runs.filter = super::text::Field::default();
                }
                return self.load_marked_run();
            }
        }
        Vec::new()
    }

    fn act_confirm(&mut self, action: Action) -> Vec<Effect> {
        let Some(Overlay::Confirm(confirm)) = &mut self.overlay else {
            return Vec::new();
        };
        match action {
            Action::Toggle => {
                confirm.yes = !confirm.yes;
                return Vec::new();
            }
            Action::Accept if confirm.yes => {}
            Action::Yes => {}
            _ => {
                self.overlay = None;
                return Vec::new();
            }
        }
        let question = confirm.question.clone();
        self.overlay = None;
        match question {
            Question::Quit => self.stop_and_quit(),
            Question::Stop => self.stop_training(),
            Question::Delete { path, .. } => vec![Effect::DeleteRun(path)],
        }
    }

    fn act_export(&mut self, action: Action) -> Vec<Effect> {
        let Some(Overlay::Export(dialog)) = &mut self.overlay else {
            return Vec::new();
        };
        match action {
            Action::Up => dialog.step(-1),
            Action::Down => dialog.step(1),
            Action::Toggle => dialog.toggle(),
            Action::ToggleAll => dialog.toggle_all(),
            Action::Accept if dialog.formats().is_empty() => {
                dialog.folder.error = Some("tick at least one format".to_owned());
            }
            Action::Accept if dialog.folder.text().is_empty() => {
                dialog.folder.error = Some("type the folder to write into".to_owned());
            }
            Action::Accept => {
                let effect = Effect::Export {
                    run: dialog.run.clone(),
                    formats: dialog.formats(),
                    out: expanded(Path::new(dialog.folder.text()), self.home.as_deref()),
                };
                self.overlay = None;
                self.say(Tone::Good, "exporting …");
                return vec![effect];
            }
            _ => self.overlay = None,
        }
        Vec::new()
    }
}
