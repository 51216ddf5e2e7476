//! Writes the text with its mutants.

use std::ops::Range;

use crate::place::{Change, Site};

/// The text with every site written anew; sites are sorted, outer ones first.
pub fn render(text: &str, sites: &[Site]) -> String {
    Writer { text, sites }.piece(0..text.len(), 0)
}

struct Writer<'a> {
    text: &'a str,
    sites: &'a [Site],
}

impl Writer<'_> {
    /// A piece of the text, with those sites from the `from`-th on that lie in it.
    fn piece(&self, range: Range<usize>, from: usize) -> String {
        let mut out = String::new();
        let mut at = range.start;
        for (index, site) in self.sites.iter().enumerate().skip(from) {
            if site.range.start >= range.end && !site.range.is_empty() || site.range.start > range.end {
                break;
            }
            if site.range.start < at || site.range.end > range.end {
                continue;
            }
            out.push_str(&self.text[at..site.range.start]);
            out.push_str(&self.site(site, index + 1));
            at = site.range.end;
        }
        out.push_str(&self.text[at..range.end]);
        out
    }

    fn site(&self, site: &Site, inner: usize) -> String {
        let piece = |range: &Range<usize>| self.piece(range.clone(), inner);
        match &site.change {
            Change::Body(values) => {
                let value = |(n, value): &(usize, String)| {
                    between(*n, format!("if {} {{ return {value}; }}", on(*n)))
                };
                values.iter().map(value).collect()
            }
            Change::Items(values) => {
                let any: Vec<String> = values.iter().map(|(n, _)| on(*n)).collect();
                let some = |condition: &str, value: &str| {
                    format!(
                        "(if {condition} {{ Some({{ {value} }}) }} else {{ None }}).into_iter().flatten()"
                    )
                };
                let other =
                    |(n, value): &(usize, String)| between(*n, format!(".chain({})", some(&on(*n), value)));
                let others: String = values.iter().map(other).collect();
                some(&format!("!({})", any.join(" || ")), &piece(&site.range)) + &others
            }
            Change::Negated(n) => format!("({} ^ ({}))", between(*n, on(*n)), piece(&site.range)),
            Change::Junction { number: n, and: true, left, right } => between(
                *n,
                format!("(if ({}) != {on} {{ {} }} else {{ {on} }})", piece(left), piece(right), on = on(*n)),
            ),
            Change::Junction { number: n, left, right, .. } => between(
                *n,
                format!(
                    "(if ({}) == {on} {{ {} }} else {{ !{on} }})",
                    piece(left),
                    piece(right),
                    on = on(*n)
                ),
            ),
            Change::Operator { operators, left, operator, right } => {
                let (left, right) = (piece(left), piece(right));
                let other = |(n, operator): &(usize, String)| {
                    between(*n, format!("if {} {{ {left} {operator} {right} }} else", on(*n)))
                };
                let others: String = operators.iter().map(other).collect();
                format!("({others} {{ {left} {} {right} }})", &self.text[operator.clone()])
            }
            Change::Unsigned { number: n, operand } => {
                format!(
                    "({} else {{ {} }})",
                    between(*n, format!("if {} {{ {} }}", on(*n), piece(operand))),
                    piece(&site.range)
                )
            }
            Change::Guard { always, never } => {
                let mut guard = format!("({})", piece(&site.range));
                never.iter().for_each(|n| guard = between(*n, format!("!{} && {guard}", on(*n))));
                always.iter().for_each(|n| guard = between(*n, format!("{} || {guard}", on(*n))));
                guard
            }
            Change::NewGuard(n) => between(*n, format!("if !{} ", on(*n))),
            Change::Field { number: n, path, rest, member, short } => {
                let name = if *short { format!("{member}: ") } else { String::new() };
                let other = format!(
                    "if {} {{ {} {{ ..{} }}.{member} }}",
                    on(*n),
                    &self.text[path.clone()],
                    piece(rest)
                );
                format!("{name}{} else {{ {} }}", between(*n, other), piece(&site.range))
            }
        }
    }
}

/// Whether a mutant is the chosen one.
fn on(number: usize) -> String {
    format!("crate::chosen_mutant::on({number})")
}

/// Says whose a piece is.
fn between(number: usize, piece: String) -> String {
    format!("/*<{number}*/{piece}/*{number}>*/")
}
