//! `fuzz/run program`.
#![no_main]
#![forbid(unsafe_code)]

use flow_fuzz::{targets, tried::tried};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| targets::program(tried(data)));
