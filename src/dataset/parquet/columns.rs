//! Which columns hold images and labels, and their values.

use parquet::basic::Type;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::reader::{FileReader, RowGroupReader};

/// The two columns of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    image: usize,
    label: usize,
    /// The label column's name.
    pub(super) label_name: String,
}

const IMAGES: [&str; 4] = ["image", "img", "images", "picture"];
const LABELS: [&str; 7] = [
    "label",
    "labels",
    "fine_label",
    "fine_labels",
    "target",
    "class",
    "class_label",
];

impl Columns {
    /// Chooses the columns by their names and types.
    ///
    /// # Errors
    /// A sentence, if there is none, or several could be meant.
    pub(super) fn choose(reader: &dyn FileReader, label: Option<&str>) -> Result<Self, String> {
        let schema = reader.metadata().file_metadata().schema_descr();
        let mut images = Vec::new();
        let mut labels = Vec::new();
        for index in 0..schema.num_columns() {
            let column = schema.column(index);
            if column.max_rep_level() > 0 {
                continue;
            }
            let parts = column.path().parts();
            match (parts, column.physical_type()) {
                ([root, leaf], Type::BYTE_ARRAY) if leaf == "bytes" => {
                    images.push((index, root.clone()));
                }
                ([root], Type::BYTE_ARRAY) if IMAGES.contains(&root.as_str()) => {
                    images.push((index, root.clone()));
                }
                ([root], Type::INT32 | Type::INT64) => labels.push((index, root.clone())),
                _ => {}
            }
        }
        let image = pick(
            &images,
            &IMAGES,
            "image column (a struct with bytes, or bytes)",
        )?;
        let label = match label {
            Some(name) => pick(&labels, &[name], "integer label column")
                .ok()
                .filter(|(_, chosen)| chosen == name)
                .ok_or_else(|| format!("it has no integer column '{name}'"))?,
            None => pick(&labels, &LABELS, "integer label column")?,
        };
        Ok(Self {
            image: image.0,
            label: label.0,
            label_name: label.1,
        })
    }

    /// Checks that the two columns lie inside a file of `size` bytes in every row group: the
    /// `parquet` crate believes what the file announces, and panics where that is negative.
    ///
    /// # Errors
    /// A sentence.
    pub(super) fn check(&self, reader: &dyn FileReader, size: u64) -> Result<(), String> {
        for group in reader.metadata().row_groups() {
            for index in [self.image, self.label] {
                let inside = group.columns().get(index).is_some_and(|column| {
                    let first = column.dictionary_page_offset();
                    let start = u64::try_from(first.unwrap_or(column.data_page_offset()));
                    let length = u64::try_from(column.compressed_size());
                    let values = u64::try_from(column.num_values());
                    matches!((start, length, values), (Ok(start), Ok(length), Ok(_))
                        if start.checked_add(length).is_some_and(|end| end <= size))
                });
                if !inside {
                    return Err("it announces data beyond its end: it is damaged".to_owned());
                }
            }
        }
        Ok(())
    }
}

impl Columns {
    /// Bytes of the largest part of the image column that is unpacked at once, as the file announces it.
    pub(super) fn largest(&self, reader: &dyn FileReader) -> u64 {
        let groups = reader.metadata().row_groups().iter();
        let columns = groups.filter_map(|group| group.columns().get(self.image));
        columns
            .filter_map(|column| u64::try_from(column.uncompressed_size()).ok())
            .max()
            .unwrap_or(0)
    }
}

fn pick(found: &[(usize, String)], known: &[&str], what: &str) -> Result<(usize, String), String> {
    let named = known
        .iter()
        .find_map(|known| found.iter().find(|(_, name)| name == known));
    match (named, found) {
        (Some(column), _) | (None, [column]) => Ok(column.clone()),
        (None, []) => Err(format!("it has no {what}")),
        (None, [first, second, ..]) => Err(format!(
            "it has more than one {what}, '{}' and '{}': name one of them",
            first.1, second.1
        )),
    }
}

/// The rows of one row group, in batches.
pub(super) struct Rows<'a> {
    images: ColumnReaderImpl<ByteArrayType>,
    labels: ColumnReader,
    _group: Box<dyn RowGroupReader + 'a>,
}

impl<'a> Rows<'a> {
    /// Opens a row group.
    pub(super) fn open(
        reader: &'a dyn FileReader,
        group: usize,
        columns: &Columns,
    ) -> Result<Self, String> {
        let group = reader.get_row_group(group).map_err(|error| text(&error))?;
        let images = group
            .get_column_reader(columns.image)
            .map_err(|error| text(&error))?;
        let ColumnReader::ByteArrayColumnReader(images) = images else {
            return Err("its image column holds no bytes".to_owned());
        };
        let labels = group
            .get_column_reader(columns.label)
            .map_err(|error| text(&error))?;
        Ok(Self {
            images,
            labels,
            _group: group,
        })
    }

    /// Encoded images and labels of the next rows, at most `count`; none at the end. `first` is
    /// the number of the first of them.
    pub(super) fn next(
        &mut self,
        count: usize,
        first: usize,
    ) -> Result<(Vec<ByteArray>, Vec<i64>), String> {
        let (mut images, mut levels) = (Vec::new(), Vec::new());
        let (rows, values, _) = self
            .images
            .read_records(count, Some(&mut levels), None, &mut images)
            .map_err(|error| text(&error))?;
        if values != rows {
            return Err(empty(first, &levels, "image"));
        }
        let (labelled, labels) = match &mut self.labels {
            ColumnReader::Int32ColumnReader(reader) => {
                let mut values = Vec::new();
                levels.clear();
                let (labelled, _, _) = reader
                    .read_records(rows, Some(&mut levels), None, &mut values)
                    .map_err(|error| text(&error))?;
                (labelled, values.into_iter().map(i64::from).collect())
            }
            ColumnReader::Int64ColumnReader(reader) => {
                let mut values: Vec<i64> = Vec::new();
                levels.clear();
                let (labelled, _, _) = reader
                    .read_records(rows, Some(&mut levels), None, &mut values)
                    .map_err(|error| text(&error))?;
                (labelled, values)
            }
            _ => return Err("its label column holds no integers".to_owned()),
        };
        if labelled != rows || images.len() != rows {
            let last = first + labelled.min(images.len());
            return Err(format!(
                "its columns differ in length from record {last} on: fetch it again"
            ));
        }
        if labels.len() != rows {
            return Err(empty(first, &levels, "label"));
        }
        Ok((images, labels))
    }
}

fn text(error: &parquet::errors::ParquetError) -> String {
    let said = error.to_string();
    match said.split_once("Disabled feature at compile time: ") {
        Some((_, codec)) => format!(
            "it is compressed by {codec}, which is not read here: write it again with zstd, snappy or gzip"
        ),
        None => format!("it cannot be read ({said}): fetch it again"),
    }
}

/// What is said of the first record that has no value, by the levels of all from number `first` on.
fn empty(first: usize, levels: &[i16], what: &str) -> String {
    let most = levels.iter().max();
    let missing = levels.iter().position(|level| Some(level) < most);
    format!(
        "record {} has no {what}: leave it out, or fetch the file again",
        first + missing.unwrap_or(0)
    )
}
