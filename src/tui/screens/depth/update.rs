//! Choosing architecture, reading, width and depth.

use super::DepthPanel;
use crate::network::{Architecture, Plan, Width};
use crate::tui::app::text::Field;
use crate::tui::app::{App, Tone, around};

impl App {
    /// Moves the choice in the focused panel by a line.
    pub(super) fn step_choice(&mut self, step: isize) {
        match self.depth.panel {
            DepthPanel::Architectures => self.step_architecture(step),
            DepthPanel::Widths => self.step_width(step),
            DepthPanel::Readings => self.step_reading(step),
        }
    }

    /// Gives a panel the focus.
    pub(super) const fn focus_choice(&mut self, panel: usize) {
        self.depth.panel = DepthPanel::ALL[panel];
    }

    /// Chooses the architecture `step` lines further.
    pub(super) fn step_architecture(&mut self, step: isize) {
        self.choose_architecture(self.architecture_at().saturating_add_signed(step));
    }

    /// Chooses the architecture on a line.
    pub(super) fn click_architecture(&mut self, at: usize) {
        self.depth.panel = DepthPanel::Architectures;
        self.choose_architecture(at);
    }

    /// Chooses the width policy on a line.
    pub(super) fn click_width(&mut self, at: usize) {
        self.depth.panel = DepthPanel::Widths;
        self.choose_width(Width::ALL[at]);
    }

    /// Chooses the reading on a line.
    pub(super) fn click_reading_of_depth(&mut self, at: usize) {
        self.depth.panel = DepthPanel::Readings;
        self.choose_reading(at);
    }

    /// Chooses the first or the last line of the focused panel.
    pub(super) fn choose_end(&mut self, last: bool) {
        match self.depth.panel {
            DepthPanel::Architectures => {
                self.choose_architecture(if last { usize::MAX } else { 0 });
            }
            DepthPanel::Widths => {
                self.choose_width(Width::ALL[if last { Width::ALL.len() - 1 } else { 0 }]);
            }
            DepthPanel::Readings => self.step_reading(if last { 1 } else { -1 }),
        }
    }

    /// Opens the field for an architecture.
    pub(super) fn type_architecture(&mut self) {
        let family = self.settings.architecture.family();
        self.depth.field = Some(Field::new(&format!("{family}-")));
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
                self.depth.add(architecture);
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

    pub(super) fn step_width(&mut self, step: isize) {
        let at = Width::ALL
            .iter()
            .position(|width| *width == self.settings.width)
            .unwrap_or(0);
        self.choose_width(Width::ALL[around(at, step, Width::ALL.len())]);
    }

    pub(super) fn choose_width(&mut self, width: Width) {
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
                "no deeper network below the baseline".to_owned()
            } else {
                format!(
                    "no shallower network: at least one {}",
                    plan.baseline_spec.architecture.labels().unit
                )
            };
            self.say(Tone::Bad, sentence);
        }
    }
}
