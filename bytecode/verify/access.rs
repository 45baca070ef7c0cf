//! What one instruction reads, writes and goes to. The checks of types and of liveness both work from this.

use super::PlacesOf;
use super::shape::{Held, Item, Items, Shape, intrinsic};
use crate::intrinsic::Intrinsic;
use crate::op::{Instr, Op};
use crate::program::{ArmKind, Escape, EventRef, Function, FunctionKind, Piece, Place, PlaceKind, Program};
use crate::ty::{Bank, Type, TypeId};
use crate::value::Value;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Access {
    /// (bank, register, shape it must have).
    pub uses: Vec<(Bank, u16, Shape)>,
    /// (bank, register, the type that what is there must be of): goes where it is stored as that.
    pub stores: Vec<(Bank, u16, TypeId)>,
    /// From these registers of each bank on, everything is lost: a called function's frame begins there.
    pub clobbers: Option<(u16, u16)>,
    /// (bank, register, what it holds afterwards).
    pub defs: Vec<(Bank, u16, Held)>,
    /// (where it may go on, the reference register that is written on this way).
    pub edges: Vec<(u32, Option<(u16, Held)>)>,
    /// The place it stands at.
    pub place: Option<u16>,
    /// What was put into lists and maps so far.
    pub items: Items,
}

impl Access {
    fn reads(&mut self, bank: Bank, register: u16) {
        self.uses.push((bank, register, Shape::Any));
    }

    fn wants(&mut self, bank: Bank, register: u16, shape: Shape) {
        self.uses.push((bank, register, shape));
    }

    /// A value that must be of a type, and not only look like it.
    fn stores(&mut self, program: &Program, bank: Bank, register: u16, ty: TypeId) {
        self.wants(bank, register, Shape::of(program, ty));
        self.stores.push((bank, register, ty));
    }

    fn writes(&mut self, bank: Bank, register: u16, held: impl Into<Held>) {
        self.defs.push((bank, register, held.into()));
    }

    fn goes(&mut self, target: impl Into<u32>) {
        self.edges.push((target.into(), None));
    }

    /// A window of boxed arguments.
    fn window(&mut self, program: &Program, from: u16, types: impl Iterator<Item = TypeId>) -> Result<(), String> {
        let mut register = Some(from);
        for ty in types {
            let at = register.ok_or("a window ends beyond the last register")?;
            self.stores(program, R, at, ty);
            register = at.checked_add(1);
        }
        Ok(())
    }

    /// Parameters of a function, unboxed, each bank in order.
    fn params(&mut self, program: &Program, callee: &Function, s: u16, r: u16) -> Result<(), String> {
        let (mut s, mut r) = (u32::from(s), u32::from(r));
        for param in &callee.params {
            let ty = program.types.get(usize::from(param.0)).ok_or("a parameter's type is out of range")?;
            let next = if ty.bank() == S { &mut s } else { &mut r };
            let register = u16::try_from(*next).map_err(|_| "a window ends beyond the last register")?;
            *next += 1;
            self.stores(program, ty.bank(), register, *param);
        }
        Ok(())
    }
}

const S: Bank = Bank::Scalar;
const R: Bank = Bank::Reference;

fn entry<'a, T>(table: &'a [T], index: impl Into<u64>, what: &str) -> Result<&'a T, String> {
    let index = index.into();
    usize::try_from(index)
        .ok()
        .and_then(|index| table.get(index))
        .ok_or_else(|| format!("{what} {index} is out of range"))
}

/// Reads one instruction. `places` are those of the function; `held` is what its registers hold before it, nothing when that
/// does not matter.
pub(super) fn read(
    program: &Program,
    function: (u16, &Function),
    places: PlacesOf,
    pc: usize,
    held: impl Fn(Bank, u16) -> Option<Held>,
    access: &mut Access,
) -> Result<(), String> {
    let (index, code) = (function.0, function.1);
    access.uses.clear();
    access.stores.clear();
    access.defs.clear();
    access.edges.clear();
    access.clobbers = None;
    access.place = None;
    let i: Instr = *entry(&code.code, pc as u64, "instruction")?;
    let reference = |register: u16| held(R, register).unwrap_or(Held::ANY);
    let scalar = |register: u16| held(S, register).unwrap_or(Shape::Scalar.into());
    let shape = |register: u16| reference(register).shape;
    let bit = |scalar: i64| if matches!(scalar, 0 | 1) { Shape::Bit } else { Shape::Scalar };
    let next = pc as u32 + 1;
    let comparison = |most: u8| if i.k <= most { Ok(()) } else { Err(format!("{} is no comparison", i.k)) };
    let pure = || match code.kind {
        FunctionKind::Condition => Err(format!("a condition must not `{}`", i.op.mnemonic())),
        _ => Ok(()),
    };
    // What runs once the run has failed goes through and waits for actions only.
    let undo = code.kind == FunctionKind::Undo;
    if undo && matches!(i.op, Op::Stop | Op::Launch | Op::Wait | Op::Pause | Op::Fork | Op::Join | Op::Undo) {
        return Err(format!("an undo must not `{}`", i.op.mnemonic()));
    }
    let mut falls = true;
    match i.op {
        Op::MoveS => {
            access.reads(S, i.b);
            access.writes(S, i.a, scalar(i.b));
        }
        Op::MoveR => {
            access.reads(R, i.b);
            access.writes(R, i.a, reference(i.b));
        }
        Op::IntS => access.writes(S, i.a, bit(i.bc().into())),
        Op::ConstS => {
            let constant = entry(&program.scalars, i.bc(), "scalar")?;
            access.writes(S, i.a, bit(*constant));
        }
        Op::ConstR => {
            let constant = entry(&program.constants, i.bc(), "constant")?;
            let held = access.items.constant(program, i.bc(), constant);
            access.writes(R, i.a, held);
        }
        Op::NullR => access.writes(R, i.a, Shape::Null),
        Op::BoxI | Op::BoxB => {
            access.reads(S, i.b);
            access.writes(R, i.a, if i.op == Op::BoxB { Shape::Bool } else { Shape::Scalar });
        }
        Op::UnboxS => {
            access.wants(R, i.b, Shape::Scalar);
            access.writes(S, i.a, reference(i.b).unboxed());
        }
        Op::SomeR => {
            access.reads(R, i.b);
            access.writes(R, i.a, reference(i.b).present());
        }
        Op::AddI | Op::SubI | Op::MulI | Op::RemI | Op::CmpI => {
            if i.op == Op::CmpI {
                comparison(5)?;
            }
            access.reads(S, i.b);
            access.reads(S, i.c);
            access.writes(S, i.a, if i.op == Op::CmpI { Shape::Bool } else { Shape::Scalar });
        }
        Op::NegI | Op::AddK | Op::Not => {
            access.reads(S, i.b);
            access.writes(S, i.a, if i.op == Op::Not { Shape::Bool } else { Shape::Scalar });
        }
        Op::NumI => {
            access.reads(S, i.b);
            access.writes(R, i.a, Shape::Number);
        }
        Op::AddN | Op::SubN | Op::MulN | Op::DivN | Op::CmpN => {
            let made = match (shape(i.b), shape(i.c)) {
                (Shape::Money, _) | (_, Shape::Money) => Shape::Money,
                (Shape::Number, Shape::Number) => Shape::Number,
                (Shape::Any | Shape::Null | Shape::Number, Shape::Any | Shape::Null | Shape::Number) => Shape::Any,
                _ => return Err("arithmetic on what is no number or amount".to_owned()),
            };
            access.reads(R, i.b);
            access.reads(R, i.c);
            match i.op {
                Op::CmpN => {
                    comparison(5)?;
                    access.writes(S, i.a, Shape::Bool);
                }
                _ => access.writes(R, i.a, made),
            }
        }
        Op::NegN => {
            access.reads(R, i.b);
            access.writes(R, i.a, reference(i.b).present());
        }
        Op::EqR => {
            comparison(1)?;
            access.reads(R, i.b);
            access.reads(R, i.c);
            access.writes(S, i.a, Shape::Bool);
        }
        Op::CmpT => {
            comparison(5)?;
            access.wants(R, i.b, Shape::Text);
            access.wants(R, i.c, Shape::Text);
            access.writes(S, i.a, Shape::Bool);
        }
        Op::IsNull => {
            comparison(1)?;
            access.reads(R, i.b);
            access.writes(S, i.a, Shape::Bool);
        }
        Op::Jump => {
            access.goes(i.bc());
            falls = false;
        }
        Op::JumpIf | Op::JumpUnless => {
            access.reads(S, i.a);
            access.goes(i.bc());
        }
        Op::JumpCmpI => {
            comparison(5)?;
            access.reads(S, i.a);
            access.reads(S, i.b);
            access.goes(i.c);
        }
        Op::JumpNull | Op::JumpNotNull => {
            access.reads(R, i.a);
            access.goes(i.bc());
        }
        Op::JumpEqT => {
            comparison(1)?;
            access.wants(R, i.a, Shape::Text);
            access.wants(R, i.b, Shape::Text);
            access.goes(i.c);
        }
        Op::JumpField => {
            comparison(1)?;
            let field = entry(&program.fields, i.b, "field")?;
            let arg = entry(&code.code, u64::from(next), "operand")?;
            if arg.op != Op::Arg || !is_text(entry(&program.constants, arg.a, "constant")?) {
                return Err("jump.field without a text to compare with".to_owned());
            }
            access.wants(S, i.a, Shape::Entity(field.entity));
            access.goes(i.c);
            access.goes(next + 1);
            falls = false;
        }
        Op::SwitchT | Op::SwitchI => {
            let table = entry(&program.switches, i.bc(), "switch")?;
            for (case, target) in &table.cases {
                match i.op {
                    Op::SwitchI => drop(entry(&program.scalars, *case, "scalar")?),
                    _ if !is_text(entry(&program.constants, *case, "constant")?) => {
                        return Err("a case that is no text".to_owned());
                    }
                    _ => {}
                }
                access.goes(*target);
            }
            access.goes(table.default);
            match i.op {
                Op::SwitchI => access.reads(S, i.a),
                _ => access.wants(R, i.a, Shape::Text),
            }
            falls = false;
        }
        Op::FieldS | Op::FieldR => {
            let field = entry(&program.fields, i.c, "field")?;
            access.wants(S, i.b, Shape::Entity(field.entity));
            let bank = program.types.get(usize::from(field.ty.0)).map(Type::bank);
            if i.op == Op::FieldS && bank != Some(S) {
                return Err(format!("field {} is no scalar", field.name));
            }
            let held = Held::of(program, field.ty);
            match i.op {
                Op::FieldS => access.writes(S, i.a, held.unboxed()),
                _ => access.writes(R, i.a, held),
            }
        }
        Op::SetField => {
            pure()?;
            let field = entry(&program.fields, i.c, "field")?;
            access.wants(S, i.a, Shape::Entity(field.entity));
            access.stores(program, R, i.b, field.ty);
        }
        Op::Record => {
            let def = entry(&program.records, i.b, "record")?;
            access.window(program, i.c, def.fields.iter().map(|field| field.ty))?;
            access.writes(R, i.a, Shape::Record(i.b));
        }
        Op::PartR | Op::PartS => {
            let part = match shape(i.b) {
                Shape::Record(def) => Some(entry(&entry(&program.records, def, "record")?.fields, i.c, "field")?.ty),
                Shape::Event(event) => Some(entry(&entry(&program.events, event, "event")?.params, i.c, "field")?.1),
                Shape::Any | Shape::Null => None,
                _ => return Err("a field of what is no record".to_owned()),
            };
            access.reads(R, i.b);
            let made = part.map_or(Held::ANY, |ty| Held::of(program, ty));
            scalar_or_not(access, i.op == Op::PartS, i.a, made)?;
        }
        Op::List => {
            let mut of = Shape::List(Item::None);
            for at in 0..i.b {
                let register = i.c.checked_add(at).ok_or("a window ends beyond the last register")?;
                access.reads(R, register);
                of = Shape::List(access.items.with(program, of, reference(register)));
            }
            access.writes(R, i.a, of);
        }
        Op::Map => {
            let mut of = Shape::Map(Item::None);
            for at in 0..i.b.checked_mul(2).ok_or("a window ends beyond the last register")? {
                let register = i.c.checked_add(at).ok_or("a window ends beyond the last register")?;
                if at % 2 == 0 {
                    access.wants(R, register, Shape::Text);
                } else {
                    access.reads(R, register);
                    of = Shape::Map(access.items.with(program, of, reference(register)));
                }
            }
            access.writes(R, i.a, of);
        }
        Op::Len => {
            if !matches!(shape(i.b), Shape::List(_) | Shape::Map(_) | Shape::Text | Shape::Any | Shape::Null) {
                return Err("the length of what has none".to_owned());
            }
            access.reads(R, i.b);
            access.writes(S, i.a, Shape::Scalar);
        }
        Op::ItemR | Op::ItemS => {
            access.wants(R, i.b, Shape::List(Item::Any));
            access.reads(S, i.c);
            let item = access.items.item(program, shape(i.b));
            scalar_or_not(access, i.op == Op::ItemS, i.a, item)?;
        }
        Op::Template => {
            let template = entry(&program.templates, i.bc(), "template")?;
            let mut made = Shape::Text;
            for piece in &template.pieces {
                match piece {
                    Piece::Text(text) => {
                        if !is_text(entry(&program.constants, *text, "constant")?) {
                            return Err("a piece of a template that is no text".to_owned());
                        }
                    }
                    Piece::Hole { bank, register, ty, escape } => {
                        entry(&program.types, ty.0, "type")?;
                        if let Escape::Path { name } = escape
                            && !is_text(entry(&program.constants, *name, "constant")?)
                        {
                            return Err("the name of a hole of a template that is no text".to_owned());
                        }
                        access.wants(*bank, *register, Shape::of(program, *ty));
                        if Shape::of(program, *ty) == Shape::Secret {
                            made = Shape::Secret;
                        }
                    }
                }
            }
            access.writes(R, i.a, made);
        }
        Op::Decode => {
            entry(&program.types, i.c, "type")?;
            access.reads(R, i.b);
            access.writes(R, i.a, Held::of(program, TypeId(i.c)));
        }
        Op::Intrinsic => {
            let which = Intrinsic::from_byte(i.k).ok_or_else(|| format!("there is no intrinsic {}", i.k))?;
            if which.arity() != i.b {
                return Err(format!("{} takes {} arguments, not {}", which.mnemonic(), which.arity(), i.b));
            }
            let mut args = [Held::ANY; 8];
            for at in 0..i.b {
                let register = i.c.checked_add(at).ok_or("a window ends beyond the last register")?;
                if let Some(arg) = args.get_mut(usize::from(at)) {
                    *arg = reference(register);
                }
            }
            let args = args.get(..usize::from(i.b)).unwrap_or(&args);
            let (wanted, made) = intrinsic(program, which, args, &mut access.items);
            for at in 0..i.b {
                access.wants(R, i.c + at, wanted.get(usize::from(at)).copied().unwrap_or(Shape::Any));
            }
            access.writes(R, i.a, made);
        }
        Op::Mark => {}
        Op::Arg => return Err("an operand is executed".to_owned()),
        Op::Call => {
            let callee = entry(&program.functions, i.a, "function")?;
            match (code.kind, callee.kind) {
                (_, FunctionKind::Path | FunctionKind::Undo) => {
                    return Err("a path or an undo is called".to_owned());
                }
                (FunctionKind::Undo, _) => return Err("an undo calls a flow".to_owned()),
                (FunctionKind::Condition, FunctionKind::Flow) => return Err("a condition calls a flow".to_owned()),
                _ => {}
            }
            access.params(program, callee, i.b, i.c)?;
            access.clobbers = Some((i.b, i.c));
            match program.types.get(usize::from(callee.result.0)) {
                Some(Type::Unit) => {}
                Some(ty) if ty.bank() == S => access.writes(S, i.b, Held::of(program, callee.result)),
                _ => access.writes(R, i.c, Held::of(program, callee.result)),
            }
            if code.kind != FunctionKind::Condition {
                let found = places.binary_search_by_key(&pc, |(at, _)| usize::from(*at)).ok();
                let found = found.and_then(|at| places.get(at)).ok_or("a call without its place")?.1;
                let place = entry(&program.places, found, "place")?;
                if place.kind != PlaceKind::Call {
                    return Err("a call at a place of another kind".to_owned());
                }
                access.place = Some(found);
            }
        }
        Op::ReturnS | Op::ReturnR | Op::Return => {
            falls = false;
            let ty = entry(&program.types, code.result.0, "type")?;
            match (i.op, ty) {
                (Op::Return, Type::Unit) => {}
                (Op::ReturnR, ty) if ty.bank() == R => access.stores(program, R, i.a, code.result),
                (Op::ReturnS, ty) if ty.bank() == S => access.stores(program, S, i.a, code.result),
                _ => return Err("a result that is not of the function's type".to_owned()),
            }
        }
        Op::Stop => {
            pure()?;
            falls = false;
        }
        Op::Fail => {
            access.wants(R, i.a, Shape::Failure);
            falls = false;
        }
        Op::Refuse => {
            pure()?;
            access.wants(R, i.a, Shape::Text);
        }
        Op::Act => {
            let action = entry(&program.actions, i.a, "action")?;
            if action.class.is_external() {
                return Err(format!("{} is external and called as a local action", action.name));
            }
            if !action.class.only_looks() {
                pure()?;
            }
            access.window(program, i.c, action.params.iter().map(|(_, ty)| *ty))?;
            access.writes(R, i.b, Held::of(program, action.result));
        }
        Op::ActExternal => {
            pure()?;
            let action = entry(&program.actions, i.a, "action")?;
            if !action.class.is_external() {
                return Err(format!("{} is not external", action.name));
            }
            access.window(program, i.c, action.params.iter().map(|(_, ty)| *ty))?;
            let verifier = match action.class {
                crate::program::EffectClass::Verified { by } => Some(entry(&program.actions, by, "action")?),
                _ => None,
            };
            let asked = if i.k & 8 != 0 { program.asked(i.a) } else { None };
            let unasked = i.k & 8 != 0 && (asked.is_none() || i.k & 1 == 0);
            if i.k > 15 || unasked || (i.k & 4 != 0) != verifier.is_some() {
                return Err(format!("{} is called in a way that is not known", action.name));
            }
            let extras: &[Shape] = match i.k & 3 {
                0 => &[],
                1 => &[Shape::Text, Shape::Scalar],
                2 => &[Shape::Text],
                _ => &[Shape::Text, Shape::Scalar, Shape::Text],
            };
            let first = usize::from(i.c) + action.params.len();
            let register = |at: usize| u16::try_from(at).map_err(|_| "a window ends beyond the last register");
            for (extra, at) in extras.iter().zip(first..) {
                access.wants(R, register(at)?, *extra);
            }
            let mut next = first + extras.len();
            if let Some(verifier) = verifier {
                let types = verifier.params.iter().map(|(_, ty)| *ty);
                access.window(program, register(next)?, types)?;
                next += verifier.params.len();
            }
            if let Some(asked) = asked {
                access.window(program, register(next)?, asked.params.iter().map(|(_, ty)| *ty))?;
            }
            access.writes(R, i.c, Held::of(program, action.result));
            match place(program, index, pc, i.b.into(), access)?.kind {
                PlaceKind::Action { action, .. } if action == i.a => {}
                _ => return Err("an external call at a place of another kind".to_owned()),
            }
        }
        Op::Fire => {
            pure()?;
            let event = entry(&program.events, i.a, "event")?;
            access.window(program, i.c, event.params.iter().map(|(_, ty)| *ty))?;
        }
        Op::Start | Op::Launch => {
            pure()?;
            let flow = entry(&program.flow_refs, i.a, "flow")?;
            access.window(program, i.c, flow.params.iter().map(|(_, ty)| *ty))?;
            match i.op {
                Op::Launch => falls = false,
                _ => access.writes(S, i.b, Shape::Scalar),
            }
        }
        Op::Split => {
            pure()?;
            entry(&program.splits, i.bc(), "split")?;
            access.writes(S, i.a, Shape::Scalar);
        }
        Op::SendAt => {
            pure()?;
            access.writes(S, i.a, Shape::Scalar);
        }
        Op::MaySend => {
            pure()?;
            entry(&program.actions, i.bc(), "action")?;
            access.writes(S, i.a, Shape::Bool);
        }
        Op::Wait => {
            pure()?;
            falls = false;
            let PlaceKind::Wait { arms } = &place(program, index, pc, i.bc(), access)?.kind else {
                return Err("a wait at a place of another kind".to_owned());
            };
            let mut prompts = 0;
            for arm in arms {
                let mut bound = None;
                match &arm.on {
                    ArmKind::After { due } => access.reads(S, *due),
                    ArmKind::Event { event, matches, bind, filter } => {
                        let known = entry(&program.events, *event, "event")?;
                        for (param, bank, register) in matches {
                            let (_, ty) = entry(&known.params, *param, "parameter")?;
                            access.wants(*bank, *register, Shape::of(program, *ty));
                        }
                        if let Some(filter) = filter {
                            let condition = entry(&program.functions, filter.function, "function")?;
                            let (wanted, given) = (condition.params.len(), filter.captures.len());
                            if condition.kind != FunctionKind::Condition || wanted != given {
                                return Err("an event arm without a condition that takes what it captures".to_owned());
                            }
                            for (captured, ty) in filter.captures.iter().zip(&condition.params) {
                                match captured {
                                    Some((bank, register)) => captures(program, access, *bank, *register, *ty)?,
                                    None => is_event(program, known, *ty)?,
                                }
                            }
                        }
                        bound = bind.map(|register| (register, Shape::Event(*event).into()));
                    }
                    ArmKind::When { function, captures: captured, reads } => {
                        let condition = entry(&program.functions, *function, "function")?;
                        if condition.kind != FunctionKind::Condition || condition.params.len() != captured.len() {
                            return Err("a `when` arm without a condition that takes what it captures".to_owned());
                        }
                        for ((bank, register), ty) in captured.iter().zip(&condition.params) {
                            captures(program, access, *bank, *register, *ty)?;
                        }
                        for field in reads {
                            entry(&program.fields, *field, "field")?;
                        }
                    }
                    ArmKind::Answer { conversation, prompt, options, labels, bind, .. } => {
                        prompts += 1;
                        for label in labels {
                            if !is_text(entry(&program.constants, *label, "constant")?) {
                                return Err("a label that is no text".to_owned());
                            }
                        }
                        access.reads(S, *conversation);
                        access.wants(R, *prompt, Shape::Text);
                        if let Some(options) = options {
                            access.wants(R, *options, Shape::List(Item::Any));
                        }
                        bound = Some((*bind, Shape::Any.into()));
                    }
                }
                access.edges.push((arm.target.into(), bound));
            }
            if prompts > 1 {
                return Err("a wait for two answers".to_owned());
            }
        }
        Op::Pause => {
            pure()?;
            if place(program, index, pc, i.bc(), access)?.kind != PlaceKind::Pause {
                return Err("a pause at a place of another kind".to_owned());
            }
        }
        Op::Fork => {
            pure()?;
            let path = entry(&program.functions, i.a, "function")?;
            if path.kind != FunctionKind::Path {
                return Err("what is forked is no path".to_owned());
            }
            access.params(program, path, i.b, i.c)?;
        }
        Op::Undo => {
            pure()?;
            let back = entry(&program.functions, i.a, "function")?;
            if back.kind != FunctionKind::Undo {
                return Err("what is run on failure is no undo".to_owned());
            }
            access.params(program, back, i.b, i.c)?;
        }
        Op::Join => {
            pure()?;
            let PlaceKind::Join { paths, .. } = &place(program, index, pc, i.bc(), access)?.kind else {
                return Err("a join at a place of another kind".to_owned());
            };
            for path in paths {
                access.writes(S, path.done, Shape::Bool);
                access.writes(R, path.result, Held::ANY);
            }
        }
    }
    if falls {
        access.goes(next);
    }
    Ok(())
}

fn is_text(value: &Value) -> bool {
    matches!(value, Value::Text(_))
}

fn scalar_or_not(access: &mut Access, scalar: bool, register: u16, made: Held) -> Result<(), String> {
    if !scalar {
        access.writes(R, register, made);
        return Ok(());
    }
    match made.shape {
        Shape::Bit | Shape::Bool | Shape::Scalar | Shape::Mixed | Shape::Entity(_) | Shape::Any | Shape::Null => {
            access.writes(S, register, made.unboxed());
            Ok(())
        }
        _ => Err("a scalar taken from what is none".to_owned()),
    }
}

/// A register that is copied to a parameter of a condition.
fn captures(program: &Program, access: &mut Access, bank: Bank, register: u16, ty: TypeId) -> Result<(), String> {
    if entry(&program.types, ty.0, "type")?.bank() != bank {
        return Err("a captured register of the other bank".to_owned());
    }
    access.wants(bank, register, Shape::of(program, ty));
    Ok(())
}

/// Whether a parameter of a condition takes an event as a record of what it carries.
fn is_event(program: &Program, event: &EventRef, ty: TypeId) -> Result<(), String> {
    let record = match entry(&program.types, ty.0, "type")? {
        Type::Record(record) => entry(&program.records, *record, "record")?,
        _ => return Err("a filter that takes an event as something else".to_owned()),
    };
    let fields = record.fields.iter().map(|field| field.ty);
    match fields.eq(event.params.iter().map(|(_, ty)| *ty)) {
        true => Ok(()),
        false => Err("a filter that takes another event".to_owned()),
    }
}

/// The place that an instruction names, which must name the instruction.
fn place<'a>(
    program: &'a Program,
    function: u16,
    pc: usize,
    index: u32,
    access: &mut Access,
) -> Result<&'a Place, String> {
    let place = entry(&program.places, index, "place")?;
    if place.function != function || usize::from(place.pc) != pc {
        return Err(format!("place {} stands elsewhere", place.key));
    }
    access.place = u16::try_from(index).ok();
    Ok(place)
}
