use tenure_scim::AttrPath;
use tenure_scim::filter::sql::{Column, ColumnMap, Dialect, Elements, Kind, Mapped, Text};

use crate::directory::db::dialect::{self, Stored};
use crate::directory::shape::{Attr, Compared, Leaf, Shape, named};

/// Where the values of a class are, for rows named `r`.
pub(super) struct Columns<'a> {
    pub(super) shape: &'a Shape,
    pub(super) dialect: Dialect,
}

impl ColumnMap for Columns<'_> {
    fn map(&self, path: &AttrPath) -> Option<Mapped> {
        if path.schema().is_none() {
            match path.name().as_str().to_ascii_lowercase().as_str() {
                "id" => return Some(Column::text("r.id", Text::Exact).into()),
                "meta" => return self.meta(path).map(Mapped::from),
                "members" if self.shape.has_members => return Some(self.members().into()),
                "groups" if self.shape.has_groups => return Some(self.groups().into()),
                _ => {}
            }
        }
        let attribute = self.shape.attr(path)?;
        if attribute.multi {
            let from = dialect::elements(self.dialect, "r.", &attribute.name, "e");
            let elements =
                attribute.leaves.iter().fold(Elements::new(from, "1 = 1"), |all, leaf| {
                    match kind(leaf.compared) {
                        Some(kind) => {
                            let sql = dialect::element(self.dialect, "e", &leaf.name, leaf.compared.stored());
                            all.with(leaf.name.as_str(), Column::new(sql, kind))
                        }
                        None => all,
                    }
                });
            return Some(elements.into());
        }
        if attribute.complex && path.sub().is_none() {
            let any = dialect::key(self.dialect, "r.", &attribute.name, Stored::Flag);
            return Some(Column::new(any, Kind::Bool).into());
        }
        let leaf = attribute.leaf(path)?;
        let name = attribute.key_of(leaf);
        let sql = self.shape.key(self.dialect, "r.", &name, leaf.compared.stored());
        Some(Column::new(sql, kind(leaf.compared)?).into())
    }
}

impl Columns<'_> {
    fn meta(&self, path: &AttrPath) -> Option<Column> {
        let Some(sub) = path.sub() else { return Some(Column::new("r.version", Kind::Number)) };
        Some(match sub.as_str().to_ascii_lowercase().as_str() {
            "created" => Column::new("r.created", Kind::Time),
            "lastmodified" => Column::new("r.modified", Kind::Time),
            "version" => Column::text("('W/\"' || r.version || '\"')", Text::Exact),
            "resourcetype" => {
                let exact = self.shape.schema.attribute(path).is_some_and(|a| a.is_case_exact());
                let (rule, text) =
                    if exact { (Compared::Exact, Text::Exact) } else { (Compared::Fold, Text::Key) };
                let class = dialect::literal(&rule.text(self.shape.class.as_str()));
                Column::text(format!("CAST({class} AS TEXT)"), text)
            }
            _ => return None,
        })
    }

    fn members(&self) -> Elements {
        let columns = MEMBER_PARTS.into_iter().filter_map(|sub| Some((sub, self.member(sub)?)));
        columns.fold(Elements::new(MEMBERS.0, MEMBERS.1), |all, (sub, column)| all.with(sub, column))
    }

    /// A part of a member: as it was written where its case counts, else its key.
    fn member(&self, sub: &str) -> Option<Column> {
        let path = named(&format!("members.{sub}"))?;
        let exact = self.shape.schema.attribute(&path)?.is_case_exact();
        let (written, key) = match sub {
            "value" => ("m.value", "m.key"),
            "type" => ("coalesce(m.kind, x.class)", "coalesce(m.kind_key, lower(x.class))"),
            "display" => ("m.shown", "m.shown_key"),
            // Whoever gives out addresses makes them of `value` and `type`; none is stored.
            _ => ("CAST(NULL AS TEXT)", "CAST(NULL AS TEXT)"),
        };
        Some(if exact { Column::text(written, Text::Exact) } else { Column::text(key, Text::Key) })
    }

    fn groups(&self) -> Elements {
        let columns = GROUP_PARTS.into_iter().map(|sub| (sub, self.group(sub)));
        columns.fold(Elements::new(GROUPS.0, GROUPS.1), |all, (sub, column)| all.with(sub, column))
    }

    fn group(&self, sub: &str) -> Column {
        let key = match sub {
            // An id is in lower case already.
            "value" => "g.id".to_owned(),
            "display" => dialect::key(self.dialect, "g.", "displayname", Stored::Text),
            "type" => "CAST('direct' AS TEXT)".to_owned(),
            _ => "CAST(NULL AS TEXT)".to_owned(),
        };
        Column::text(key, Text::Key)
    }
}

/// Where members are, and which of them are those of a row. Those that were deleted softly are none.
const MEMBERS: (&str, &str) = (
    "member m LEFT JOIN resource x ON x.id = m.key AND x.id = m.value",
    "m.owner = r.seq AND x.deleted IS NULL",
);
const MEMBER_PARTS: [&str; 4] = ["value", "type", "display", "$ref"];
/// Where the groups of a row are.
const GROUPS: (&str, &str) =
    ("member m JOIN resource g ON g.seq = m.owner", "m.key = r.id AND m.value = r.id AND g.deleted IS NULL");
const GROUP_PARTS: [&str; 4] = ["value", "type", "display", "$ref"];

/// How a sort sees members or groups: by the first, in the order in which they are shown.
pub(super) fn sorted_rows(shape: &Shape, dialect: Dialect, path: &AttrPath) -> Option<String> {
    let columns = Columns { shape, dialect };
    let sub = path.sub()?.as_str().to_ascii_lowercase();
    let (column, (from, on), first) = if path.name() == "members" && shape.has_members {
        (columns.member(&sub)?, MEMBERS, "m.value")
    } else if path.name() == "groups" && shape.has_groups {
        (columns.group(&sub), GROUPS, "g.id")
    } else {
        return None;
    };
    Some(format!("(SELECT {} FROM {from} WHERE {on} ORDER BY {first} LIMIT 1)", column.sql()))
}

/// The type of a column of stored keys; `None` for times, whose zone may be unknown.
fn kind(compared: Compared) -> Option<Kind> {
    Some(match compared {
        Compared::Exact => Kind::Text(Text::Exact),
        Compared::Fold => Kind::Text(Text::Key),
        Compared::UserName => Kind::Text(Text::UserNameKey),
        Compared::Flag => Kind::Bool,
        Compared::Number => Kind::Number,
        Compared::Time => return None,
    })
}

/// How a sort sees a value of an attribute.
pub(super) fn sorted(shape: &Shape, dialect: Dialect, attribute: &Attr, leaf: &Leaf) -> String {
    if !attribute.multi {
        return shape.key(dialect, "r.", &attribute.key_of(leaf), leaf.compared.stored());
    }
    // SPEC: RFC 7644 section 3.4.2.3: the primary value, or else the first.
    let from = dialect::elements(dialect, "r.", &attribute.name, "e");
    let value = dialect::element(dialect, "e", &leaf.name, leaf.compared.stored());
    let by = match attribute.leaves.iter().find(|leaf| leaf.name == "primary") {
        Some(primary) => {
            let primary = dialect::element(dialect, "e", &primary.name, primary.compared.stored());
            let first = if dialect == Dialect::Postgres { "TRUE" } else { "1" };
            format!("CASE WHEN {primary} = {first} THEN 0 ELSE 1 END, e.key")
        }
        None => "e.key".to_owned(),
    };
    format!("(SELECT {value} FROM {from} ORDER BY {by} LIMIT 1)")
}
