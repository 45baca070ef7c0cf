//! Where links of documentation lead: it stands in a file of the project, and its pages stand elsewhere.

use super::words::relative_links;
use super::{Module, Reference};

impl Reference {
    /// Leads the relative links of the documentation: `resolve` is given the file in which one stands and the path that it
    /// names, both from the project's folder and with `/`, and says what that is from the folder of the pages. Links to
    /// files that have a page are known. Gives those that lead nowhere: (file, address).
    pub fn lead(&mut self, resolve: &mut dyn FnMut(&str) -> Option<String>) -> Vec<(String, String)> {
        let mut broken = Vec::new();
        for (index, module) in self.modules.iter().enumerate().filter(|(_, module)| !module.library) {
            let members = module.items.iter().flat_map(|item| item.members.iter().map(|member| &member.doc));
            let docs = [&module.doc].into_iter().chain(module.items.iter().map(|item| &item.doc)).chain(members);
            let mut addresses: Vec<String> = docs.flat_map(|doc| relative_links(doc)).collect();
            addresses.sort();
            addresses.dedup();
            for address in addresses {
                if self.page_of(module, &address, "").is_some() {
                    continue;
                }
                let (path, tail) = split(&address);
                let found = within(&module.path, path).filter(|_| !path.is_empty()).and_then(|path| resolve(&path));
                match found {
                    Some(path) => {
                        self.links.insert((index, address.clone()), format!("{path}{tail}"));
                    }
                    None => broken.push((module.path.clone(), address)),
                }
            }
        }
        broken
    }

    /// Where a relative address in the documentation of a module leads, if it leads anywhere.
    pub(super) fn led(&self, module: usize, address: &str, ending: &str) -> Option<String> {
        let known = self.links.get(&(module, address.to_owned())).cloned();
        known.or_else(|| self.page_of(self.modules.get(module)?, address, ending))
    }

    /// The page of a file that an address names, `refund.flow` or `#flow.refund`.
    fn page_of(&self, from: &Module, address: &str, ending: &str) -> Option<String> {
        let (path, tail) = split(address);
        let to = match path {
            "" => from,
            path => {
                let path = within(&from.path, path)?;
                self.modules.iter().find(|module| !module.library && module.path == path)?
            }
        };
        let anchor = tail.strip_prefix('#').filter(|anchor| to.items.iter().any(|item| item.anchor == *anchor));
        match anchor {
            Some(anchor) => Some(format!("{}.{ending}#{anchor}", to.page)),
            None if path.is_empty() => None,
            // A line of the file, or a part of it that has no page: the page of the file.
            None => Some(format!("{}.{ending}", to.page)),
        }
    }
}

/// A path, and what follows it.
fn split(address: &str) -> (&str, &str) {
    address.split_at(address.find(['#', '?']).unwrap_or(address.len()))
}

/// A path as it is meant in a file, from the project's folder: `../` may lead out of that.
fn within(file: &str, path: &str) -> Option<String> {
    let path = decoded(path)?;
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// A path without `%20` and the like.
fn decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok().filter(|byte| *byte != 0)?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_meant_from_its_file() {
        for (file, path, meant) in [
            ("desk.flow", "notes.md", "notes.md"),
            ("billing/refund.flow", "../docs/./a%20b.md", "docs/a b.md"),
            ("billing/refund.flow", "../../other/x.md", "../other/x.md"),
            ("desk.flow", "../../x", "../../x"),
        ] {
            assert_eq!(within(file, path).as_deref(), Some(meant), "{path} in {file}");
        }
        assert_eq!([decoded("%"), decoded("%0"), decoded("%zz"), decoded("%ff"), decoded("%00")], [const { None }; 5]);
    }
}
