//! How long the app takes to draw the Train screen.

use std::io;
use std::time::Instant;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};

use super::app::{App, Message, Start};
use super::pictures::Pictures;
use super::screens;
use super::screens::train::{Live, TrainScreen};
use super::theme::{Colours, Theme};
use crate::network::Plan;
use crate::run::{Settings, Update};
use crate::training::{EpochRecord, Event, Role};

/// A training that is made up, and the terminal it is drawn for.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Losses inside the epochs of the present seed, both networks together.
    pub points: usize,
    /// Seeds, all but the last of which are trained.
    pub seeds: u64,
    /// Epochs of each.
    pub epochs: usize,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
}

/// Seconds that each of `frames` frames takes: a loss comes in, everything is drawn, and what has changed is encoded for the
/// terminal.
///
/// # Errors
/// Where nothing can be drawn.
pub fn frame_times(
    settings: &Settings,
    plan: &Plan,
    scene: &Scene,
    frames: usize,
) -> io::Result<Vec<f64>> {
    let now = Timestamp::now();
    let mut app = App::new(Start {
        settings: settings.clone(),
        usual: settings.clone(),
        home: None,
        now,
        zone: TimeZone::UTC,
    });
    let (columns, rows) = scene.size;
    app.update(Message::Resize(columns, rows));
    let mut settings = settings.clone();
    settings.recipe.seeds = (1..=scene.seeds).collect();
    settings.recipe.epochs = scene.epochs;
    let mut live = Live::new(settings, plan.clone(), now);
    let done = scene.epochs / 2;
    let steps = scene.points.div_ceil(2 * done.max(1)).max(1);
    live.apply(Update::EarlierEpochs(records(scene, done)), now);
    live.apply(Update::Event(started(scene, steps)), now);
    live.apply(Update::Event(Event::SeedStarted { seed: scene.seeds }), now);
    for point in 0..scene.points {
        live.apply(Update::Event(step(scene, steps, point)), now);
    }
    app.live = Some(live);
    app.screen = &TrainScreen;
    let place = Rect::new(0, 0, columns, rows);
    let mut terminal = Terminal::with_options(
        CrosstermBackend::new(io::sink()),
        TerminalOptions {
            viewport: Viewport::Fixed(place),
        },
    )?;
    let theme = Theme::new(Colours::True);
    let pictures = Pictures::half_blocks();
    let mut seconds = Vec::with_capacity(frames);
    for frame in 0..frames {
        let begun = Instant::now();
        let event = step(scene, steps, scene.points + frame);
        app.update(Message::Update(Update::Event(event)));
        terminal.draw(|frame: &mut Frame<'_>| screens::render(frame, &app, theme, &pictures))?;
        seconds.push(begun.elapsed().as_secs_f64());
    }
    Ok(seconds)
}

fn started(scene: &Scene, steps_per_epoch: usize) -> Event {
    Event::Started {
        device: "none: a training that is made up".to_owned(),
        train_images: 50_000,
        test_images: 10_000,
        holdout_images: None,
        most_frequent_class: None,
        steps_per_epoch,
        epochs: scene.epochs,
        seeds: (1..=scene.seeds).collect(),
    }
}

/// Values that jump about 1, the same for the same number.
fn jump(number: usize) -> f64 {
    let mixed = (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
    0.9 + mixed as f64 / f64::from(1 << 24) * 0.2
}

/// The losses of both networks, a step of each in turn.
fn step(scene: &Scene, steps: usize, point: usize) -> Event {
    let (network, at) = (Role::BOTH[point % 2], point / 2);
    let epoch = (at / steps + 1).min(scene.epochs);
    let falling = 2.3 * (-(at as f64) / (steps as f64 * 20.0)).exp() + 0.1;
    Event::Step {
        seed: scene.seeds,
        network,
        epoch,
        step: at % steps + 1,
        loss: falling * jump(point),
        gradient_norm: Some(3.0 * falling * jump(point)),
        learning_rate: 0.1,
        images_per_second: 5000.0,
    }
}

/// All epochs of all seeds but the last, of which `done` are there.
fn records(scene: &Scene, done: usize) -> Vec<EpochRecord> {
    let mut rows = Vec::new();
    for seed in 1..=scene.seeds {
        let epochs = if seed < scene.seeds {
            scene.epochs
        } else {
            done
        };
        for epoch in 1..=epochs {
            for network in Role::BOTH {
                let noise = jump(seed as usize * 100_003 + epoch * 2 + network as usize);
                let falling = (-(epoch as f64) / 20.0).exp() * noise;
                let train_seconds = [11.2, 7.1][network as usize] * noise;
                rows.push(EpochRecord {
                    seed,
                    network,
                    epoch,
                    train_loss: 2.2 * falling + 0.1,
                    train_accuracy: 0.95 - 0.85 * falling,
                    test_loss: 2.0 * falling + 0.3,
                    test_accuracy: 0.92 - 0.82 * falling,
                    train_seconds,
                    eval_seconds: 0.8,
                    images_per_second: 50_000.0 / train_seconds,
                    learning_rate: 0.1 * (1.0 - epoch as f64 / (scene.epochs as f64 + 1.0)),
                    data_wait_seconds: None,
                    holdout_loss: None,
                    holdout_accuracy: None,
                    kept_epoch: None,
                    gradient_norm: Some(3.0 * falling + 0.2),
                    gradient_norm_max: Some(4.0 * falling + 0.3),
                    train_joules: None,
                });
            }
        }
    }
    rows
}
