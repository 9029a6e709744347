//! From the present settings to the pair that is shown, and to those it could be compared with.

use super::{App, around};
use crate::depth::{Analysis, Reading, Rule};
use crate::network::{self, NetworkSummary, Overrides, Plan, Width};
use crate::tui::remedy::in_app;
use crate::tui::screens::depth::Subject;

/// The pairs that one key leads to: by every reading, and by every width policy.
#[derive(Clone, Debug, Default)]
pub struct Alternatives {
    /// By every reading of the profile, in its order, whatever depth is set by hand.
    pub readings: Vec<(Rule, Plan)>,
    /// By every width policy, whatever factor is set by hand.
    pub widths: Vec<(Width, Plan)>,
    /// The baseline made narrower to the capped network's time; none where that is not known.
    pub narrow: Option<NetworkSummary>,
}

impl Alternatives {
    /// What a width policy gives.
    pub fn of_width(&self, width: Width) -> Option<&Plan> {
        let found = self.widths.iter().find(|(policy, _)| *policy == width);
        found.map(|(_, plan)| plan)
    }

    /// What a reading gives.
    pub fn of_reading(&self, rule: &Rule) -> Option<&Plan> {
        let found = self.readings.iter().find(|(name, _)| name == rule);
        found.map(|(_, plan)| plan)
    }
}

impl App {
    /// Chooses the reading `step` places further among those of the profile, around the ends.
    pub(in crate::tui) fn step_reading(&mut self, step: isize) {
        let Some(analysis) = &self.analysis else {
            return;
        };
        let readings = &analysis.readings;
        let at = readings
            .iter()
            .position(|reading| reading.name == self.settings.reading)
            .unwrap_or(0);
        self.choose_reading(around(at, step, readings.len()));
    }

    /// Chooses the reading at a place among those of the profile.
    pub(in crate::tui) fn choose_reading(&mut self, at: usize) {
        let readings = self.analysis.as_ref().map(|analysis| &analysis.readings);
        let Some(reading) = readings.and_then(|readings| readings.get(at)) else {
            return;
        };
        self.settings.reading = reading.name.clone();
        self.settings.depth = None;
        self.replan();
    }

    /// Applies the chosen reading and plans the pair anew, and those beside it.
    pub(in crate::tui) fn replan(&mut self) {
        self.plan = None;
        self.alternatives = Alternatives::default();
        let Some(loaded) = &self.data.current else {
            self.analysis = None;
            return;
        };
        let analysis = loaded.analysis.clone().with_reading(&self.settings.reading);
        self.settings = self.settings.fitted(&analysis.profile);
        self.plan = Some(
            self.plan_with(&analysis, self.settings.depth)
                .map_err(|error| in_app(&error.to_string())),
        );
        if matches!(self.plan, Some(Ok(_))) {
            self.alternatives = self.alternatives_of(&analysis);
        }
        self.analysis = Some(analysis);
    }

    fn alternatives_of(&self, analysis: &Analysis) -> Alternatives {
        let (depth, width_factor) = (self.settings.depth, self.settings.width_factor);
        let readings = analysis.readings.iter().filter_map(|reading| {
            let overrides = Overrides {
                depth: None,
                width_factor,
            };
            let plan = self.pair(analysis, reading, overrides, self.settings.width);
            Some((reading.name.clone(), plan.ok()?))
        });
        let widths = Width::ALL.into_iter().filter_map(|width| {
            let overrides = Overrides {
                depth,
                width_factor: None,
            };
            let plan = self.pair(analysis, analysis.chosen(), overrides, width);
            Some((width, plan.ok()?))
        });
        Alternatives {
            readings: readings.collect(),
            widths: widths.collect(),
            narrow: self
                .widths
                .of(self.subject_by_macs().as_ref())
                .and_then(|fitted| fitted.narrow.clone()),
        }
    }

    /// The pair by the present settings, but for the depth that is set by hand.
    pub(in crate::tui) fn plan_with(
        &self,
        analysis: &Analysis,
        depth: Option<usize>,
    ) -> Result<Plan, network::NetworkError> {
        let overrides = Overrides {
            depth,
            width_factor: self.settings.width_factor,
        };
        self.pair(analysis, analysis.chosen(), overrides, self.settings.width)
    }

    /// What timed steps of the present pair depend on, before they are known.
    pub(in crate::tui) fn subject_by_macs(&self) -> Option<Subject> {
        let analysis = &self.data.current.as_ref()?.analysis;
        let overrides = Overrides {
            depth: self.settings.depth,
            width_factor: self.settings.width_factor,
        };
        let reading = analysis.get(&self.settings.reading)?;
        let plan = self.by_macs(analysis, reading, overrides, self.settings.width);
        Subject::new(&self.settings, &plan.ok()?)
    }

    /// A pair, its width and its prediction by timed steps where these are known.
    fn pair(
        &self,
        analysis: &Analysis,
        reading: &Reading,
        overrides: Overrides,
        width: Width,
    ) -> Result<Plan, network::NetworkError> {
        let mut plan = self.by_macs(analysis, reading, overrides, width)?;
        let subject = Subject::new(&self.settings, &plan);
        if let Some(fitted) = self.widths.of(subject.as_ref()) {
            if let (Some(_), None) = (fitted.factor, overrides.width_factor) {
                let overrides = Overrides {
                    width_factor: fitted.factor,
                    ..overrides
                };
                plan = Plan {
                    width_measured: true,
                    ..self.by_macs(analysis, reading, overrides, width)?
                };
            }
            if let Some(measured) = &fitted.measured {
                plan = plan.with_measured(measured.clone());
            }
        }
        Ok(self.with_known_times(plan))
    }

    fn by_macs(
        &self,
        analysis: &Analysis,
        reading: &Reading,
        overrides: Overrides,
        width: Width,
    ) -> Result<Plan, network::NetworkError> {
        let profile = &analysis.profile;
        network::plan(
            &profile.dataset,
            profile.into(),
            self.settings.architecture,
            reading,
            overrides,
            width,
        )
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::depth::Rule;
    use crate::network::Width;
    use crate::tui::fixtures::{self, press};

    #[test]
    fn every_reading_and_every_width_has_its_pair() {
        let mut app = fixtures::ready(120, 36);
        let depths = |app: &super::App| -> Vec<usize> {
            let readings = &app.alternatives.readings;
            let capped = readings
                .iter()
                .map(|(_, plan)| plan.capped.as_ref().unwrap());
            capped.map(|network| network.conv_depth).collect()
        };
        let by_reading = depths(&app);
        assert_eq!(
            by_reading.len(),
            app.analysis.as_ref().unwrap().readings.len()
        );
        press(&mut app, "2+");
        assert_eq!(
            depths(&app),
            by_reading,
            "a depth by hand leaves readings alone"
        );
        let by_hand = app.plan.clone().unwrap().unwrap();
        assert_eq!(app.alternatives.of_width(Width::Balanced), Some(&by_hand));
        let depth = |width| {
            let capped = app.alternatives.of_width(width).unwrap().capped.as_ref();
            capped.unwrap().conv_depth
        };
        assert!(
            Width::ALL
                .iter()
                .all(|width| depth(*width) == depth(Width::Same))
        );
        press(&mut app, "dr");
        let chosen = app.plan.clone().unwrap().unwrap();
        assert_eq!(
            app.alternatives.of_reading(&Rule::ChannelSumMax),
            Some(&chosen)
        );
    }
}
