//! What settings of a connector can be held against: names that a document has somewhere.

use crate::document::Document;
use crate::names::pascal;
use crate::operation::In;
use crate::signature::taken;
use crate::types::Types;
use std::collections::BTreeSet;

/// More operations are not read to find out that none has a parameter.
const READ_MAX: usize = 5_000;

impl Document {
    /// Which of these parameters no operation has, each with all that there are. Those of `first` are looked at first: what
    /// one of them has is found without reading the rest of the document.
    pub fn without_parameters<'n>(&self, names: &[&'n str], first: &[&str]) -> Vec<(&'n str, BTreeSet<String>)> {
        let mut wanted: Vec<&'n str> = names.to_vec();
        let mut known = BTreeSet::new();
        let first = first.iter().filter_map(|name| self.index.operation(name));
        for (read, at) in first.chain(&self.index.operations).enumerate() {
            if wanted.is_empty() || read == READ_MAX {
                return Vec::new();
            }
            let Ok(operation) = self.read_operation(at) else { continue };
            let all = taken(&operation, &pascal(&at.name), None, &[], &mut Types::new(self));
            wanted.retain(|name| !all.iter().any(|one| one.name == *name));
            known.extend(all.into_iter().map(|one| one.name));
        }
        wanted.into_iter().map(|name| (name, known.clone())).collect()
    }

    /// The headers that these operations take, as the document writes them.
    pub fn headers(&self, operations: &[&str]) -> BTreeSet<String> {
        let read = operations.iter().filter_map(|name| self.read_operation(self.index.operation(name)?).ok());
        let given = read.flat_map(|operation| operation.parameters);
        given.filter(|given| given.place == In::Header).map(|given| given.wire).collect()
    }

    /// Whether anything in the document is called so: a field of no schema is one of no answer.
    pub fn mentions(&self, field: &str) -> bool {
        let Ok(quoted) = serde_json::to_string(field) else { return false };
        let behind = |(at, _): (usize, &str)| self.text.get(at + quoted.len()..).unwrap_or_default().trim_start();
        self.text.match_indices(quoted.as_str()).any(|found| behind(found).starts_with(':'))
    }
}
