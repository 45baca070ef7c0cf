//! Snapshots and program files: round trips, and every corruption an error.

use super::Drive;
use super::samples::{all, refund};
use crate::machine::{Status, Wake};
use crate::snapshot::{SnapshotError, decode, encode};
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
