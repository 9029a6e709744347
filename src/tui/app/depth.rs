//! Screen 2: choosing architecture, reading, width and depth.

use super::cycle::around;
use super::text::Field;
use super::{App, Effect, Screen, Tone};
use crate::depth::Rule;
use crate::network::{Architecture, Plan, Width};
use crate::tui::keys::Action;

/// A panel of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DepthPanel {
    /// The architectures.
    #[default]
    Architectures,
    /// The width policies.
    Widths,
    /// The readings.
    Readings,
}

impl DepthPanel {
    /// All panels, in order.
    pub const ALL: [Self; 3] = [Self::Architectures, Self::Widths, Self::Readings];

    /// The panel `step` places further, around the ends.
    #[must_use]
    pub const fn step(self, step: isize) -> Self {
        Self::ALL[around(self as usize, step, Self::ALL.len())]
    }
}

/// The depth screen's state.
#[derive(Clone, Debug)]
pub struct Depth {
    /// Suggested and typed architectures.
    pub architectures: Vec<Architecture>,
    /// The panel with the focus.
    pub panel: DepthPanel,
    /// Whether the table of stages stands in place of the drawing where there is room for one alone.
    pub stages: bool,
    /// The architecture that is being typed.
    pub field: Option<Field>,
}

impl Depth {
    /// The suggestions, and `wanted` if it is none of them.
    #[must_use]
    pub fn new(wanted: Architecture) -> Self {
        let mut architectures = Architecture::suggested();
        if !architectures.contains(&wanted) {
            architectures.push(wanted);
        }
        Self {
            architectures,
            panel: DepthPanel::default(),
            stages: false,
            field: None,
        }
    }
}

impl App {
    /// Does what a key of the screen asks for.
    pub(super) fn act_depth(&mut self, action: Action) -> Vec<Effect> {
        let at = self.architecture_at();
        match (action, self.depth.panel) {
            (Action::Up, DepthPanel::Architectures) => {
                self.choose_architecture(at.saturating_sub(1));
            }
            (Action::Down, DepthPanel::Architectures) => self.choose_architecture(at + 1),
            (Action::First, DepthPanel::Architectures) => self.choose_architecture(0),
            (Action::Last, DepthPanel::Architectures) => self.choose_architecture(usize::MAX),
            (Action::Up | Action::First, DepthPanel::Readings) => self.step_reading(-1),
            (Action::Down | Action::Last, DepthPanel::Readings) => self.step_reading(1),
            (Action::NextPanel, panel) => self.depth.panel = panel.step(1),
            (Action::PreviousPanel, panel) => self.depth.panel = panel.step(-1),
            (Action::ToggleStages, _) => self.depth.stages = !self.depth.stages,
            (Action::First, DepthPanel::Widths) => self.choose_width(Width::ALL[0]),
            (Action::Last, DepthPanel::Widths) => {
                self.choose_width(Width::ALL[Width::ALL.len() - 1]);
            }
            (Action::Down, DepthPanel::Widths) | (Action::NextWidth, _) => self.step_width(1),
            (Action::Up, DepthPanel::Widths) | (Action::PreviousWidth, _) => self.step_width(-1),
            (Action::Left, _) => self.step_depth(false),
            (Action::Right, _) => self.step_depth(true),
            (Action::DepthByReading, _) => self.depth_by_reading(),
            (Action::Add, _) => {
                let family = self.settings.architecture.family();
                self.depth.field = Some(Field::new(&format!("{family}-")));
            }
            (Action::Accept, _) => self.show(Screen::Train),
            (Action::Measure, _) => return self.measure(),
            (Action::Cancel, _) => return self.stop_measuring(),
            _ => {}
        }
        Vec::new()
    }

    pub(super) fn choose_architecture(&mut self, at: usize) {
        let last = self.depth.architectures.len().saturating_sub(1);
        if let Some(&architecture) = self.depth.architectures.get(at.min(last))
            && architecture != self.settings.architecture
        {
            self.settings.architecture = architecture;
            self.settings.depth = None;
            self.replan();
        }
    }

    pub(super) fn architecture_at(&self) -> usize {
        self.depth
            .architectures
            .iter()
            .position(|known| *known == self.settings.architecture)
            .unwrap_or(0)
    }

    pub(super) fn accept_architecture(&mut self) {
        let Some(field) = &mut self.depth.field else {
            return;
        };
        match field.text().parse::<Architecture>() {
            Ok(architecture) => {
                self.depth.field = None;
                if !self.depth.architectures.contains(&architecture) {
                    self.depth.architectures.push(architecture);
                }
                let at = self
                    .depth
                    .architectures
                    .iter()
                    .position(|known| *known == architecture);
                self.choose_architecture(at.unwrap_or(0));
            }
            Err(error) => field.error = Some(error.to_string()),
        }
    }

    /// Chooses the reading `step` places further among those of the profile, around the ends.
    pub(super) fn step_reading(&mut self, step: isize) {
        let Some(analysis) = &self.analysis else {
            return;
        };
        let readings: Vec<Rule> = analysis
            .readings
            .iter()
            .map(|reading| reading.name.clone())
            .collect();
        let at = readings
            .iter()
            .position(|rule| *rule == self.settings.reading)
            .unwrap_or(0);
        self.settings.reading = readings[around(at, step, readings.len())].clone();
        self.settings.depth = None;
        self.replan();
    }

    pub(super) fn step_width(&mut self, step: isize) {
        let at = Width::ALL
            .iter()
            .position(|width| *width == self.settings.width)
            .unwrap_or(0);
        self.choose_width(Width::ALL[around(at, step, Width::ALL.len())]);
    }

    fn choose_width(&mut self, width: Width) {
        self.settings.width = width;
        self.settings.width_factor = None;
        self.replan();
    }

    pub(super) fn depth_by_reading(&mut self) {
        if self.settings.depth.take().is_some() {
            self.replan();
        }
    }

    /// Sets the depth by hand to that of the next shallower or deeper capped network.
    pub(super) fn step_depth(&mut self, deeper: bool) {
        let (Some(analysis), Some(Ok(plan))) = (&self.analysis, &self.plan) else {
            return;
        };
        let deepest = plan.baseline.conv_depth.saturating_sub(1);
        let depth_of = |plan: &Plan| {
            plan.capped
                .as_ref()
                .map_or(plan.baseline.conv_depth, |capped| capped.conv_depth)
        };
        let now = depth_of(plan);
        let candidates: Vec<usize> = if deeper {
            (now + 1..=deepest).collect()
        } else {
            (plan.floor..now).rev().collect()
        };
        let next = candidates.into_iter().find(|&depth| {
            self.plan_with(analysis, Some(depth))
                .is_ok_and(|plan| plan.capped.is_some() && depth_of(&plan) != now)
        });
        if let Some(depth) = next {
            self.settings.depth = Some(depth);
            self.replan();
        } else {
            let sentence = if deeper {
                "there is no deeper network below the baseline".to_owned()
            } else {
                format!(
                    "there is no shallower network: it needs one {}",
                    plan.baseline_spec.architecture.labels().unit
                )
            };
            self.say(Tone::Bad, sentence);
        }
    }
}
