//! Messages that leave the machine, over the real protocols on loopback: what arrives, what the flow hears, and that nothing
//! is sent twice.

mod ai;
mod email;
mod email_outcomes;
mod email_tls;
mod graph;
mod inject;
mod inject_http;
mod mission;
mod notify;
mod pace;
mod settings;
mod slack;
mod sms;
mod teams;
mod templates;
mod webhook;
