#![doc = include_str!("../../../docs/SCIM-GUIDE.md")]
