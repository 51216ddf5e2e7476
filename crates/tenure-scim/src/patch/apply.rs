//! Applying operations in order, all or none.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::conform::{Conform, has_state};
use super::element::{is_stored, same};
use super::target::{AttributeTarget, Target, declare, drop_extension, may_declare, resolve};
use super::{Patch, PatchOp, PatchOperation, PatchReport, element, multi, singular};
use crate::arena::{Arena, Slot};
use crate::error::ScimError;
use crate::path::{AttrPath, PatchPath};
use crate::profile::{Fired, Profile, Tolerance, restrict};
use crate::resource::Resource;
use crate::schema::{Mutability, Resolved, ResourceSchema, Schema};

/// Applies a patch; on error takes everything back.
pub(super) fn patch(
    patch: &Patch,
    resource: &mut Resource,
    schema: &ResourceSchema,
    profile: &Profile,
) -> Result<PatchReport, ScimError> {
    restrict::patch(patch, profile)?;
    let doc = resource.arena_mut();
    let checkpoint = doc.checkpoint();
    let mut apply = Apply { doc, schema, profile, fired: Fired::default(), touched: BTreeSet::new() };
    let mut changed = false;
    for (n, operation) in patch.operations.iter().enumerate() {
        match apply.operation(operation) {
            Ok(effect) => changed |= effect,
            Err(error) => {
                apply.doc.rollback(&checkpoint);
                return Err(error.within(format!("operation {}", n + 1)));
            }
        }
    }
    let report = PatchReport { changed, touched: apply.touched, fired: apply.fired };
    resource.arena_mut().commit(checkpoint);
    Ok(report)
}

pub(super) struct Apply<'a> {
    pub(super) doc: &'a mut Arena,
    schema: &'a ResourceSchema,
    pub(super) profile: &'a Profile,
    pub(super) fired: Fired,
    touched: BTreeSet<AttrPath>,
}

impl Apply<'_> {
    pub(super) fn conform(&mut self) -> Conform<'_> {
        Conform { profile: self.profile, fired: &mut self.fired }
    }

    pub(super) fn tolerates(&mut self, tolerance: Tolerance) -> bool {
        let allowed = self.profile.allows(tolerance);
        if allowed {
            self.fired.record(tolerance);
        }
        allowed
    }

    fn operation(&mut self, operation: &PatchOperation) -> Result<bool, ScimError> {
        let value = operation.value.as_ref();
        if operation.op != PatchOp::Remove && value.is_none() {
            return Err(ScimError::invalid_value(format!("expected a `value` for `{}`", operation.op)));
        }
        match (&operation.path, operation.op) {
            // SPEC: RFC 7644 section 3.5.2.2 names this keyword, not `invalidPath`.
            (None, PatchOp::Remove) => Err(ScimError::no_target("expected a `path` for `remove`")),
            (None, op) => match value {
                Some(Value::Object(members)) => self.without_path(op, members),
                _ => Err(ScimError::invalid_value("expected an object in `value` when there is no `path`")),
            },
            (Some(path), op) => self.at_path(op, path, value),
        }
    }

    fn at_path(&mut self, op: PatchOp, path: &PatchPath, value: Option<&Value>) -> Result<bool, ScimError> {
        match resolve(path, self.schema, self.profile, &mut self.fired)? {
            Target::Extension(extension, required) => self.extension(op, extension, required, value),
            Target::Attribute(target) => {
                self.touch(&target);
                if is_schemas(&target) {
                    return self.schemas(op, &target, value);
                }
                target.refuse_read_only()?;
                if let Some(value) = value.filter(|_| target.sub.is_none()) {
                    restrict::value(self.profile, target.attribute, value)?;
                }
                self.attribute(op, &target, value)
            }
        }
    }

    fn attribute(
        &mut self,
        op: PatchOp,
        target: &AttributeTarget<'_>,
        value: Option<&Value>,
    ) -> Result<bool, ScimError> {
        if target.attribute.multi_valued {
            multi::run(self, op, target, value)
        } else {
            singular::run(self, op, target, value)
        }
    }

    /// Every member of `value` as an operation of its own.
    fn without_path(&mut self, op: PatchOp, members: &Map<String, Value>) -> Result<bool, ScimError> {
        let mut changed = false;
        for (key, value) in members {
            changed |= self.member(op, key, value).map_err(|e| e.within(format!("`{key}`")))?;
        }
        Ok(changed)
    }

    fn member(&mut self, op: PatchOp, key: &str, value: &Value) -> Result<bool, ScimError> {
        let schema = self.schema;
        if let Some((extension, required)) = schema.extensions().find(|(e, _)| e.id == *key) {
            return self.extension(op, extension, required, Some(value));
        }
        let path = PatchPath::parse(key)?;
        let plain = path.attribute().schema().is_none() && path.sub().is_none() && path.filter().is_none();
        if !plain && !self.tolerates(Tolerance::PatchDottedKeys) {
            return Err(ScimError::invalid_path("expected the name of an attribute, found a path"));
        }
        if plain && let Some(found) = schema.resolve(path.attribute()) {
            let target = AttributeTarget::of(found);
            if is_schemas(&target) {
                return self.schemas(PatchOp::Add, &target, Some(value));
            }
            // A peer that sends back the whole resource sends what it may not write, unchanged.
            if found.attribute.mutability == Mutability::ReadOnly
                && target.slot(self.doc).map_or(!has_state(value), |s| same(self.doc.at(s), value))
            {
                return Ok(false);
            }
        }
        self.at_path(op, &path, Some(value))
    }

    fn extension(
        &mut self,
        op: PatchOp,
        extension: &Schema,
        required: bool,
        value: Option<&Value>,
    ) -> Result<bool, ScimError> {
        match (op, value) {
            (PatchOp::Add | PatchOp::Replace, Some(Value::Object(members))) => {
                let mut changed = false;
                for (key, value) in members {
                    let unknown =
                        || ScimError::invalid_path(format!("`{}` has no attribute `{key}`", extension.id));
                    let attribute =
                        extension.attributes.iter().find(|a| a.name == *key.as_str()).ok_or_else(unknown)?;
                    let target =
                        AttributeTarget::of(Resolved { extension: Some(extension), attribute, sub: None });
                    self.touch(&target);
                    target.refuse_read_only()?;
                    changed |= self.attribute(op, &target, Some(value))?;
                }
                Ok(changed)
            }
            (PatchOp::Remove, None) | (_, Some(Value::Null)) => self.remove_extension(extension, required),
            (PatchOp::Remove, Some(_)) => Err(ScimError::invalid_value("expected no `value` for `remove`")),
            _ => Err(ScimError::invalid_value(format!("expected an object for `{}`", extension.id))),
        }
    }

    fn remove_extension(&mut self, extension: &Schema, required: bool) -> Result<bool, ScimError> {
        if required {
            return Err(ScimError::mutability(format!("`{}` is required", extension.id)));
        }
        for attribute in &extension.attributes {
            let target = AttributeTarget::of(Resolved { extension: Some(extension), attribute, sub: None });
            let assigned = target.slot(self.doc).is_some_and(|s| is_stored(self.doc.at(s)));
            if assigned && matches!(attribute.mutability, Mutability::Immutable | Mutability::ReadOnly) {
                return Err(ScimError::mutability(format!(
                    "`{}:{}` cannot be removed",
                    extension.id, attribute.name
                )));
            }
        }
        Ok(drop_extension(self.doc, extension.id.as_str()))
    }

    /// `schemas` names the base schema and the extensions; an extension that goes takes its values along.
    fn schemas(
        &mut self,
        op: PatchOp,
        target: &AttributeTarget<'_>,
        value: Option<&Value>,
    ) -> Result<bool, ScimError> {
        let before: Vec<String> = match target.slot(self.doc) {
            Some(slot) => texts(self.doc, slot),
            None => Vec::new(),
        };
        let mut gone = Vec::new();
        let mut changed = false;
        match (op, value) {
            (PatchOp::Remove, None) => match (&target.selector, target.slot(self.doc)) {
                (Some(selector), Some(slot)) => {
                    let found = element::select(self.doc, slot, selector);
                    gone.extend(found.into_iter().filter_map(|e| self.doc.at(e).as_str().map(str::to_owned)));
                }
                (None, _) => return Err(ScimError::mutability("`schemas` is required")),
                _ => {}
            },
            (PatchOp::Remove, Some(_)) => {
                return Err(ScimError::invalid_value("expected no `value` for `remove`"));
            }
            (_, value) => {
                let value = value.unwrap_or(&Value::Null);
                let wanted = self.conform().many(value, target.attribute)?;
                for uri in wanted.iter().filter_map(|v| v.as_str()) {
                    if may_declare(self.schema, uri) {
                        if !before.iter().any(|b| b.eq_ignore_ascii_case(uri)) {
                            declare(self.doc, uri);
                            changed = true;
                        }
                    } else if !self.tolerates(Tolerance::BodyForeignSchema) {
                        let name = self.schema.name();
                        return Err(ScimError::invalid_value(format!("`{uri}` is no schema of `{name}`")));
                    }
                }
                if op == PatchOp::Replace {
                    let kept = |uri: &String| {
                        wanted.iter().filter_map(|v| v.as_str()).any(|w| w.eq_ignore_ascii_case(uri))
                    };
                    gone.extend(before.into_iter().filter(|uri| !kept(uri)));
                }
            }
        }
        for uri in gone {
            let schema = self.schema;
            match schema.extensions().find(|(e, _)| e.id == *uri.as_str()) {
                Some((extension, required)) => changed |= self.remove_extension(extension, required)?,
                None if schema.base().id == *uri.as_str() => {
                    return Err(ScimError::mutability(format!(
                        "`{uri}` is the base schema and cannot be removed"
                    )));
                }
                None => changed |= drop_extension(self.doc, &uri),
            }
        }
        Ok(changed)
    }

    fn touch(&mut self, target: &AttributeTarget<'_>) {
        let sub = target.sub.map(|s| s.name.clone());
        let schema = target.extension.map(|e| e.id.clone());
        self.touched.insert(AttrPath::new(schema, target.attribute.name.clone(), sub));
    }
}

fn is_schemas(target: &AttributeTarget<'_>) -> bool {
    target.extension.is_none() && target.attribute.name == "schemas"
}

fn texts(doc: &Arena, array: Slot) -> Vec<String> {
    doc.elements(array).filter_map(|e| doc.at(e).as_str().map(str::to_owned)).collect()
}
