//! A flow as a graph, as it is being written.

use super::Analysis;
use crate::diag::FileId;
use crate::graph::{Graph, graph_of};
use crate::hir::FlowId;

impl Analysis {
    /// The graph of a flow of a file: of the one with this name, in the file or qualified; else of the one that stands
    /// nearest above a place (a byte of the file); else of the first. `None` where the file has no flow, and while the
    /// project is not understood.
    pub fn graph(&self, file: FileId, name: Option<&str>, at: Option<u32>) -> Option<Graph> {
        if self.known.broken {
            return None;
        }
        let hir = &self.known.project.hir;
        let own = || (0u32..).map(FlowId).zip(&hir.flows).filter(|(_, flow)| flow.span.file == file);
        let called = |name: &str| {
            own().find(|(_, flow)| *flow.name == *name || flow.name.rsplit('.').next().is_some_and(|own| own == name))
        };
        let above = |at: u32| own().filter(|(_, flow)| flow.span.start <= at).max_by_key(|(_, flow)| flow.span.start);
        let first = || own().min_by_key(|(_, flow)| flow.span.start);
        let (id, _) = name.and_then(called).or_else(|| at.and_then(above)).or_else(first)?;
        graph_of(self.sources(), hir, id)
    }
}
