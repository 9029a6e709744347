//! The predicted time saved, compared with the outcome.

use serde::{Deserialize, Serialize};

use crate::evidence::Estimate;
use crate::format::{percent_interval, signed};
use crate::network::{Plan, PredictionSource};

/// The time saved as predicted before training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// `1 - time(capped) / time(baseline)` as predicted.
    pub time_saved: f64,
    /// Its 95 % interval; null for a prediction from MACs, which has none.
    pub interval: Option<[f64; 2]>,
    /// Where it comes from.
    pub source: PredictionSource,
    /// The outcome minus the prediction; null before there is an outcome.
    #[serde(default)]
    pub error: Option<f64>,
}

impl Prediction {
    /// What `plan` predicts; `None` without a capped network.
    #[must_use]
    pub fn of(plan: &Plan) -> Option<Self> {
        Some(Self {
            time_saved: plan.predicted_time_saved?,
            interval: plan.prediction_interval(),
            source: plan.prediction_source,
            error: None,
        })
    }

    /// With the error against the time that was saved.
    #[must_use]
    pub fn with_outcome(self, outcome: Option<Estimate>) -> Self {
        Self {
            error: outcome.map(|outcome| outcome.mean - self.time_saved),
            ..self
        }
    }

    /// The prediction in a few words: `31.4 ± 0.6 % by timed steps`.
    #[must_use]
    pub fn text(&self) -> String {
        let source = match self.source {
            PredictionSource::Macs => "by MACs",
            PredictionSource::Measured => "by timed steps",
        };
        format!(
            "{} % {source}",
            percent_interval(self.time_saved, self.interval, 1)
        )
    }

    /// Prediction and outcome as one sentence without its stop.
    #[must_use]
    pub fn against(&self, outcome: Option<Estimate>) -> String {
        let predicted = format!("predicted {}", self.text());
        let Some(outcome) = outcome else {
            return format!("{predicted}, no outcome yet");
        };
        let error = (outcome.mean - self.time_saved) * 100.0;
        let tail = match outcome.interval {
            Some([low, high]) if (low..=high).contains(&self.time_saved) => {
                ", which lies within the outcome's interval"
            }
            _ => "",
        };
        format!(
            "{predicted}, outcome {} %: {} points from the prediction{tail}",
            percent_interval(outcome.mean, outcome.interval, 1),
            signed(error, 1)
        )
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const BY_MACS: Prediction = Prediction {
        time_saved: 0.38,
        interval: None,
        source: PredictionSource::Macs,
        error: None,
    };

    #[test]
    fn prediction_and_outcome_are_compared() {
        let outcome = |mean, interval| BY_MACS.against(Some(Estimate { mean, interval }));
        assert_eq!(
            outcome(0.244, Some([0.231, 0.257])),
            "predicted 38.0 % by MACs, outcome 24.4 ± 1.3 %: −13.6 points from the prediction"
        );
        assert_eq!(
            outcome(0.37, Some([0.35, 0.39])),
            "predicted 38.0 % by MACs, outcome 37.0 ± 2.0 %: −1.0 points from the prediction, which lies within the outcome's interval"
        );
        assert_eq!(
            outcome(0.40, None),
            "predicted 38.0 % by MACs, outcome 40.0 %: +2.0 points from the prediction"
        );
        let known = Estimate {
            mean: 0.244,
            interval: None,
        };
        let error = BY_MACS.with_outcome(Some(known)).error.unwrap();
        assert!((error + 0.136).abs() < 1e-12);
        assert_eq!(BY_MACS.with_outcome(None), BY_MACS);
        let measured = Prediction {
            interval: Some([0.37, 0.39]),
            source: PredictionSource::Measured,
            ..BY_MACS
        };
        assert_eq!(
            measured.against(None),
            "predicted 38.0 ± 1.0 % by timed steps, no outcome yet"
        );
    }
}
