//! The code a macro writes.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{DeriveInput, Error};

use crate::field::{Field, Meaning};
use crate::input::{Input, Role};

pub(crate) fn expand(input: &DeriveInput, role: Role) -> Result<TokenStream, Error> {
    let input = Input::read(input, role)?;
    let scim = match &input.options.krate {
        Some(path) => quote!(#path),
        None => quote!(::tenure_scim),
    };
    Ok(match role {
        Role::Resource => resource(&input, &scim),
        Role::Extension => extension(&input, &scim),
        Role::Complex => complex(&input, &scim),
    })
}

fn resource(input: &Input<'_>, scim: &TokenStream) -> TokenStream {
    let ident = input.ident;
    let schema = schema(input, scim);
    let uri = &input.options.schema;
    let name = name(input);
    let endpoint = match &input.options.endpoint {
        Some(endpoint) => endpoint.value(),
        None => format!("/{name}s"),
    };
    let description = option(input.description.as_deref());
    let (fields, rest) = (reads(input, scim), rest(input));
    let writes = writes(input, scim);
    let extensions: Vec<_> = input.of(Meaning::Extension).map(|f| f.ty).collect();
    let extension_fields: Vec<_> = input.of(Meaning::Extension).map(|f| f.ident).collect();
    quote! {
        impl #scim::typed::TypedResource for #ident {
            fn resource_type() -> #scim::ResourceType {
                #scim::typed::private::resource_type(
                    #name, #endpoint, #uri, #description,
                    ::std::vec![#((<#extensions as #scim::typed::ExtensionField>::URI,
                                   <#extensions as #scim::typed::ExtensionField>::REQUIRED)),*],
                )
            }

            fn schemas() -> ::std::vec::Vec<#scim::Schema> {
                ::std::vec![#schema, #(<#extensions as #scim::typed::ExtensionField>::schema()),*]
            }

            fn from_resource(
                resource: &#scim::Resource,
            ) -> ::std::result::Result<Self, #scim::typed::TypedError> {
                let mut reader = #scim::typed::private::Reader::new(resource.as_object());
                ::std::result::Result::Ok(Self {
                    #fields
                    #(#extension_fields: reader.field(const {
                        #scim::typed::private::Name::new(<#extensions as #scim::typed::ExtensionField>::URI)
                    })?,)*
                    #rest: reader.rest(),
                })
            }

            fn to_resource(&self) -> #scim::Resource {
                #scim::typed::private::resource(#uri, &self.#rest, |writer, extensions| {
                    #writes
                    #(if writer.field(
                        const { #scim::typed::private::Name::new(<#extensions as #scim::typed::ExtensionField>::URI) },
                        &self.#extension_fields,
                    ) {
                        extensions.push(<#extensions as #scim::typed::ExtensionField>::URI);
                    })*
                })
            }
        }

        impl ::std::convert::TryFrom<&#scim::Resource> for #ident {
            type Error = #scim::typed::TypedError;

            fn try_from(resource: &#scim::Resource) -> ::std::result::Result<Self, Self::Error> {
                <Self as #scim::typed::TypedResource>::from_resource(resource)
            }
        }

        impl ::std::convert::TryFrom<#scim::Resource> for #ident {
            type Error = #scim::typed::TypedError;

            fn try_from(resource: #scim::Resource) -> ::std::result::Result<Self, Self::Error> {
                <Self as #scim::typed::TypedResource>::from_resource(&resource)
            }
        }

        impl ::std::convert::From<&#ident> for #scim::Resource {
            fn from(typed: &#ident) -> Self {
                <#ident as #scim::typed::TypedResource>::to_resource(typed)
            }
        }

        impl ::std::convert::From<#ident> for #scim::Resource {
            fn from(typed: #ident) -> Self {
                <#ident as #scim::typed::TypedResource>::to_resource(&typed)
            }
        }

        impl #scim::typed::private::Serialize for #ident {
            fn serialize<S: #scim::typed::private::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                let open = <#ident as #scim::typed::TypedResource>::to_resource(self);
                #scim::typed::private::Serialize::serialize(&open, serializer)
            }
        }

        impl<'de> #scim::typed::private::Deserialize<'de> for #ident {
            fn deserialize<D: #scim::typed::private::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                let open = <#scim::Resource as #scim::typed::private::Deserialize>::deserialize(deserializer)?;
                <#ident as #scim::typed::TypedResource>::from_resource(&open)
                    .map_err(#scim::typed::private::custom)
            }
        }
    }
}

fn extension(input: &Input<'_>, scim: &TokenStream) -> TokenStream {
    let ident = input.ident;
    let schema = schema(input, scim);
    let uri = &input.options.schema;
    let field = field_impl(input, scim, &quote!());
    quote! {
        impl #scim::typed::Extension for #ident {
            const URI: &'static str = #uri;

            fn schema() -> #scim::Schema {
                #schema
            }
        }

        #field
    }
}

fn complex(input: &Input<'_>, scim: &TokenStream) -> TokenStream {
    let attributes = attributes(input, scim);
    field_impl(input, scim, &quote!(attribute.sub_attributes = ::std::vec![#(#attributes),*];))
}

fn field_impl(input: &Input<'_>, scim: &TokenStream, describe: &TokenStream) -> TokenStream {
    let ident = input.ident;
    let (fields, rest) = (reads(input, scim), rest(input));
    let writes = writes(input, scim);
    quote! {
        impl #scim::typed::Field for #ident {
            fn describe(attribute: &mut #scim::Attribute) {
                attribute.kind = #scim::schema::AttributeType::Complex;
                #describe
            }

            fn read(
                value: #scim::ValueRef<'_>,
            ) -> ::std::result::Result<Self, #scim::typed::TypedError> {
                let mut reader = #scim::typed::private::Reader::of(value)?;
                ::std::result::Result::Ok(Self { #fields #rest: reader.rest() })
            }

            fn write(&self, output: &mut #scim::typed::Output) -> #scim::typed::Written {
                let mut writer = #scim::typed::private::Writer::new(output, &self.#rest);
                #writes
                writer.finish()
            }
        }
    }
}

fn schema(input: &Input<'_>, scim: &TokenStream) -> TokenStream {
    let (uri, name) = (&input.options.schema, name(input));
    let description = option(input.description.as_deref());
    let attributes = attributes(input, scim);
    quote!(#scim::typed::private::schema(#uri, #name, #description, ::std::vec![#(#attributes),*]))
}

fn attributes(input: &Input<'_>, scim: &TokenStream) -> Vec<TokenStream> {
    input.of(Meaning::Attribute).map(|field| attribute(field, scim)).collect()
}

fn attribute(field: &Field<'_>, scim: &TokenStream) -> TokenStream {
    let (ty, name, options) = (field.ty, &field.name, &field.options);
    let description = option(field.description.as_deref());
    let variant = |kind: &str, variant: &str| {
        let (kind, variant) = (Ident::new(kind, Span::call_site()), Ident::new(variant, Span::call_site()));
        quote!(#scim::schema::#kind::#variant)
    };
    let mut changes = Vec::new();
    if options.case_exact {
        changes.push(quote!(attribute.case_exact = true;));
    }
    if options.required {
        changes.push(quote!(attribute.required = true;));
    }
    if let Some(word) = options.mutability {
        let value = variant("Mutability", word);
        changes.push(quote!(attribute.mutability = #value;));
    }
    if let Some(word) = options.returned {
        let value = variant("Returned", word);
        changes.push(quote!(attribute.returned = #value;));
    }
    if let Some(word) = options.uniqueness {
        let value = variant("Uniqueness", word);
        changes.push(quote!(attribute.uniqueness = #value;));
    }
    if !options.canonical.is_empty() {
        let values = &options.canonical;
        changes.push(quote!(attribute.canonical_values = ::std::vec![#(#values.to_owned()),*];));
    }
    if !options.reference.is_empty() {
        let values = &options.reference;
        changes.push(quote!(attribute.reference_types = ::std::vec![#(#values.to_owned()),*];));
    }
    let change = if changes.is_empty() { quote!(|_| {}) } else { quote!(|attribute| { #(#changes)* }) };
    quote!(#scim::typed::private::attribute::<#ty>(#name, #description, #change))
}

fn reads(input: &Input<'_>, scim: &TokenStream) -> TokenStream {
    let fields = input.fields.iter().filter(|f| matches!(f.meaning, Meaning::Attribute | Meaning::Common));
    let reads = fields.map(|f| {
        let (ident, name) = (f.ident, &f.name);
        quote!(#ident: reader.field(const { #scim::typed::private::Name::new(#name) })?,)
    });
    quote!(#(#reads)*)
}

fn writes(input: &Input<'_>, scim: &TokenStream) -> TokenStream {
    let fields = input.fields.iter().filter(|f| matches!(f.meaning, Meaning::Attribute | Meaning::Common));
    let writes = fields.map(|f| {
        let (ident, name) = (f.ident, &f.name);
        quote!(writer.field(const { #scim::typed::private::Name::new(#name) }, &self.#ident);)
    });
    quote!(#(#writes)*)
}

fn rest(input: &Input<'_>) -> Option<Ident> {
    input.of(Meaning::Rest).next().map(|f| f.ident.clone())
}

fn name(input: &Input<'_>) -> String {
    input.options.name.as_ref().map_or_else(|| input.ident.to_string(), syn::LitStr::value)
}

fn option(text: Option<&str>) -> TokenStream {
    match text {
        Some(text) => quote!(::std::option::Option::Some(#text)),
        None => quote!(::std::option::Option::None),
    }
}
