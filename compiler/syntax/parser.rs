//! Tokens to tree, item by item.
//!
//! LALRPOP reads one item at a time. Where it stops, `regions` proposes stretches of the item, smallest first, and the parser
//! puts a token `Bad` in place of one and reads the item again, until what follows the stretch is understood. So an error
//! costs the smallest part of the tree that contains it, the other items nothing, and every error of a file is found in one
//! run. (LALRPOP's own recovery drops tokens without knowing about brackets: the first `}` of a broken inner block would
//! close the outer one.) Reading again is bounded by a budget of tokens, so a file that is nothing but errors costs a
//! constant factor.

use lalrpop_util::lalrpop_mod;

use super::advice;
use super::ast::{Doubt, Item, ItemKind};
use super::builder::Builder;
use super::capitals;
use super::errors::{self, Place, Stop};
use super::lexer::Spanned;
use super::regions;
use super::token::Tok;
use super::{DIAGNOSTICS_MAX, FileId};
use crate::diag::{Diagnostic, Span};
use std::sync::Arc;

lalrpop_mod!(
    #[allow(clippy::all, clippy::pedantic, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    #[allow(missing_docs, unused, trivial_numeric_casts, unreachable_pub)]
    #[rustfmt::skip]
    grammar,
    "/flow.rs"
);

/// After so many items that cannot be read the rest is not tried.
const FAILURES_MAX: usize = 1_000;

/// What is known of a file besides its tokens.
pub struct Parser<'s, 'b> {
    pub file: FileId,
    pub source: &'s str,
    pub builder: &'b mut Builder<'s>,
    /// Where the lexer has complained already, in order.
    pub known: Vec<Span>,
    pub diagnostics: Vec<Diagnostic>,
    /// Where brackets nest deeper than they may, for the first time.
    pub too_deep: Option<u32>,
    /// What could not be read.
    pub doubt: Doubt,
    failures: usize,
    /// What was said of the last thing read, if that was no declaration.
    outside: Option<String>,
    /// How many tokens may be read again.
    budget: usize,
}

impl<'s, 'b> Parser<'s, 'b> {
    pub fn new(
        file: FileId,
        source: &'s str,
        builder: &'b mut Builder<'s>,
        mut known: Vec<Span>,
        tokens: usize,
    ) -> Self {
        known.sort_unstable();
        let budget = 500_000 + 4 * tokens;
        Parser {
            file,
            source,
            builder,
            known,
            diagnostics: Vec::new(),
            too_deep: None,
            doubt: Doubt::default(),
            failures: 0,
            outside: None,
            budget,
        }
    }

    /// Reads all items.
    pub fn items(&mut self, tokens: &[Spanned]) -> Vec<Item> {
        let mut items = Vec::new();
        let mut rest = tokens;
        while !rest.is_empty() {
            let end = regions::item_end(rest);
            let (mut chunk, tail) = rest.split_at(end.max(1));
            rest = tail;
            while let [(_, Tok::Newline, _), inner @ ..] = chunk {
                chunk = inner;
            }
            while let [inner @ .., (_, Tok::Newline, _)] = chunk {
                chunk = inner;
            }
            if !chunk.is_empty() {
                items.push(self.item(chunk));
            }
        }
        items
    }

    fn item(&mut self, chunk: &[Spanned]) -> Item {
        let begins = chunk.first().is_some_and(|(_, tok, _)| tok.begins_item() || *tok == Tok::At);
        if self.failures >= FAILURES_MAX {
            return self.error_item(chunk);
        }
        if !begins {
            self.failures += 1;
            self.doubt(chunk);
            if !self.is_known(chunk, 0, 1) {
                let diagnostic = errors::not_an_item(&self.place(chunk, 0));
                // Statements that stand one after the other outside of a flow got there by one slip.
                if self.outside.as_ref() != Some(&diagnostic.message) {
                    self.outside = Some(diagnostic.message.clone());
                    self.report(diagnostic);
                }
            }
            return self.error_item(chunk);
        }
        self.outside = None;
        match self.attempt(chunk) {
            Ok(item) => {
                if self.is_known(chunk, 0, chunk.len()) {
                    self.doubt(chunk);
                }
                item
            }
            Err(stop) => {
                self.failures += 1;
                self.doubt(chunk);
                let Some((changed, told)) = capitals::inside(self.file, self.source, chunk) else {
                    return self.recover(chunk, stop);
                };
                if self.is_too_deep(chunk) {
                    return self.error_item(chunk);
                }
                told.into_iter().for_each(|diagnostic| self.report(diagnostic));
                match self.attempt(&changed) {
                    Ok(item) => item,
                    Err(stop) => self.recover(&changed, stop),
                }
            }
        }
    }

    /// Notes what a declaration that is not whole would have brought.
    fn doubt(&mut self, chunk: &[Spanned]) {
        let (Some(first), Some(last)) = (chunk.first(), chunk.last()) else { return };
        self.doubt.spans.push(self.builder.span(first.0, last.2.max(first.0)));
        let source = self.source;
        let names =
            regions::declares(chunk).into_iter().filter_map(|(start, end)| source.get(start as usize..end as usize));
        self.doubt.names.extend(names.map(Arc::from));
    }

    /// Reads an item; on failure nothing is left behind.
    fn attempt(&mut self, tokens: &[Spanned]) -> Result<Item, Stop> {
        let mark = self.builder.mark();
        let mut taken = 0;
        let counted = tokens.iter().map(|&token| {
            taken += 1;
            token
        });
        let result = grammar::ItemParser::new().parse(self.builder, counted);
        match result {
            Ok(item) => {
                self.builder.finish_item();
                Ok(*item)
            }
            Err(error) => {
                self.builder.go_back(mark);
                Err(Stop::new(error, taken, tokens.len()))
            }
        }
    }

    fn recover(&mut self, chunk: &[Spanned], mut stop: Stop) -> Item {
        if self.is_too_deep(chunk) {
            // Its brackets have not been handed on, so nothing can be said of what is in them.
            return self.error_item(chunk);
        }
        let mut tokens = chunk.to_vec();
        loop {
            if !self.is_reported(&tokens, stop.at) {
                let diagnostic = errors::explain(&stop, &self.place(&tokens, stop.at));
                self.report(diagnostic);
            }
            if self.diagnostics.len() > DIAGNOSTICS_MAX {
                return self.error_item(chunk);
            }
            match self.set_aside(&mut tokens, &stop) {
                Outcome::Read(item) => return *item,
                Outcome::Stopped(next) => stop = next,
                Outcome::GaveUp => return self.error_item(chunk),
            }
        }
    }

    /// Puts `Bad` in place of the smallest stretch around `at` behind which the text is understood again.
    fn set_aside(&mut self, tokens: &mut Vec<Spanned>, stop: &Stop) -> Outcome {
        if let Some(read) = self.read_as_meant(tokens, stop) {
            return read;
        }
        for region in regions::around(tokens, stop.at) {
            let (Some(first), Some(last)) = (tokens.get(region.start), tokens.get(region.end.wrapping_sub(1))) else {
                continue;
            };
            let bad = (first.0, Tok::Bad, last.2.max(first.0));
            let mut changed = Vec::with_capacity(tokens.len());
            changed.extend(tokens.iter().take(region.start).copied());
            changed.push(bad);
            changed.extend(tokens.iter().skip(region.end).copied());
            if self.budget < changed.len() {
                return Outcome::GaveUp;
            }
            self.budget -= changed.len();
            match self.attempt(&changed) {
                Ok(item) => return Outcome::Read(Box::new(item)),
                Err(stop) if stop.at > region.start + 1 => {
                    *tokens = changed;
                    return Outcome::Stopped(stop);
                }
                Err(_) => {}
            }
        }
        Outcome::GaveUp
    }

    /// Where it is plain what was meant, it is read as if it stood there.
    fn read_as_meant(&mut self, tokens: &mut Vec<Spanned>, stop: &Stop) -> Option<Outcome> {
        let (changed, passed) = advice::as_meant(stop, &self.place(tokens, stop.at))?;
        self.budget = self.budget.checked_sub(changed.len())?;
        match self.attempt(&changed) {
            Ok(item) => Some(Outcome::Read(Box::new(item))),
            Err(stop) if stop.at > passed => {
                *tokens = changed;
                Some(Outcome::Stopped(stop))
            }
            Err(_) => None,
        }
    }

    /// The token at `at` has been complained about by the lexer, or something close before it has.
    fn is_reported(&self, tokens: &[Spanned], at: usize) -> bool {
        if let Some((start, tok, end)) = tokens.get(at)
            && (*tok == Tok::Unknown || start == end)
        {
            return true;
        }
        let line = regions::line_around(tokens, at);
        self.is_known(tokens, line.start.saturating_sub(1), (at + 1).min(tokens.len()))
    }

    /// Brackets nest deeper here than they may.
    fn is_too_deep(&self, chunk: &[Spanned]) -> bool {
        let (Some(first), Some(last), Some(at)) = (chunk.first(), chunk.last(), self.too_deep) else { return false };
        (first.0..=last.2).contains(&at)
    }

    /// The lexer has complained about something among these tokens.
    fn is_known(&self, tokens: &[Spanned], from: usize, to: usize) -> bool {
        let (Some(first), Some(last)) = (tokens.get(from), tokens.get(to.saturating_sub(1))) else { return false };
        let after = self.known.partition_point(|span| span.start < first.0);
        self.known.get(after).is_some_and(|span| span.start <= last.2)
    }

    fn place<'t>(&self, tokens: &'t [Spanned], at: usize) -> Place<'t>
    where
        's: 't,
    {
        Place { file: self.file, source: self.source, tokens, at }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() <= DIAGNOSTICS_MAX {
            self.diagnostics.push(diagnostic);
        }
    }

    fn error_item(&self, chunk: &[Spanned]) -> Item {
        let start = chunk.first().map_or(0, |token| token.0);
        let end = chunk.last().map_or(start, |token| token.2);
        Item { span: self.builder.span(start, end), docs: None, annotations: Vec::new(), kind: ItemKind::Error }
    }
}

enum Outcome {
    /// The whole item has been read.
    Read(Box<Item>),
    /// What was set aside is behind us; the next error.
    Stopped(Stop),
    /// Nothing helps, or the budget is used up.
    GaveUp,
}
