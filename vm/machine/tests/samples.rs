//! Programs that use most of the machine.

use flow_bytecode::assemble::{Assembler, op, wide};
use flow_bytecode::op::Op;
use flow_bytecode::program::*;
use flow_bytecode::{Bank, Instr, Program, Type, TypeId, Value};
use std::sync::Arc;

pub(super) const S: Bank = Bank::Scalar;
pub(super) const R: Bank = Bank::Reference;

/// A flow of one function with that code, all registers ints and texts, as given.
pub(super) fn single(
    params: &[Type],
    result: Type,
    registers: (u16, u16),
    build: impl FnOnce(&mut Assembler) -> Vec<Instr>,
) -> Arc<Program> {
    let mut asm = Assembler::default();
    let params: Vec<TypeId> = params.iter().map(|ty| asm.ty(ty.clone())).collect();
    let result = asm.ty(result);
    let code = build(&mut asm);
    let function = asm.function("main", FunctionKind::Flow, &params, result, registers, code);
    flow(&mut asm, function, &params);
    asm.finish()
}

/// The flow that enters a function.
pub(super) fn flow(asm: &mut Assembler, function: u16, params: &[TypeId]) {
    let params = params.iter().map(|ty| FlowParam { name: "p".into(), ty: *ty, default: None }).collect();
    asm.program.flows.push(Flow { name: "main".into(), function, params, subject: None });
}

/// An action.
pub(super) fn action(asm: &mut Assembler, name: &str, class: EffectClass, params: &[TypeId], result: TypeId) -> u16 {
    let params = params.iter().map(|ty| ("p".into(), *ty)).collect();
    asm.program.actions.push(ActionRef {
        name: name.into(),
        via: None,
        yields: None,
        class,
        params,
        result,
        fails: Vec::new(),
    });
    (asm.program.actions.len() - 1) as u16
}

pub(super) const POLICY: Policy = Policy { timeout_us: 30_000_000, retry: 0, backoff_us: 0 };

/// Asks which order, looks it up outside, and tells; a failure is told as its kind.
///
/// `flow main(conversation: S0, name: R0) -> Text`
pub(super) fn refund() -> Arc<Program> {
    let mut asm = Assembler::default();
    let text = asm.ty(Type::Text);
    let entity = asm.ty(Type::Entity(0));
    let instant = asm.ty(Type::Instant);
    let number = asm.ty(Type::Number);
    asm.program.entities.push("Conversation".into());
    asm.program.records.push(RecordDef {
        name: "Order".into(),
        fields: vec![
            RecordField { name: "id".into(), ty: text, default: None },
            RecordField { name: "total".into(), ty: number, default: None },
        ],
    });
    let order = asm.ty(Type::Record(0));
    let json = asm.ty(Type::Json);
    let texts = asm.ty(Type::List(text));
    let get = action(&mut asm, "shop.order", EffectClass::Read, &[text], json);
    let (hello, which, yes, no) = (asm.text("Hello "), asm.text(", which order?"), asm.text("Yes"), asm.text("No"));
    let worth = asm.text(" is worth ");
    let late = asm.text("too late");
    asm.program.scalars.push(900_000_000);
    asm.program.templates.push(Template {
        pieces: vec![
            Piece::Text(hello),
            Piece::Hole { bank: R, register: 0, ty: text, escape: Escape::None },
            Piece::Text(which),
        ],
    });
    asm.program.templates.push(Template {
        pieces: vec![
            Piece::Hole { bank: R, register: 4, ty: text, escape: Escape::None },
            Piece::Text(worth),
            Piece::Hole { bank: R, register: 5, ty: number, escape: Escape::None },
        ],
    });
    let code = vec![
        wide(Op::Template, 1, 0),          // 0  R1 = prompt
        wide(Op::ConstR, 2, yes),          // 1
        wide(Op::ConstR, 3, no),           // 2
        op(Op::List, 0, 2, 2, 2),          // 3  R2 = options
        op(Op::Intrinsic, 0, 3, 0, 3),     // 4  R3 = now
        op(Op::UnboxS, 0, 1, 3, 0),        // 5  S1 = now
        wide(Op::ConstS, 2, 0),            // 6
        op(Op::AddI, 0, 1, 1, 2),          // 7  S1 = due
        wide(Op::Wait, 0, 0),              // 8  answer -> 9, after -> 20
        op(Op::Intrinsic, 49, 3, 1, 3),    // 9  R3 = the answer when it is a text
        op(Op::SomeR, 0, 3, 3, 0),         // 10
        op(Op::ActExternal, 0, get, 1, 3), // 11 R3 = shop.order(R3)
        op(Op::Decode, 0, 3, 3, order.0),  // 12
        op(Op::PartR, 0, 4, 3, 0),         // 13
        op(Op::PartR, 0, 5, 3, 1),         // 14
        wide(Op::Template, 3, 1),          // 15
        op(Op::ReturnR, 0, 3, 0, 0),       // 16
        op(Op::Intrinsic, 101, 3, 1, 6),   // 17 handler: R3 = its kind
        op(Op::ReturnR, 0, 3, 0, 0),       // 18
        op(Op::ReturnR, 0, 3, 0, 0),       // 19
        wide(Op::ConstR, 3, late),         // 20
        wide(Op::Jump, 0, 19),             // 21
    ];
    let main = asm.function("main", FunctionKind::Flow, &[entity, text], text, (3, 7), code);
    asm.program.functions[0].handlers.push(Handler { start: 12, end: 16, target: 17, failure: 6 });
    let arms = vec![
        Arm {
            on: ArmKind::Answer {
                conversation: 0,
                prompt: 1,
                options: Some(2),
                labels: Vec::new(),
                expects: Expects::Text,
                bind: 3,
            },
            target: 9,
        },
        Arm { on: ArmKind::After { due: 1 }, target: 20 },
    ];
    let live = [(S, 0, entity), (S, 1, instant), (R, 0, text), (R, 1, text), (R, 2, texts)];
    asm.place("main#which", (main, 8), &live, PlaceKind::Wait { arms });
    asm.place("main/order", (main, 11), &[(R, 3, text)], PlaceKind::Action { action: get, policy: POLICY });
    flow(&mut asm, main, &[entity, text]);
    asm.finish()
}

/// Two paths that each ask outside, joined as `mode`; the result is what the first said, else the second, else text
/// `none`. Calls a flow in between.
pub(super) fn paths(mode: JoinMode) -> Arc<Program> {
    let mut asm = Assembler::default();
    let text = asm.ty(Type::Text);
    asm.ty(Type::Unit);
    let maybe = asm.ty(Type::Optional(text));
    let boolean = asm.ty(Type::Bool);
    let ask = action(&mut asm, "ask", EffectClass::Once, &[text], text);
    let none = asm.text("none");
    let code = vec![
        op(Op::Fork, 0, 1, 2, 0),        // 0  path 0: helper path with R0
        op(Op::Fork, 1, 1, 2, 0),        // 1
        wide(Op::Join, 0, 0),            // 2  S0/R1, S1/R2
        op(Op::MoveR, 0, 3, 0, 0),       // 3  argument of the call
        op(Op::Call, 0, 2, 2, 3),        // 4  R3 = callee(R3)
        wide(Op::JumpIf, 0, 10),         // 5
        wide(Op::JumpIf, 1, 8),          // 6
        wide(Op::Jump, 0, 12),           // 7
        op(Op::SomeR, 0, 2, 2, 0),       // 8
        op(Op::ReturnR, 0, 2, 0, 0),     // 9
        op(Op::SomeR, 0, 1, 1, 0),       // 10
        op(Op::ReturnR, 0, 1, 0, 0),     // 11
        wide(Op::ConstR, 1, none),       // 12
        op(Op::ReturnR, 0, 1, 0, 0),     // 13
        op(Op::Intrinsic, 102, 1, 1, 4), // 14 handler: the message
        op(Op::ReturnR, 0, 1, 0, 0),     // 15
    ];
    let main = asm.function("main", FunctionKind::Flow, &[text], text, (2, 5), code);
    asm.program.functions[0].handlers.push(Handler { start: 2, end: 3, target: 14, failure: 4 });
    let path = vec![op(Op::ActExternal, 0, ask, 2, 0), op(Op::ReturnR, 0, 0, 0, 0)];
    let branch = asm.function("main/path", FunctionKind::Path, &[text], text, (0, 1), path);
    let callee = vec![op(Op::ActExternal, 0, ask, 3, 0), op(Op::ReturnR, 0, 0, 0, 0)];
    let callee = asm.function("callee", FunctionKind::Flow, &[text], text, (0, 1), callee);
    let join = |name: &str, done, result| JoinPath { name: name.into(), done, result };
    let both = vec![join("left", 0, 1), join("right", 1, 2)];
    asm.place("main/join", (main, 2), &[(R, 0, text)], PlaceKind::Join { mode, paths: both });
    let kept = [(S, 0, boolean), (S, 1, boolean), (R, 1, maybe), (R, 2, maybe)];
    asm.place("main/callee", (main, 4), &kept, PlaceKind::Call);
    asm.place("path/ask", (branch, 0), &[(R, 0, text)], PlaceKind::Action { action: ask, policy: POLICY });
    asm.place("callee/ask", (callee, 0), &[(R, 0, text)], PlaceKind::Action { action: ask, policy: POLICY });
    flow(&mut asm, main, &[text]);
    asm.finish()
}

/// Waits for an event about a contact, for a field to become `pro`, or for a moment; says which came.
///
/// `flow main(contact: S0, due: S1) -> Text`
pub(super) fn listens() -> Arc<Program> {
    let mut asm = Assembler::default();
    let text = asm.ty(Type::Text);
    let entity = asm.ty(Type::Entity(0));
    let instant = asm.ty(Type::Instant);
    let boolean = asm.ty(Type::Bool);
    asm.program.entities.push("Contact".into());
    asm.program.fields.push(FieldRef { entity: 0, name: "plan".into(), ty: text, default: None });
    let params = vec![("contact".into(), entity), ("link".into(), text)];
    asm.program.events.push(EventRef { name: "email.clicked".into(), params });
    let (pro, when, after) = (asm.text("pro"), asm.text("when"), asm.text("after"));
    let code = vec![
        wide(Op::Wait, 0, 0),
        op(Op::PartR, 0, 0, 1, 1),   // 1 event: its link
        op(Op::ReturnR, 0, 0, 0, 0), // 2
        wide(Op::ConstR, 0, when),   // 3
        wide(Op::Jump, 0, 2),        // 4
        wide(Op::ConstR, 0, after),  // 5
        wide(Op::Jump, 0, 2),        // 6
    ];
    let main = asm.function("main", FunctionKind::Flow, &[entity, instant], text, (2, 2), code);
    let condition = vec![
        op(Op::JumpField, 0, 0, 0, 4),
        op(Op::Arg, 0, pro as u16, 0, 0),
        wide(Op::IntS, 0, 0),
        op(Op::ReturnS, 0, 0, 0, 0),
        wide(Op::IntS, 0, 1),
        op(Op::ReturnS, 0, 0, 0, 0),
    ];
    let condition = asm.function("main/pro", FunctionKind::Condition, &[entity], boolean, (1, 0), condition);
    let arms = vec![
        Arm { on: ArmKind::Event { event: 0, matches: vec![(0, S, 0)], bind: Some(1), filter: None }, target: 1 },
        Arm { on: ArmKind::When { function: condition, captures: vec![(S, 0)], reads: vec![0] }, target: 3 },
        Arm { on: ArmKind::After { due: 1 }, target: 5 },
    ];
    asm.place("main#nudge", (main, 0), &[(S, 0, entity), (S, 1, instant)], PlaceKind::Wait { arms });
    flow(&mut asm, main, &[entity, instant]);
    asm.finish()
}

/// A loop that calls a local action `n` times, with a pause at its back edge.
pub(super) fn long_loop() -> Arc<Program> {
    let mut asm = Assembler::default();
    let int = asm.ty(Type::Int);
    let note = action(&mut asm, "note", EffectClass::Local, &[int], int);
    let code = vec![
        wide(Op::IntS, 1, 0),
        op(Op::JumpCmpI, 5, 1, 0, 6), // 1 while S1 < S0
        op(Op::BoxI, 0, 0, 1, 0),
        op(Op::Act, 0, note, 0, 0),
        op(Op::AddK, 0, 1, 1, 1),
        wide(Op::Pause, 0, 0),        // 5, then on to 6? no: back
        op(Op::JumpCmpI, 2, 1, 0, 2), // 6 again, or done
        op(Op::ReturnS, 0, 1, 0, 0),
    ];
    let main = asm.function("main", FunctionKind::Flow, &[int], int, (2, 1), code);
    asm.place("main/loop", (main, 5), &[(S, 0, int), (S, 1, int)], PlaceKind::Pause);
    flow(&mut asm, main, &[int]);
    asm.finish()
}

/// Every sample with the arguments of its start.
pub(super) fn all() -> Vec<(Arc<Program>, Vec<Value>)> {
    vec![
        (refund(), vec![Value::Int(5), Value::text("Ada")]),
        (paths(JoinMode::All), vec![Value::text("q")]),
        (paths(JoinMode::First), vec![Value::text("q")]),
        (listens(), vec![Value::Int(3), Value::Int(1_000)]),
        (long_loop(), vec![Value::Int(600)]),
    ]
}
