//! The recursive-descent parser of filters and of the `[ ]` of PATCH paths.

use std::ops::Range;

use super::lexer::{Lexer, Token};
use super::{CompareOp, Filter, FilterError, FilterLimits, Literal, Number};
use crate::name::AttrName;
use crate::path::AttrPath;
use crate::profile::{Fired, Profile, Tolerance};

/// Parses a whole filter.
pub(super) fn filter(
    text: &str,
    limits: &FilterLimits,
    profile: &Profile,
    fired: &mut Fired,
) -> Result<Filter, FilterError> {
    let mut parser = Parser::new(text, limits, profile, fired)?;
    let filter = parser.disjunction()?;
    match parser.token {
        Token::End => Ok(filter),
        Token::Close => Err(parser.unexpected("the end").with_help("there is no `(` for this `)`")),
        _ => Err(parser.unexpected("`and`, `or` or the end")),
    }
}

/// A PATCH path before its attribute is looked at: `path`, `path[filter]`, `path[filter].sub`.
pub(crate) struct RawPatchPath {
    pub(crate) path: AttrPath,
    pub(crate) filter: Option<Filter>,
    pub(crate) sub: Option<AttrName>,
}

/// Parses a PATCH path (RFC 7644 figure 7).
pub(crate) fn patch_path(text: &str, limits: &FilterLimits) -> Result<RawPatchPath, FilterError> {
    let (profile, mut fired) = (Profile::strict(), Fired::default());
    let mut parser = Parser::new(text, limits, &profile, &mut fired)?;
    let path = parser.path("an attribute")?;
    let mut raw = RawPatchPath { path, filter: None, sub: None };
    if parser.token == Token::OpenBracket {
        raw.filter = Some(parser.bracketed(&raw.path)?);
        raw.sub = parser.sub_attribute()?;
    }
    match parser.token {
        Token::End => Ok(raw),
        _ => Err(parser.unexpected("the end")),
    }
}

struct Parser<'a, 'p> {
    lexer: Lexer<'a>,
    token: Token<'a>,
    span: Range<usize>,
    /// Whether the last token ended where this one starts.
    adjacent: bool,
    depth: usize,
    terms: usize,
    in_brackets: bool,
    limits: &'p FilterLimits,
    profile: &'p Profile,
    fired: &'p mut Fired,
}

impl<'a, 'p> Parser<'a, 'p> {
    fn new(
        text: &'a str,
        limits: &'p FilterLimits,
        profile: &'p Profile,
        fired: &'p mut Fired,
    ) -> Result<Self, FilterError> {
        if text.len() > limits.max_length {
            return Err(FilterError::new(
                format!("at most {} bytes", limits.max_length),
                format!("{} bytes", text.len()),
            )
            .at(limits.max_length..text.len()));
        }
        let mut parser = Self {
            lexer: Lexer::new(text),
            token: Token::End,
            span: 0..0,
            adjacent: false,
            depth: 0,
            terms: 0,
            in_brackets: false,
            limits,
            profile,
            fired,
        };
        parser.advance()?;
        Ok(parser)
    }

    fn advance(&mut self) -> Result<Token<'a>, FilterError> {
        let (token, span) = self.lexer.next()?;
        self.adjacent = span.start == self.span.end;
        self.span = span;
        Ok(std::mem::replace(&mut self.token, token))
    }

    fn unexpected(&self, expected: impl Into<String>) -> FilterError {
        FilterError::new(expected, self.token.describe()).at(self.span.clone())
    }

    fn disjunction(&mut self) -> Result<Filter, FilterError> {
        let first = self.conjunction()?;
        if !self.at_keyword("or") {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.at_keyword("or") {
            self.advance()?;
            parts.push(self.conjunction()?);
        }
        Ok(Filter::or(parts))
    }

    fn conjunction(&mut self) -> Result<Filter, FilterError> {
        let first = self.unary()?;
        if !self.at_keyword("and") {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.at_keyword("and") {
            self.advance()?;
            parts.push(self.unary()?);
        }
        Ok(Filter::and(parts))
    }

    fn unary(&mut self) -> Result<Filter, FilterError> {
        match &self.token {
            Token::Open => self.parenthesised(),
            Token::Word(word) if word.eq_ignore_ascii_case("not") => {
                self.advance()?;
                if self.token != Token::Open {
                    return Err(self.unexpected("`(` after `not`").with_help("write `not (...)`"));
                }
                Ok(Filter::not(self.parenthesised()?))
            }
            Token::Word(_) => self.term(),
            _ => Err(self.unexpected("an attribute, `not` or `(`")),
        }
    }

    fn parenthesised(&mut self) -> Result<Filter, FilterError> {
        let open = self.span.clone();
        self.descend()?;
        self.advance()?;
        let inner = self.disjunction()?;
        if self.token != Token::Close {
            return Err(self
                .unexpected("`and`, `or` or `)`")
                .with_help(format!("the `(` at byte {} is not closed", open.start)));
        }
        self.advance()?;
        self.depth -= 1;
        Ok(inner)
    }

    fn term(&mut self) -> Result<Filter, FilterError> {
        self.count_term()?;
        let path = self.path("an attribute")?;
        if self.token != Token::OpenBracket {
            return Ok(match self.operator(&path)? {
                Some((op, value)) => Filter::compare(path, op, value),
                None => Filter::Present(path),
            });
        }
        let inner = self.bracketed(&path)?;
        let from = self.span.start;
        let Some(sub) = self.sub_attribute()? else {
            return if self.operator_follows() {
                self.value_path_alone(path, inner)
            } else {
                Ok(Filter::element(path, inner))
            };
        };
        if !self.profile.allows(Tolerance::FilterSubAfterValuePath) {
            return Err(FilterError::new("`and`, `or` or the end", format!("`.{sub}`"))
                .at(from..from + sub.as_str().len() + 1)
                .with_help(format!("move the condition inside: `{path}[... and {sub} eq ...]`")));
        }
        self.fired.record(Tolerance::FilterSubAfterValuePath);
        self.count_term()?;
        let operator = self.operator(&path)?;
        Ok(Filter::element_and(path, inner, sub, operator))
    }

    /// A value path that is compared itself: its `value` is meant.
    fn value_path_alone(&mut self, path: AttrPath, inner: Filter) -> Result<Filter, FilterError> {
        if !self.profile.allows(Tolerance::FilterOperatorAfterValuePath) {
            return Err(self
                .unexpected("`and`, `or` or the end")
                .with_help(format!("move the condition inside: `{path}[... and value eq ...]`")));
        }
        self.fired.record(Tolerance::FilterOperatorAfterValuePath);
        self.count_term()?;
        let operator = self.operator(&path)?;
        Ok(Filter::element_and(path, inner, AttrName::from_static("value"), operator))
    }

    fn operator_follows(&self) -> bool {
        matches!(self.token, Token::Word(word) if word.eq_ignore_ascii_case("pr") || CompareOp::parse(word).is_some())
    }

    /// Reads an operator and its literal; `None` is `pr`.
    fn operator(&mut self, path: &AttrPath) -> Result<Option<(CompareOp, Literal)>, FilterError> {
        let expected = || format!("an operator after `{path}`");
        let Token::Word(word) = self.token else {
            return Err(self.unexpected(expected()));
        };
        if word.eq_ignore_ascii_case("pr") {
            self.advance()?;
            return Ok(None);
        }
        let Some(op) = CompareOp::parse(word) else {
            let error = self.unexpected(expected());
            return Err(match suggestion(word) {
                Some(op) => error.with_help(format!("write `{op}`")),
                None => error.with_help("operators are eq ne co sw ew gt ge lt le pr"),
            });
        };
        self.advance()?;
        Ok(Some((op, self.literal(op)?)))
    }

    fn literal(&mut self, op: CompareOp) -> Result<Literal, FilterError> {
        let literal = match &self.token {
            Token::Text(_) => None,
            Token::Word("true") => Some(Literal::Bool(true)),
            Token::Word("false") => Some(Literal::Bool(false)),
            Token::Word("null") => Some(Literal::Null),
            Token::Word(word) => match Number::parse(word) {
                Ok(number) => Some(Literal::Number(number)),
                Err(_) => {
                    let lower = word.to_ascii_lowercase();
                    let help = match lower.as_str() {
                        "true" | "false" | "null" => format!("write `{lower}`"),
                        _ => "text stands in double quotes".to_owned(),
                    };
                    return Err(self.unexpected(format!("a value after `{}`", op.as_str())).with_help(help));
                }
            },
            _ => return Err(self.unexpected(format!("a value after `{}`", op.as_str()))),
        };
        match (self.advance()?, literal) {
            (_, Some(literal)) => Ok(literal),
            (Token::Text(text), None) => Ok(Literal::String(text.into_owned())),
            (_, None) => Ok(Literal::Null),
        }
    }

    fn path(&mut self, expected: &str) -> Result<AttrPath, FilterError> {
        let Token::Word(word) = self.token else { return Err(self.unexpected(expected)) };
        let span = self.span.clone();
        let path =
            AttrPath::parse(word).map_err(|why| self.unexpected(expected).with_help(why.to_string()))?;
        if self.in_brackets && (path.sub().is_some() || path.schema().is_some()) {
            return Err(FilterError::new("the name of a sub-attribute", format!("`{path}`"))
                .at(span)
                .with_help("inside `[ ]` names are relative to the value before it"));
        }
        self.advance()?;
        Ok(path)
    }

    fn bracketed(&mut self, path: &AttrPath) -> Result<Filter, FilterError> {
        if self.in_brackets {
            return Err(self.unexpected("an operator").with_help("`[ ]` cannot stand inside `[ ]`"));
        }
        if path.sub().is_some() {
            return Err(self
                .unexpected("an operator")
                .with_help(format!("`[ ]` follows a whole attribute: `{}[...]`", path.name())));
        }
        self.descend()?;
        self.advance()?;
        self.in_brackets = true;
        let inner = self.disjunction()?;
        self.in_brackets = false;
        if self.token != Token::CloseBracket {
            return Err(self.unexpected("`and`, `or` or `]`"));
        }
        self.advance()?;
        self.depth -= 1;
        Ok(inner)
    }

    /// Reads the `.name` directly behind a `]`.
    fn sub_attribute(&mut self) -> Result<Option<AttrName>, FilterError> {
        let Token::Word(word) = self.token else { return Ok(None) };
        let Some(name) = word.strip_prefix('.').filter(|_| self.adjacent) else { return Ok(None) };
        let name = AttrName::parse(name)
            .map_err(|why| self.unexpected("`.` and a sub-attribute").with_help(why.to_string()))?;
        self.advance()?;
        Ok(Some(name))
    }

    fn at_keyword(&self, keyword: &str) -> bool {
        matches!(self.token, Token::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    fn descend(&mut self) -> Result<(), FilterError> {
        self.depth += 1;
        if self.depth > self.limits.max_depth {
            return Err(self.unexpected(format!("at most {} levels of nesting", self.limits.max_depth)));
        }
        Ok(())
    }

    fn count_term(&mut self) -> Result<(), FilterError> {
        self.terms += 1;
        if self.terms > self.limits.max_terms {
            return Err(self.unexpected(format!("at most {} comparisons", self.limits.max_terms)));
        }
        Ok(())
    }
}

/// The operator that people of other query languages mean.
fn suggestion(word: &str) -> Option<&'static str> {
    Some(match word.to_ascii_lowercase().as_str() {
        "=" | "==" | "===" | "is" | "equals" => "eq",
        "!=" | "<>" | "neq" => "ne",
        ">" => "gt",
        ">=" | "gte" => "ge",
        "<" => "lt",
        "<=" | "lte" => "le",
        "contains" | "like" | "~" | "=~" => "co",
        "startswith" | "starts_with" | "^=" => "sw",
        "endswith" | "ends_with" | "$=" => "ew",
        "exists" | "present" => "pr",
        _ => return None,
    })
}
