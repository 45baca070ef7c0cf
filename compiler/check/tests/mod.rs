//! Programs with what is said about them: a line `//  ^^^^ E0101: part of the message` under a line of source marks a
//! place in it. Every diagnostic has to be marked, and every mark has to be met.

mod harness;
mod suite;
