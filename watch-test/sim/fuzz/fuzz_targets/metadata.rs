#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| watch_sim::fuzz::metadata(data));
