#![no_main]

use bytes::Bytes;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    ebcle_fuzz::dataset::formats::hugging_face::parquet::fuzz::fuzz(Bytes::copy_from_slice(input));
});
