//! What an instruction needs that begins again when a run is read at its place. Whatever is needed behind it has been written since
//! or is in the table: following the ways showed that, for behind a place there is nothing else.

use super::access::{Access, read};
use super::flow::name;
use super::{Errors, PlacesOf};
use crate::op::Op;
use crate::program::{Function, Program};

/// Everything needed at a place of this function is in its table.
pub(super) fn check(
    program: &Program,
    (index, function): (u16, &Function),
    places: PlacesOf,
    reached: &[bool],
    access: &mut Access,
    errors: &mut Errors,
) {
    for (pc, place) in places {
        let pc = usize::from(*pc);
        let Some(place) = program.places.get(usize::from(*place)) else { continue };
        // A call's arguments are its callee's by then; every other place is where its instruction begins again.
        let call = function.code.get(pc).is_some_and(|instr| instr.op == Op::Call);
        if call || reached.get(pc) != Some(&true) {
            continue;
        }
        if read(program, (index, function), places, pc, |_, _| None, access).is_err() {
            continue;
        }
        let mut lacking: Vec<_> = access.uses.iter().map(|(bank, register, _)| (*bank, *register)).collect();
        lacking.sort_unstable();
        lacking.dedup();
        // The table is in that order.
        lacking.retain(|needed| place.live.binary_search_by_key(needed, |live| (live.bank, live.register)).is_err());
        for (bank, register) in lacking {
            let register = name(bank, register);
            errors.at(index, Some(pc), &format!("{register} is needed after {} and not kept there", place.key));
        }
    }
}
