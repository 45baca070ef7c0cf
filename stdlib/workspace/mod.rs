//! The records that every workspace holds, and their actions. Knows the workspace by its trait only.

mod args;
pub mod articles;
mod assign;
mod companies;
mod contacts;
mod conversations;
mod erase;
#[cfg(test)]
mod fake;
mod follow_ups;
pub mod forms;
pub mod import;
mod lists;
mod notifications;
mod sales;
mod shared;
mod teammates;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_given;
mod tickets;

pub(crate) use args::{id, list, text, value};
pub(crate) use contacts::of_sender as contact_of;
pub(crate) use conversations::{is_open as is_open_conversation, open, reopen, speak, start_on as start_conversation};
pub(crate) use teammates::members;

use assign::Given;
use flow_vm::action::{Implementation, LocalFn, Registry};

/// Adds the family's actions.
pub fn register(registry: &mut Registry) {
    for (name, query) in QUERIES {
        registry.add(name, Implementation::Query(*query));
    }
    for (name, action) in ACTIONS {
        registry.add(name, Implementation::Local(*action));
    }
    // Not declared: no flow calls it, only the command that imports, in another process.
    registry.add(import::ACTION, Implementation::Local(import::take));
    registry.add(import::LOOK, Implementation::Local(import::look));
    registry.add(forms::CONTACT, Implementation::Local(forms::contact));
    registry.add(articles::FILL, Implementation::Local(articles::fill));
    registry.add(import::SET, Implementation::Local(import::set));
    registry.add(import::REMOVE, Implementation::Local(import::remove));
}

/// What only looks.
const QUERIES: &[(&str, LocalFn)] = &[
    ("articles.find", articles::find_by_name),
    ("articles.search", articles::search),
    ("Teammate.takes_work", teammates::asks_work),
    ("contacts.find", |w, a| shared::find(w, "Contact", "email", &value(a, 0))),
    ("contacts.find_by_phone", |w, a| shared::find(w, "Contact", "phone", &value(a, 0))),
    ("contacts.find_by_external_id", |w, a| shared::find(w, "Contact", "external_id", &value(a, 0))),
    ("Contact.tickets", |w, a| lists::of_contact(w, "Ticket", a)),
    ("Contact.conversations", |w, a| lists::of_contact(w, "Conversation", a)),
    ("Contact.mails", |w, a| lists::of_contact(w, "Mail", a)),
    ("Contact.follow_ups", |w, a| lists::of_contact(w, "FollowUp", a)),
    ("Contact.sales", |w, a| lists::of_contact(w, "Sale", a)),
    ("Contact.has_done", contacts::has_done),
    ("companies.find", companies::find_by_domain),
    ("companies.find_by_name", |w, a| shared::find(w, "Company", "name", &value(a, 0))),
    ("Company.contacts", |w, a| lists::contacts(w, "companies", a)),
    ("teammates.find", |w, a| shared::find(w, "Teammate", "email", &value(a, 0))),
    ("Team.teammates", teammates::of_team),
    ("Team.is_available", teammates::is_available),
    ("Selection.contacts", |w, a| lists::contacts(w, "selections", a)),
    ("Project.contacts", |w, a| lists::contacts(w, "projects", a)),
    ("Interest.contacts", |w, a| lists::contacts(w, "interests", a)),
    ("Tag.contacts", |w, a| lists::contacts(w, "tags", a)),
];

const ACTIONS: &[(&str, LocalFn)] = &[
    ("contacts.create", contacts::create),
    ("contacts.find_or_create", contacts::find_or_create),
    ("Contact.add_tags", |w, a| shared::add_tags(w, "Contact", a)),
    ("Contact.remove_tags", |w, a| shared::remove_tags(w, "Contact", a)),
    ("Contact.add_company", contacts::add_company),
    ("Contact.remove_company", contacts::remove_company),
    ("Contact.assign", |w, a| assign::assign(w, Given::Contact, a)),
    ("Contact.unassign", |w, a| assign::unassign(w, Given::Contact, a)),
    ("Contact.distribute", |w, a| assign::distribute(w, Given::Contact, a)),
    ("Contact.add_interests", lists::add_interests),
    ("Contact.remove_interests", lists::remove_interests),
    ("Contact.add_note", |w, a| shared::add_note(w, "Contact", a)),
    ("Contact.block", contacts::block),
    ("Contact.unblock", contacts::unblock),
    ("Contact.delete", erase::delete),
    ("Contact.conversation", contacts::conversation),
    ("companies.create", companies::create),
    ("Company.add_tags", |w, a| shared::add_tags(w, "Company", a)),
    ("Company.remove_tags", |w, a| shared::remove_tags(w, "Company", a)),
    ("Company.add_note", |w, a| shared::add_note(w, "Company", a)),
    ("conversations.create", conversations::create),
    ("Conversation.say", conversations::say),
    ("Conversation.assign", |w, a| assign::assign(w, Given::Conversation, a)),
    ("Conversation.distribute", |w, a| assign::distribute(w, Given::Conversation, a)),
    ("Conversation.unassign", |w, a| assign::unassign(w, Given::Conversation, a)),
    ("Conversation.close", conversations::close),
    ("Conversation.reopen", conversations::reopen),
    ("Conversation.add_tags", |w, a| shared::add_tags(w, "Conversation", a)),
    ("Conversation.remove_tags", |w, a| shared::remove_tags(w, "Conversation", a)),
    ("Conversation.add_note", |w, a| shared::add_note(w, "Conversation", a)),
    ("tickets.create", tickets::create),
    ("Ticket.assign", |w, a| assign::assign(w, Given::Ticket, a)),
    ("Ticket.distribute", |w, a| assign::distribute(w, Given::Ticket, a)),
    ("Ticket.unassign", |w, a| assign::unassign(w, Given::Ticket, a)),
    ("Ticket.add_tags", |w, a| shared::add_tags(w, "Ticket", a)),
    ("Ticket.remove_tags", |w, a| shared::remove_tags(w, "Ticket", a)),
    ("Ticket.add_note", |w, a| shared::add_note(w, "Ticket", a)),
    ("teammates.create", teammates::create),
    ("Teammate.add_note", |w, a| shared::add_note(w, "Teammate", a)),
    ("Selection.add", |w, a| lists::add(w, "selections", a)),
    ("Selection.remove", |w, a| lists::remove(w, "selections", a)),
    ("Project.add", |w, a| lists::add(w, "projects", a)),
    ("Project.remove", |w, a| lists::remove(w, "projects", a)),
    ("follow_ups.create", follow_ups::create),
    ("follow_ups.book", follow_ups::book),
    ("FollowUp.complete", follow_ups::complete),
    ("FollowUp.add_note", |w, a| shared::add_note(w, "FollowUp", a)),
    ("sales.create", sales::create),
    ("Sale.add_tags", |w, a| shared::add_tags(w, "Sale", a)),
    ("Sale.remove_tags", |w, a| shared::remove_tags(w, "Sale", a)),
    ("Sale.add_note", |w, a| shared::add_note(w, "Sale", a)),
    ("notifications.create", notifications::create),
    ("articles.create", articles::create),
];
