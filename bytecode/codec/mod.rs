//! The `.flowc` format.
//!
//! ```text
//! magic "flowc" | version:u8 | capabilities | section … | checksum: the first 8 bytes of the BLAKE3 of all before
//! section = id:u8 | length | bytes
//! ```
//! Numbers are LEB128 in their shortest form, signed ones zigzag; so a program has exactly one encoding, and its hash is
//! its identity. Sections stand in the order of their ids, each once. The last, [`Debug`], is optional and not hashed.

mod parts;
mod reader;
mod writer;

use crate::op::Op;
use crate::program::{Debug, Program};
use parts::Code;
use reader::Reader;
use writer::Writer;

/// The format this crate writes and reads.
pub const VERSION: u8 = 1;

/// Bytes of the largest file that is read.
pub const FILE_BYTES_MAX: usize = 32 << 20;

const MAGIC: &[u8; 5] = b"flowc";
const SECTION_DEBUG: u8 = 100;

/// Capability: paths side by side.
pub const CAPABILITY_PATHS: u64 = 1;
/// Capability: external actions.
pub const CAPABILITY_EXTERNAL: u64 = 2;
/// Capability: prompts and other waits.
pub const CAPABILITY_WAITS: u64 = 4;
const CAPABILITIES: u64 = CAPABILITY_PATHS | CAPABILITY_EXTERNAL | CAPABILITY_WAITS;

/// Why bytes are no program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodecError {
    /// Not a `.flowc` file.
    Magic,
    /// Written in another version of the format.
    Version(u8),
    /// Needs capabilities that this machine does not have, by bit.
    Capabilities(u64),
    /// Larger than [`FILE_BYTES_MAX`].
    TooLarge,
    /// Not as it was written.
    Corrupt(&'static str),
}

impl std::fmt::Display for CodecError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CodecError::Magic => f.write_str("this is no compiled Flow program"),
            CodecError::Version(version) => {
                write!(f, "the program has format {version}, this machine reads {VERSION}: compile it again")
            }
            CodecError::Capabilities(bits) => {
                write!(f, "the program needs capabilities {bits:#x} that are not known here")
            }
            CodecError::TooLarge => write!(f, "the program is larger than {FILE_BYTES_MAX} bytes"),
            CodecError::Corrupt(what) => write!(f, "the compiled program is corrupt: {what}"),
        }
    }
}

impl std::error::Error for CodecError {}

/// Encodes a program, and what people see of its source beside it.
pub fn encode(program: &Program, debug: Option<&Debug>) -> Vec<u8> {
    let mut writer = Writer { out: body(program) };
    if let Some(debug) = debug {
        section(&mut writer, SECTION_DEBUG, debug);
    }
    let checksum = blake3::hash(&writer.out);
    writer.bytes(&checksum.as_bytes()[..8]);
    writer.out
}

/// The content hash: BLAKE3 of what [`encode`] makes of the program without its [`Debug`], so that whoever keeps those
/// bytes can check them.
pub fn hash(program: &Program) -> [u8; 32] {
    *blake3::hash(&encode(program, None)).as_bytes()
}

/// Bytes as people and other programs read them: two hexadecimal digits each.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Decodes a program. It is well-formed, not yet verified.
///
/// # Errors
/// Any byte that is not as it was written is an error; no input panics or takes more memory than a few times its size.
pub fn decode(bytes: &[u8]) -> Result<(Program, Option<Debug>), CodecError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(CodecError::TooLarge);
    }
    let Some(rest) = bytes.strip_prefix(MAGIC) else { return Err(CodecError::Magic) };
    let (&version, rest) = rest.split_first().ok_or(CodecError::Corrupt("too short"))?;
    if version != VERSION {
        return Err(CodecError::Version(version));
    }
    let (rest, checksum) = rest.split_last_chunk::<8>().ok_or(CodecError::Corrupt("too short"))?;
    let hashed = bytes.get(..bytes.len() - 8).unwrap_or_default();
    if blake3::hash(hashed).as_bytes()[..8] != checksum[..] {
        return Err(CodecError::Corrupt("wrong checksum"));
    }
    let mut reader = Reader { rest, depth: 0 };
    let capabilities = reader.number()?;
    if capabilities & !CAPABILITIES != 0 {
        return Err(CodecError::Capabilities(capabilities & !CAPABILITIES));
    }
    let program = Program {
        types: read_section(&mut reader, 1)?,
        records: read_section(&mut reader, 2)?,
        enums: read_section(&mut reader, 3)?,
        entities: read_section(&mut reader, 4)?,
        fields: read_section(&mut reader, 5)?,
        actions: read_section(&mut reader, 6)?,
        events: read_section(&mut reader, 7)?,
        flow_refs: read_section(&mut reader, 8)?,
        scalars: read_section(&mut reader, 9)?,
        constants: read_section(&mut reader, 10)?,
        templates: read_section(&mut reader, 11)?,
        switches: read_section(&mut reader, 12)?,
        functions: read_section(&mut reader, 13)?,
        flows: read_section(&mut reader, 14)?,
        places: read_section(&mut reader, 15)?,
        calendars: read_optional(&mut reader, 16)?,
        splits: read_optional(&mut reader, 17)?,
        entries: read_optional(&mut reader, 18)?,
        outbound: read_optional(&mut reader, 19)?,
        asked: read_optional(&mut reader, 20)?,
    };
    if capabilities != needed(&program) {
        return Err(CodecError::Corrupt("capabilities"));
    }
    let debug = match reader.rest.is_empty() {
        true => None,
        false => Some(read_section(&mut reader, SECTION_DEBUG)?),
    };
    if !reader.rest.is_empty() {
        return Err(CodecError::Corrupt("trailing bytes"));
    }
    Ok((program, debug))
}

fn body(program: &Program) -> Vec<u8> {
    // Taken apart so that a new table cannot be forgotten here.
    let Program {
        types,
        records,
        enums,
        entities,
        fields,
        actions,
        events,
        flow_refs,
        scalars,
        constants,
        templates,
        switches,
        splits,
        functions,
        flows,
        places,
        calendars,
        entries,
        outbound,
        asked,
    } = program;
    let mut writer = Writer { out: Vec::with_capacity(4096) };
    writer.bytes(MAGIC);
    writer.byte(VERSION);
    writer.number(needed(program));
    section(&mut writer, 1, types);
    section(&mut writer, 2, records);
    section(&mut writer, 3, enums);
    section(&mut writer, 4, entities);
    section(&mut writer, 5, fields);
    section(&mut writer, 6, actions);
    section(&mut writer, 7, events);
    section(&mut writer, 8, flow_refs);
    section(&mut writer, 9, scalars);
    section(&mut writer, 10, constants);
    section(&mut writer, 11, templates);
    section(&mut writer, 12, switches);
    section(&mut writer, 13, functions);
    section(&mut writer, 14, flows);
    section(&mut writer, 15, places);
    // Younger than the format: a program that has none keeps its bytes and its hash.
    if !calendars.is_empty() {
        section(&mut writer, 16, calendars);
    }
    if !splits.is_empty() {
        section(&mut writer, 17, splits);
    }
    if !entries.is_empty() {
        section(&mut writer, 18, entries);
    }
    if !outbound.is_empty() {
        section(&mut writer, 19, outbound);
    }
    if !asked.is_empty() {
        section(&mut writer, 20, asked);
    }
    writer.out
}

/// The capabilities a program needs.
fn needed(program: &Program) -> u64 {
    let of = |op| match op {
        Op::Fork | Op::Join => CAPABILITY_PATHS,
        Op::ActExternal => CAPABILITY_EXTERNAL,
        Op::Wait => CAPABILITY_WAITS,
        _ => 0,
    };
    program.functions.iter().flat_map(|function| &function.code).fold(0, |bits, instr| bits | of(instr.op))
}

fn section<T: Code>(writer: &mut Writer, id: u8, value: &T) {
    writer.byte(id);
    let start = writer.out.len();
    value.write(writer);
    // How long it is stands in front and is known behind.
    let end = writer.out.len();
    writer.number((end - start) as u64);
    let length = writer.out.len() - end;
    writer.out[start..].rotate_right(length);
}

/// A section that is there only when there is something in it.
fn read_optional<T: Code>(reader: &mut Reader<'_>, id: u8) -> Result<Vec<T>, CodecError> {
    if reader.rest.first() != Some(&id) {
        return Ok(Vec::new());
    }
    let found: Vec<T> = read_section(reader, id)?;
    if found.is_empty() { Err(CodecError::Corrupt("an empty section")) } else { Ok(found) }
}

fn read_section<T: Code>(reader: &mut Reader<'_>, id: u8) -> Result<T, CodecError> {
    if reader.byte()? != id {
        return Err(CodecError::Corrupt("a section is missing"));
    }
    let length = reader.narrow()?;
    let mut inner = Reader { rest: reader.take(length)?, depth: 0 };
    let value = T::read(&mut inner)?;
    match inner.rest.is_empty() {
        true => Ok(value),
        false => Err(CodecError::Corrupt("trailing bytes in a section")),
    }
}
