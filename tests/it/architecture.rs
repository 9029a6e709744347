//! The order of the modules: each imports only from those above it in ARCHITECTURE.md's table.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules of the library, each after those that it may import from.
const ORDER: [&str; 18] = [
    "format", "messages", "signals", "disk", "folders", "regular", "dataset", "entropy", "depth",
    "kernels", "network", "training", "evidence", "run", "study", "report", "tui", "cli",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The Rust files below `folder`.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// Whether a file, or a module below `src`, holds tests alone.
fn is_test(path: &Path) -> bool {
    let of_tests = |name: &str| {
        name == "tests"
            || name.ends_with("_tests")
            || name == "testing"
            || name.starts_with("fixture")
    };
    path.strip_prefix(root())
        .unwrap()
        .components()
        .any(|part| of_tests(part.as_os_str().to_str().unwrap().trim_end_matches(".rs")))
}

/// What a file imports from this crate outside its tests, with the line: `crate::NAME`.
fn imports(text: &str) -> Vec<(usize, String)> {
    let code = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or(text);
    let mut found = Vec::new();
    for (line, content) in code.lines().enumerate() {
        if content.trim_start().starts_with("//") {
            continue;
        }
        for part in content.split("crate::").skip(1) {
            let name: String = part
                .chars()
                .take_while(|&letter| letter.is_ascii_alphanumeric() || letter == '_')
                .collect();
            found.push((line + 1, name));
        }
    }
    found
}

#[test]
fn modules_import_only_from_those_before_them() {
    let place = |name: &str| ORDER.iter().position(|&module| module == name);
    let mut wrong = Vec::new();
    for path in sources(&root().join("src")) {
        let inside = path.strip_prefix(root().join("src")).unwrap();
        let first = inside
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_str()
            .unwrap();
        let module = first.trim_end_matches(".rs");
        if is_test(&path) || module == "lib" || module == "main" {
            continue;
        }
        let own =
            place(module).unwrap_or_else(|| panic!("{module} is not in the order of modules"));
        for (line, name) in imports(&fs::read_to_string(&path).unwrap()) {
            if place(&name).is_some_and(|other| other > own) {
                wrong.push(format!("{}:{line} imports {name}", inside.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_architecture_lists_the_modules_in_that_order() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let listed: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(name, _)| name)
        .filter(|name| ORDER.contains(name))
        .collect();
    assert_eq!(listed, ORDER);
}

/// Paths in back quotes that begin at a folder of this repository.
#[test]
fn every_path_that_the_documents_name_exists() {
    let mut missing = Vec::new();
    for document in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = fs::read_to_string(root().join(document)).unwrap();
        for (at, quoted) in text.split('`').enumerate() {
            let is_path = [
                "src/", "tests/", "benches/", "configs/", "docs/", "assets/", "fuzz/",
            ]
            .iter()
            .any(|folder| quoted.starts_with(folder));
            let is_pattern = quoted.contains(['*', '<', ' ', '{']);
            if at % 2 == 1 && is_path && !is_pattern && !root().join(quoted).exists() {
                missing.push(format!("{document} names {quoted}"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
