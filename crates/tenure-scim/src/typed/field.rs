//! What a field of a struct may be.

use super::{Output, TypedError, Written};
use crate::datetime::ScimDateTime;
use crate::schema::{Attribute, AttributeType};
use crate::uri::SchemaUri;
use crate::value::{NumberRef, ValueRef};

/// What a field of a struct may be: a simple value, a struct with `#[derive(Complex)]`, and `Option` and `Vec` of both.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no value of an attribute",
    note = "fields are `String`, `bool`, integers from 16 bits, `f64`, `ScimDateTime`, `DateTime<Utc>`, `SchemaUri`, \
            `Reference`, `Binary`, a struct with `#[derive(Complex)]`, and `Option` and `Vec` of these"
)]
pub trait Field: Sized {
    /// Says what the attribute is: its type, whether it is multi-valued, its sub-attributes.
    fn describe(attribute: &mut Attribute);

    /// What an absent attribute is; `None` when the attribute is required.
    fn absent() -> Option<Self> {
        None
    }

    /// Reads an assigned value.
    ///
    /// # Errors
    /// When the value has another type.
    fn read(value: ValueRef<'_>) -> Result<Self, TypedError>;

    /// Writes the value.
    fn write(&self, output: &mut Output) -> Written;
}

impl<T: Field> Field for Option<T> {
    fn describe(attribute: &mut Attribute) {
        T::describe(attribute);
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn read(value: ValueRef<'_>) -> Result<Self, TypedError> {
        T::read(value).map(Some)
    }

    fn write(&self, output: &mut Output) -> Written {
        match self {
            Some(value) => value.write(output),
            None => output.none(),
        }
    }
}

impl<T: Field> Field for Vec<T> {
    fn describe(attribute: &mut Attribute) {
        T::describe(attribute);
        attribute.multi_valued = true;
    }

    fn absent() -> Option<Self> {
        Some(Self::new())
    }

    fn read(value: ValueRef<'_>) -> Result<Self, TypedError> {
        let elements = value.as_array().ok_or_else(|| wrong("an array", value))?;
        let read = |(at, element)| T::read(element).map_err(|e| e.within_element(at));
        elements.iter().enumerate().map(read).collect()
    }

    fn write(&self, output: &mut Output) -> Written {
        output.array(self)
    }
}

impl<T: Field> Field for Box<T> {
    fn describe(attribute: &mut Attribute) {
        T::describe(attribute);
    }

    fn absent() -> Option<Self> {
        T::absent().map(Self::new)
    }

    fn read(value: ValueRef<'_>) -> Result<Self, TypedError> {
        T::read(value).map(Self::new)
    }

    fn write(&self, output: &mut Output) -> Written {
        (**self).write(output)
    }
}

impl Field for String {
    fn describe(attribute: &mut Attribute) {
        attribute.kind = AttributeType::String;
    }

    fn read(value: ValueRef<'_>) -> Result<Self, TypedError> {
        value.as_str().map(str::to_owned).ok_or_else(|| wrong("a string", value))
    }

    fn write(&self, output: &mut Output) -> Written {
        output.string(self.as_str())
    }
}

impl Field for bool {
    fn describe(attribute: &mut Attribute) {
        attribute.kind = AttributeType::Boolean;
    }

    fn read(value: ValueRef<'_>) -> Result<Self, TypedError> {
        value.as_bool().ok_or_else(|| wrong("a boolean", value))
    }

    fn write(&self, output: &mut Output) -> Written {
        output.bool(*self)
    }
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl Field for $type {
            fn describe(attribute: &mut Attribute) {
                attribute.kind = AttributeType::Integer;
            }

            fn read(value: ValueRef<'_>) -> Result<Self, TypedError> {
                let whole = value.as_number().and_then(|n| n.as_str().parse().ok());
                whole.ok_or_else(|| {
                    wrong(concat!("a whole number that fits into ", stringify!($type)), value)
                })
            }

            fn write(&self, output: &mut Output) -> Written {
                output.integer((*self).into())
            }
        }
    )*};
}

integers!(i16, u16, i32, u32, i64, u64);

impl Field for f64 {
    fn describe(attribute: &mut Attribute) {
        attribute.kind = AttributeType::Decimal;
    }

    /// A number that a double cannot hold is refused, since it could not be given back.
    fn read(value: ValueRef<'_>) -> Result<Self, TypedError> {
        let number = value.as_number();
        let read = number.and_then(|n| {
            let double = n.as_f64()?;
            let back = format!("{double:e}");
            (NumberRef::new(&back) == n).then_some(double)
        });
        read.ok_or_else(|| wrong("a number that fits into a double", value))
    }

    fn write(&self, output: &mut Output) -> Written {
        output.decimal(*self)
    }
}

impl Field for ScimDateTime {
    fn describe(attribute: &mut Attribute) {
        attribute.kind = AttributeType::DateTime;
    }

    fn read(value: ValueRef<'_>) -> Result<Self, TypedError> {
        let time = value.as_str().and_then(|text| Self::parse(text).ok());
        time.ok_or_else(|| wrong("a dateTime such as `2011-05-13T04:42:34Z`", value))
    }

    fn write(&self, output: &mut Output) -> Written {
        output.string(self.as_str())
    }
}

impl Field for chrono::DateTime<chrono::Utc> {
    fn describe(attribute: &mut Attribute) {
        attribute.kind = AttributeType::DateTime;
    }

    fn read(value: ValueRef<'_>) -> Result<Self, TypedError> {
        let time = ScimDateTime::read(value)?;
        time.to_utc().ok_or_else(|| wrong("a dateTime with a zone", value))
    }

    fn write(&self, output: &mut Output) -> Written {
        ScimDateTime::from(*self).write(output)
    }
}

impl Field for SchemaUri {
    fn describe(attribute: &mut Attribute) {
        attribute.kind = AttributeType::Reference;
    }

    fn read(value: ValueRef<'_>) -> Result<Self, TypedError> {
        value.as_str().and_then(|text| Self::parse(text).ok()).ok_or_else(|| wrong("a URI", value))
    }

    fn write(&self, output: &mut Output) -> Written {
        output.string(self.as_str())
    }
}

pub(super) fn wrong(expected: &str, found: ValueRef<'_>) -> TypedError {
    let found = match found {
        ValueRef::Number(number) => format!("`{number}`"),
        other => other.type_name().to_owned(),
    };
    TypedError::new(expected, found)
}
