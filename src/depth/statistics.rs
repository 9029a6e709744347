//! The statistics of a profile by name, for rules of the user's own.

use crate::entropy::Profile;

/// Every statistic that an expression may name.
pub const NAMES: [&str; 36] = [
    "S_mean",
    "S_sd",
    "S_se",
    "S_min",
    "S_q1",
    "S_median",
    "S_q3",
    "S_p95",
    "S_max",
    "SNR",
    "grey_mean",
    "grey_sd",
    "joint_mean",
    "joint_sd",
    "nats_mean",
    "nats_sd",
    "lossless_mean",
    "lossless_sd",
    "pooled",
    "ME",
    "red_mean",
    "red_sd",
    "green_mean",
    "green_sd",
    "blue_mean",
    "blue_sd",
    "channel_mean_min",
    "channel_mean_max",
    "class_mean_min",
    "class_mean_max",
    "images",
    "classes",
    "channels",
    "height",
    "width",
    "pixels",
];

/// The values of [`NAMES`], in that order; NaN where the data has no such value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statistics(pub(super) [f64; NAMES.len()]);

impl Statistics {
    /// The statistics of a profile.
    ///
    /// `ME` is the largest S that the images could have, 8 bits a channel; `SNR` is `S_mean / S_sd`.
    pub(super) fn of(profile: &Profile) -> Self {
        let mut statistics = Self([f64::NAN; NAMES.len()]);
        let information = &profile.image_information;
        for (name, value) in [
            ("S_mean", information.mean),
            ("S_sd", information.sd),
            ("S_se", information.standard_error),
            ("S_min", information.min),
            ("S_q1", information.q1),
            ("S_median", information.median),
            ("S_q3", information.q3),
            ("S_p95", information.p95),
            ("S_max", information.max),
            ("SNR", information.mean / information.sd),
            ("grey_mean", profile.grey.mean),
            ("grey_sd", profile.grey.sd),
            ("joint_mean", profile.joint_colour.mean),
            ("joint_sd", profile.joint_colour.sd),
            ("pooled", profile.pooled_histogram.sum),
            ("ME", 8.0 * profile.channels as f64),
            ("images", profile.images as f64),
            ("classes", profile.classes as f64),
            ("channels", profile.channels as f64),
            ("height", profile.height as f64),
            ("width", profile.width as f64),
            ("pixels", (profile.height * profile.width) as f64),
        ] {
            statistics.set(name, value);
        }
        if let Some(nats) = &profile.image_nats {
            statistics.set("nats_mean", nats.mean);
            statistics.set("nats_sd", nats.sd);
        }
        if let Some(lossless) = &profile.lossless {
            statistics.set("lossless_mean", lossless.mean);
            statistics.set("lossless_sd", lossless.sd);
        }
        for channel in &profile.channel_entropy {
            statistics.set(&format!("{}_mean", channel.name), channel.mean);
            statistics.set(&format!("{}_sd", channel.name), channel.sd);
        }
        let channels = profile.channel_entropy.iter().map(|channel| channel.mean);
        statistics.extremes("channel", channels);
        let classes = profile.per_class.iter().filter(|class| class.images > 0);
        statistics.extremes("class", classes.map(|class| class.mean));
        statistics
    }

    fn extremes(&mut self, what: &str, means: impl Iterator<Item = f64> + Clone) {
        self.set(
            &format!("{what}_mean_min"),
            means.clone().fold(f64::NAN, f64::min),
        );
        self.set(&format!("{what}_mean_max"), means.fold(f64::NAN, f64::max));
    }

    /// Sets the statistic `name`, if there is one.
    pub(super) fn set(&mut self, name: &str, value: f64) {
        if let Some(place) = NAMES.iter().position(|known| *known == name) {
            self.0[place] = value;
        }
    }

    /// The statistic `name`; NaN if there is none.
    pub(super) fn get(&self, name: &str) -> f64 {
        NAMES
            .iter()
            .position(|known| *known == name)
            .map_or(f64::NAN, |place| self.0[place])
    }
}
