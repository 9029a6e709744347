//! `coarse=MAP`: classes joined into fewer.

use std::collections::BTreeSet;
use std::path::Path;

use crate::dataset::places::at_home;
use crate::regular;

/// Most bytes of a file that holds a map.
const MAX_BYTES: u64 = 1 << 20;
/// Most letters of the name of a coarse class that names all its classes.
const MAX_NAME: usize = 40;

/// Reads a map: numbers between commas, or a file of numbers between commas, blanks or lines.
///
/// # Errors
/// A sentence on what cannot be read, or on a map that leaves one class.
pub(super) fn read(value: &str) -> Result<Vec<u32>, String> {
    let text = if is_list(value) {
        value.to_owned()
    } else {
        let path = at_home(Path::new(value));
        let unreadable = |why: String| format!("cannot read {value}: {why}");
        let bytes = std::fs::metadata(&path).map_err(|error| unreadable(error.to_string()))?;
        if bytes.len() > MAX_BYTES {
            return Err(unreadable(
                "it is too large for a map of classes".to_owned(),
            ));
        }
        regular::read_to_string(&path).map_err(|error| unreadable(error.to_string()))?
    };
    let words = text.split(|letter: char| letter == ',' || letter.is_whitespace());
    let map: Vec<u32> = words
        .filter(|word| !word.is_empty())
        .map(|word| {
            word.parse()
                .map_err(|_| format!("'{word}' is not a class number, such as 0"))
        })
        .collect::<Result<_, _>>()?;
    match map.first() {
        None => Err(format!(
            "{value} names no class: give each class its number"
        )),
        Some(first) if map.iter().all(|class| class == first) => {
            Err("it leaves one class: give at least two different numbers".to_owned())
        }
        Some(_) => Ok(map),
    }
}

/// Whether the value of `coarse` is a list of numbers rather than a file.
pub(super) fn is_list(value: &str) -> bool {
    !Path::new(value).is_file()
        && value
            .chars()
            .all(|letter| letter.is_ascii_digit() || matches!(letter, ',' | ' '))
}

/// The coarse classes of `map` in order of their numbers: the class of each fine one, and their names.
///
/// # Errors
/// A sentence on a map that has another number of classes than `names`.
pub(super) fn classes(map: &[u32], names: &[String]) -> Result<(Vec<u32>, Vec<String>), String> {
    if map.len() != names.len() {
        return Err(format!(
            "it maps {} classes, where there are {}",
            map.len(),
            names.len()
        ));
    }
    let distinct: BTreeSet<u32> = map.iter().copied().collect();
    let number = |class: &u32| distinct.range(..class).count() as u32;
    let name = |coarse: &u32| {
        let fine = map.iter().zip(names).filter(|(class, _)| *class == coarse);
        let fine: Vec<&str> = fine.map(|(_, name)| name.as_str()).collect();
        let all = fine.join("+");
        if all.chars().count() <= MAX_NAME {
            all
        } else {
            format!("{} and {} more", fine[0], fine.len() - 1)
        }
    };
    Ok((
        map.iter().map(number).collect(),
        distinct.iter().map(name).collect(),
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn numbers_with_gaps_become_consecutive_classes_with_the_names_of_their_members() {
        let names: Vec<String> = ["cat", "car", "dog", "ship"].map(str::to_owned).to_vec();
        let (classes_of, coarse) = classes(&[7, 2, 7, 2], &names).unwrap();
        assert_eq!(classes_of, [1, 0, 1, 0]);
        assert_eq!(coarse, ["car+ship", "cat+dog"]);
        let said = classes(&[0, 1], &names).unwrap_err();
        assert_eq!(said, "it maps 2 classes, where there are 4");
        let long: Vec<String> = (0..30).map(|class| format!("class {class}")).collect();
        let mut map = vec![0; 30];
        map[29] = 1;
        let (_, coarse) = classes(&map, &long).unwrap();
        assert_eq!(coarse, ["class 0 and 28 more", "class 29"]);
    }
}
