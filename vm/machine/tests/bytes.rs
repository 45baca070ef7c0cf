//! Snapshots and program files: round trips, and every corruption an error.

use super::Drive;
use super::samples::{all, refund};
use crate::machine::{Status, Wake};
use crate::snapshot::{SnapshotError, decode, decode_into, encode};
use flow_bytecode::program::Debug;
use flow_bytecode::{Value, codec};

#[test]
fn a_snapshot_is_small_and_every_byte_of_it_counts() {
    let mut drive = Drive::new(refund());
    drive.start(vec![Value::Int(5), Value::text("Ada")]);
    let bytes = encode(&drive.run, &drive.loaded).expect("encodes");
    assert!(bytes.len() <= 80, "{}", bytes.len());
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut bad = bytes.clone();
            bad[at] ^= 1 << bit;
            assert!(decode(&bad, &drive.loaded).is_err(), "byte {at} bit {bit}");
        }
        assert!(decode(&bytes[..at], &drive.loaded).is_err());
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(decode(&longer, &drive.loaded).is_err());
}

/// The samples as they wait after their start, in the format that is written now. A change here needs a new format, and a
/// reader of the old one.
const WRITTEN: [&str; 5] = [
    "010101000000000101000a80a4a7da06064164612e48656c6c6f204164612c207768696368206f726465723f020507",
    "0203030000000201010002710100000301020102027102000103020301020271",
    "0203030000000201010002710100000301020102027102000103020301020271",
    "0001010000000001010006d00f",
    "8002010100000001010100b0098004",
];

#[test]
fn the_format_is_what_it_was() {
    assert_eq!(crate::snapshot::FORMAT, 1);
    for ((program, args), written) in all().into_iter().zip(WRITTEN) {
        let mut drive = Drive::new(program);
        drive.start(args);
        let bytes = encode(&drive.run, &drive.loaded).expect("encodes");
        // Without the program's hash and the checksum, which say nothing about the format.
        let body: String = bytes[9..bytes.len() - 4].iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(body, written);
    }
}

#[test]
fn reading_into_a_used_run_leaves_nothing_of_it() {
    let waiting: Vec<Drive> = all()
        .into_iter()
        .map(|(program, args)| {
            let mut drive = Drive::new(program);
            drive.start(args);
            drive
        })
        .collect();
    for drive in &waiting {
        let bytes = encode(&drive.run, &drive.loaded).expect("encodes");
        let fresh = decode(&bytes, &drive.loaded).expect("decodes");
        for used in &waiting {
            let mut run = used.run.clone();
            decode_into(&bytes, &drive.loaded, &mut run).expect("decodes");
            assert_eq!(run, fresh);
            let mut run = used.run.clone();
            assert!(decode_into(&bytes[1..], &drive.loaded, &mut run).is_err());
            assert!(run.is_empty());
        }
    }
}

#[test]
fn a_snapshot_of_another_program_is_refused() {
    let mut drive = Drive::new(refund());
    drive.start(vec![Value::Int(5), Value::text("Ada")]);
    let bytes = encode(&drive.run, &drive.loaded).expect("encodes");
    let other = super::load(super::samples::listens());
    assert_eq!(decode(&bytes, &other), Err(SnapshotError::Program));
}

#[test]
fn garbage_with_a_right_checksum_never_panics() {
    // What a checksum cannot tell: bytes that someone wrote on purpose.
    for (program, args) in all() {
        let mut drive = Drive::new(program);
        let step = drive.start(args);
        if !matches!(step.status, Status::Waiting | Status::Ready) {
            continue;
        }
        let good = encode(&drive.run, &drive.loaded).expect("encodes");
        for at in 1..good.len() - 4 {
            for with in [0, 1, 2, 3, 4, 5, 6, 7, 0x7f, 0x80, 0xff] {
                let mut bad = good.clone();
                bad[at] = with;
                let end = bad.len() - 4;
                let checksum = crc32fast::hash(&bad[..end]);
                bad[end..].copy_from_slice(&checksum.to_le_bytes());
                if let Ok(mut run) = decode(&bad, &drive.loaded) {
                    let again = encode(&run, &drive.loaded);
                    if let Ok(again) = again {
                        assert_eq!(again, bad, "one encoding for one run");
                    }
                    let mut world = drive.world.clone();
                    let _ = crate::machine::step(&drive.loaded, &mut run, Wake::Due, &mut world, &drive.limits);
                    let _ = crate::machine::step(&drive.loaded, &mut run, Wake::Continue, &mut world, &drive.limits);
                }
            }
        }
    }
}

#[test]
fn programs_come_back_and_their_hash_knows_no_spans() {
    for (program, _) in all() {
        let debug = Debug { files: vec!["a.flow".into()], lines: vec![vec![(0, 0, 1, 1)]], names: Vec::new() };
        let bare = codec::encode(&program, None);
        let full = codec::encode(&program, Some(&debug));
        assert_eq!(codec::decode(&bare), Ok(((*program).clone(), None)));
        assert_eq!(codec::decode(&full), Ok(((*program).clone(), Some(debug))));
        assert_eq!(codec::hash(&program), *blake3::hash(&bare).as_bytes());
        assert_eq!(codec::hash(&program), codec::hash(&codec::decode(&full).expect("decodes").0));
        for at in 0..full.len() {
            let mut bad = full.clone();
            bad[at] ^= 0x10;
            assert!(codec::decode(&bad).is_err());
            assert!(codec::decode(&full[..at]).is_err());
        }
    }
}
