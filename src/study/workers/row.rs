//! What a worker does, in words.

use crate::format::about;
use crate::run::{Doing, Status};

/// The worker on a device, or a task of Slurm.
#[derive(Clone, Debug, PartialEq)]
pub struct Worker {
    /// The device, or the task and its node.
    pub device: String,
    /// Name of the cell that it trains; none while it has none.
    pub cell: Option<String>,
    /// Which try of the cell this is, from 1.
    pub tries: usize,
    /// Its last heartbeat; none before the training begins.
    pub status: Option<Status>,
    /// Whether it gets no more cells, because too many failed on it.
    pub retired: bool,
    /// What is shown in place of how far it is; none of a worker.
    pub note: Option<String>,
}

impl Worker {
    /// How far it is: `seed 2 · capped · epoch 3 of 30`.
    #[must_use]
    pub fn place(&self) -> String {
        if let Some(note) = &self.note {
            return note.clone();
        }
        if self.retired {
            return "gets no more runs".to_owned();
        }
        if self.cell.is_none() {
            return "idle".to_owned();
        }
        let Some(status) = &self.status else {
            return "preparing".to_owned();
        };
        let mut parts: Vec<String> = Vec::new();
        parts.extend(status.seed.map(|seed| format!("seed {seed}")));
        parts.extend(status.network.map(|network| network.name().to_owned()));
        if let (Some(epoch), Some(epochs)) = (status.epoch, status.epochs) {
            parts.push(format!("epoch {epoch} of {epochs}"));
        }
        if parts.is_empty() || status.phase != Doing::Running {
            parts.push(status.phase.name().to_owned());
        }
        parts.join(" · ")
    }

    /// How much of its cell is done, a fraction; none where that is not known.
    #[must_use]
    pub fn share_done(&self) -> Option<f64> {
        self.status.as_ref().map(|status| status.share_done)
    }

    /// How long its cell still takes: `about 4 min left`; empty where that is not known.
    #[must_use]
    pub fn left(&self) -> String {
        let left = self.left_in_short();
        left.map_or_else(String::new, |left| format!("about {left} left"))
    }

    /// The same as `4 min`; none where that is not known.
    #[must_use]
    pub fn left_in_short(&self) -> Option<String> {
        self.status.as_ref()?.seconds_left.map(about)
    }

    /// All of it in a line: `cuda:0  mnist-resnet-20  seed 2 · capped · epoch 3 of 30  about 4 min left`.
    #[must_use]
    pub fn line(&self) -> String {
        let cell = self.cell.clone().unwrap_or_default();
        let again = if self.tries > 1 {
            format!("try {}", self.tries)
        } else {
            String::new()
        };
        let parts = [self.device.clone(), cell, again, self.place(), self.left()];
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join("  ")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::training::Role;

    #[test]
    fn a_line_says_device_cell_place_and_time() {
        let mut worker = Worker {
            device: "cuda:1".to_owned(),
            cell: None,
            tries: 0,
            status: None,
            retired: false,
            note: None,
        };
        assert_eq!(worker.line(), "cuda:1  idle");
        worker.cell = Some("mnist-resnet-20".to_owned());
        worker.tries = 1;
        assert_eq!(worker.line(), "cuda:1  mnist-resnet-20  preparing");
        let status = r#"{"pid": 7, "host": "desk", "phase": "running", "share_done": 0.25, "seconds_left": 240.0,
            "time": "2026-11-28T12:00:00Z"}"#;
        let mut status: Status = serde_json::from_str(status).unwrap();
        status.seed = Some(2);
        status.network = Some(Role::Capped);
        (status.epoch, status.epochs) = (Some(3), Some(30));
        worker.status = Some(status);
        worker.tries = 2;
        assert_eq!(
            worker.line(),
            format!(
                "cuda:1  mnist-resnet-20  try 2  seed 2 · capped · epoch 3 of 30  about {} left",
                about(240.0)
            )
        );
        assert_eq!(worker.share_done(), Some(0.25));
        worker.retired = true;
        assert!(worker.line().contains("gets no more runs"));
        worker.note = Some("1 of 6 runs is done".to_owned());
        assert!(worker.line().contains("1 of 6 runs is done"));
    }
}
