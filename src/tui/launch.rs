//! Opens the app in the terminal, or as lines, and gives the terminal back.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::app::{App, Effect, Start, Tone};
use super::event_loop::{Ending, EventLoop};
use super::input::{Keyboard, Nothing};
use super::jobs::Jobs;
use super::keys::Rebound;
use super::notify::Notifier;
use super::pictures::Pictures;
use super::remembered::Opening;
use super::terminal::{self, TerminalGuard};
use super::theme::{Colours, Theme, choose};
use super::{AppError, background, plain, screens};

/// Runs the app in the terminal until it is left.
///
/// A training that runs is stopped first: all its finished epochs have their checkpoints.
///
/// # Errors
/// [`AppError`] where the terminal cannot be used or a thread cannot be started.
pub fn run(opening: Opening) -> Result<Ending, AppError> {
    run_and_follow(opening, None)
}

/// As [`run`], and follows the run at a path, which another process trains.
///
/// # Errors
/// As [`run`].
pub fn attach(opening: Opening, run: &Path) -> Result<Ending, AppError> {
    run_and_follow(opening, Some(run))
}

fn run_and_follow(opening: Opening, followed: Option<&Path>) -> Result<Ending, AppError> {
    let jobs = Jobs::listen()?;
    let variable = |name: &str| std::env::var(name).ok();
    let host = opening.settings.host.clone();
    let mut app = App::new(Start {
        settings: opening.settings,
        usual: opening.usual,
        home: directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned()),
        now: Timestamp::now(),
        zone: TimeZone::system(),
    });
    app.restore(&opening.state);
    if app.settings.host.start && followed.is_none() {
        app.open_start();
    }
    if let Some(path) = &opening.keys {
        let (rebound, problems) = Rebound::read(path, &screens::all_tables());
        app.rebound = rebound;
        app.say_all(Tone::Bad, &problems);
    }
    if let Some(problem) = opening.problem {
        app.say(Tone::Bad, problem);
    }
    let follow = followed.map(|run| Effect::Follow(run.to_owned()));
    let notifier = Notifier::new(&host, &variable);
    if host.plain {
        let pace = Duration::from_secs(host.plain_seconds as u64);
        let lines = plain::lines()?;
        let theme = Theme::new(Colours::None);
        let pictures = Pictures::half_blocks();
        let mut event_loop = EventLoop::new(app, theme, pictures, Nothing, notifier);
        event_loop.is_plain = true;
        event_loop.state = opening.file;
        event_loop.carry_out_all(follow.into_iter().collect())?;
        let ending = plain::run(&mut event_loop, &lines, &jobs, pace);
        event_loop.leave();
        return ending;
    }
    let chosen = choose(&host, &variable, &mut background::ask).map_err(AppError::Theme)?;
    // crossterm leaves colours out for `NO_COLOR`, also where the user names a theme.
    crossterm::style::force_color_output(chosen.theme.has_colours());
    if let Some(warning) = chosen.warning {
        app.say(Tone::Bad, warning);
    }
    terminal::leave_on_panic(std::thread::current().id());
    let mut terminal = TerminalGuard::take()?;
    let keyboard = Keyboard::start(jobs.keyboard())?;
    let pictures = Pictures::detect(host.images);
    let mut event_loop = EventLoop::new(app, chosen.theme, pictures, keyboard, notifier);
    event_loop.state = opening.file;
    event_loop.carry_out_all(follow.into_iter().collect())?;
    let ending = event_loop.run(&mut terminal, &jobs);
    drop(terminal);
    event_loop.leave();
    ending
}
