//! Fetching over a real connection: whatever the server does, a file with its final name is complete.

mod connection;
mod contents;
mod folder;
mod screen;
mod server;
mod verifying;

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use assert_cmd::Command;
use ebcle_tui::dataset::checksum::Checksum;
use serde_json::Value;

use crate::support::Desk;

/// Bytes of the file that most tests fetch.
const SIZE: usize = 200_000;
/// Where the server breaks off.
const HALF: usize = 100_000;

fn bytes(seed: u32) -> Vec<u8> {
    (0..SIZE as u32)
        .map(|index| (index.wrapping_mul(2_654_435_761).wrapping_add(seed) >> 13) as u8)
        .collect()
}

fn md5(body: &[u8]) -> String {
    let (checksum, _) = Checksum::Md5([0; 16]).of(body, &mut |_| true).unwrap();
    checksum.digits()
}

/// A desk with a list of published files: `toy`, which is the one file `toy.bin`.
struct Shop {
    desk: Desk,
    attempts: u32,
    stall_seconds: f64,
    least_rate: u64,
    total_seconds: f64,
}

impl Shop {
    fn new() -> Self {
        Self {
            desk: Desk::new(),
            attempts: 3,
            stall_seconds: 20.0,
            least_rate: 1,
            total_seconds: 600.0,
        }
    }

    /// Publishes files under `name` at these addresses.
    fn publish(&self, name: &str, mirrors: &[&str], files: &[(&str, &[u8])]) {
        let mut list = format!(
            "[fetching]\nconnect-seconds = 20\nstall-seconds = {:?}\nleast-bytes-per-second = {}\ntotal-seconds = {:?}\nattempts = {}\npause-seconds = 0.01\n\
             [dataset.{name}]\nmirrors = {mirrors:?}\n",
            self.stall_seconds, self.least_rate, self.total_seconds, self.attempts
        );
        for (file, body) in files {
            writeln!(
                list,
                "[[dataset.{name}.files]]\nname = {file:?}\nsize = {}\nmd5 = {:?}",
                body.len(),
                md5(body)
            )
            .unwrap();
        }
        fs::write(self.desk.path().join("my.toml"), list).unwrap();
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = self.desk.command(arguments);
        command.env("EBCLE_DATASETS", "my.toml");
        for proxy in ["http_proxy", "https_proxy", "all_proxy"] {
            command.env_remove(proxy).env_remove(proxy.to_uppercase());
        }
        command
    }

    /// Fetches `toy` from these addresses and gives the file's entry in the report.
    fn fetch(&self, mirrors: &[&str]) -> Value {
        self.publish("toy", mirrors, &[("toy.bin", &bytes(0))]);
        let report: Value = serde_json::from_slice(
            &self
                .command("datasets fetch toy --data-dir data --json")
                .assert()
                .success()
                .get_output()
                .stdout,
        )
        .unwrap();
        assert_eq!(fs::read(self.file("toy.bin")).unwrap(), bytes(0));
        assert_eq!(self.names(), ["toy.bin"], "nothing else is left behind");
        report["files"][0].clone()
    }

    /// Fails to fetch `toy` from these addresses and gives the sentence; the file is not there.
    fn failure(&self, mirrors: &[&str]) -> String {
        self.publish("toy", mirrors, &[("toy.bin", &bytes(0))]);
        let sentence = self.refusal("datasets fetch toy --data-dir data", 1);
        assert!(!self.file("toy.bin").exists());
        sentence
    }

    /// The one sentence of a command that ends with `code`.
    fn refusal(&self, arguments: &str, code: i32) -> String {
        let output = self.command(arguments).assert().code(code);
        let stderr = String::from_utf8(output.get_output().stderr.clone()).unwrap();
        let errors: Vec<&str> = stderr
            .lines()
            .filter_map(|line| line.strip_prefix("error: "))
            .collect();
        assert_eq!(errors.len(), 1, "one sentence, not: {stderr}");
        assert!(!stderr.contains("panicked"), "{stderr}");
        errors[0].to_owned()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.desk.path().join("data/toy").join(name)
    }

    /// What is in the folder of `toy`.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.desk.path().join("data/toy"))
            .map(|entries| {
                entries
                    .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                    .collect()
            })
            .unwrap_or_default();
        names.sort();
        names
    }
}

fn says(sentence: &str, parts: &[&str]) {
    for part in parts {
        assert!(
            sentence.contains(part),
            "'{part}' is missing in: {sentence}"
        );
    }
}
