//! Whether a condition can hold: a witness, a proof that it cannot, or neither.

use std::collections::BTreeMap;

use serde_json::json;
use tenure_scim::{AttrPath, CompareOp, Filter, Literal, Resource, ResourceSchema};

/// The answer.
#[derive(Debug)]
pub(super) enum Satisfied {
    /// It holds for these attributes; checked by evaluating it.
    By(Box<Resource>),
    /// It cannot hold; the two parts that contradict each other, where two do.
    Never(Option<(String, String)>),
    /// Not decided.
    Unknown,
}

/// One condition without `and`, `or`; `not` stands in the flag.
#[derive(Clone)]
struct Atom {
    filter: Filter,
    negated: bool,
}

impl Atom {
    fn shown(&self) -> String {
        if self.negated { format!("not ({})", self.filter) } else { self.filter.to_string() }
    }

    fn path(&self) -> Option<&AttrPath> {
        match &self.filter {
            Filter::Compare(comparison) => Some(&comparison.path),
            Filter::Present(path) => Some(path),
            _ => None,
        }
    }

    fn holds(&self, schema: &ResourceSchema, resource: &Resource) -> bool {
        matches(&self.filter, schema, resource) != self.negated
    }

    /// True when it can hold only where the attribute has a value.
    fn needs_value(&self) -> bool {
        match &self.filter {
            Filter::Present(_) => !self.negated,
            Filter::Compare(c) => !self.negated && c.op != CompareOp::Ne && c.value != Literal::Null,
            _ => false,
        }
    }
}

/// Whether the condition can hold.
pub(super) fn satisfy(filter: &Filter, schema: &ResourceSchema) -> Satisfied {
    let Some(conjunctions) = disjunctive(filter, false, &mut 0) else { return Satisfied::Unknown };
    let mut proof = None;
    let mut open = false;
    for atoms in &conjunctions {
        match contradiction(atoms, schema) {
            Some(found) => proof = proof.or(Some(found)),
            None => {
                open = true;
                let candidate = candidate(atoms, schema);
                if matches(filter, schema, &candidate) {
                    return Satisfied::By(Box::new(candidate));
                }
            }
        }
    }
    if open { Satisfied::Unknown } else { Satisfied::Never(proof) }
}

/// True when `a` never holds without `b`; false also where that is not decided.
pub(super) fn implies(a: Option<&Filter>, b: Option<&Filter>, schema: &ResourceSchema) -> bool {
    match (a, b) {
        (_, None) => true,
        (None, Some(b)) => matches!(satisfy(&Filter::not(b.clone()), schema), Satisfied::Never(_)),
        (Some(a), Some(b)) => {
            matches!(satisfy(&Filter::and([a.clone(), Filter::not(b.clone())]), schema), Satisfied::Never(_))
        }
    }
}

fn matches(filter: &Filter, schema: &ResourceSchema, resource: &Resource) -> bool {
    filter.compile(schema).unwrap_or_else(|_| filter.compile_open()).matches(resource)
}

/// The condition as alternatives of conjunctions; `None` when there are too many.
fn disjunctive(filter: &Filter, negated: bool, size: &mut usize) -> Option<Vec<Vec<Atom>>> {
    let joined = |parts: &[Filter], size: &mut usize| -> Option<Vec<Vec<Atom>>> {
        let mut all = Vec::new();
        for part in parts {
            all.extend(disjunctive(part, negated, size)?);
        }
        Some(all)
    };
    let multiplied = |parts: &[Filter], size: &mut usize| -> Option<Vec<Vec<Atom>>> {
        let mut all: Vec<Vec<Atom>> = vec![Vec::new()];
        for part in parts {
            let further = disjunctive(part, negated, size)?;
            let mut next = Vec::with_capacity(all.len() * further.len());
            for left in &all {
                for right in &further {
                    next.push(left.iter().chain(right).cloned().collect());
                }
            }
            *size += next.len();
            if *size > MOST {
                return None;
            }
            all = next;
        }
        Some(all)
    };
    match filter {
        Filter::And(parts) if negated => joined(parts, size),
        Filter::Or(parts) if negated => multiplied(parts, size),
        Filter::And(parts) => multiplied(parts, size),
        Filter::Or(parts) => joined(parts, size),
        Filter::Not(part) => disjunctive(part, !negated, size),
        other => Some(vec![vec![Atom { filter: other.clone(), negated }]]),
    }
}

/// Two parts of a conjunction that cannot hold together.
fn contradiction(atoms: &[Atom], schema: &ResourceSchema) -> Option<(String, String)> {
    let mut by_path: BTreeMap<&AttrPath, Vec<&Atom>> = BTreeMap::new();
    for atom in atoms {
        if let Some(path) = atom.path() {
            by_path.entry(path).or_default().push(atom);
        }
    }
    for (path, about) in by_path {
        let absent = about.iter().find(|atom| matches!(atom.filter, Filter::Present(_)) && atom.negated);
        if let (Some(absent), Some(needed)) = (absent, about.iter().find(|atom| atom.needs_value())) {
            return Some((needed.shown(), absent.shown()));
        }
        // For one and the same value of a single-valued attribute every part can be decided once the value is known.
        let Some((fixed, value)) =
            about.iter().find_map(|atom| Some((*atom, equals(atom)?))).filter(|_| is_single(path, schema))
        else {
            continue;
        };
        let mut resource = Resource::default();
        resource.set(path, value);
        if let Some(other) = about.iter().find(|atom| !atom.holds(schema, &resource)) {
            return Some((fixed.shown(), other.shown()));
        }
    }
    // One and the same part, asserted and denied.
    atoms.iter().find_map(|atom| {
        let denied =
            atoms.iter().find(|other| other.negated != atom.negated && other.filter == atom.filter)?;
        (!atom.negated).then(|| (atom.shown(), denied.shown()))
    })
}

fn equals(atom: &Atom) -> Option<serde_json::Value> {
    match &atom.filter {
        Filter::Compare(c) if c.op == CompareOp::Eq && !atom.negated => literal(&c.value),
        _ => None,
    }
}

fn literal(value: &Literal) -> Option<serde_json::Value> {
    match value {
        Literal::String(text) => Some(json!(text)),
        Literal::Bool(value) => Some(json!(value)),
        Literal::Number(number) => number.as_i64().map(|number| json!(number)),
        Literal::Null => None,
    }
}

fn is_single(path: &AttrPath, schema: &ResourceSchema) -> bool {
    schema
        .resolve(path)
        .is_some_and(|found| !found.attribute.multi_valued && found.sub.is_none_or(|sub| !sub.multi_valued))
}

/// Attributes for which the conjunction is likely to hold.
fn candidate(atoms: &[Atom], schema: &ResourceSchema) -> Resource {
    let mut out = Resource::default();
    let mut fixed: Vec<&AttrPath> = Vec::new();
    for strong in [true, false] {
        for atom in atoms.iter().filter(|atom| !atom.negated) {
            let Some(path) = atom.path().filter(|path| !fixed.contains(path)) else { continue };
            let value = match &atom.filter {
                Filter::Compare(c) if strong && c.op == CompareOp::Eq => literal(&c.value),
                Filter::Compare(c) if !strong => match c.op {
                    CompareOp::Co | CompareOp::Sw | CompareOp::Ew | CompareOp::Ge | CompareOp::Le => {
                        literal(&c.value)
                    }
                    _ => None,
                },
                Filter::Present(_) if !strong => Some(json!("x")),
                _ => None,
            };
            if let Some(value) = value {
                put(&mut out, path, value, schema);
                fixed.push(path);
            }
        }
    }
    out
}

fn put(out: &mut Resource, path: &AttrPath, value: serde_json::Value, schema: &ResourceSchema) {
    let multi = schema.resolve(path).is_some_and(|found| found.attribute.multi_valued);
    match path.sub() {
        Some(sub) if multi => out.set(&path.parent(), json!([{ sub.as_str(): value }])),
        None if multi => out.set(path, json!([{ "value": value }])),
        _ => out.set(path, value),
    }
}

const MOST: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;
    use tenure_scim::SchemaRegistry;

    fn check(filter: &str) -> String {
        let registry = SchemaRegistry::builtin();
        let schema = registry.resource("User").unwrap();
        match satisfy(&Filter::parse(filter).unwrap().qualified(schema), schema) {
            Satisfied::By(_) => "yes".to_owned(),
            Satisfied::Never(Some((a, b))) => format!("{a} / {b}"),
            Satisfied::Never(None) => "never".to_owned(),
            Satisfied::Unknown => "unknown".to_owned(),
        }
    }

    #[test]
    fn a_condition_has_a_witness_or_a_contradiction() {
        for (filter, expected) in [
            ("title eq \"a\" and userType eq \"b\"", "yes"),
            ("title eq \"a\" and title eq \"A\"", "yes"),
            ("title eq \"a\" and title eq \"b\"", "title eq \"a\" / title eq \"b\""),
            ("title eq \"abc\" and not (title co \"b\")", "title eq \"abc\" / not (title co \"b\")"),
            ("title pr and not (title pr)", "title pr / not (title pr)"),
            ("title sw \"a\" and not (title pr)", "title sw \"a\" / not (title pr)"),
            ("(title eq \"a\" or title eq \"b\") and title eq \"c\"", "title eq \"a\" / title eq \"c\""),
            ("(title eq \"a\" or title eq \"c\") and title eq \"c\"", "yes"),
            ("emails.type eq \"work\" and emails.type eq \"home\"", "unknown"),
            ("title co \"a\" and not (title co \"a\")", "title co \"a\" / not (title co \"a\")"),
            ("active eq true and not (active eq true)", "active eq true / not (active eq true)"),
        ] {
            assert_eq!(check(filter), expected, "{filter}");
        }
    }
}
