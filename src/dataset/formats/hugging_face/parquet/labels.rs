//! Which column says what the images are, and its values.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::reader::FileReader;

use super::columns::{self, Kind};
use super::{classes, open_file};
use crate::dataset::Result;
use crate::dataset::archive::malformed;
use crate::dataset::labels::{Labels, Values};

/// Names of columns that say that they are labels, in small letters, the likeliest first.
const NAMES: [&str; 22] = [
    "label",
    "labels",
    "fine_label",
    "fine_labels",
    "target",
    "targets",
    "class",
    "classes",
    "class_label",
    "class_labels",
    "y",
    "category",
    "categories",
    "class_id",
    "class_name",
    "category_id",
    "category_name",
    "label_id",
    "label_name",
    "cls",
    "coarse_label",
    "coarse_labels",
];
/// Rows that are read together.
const BATCH: usize = 1 << 16;

/// The column of the labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    /// Its name.
    pub(super) name: String,
    /// The names of its classes, where they are declared.
    pub(super) classes: Vec<String>,
    /// What must be said of the choice.
    pub(super) note: Option<String>,
    /// The file's columns but that of the images, with what they hold.
    pub(super) others: String,
}

/// The label column of the copy in `folder`, of which `file` is the first training file: the one that is
/// `asked` for, the one whose metadata name classes, or the one of a usual name.
///
/// # Errors
/// [`DatasetError::Malformed`] with the columns that there are, where none says that it is the label.
pub(super) fn choose(folder: &Path, file: &Path, asked: Option<&str>) -> Result<Column> {
    let reader = open_file(file)?;
    let image = columns::Columns::choose(&reader).map_err(|problem| malformed(file, problem))?;
    let schema = reader.metadata().file_metadata().schema_descr();
    let image = schema.column(image.image).path().parts()[0].clone();
    let all: Vec<(usize, String, Kind)> = columns::all(&reader)
        .into_iter()
        .filter(|(_, name, _)| *name != image)
        .collect();
    let described: Vec<String> = all
        .iter()
        .map(|(_, name, kind)| format!("{name} ({})", kind.name()))
        .collect();
    let others = if described.is_empty() {
        "none".to_owned()
    } else {
        described.join(", ")
    };
    let fail = |problem: String| Err(malformed(file, problem));
    let names = |name: &str| classes::names(folder, &reader, name);
    let chosen = |name: &str, note: Option<String>| Column {
        name: name.to_owned(),
        classes: names(name).unwrap_or_default(),
        note,
        others: others.clone(),
    };
    if let Some(name) = asked {
        return match all.iter().find(|(_, known, _)| known == name) {
            Some((.., kind)) if !is_readable(*kind) => fail(unreadable(name, *kind)),
            Some(_) => Ok(chosen(name, None)),
            None => fail(format!(
                "it has no column '{name}': name the one that holds the classes by --label COLUMN (its columns are {others})"
            )),
        };
    }
    let readable: Vec<&(usize, String, Kind)> =
        all.iter().filter(|(.., kind)| is_readable(*kind)).collect();
    let declared = readable.iter().filter(|(_, name, kind)| {
        *kind == Kind::Whole && (names(name).is_some() || classes::is_declared(&reader, name))
    });
    let mut candidates: Vec<&str> = declared.map(|(_, name, _)| name.as_str()).collect();
    let rank = |name: &str| {
        let name = name.to_lowercase();
        NAMES.iter().position(|known| *known == name)
    };
    if candidates.len() != 1 {
        let usual = readable.iter().map(|(_, name, _)| name.as_str());
        let among = if candidates.is_empty() {
            usual.collect()
        } else {
            candidates
        };
        candidates = among
            .into_iter()
            .filter(|name| rank(name).is_some())
            .collect();
        candidates.sort_by_key(|name| rank(name));
    }
    if let [name, more @ ..] = candidates.as_slice() {
        let note = (!more.is_empty()).then(|| {
            format!(
                "its column '{name}' is taken for the label (--label COLUMN takes another: {})",
                more.join(", ")
            )
        });
        return Ok(chosen(name, note));
    }
    let list = all
        .iter()
        .find(|(_, name, kind)| rank(name).is_some() && !is_readable(*kind));
    fail(match list {
        Some((_, name, kind)) => unreadable(name, *kind),
        None => format!(
            "no column of it says that it holds the labels, such as label or class: name the one that does by --label COLUMN (its columns are {others})"
        ),
    })
}

const fn is_readable(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Whole | Kind::Fraction | Kind::Truth | Kind::Text | Kind::Bytes
    )
}

fn unreadable(name: &str, kind: Kind) -> String {
    let several = if kind == Kind::List {
        " (several labels per image are not supported)"
    } else {
        ""
    };
    format!(
        "its column '{name}' holds {}, where one label per image belongs{several}: name another by --label COLUMN",
        kind.name()
    )
}

/// Reads the column `name` of all files of a split; [`None`] where none of them has it.
///
/// # Errors
/// [`crate::dataset::DatasetError`] with the file, and the record where one is to blame.
pub(super) fn find(files: &[PathBuf], name: &str) -> Result<Option<Labels>> {
    let mut columns = Vec::new();
    for path in files {
        let reader = open_file(path)?;
        let column = columns::all(&reader)
            .into_iter()
            .find(|(_, known, _)| known == name);
        columns.push((path, reader, column.map(|(index, ..)| index)));
    }
    if columns.iter().all(|(.., column)| column.is_none()) {
        return Ok(None);
    }
    let mut labels: Option<Labels> = None;
    for (path, reader, column) in columns {
        let fail = |problem: String| malformed(path, problem);
        let index = column.ok_or_else(|| {
            fail(format!(
                "it has no column '{name}', which other files of its split have: fetch it again"
            ))
        })?;
        let size = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        let read = || of_column(&reader, size, index);
        let values = catch_unwind(AssertUnwindSafe(read))
            .unwrap_or_else(|_| Err("its pages are damaged: fetch it again".to_owned()))
            .map_err(fail)?;
        let images = values.len();
        match &mut labels {
            None => labels = Some(Labels::of_file(path, values)),
            Some(labels) => {
                if !labels.values.append(values) {
                    return Err(fail(format!(
                        "its column '{name}' holds values of another type than that of {}: write both alike",
                        files[0].display()
                    )));
                }
                labels.files.push((path.clone(), images));
            }
        }
    }
    Ok(labels)
}

/// As [`find`], of the training files, which must have the column.
///
/// # Errors
/// As [`find`].
pub(super) fn read(files: &[PathBuf], name: &str) -> Result<Labels> {
    find(files, name)?.ok_or_else(|| malformed!(&files[0], "it has no column '{name}'"))
}

/// The values of a column of a file of `size` bytes.
///
/// # Errors
/// A sentence, with the record where one is to blame.
pub(in crate::dataset) fn of_column(
    reader: &dyn FileReader,
    size: u64,
    index: usize,
) -> Result<Values, String> {
    columns::check(reader, size, index)?;
    let schema = reader.metadata().file_metadata().schema_descr();
    let column = schema.column(index);
    let kind = Kind::of(&column);
    if !is_readable(kind) {
        return Err(unreadable(column.name(), kind));
    }
    let mut whole: Vec<Option<i64>> = Vec::new();
    let mut fractions: Vec<f64> = Vec::new();
    let mut truths: Vec<Option<bool>> = Vec::new();
    let mut texts: Vec<Option<String>> = Vec::new();
    let level = column.max_def_level();
    let rows = reader.metadata().file_metadata().num_rows();
    for group in 0..reader.num_row_groups() {
        let group = reader
            .get_row_group(group)
            .map_err(|error| columns::text(&error))?;
        let values = group
            .get_column_reader(index)
            .map_err(|error| columns::text(&error))?;
        let read = match values {
            ColumnReader::Int32ColumnReader(values) => each(values, level, |value| {
                whole.push(value.map(i64::from));
                true
            }),
            ColumnReader::Int64ColumnReader(values) => each(values, level, |value| {
                whole.push(value);
                true
            }),
            ColumnReader::FloatColumnReader(values) => each(values, level, |value| {
                fractions.push(value.map_or(f64::NAN, f64::from));
                true
            }),
            ColumnReader::DoubleColumnReader(values) => each(values, level, |value| {
                fractions.push(value.unwrap_or(f64::NAN));
                true
            }),
            ColumnReader::BoolColumnReader(values) => each(values, level, |value| {
                truths.push(value);
                true
            }),
            ColumnReader::ByteArrayColumnReader(values) => each(values, level, |value| {
                let text = value.map(|bytes| String::from_utf8(bytes.data().to_vec()));
                match text.transpose() {
                    Ok(text) => texts.push(text),
                    Err(_) => return false,
                }
                true
            }),
            _ => Ok(true),
        };
        if !read.map_err(|error| columns::text(&error))? {
            return Err(format!(
                "record {} (counted from 0) of its column '{}' is no text: name another by --label COLUMN",
                texts.len(),
                column.name()
            ));
        }
    }
    let values = match kind {
        Kind::Whole => Values::Whole(whole),
        Kind::Truth => Values::Truth(truths),
        Kind::Fraction => Values::fractions(&fractions).map_err(|(record, number)| {
            format!(
                "record {record} (counted from 0) of its column '{}' is {number}, which is no class: labels are whole numbers or text",
                column.name()
            )
        })?,
        _ => Values::Text(texts),
    };
    if i64::try_from(values.len()) != Ok(rows) {
        return Err(format!(
            "its columns differ in length from record {} on: fetch it again",
            values.len()
        ));
    }
    Ok(values)
}

/// Hands every value of a column to `take`, none of a row that has none, until that says no.
fn each<T: DataType>(
    mut reader: ColumnReaderImpl<T>,
    level: i16,
    mut take: impl FnMut(Option<T::T>) -> bool,
) -> Result<bool, ParquetError> {
    loop {
        let (mut values, mut levels) = (Vec::new(), Vec::new());
        let (rows, ..) = reader.read_records(BATCH, Some(&mut levels), None, &mut values)?;
        if rows == 0 {
            return Ok(true);
        }
        let mut values = values.into_iter();
        for row in 0..rows {
            let there = level == 0 || levels.get(row) == Some(&level);
            if !take(if there { values.next() } else { None }) {
                return Ok(false);
            }
        }
    }
}
