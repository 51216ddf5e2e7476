//! Catalogues of what profiles switch: for each entry an id, a sentence and a source.

/// Defines an enum whose variants each have an id, a sentence and a source.
macro_rules! catalogue {
    (
        $(#[$about:meta])* $name:ident;
        $($variant:ident, $id:literal, $doc:literal, $source:literal;)+
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = $doc] #[doc = ""] #[doc = concat!("Id `", $id, "`. Source: ", $source)] $variant,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable name, for configuration and logs.
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),+ }
            }

            /// What it is about, in one sentence.
            pub fn doc(self) -> &'static str {
                match self { $(Self::$variant => $doc),+ }
            }

            /// Where it was documented, reported or asked for.
            pub fn source(self) -> &'static str {
                match self { $(Self::$variant => $source),+ }
            }

            /// The one with this id.
            pub fn from_id(id: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|entry| entry.id() == id)
            }

            pub(super) fn bit(self) -> u64 {
                1 << (self as u32)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.id())
            }
        }
    };
}
pub(super) use catalogue;
