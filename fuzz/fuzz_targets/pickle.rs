#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ebcle_fuzz::dataset::pickle::fuzz::fuzz(input));
