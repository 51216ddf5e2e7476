//! One attribute and its characteristics.

use serde::{Deserialize, Serialize};

use crate::name::AttrName;

/// An attribute or sub-attribute with all its characteristics.
///
/// ```
/// use tenure_scim::schema::{Attribute, AttributeType, Mutability};
///
/// let badge: Attribute = serde_json::from_str(r#"{ "name": "badge", "type": "string", "mutability": "immutable" }"#)?;
/// assert_eq!(badge.kind, AttributeType::String);
/// assert_eq!(badge.mutability, Mutability::Immutable);
/// assert!(!badge.required && !badge.multi_valued && !badge.case_exact);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Spec: RFC 7643 sections 2.2 (defaults) and 7.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Attribute {
    /// The name.
    pub name: AttrName,
    /// The data type; `string` when a schema does not say.
    #[serde(rename = "type", default)]
    pub kind: AttributeType,
    /// Whether there may be many values.
    #[serde(default)]
    pub multi_valued: bool,
    /// What the attribute means, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether every resource must have a value.
    #[serde(default)]
    pub required: bool,
    /// Values the schema suggests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub canonical_values: Vec<String>,
    /// Whether case matters in the texts; see [`Attribute::is_case_exact`] for what applies.
    #[serde(default)]
    pub case_exact: bool,
    /// Who may write the value, and when.
    #[serde(default)]
    pub mutability: Mutability,
    /// When the value is part of an answer.
    #[serde(default)]
    pub returned: Returned,
    /// Among which resources a value is unique.
    #[serde(default)]
    pub uniqueness: Uniqueness,
    /// What a reference may point at: resource type names, `external` or `uri`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reference_types: Vec<String>,
    /// The parts of a complex attribute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sub_attributes: Vec<Attribute>,
}

/// The data type of an attribute.
///
/// Exhaustive: RFC 7643 section 2.3 closes the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AttributeType {
    /// Unicode text.
    #[default]
    String,
    /// `true` or `false`.
    Boolean,
    /// A number with a fraction.
    Decimal,
    /// A whole number.
    Integer,
    /// A point in time, `xsd:dateTime`.
    DateTime,
    /// Bytes in base64.
    Binary,
    /// A URI that points at something.
    Reference,
    /// An object of sub-attributes.
    Complex,
}

/// Who may write an attribute, and when.
///
/// Exhaustive: RFC 7643 section 7 closes the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mutability {
    /// Only the service provider writes it.
    ReadOnly,
    /// Anyone may write it at any time.
    #[default]
    ReadWrite,
    /// It is written once.
    Immutable,
    /// It can be written and never be read.
    WriteOnly,
}

/// When an attribute is part of an answer.
///
/// Exhaustive: RFC 7643 section 7 closes the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Returned {
    /// In every answer.
    Always,
    /// In no answer.
    Never,
    /// Unless the request excludes it.
    #[default]
    Default,
    /// Only when the request asks for it or wrote it.
    Request,
}

/// Among which resources a value is unique.
///
/// Exhaustive: RFC 7643 section 7 closes the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Uniqueness {
    /// Not unique.
    #[default]
    None,
    /// Unique at the service provider.
    Server,
    /// Unique everywhere.
    Global,
}

impl Attribute {
    /// An attribute with the default characteristics.
    pub fn new(name: AttrName, kind: AttributeType) -> Self {
        Self {
            name,
            kind,
            multi_valued: false,
            description: None,
            required: false,
            canonical_values: Vec::new(),
            case_exact: false,
            mutability: Mutability::default(),
            returned: Returned::default(),
            uniqueness: Uniqueness::default(),
            reference_types: Vec::new(),
            sub_attributes: Vec::new(),
        }
    }

    /// The sub-attribute with this name.
    pub fn sub(&self, name: &AttrName) -> Option<&Attribute> {
        self.sub_attributes.iter().find(|sub| sub.name == *name)
    }

    /// Whether values are compared with regard to case.
    ///
    /// Spec: RFC 7643 sections 2.3.6 and 2.3.7: binary values and references always are, whatever `caseExact` says.
    pub fn is_case_exact(&self) -> bool {
        self.case_exact || matches!(self.kind, AttributeType::Binary | AttributeType::Reference)
    }

    /// Whether `gt`, `ge`, `lt` and `le` have a meaning for the values.
    ///
    /// Spec: RFC 7644 section 3.4.2.2.
    pub fn is_ordered(&self) -> bool {
        !matches!(self.kind, AttributeType::Boolean | AttributeType::Binary | AttributeType::Complex)
    }
}
