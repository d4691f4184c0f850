#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| watch_test::fuzz::query(data));
