//! `docs/opcodes.md` is made from the opcodes' own documentation. `UPDATE=1 cargo test -p flow-bytecode` writes it anew.
#![allow(clippy::expect_used, reason = "a test that cannot go on must say where")]

use flow_bytecode::{Intrinsic, Op};
use std::fmt::Write;
use std::path::Path;

fn page() -> String {
    let mut out = String::from(
        "# Opcodes\n\nMade from `bytecode/op.rs` and `bytecode/intrinsic.rs` by a test; do not edit.\n\n\
         An instruction has 64 bits, `op:8 k:8 a:16 b:16 c:16`. `S[x]` is a scalar register, `R[x]` a reference register,\n\
         `bc` the 32-bit number `b | c << 16`. Jump targets are instruction indices within the function. A *window* is a\n\
         run of consecutive reference registers; arguments in it are boxed.\n\n| | mnemonic | |\n|---|---|---|\n",
    );
    let cell = |text: &str| text.replace('|', "\\|");
    for op in Op::ALL {
        writeln!(out, "| {} | `{}` | {} |", *op as u8, op.mnemonic(), cell(op.doc())).expect("a string");
    }
    out.push_str("\n## Intrinsics\n\nPure operations of the machine, by number in `k` of `intrinsic`.\n\n| | name | |\n|---|---|---|\n");
    for intrinsic in Intrinsic::ALL {
        let (number, name) = (*intrinsic as u8, intrinsic.mnemonic());
        writeln!(out, "| {number} | `{name}` | {} |", cell(intrinsic.doc())).expect("a string");
    }
    out
}

#[test]
fn the_page_of_opcodes_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/opcodes.md");
    #[allow(clippy::disallowed_methods, reason = "a test compares a file; the format itself reads none")]
    if std::env::var("UPDATE").is_ok() {
        std::fs::write(&path, page()).expect("writes docs/opcodes.md");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, page(), "run UPDATE=1 cargo test -p flow-bytecode");
}
