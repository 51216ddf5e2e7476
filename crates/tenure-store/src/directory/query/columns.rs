use tenure_scim::AttrPath;
use tenure_scim::filter::sql::{Column, ColumnMap, Dialect, Elements, Kind, Mapped, Text};

use crate::directory::db::dialect::{self, Stored};
use crate::directory::shape::{Compared, Leaf, Shape, named};

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
        let sql = dialect::key(self.dialect, "r.", &name, leaf.compared.stored());
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

    /// Those that were deleted softly are no members.
    fn members(&self) -> Elements {
        let exact = named("members.value")
            .and_then(|path| self.shape.schema.attribute(&path))
            .is_some_and(|attribute| attribute.is_case_exact());
        let value =
            if exact { Column::text("m.value", Text::Exact) } else { Column::text("m.key", Text::Key) };
        Elements::new(
            "member m LEFT JOIN resource x ON x.id = m.key AND x.id = m.value",
            "m.owner = r.seq AND x.deleted IS NULL",
        )
        .with("value", value)
    }

    fn groups(&self) -> Elements {
        let display = dialect::key(self.dialect, "g.", "displayname", Stored::Text);
        // An id is in lower case already.
        Elements::new(
            "member m JOIN resource g ON g.seq = m.owner",
            "m.key = r.id AND m.value = r.id AND g.deleted IS NULL",
        )
        .with("value", Column::text("g.id", Text::Key))
        .with("display", Column::text(display, Text::Key))
        .with("type", Column::text("CAST('direct' AS TEXT)", Text::Key))
    }
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
pub(super) fn sorted(dialect: Dialect, attribute: &crate::directory::shape::Attr, leaf: &Leaf) -> String {
    if !attribute.multi {
        return dialect::key(dialect, "r.", &attribute.key_of(leaf), leaf.compared.stored());
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
