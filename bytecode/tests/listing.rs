//! Listings read like code.

use flow_bytecode::assemble::{Assembler, op, wide};
use flow_bytecode::program::{Debug, FunctionKind, Handler};
use flow_bytecode::{Bank, Op, Program, Type, disasm, verify};

fn sample() -> Program {
    let mut asm = Assembler::default();
    let (int, text) = (asm.ty(Type::Int), asm.ty(Type::Text));
    asm.ty(Type::List(text));
    let hello = asm.text("hello");
    let code = vec![
        op(Op::AddK, 0, 0, 0, 0xffff),
        wide(Op::ConstR, 0, hello),
        op(Op::JumpCmpI, 4, 0, 0, 0),
        op(Op::ReturnR, 0, 0, 0, 0),
        op(Op::Fail, 0, 1, 0, 0),
    ];
    asm.function("main", FunctionKind::Flow, &[int], text, (1, 2), code);
    asm.program.functions[0].handlers.push(Handler { start: 0, end: 2, target: 4, failure: 1 });
    asm.program
}

#[test]
fn a_listing_stands_beside_its_source() {
    let program = sample();
    verify::verify(&program).expect("verifies");
    let debug = Debug {
        files: vec!["a.flow".into()],
        lines: vec![vec![(0, 0, 3, 1), (1, 0, 3, 9), (3, 0, 4, 1)]],
        names: vec![vec![(Bank::Scalar, 0, "n".into())]],
    };
    let source = |_: &str, line: u32| Some(format!("    line {line}"));
    assert_eq!(
        disasm::program(&program, Some(&debug), Some(&source)),
        "\
Flow main(Int) -> Text    // function 0
  registers: 1 scalar, 2 reference
  on failure in 0..2: R1, go to 4
  ; a.flow:3  line 3
      0  add.k        S0:n = S0:n + -1
      1  const.r      R0 = \"hello\"
      2  jump.cmp.i   S0:n > S0:n -> 0
  ; a.flow:4  line 4
      3  return.r     R0
      4  fail         R1

"
    );
}

#[test]
fn any_operand_can_be_listed() {
    for op in Op::ALL {
        for at in [0, 1, 0xffff] {
            let mut program = sample();
            program.functions[0].code = vec![flow_bytecode::Instr::new(*op, at as u8, at, at, at)];
            program.types.clear();
            assert!(!disasm::program(&program, None, None).is_empty());
            assert!(verify::verify(&program).is_err());
        }
    }
}

#[test]
fn errors_name_the_function_and_the_instruction() {
    let refuse = |change: fn(&mut Program)| {
        let mut program = sample();
        change(&mut program);
        verify::verify(&program).expect_err("is refused")[0].to_string()
    };
    assert_eq!(
        refuse(|program| program.functions[0].code[3] = op(Op::ReturnS, 0, 0, 0, 0)),
        "function 0 at 3: a result that is not of the function's type"
    );
    assert_eq!(
        refuse(|program| program.functions[0].code[1] = op(Op::AddK, 0, 0, 0, 1)),
        "function 0 at 3: R0 is used and not written on every way here"
    );
    assert_eq!(
        refuse(|program| program.functions[0].code[2] = wide(Op::Jump, 0, 99)),
        "function 0 at 2: goes on beyond the end of the function"
    );
    assert_eq!(refuse(|program| program.functions[0].code[0].a = 7), "function 0 at 0: a register is out of range");
    assert_eq!(refuse(|program| program.functions[0].handlers[0].target = 9), "function 0: a handler is out of range");
    assert_eq!(
        refuse(|program| program.functions[0].code[4] = op(Op::Fail, 0, 0, 0, 0)),
        "function 0 at 4: R0 is used and not written on every way here"
    );
}
