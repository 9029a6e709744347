//! Which columns a file has, which of them holds the images, and its values.

use parquet::basic::{ConvertedType, LogicalType, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::reader::{FileReader, RowGroupReader};
use parquet::schema::types::ColumnDescriptor;

/// Names of columns of images, in small letters, the likeliest first.
const IMAGES: [&str; 4] = ["image", "img", "images", "picture"];

/// The images of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    /// The column of encoded images.
    pub(super) image: usize,
    /// Its name.
    name: String,
    /// The column of the paths that stand beside them.
    path: Option<usize>,
}

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Whole,
    Fraction,
    Truth,
    Text,
    Bytes,
    Date,
    List,
    Other,
}

impl Kind {
    pub(super) fn of(column: &ColumnDescriptor) -> Self {
        if column.max_rep_level() > 0 {
            return Self::List;
        }
        let timed = matches!(
            column.logical_type_ref(),
            Some(LogicalType::Timestamp(_) | LogicalType::Time(_) | LogicalType::Date)
        ) || matches!(
            column.converted_type(),
            ConvertedType::DATE
                | ConvertedType::TIME_MILLIS
                | ConvertedType::TIME_MICROS
                | ConvertedType::TIMESTAMP_MILLIS
                | ConvertedType::TIMESTAMP_MICROS
        );
        let decimal = matches!(column.logical_type_ref(), Some(LogicalType::Decimal(_)))
            || column.converted_type() == ConvertedType::DECIMAL;
        let text = matches!(
            column.logical_type_ref(),
            Some(LogicalType::String | LogicalType::Enum)
        ) || matches!(
            column.converted_type(),
            ConvertedType::UTF8 | ConvertedType::ENUM
        );
        match column.physical_type() {
            _ if timed => Self::Date,
            _ if decimal => Self::Other,
            Type::INT32 | Type::INT64 => Self::Whole,
            Type::FLOAT | Type::DOUBLE => Self::Fraction,
            Type::BOOLEAN => Self::Truth,
            Type::BYTE_ARRAY if text => Self::Text,
            Type::BYTE_ARRAY => Self::Bytes,
            _ => Self::Other,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole numbers",
            Self::Fraction => "fractions",
            Self::Truth => "true or false",
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::Date => "times",
            Self::List => "lists",
            Self::Other => "of a type that is not read",
        }
    }
}

/// Every column that is no part of another, with its place, name and kind; of others the name alone.
pub(super) fn all(reader: &dyn FileReader) -> Vec<(usize, String, Kind)> {
    let schema = reader.metadata().file_metadata().schema_descr();
    let mut columns: Vec<(usize, String, Kind)> = Vec::new();
    for index in 0..schema.num_columns() {
        let column = schema.column(index);
        let parts = column.path().parts();
        let Some(root) = parts.first() else { continue };
        let kind = match Kind::of(&column) {
            kind if parts.len() == 1 || kind == Kind::List => kind,
            _ => Kind::Other,
        };
        if columns.iter().all(|(_, name, _)| name != root) {
            columns.push((index, root.clone(), kind));
        }
    }
    columns
}

impl Columns {
    /// Chooses the images by name and type.
    ///
    /// # Errors
    /// A sentence, if there are none, or several could be meant.
    pub(super) fn choose(reader: &dyn FileReader) -> Result<Self, String> {
        let schema = reader.metadata().file_metadata().schema_descr();
        let (mut images, mut paths) = (Vec::new(), Vec::new());
        for index in 0..schema.num_columns() {
            let column = schema.column(index);
            let kind = Kind::of(&column);
            let known = |root: &String| IMAGES.contains(&root.to_lowercase().as_str());
            match (column.path().parts(), kind) {
                ([root, leaf], Kind::Bytes | Kind::Text) if leaf == "bytes" => {
                    images.push((index, root.clone()));
                }
                ([root, leaf], Kind::Text | Kind::Bytes) if leaf == "path" => {
                    paths.push((index, root.clone()));
                }
                ([root], Kind::Bytes) if known(root) => images.push((index, root.clone())),
                ([root], Kind::Text) if known(root) => paths.push((index, root.clone())),
                _ => {}
            }
        }
        let usual = IMAGES.iter().find_map(|known| {
            let is_known = |(_, name): &&(usize, String)| name.to_lowercase() == *known;
            images.iter().find(is_known)
        });
        let (image, name) = match (usual, images.as_slice(), paths.as_slice()) {
            (Some(column), ..) | (None, [column], _) => column.clone(),
            (None, [], [(_, name), ..]) => return Err(only_paths(name, None)),
            (None, [], []) => {
                let names: Vec<String> = all(reader).into_iter().map(|(_, name, _)| name).collect();
                return Err(format!(
                    "it has no column of images (a struct with bytes, or bytes, named image or img): its columns are {}",
                    names.join(", ")
                ));
            }
            (None, [first, second, ..], _) => {
                return Err(format!(
                    "it has more than one column of images, '{}' and '{}': rename the one to read to image",
                    first.1, second.1
                ));
            }
        };
        let path = paths.iter().find(|(_, root)| *root == name);
        Ok(Self {
            image,
            path: path.map(|(index, _)| *index),
            name,
        })
    }
}

/// What is said of a column of images that holds where these lie; `example` is one of its paths.
fn only_paths(name: &str, example: Option<&str>) -> String {
    let example = example.map_or_else(String::new, |path| format!(" (such as {path})"));
    format!(
        "its column '{name}' holds the paths of images{example}, not the images: write the file again with their bytes inside (Hugging Face's push_to_hub does), or name their folder as folder:PATH"
    )
}

/// Checks that a column is inside a file of `size` bytes in every row group: the `parquet` crate
/// believes what the file announces, and panics where that is negative.
///
/// # Errors
/// A sentence.
pub(super) fn check(reader: &dyn FileReader, size: u64, index: usize) -> Result<(), String> {
    for group in reader.metadata().row_groups() {
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
    Ok(())
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

/// The images of one row group, in batches.
pub(super) struct Rows<'a> {
    images: ColumnReaderImpl<ByteArrayType>,
    group: Box<dyn RowGroupReader + 'a>,
    columns: &'a Columns,
    /// Rows of the group before the next.
    done: usize,
}

impl<'a> Rows<'a> {
    /// Opens a row group.
    pub(super) fn open(
        reader: &'a dyn FileReader,
        group: usize,
        columns: &'a Columns,
    ) -> Result<Self, String> {
        let group = reader.get_row_group(group).map_err(|error| text(&error))?;
        let images = group
            .get_column_reader(columns.image)
            .map_err(|error| text(&error))?;
        let ColumnReader::ByteArrayColumnReader(images) = images else {
            return Err("its image column holds no bytes".to_owned());
        };
        Ok(Self {
            images,
            group,
            columns,
            done: 0,
        })
    }

    /// Encoded images of the next rows, at most `count`; none at the end. `first` is the number of
    /// the first of them.
    pub(super) fn next(&mut self, count: usize, first: usize) -> Result<Vec<ByteArray>, String> {
        let (mut images, mut levels) = (Vec::new(), Vec::new());
        let (rows, values, _) = self
            .images
            .read_records(count, Some(&mut levels), None, &mut images)
            .map_err(|error| text(&error))?;
        if values != rows {
            let most = levels.iter().max();
            let missing = if values == 0 {
                Some(0)
            } else {
                levels.iter().position(|level| Some(level) < most)
            };
            let missing = missing.unwrap_or(0);
            if let Some(path) = self.path(self.done + missing) {
                return Err(only_paths(&self.columns.name, Some(&path)));
            }
            return Err(format!(
                "record {} has no image: leave it out, or fetch the file again",
                first + missing
            ));
        }
        self.done += rows;
        Ok(images)
    }

    /// The path in a row of the group, if there is one.
    fn path(&self, row: usize) -> Option<String> {
        let column = self.group.get_column_reader(self.columns.path?).ok()?;
        let ColumnReader::ByteArrayColumnReader(mut paths) = column else {
            return None;
        };
        paths.skip_records(row).ok()?;
        let (mut values, mut levels) = (Vec::new(), Vec::new());
        paths
            .read_records(1, Some(&mut levels), None, &mut values)
            .ok()?;
        let value: &ByteArray = values.first()?;
        Some(String::from_utf8_lossy(value.data()).into_owned())
    }
}

pub(super) fn text(error: &parquet::errors::ParquetError) -> String {
    let said = error.to_string();
    match said.split_once("Disabled feature at compile time: ") {
        Some((_, codec)) => format!(
            "it is compressed by {codec}, which is not read here: write it again with zstd, snappy or gzip"
        ),
        None => format!("it cannot be read ({said}): fetch it again"),
    }
}
