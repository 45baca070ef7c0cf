//! A program with a flow for everything the engine does.

use flow_bytecode::assemble::{Assembler, op, wide};
use flow_bytecode::op::Op;
use flow_bytecode::program::*;
use flow_bytecode::schema::{EntityDef, EventDef, FieldDef, Schema, SchemaType};
use flow_bytecode::{Bank, Instr, Program, Type, TypeId, Value};

const S: Bank = Bank::Scalar;
const R: Bank = Bank::Reference;
pub const HOUR_US: i64 = 3_600_000_000;
pub const BACKOFF_US: i64 = 2_000_000;

struct Build {
    asm: Assembler,
    int: TypeId,
    boxed: TypeId,
    text: TypeId,
    unit: TypeId,
    contact: TypeId,
    conversation: TypeId,
    instant: TypeId,
    boolean: TypeId,
}

impl Build {
    fn action(&mut self, name: &str, class: EffectClass, params: &[TypeId], result: TypeId) -> u16 {
        let params = params.iter().map(|ty| ("p".into(), *ty)).collect();
        self.asm.program.actions.push(ActionRef {
            name: name.into(),
            via: None,
            yields: None,
            class,
            params,
            result,
            fails: Vec::new(),
        });
        (self.asm.program.actions.len() - 1) as u16
    }

    fn next_place(&self) -> u16 {
        self.asm.program.places.len() as u16
    }

    fn flow(
        &mut self,
        name: &str,
        params: &[(&str, TypeId)],
        result: TypeId,
        registers: (u16, u16),
        subject: Option<u16>,
        code: Vec<Instr>,
    ) -> u16 {
        let types: Vec<TypeId> = params.iter().map(|(_, ty)| *ty).collect();
        let function = self.asm.function(name, FunctionKind::Flow, &types, result, registers, code);
        let params = params.iter().map(|(name, ty)| FlowParam { name: (*name).into(), ty: *ty, default: None });
        self.asm.program.flows.push(Flow { name: name.into(), function, params: params.collect(), subject });
        function
    }

    /// `flow name(n: Int) -> Int`: asks outside `n` times, one after the other.
    fn sequence(&mut self, name: &str, action: u16, retry: u32) {
        let place = self.next_place();
        let code = vec![
            wide(Op::IntS, 1, 0),
            op(Op::JumpCmpI, 5, 1, 0, 6),
            op(Op::BoxI, 0, 0, 1, 0),
            op(Op::ActExternal, 0, action, place, 0),
            op(Op::AddK, 0, 1, 1, 1),
            wide(Op::Jump, 0, 1),
            op(Op::ReturnS, 0, 1, 0, 0),
        ];
        let function = self.flow(name, &[("n", self.int)], self.int, (2, 1), None, code);
        let live = [(S, 0, self.int), (S, 1, self.int), (R, 0, self.boxed)];
        let policy = Policy { timeout_us: 30_000_000, retry, backoff_us: BACKOFF_US };
        self.asm.place(&format!("{name}/call"), (function, 3), &live, PlaceKind::Action { action, policy });
    }

    /// `flow spin()`: a loop that gives way and never waits.
    fn spin(&mut self) {
        let place = self.next_place();
        let code = vec![wide(Op::Pause, 0, u32::from(place)), wide(Op::Jump, 0, 0)];
        let function = self.flow("spin", &[], self.unit, (0, 0), None, code);
        self.asm.place("spin/while", (function, 0), &[], PlaceKind::Pause);
    }

    /// `flow name(n: Int) -> Text`: one call outside; a failure is returned as its kind.
    fn handled(&mut self, name: &str, action: u16) {
        let place = self.next_place();
        let done = self.asm.text("done");
        let code = vec![
            op(Op::BoxI, 0, 0, 0, 0),
            op(Op::ActExternal, 0, action, place, 0),
            wide(Op::ConstR, 0, done),
            op(Op::ReturnR, 0, 0, 0, 0),
            op(Op::Intrinsic, 101, 0, 1, 1),
            op(Op::ReturnR, 0, 0, 0, 0),
        ];
        let function = self.flow(name, &[("n", self.int)], self.text, (1, 2), None, code);
        self.asm.program.functions[usize::from(function)].handlers.push(Handler {
            start: 1,
            end: 2,
            target: 4,
            failure: 1,
        });
        let policy = Policy { timeout_us: 30_000_000, retry: 0, backoff_us: 0 };
        self.asm.place(
            &format!("{name}/call"),
            (function, 1),
            &[(R, 0, self.boxed)],
            PlaceKind::Action { action, policy },
        );
    }

    /// `flow ask(conversation) -> Text`: asks a question and returns the answer, or `late` after an hour.
    fn ask(&mut self, name: &str, question: &str) {
        let place = self.next_place();
        let (question, late) = (self.asm.text(question), self.asm.text("late"));
        self.asm.program.scalars.push(HOUR_US);
        let hour = (self.asm.program.scalars.len() - 1) as u32;
        let code = vec![
            wide(Op::ConstR, 0, question),
            op(Op::Intrinsic, 0, 1, 0, 1),
            op(Op::UnboxS, 0, 1, 1, 0),
            wide(Op::ConstS, 2, hour),
            op(Op::AddI, 0, 1, 1, 2),
            wide(Op::Wait, 0, place.into()),
            op(Op::Intrinsic, 49, 1, 1, 1),
            op(Op::SomeR, 0, 1, 1, 0),
            op(Op::ReturnR, 0, 1, 0, 0),
            wide(Op::ConstR, 1, late),
            op(Op::ReturnR, 0, 1, 0, 0),
        ];
        let function = self.flow(name, &[("conversation", self.conversation)], self.text, (3, 2), Some(0), code);
        let arms = vec![
            Arm {
                on: ArmKind::Answer {
                    conversation: 0,
                    prompt: 0,
                    options: None,
                    labels: Vec::new(),
                    expects: Expects::Text,
                    bind: 1,
                },
                target: 6,
            },
            Arm { on: ArmKind::After { due: 1 }, target: 9 },
        ];
        let live = [(S, 0, self.conversation), (S, 1, self.instant), (R, 0, self.text)];
        self.asm.place(&format!("{name}#which"), (function, 5), &live, PlaceKind::Wait { arms });
    }

    /// `flow listen(contact) -> Text`: `event`, `when` the plan is pro, or `after` an hour.
    fn listen(&mut self) {
        let place = self.next_place();
        let words = ["event", "when", "after", "pro"].map(|word| self.asm.text(word));
        let params = vec![("contact".into(), self.contact), ("link".into(), self.text)];
        self.asm.program.events.push(EventRef { name: "email.clicked".into(), params });
        let condition = vec![
            op(Op::JumpField, 0, 0, 0, 4),
            op(Op::Arg, 0, words[3] as u16, 0, 0),
            wide(Op::IntS, 0, 0),
            op(Op::ReturnS, 0, 0, 0, 0),
            wide(Op::IntS, 0, 1),
            op(Op::ReturnS, 0, 0, 0, 0),
        ];
        let condition =
            self.asm.function("listen/pro", FunctionKind::Condition, &[self.contact], self.boolean, (1, 0), condition);
        self.asm.program.scalars.push(HOUR_US);
        let hour = (self.asm.program.scalars.len() - 1) as u32;
        let code = vec![
            op(Op::Intrinsic, 0, 0, 0, 0),
            op(Op::UnboxS, 0, 1, 0, 0),
            wide(Op::ConstS, 2, hour),
            op(Op::AddI, 0, 1, 1, 2),
            wide(Op::Wait, 0, place.into()),
            wide(Op::ConstR, 0, words[0]),
            op(Op::ReturnR, 0, 0, 0, 0),
            wide(Op::ConstR, 0, words[1]),
            op(Op::ReturnR, 0, 0, 0, 0),
            wide(Op::ConstR, 0, words[2]),
            op(Op::ReturnR, 0, 0, 0, 0),
        ];
        let function = self.flow("listen", &[("contact", self.contact)], self.text, (3, 1), Some(0), code);
        let arms = vec![
            Arm { on: ArmKind::Event { event: 0, matches: vec![(0, S, 0)], bind: None, filter: None }, target: 5 },
            Arm { on: ArmKind::When { function: condition, captures: vec![(S, 0)], reads: vec![0] }, target: 7 },
            Arm { on: ArmKind::After { due: 1 }, target: 9 },
        ];
        let live = [(S, 0, self.contact), (S, 1, self.instant)];
        self.asm.place("listen#nudge", (function, 4), &live, PlaceKind::Wait { arms });
    }

    /// `flow send_then_listen(contact) -> Text`: asks outside, then waits for the click with no time limit.
    fn send_then_listen(&mut self, action: u16) {
        let place = self.next_place();
        let word = self.asm.text("clicked");
        let code = vec![
            wide(Op::IntS, 1, 7),
            op(Op::BoxI, 0, 0, 1, 0),
            op(Op::ActExternal, 0, action, place, 0),
            wide(Op::Wait, 0, u32::from(place) + 1),
            wide(Op::ConstR, 0, word),
            op(Op::ReturnR, 0, 0, 0, 0),
        ];
        let function = self.flow("send_then_listen", &[("contact", self.contact)], self.text, (2, 1), Some(0), code);
        let policy = Policy { timeout_us: 30_000_000, retry: 0, backoff_us: 0 };
        let live = [(S, 0, self.contact), (R, 0, self.boxed)];
        self.asm.place("send/call", (function, 2), &live, PlaceKind::Action { action, policy });
        let arms = vec![Arm {
            on: ArmKind::Event { event: 0, matches: vec![(0, S, 0)], bind: None, filter: None },
            target: 4,
        }];
        self.asm.place("send/wait", (function, 3), &[(S, 0, self.contact)], PlaceKind::Wait { arms });
    }

    /// `flow nap_then_pay(until: Instant) -> Int`: waits, then calls outside.
    fn nap_then_pay(&mut self, action: u16) {
        let place = self.next_place();
        let code = vec![
            wide(Op::Wait, 0, u32::from(place)),
            wide(Op::IntS, 1, 7),
            op(Op::BoxI, 0, 0, 1, 0),
            op(Op::ActExternal, 0, action, place + 1, 0),
            op(Op::ReturnS, 0, 1, 0, 0),
        ];
        let function = self.flow("nap_then_pay", &[("until", self.instant)], self.int, (2, 1), None, code);
        let arms = vec![Arm { on: ArmKind::After { due: 0 }, target: 1 }];
        self.asm.place("nap/wait", (function, 0), &[(S, 0, self.instant)], PlaceKind::Wait { arms });
        let policy = Policy { timeout_us: 30_000_000, retry: 0, backoff_us: 0 };
        let live = [(S, 1, self.int), (R, 0, self.boxed)];
        self.asm.place("nap/pay", (function, 3), &live, PlaceKind::Action { action, policy });
    }

    /// `flow both(n: Int) -> Int`: two paths that each ask outside; waits for both.
    fn both(&mut self, action: u16) {
        let place = self.next_place();
        let boxed = self.boxed;
        let path =
            vec![op(Op::BoxI, 0, 0, 0, 0), op(Op::ActExternal, 0, action, place, 0), op(Op::ReturnR, 0, 0, 0, 0)];
        let path = self.asm.function("both/path", FunctionKind::Path, &[self.int], self.boxed, (1, 1), path);
        let policy = Policy { timeout_us: 30_000_000, retry: 0, backoff_us: 0 };
        self.asm.place("path/call", (path, 1), &[(R, 0, boxed)], PlaceKind::Action { action, policy });
        let code = vec![
            op(Op::Fork, 0, path, 0, 0),
            op(Op::Fork, 1, path, 0, 0),
            wide(Op::Join, 0, u32::from(place) + 1),
            op(Op::AddI, 0, 0, 0, 1),
            op(Op::ReturnS, 0, 0, 0, 0),
        ];
        let function = self.flow("both", &[("n", self.int)], self.int, (2, 2), None, code);
        let join = |name: &str, done, result| JoinPath { name: name.into(), done, result };
        let paths = vec![join("left", 0, 0), join("right", 1, 1)];
        self.asm.place("both/join", (function, 2), &[], PlaceKind::Join { mode: JoinMode::All, paths });
    }

    /// `flow parent(n: Int)`: starts a run of `sequence`, then becomes it.
    fn parent(&mut self) {
        let params = vec![("n".into(), self.int)];
        self.asm.program.flow_refs.push(FlowRef { name: "sequence".into(), params });
        let code = vec![op(Op::BoxI, 0, 0, 0, 0), op(Op::Start, 0, 0, 1, 0), op(Op::Launch, 0, 0, 0, 0)];
        self.flow("parent", &[("n", self.int)], self.unit, (2, 1), None, code);
    }

    /// `flow change(contact, plan)`: writes the plan and raises `email.clicked`.
    fn change(&mut self) {
        let code = vec![
            op(Op::SetField, 0, 0, 0, 0),
            op(Op::MoveR, 0, 2, 0, 0),
            op(Op::BoxI, 0, 1, 0, 0),
            op(Op::Fire, 0, 0, 0, 1),
            op(Op::Return, 0, 0, 0, 0),
        ];
        let params = [("contact", self.contact), ("plan", self.text)];
        self.flow("change", &params, self.unit, (1, 3), Some(0), code);
    }

    /// `flow name(n: Int)`: calls a local action with the number.
    fn local(&mut self, name: &str, action: u16) {
        let code = vec![op(Op::BoxI, 0, 0, 0, 0), op(Op::Act, 0, action, 0, 0), op(Op::Return, 0, 0, 0, 0)];
        self.flow(name, &[("n", self.int)], self.unit, (1, 1), None, code);
    }
}

pub fn program() -> Program {
    let mut asm = Assembler::default();
    let int = asm.ty(Type::Int);
    let boxed = asm.ty(Type::Optional(int));
    let text = asm.ty(Type::Text);
    let unit = asm.ty(Type::Unit);
    asm.program.entities.extend(["Contact".into(), "Conversation".into()]);
    let contact = asm.ty(Type::Entity(0));
    let conversation = asm.ty(Type::Entity(1));
    let instant = asm.ty(Type::Instant);
    let boolean = asm.ty(Type::Bool);
    asm.program.fields.push(FieldRef { entity: 0, name: "plan".into(), ty: text, default: None });
    let mut build = Build { asm, int, boxed, text, unit, contact, conversation, instant, boolean };
    let read = build.action("look", EffectClass::Read, &[int], int);
    let slow = build.action("look_slowly", EffectClass::Read, &[int], int);
    let once = build.action("pay", EffectClass::Once, &[int], int);
    let keyed = build.action("charge", EffectClass::Keyed { window_us: 24 * HOUR_US }, &[int], int);
    let boom = build.action("boom", EffectClass::Local, &[int], unit);
    let note = build.action("count", EffectClass::Local, &[int], unit);
    build.sequence("sequence", read, 0);
    build.sequence("slowly", slow, 2);
    build.sequence("pay", once, 0);
    build.sequence("charge", keyed, 3);
    build.handled("pay_handled", once);
    build.ask("ask", "Which order?");
    build.ask("ask_too", "How did we do?");
    build.listen();
    build.send_then_listen(slow);
    build.nap_then_pay(once);
    build.both(slow);
    build.parent();
    build.spin();
    build.change();
    build.local("boom", boom);
    build.local("count", note);
    build.asm.program
}

pub fn schema() -> Schema {
    let field = |name: &str, ty: SchemaType, default: Value, unique: bool, indexed: bool| FieldDef {
        name: name.into(),
        ty,
        default,
        indexed: indexed || unique,
        unique,
        readonly: false,
        custom: false,
    };
    let entity = |name: &str| SchemaType::Entity(name.into());
    let event = |name: &str, params: Vec<(&str, SchemaType)>| EventDef {
        name: name.into(),
        params: params.into_iter().map(|(name, ty)| (name.into(), ty)).collect(),
    };
    let optional = |ty: SchemaType| SchemaType::Optional(Box::new(ty));
    Schema {
        entities: vec![
            EntityDef {
                name: "Contact".into(),
                fields: vec![
                    field("email", optional(SchemaType::Email), Value::Null, true, true),
                    field("plan", SchemaType::Text, Value::text("trial"), false, false),
                    field("count", SchemaType::Int, Value::Int(0), false, false),
                ],
            },
            EntityDef {
                name: "Conversation".into(),
                fields: vec![field("contact", optional(entity("Contact")), Value::Null, false, true)],
            },
        ],
        symbols: Vec::new(),
        events: vec![
            event("email.clicked", vec![("contact", entity("Contact")), ("link", SchemaType::Text)]),
            event("contact.changed", vec![("contact", entity("Contact"))]),
        ],
        ..Schema::default()
    }
}
