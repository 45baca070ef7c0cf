//! What the public reaches, over real sockets on loopback: links in mails that were really sent, webhooks that are signed or
//! are not, mails that come in.

mod bounds;
mod clicks;
mod dovecot;
mod erased;
mod hooks;
mod hostile;
mod incoming;
mod killed;
mod mailbox;
mod mails;
mod replies;
mod rooms;
mod unreached;
