//! A run that has not begun: its arguments for the flow as it is now.

use super::fit::{Typed, convert};
use super::keys::flow_name;
use super::mapping::Mapping;
use super::plan::Misfit;
use flow_bytecode::{Program, Type, Value};

/// Values within values that are made over.
const DEPTH_MAX: usize = 96;

/// The flow's number in the new program, and every argument.
///
/// # Errors
/// Why it cannot begin as a run of the new version.
pub(crate) fn begin(
    old: &Program,
    new: &Program,
    flow: &str,
    args: &[Value],
    mappings: &[Mapping],
) -> Result<(u16, Vec<Value>), Misfit> {
    let name = flow_name(flow, mappings);
    let position = |program: &Program, name: &str| program.flows.iter().position(|flow| *flow.name == *name);
    let Some(at) = position(new, &name) else {
        let why = format!("the new version has no flow `{name}`");
        return Err(Misfit { mappable: true, why: why.into(), suggestion: None });
    };
    let was = position(old, flow).and_then(|at| old.flows.get(at));
    let (Some(was), Some(is)) = (was, new.flows.get(at)) else {
        return Err(Misfit::breaks("its flow is not one of its program"));
    };
    let mut given = Vec::with_capacity(is.params.len());
    for param in &is.params {
        let to = Typed { program: new, id: param.ty };
        let before = was.params.iter().zip(args).find(|(other, _)| other.name == param.name);
        given.push(match (before, param.default) {
            (Some((other, value)), _) => convert(Typed { program: old, id: other.ty }, to, value, DEPTH_MAX)
                .map_err(|why| Misfit::breaks(format!("`{}` {why}", param.name)))?,
            (None, Some(default)) => new.constants.get(default as usize).cloned().unwrap_or_default(),
            (None, None) if matches!(to.ty(), Some(Type::Optional(_))) => Value::Null,
            (None, None) => {
                return Err(Misfit::breaks(format!(
                    "the flow needs `{}` now, which these runs were not given",
                    param.name
                )));
            }
        });
    }
    let at = u16::try_from(at).map_err(|_| Misfit::breaks("its flow is not one of its program"))?;
    Ok((at, given))
}
