//! How to repeat a run.

use toml::{Table, Value};

use crate::run::{Error, Layer, Preset, Settings};

/// Settings that `train` takes as options; all others are given as environment variables here.
const OPTIONS: [&str; 16] = [
    "data-dir",
    "split-test",
    "limit",
    "reading",
    "depth",
    "width",
    "width-factor",
    "device",
    "precision",
    "epochs",
    "batch-size",
    "learning-rate",
    "warmup-epochs",
    "crop-padding",
    "mirror",
    "seeds",
];

/// The command line that trains with these settings; what is as in the default preset is left out.
pub(super) fn command(settings: &Settings) -> Result<String, Error> {
    let defaults = Preset::Default.layer().to_table()?;
    let given = Layer::from(settings).to_table()?;
    let mut variables = String::new();
    let mut options = String::new();
    for &key in Layer::keys() {
        let Some(value) = given
            .get(key)
            .filter(|value| defaults.get(key) != Some(value))
        else {
            continue;
        };
        let text = quoted(&plain(key, value));
        match key {
            "dataset" | "architecture" | "out" => {}
            _ if OPTIONS.contains(&key) => options.extend([" --", key, " ", &text]),
            _ => variables.extend([&Layer::variable(key), "=", &text, " "]),
        }
    }
    Ok(format!(
        "{variables}ebcle-tui train {} {}{options}",
        quoted(&settings.dataset),
        settings.architecture
    ))
}

/// The settings as a config file.
pub(super) fn config(settings: &Settings) -> Result<String, Error> {
    let table: Table = Layer::from(settings).to_table()?;
    Ok(Layer::keys()
        .iter()
        .filter_map(|&key| Some(format!("{key} = {}", table.get(key)?)))
        .collect::<Vec<_>>()
        .join("\n"))
}

fn plain(key: &str, value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(if key == "resize" { "x" } else { "," }),
        other => other.to_string(),
    }
}

/// Quoted for a POSIX shell where need be; control characters as `$'…'` writes them.
pub(super) fn quoted(text: &str) -> String {
    let harmless = |letter: char| letter.is_ascii_alphanumeric() || "-_./:,=+@%".contains(letter);
    if !text.is_empty() && text.chars().all(harmless) {
        text.to_owned()
    } else if text.chars().any(char::is_control) {
        let escaped: String = text
            .chars()
            .map(|letter| match letter {
                '\\' | '\'' => format!("\\{letter}"),
                letter if letter.is_control() => format!("\\u{:04x}", u32::from(letter)),
                letter => letter.to_string(),
            })
            .collect();
        format!("$'{escaped}'")
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_the_defaults_is_given() {
        let layer = Layer {
            dataset: Some("folder:my flowers".to_owned()),
            resize: Some([32, 48]),
            epochs: Some(3),
            augment: Some(false),
            seeds: Some(vec![1, 2]),
            ..Layer::default()
        };
        let settings = Settings::resolve(&[layer]).unwrap();
        assert_eq!(
            command(&settings).unwrap(),
            "EBCLE_RESIZE=32x48 EBCLE_AUGMENT=false ebcle-tui train 'folder:my flowers' resnet-50 --epochs 3 --seeds 1,2"
        );
    }

    #[test]
    fn names_are_quoted_for_a_shell() {
        assert_eq!(quoted("folder:a_b"), "folder:a_b");
        assert_eq!(quoted("it's $(x)"), r"'it'\''s $(x)'");
        assert_eq!(quoted("a\n'\u{1b}\\"), r"$'a\u000a\'\u001b\\'");
    }

    #[test]
    fn the_config_resolves_to_the_same_settings() {
        let settings = Settings::resolve(&[Preset::Quick.layer()]).unwrap();
        let layer: Layer = toml::from_str(&config(&settings).unwrap()).unwrap();
        assert_eq!(Settings::resolve(&[layer]).unwrap(), settings);
    }
}
