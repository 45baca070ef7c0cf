//! Keys of places: what a place is called so that neither its words nor its position matter.
//!
//! An anchored place is `flow#anchor`. Any other is named by its structure: the flow, the paths it is in, the nearest
//! enclosing anchor, what it is, what is called, and the variable it fills: `onboarding.onboarding#nudge/ask:email`,
//! `shop.order/call:http.get:order`. Equals get an ordinal, `~2`. Anchors are unique in a flow, so the nearest one says
//! where a place is, and wrapping a stretch of a flow in something new renames nothing that stands below an anchor of its own.

use super::fast::FastMap;
use std::fmt::Write as _;
use std::sync::Arc;

/// Names the places of one flow.
#[derive(Debug, Default)]
pub(super) struct Names {
    flow: String,
    /// Anchors and paths around, as they are written in a key; each with the length of `within` before it.
    within: String,
    given: FastMap<Arc<str>, u32>,
    /// The key being made.
    key: String,
}

/// Where the surroundings stood before something was entered.
#[derive(Debug)]
pub(super) struct Within(String);

impl Names {
    /// Begins a flow.
    pub fn start(&mut self, flow: &str) {
        self.flow.clear();
        self.flow.push_str(flow);
        self.within.clear();
        self.given.clear();
    }

    /// Enters what an anchor names; a path entered before stays part of the name.
    pub fn enter_anchor(&mut self, anchor: &str) -> Within {
        let before = Within(self.within.clone());
        let from = self.within.rfind('#').filter(|at| !self.within[*at..].contains('/')).unwrap_or(self.within.len());
        self.within.truncate(from);
        self.within.push('#');
        self.within.push_str(anchor);
        before
    }

    /// Enters a path of a fork.
    pub fn enter_path(&mut self, path: &str) -> Within {
        let before = Within(self.within.clone());
        self.within.push('/');
        self.within.push_str(path);
        before
    }

    /// Leaves it.
    pub fn leave(&mut self, before: Within) {
        self.within = before.0;
    }

    /// The name of a function within the flow: the flow, and the paths and anchors around.
    pub fn function(&self, last: &str) -> Arc<str> {
        format!("{}{}/{last}", self.flow, self.within).into()
    }

    /// The key of a place.
    pub fn place(&mut self, anchor: Option<&str>, kind: &str, callee: Option<&str>, fills: Option<&str>) -> Arc<str> {
        let key = &mut self.key;
        key.clear();
        key.push_str(&self.flow);
        match anchor {
            Some(anchor) => {
                key.push('#');
                key.push_str(anchor);
            }
            None => {
                key.push_str(&self.within);
                key.push('/');
                key.push_str(kind);
                for part in [callee, fills].into_iter().flatten() {
                    key.push(':');
                    key.push_str(part);
                }
            }
        }
        match self.given.get_mut(key.as_str()) {
            None => {
                let key: Arc<str> = Arc::from(key.as_str());
                self.given.insert(key.clone(), 1);
                key
            }
            Some(count) => {
                *count += 1;
                // `~` cannot stand in a name, so no other place can be called this.
                let _ = write!(key, "~{count}");
                Arc::from(key.as_str())
            }
        }
    }
}
