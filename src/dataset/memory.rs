//! How much memory may a dataset take? Its bytes are added up here before they are allocated.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use sysinfo::{MemoryRefreshKind, RefreshKind, System};

use super::{DatasetError, Result};
use crate::format;

/// Share of the free memory that a dataset may take where no limit is given, in percent.
const SHARE: u64 = 80;

/// The memory that reading one dataset may take.
#[derive(Debug)]
pub struct Budget {
    limit: u64,
    given: bool,
    claimed: AtomicU64,
}

impl Budget {
    /// The limit that was given, in bytes, or else 80 % of what is [free](free_memory).
    #[must_use]
    pub fn new(given: Option<u64>) -> Self {
        Self {
            limit: given.unwrap_or_else(|| free_memory() / 100 * SHARE),
            given: given.is_some(),
            claimed: AtomicU64::new(0),
        }
    }

    /// Bytes that are not yet taken.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.limit
            .saturating_sub(self.claimed.load(Ordering::Relaxed))
    }

    /// Claims `bytes` for as long as the dataset is held; `path` names what they are for.
    ///
    /// # Errors
    /// [`DatasetError::Memory`] where there are not so many left.
    pub fn claim(&self, bytes: u64, path: &Path) -> Result<()> {
        self.fits(bytes, path)?;
        self.claimed.fetch_add(bytes, Ordering::Relaxed);
        Ok(())
    }

    /// Checks that `bytes` may be taken for a while beside what is claimed.
    ///
    /// # Errors
    /// As [`claim`](Self::claim).
    pub fn fits(&self, bytes: u64, path: &Path) -> Result<()> {
        if bytes <= self.left() {
            return Ok(());
        }
        let needed = bytes.saturating_add(self.claimed.load(Ordering::Relaxed));
        let [needed, limit] = if format::bytes(needed) == format::bytes(self.limit) {
            [needed, self.limit].map(|bytes| format!("{} bytes", format::count(bytes)))
        } else {
            [needed, self.limit].map(format::bytes)
        };
        Err(DatasetError::Memory {
            path: path.to_owned(),
            needed,
            limit,
            reason: if self.given {
                "set by --max-memory"
            } else {
                "80 % of what is free"
            },
        })
    }

    /// Forgets all claims, where reading begins again.
    pub fn reset(&self) {
        self.claimed.store(0, Ordering::Relaxed);
    }
}

/// Makes place for exactly `bytes` more in `vector`; `path` names what they are for.
///
/// # Errors
/// [`DatasetError::Refused`] where the operating system gives no memory.
pub fn reserve(vector: &mut Vec<u8>, bytes: usize, path: &Path) -> Result<()> {
    vector
        .try_reserve_exact(bytes)
        .map_err(|_| DatasetError::Refused {
            path: path.to_owned(),
            bytes: format::bytes(bytes as u64),
        })
}

/// Bytes of memory that this process can still take: what is available on this machine, within its
/// control group and its limit on address space.
#[must_use]
pub fn free_memory() -> u64 {
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    let mut free = u64::MAX;
    if let Ok(system) = System::new_with_specifics(memory) {
        free = system.available_memory();
        if let Some(group) = system.cgroup_limits() {
            free = free.min(group.free_memory);
        }
    }
    if let Some(space) = free_address_space() {
        free = free.min(space);
    }
    free
}

/// What is left of `ulimit -v`, as Linux tells it.
fn free_address_space() -> Option<u64> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let limit = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max address space"))?;
    let limit: u64 = limit.split_whitespace().next()?.parse().ok()?;
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let used = status
        .lines()
        .find_map(|line| line.strip_prefix("VmSize:"))?;
    let used: u64 = used.split_whitespace().next()?.parse().ok()?;
    Some(limit.saturating_sub(used.saturating_mul(1024)))
}

/// Reads a size: `512M`, `2G`, `1.5GB`, `4GiB` or a number of bytes; a `k`, `M`, `G` or `T` is 1,000
/// times the one before it, and 1,024 times with an `i`.
///
/// # Errors
/// A sentence.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let wrong = || format!("'{text}' is no size: write a number and a unit, such as 512M or 4G");
    let text = text.trim();
    let end = text
        .find(|char: char| !(char.is_ascii_digit() || char == '.'))
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let unit = unit.trim().to_ascii_lowercase();
    let unit = unit.strip_suffix('b').unwrap_or(&unit);
    let factor: f64 = match unit {
        "" => 1.0,
        "k" => 1e3,
        "m" => 1e6,
        "g" => 1e9,
        "t" => 1e12,
        "ki" => 1024.0,
        "mi" => 1024.0 * 1024.0,
        "gi" => 1024.0 * 1024.0 * 1024.0,
        "ti" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        _ => return Err(wrong()),
    };
    let bytes = number * factor;
    if bytes.is_finite() && (1.0..1e18).contains(&bytes) {
        Ok(bytes as u64)
    } else {
        Err(wrong())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn sizes_are_read_with_their_units() {
        for (text, bytes) in [
            ("4096", 4096),
            ("512M", 512_000_000),
            ("1.5GB", 1_500_000_000),
            ("2 GiB", 2 << 30),
            ("3kib", 3 << 10),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for text in ["", "G", "-1G", "0", "4X", "1e3", "99999999T", "nan"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_kept_counts_and_what_passes_does_not() {
        let budget = Budget::new(Some(1000));
        let path = Path::new("data");
        budget.fits(1000, path).unwrap();
        budget.claim(600, path).unwrap();
        budget.fits(400, path).unwrap();
        assert_eq!(budget.left(), 400);
        let said = budget.claim(401, path).unwrap_err().to_string();
        assert!(
            said.starts_with("data needs 1,001 bytes of memory, where 1,000 bytes may be used (set by --max-memory)"),
            "{said}"
        );
        budget.claim(400, path).unwrap();
        assert_eq!(budget.left(), 0);
        let refused = reserve(&mut Vec::new(), usize::MAX / 2, path);
        assert!(matches!(refused, Err(DatasetError::Refused { .. })));
    }

    #[test]
    fn without_a_limit_it_is_a_share_of_what_is_free() {
        let budget = Budget::new(None);
        assert!(budget.left() > 0 && budget.left() < u64::MAX / 2);
    }
}
