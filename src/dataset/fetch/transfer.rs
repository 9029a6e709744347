//! One attempt: asks one address for what is missing of a file, and says in words what went wrong.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ureq::http::{Response, header};
use ureq::{Agent, Body, Timeout};

use super::FetchError;
use super::part::{Note, PartFile};
use crate::dataset::published::RetryPolicy;
use crate::format;

/// Why an attempt ended before the file was complete.
#[derive(Debug)]
pub(super) enum Failure {
    /// Worth another attempt at this address.
    Transient(String),
    /// The server cannot be found or refuses to talk.
    Unreachable(String),
    /// No attempt at this address will do: the next one.
    Permanent(String),
    /// The bytes so far are not of the file that the server has now: from the beginning.
    Stale(String),
    /// The user stopped it.
    Stopped,
    /// This machine cannot continue, such as with a full disk.
    Local(FetchError),
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        Self::Local(error)
    }
}

/// What attempts share.
pub(super) struct Session<'a> {
    /// Speaks HTTP.
    pub agent: &'a Agent,
    /// Time-outs and retries.
    pub retry: RetryPolicy,
    /// Set when the user stops.
    pub cancel: &'a AtomicBool,
    /// When the fetch began.
    pub begun: Instant,
}

/// An agent with the time-outs of `retry`.
pub(super) fn agent(retry: RetryPolicy) -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .user_agent(concat!("ebcle-tui/", env!("CARGO_PKG_VERSION")))
        .accept_encoding("identity")
        .timeout_resolve(Some(retry.connect))
        .timeout_connect(Some(retry.connect))
        .timeout_send_request(Some(retry.stall))
        .timeout_recv_response(Some(retry.stall))
        .timeout_per_read(Some(retry.stall))
        .timeout_per_write(Some(retry.stall))
        .build()
        .into()
}

/// The rate at which bytes come, over windows of time.
struct Pace {
    since: Instant,
    before: u64,
}

impl Pace {
    /// The bytes that came in how much time, where that was less than `least` a second over `window`.
    fn too_slow(
        &mut self,
        now: Instant,
        bytes: u64,
        least: u64,
        window: Duration,
    ) -> Option<(u64, Duration)> {
        let time = now.saturating_duration_since(self.since);
        if time < window {
            return None;
        }
        let came = bytes.saturating_sub(self.before);
        (self.since, self.before) = (now, bytes);
        ((came as f64) < least as f64 * time.as_secs_f64()).then_some((came, time))
    }
}

impl Session<'_> {
    /// Whether the fetch has taken all the time that it may take.
    pub fn is_late(&self) -> bool {
        self.begun.elapsed() >= self.retry.total
    }

    /// The end of a fetch that took too long.
    pub fn late(&self, part: &PartFile) -> FetchError {
        FetchError::TooLong {
            part: part.path().to_owned(),
            done: part.length(),
            size: part.size(),
            limit: format::about(self.retry.total.as_secs_f64()),
        }
    }

    /// Asks `address` for what is missing of `part`; `progress` receives the length after every piece.
    pub fn attempt(
        &self,
        address: &str,
        part: &mut PartFile,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), Failure> {
        let from = part.length();
        // A slow server may also block within one read, between chunks.
        let left = self.retry.total.saturating_sub(self.begun.elapsed());
        let mut request = self
            .agent
            .get(address)
            .config()
            .timeout_recv_body(Some(left.max(Duration::from_millis(1))))
            .build();
        if from > 0 {
            request = request.header(header::RANGE, format!("bytes={from}-"));
            if let Some(validator) = known(part, address) {
                request = request.header(header::IF_RANGE, validator);
            }
        }
        let response = request.call().map_err(|error| self.failure(error))?;
        accept(&response, address, part)?;
        part.comes_from(Note {
            address: address.to_owned(),
            validator: validator(&response),
            size: part.size(),
        })?;
        self.receive(response.into_body(), part, progress)
    }

    fn receive(
        &self,
        body: Body,
        part: &mut PartFile,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), Failure> {
        let mut reader = body.into_reader();
        let mut buffer = vec![0; 1 << 16];
        let mut pace = Pace {
            since: Instant::now(),
            before: part.length(),
        };
        while part.length() < part.size() {
            if self.cancel.load(Ordering::Relaxed) {
                return Err(Failure::Stopped);
            }
            let count = match reader.read(&mut buffer) {
                Ok(0) => {
                    return Err(self.transient(format!(
                        "the connection was closed after {} of {} bytes",
                        format::count(part.length()),
                        format::count(part.size())
                    )));
                }
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) if self.is_late() && !self.cancel.load(Ordering::Relaxed) => {
                    return Err(Failure::Local(self.late(part)));
                }
                Err(error) => return Err(self.failure(error.into())),
            };
            if part.length() + count as u64 > part.size() {
                return Err(too_long(part)?);
            }
            part.append(&buffer[..count])?;
            progress(part.length());
            let RetryPolicy {
                least_rate, stall, ..
            } = self.retry;
            let slow = pace.too_slow(Instant::now(), part.length(), least_rate, stall);
            if let (Some((came, time)), false) = (slow, part.length() == part.size()) {
                return Err(self.transient(format!(
                    "only {} bytes came in {}, where {} a second are the least",
                    format::count(came),
                    format::about(time.as_secs_f64()),
                    format::count(least_rate)
                )));
            }
            if self.is_late() && part.length() < part.size() {
                return Err(Failure::Local(self.late(part)));
            }
        }
        match reader.read(&mut buffer) {
            Ok(count) if count > 0 => Err(too_long(part)?),
            _ => Ok(()),
        }
    }

    fn transient(&self, sentence: String) -> Failure {
        if self.cancel.load(Ordering::Relaxed) {
            Failure::Stopped
        } else {
            Failure::Transient(sentence)
        }
    }

    /// What an error of the connection means.
    fn failure(&self, error: ureq::Error) -> Failure {
        if self.cancel.load(Ordering::Relaxed) {
            return Failure::Stopped;
        }
        let seconds = |time: std::time::Duration| format::about(time.as_secs_f64());
        match error {
            ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve) => Failure::Unreachable(
                format!("no connection within {}", seconds(self.retry.connect)),
            ),
            ureq::Error::Timeout(Timeout::SendRequest | Timeout::RecvResponse) => {
                Failure::Transient(format!("no answer within {}", seconds(self.retry.stall)))
            }
            ureq::Error::Timeout(_) => {
                Failure::Transient(format!("nothing came for {}", seconds(self.retry.stall)))
            }
            ureq::Error::HostNotFound => {
                Failure::Unreachable("the name of the server is not known here".to_owned())
            }
            ureq::Error::ConnectionFailed => Failure::Unreachable("no connection".to_owned()),
            ureq::Error::TooManyRedirects => {
                Failure::Permanent("the server sends from one address to the next".to_owned())
            }
            ureq::Error::Io(error) => match error.kind() {
                io::ErrorKind::ConnectionRefused => {
                    Failure::Unreachable("the connection is refused".to_owned())
                }
                io::ErrorKind::HostUnreachable
                | io::ErrorKind::NetworkUnreachable
                | io::ErrorKind::NetworkDown
                | io::ErrorKind::AddrNotAvailable => {
                    Failure::Unreachable("there is no way to the server".to_owned())
                }
                io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe => {
                    Failure::Transient("the connection was cut".to_owned())
                }
                _ if error.to_string().starts_with("failed to lookup address") => {
                    Failure::Unreachable("the name of the server is not known here".to_owned())
                }
                io::ErrorKind::InvalidData => Failure::Permanent(error.to_string()),
                _ => Failure::Transient(error.to_string()),
            },
            error @ ureq::Error::Protocol(_) => {
                Failure::Transient(format!("the server does not speak proper HTTP ({error})"))
            }
            error => Failure::Permanent(error.to_string()),
        }
    }
}

/// What the server at `address` called the version of the file that `part` holds.
fn known(part: &PartFile, address: &str) -> Option<String> {
    part.note()
        .filter(|note| note.address == address)
        .and_then(|note| note.validator.clone())
}

/// What a server calls this version of a file.
fn validator(response: &Response<Body>) -> Option<String> {
    let text = |name| {
        let value = response.headers().get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    text(header::ETAG)
        .filter(|tag| tag.starts_with('"'))
        .or_else(|| text(header::LAST_MODIFIED))
}

/// Decides by status and headers whether the body is what is missing of `part`, and empties it where the server sends all.
fn accept(response: &Response<Body>, address: &str, part: &mut PartFile) -> Result<(), Failure> {
    let status = response.status();
    let name = || match status.canonical_reason() {
        Some(reason) => format!("the server answers {} {reason}", status.as_u16()),
        None => format!("the server answers {}", status.as_u16()),
    };
    let wrong_size = |found: u64, size: u64| {
        Failure::Permanent(format!(
            "it has a file of {} bytes where one of {} bytes was published",
            format::count(found),
            format::count(size)
        ))
    };
    match status.as_u16() {
        200 => {
            if let Some(length) = response.body().content_length()
                && length != part.size()
            {
                return Err(wrong_size(length, part.size()));
            }
            part.restart()?;
            Ok(())
        }
        206 if part.length() > 0 => {
            let range = response
                .headers()
                .get(header::CONTENT_RANGE)
                .and_then(|value| value.to_str().ok())
                .and_then(content_range);
            let (first, total) = range.unwrap_or_default();
            if let Some(total) = total
                && total != part.size()
            {
                return Err(wrong_size(total, part.size()));
            }
            if first != Some(part.length()) {
                return Err(Failure::Stale(
                    "the server resumed at another byte than asked".to_owned(),
                ));
            }
            match known(part, address) {
                Some(known) if validator(response).is_some_and(|now| now != known) => Err(
                    Failure::Stale("the file on the server has changed in between".to_owned()),
                ),
                _ => Ok(()),
            }
        }
        416 if part.length() > 0 => Err(Failure::Stale(name())),
        408 | 425 | 429 | 500..=599 => Err(Failure::Transient(name())),
        _ => Err(Failure::Permanent(name())),
    }
}

/// First byte and total size in `bytes 3-8/9`.
fn content_range(text: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let first = range
        .split_once('-')
        .and_then(|(first, _)| first.parse().ok());
    Some((first, total.parse().ok()))
}

fn too_long(part: &mut PartFile) -> Result<Failure, FetchError> {
    part.restart()?;
    Ok(Failure::Permanent(format!(
        "it sends more than the {} bytes that were published",
        format::count(part.size())
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_taken_over_whole_windows() {
        let begun = Instant::now();
        let mut pace = Pace {
            since: begun,
            before: 500,
        };
        let window = Duration::from_secs(10);
        let mut at = |seconds, bytes| {
            pace.too_slow(begun + Duration::from_secs(seconds), bytes, 100, window)
        };
        assert_eq!(at(9, 501), None);
        assert_eq!(at(10, 1500), None);
        assert_eq!(at(19, 1500), None);
        assert_eq!(at(21, 2599), Some((1099, Duration::from_secs(11))));
        assert_eq!(at(31, 3599), None);
    }

    #[test]
    fn ranges_are_read_as_rfc_9110_writes_them() {
        assert_eq!(
            content_range("bytes 42-1233/1234"),
            Some((Some(42), Some(1234)))
        );
        assert_eq!(content_range("bytes 42-1233/*"), Some((Some(42), None)));
        assert_eq!(content_range("bytes */1234"), Some((None, Some(1234))));
        assert_eq!(content_range("lines 1-2/3"), None);
    }
}
