//! The settings as a config file, and as the JSON Schema of one.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::{GROUPS, Kind, MAX_SIDE, Setting, Settings, all};

/// Columns of a heading.
const COLUMNS: usize = 90;

/// What `configs/default.toml` holds: every setting with what it means and the value that it has when nothing is said.
#[must_use]
pub fn default_file() -> String {
    let settings = Settings::default();
    let mut text = "\
# Settings of ebcle-tui, each with the value that it has when nothing else is said.
#
# Copy this file, keep the lines you want to change, and give it with `--config FILE`, or put it where
# `ebcle-tui config --path` says: every command reads it there.
# An option on the command line wins over an environment variable (EBCLE_BATCH_SIZE for
# batch-size, and so on), which wins over this file, which wins over the built-in values.
"
    .to_owned();
    for group in GROUPS {
        let heading = format!("# --- {} ", group.title);
        let _ = write!(text, "\n{heading:-<COLUMNS$}\n");
        for setting in group.settings {
            text.push('\n');
            for line in setting.meaning().lines() {
                let _ = writeln!(text, "# {line}");
            }
            let key = setting.key;
            let _ = match setting.get(&settings) {
                Some(value) => writeln!(text, "{key} = {value}"),
                None => writeln!(text, "# {key} = {}", setting.example),
            };
        }
    }
    text
}

/// The JSON Schema (draft 2020-12) of a config file.
#[must_use]
pub fn schema() -> Value {
    let defaults = Settings::default();
    let properties: Map<String, Value> = all()
        .map(|setting| (setting.key.to_owned(), property(setting, &defaults)))
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of ebcle-tui",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    })
}

fn property(setting: &Setting, defaults: &Settings) -> Value {
    let mut schema = match setting.kind {
        Kind::Text | Kind::Path => json!({"type": "string"}),
        Kind::Choice(words) => {
            let mut words: Vec<Value> = words.iter().map(|&word| word.into()).collect();
            if words.contains(&"on".into()) {
                words.extend([true.into(), false.into()]);
            }
            json!({"enum": words})
        }
        Kind::Whole(least) => json!({"type": "integer", "minimum": least}),
        Kind::Number => json!({"type": "number"}),
        Kind::Share => {
            json!({"anyOf": [{"type": "number"}, {"type": "string", "pattern": "^[0-9.]+ ?%$"}]})
        }
        Kind::Truth => json!({"type": "boolean"}),
        Kind::Paths => json!({"type": "array", "items": {"type": "string"}}),
        Kind::Transforms => json!({"type": ["array", "string"], "items": {"type": "string"}}),
        Kind::Sides => json!({
            "type": "array", "minItems": 2, "maxItems": 2,
            "items": {"type": "integer", "minimum": 1, "maximum": MAX_SIDE},
        }),
        Kind::Seeds | Kind::Counts => json!({
            "type": ["array", "string"], "minItems": 1, "uniqueItems": true,
            "items": {"type": "integer", "minimum": 0},
        }),
        Kind::Readings => json!({"type": "object", "additionalProperties": {
            "type": "object", "additionalProperties": false, "required": ["expression", "unit"],
            "properties": {
                "expression": {"type": "string"},
                "unit": {"enum": ["convolutions", "blocks"]},
            },
        }}),
    };
    schema["description"] = setting.meaning().into();
    if let Some(value) = setting.get(defaults) {
        schema["default"] = json!(value);
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_file_is_as_the_rows_say() {
        let kept = include_str!("../../../configs/default.toml");
        assert!(
            kept == default_file(),
            "write `ebcle-tui config --default` into configs/default.toml"
        );
    }

    #[test]
    fn every_setting_has_a_schema_and_every_default_fits_it() {
        let schema = schema();
        for setting in all() {
            let property = &schema["properties"][setting.key];
            let words = property["enum"].as_array();
            let default = &property["default"];
            assert!(
                default.is_null() || words.is_none_or(|words| words.contains(default)),
                "{}",
                setting.key
            );
        }
    }
}
