//! The threads of devices. Where one dies, whoever waits for its answer learns only that the channel is closed; its own panic message is remembered here.

use std::any::Any;
use std::panic::PanicHookInfo;
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::messages;

/// How the names of these threads begin.
const NAMES: [&str; 2] = ["DSD-", "DSU-"];
/// Parts of the messages that say only that no answer came.
const SILENCE: [&str; 3] = ["RecvError", "SendError", "closed channel"];

/// The panic message of the last one that died.
static LAST: Mutex<Option<String>> = Mutex::new(None);

/// Keeps what a panic says if this thread is a device's, and tells whether it is. For the panic hook of a program.
pub fn keep_last_words(panic: &PanicHookInfo<'_>) -> bool {
    let thread = thread::current();
    let of_device = thread
        .name()
        .is_some_and(|name| NAMES.iter().any(|begin| name.starts_with(begin)));
    if of_device {
        let said = messages::panic_text(panic.payload()).to_owned();
        *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(said);
    }
    of_device
}

/// A panic's message; where that says only that no answer came, the last message of a device's thread.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let said = messages::panic_text(panic);
    let last = || {
        let last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        last.clone()
    };
    let silent = SILENCE.iter().any(|words| said.contains(words));
    silent
        .then(last)
        .flatten()
        .unwrap_or_else(|| said.to_owned())
}

#[cfg(test)]
mod tests {
    use std::panic::{catch_unwind, set_hook, take_hook};

    use super::*;

    #[test]
    fn a_devices_thread_is_heard_where_it_does_not_answer() {
        let before = take_hook();
        set_hook(Box::new(|panic| {
            keep_last_words(panic);
        }));
        let heard = |name: &str, words: &'static str| {
            let died = thread::Builder::new()
                .name(name.to_owned())
                .spawn(move || panic!("{words}"));
            assert!(died.is_ok_and(|thread| thread.join().is_err()));
            [
                "called `Result::unwrap()` on an `Err` value: RecvError",
                "a bug",
            ]
            .map(|said| {
                let panic = catch_unwind(|| panic!("{said}"));
                panic.map_or_else(|panic| panic_text(panic.as_ref()), |()| String::new())
            })
        };
        let device = heard("DSD-0-0", "CUDA_ERROR_OUT_OF_MEMORY");
        let other = heard("another", "nothing of a device");
        set_hook(before);
        assert_eq!(device, ["CUDA_ERROR_OUT_OF_MEMORY", "a bug"]);
        assert_eq!(other, device);
    }
}
