//! How to repeat a run.

use toml::Value;

use crate::messages::quoted;
use crate::run::Settings;
use crate::run::settings::{Kind, Scope, Setting, all};

/// The settings that a run keeps, with their values.
fn kept(settings: &Settings) -> impl Iterator<Item = (&'static Setting, Value)> {
    let kept = all().filter(|setting| setting.scope != Scope::Process);
    kept.filter_map(|setting| Some((setting, setting.get(settings)?)))
}

/// The command line that trains with these settings; what is as in the defaults is left out.
pub(super) fn command(settings: &Settings) -> String {
    let defaults = Settings::default();
    let mut variables = String::new();
    let mut options = String::new();
    for (setting, value) in kept(settings) {
        let key = setting.key;
        if matches!(key, "dataset" | "architecture" | "out")
            || setting.get(&defaults).as_ref() == Some(&value)
        {
            continue;
        }
        let text = quoted(&plain(key, &value));
        match (&setting.option, &value) {
            (Some(_), Value::Array(items)) if setting.kind == Kind::Transforms => {
                for item in items.iter().filter_map(Value::as_str) {
                    options.extend([" --", key, " ", &quoted(item)]);
                }
            }
            (Some(_), _) => options.extend([" --", key, " ", &text]),
            (None, _) => variables.extend([&setting.variable(), "=", &text, " "]),
        }
    }
    format!(
        "{variables}ebcle-tui train {} {}{options}",
        quoted(&settings.dataset),
        settings.architecture
    )
}

/// The settings as a config file.
pub(super) fn config(settings: &Settings) -> String {
    kept(settings)
        .map(|(setting, value)| format!("{} = {value}", setting.key))
        .collect::<Vec<_>>()
        .join("\n")
}

fn plain(key: &str, value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items
            .iter()
            .map(|item| {
                item.as_str()
                    .map_or_else(|| item.to_string(), str::to_owned)
            })
            .collect::<Vec<_>>()
            .join(match key {
                "resize" => "x",
                "data-dirs" => ":",
                _ => ",",
            }),
        other => other.to_string(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::run::Layer;

    #[test]
    fn what_differs_from_the_defaults_is_given() {
        let layer = Layer::default()
            .with("dataset", "folder:my flowers")
            .with("resize", vec![32, 48])
            .with("data-dirs", vec!["/most"])
            .with("transform", vec!["bits=3", "grey"])
            .with("epochs", 3)
            .with("augment", false)
            .with("seeds", vec![1, 2]);
        let settings = Settings::resolve(&[layer]).unwrap();
        assert_eq!(
            command(&settings),
            "EBCLE_DATA_DIRS=/most ebcle-tui train 'folder:my flowers' resnet-50 --resize 32x48 --transform bits=3 --transform grey --epochs 3 --augment false --seeds 1,2"
        );
    }

    #[test]
    fn the_config_resolves_to_the_same_settings() {
        let settings = Settings::resolve(&[Layer::quick()]).unwrap();
        let layer: Layer = toml::from_str(&config(&settings)).unwrap();
        assert_eq!(Settings::resolve(&[layer]).unwrap(), settings);
    }
}
