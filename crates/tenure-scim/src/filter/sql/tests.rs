use super::*;
use crate::path::AttrPath;

struct Users;

impl ColumnMap for Users {
    fn map(&self, path: &AttrPath) -> Option<Mapped> {
        Some(match path.to_string().to_ascii_lowercase().as_str() {
            "id" => Column::text("u.id", Text::Exact).into(),
            "username" => Column::text("u.user_name_key", Text::UserNameKey).into(),
            "title" => Column::text("u.title_key", Text::Key).into(),
            "active" => Column::new("u.active", Kind::Bool).into(),
            "level" => Column::new("u.level", Kind::Number).into(),
            "meta.created" => Column::new("u.created", Kind::Time).into(),
            "emails" => Elements::new("emails e", "e.user_id = u.id")
                .with("value", Column::text("e.value_key", Text::Key))
                .with("type", Column::text("e.type_key", Text::Key))
                .into(),
            _ => return None,
        })
    }
}

fn text(value: &str) -> SqlParam {
    SqlParam::Text(value.to_owned())
}

#[track_caller]
fn check(filter: &str, sqlite: &str, params: &[SqlParam]) {
    let filter = Filter::parse(filter).unwrap();
    let found = translate(&filter, &Users, Dialect::Sqlite).unwrap();
    assert_eq!((found.sql.as_str(), found.params.as_slice()), (sqlite, params), "{filter}");
}

#[test]
fn values_are_bound_and_never_part_of_the_text() {
    check(r#"userName eq "A'; DROP TABLE u; --""#, "u.user_name_key = ?1", &[text("a'; drop table u; --")]);
    check(r#"id eq "A""#, "u.id = ?1", &[text("A")]);
    check(
        "active eq true and level gt 3",
        "u.active = ?1 AND u.level > ?2",
        &[SqlParam::Bool(true), SqlParam::Integer(3)],
    );
    check("level le 2.5", "u.level <= ?1", &[SqlParam::Real(2.5)]);
    let time = "2026-01-31T12:00:00Z".parse().unwrap();
    check(r#"meta.created ge "2026-01-31T13:00:00+01:00""#, "u.created >= ?1", &[SqlParam::Time(time)]);
}

#[test]
fn wildcards_are_escaped() {
    check(r#"title co "50%_\\""#, r"u.title_key LIKE ?1 ESCAPE '\'", &[text(r"%50\%\_\\%")]);
    check(r#"title sw "É""#, r"u.title_key LIKE ?1 ESCAPE '\'", &[text("é%")]);
    check(r#"title ew "x""#, r"u.title_key LIKE ?1 ESCAPE '\'", &[text("%x")]);
    check(r#"id co "a*[?]%_""#, "u.id GLOB ?1", &[text("*a[*][[][?]]%_*")]);
    let filter = Filter::parse(r#"id co "a*%""#).unwrap();
    let found = translate(&filter, &Users, Dialect::Postgres).unwrap();
    assert_eq!((found.sql.as_str(), found.params), (r"u.id LIKE $1 ESCAPE '\'", vec![text(r"%a*\%%")]));
    let filter = Filter::parse(r#"id co "a|\\_%" or id eq "b""#).unwrap();
    let found = translate(&filter, &Users, Dialect::Mysql).unwrap();
    assert_eq!(found.sql, "u.id LIKE ? ESCAPE '|' OR u.id = ?");
    assert_eq!(found.params, vec![text(r"%a||\|_|%%"), text("b")]);
}

#[test]
fn null_is_false_also_below_not() {
    check(r#"title ne "x""#, "(u.title_key IS NULL OR u.title_key <> ?1)", &[text("x")]);
    check(r#"not (title eq "x")"#, "NOT ((u.title_key IS NOT NULL AND u.title_key = ?1))", &[text("x")]);
    check("title pr", "(u.title_key IS NOT NULL AND u.title_key <> '')", &[]);
    check("title eq null", "NOT (u.title_key IS NOT NULL AND u.title_key <> '')", &[]);
    check("active ne null", "u.active IS NOT NULL", &[]);
    check(
        "not (title pr or active pr)",
        "NOT ((u.title_key IS NOT NULL AND u.title_key <> '') OR u.active IS NOT NULL)",
        &[],
    );
}

#[test]
fn brackets_are_one_row() {
    let from = "EXISTS (SELECT 1 FROM emails e WHERE e.user_id = u.id";
    check(
        r#"emails[type eq "work" and not (value ew "x")]"#,
        &format!(
            r"{from} AND (e.type_key = ?1 AND NOT ((e.value_key IS NOT NULL AND e.value_key LIKE ?2 ESCAPE '\'))))"
        ),
        &[text("work"), text("%x")],
    );
    check(r#"emails co "x""#, &format!(r"{from} AND e.value_key LIKE ?1 ESCAPE '\')"), &[text("%x%")]);
    check(r#"emails.type eq "WORK""#, &format!("{from} AND e.type_key = ?1)"), &[text("work")]);
    check(
        r#"emails.type ne "work""#,
        &format!(
            "({from} AND e.type_key IS NOT NULL AND (e.type_key IS NULL OR e.type_key <> ?1)) OR NOT {from} AND e.type_key IS NOT NULL))"
        ),
        &[text("work")],
    );
    check("emails pr", &format!("{from})"), &[]);
    check("emails.type pr", &format!("{from} AND (e.type_key IS NOT NULL AND e.type_key <> ''))"), &[]);
    check("emails eq null", &format!("NOT {from})"), &[]);
    check("emails ne null", &format!("{from})"), &[]);
    check(
        "emails.type eq null",
        &format!("NOT {from} AND (e.type_key IS NOT NULL AND e.type_key <> ''))"),
        &[],
    );
}

#[test]
fn precedence_survives() {
    check(
        "active eq true and (level eq 1 or level eq 2) or title pr",
        "(u.active = ?1 AND (u.level = ?2 OR u.level = ?3)) OR (u.title_key IS NOT NULL AND u.title_key <> '')",
        &[SqlParam::Bool(true), SqlParam::Integer(1), SqlParam::Integer(2)],
    );
}

#[test]
fn postgres_orders_by_code_point_and_numbers_from_where_it_is_told() {
    let filter = Filter::parse(r#"title gt "A" and level ne 1"#).unwrap();
    let found = translate_from(&filter, &Users, Dialect::Postgres, 4).unwrap();
    assert_eq!(found.sql, "u.title_key COLLATE \"C\" > $4 AND (u.level IS NULL OR u.level <> $5)");
}

#[test]
fn postgres_compares_whole_text_by_its_own_collation() {
    let filter = Filter::parse(r#"title eq "A" and level gt 1"#).unwrap();
    let found = translate(&filter, &Users, Dialect::Postgres).unwrap();
    assert_eq!(found.sql, "u.title_key = $1 AND u.level > $2");
    check(r#"title gt "A""#, "u.title_key > ?1", &[text("a")]);
}

#[test]
fn a_number_keeps_all_its_digits_or_is_refused() {
    check("level eq 123456789.123456", "u.level = ?1", &[SqlParam::Real(123_456_789.123_456)]);
    check("level eq 1.5e10", "u.level = ?1", &[SqlParam::Real(1.5e10)]);
    for number in ["1234567890.123456", "1e999"] {
        let filter = Filter::parse(&format!("level eq {number}")).unwrap();
        let error = translate(&filter, &Users, Dialect::Sqlite).unwrap_err();
        assert_eq!(error.reason(), "the number has more digits than a column keeps", "{number}");
    }
}

#[test]
fn what_sql_cannot_say_is_an_error() {
    for (filter, expected) in [
        ("nickName pr", "cannot translate `nickName`: there is no column for it"),
        ("emails.display pr", "cannot translate `emails.display`: there is no column for it"),
        ("title.display pr", "cannot translate `title.display`: there is no column for it"),
        ("emails gt null", "cannot translate `emails gt null`: only `eq` and `ne` stand before `null`"),
        ("emails[display pr]", "cannot translate `display`: there is no column for it"),
        (r#"title[value eq "x"]"#, "cannot translate `title`: its values are not kept in rows of their own"),
        ("title eq 1", "cannot translate `title eq 1`: the column has another type"),
        ("active gt true", "cannot translate `active gt true`: `active` is a boolean and has no order"),
        ("level co 1", "cannot translate `level co 1`: the column is not text"),
        (
            "level eq 1.2345678901234567890",
            "cannot translate `level eq 1.2345678901234567890`: the number has more digits than a column keeps",
        ),
        (
            r#"meta.created gt "2026-01-31T12:00:00""#,
            "cannot translate `meta.created gt \"2026-01-31T12:00:00\"`: expected a date and time with a zone",
        ),
        ("title gt null", "cannot translate `title gt null`: only `eq` and `ne` stand before `null`"),
    ] {
        let filter = Filter::parse(filter).unwrap();
        let error = translate(&filter, &Users, Dialect::Sqlite).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(crate::ScimError::from(error).scim_type(), Some(&crate::ScimType::InvalidFilter));
    }
}

#[test]
fn a_column_says_the_expression_that_it_was_made_of() {
    assert_eq!(Column::text("u.title_key", Text::Key).sql(), "u.title_key");
    assert_eq!(Column::new("lower(u.x)", Kind::Number).sql(), "lower(u.x)");
}
