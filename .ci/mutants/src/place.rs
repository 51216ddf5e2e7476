//! Finds the place in the syntax that each mutant changes.

use std::error::Error;
use std::ops::Range;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Arm, BinOp, Block, Expr, ExprBinary, ExprStruct, ExprUnary, FieldValue, ImplItemFn, ItemFn, Member, Pat,
    TraitItemFn,
};

use crate::{Position, Span, Wanted};

/// A piece of the text that is written anew.
pub struct Site {
    pub range: Range<usize>,
    pub change: Change,
}

/// Numbers are those of mutants.
pub enum Change {
    /// At the beginning of a body: the value that is returned instead.
    Body(Vec<(usize, String)>),
    /// A body whose value is some iterator: another one takes its place in a chain of all.
    Items(Vec<(usize, String)>),
    /// `a == b` or `a != b`, negated.
    Negated(usize),
    /// `a && b` (true) or `a || b`, each with the other's operator.
    Junction { number: usize, and: bool, left: Range<usize>, right: Range<usize> },
    /// Another operator between the same operands.
    Operator {
        operators: Vec<(usize, String)>,
        left: Range<usize>,
        operator: Range<usize>,
        right: Range<usize>,
    },
    /// Without the sign before it.
    Unsigned { number: usize, operand: Range<usize> },
    /// A guard that is always or never true, or of an arm that goes.
    Guard { always: Option<usize>, never: Vec<usize> },
    /// An arm without a guard that goes; stands before `=>`.
    NewGuard(usize),
    /// A field that is taken from the rest of a struct; `short` where its name alone is written.
    Field { number: usize, path: Range<usize>, rest: Range<usize>, member: String, short: bool },
}

/// The places, outer ones before those within, and the numbers of the mutants found there.
pub fn sites(text: &str, wanted: &Wanted) -> Result<(Vec<Site>, Vec<usize>), Box<dyn Error>> {
    let file = syn::parse_file(text)?;
    let mut finder = Finder { wanted, sites: Vec::new(), put: Vec::new() };
    finder.visit_file(&file);
    let Finder { mut sites, put, .. } = finder;
    // Stable: of two with the same range, the one that was seen first is the outer one.
    sites.sort_by_key(|site| (site.range.start, std::cmp::Reverse(site.range.end)));
    Ok((sites, put))
}

struct Finder<'a> {
    wanted: &'a Wanted<'a>,
    sites: Vec<Site>,
    put: Vec<usize>,
}

impl Finder<'_> {
    /// The mutants of a genre at a span, with their replacements.
    fn at(&self, span: Span, genre: &str) -> Vec<(usize, String)> {
        let all = self.wanted.get(&span).into_iter().flatten();
        all.filter(|(_, mutant)| mutant.genre == genre)
            .map(|(number, mutant)| (*number, mutant.replacement.clone()))
            .collect()
    }

    fn add(&mut self, numbers: impl IntoIterator<Item = usize>, range: Range<usize>, change: Change) {
        self.put.extend(numbers);
        self.sites.push(Site { range, change });
    }

    fn body(&mut self, block: &Block) {
        let mut values = self.at(span(block), "FnValue");
        if let (Some(first), Some(last)) = (block.stmts.first(), block.stmts.last()) {
            values.extend(self.at(Span { start: span(first).start, end: span(last).end }, "FnValue"));
        }
        if values.is_empty() {
            return;
        }
        let brackets = block.brace_token.span;
        let (inside, end) = (brackets.open().byte_range().end, brackets.close().byte_range().start);
        let numbers: Vec<usize> = values.iter().map(|(number, _)| *number).collect();
        let mut named = self.wanted.values().flatten().filter(|(number, _)| numbers.contains(number));
        if named.any(|(_, mutant)| mutant.is_iterator()) {
            self.add(numbers, inside..end, Change::Items(values));
        } else {
            self.add(numbers, inside..inside, Change::Body(values));
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.body(&item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.body(&item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if let Some(block) = &item.default {
            self.body(block);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_expr_binary(&mut self, binary: &'ast ExprBinary) {
        let operators = self.at(span(&binary.op), "BinaryOperator");
        let (left, right, whole) = (range(&binary.left), range(&binary.right), range(binary));
        match (&binary.op, operators.as_slice()) {
            (_, []) => {}
            (BinOp::Eq(_) | BinOp::Ne(_), [(number, _)]) => {
                self.add([*number], whole, Change::Negated(*number))
            }
            // A pattern in such a chain allows no other operator.
            (BinOp::And(_), _) if has_let(&binary.left) || has_let(&binary.right) => {}
            (BinOp::And(_), [(number, _)]) => {
                self.add([*number], whole, Change::Junction { number: *number, and: true, left, right })
            }
            (BinOp::Or(_), [(number, _)]) => {
                self.add([*number], whole, Change::Junction { number: *number, and: false, left, right })
            }
            (operator, _) => {
                let numbers: Vec<usize> = operators.iter().map(|(number, _)| *number).collect();
                self.add(
                    numbers,
                    whole,
                    Change::Operator { left, operator: range(operator), right, operators },
                );
            }
        }
        visit::visit_expr_binary(self, binary);
    }

    fn visit_expr_unary(&mut self, unary: &'ast ExprUnary) {
        if let [(number, _)] = self.at(span(&unary.op), "UnaryOperator").as_slice() {
            self.add(
                [*number],
                range(unary),
                Change::Unsigned { number: *number, operand: range(&unary.expr) },
            );
        }
        visit::visit_expr_unary(self, unary);
    }

    fn visit_arm(&mut self, arm: &'ast Arm) {
        let gone: Vec<usize> = self.at(span(arm), "MatchArm").into_iter().map(|(number, _)| number).collect();
        let guard = if let Pat::Guard(guarded) = &arm.pat { Some(&*guarded.guard) } else { None };
        match guard {
            Some(guard) if !has_let(guard) => {
                let constants = self.at(span(guard), "MatchArmGuard");
                let constant = |word: &str| {
                    constants.iter().filter(|(_, r)| r == word).map(|(number, _)| *number).collect::<Vec<_>>()
                };
                let (always, mut never) = (constant("true").first().copied(), constant("false"));
                never.extend(&gone);
                if always.is_some() || !never.is_empty() {
                    self.add(
                        always.into_iter().chain(never.clone()),
                        range(guard),
                        Change::Guard { always, never },
                    );
                }
            }
            None => {
                if let [number] = gone.as_slice() {
                    let arrow = arm.fat_arrow_token.spans.first().map_or(0, |span| span.byte_range().start);
                    self.add([*number], arrow..arrow, Change::NewGuard(*number));
                }
            }
            Some(_) => {}
        }
        visit::visit_arm(self, arm);
    }

    fn visit_expr_struct(&mut self, value: &'ast ExprStruct) {
        if let Some(rest) = &value.rest {
            for field in &value.fields {
                let (number, Member::Named(name)) = (self.field(field), &field.member) else { continue };
                if let Some(number) = number {
                    let (path, rest, member) = (range(&value.path), range(&**rest), name.to_string());
                    let short = field.colon_token.is_none();
                    self.add(
                        [number],
                        range(&field.expr),
                        Change::Field { number, path, rest, member, short },
                    );
                }
            }
        }
        visit::visit_expr_struct(self, value);
    }
}

impl Finder<'_> {
    fn field(&self, field: &FieldValue) -> Option<usize> {
        // The span of the list goes on to the comma.
        let start = span(field).start;
        let mut all =
            self.wanted.iter().filter(|(span, _)| span.start == start).flat_map(|(_, mutants)| mutants);
        all.find(|(_, mutant)| mutant.genre == "StructField").map(|(number, _)| *number)
    }
}

fn has_let(expression: &Expr) -> bool {
    match expression {
        Expr::Let(_) => true,
        Expr::Binary(binary) => has_let(&binary.left) || has_let(&binary.right),
        _ => false,
    }
}

fn range(node: &impl Spanned) -> Range<usize> {
    node.span().byte_range()
}

fn span(node: &impl Spanned) -> Span {
    let (start, end) = (node.span().start(), node.span().end());
    let position = |at: proc_macro2::LineColumn| Position { line: at.line, column: at.column + 1 };
    Span { start: position(start), end: position(end) }
}
