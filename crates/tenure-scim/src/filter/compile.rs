//! Turning a filter into a form that tests resources without looking anything up twice.

use std::borrow::Cow;

use super::check::{predicate, rule_of};
use super::predicate::Predicate;
use super::program::{Node, Program};
use super::term::{Asks, Place, Target, Term};
use super::{CompareOp, Comparison, Filter, FilterError, probe};
use crate::arena::Probe;
use crate::name::AttrName;
use crate::path::AttrPath;
use crate::precis::Rule;
use crate::schema::{Attribute, AttributeType, Resolved, ResourceSchema};
use crate::value::Lookup;

/// A filter made ready to test many resources; testing allocates nothing.
///
/// # Examples
///
/// ```
/// use tenure_scim::{Filter, Resource, SchemaRegistry};
///
/// let registry = SchemaRegistry::builtin();
/// let users = registry.resource("User").ok_or("no such resource type")?;
/// let works = Filter::parse(r#"emails[type eq "work" and value ew "@example.com"]"#)?.compile(users)?;
///
/// let anna: Resource = r#"{"emails": [{"type": "work", "value": "anna@example.com"}]}"#.parse()?;
/// let bert: Resource = r#"{"emails": [{"type": "work", "value": "b@a.org"}, {"type": "home", "value": "b@example.com"}]}"#.parse()?;
/// assert!(works.matches(&anna) && !works.matches(&bert));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct CompiledFilter {
    /// What must be so from afar.
    pub(super) afar: Program<Probe>,
    /// The condition for those of which that is so.
    pub(super) near: Program<Term>,
}

/// The compiled `[ ]` of a path, to be tested against single elements.
#[derive(Clone, Debug)]
pub(crate) struct ElementMatcher {
    pub(super) condition: Program<Term>,
}

impl Filter {
    /// Checks that the schema has every attribute and allows every comparison.
    ///
    /// # Errors
    ///
    /// An unknown attribute, an order on a boolean or binary value, a substring of a number, or a literal of the
    /// wrong type. [`FilterError::in_text`] adds the place.
    pub fn check(&self, schema: &ResourceSchema) -> Result<(), FilterError> {
        self.compile(schema).map(drop)
    }

    /// Compiles the filter for resources of one type.
    ///
    /// `ne` holds when some value differs or when there is none; `eq null` holds when there is none.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub fn compile(&self, schema: &ResourceSchema) -> Result<CompiledFilter, FilterError> {
        build(self, &Scope::Resource { schema, lenient: false }).map(CompiledFilter::new)
    }

    /// Compiles the filter for one of many resource types: an attribute that this one lacks has no value.
    ///
    /// Spec: RFC 7644 section 3.4.2.1, queries at the root.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check), but for unknown attributes.
    pub fn compile_lenient(&self, schema: &ResourceSchema) -> Result<CompiledFilter, FilterError> {
        build(self, &Scope::Resource { schema, lenient: true }).map(CompiledFilter::new)
    }

    /// Compiles the filter without a schema: each value's own type decides, text is compared without case except
    /// in `id`, `externalId` and `$ref`.
    pub fn compile_open(&self) -> CompiledFilter {
        CompiledFilter::new(build(self, &Scope::Open).unwrap_or(Node::Const(false)))
    }

    /// The same filter with every bare name that only an extension has qualified with that extension.
    ///
    /// ```
    /// use tenure_scim::{Filter, SchemaRegistry};
    ///
    /// let registry = SchemaRegistry::builtin();
    /// let users = registry.resource("User").ok_or("no such resource type")?;
    /// let filter = Filter::parse(r#"department eq "Support" and title pr"#)?.qualified(users);
    /// assert_eq!(
    ///     filter.to_string(),
    ///     r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "Support" and title pr"#
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn qualified(&self, schema: &ResourceSchema) -> Self {
        let path = |path: &AttrPath| qualify(path, schema).into_owned();
        match self {
            Self::And(parts) => Self::And(parts.iter().map(|p| p.qualified(schema)).collect()),
            Self::Or(parts) => Self::Or(parts.iter().map(|p| p.qualified(schema)).collect()),
            Self::Not(part) => Self::not(part.qualified(schema)),
            Self::Compare(c) => Self::compare(path(&c.path), c.op, c.value.clone()),
            Self::Present(p) => Self::Present(path(p)),
            Self::Element(e) => Self::element(path(&e.path), (*e.filter).clone()),
        }
    }
}

impl ElementMatcher {
    /// Compiles the condition inside the `[ ]` behind `attribute`.
    pub(crate) fn new(filter: &Filter, resolved: Resolved<'_>) -> Result<Self, FilterError> {
        Ok(Self { condition: Program::new(build(filter, &Scope::Element { of: resolved })?) })
    }
}

enum Scope<'a> {
    Open,
    OpenElement,
    Resource { schema: &'a ResourceSchema, lenient: bool },
    Element { of: Resolved<'a> },
}

impl<'a> Scope<'a> {
    /// What `path` means here; `Ok(None)` when nothing is known and nothing need be.
    fn resolve(&self, path: &AttrPath) -> Result<Option<Resolved<'a>>, FilterError> {
        match self {
            Self::Open | Self::OpenElement => Ok(None),
            Self::Resource { schema, .. } => schema
                .resolve(path)
                .map(Some)
                .ok_or_else(|| unknown(path, &format!("resource type `{}`", schema.name()))),
            Self::Element { of } if of.attribute.kind == AttributeType::Complex => {
                match of.attribute.sub(path.name()) {
                    Some(sub) => Ok(Some(Resolved { sub: Some(sub), ..*of })),
                    None => Err(unknown(path, &format!("`{}`", of.attribute.name))),
                }
            }
            Self::Element { of } if *path.name() == "value" => Ok(Some(*of)),
            Self::Element { of } => Err(FilterError::new(
                format!("`value` inside the `[ ]` of `{}`", of.attribute.name),
                format!("`{path}`"),
            )),
        }
    }

    fn place(&self, path: &AttrPath, resolved: Option<&Resolved<'_>>) -> Place {
        match (self, resolved) {
            (Self::Open, _) if path.schema().is_some() => Place::Open(path.parent()),
            (Self::OpenElement | Self::Element { .. }, _) => Place::Own(Lookup::new(path.name().as_str())),
            (Self::Resource { .. }, Some(Resolved { extension: Some(extension), attribute, .. })) => {
                Place::Extension {
                    schema: Lookup::new(extension.id.as_str()),
                    name: Lookup::new(attribute.name.as_str()),
                }
            }
            (Self::Open | Self::Resource { .. }, _) => Place::Own(Lookup::new(path.name().as_str())),
        }
    }
}

fn unknown(path: &AttrPath, owner: &str) -> FilterError {
    FilterError::new(format!("an attribute of {owner}"), format!("`{path}`"))
}

fn build(filter: &Filter, scope: &Scope<'_>) -> Result<Node<Term>, FilterError> {
    let all = |parts: &[Filter]| parts.iter().map(|p| build(p, scope)).collect::<Result<Vec<_>, _>>();
    match filter {
        Filter::And(parts) => Ok(Node::And(cheap_first(all(parts)?))),
        Filter::Or(parts) => Ok(Node::Or(cheap_first(all(parts)?))),
        Filter::Not(part) => Ok(Node::Not(Box::new(build(part, scope)?))),
        Filter::Compare(comparison) => match known(scope, &comparison.path)? {
            Known::Missing => Ok(Node::Const(absent_passes(comparison))),
            Known::Is(resolved) => compare(comparison, scope, resolved),
        },
        Filter::Present(path) => match known(scope, path)? {
            Known::Missing => Ok(Node::Const(false)),
            Known::Is(resolved) => {
                let target = Target { place: scope.place(path, resolved.as_ref()), sub: sub_name(path) };
                let asks = Asks::Any { predicate: Predicate::Present, or_absent: false };
                Ok(Node::Term(Term::new(target, asks)))
            }
        },
        Filter::Element(element) => match known(scope, &element.path)? {
            Known::Missing => Ok(Node::Const(false)),
            Known::Is(resolved) => {
                let inner = match resolved {
                    Some(of) => Scope::Element { of },
                    None => Scope::OpenElement,
                };
                let asks = Asks::Element(Program::new(build(&element.filter, &inner)?));
                let target = Target { place: scope.place(&element.path, resolved.as_ref()), sub: None };
                let predicate = |part: &Filter| match build(part, &inner) {
                    Ok(Node::Term(Term { asks: Asks::Any { predicate, .. }, .. })) => Some(predicate),
                    _ => None,
                };
                let probe = probe::of_element(&element.filter, &target.place, predicate);
                Ok(Node::Term(Term { probe, ..Term::new(target, asks) }))
            }
        },
    }
}

/// In an order in which the first part that decides has cost little; the result does not depend on it.
fn cheap_first(mut parts: Vec<Node<Term>>) -> Vec<Node<Term>> {
    parts.sort_by_key(cost);
    parts
}

fn cost(node: &Node<Term>) -> u32 {
    match node {
        Node::Const(_) => 0,
        Node::And(parts) | Node::Or(parts) => parts.iter().map(cost).sum(),
        Node::Not(part) => cost(part),
        Node::Term(term) => term.cost(),
    }
}

enum Known<'a> {
    /// The type lacks the attribute and the scope forgives it.
    Missing,
    Is(Option<Resolved<'a>>),
}

fn known<'a>(scope: &Scope<'a>, path: &AttrPath) -> Result<Known<'a>, FilterError> {
    match scope.resolve(path) {
        Ok(resolved) => Ok(Known::Is(resolved)),
        Err(_) if matches!(scope, Scope::Resource { lenient: true, .. }) => Ok(Known::Missing),
        Err(error) => Err(error),
    }
}

fn absent_passes(comparison: &Comparison) -> bool {
    let null = comparison.value == super::Literal::Null;
    if null { comparison.op == CompareOp::Eq } else { comparison.op == CompareOp::Ne }
}

fn compare(
    c: &Comparison,
    scope: &Scope<'_>,
    resolved: Option<Resolved<'_>>,
) -> Result<Node<Term>, FilterError> {
    let place = scope.place(&c.path, resolved.as_ref());
    let (predicate, sub) = match resolved {
        None => (Predicate::open(c.op, &c.value, open_rule(&c.path)), sub_name(&c.path)),
        Some(resolved) => {
            let resolved = value_of(c, resolved)?;
            let sub = match scope {
                Scope::Element { .. } => None,
                _ => resolved.sub.map(|s| Lookup::new(s.name.as_str())),
            };
            (predicate(&c.path, resolved.leaf(), rule_of(&resolved), c.op, &c.value)?, sub)
        }
    };
    let target = Target { place, sub };
    Ok(match (predicate, c.op) {
        (Some(predicate), op) => {
            let probe = match scope {
                Scope::Open | Scope::Resource { .. } => probe::of_comparison(c, &target, &predicate),
                Scope::OpenElement | Scope::Element { .. } => None,
            };
            let asks = Asks::Any { predicate, or_absent: op == CompareOp::Ne };
            Node::Term(Term { probe, ..Term::new(target, asks) })
        }
        (None, CompareOp::Eq) => Node::Term(Term::new(target, Asks::Absent)),
        (None, CompareOp::Ne) => Node::Not(Box::new(Node::Term(Term::new(target, Asks::Absent)))),
        (None, _) => Node::Const(false),
    })
}

/// A complex attribute stands for its `value`, as in RFC 7644's own `emails co "example.com"`.
fn value_of<'a>(c: &Comparison, resolved: Resolved<'a>) -> Result<Resolved<'a>, FilterError> {
    let leaf: &Attribute = resolved.leaf();
    if leaf.kind != AttributeType::Complex || c.value == super::Literal::Null {
        return Ok(resolved);
    }
    match leaf.sub_attributes.iter().find(|s| s.name == "value") {
        Some(value) => Ok(Resolved { sub: Some(value), ..resolved }),
        None => Err(FilterError::new(format!("a sub-attribute of `{}`", c.path), format!("`{}`", c.path))
            .with_help(format!("it is complex and has no `value`: write `{}.<name>`", c.path))),
    }
}

fn sub_name(path: &AttrPath) -> Option<Lookup> {
    path.sub().map(|s| Lookup::new(s.as_str()))
}

fn open_rule(path: &AttrPath) -> Rule {
    let last: &AttrName = path.sub().unwrap_or(path.name());
    if *last == "$ref" || (path.sub().is_none() && (*last == "id" || *last == "externalId")) {
        Rule::Exact
    } else if path.sub().is_none() && *last == "userName" {
        Rule::UserName
    } else {
        Rule::Fold
    }
}

fn qualify<'a>(path: &'a AttrPath, schema: &ResourceSchema) -> Cow<'a, AttrPath> {
    if path.schema().is_some() || schema.resolve(&path.parent()).is_some() {
        return Cow::Borrowed(path);
    }
    let mut owners = schema.extensions().filter(|(e, _)| e.attribute(path.name()).is_some());
    match (owners.next(), owners.next()) {
        (Some((owner, _)), None) => Cow::Owned(path.with_schema(owner.id.clone())),
        _ => Cow::Borrowed(path),
    }
}
