//! A step's world: the batch's transaction, seen through the program's own numbers.

use super::births::{self, Asked};
use super::desk::Desk;
use super::entry::{self, Birth};
use super::journal::Did;
use super::link::Linked;
use super::memory::Missing;
use super::turn::Trouble;
use crate::action::{ActionError, Implementation};
use crate::machine::{Limits, World, WorldError, decode, describe};
use crate::seam::Marks;
use crate::store::{Parent, Subject, Written};
use flow_bytecode::{Failure, TypeId, Value};
use std::sync::Arc;

/// How deep a value may nest at the machine's border.
pub(super) const DEPTH_MAX: usize = 64;

pub(super) struct StepWorld<'d, 't> {
    pub desk: &'d mut Desk<'t>,
    pub linked: &'d Arc<Linked>,
    pub run: i64,
    /// Whom the run is about.
    pub subject: Option<Subject>,
    pub limits: &'d Limits,
    /// Keeps what is reached, where that is asked for.
    pub marks: Option<&'d Marks>,
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
            Implementation::Query(look) => look(self.desk, args)?,
            Implementation::Local(act) => {
                self.desk.actor = (self.run, effect);
                let result = act(self.desk, args)?;
                if let Some(marks) = self.marks {
                    marks.did(self.run, effect, args);
                }
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
        let most = self.limits.children_max;
        // Every start is an effect, so that few runs are ever counted.
        if effect >= most {
            let txn = &mut self.desk.txn;
            let full = txn.has_children(self.run, most).map_err(|error| self.desk.trouble(error))?;
            if full {
                let message = format!("one run starts at most {most} others");
                return Err(Failure::new("limit", message).into());
            }
        }
        let asked = Asked { parent: Some(Parent { run: self.run, effect }), by: None, floor: None };
        match births::admit(self.desk, self.limits, &birth, &asked) {
            Ok(Ok(written)) => {
                if let Written::New(run) = written {
                    self.desk.did.push((effect, Did::Started(flow_ref, run)));
                }
                Ok(written.id())
            }
            // Nobody: no run has this number.
            Ok(Err(refusal)) => {
                self.desk.did.push((effect, Did::Refused(flow_ref, refusal.why.into())));
                Ok(0)
            }
            Err(Trouble::Store(error)) => Err(self.desk.trouble(error).into()),
            Err(Trouble::Fault(message)) => Err(WorldError::Fault(message)),
        }
    }

    fn split(&mut self, split: u16, effect: u32) -> Result<u16, WorldError> {
        let linked = self.linked.clone();
        let found = linked.program().splits.get(usize::from(split)).ok_or_else(|| broken("split"))?;
        let (entity, id) = self.who()?;
        let side = found.side(lot(&found.key, &entity, id)).ok_or_else(|| broken("split"))?;
        self.desk.did.push((effect, Did::Side(split, side)));
        Ok(side)
    }

    fn send_at(&mut self) -> Result<Option<i64>, WorldError> {
        self.sends_at()
    }

    fn may_send(&mut self, action: u16, effect: u32) -> Result<bool, WorldError> {
        self.sends(action, effect)
    }

    fn mark(&mut self, mark: u32) {
        if let Some(marks) = self.marks {
            marks.reach(mark);
        }
    }
}

impl StepWorld<'_, '_> {
    /// Who falls on a side: the contact of what the run is about, else that itself, else the run.
    fn who(&mut self) -> Result<(Arc<str>, i64), WorldError> {
        let Some(subject) = self.subject else { return Ok(("run".into(), self.run)) };
        let entities = self.desk.txn.entities();
        let Some(entity) = entities.iter().find(|entity| entity.kind == subject.kind) else {
            return Ok(("run".into(), self.run));
        };
        let contact = entity.def.fields.iter().position(|field| &*field.name == "contact");
        let found = match contact {
            // One that is gone still has its own number.
            Some(position) => self.desk.read(entity, subject.id, position).ok().and_then(Value::as_int),
            None => None,
        };
        Ok(match found {
            Some(id) => ("Contact".into(), id),
            None => (entity.def.name.clone(), subject.id),
        })
    }
}

/// Where somebody stands in a split: known to the split's key and to whom it is, and to nothing else.
fn lot(key: &str, entity: &str, id: i64) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for part in [key.as_bytes(), entity.as_bytes(), &id.to_le_bytes()] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    u64::from_le_bytes(first)
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

#[cfg(test)]
mod tests {
    use super::lot;

    #[test]
    fn lots_are_drawn_evenly_and_apart() {
        let half = |key: &str, id| lot(key, "Contact", id) % 2;
        let bold: u64 = (0..10_000).map(|id| half("onboarding#tone", id)).sum();
        assert!((4_800..5_200).contains(&bold), "{bold}");
        let same = (0..10_000).filter(|id| half("onboarding#tone", *id) == half("onboarding#price", *id)).count();
        assert!((4_800..5_200).contains(&same), "one split says nothing of another, but {same} are the same");
        assert_ne!(lot("a", "Contact", 1), lot("a", "Company", 1));
    }
}
