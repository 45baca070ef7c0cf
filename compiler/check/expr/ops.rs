//! Operators.

use super::super::body::Body;
use super::super::condition::is_condition;
use super::super::fit::{Why, currency, same, wrap};
use super::FAILURE_KINDS;
use super::constants::impossible;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Binary, Convert, Expr, ExprKind, Ty, Unary};
use crate::syntax::ast::{self, BinaryOp, UnaryOp};
use flow_bytecode::Intrinsic;
use flow_bytecode::op::Cmp;

impl Body<'_> {
    #[inline(never)]
    pub fn unary(&mut self, op: UnaryOp, operand: &ast::Expr, span: Span, want: Option<&Ty>) -> Expr {
        if op == UnaryOp::Not {
            return self.condition_value(operand, |inner| ExprKind::Unary(Unary::Not, inner), span);
        }
        let operand = self.value(operand, want);
        match operand.ty {
            Ty::Int | Ty::Number | Ty::Money(_) | Ty::Duration | Ty::Error => {
                let ty = operand.ty.clone();
                if let ExprKind::Int(value) = operand.kind
                    && let Some(negative) = value.checked_neg()
                {
                    return Expr { kind: ExprKind::Int(negative), ty, span };
                }
                Expr { kind: ExprKind::Unary(Unary::Negate, Box::new(operand)), ty, span }
            }
            Ty::Optional(_) => self.maybe_missing(&operand, "`-` needs a value", None),
            _ => {
                let found = self.p.show(&operand.ty);
                self.wrong(
                    Diagnostic::new(Code::WrongOperands, span, format!("`-` cannot be put before `{found}`."))
                        .label(operand.span, format!("this is `{found}`"))
                        .help("It turns the sign of whole numbers, numbers, amounts and durations."),
                )
            }
        }
    }

    /// Reports a `not`, `and` or `or` as a value: its facts end with it.
    fn condition_value(&mut self, operand: &ast::Expr, make: impl FnOnce(Box<Expr>) -> ExprKind, span: Span) -> Expr {
        let mark = self.facts.mark();
        let (operand, _) = self.condition(operand);
        self.facts.meet(&mark);
        Expr { kind: make(Box::new(operand)), ty: Ty::Bool, span }
    }

    #[inline(never)]
    pub fn binary(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        left: &ast::Expr,
        right: &ast::Expr,
        span: Span,
        want: Option<&Ty>,
    ) -> Expr {
        if is_condition(op) {
            return self.connective(op, left, right, span).0;
        }
        match op {
            BinaryOp::Default => self.coalesce(left, right, op_span, span, want),
            BinaryOp::Eq | BinaryOp::Ne => self.equality(op, op_span, left, right, span),
            BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => self.order(op, op_span, left, right, span),
            _ => self.arithmetic(op, op_span, left, right, span, want),
        }
    }

    fn coalesce(&mut self, left: &ast::Expr, right: &ast::Expr, op_span: Span, span: Span, want: Option<&Ty>) -> Expr {
        let left = self.value(left, want);
        let present = left.ty.present();
        let hint = if left.ty == Ty::Null { want } else { Some(&present) };
        let (said, broken) = (self.out.len(), self.broken);
        let mut right_value = self.value(right, hint);
        let text_will_do = want.is_none_or(|want| want.present() == Ty::Text);
        let refined = matches!(present, Ty::Email | Ty::Phone | Ty::Url | Ty::TimeZone);
        if refined && text_will_do && self.out.len() > said && matches!(right.kind, ast::ExprKind::Str(_)) {
            // `{{contact.mobile ?? "none"}}`: no phone number, but then both are texts.
            self.out.truncate(said);
            self.broken = broken;
            right_value = self.value(right, Some(&Ty::Text));
        }
        if left.ty == Ty::Error {
            return Expr { ty: right_value.ty, ..self.error(span) };
        }
        if !left.ty.is_optional() {
            self.out.push(
                Diagnostic::new(
                    Code::NeverMissing,
                    op_span.to(right_value.span),
                    "The value before `??` is never missing.",
                )
                .at("never used")
                .label(left.span, format!("this is `{}`, always there", self.p.show(&left.ty)))
                .help("Leave the default out.")
                .fix(
                    "remove the default",
                    vec![(Span::new(span.file, left.span.end, right_value.span.end), String::new())],
                ),
            );
            return left;
        }
        let common = match self.common(&present, &right_value.ty) {
            _ if left.ty == Ty::Null => Some(right_value.ty.clone()),
            common => common,
        };
        let Some(ty) = common else {
            return self.fit(right_value, &present, Why::Plain("the value it stands in for is"));
        };
        if matches!(right_value.ty, Ty::Never | Ty::Error) || left.ty == Ty::Null {
            let kind = ExprKind::Coalesce { left: Box::new(left), right: Box::new(right_value) };
            return Expr { kind, ty, span };
        }
        let left = self.fit(left, &ty.clone().optional(), Why::Plain("this is"));
        let right = self.fit(right_value, &ty, Why::Plain("the value it stands in for is"));
        Expr { kind: ExprKind::Coalesce { left: Box::new(left), right: Box::new(right) }, ty, span }
    }

    /// Both sides, a bare variant or a literal taking its type from the other side.
    fn both(&mut self, left: &ast::Expr, right: &ast::Expr) -> (Expr, Expr) {
        if matches!(left.kind, ast::ExprKind::Variant(_) | ast::ExprKind::Str(_) | ast::ExprKind::List(_))
            && !matches!(right.kind, ast::ExprKind::Variant(_) | ast::ExprKind::Str(_))
        {
            let right = self.value(right, None);
            let left = match self.failure_itself(&right, left) {
                Some(wrong) => wrong,
                None => self.value(left, hint(&right.ty)),
            };
            return (left, right);
        }
        let wanted = if matches!(left.kind, ast::ExprKind::Field { .. }) { written_type(right) } else { None };
        let left = self.value(left, wanted.as_ref());
        let right = match self.failure_itself(&left, right) {
            Some(wrong) => wrong,
            None => self.value(right, hint(&left.ty)),
        };
        (left, right)
    }

    /// `e == .timeout`: a failure beside what would be its kind.
    fn failure_itself(&mut self, failure: &Expr, kind: &ast::Expr) -> Option<Expr> {
        if failure.ty != Ty::Failure {
            return None;
        }
        let (kind, quoted) = match &kind.kind {
            ast::ExprKind::Variant(name) => (name.as_str(), None),
            ast::ExprKind::Str(text) => (text.plain().filter(|text| FAILURE_KINDS.contains(text))?, Some(kind.span)),
            _ => return None,
        };
        let name = self.name_of_place(failure).unwrap_or_else(|| "…".to_owned());
        let end = Span { start: failure.span.end, ..failure.span };
        let mut edits = vec![(end, ".kind".to_owned())];
        edits.extend(quoted.map(|span| (span, format!(".{kind}"))));
        Some(
            self.wrong(
                Diagnostic::new(
                    Code::WrongType,
                    failure.span,
                    format!("`.{kind}` is a kind of failure, and this is the failure itself."),
                )
                .at("this is `Failure`")
                .help(format!("Compare its kind: `{name}.kind == .{kind}`."))
                .fix(format!("compare `{name}.kind`"), edits),
            ),
        )
    }

    fn equality(&mut self, op: BinaryOp, op_span: Span, left: &ast::Expr, right: &ast::Expr, span: Span) -> Expr {
        let (left, right) = self.both(left, right);
        let cmp = if op == BinaryOp::Eq { Cmp::Eq } else { Cmp::Ne };
        if matches!(left.ty, Ty::Error) || matches!(right.ty, Ty::Error) {
            return Expr { ty: Ty::Bool, ..self.error(span) };
        }
        self.kinds_compared(&left, &right);
        let comparable =
            |ty: &Ty| !matches!(ty.present(), Ty::Secret | Ty::Unit | Ty::Failure | Ty::Event(_) | Ty::Never);
        if let (Ty::Money(Some(from)), Ty::Money(Some(to))) = (left.ty.present(), right.ty.present())
            && from != to
        {
            return self.mixed(&from, &to, &left, &right, op_span);
        }
        let common =
            if comparable(&left.ty) && comparable(&right.ty) { self.common(&left.ty, &right.ty) } else { None };
        let Some(mut common) = common else { return self.no_operator(op, op_span, &left, &right) };
        // `null == null`, and `x == null` of what is never missing, say nothing but are no mistake.
        if common == Ty::Null {
            return Expr { kind: ExprKind::Bool(cmp == Cmp::Eq), ty: Ty::Bool, span };
        }
        if left.ty == Ty::Null || right.ty == Ty::Null {
            let side = if left.ty == Ty::Null { &right } else { &left };
            if !side.ty.is_optional() && !matches!(side.kind, ExprKind::Unwrap(_)) {
                self.out.push(
                    Diagnostic::new(Code::NeverMissing, span, "This is never missing, so there is nothing to test.")
                        .at(if cmp == Cmp::Eq { "never true" } else { "always true" })
                        .label(side.span, format!("this is `{}`, always there", self.p.show(&side.ty)))
                        .help("Leave the test out."),
                );
            }
            common = common.optional();
        }
        let left = self.fit(left, &common, Why::Plain("this is"));
        let right = self.fit(right, &common, Why::Plain("this is"));
        compare(cmp, left, right, span)
    }

    fn order(&mut self, op: BinaryOp, op_span: Span, left: &ast::Expr, right: &ast::Expr, span: Span) -> Expr {
        let (left, right) = self.both(left, right);
        let cmp = match op {
            BinaryOp::Lt => Cmp::Lt,
            BinaryOp::Le => Cmp::Le,
            BinaryOp::Gt => Cmp::Gt,
            _ => Cmp::Ge,
        };
        if matches!(left.ty, Ty::Error) || matches!(right.ty, Ty::Error) {
            return Expr { ty: Ty::Bool, ..self.error(span) };
        }
        let sentence = format!("`{}` compares values that are there", op.symbol());
        for side in [&left, &right] {
            if side.ty.is_optional() {
                let wrong = self.maybe_missing(side, &sentence, None);
                return Expr { ty: Ty::Bool, ..wrong };
            }
        }
        if let (Ty::Money(Some(from)), Ty::Money(Some(to))) = (&left.ty, &right.ty)
            && from != to
        {
            return self.mixed(from, to, &left, &right, op_span);
        }
        let ordered = |ty: &Ty| {
            matches!(
                ty,
                Ty::Int
                    | Ty::Number
                    | Ty::Money(_)
                    | Ty::Duration
                    | Ty::Instant
                    | Ty::Date
                    | Ty::TimeOfDay
                    | Ty::Text
                    | Ty::Email
                    | Ty::Phone
                    | Ty::Url
            )
        };
        let common = if ordered(&left.ty) && ordered(&right.ty) { self.common(&left.ty, &right.ty) } else { None };
        let Some(common) = common else { return self.no_operator(op, op_span, &left, &right) };
        let left = self.fit(left, &common, Why::Plain("this is"));
        let right = self.fit(right, &common, Why::Plain("this is"));
        compare(cmp, left, right, span)
    }

    #[inline(never)]
    fn arithmetic(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        left: &ast::Expr,
        right: &ast::Expr,
        span: Span,
        want: Option<&Ty>,
    ) -> Expr {
        if let ast::ExprKind::Duration(literal) = &right.kind
            && matches!(op, BinaryOp::Add | BinaryOp::Sub)
        {
            let left = self.value(left, None);
            return self.and_duration(op, op_span, left, literal, right, span);
        }
        let hint = want.filter(|ty| matches!(ty, Ty::List(_)));
        let left = self.value(left, hint);
        let right_hint = Some(&left.ty).filter(|ty| matches!(ty, Ty::List(_))).cloned();
        let right = self.value(right, right_hint.as_ref());
        self.operate(op, op_span, left, right, span)
    }

    /// Joins two checked values by an arithmetic operator.
    pub fn operate(&mut self, op: BinaryOp, op_span: Span, left: Expr, right: Expr, span: Span) -> Expr {
        if left.ty == Ty::Error || right.ty == Ty::Error {
            return self.error(span);
        }
        for side in [&left, &right] {
            if side.ty.is_optional() {
                return self.maybe_missing(side, &format!("`{}` needs a value", op.symbol()), None);
            }
        }
        if let (Ty::Money(Some(from)), Ty::Money(Some(to))) = (&left.ty, &right.ty)
            && from != to
        {
            return self.mixed(from, to, &left, &right, op_span);
        }
        if let Some(impossible) = impossible(op, op_span, &left, &right, span) {
            return self.wrong(impossible);
        }
        let kind = match op {
            BinaryOp::Add => Binary::Add,
            BinaryOp::Sub => Binary::Subtract,
            BinaryOp::Mul => Binary::Multiply,
            _ => Binary::Divide,
        };
        let make = |left: Expr, right: Expr, ty: Ty| Expr {
            kind: ExprKind::Binary(kind, Box::new(left), Box::new(right)),
            ty,
            span,
        };
        let text = |ty: &Ty| matches!(ty, Ty::Text | Ty::Email | Ty::Phone | Ty::Url);
        let (from, to) = (left.ty.clone(), right.ty.clone());
        match (op, &from, &to) {
            (BinaryOp::Div, Ty::Int, Ty::Int) => make(number(left), number(right), Ty::Number),
            (_, Ty::Int, Ty::Int) => make(left, right, Ty::Int),
            (_, Ty::Int | Ty::Number, Ty::Int | Ty::Number) => make(number(left), number(right), Ty::Number),
            (BinaryOp::Add | BinaryOp::Sub, Ty::Money(a), Ty::Money(b)) => make(left, right, Ty::Money(a.or(*b))),
            (BinaryOp::Mul | BinaryOp::Div, Ty::Money(_), Ty::Int | Ty::Number) => make(left, number(right), from),
            // The amount goes first, as the machine has it.
            (BinaryOp::Mul, Ty::Int | Ty::Number, Ty::Money(_)) => make(right, number(left), to),
            (BinaryOp::Add | BinaryOp::Sub, Ty::Duration, Ty::Duration) => make(left, right, Ty::Duration),
            (BinaryOp::Mul, Ty::Duration, Ty::Int) => make(left, right, Ty::Duration),
            (BinaryOp::Mul, Ty::Int, Ty::Duration) => make(right, left, Ty::Duration),
            (BinaryOp::Add | BinaryOp::Sub, Ty::Instant, Ty::Duration) => make(left, right, Ty::Instant),
            (BinaryOp::Add, Ty::Duration, Ty::Instant) => make(right, left, Ty::Instant),
            (BinaryOp::Sub, Ty::Instant, Ty::Instant) => make(left, right, Ty::Duration),
            (BinaryOp::Add, a, b) if text(a) && text(b) => {
                let left = self.fit(left, &Ty::Text, Why::Plain("this is"));
                let right = self.fit(right, &Ty::Text, Why::Plain("this is"));
                make(left, right, Ty::Text)
            }
            (BinaryOp::Add, Ty::List(a), Ty::List(b)) if same(a, b) => {
                Expr { kind: ExprKind::Intrinsic(Intrinsic::ListConcat, vec![left, right]), ty: from, span }
            }
            _ => self.no_operator(op, op_span, &left, &right),
        }
    }

    /// A date and whole days, weeks, months or years; anything else as usual.
    fn and_duration(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        left: Expr,
        literal: &ast::DurationLit,
        right: &ast::Expr,
        span: Span,
    ) -> Expr {
        let business = match literal.unit {
            ast::Unit::BusinessDay => matches!(left.ty, Ty::Instant | Ty::Date),
            ast::Unit::BusinessHour => left.ty == Ty::Instant,
            _ => false,
        };
        if business {
            let sign = if op == BinaryOp::Sub { -1 } else { 1 };
            return Expr { span, ..self.business(left, literal, sign, None, right.span) };
        }
        let per = match (&left.ty, literal.unit) {
            (Ty::Date, ast::Unit::Day) => Some((1, 0)),
            (Ty::Date, ast::Unit::Week) => Some((7, 0)),
            (Ty::Date, ast::Unit::Month) => Some((0, 1)),
            (Ty::Date, ast::Unit::Year) => Some((0, 12)),
            _ => None,
        };
        let Some((days, months)) = per.filter(|_| literal.calendar.is_none()) else {
            let right = self.value(right, None);
            return self.operate(op, op_span, left, right, span);
        };
        let amount = if op == BinaryOp::Sub { literal.amount.checked_neg() } else { Some(literal.amount) };
        let scaled = amount.and_then(|amount| Some((amount.checked_mul(days)?, amount.checked_mul(months)?)));
        let Some((days, months)) = scaled else { return self.too_long(right.span) };
        let int = |value: i64| Expr { kind: ExprKind::Int(value), ty: Ty::Int, span: right.span };
        let args = vec![left, int(days), int(months)];
        Expr { kind: ExprKind::Intrinsic(Intrinsic::AddDate, args), ty: Ty::Date, span }
    }

    fn mixed(&mut self, from: &[u8; 3], to: &[u8; 3], left: &Expr, right: &Expr, op_span: Span) -> Expr {
        let (from, to) = (currency(from), currency(to));
        self.wrong(
            Diagnostic::new(Code::MixedCurrencies, op_span, format!("Amounts in {from} and {to} cannot be put together."))
                .at("two currencies")
                .label(left.span, format!("in {from}"))
                .label(right.span, format!("in {to}"))
                .help("Amounts are never converted by themselves; multiply by a rate and name the new currency with `money(…)`."),
        )
    }

    fn no_operator(&mut self, op: BinaryOp, op_span: Span, left: &Expr, right: &Expr) -> Expr {
        let (from, to) = (self.p.show(&left.ty), self.p.show(&right.ty));
        let symbol = op.symbol();
        let message = match op {
            BinaryOp::Eq | BinaryOp::Ne => {
                format!("`{from}` and `{to}` can never be equal, so comparing them is a mistake.")
            }
            BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
                format!("`{from}` and `{to}` have no order between them.")
            }
            _ => format!("`{symbol}` does not join `{from}` and `{to}`."),
        };
        let diagnostic = Diagnostic::new(Code::WrongOperands, op_span, message)
            .label(left.span, format!("this is `{from}`"))
            .label(right.span, format!("this is `{to}`"));
        let help = operator_help(op, &left.ty, &right.ty).unwrap_or(match op {
            BinaryOp::Eq | BinaryOp::Ne => "Compare two values of one type.",
            BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
                "Numbers, amounts, dates, times and lengths of time have an order, each among themselves; of others ask \
                 `==`."
            }
            _ => "Both sides are numbers, amounts, lengths of time, texts or lists, each with its like.",
        });
        let compares = is_comparison(op);
        let diagnostic = match compares.then(|| self.literal_beside(left, right)).flatten() {
            Some((help, text, at)) => diagnostic.help(help).fix(format!("write `{text}`"), vec![(at, text)]),
            None => diagnostic.help(help),
        };
        let wrong = self.wrong(diagnostic);
        Expr { ty: if compares { Ty::Bool } else { Ty::Error }, ..wrong }
    }

    /// The side of a comparison that is a literal, as it is written where the other side's type is wanted.
    fn literal_beside(&self, left: &Expr, right: &Expr) -> Option<(String, String, Span)> {
        [(left, right), (right, left)].into_iter().find_map(|(literal, other)| match literal.kind {
            ExprKind::Text(_) | ExprKind::Int(_) => {
                let (help, text) = self.in_its_form(literal, &other.ty.present())?;
                Some((help, text?, literal.span))
            }
            _ => None,
        })
    }
}

fn is_comparison(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge)
}

/// The type of what is plainly written, of which a property that is not there yet would have to be.
fn written_type(expr: &ast::Expr) -> Option<Ty> {
    Some(match &expr.kind {
        ast::ExprKind::Bool(_) => Ty::Bool,
        ast::ExprKind::Int(_) => Ty::Int,
        ast::ExprKind::Number(_) | ast::ExprKind::Percent(_) => Ty::Number,
        ast::ExprKind::Duration(_) => Ty::Duration,
        ast::ExprKind::Time(_) => Ty::TimeOfDay,
        ast::ExprKind::Name(name) if name.as_str() == "now" => Ty::Instant,
        _ => return None,
    })
}

/// What a literal on the other side may be.
fn hint(ty: &Ty) -> Option<&Ty> {
    match ty {
        Ty::Null => None,
        other => Some(other),
    }
}

fn number(expr: Expr) -> Expr {
    if expr.ty == Ty::Int {
        wrap(|inner| ExprKind::Convert(Convert::IntToNumber, inner), expr, Ty::Number)
    } else {
        expr
    }
}

fn compare(cmp: Cmp, left: Expr, right: Expr, span: Span) -> Expr {
    Expr { kind: ExprKind::Binary(Binary::Compare(cmp), Box::new(left), Box::new(right)), ty: Ty::Bool, span }
}

fn operator_help(op: BinaryOp, left: &Ty, right: &Ty) -> Option<&'static str> {
    Some(match (op, left, right) {
        (_, Ty::Secret, _) | (_, _, Ty::Secret) => {
            "A secret is only ever handed on; put it into a text: `\"Bearer {{secret.token}}\"`."
        }
        (BinaryOp::Add, Ty::Text, _) | (BinaryOp::Add, _, Ty::Text) => {
            "To put a value into a text write `\"… {{value}} …\"`."
        }
        (_, Ty::Text, Ty::Int | Ty::Number) | (_, Ty::Int | Ty::Number, Ty::Text) => {
            "A text is not a number; `Number.parse(text)` yields one where the text is one."
        }
        (_, Ty::Money(_), Ty::Int | Ty::Number) | (_, Ty::Int | Ty::Number, Ty::Money(_)) => {
            "Name the currency of the other side, as in `money(5, .eur)`."
        }
        (_, Ty::Duration, Ty::Int | Ty::Number) | (_, Ty::Instant, Ty::Int | Ty::Number) => {
            "Give the number a unit, as in `3 days`."
        }
        (_, Ty::Date, Ty::Instant) | (_, Ty::Instant, Ty::Date) => {
            "Which date an instant falls on depends on the zone: `instant.date(in: contact.timezone)`."
        }
        (BinaryOp::Sub, Ty::Date, Ty::Date) => "Compare dates with `<` and `>`, or add days: `date + 3 days`.",
        (BinaryOp::Add | BinaryOp::Sub, Ty::Date, _) => {
            "Add days, weeks, months or years as written, as in `date + 3 days`."
        }
        (_, Ty::Bool, _) | (_, _, Ty::Bool) => "Conditions are joined with `and`, `or` and `not`.",
        _ => return None,
    })
}
