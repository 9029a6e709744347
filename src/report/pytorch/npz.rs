//! Arrays as a `.npz` file, which NumPy reads.

use std::io::{Cursor, Write};

use npyz::{AutoSerialize, WriterBuilder};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Arrays that are gathered under their names.
pub(super) struct Npz(ZipWriter<Cursor<Vec<u8>>>);

impl Npz {
    pub(super) fn new() -> Self {
        Self(ZipWriter::new(Cursor::new(Vec::new())))
    }

    /// Adds an array, the last index running fastest.
    pub(super) fn add<T: AutoSerialize>(
        &mut self,
        name: &str,
        shape: &[usize],
        values: impl IntoIterator<Item = T>,
    ) -> std::io::Result<()> {
        let shape: Vec<u64> = shape.iter().map(|&side| side as u64).collect();
        let mut bytes = Vec::new();
        let mut writer = npyz::WriteOptions::new()
            .default_dtype()
            .shape(&shape)
            .writer(&mut bytes)
            .begin_nd()?;
        writer.extend(values)?;
        writer.finish()?;
        self.0
            .start_file(format!("{name}.npy"), SimpleFileOptions::default())?;
        self.0.write_all(&bytes)
    }

    /// The bytes of the file.
    pub(super) fn finish(self) -> std::io::Result<Vec<u8>> {
        Ok(self.0.finish()?.into_inner())
    }
}
