//! What the public reaches, over real sockets on loopback: links in mails that were really sent, webhooks that are signed or
//! are not, mails that come in.

mod bounds;
mod clicks;
mod erased;
mod hooks;
mod incoming;
mod killed;
mod replies;
mod rooms;
