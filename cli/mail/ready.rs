//! Mails that most projects send sooner or later, as a beginning.

/// A template that is ready.
#[derive(Debug, Clone, Copy)]
pub struct Ready {
    /// Its name.
    pub name: &'static str,
    /// What it is for, in a few words.
    pub what: &'static str,
    /// How it is declared.
    pub declared: &'static str,
    /// How a call names it, behind the dot.
    pub called: &'static str,
    /// What stands in its file.
    pub words: &'static str,
}

/// Every one, in the order in which a customer gets them.
pub const READY: &[Ready] = &[
    Ready {
        name: "welcome",
        what: "whoever is new: what to do first",
        declared: "template welcome",
        called: "welcome",
        words: include_str!("../ready/welcome.md"),
    },
    Ready {
        name: "confirm_email",
        what: "an address that is to be confirmed, by a link",
        declared: "template confirm_email(contact: Contact, link: Url)",
        called: "confirm_email(link: link)",
        words: include_str!("../ready/confirm_email.md"),
    },
    Ready {
        name: "reminder",
        what: "whoever has not begun",
        declared: "template reminder",
        called: "reminder",
        words: include_str!("../ready/reminder.md"),
    },
    Ready {
        name: "reset_password",
        what: "a new password, by a link that does not work for ever",
        declared: "template reset_password(contact: Contact, link: Url, valid_for: Duration)",
        called: "reset_password(link: link, valid_for: 1 hour)",
        words: include_str!("../ready/reset_password.md"),
    },
    Ready {
        name: "receipt",
        what: "a payment that has come in",
        declared: "template receipt(contact: Contact, number: Text, paid: Date, total: Money, page: Url)",
        called: "receipt(number: number, paid: paid, total: total, page: page)",
        words: include_str!("../ready/receipt.md"),
    },
    Ready {
        name: "survey",
        what: "one question afterwards",
        declared: "template survey(contact: Contact, about: Text, link: Url)",
        called: "survey(about: ticket.subject, link: link)",
        words: include_str!("../ready/survey.md"),
    },
];
