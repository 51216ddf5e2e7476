//! Targets whose connector has a configuration of its own: the section is that configuration, but what is secret comes
//! from a variable or a file.

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::kinds::TokenFrom;
use super::section::{Problem, Reader};

/// The configuration of a connector as the project file has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Everything but the secret.
    pub values: Table,
    /// Where the secret is found, if there is one.
    pub secret: Option<TokenFrom>,
    /// Where the secret goes: the names of tables, one in the other, and of the setting.
    place: &'static [&'static str],
}

impl Settings {
    /// The configuration with its secret.
    ///
    /// # Errors
    ///
    /// What does not fit; never with the secret in it.
    pub fn read<T: DeserializeOwned>(&self, secret: Option<String>) -> Result<T, String> {
        let mut values = self.values.clone();
        if let Some(secret) = secret {
            put(&mut values, self.place, secret);
        }
        Value::Table(values).try_into().map_err(|error: toml::de::Error| error.message().to_owned())
    }

    /// Tries the configuration with a secret that stands for the real one.
    fn tried<T: DeserializeOwned>(self, mut reader: Reader<'_>) -> Result<Self, Vec<Problem>> {
        if let Err(error) = self.read::<T>(self.secret.as_ref().map(|_| "secret".to_owned())) {
            reader.refuse(
                &format!("the settings do not fit: {error}"),
                "see the documentation of the connector",
            );
        }
        reader.finish(self)
    }
}

fn put(table: &mut Table, place: &[&str], secret: String) {
    match place {
        [] => {}
        [name] => {
            table.insert((*name).to_owned(), Value::String(secret));
        }
        [name, inner @ ..] => {
            let nested = table.entry((*name).to_owned()).or_insert_with(|| Value::Table(Table::new()));
            if let Some(nested) = nested.as_table_mut() {
                put(nested, inner, secret);
            }
        }
    }
}

/// `bind_dn` and where its password is, or `bind` in the connector's own words.
#[cfg(feature = "ldap")]
pub(super) fn ldap(mut reader: Reader<'_>) -> Result<Settings, Vec<Problem>> {
    let dn: Option<String> = reader.take("bind_dn");
    let secret = TokenFrom::read(&mut reader, "password_env", "password_file");
    let ca_file = reader.path("ca_file");
    let mut values = reader.rest();
    if secret.is_some() != dn.is_some() {
        reader.missing(if dn.is_some() { "password_env" } else { "bind_dn" });
    }
    if let Some(dn) = dn {
        let simple = Table::from_iter([("dn".to_owned(), Value::String(dn))]);
        values.insert(
            "bind".to_owned(),
            Value::Table(Table::from_iter([("simple".to_owned(), Value::Table(simple))])),
        );
    } else if values.get("bind").is_some_and(Value::is_table) {
        reader.refuse("a password does not stand in the project file", "set `bind_dn` and `password_env`");
    }
    if let Some(file) = ca_file {
        put(&mut values, &["tls", "ca_file"], file.to_string_lossy().into_owned());
    }
    let settings = Settings { values, secret, place: &["bind", "simple", "password"] };
    settings.tried::<tenure_connector_ldap::LdapConfig>(reader)
}

pub(super) fn postgres(mut reader: Reader<'_>) -> Result<Settings, Vec<Problem>> {
    let settings = connected(&mut reader, &["connection"]);
    settings.tried::<tenure_connector_postgres::PostgresConfig>(reader)
}

/// `database` names the kind; an SQLite file is named by `path`, a server by its connection.
pub(super) fn sql(mut reader: Reader<'_>) -> Result<Settings, Vec<Problem>> {
    let database: String = reader.need("database");
    let settings = match database.as_str() {
        "sqlite" => {
            let file = reader.need_path("path").to_string_lossy().into_owned();
            let mut values = reader.rest();
            put(&mut values, &["database", "sqlite"], file);
            Settings { values, secret: None, place: &[] }
        }
        "postgres" => connected(&mut reader, &["database", "postgres"]),
        "mysql" => connected(&mut reader, &["database", "mysql"]),
        other => {
            reader.refuse(&format!("`{other}` is no database"), "expected one of: sqlite, postgres, mysql");
            let values = reader.rest();
            return reader.finish(Settings { values, secret: None, place: &[] });
        }
    };
    settings.tried::<tenure_connector_sql::SqlConfig>(reader)
}

/// A server by its connection, which goes to this place: from a variable or a file, or in the open without its password,
/// which then comes from one.
fn connected(reader: &mut Reader<'_>, place: &'static [&'static str]) -> Settings {
    let hidden = TokenFrom::read(reader, "connection_env", "connection_file");
    let password = TokenFrom::read(reader, "password_env", "password_file");
    let open: Option<String> = reader.take("connection");
    let ca_file = reader.path("ca_file");
    let mut values = reader.rest();
    if let Some(file) = ca_file {
        put(&mut values, &["ca_file"], file.to_string_lossy().into_owned());
    }
    match &open {
        Some(_) if hidden.is_some() => {
            reader.refuse("both `connection` and where it is found are set", "keep one");
        }
        Some(text) if has_password(text) => {
            reader.refuse(
                "a password does not stand in the project file",
                "set `password_env` besides `connection`, or `connection_env` instead of it",
            );
        }
        None if password.is_some() && hidden.is_some() => {
            reader.refuse(
                "both a connection and a password are hidden",
                "put the password into the connection",
            );
        }
        None if hidden.is_none() => reader.missing("connection_env"),
        _ => {}
    }
    match open {
        Some(text) => {
            put(&mut values, place, text);
            Settings { values, secret: password, place: &["password"] }
        }
        None => Settings { values, secret: hidden, place },
    }
}

fn has_password(text: &str) -> bool {
    let user = text.split_once("://").and_then(|(_, rest)| rest.split_once('@')).map(|(user, _)| user);
    text.contains("password") || user.is_some_and(|user| user.contains(':'))
}
