use tenure_connector::{ConnectorError, ErrorKind};
use tenure_scim::filter::sql::{Dialect, translate_from};
use tenure_scim::filter::{CompareOp, CompiledFilter, Filter};

use super::columns::Columns;
use super::narrow::narrow;
use super::plain::plain;
use crate::directory::db::Param;
use crate::directory::db::dialect::literal;
use crate::directory::error::{Result, refused};
use crate::directory::shape::Shape;

/// SQL behind `WHERE`, and what it binds.
#[derive(Debug, Clone)]
pub(in crate::directory) struct Condition {
    pub(in crate::directory) sql: String,
    pub(in crate::directory) params: Vec<Param<'static>>,
}

impl Condition {
    /// The live rows `r` of a class. The class is a literal: the indexes are those of one class.
    pub(in crate::directory) fn live(shape: &Shape) -> Self {
        let sql = format!("r.class = {} AND r.deleted IS NULL", literal(shape.class.as_str()));
        Self { sql, params: Vec::new() }
    }

    /// Binds a value and returns its name.
    pub(in crate::directory) fn bind(&mut self, param: impl Into<Param<'static>>) -> String {
        self.params.push(param.into());
        format!("?{}", self.params.len())
    }

    /// Adds one more condition.
    pub(in crate::directory) fn and(&mut self, sql: &str) {
        self.sql.push_str(" AND ");
        self.sql.push_str(sql);
    }
}

/// The resources that a query asks for.
#[derive(Debug)]
pub(in crate::directory) struct Selection {
    /// What the database decides.
    pub(in crate::directory) condition: Condition,
    /// The whole filter, when the database cannot decide all of it.
    pub(in crate::directory) rest: Option<CompiledFilter>,
    /// Whether there is a filter at all.
    pub(in crate::directory) filtered: bool,
    /// The order of rows that nobody sorts.
    pub(in crate::directory) row_order: &'static str,
}

impl Selection {
    pub(in crate::directory) fn new(
        shape: &Shape,
        dialect: Dialect,
        filter: Option<&Filter>,
    ) -> Result<Self> {
        let mut condition = Condition::live(shape);
        let Some(filter) = filter else {
            return Ok(Self { condition, rest: None, filtered: false, row_order: ROWS });
        };
        // What the schema does not allow is refused here, before any database could be more lenient.
        let compiled = filter
            .compile(&shape.schema)
            .map_err(|error| refused(ErrorKind::InvalidInput, error.to_string()))?;
        check(filter)?;
        let filter = plain(filter, shape);
        if let Some(narrowed) = narrow(&filter, shape, dialect, &mut condition) {
            condition.and(&narrowed);
        }
        let columns = Columns { shape, dialect };
        let mut exact = true;
        let parts = match &filter {
            Filter::And(parts) => parts.as_slice(),
            one => std::slice::from_ref(one),
        };
        for part in parts {
            match translate_from(part, &columns, dialect, condition.params.len() + 1) {
                Ok(found) => {
                    condition.and(&format!("({})", found.sql));
                    condition.params.extend(found.params.into_iter().map(Param::from));
                }
                Err(error) if looks_at_rows(part) => {
                    return Err(refused(ErrorKind::InvalidInput, error.to_string()));
                }
                Err(_) => exact = false,
            }
        }
        let few = dialect == Dialect::Postgres && parts.iter().any(|part| finds_few(part, shape));
        let row_order = if few { FOUND_ROWS } else { ROWS };
        Ok(Self { condition, rest: (!exact).then_some(compiled), filtered: true, row_order })
    }
}

/// Refuses literals that a database would refuse in its own words.
fn check(filter: &Filter) -> Result<()> {
    use tenure_scim::filter::Literal;
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().try_for_each(check),
        Filter::Not(part) => check(part),
        Filter::Element(element) => check(&element.filter),
        Filter::Present(_) => Ok(()),
        Filter::Compare(comparison) => match &comparison.value {
            Literal::String(text) if !is_bindable(text) => {
                let detail = format!("expected at most {LONGEST} bytes without U+0000 in a filter's text");
                Err(ConnectorError::invalid_input("filter", detail).into())
            }
            _ => Ok(()),
        },
    }
}

/// Whether both databases take a text of a filter as a parameter.
pub(in crate::directory) fn is_bindable(text: &str) -> bool {
    !text.contains('\0') && text.len() <= LONGEST
}

/// Whether a filter looks at members or groups, which are not in the resource's own row.
fn looks_at_rows(filter: &Filter) -> bool {
    let is = |path: &tenure_scim::AttrPath| path.name() == "members" || path.name() == "groups";
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().any(looks_at_rows),
        Filter::Not(inner) => looks_at_rows(inner),
        Filter::Compare(comparison) => is(&comparison.path),
        Filter::Present(path) => is(path),
        Filter::Element(element) => is(&element.path),
    }
}

/// Whether at most one resource has what a filter asks for.
#[cfg(feature = "sqlite")]
pub(super) fn finds_one(filter: &Filter, shape: &Shape) -> bool {
    let Filter::Compare(comparison) = filter else { return false };
    let is_unique = || shape.index(&comparison.path).is_some_and(|index| index.unique);
    comparison.op == CompareOp::Eq && is_unique()
}

/// Whether an index leads to the rows of a condition, but not in their order.
fn finds_few(part: &Filter, shape: &Shape) -> bool {
    let Filter::Compare(comparison) = part else { return false };
    let index = || shape.index(&comparison.path).filter(|index| !index.multi && index.compared.is_text());
    match comparison.op {
        CompareOp::Eq => index().is_some_and(|index| index.unique),
        CompareOp::Sw => index().is_some(),
        _ => false,
    }
}

const ROWS: &str = "r.seq";
/// PostgreSQL knows nothing of how the values in an index of some of the rows are spread. Where the order of rows can be had
/// for nothing, it walks through all of them rather than search that index; no index has this order.
const FOUND_ROWS: &str = "r.seq + 0";
/// SQLite takes patterns of up to 50,000 bytes, in which every character may be escaped.
const LONGEST: usize = 10_000;
