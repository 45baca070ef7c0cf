//! What the grammar's actions call to make the tree.
//!
//! The actions stay one line long; everything that can be wrong with a well-formed piece of text (a number out of range, a
//! value that stands alone) is noticed here.

use std::sync::Arc;

use super::NESTING_MAX;
use super::ast::*;
use super::lexer::Docs;
use super::text::Text;
use crate::diag::{Code, Diagnostic, FileId, Span};

/// Names seen lately, so that a name used often is stored once. It forgets rather than grows, and so cannot be made slow.
const CACHE_SLOTS: usize = 512;

/// Makes nodes. One is used for a whole file, so that expression numbers go on from item to item.
pub struct Builder<'s> {
    file: FileId,
    source: &'s str,
    texts: &'s [Text],
    docs: &'s [Docs],
    cache: Vec<Option<Name>>,
    next_expr: u32,
    /// Literals 9223372036854775808, fine behind a minus only.
    past_largest: Vec<(ExprId, Span)>,
    pub diagnostics: Vec<Diagnostic>,
    /// What was last said to nest too deep.
    deepest: Option<Span>,
}

/// A state to go back to when an item is read again.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    next_expr: u32,
    diagnostics: usize,
}

impl<'s> Builder<'s> {
    pub fn new(file: FileId, source: &'s str, texts: &'s [Text], docs: &'s [Docs]) -> Self {
        Builder {
            file,
            source,
            texts,
            docs,
            cache: vec![None; CACHE_SLOTS],
            next_expr: 0,
            past_largest: Vec::new(),
            diagnostics: Vec::new(),
            deepest: None,
        }
    }

    pub fn mark(&self) -> Mark {
        Mark { next_expr: self.next_expr, diagnostics: self.diagnostics.len() }
    }

    pub fn go_back(&mut self, mark: Mark) {
        self.next_expr = mark.next_expr;
        self.diagnostics.truncate(mark.diagnostics);
        self.past_largest.clear();
    }

    /// Ends an item.
    pub fn finish_item(&mut self) {
        for (_, span) in std::mem::take(&mut self.past_largest) {
            self.int_out_of_range(span);
        }
    }

    pub fn expr_count(&self) -> u32 {
        self.next_expr
    }

    pub fn span(&self, l: u32, r: u32) -> Span {
        // Before a missing word, the right end can lie left of the left one.
        Span::new(self.file, l, r.max(l))
    }

    fn slice(&self, l: u32, r: u32) -> &'s str {
        self.source.get(l as usize..r as usize).unwrap_or("")
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// The documentation above the token at `l`.
    pub fn docs(&self, l: u32) -> Option<Arc<str>> {
        let at = self.docs.binary_search_by_key(&l, |docs| docs.before).ok()?;
        self.docs.get(at).map(|docs| docs.text.clone())
    }

    // Names.

    pub fn name(&mut self, l: u32, r: u32) -> Name {
        let text = self.slice(l, r);
        let mut hash = text.len() as u32;
        for byte in text.bytes() {
            hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
        let slot = ((hash ^ (hash >> 15)) as usize) % CACHE_SLOTS;
        match self.cache.get_mut(slot) {
            Some(Some(name)) if *name == text => name.clone(),
            Some(place) => {
                let name = Name::from(text);
                *place = Some(name.clone());
                name
            }
            None => Name::from(text),
        }
    }

    pub fn ident(&mut self, l: u32, r: u32) -> Ident {
        Ident { name: self.name(l, r), span: self.span(l, r) }
    }

    pub fn anchor(&mut self, l: u32, r: u32) -> Anchor {
        Anchor { name: self.name(l + 1, r), span: self.span(l, r) }
    }

    /// A key written as a text: `"X-Token": …`.
    pub fn text_key(&mut self, l: u32, text: u32, r: u32) -> Ident {
        let name = self.texts.get(text as usize).map_or(Name::from(""), |text| Name::from(text.text.clone()));
        Ident { name, span: self.span(l, r) }
    }

    pub fn name_kind(&self, l: u32, r: u32) -> NameKind {
        match self.slice(l, r) {
            "tag" => NameKind::Tag,
            "template" => NameKind::Template,
            "selection" => NameKind::Selection,
            "article" => NameKind::Article,
            "secret" => NameKind::Secret,
            "project" => NameKind::Project,
            "interest" => NameKind::Interest,
            "link" => NameKind::Link,
            "category" => NameKind::Category,
            _ => NameKind::Team,
        }
    }

    /// An event as it is waited for. `form.submitted(.demo)` is the event `form.demo.submitted`.
    pub fn event_pattern(
        &self,
        l: u32,
        mut event: Path,
        mut args: Vec<Arg>,
        name: Option<Ident>,
        filter: Option<Expr>,
        r: u32,
    ) -> EventPattern {
        if let ([form, submitted], Some(Arg { name: None, value, .. })) = (event.segments.as_slice(), args.first())
            && form.as_str() == "form"
            && submitted.as_str() == "submitted"
            && let ExprKind::Variant(which) = &value.kind
        {
            event.segments.insert(1, which.clone());
            args.remove(0);
        }
        EventPattern { span: self.span(l, r), event, args, name, filter }
    }

    pub fn fields_kind(&self, l: u32, r: u32, decl: FieldsDecl) -> ItemKind {
        match self.slice(l, r) {
            "entity" => ItemKind::Entity(decl),
            "extend" => ItemKind::Extend(decl),
            "form" => ItemKind::Form(decl),
            _ => ItemKind::Record(decl),
        }
    }

    // Types.

    pub fn named_type(&mut self, l: u32, path: Path, args: Vec<TypeExpr>, r: u32) -> TypeExpr {
        let span = self.span(l, r);
        if args.iter().map(type_depth).max().unwrap_or(0) >= NESTING_MAX {
            self.too_deep(span, "types");
            return TypeExpr { span, kind: TypeKind::Error };
        }
        TypeExpr { span, kind: TypeKind::Named { path, args } }
    }

    /// `T?`; a second `?` says nothing new and is no level of its own.
    pub fn optional_type(&mut self, inner: TypeExpr, r: u32) -> TypeExpr {
        let span = self.span(inner.span.start, r);
        match inner.kind {
            TypeKind::Optional(_) => TypeExpr { span, kind: inner.kind },
            _ => TypeExpr { span, kind: TypeKind::Optional(Box::new(inner)) },
        }
    }

    pub fn param_without_type(&mut self, name: Ident, default: Option<Expr>) -> Param {
        self.missing_type(&name);
        let ty = TypeExpr { span: name.span, kind: TypeKind::Error };
        Param { span: name.span, docs: None, name, ty, default }
    }

    pub fn field_without_type(&mut self, name: Ident, default: Option<Expr>) -> FieldDecl {
        self.missing_type(&name);
        let ty = TypeExpr { span: name.span, kind: TypeKind::Error };
        FieldDecl { span: name.span, docs: None, name, ty, default, annotations: Vec::new() }
    }

    // What could not be read of a declaration still has a name, which others use.

    /// The word that a stretch which could not be read begins with.
    fn first_word(&mut self, l: u32, r: u32) -> Option<Ident> {
        let text = self.slice(l, r);
        let length = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
        let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        begins.then(|| self.ident(l, l + length as u32))
    }

    pub fn bad_param(&mut self, l: u32, r: u32) -> Option<Param> {
        let name = self.first_word(l, r)?;
        let ty = TypeExpr { span: name.span, kind: TypeKind::Error };
        // It may have had a default, so nobody has to give it.
        let default = Some(self.expr(l, ExprKind::Error, r));
        Some(Param { span: self.span(l, r), docs: None, name, ty, default })
    }

    pub fn bad_field(&mut self, l: u32, r: u32) -> Option<FieldDecl> {
        let name = self.first_word(l, r)?;
        let ty = TypeExpr { span: name.span, kind: TypeKind::Error };
        let default = Some(self.expr(l, ExprKind::Error, r));
        Some(FieldDecl { span: self.span(l, r), docs: None, name, ty, default, annotations: Vec::new() })
    }

    pub fn bad_variant(&mut self, l: u32, r: u32) -> Option<VariantDecl> {
        Some(VariantDecl { span: self.span(l, r), docs: None, name: self.first_word(l, r)?, label: None })
    }

    pub fn bad_name(&mut self, l: u32, r: u32) -> Option<DeclaredName> {
        Some(DeclaredName {
            span: self.span(l, r),
            name: self.first_word(l, r)?,
            params: None,
            label: None,
            goes_to: None,
        })
    }

    fn missing_type(&mut self, name: &Ident) {
        let message = format!("`{}` has no type", name.name);
        self.report(
            Diagnostic::new(Code::MissingType, name.span, message)
                .help(format!("Write what it is behind it: `{}: Text`, `{0}: Contact`.", name.name)),
        );
    }

    // Literals.

    fn new_id(&mut self) -> ExprId {
        let id = ExprId(self.next_expr);
        self.next_expr += 1;
        id
    }

    pub fn expr(&mut self, l: u32, kind: ExprKind, r: u32) -> Expr {
        let span = self.span(l, r);
        let id = self.new_id();
        let expr = Expr::new(id, span, kind);
        if expr.depth() > NESTING_MAX {
            self.too_deep(span, "the parts of an expression");
            return Expr::new(id, span, ExprKind::Error);
        }
        expr
    }

    fn too_deep(&mut self, span: Span, what: &str) {
        // What holds a part that is too deep is not too deep by itself.
        let inner = self.deepest.replace(span);
        if inner.is_some_and(|inner| span.start <= inner.start && inner.end <= span.end) {
            return;
        }
        let message = format!("{what} nest more than {NESTING_MAX} deep here");
        self.report(Diagnostic::new(Code::NestingTooDeep, span, message).help("Give an inner part a name with `let`."));
    }

    pub fn int(&mut self, l: u32, r: u32) -> Expr {
        let digits = self.slice(l, r).replace('_', "");
        let expr = match digits.parse::<i64>() {
            Ok(value) => ExprKind::Int(value),
            Err(_) if digits.trim_start_matches('0') == "9223372036854775808" => {
                let expr = self.expr(l, ExprKind::Int(i64::MIN), r);
                self.past_largest.push((expr.id, expr.span));
                return expr;
            }
            Err(_) => {
                self.int_out_of_range(self.span(l, r));
                ExprKind::Error
            }
        };
        self.expr(l, expr, r)
    }

    fn int_out_of_range(&mut self, span: Span) {
        self.report(
            Diagnostic::new(Code::NumberOutOfRange, span, "this number is too large for an `Int`")
                .help("The largest is 9,223,372,036,854,775,807."),
        );
    }

    pub fn number(&mut self, l: u32, r: u32) -> Expr {
        let digits = self.slice(l, r).replace('_', "");
        let significant = digits.trim_start_matches(['0', '.']).bytes().filter(u8::is_ascii_digit).count();
        if significant > 28 {
            let span = self.span(l, r);
            self.report(
                Diagnostic::new(Code::NumberOutOfRange, span, "this number has more than 28 digits")
                    .help("A `Number` is exact and has up to 28 digits."),
            );
        }
        self.expr(l, ExprKind::Number(Arc::from(digits)), r)
    }

    pub fn percent(&mut self, l: u32, r: u32) -> Expr {
        let digits = self.slice(l, r.saturating_sub(1)).replace('_', "");
        self.expr(l, ExprKind::Percent(Arc::from(digits)), r)
    }

    pub fn time(&mut self, l: u32, r: u32) -> Expr {
        let mut parts = self.slice(l, r).split(':').map(|part| part.parse::<u8>().unwrap_or(u8::MAX));
        let (hour, minute, second) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        if hour > 23 || minute > 59 || second > 59 {
            let span = self.span(l, r);
            self.report(
                Diagnostic::new(Code::NumberOutOfRange, span, "there is no such time of day")
                    .help("Times of day go from 00:00 to 23:59; midnight is 00:00."),
            );
            return self.expr(l, ExprKind::Error, r);
        }
        self.expr(l, ExprKind::Time(TimeLit { hour, minute, second }), r)
    }

    pub fn duration(&mut self, l: u32, end: u32, calendar: Option<Expr>, r: u32) -> Expr {
        let text = self.slice(l, end);
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_' || c == '.').len();
        let (amount, words) = text.split_at(digits);
        let words = words.trim_start_matches([' ', '\t']);
        let business = words.strip_prefix("business").map(|rest| rest.trim_start_matches([' ', '\t']));
        let word = business.unwrap_or(words);
        let unit = match (business.is_some(), word.strip_suffix('s').unwrap_or(word)) {
            (true, "day") => Unit::BusinessDay,
            (true, _) => Unit::BusinessHour,
            (false, "second") => Unit::Second,
            (false, "minute") => Unit::Minute,
            (false, "hour") => Unit::Hour,
            (false, "day") => Unit::Day,
            (false, "week") => Unit::Week,
            (false, "month") => Unit::Month,
            (false, _) => Unit::Year,
        };
        let span = self.span(l, end);
        let kind = match amount.replace('_', "").parse::<i64>() {
            Ok(amount) => ExprKind::Duration(DurationLit { amount, unit, calendar: calendar.map(Box::new) }),
            Err(_) if amount.contains('.') => {
                self.report(
                    Diagnostic::new(Code::MalformedNumber, span, "a length of time is a whole number of its unit")
                        .help("Take the next smaller unit: `90 minutes` for one and a half hours."),
                );
                ExprKind::Error
            }
            Err(_) => {
                self.int_out_of_range(span);
                ExprKind::Error
            }
        };
        self.expr(l, kind, r)
    }

    /// A string from its first text token to its last.
    pub fn string(&mut self, l: u32, first: u32, parts: Vec<(Expr, u32)>, r: u32) -> StrLit {
        let mut out = Vec::with_capacity(1 + 2 * parts.len());
        let block = self.texts.get(first as usize).is_some_and(|text| text.block);
        self.push_text(&mut out, first);
        for (expr, text) in parts {
            out.push(StrPart::Expr(expr));
            self.push_text(&mut out, text);
        }
        StrLit { span: self.span(l, r), parts: out, block }
    }

    /// The same as the grammar finds it: a head, an expression, more of both, a tail.
    pub fn string_of(&mut self, l: u32, head: u32, first: Expr, more: Vec<(u32, Expr)>, tail: u32, r: u32) -> StrLit {
        let mut parts = Vec::with_capacity(1 + more.len());
        let mut expr = first;
        for (text, next) in more {
            parts.push((std::mem::replace(&mut expr, next), text));
        }
        parts.push((expr, tail));
        self.string(l, head, parts, r)
    }

    fn push_text(&self, parts: &mut Vec<StrPart>, index: u32) {
        if let Some(text) = self.texts.get(index as usize).filter(|text| !text.text.is_empty()) {
            parts.push(StrPart::Text { text: text.text.clone(), span: self.span(text.start, text.end) });
        }
    }

    // Compound expressions.

    /// A question. One that was never closed has swallowed what kind of answer it wants.
    pub fn ask(&mut self, l: u32, mut ask: Ask, r: u32) -> Expr {
        let quoted =
            |span: Span| self.source.get(span.range()).is_some_and(|text| text.len() > 1 && text.ends_with('"'));
        if matches!(ask.prompt.kind, ExprKind::Str(_)) && !quoted(ask.prompt.span) {
            ask.answer = AskAnswer::As(TypeExpr { span: ask.prompt.span, kind: TypeKind::Error });
        }
        self.expr(l, ExprKind::Ask(Box::new(ask)), r)
    }

    pub fn call(&mut self, l: u32, callee: Expr, args: (Vec<Arg>, Span), policy: Option<Policy>, r: u32) -> Expr {
        let (args, args_span) = args;
        self.expr(l, ExprKind::Call(Box::new(Call { callee, args_span, args, policy })), r)
    }

    pub fn binary(&mut self, l: u32, left: Expr, op: (BinaryOp, Span), right: Expr, r: u32) -> Expr {
        let (op, op_span) = op;
        self.expr(l, ExprKind::Binary { op, op_span, left: Box::new(left), right: Box::new(right) }, r)
    }

    pub fn unary(&mut self, l: u32, op: UnaryOp, operand: Expr, r: u32) -> Expr {
        if op == UnaryOp::Neg && matches!(operand.kind, ExprKind::Int(i64::MIN)) {
            // The one number whose amount is no `Int` and whose negative is.
            self.past_largest.retain(|(id, _)| *id != operand.id);
            return Expr::new(operand.id, self.span(l, r), ExprKind::Int(i64::MIN));
        }
        self.expr(l, ExprKind::Unary { op, operand: Box::new(operand) }, r)
    }

    /// A chain that begins with `not`.
    pub fn chain_of(&mut self, nots: Vec<Span>, l: u32, operand: Expr, r: u32) -> Chain {
        Chain::Many(Box::new(Links { first: Link { nots, l, operand, r }, rest: Vec::new() }))
    }

    /// A chain with one more link.
    pub fn chained(
        &mut self,
        chain: Chain,
        op: (BinaryOp, u32, u32),
        nots: Vec<Span>,
        l: u32,
        operand: Expr,
        r: u32,
    ) -> Chain {
        let op = (op.0, self.span(op.1, op.2));
        let link = Link { nots, l, operand, r };
        match chain {
            Chain::One { l, operand, r } => {
                let first = Link { nots: Vec::new(), l, operand, r };
                Chain::Many(Box::new(Links { first, rest: vec![(op, link)] }))
            }
            Chain::Many(mut links) => {
                links.rest.push((op, link));
                Chain::Many(links)
            }
        }
    }

    /// Puts together what belongs together, by the precedence of the operators.
    pub fn fold(&mut self, chain: Chain) -> Expr {
        let links = match chain {
            Chain::One { operand, .. } => return operand,
            Chain::Many(links) => *links,
        };
        let mut fold = Fold { values: Vec::with_capacity(4), signs: Vec::with_capacity(4) };
        self.fold_link(&mut fold, links.first);
        for (op, link) in links.rest {
            self.fold_down_to(&mut fold, op);
            fold.signs.push(Sign::Between(op));
            self.fold_link(&mut fold, link);
        }
        while let Some(sign) = fold.signs.pop() {
            self.fold_once(&mut fold, sign);
        }
        match fold.values.pop() {
            Some((_, value, _)) => value,
            None => self.expr(0, ExprKind::Error, 0),
        }
    }

    fn fold_link(&mut self, fold: &mut Fold, link: Link) {
        for not in link.nots {
            if let Some(Sign::Between((op, op_span))) = fold.signs.last()
                && !matches!(op, BinaryOp::Or | BinaryOp::And)
            {
                let (sign, op_span) = (op.symbol(), *op_span);
                self.report(
                    Diagnostic::new(Code::UnexpectedToken, not, format!("`not` cannot stand behind `{sign}`"))
                        .label(op_span, "this binds more tightly")
                        .help("Put the part with `not` in parentheses."),
                );
            }
            fold.signs.push(Sign::Not(not));
        }
        fold.values.push((link.l, link.operand, link.r));
    }

    /// Puts together all that binds at least as tightly as the next operator.
    fn fold_down_to(&mut self, fold: &mut Fold, next: (BinaryOp, Span)) {
        while let Some(sign) = fold.signs.last() {
            let (tight, right) = (sign.tightness(), tightness(next.0));
            if tight < right || (tight == right && next.0 == BinaryOp::Default) {
                return;
            }
            let mut chained = false;
            if tight == tightness(BinaryOp::Eq) && tight == right {
                let left = fold.values.iter().rev().nth(1).map_or(next.1, |value| value.1.span);
                let last = fold.values.last().map_or(left, |value| value.1.span);
                let mut diagnostic =
                    Diagnostic::new(Code::ChainedComparison, next.1, "comparisons do not follow each other")
                        .label(left.to(last), "this is true or false already")
                        .help("Join two comparisons with `and`: `1 < n and n < 5`.");
                // What stands in the middle is compared with both, unless that would call something twice.
                let middle = fold.values.last().and_then(|(l, _, r)| self.source.get(*l as usize..*r as usize));
                if let (Some(text), Some((_, _, r))) =
                    (middle.filter(|text| !text.contains(['\n', '('])), fold.values.last())
                {
                    let gap = Span { start: *r, end: *r, ..next.1 };
                    diagnostic = diagnostic.fix("join them with `and`", vec![(gap, format!(" and {text}"))]);
                }
                self.report(diagnostic);
                chained = true;
            }
            if let Some(sign) = fold.signs.pop() {
                self.fold_once(fold, sign);
            }
            // Of what has been told here the checker says nothing more.
            if let Some((_, told, _)) = fold.values.last_mut().filter(|_| chained) {
                told.kind = ExprKind::Error;
            }
        }
    }

    fn fold_once(&mut self, fold: &mut Fold, sign: Sign) {
        let Some((right_l, right, r)) = fold.values.pop() else { return };
        match sign {
            Sign::Not(not) => {
                let value = self.unary(not.start, UnaryOp::Not, right, r);
                fold.values.push((not.start, value, r));
            }
            Sign::Between(op) => {
                let (l, left, _) =
                    fold.values.pop().unwrap_or_else(|| (right_l, self.expr(right_l, ExprKind::Error, r), r));
                let value = self.binary(l, left, op, right, r);
                fold.values.push((l, value, r));
            }
        }
    }

    /// `=` between two values.
    pub fn assignment_as_condition(&mut self, left: Expr, sign: Span, right: Expr) -> Expr {
        self.report(
            Diagnostic::new(Code::AssignmentAsCondition, sign, "`=` gives a value, `==` compares")
                .help("Write `==` to ask whether two values are equal.")
                .fix("write `==`", vec![(sign, "==".into())]),
        );
        let (l, r) = (left.span.start, right.span.end);
        self.binary(l, left, (BinaryOp::Eq, sign), right, r)
    }

    // Statements.

    pub fn stmt(&mut self, l: u32, kind: StmtKind, r: u32) -> Stmt {
        Stmt { span: self.span(l, r), kind }
    }

    /// A statement that could not be read. A name that it declares is one, whatever its value: others use it.
    fn unread_stmt(&mut self, value: Expr) -> StmtKind {
        let (start, end) = (value.span.start, value.span.end);
        let text = self.slice(start, end);
        let mutable = text.starts_with("var ");
        let rest = text.trim_start_matches(|c: char| c.is_ascii_lowercase());
        // As other languages declare: `x := 3`.
        let name = text.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let foreign = name.trim_start_matches(' ').starts_with(":=");
        if !mutable && !foreign && !text.starts_with("let ") {
            return StmtKind::Error;
        }
        let after = if foreign { start } else { end - rest.trim_start_matches(' ').len() as u32 };
        let mutable = mutable || foreign;
        match self.first_word(after, end) {
            Some(name) => StmtKind::Let(Box::new(Let { mutable, name, ty: None, value, undo: None, otherwise: None })),
            None => StmtKind::Error,
        }
    }

    /// An expression as a statement: a call, or it is wrong.
    pub fn call_stmt(&mut self, expr: Expr, undo: Option<Block>) -> StmtKind {
        match &expr.kind {
            ExprKind::Call(call) => match &call.callee.kind {
                ExprKind::Variant(_) => {
                    self.begins_with_dot(call.callee.span);
                    StmtKind::Error
                }
                ExprKind::Field { base, .. } if begins_with_variant(base) => {
                    self.begins_with_dot(first_part(base).span);
                    StmtKind::Error
                }
                _ => StmtKind::Call(Box::new(CallStmt { expr, undo })),
            },
            ExprKind::Start(_) | ExprKind::Ask(_) => StmtKind::Call(Box::new(CallStmt { expr, undo })),
            ExprKind::Error => self.unread_stmt(expr),
            _ if begins_with_variant(&expr) => {
                self.begins_with_dot(first_part(&expr).span);
                StmtKind::Error
            }
            _ => {
                self.not_a_statement(&expr);
                StmtKind::Error
            }
        }
    }

    pub fn not_a_statement(&mut self, expr: &Expr) -> StmtKind {
        let text = self.slice(expr.span.start, expr.span.end);
        let (message, help) = match &expr.kind {
            ExprKind::Error => return StmtKind::Error,
            ExprKind::Name(name) => (
                format!("`{name}` alone does nothing"),
                format!("To call it, write `{name}()`; to give it a value, `{name} = …`."),
            ),
            ExprKind::Field { .. } => (
                format!("`{text}` alone does nothing"),
                format!("To call it, write parentheses behind it: `{text}(…)`; to write a field, `{text} = …`."),
            ),
            ExprKind::Binary { op: BinaryOp::Eq, .. } => {
                ("this compares, and nobody uses the answer".into(), "To give a value, write `=`.".into())
            }
            ExprKind::Unary { op: UnaryOp::Neg, .. } => (
                "a line cannot begin with `-`".into(),
                "If it belongs to the line above, put the `-` at the end of that line.".into(),
            ),
            _ => (
                "this value is not used".into(),
                "A statement that is only an expression must be a call. Keep the value with `let`, or remove it."
                    .into(),
            ),
        };
        let mut diagnostic = Diagnostic::new(Code::NotAStatement, expr.span, message).help(help);
        if let ExprKind::Name(name) = &expr.kind
            && let Some(meant) = super::advice::lonely_word(name)
        {
            diagnostic = diagnostic
                .help(format!("Did you mean `{meant}`?"))
                .fix(format!("write `{meant}`"), vec![(expr.span, meant.to_owned())]);
        }
        if let ExprKind::Binary { op: BinaryOp::Eq, op_span, .. } = expr.kind {
            diagnostic = diagnostic.fix("write `=`", vec![(op_span, "=".into())]);
        }
        self.report(diagnostic);
        StmtKind::Error
    }

    fn begins_with_dot(&mut self, span: Span) {
        self.report(
            Diagnostic::new(Code::NotAStatement, span, "a line cannot begin with `.`")
                .help("If it belongs to the line above, put the `.` at the end of that line."),
        );
    }

    pub fn assign(&mut self, target: Expr, op: (AssignOp, Span), value: Expr, tail: Tail) -> StmtKind {
        let (op, op_span) = op;
        if !matches!(target.kind, ExprKind::Name(_) | ExprKind::Field { .. } | ExprKind::Error) {
            let mut diagnostic = Diagnostic::new(Code::NotAssignable, target.span, "this is no place to write to")
                .help("On the left stands a variable or a field.");
            if op == AssignOp::Set {
                diagnostic = diagnostic.help("On the left stands a variable or a field. To compare, write `==`.");
            }
            self.report(diagnostic);
        }
        StmtKind::Assign(Box::new(Assign { target, op, op_span, value, undo: tail.undo, otherwise: tail.otherwise }))
    }

    /// `{ … }`
    pub fn block(&mut self, l: u32, stmts: Vec<Stmt>, close: u32, r: u32) -> Block {
        let span = self.span(l, r);
        // The braces of a block can both be missing.
        Block { span, stmts, close: Span { start: close.clamp(span.start, span.end), ..span }, braced: true }
    }

    /// The one statement after an arm's `->`.
    pub fn single(&mut self, stmt: Stmt) -> Block {
        let span = stmt.span;
        Block { span, stmts: vec![stmt], close: Span { start: span.end, ..span }, braced: false }
    }

    /// The body of an arm that could not be understood.
    pub fn no_body(&mut self, l: u32, r: u32) -> Block {
        let span = self.span(l, r);
        Block { span, stmts: Vec::new(), close: Span { start: span.end, ..span }, braced: false }
    }

    /// The amount of a `wait` or an `after` has a unit.
    pub fn moment(&mut self, moment: Moment, word: &str) -> Moment {
        Moment { amount: self.amount(moment.amount, word), ..moment }
    }

    /// `launch` and `start` take a call.
    pub fn must_be_call(&mut self, expr: &Expr, word: &str) {
        if matches!(expr.kind, ExprKind::Call(_) | ExprKind::Error) {
            return;
        }
        let text = self.slice(expr.span.start, expr.span.end);
        let mut diagnostic =
            Diagnostic::new(Code::UnexpectedToken, expr.span, format!("`{word}` needs a call of a flow"));
        if matches!(expr.kind, ExprKind::Name(_) | ExprKind::Field { .. }) {
            diagnostic = diagnostic.help(format!("Write what the flow gets in parentheses: `{word} {text}(…)`."));
        }
        self.report(diagnostic);
    }

    /// An amount of time where one must stand; a number alone is none.
    pub fn amount(&mut self, expr: Expr, word: &str) -> Expr {
        if let ExprKind::Int(amount) = expr.kind {
            let span = expr.span;
            let unit = if amount == 1 { "day" } else { "days" };
            self.report(
                Diagnostic::new(Code::MissingUnit, span, format!("`{word} {amount}` needs a unit"))
                    .at("seconds? days?")
                    .help(format!("Write `{word} {amount} {unit}`, or seconds, minutes, hours, weeks, months.")),
            );
            return Expr::new(expr.id, span, ExprKind::Error);
        }
        expr
    }
}

/// Values with operators between them, as read.
pub enum Chain {
    /// A value alone, as most are.
    One { l: u32, operand: Expr, r: u32 },
    /// Several, or one with a `not`.
    Many(Box<Links>),
}

/// The links of a chain.
pub struct Links {
    first: Link,
    rest: Vec<((BinaryOp, Span), Link)>,
}

/// A value of a chain with the bytes it covers, parentheses included, and the `not`s before it.
struct Link {
    nots: Vec<Span>,
    l: u32,
    operand: Expr,
    r: u32,
}

/// A chain half put together: values, and the operators that wait for their right sides.
struct Fold {
    values: Vec<(u32, Expr, u32)>,
    signs: Vec<Sign>,
}

enum Sign {
    Not(Span),
    Between((BinaryOp, Span)),
}

impl Sign {
    fn tightness(&self) -> u8 {
        match self {
            // Between `and` and the comparisons.
            Sign::Not(_) => 2 * BinaryOp::And.precedence() + 1,
            Sign::Between((op, _)) => tightness(*op),
        }
    }
}

fn tightness(op: BinaryOp) -> u8 {
    2 * op.precedence()
}

/// The first of a list that usually has several elements: growing from one would move the first ones twice.
pub fn several<T>(first: T) -> Vec<T> {
    let mut list = Vec::with_capacity(4);
    list.push(first);
    list
}

/// Elements that travel boxed through the parser's stack, which is as wide as its widest value.
pub fn unbox<T>(list: Vec<Option<Box<T>>>) -> Vec<T> {
    list.into_iter().flatten().map(|element| *element).collect()
}

/// What may follow the value of a `let` or a write.
#[derive(Debug, Default)]
pub struct Tail {
    pub undo: Option<Block>,
    pub otherwise: Option<Block>,
}

fn first_part(expr: &Expr) -> &Expr {
    let mut at = expr;
    loop {
        at = match &at.kind {
            ExprKind::Field { base, .. } => base,
            ExprKind::Call(call) => &call.callee,
            ExprKind::Binary { left, .. } => left,
            _ => return at,
        };
    }
}

fn begins_with_variant(expr: &Expr) -> bool {
    matches!(first_part(expr).kind, ExprKind::Variant(_))
}

/// How deep a type nests; the builder keeps it small, so recursion is safe.
fn type_depth(ty: &TypeExpr) -> u16 {
    match &ty.kind {
        TypeKind::Error => 1,
        TypeKind::Named { args, .. } => 1 + args.iter().map(type_depth).max().unwrap_or(0),
        TypeKind::Optional(inner) => 1 + type_depth(inner),
    }
}
