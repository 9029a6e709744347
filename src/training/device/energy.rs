//! Energy that the device of a training has used, from counters of the hardware: the packages of the processors (RAPL), or the
//! GPU (NVML). Where there is no counter, or the operating system shows it to root alone, nothing is known.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::cuda::Gauge;

/// Where Linux shows the counters of processors.
const POWERCAP: &str = "/sys/class/powercap";
/// Microjoules of a joule.
const MICRO: f64 = 1e6;

/// A counter of energy.
pub trait EnergyMeter: fmt::Debug + Send + Sync {
    /// Joules since some moment that stays the same; `None` where it is not known. A counter that wraps around must be read
    /// more often than it does.
    fn joules(&self) -> Option<f64>;
}

/// The meter of the device of this name: `cpu`, `cuda:0`.
#[must_use]
pub fn meter(device: &str) -> Arc<dyn EnergyMeter> {
    if device != "cpu" {
        return Arc::new(Gpu(Gauge::new(device)));
    }
    match Rapl::open(Path::new(POWERCAP)) {
        Some(rapl) => Arc::new(rapl),
        None => Arc::new(Unknown),
    }
}

/// No counter.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unknown;

impl EnergyMeter for Unknown {
    fn joules(&self) -> Option<f64> {
        None
    }
}

/// The counter of a GPU, which its driver starts at 0 when it is loaded; GPUs since Volta have one.
#[derive(Debug)]
struct Gpu(Gauge);

impl EnergyMeter for Gpu {
    fn joules(&self) -> Option<f64> {
        self.0.joules()
    }
}

/// The counters of all processor packages: cores, caches and memory controllers, used by whatever program.
#[derive(Debug)]
struct Rapl(Mutex<Vec<Package>>);

#[derive(Debug)]
struct Package {
    counter: PathBuf,
    /// Microjoules at which the counter begins at 0 again.
    range: u64,
    /// What it showed last.
    last: u64,
    /// Microjoules since the first reading.
    used: u64,
}

impl Rapl {
    /// Those below `powercap`; `None` without one, or where one cannot be read.
    fn open(powercap: &Path) -> Option<Self> {
        let mut packages = Vec::new();
        for entry in powercap.read_dir().ok()?.flatten() {
            let name = entry.file_name();
            // Zones of a package, such as `intel-rapl:0:1`, are part of it.
            let number = name
                .to_str()
                .and_then(|name| name.strip_prefix("intel-rapl:"));
            let folder = entry.path();
            let is_package = || {
                let name = std::fs::read_to_string(folder.join("name"));
                name.is_ok_and(|name| name.starts_with("package"))
            };
            if number.is_some_and(|number| number.parse::<u32>().is_ok()) && is_package() {
                packages.push(Package::open(&folder)?);
            }
        }
        (!packages.is_empty()).then(|| Self(Mutex::new(packages)))
    }
}

impl Package {
    fn open(folder: &Path) -> Option<Self> {
        let counter = folder.join("energy_uj");
        Some(Self {
            range: number(&folder.join("max_energy_range_uj"))?,
            last: number(&counter)?,
            counter,
            used: 0,
        })
    }

    /// Reads the counter, which may have begun at 0 again once since the last reading.
    fn read(&mut self) -> Option<u64> {
        let now = number(&self.counter)?;
        self.used += match now.checked_sub(self.last) {
            Some(more) => more,
            None => self.range.saturating_sub(self.last) + now,
        };
        self.last = now;
        Some(self.used)
    }
}

impl EnergyMeter for Rapl {
    fn joules(&self) -> Option<f64> {
        let mut packages = self.0.lock().ok()?;
        let used = packages
            .iter_mut()
            .map(Package::read)
            .sum::<Option<u64>>()?;
        Some(used as f64 / MICRO)
    }
}

fn number(path: &Path) -> Option<u64> {
    std::fs::read_to_string(path).ok()?.trim().parse().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(in crate::training) mod tests {
    use std::fs;

    use super::*;

    /// A counter that moves only by hand.
    #[derive(Debug, Default)]
    pub(in crate::training) struct Fake(pub(in crate::training) Mutex<Option<f64>>);

    impl EnergyMeter for Fake {
        fn joules(&self) -> Option<f64> {
            *self.0.lock().unwrap()
        }
    }

    fn zone(powercap: &Path, folder: &str, name: &str, energy: u64) {
        let folder = powercap.join(folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("name"), format!("{name}\n")).unwrap();
        fs::write(folder.join("max_energy_range_uj"), "262143328850\n").unwrap();
        put(&folder, energy);
    }

    fn put(folder: &Path, energy: u64) {
        fs::write(folder.join("energy_uj"), format!("{energy}\n")).unwrap();
    }

    /// Two packages, and what must not be counted twice: their zones, the whole machine, and the second way to the same
    /// counter.
    #[test]
    fn packages_add_up_and_wrap_around() {
        let folder = tempfile::tempdir().unwrap();
        let powercap = folder.path();
        zone(powercap, "intel-rapl:0", "package-0", 262_143_000_000);
        zone(powercap, "intel-rapl:1", "package-1", 5_000_000);
        for (folder, name) in [
            ("intel-rapl:0:0", "core"),
            ("intel-rapl:0:1", "dram"),
            ("intel-rapl:2", "psys"),
            ("intel-rapl-mmio:0", "package-0"),
        ] {
            zone(powercap, folder, name, 0);
        }
        fs::create_dir(powercap.join("intel-rapl")).unwrap();
        let rapl = Rapl::open(powercap).unwrap();
        let near = |found: Option<f64>, expected: f64| {
            assert!((found.unwrap() - expected).abs() < 1e-9, "{found:?}");
        };
        near(rapl.joules(), 0.0);
        put(&powercap.join("intel-rapl:1"), 7_500_000);
        put(&powercap.join("intel-rapl:0:1"), 900_000_000);
        near(rapl.joules(), 2.5);
        // 328,850 to the end of the range, then 1,000,000.
        put(&powercap.join("intel-rapl:0"), 1_000_000);
        near(rapl.joules(), 3.828_850);
        near(rapl.joules(), 3.828_850);
    }

    #[test]
    fn what_cannot_be_read_is_not_known() {
        let folder = tempfile::tempdir().unwrap();
        let powercap = folder.path();
        assert!(Rapl::open(&powercap.join("absent")).is_none());
        assert!(Rapl::open(powercap).is_none());
        zone(powercap, "intel-rapl:0", "package-0", 1);
        let rapl = Rapl::open(powercap).unwrap();
        zone(powercap, "intel-rapl:1", "package-1", 1);
        fs::write(powercap.join("intel-rapl:1/energy_uj"), "").unwrap();
        assert!(Rapl::open(powercap).is_none());
        fs::remove_file(powercap.join("intel-rapl:0/energy_uj")).unwrap();
        assert_eq!(rapl.joules(), None);
    }
}
