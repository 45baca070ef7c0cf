//! A step's world: the batch's transaction, seen through the program's own numbers.

use super::desk::Desk;
use super::entry::{self, Birth};
use super::follow::{Follow, FollowWake};
use super::journal::Did;
use super::link::Linked;
use super::memory::Missing;
use crate::action::{ActionError, Implementation};
use crate::machine::{World, WorldError, decode, describe};
use crate::store::{Parent, Written};
use flow_bytecode::{Failure, TypeId, Value};
use std::sync::Arc;

/// How deep a value may nest at the machine's border.
pub(super) const DEPTH_MAX: usize = 64;

pub(super) struct StepWorld<'d, 't> {
    pub desk: &'d mut Desk<'t>,
    pub linked: &'d Arc<Linked>,
    pub run: i64,
    /// Runs it may start.
    pub children_max: u32,
    /// The last field read that is not stored as the machine holds it.
    pub scratch: Value,
}

fn broken(what: &str) -> WorldError {
    WorldError::Fault(format!("the program's {what} is out of range"))
}

impl World for StepWorld<'_, '_> {
    fn now(&self) -> i64 {
        self.desk.now
    }

    fn field(&mut self, field: u16, id: i64) -> Result<&Value, WorldError> {
        let linked = self.linked;
        let field = linked.fields.get(usize::from(field)).ok_or_else(|| broken("field"))?;
        let value = self.desk.read(&field.entity, id, field.position)?;
        if value.is_null()
            && let Some(default) = field.default
        {
            return linked.program().constants.get(default as usize).ok_or_else(|| broken("constant"));
        }
        if field.plain {
            return Ok(value);
        }
        self.scratch = decode(linked.program(), field.ty, value, DEPTH_MAX).map_err(WorldError::Fault)?;
        Ok(&self.scratch)
    }

    fn set_field(&mut self, field: u16, id: i64, value: Value, effect: u32) -> Result<(), WorldError> {
        let number = field;
        let field = self.linked.fields.get(usize::from(field)).ok_or_else(|| broken("field"))?;
        let value = if field.plain { value } else { describe(self.linked.program(), field.ty, &value) };
        self.desk.actor = (self.run, effect);
        self.desk.write(&field.entity, id, field.position, value, true)?;
        self.desk.did.push((effect, Did::Set(number)));
        Ok(())
    }

    fn call(&mut self, action: u16, args: &[Value], effect: u32) -> Result<Value, WorldError> {
        let number = action;
        let program = self.linked.program();
        let declared = program.actions.get(usize::from(action)).ok_or_else(|| broken("action"))?;
        let action = self.linked.actions.get(usize::from(action)).ok_or_else(|| broken("action"))?;
        let described: Vec<Value>;
        let args = if action.plain_args {
            args
        } else {
            let params = declared.params.iter().zip(args);
            described = params.map(|((_, ty), value)| describe(program, *ty, value)).collect();
            &described
        };
        let result = match &action.implementation {
            Implementation::Pure(compute) => compute(args)?,
            Implementation::Local(act) => {
                self.desk.actor = (self.run, effect);
                let result = act(self.desk, args)?;
                self.desk.did.push((effect, Did::Called(number)));
                result
            }
            Implementation::External(_) => {
                return Err(WorldError::Fault(format!("{} leaves the machine", declared.name)));
            }
        };
        decode(program, declared.result, &result, DEPTH_MAX)
            .map_err(|why| WorldError::Fault(format!("{} did not return what it declares: {why}", declared.name)))
    }

    fn fire(&mut self, event: u16, args: &[Value], effect: u32) -> Result<(), WorldError> {
        let program = self.linked.program();
        let declared = program.events.get(usize::from(event)).ok_or_else(|| broken("event"))?;
        let params = declared.params.iter().zip(args);
        let args = params.map(|((_, ty), value)| describe(program, *ty, value)).collect();
        self.desk.actor = (self.run, effect);
        match self.desk.raise_event(&declared.name, args, None) {
            Ok(Some(_)) => {
                self.desk.did.push((effect, Did::Fired(event)));
                Ok(())
            }
            Ok(None) => Err(WorldError::Fault(format!("no event `{}` is declared", declared.name))),
            Err(error) => Err(self.desk.trouble(error).into()),
        }
    }

    fn start(&mut self, flow_ref: u16, args: &[Value], effect: u32) -> Result<i64, WorldError> {
        let program = self.linked.program();
        let flow = program.flow_refs.get(usize::from(flow_ref)).ok_or_else(|| broken("flow"))?;
        let typed = flow.params.iter().zip(args).map(|((name, ty), value)| (name.clone(), *ty, value));
        let birth = adopt(self.desk, self.linked, &flow.name, typed)?;
        let most = self.children_max;
        // Every start is an effect, so that few runs are ever counted.
        if effect >= most {
            let txn = &mut self.desk.txn;
            let full = txn.has_children(self.run, most).map_err(|error| self.desk.trouble(error))?;
            if full {
                let message = format!("one run starts at most {most} others");
                return Err(Failure::new("limit", message).into());
            }
        }
        let parent = Some(Parent { run: self.run, effect });
        let written = entry::insert(self.desk, &birth, parent).map_err(|error| self.desk.trouble(error))?;
        if let Written::New(run) = written {
            self.desk.follows.push(Follow { run, wake: FollowWake::Begin });
            self.desk.did.push((effect, Did::Started(flow_ref, run)));
        }
        Ok(written.id())
    }
}

impl From<Failure> for WorldError {
    fn from(failure: Failure) -> Self {
        WorldError::Failure(failure)
    }
}

/// Arguments typed by one program, for the newest version of a flow, which may be of another.
pub(super) fn adopt<'v>(
    desk: &mut Desk,
    from: &Linked,
    flow: &str,
    args: impl Iterator<Item = (Arc<str>, TypeId, &'v Value)>,
) -> Result<Birth, ActionError> {
    let newest = desk.memory.newest(flow, desk.registry, &mut *desk.txn).map_err(|missing| match missing {
        Missing::Flow => Failure::new("gone", format!("there is no flow `{flow}` any more")).into(),
        Missing::Stranded(why) => Failure::new("gone", format!("`{flow}` cannot run here: {why}")).into(),
        Missing::Store(error) => desk_error(error),
    })?;
    let named = args.map(|(name, ty, value)| (name.to_string(), describe(from.program(), ty, value))).collect();
    entry::fit(newest, named).map_err(|why| Failure::new("gone", why).into())
}

fn desk_error(error: crate::store::StoreError) -> ActionError {
    ActionError::Fault(error.to_string())
}
