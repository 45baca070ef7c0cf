//! OpenAPI documents as declarations of Flow: Swagger 2.0, OpenAPI 3.0 and 3.1, in JSON or YAML.
//!
//! A [`Document`] is a text with an [`Index`] of its operations and parts, so that of a document of many megabytes only what
//! a project calls is ever looked at. [`Document::declare`] writes the operations that are wanted as `action … = http { … }`
//! with the records and enums they take and yield; nothing behind that knows of OpenAPI. The index can be kept: it belongs
//! to the text with its [`Index::text_bytes`], which the caller tells apart by its hash.
//!
//! Pure: no file system, no network, no clock. What a document says is never trusted: a `$ref` that leads back to itself, a
//! schema without end or a text of a hundred megabytes is an answer ([`Problem`]), or `Json`.
#![forbid(unsafe_code)]

mod auth;
mod declare;
mod demand;
mod document;
mod index;
mod looked;
mod names;
mod operation;
mod pages;
mod part;
mod plain;
mod problem;
mod schema;
mod shape;
mod signature;
#[cfg(test)]
mod tests;
mod types;
mod unread;

pub use auth::{Auth, Place, Words};
pub use declare::{Class, Connector, DECLARED_BYTES_MAX, Declared};
pub use demand::Demand;
pub use document::{DOCUMENT_BYTES_MAX, Document};
pub use index::{Index, Listed};
pub use names::{RESERVED, TYPES, snake};
pub use pages::{Paging, Turn};
pub use problem::Problem;
