//! Objects as rows and back, without loss: a scalar stands as it is, a list as JSON.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tenure_connector::memory::SavedObject;
use tenure_connector::{AccountStatus, ConnectorError, IdempotencyKey, Result};
use tenure_scim::schema::AttributeType;
use tenure_scim::{AttrPath, Resource, ResourceSchema};

use crate::suggest::closest;

const FIXED: [&str; 6] = ["id", "revision", "status", "deleted", "createdBy", "schemas"];

/// Writes objects as CSV: the fixed columns, then one for each attribute that any of them has.
pub(super) fn write(objects: &[SavedObject]) -> Result<String> {
    let rows: Vec<_> = objects.iter().map(|object| (object, flatten(&object.resource))).collect();
    let columns: BTreeSet<&String> = rows.iter().flat_map(|(_, cells)| cells.keys()).collect();
    let header = FIXED.iter().map(ToString::to_string).chain(columns.iter().map(ToString::to_string));
    let mut lines = vec![header.collect::<Vec<_>>()];
    for (object, cells) in &rows {
        let fixed = [
            object.id.clone(),
            object.revision.to_string(),
            object.status.to_string(),
            if object.deleted { "yes".to_owned() } else { String::new() },
            object.created_by.as_ref().map(ToString::to_string).unwrap_or_default(),
            object.resource.schemas().collect::<Vec<_>>().join(" "),
        ];
        let rest = columns.iter().map(|column| cells.get(*column).cloned().unwrap_or_default());
        lines.push(fixed.into_iter().chain(rest).collect());
    }
    to_text(lines)
}

/// Writes rows of cells as CSV.
pub(super) fn to_text(lines: Vec<Vec<String>>) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let wrote = lines.into_iter().try_for_each(|line| writer.write_record(line));
    let bytes = wrote.ok().and_then(|()| writer.into_inner().ok());
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| ConnectorError::invalid_input("file", "the objects cannot be written as rows"))
}

/// Reads objects from CSV.
pub(super) fn read(file: &str, text: &str, schema: &ResourceSchema) -> Result<Vec<SavedObject>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let broken = |source: csv::Error| {
        ConnectorError::invalid_input("file", format!("{file}: expected rows of cells")).with_source(source)
    };
    let header = reader.headers().map_err(broken)?.clone();
    let mut objects = Vec::new();
    for (index, record) in reader.records().enumerate() {
        let record = record.map_err(broken)?;
        let line = record.position().map_or(index as u64 + 2, csv::Position::line);
        let cells = header.iter().zip(&record).filter(|(_, cell)| !cell.is_empty());
        objects.push(object(&format!("{file}:{line}"), cells, schema)?);
    }
    Ok(objects)
}

fn object<'a>(
    place: &str,
    cells: impl Iterator<Item = (&'a str, &'a str)>,
    schema: &ResourceSchema,
) -> Result<SavedObject> {
    let mut saved = SavedObject {
        id: String::new(),
        revision: 1,
        status: AccountStatus::Active,
        deleted: false,
        created_by: None,
        resource: Resource::default(),
    };
    let (mut attributes, mut schemas) = (Vec::new(), Vec::new());
    for (column, cell) in cells {
        match column {
            "id" => cell.clone_into(&mut saved.id),
            "revision" => saved.revision = number(place, column, cell)?,
            "status" => saved.status = status(place, cell)?,
            "deleted" => saved.deleted = cell == "yes",
            "createdBy" => saved.created_by = Some(IdempotencyKey::new(cell)),
            "schemas" => schemas.extend(cell.split(' ')),
            attribute => attributes.push((attribute, cell)),
        }
    }
    // A resource without members takes the first schema that it names for the main one, and keeps that one's
    // attributes at the top level; a mapping into an extension names the extension first.
    let main = schema.base().id.as_str();
    schemas.sort_by_key(|named| !named.eq_ignore_ascii_case(main));
    schemas.iter().for_each(|named| saved.resource.add_schema(named));
    for (attribute, cell) in attributes {
        let path = known(place, attribute, schema)?;
        let value = parse(place, attribute, cell, &path, schema)?;
        saved.resource.set(&path, value);
    }
    if saved.id.is_empty() {
        return Err(wrong(place, "id", "a value", ""));
    }
    saved.resource.set_id(&saved.id);
    Ok(saved)
}

/// The attributes of a resource as texts, by path.
fn flatten(resource: &Resource) -> BTreeMap<String, String> {
    let mut cells = BTreeMap::new();
    let own = |name: &str| FIXED.iter().any(|fixed| fixed.eq_ignore_ascii_case(name));
    for (name, value) in resource.attributes().filter(|(name, _)| !own(name)) {
        add(&mut cells, name, value.to_json());
    }
    cells
}

fn add(cells: &mut BTreeMap<String, String>, path: &str, value: Value) {
    match value {
        Value::Null => {}
        Value::String(text) => {
            cells.insert(path.to_owned(), text);
        }
        Value::Object(members) => {
            for (name, member) in members {
                // An extension's attributes follow its URI behind a colon, those of an attribute a dot.
                let is_extension =
                    path.contains(':') && !path.rsplit(':').next().is_some_and(is_attribute_of_extension);
                let joint = if is_extension { ':' } else { '.' };
                add(cells, &format!("{path}{joint}{name}"), member);
            }
        }
        other => {
            cells.insert(path.to_owned(), other.to_string());
        }
    }
}

/// Schema URIs of SCIM end in a capitalised resource name, attributes begin with a small letter.
fn is_attribute_of_extension(last: &str) -> bool {
    last.starts_with(char::is_lowercase)
}

fn known(place: &str, attribute: &str, schema: &ResourceSchema) -> Result<AttrPath> {
    let path =
        AttrPath::parse(attribute).ok().filter(|path| is_common(path) || schema.attribute(path).is_some());
    path.ok_or_else(|| {
        let names = schema.attributes().iter().map(|attribute| attribute.name.as_str());
        let error = wrong(place, attribute, "a column that is an attribute of the schema", attribute);
        match closest(attribute, names) {
            Some(near) => error.with_help(format!("did you mean `{near}`?")),
            None => error,
        }
    })
}

fn is_common(path: &AttrPath) -> bool {
    path.schema().is_none()
        && ["externalId", "meta"].iter().any(|name| path.name().as_str().eq_ignore_ascii_case(name))
}

fn parse(place: &str, column: &str, cell: &str, path: &AttrPath, schema: &ResourceSchema) -> Result<Value> {
    let Some(attribute) = schema.attribute(path) else { return Ok(cell.into()) };
    let whole_text = matches!(
        attribute.kind,
        AttributeType::String | AttributeType::DateTime | AttributeType::Binary | AttributeType::Reference
    );
    if whole_text && !attribute.multi_valued {
        return Ok(cell.into());
    }
    serde_json::from_str(cell).map_err(|_| wrong(place, column, "JSON", cell))
}

fn number(place: &str, column: &str, cell: &str) -> Result<u64> {
    cell.parse().map_err(|_| wrong(place, column, "a whole number", cell))
}

fn status(place: &str, cell: &str) -> Result<AccountStatus> {
    serde_json::from_value(cell.into())
        .map_err(|_| wrong(place, "status", "active, suspended, disabled or archived", cell))
}

pub(super) fn wrong(place: &str, column: &str, expected: &str, found: &str) -> ConnectorError {
    ConnectorError::invalid_input(
        column,
        format!("{place}: column `{column}`: expected {expected}, found `{found}`"),
    )
}
