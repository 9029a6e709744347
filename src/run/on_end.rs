//! A command of the user's own, run when a training has ended.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Summary;
use crate::messages;

/// How a training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All seeds are trained.
    Finished,
    /// All seeds are trained but those in which a network diverged.
    Diverged,
    /// It was stopped; it can be resumed.
    Stopped,
    /// It could not go on.
    Failed,
}

impl Outcome {
    /// Its name, the value of `EBCLE_OUTCOME`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Diverged => "diverged",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }
}

/// What the command is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The run directory; none of a training that failed before it had one.
    pub directory: Option<PathBuf>,
    /// How it ended.
    pub outcome: Outcome,
    /// The verdict's outcome, of a training whose seeds are trained.
    pub verdict: Option<String>,
    /// Why it diverged or failed, or the reason of the verdict.
    pub reason: String,
}

impl Ended {
    /// What is told of a training with a summary.
    #[must_use]
    pub fn with(summary: &Summary, directory: &Path) -> Self {
        let divergence = summary.divergence();
        Self {
            directory: Some(directory.to_owned()),
            outcome: match divergence {
                Some(_) => Outcome::Diverged,
                None => Outcome::Finished,
            },
            verdict: Some(summary.verdict.outcome.to_string()),
            reason: divergence.unwrap_or_else(|| summary.verdict.reason.clone()),
        }
    }
}

/// Runs `command` in a shell and waits for its end. Its own output goes to standard error where `shows`, else nowhere but
/// for its last line, which an error repeats.
///
/// The command reads `EBCLE_RUN_DIR`, `EBCLE_OUTCOME`, `EBCLE_VERDICT` and `EBCLE_REASON`; those that have no value are
/// not set.
///
/// # Errors
/// One sentence where it cannot be run or ends with another exit code than 0.
pub fn on_end(command: &str, ended: &Ended, shows: bool) -> Result<(), String> {
    let mut shell = if cfg!(windows) {
        let mut shell = Command::new("cmd");
        shell.args(["/C", command]);
        shell
    } else {
        let mut shell = Command::new("sh");
        shell.args(["-c", command]);
        shell
    };
    // A command that trains would run itself at its end again.
    shell.env_remove("EBCLE_ON_END").stdin(Stdio::null());
    let reason = Some(&ended.reason).filter(|reason| !reason.is_empty());
    for (name, value) in [
        ("EBCLE_RUN_DIR", ended.directory.as_ref().map(AsRef::as_ref)),
        ("EBCLE_OUTCOME", Some(OsStr::new(ended.outcome.name()))),
        ("EBCLE_VERDICT", ended.verdict.as_ref().map(OsStr::new)),
        ("EBCLE_REASON", reason.map(OsStr::new)),
    ] {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    if shows {
        shell.stdout(std::io::stderr()).stderr(Stdio::inherit());
    } else {
        shell.stdout(Stdio::null()).stderr(Stdio::piped());
    }
    let cannot = |error: std::io::Error| format!("the command of --on-end cannot be run: {error}");
    let output = shell
        .spawn()
        .and_then(std::process::Child::wait_with_output);
    let output = output.map_err(cannot)?;
    if output.status.success() {
        return Ok(());
    }
    let how = match output.status.code() {
        Some(code) => format!("ended with exit code {code}"),
        None => "was ended by a signal".to_owned(),
    };
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().rev().find(|line| !line.trim().is_empty());
    let last = last.map(|line| format!(": {}", messages::line(line.trim())));
    Err(format!(
        "the command of --on-end {how}{}",
        last.unwrap_or_default()
    ))
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::run::Layer;

    fn ended(directory: Option<&Path>) -> Ended {
        Ended {
            directory: directory.map(Path::to_owned),
            outcome: Outcome::Finished,
            verdict: Some("non-inferior".to_owned()),
            reason: "it's fine; $(false)".to_owned(),
        }
    }

    #[test]
    fn the_command_is_told_of_the_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("with blank");
        std::fs::create_dir(&path).unwrap();
        let command = "printf '%s|' \"$EBCLE_OUTCOME\" \"$EBCLE_VERDICT\" \"$EBCLE_REASON\" > \"$EBCLE_RUN_DIR/said\"";
        on_end(command, &ended(Some(&path)), false).unwrap();
        let said = std::fs::read_to_string(path.join("said")).unwrap();
        assert_eq!(said, "finished|non-inferior|it's fine; $(false)|");
        let unset = "test -z \"${EBCLE_RUN_DIR+set}\"";
        assert_eq!(on_end(unset, &ended(None), false), Ok(()));
    }

    #[test]
    fn a_command_that_fails_is_said_in_one_sentence() {
        let said = |command| on_end(command, &ended(None), false).unwrap_err();
        assert_eq!(
            said("echo first >&2; echo no mail server >&2; exit 3"),
            "the command of --on-end ended with exit code 3: no mail server"
        );
        assert_eq!(
            said("kill -9 $$"),
            "the command of --on-end was ended by a signal"
        );
        assert!(said("no-such-command-here").contains("exit code 127: "));
    }

    /// The program's own commands, run from it, must not take its variables for misspelt settings.
    #[test]
    fn its_variables_are_no_settings() {
        let names = [
            "EBCLE_RUN_DIR",
            "EBCLE_OUTCOME",
            "EBCLE_VERDICT",
            "EBCLE_REASON",
        ];
        let variables = names.map(|name| (name.into(), "x".into()));
        assert!(Layer::from_variables(variables).is_ok());
    }
}
