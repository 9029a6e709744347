//! Cores of the CPU that this process keeps to.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use super::TrainingError;

/// Cores of the CPU, by the numbers that the operating system gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cores {
    first: usize,
    last: usize,
}

impl Cores {
    /// Whether a core is among these and among `others`.
    #[must_use]
    pub const fn meets(self, others: Self) -> bool {
        self.first <= others.last && others.first <= self.last
    }
}

impl fmt::Display for Cores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

impl FromStr for Cores {
    type Err = TrainingError;

    fn from_str(text: &str) -> Result<Self, TrainingError> {
        let refused = |what: String| TrainingError::Devices(format!("device 'cpu:{text}': {what}"));
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let number = |text: &str| {
            text.parse::<usize>().map_err(|_| {
                refused(format!(
                    "'{text}' is neither a core, such as cpu:0, nor a range, such as cpu:0-3"
                ))
            })
        };
        let (first, last) = (number(first)?, number(last)?);
        if last < first {
            return Err(refused(format!(
                "its cores run backwards: write cpu:{last}-{first}"
            )));
        }
        Ok(Self { first, last })
    }
}

/// The cores that this process was told to keep to.
static KEPT: OnceLock<Cores> = OnceLock::new();

/// Whether this process keeps to these cores.
pub(super) fn is_kept_to(cores: Cores) -> bool {
    KEPT.get() == Some(&cores)
}

/// Checks that this process may use these cores.
///
/// # Errors
/// [`TrainingError::Devices`] where it may not, or where the operating system cannot be asked.
pub(super) fn check(cores: Cores) -> Result<(), TrainingError> {
    system::check(cores)
        .map_err(|what| TrainingError::Devices(format!("device cpu:{cores}: {what}")))
}

/// Lets the calling thread and all that it starts from now on run on these cores alone. Called before the threads for
/// parallel work are started, of which there are then as many as cores.
///
/// # Errors
/// As [`check`].
pub(super) fn keep_to(cores: Cores) -> Result<(), TrainingError> {
    check(cores)?;
    let kept = system::keep_to(cores);
    kept.map_err(|what| TrainingError::Devices(format!("device cpu:{cores}: {what}")))?;
    KEPT.get_or_init(|| cores);
    Ok(())
}

#[cfg(target_os = "linux")]
mod system {
    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    use nix::unistd::Pid;

    use super::Cores;

    const THIS: Pid = Pid::from_raw(0);

    pub fn check(cores: Cores) -> Result<(), String> {
        let mine = sched_getaffinity(THIS)
            .map_err(|error| format!("this process's cores cannot be asked for: {error}"))?;
        let is_mine = |&core: &usize| mine.is_set(core).unwrap_or(false);
        if (cores.first..=cores.last).all(|core| is_mine(&core)) {
            return Ok(());
        }
        let usable: Vec<String> = (0..CpuSet::count())
            .filter(is_mine)
            .map(|core| core.to_string())
            .collect();
        Err(format!(
            "not all of these cores are there: this process may use {}",
            usable.join(", ")
        ))
    }

    pub fn keep_to(cores: Cores) -> Result<(), String> {
        let mut set = CpuSet::new();
        (cores.first..=cores.last)
            .try_for_each(|core| set.set(core))
            .and_then(|()| sched_setaffinity(THIS, &set))
            .map_err(|error| format!("the process cannot be kept to these cores: {error}"))
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::Cores;

    const ONLY: &str = "choosing cores works only on Linux: use cpu";

    pub fn check(_: Cores) -> Result<(), String> {
        Err(ONLY.to_owned())
    }

    pub fn keep_to(_: Cores) -> Result<(), String> {
        Err(ONLY.to_owned())
    }
}
