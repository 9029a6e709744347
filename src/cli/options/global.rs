//! Options of every command, and the files and folders of the user's own.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use super::chosen::Chosen;
use super::path;
use crate::folders;
use crate::run::{Layer, Settings};

/// The environment variable that, set to anything, turns caches off.
const NO_CACHE_VARIABLE: &str = "EBCLE_NO_CACHE";

/// Options of every command.
#[derive(Args, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
pub struct Global {
    /// Print JSON on stdout (fractions, seconds, bits)
    #[arg(long, global = true)]
    pub json: bool,
    /// Say nothing on stderr but errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Read settings from a file (keys as in configs/default.toml), in place of your own config file
    #[arg(long, value_name = "FILE", global = true, value_parser = path())]
    pub config: Option<PathBuf>,
    /// Read no config file (`config --path` prints the path of your own)
    #[arg(long, global = true, conflicts_with = "config")]
    pub no_config: bool,
    /// Use no cache of profiles, timed steps and GPU kernels (also where `EBCLE_NO_CACHE` is set)
    #[arg(long, global = true)]
    pub no_cache: bool,
}

impl Global {
    /// Resolves the command's own `layer` over environment, config file, preset and defaults.
    ///
    /// # Errors
    /// One sentence on the first setting that cannot be used.
    pub fn resolve(&self, layer: Layer, preset: Option<Layer>) -> anyhow::Result<Settings> {
        self.resolve_with(layer, None, preset)
    }

    /// As [`resolve`](Self::resolve), with what the app `remembers` below a config file that is given and above the
    /// user's own.
    ///
    /// # Errors
    /// One sentence on the first setting that cannot be used.
    pub fn resolve_with(
        &self,
        layer: Layer,
        remembered: Option<Layer>,
        preset: Option<Layer>,
    ) -> anyhow::Result<Settings> {
        let mut layers = vec![layer, Layer::environment()?];
        if let Some(path) = &self.config {
            layers.push(Layer::read(path)?);
        }
        layers.extend(remembered);
        if let Some(path) = self.own_config() {
            layers.push(Layer::read(&path)?);
        }
        layers.extend(preset);
        let mut settings = Settings::resolve(&layers)?;
        settings.host.cache = self.cache("profiles");
        settings.host.config = self.config_file();
        Ok(settings)
    }

    /// The config file that is read: the one that is given, or else the user's own, where it is there.
    pub fn config_file(&self) -> Option<PathBuf> {
        self.config.clone().or_else(|| self.own_config())
    }

    /// The user's own config file, where it is there and to be read.
    fn own_config(&self) -> Option<PathBuf> {
        let is_read = self.config.is_none() && !self.no_config;
        own_config_path().filter(|path| is_read && path.exists())
    }

    /// The folder below which runs are, of which `runs` is the option.
    ///
    /// # Errors
    /// One sentence on the first setting that cannot be used.
    pub fn runs<C>(&self, runs: &Chosen<C>) -> anyhow::Result<PathBuf> {
        Ok(self.resolve(runs.given().clone(), None)?.out)
    }

    /// The folder `of` a cache, below the user's cache folder; none where caches are off.
    pub fn cache(&self, of: &str) -> Option<PathBuf> {
        let off = |value: OsString| !value.is_empty();
        if self.no_cache || std::env::var_os(NO_CACHE_VARIABLE).is_some_and(off) {
            return None;
        }
        Some(folders::cache()?.join(of))
    }
}

/// Where the user's own config file is; none without a home folder.
pub fn own_config_path() -> Option<PathBuf> {
    Some(folders::config()?.join("config.toml"))
}

/// Where the user's own keys of the app are; none without a home folder.
pub fn own_keys_path() -> Option<PathBuf> {
    Some(own_config_path()?.with_file_name("keys.toml"))
}
