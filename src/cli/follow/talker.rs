//! What is said on stderr while a pair is trained.

use indicatif::{MultiProgress, ProgressBar};

use crate::cli::options::Global;
use crate::cli::output;
use crate::format::{about, count, fixed, percent};
use crate::messages;
use crate::run::{Settings, show_seeds};
use crate::training::checkpoint::Progress;
use crate::training::{Event, Role};

/// Says on stderr how the training goes: bars in a terminal, a line for each epoch elsewhere.
pub struct Talker {
    quiet: bool,
    progress: MultiProgress,
    bars: [ProgressBar; 2],
    /// Epochs of each network, the baseline's first.
    epochs: [usize; 2],
}

impl Talker {
    /// Says nothing yet.
    pub fn new(global: &Global, settings: &Settings) -> Self {
        let progress = MultiProgress::with_draw_target(output::target(global));
        let bars = Role::BOTH.map(|role| {
            let bar = progress.add(output::bar(global, "{prefix:8} {bar:24} {msg}"));
            bar.set_prefix(role.name());
            bar
        });
        Self {
            quiet: global.quiet,
            progress,
            bars,
            epochs: Role::BOTH.map(|role| settings.recipe.epochs_of(role)),
        }
    }

    /// Says a line.
    pub fn say(&self, line: &str) {
        if self.quiet {
            return;
        }
        if self.progress.is_hidden() || self.progress.println(messages::lines(line)).is_err() {
            messages::say(line);
        }
    }

    fn bar(&self, role: Role) -> &ProgressBar {
        match role {
            Role::Baseline => &self.bars[0],
            Role::Capped => &self.bars[1],
        }
    }

    pub(super) fn show(&self, event: &Event) {
        match event {
            Event::Started {
                device,
                steps_per_epoch,
                train_images,
                holdout_images,
                test_images,
                ..
            } => {
                for (bar, epochs) in self.bars.iter().zip(self.epochs) {
                    bar.set_length((steps_per_epoch * epochs) as u64);
                }
                let held_out = holdout_images.map_or_else(String::new, |images| {
                    format!(", {} held-out", count(images as u64))
                });
                self.say(&format!(
                    "device: {device} · {} training{held_out} and {} test images",
                    count(*train_images as u64),
                    count(*test_images as u64)
                ));
            }
            Event::WarmedUp { network, seconds } => {
                self.bar(*network)
                    .set_message(format!("warmed up in {}", about(*seconds)));
            }
            Event::SeedStarted { seed } => {
                for bar in &self.bars {
                    bar.reset();
                }
                self.say(&format!("seed {seed}"));
            }
            Event::Step {
                network,
                epoch,
                step,
                loss,
                images_per_second,
                ..
            } => {
                let bar = self.bar(*network);
                let epochs = self.epochs[*network as usize];
                let per_epoch = bar.length().unwrap_or(0) / epochs.max(1) as u64;
                bar.set_position((*epoch as u64 - 1) * per_epoch + *step as u64);
                bar.set_message(format!(
                    "epoch {epoch} of {epochs} · loss {} · {} images/s",
                    fixed(*loss, 3),
                    fixed(*images_per_second, 0)
                ));
            }
            Event::Evaluating { network, .. } => self.bar(*network).set_message("testing"),
            Event::Epoch(record) => self.say(&format!(
                "  {:8}  epoch {:>3} of {}   loss {}   {} accuracy {} %   {} s   {} images/s",
                record.network.name(),
                record.epoch,
                self.epochs[record.network as usize],
                fixed(record.train_loss, 3),
                record.validation_set(),
                percent(record.validation_accuracy(), 2),
                fixed(record.train_seconds, 1),
                fixed(record.images_per_second, 0),
            )),
            Event::Continued { from } => self.say(&continued(from, self.epochs)),
            Event::Controlled { action, by } => self.say(&format!("{action}: asked for by {by}")),
            Event::Diverged(diverged) => self.say(&format!("warning: {}", diverged.message)),
            Event::Warning { message } => self.say(&format!("warning: {message}")),
            _ => {}
        }
    }

    pub(super) fn finish(&self) {
        for bar in &self.bars {
            bar.finish_and_clear();
        }
    }
}

/// From where a training goes on that has these epochs of each network.
fn continued(from: &[Progress], epochs: [usize; 2]) -> String {
    let is_done = |at: &Progress| at.epoch >= epochs[at.network as usize];
    let both = |seed: u64| {
        let networks = from.iter().filter(|at| at.seed == seed && is_done(at));
        networks.count() == Role::BOTH.len()
    };
    let mut trained: Vec<u64> = from
        .iter()
        .map(|at| at.seed)
        .filter(|&at| both(at))
        .collect();
    trained.dedup();
    let mut parts: Vec<String> = match trained.as_slice() {
        [] => Vec::new(),
        [seed] => vec![format!("seed {seed} is trained")],
        seeds => vec![format!("seeds {} are trained", show_seeds(seeds))],
    };
    let begun = from.iter().filter(|at| !trained.contains(&at.seed));
    parts.extend(begun.map(|at| {
        let network = at.network.name();
        format!("seed {} {network} from epoch {}", at.seed, at.epoch)
    }));
    if parts.is_empty() {
        return "no epoch was finished: starts again".to_owned();
    }
    format!("resumed: {}", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_that_are_trained_are_named_together() {
        let at = |seed, network, epoch| Progress::new(seed, network, epoch);
        let whole = |seed| [at(seed, Role::Baseline, 3), at(seed, Role::Capped, 4)];
        let mut from = [whole(1), whole(2), whole(3)].concat();
        assert_eq!(continued(&from, [3, 4]), "resumed: seeds 1..3 are trained");
        from.truncate(2);
        from.push(at(2, Role::Baseline, 1));
        assert_eq!(
            continued(&from, [3, 4]),
            "resumed: seed 1 is trained, seed 2 baseline from epoch 1"
        );
        assert_eq!(
            continued(&[], [3, 4]),
            "no epoch was finished: starts again"
        );
    }
}
