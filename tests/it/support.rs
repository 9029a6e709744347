//! A folder of its own for every test, and the binary run in it.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// An empty working folder, which is also home.
pub struct Desk {
    folder: TempDir,
}

impl Desk {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The program with these arguments, words split at blanks.
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("ebcle-tui"));
        let steers = |name: &str| {
            ["EBCLE_", "HF_", "TORCH_"]
                .iter()
                .any(|start| name.starts_with(start))
        };
        for (name, _) in std::env::vars().filter(|(name, _)| steers(name)) {
            command.env_remove(name);
        }
        command
            .args(arguments.split_whitespace())
            .current_dir(self.path())
            .env("HOME", self.path())
            .env("EBCLE_MEASURE", "false")
            .env("XDG_CACHE_HOME", self.path().join(".cache"))
            .env("XDG_CONFIG_HOME", self.path().join(".config"))
            .env("XDG_STATE_HOME", self.path().join(".state"))
            .env("XDG_DATA_HOME", self.path().join(".data"));
        command
    }

    /// What a command that succeeds prints on stdout.
    pub fn stdout(&self, arguments: &str) -> String {
        let output = self
            .command(arguments)
            .assert()
            .success()
            .get_output()
            .clone();
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a command that succeeds prints as JSON.
    pub fn json(&self, arguments: &str) -> Value {
        serde_json::from_str(&self.stdout(arguments)).unwrap()
    }

    /// Exit code and stderr of a command that fails.
    pub fn failure(&self, arguments: &str) -> (i32, String) {
        let output = self
            .command(arguments)
            .assert()
            .failure()
            .get_output()
            .clone();
        (
            output.status.code().unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    }

    /// A folder dataset: `classes` folders of `count` images each of `side` x `side` pixels.
    pub fn images(&self, name: &str, classes: u8, count: u8, side: u32) -> PathBuf {
        let root = self.path().join(name);
        for class in 0..classes {
            let folder = root.join(format!("class{class}"));
            fs::create_dir_all(&folder).unwrap();
            for index in 0..count {
                let picture = image::RgbImage::from_fn(side, side, |x, y| {
                    let shade = (x * 31 + y * 17 + u32::from(index) * 7) as u8;
                    image::Rgb([shade, if class == 0 { 200 } else { shade / 2 }, 60 * class])
                });
                picture.save(folder.join(format!("{index}.png"))).unwrap();
            }
        }
        root
    }
}

/// A short training on few glyphs.
pub const SHORT: &str =
    "train glyphs resnet-14 --limit 60 --epochs 2 --batch-size 20 --device cpu --depth 7";
