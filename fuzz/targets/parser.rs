//! `fuzz/run parser`.
#![no_main]
#![forbid(unsafe_code)]

use flow_fuzz::{mutate, targets, tried::tried};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

fuzz_target!(|data: &[u8]| targets::parser(tried(data)));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    match mutate::text(data, size, max_size, seed) {
        Some(size) => size,
        None => fuzzer_mutate(data, size, max_size),
    }
});
