#![no_main]

use bytes::Bytes;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    ebcle_fuzz::dataset::fuzzing::parquet(Bytes::copy_from_slice(input));
});
