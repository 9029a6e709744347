//! Devices as users name them: one, or a list for the workers of a study.

use std::fmt;
use std::str::FromStr;

use super::cores::{self, Cores};
use super::{TrainingError, card, cuda, why_none};

/// A device as users name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The first CUDA device that works, else the CPU.
    Auto,
    /// The CPU.
    Cpu,
    /// These cores of the CPU.
    Cores(Cores),
    /// The CUDA device of this index.
    Cuda(usize),
}

impl FromStr for Choice {
    type Err = TrainingError;

    fn from_str(text: &str) -> Result<Self, TrainingError> {
        let unknown = || TrainingError::UnknownDevice {
            name: text.to_owned(),
        };
        if text.contains(',') || text == ALL_CARDS {
            return Err(TrainingError::Devices(format!(
                "device {text}: a list of devices is for studies and for the seeds of a training; name one device here"
            )));
        }
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            _ => match text.split_once(':').ok_or_else(unknown)? {
                ("cpu", cores) => cores.parse().map(Self::Cores),
                ("cuda", index) => index.parse().map(Self::Cuda).map_err(|_| unknown()),
                _ => Err(unknown()),
            },
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Cores(cores) => write!(f, "cpu:{cores}"),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
        }
    }
}

/// The value of the setting `device`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// One device, in which this process trains.
    One(String),
    /// Devices of one kind, on each of which a worker of a study trains: cards, or cores of the CPU.
    Workers(Vec<Choice>),
    /// Every card of this machine, on each of which a worker of a study trains.
    AllCards,
}

/// The list that stands for every card.
const ALL_CARDS: &str = "cuda:all";

impl FromStr for Named {
    type Err = TrainingError;

    fn from_str(text: &str) -> Result<Self, TrainingError> {
        if text == ALL_CARDS {
            return Ok(Self::AllCards);
        }
        let refused = |what: &str| Err(TrainingError::Devices(format!("device '{text}': {what}")));
        let parts: Vec<&str> = text.split(',').map(str::trim).collect();
        let is_one = parts.len() == 1;
        let mut workers: Vec<Choice> = Vec::new();
        for part in parts {
            if part.is_empty() && !is_one {
                return refused(
                    "an entry of the list is empty: write them with one comma between, such as cuda:0,cuda:1",
                );
            }
            if part == ALL_CARDS {
                return refused("cuda:all stands for every card and takes no others beside it");
            }
            let choice: Choice = part.parse()?;
            match choice {
                Choice::Auto | Choice::Cpu | Choice::Cuda(_) if is_one => {
                    return Ok(Self::One(text.to_owned()));
                }
                Choice::Auto => {
                    return refused("auto is one device: name the cards, or write cuda:all");
                }
                Choice::Cpu => {
                    return refused("say which cores each worker gets, such as cpu:0-3,cpu:4-7");
                }
                Choice::Cores(_) | Choice::Cuda(_) => {}
            }
            let is_card = |choice: &Choice| matches!(choice, Choice::Cuda(_));
            if workers
                .iter()
                .any(|other| is_card(other) != is_card(&choice))
            {
                return refused(
                    "a list holds cards or cores of the CPU, not both: their seconds could not be compared",
                );
            }
            let clash = workers.iter().find(|other| match (other, &choice) {
                (Choice::Cores(one), Choice::Cores(two)) => one.meets(*two),
                (one, two) => *one == two,
            });
            match clash {
                Some(other) if *other == choice => {
                    return refused(&format!("{choice} is listed twice"));
                }
                Some(other) => return refused(&format!("{other} and {choice} share a core")),
                None => workers.push(choice),
            }
        }
        Ok(Self::Workers(workers))
    }
}

impl Named {
    /// The device of what one process does by itself: timing steps, a price.
    #[must_use]
    pub fn own(&self) -> String {
        match self {
            Self::One(name) => name.clone(),
            Self::AllCards => "cuda".to_owned(),
            Self::Workers(workers) => match workers.first() {
                Some(card @ Choice::Cuda(_)) => card.to_string(),
                _ => "cpu".to_owned(),
            },
        }
    }

    /// The devices of the workers, by name; empty of one device.
    #[must_use]
    pub fn workers(&self) -> Vec<String> {
        match self {
            Self::One(_) => Vec::new(),
            Self::AllCards => vec![ALL_CARDS.to_owned()],
            Self::Workers(workers) => workers.iter().map(ToString::to_string).collect(),
        }
    }
}

/// The devices of workers on this machine, of which `names` are as [`Named::workers`] gives them: each is there, and
/// `cuda:all` is every card that can be used.
///
/// # Errors
/// [`TrainingError::DeviceUnavailable`] where a card is not there, [`TrainingError::Devices`] where a core is not.
pub fn on_this_machine(names: &[String]) -> Result<Vec<String>, TrainingError> {
    let cards = cuda::list();
    if names.iter().any(|name| name == ALL_CARDS) {
        let usable = cards.iter().filter(|card| card.usable);
        let found: Vec<String> = usable.map(|card| card.name.clone()).collect();
        if found.is_empty() {
            return Err(TrainingError::DeviceUnavailable {
                name: ALL_CARDS.to_owned(),
                reason: why_none(&cards),
            });
        }
        return Ok(found);
    }
    for name in names {
        match name.parse()? {
            Choice::Cores(wanted) => cores::check(wanted)?,
            Choice::Cuda(_) => {
                card(&cards, name)?;
            }
            Choice::Auto | Choice::Cpu => {}
        }
    }
    Ok(names.to_vec())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn named(text: &str) -> (String, Vec<String>) {
        let named: Named = text.parse().unwrap();
        (named.own(), named.workers())
    }

    fn refused(text: &str) -> String {
        text.parse::<Named>().unwrap_err().to_string()
    }

    #[test]
    fn one_device_has_no_workers_and_a_list_has() {
        for one in ["auto", "cpu", "cuda", "cuda:3"] {
            assert_eq!(named(one), (one.to_owned(), Vec::new()));
        }
        let workers = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let of = |own: &str, names: &[&str]| (own.to_owned(), workers(names));
        assert_eq!(named("cuda:all"), of("cuda", &["cuda:all"]));
        assert_eq!(named("cuda:2, cuda:0"), of("cuda:2", &["cuda:2", "cuda:0"]));
        assert_eq!(named("cuda,cuda:1"), of("cuda:0", &["cuda:0", "cuda:1"]));
        assert_eq!(named("cpu:0-3"), of("cpu", &["cpu:0-3"]));
        assert_eq!(named("cpu:0,cpu:1-1"), of("cpu", &["cpu:0-0", "cpu:1-1"]));
    }

    #[test]
    fn a_list_that_cannot_be_says_why() {
        for (text, part) in [
            ("cuda:0,cuda:0", "cuda:0 is listed twice"),
            ("cuda,cuda:0", "cuda:0 is listed twice"),
            ("cpu:0-3,cpu:3-5", "cpu:0-3 and cpu:3-5 share a core"),
            ("cuda:0,cpu:0-3", "not both"),
            ("cuda:0,cpu", "say which cores"),
            ("auto,cuda:0", "auto is one device"),
            ("cuda:all,cuda:1", "takes no others"),
            ("cuda:0,", "an entry of the list is empty"),
            (",", "an entry of the list is empty"),
            ("cpu:3-0", "run backwards: write cpu:0-3"),
            ("cpu:a", "'a' is neither a core"),
            ("gpu:0,cuda:1", "unknown device 'gpu:0'"),
        ] {
            assert!(refused(text).contains(part), "{text}: {}", refused(text));
        }
    }

    #[test]
    fn what_this_machine_lacks_is_said() {
        let said = |name: &str| on_this_machine(&[name.to_owned()]).unwrap_err().to_string();
        assert!(said("cuda:99").starts_with("device cuda:99 cannot be used: "));
        if cfg!(target_os = "linux") {
            let said = said("cpu:0-1022");
            assert!(said.contains("cpu:0-1022"), "{said}");
        }
    }

    proptest! {
        /// Whatever is typed is read or refused in one sentence, and what is read is read the same again.
        #[test]
        fn any_text_is_read_or_refused(text in "(cuda|cpu|auto|all|[0-9]|[:,-]|x){0,8}") {
            match text.parse::<Named>() {
                Ok(named) => {
                    let names = named.workers();
                    prop_assert_eq!(names.is_empty(), matches!(named, Named::One(_)));
                    if !names.is_empty() {
                        prop_assert_eq!(names.join(",").parse::<Named>().unwrap(), named);
                    }
                }
                Err(error) => prop_assert!(!error.to_string().contains('\n')),
            }
        }
    }
}
