//! Programs as text, to be read and compared.

use crate::lower::ir::{Role, roles};
use flow_bytecode::program::{ArmKind, Function, Piece, PlaceKind, Program};
use flow_bytecode::{Bank, Instr, Intrinsic, Op, Value};
use std::fmt::Write as _;

/// Functions with their code, then places.
pub fn program(program: &Program) -> String {
    let mut out = String::new();
    for (index, function) in program.functions.iter().enumerate() {
        let _ =
            writeln!(out, "{} ({:?}, {}s {}r)", function.name, function.kind, function.scalars, function.references);
        for (pc, instr) in function.code.iter().enumerate() {
            let _ = writeln!(out, "  {pc:>3} {}", instruction(program, *instr));
        }
        handlers(function, &mut out);
        for place in program.places.iter().filter(|place| usize::from(place.function) == index) {
            let _ = write!(out, "  @{} {}", place.pc, place.key);
            let live = place.live.iter().map(|live| {
                let name = if live.name.is_empty() { String::new() } else { format!(":{}", live.name) };
                format!("{}{name}", register(live.bank, live.register))
            });
            let live: Vec<String> = live.collect();
            let _ = writeln!(out, " [{}] {}", live.join(" "), kind(&place.kind));
        }
    }
    out
}

fn handlers(function: &Function, out: &mut String) {
    for handler in &function.handlers {
        let _ = writeln!(out, "  try {}..{} -> {} R{}", handler.start, handler.end, handler.target, handler.failure);
    }
}

fn kind(kind: &PlaceKind) -> String {
    match kind {
        PlaceKind::Call => "call".into(),
        PlaceKind::Pause => "pause".into(),
        PlaceKind::Action { policy, .. } => format!("action {}us retry {}", policy.timeout_us, policy.retry),
        PlaceKind::Join { mode, paths } => {
            let paths: Vec<String> =
                paths.iter().map(|path| format!("{} S{} R{}", path.name, path.done, path.result)).collect();
            format!("{mode:?} {}", paths.join(", "))
        }
        PlaceKind::Wait { arms } => {
            let arms = arms.iter().map(|arm| {
                let on = match &arm.on {
                    ArmKind::After { due } => format!("after S{due}"),
                    ArmKind::Event { event, matches, bind, filter } => {
                        let matches: Vec<String> = matches
                            .iter()
                            .map(|(param, bank, reg)| format!("{param}={}", register(*bank, *reg)))
                            .collect();
                        let bind = bind.map_or_else(String::new, |reg| format!(" as R{reg}"));
                        let filter =
                            filter.as_ref().map_or_else(String::new, |filter| format!(" where {}", filter.function));
                        format!("event {event}({}){bind}{filter}", matches.join(" "))
                    }
                    ArmKind::When { function, captures, reads } => {
                        let captures: Vec<String> = captures.iter().map(|(bank, reg)| register(*bank, *reg)).collect();
                        format!("when {function}({}) reads {reads:?}", captures.join(" "))
                    }
                    ArmKind::Answer { conversation, prompt, options, expects, bind, .. } => {
                        let options = options.map_or_else(String::new, |reg| format!(" of R{reg}"));
                        format!("answer in S{conversation} to R{prompt}{options} {expects:?} as R{bind}")
                    }
                };
                format!("{on} -> {}", arm.target)
            });
            arms.collect::<Vec<_>>().join("; ")
        }
    }
}

fn register(bank: Bank, number: u16) -> String {
    match bank {
        Bank::Scalar => format!("S{number}"),
        Bank::Reference => format!("R{number}"),
    }
}

fn instruction(program: &Program, instr: Instr) -> String {
    let mut out = format!("{:<12}", instr.op.mnemonic());
    if instr.op == Op::Intrinsic {
        let name = Intrinsic::from_byte(instr.k).map_or("?", Intrinsic::mnemonic);
        let _ = write!(out, " {name}");
    } else if matches!(
        instr.op,
        Op::CmpI | Op::CmpN | Op::CmpT | Op::JumpCmpI | Op::EqR | Op::JumpEqT | Op::JumpField | Op::IsNull
    ) {
        let _ = write!(out, " {}", ["==", "!=", "<", "<=", ">", ">="].get(usize::from(instr.k)).unwrap_or(&"?"));
    }
    for (role, operand) in roles(instr.op).into_iter().zip([instr.a, instr.b, instr.c]) {
        let text = match role {
            Role::Plain => match (instr.op, operand) {
                (Op::AddK, k) => (k as i16).to_string(),
                (_, 0)
                    if !matches!(
                        instr.op,
                        Op::FieldS | Op::FieldR | Op::SetField | Op::PartR | Op::PartS | Op::Act
                    ) =>
                {
                    continue;
                }
                (_, operand) => operand.to_string(),
            },
            Role::UseS | Role::DefS | Role::CallS => format!("S{operand}"),
            Role::UseR | Role::DefR | Role::CallR | Role::Window => format!("R{operand}"),
            Role::Label => format!("->{operand}"),
            Role::WideLabel => format!("->{}", instr.bc()),
            Role::Place => format!("place {operand}"),
            Role::WidePlace => format!("place {}", instr.bc()),
            Role::Wide => match instr.op {
                Op::ConstR => constant(program, instr.bc()),
                Op::ConstS => program.scalars.get(instr.bc() as usize).map_or_else(String::new, ToString::to_string),
                _ => (instr.bc() as i32).to_string(),
            },
            Role::Template => template(program, instr.bc()),
            Role::Switch => switch(program, instr),
        };
        let _ = write!(out, " {text}");
        if matches!(role, Role::Wide | Role::WideLabel | Role::WidePlace | Role::Template | Role::Switch) {
            break;
        }
    }
    out.trim_end().to_owned()
}

fn constant(program: &Program, index: u32) -> String {
    match program.constants.get(index as usize) {
        Some(Value::Text(text)) => format!("{text:?}"),
        Some(Value::Number(number)) => number.to_string(),
        other => format!("{other:?}"),
    }
}

fn template(program: &Program, index: u32) -> String {
    let pieces = program.templates.get(index as usize).map(|template| {
        let pieces = template.pieces.iter().map(|piece| match piece {
            Piece::Text(text) => constant(program, *text),
            Piece::Hole { bank, register: number, .. } => register(*bank, *number),
        });
        pieces.collect::<Vec<_>>().join("+")
    });
    pieces.unwrap_or_default()
}

fn switch(program: &Program, instr: Instr) -> String {
    let Some(table) = program.switches.get(instr.bc() as usize) else { return String::new() };
    let cases = table.cases.iter().map(|(index, target)| {
        let case = match instr.op {
            Op::SwitchT => constant(program, *index),
            _ => program.scalars.get(*index as usize).map_or_else(String::new, ToString::to_string),
        };
        format!("{case}->{target}")
    });
    format!("{{{}}} else->{}", cases.collect::<Vec<_>>().join(" "), table.default)
}
