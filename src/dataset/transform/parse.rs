//! Transforms as a user writes them: `NAME` or `NAME=VALUE`.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::{Transform, coarse};

/// How each transform is written.
const FORMS: [(&str, &str); 8] = [
    ("bits", "bits=N"),
    ("permute", "permute"),
    ("ycbcr", "ycbcr"),
    ("grey", "grey"),
    ("rgb", "rgb"),
    ("side", "side=N"),
    ("noise", "noise=SD"),
    ("coarse", "coarse=MAP"),
];
/// Most edits by which an unknown name is taken for a misspelt one.
const MAX_EDITS: usize = 2;
/// Largest standard deviation of noise: beyond it hardly anything of an image is left.
const MAX_NOISE: f64 = 255.0;

impl Transform {
    /// Its name and number, for the name of a folder: `bits3`; of a map its number of classes.
    #[must_use]
    pub fn short(&self) -> String {
        match self {
            Self::Coarse(map) => {
                let classes: BTreeSet<&u32> = map.iter().collect();
                format!("coarse{}", classes.len())
            }
            other => other.to_string().replace('=', ""),
        }
    }
}

impl FromStr for Transform {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        let Some((_, form)) = FORMS.iter().find(|(known, _)| *known == name) else {
            return Err(unknown(name));
        };
        let value = match (value, form.contains('=')) {
            (Some(value), true) if !value.is_empty() => value,
            (None, false) => "",
            (Some(_), false) => return Err(format!("{text}: {name} takes no value")),
            _ => return Err(format!("{text}: write {form}")),
        };
        match name {
            "bits" => match value.parse() {
                Ok(bits @ 1..=8) => Ok(Self::Bits(bits)),
                _ => Err(format!("{text}: use 1 to 8 bits")),
            },
            "permute" => Ok(Self::Permute),
            "ycbcr" => Ok(Self::YCbCr),
            "grey" => Ok(Self::Grey),
            "rgb" => Ok(Self::Rgb),
            "side" => match value.parse() {
                Ok(side @ 1..) => Ok(Self::Side(side)),
                _ => Err(format!("{text}: use a side of at least 1 pixel")),
            },
            "noise" => match value.parse() {
                Ok(sd) if sd > 0.0 && sd <= MAX_NOISE => Ok(Self::Noise(sd)),
                _ => Err(format!(
                    "{text}: use a standard deviation above 0 and at most {MAX_NOISE}"
                )),
            },
            _ => coarse::read(value)
                .map(Self::Coarse)
                .map_err(|problem| format!("coarse: {problem}")),
        }
    }
}

fn unknown(name: &str) -> String {
    let edits = |known: &str| strsim::damerau_levenshtein(name, known);
    let nearest = FORMS.iter().min_by_key(|(known, _)| edits(known));
    match nearest {
        Some((known, _)) if edits(known) <= MAX_EDITS => {
            format!("unknown transform '{name}': did you mean {known}?")
        }
        _ => {
            let forms = FORMS.map(|(_, form)| form).join(", ");
            format!("unknown transform '{name}': use one of {forms}")
        }
    }
}

impl fmt::Display for Transform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bits(bits) => write!(f, "bits={bits}"),
            Self::Permute => f.write_str("permute"),
            Self::YCbCr => f.write_str("ycbcr"),
            Self::Grey => f.write_str("grey"),
            Self::Rgb => f.write_str("rgb"),
            Self::Side(side) => write!(f, "side={side}"),
            Self::Noise(sd) => write!(f, "noise={sd}"),
            Self::Coarse(map) => {
                let map: Vec<String> = map.iter().map(ToString::to_string).collect();
                write!(f, "coarse={}", map.join(","))
            }
        }
    }
}

impl TryFrom<String> for Transform {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Transform> for String {
    fn from(transform: Transform) -> Self {
        transform.to_string()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn complaint(text: &str) -> String {
        text.parse::<Transform>().unwrap_err()
    }

    #[test]
    fn what_is_no_transform_is_said_in_one_sentence() {
        for (text, expected) in [
            ("bts=3", "unknown transform 'bts': did you mean bits?"),
            ("gray", "unknown transform 'gray': did you mean grey?"),
            ("YCbCr2", "use one of bits=N, permute, ycbcr"),
            ("", "unknown transform ''"),
            ("bits", "bits: write bits=N"),
            ("bits=", "bits=: write bits=N"),
            ("bits=0", "use 1 to 8 bits"),
            ("bits=9", "use 1 to 8 bits"),
            ("bits=3.5", "use 1 to 8 bits"),
            ("grey=1", "grey takes no value"),
            ("side=0", "at least 1 pixel"),
            ("side=-4", "at least 1 pixel"),
            ("noise=0", "above 0"),
            ("noise=nan", "above 0"),
            ("noise=1e9", "at most 255"),
            ("coarse=1,1,1", "coarse: it leaves one class"),
            ("coarse=0,x", "coarse: cannot read 0,x"),
            ("coarse=0,99999999999", "is not a class number"),
        ] {
            let said = complaint(text);
            assert!(
                said.contains(expected) && !said.contains('\n'),
                "{text}: {said}"
            );
        }
    }

    #[test]
    fn a_map_is_read_from_a_file_and_written_as_its_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.txt");
        std::fs::write(&path, "0, 0\n1\n2 2\n").unwrap();
        let read: Transform = format!("coarse={}", path.display()).parse().unwrap();
        assert_eq!(read.to_string(), "coarse=0,0,1,2,2");
        std::fs::write(&path, "").unwrap();
        let said = complaint(&format!("coarse={}", path.display()));
        assert!(said.contains("names no class"), "{said}");
    }

    fn transforms() -> impl Strategy<Value = Transform> {
        prop_oneof![
            (1..=8_u8).prop_map(Transform::Bits),
            Just(Transform::Permute),
            Just(Transform::YCbCr),
            Just(Transform::Grey),
            Just(Transform::Rgb),
            (1..5000_usize).prop_map(Transform::Side),
            (1e-6..255.0_f64).prop_map(Transform::Noise),
            prop::collection::vec(0..1000_u32, 2..40)
                .prop_filter("one class", |map| map.iter().any(|class| *class != map[0]))
                .prop_map(Transform::Coarse),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(transform in transforms()) {
            prop_assert_eq!(transform.to_string().parse::<Transform>(), Ok(transform));
        }

        #[test]
        fn any_text_is_a_transform_or_one_sentence(text in "[a-z0-9=,. é-]{0,20}") {
            if let Err(said) = text.parse::<Transform>() {
                prop_assert!(!said.is_empty() && !said.contains('\n'), "{}", said);
            }
        }
    }
}
