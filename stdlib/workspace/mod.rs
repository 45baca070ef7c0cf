//! The records that every workspace holds, and their actions. Knows the workspace by its trait only.

mod args;
mod companies;
mod contacts;
mod conversations;
#[cfg(test)]
mod fake;
pub mod import;
mod shared;
#[cfg(test)]
mod tests;
mod tickets;

pub(crate) use args::{id, value};
pub(crate) use conversations::{open, speak};

use flow_vm::action::{Implementation, LocalFn, Registry};

/// Adds the family's actions.
pub fn register(registry: &mut Registry) {
    for (name, action) in ACTIONS {
        registry.add(name, Implementation::Local(*action));
    }
    // Not declared: no flow calls it, only the command that imports, in another process.
    registry.add(import::ACTION, Implementation::Local(import::take));
}

const ACTIONS: &[(&str, LocalFn)] = &[
    ("contacts.find", |w, a| shared::find(w, "Contact", "email", &value(a, 0))),
    ("contacts.find_by_phone", |w, a| shared::find(w, "Contact", "phone", &value(a, 0))),
    ("contacts.find_by_external_id", |w, a| shared::find(w, "Contact", "external_id", &value(a, 0))),
    ("contacts.create", contacts::create),
    ("contacts.find_or_create", contacts::find_or_create),
    ("Contact.add_tags", |w, a| shared::add_tags(w, "Contact", a)),
    ("Contact.remove_tags", |w, a| shared::remove_tags(w, "Contact", a)),
    ("Contact.add_company", contacts::add_company),
    ("Contact.remove_company", contacts::remove_company),
    ("Contact.add_note", |w, a| shared::add_note(w, "Contact", a)),
    ("Contact.block", contacts::block),
    ("Contact.unblock", contacts::unblock),
    ("Contact.conversation", contacts::conversation),
    ("companies.find", companies::find_by_domain),
    ("companies.find_by_name", |w, a| shared::find(w, "Company", "name", &value(a, 0))),
    ("companies.create", companies::create),
    ("Company.add_tags", |w, a| shared::add_tags(w, "Company", a)),
    ("Company.remove_tags", |w, a| shared::remove_tags(w, "Company", a)),
    ("Company.add_note", |w, a| shared::add_note(w, "Company", a)),
    ("conversations.create", conversations::create),
    ("Conversation.say", conversations::say),
    ("Conversation.assign", |w, a| shared::assign(w, "Conversation", "conversation.assigned", a)),
    ("Conversation.unassign", |w, a| shared::unassign(w, "Conversation", "conversation.assigned", a)),
    ("Conversation.close", conversations::close),
    ("Conversation.reopen", conversations::reopen),
    ("Conversation.add_tags", |w, a| shared::add_tags(w, "Conversation", a)),
    ("Conversation.remove_tags", |w, a| shared::remove_tags(w, "Conversation", a)),
    ("Conversation.add_note", |w, a| shared::add_note(w, "Conversation", a)),
    ("tickets.create", tickets::create),
    ("Ticket.assign", |w, a| shared::assign(w, "Ticket", "ticket.assigned", a)),
    ("Ticket.unassign", |w, a| shared::unassign(w, "Ticket", "ticket.assigned", a)),
    ("Ticket.add_tags", |w, a| shared::add_tags(w, "Ticket", a)),
    ("Ticket.remove_tags", |w, a| shared::remove_tags(w, "Ticket", a)),
    ("Ticket.add_note", |w, a| shared::add_note(w, "Ticket", a)),
    ("teammates.find", |w, a| shared::find(w, "Teammate", "email", &value(a, 0))),
];
