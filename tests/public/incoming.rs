//! Mails that come in.
