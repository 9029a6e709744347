//! What can train here.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Error;

/// Number format of training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// 32-bit floats. On CUDA a matrix product may run as TF32, as its autotuning chooses.
    #[default]
    F32,
}

impl Precision {
    /// All precisions.
    pub const ALL: [Self; 1] = [Self::F32];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Precision {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|precision| precision.name() == text)
            .ok_or_else(|| {
                Error::Recipe(format!(
                    "unknown precision '{text}': use {}",
                    Self::ALL.map(Self::name).join(", ")
                ))
            })
    }
}

/// A device that could train, and whether it can.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeviceInfo {
    /// Its name for `--device`: `cpu`, `cuda:0`.
    pub name: String,
    /// What it is, in words.
    pub description: String,
    /// Whether it can train.
    pub usable: bool,
    /// If not, why, in one sentence.
    pub reason: Option<String>,
    /// Whether `--device auto` means it.
    pub automatic: bool,
}

/// Every device that this build knows of, CUDA first; one `cuda` line with its reason where there is no GPU.
#[must_use]
pub fn list() -> Vec<DeviceInfo> {
    todo!()
}

/// What the machine and this process use at one moment; unknown values are `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Load {
    /// Resident memory of this process in bytes.
    pub process_memory: Option<u64>,
    /// Memory of the machine in bytes.
    pub machine_memory: Option<u64>,
    /// CPU use of this process, 1 for each core in full use.
    pub process_cores: Option<f64>,
    /// GPU use, a fraction.
    pub gpu_use: Option<f64>,
    /// GPU memory in use, in bytes.
    pub gpu_memory: Option<u64>,
    /// GPU memory in all, in bytes.
    pub gpu_memory_total: Option<u64>,
    /// GPU power in watts.
    pub gpu_watts: Option<f64>,
    /// GPU temperature in degrees Celsius.
    pub gpu_celsius: Option<u32>,
}

/// Samples [`Load`]; keeps what the operating system needs between two samples.
#[derive(Debug)]
pub struct Monitor {}

impl Monitor {
    /// Watches this process and, where `device` is `cuda:N`, that GPU.
    #[must_use]
    pub fn new(device: &str) -> Self {
        let _ = device;
        Self {}
    }

    /// The load now.
    pub fn sample(&mut self) -> Load {
        Load::default()
    }
}
