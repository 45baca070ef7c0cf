//! The compiled form of a Flow program: what the compiler writes and the machine reads
#![forbid(unsafe_code)]
