//! No command: the app in a terminal.

use std::io::{IsTerminal, stdin, stdout};
use std::process::ExitCode;

use super::failure::INTERRUPTED;
use super::options::{AppOptions, EndOptions, Global, Options, own_keys_path};
use crate::run::Layer;
use crate::tui::{self, AppError, Ending, Opening, Remembered};

/// Whether the app is to be opened: in a terminal, and anywhere without a screen, which an option, the environment or the
/// config file may ask for.
///
/// # Errors
/// One sentence on the first setting that cannot be used.
pub fn is_asked_for(app: &AppOptions, global: &Global) -> anyhow::Result<bool> {
    let in_terminal = stdin().is_terminal() && stdout().is_terminal();
    Ok(in_terminal || global.resolve(app.given().clone(), None)?.host.plain)
}

/// Opens the app with what was given and what the last session left.
///
/// # Errors
/// One sentence on a setting that cannot be used, or a terminal.
pub fn run(
    options: &Options,
    app: &AppOptions,
    end: &EndOptions,
    global: &Global,
) -> anyhow::Result<ExitCode> {
    let mut layer = app.given().clone();
    options.fill(&mut layer);
    end.fill(&mut layer);
    open(opening(&layer, global)?, tui::run)
}

/// Opens the app by `run`, unless the terminal cannot show it.
///
/// # Errors
/// One sentence on the terminal, or what `run` says.
pub fn open(
    opening: Opening,
    run: impl FnOnce(Opening) -> Result<Ending, AppError>,
) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(
        opening.settings.host.plain || std::env::var_os("TERM").is_none_or(|name| name != "dumb"),
        "the app needs a terminal whose cursor it can move, and TERM is dumb: use --plain, or a command, such as `ebcle-tui train glyphs resnet-20`"
    );
    Ok(match run(opening)? {
        Ending::Quit => ExitCode::SUCCESS,
        Ending::Signalled => ExitCode::from(INTERRUPTED),
    })
}

/// What a session with the options of `layer` begins with.
fn opening(layer: &Layer, global: &Global) -> anyhow::Result<Opening> {
    let settings = global.resolve(layer.clone(), None)?;
    let mut opening = Opening::new(settings, own_keys_path());
    if !opening.settings.host.remember {
        return Ok(opening);
    }
    opening.usual = global.resolve(Layer::default(), None)?;
    opening.file = Remembered::path();
    let Some(file) = &opening.file else {
        return Ok(opening);
    };
    match Remembered::read(file) {
        Ok(state) => opening.state = state,
        Err(problem) => opening.problem = Some(problem),
    }
    match global.resolve_with(layer.clone(), Some(opening.state.layer()), None) {
        Ok(settings) => opening.settings = settings,
        Err(error) => {
            opening.problem = Some(format!(
                "the settings of the last session are not restored: {error}"
            ));
        }
    }
    Ok(opening)
}
